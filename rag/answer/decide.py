"""From ranked sentences to what the answer quotes, or the reason why it has none.

The few numbers that were fitted to gold questions lie in ``weights.json``;
``benchmarks/leave_one_out.py --write`` fits them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from rag.answer.attribute import Speakers
from rag.answer.metadata_match import names_without
from rag.answer.records import Chosen, Decision, Ranked, any_answers, log_odds_of
from rag.language.translation import N_, _, n_
from rag.schema import DocumentInfo, Evidence
from rag.settings import Settings
from rag.store import analyse

_NO_COUNTING: Final = N_(
    "Footnote does not count by reading: it cannot know that it has seen every mention. "
    "These are passages on the matter, not all of them; a number stands here only where a "
    "report gives it."
)
_COMPARED: Final = N_(
    "Documents of different years or countries may differ in outline and length: what one of "
    "them does not mention need not have been absent."
)
_SUMMARY: Final = N_(
    "These are sentences of the document that stand for much of it, not a complete account."
)
_TOO_FAR: Final = N_("no passage comes close enough to an answer")

_PER_SIDE: Final = 3
# Two sentences that share so many of their words make one point.
_SAME: Final = 0.75

_WORDS_OF_A_PHRASE: Final = 5
_ENDS: Final = (".", "!", "?", "…", ";", ":", "。", "！", "？", "؟", "۔", "।")
_FEWEST_LETTERS: Final = 12  # of what does not end like a sentence and has no figure
# What refers the reader elsewhere, and what stands under a picture or over a table.
_ELSEWHERE: Final = re.compile(
    r"(?:see also|also see|see (?:section|chapter|page|above|below)|read more|click here|"
    r"for more (?:information|details))\b|(?:figure|fig\.|table|photo|image|box|map) ?\d+ ?[.:–—-]",
    re.IGNORECASE,
)
# The name of a case over its judgment.
_CASE: Final = re.compile(r"[\w.,'’ -]{2,80} v\. [\w.,'’() -]{2,80}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What turns the log-odds of sentences into a confidence, and into a choice.

    The confidence that anything answers is logistic in the log-odds of any sentence answering, as
    it was read in its passage, by ``log_odds`` and ``bias`` (Platt 1999). Sentences within
    ``within`` log-odds of the best one are quoted.
    ``thresholds`` are the confidences under which there is no answer, by how careful one is to be.
    """

    log_odds: float
    bias: float
    within: float
    thresholds: Mapping[str, float]

    def confidence(self, any_answers: float) -> float:
        """The probability that sentences answer, from the log-odds that any of them does."""
        value = self.log_odds * any_answers + self.bias
        return float(1 / (1 + math.exp(-max(-50.0, min(50.0, value)))))


