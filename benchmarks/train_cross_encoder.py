"""Train the cross-encoder that reads sentences together with the question.

    python benchmarks/train_cross_encoder.py INDEX:GOLD.jsonl … --write learned.safetensors

The body is the embedding model's own; its upper layers and a small head on top are trained. For
each question the candidates are its evidence sentences and those that `rag.evidence` ranks
highest among the others; the loss is listwise over them and "none of these", whose score is 0
(ListNet: Cao et al. 2007). Questions without an answer serve as they are, and answerable ones a
second time with the passages that hold their evidence withheld: what is left comes close, but
does not answer.

Training can go on from an earlier file (``--begin``); of sets that it was trained on, named by
``--again``, one example in three is read again, so that they are not forgotten.

The questions about one document in six (by a hash of its id) are not trained on; the figures
printed at the end are of them. `fit_evidence.py --learned FILE --left-out` then fits the weights
of the reading to them.
"""

from __future__ import annotations

import argparse
import random
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gold_hits import Posed, is_evidence, kept, posed, set_weights
from safetensors.torch import load_file, save_file

from rag.cross_encoder.excerpts import Excerpt, Row, rows
from rag.cross_encoder.learned import pack, unpack
from rag.cross_encoder.network import Network, body_and_tokenizer
from rag.embedding import built_in_folder, fast_arithmetic
from rag.evaluation.measures import Place
from rag.evidence import Reader, adapter_of
from rag.evidence.finding import excerpt, read_as
from rag.schema import Hit
from rag.settings import load_settings
from rag.storage import Index

UPPER_LAYERS = 3
CANDIDATES = 9
MOST_EVIDENCE = 3
READ = 32
RANK = 112
QUESTIONS_A_STEP = 8
WITHHELD = 3  # one answerable question in so many is also asked with its evidence withheld
UNANSWERED = 0.5  # weight of a question without an answer, next to one with
NOISE = 0.7  # on the ranking that chooses the other candidates, so that they vary
ROWS_AT_ONCE = 18
AGAIN = 3  # one example in so many of a set that was trained on before
REMEMBERED = 10_000  # passages whose vectors are kept: many questions meet the same


@dataclass(frozen=True)
class Example:
    """A question, and the best sentences of its hits: what is read, and which are evidence."""

    collection: str
    left_out: bool
    withheld: bool
    question: str
    excerpts: tuple[Excerpt, ...]
    values: list[float]
    labels: list[float]


def examples(index_folder: Path, gold: Path) -> Iterator[Example]:
    """Examples from every question of a gold file, plain and with its evidence withheld."""
    index = Index.open(load_settings(index=index_folder))
    adapter = adapter_of(index.embedding.model_name)
    reader = Reader(index, adapter=adapter, remembered=REMEMBERED)
    name = str(gold)
    for number, each in enumerate(posed(index, gold), start=1):
        yield from _example(reader, each, each.hits, each.wanted, collection=name)
        if each.wanted and zlib.crc32(each.question.id.encode()) % WITHHELD == 0:
            yield from _example(reader, each, each.others, [], collection=name)
        if number % 100 == 0:
            print(f"{gold}: {number} questions read", flush=True)
    index.close()


def _example(
    reader: Reader, asked: Posed, hits: Sequence[Hit], wanted: Sequence[Place], *, collection: str
) -> Iterator[Example]:
    query = asked.query
    measured = reader.measure(query, hits)
    values = measured.values
    kept = [
        (measured.sentences[number], float(values[number]))
        for place, number in enumerate((-values).argsort(kind="stable"))
        if place < 3 * CANDIDATES or is_evidence(measured.sentences[number], wanted)
    ]
    # Where evidence was expected and is not among the sentences, nothing can be learned.
    if kept and (not wanted or any(is_evidence(each, wanted) for each, _ in kept)):
        yield Example(
            collection,
            asked.left_out,
            bool(asked.wanted) and not wanted,
            read_as(query)[-1],
            tuple(excerpt(each) for each, _ in kept),
            [value for _, value in kept],
            [float(is_evidence(each, wanted)) for each, _ in kept],
        )


