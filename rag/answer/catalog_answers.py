"""Answers from the catalog: what is in the collection, from whom, of when and about whom.

And what the program says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from rag.answer.conversation import Intent, unknown_words, words_for
from rag.answer.metadata_match import MetadataMatch
from rag.answer.questions.names import years
from rag.cite.answers import Answer
from rag.cite.citations import long_date
from rag.html import count
from rag.language.places import country_key, places
from rag.schema import Condition, DocumentInfo
from rag.store import Store

Spoken = Mapping[str, frozenset[str]]

_LISTED: Final = 50  # documents of a list
_FEW: Final = 5
_NAMED: Final = 6  # names in one sentence
_READ: Final = 6  # documents whose headings make sample questions
_EMPTY: Final = (
    "The collection is empty. Add reports in the Library tab or with `rag ingest FOLDER`; the "
    "sample reports are added with `rag ingest corpus`."
)
_SINCE: Final = re.compile(r"\b(?:since|after|newer than)\s+\d{4}\b", re.IGNORECASE)
_UNTIL: Final = re.compile(r"\b(?:until|till|before|older than|up to)\s+\d{4}\b", re.IGNORECASE)
_HEADING: Final = re.compile(r"[A-Z][^\W\d_]+(?:,? (?:[^\W\d_]+)){0,6}")
_PLAIN: Final = re.compile(r"[\w ,.'’()-]{2,70}")
# Headings that name a part of a document and no matter.
_PARTS: Final = re.compile(
    r"\b(?:summary|introduction|conclusions?|contents|annex|appendix|section|chapter|questions?|"
    r"answers?|remarks|speech|briefing|debate|address|reports?|notes?|references|other)\b",
    re.IGNORECASE,
)


def answer_from_catalog(
    question: str,
    intent: Intent,
    index: Store,
    metadata: MetadataMatch,
    where: Sequence[Condition] = (),
) -> Answer | None:
    """What the catalog says; None where the question names what no document is known for.

    Such a question is better searched for: the reports may have it in their text.

    Raises:
        QueryError: a condition cannot be understood.
    """
    documents = index.documents(where)
    draft = Answer(question, question, kind="collection")
    if not documents:
        nothing = "No document meets the filters." if where else _EMPTY
        return replace(draft, text=nothing)
    meant = _meant(question, documents, metadata)
    if not meant:
        if unknown_words(question) or places(question):
            return None
        named = " or ".join(map(str, years(question)))
        text = f"No document is dated {named}. {_dated(documents)}"
        return replace(draft, text=text)
    if intent.wish in ("overview", "speakers"):
        by_speaker = _OF_SPEAKERS[intent.wish]
        text, listed = by_speaker(meant, index.speakers())
    else:
        text, listed = _TOLD[intent.wish](meant)
    asked = sample_questions(index, meant) if intent.wish in ("overview", "count") else ()
    return replace(draft, text=text, documents=tuple(listed[:_LISTED]), suggestions=asked)


def answer_for_itself(question: str, intent: Intent, index: Store, *, model: str) -> Answer:
    """What the program says of itself; ``model`` is the language model in use, if there is one."""
    documents = index.documents()
    wish = "none" if intent.kind == "last-answer" else intent.wish
    named = words_for("model", "some" if model else "none").format(name=model)
    text = words_for(intent.kind, wish).format(model=named, count=counted(documents))
    begins = wish in ("greeting", "use", "none")
    if begins and not documents:
        text = f"{text} {overview(documents, {})}"
    asked = sample_questions(index, documents) if begins else ()
    return Answer(question, question, text=text, kind=intent.kind, suggestions=asked)


def overview(documents: Sequence[DocumentInfo], spoken: Spoken) -> str:
    """What there is, from whom, of when, about whom and with whose words: a few sentences.

    ``spoken`` are the ids of the documents in which somebody speaks, by the speaker's name.
    """
    if not documents:
        return _EMPTY
    # One country may be written in several ways: the shortest is enough.
    written = sorted(_values("country", documents), key=len, reverse=True)
    countries = sorted({country_key(each): each for each in written}.values(), key=str.casefold)
    publishers = _values("publisher", documents)
    said = _who_speaks(documents, spoken)
    parts = [
        f"{counted(documents)}" + (f", from {_names(publishers)}" if publishers else "") + ".",
        _dated(documents),
        f"They are about {_names(countries)}." if countries else "",
        f"{count(len(said), 'speaker')}: {_names(said)}." if said else "",
    ]
    return " ".join(part for part in parts if part)


def sample_questions(
    index: Store, documents: Sequence[DocumentInfo], *, most: int = 4
) -> tuple[str, ...]:
    """Questions made of headings and speakers, each of another document where there are enough."""
    candidates = [list(_questions_to(each, index)) for each in _diverse(documents)[:_READ]]
    found: list[str] = []
    while len(found) < most and any(candidates):
        found += [each.pop(0) for each in candidates if each]
    return tuple(dict.fromkeys(found))[:most]


def _meant(
    question: str, documents: Sequence[DocumentInfo], metadata: MetadataMatch
) -> list[DocumentInfo]:
    """The documents that have every year, country and other name that a question has."""
    named = set(years(question))
    if named and _SINCE.search(question):
        named = {each.metadata.year or 0 for each in documents} - set(range(min(named)))
    elif named and _UNTIL.search(question):
        named = {each.metadata.year or 9999 for each in documents} & set(range(max(named) + 1))
    known = metadata.known().countries
    keys = {country_key(each.country) for each in places(question, known=known)}
    words = [metadata.having(word) for word in unknown_words(question)]
    countries = [(key, metadata.having(key)) for key in keys]
    return [
        each
        for each in documents
        if (not years(question) or each.metadata.year in named)
        and all(each.id in having for having in words)
        and all(
            each.id in having or key == country_key(each.metadata.country or "")
            for key, having in countries
        )
    ]


# What is told, by what is wanted ------------------------------------------------------------------

_Told = tuple[str, Sequence[DocumentInfo]]


def _overview(documents: Sequence[DocumentInfo], spoken: Spoken) -> _Told:
    return overview(documents, spoken), _by_date(documents)


def _count(documents: Sequence[DocumentInfo]) -> _Told:
    pages = sum(each.pages or 0 for each in documents)
    passages = sum(each.passages for each in documents)
    also = f"{count(pages, 'page')} in those that have pages, " if pages else ""
    text = f"{counted(documents)}: {also}{count(passages, 'passage')}. {_dated(documents)}"
    return text, _by_date(documents)


def _list(documents: Sequence[DocumentInfo]) -> _Told:
    shown = f"; these are the {_LISTED} latest" if len(documents) > _LISTED else ""
    more = ". The Library tab and `rag list` have all." if shown else ":"
    return f"{counted(documents)}{shown}{more}", _by_date(documents)


def _latest(documents: Sequence[DocumentInfo]) -> _Told:
    dated = [each for each in _by_date(documents) if each.metadata.date]
    return _first("latest", dated), dated[:_FEW]


def _oldest(documents: Sequence[DocumentInfo]) -> _Told:
    dated = [each for each in reversed(_by_date(documents)) if each.metadata.date]
    return _first("oldest", dated), dated[:_FEW]


def _added(documents: Sequence[DocumentInfo]) -> _Told:
    newest = sorted(documents, key=lambda each: each.added or "", reverse=True)
    when = long_date((newest[0].added or "")[:10])
    return f"Last added on {when or 'an unknown day'}:", newest[:_FEW]


def _speakers(documents: Sequence[DocumentInfo], spoken: Spoken) -> _Told:
    names = _who_speaks(documents, spoken)
    if not names:
        return "No document names a speaker.", ()
    ids = frozenset().union(*spoken.values())
    having = [each for each in documents if each.id in ids or each.metadata.speaker]
    text = f"{count(len(names), 'speaker')}: {_names(names, most=40)}."
    return text, _by_date(having)


def _of_field(field: str, one: str) -> Callable[[Sequence[DocumentInfo]], _Told]:
    def told(documents: Sequence[DocumentInfo]) -> _Told:
        values = _values(field, documents)
        unknown = sum(not getattr(each.metadata, field) for each in documents)
        if not values:
            return f"No document names its {one}.", ()
        rest = f" Of {count(unknown, 'document')} it is not known." if unknown else ""
        return f"{count(len(values), one)}: {_names(values, most=40)}.{rest}", ()

    return told


def _years(documents: Sequence[DocumentInfo]) -> _Told:
    counts: dict[int, int] = {}
    for each in documents:
        if each.metadata.year:
            counts[each.metadata.year] = counts.get(each.metadata.year, 0) + 1
    by_year = ", ".join(f"{year}: {many}" for year, many in sorted(counts.items()))
    return f"{_dated(documents)} Documents by year: {by_year or 'none is dated'}.", ()


_TOLD: Final[dict[str, Callable[[Sequence[DocumentInfo]], _Told]]] = {
    "count": _count,
    "list": _list,
    "latest": _latest,
    "oldest": _oldest,
    "added": _added,
    "countries": _of_field("country", "country"),
    "publishers": _of_field("publisher", "publisher"),
    "years": _years,
    "document_languages": _of_field("language", "language"),
}

_OF_SPEAKERS: Final = {"overview": _overview, "speakers": _speakers}


def _first(which: str, documents: Sequence[DocumentInfo]) -> str:
    if not documents:
        return "No document has a date."
    first = documents[0].metadata
    by = f" by {first.publisher}" if first.publisher else ""
    title = first.title or documents[0].source
    return f"The {which} is “{title}”{by}, {long_date(first.date or '')}."


def counted(documents: Sequence[DocumentInfo]) -> str:
    """How many documents there are, in words such as "1 document"."""
    return count(len(documents), "document")


def _names(names: Sequence[str], *, most: int = _NAMED) -> str:
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _values(field: str, documents: Sequence[DocumentInfo]) -> list[str]:
    values = {getattr(each.metadata, field) for each in documents}
    return sorted((each for each in values if each), key=str.casefold)


def _who_speaks(documents: Sequence[DocumentInfo], spoken: Spoken) -> list[str]:
    ids = {each.id for each in documents}
    names = {name for name, having in spoken.items() if not having.isdisjoint(ids)}
    return sorted(names.union(_values("speaker", documents)), key=str.casefold)


def _dated(documents: Sequence[DocumentInfo]) -> str:
    found = sorted({each.metadata.year for each in documents if each.metadata.year})
    if not found:
        return ""
    if len(found) == 1:
        return f"All that are dated are of {found[0]}."
    return f"The earliest is of {found[0]}, the latest of {found[-1]}."


def _by_date(documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The latest first; those without a date last, by title."""
    by_title = sorted(documents, key=lambda each: each.metadata.title or each.source)
    return sorted(by_title, key=lambda each: each.metadata.date or "", reverse=True)


