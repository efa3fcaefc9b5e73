"""Train the adapter of `rag.evidence` on questions and the sentences that answer them.

    python benchmarks/train_adapter.py INDEX:GOLD.jsonl … --write rag/evidence/adapter.safetensors

The embedding model stays as it is: its token vectors are computed once, and what is trained are a
change of them and the importance of a question's tokens. The sentences of a question's
hits are ranked by their interaction with it over the adapted vectors, next to what
`rag.evidence.measuring` measures with the vectors as they are; the loss is listwise over them all
(ListNet: Cao et al. 2007). Each set weighs as much as the root of its size.

The questions about one document in four, chosen by ``--without``, are not trained on; how often
their first sentence is evidence is printed, with the adapter and with the measures alone. The
adapter that is shipped was trained on all (``--without none``); `fit_evidence.py` then weighs it by
the questions that each of the four others was not trained on.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from gold_hits import FOLDS, is_evidence, kept, posed, set_weights
from rag.evidence import Reader
from rag.evidence.models import MEASURES
from safetensors.torch import save_file
from torch import Tensor, nn

from rag.embedding import Vectors
from rag.settings import load_settings
from rag.storage import Index

RANK = 32
EPOCHS = 2  # with four, it learns the questions by heart
RATE = 1e-3
DECAY = 0.05
DROPOUT = 0.1
QUESTIONS_A_STEP = 8
BEGIN = 20.0  # what the interaction weighs at first: about as much as untrained

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Example:
    """A question and the sentences of its hits, one of which is evidence at least.

    ``texts`` are the texts of the query with their weights, as token vectors; ``tokens`` those of
    all sentences, one after the other, ``lengths`` of which belong to each.
    """

    collection: str
    key: int
    texts: tuple[tuple[float, Halves], ...]
    tokens: Halves
    lengths: npt.NDArray[np.int64]
    measures: Floats
    labels: Floats


def examples(index_folder: Path, gold: Path) -> Iterator[Example]:
    """Examples from the questions of a gold file whose evidence was retrieved."""
    index = Index.open(load_settings(index=index_folder))
    reader = Reader(index)
    for each in posed(index, gold):
        measured = reader.measure(each.query, each.hits)
        sentences = measured.sentences
        labels = np.array([is_evidence(one, each.wanted) for one in sentences], np.float32)
        if labels.any():
            yield Example(
                str(gold),
                each.key,
                tuple(
                    (one.weight, one.tokens.vectors.astype(np.float16))
                    for one in measured.questions
                ),
                np.concatenate([one.tokens for one in sentences]).astype(np.float16),
                np.array([len(one.tokens) for one in sentences]),
                measured.measures.astype(np.float32),
                labels,
            )
    index.close()


class Ranking(nn.Module):
    """Ranks sentences, with an adapter or by what is measured alone."""

    def __init__(self, chosen: Sequence[Example], *, adapted: bool) -> None:
        super().__init__()
        every = np.concatenate([each.measures for each in chosen])
        self._mean = torch.from_numpy(every.mean(axis=0))
        self._spread = torch.from_numpy(every.std(axis=0) + 1e-6)
        self._adapted = adapted
        dimension = chosen[0].tokens.shape[1]
        self.down = nn.Parameter(torch.randn(dimension, RANK) * dimension**-0.5)
        self.up = nn.Parameter(torch.zeros(RANK, dimension))
        self.importance = nn.Parameter(torch.zeros(dimension))
        self.measured = nn.Parameter(torch.zeros(len(MEASURES)))
        self.interaction = nn.Parameter(torch.tensor(BEGIN))
        self._dropout = nn.Dropout(DROPOUT)

    def forward(self, example: Example) -> Tensor:
        """Shape ``(sentences,)``: what the sentences are ranked by."""
        measures = (torch.from_numpy(example.measures) - self._mean) / self._spread
        value = measures @ self.measured
        if not self._adapted:
            return value
        count = len(example.lengths)
        of = torch.from_numpy(np.repeat(np.arange(count), example.lengths))
        tokens = self._adapt(_tensor(example.tokens))
        for weight, vectors in example.texts:
            text = _tensor(vectors)
            cosines = self._adapt(text) @ tokens.T
            none = torch.zeros(len(text), count)
            best = none.scatter_reduce(
                1, of.expand(len(text), -1), cosines, "amax", include_self=False
            )
            shares = torch.softmax(text @ self.importance, 0)
            value = value + self.interaction * weight * (shares @ best)
        return value

    def _adapt(self, vectors: Tensor) -> Tensor:
        change = self._dropout(vectors @ self.down) @ self.up
        return nn.functional.normalize(vectors + change, dim=-1)


def _tensor(vectors: Vectors | Halves) -> Tensor:
    return torch.from_numpy(vectors.astype(np.float32))


def train(chosen: Sequence[Example], *, adapted: bool, seed: int) -> Ranking:
    """One run of training; prints the loss after each epoch."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    ranking = Ranking(chosen, adapted=adapted)
    weight = set_weights((each.collection for each in chosen), power=1 / 2)
    optimizer = torch.optim.AdamW(
        [
            {"params": [ranking.measured, ranking.interaction], "lr": 10 * RATE},
            {"params": [ranking.down, ranking.up, ranking.importance], "weight_decay": DECAY},
        ],
        lr=RATE,
        weight_decay=1e-3,
    )
    steps = EPOCHS * (len(chosen) // QUESTIONS_A_STEP)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: max(0.02, 1 - step / steps)
    )
    began = time.time()
    for epoch in range(EPOCHS):
        losses = []
        for number, example in enumerate(chance.sample(chosen, len(chosen)), start=1):
            labels = torch.from_numpy(example.labels)
            loss = -(labels / labels.sum()) @ torch.log_softmax(ranking(example), 0)
            weighed = loss * weight[example.collection] / QUESTIONS_A_STEP
            weighed.backward()  # type: ignore[no-untyped-call]
            losses.append(float(loss.detach()))
            if number % QUESTIONS_A_STEP == 0:
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
        print(f"epoch {epoch}: loss {np.mean(losses):.3f}, {time.time() - began:.0f} s", flush=True)
    return ranking.eval()


