"""Conversations that the browser saves, and what is made of them when they are opened again.

Nothing about conversations is kept on the server. The browser keeps the words of an answer and the
tokens of its footnotes; when a conversation is opened again, every token is looked up, and a
quotation is shown as one only if these very words stand there now. Whose words they are, their page
and their section come from the document, never from the browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from itertools import chain, repeat
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

from rag.app.web.chat.answer_markdown import answer_markdown, inline
from rag.app.web.chat.plain_history import FAILED
from rag.app.web.shared.places import parse_token, token
from rag.attribution import Attributions, attributions
from rag.cite.answers import (
    NOT_ANSWERED,
    Answer,
    Listing,
    Message,
    QuestionKind,
    Statement,
    Support,
)
from rag.cite.citations import cite_characters
from rag.cite.styles import STYLES
from rag.html import render
from rag.readers.passages import section_path
from rag.schema import Citation, Condition, Document, DocumentInfo, Hit, Passage

STOPPED = "_Stopped before the answer was complete._"
"""The line under an answer that was stopped or interrupted."""
Lookup = Callable[[str], Document | None]
"""A document by its id; None if the collection has none of that id."""

_MOST_TURNS: Final = 500
_LOST_SOURCE = "a passage that it cites, which is no longer in the collection"
_UNKNOWN_MARK = "it was checked by an earlier version of the program"
_CAME_WITH_LINK = "it came with a link"
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
    listing: tuple[Text, Text, int] | None = None
    shared: bool = False

    def believed(self) -> SavedTurn:
        """What to take of a turn that came with a link, which anybody may have written.

        Quotations are looked up anyway. Nothing is said in the program's name, and no sentence
        counts as checked.
        """
        if not self.shared:
            return self
        unchecked = {"support": "unchecked", "fault": _CAME_WITH_LINK}
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


# Opened again -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reopened:
    """A saved question and answer, looked up again.

    ``gone`` are the words of quotations that no longer stand where they stood; they are in
    ``answer`` no more. ``failure`` is the error message that stood in place of an answer.
    """

    answer: Answer
    where: tuple[Condition, ...]
    alone: bool
    complete: bool
    gone: tuple[str, ...]
    failure: str | None
    shared: bool


def reopened_messages(given: object, document: Lookup) -> tuple[list[Message], int]:
    """A saved conversation as messages of the chat, and how many of its quotations are gone.

    Raises:
        RagError: the index cannot be read.
    """
    messages: list[Message] = []
    turns = reopened(saved_turns(given), document)
    for turn in turns:
        messages.append(Message("user", inline(turn.answer.question)))
        messages.append(Message("assistant", _content(turn)))
    return messages, sum(len(turn.gone) for turn in turns)


def _content(turn: Reopened) -> str:
    if turn.failure is not None:
        return f"{FAILED} {inline(turn.failure)}"
    content = answer_markdown(
        turn.answer, where=turn.where, alone=turn.alone, gone=turn.gone, shared=turn.shared
    )
    if turn.complete:
        return content
    return f"{content}\n\n{STOPPED}" if turn.answer.statements or turn.gone else STOPPED


def reopened(turns: Iterable[SavedTurn], document: Lookup) -> list[Reopened]:
    """The saved turns with everything looked up again, each document once."""
    documents = _Documents(document)
    return [_reopened(turn.believed(), documents) for turn in turns]


def _reopened(turn: SavedTurn, documents: _Documents) -> Reopened:
    citations: dict[str, Citation] = {}
    named = zip(dict.fromkeys(turn.cited), chain(turn.speakers, repeat(None)), strict=False)
    for number, (given, speaker) in enumerate(named, start=1):
        if found := documents.citation(given, number=number, speaker=speaker):
            citations[given] = found
    checked = [_checked(each, citations) for each in turn.statements]
    statements = tuple(each for each in checked if isinstance(each, Statement))
    used = {number for each in statements for number in each.citations}
    return Reopened(
        answer=Answer(
            turn.question,
            turn.query or turn.question,
            text=(turn.heading or NOT_ANSWERED) if turn.abstained else turn.reply,
            abstained=turn.abstained,
            judged=turn.judged,
            reason=turn.reason or None,
            statements=statements,
            citations=tuple(one for one in citations.values() if one.number in used),
            hits=documents.hits(turn.also),
            confidence=turn.confidence,
            final=turn.state == "complete",
            kind=turn.kind,
            notes=tuple(filter(None, turn.notes)),
            model=turn.model or None,
            invented=turn.invented,
            documents=documents.listed(turn.documents),
            suggestions=turn.suggestions,
            listing=Listing(*turn.listing) if turn.listing else None,
        ),
        where=tuple(Condition(*each) for each in turn.where),
        alone=turn.alone,
        complete=turn.state == "complete",
        gone=tuple(each for each in checked if isinstance(each, str) and each),
        failure=turn.reason or "" if turn.state == "failed" else None,
        shared=turn.shared,
    )


def _checked(saved: SavedStatement, citations: Mapping[str, Citation]) -> Statement | str:
    """The statement; or its words, if it is a quotation that is not found at its place."""
    text, side = saved.text, saved.side or None
    found = [citations[each] for each in saved.citations if each in citations]
    numbers = tuple(each.number for each in found)
    if saved.kind == "quote":
        stands = bool(found) and found[0].quote == text
        return Statement(text, "quote", numbers, "verbatim", side) if stands else text
    if not found or len(found) < len(saved.citations):
        return Statement(text, "generated", numbers, "not_found", side, _LOST_SOURCE)
    if not saved.support:
        return Statement(text, "generated", numbers, "unchecked", side, _UNKNOWN_MARK)
    return Statement(text, "generated", numbers, saved.support, side, saved.fault or None)


class _Documents:
    """Documents with their attributions, each taken from the index once."""

    def __init__(self, document: Lookup) -> None:
        @cache
        def known(document_id: str) -> tuple[Document, Attributions] | None:
            found = document(document_id)
            return (found, attributions(found)) if found else None

        self._known = known
        self._document = document

    def _find(self, given: str) -> tuple[Document, Attributions, int, int] | None:
        """The document of a token, with the characters ``[start, end)``, if it has them."""
        place = parse_token(given)
        known = self._known(place.document_id) if place else None
        if not place or not known or not 0 <= place.start < place.end <= len(known[0].text):
            return None
        return *known, place.start, place.end

    def citation(self, given: str, *, number: int, speaker: str | None) -> Citation | None:
        """The citation of a token, with the speaker of that name there, or else the first one."""
        if (found := self._find(given)) is None:
            return None
        document, attributed, start, end = found
        there = attributed.all(start, end) if speaker else ()
        named = next((each for each in there if each.speaker == speaker), None)
        said = named or attributed.of(start, end)
        return cite_characters(
            document,
            start,
            end,
            number=number,
            passage_id=given,
            section=section_path(document, end - 1),
            speaker=said.speaker if said else None,
            reported=said is not None and said.reported,
        )

    def hits(self, given: Iterable[str]) -> tuple[Hit, ...]:
        """The passages of these tokens, in their order; those that are gone are left out."""
        found = filter(None, map(self._find, given))
        return tuple(_hit(rank, *each) for rank, each in enumerate(found, start=1))

    def listed(self, given: Iterable[str]) -> tuple[DocumentInfo, ...]:
        """The documents of these tokens, in their order; those that are gone are left out."""
        places = filter(None, map(parse_token, given))
        found = filter(None, (self._document(each.document_id) for each in places))
        return tuple(map(_info, found))


def _info(document: Document) -> DocumentInfo:
    return DocumentInfo(
        document.id,
        document.source,
        document.metadata,
        document.media_type,
        pages=None,
        passages=0,
        characters=len(document.text),
    )


def _hit(rank: int, document: Document, _: Attributions, start: int, end: int) -> Hit:
    turn, page = document.turn_at(end - 1), document.page_at(start)
    passage = Passage(
        id=token(document.id, start, end),
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        section=section_path(document, end - 1),
        speaker=turn.speaker if turn else document.metadata.speaker,
        page_start=page.number if page else None,
    )
    return Hit(rank, 0.0, passage, document.source, document.metadata, (passage,))
