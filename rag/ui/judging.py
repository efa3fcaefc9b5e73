"""Gold questions that are made of judgements on the page: what can be chosen, and what comes of it.

The browser keeps which places a user called right, as tokens (:mod:`rag.ui.places`). Source, page
and quote of every piece of evidence are taken from the index, here and now; what the browser says
of them only helps to find a place again in a document that was read anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.citing import page_words
from rag.errors import QueryError
from rag.evaluation.checking import check_lines, same_question
from rag.evaluation.gold import GoldEvidence, GoldQuestion, gold_line, locate
from rag.passages import split_sentences
from rag.ui.conversation import REMEMBERED
from rag.ui.conversations import messages_of
from rag.ui.history import plain_history
from rag.ui.kept import Kept, Reopened, reopened
from rag.ui.places import parse_token, token
from rag.verification import check_quotation
from rag.wording import nearest, opening, place, restricted, snippet

if TYPE_CHECKING:
    from rag.schema import Condition, Document, Hit
    from rag.storage import Index

__all__ = ["Judgement", "Places", "found_places", "gold_file", "offer"]

JsonObject = dict[str, Any]
Where = dict[str, str | int | list[str | int]]

_LONGEST_QUOTE = 20_000
_MOST_PASSAGES = 10
_MOST_FOUND = 20


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    role: Literal["user", "assistant"]
    content: str = Field(max_length=200_000)


class _Chosen(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    token: str = Field(max_length=2_000)
    source: str = Field("", max_length=4_000)
    quote: str = Field("", max_length=_LONGEST_QUOTE)


class Judgement(BaseModel):
    """A question as the browser keeps it, with the places that a user called right."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")
    question: str = Field(max_length=10_000, pattern=r"\S")
    history: list[_Said] = Field([], max_length=2 * REMEMBERED)
    where: Where = Field({}, max_length=50)
    answerable: bool
    kind: str = Field("", max_length=200)
    evidence: list[_Chosen] = Field([], max_length=200)


# Places ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """The characters ``[start, end)`` of a document; neither begins nor ends with white space."""

    document: Document
    start: int
    end: int

    @property
    def quote(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def told(self) -> JsonObject:
        """What the page shows of it; all of it is text, none of it markup."""
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
        """With offsets only where the words alone would lead elsewhere."""
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

    def __init__(self, index: Index) -> None:
        self.index = index
        self._documents: dict[str, Document | None] = {}

    def document(self, document_id: str) -> Document | None:
        """The document with this id."""
        if document_id not in self._documents:
            self._documents[document_id] = self.index.document(document_id)
        return self._documents[document_id]

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {one.source: one.document_id for one in self.index.catalog.sources().values()}

    def of_source(self, source: str) -> Document | None:
        """The document that came from there."""
        return self.document(self._ids[source]) if source in self._ids else None

    def at(self, given: str) -> _Found | None:
        """The place of a token; None if there is none, or if it is no quotation."""
        named = parse_token(given)
        document = self.document(named.document_id) if named else None
        if named is None or document is None or not named.start < named.end <= len(document.text):
            return None
        return _found(document, named.start, named.end)

    def again(self, chosen: _Chosen) -> _Found | None:
        """A place that was chosen, even if its document was read anew since."""
        if found := self.at(chosen.token):
            return found
        document = self.of_source(chosen.source)
        span = locate(document.text, chosen.quote) if document else None
        return _found(document, *span) if document and span else None


def _found(document: Document, start: int, end: int) -> _Found | None:
    text = document.text[start:end]
    start, end = end - len(text.lstrip()), start + len(text.rstrip())
    return _Found(document, start, end) if 0 < end - start <= _LONGEST_QUOTE else None


# What can be chosen ----------------------------------------------------------------------------


def offer(turns: Sequence[Kept], places: Places) -> JsonObject:
    """What a user can say of the last of these turns, of which there is at least one.

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


def _where(conditions: Sequence[Condition], index: Index) -> Where:
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
        _found(document, passage.start + start, passage.start + end)
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


def _standing(document: Document, words: str) -> Iterator[_Found]:
    """Where the words stand in a document; white space may differ, and be missing."""
    pattern = r"\s*".join(map(re.escape, words.split()))
    for found in re.finditer(pattern, document.text):
        if one := _found(document, *found.span()):
            yield one


def _whole(found: _Found) -> _Found:
    """The sentences of which something was found."""
    text = found.document.text
    line = text.rfind("\n", 0, found.start) + 1
    end = text.find("\n", found.end)
    spans = split_sentences(text[line : end if end >= 0 else len(text)])
    touched = [
        (line + start, line + last)
        for start, last in spans
        if line + start < found.end and found.start < line + last
    ]
    whole = _found(found.document, touched[0][0], touched[-1][1]) if touched else None
    return whole or found


def _told(status: str, found: Iterable[_Found]) -> JsonObject:
    told = [one.told for _, one in zip(range(_MOST_FOUND), found, strict=False)]
    return {"status": status if told else "not_found", "places": told}


# What comes of it ------------------------------------------------------------------------------


def gold_file(given: Sequence[Mapping[str, Any]], places: Places) -> JsonObject:
    """The judgements as the text of a gold file, and what each of them became.

    ``{"gold", "questions": [{"id", "written", "places", "faults"}]}``, in the order given. A
    question is written unless it cannot be read, or all its evidence is gone; ``faults`` are words
    for the user, among them those of ``rag gold check``.
    """
    told = [_judged(each, places) for each in given]
    written = [each for each in told if each.line]
    text = "".join(f"{each.line}\n" for each in written)
    _, faults = check_lines(text, document=places.of_source, documents=places.index.documents)
    for fault in faults:
        written[fault.line - 1].faults.append(fault.words)
    questions = [
        {"id": one.id, "written": bool(one.line), "places": one.places, "faults": one.faults}
        for one in told
    ]
    return {"gold": text, "questions": questions}


@dataclass(slots=True)
class _Written:
    """What became of a judgement; ``line`` is empty if it is not in the file."""

    id: str
    line: str
    places: list[JsonObject]
    faults: list[str]


def _judged(given: Mapping[str, Any], places: Places) -> _Written:
    try:
        judgement = Judgement.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        name = given.get("id")
        words = f"it cannot be read: {where} {first['msg']}"
        return _Written(name if isinstance(name, str) else "", "", [], [words])
    wanted = judgement.evidence if judgement.answerable else []
    again = [places.again(each) for each in wanted]
    found = {each.told["token"]: each for each in again if each}
    told, faults = [each.told for each in found.values()], []
    if gone := again.count(None):
        sentences = "one sentence is" if gone == 1 else f"{gone} sentences are"
        faults.append(f"{sentences} no longer in this collection")
    if judgement.answerable and not found:
        faults.append("it is left out of the file: no sentence that answers it is known")
        return _Written(judgement.id, "", told, faults)
    line = gold_line(_question(judgement, [each.evidence for each in found.values()]))
    return _Written(judgement.id, line, told, faults)


def _question(judgement: Judgement, evidence: Sequence[GoldEvidence]) -> GoldQuestion:
    fields = judgement.model_dump(exclude={"evidence", "kind"})
    kind = " ".join(judgement.kind.split()) or None
    question = " ".join(judgement.question.split())
    return GoldQuestion.model_validate(
        {**fields, "question": question, "kind": kind, "evidence": list(evidence)}
    )
