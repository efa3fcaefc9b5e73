"""What a user can choose as the evidence of a question: cited and retrieved sentences.

What is told is text and tokens of places (:mod:`rag.app.web.shared.places`); what comes of the
choice is made by :mod:`rag.app.web.gold.file`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rag.app.text import nearest, opening, place, restricted, snippet
from rag.app.web.chat.conversation import REMEMBERED
from rag.app.web.chat.conversations import messages_of
from rag.app.web.chat.plain_history import plain_history
from rag.app.web.chat.saved_conversations import Kept, Reopened, reopened
from rag.app.web.gold.places import Found, Places, found_in
from rag.app.web.shared.places import parse_token, token
from rag.errors import QueryError
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.gold_check import same_question
from rag.language.sentences import split_sentences
from rag.quotes import check_quotation

if TYPE_CHECKING:
    from rag.schema import Condition, Document, Hit
    from rag.store import Store

__all__ = ["found_places", "offer"]

JsonObject = dict[str, Any]
Where = dict[str, str | int | list[str | int]]

_MOST_PASSAGES = 10
_MOST_FOUND = 20


def offer(turns: Sequence[Kept], places: Places) -> JsonObject:
    """The evidence to choose from for the last of these turns, of which there is at least one.

    ``{"question", "history", "where", "filters", "key", "abstained", "cited", "passages"}``:
    ``cited`` are the sentences that the answer cites, ``passages`` others that were retrieved,
    with their sentences. The same ``key`` means the same gold question.

    Raises:
        QueryError: no document meets the filters that were on.
    """
    (judged,) = reopened(turns[-1:], places.document)
    before, _ = messages_of([] if judged.alone else list(turns[:-1]), places.document)
    history = [
        {"role": said.role, "content": said.content}
        for said in plain_history(before, most=REMEMBERED)
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
        "abstained": judged.answer.abstained,
        "cited": _cited(judged, places),
        "passages": [_passage(hit, places) for hit in _others(judged)],
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
            raise QueryError(f"a gold question cannot have the filter {restricted([each])}")
        values.setdefault(each.field, []).append(each.value)
    if bounds:
        years = {one.metadata.year for one in index.documents(bounds)}
        values["year"] = sorted(year for year in years if year is not None)
        if not values["year"]:
            raise QueryError(f"no report meets the filters of the question: {restricted(bounds)}")
    return {field: each[0] if len(each) == 1 else each for field, each in values.items()}


def _cited(judged: Reopened, places: Places) -> list[JsonObject]:
    tokens = [token(one.document_id, one.start, one.end) for one in judged.answer.citations]
    return [found.told for found in map(places.at, dict.fromkeys(tokens)) if found]


def _others(judged: Reopened) -> Sequence[Hit]:
    answer = judged.answer
    return nearest(answer) if answer.abstained else answer.hits[:_MOST_PASSAGES]


def _passage(hit: Hit, places: Places) -> JsonObject:
    passage, document = hit.passage, places.document(hit.passage.document_id)
    spans = split_sentences(passage.text)
    found = (
        found_in(document, passage.start + start, passage.start + end)
        for start, end in spans
        if document
    )
    return {
        "name": ", ".join(place(hit)),
        "opening": snippet(opening(passage.text)),
        "sentences": [one.told for one in found if one],
    }


def found_places(words: str, given: str, places: Places) -> JsonObject:
    """Where words stand: ``{"status", "places"}``, at most 20 places.

    With the token of a place: in its document, or, without words, this place itself. The status is
    ``verbatim``, ``near`` (the places are sentences that come close), or ``not_found``.

    Raises:
        QueryError: the words are too few to be looked up everywhere.
    """
    at = places.at(given) if given else None
    if given and not words.strip():
        return _told("verbatim", [at] if at else [])
    named = parse_token(given) if given else None
    document = places.document(named.document_id) if named else None
    if document is not None:
        return _told("verbatim", _standing(document, words))
    result = check_quotation(places.index, words)
    cited = (match.citation for match in result.matches[:_MOST_FOUND])
    tokens = (token(one.document_id, one.start, one.end) for one in cited)
    found = [found for found in map(places.at, tokens) if found]
    return _told(result.status, map(_whole, found) if result.status == "near" else found)


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


def _told(status: str, found: Iterable[Found]) -> JsonObject:
    told = [one.told for _, one in zip(range(_MOST_FOUND), found, strict=False)]
    return {"status": status if told else "not_found", "places": told}
