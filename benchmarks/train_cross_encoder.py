"""Train the upper two layers of the cross-encoder, and the head that scores sentences.

    python benchmarks/train_cross_encoder.py DATA WORK [--without GROUP] --write learned.safetensors

DATA is the folder of public question sets, WORK one for indices. What is below the trained layers
does not change, so its states are computed once for every passage. For each question the model
reads a passage that holds evidence and one that does not, of the three retrieved first; the loss is
listwise over all sentences of both and "none of these", whose score is 0 (ListNet: Cao et al.
2007). Questions without an answer serve as they are. The questions about one document in six are
not trained on: `leave_one_out.py` fits the confidence to them.
"""

from __future__ import annotations

import argparse
import copy
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch
from question_sets import SETS, TRAINED_ON, WRITTEN, QuestionSet, is_held_out, open_index, questions
from safetensors.torch import save_file
from torch import Tensor, nn

from rag.answer import Chatbot
from rag.answer.rank import passage_text
from rag.evaluation.measures import Place
from rag.models.cross_encoder.model import LONGEST, batch_inputs, rows
from rag.models.cross_encoder.network import FIRST_CHANGED, LAYERS, ReadingNetwork, pack
from rag.models.embedding.torch_model import fast_arithmetic
from rag.models.inference.model_cache import Options
from rag.models.registry import CROSS_ENCODER
from rag.models.tokenizer import Tokenizer
from rag.schema import Hit, Passage
from rag.settings import load_settings

PASSAGES: Final = 3
EPOCHS: Final = 1.0
QUESTIONS_A_STEP: Final = 8
RATE: Final = 5e-5
HEAD_RATE: Final = 1e-3
DECAY: Final = 0.01
WARM_UP: Final = 30  # steps
RANK: Final = 96
SEED: Final = 0


@dataclass(frozen=True)
class Read:
    """A passage as the lower layers leave it, and which of its sentences are evidence."""

    states: Tensor
    sentences: tuple[tuple[int, int], ...]
    evidence: tuple[bool, ...]


@dataclass(frozen=True)
class Example:
    """A question's passages, and what it weighs."""

    passages: tuple[Read, ...]
    weight: float


def is_evidence(place: Place, passage: Passage, start: int, end: int) -> bool:
    """Whether more than half of a sentence is part of a gold quote."""
    if place.document_id != passage.document_id or place.start is None or place.end is None:
        return False
    return 2 * (min(place.end, end) - max(place.start, start)) > end - start


def evidence_of(hit: Hit, wanted: Sequence[Place]) -> tuple[bool, ...]:
    """Which sentences of a hit are evidence."""
    return tuple(
        any(is_evidence(place, hit.passage, start, end) for place in wanted)
        for start, end in hit.passage.sentences
    )


class Lower:
    """The layers that are not trained."""

    def __init__(self) -> None:
        folder = CROSS_ENCODER.checked_folder(Options.of().cache)
        self.network = ReadingNetwork(folder).eval()
        self.tokenizer = Tokenizer.of_folder(folder, longest=LONGEST)

    def read(self, question: str, hits: Sequence[Hit], wanted: Sequence[Place]) -> tuple[Read, ...]:
        """The passages of a question."""
        read = rows(self.tokenizer, question, [passage_text(hit) for hit in hits])
        arrays = {name: torch.from_numpy(each) for name, each in batch_inputs(read).items()}
        with torch.inference_mode(), fast_arithmetic():
            states = self.network(**arrays)[:, :, : self.network.width].half()
        return tuple(
            Read(states[number, : len(row.tokens)].clone(), row.sentences, evidence_of(hit, wanted))
            for number, (row, hit) in enumerate(zip(read, hits, strict=True))
        )


def examples(one: QuestionSet, lower: Lower, data: Path, work: Path) -> list[Example]:
    """Those questions of a set of which the evidence, if there is any, was retrieved."""
    index = open_index(one, data, work)
    chatbot = Chatbot(index, load_settings())
    found = []
    for question, wanted in questions(one, index, data):
        query = chatbot.understand(question.question, question.messages)
        hits = chatbot.retrieve(query).hits[:PASSAGES]
        about = next((each.document_id for each in wanted if each.document_id), None)
        about = about or (hits[0].passage.document_id if hits else "")
        if not hits or is_held_out(about):
            continue
        read = lower.read(query.reading, hits, wanted)
        if question.answerable <= any(any(each.evidence) for each in read):
            found.append(read)
    index.close()
    print(f"{one.name}: {len(found)} questions", flush=True)
    return [Example(each, 1 / math.sqrt(len(found))) for each in found]


