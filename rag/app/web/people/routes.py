"""The People tab: its HTML, and the routes that list people and their statements."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag.app.access.visit import visit_of
from rag.app.library.library import Library
from rag.app.web.chat.collection import choices, conditions
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import (
    NOT_KEPT,
    Asked,
    Refused,
    body,
    from_this_page,
    json_answer,
)
from rag.app.web.shared.places import token
from rag.cite.citations import long_date, page_words
from rag.cite.styles import DEFAULT_STYLE
from rag.export.build import MOST_QUOTATIONS, build_export
from rag.export.formats import MEDIA_TYPES, ExportFormat, write_export
from rag.export.statements import turn_of_statements, write_csv
from rag.html import one_line, render
from rag.language.translation import N_, _, joined, n_
from rag.schema import How
from rag.store import ListedStatement, Person, StatementFilter, StatementStore, Store

_PAGE: Final = 50
_LONGEST: Final = 300
_ALIKE: Final = 20
_SECONDS: Final = 30  # for looking the statements of an export up
_OWN: Final[tuple[How, ...]] = ("turn", "quoted", "metadata")
# How it is known whose words a statement has, as people read it.
_HOW: Final[dict[How, str]] = {
    "turn": N_("Own words"),
    "quoted": N_("Own words, in quotation marks"),
    "metadata": N_("Own words"),
    "author": N_("Written"),
    "reported": N_("An account of these words, not the words themselves"),
}
_KINDS: Final = {"named": ("person", "body"), "people": ("person",), "bodies": ("body",), "all": ()}

Sort = Literal["statements", "name", "documents", "latest"]
Kinds = Literal["named", "people", "bodies", "all"]
Format = Literal["csv", "md", "docx"]


def people_html() -> str:
    """The tab as it stands on the page before its script fills it."""
    return render("app/web/people/people.html", most=MOST_QUOTATIONS)


class _Merge(Asked):
    person: str = Field(max_length=64)
    other: str = Field(max_length=64)


class _Split(Asked):
    person: str = Field(max_length=64)
    name: str = Field(max_length=2_000)


class _Undo(Asked):
    decision: int


class _Wanted(Asked):
    """Which statements are wanted, as the address of the tab has it."""

    person: str = Field("", max_length=64)
    speaker: str = Field("", max_length=_LONGEST)
    about: str = Field("", max_length=_LONGEST)
    document: str = Field("", max_length=2_000)
    known: Literal["", "own", "accounts", "written"] = ""
    earliest: str = Field("", alias="from", max_length=10)
    latest: str = Field("", alias="to", max_length=10)

    def filter(self) -> StatementFilter:
        kinds: dict[str, tuple[How, ...]] = {"accounts": ("reported",), "written": ("author",)}
        return StatementFilter(
            person=self.person,
            speaker=self.speaker,
            about=self.about,
            where=conditions("", "", self.earliest, self.latest),
            document_ids=(self.document,) if self.document else None,
            how=_OWN if self.known == "own" else kinds.get(self.known, ()),
        )


def people_routes(library: Library, queue: FairQueue) -> APIRouter:
    """The routes below ``/people``, which answer with JSON or a file."""
    router = APIRouter(prefix="/people")
    changes = APIRouter(dependencies=[Depends(from_this_page)])

    def wanted(request: Request) -> _Wanted:
        known = {
            name: value
            for name, value in request.query_params.items()
            if name in _Wanted.model_fields or name in ("from", "to")
        }
        try:
            return _Wanted.model_validate(known)
        except ValueError as error:
            raise Refused(422, _("the filters cannot be understood: clear them")) from error

    @router.get("/list")
    def people(
        text: Annotated[str, Query(max_length=_LONGEST)] = "",
        kinds: Kinds = "named",
        sort: Sort = "statements",
        first: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        """Some of those who speak."""
        index = _index(library.index)
        found = index.people(text, kinds=_KINDS[kinds], sort=sort, first=first, count=_PAGE)
        return json_answer(
            {
                "total": found.total,
                "people": [_person(each) for each in found.people],
                "decisions": [asdict(each) for each in index.made_by_hand()],
                "all": index.people(count=0).total,
            }
        )

    @router.get("/person/{person_id}")
    def person(person_id: str, request: Request) -> Response:
        """One who speaks, the names that stand for them, and who else is called so."""
        index = _index(library.index)
        found = index.person(person_id)
        if found is None:
            raise Refused(404, _("this person is not in the index any more: go back to the list"))
        alike = [each for each in index.people_called(found.name) if each.id != person_id]
        return json_answer(
            {
                "person": _person(found),
                "forms": [asdict(each) for each in index.forms_of(person_id)],
                "alike": [_person(each) for each in alike[:_ALIKE]],
                "read_only": visit_of(request).read_only,
            }
        )

    @router.get("/statements")
    def statements(request: Request, first: Annotated[int, Query(ge=0, le=10**9)] = 0) -> Response:
        """Some of the statements that fit, and on the first page the documents that have any."""
        index = _index(library.index)
        asked = wanted(request)
        found = index.statements(asked.filter(), first=first, count=_PAGE)
        answer: dict[str, Any] = {
            "total": found.total,
            "statements": [_statement(each) for each in found.statements],
        }
        if not first:
            listed = index.documents_of(person=asked.person, speaker=asked.speaker)
            *_others, earliest, latest, offered = choices(listed)
            # Of very many documents none is offered.
            few = listed if len(offered) > len(listed) else ()
            titles = [(one_line(each.metadata.title or each.source), each.id) for each in few]
            answer |= {
                "document": [(_("All documents"), ""), *sorted(titles)],
                "from": earliest,
                "to": latest,
            }
        return json_answer(answer)

    @router.get("/export/{format}")
    async def export(format: Format, request: Request) -> Response:  # noqa: A002 - as in the path
        """All statements that fit, as a file."""
        asked = wanted(request)
        visitor = visitor_of(request)
        return await queue.run(visitor, lambda: _export(library.index, asked, format))

    @changes.post("/merge")
    async def merge(request: Request) -> Response:
        """Let two people be one."""
        asked = await body(request, _Merge)
        await run_in_threadpool(library.merge_people, asked.person, asked.other)
        return json_answer({"done": True})

    @changes.post("/split")
    async def split(request: Request) -> Response:
        """Let a name of a person be somebody else's."""
        asked = await body(request, _Split)
        await run_in_threadpool(library.split_person, asked.person, asked.name)
        return json_answer({"done": True})

    @changes.post("/undo")
    async def undo(request: Request) -> Response:
        """Take back what was decided by hand."""
        asked = await body(request, _Undo)
        await run_in_threadpool(library.undo_decision, asked.decision)
        return json_answer({"done": True})

    router.include_router(changes)
    return router


