"""The evidence of a gold question: what a user can choose, and where words stand in the reports.

Source, page and quote are always those of the document in the index.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import Any, Final

from rag.answer.dated_rows import meets
from rag.app.text import nearest, opening, place, restricted, snippet
from rag.app.web.chat.conversation import REMEMBERED
from rag.app.web.chat.plain_history import plain_history
from rag.app.web.chat.reopened import Reopened, reopened, reopened_messages
from rag.app.web.chat.saved_conversations import SavedTurn
from rag.app.web.shared.places import parse_token, token
from rag.cite.citations import page_words
from rag.errors import QueryError
from rag.evaluation.gold import GoldEvidence, GoldQuestion, locate
from rag.evaluation.gold_check import same_question
from rag.language.sentences import split_sentences
from rag.language.translation import _
from rag.quotes.lookup import check_quotation
from rag.schema import Condition, Document
from rag.store import Store

JsonObject = dict[str, Any]
Where = dict[str, str | int | list[str | int]]

LONGEST_QUOTE: Final = 20_000
"""Characters; what is longer is no quotation."""
_MOST_PASSAGES = 10
_MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Found:
    """The characters ``[start, end)`` of a document; neither begins nor ends with white space."""

    document: Document
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The characters themselves."""
        return self.document.text[self.start : self.end]

    @property
    def as_json(self) -> JsonObject:
        """The place as a JSON object for the page: token, source, title, page and quote."""
        page = self.document.page_at(self.start)
        return {
            "token": token(self.document.id, self.start, self.end),
            "source": self.document.source,
            "title": " ".join(self.document.title.split()),
            "page": page_words(page.number, page.label, page.kind) if page else "",
            "quote": self.quote.encode("utf-8", "replace").decode("utf-8"),
        }

    @property
    def evidence(self) -> GoldEvidence:
        """As gold evidence; with offsets where the quote alone would be found elsewhere first."""
        page, text = self.document.page_at(self.start), self.document.text
        sayable = self.quote.encode("utf-8", "replace").decode("utf-8") == self.quote
        exact = not sayable or locate(text, self.quote) != (self.start, self.end)
        return GoldEvidence(
            source=self.document.source,
            page=page.number if page else None,
            quote=self.quote if sayable else None,
            start=self.start if exact else None,
            end=self.end if exact else None,
        )


class Places:
    """Places in the documents of an index, each of which is taken from it once."""

    def __init__(self, index: Store) -> None:
        self.index = index
        self.document = cache(index.document)

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {one.source: one.document_id for one in self.index.sources().values()}

    def of_source(self, source: str) -> Document | None:
        """The document with this source."""
        return self.document(self._ids[source]) if source in self._ids else None

    def at(self, given: str) -> Found | None:
        """The place of a token; None if there is none, or if it is no quotation."""
        named = parse_token(given)
        document = self.document(named.document_id) if named else None
        if named is None or document is None or not named.start < named.end <= len(document.text):
            return None
        return found_in(document, named.start, named.end)

    def again(self, given: str, *, source: str, quote: str) -> Found | None:
        """The place of a token or, if its document was read anew, of the words in this source."""
        if found := self.at(given):
            return found
        document = self.of_source(source)
        span = locate(document.text, quote) if document else None
        return found_in(document, *span) if document and span else None


def found_in(document: Document, start: int, end: int) -> Found | None:
    """The place of these characters without white space around them; None if too few or many."""
    text = document.text[start:end]
    start, end = end - len(text.lstrip()), start + len(text.rstrip())
    return Found(document, start, end) if 0 < end - start <= LONGEST_QUOTE else None


def offer(turns: Sequence[SavedTurn], places: Places) -> JsonObject:
    """The evidence to choose from for the last of these turns, of which there is at least one.

    ``{"question", "history", "where", "filters", "key", "abstained", "cited", "passages"}``:
    ``cited`` are the sentences that the answer cites, ``passages`` others that were retrieved,
    with their sentences. The same ``key`` means the same gold question.

    Raises:
        QueryError: no document meets the filters that were on.
    """
    (judged,) = reopened(turns[-1:], places.document)
    earlier = [] if judged.alone else list(turns[:-1])
    messages, _ = reopened_messages(earlier, places.document)
    history = [
        {"role": each.role, "content": each.content}
        for each in plain_history(messages, most=REMEMBERED)
    ]
    asked = GoldQuestion.model_validate(
        {
            "id": "",
            "question": " ".join(judged.answer.question.split()),
            "answerable": True,
            "history": history,
            "where": _where(judged.where, places.index),
        }
    )
    return {
        "question": asked.question,
        "history": history,
        "where": asked.where,
        "filters": restricted(judged.where),
        "key": hashlib.sha256(same_question(asked).encode("utf-8", "replace")).hexdigest()[:32],
        "abstained": judged.answer.abstained and judged.answer.judged,
        "cited": _cited(judged, places),
        "passages": list(_passages(judged, places)),
    }


