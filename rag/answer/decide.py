"""From ranked sentences to what the answer quotes, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.answer.fitted import Fitted
from rag.answer.rank import log_odds_of
from rag.answer.records import Chosen, Decision, Query, Ranked
from rag.answer.speakers import Speakers
from rag.schema import Evidence
from rag.settings import Settings
from rag.store import analyse

__all__ = ["COMPARED", "NO_COUNTING", "SUMMARY", "Decider"]

NO_COUNTING: Final = (
    "Footnote does not count by reading: it cannot know that it has seen every mention. "
    "These are passages on the matter, not all of them; a number stands here only where a "
    "report gives it."
)
COMPARED: Final = (
    "Documents of different years or countries may differ in outline and length: what one of "
    "them does not mention need not have been absent."
)
SUMMARY: Final = (
    "These are sentences of the document that stand for much of it, not a complete account."
)

_PER_SIDE: Final = 3
# Two sentences that share so many of their words make one point.
_SAME: Final = 0.75


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides whether the sentences answer, and which of them the answer quotes."""

    speakers: Speakers
    settings: Settings
    weights: Fitted

    @property
    def threshold(self) -> float:
        """The confidence under which there is no answer, as the settings ask for."""
        if self.settings.abstain_below is not None:
            return self.settings.abstain_below
        return self.weights.thresholds[self.settings.caution]

    def decide(self, query: Query, ranked: Ranked) -> Decision:
        """Choose among sentences that are theirs whose words were asked for, if any were."""
        confidence = ranked.confidence
        evidence = ranked.evidence
        if query.speaker is not None and not evidence:
            reason = f"no words of {query.speaker} were found that bear on this"
            return Decision((), confidence, reason=reason)
        if query.kind == "count":
            chosen = self.speakers.chosen(query, self._choose(evidence))
            return Decision(chosen, confidence, (NO_COUNTING,), _too_far(bool(chosen)))
        if not evidence or confidence < self.threshold:
            return Decision((), confidence, reason=_why(ranked))
        return Decision(self.speakers.chosen(query, self._choose(evidence)), confidence)

    def compare(self, sides: Sequence[tuple[str, Query, Ranked]]) -> Decision:
        """Choose a few sentences for each side of a comparison; those with none are named."""
        chosen: list[Chosen] = []
        notes = [COMPARED]
        for name, query, ranked in sides:
            if not ranked.evidence or ranked.confidence < self.threshold:
                notes.append(f"On {name} nothing was found that answers this.")
                continue
            best = self._choose(ranked.evidence)[:_PER_SIDE]
            chosen += self.speakers.chosen(query, best, name)
        confidence = max((ranked.confidence for _, _, ranked in sides), default=0.0)
        return Decision(tuple(chosen), confidence, tuple(notes), _too_far(bool(chosen)))

    def _choose(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The sentences that make up the answer, in the order in which they are shown.

        The best comes first, then the others of its document in reading order, then those of other
        documents, by the best sentence of each. ``evidence`` is ordered best first. Of sentences
        that make the same point in the same words, the best is kept.
        """
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


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return one == other or len(one & other) > _SAME * len(one | other)


def _too_far(found: bool) -> str | None:
    return None if found else "no passage comes close enough to an answer"


def _why(ranked: Ranked) -> str:
    """Why there is no answer: names that the nearest passage lacks, or that nothing comes near."""
    if ranked.missing:
        return f"the nearest passage does not concern {' or '.join(dict.fromkeys(ranked.missing))}"
    return "no passage comes close enough to an answer"
