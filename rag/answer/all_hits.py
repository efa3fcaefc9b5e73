"""Everything that matches a query of the query language: all of it, counted, and in an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rag.errors import QueryError
from rag.language.folding import fold
from rag.language.translation import _
from rag.schema import Condition, DocumentInfo, Hit, Passage, owner
from rag.store import Expression, Resolve, Store, analyse, parse
from rag.store.expression import All, Either, Near, Words

SORTS: Final = ("relevance", "newest", "oldest")
FACETS: Final = ("country", "publisher", "year", "speaker", "type")
"""What the hits are counted by; each is a field of the query language."""
MOST: Final = 5_000
"""Passages that are looked at, at most; the count is of all."""


@dataclass(frozen=True, slots=True)
class Match:
    """A passage that matches, and its sentence that has the most of the words."""

    passage: Passage
    info: DocumentInfo
    score: float
    start: int
    end: int

    @property
    def sentence(self) -> str:
        """The sentence, word for word."""
        return self.passage.words(self.start, self.end)

    def as_hit(self, rank: int) -> Hit:
        """The same as a hit of an ordinary search."""
        source, metadata = self.info.source, self.info.metadata
        return Hit(rank, self.score, self.passage, source, metadata, (self.passage,))


@dataclass(frozen=True, slots=True)
class AllHits:
    """The matches in their order, and how many there are of each value of each facet.

    ``total`` is how many passages match; ``matches`` are the first :data:`MOST` of them at most,
    and ``documents`` and ``facets`` count these. ``terms`` are the words that were looked for, as
    :func:`rag.store.analyse` gives them.
    """

    total: int
    documents: int
    matches: tuple[Match, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    terms: frozenset[str] = frozenset()


def all_hits(
    index: Store, query: str, *, where: Sequence[Condition] = (), sort: str = "relevance"
) -> AllHits:
    """All passages that match a query and meet every condition, in one of the :data:`SORTS`.

    Raises:
        QueryError: the query or a condition cannot be understood.
    """
    tree = parse(query)
    infos = {each.id: each for each in index.documents()}
    resolve = _resolver(index)
    total, scored = index.matching(query, where=where, resolve=resolve, count=MOST)
    stored = index.passages([each for each, _ in scored])
    terms = frozenset(term for words in _wanted(tree) for term in analyse(words))
    found = [
        _match(stored[each][0], infos[stored[each][0].document_id], score, terms)
        for each, score in scored
        if each in stored and stored[each][0].document_id in infos
    ]
    if sort != "relevance":
        found.sort(key=lambda each: each.info.metadata.date or "", reverse=sort == "newest")
        found.sort(key=lambda each: not each.info.metadata.date)  # those without a date last
    documents = len({each.info.id for each in found})
    facets = {each: _counted(found, each) for each in FACETS}
    return AllHits(total, documents, tuple(found), facets, terms)


def documents_with(index: Store, words: str, where: Sequence[Condition] = ()) -> int:
    """How many documents have all of these words in one passage.

    Raises:
        QueryError: a condition cannot be understood.
    """
    query = " ".join(f'"{each}"' for each in words.split())
    _, scored = index.matching(query, where=where, resolve=_resolver(index), count=MOST)
    return len({owner(each) for each, _ in scored})


def _match(passage: Passage, info: DocumentInfo, score: float, terms: frozenset[str]) -> Match:
    def having(span: tuple[int, int]) -> int:
        return len(terms.intersection(analyse(passage.words(*span))))

    start, end = max(passage.sentences or ((passage.start, passage.end),), key=having)
    return Match(passage, info, score, start, end)


def _wanted(part: Expression) -> Iterator[str]:
    """The words that are looked for, without those that must not be there."""
    match part:
        case Words(text):
            yield text
        case Near(left, right):
            yield from (left.text, right.text)
        case All(parts) | Either(parts):
            for each in parts:
                yield from _wanted(each)


# Facets, and the fields of the query language ----------------------------------------------------


def _counted(matches: Iterable[Match], facet: str) -> tuple[tuple[str, int], ...]:
    counts = Counter(value for each in matches if (value := _value(each, facet)))
    return tuple(counts.most_common())


def _value(match: Match, facet: str) -> str:
    known = match.info.metadata
    if facet == "speaker":
        return match.passage.speaker or known.speaker or ""
    if facet == "type":
        return _type(match.info)
    return str(getattr(known, facet) or "")


def _type(info: DocumentInfo) -> str:
    """The kind of a file by its ending, or else by its media type: ``pdf``, ``html``."""
    _, _, ending = info.source.rpartition("/")[2].rpartition(".")
    return ending.lower() if ending.isalnum() and len(ending) <= 5 else info.media_type


# Fields of which a part is enough, and one that is no metadata.
_HAVING: Final[Mapping[str, Callable[[DocumentInfo, str], bool]]] = {
    "title": lambda info, value: value in fold(info.metadata.title or info.source),
    "source": lambda info, value: value in fold(info.source),
    "type": lambda info, value: value == _type(info),
}


def _resolver(index: Store) -> Resolve:
    def resolve(
        condition: Condition,
    ) -> tuple[Literal["document_id", "passage_id"], Collection[str]]:
        field, value = condition.field, fold(condition.value)
        if not value:
            example = f'{field}:"two words"'
            raise QueryError(
                _(
                    "{field}: write a value after it, such as {example}",
                    field=field,
                    example=example,
                )
            )
        if condition.operator == "=":
            if field == "speaker":
                return "passage_id", _spoken(index, value)
            if (having := _HAVING.get(field)) is not None:
                return "document_id", [each.id for each in index.documents() if having(each, value)]
        return "document_id", index.document_ids([condition])

    return resolve


def _spoken(index: Store, name: str) -> list[str]:
    """The passages in which a speaker speaks whose name has these words."""
    wanted = set(name.split())
    documents = {
        each
        for speaker, having in index.speakers().items()
        if wanted <= set(fold(speaker).split())
        for each in having
    }
    documents |= {
        each.id
        for each in index.documents()
        if wanted <= set(fold(each.metadata.speaker or "").split())
    }
    return [
        passage.id
        for document in documents
        for passage in index.passages_of(document)
        if wanted <= set(fold(passage.speaker or "").split())
    ]
