"""Attributions of a whole document: turns, quotations, reported speech, metadata."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from operator import attrgetter

from rag.attribution.listing import RECITED, REMARK, joint_speakers
from rag.attribution.other_languages import read_quotations
from rag.attribution.people import People
from rag.attribution.records import Attributed
from rag.language.detection import language_of_short
from rag.language.folding import composed, composed_with_offsets
from rag.language.person_names import same_person
from rag.language.sentences import strip_span
from rag.models.parser import can_parse
from rag.schema import AttributedStatement, Document, Heading, Speaker, Turn

_start: Callable[[Heading | Turn], int] = attrgetter("start")

_MOSTLY = 0.5  # of the characters of a run make it somebody's
_SOME = 0.25  # of another's in the same run make it nobody's
_FEW = 0.12  # are no words of anybody
_ROLES = 3
_BLOCK = 2000  # characters, by which claims are found again
_BETWEEN = "\n\n"
_LATIN = re.compile(r"[a-z]{2}")


def attributions(document: Document) -> Attributions:
    """Whose words are the sentences of ``document``? Nothing is read before it is asked for."""
    return Attributions(document)


def find_statements(document: Document) -> tuple[AttributedStatement, ...] | None:
    """All that a document quotes and reports, in order; None without the parser's model."""
    if not can_parse():
        return None
    found = Attributions(replace(document, statements=None)).statements()
    return tuple(sorted(set(found), key=lambda each: (each.start, each.end, each.depth)))


def with_statements(document: Document) -> Document:
    """The document with what it quotes and reports, and with what it tells of those who speak.

    Names are read, and given, with each letter and its accents as one character (NFC), however the
    text has them; a statement stands where it does in the text as it is.
    """
    text, offsets = composed_with_offsets(document.text)
    if text == document.text:
        return _with_statements(document)
    there = partial(bisect_left, offsets)
    headings = tuple(
        replace(each, start=there(each.start), end=there(each.end)) for each in document.headings
    )
    turns = tuple(
        Turn(composed(each.speaker), there(each.start), there(each.end)) for each in document.turns
    )
    found = _with_statements(replace(document, text=text, headings=headings, turns=turns))
    statements = found.statements and tuple(
        replace(each, start=offsets[each.start], end=offsets[each.end]) for each in found.statements
    )
    return replace(document, statements=statements, speakers=found.speakers)


def _with_statements(document: Document) -> Document:
    statements = find_statements(document)
    named = [each.speaker for each in statements or ()] + [each.speaker for each in document.turns]
    people = People(document)
    end = len(document.text)
    speakers = tuple(
        Speaker(name, people.resolve(name, end), _role(people.offices(name)))
        for each in dict.fromkeys(named)
        for name in joint_speakers(each)
    )
    return replace(document, statements=statements, speakers=speakers)


def _role(offices: Iterable[str]) -> str | None:
    """The offices that tell most, the longest first; "Secretary" tells less than "Secretary of"."""
    told: list[str] = []
    for office in sorted(offices, key=lambda each: (-len(each), each)):
        if not any(office.casefold() in other.casefold() for other in told):
            told.append(office)
    return "; ".join(told[:_ROLES]) or None


