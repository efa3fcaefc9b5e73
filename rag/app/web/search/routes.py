"""The Search tab: its HTML, and the routes that list all hits and give them as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from rag.answer.all_hits import AllHits, Match, all_hits
from rag.app.access.visit import add_details
from rag.app.tables import hits_table
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import NOT_KEPT, fragment, page_address
from rag.app.web.shared.places import token
from rag.cite.citations import long_date, page_words
from rag.export.tables import TABLE_TYPES, TableFormat
from rag.html import one_line, render
from rag.language.translation import N_, joined
from rag.store import Store, analyse

_LONGEST: Final = 1_000
_PAGE: Final = 50
_VALUES: Final = 12  # of a facet
_WORD: Final = re.compile(r"\w+|\W+")
_EXAMPLES: Final = (
    ("prison torture", N_("both words, in any form")),
    ('"political prisoners"', N_("these words, one after the other")),
    ("journalists OR bloggers", N_("one of them, or both")),
    ("police NOT (army OR navy)", N_("without")),
    ("torture NEAR/5 police", N_("at most five words apart")),
    ("detain*", N_("words that begin so")),
    ("speaker:Kozak", N_("what somebody says")),
    (
        "year>=2018 election",
        # L10n: country, publisher, title, source and type are typed, and stay as they are
        N_("a year; also country, publisher, title, source, type"),
    ),
)
_FACETS: Final = {
    "country": N_("Country"),
    "publisher": N_("Publisher"),
    "year": N_("Year"),
    "speaker": N_("Speaker"),
    "type": N_("Type"),
}

Asked = Annotated[str, Query(max_length=_LONGEST)]
Sort = Literal["relevance", "newest", "oldest"]


def search_html() -> str:
    """The tab as it stands on the page before its script fills it."""
    return render("app/web/search/search.html", examples=_EXAMPLES, longest=_LONGEST)


def search_routes(index: Store, queue: FairQueue) -> APIRouter:
    """``/search/hits``: a page of all hits; ``/search/hits.csv`` and ``.xlsx``: all of them."""
    router = APIRouter(prefix="/search")

    @router.get("/hits")
    async def hits(
        request: Request, q: Asked, sort: Sort = "relevance", first: Annotated[int, Query(ge=0)] = 0
    ) -> Response:
        add_details(request, question=q)

        def found() -> str:
            return _hits_html(all_hits(index, q, sort=sort), q, sort=sort, first=first)

        return fragment(await queue.run(visitor_of(request), found))

    @router.get("/hits.{format_}")
    async def table(
        request: Request, format_: TableFormat, q: Asked, sort: Sort = "relevance"
    ) -> Response:
        add_details(request, question=q)
        address = page_address(request)

        def made() -> bytes:
            found = all_hits(index, q, sort=sort)
            return hits_table(index, found, format_=format_, address=address)

        headers = {**NOT_KEPT, "content-disposition": f'attachment; filename="hits.{format_}"'}
        content = await queue.run(visitor_of(request), made)
        return Response(content, 200, headers, TABLE_TYPES[format_])

    return router


def _hits_html(found: AllHits, query: str, *, sort: str, first: int) -> str:
    shown = found.matches[first : first + _PAGE]
    return render(
        "app/web/search/hits.html",
        found=found,
        first=first,
        page=_PAGE,
        more=len(found.matches) - first - len(shown),
        asked=urlencode({"q": query, "sort": sort}),
        files="search/hits",
        facets=list(_facets(found)),
        facet_names=_FACETS,
        hits=[(_token(each), *_told(each), _runs(each, found.terms)) for each in shown],
    )


def _facets(found: AllHits) -> Iterator[tuple[str, list[tuple[str, int, str]]]]:
    """Each facet with more than one value: the value, its number, and what narrows to it."""
    for name, values in found.facets.items():
        if len(values) > 1:
            named = [(each, count, _narrowed(name, each)) for each, count in values[:_VALUES]]
            yield name, named


def _narrowed(field: str, value: str) -> str:
    plain = re.sub('[“”"]', " ", value)
    return f'{field}:"{plain}"'


def _token(match: Match) -> str:
    return token(match.info.id, match.start, match.end)


def _told(match: Match) -> tuple[str, str]:
    """The title of a match, and what else is known of its place."""
    known, passage = match.info.metadata, match.passage
    page = page_words(passage.page_start, None) if passage.page_start else ""
    section = (passage.section or "").rpartition(" > ")[2]
    facts = (passage.speaker, known.publisher, long_date(known.date or ""), section, page)
    words = joined(dict.fromkeys(one_line(each) for each in facts if each))
    return one_line(known.title or match.info.source), words


def _runs(match: Match, terms: frozenset[str]) -> list[tuple[str, bool]]:
    """The sentence in pieces; those that are marked are words that were looked for."""
    pieces = _WORD.findall(one_line(match.sentence))
    return [(each, not terms.isdisjoint(analyse(each))) for each in pieces]
