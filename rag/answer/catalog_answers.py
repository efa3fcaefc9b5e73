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
from rag.answer.questions_in_languages import (
    is_in_readers_language,
    questions_in_readers_language,
)
from rag.cite.answers import Answer
from rag.cite.citations import long_date
from rag.language.folding import fold
from rag.language.places import country_key, places
from rag.language.translation import N_, _, joined, listing, n_
from rag.language.words import FUNCTION_WORDS
from rag.schema import Condition, DocumentInfo
from rag.store import Store

Spoken = Mapping[str, frozenset[str]]

_LISTED: Final = 50  # documents of a list
_FEW: Final = 5
_NAMED: Final = 6  # names in one sentence
_READ: Final = 6  # documents whose headings make sample questions
_EMPTY: Final = N_(
    "The collection is empty. Add reports in the Library tab or with `rag ingest FOLDER`; the "
    "sample reports are added with `rag ingest corpus`."
)
_SINCE: Final = re.compile(r"\b(?:since|after|newer than)\s+\d{4}\b", re.IGNORECASE)
_UNTIL: Final = re.compile(r"\b(?:until|till|before|older than|up to)\s+\d{4}\b", re.IGNORECASE)
_HEADING: Final = re.compile(r"[A-Z][^\W\d_]+(?:,? (?:[^\W\d_]+)){0,6}")
_PLAIN: Final = re.compile(r"[\w ,.'’()-]{2,70}")
_ARTICLES: Final = frozenset({"the", "a", "an"})
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
        nothing = _("No document meets the filters.") if where else _(_EMPTY)
        return replace(draft, text=nothing)
    meant = _meant(question, documents, metadata)
    if not meant:
        if unknown_words(question) or places(question):
            return None
        named = _(" or ").join(map(str, years(question)))
        text = _("No document is dated {years}.", years=named) + " " + _dated(documents)
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
    named = _(words_for("model", "some" if model else "none"), name=model)
    text = _(words_for(intent.kind, wish), model=named, count=counted(documents))
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
        return _(_EMPTY)
    # One country may be written in several ways: the shortest is enough.
    written = sorted(_values("country", documents), key=len, reverse=True)
    countries = sorted({country_key(each): each for each in written}.values(), key=str.casefold)
    publishers = _values("publisher", documents)
    said = _who_speaks(documents, spoken)
    parts = [
        _("{documents}, from {publishers}.", documents=counted(documents), publishers=from_)
        if (from_ := _names(publishers))
        else f"{counted(documents)}.",
        _dated(documents),
        _("They are about {countries}.", countries=_names(countries)) if countries else "",
        _speakers_named(said, _names(said)) if said else "",
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
    counts = {
        "documents": counted(documents),
        "pages": n_("{count} page", "{count} pages", pages),
        "passages": n_("{count} passage", "{count} passages", passages),
    }
    told = (
        _("{documents}: {pages} in those that have pages, {passages}.", **counts)
        if pages
        else _("{documents}: {passages}.", **counts)
    )
    return f"{told} {_dated(documents)}", _by_date(documents)


def _list(documents: Sequence[DocumentInfo]) -> _Told:
    told = f"{counted(documents)}:"
    if len(documents) > _LISTED:
        told = _(
            "{documents}; these are the {number} latest. The Library tab and `rag list` have all.",
            documents=counted(documents),
            number=_LISTED,
        )
    return told, _by_date(documents)


def _latest(documents: Sequence[DocumentInfo]) -> _Told:
    dated = [each for each in _by_date(documents) if each.metadata.date]
    return _first(_LATEST, dated), dated[:_FEW]


def _oldest(documents: Sequence[DocumentInfo]) -> _Told:
    dated = [each for each in reversed(_by_date(documents)) if each.metadata.date]
    return _first(_OLDEST, dated), dated[:_FEW]


def _added(documents: Sequence[DocumentInfo]) -> _Told:
    newest = sorted(documents, key=lambda each: each.added or "", reverse=True)
    when = long_date((newest[0].added or "")[:10])
    told = _("Last added on {day}:", day=when) if when else _("Last added:")
    return told, newest[:_FEW]


def _speakers(documents: Sequence[DocumentInfo], spoken: Spoken) -> _Told:
    names = _who_speaks(documents, spoken)
    if not names:
        return _("No document names a speaker."), ()
    ids = frozenset().union(*spoken.values())
    having = [each for each in documents if each.id in ids or each.metadata.speaker]
    text = _speakers_named(names, _names(names, most=40))
    return text, _by_date(having)


def _of_field(
    field: str, none: str, counted_: Callable[[int], str]
) -> Callable[[Sequence[DocumentInfo]], _Told]:
    def told(documents: Sequence[DocumentInfo]) -> _Told:
        values = _values(field, documents)
        unknown = sum(not getattr(each.metadata, field) for each in documents)
        if not values:
            return _(none), ()
        told = f"{counted_(len(values))}: {_names(values, most=40)}."
        if unknown:
            rest = n_(
                "Of {count} document it is not known.",
                "Of {count} documents it is not known.",
                unknown,
            )
            told = f"{told} {rest}"
        return told, ()

    return told


def _years(documents: Sequence[DocumentInfo]) -> _Told:
    counts: dict[int, int] = {}
    for each in documents:
        if each.metadata.year:
            counts[each.metadata.year] = counts.get(each.metadata.year, 0) + 1
    by_year = ", ".join(f"{year}: {many}" for year, many in sorted(counts.items()))
    told = _("Documents by year: {years}.", years=by_year or _("none is dated"))
    return f"{_dated(documents)} {told}", ()


_TOLD: Final[dict[str, Callable[[Sequence[DocumentInfo]], _Told]]] = {
    "count": _count,
    "list": _list,
    "latest": _latest,
    "oldest": _oldest,
    "added": _added,
    "countries": _of_field(
        "country",
        N_("No document names its country."),
        lambda number: n_("{count} country", "{count} countries", number),
    ),
    "publishers": _of_field(
        "publisher",
        N_("No document names its publisher."),
        lambda number: n_("{count} publisher", "{count} publishers", number),
    ),
    "years": _years,
    "document_languages": _of_field(
        "language",
        N_("No document names its language."),
        lambda number: n_("{count} language", "{count} languages", number),
    ),
}

_OF_SPEAKERS: Final = {"overview": _overview, "speakers": _speakers}


_LATEST: Final = (
    N_("The latest is “{title}” by {publisher}, {date}."),
    N_("The latest is “{title}”, {date}."),
)
_OLDEST: Final = (
    N_("The oldest is “{title}” by {publisher}, {date}."),
    N_("The oldest is “{title}”, {date}."),
)


def _first(told: tuple[str, str], documents: Sequence[DocumentInfo]) -> str:
    if not documents:
        return _("No document has a date.")
    first = documents[0].metadata
    title, date = first.title or documents[0].source, long_date(first.date or "")
    by_somebody, by_nobody = told
    if first.publisher:
        return _(by_somebody, title=title, publisher=first.publisher, date=date)
    return _(by_nobody, title=title, date=date)


def _speakers_named(names: Sequence[str], listed: str) -> str:
    """How many speakers there are, and their names."""
    # L10n: {speakers} is a count, such as "3 speakers"; {names} is a list
    return _("{speakers}: {names}.", speakers=_speakers_counted(names), names=listed)


def _speakers_counted(names: Sequence[str]) -> str:
    return n_("{count} speaker", "{count} speakers", len(names))


def counted(documents: Sequence[DocumentInfo]) -> str:
    """How many documents there are, in words such as "1 document"."""
    return n_("{count} document", "{count} documents", len(documents))


def _names(names: Sequence[str], *, most: int = _NAMED) -> str:
    if len(names) > most:
        return n_(
            "{names} and {count} more",
            "{names} and {count} more",
            len(names) - most,
            names=joined(names[:most]),
        )
    return listing(names)


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
        return _("All that are dated are of {year}.", year=str(found[0]))
    return _(
        "The earliest is of {first}, the latest of {last}.",
        first=str(found[0]),
        last=str(found[-1]),
    )


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
    """Questions to one document: of its headings, of its speaker, of all of it.

    They are in the document's language where the page is, and else in English.
    """
    known = document.metadata
    whole = index.document(document.id)
    if whole and is_in_readers_language(whole):
        yield from questions_in_readers_language(whole)
        return
    headings = (
        [whole.text[each.start : each.end] for each in whole.headings if each.level > 1]
        if whole
        else []
    )
    matters = [
        " ".join(each.split())
        for each in headings
        if _HEADING.fullmatch(" ".join(each.split()))
        and not _PARTS.search(each)
        and fold(each.split()[0]) not in FUNCTION_WORDS - _ARTICLES  # "After the hurricane"
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
