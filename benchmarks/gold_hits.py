"""Gold questions with what retrieval finds for them: what the models are trained and fitted on."""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from rag.conversation import build_query
from rag.evidence.measuring import Sentence
from rag.retrieval import Query, retrieve

from rag.evaluation.gold import GoldQuestion, read_gold
from rag.evaluation.measures import Place, places
from rag.schema import Hit
from rag.storage import Index

T = TypeVar("T")

HITS = 10
FOLDS = 4  # of the documents, for cross-validation
LEFT_OUT = 6  # the questions about one document in so many are not trained on


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

    @property
    def left_out(self) -> bool:
        """Whether the question serves to measure what training on the others has brought."""
        return self.key % LEFT_OUT == 0


def posed(index: Index, gold: Path) -> Iterator[Posed]:
    """The questions of a gold file, in order."""
    sources = index.catalog.sources()
    for question in read_gold(gold):
        documents = {
            item.source: document
            for item in question.evidence
            if item.source in sources
            and (document := index.document(sources[item.source].document_id))
        }
        wanted = places(question, documents)
        key = zlib.crc32(_subject(question).encode())
        query = build_query(question.question, question.messages)
        hits = retrieve(index, query, count=2 * HITS, where=question.conditions)
        others = [hit for hit in hits if not any(place.found_by(hit) for place in wanted)]
        renumbered = [replace(hit, rank=rank) for rank, hit in enumerate(others[:HITS], start=1)]
        yield Posed(question, wanted, query, hits[:HITS], renumbered, key)


def _subject(question: GoldQuestion) -> str:
    """The source a question is about, which an id such as ``report.txt#12`` can name too."""
    source, mark, _ = question.id.rpartition("#")
    if mark:
        return source
    return question.evidence[0].source if question.evidence else question.id


def is_evidence(sentence: Sentence, wanted: Sequence[Place]) -> bool:
    """Whether more than half of a sentence is part of a gold quote."""
    for place in wanted:
        if place.document_id == sentence.hit.passage.document_id and place.start is not None:
            common = min(place.end or 0, sentence.end) - max(place.start, sentence.start)
            if 2 * common > sentence.end - sentence.start:
                return True
    return False


def kept(
    folder: Path | None, index: Path, gold: Path, examples: Callable[[Path, Path], Iterable[T]]
) -> list[T]:
    """The ``examples`` of a set; with a folder of one's own, as an earlier run has kept them."""
    if folder is None:
        return list(examples(index, gold))
    file = folder / f"{'-'.join(gold.with_suffix('').parts[-2:])}.pickle"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(list(examples(index, gold))))
    found: list[T] = pickle.loads(file.read_bytes())
    return found


def set_weights(names: Iterable[str], *, power: float) -> dict[str, float]:
    """What a question weighs by the name of its set, which stands there once for each question.

    With ``power`` 1 every set weighs the same; with 1/2 as much as the root of its size.
    """
    size = Counter(names)
    return {name: (size.total() / len(size) / count) ** power for name, count in size.items()}
