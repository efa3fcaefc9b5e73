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

from rag.questions import Asked
from rag.questions.words import folded
from rag.schema import DocumentInfo, Evidence, Hit, Passage
from rag.storage import Index, content_terms

__all__ = ["documents_meant", "summarise"]

Vectors = npt.NDArray[np.float32]

_SHORTEST = 40  # characters: what is shorter says little by itself
_LONGEST = 500
# Words of a question for a summary that say nothing of the document.
_ASKING = (
    "summarise summarize summary overview give gist main points document report article text "
    "speech statement briefing say tell key findings short brief content contents page about"
)


def documents_meant(asked: Asked, documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The documents that a question for a summary may mean, by what it names.

    Its words are looked for in title, source, country, publisher, speaker and date; those with
    the most of them, weighed by how few documents have them, are meant.
    """
    if len(documents) < 2:
        return list(documents)
    terms = set(content_terms(f"{asked.standalone} {' '.join(asked.countries)}"))
    terms -= set(content_terms(_ASKING))
    told = [frozenset(content_terms(_told(each))) for each in documents]
    weight = {term: 1 / (1 + sum(term in each for each in told)) for term in terms}
    scores = [sum(weight[term] for term in terms & each) for each in told]
    best = max(scores)
    if best <= 0:
        return []
    return [
        document for document, score in zip(documents, scores, strict=True) if score >= best - 1e-9
    ]


def _told(document: DocumentInfo) -> str:
    known = document.metadata
    stem = folded(document.source.rsplit(".", 1)[0])
    parts = (known.title, known.country, known.publisher, known.speaker, known.author, known.date)
    words = " ".join([part for part in parts if part] + [stem])
    return words.replace("-", " ").replace("_", " ").replace("/", " ")


def summarise(index: Index, document: DocumentInfo, *, most: int) -> list[Evidence]:
    """The sentences that stand for a document, in reading order."""
    passages = index.catalog.passages_of(document.id)
    vectors = index.catalog.vectors_of(document.id)
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


def _most_like(index: Index, passage: Passage, vector: Vectors) -> tuple[int, int]:
    sentences = _sentences(passage)
    texts = [passage.text[a - passage.start : b - passage.start] for a, b in sentences]
    return sentences[int((index.embedding.embed_passages(texts) @ vector).argmax())]
