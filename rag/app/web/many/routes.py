"""The view of many questions: its HTML, and the routes that answer one after the other.

Nothing is kept on the server. The browser asks for one answer at a time and keeps each as it keeps
a conversation (:mod:`rag.app.web.chat.saved_conversations`): what it sends back to be shown again,
or to be made a table of, is looked up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from rag import patience
from rag.answer import Chatbot
from rag.app.access.visit import add_details
from rag.app.many import (
    MOST_QUESTIONS,
    Answered,
    answer_each,
    answers_table,
    questions_from,
    scopes,
)
from rag.app.text import confidence_words, note_words, restricted, sentence, support_words
from rag.app.web.chat.collection import conditions
from rag.app.web.chat.conversation import LONGEST_QUESTION
from rag.app.web.chat.reopened import reopened
from rag.app.web.chat.saved_conversations import SavedTurn, saved_answer, saved_failure
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import (
    NOT_KEPT,
    Asked,
    Refused,
    body,
    from_this_page,
    json_answer,
    page_address,
)
from rag.app.web.shared.places import token
from rag.app.web.shared.preferences import as_sure
from rag.cite.answers import Answer
from rag.cite.citations import label
from rag.export.tables import TABLE_TYPES, TableFormat
from rag.html import one_line, render
from rag.language.translation import N_, _
from rag.schema import Condition

MOST_ANSWERS: Final = 2_000
"""Rows of a table that the page fills; the command line has no such bound."""
_LONGEST_FILE: Final = 4_000_000
_LONGEST_TABLE: Final = 32_000_000
_ASKED_OF: Final = {
    "": N_("all reports together"),
    "country": N_("each country"),
    "document": N_("each document"),
    "publisher": N_("each publisher"),
    "year": N_("each year"),
}

Text = Annotated[str, Field(max_length=2_000)]


class _Scopes(Asked):
    each: Literal["", "country", "document", "publisher", "year"]
    filters: list[str | list[str]] = Field(max_length=5)


class _Question(Asked):
    question: str = Field(max_length=LONGEST_QUESTION)
    scope: Text
    where: list[tuple[Text, Literal["=", "!=", "<", "<=", ">", ">="], Text]] = Field(
        max_length=2_000
    )
    caution: Text = ""


class _Row(Asked):
    scope: Text
    turn: SavedTurn


class _Table(Asked):
    rows: list[_Row] = Field(min_length=1, max_length=MOST_ANSWERS)


def many_html() -> str:
    """The view as it stands on the page before its script fills it."""
    return render("app/web/many/many.html", asked_of=_ASKED_OF, most=MOST_QUESTIONS)


def many_routes(chatbot: Chatbot, queue: FairQueue, *, seconds: float) -> APIRouter:
    """The routes below ``/many``, for the page's own script alone."""
    router = APIRouter(prefix="/many", dependencies=[Depends(from_this_page)])

    @router.post("/questions")
    async def questions(request: Request, name: Annotated[str, Query(max_length=500)]) -> Response:
        """The questions of a file, which is the body."""
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > _LONGEST_FILE:
                most = _LONGEST_FILE // 1_000_000
                words = _("{file} is larger than {most} megabytes", file=name, most=most)
                raise Refused(413, words)
        return json_answer({"questions": questions_from(bytes(content), name)})

    @router.post("/scopes")
    async def asked_of(request: Request) -> Response:
        """What each question is asked of, by name, and the filters that are on, in words."""
        asked = await body(request, _Scopes)
        where = conditions(*asked.filters) if len(asked.filters) == 5 else ()
        found = await queue.run(
            visitor_of(request), lambda: scopes(chatbot, asked.each or None, where=where)
        )
        listed = [
            {"name": one_line(name), "where": _listed(conditions_)} for name, conditions_ in found
        ]
        return json_answer({"scopes": listed, "filters": restricted(where)})

    @router.post("/answer")
    async def answer(request: Request) -> Response:
        """One question, asked of one scope: the row as the browser keeps it, and as HTML."""
        asked = await body(request, _Question)
        add_details(request, question=asked.question)
        where = [Condition(*each) for each in asked.where]

        def answered() -> Answered:
            sure = as_sure(chatbot, asked.caution)
            return next(answer_each(sure, [asked.question], [(asked.scope, tuple(where))]))

        one = await queue.run(
            visitor_of(request),
            lambda: patience.within(seconds, answered, what=_("the answer")),
        )
        return json_answer({"turn": _saved(one, where), "html": _row_html(one)})

    @router.post("/rows")
    async def rows(request: Request) -> Response:
        """Rows that the browser kept, as HTML."""
        asked = await body(request, _Table, longest=_LONGEST_TABLE)
        made = await queue.run(
            visitor_of(request), lambda: [_row_html(*each) for each in _again(chatbot, asked.rows)]
        )
        return json_answer({"rows": made})

    @router.post("/table.{format_}")
    async def table(request: Request, format_: TableFormat) -> Response:
        """Rows that the browser kept, as a file."""
        asked = await body(request, _Table, longest=_LONGEST_TABLE)
        address = page_address(request)

        def made() -> bytes:
            answered = [each for each, _ in _again(chatbot, asked.rows)]
            return answers_table(answered, format_=format_, address=address)

        content = await queue.run(visitor_of(request), made)
        return Response(content, 200, NOT_KEPT, TABLE_TYPES[format_])

    return router


