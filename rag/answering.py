"""What a question of each kind needs: which passages are searched for, which sentences chosen.

A plain question is searched for once. A comparison is searched for once on each side, so that
both are heard. A summary needs no search but the document that is meant. What is found is then
held against what the question names, and whose words it asks for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, zip_longest

from rag.attribution import same_person
from rag.concern import bear_on_names, lacks_setting, touches_topic
from rag.evidence import Allowed, Finding, Reader
from rag.listing import ELSE, prefer_enumerations
from rag.questions import Asked
from rag.questions.expected import lacks_expected
from rag.questions.places import country_key
from rag.questions.words import folded
from rag.reader import Chosen, choose, compose
from rag.retrieval import Query, retrieve
from rag.schema import Answer, Condition, DocumentInfo, Evidence, Hit, QuestionKind
from rag.scope import is_of_other_years, scope
from rag.settings import Settings
from rag.speakers import Speakers, of_countries
from rag.storage import Index, content_terms
from rag.summary import documents_meant, summarise

__all__ = ["Answering", "Searched", "Selection", "Side"]

_PER_SIDE = 3
_FEW = 3
# What the threshold is multiplied by, where less confidence is enough.
_ENOUGH: Mapping[QuestionKind, float] = {"comparison": 0.4, "count": 0.1}
_OWN_WORDS = 0.5
_SIDED = ("comparison", "summary", "count")  # what tells of one year only is a part of the answer
# Times the odds, where what answers is not told of the place in the question, and where it lacks
# the time or number that is asked for. To rank sentences lower for that finds fewer right ones.
_ELSEWHERE, _NOT_SAID = 0.25, 0.1

# How close somebody's words must come to the topic of a question for them. Of 98 questions with an
# answer, ours and those over UN speeches, none is below; of 86 that put the topic of one speaker to
# another, who may have spoken of it too, 34 are.
_NEAR_TOPIC = 0.36

NO_COUNTING = (
    "Footnote does not count by reading: it cannot know that it has seen every mention. "
    "These are passages on the matter, not all of them; a number stands here only where a "
    "report gives it."
)
COMPARED = (
    "Documents of different years or countries may differ in outline and length: what one of "
    "them does not mention need not have been absent."
)
SUMMARY = "These are sentences of the document that stand for much of it, not a complete account."


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: what is asked on it, and what was retrieved for it."""

    name: str
    asked: Asked
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """What was retrieved: all hits, ranked, and those of each side of a comparison.

    ``documents`` are those that a question for a summary may mean.
    """

    hits: tuple[Hit, ...]
    sides: tuple[Side, ...] = ()
    documents: tuple[DocumentInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The sentences to quote, how sure it is that they answer, and cautions to give.

    ``reason`` says why there is nothing to quote, where that is known. ``theirs``: somebody's
    words were asked for, and the sentences carry them and touch on what they are to be about.
    """

    chosen: tuple[Chosen, ...]
    confidence: float
    notes: tuple[str, ...] = ()
    reason: str | None = None
    theirs: bool = False


class Answering:
    """Searches and reads for questions about one index. Safe between threads."""

    def __init__(self, index: Index, reader: Reader, settings: Settings) -> None:
        self._index = index
        self._reader = reader
        self._settings = settings
        self._speakers = Speakers(index)

    # Searching.

    def search(self, query: Query, asked: Asked, where: Sequence[Condition]) -> Searched:
        """Retrieve what a question of this kind needs.

        Raises:
            QueryError: the question is empty, or a condition cannot be understood.
        """
        if asked.kind == "comparison" and (sides := self._sides(query, asked, where)):
            rows = zip_longest(*(side.hits for side in sides))
            together = [hit for row in rows for hit in row if hit is not None]
            return Searched(_ranked(together), sides)
        hits = self._retrieve(query, where, count=self._settings.hits)
        hits = self._with_countries(query, asked, where, hits)
        hits = self._with_speaker(query, asked, where, hits)
        meant: Sequence[DocumentInfo] = ()
        if asked.kind == "summary":
            meant = documents_meant(asked, self._index.documents(where))
        return Searched(hits, documents=tuple(meant))

    @property
    def _half(self) -> int:
        return max(_FEW, self._settings.hits // 2)

    def _retrieve(
        self,
        query: Query,
        where: Sequence[Condition],
        *,
        among: Collection[str] | None = None,
        count: int,
    ) -> tuple[Hit, ...]:
        return retrieve(self._index, query, count=count, where=where, among=among)

    def _documents(self, *conditions: Condition) -> Collection[str]:
        return self._index.catalog.document_ids(conditions)

    def _sides(self, query: Query, asked: Asked, where: Sequence[Condition]) -> tuple[Side, ...]:
        """The sides of a comparison, if they can be searched apart: by metadata, or by speaker."""
        conditions = [self._conditions(side) for side in asked.sides]
        if len(asked.sides) < 2 or not all(conditions):
            return self._people(query, asked, where)
        return tuple(
            Side(name, _one_of(asked, name), self._on_side(query, asked, where, met))
            for name, met in zip(asked.sides, conditions, strict=True)
        )

    def _conditions(self, side: str) -> list[Condition]:
        """What documents of a year, or of a country, meet; none if there are none."""
        if side in {each[:4] for each in self._index.catalog.values("date")}:
            return [Condition("year", "=", side)]
        return self._of_countries((side,))

    def _of_countries(self, named: Sequence[str]) -> list[Condition]:
        return of_countries(self._index, {country_key(each) for each in named})

    def _on_side(
        self, query: Query, asked: Asked, where: Sequence[Condition], side: Sequence[Condition]
    ) -> tuple[Hit, ...]:
        """The hits of one side; where years are compared, from the country that is named."""
        named = self._of_countries(asked.countries)
        if side[0].field != "country" and named:
            both = self._documents(*side, *named)
            if hits := self._retrieve(query, where, among=both, count=self._half):
                return hits
        return self._retrieve(query, where, among=self._documents(*side), count=self._half)

    def _people(self, query: Query, asked: Asked, where: Sequence[Condition]) -> tuple[Side, ...]:
        """The sides of a comparison of people, each searched for by name and topic."""
        people = [
            person
            for person in asked.people
            if any(same_person(person, side) or person in side for side in asked.sides)
        ]
        if len(people) < 2:
            return ()
        found = []
        for person in people:
            about = f"{person} {asked.topic or ''}".strip()
            own = replace(_one_of(asked, person), speaker=person)
            aimed = replace(query, texts=(*query.texts, (about, 1.0)))
            hits = self._retrieve(aimed, where, count=self._settings.hits)
            within = scope(own, self._with_speaker(aimed, own, where, hits))
            found.append(Side(person, own, within.hits[: self._half]))
        return tuple(found)

    def _with_countries(
        self, query: Query, asked: Asked, where: Sequence[Condition], hits: tuple[Hit, ...]
    ) -> tuple[Hit, ...]:
        """The hits, with more from documents about a country that few of them concern."""
        for country in asked.countries:
            named = self._of_countries((country,))
            concerned = scope(replace(asked, countries=(country,), people=(), years=()), hits)
            if not named or (len(concerned.hits) >= _FEW and not concerned.missing):
                continue
            among = self._documents(*named)
            hits = self._joined(hits, self._retrieve(query, where, among=among, count=self._half))
        return hits

    def _with_speaker(
        self, query: Query, asked: Asked, where: Sequence[Condition], hits: tuple[Hit, ...]
    ) -> tuple[Hit, ...]:
        """The hits, with more of the one whose words are asked for, if few of them are theirs.

        On what many have spoken of, others come first.
        """
        spoken = self._speakers.documents(asked)
        own = [hit for hit in hits if hit.passage.document_id in spoken]
        if not spoken or sum(self._speakers.speaks(asked, hit) for hit in own) >= _FEW:
            return hits
        more = self._retrieve(query, where, among=spoken, count=self._settings.hits)
        theirs = [hit for hit in more if self._speakers.speaks(asked, hit)]
        return self._joined(hits, theirs[: self._half])

    def _joined(self, hits: Sequence[Hit], more: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits with ``more`` in place of the last ones."""
        known = {hit.passage.id for hit in hits}
        fresh = [hit for hit in more if hit.passage.id not in known]
        return _ranked([*hits[: self._settings.hits - len(fresh)], *fresh])

    # Reading.

    def read(self, query: Query, asked: Asked, searched: Searched) -> Selection:
        """Choose the sentences that answer.

        Raises:
            SettingsError: the cross-encoder cannot be loaded.
        """
        if asked.kind == "summary" and searched.documents:
            return self._summary(asked, searched.documents)
        if searched.sides:
            return self._comparison(query, searched)
        return self._plain(query, asked, searched.hits)

    def _plain(self, query: Query, asked: Asked, hits: Sequence[Hit]) -> Selection:
        within = scope(asked, hits if asked.kind in _SIDED else self._speakers.then(asked, hits))
        if within.missing:
            finding = self._reader.find(query, within.hits)
            return Selection(
                (),
                min(finding.confidence, self._doubt),
                reason=_missing(asked, within.missing),
            )
        finding = self._find(query, asked, within.hits)
        evidence = finding.evidence
        if within.hits and not evidence:
            return Selection((), 0.0, reason=_nothing_on(asked))
        if not self._speak_of_it(asked, within.hits):
            confidence = min(finding.confidence, self._doubt)
            return Selection((), confidence, reason=_nothing_on(asked))
        if asked.kind == "list" and not ELSE.search(asked.question):
            evidence = prefer_enumerations(evidence)
        chosen = choose(evidence, most=self._settings.statements, kind=asked.kind)
        notes = (NO_COUNTING,) if asked.kind == "count" else ()
        answer = self._speakers.chosen(asked, chosen)
        theirs = self._speakers.are_theirs(asked, chosen) and any(
            touches_topic(asked, each) for each in chosen
        )
        return Selection(answer, finding.confidence, notes, theirs=theirs)

    def _find(self, query: Query, asked: Asked, hits: Sequence[Hit]) -> Finding:
        """The sentences that may answer, by whose words they have and by the names they concern.

        Where the best of them all concerns the names, it is as sure as it was; otherwise only
        those that do are read.
        """
        theirs = self._speakers.allowed(asked)
        finding = self._reader.find(query, hits, allowed=theirs)
        bearing = bear_on_names(asked, finding.evidence)
        if all(bearing[:1]):
            finding = replace(finding, evidence=tuple(compress(finding.evidence, bearing)))
        else:
            finding = self._reader.find(query, hits, allowed=_both(theirs, asked))
        if not finding.evidence:
            return finding
        best, confidence = finding.evidence[0], finding.confidence
        if lacks_setting(asked, best):
            confidence = _doubted(confidence, _ELSEWHERE)
        if asked.kind not in _SIDED and is_of_other_years(asked, best):
            confidence = _doubted(confidence, _ELSEWHERE)
        if lacks_expected(asked, best.text):
            confidence = _doubted(confidence, _NOT_SAID)
        return replace(finding, confidence=confidence)

    def _speak_of_it(self, asked: Asked, hits: Sequence[Hit]) -> bool:
        """Whether any words of the one who was asked for are near what they are to be about.

        Whose name a question has seems to answer it whatever they speak of, so that only what
        it asks of their words counts here.
        """
        if asked.speaker is None or not content_terms(asked.topic or ""):
            return True
        theirs = self._speakers.allowed(asked)
        return self._reader.closeness(asked.topic or "", hits, allowed=theirs) >= _NEAR_TOPIC

    def needed(self, kind: QuestionKind, *, theirs: bool = False) -> float:
        """The confidence under which there is no answer.

        What is searched for on one side only has the other in its question, which makes it seem
        further away; passages that are given because counting is refused are no answer. Words of
        the one who was asked for, ``theirs``, are at worst beside the point, and "what did X say"
        has little in common with what X said.
        """
        share = _ENOUGH.get(kind, 1.0)
        share = min(share, _OWN_WORDS) if theirs else share
        return share * self._settings.abstain_below

    @property
    def _doubt(self) -> float:
        """A confidence with which nothing is answered."""
        return 0.5 * self._settings.abstain_below

    def _comparison(self, query: Query, searched: Searched) -> Selection:
        chosen: list[Chosen] = []
        notes = [COMPARED]
        confidences = []
        for side in searched.sides:
            within = scope(side.asked, side.hits)
            finding = self._reader.find(
                query, within.hits, allowed=self._speakers.allowed(side.asked)
            )
            confidences.append(finding.confidence)
            if finding.confidence < self.needed("comparison") or within.missing:
                notes.append(f"On {side.name} nothing was found that answers this.")
                continue
            best = choose(finding.evidence, most=_PER_SIDE, kind="comparison")
            chosen += self._speakers.chosen(side.asked, best, side.name)
        return Selection(tuple(chosen), max(confidences, default=0.0), tuple(notes))

    def _summary(self, asked: Asked, documents: Sequence[DocumentInfo]) -> Selection:
        if len(documents) > 1:
            titles = "; ".join(each.metadata.title or each.source for each in documents[:5])
            more = f"; and {len(documents) - 5} more" if len(documents) > 5 else ""
            return Selection(
                (), 0.0, reason=f"several documents may be meant, name one of them: {titles}{more}"
            )
        evidence = summarise(self._index, documents[0], most=self._settings.statements)
        return Selection(self._speakers.chosen(asked, evidence), float(bool(evidence)), (SUMMARY,))

    def compose(self, draft: Answer, selection: Selection) -> Iterator[Answer]:
        """Grow ``draft`` by one quoted statement at a time."""
        documents = {
            document_id: document
            for document_id in {each.evidence.hit.passage.document_id for each in selection.chosen}
            if (document := self._index.document(document_id)) is not None
        }
        # A document may have been removed since its passage was found.
        chosen = [
            each for each in selection.chosen if each.evidence.hit.passage.document_id in documents
        ]
        yield from compose(draft, chosen, documents)


def _one_of(asked: Asked, side: str) -> Asked:
    """The question as it is asked on one side: the names of the other sides are not meant."""
    others = {folded(each) for each in asked.sides if each != side}

    def meant(name: str) -> bool:
        return not any(folded(name) in other or other in folded(name) for other in others)

    speaker = asked.speaker
    if speaker is not None and (any(folded(o) in folded(speaker) for o in others)):
        speaker = side
    return replace(
        asked,
        speaker=speaker,
        countries=tuple(filter(meant, asked.countries)),
        people=tuple(filter(meant, asked.people)),
        years=tuple(year for year in asked.years if meant(str(year))),
    )


def _both(theirs: Allowed | None, asked: Asked) -> Allowed:
    """What ``theirs`` allows of the sentences that concern the names of the question."""

    def allowed(evidence: Sequence[Evidence]) -> list[bool]:
        own = theirs(evidence) if theirs is not None else [True] * len(evidence)
        return [all(each) for each in zip(own, bear_on_names(asked, evidence), strict=True)]

    return allowed


def _doubted(confidence: float, times: float) -> float:
    """The confidence with its odds multiplied."""
    return times * confidence / (times * confidence + 1 - confidence)


def _missing(asked: Asked, missing: Sequence[str]) -> str:
    """That no passage concerns some of what is named or, with other names, all of it together."""
    names = (each.text for each in asked.names)
    named = (*asked.countries, *asked.people, *map(str, asked.years), *names)
    others = [each for each in dict.fromkeys(named) if each not in missing]
    beside = f" together with {' and '.join(others)}" if others else ""
    return f"no passage found concerns {' or '.join(missing)}{beside}"


def _nothing_on(asked: Asked) -> str | None:
    """Why no sentence may answer."""
    if asked.speaker:
        return f"no words of {asked.speaker} were found that bear on this"
    names = " and ".join(each.text for each in asked.names)
    return f"no sentence found that bears on this concerns {names}" if names else None


def _ranked(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
