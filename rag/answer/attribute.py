"""Whose words the sentences of an index have; of a question for somebody's words, only theirs."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import compress
from typing import TypeVar

from rag.answer.records import Chosen, Query, Ranked
from rag.answer.speaker_match import (
    Span,
    another,
    countries_asked,
    each_of,
    is_asked_for,
    is_role,
    kin,
    names_one_office,
    tells_of,
    voice,
)
from rag.attribution import Attributions, attributions
from rag.cite.answers import Answer, Listing
from rag.language.folding import fold
from rag.language.person_names import same_person
from rag.language.places import country_key
from rag.schema import Citation, Condition, Document, Evidence, Hit, owner
from rag.store import Person, StatementFilter, StatementStore, Store, content_terms

Found = TypeVar("Found")

_REMEMBERED = 64
_SECOND_SPEAKER = 0.9  # of the first one's probability, and
_LIKELY = 0.5


def of_countries(index: Store, keys: Collection[str]) -> list[Condition]:
    """What the documents of some countries meet, in all spellings that the catalog has of them.

    ``keys`` are those of :func:`rag.language.places.country_key`.
    """
    known = sorted(index.values("country"))
    return [Condition("country", "=", each) for each in known if country_key(each) in keys]


class Speakers:
    """Who speaks in the documents of one index; remembers those read last. Safe between threads."""

    def __init__(self, index: Store) -> None:
        self._index = index
        self._statements = index if isinstance(index, StatementStore) else None
        self._attributions: OrderedDict[str, tuple[Document, Attributions]] = OrderedDict()
        self._lock = threading.Lock()

    def with_other_names(self, asked: Query) -> Query:
        """The query with the names that somebody has given to its speaker by merging people."""
        stated = self._statements
        if stated is None or asked.speaker is None or not stated.made_by_hand():
            return asked
        called = [stated.forms_of(each.id) for each in stated.people_called(asked.speaker)]
        names = dict.fromkeys(form.name for forms in called for form in forms)
        others = tuple(each for each in names if not same_person(asked.speaker, each))
        return replace(asked, also_called=others)

    def documents(self, asked: Query) -> frozenset[str]:
        """The ids of the documents in which the one speaks whose words are asked for.

        Those are also the documents that a body has published, and those of a country.
        """
        if asked.speaker is None:
            return frozenset()
        index = self._index
        spoken = [ids for name, ids in index.speakers().items() if is_asked_for(asked, name)]
        published = index.document_ids([Condition("publisher", "=", asked.speaker)])
        theirs = of_countries(index, countries_asked(asked))
        national = index.document_ids(theirs) if theirs else ()
        stated = map(owner, self.passages(asked))
        found = frozenset(published).union(*spoken, national, stated)
        return found.intersection(self._of_then(asked)) or found

    def passages(self, asked: Query, hits: Sequence[Hit] = ()) -> frozenset[str]:
        """The ids of passages that have words of the one whose words are asked for.

        Asked who said something, those among ``hits`` that have words of anybody.
        """
        if self._statements is None:
            return frozenset()
        wanted = _wanted(asked)
        if asked.kind == "who-said" and asked.speaker is None:
            wanted = [StatementFilter(document_ids={hit.passage.document_id for hit in hits})]
        return frozenset[str]().union(*map(self._statements.passages_with, wanted))

    def with_listing(
        self, asked: Query, answer: Answer, *, where: Sequence[Condition] = ()
    ) -> Answer:
        """The answer, telling of how many more statements there are of whom the question asks for.

        Those about the matter count, or else, if all of these are shown, those about anything.
        Where the answer quotes one of several who are called so, only that one's do. Nothing is
        told where filters leave only some of them.
        """
        if self._statements is None or asked.speaker is None or answer.abstained:
            return answer
        together = len(each_of(asked.speaker, asked.people)) > 1
        quoted = () if together else self._quoted(self._statements, answer.citations)
        wanted, listing = StatementFilter(speaker=asked.speaker), Listing(asked.speaker, "", 0)
        if len(quoted) == 1:
            (person,) = quoted
            wanted = StatementFilter(person=person.id)
            called = person in self._statements.people_called(asked.speaker)
            name = asked.speaker if called else person.name
            others = self._statements.people_called(name) != (person,)
            about_whom = person.id if others else ""
            listing = Listing(name, "", 0, about_whom, person.described_in or "")
        elif is_role(asked.speaker):
            return answer  # several governments, say
        shown = len(answer.statements)
        for about in dict.fromkeys((asked.topic or "", "")):
            every = replace(wanted, about=about)
            total = self._statements.statements(every, count=0).total
            if total > shown > 0:
                left = replace(every, where=tuple(where))
                if where and self._statements.statements(left, count=0).total < total:
                    break
                return replace(answer, listing=replace(listing, about=about, total=total))
        return answer

    def _quoted(
        self, statements: StatementStore, citations: Sequence[Citation]
    ) -> frozenset[Person]:
        """The people whose words citations have, as the index of statements knows them."""
        ids: set[str] = set()
        for each in citations:
            if each.speaker:
                wanted = StatementFilter(speaker=each.speaker, document_ids=[each.document_id])
                said = statements.statements(wanted).statements
                there = [one for one in said if one.start < each.end and each.start < one.end]
                named = [one for one in there if one.speaker == each.speaker]
                ids.update(one.person_id for one in named or there)
        return frozenset(filter(None, map(statements.person, ids)))

    def then(self, asked: Query, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits in which somebody speaks in the year that was asked for; all if there are none.

        "What did X say in 2017" is answered by what X said then, not by what X said of it later.
        """
        when = self._of_then(asked)
        own = [hit for hit in hits if hit.passage.document_id in when and self.speaks(asked, hit)]
        return tuple(own or hits)

    def _of_then(self, asked: Query) -> Collection[str]:
        years = [year for year in asked.years if re.search(rf"\bin {year}\b", asked.text)]
        if asked.speaker is None or not years:
            return ()
        dated = [Condition("year", "=", str(year)) for year in years]
        return self._index.document_ids(dated)

    def speaks(self, asked: Query, hit: Hit, among: Collection[str] = ()) -> bool:
        """Whether the one whose words are asked for speaks in a passage, or one of that country.

        ``among`` are passages of which that is known.
        """
        if hit.passage.id in among:
            return True
        speaker = hit.passage.speaker or hit.metadata.speaker
        country = country_key(hit.metadata.country or "")
        if speaker and (is_asked_for(asked, speaker) or country in countries_asked(asked)):
            return True
        return fold(hit.metadata.publisher or "") == fold(asked.speaker or "") != ""

    def attribute(self, ranked: Ranked) -> Ranked:
        """Keep the sentences that carry the words which were asked for; all if nobody's were.

        Where none carries them for certain, those that tell of them are kept, unless they give the
        words of another: a document may tell what somebody said in words that only a person
        understands. Of those who are called by what they are and not by name, there may be others
        of their kind, or sentences that are nobody's. A summary is of the document, whoever speaks
        in it.
        """
        asked = ranked.query
        if asked.speaker is None or asked.kind == "summary":
            return ranked
        sides = tuple(
            (side, tuple(compress(evidence, self._carrying(asked, evidence))))
            for side, evidence in ranked.sides
        )
        return replace(ranked, sides=sides)

    def about(self, asked: Query, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The sentences that are the words of the one asked for and have all words of the topic.

        They answer "what did X say about Y" by what they are, whatever a model makes of them; and
        those of anybody "who spoke about Y".
        """
        topic = frozenset(content_terms(asked.topic or ""))
        if (asked.speaker is None and asked.kind != "who-said") or not topic:
            return []
        named = [
            each
            for each in evidence
            if topic - _own_year(asked, each) <= frozenset(content_terms(each.text))
        ]
        return list(compress(named, self._of_each(partial(voice, asked), named)))

    def nobodys(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The sentences that are nobody's words, and no account of any: the document's own."""
        spoken = self._of_each(lambda _, found, span: found.all(*span) or None, evidence)
        return [each for each, by in zip(evidence, spoken, strict=True) if by is None]

    def _carrying(self, asked: Query, evidence: Sequence[Evidence]) -> Sequence[object]:
        """Of each sentence something true if it may be part of the answer."""
        carried = self._of_each(partial(voice, asked), evidence)
        if any(carried):
            return carried
        free = [
            not other or _is_headed(asked, each)
            for other, each in zip(
                self._of_each(partial(another, asked), evidence), evidence, strict=True
            )
        ]
        told = [
            each and tells_of(asked, one.text) for each, one in zip(free, evidence, strict=True)
        ]
        if any(told) or not is_role(asked.speaker or ""):
            return told
        alike = self._of_each(partial(kin, asked), evidence)
        return alike if any(alike) else free

    def _of_each(
        self,
        judge: Callable[[Document, Attributions, Span], Found | None],
        evidence: Sequence[Evidence],
    ) -> list[Found | None]:
        """What is found of each sentence in its document; None where that is gone by now."""
        ids = {each.hit.passage.document_id for each in evidence}
        known = {document_id: self._attributions_of(document_id) for document_id in ids}
        told = ((each, known[each.hit.passage.document_id]) for each in evidence)
        return [judge(*one, (each.start, each.end)) if one else None for each, one in told]

    def chosen(
        self, asked: Query, evidence: Sequence[Evidence], side: str | None = None
    ) -> tuple[Chosen, ...]:
        """The sentences with their speakers; for "who said" those that have one, if any has.

        Whoever was asked for, a sentence is shown with the one whose words it has.
        """
        theirs = self._of_each(partial(voice, asked), evidence)
        if asked.speaker is not None and not any(theirs):
            theirs = self._of_each(partial(kin, asked), evidence)
        anybody = self._of_each(lambda _, found, span: found.of(*span), evidence)
        spoken = [
            Chosen(each, one or other, side)
            for each, one, other in zip(evidence, theirs, anybody, strict=True)
        ]
        if asked.kind == "who-said" and asked.speaker is None:
            spoken = _speakers_of([each for each in spoken if not _is_known(asked, each)])
        if asked.speaker is not None and names_one_office(asked.speaker) and len(asked.years) < 2:
            spoken = _of_one(spoken)
        return tuple(spoken)

    def _attributions_of(self, document_id: str) -> tuple[Document, Attributions] | None:
        """A document, and whose words stand where in it; None if it is not there any more."""
        with self._lock:
            known = self._attributions.get(document_id)
            if known is not None:
                self._attributions.move_to_end(document_id)
        document = self._index.document(document_id)
        if document is None:
            return None
        if known is None or known[0] != document:
            known = (document, attributions(document))
            with self._lock:
                self._attributions[document_id] = known
                while len(self._attributions) > _REMEMBERED:
                    self._attributions.popitem(last=False)
        return known


def _own_year(asked: Query, evidence: Evidence) -> frozenset[str]:
    """The year of a sentence's document, where that year is asked for: all in it was said then."""
    year = (evidence.hit.metadata.date or "")[:4]
    return frozenset({year} if year in map(str, asked.years) else ())


def _wanted(asked: Query) -> list[StatementFilter]:
    """The statements of each one whose words are asked for."""
    if asked.speaker is None:
        return []
    first, *others = each_of(asked.speaker, asked.people)
    return [StatementFilter(speaker=each) for each in (*(others or [first]), *asked.also_called)]


def _is_headed(asked: Query, evidence: Evidence) -> bool:
    """Whether the heading above a sentence names those who were asked for by what they are.

    Under "What the government said" stand the words of its ministers.
    """
    role = frozenset(content_terms(asked.speaker or ""))
    heading = evidence.hit.passage.section or ""
    return is_role(asked.speaker or "") and role <= frozenset(content_terms(heading))


def _of_one(spoken: Sequence[Chosen]) -> list[Chosen]:
    """The sentences of the first one who speaks: an office is held by one person at a time."""
    first = next((each.attributed.speaker for each in spoken if each.attributed), None)
    return [
        each
        for each in spoken
        if first is None or (each.attributed and same_person(first, each.attributed.speaker))
    ]


def _is_known(asked: Query, spoken: Chosen) -> bool:
    """Whether these are words of one whom "who else" leaves out."""
    said_by = spoken.attributed
    return said_by is not None and any(same_person(e, said_by.speaker) for e in asked.besides)


def _speakers_of(spoken: Sequence[Chosen]) -> list[Chosen]:
    """For "who said": the sentences that have a speaker, if any has.

    To name a second person takes more than to give another sentence of the first.
    """
    known = [each for each in spoken if each.attributed] or list(spoken)
    voice_of_first = known[0].attributed if known else None
    if voice_of_first is None:
        return known
    first, *others = known
    least = max(_SECOND_SPEAKER * first.evidence.score, _LIKELY)
    return [first] + [
        each
        for each in others
        if each.evidence.score >= least
        or (each.attributed and same_person(each.attributed.speaker, voice_of_first.speaker))
    ]