class Training:
    """One run of training over examples, with everything random from one seed."""

    def __init__(self, *, seed: int, begin: Path | None = None) -> None:
        self._chance = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        torch.manual_seed(seed)
        body, self._tokenizer = body_and_tokenizer(built_in_folder())
        body.requires_grad_(requires_grad=False)
        for layer in body.encoder.layer[-UPPER_LAYERS:]:
            layer.requires_grad_(requires_grad=True)
        for module in body.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        self.network = Network(body)
        self._body = {f"body.{n}": p.detach().clone() for n, p in body.named_parameters()}
        if begin is not None:
            learned = unpack(load_file(begin), self._body)
            self.network.load_state_dict(learned, strict=False)

    def run(self, chosen: Sequence[Example], *, epochs: float, rate: float) -> None:
        """Train; prints the loss now and then."""
        weight = set_weights((e.collection for e in chosen), power=1)
        order = [e for _ in range(int(epochs) + 1) for e in self._epoch(chosen)]
        order = order[: int(len(order) / (int(epochs) + 1) * epochs)]
        optimizer, schedule = self._optimizer(len(order) // QUESTIONS_A_STEP, rate)
        began, losses = time.time(), []
        for first in range(0, len(order), QUESTIONS_A_STEP):
            step = order[first : first + QUESTIONS_A_STEP]
            each = self._losses(step)
            weights = torch.tensor([min(2.0, weight[example.collection]) for example in step])
            (each @ weights / QUESTIONS_A_STEP).backward()  # type: ignore[no-untyped-call]
            losses.extend(each.tolist())
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            if first % 160 < QUESTIONS_A_STEP:
                recent = np.mean(losses[-400:])
                print(
                    f"{first}/{len(order)}: loss {recent:.3f}, {time.time() - began:.0f} s",
                    flush=True,
                )

    def _epoch(self, chosen: Sequence[Example]) -> list[Example]:
        """Every question once, in random order."""
        return self._chance.sample(chosen, len(chosen))

    def _optimizer(
        self, steps: int, rate: float
    ) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
        named = [(n, p) for n, p in self.network.named_parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for n, p in named if n.startswith("body.")], "lr": rate},
                {"params": [p for n, p in named if not n.startswith("body.")], "lr": 10 * rate},
            ],
            weight_decay=0.01,
        )
        return optimizer, torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1.0, (step + 1) / 20) * max(0.03, 1 - step / max(1, steps))
        )

    def _losses(self, step: Sequence[Example]) -> torch.Tensor:
        """The loss of each example; rows of like length are read together."""
        chosen = [self._candidates(example) for example in step]
        read = [
            row
            for example, numbers in zip(step, chosen, strict=True)
            for row in self._rows(example, numbers)
        ]
        order = sorted(range(len(read)), key=lambda each: len(read[each].tokens))
        parts = [
            order[first : first + ROWS_AT_ONCE] for first in range(0, len(order), ROWS_AT_ONCE)
        ]
        with fast_arithmetic():
            scored = torch.cat([self.network([read[each] for each in part]) for part in parts])
        scores = scored.float()[torch.tensor(order).argsort()]
        ends = np.cumsum([len(numbers) for numbers in chosen])
        return torch.stack(
            [
                _loss(scores[end - len(numbers) : end], [example.labels[n] for n in numbers])
                for example, numbers, end in zip(step, chosen, ends, strict=True)
            ]
        )

    def _candidates(self, example: Example) -> list[int]:
        """Some of the evidence, and the hardest of the other sentences, more or less."""
        evidence = list(np.flatnonzero(example.labels))
        self._chance.shuffle(evidence)
        evidence = evidence[:MOST_EVIDENCE]
        noise = NOISE * self._noise.standard_normal(len(example.values))
        ranked = np.argsort(noise - np.array(example.values))
        others = [n for n in ranked if not example.labels[n]][: CANDIDATES - len(evidence)]
        return [*evidence, *others]

    def _rows(self, example: Example, numbers: Sequence[int]) -> list[Row]:
        return rows(self._tokenizer, example.question, [example.excerpts[n] for n in numbers])

    def report(self, tested: Sequence[Example]) -> None:
        """Print how often the first sentence is evidence, for examples that were left out."""
        self.network.eval()
        for name in dict.fromkeys(e.collection for e in tested):
            hits, before = [], []
            for example in tested:
                if example.collection != name or not any(example.labels):
                    continue
                best = np.argsort(-np.array(example.values))[:READ]
                with torch.inference_mode(), fast_arithmetic():
                    scores = self.network(self._rows(example, list(best))).float().numpy()
                hits.append(example.labels[best[scores.argmax()]])
                before.append(example.labels[best[0]])
            if hits:
                print(
                    f"{name}: Hit@1 {np.mean(hits):.3f} of {len(hits)}, "
                    f"{np.mean(before):.3f} without reading"
                )

    def write(self, path: Path) -> None:
        """What was learned."""
        named = self.network.named_parameters()
        learned = {name: weight.detach() for name, weight in named if weight.requires_grad}
        save_file(pack(learned, self._body, rank=RANK), path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def _loss(scores: torch.Tensor, wanted: Sequence[float]) -> torch.Tensor:
    """Listwise over the sentences and "none of these", and a little for each by itself."""
    labels = torch.tensor(wanted)
    chances = torch.log_softmax(torch.cat([torch.zeros(1), scores]), 0)
    listwise = -(chances[1:] @ labels) / labels.sum() if any(wanted) else -UNANSWERED * chances[0]
    return listwise + 0.1 * torch.nn.functional.binary_cross_entropy_with_logits(scores, labels)


def main() -> None:
    """Train, print figures, and write what was learned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sets", nargs="+", metavar="INDEX:GOLD.jsonl")
    parser.add_argument("--again", action="append", default=[], metavar="INDEX:GOLD.jsonl")
    parser.add_argument("--write", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="a folder: keep what is read there")
    parser.add_argument("--begin", type=Path, help="go on from what an earlier run has written")
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    everything: list[Example] = []
    chance = random.Random(arguments.seed)
    for pair in [*arguments.sets, *arguments.again]:
        folder, gold = map(Path, pair.split(":"))
        found = kept(arguments.cache, folder, gold, examples)
        some = chance.sample(found, len(found) // AGAIN) if pair in arguments.again else found
        everything.extend(some)
        print(f"{gold}: {len(everything)} examples so far", flush=True)
    if not arguments.epochs:
        return
    training = Training(seed=arguments.seed, begin=arguments.begin)
    training.run(
        [e for e in everything if not e.left_out],
        epochs=arguments.epochs,
        rate=arguments.rate,
    )
    training.report([e for e in everything if e.left_out])
    training.write(arguments.write)


if __name__ == "__main__":
    main()