class Upper(nn.Module):
    """The layers that are trained, and the head."""

    def __init__(self, network: ReadingNetwork) -> None:
        super().__init__()
        layers = network.body.encoder.layer[FIRST_CHANGED:LAYERS]
        self.layers = nn.ModuleList(copy.deepcopy(each) for each in layers)
        self.head = nn.Linear(2 * network.width, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, -3.0)

    def forward(self, passages: Sequence[Read]) -> Tensor:
        """The log-odds of all sentences of some passages, in order."""
        longest = max(len(each.states) for each in passages)
        before = torch.zeros(len(passages), longest, passages[0].states.shape[1])
        hidden = torch.full((len(passages), 1, 1, longest), -1e4)
        for number, each in enumerate(passages):
            before[number, : len(each.states)] = each.states.float()
            hidden[number, :, :, : len(each.states)] = 0
        after = before
        with torch.autocast("cpu", torch.bfloat16):
            for layer in self.layers:
                output = layer(after, attention_mask=hidden)
                after = output[0] if isinstance(output, tuple) else output
        states = torch.cat([before, after.float()], dim=-1)
        means = torch.stack(
            [
                states[number, first : max(end, first + 1)].mean(0)
                for number, each in enumerate(passages)
                for first, end in each.sentences
            ]
        )
        standard = (means - means.mean(1, keepdim=True)) / (means.std(1, keepdim=True) + 1e-6)
        return cast("Tensor", self.head(standard)[:, 0])


def loss(upper: Upper, step: Sequence[Example], chance: random.Random, mean: float) -> Tensor:
    """The weighted listwise loss of some questions."""
    drawn = [_two(each.passages, chance) for each in step]
    values = upper([passage for each in drawn for passage in each]).clamp(-30, 30)
    parts = values.split([sum(len(one.sentences) for one in each) for each in drawn])
    total = torch.zeros(())
    for example, passages, scores in zip(step, drawn, parts, strict=True):
        evidence = torch.tensor([each for one in passages for each in one.evidence])
        told = scores[evidence].mean() if evidence.any() else torch.zeros(())
        every = torch.logsumexp(torch.cat([scores, torch.zeros(1)]), 0)
        total = total + example.weight / mean * (every - told)
    return total / len(step)


def _two(passages: Sequence[Read], chance: random.Random) -> list[Read]:
    """Of the passages up to two with evidence and one other, or the first two without any."""
    holding = [each for each in passages if any(each.evidence)]
    others = [each for each in passages if not any(each.evidence)]
    if not holding:
        return list(passages[:2])
    chance.shuffle(others)
    return [*holding[:2], *others][:2]


def train(upper: Upper, material: Sequence[Example]) -> None:
    """Train in place; the rates rise for a few steps and then fall to 0."""
    chance = random.Random(SEED)
    mean = float(np.mean([each.weight for each in material]))
    optimizer = torch.optim.AdamW(
        [
            {"params": upper.layers.parameters(), "lr": RATE},
            {"params": upper.head.parameters(), "lr": HEAD_RATE},
        ],
        weight_decay=DECAY,
    )
    steps = int(EPOCHS * len(material) / QUESTIONS_A_STEP)
    rates = [group["lr"] for group in optimizer.param_groups]
    upper.train()
    for number, step in zip(range(steps), _drawn(material, chance), strict=False):
        share = min(1.0, (number + 1) / WARM_UP) * (1 - number / steps)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = share * rate
        value = loss(upper, step, chance, mean)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        optimizer.step()
        if number % 50 == 0:
            print(f"step {number} of {steps}: loss {float(value):.3f}", flush=True)


def _drawn(material: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    """All of the material in a new order, again and again, some at a time."""
    while True:
        order = chance.sample(range(len(material)), len(material))
        for first in range(0, len(order) - QUESTIONS_A_STEP + 1, QUESTIONS_A_STEP):
            yield [material[each] for each in order[first : first + QUESTIONS_A_STEP]]


def learned(upper: Upper, network: ReadingNetwork) -> dict[str, Tensor]:
    """What was learned, packed."""
    found = {f"head.{name}": each.detach() for name, each in upper.head.named_parameters()}
    for number, layer in enumerate(upper.layers, start=FIRST_CHANGED):
        for name, weight in layer.named_parameters():
            found[f"encoder.layer.{number}.{name}"] = weight.detach()
    body = {name: each.detach() for name, each in network.body.named_parameters()}
    return pack(found, body, rank=RANK)


def write(file: Path, data: Path, work: Path, *, without: str | None) -> None:
    """Train on all groups of sets but one, and write what was learned."""
    torch.manual_seed(SEED)
    lower = Lower()
    used = [each for each in (*SETS, *WRITTEN, *TRAINED_ON) if each.group not in (None, without)]
    material = [each for one in used for each in examples(one, lower, data, work)]
    upper = Upper(lower.network)
    train(upper, material)
    save_file(learned(upper, lower.network), file)


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--without", help="a group of sets that is left out")
    parser.add_argument("--write", type=Path, required=True)
    given = parser.parse_args()
    write(given.write, given.data, given.work, without=given.without)


if __name__ == "__main__":
    main()
