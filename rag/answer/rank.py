"""The best passages are read together with the question, once; from that come order and evidence.

The cross-encoder reads the first few passages. It gives every sentence, where it stands in its
passage, log-odds of being the answer; the confidence that anything answers is told by these and by
the names that the best passage lacks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answer.fitted import Fitted, fitted
from rag.answer.metadata_match import MetadataMatch, name_terms
from rag.answer.names import NamedTerm, named_terms
from rag.answer.parts import Parts
from rag.answer.records import Query, Ranked, Side, numbered
from rag.models.cross_encoder import CrossEncoder, PassageText
from rag.models.inference import Floats
from rag.schema import Evidence, Hit
from rag.store import Store

__all__ = ["Ranker", "ReadHit", "any_answers", "log_odds_of", "passage_text", "rarest"]

# Passages that are read. More of them find little more that answers, and more that seems to.
_READ = 4
# Where somebody's words are asked for, many of the passages found are about them or by others.
_READ_FOR_SPEAKER = 8
# What the score of the search, which is about 0.5 to 1, weighs beside log-odds in the order of
# hits: a passage that bears on a question need have no sentence that answers it.
_RETRIEVAL = 10.0
# What the log-odds of a sentence lose at most because its document is not the one that is named.
_NAMED = 2.0


@dataclass(frozen=True, slots=True)
class ReadHit:
    """A hit, and the log-odds of each of its sentences being the answer."""

    hit: Hit
    log_odds: Floats

    @property
    def value(self) -> float:
        """Log-odds of any sentence of it answering."""
        return float(np.logaddexp.reduce(self.log_odds)) if len(self.log_odds) else -math.inf


class Ranker:
    """Reads passages. Safe to share between threads."""

    def __init__(
        self,
        index: Store,
        cross_encoder: CrossEncoder,
        metadata: MetadataMatch,
        *,
        parts: Parts | None = None,
        weights: Fitted | None = None,
    ) -> None:
        self._index = index
        self._cross_encoder = cross_encoder
        self._metadata = metadata
        self._parts = parts or Parts()
        self._weights = weights or fitted()

    def rank(self, query: Query, hits: Sequence[Hit], side: Side | None = None) -> Ranked:
        """Read ``hits``, which are ordered best first, and order them and their sentences.

        They may be those of one ``side`` of a comparison.

        Raises:
            SettingsError: the cross-encoder cannot be loaded.
        """
        read = self.read(query, hits)
        away = self._away(query, read)
        order = read
        if self._parts.rerank:
            order = sorted(read, key=lambda each: -each.value - _RETRIEVAL * each.hit.score)
        evidence = tuple(
            sorted(
                (one for each in read for one in _evidence(each, away)),
                key=lambda one: -one.score,
            )
        )
        shown = numbered([*(each.hit for each in order), *hits[len(read) :]])
        return self.concluded(query, Ranked(shown, evidence, 0.0), side)

    def concluded(self, query: Query, ranked: Ranked, side: Side | None = None) -> Ranked:
        """The same with the confidence, and the names missing, that its sentences give."""
        if not ranked.evidence:
            return replace(ranked, confidence=0.0, missing=())
        missing = self.missing(query, ranked.evidence[0].hit, side)
        confidence = self._weights.confidence(any_answers(ranked.evidence), rarest(missing))
        return replace(ranked, confidence=confidence, missing=_phrases(missing, query.reading))

    def _away(self, query: Query, read: Sequence[ReadHit]) -> dict[str, float]:
        """What the log-odds of a document's sentences lose because others are rather named."""
        documents = {each.hit.passage.document_id for each in read}
        if not self._parts.metadata_match:
            return dict.fromkeys(documents, 0.0)
        shares = self._metadata.named(query.texts[0][0]).shares
        most = max((shares.get(each, 0.0) for each in documents), default=0.0)
        return {each: _NAMED * (most - shares.get(each, 0.0)) for each in documents}

    def read(self, query: Query, hits: Sequence[Hit]) -> list[ReadHit]:
        """Read the question with each of the first hits."""
        found = hits[: _READ_FOR_SPEAKER if query.speaker else _READ]
        if not found:
            return []
        read = self._cross_encoder.read(query.reading, [passage_text(hit) for hit in found])
        return [ReadHit(hit, log_odds) for hit, log_odds in zip(found, read, strict=True)]

    def missing(self, query: Query, hit: Hit, side: Side | None = None) -> list[NamedTerm]:
        """The names of the question that a passage and what is known of its document lack.

        On one ``side`` of a comparison, the names of the others are not missed.
        """
        if not self._parts.names:
            return []
        known = self._metadata.terms_of(hit.passage.document_id).union(
            name_terms(f"{passage_text(hit).heading}{hit.passage.text}")
        )
        beside = [each for each in query.sides if side is not None and each != side]
        known = known.union(*(name_terms(each.name) for each in beside))
        return [
            each
            for each in named_terms(query, self._index, self._metadata.countries())
            if each.terms.isdisjoint(known)
        ]


def any_answers(evidence: Sequence[Evidence]) -> float:
    """Log-odds of any of some sentences answering, each scored against none of them."""
    if not evidence:
        return -20.0
    return float(np.logaddexp.reduce([log_odds_of(each.score) for each in evidence]))


def log_odds_of(probability: float) -> float:
    """The log-odds of a probability, which is kept from being 0 or 1."""
    probability = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(probability / (1 - probability))


def _evidence(read: ReadHit, away: Mapping[str, float]) -> list[Evidence]:
    """The sentences of a hit with their probabilities of being the answer."""
    lost = away[read.hit.passage.document_id]
    probabilities = 1 / (1 + np.exp(-np.clip(read.log_odds.astype(np.float64) - lost, -30, 30)))
    return [
        Evidence(read.hit, start, end, float(probability))
        for (start, end), probability in zip(read.hit.passage.sentences, probabilities, strict=True)
    ]


def _phrases(names: Sequence[NamedTerm], text: str) -> tuple[str, ...]:
    """The names as they are written, those together that follow one another: "Ilse Brandt"."""
    found: list[str] = []
    for each in names:
        if found and f"{found[-1]} {each.text}" in text:
            found[-1] += f" {each.text}"
        else:
            found.append(each.text)
    return tuple(found)


def rarest(missing: Sequence[NamedTerm]) -> float:
    """How rare the rarest of some names is, in [0, 1]."""
    return max((each.rarity for each in missing), default=0.0)


def passage_text(hit: Hit) -> PassageText:
    """What is read of a hit: title, section and speaker, then its text."""
    passage = hit.passage
    section = f"{passage.section}. " if passage.section else ""
    speaker = f"{passage.speaker}: " if passage.speaker else ""
    return PassageText(
        f"{hit.title}. {section}{speaker}",
        passage.text,
        tuple((start - passage.start, end - passage.start) for start, end in passage.sentences),
    )