def hit_at_1(ranking: Ranking, tested: Sequence[Example]) -> float:
    """How often the first sentence is evidence."""
    with torch.inference_mode():
        return float(np.mean([each.labels[int(ranking(each).argmax())] for each in tested]))


def main() -> None:
    """Train, print figures, and write what was learned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sets", nargs="+", metavar="INDEX:GOLD.jsonl")
    parser.add_argument("--write", type=Path, required=True)
    parser.add_argument("--without", choices=[*map(str, range(FOLDS)), "none"], default="0")
    parser.add_argument(
        "--cache", type=Path, help="a folder of one's own: keep token vectors there"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    everything: list[Example] = []
    for pair in arguments.sets:
        index, gold = map(Path, pair.split(":"))
        everything += kept(arguments.cache, index, gold, examples)
        print(f"{gold}: {len(everything)} examples so far", flush=True)
    trained = [each for each in everything if str(each.key % FOLDS) != arguments.without]
    ranking = train(trained, adapted=True, seed=arguments.seed)
    learned = {
        name: getattr(ranking, name).detach().half().contiguous()
        for name in ("down", "up", "importance")
    }
    save_file(learned, arguments.write)
    measured = train(trained, adapted=False, seed=arguments.seed)
    for name in dict.fromkeys(each.collection for each in everything):
        tested = [
            each
            for each in everything
            if each.collection == name and str(each.key % FOLDS) == arguments.without
        ]
        if tested:
            print(
                f"{name}: Hit@1 {hit_at_1(ranking, tested):.3f} of {len(tested)}, "
                f"{hit_at_1(measured, tested):.3f} without the adapter"
            )


if __name__ == "__main__":
    main()
