"""Conversations that the browser saves; ``reopened.py`` opens them again.

Nothing about conversations is kept on the server. The browser keeps the words of an answer and the
tokens of its footnotes; when a conversation is opened again, every token is looked up, and a
quotation is shown as one only if these very words stand there now. Whose words they are, their page
and their section come from the document, never from the browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from rag.app.web.shared.places import token
from rag.cite.answers import (
    Answer,
    QuestionKind,
    Support,
)
from rag.cite.styles import STYLES
from rag.html import render
from rag.language.translation import N_, _
from rag.schema import Condition

_MOST_TURNS: Final = 500
_CAME_WITH_LINK = N_("it came with a link")
_LENIENT = "lenient"

Text = Annotated[str, Field(max_length=200_000)]
Tokens = Annotated[tuple[Annotated[str, Field(max_length=2_000)], ...], Field(max_length=2_000)]
Operator = Literal["=", "!=", "<", "<=", ">", ">="]


def list_html() -> str:
    """The list of conversations as it stands on the page before its script fills it."""
    return render("app/web/chat/conversations.html")


def bar_html() -> str:
    """The bar over the chat, before its script fills it."""
    return render("app/web/chat/conversation_bar.html", styles=STYLES.values())


def script_message(talk: str, **values: object) -> str:
    """A message to the page's script about the conversation ``talk``, as JSON without markup."""
    return json.dumps({"talk": talk, **values}, ensure_ascii=True).replace("<", "\\u003c")


def conversation_id(given: object) -> str:
    """The id of the conversation in a message that the page has; empty if it has none."""
    try:
        message = json.loads(given) if isinstance(given, str) else None
    except (ValueError, RecursionError):
        return ""
    found = message.get("talk") if isinstance(message, dict) else None
    return found if isinstance(found, str) and re.fullmatch(r"[\w-]{1,64}", found, re.A) else ""


# What the browser saves -------------------------------------------------------------------------


class _Saved(BaseModel):
    """A part of a saved conversation. Anything may stand in the storage of a browser.

    Where it is read leniently, a field that is wrong has its default; otherwise it is an error.
    """

    model_config = ConfigDict(extra="ignore")

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_default(
        cls, given: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        try:
            return validate(given)
        except ValidationError:
            field = cls.model_fields[str(info.field_name)]
            if info.context != _LENIENT or field.is_required():
                raise
            return field.default


class SavedStatement(_Saved):
    """A statement, and the tokens of the places that it cites."""

    text: Text
    kind: Literal["quote", "generated"] = "quote"
    support: Support | Literal[""] = ""
    side: Text | None = None
    fault: Text | None = None
    citations: Tokens = ()

    @field_validator("support", mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        return given if given in get_args(Support) else ""  # of an earlier version


class SavedTurn(_Saved):
    """A question and its answer, or ``reason``, why there is none.

    ``state`` is ``complete``, ``failed`` or, while the answer is being made, ``partial``. Citations
    are tokens of places (:mod:`rag.app.web.shared.places`), and so are ``cited`` and ``also``, the
    passages that were retrieved and not cited. ``speakers`` has a name for each of ``cited``, which
    only chooses among those that the document names there. ``reply`` is what the program said for
    itself, ``documents`` are the tokens of those that it listed. ``shared`` ones came with a link.
    """

    question: Text
    query: Text | None = None
    alone: bool = False
    where: tuple[tuple[Text, Operator, Text], ...] = ()
    state: str = ""
    kind: QuestionKind = "fact"
    abstained: bool = False
    judged: bool = True
    heading: Text = ""
    reason: Text | None = None
    notes: tuple[Text, ...] = Field((), max_length=50)
    statements: tuple[SavedStatement, ...] = Field((), max_length=2_000)
    cited: Tokens = ()
    speakers: tuple[Text | None, ...] = ()
    also: Tokens = ()
    confidence: float = Field(0.0, ge=0, le=1)
    model: Text | None = None
    invented: int = Field(0, ge=0, le=1_000)
    reply: Text = ""
    documents: Tokens = ()
    suggestions: Tokens = ()
    listing: tuple[Text, Text, int] | tuple[Text, Text, int, Text, Text] | None = None
    shared: bool = False

    def believed(self) -> SavedTurn:
        """What to take of a turn that came with a link, which anybody may have written.

        Quotations are looked up anyway. Nothing is said in the program's name, and no sentence
        counts as checked.
        """
        if not self.shared:
            return self
        unchecked = {"support": "unchecked", "fault": _(_CAME_WITH_LINK)}
        return SavedTurn(
            question=self.question,
            query=self.query,
            where=self.where,
            alone=self.alone,
            state="complete",
            kind="search" if self.kind == "search" else "fact",
            abstained=self.abstained,
            notes=(),
            confidence=0.0,
            invented=0,
            statements=tuple(
                each if each.kind == "quote" else each.model_copy(update=unchecked)
                for each in self.statements
            ),
            cited=self.cited,
            speakers=self.speakers,
            also=self.also,
            shared=True,
        )


def saved_answer(
    answer: Answer, *, where: Sequence[Condition] = (), alone: bool = False
) -> dict[str, Any]:
    """An answer as the browser saves it: the JSON of a :class:`SavedTurn`."""
    places = {
        each.number: token(each.document_id, each.start, each.end) for each in answer.citations
    }
    used = {each.passage_id for each in answer.citations}
    others = (hit.passage for hit in answer.hits if hit.passage.id not in used)
    return {
        "question": answer.question,
        "query": answer.query or None,
        "alone": alone,
        "where": [[one.field, one.operator, one.value] for one in where],
        "state": "complete" if answer.final else "partial",
        "kind": answer.kind,
        "abstained": answer.abstained,
        "judged": answer.judged,
        "heading": next(iter(answer.text.splitlines()), "") if answer.abstained else "",
        "reason": answer.reason,
        "notes": list(answer.notes),
        "statements": [
            {
                "text": each.text,
                "kind": each.kind,
                "support": each.support,
                "side": each.side,
                "fault": each.fault,
                "citations": [places[number] for number in each.citations if number in places],
            }
            for each in answer.statements
        ],
        "cited": list(places.values()),
        "speakers": [each.speaker for each in answer.citations],
        "also": [token(each.document_id, each.start, each.end) for each in others],
        "confidence": round(answer.confidence, 4),
        "model": answer.model,
        "invented": answer.invented,
        "reply": answer.text if answer.is_reply else "",
        "documents": [token(each.id, 0, 0) for each in answer.documents],
        "suggestions": list(answer.suggestions),
        "listing": list(astuple(answer.listing)) if answer.listing else None,
    }


def saved_failure(
    question: str, words: str, *, where: Sequence[Condition], alone: bool
) -> dict[str, Any]:
    """A question as the browser saves it, with an error message, ``words``, and no answer."""
    draft = Answer(question, question, final=False)
    return {**saved_answer(draft, where=where, alone=alone), "state": "failed", "reason": words}


def saved_turns(given: object) -> list[SavedTurn]:
    """The last 500 turns that a browser sent, read leniently; without those of no question."""
    return list(_read(given[-_MOST_TURNS:] if isinstance(given, list) else []))


def _read(given: Iterable[object]) -> Iterator[SavedTurn]:
    for each in given:
        try:
            turn = SavedTurn.model_validate(each, context=_LENIENT)
        except ValidationError:
            continue
        if turn.question:
            yield turn
