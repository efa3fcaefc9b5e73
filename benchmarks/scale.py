"""How it grows: ``python benchmarks/scale.py INDEX --passages 10000 50000 250000``.

``INDEX`` is any index of real reports. Its documents are repeated with varied words, one in five
changed for another of the same length, until there are so many passages, in an index that is made
by the program's own writer. The vectors of varied passages are not embedded: they are the real
ones, moved by as much as embedding a sample of varied passages moves them. Printed are, for each
size: what it takes on the disk, how fast passages are stored, and, in a new process, how long
queries take (50th and 95th percentile of a hundred) by vectors, by words, by both, and by both
where filters keep a half, a tenth and a hundredth of the documents, the same for every query and
another for each, and the memory of that process.
Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np

from rag.answer.records import Query
from rag.answer.retrieve import Retriever
from rag.models.embedding import Vectors
from rag.readers.passages import passage_context
from rag.schema import Condition, Document, Passage
from rag.settings import load_settings
from rag.store import Entry, Index

VARIED = 0.2  # of the words
BATCH = 2000  # passages written together
TIMED_BATCH = 128  # as an ingestion writes them
SAMPLE = 200  # passages embedded to see how far varied words move a vector
QUERIES = 100
QUESTIONS = Path(__file__).parent / "questions" / "un-general-debate.jsonl"
_WORD = re.compile(r"[a-z]{3,}")

Real = tuple[Document, list[Passage], Vectors]


class Repeated:
    """Documents of an index, over and over with varied words, and the vectors they come with."""

    def __init__(self, source: Index) -> None:
        self._random = random.Random(7)
        self._noise = np.random.default_rng(7)
        self._real = [real for info in source.documents() if (real := _real(source, info.id))]
        self._words: defaultdict[int, list[str]] = defaultdict(list)
        for document, _, _ in self._real:
            for word in _WORD.findall(document.text):
                self._words[len(word)].append(word)
        self._moved = self._measure(source)
        self.vectors: dict[str, Vectors] = {}

    def _measure(self, source: Index) -> float:
        """Mean cosine between a passage and itself with varied words, as the model sees them."""
        chosen = [self._random.choice(self._real) for _ in range(SAMPLE)]
        pairs = [(document, self._random.choice(passages)) for document, passages, _ in chosen]
        embed = source.embedding.embed_passages
        before = embed([f"{passage_context(d, p)}\n{p.text}" for d, p in pairs])
        after = embed([f"{passage_context(d, p)}\n{self._vary(p.text)}" for d, p in pairs])
        return float((before * after).sum(axis=1).mean())

    @property
    def moved(self) -> float:
        """That cosine."""
        return self._moved

    def _vary(self, text: str) -> str:
        def one(match: re.Match[str]) -> str:
            word = match.group()
            return self._random.choice(self._words[len(word)]) if self._is_varied() else word

        return _WORD.sub(one, text)

    def _is_varied(self) -> bool:
        return self._random.random() < VARIED

    def __iter__(self) -> Iterator[Entry]:
        for turn in count():
            for number, (document, passages, vectors) in enumerate(self._real):
                yield self._one(turn, number, document, passages, vectors)

    def _one(
        self, turn: int, number: int, document: Document, passages: list[Passage], vectors: Vectors
    ) -> Entry:
        name = f"{number:06x}{turn:014x}"
        text = self._vary(document.text) if turn else document.text
        extra = {"hundredth": str((number + turn) % 100), "tenth": str((number + turn) % 10)}
        metadata = replace(document.metadata, extra=extra | {"half": str((number + turn) % 2)})
        source = f"{turn}/{document.source}"
        copy = replace(document, id=name, source=source, text=text, metadata=metadata)
        own = tuple(
            replace(p, id=f"{name}.{p.start}", document_id=name, text=text[p.start : p.end])
            for p in passages
        )
        for passage, vector in zip(own, self._moved_vectors(vectors, turn), strict=True):
            self.vectors[f"{passage_context(copy, passage)}\n{passage.text}"] = vector
        return Entry(copy, own, f"/{source}", "")

    def _moved_vectors(self, vectors: Vectors, turn: int) -> Vectors:
        if not turn:
            return vectors
        noise = self._noise.standard_normal(vectors.shape).astype(np.float32)
        noise -= (noise * vectors).sum(axis=1, keepdims=True) * vectors
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        moved: Vectors = self._moved * vectors + np.sqrt(1 - self._moved**2) * noise
        return moved.astype(np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors that were made ready since the last call."""
        found = np.stack([self.vectors[text] for text in texts])
        self.vectors.clear()
        return found