@cache
def fitted() -> Fitted:
    """The numbers that the program ships."""
    text = (resources.files("rag.answer") / "weights.json").read_text("utf-8")
    return Fitted(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides whether sentences answer, and which of them the answer quotes."""

    speakers: Speakers
    settings: Settings
    weights: Fitted

    @property
    def threshold(self) -> float:
        """The confidence under which there is no answer, as the settings ask for."""
        if self.settings.abstain_below is not None:
            return self.settings.abstain_below
        return self.weights.thresholds[self.settings.caution]

    def decide(self, ranked: Ranked) -> Decision:
        """Conclude the confidence, and choose the sentences to quote or say why there are none.

        Of a question for somebody's words, ``ranked`` has the sentences of that speaker only.
        """
        query = ranked.query
        if query.sides:
            return self._compare(ranked)
        ((_side, evidence),) = ranked.sides
        if query.kind == "summary":
            chosen = self.speakers.chosen(query, evidence)
            reason = None if chosen else _why_no_summary(ranked.documents)
            return Decision(chosen, float(bool(chosen)), (_(_SUMMARY),), reason)
        confidence = self._confidence(ranked)
        if query.of_document:
            evidence = self._of_document(evidence)
        if query.speaker is not None and not evidence:
            reason = _("no words of {speaker} were found that bear on this", speaker=query.speaker)
            return Decision((), confidence, reason=reason)
        counts = query.kind == "count"
        if confidence < self.threshold and (about := self.speakers.about(query, evidence)):
            evidence, confidence = tuple(about), self.threshold
        if query.speaker is not None:  # no name under a text, and no place before it
            evidence = tuple(each for each in evidence if _is_phrase(each.text)) or evidence
        if not evidence or (confidence < self.threshold and not counts):
            english = query.language in (None, "en") and evidence
            names = names_without(query.reading, evidence[0].hit) if english else ()
            reason = _(_TOO_FAR)
            if names and not counts:
                # L10n: {names} are countries, people or years, one or several
                reason = _(
                    "the nearest passage does not concern {names}",
                    names=_(" or ").join(names),
                )
            return Decision((), confidence, reason=reason)
        chosen = self.speakers.chosen(query, self._choose(evidence))
        return Decision(chosen, confidence, (_(_NO_COUNTING),) if counts else ())

    def _of_document(self, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """What a document says itself, where that answers; else all, as in an article of quotes."""
        own = tuple(each for each in self.speakers.nobodys(evidence) if stands(each.text))
        sure = self.weights.confidence(any_answers(own))
        return own if own and sure >= self.threshold else evidence

    def best_of(self, ranked: Ranked) -> tuple[Chosen, ...]:
        """The sentences to quote, best first on each side, whether or not they answer."""
        return tuple(
            each
            for side, evidence in ranked.sides
            for each in self.speakers.chosen(
                ranked.query, self._choose(evidence), side.name if side else None
            )
        )

    def _compare(self, ranked: Ranked) -> Decision:
        """Choose a few sentences for each side of a comparison; those with none are named."""
        chosen: list[Chosen] = []
        notes = [_(_COMPARED)]
        highest = 0.0
        for number, (side, evidence) in enumerate(ranked.sides):
            name = side.name if side else ""
            confidence = self._confidence(ranked, number)
            highest = max(highest, confidence)
            if not evidence or confidence < self.threshold:
                notes.append(_("On {side} nothing was found that answers this.", side=name))
                continue
            best = self._choose(evidence)[:_PER_SIDE]
            chosen += self.speakers.chosen(ranked.query, best, name)
        return Decision(tuple(chosen), highest, tuple(notes), None if chosen else _(_TOO_FAR))

    def _confidence(self, ranked: Ranked, side: int = 0) -> float:
        """The confidence that the sentences of a side answer; 0 without any."""
        _, evidence = ranked.sides[side]
        return self.weights.confidence(ranked.any_answers(side)) if evidence else 0.0

    def _choose(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The sentences that make up the answer, in the order in which they are shown.

        The best comes first, then the others of its document in reading order, then those of other
        documents, by the best sentence of each. ``evidence`` is ordered best first. Of sentences
        that make the same point in the same words, the best is kept.
        """
        evidence = [each for each in evidence if stands(each.text)] or evidence
        kept: list[Evidence] = []
        points: list[frozenset[str]] = []
        for each in evidence:
            far = (
                kept and log_odds_of(kept[0].score) - log_odds_of(each.score) > self.weights.within
            )
            if far or len(kept) >= self.settings.statements:
                break
            point = frozenset(analyse(each.text))
            if not any(_same(point, other) for other in points):
                kept.append(each)
                points.append(point)
        documents = list(dict.fromkeys(each.hit.passage.document_id for each in kept))
        rest = sorted(
            kept[1:],
            key=lambda each: (documents.index(each.hit.passage.document_id), each.start),
        )
        return kept[:1] + rest


def stands(text: str) -> bool:
    """Whether a sentence says something: it is no caption, no stray mark and no "Also see …".

    Nor does it only announce what stands below: "The minister stated:".
    """
    letters = sum(mark.isalpha() for mark in text)
    figures = any(mark.isdigit() for mark in text)
    ended = _is_ended(text)
    if not letters or text.rstrip().endswith((":", "：")):
        return False
    if not figures and letters < _FEWEST_LETTERS and not ended:
        return False
    short = len(text) < 200
    bare = text.strip(" \"'“”‘’()[]*")
    is_case = not ended and _CASE.fullmatch(bare)
    return not (short and (_ELSEWHERE.match(bare) or is_case))


def _is_phrase(text: str) -> bool:
    """Whether a text is a sentence to its end, or has words enough for one."""
    return _is_ended(text) or len(text.split()) >= _WORDS_OF_A_PHRASE


def _is_ended(text: str) -> bool:
    return text.rstrip(" \"'”’)»]").endswith(_ENDS)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return one == other or len(one & other) > _SAME * len(one | other)


def _why_no_summary(documents: Sequence[DocumentInfo]) -> str:
    if not documents:
        return _("no document is named that could be summarised")
    if len(documents) == 1:
        return _(_TOO_FAR)
    titles = "; ".join(each.metadata.title or each.source for each in documents[:5])
    if more := max(0, len(documents) - 5):
        return n_(
            "several documents may be meant, name one of them: {titles}; and {count} more",
            "several documents may be meant, name one of them: {titles}; and {count} more",
            more,
            titles=titles,
        )
    return _("several documents may be meant, name one of them: {titles}", titles=titles)