class Attributions:
    """Whose words are the characters of one document.

    Speakers are found in the turns of a transcript, beside quotations, beside verbs of saying,
    and in the metadata of a speech; they are called by the fullest form of their name that stands
    in the document up to that place. What no rule gives to anybody is nobody's. A section of the
    document is read when it is first asked for, in time linear in its length.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._people = People(document)
        cuts = {0, len(document.text)}
        cuts.update(at for each in document.headings for at in (each.start, each.end))
        cuts.update(at for each in document.turns for at in (each.start, each.end))
        self._cuts = sorted(cuts)
        self._language = document.metadata.language or _by_its_letters(document.text)
        self._sections: dict[int, dict[int, list[AttributedStatement]]] = {}
        if document.statements is not None:
            self._cuts = [0, len(document.text)]
            self._sections[0] = _by_block(document.statements)

    def statements(self) -> Iterator[AttributedStatement]:
        """All that the document quotes and reports."""
        for at in range(len(self._cuts) - 1):
            yield from self._read(self._cuts[at], self._cuts[at + 1])

    def of(self, start: int, end: int) -> Attributed | None:
        """Whose words most of ``text[start:end]`` is; None where nobody is known, or it is shared.

        It is the first of :meth:`all`, unless words of another stand beside it: of "X said …, but
        Y said …" each half has its speaker, the whole has none.
        """
        ranked = self._ranked(start, end)
        if not ranked or ranked[0][0] < _MOSTLY:
            return None
        _, first, depth = ranked[0]
        quotes = any(
            each.how == "quoted" and each.speaker == first.speaker for _, each, _ in ranked
        )
        # "…," the minister said on Tuesday, the agency reports: the nearer one says it.
        if first.how in ("turn", "metadata") or quotes:
            return first
        if depth > 0:
            return None  # said inside what somebody says who is not known
        rivals = [each for each in ranked[1:] if each[2] == 0 and each[0] >= _SOME]
        alone = all(
            other.how in ("turn", "metadata") or same_person(first.speaker, other.speaker)
            for _, other, _ in rivals
        )
        return first if alone else None

    def all(self, start: int, end: int) -> tuple[Attributed, ...]:
        """Everybody whose words, or an account of whose words, stand in ``text[start:end]``.

        The first is the one who speaks there; those whom that one quotes or reports follow.
        """
        first_of: dict[str, Attributed] = {}
        for _, attributed, _ in self._ranked(start, end):
            first_of.setdefault(attributed.speaker, attributed)
        return tuple(first_of.values())

    def is_mostly_own(self, start: int, end: int) -> bool:
        """Whether more than half of ``text[start:end]`` is no quotation or account of anybody."""
        runs = {(max(start, each.start), min(end, each.end)) for each in self._claims(start, end)}
        told = _merged({run for run in runs if run[0] < run[1]})
        return sum(self._weight(*run) for run in told) < _MOSTLY * self._weight(start, end)

    def heard(self, start: int, end: int) -> Attributed | None:
        """Who said it in the end: where a speaker gives an account of another's words, that other.

        In all other cases, and where a speaker quotes more than one other, the same as :meth:`of`.
        """
        ranked = self._ranked(start, end)
        if not ranked or ranked[0][1].how not in ("turn", "metadata"):
            return self.of(start, end)
        quoted = [each for each in ranked[1:] if each[0] >= _SOME]
        outermost = [each for each in quoted if each[2] == min(depth for _, _, depth in quoted)]
        speakers = {attributed.speaker for _, attributed, _ in outermost}
        mostly = outermost and outermost[0][0] >= _MOSTLY
        return outermost[0][1] if len(speakers) == 1 and mostly else ranked[0][1]

    def offices(self, speaker: str) -> frozenset[str]:
        """What the document says that a person is: "Secretary of State", "the foreign minister"."""
        return self._people.offices(speaker)

    def _ranked(self, start: int, end: int) -> list[tuple[float, Attributed, int]]:
        """Share of the run, attribution and depth, the best first."""
        text = self._document.text
        start, end = strip_span(text, max(0, start), min(len(text), end))
        if start >= end or self._is_heading(start, end):
            return []
        base = self._base(start, end)
        found = [each for each in self._shares(start, end) if each[0] >= _FEW]
        quoting = {attributed.speaker for _, attributed, _ in found if attributed.how == "quoted"}
        found.sort(
            key=lambda each: (
                each[2],
                each[1].how != "quoted" or each[0] < _MOSTLY,
                each[0] < _MOSTLY,
                each[1].speaker not in quoting,
                -each[0],
            )
        )
        if base is None:
            return [] if self._turns(start, end) else found
        others = [each for each in found if not same_person(each[1].speaker, base.speaker)]
        quoted = [each for each in others if each[1].how == "quoted" and each[0] > 1 - _FEW]
        return [*quoted, (1.0, base, 0), *(each for each in others if each not in quoted)]

    def _shares(self, start: int, end: int) -> list[tuple[float, Attributed, int]]:
        covered: dict[tuple[Attributed, int], set[tuple[int, int]]] = {}
        for claim in self._claims(start, end):
            run = (max(start, claim.start), min(end, claim.end))
            if run[0] < run[1]:
                said_by = Attributed(claim.speaker, claim.how == "reported", claim.how)
                covered.setdefault((said_by, claim.depth), set()).add(run)
        total = self._weight(start, end)
        return [
            (sum(self._weight(*run) for run in _merged(runs)) / total, attributed, depth)
            for (attributed, depth), runs in covered.items()
        ]

    def _weight(self, start: int, end: int) -> int:
        return sum(not character.isspace() for character in self._document.text[start:end])

    def _is_heading(self, start: int, end: int) -> bool:
        headings = self._document.headings
        at = bisect_right(headings, start, key=_start) - 1
        return at >= 0 and end <= headings[at].end

    def _turns(self, start: int, end: int) -> list[Turn]:
        turns, found = self._document.turns, list[Turn]()
        for at in range(bisect_left(turns, end, key=_start) - 1, -1, -1):
            if turns[at].end <= start:
                break
            found.append(turns[at])
        return found[::-1]

    def _base(self, start: int, end: int) -> Attributed | None:
        """Who speaks by the turn or the metadata; None too where two turns meet."""
        turns = self._turns(start, end)
        if self._document.turns:
            if len(turns) != 1:
                return None
            text = self._document.text
            remark = REMARK.fullmatch(text, start, end)
            if "\n" not in text[start : max(start, turns[0].start)]:
                start = max(start, turns[0].start)  # after the label
            inside = min(end, turns[0].end) - max(start, turns[0].start)
            known = remark is None and inside >= _MOSTLY * (end - start)
            return Attributed(turns[0].speaker, False, "turn") if known else None
        speaker = " ".join((self._document.metadata.speaker or "").split())
        if not speaker or self._is_recited(start, end):
            return None
        return Attributed(speaker, False, "metadata")

    def _is_recited(self, start: int, end: int) -> bool:
        """Whether it stands in a paragraph that is one quotation: another's words, read out."""
        text = self._document.text
        first = text.rfind(_BETWEEN, 0, start)
        last = text.find(_BETWEEN, end)
        paragraph = text[max(0, first) : len(text) if last < 0 else last].strip()
        return bool(RECITED.fullmatch(paragraph))

    def _claims(self, start: int, end: int) -> list[AttributedStatement]:
        found: list[AttributedStatement] = []
        at = max(0, bisect_right(self._cuts, start) - 1)
        while at < len(self._cuts) - 1 and self._cuts[at] < end:
            blocks = self._section(at)
            for block in range(start // _BLOCK, (end - 1) // _BLOCK + 1):
                found.extend(blocks.get(block, ()))
            at += 1
        return found

    def _section(self, at: int) -> dict[int, list[AttributedStatement]]:
        if at not in self._sections:
            self._sections[at] = _by_block(self._read(self._cuts[at], self._cuts[at + 1]))
        return self._sections[at]

    def _read(self, start: int, end: int) -> list[AttributedStatement]:
        language = (self._language or "en")[:2].lower()
        if self._is_heading(start, end):
            return []
        if language != "en":
            return list(read_quotations(self._document.text, start, end, language=language))
        # What a question needs was mostly found at ingestion, and these patterns cost a while.
        from rag.attribution.section import read_section

        return read_section(
            _one_mark(self._document.text), start, end, people=self._people, language=language
        )


def _by_its_letters(text: str) -> str | None:
    """The language of a text in other than Latin letters; a short one in these may be English."""
    begins = text[:_BLOCK]
    return None if _LATIN.search(begins) else language_of_short(begins)


def _by_block(statements: Iterable[AttributedStatement]) -> dict[int, list[AttributedStatement]]:
    """The statements by the blocks of characters that they reach into."""
    blocks: dict[int, list[AttributedStatement]] = {}
    for each in statements:
        for block in range(each.start // _BLOCK, each.end // _BLOCK + 1):
            blocks.setdefault(block, []).append(each)
    return blocks


@lru_cache(maxsize=1)
def _one_mark(text: str) -> str:
    """The text with '' for a quotation mark as " and a space; all offsets stay."""
    return re.sub(r"''(?=\w)", ' "', text).replace("''", '" ') if "''" in text else text


def _merged(runs: set[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
