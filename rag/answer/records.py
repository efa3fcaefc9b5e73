"""What one stage of the answering hands to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.attribution import Attributed
from rag.schema import DocumentInfo, Evidence, Hit, QuestionKind

__all__ = ["Chosen", "Decision", "Query", "Ranked", "Retrieved", "Side", "numbered"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is understood: what is searched for and read, and whose words it wants.

    ``text`` can be asked by itself; it equals the question unless that depends on the conversation.
    ``texts`` are searched for, each with the weight of its scores; the first is the question.
    ``reading`` is what the cross-encoder reads as the question.

    ``speaker`` is whose words are asked for, as the question puts it (a name, a country, an
    office), ``topic`` what they are to be about. ``people`` are names of people as written,
    ``years`` the years that are named. ``sides`` are the metadata values that a comparison sets
    side by side, each with its field.
    """

    text: str
    texts: tuple[tuple[str, float], ...]
    reading: str
    kind: QuestionKind = "fact"
    speaker: str | None = None
    topic: str | None = None
    people: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    sides: tuple[Side, ...] = ()
    in_conversation: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: documents whose ``field`` has this ``value``, called ``name``."""

    name: str
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages that may answer, best first; ``sides`` holds those of each side of a comparison.

    ``documents`` are those that a question for a summary may mean.
    """

    hits: tuple[Hit, ...]
    sides: tuple[tuple[Side, tuple[Hit, ...]], ...] = ()
    documents: tuple[DocumentInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """What reading the question with the passages has shown.

    ``hits`` are in their final order. ``evidence`` are all sentences that were read, best first;
    its scores are probabilities of being part of the answer. ``confidence`` is the probability that
    any of them answers. ``missing`` are the names in the question, as written, that neither the
    best passage nor what is known of its document has.
    """

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    confidence: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence that the answer will quote: whose words it has, and its side of a comparison."""

    evidence: Evidence
    attributed: Attributed | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The sentences to quote, how sure it is that they answer, and cautions to give.

    ``reason`` says why there is no answer; None if there is one.
    """

    chosen: tuple[Chosen, ...]
    confidence: float
    notes: tuple[str, ...] = ()
    reason: str | None = None


def numbered(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits with their ranks in this order, from 1."""
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
