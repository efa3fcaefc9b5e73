"""Gold questions with what retrieval finds for them: what the models are trained and fitted on."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.conversation import build_query
from rag.evaluation.gold import GoldQuestion, read_gold
from rag.evaluation.measures import Place, places
from rag.evidence.measuring import Sentence
from rag.retrieval import Query, retrieve
from rag.schema import Hit
from rag.storage import Index

HITS = 10
TRAINED_FOLDS = 3


@dataclass(frozen=True)
class Posed:
    """A gold question, where its evidence stands, and its hits.

    ``others`` are hits without those that hold evidence; ``key`` is a hash that is the same for
    all questions about a document.
    """

    question: GoldQuestion
    wanted: Sequence[Place]
    query: Query
    hits: Sequence[Hit]
    others: Sequence[Hit]
    key: int


def posed(index: Index, gold: Path, *, fold: int | None = None) -> Iterator[Posed]:
    """The questions of a gold file; with ``fold`` only those of that third of the documents."""
    sources = index.catalog.sources()
    for question in read_gold(gold):
        documents = {
            item.source: document
            for item in question.evidence
            if item.source in sources
            and (document := index.document(sources[item.source].document_id))
        }
        wanted = places(question, documents)
        key = zlib.crc32(((wanted[0].document_id if wanted else None) or question.id).encode())
        if fold is not None and key % TRAINED_FOLDS != fold:
            continue
        query = build_query(question.question, question.messages)
        hits = retrieve(index, query, count=2 * HITS, where=question.conditions)
        others = [hit for hit in hits if not any(place.found_by(hit) for place in wanted)]
        renumbered = [replace(hit, rank=rank) for rank, hit in enumerate(others[:HITS], start=1)]
        yield Posed(question, wanted, query, hits[:HITS], renumbered, key)


def is_evidence(sentence: Sentence, wanted: Sequence[Place]) -> bool:
    """Whether more than half of a sentence is part of a gold quote."""
    for place in wanted:
        if place.document_id == sentence.hit.passage.document_id and place.start is not None:
            common = min(place.end or 0, sentence.end) - max(place.start, sentence.start)
            if 2 * common > sentence.end - sentence.start:
                return True
    return False
