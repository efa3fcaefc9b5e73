"""Query to passages: vectors and words are searched, and what the question names counts too.

A comparison is one search for each of its sides, any other question one search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Final

from rag.answer.attribute import Speakers
from rag.answer.dated_rows import of_the_years
from rag.answer.metadata_match import MetadataMatch, Names, most_named
from rag.answer.records import Parts, Query, Retrieved, Side, numbered
from rag.answer.summary import documents_meant
from rag.errors import QueryError
from rag.language.detection import language_of_short
from rag.language.translation import _
from rag.models.registry import MULTILINGUAL, reads
from rag.schema import Condition, Hit, Passage, owner, passage_id
from rag.store import Store

if TYPE_CHECKING:
    from rag.models.embedding import Vectors
    from rag.store import Search

# Share of the lexical score in the fused one, and how many passages each search contributes.
# Chosen on three public question sets; flat between 0.25 and 0.4.
_LEXICAL_SHARE: Final = 0.3
# With a model that does not read the language of the question, words alone find more than both.
_WORDS_ALONE: Final = 0.95
_POOL: Final = 60
# What having all that the question names adds, in the passage or in what is known of its document,
# and how much the question without its names counts. Chosen on annual reports, which differ in
# company and year, and on conversations over web pages.
_NAMED: Final = 0.2
_REST_WEIGHT: Final = 0.5
_NAMED_DOCUMENTS: Final = 10
# What having the words of whom they are asked from adds to a passage's score.
_SPEAKS: Final = 0.2

# Passages joined into one hit at most: a hit stays something to read at a glance.
_JOINED: Final = 2


class Retriever:
    """Searches one index. Safe to share between threads.

    ``metadata`` and ``speakers`` are those of the index, where they are shared with others;
    ``parts`` switches parts of the search off.
    """

    def __init__(
        self,
        index: Store,
        *,
        metadata: MetadataMatch | None = None,
        speakers: Speakers | None = None,
        parts: Parts | None = None,
    ) -> None:
        self._index = index
        self._metadata = metadata or MetadataMatch(index)
        self._speakers = speakers or Speakers(index)
        self._parts = parts or Parts()

    def retrieve(self, query: Query, where: Sequence[Condition], *, count: int) -> Retrieved:
        """At most ``count`` passages, best first; for each side of a comparison its share of them.

        Raises:
            QueryError: the question is empty, or a condition cannot be understood.
        """
        names = self._names(query)
        share = max(2, count // len(query.sides)) if query.sides else count
        sides: tuple[Side | None, ...] = query.sides or (None,)
        found = tuple((side, self._by_speaker(query, where, names, share, side)) for side in sides)
        in_turn = zip_longest(*(hits for _, hits in found))
        hits = numbered([hit for row in in_turn for hit in row if hit is not None])
        meant = (
            documents_meant(self._metadata, query, self._index.documents(where))
            if query.kind == "summary"
            else ()
        )
        return Retrieved(query, hits, found, names.shares(), tuple(meant))

    def search(
        self, query: Query, where: Sequence[Condition] = (), *, count: int = 10
    ) -> tuple[Hit, ...]:
        """At most ``count`` passages that bear on a query, best first, whoever speaks in them.

        Raises:
            QueryError: the query is empty, or a condition cannot be understood.
        """
        return self._search(query, self._names(query), where, None, (), count)

    def _names(self, query: Query) -> Names:
        if not self._parts.metadata_match:
            return Names({}, {})
        return self._metadata.names(query.texts[0][0])

    def _by_speaker(
        self,
        query: Query,
        where: Sequence[Condition],
        names: Names,
        count: int,
        side: Side | None,
    ) -> tuple[Hit, ...]:
        """The best passages, preferring those in which the asked speaker speaks.

        The documents in which that speaker speaks are also searched by themselves, and every
        passage with words of that speaker is compared.
        """
        if not self._parts.speakers:
            return numbered(self._search(query, names, where, side, (), count))
        speakers = self._speakers
        spoken, theirs = speakers.documents(query), speakers.passages(query)
        hits = self._search(query, names, where, side, spoken, 2 * count, among=theirs)
        theirs = theirs or speakers.passages(query, hits)
        if spoken or theirs:
            raised = [
                replace(hit, score=hit.score + _SPEAKS * speakers.speaks(query, hit, theirs))
                for hit in hits
            ]
            hits = speakers.then(query, sorted(raised, key=lambda hit: -hit.score))
        return numbered(hits[:count])

    def _search(
        self,
        query: Query,
        names: Names,
        where: Sequence[Condition],
        side: Side | None,
        also: Collection[str],
        count: int,
        *,
        among: Collection[str] = (),
    ) -> tuple[Hit, ...]:
        """The passages that bear on a query, best first, each a hit of its own.

        Each text's score is ``0.7 * cosine + 0.3 * BM25 / best BM25``, and texts add up by their
        weights (a convex combination, as in Bruch et al. 2023, "An Analysis of Fusion Functions for
        Hybrid Retrieval"); to that comes the share of what the question names that the passage
        has, or what is known of its document, times 0.2. The question without these names is one
        more text: in the reports of one company its name tells no passage from another. Documents
        that are named most, and those whose ids are in ``also``, are searched by themselves too,
        and the passages ``among`` are compared whether or not they are found. All meet the filters
        and are on the ``side`` of a comparison, if there is one.
        """
        if not any(text.strip() for text, _ in query.texts):
            raise QueryError(_("the question is empty: type what you want to know"))
        allowed = self._allowed(where, side)
        if names.rest:
            query = replace(query, texts=(*query.texts, (names.rest, _REST_WEIGHT)))
        search = _Search(
            self._index, query, count=max(_POOL, count), lexical=self._parts.lexical_search
        )
        everywhere = self._index if allowed is None else self._index.within(allowed)
        search.add(everywhere, but_last=bool(names.rest))
        for ids in (most_named(names.shares(), _NAMED_DOCUMENTS), also):
            if own := [each for each in ids if allowed is None or each in allowed]:
                search.add(self._index.within(own))
        scores = search.scores(
            {each for each in among if allowed is None or owner(each) in allowed}
        )
        if names.weights:
            self._add_names(scores, names, count)
        ranked = sorted(scores, key=lambda each: (-scores[each], each))
        stored = self._index.passages(ranked if where or side else ranked[:count])
        hits: Iterable[Hit] = [
            Hit(0, scores[each], *stored[each], (stored[each][0],))
            for each in ranked
            if each in stored
        ]
        for conditions in (where, _on(side)):
            hits = of_the_years(self._index, hits, conditions)
        return numbered(tuple(islice(hits, count)))

    def _add_names(self, scores: dict[str, float], names: Names, count: int) -> None:
        """Add to each score what having the names is worth.

        Texts are looked at only of passages that names in them could bring among the first.
        """
        found = dict(scores)
        for each in scores:
            scores[each] += _NAMED * names.share(owner(each))
        least = min(nlargest(count, scores.values()), default=0.0)
        with_all = {each: score + _NAMED * names.most for each, score in found.items()}
        open_yet = [each for each, most in with_all.items() if most > max(least, scores[each])]
        for each, (passage, *_rest) in self._index.passages(open_yet).items():
            scores[each] = found[each] + _NAMED * names.share(owner(each), passage.text)

    def _allowed(self, where: Sequence[Condition], side: Side | None) -> frozenset[str] | None:
        """The documents that meet the filters and are on a side; None for all."""
        # Conditions on one field are alternatives: the side's must not widen the filters.
        each_met = [
            frozenset(self._index.document_ids(each)) for each in (where, _on(side)) if each
        ]
        return frozenset.intersection(*each_met) if each_met else None


def _on(side: Side | None) -> list[Condition]:
    """The conditions that documents on a side of a comparison meet."""
    return [Condition(side.field, "=", each) for each in side.values] if side else []


class _Search:
    """Vector and word search for every text of a query, over an index or some documents of it."""

    def __init__(self, index: Store, query: Query, *, count: int, lexical: bool) -> None:
        self._index = index
        read = reads(index.embedding.model_name, query.language)
        self._lexical_share = _LEXICAL_SHARE if read else _WORDS_ALONE
        self._language = query.language if index.embedding.model_name == MULTILINGUAL.name else None
        self._texts = query.texts
        self._count = count
        self._lexical = lexical
        self._vectors: Vectors = index.embedding.embed_queries([text for text, _ in query.texts])
        self._dense: list[dict[str, float]] = [{} for _ in query.texts]
        self._words: list[dict[str, float]] = [{} for _ in query.texts]

    def add(self, documents: Search, *, but_last: bool = False) -> None:
        """Search some documents, or all of the index, and add what is found."""
        for number, (text, _weight) in enumerate(self._texts[: -1 if but_last else None]):
            vector = self._vectors[number]
            found = documents.dense(vector, count=self._count)
            self._dense[number].update(found)
            if self._lexical:
                words = documents.words(text, count=self._count)
                self._words[number].update(words)

    def scores(self, others: Collection[str] = ()) -> dict[str, float]:
        """Fused scores by passage id, in [-1, 1]; of ``others`` too, found or not.

        Passages that only one of the searches found get their cosine looked up; a missing BM25
        score is no higher than the last one found, and counts as 0. With the multilingual model a
        passage in another language than the question has its cosine alone.
        """
        found = {each for scored in (*self._dense, *self._words) for each in scored}
        found |= set(others)
        total = dict.fromkeys(found, 0.0)
        weights = sum(weight for _, weight in self._texts)
        foreign = self._in_another_language(found)
        for number, (_text, weight) in enumerate(self._texts):
            dense, words = self._dense[number], self._words[number]
            unknown = sorted(found - dense.keys())
            dense.update(self._index.similarities(self._vectors[number], unknown))
            best = max(words.values(), default=1.0) or 1.0
            for each in found:
                lexical = words.get(each, 0.0) / best
                share = 0.0 if each in foreign else self._lexical_share
                fused = (1 - share) * dense.get(each, 0.0) + share * lexical
                total[each] += weight / weights * fused
        return total

    def _in_another_language(self, passage_ids: Collection[str]) -> frozenset[str]:
        """The passages that can share no words with the question, only its meaning."""
        if self._language is None:
            return frozenset()
        stored = self._index.passages(passage_ids)
        languages = {each: language_of_short(stored[each][0].text) for each in stored}
        return frozenset(each for each in stored if languages[each] not in (None, self._language))


def join_neighbours(index: Store, hits: Sequence[Hit], *, count: int) -> tuple[Hit, ...]:
    """At most ``count`` hits, where passages that follow one another are one hit.

    They are joined where they stand in the same section and turn, and share the better rank.
    """
    joined: list[Hit] = []
    for hit in hits:
        beside = _neighbour(joined, hit.passage)
        if beside is None:
            joined.append(hit)
        else:
            joined[beside] = _join(index, joined[beside], hit.passage)
    return numbered(joined[:count])


def _neighbour(hits: Sequence[Hit], passage: Passage) -> int | None:
    """The place of the hit to which ``passage`` is the next or previous passage, if any."""
    for number, hit in enumerate(hits):
        other = hit.passage
        if (
            len(hit.parts) < _JOINED
            and (other.document_id, other.section, other.speaker)
            == (passage.document_id, passage.section, passage.speaker)
            and (0 <= passage.start - other.end <= 2 or 0 <= other.start - passage.end <= 2)
        ):
            return number
    return None


def _join(index: Store, hit: Hit, passage: Passage) -> Hit:
    parts = tuple(sorted((*hit.parts, passage), key=lambda part: part.start))
    first, last = parts[0], parts[-1]
    document = index.document(passage.document_id)
    if document is None:  # removed by another process just now
        return hit
    joined = replace(
        first,
        id=passage_id(first.document_id, first.start, last.end),
        end=last.end,
        text=document.text[first.start : last.end],
        page_end=last.page_end,
        sentences=tuple(sentence for part in parts for sentence in part.sentences),
    )
    return replace(hit, passage=joined, parts=parts)


_OPERATORS: Final = ("!=", ">=", "<=", "=", ">", "<")


def parse_condition(text: str) -> Condition:
    """Read a filter such as ``country=Ethiopia`` or ``year>=2018``.

    Raises:
        QueryError: there is no operator or no field in it.
    """
    positions = [(text.find(operator), -len(operator)) for operator in _OPERATORS]
    at, length = min((pair for pair in positions if pair[0] > 0), default=(-1, 0))
    if at < 0:
        raise QueryError(
            f"filter {text!r}: write FIELD=VALUE, as in country=Ethiopia or 'year>=2018'"
        )
    operator = text[at : at - length]
    return Condition(text[:at].strip(), operator, text[at - length :].strip())  # type: ignore[arg-type]