def _index(index: Store) -> StatementStore:
    if not isinstance(index, StatementStore):
        raise Refused(404, _("this collection has no index of statements"))
    return index


def _person(person: Person) -> dict[str, Any]:
    dates = [person.first, person.last] if person.first != person.last else [person.first]
    country = (person.country or "") if (person.country or "") not in (person.role or "") else ""
    told = person.described_in or joined((person.role or "", country))
    return {
        "id": person.id,
        "name": one_line(person.name),
        "told": one_line(told),
        "statements": person.statements,
        "written": person.written,
        "documents": person.documents,
        "when": " – ".join(long_date(each) for each in dates if each),
    }


def _statement(each: ListedStatement) -> dict[str, Any]:
    page = "" if each.page is None else page_words(each.page, each.page_label, each.page_kind)
    return {
        "token": token(each.document_id, each.start, each.end),
        "text": one_line(each.text),
        "speaker": one_line(each.speaker),
        "person": each.person_id,
        "account": each.is_account,
        "how": _(_HOW[each.how]),
        "title": one_line(each.title),
        "page": page,
        "date": long_date(each.date) if each.date else "",
        "publisher": one_line(each.publisher or ""),
    }


def _export(index: Store, asked: _Wanted, format: Format) -> Response:  # noqa: A002
    found = _index(index).statements(asked.filter()).statements
    if not found:
        raise Refused(404, _("no statement fits: there is nothing to export"))
    names = list(dict.fromkeys(each.person for each in found))
    heading = f"Statements of {names[0]}" if len(names) == 1 else "Statements"
    if asked.about:
        heading += f" about “{one_line(asked.about)}”"
    if format != "csv" and len(found) > MOST_QUOTATIONS:
        raise Refused(
            400,
            n_(
                "{count} statement fits, and a document holds {most}: choose fewer by words, dates "
                "or document, or take the table (CSV), which holds all of them",
                "{count} statements fit, and a document holds {most}: choose fewer by words, dates "
                "or document, or take the table (CSV), which holds all of them",
                len(found),
                most=MOST_QUOTATIONS,
            ),
        )
    if format == "csv":
        content, kind = write_csv(found), "text/csv; charset=utf-8"
    else:
        chosen: ExportFormat = format
        built = build_export(
            index, [turn_of_statements(heading, found)], style=DEFAULT_STYLE, seconds=_SECONDS
        )
        content, kind = write_export(built, format=chosen), MEDIA_TYPES[chosen]
    called = re.sub(r"[^a-z0-9]+", "-", heading.encode("ascii", "ignore").decode().lower())
    name = f"{called.strip('-')[:60]}-{datetime.now(UTC):%Y-%m-%d}.{format}"
    headers = {**NOT_KEPT, "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=kind)