def _real(source: Index, document_id: str) -> Real | None:
    document = source.document(document_id)
    passages = list(source.passages_of(document_id))
    stored = source.vectors_of(document_id)
    if document is None or not passages:
        return None
    return document, passages, np.stack([stored[passage.id] for passage in passages])


class Prepared:
    """The embedding model, but for passages whose vectors are ready."""

    def __init__(self, index: Index, repeated: Repeated) -> None:
        self._model = index.embedding
        self.embed_passages = repeated.embed_passages

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


def fill(index: Index, entries: Iterator[Entry], passages: int) -> tuple[float, float]:
    """Write until there are so many; passages a second, and a second in small writes at the end."""
    stored, rates = index.counts()[1], []
    with index.writing() as writer:
        while stored < passages:
            batch, held = [], 0
            size = min(BATCH, max(TIMED_BATCH, passages - stored - 10 * TIMED_BATCH))
            while held < size:
                batch.append(next(entries))
                held += len(batch[-1].passages)
            began = time.perf_counter()
            writer.add(batch)
            rates.append((size, held / (time.perf_counter() - began)))
            stored += held
    large = [rate for size, rate in rates if size > TIMED_BATCH] or [0.0]
    return statistics.median(large), statistics.median(r for s, r in rates if s == TIMED_BATCH)


def milliseconds(verb: Callable[[str], object], queries: Sequence[str]) -> str:
    """The median and the 95th percentile of what the verb takes."""
    times = []
    for query in queries:
        began = time.perf_counter()
        verb(query)
        times.append(1000 * (time.perf_counter() - began))
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    return f"{cuts[9]:6.1f} {cuts[18]:6.1f}"


def print_times(index: Index, queries: Sequence[str]) -> None:
    """Every way to search."""
    retriever = Retriever(index)

    def search(query: str, where: Sequence[Condition]) -> object:
        return retriever.search(Query.of(query), where)

    def both(field: str | None = None) -> Callable[[str], object]:
        where = [Condition(field, "=", "0")] if field else []
        return lambda query: search(query, where)

    def newly(query: str) -> object:
        where = [Condition("hundredth", "=", str(next(hundredths) % 100))]
        return search(query, where)

    hundredths = count()

    verbs: dict[str, Callable[[str], object]] = {
        "embedding the query": lambda query: index.embedding.embed_queries([query]),
        "vectors": lambda query: index.dense(index.embedding.embed_queries([query])[0], count=60),
        "words": lambda query: index.words(query, count=60),
        "both": both(),
        "both, half of the documents": both("half"),
        "both, a tenth": both("tenth"),
        "both, a hundredth": both("hundredth"),
        "both, another hundredth always": newly,
    }
    for name, verb in verbs.items():
        milliseconds(verb, queries[-10:])
        print(f"  {name:32} {milliseconds(verb, queries)}  ms (p50, p95)", flush=True)


def megabytes(folder: Path) -> float:
    """What the files below a folder take."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6


def memory() -> float:
    """Megabytes that this process has now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def measure(folder: Path) -> None:
    """What there is to measure in an index that has been built."""
    lines = QUESTIONS.read_text("utf-8").splitlines()
    queries = [json.loads(line)["question"] for line in lines[:: len(lines) // QUERIES]][:QUERIES]
    index = Index.open(load_settings(index=folder))
    print_times(index, queries)
    print(f"  {memory():,.0f} MB of memory", flush=True)
    index.close()


def main() -> None:
    """Build, and measure at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 50_000, 250_000])
    parser.add_argument("--keep", type=Path, help="build the index here, and leave it there")
    parser.add_argument("--measure", action="store_true", help="build nothing: measure INDEX")
    given = parser.parse_args()
    if given.measure:
        measure(given.index)
        return
    source = Index.open(load_settings(index=given.index))
    repeated = Repeated(source)
    print(f"{VARIED:.0%} of the words varied: cosine {repeated.moved:.3f}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "index"
        entries = iter(repeated)
        for passages in given.passages:
            index = Index.open(load_settings(index=folder), create=True)
            index.embedding = Prepared(index, repeated)  # type: ignore[assignment]
            large, small = fill(index, entries, passages)
            print(
                f"{index.counts()[1]:,} passages: {megabytes(folder):,.0f} MB on the disk; stored "
                f"{large:,.0f} a second, {small:,.0f} by {TIMED_BATCH} at the end",
                flush=True,
            )
            index.close()
            subprocess.run([sys.executable, __file__, folder, "--measure"], check=True)


if __name__ == "__main__":
    main()
