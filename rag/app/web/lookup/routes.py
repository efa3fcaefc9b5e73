"""The Citation lookup tab: its HTML, and the routes that split a text and look up each piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import count as counter
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag.app.api.tools import LONGEST_QUOTATION
from rag.app.text import sentence
from rag.app.web.lookup.pieces import LONGEST_TEXT, How, choose
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import Asked, Refused, body, json_answer
from rag.app.web.shared.places import token
from rag.cite.citations import long_date, page_words
from rag.errors import QueryError, SourceNotFound
from rag.html import one_line, render
from rag.language.finished_messages import in_readers_language
from rag.language.sentences import split_sentences
from rag.language.translation import N_, _, n_
from rag.quotes.lookup import check_quotation
from rag.quotes.records import Match, Verification
from rag.store import Store

_LONGEST_BODY = 4_000_000
_LONGEST_CHECK = 200_000
_TRIED = 20  # documents in which an example is looked for
_SHOWN = 10  # of a list of places; more are folded
_MOST_SHOWN = 200
_VERDICTS = {
    "verbatim": ("✓", N_("Verbatim"), N_("It stands in the reports word for word.")),
    "near": (
        "≈",
        N_("Near"),
        N_("It does not stand in the reports like this. See what differs."),
    ),
    "not_found": ("✗", N_("Not found"), N_("It does not stand in the reports.")),
}


def lookup_html() -> str:
    """The tab as it stands on the page before its script fills it."""
    return render("app/web/lookup/lookup.html", longest=LONGEST_TEXT)


class _Text(Asked):
    text: str
    how: How = "auto"


class _Quotation(Asked):
    text: str
    source: str = Field(default="", max_length=2_000)
    speaker: str = Field(default="", max_length=300)


def lookup_routes(index: Store, queue: FairQueue) -> APIRouter:
    """The routes below ``/lookup``, all of which answer with JSON; they change nothing."""
    router = APIRouter(prefix="/lookup")

    @router.get("/example")
    def example() -> Response:
        """A sentence of the reports to try the lookup with; empty if there is none."""
        return json_answer({"text": _example(index)})

    @router.post("/pieces")
    async def pieces(request: Request) -> Response:
        """What is looked up of a text: ``{"pieces": [{"text", "start", "end", "perhaps"}]}``."""
        asked = await body(request, _Text, longest=_LONGEST_BODY)
        chosen = await queue.run(visitor_of(request), lambda: choose(asked.text, asked.how))
        found = await run_in_threadpool(lambda: index.find(count=1))
        if not found.total:
            raise Refused(409, _("the collection is empty: add reports in the Library first"))
        return json_answer({"pieces": list(map(asdict, chosen.pieces)), "note": chosen.note})

    @router.post("/check")
    async def check(request: Request) -> Response:
        """One quotation looked up: ``{"status", "html"}``; ``unchecked`` where it is too short."""
        asked = await body(request, _Quotation, longest=_LONGEST_CHECK)
        if len(asked.text) > LONGEST_QUOTATION:
            raise Refused(
                413,
                _(
                    "the quotation has {length} characters, and {most} is the most: look up a part "
                    "of it",
                    length=len(asked.text),
                    most=LONGEST_QUOTATION,
                ),
            )
        status, html = await queue.run(visitor_of(request), lambda: _checked(index, asked))
        return json_answer({"status": status, "html": html})

    return router


def _example(index: Store) -> str:
    for info in index.documents()[:_TRIED]:
        document = index.document(info.id)
        middle = document.text[len(document.text) // 3 :][:4_000] if document else ""
        for start, end in split_sentences(middle)[1:]:
            sentence = middle[start:end]
            if sentence[:1].isupper() and 8 <= len(sentence.split()) <= 40:
                return sentence
    return ""


def _checked(index: Store, asked: _Quotation) -> tuple[str, str]:
    source, speaker = asked.source.strip() or None, asked.speaker.strip() or None
    try:
        result = check_quotation(index, asked.text, source=source, speaker=speaker)
    except QueryError as error:
        return "unchecked", unchecked_html(asked.text, in_readers_language(error))
    except SourceNotFound as error:
        words = in_readers_language(error).replace("'rag list'", _("the Library"))
        raise Refused(404, words) from error
    return result.status, checked_html(result)


# Results as HTML ------------------------------------------------------------------------------


def checked_html(result: Verification) -> str:
    """The result of a verification; places are links ``#src=…`` numbered in ``data-number``."""
    sign, verdict, words = _VERDICTS[result.status]
    if result.status == "not_found" and result.elsewhere:
        words = N_("It does not stand where you said, but elsewhere.")
    elif result.status == "near" and not any(each.differences for each in result.matches):
        words = N_("Its words stand in the reports, but not together.")
    numbers = counter(1)
    verbatim = result.status == "verbatim"
    total = result.total if verbatim else len(result.matches)
    exact = any(not each.differences for each in result.matches)
    return _result(
        result.quotation,
        sign=sign,
        verdict=_(verdict),
        words=_(words),
        note=_sentence(result.note) if result.note else "",
        heading=n_("{count} place", "{count} places", total)
        if exact
        else _("Where it comes close"),
        quoted=not verbatim,
        matches=_places(result.quotation, result.matches, numbers),
        left_out=total - min(len(result.matches), _MOST_SHOWN),
        elsewhere=_places(result.quotation, result.elsewhere, numbers),
        closest=_places(result.quotation, result.closest, numbers),
    )


def unchecked_html(quotation: str, reason: str) -> str:
    """A quotation that could not be looked up, and why."""
    return _result(quotation, sign="–", verdict=_("Not checked"), words=_sentence(reason))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] if words.endswith("”") else sentence(words)


def _result(quotation: str, **told: object) -> str:
    nothing = {"note": "", "matches": (), "left_out": 0, "elsewhere": (), "closest": ()}
    values = {**nothing, **told, "quotation": quotation, "shown": _SHOWN}
    return render("app/web/lookup/result.html", **values)


def _places(
    quotation: str, matches: Sequence[Match], numbers: Iterator[int]
) -> list[dict[str, Any]]:
    return [_place(quotation, match, next(numbers)) for match in matches[:_MOST_SHOWN]]


def _place(quotation: str, match: Match, number: int) -> dict[str, Any]:
    cited = match.citation
    yours = [(each.yours_start, each.yours_end) for each in match.differences]
    theirs = [(each.start - cited.start, each.end - cited.start) for each in match.differences]
    page = cited.page
    return {
        "token": token(cited.document_id, cited.start, cited.end),
        "number": number,
        "title": one_line(cited.title),
        "page": "" if page is None else page_words(page, cited.page_label, cited.page_kind),
        "facts": {
            N_("Speaker"): cited.speaker,
            N_("Section"): (cited.section or "").replace(" > ", " › "),
            N_("Publisher"): cited.publisher,
            N_("Date"): long_date(cited.date) if cited.date else "",
            N_("File"): cited.source,
        },
        "ocr": cited.ocr,
        "parts": [token(each.document_id, each.start, each.end) for each in match.parts],
        "differences": [(each.yours.strip(), each.source.strip()) for each in match.differences],
        "yours": list(_marked(quotation, yours)),
        "theirs": list(_marked(cited.quote, theirs)),
        "quote": cited.quote,
    }


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The text in runs, and whether each is one of the spans; empty spans have none."""
    at = 0
    for start, end in sorted(spans):
        start, end = max(at, start), min(len(text), end)
        if start < end:
            yield text[at:start], False
            yield text[start:end], True
            at = end
    yield text[at:], False