def _where(conditions: Sequence[Condition], index: Store) -> Where:
    """The filters as a gold question has them: alternatives of each field.

    A span of years becomes the years within it that documents are of.
    """
    values: dict[str, list[str | int]] = {}
    bounds = [one for one in conditions if one.field == "year"]
    for each in conditions:
        if each.field == "year":
            continue
        if each.operator != "=":
            raise QueryError(
                _("a gold question cannot have the filter {filter}", filter=restricted([each]))
            )
        values.setdefault(each.field, []).append(each.value)
    if bounds:
        years = {year for one in index.documents(bounds) for year in one.metadata.years}
        values["year"] = sorted(year for year in years if meets(year, bounds))
        if not values["year"]:
            raise QueryError(
                _(
                    "no report meets the filters of the question: {filters}",
                    filters=restricted(bounds),
                )
            )
    return {field: each[0] if len(each) == 1 else each for field, each in values.items()}


def _cited(judged: Reopened, places: Places) -> list[JsonObject]:
    tokens = [token(one.document_id, one.start, one.end) for one in judged.answer.citations]
    return [found.as_json for found in map(places.at, dict.fromkeys(tokens)) if found]


def _passages(judged: Reopened, places: Places) -> Iterator[JsonObject]:
    """The passages that the answer retrieved and does not cite, each with its sentences."""
    answer = judged.answer
    for hit in nearest(answer) if answer.abstained else answer.hits[:_MOST_PASSAGES]:
        passage, document = hit.passage, places.document(hit.passage.document_id)
        spans = split_sentences(passage.text) if document else ()
        found = [
            found_in(document, passage.start + start, passage.start + end)
            for start, end in spans
            if document
        ]
        yield {
            "name": ", ".join(place(hit)),
            "opening": snippet(opening(passage.text)),
            "sentences": [one.as_json for one in found if one],
        }


def find(words: str, given: str, places: Places) -> JsonObject:
    """Where words stand: ``{"status", "places"}``, at most 20 places.

    With the token of a place: in its document, or, without words, this place itself. The status is
    ``verbatim``, ``near`` (the places are sentences that come close), or ``not_found``.

    Raises:
        QueryError: the words are too few to be looked up everywhere.
    """
    at = places.at(given) if given else None
    if given and not words.strip():
        return _as_json("verbatim", [at] if at else [])
    named = parse_token(given) if given else None
    document = places.document(named.document_id) if named else None
    if document is not None:
        return _as_json("verbatim", _standing(document, words))
    result = check_quotation(places.index, words)
    cited = (match.citation for match in result.matches[:_MOST_FOUND])
    tokens = (token(one.document_id, one.start, one.end) for one in cited)
    found = [found for found in map(places.at, tokens) if found]
    return _as_json(result.status, map(_whole, found) if result.status == "near" else found)


def _standing(document: Document, words: str) -> Iterator[Found]:
    """Where the words stand in a document; white space may differ, and be missing."""
    pattern = r"\s*".join(map(re.escape, words.split()))
    for found in re.finditer(pattern, document.text):
        if one := found_in(document, *found.span()):
            yield one


def _whole(found: Found) -> Found:
    """The place extended to whole sentences."""
    text = found.document.text
    line = text.rfind("\n", 0, found.start) + 1
    end = text.find("\n", found.end)
    spans = split_sentences(text[line : end if end >= 0 else len(text)])
    touched = [
        (line + start, line + last)
        for start, last in spans
        if line + start < found.end and found.start < line + last
    ]
    whole = found_in(found.document, touched[0][0], touched[-1][1]) if touched else None
    return whole or found


def _as_json(status: str, found: Iterable[Found]) -> JsonObject:
    places = [one.as_json for one in islice(found, _MOST_FOUND)]
    return {"status": status if places else "not_found", "places": places}
