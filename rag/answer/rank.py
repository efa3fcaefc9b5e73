"""The best passages are read together with the question, once; from that come order and evidence.

The cross-encoder reads the first few passages, and more of them unless one of these surely answers.
It gives every sentence, where it stands in its passage, log-odds of being the answer; the
confidence that anything answers is told by these and by the names that the best passage lacks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answer.fitted import Fitted, fitted
from rag.answer.metadata_match import MetadataMatch, name_terms
from rag.answer.names import NamedTerm, named_terms
from rag.answer.parts import Parts
from rag.answer.records import Query, Ranked
from rag.cross_encoder import CrossEncoder, PassageText
from rag.inference import Floats
from rag.schema import Evidence, Hit
from rag.storage import Index

__all__ = ["Ranker", "ReadHit", "any_answers", "passage_text", "rarest"]

# Passages that are read at first, and altogether unless one of the first surely answers.
_FIRST = 4
_MOST = 8
# Log-odds of any sentence answering from which on no more is read.
_SURE = 1.0
_NAMED = 1.0  # what being of a document that the question names adds to a passage's log-odds


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
        index: Index,
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

    def rank(self, query: Query, hits: Sequence[Hit]) -> Ranked:
        """Read ``hits``, which are ordered best first, and order them and their sentences.

        Raises:
            SettingsError: the cross-encoder cannot be loaded.
        """
        read = self.read(query, hits)
        if not read:
            return Ranked(tuple(hits), (), 0.0)
        shares = self._metadata.named(query.text).shares if self._parts.metadata_match else {}
        order = sorted(
            read,
            key=lambda each: -each.value - _NAMED * shares.get(each.hit.passage.document_id, 0.0),
        )
        if not self._parts.rerank:
            order = list(read)
        rest = hits[len(read) :]
        evidence = self._evidence(order)
        missing = self.missing(query, evidence[0].hit) if evidence else []
        return Ranked(
            hits=_numbered([*(each.hit for each in order), *rest]),
            evidence=evidence,
            confidence=self._weights.confidence(any_answers(read), rarest(missing)),
            missing=tuple(each.text for each in missing),
        )

    def read(self, query: Query, hits: Sequence[Hit]) -> list[ReadHit]:
        """Read the first hits, and more of them unless one of the first surely answers."""
        found = self._read(query, hits[:_FIRST])
        if any_answers(found) < _SURE:
            found += self._read(query, hits[_FIRST:_MOST])
        return found

    def _read(self, query: Query, hits: Sequence[Hit]) -> list[ReadHit]:
        if not hits:
            return []
        read = self._cross_encoder.read(query.reading, [passage_text(hit) for hit in hits])
        return [ReadHit(hit, log_odds) for hit, log_odds in zip(hits, read, strict=True)]

    def _evidence(self, read: Sequence[ReadHit]) -> tuple[Evidence, ...]:
        """All sentences with their probabilities of being part of the answer, best first."""
        found = [
            Evidence(each.hit, start, end, float(probability))
            for each in read
            for (start, end), probability in zip(
                each.hit.passage.sentences, self._weights.probabilities(each.log_odds), strict=True
            )
        ]
        return tuple(sorted(found, key=lambda each: -each.score))

    def missing(self, query: Query, hit: Hit) -> list[NamedTerm]:
        """The names of the question that a passage and what is known of its document lack."""
        if not self._parts.names:
            return []
        known = self._metadata.terms_of(hit.passage.document_id).union(
            name_terms(f"{passage_text(hit).heading}{hit.passage.text}")
        )
        return [each for each in named_terms(query, self._index) if each.terms.isdisjoint(known)]


def any_answers(read: Sequence[ReadHit]) -> float:
    """Log-odds of any sentence of what was read answering."""
    values = [each.log_odds for each in read if len(each.log_odds)]
    return float(np.logaddexp.reduce(np.concatenate(values))) if values else -20.0


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


def _numbered(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
