"""Embedding beside sentence-transformers, timed: ``python benchmarks/embedding_speed.py``.

Both embed the same runs of words of ``corpus/``, with the same model, in this one process,
alternately and several times over. Printed is how many times as fast OpenVINO is: the median over
the rounds, and the least and the greatest. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.models.embedding import Embedding, open_embedding
from rag.models.inference.model_cache import Options
from rag.models.registry import EMBEDDING

CORPUS = Path(__file__).parent.parent / "corpus"
PASSAGE_WORDS = 100
Verb = Callable[[Embedding, Sequence[str]], object]

VERBS: dict[str, Verb] = {
    "passages, as ingested": lambda model, texts: model.embed_passages(texts),
    "one query at a time": lambda model, texts: [
        model.embed_queries([" ".join(each.split()[:12])]) for each in texts[:20]
    ],
}


def passages(count: int) -> list[str]:
    """Runs of words of the sample reports, of different lengths."""
    words = [
        word for file in sorted(CORPUS.rglob("*.md")) for word in file.read_text("utf-8").split()
    ]
    found: list[str] = []
    start = 0
    while len(found) < count:
        length = PASSAGE_WORDS // 2 + 17 * len(found) % PASSAGE_WORDS
        found.append(" ".join(words[start % len(words) : start % len(words) + length]))
        start += length
    return found


def seconds(verb: Verb, model: Embedding, texts: Sequence[str]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    verb(model, texts)
    return time.perf_counter() - began


def main() -> None:
    """Measure every verb of the embedding model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--passages", type=int, default=256)
    parser.add_argument("--model", default=EMBEDDING.name)
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()
    folder = Options.of().cache
    ours = open_embedding(given.model, Options(folder, "openvino", given.threads))
    theirs = open_embedding(given.model, Options(folder, "torch", given.threads))
    texts = passages(given.passages)
    for name, verb in VERBS.items():
        for model in (ours, theirs):
            verb(model, texts)  # loaded, converted and warm before anything is measured
        ratios = []
        for turn in range(given.rounds):
            # Who goes first changes, in case the machine slows down meanwhile.
            first, second = (ours, theirs) if turn % 2 else (theirs, ours)
            took = {id(each): seconds(verb, each, texts) for each in (first, second)}
            ratios.append(took[id(theirs)] / took[id(ours)])
        print(
            f"{name:24} {statistics.median(ratios):5.2f} times as fast "
            f"({min(ratios):.2f} to {max(ratios):.2f} in {given.rounds} rounds)"
        )


if __name__ == "__main__":
    main()