def _diverse(documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The documents so that those of another country and publisher come before more of the same."""
    seen: dict[tuple[str | None, str | None], int] = {}
    order: list[tuple[int, int]] = []
    for at, each in enumerate(documents):
        of = (each.metadata.country, each.metadata.publisher)
        seen[of] = seen.get(of, -1) + 1
        order.append((seen[of], at))
    return [documents[at] for _, at in sorted(order)]


def _questions_to(document: DocumentInfo, index: Store) -> Iterable[str]:
    """Questions to one document: of its headings, of its speaker, of all of it."""
    known = document.metadata
    whole = index.document(document.id)
    headings = (
        [whole.text[each.start : each.end] for each in whole.headings if each.level > 1]
        if whole
        else []
    )
    matters = [
        " ".join(each.split())
        for each in headings
        if _HEADING.fullmatch(" ".join(each.split())) and not _PARTS.search(each)
    ]
    for matter in sorted(dict.fromkeys(matters), key=len)[-2:]:
        first, _, rest = matter.partition(" ")
        if whole and f" {first.lower()} " in whole.text:  # no name
            matter = f"{first.lower()} {rest}".strip()
        country = known.country or ""
        of = f" in {country}" if _PLAIN.fullmatch(country) and country not in matter else ""
        yield f"What do the reports say about {matter}{of}?"
    if _PLAIN.fullmatch(known.speaker or ""):
        yield f"What did {known.speaker} say?"