def _listed(where: Sequence[Condition]) -> list[list[str]]:
    return [[one.field, one.operator, one.value] for one in where]


def _saved(one: Answered, where: Sequence[Condition]) -> dict[str, Any]:
    if one.answer is None:
        return saved_failure(one.question, one.error, where=where, alone=True)
    return saved_answer(one.answer, where=where, alone=True)


def _again(chatbot: Chatbot, rows: Sequence[_Row]) -> list[tuple[Answered, int]]:
    """Saved rows looked up again, with how many quotations of each are no longer found."""
    turns = reopened((row.turn for row in rows), chatbot.document)
    return [
        (
            Answered(
                turn.answer.question,
                row.scope,
                turn.answer if turn.failure is None else None,
                turn.failure or "",
            ),
            len(turn.gone),
        )
        for row, turn in zip(rows, turns, strict=True)
    ]


def _row_html(one: Answered, gone: int = 0) -> str:
    answer = one.answer
    sure = answer is not None and bool(answer.statements) and answer.judged
    return render(
        "app/web/many/row.html",
        question=one.question,
        scope=one.scope,
        error=one.error and sentence(one.error),
        gone=gone,
        statements=list(_statements(answer)) if answer else [],
        instead=_instead(answer) if answer else "",
        notes=note_words(answer) if answer and answer.statements else (),
        confidence=confidence_words(answer.confidence) if answer and sure else "",
    )


def _instead(answer: Answer) -> str:
    """What stands where there is no sentence of a report; empty where there are some."""
    if answer.abstained:
        reason = sentence(answer.reason) if answer.reason else ""
        return (_("Not answered.") + " " + reason).strip()
    return "" if answer.statements else one_line(answer.text)


def _statements(answer: Answer) -> Iterator[dict[str, object]]:
    """Each sentence of an answer, with the places that it opens."""
    cited = {each.number: each for each in answer.citations}
    for each in answer.statements:
        places = [cited[number] for number in each.citations if number in cited]
        named = [label([one], among=answer.citations) for one in places]
        yield {
            "text": one_line(each.text),
            "quoted": each.kind == "quote" and bool(places),
            "support": "" if each.kind == "quote" else support_words(each),
            "places": [
                {
                    "number": one.number,
                    "token": token(one.document_id, one.start, one.end),
                    "short": short,
                    "rest": rest,
                }
                for one, (short, rest) in zip(places, named, strict=True)
            ],
        }
