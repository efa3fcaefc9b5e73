"""A summary of one document: its own sentences that stand for the most of it.

Passages are chosen greedily so that every passage of the document is like one of the chosen
(facility location: Lin and Bilmes 2011, "A Class of Submodular Functions for Document
Summarization"); of each chosen passage the sentence that is most like the whole passage is
quoted. Nothing is generated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.answer.metadata_match import MetadataMatch
from rag.answer.records import Query
from rag.schema import DocumentInfo, Evidence, Hit, Passage
from rag.store import Store

Vectors = npt.NDArray[np.float32]

_SHORTEST = 40  # characters: what is shorter says little by itself
_LONGEST = 500


def documents_meant(
    metadata: MetadataMatch, query: Query, documents: Sequence[DocumentInfo]
) -> list[DocumentInfo]:
    """The documents that a question for a summary may mean: those that it names most.

    The words of a title count too where they are no names: "the report on work". One document
    alone is meant anyway; none is where several could be and nothing is named.
    """
    if len(documents) < 2:
        return list(documents)
    shares = metadata.named(query.text, by_any_word=True)
    best = max((shares.get(each.id, 0.0) for each in documents), default=0.0)
    return [each for each in documents if best and shares.get(each.id, 0.0) >= best - 1e-9]


def summarise(index: Store, document: DocumentInfo, *, most: int) -> list[Evidence]:
    """The sentences that stand for a document, in reading order."""
    passages = index.passages_of(document.id)
    vectors = index.vectors_of(document.id)
    passages = [each for each in passages if each.id in vectors and _sentences(each)]
    if not passages:
        return []
    likeness = _likeness(np.stack([vectors[each.id] for each in passages]))
    chosen = [passages[number] for number in sorted(_representatives(likeness, most=most))]
    stored = index.passages([each.id for each in chosen])
    found: list[Evidence] = []
    for rank, passage in enumerate(chosen, start=1):
        if passage.id not in stored:
            continue
        _, source, metadata = stored[passage.id]
        hit = Hit(rank, 1.0, passage, source, metadata, (passage,))
        start, end = _most_like(index, passage, vectors[passage.id])
        found.append(Evidence(hit, start, end, 1.0))
    return found


def _likeness(vectors: Vectors) -> Vectors:
    return np.asarray(np.maximum(vectors @ vectors.T, 0), np.float32)


def _representatives(likeness: Vectors, *, most: int) -> list[int]:
    """Rows chosen one by one, each for what it adds to the likeness of all to the nearest."""
    covered = np.zeros(len(likeness), np.float32)
    chosen: list[int] = []
    while len(chosen) < min(most, len(likeness)):
        gain = np.maximum(likeness, covered).sum(axis=1)
        gain[chosen] = -1
        best = int(gain.argmax())
        chosen.append(best)
        covered = np.maximum(covered, likeness[best])
    return chosen


def _sentences(passage: Passage) -> list[tuple[int, int]]:
    """The sentences that say something by themselves."""
    return [
        (start, end)
        for start, end in passage.sentences
        if _SHORTEST <= end - start <= _LONGEST
        and passage.text[end - 1 - passage.start] not in "?:"
    ]


def _most_like(index: Store, passage: Passage, vector: Vectors) -> tuple[int, int]:
    sentences = _sentences(passage)
    texts = [passage.words(*each) for each in sentences]
    return sentences[int((index.embedding.embed_passages(texts) @ vector).argmax())]
