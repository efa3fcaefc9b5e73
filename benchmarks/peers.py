"""The program beside its peers: ``python benchmarks/peers.py CORPUS [--gold GOLD.jsonl]``.

Needs ``pip install -c constraints.txt -e '.[peers]'``. Every system takes the same folder in, with
the same embedding model, in a process of its own, one after the other and several times over.
Printed are medians over the rounds and, with the least and the greatest, how they relate to the
program's in the same round: more than 1 says that the program is that many times as fast, or as
small.

``R@5`` is the share of gold quotations that stand in the first five hits, with whichever amount of
text these are (``text``, in characters, tells); ``nDCG@10`` judges the ranking of the files.
Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ir_measures
from ir_measures import Qrel, ScoredDoc, nDCG
from peer_systems import SYSTEMS, Found, System

from rag.evaluation.gold import GoldQuestion, read_gold

COUNT = 10
WARMING = 3  # questions before those that are timed
OURS = "Footnote"
LESS_IS_BETTER = ("ingest s", "p50 ms", "p95 ms", "memory MB", "disk MB")
QUALITY = ("R@5", "R@10", "nDCG@10", "text")

Figures = Mapping[str, float]


# One system, in a process of its own ------------------------------------------------------------


def measure(name: str, corpus: Path, gold: Sequence[GoldQuestion]) -> dict[str, float]:
    """Take the corpus in and ask the questions."""
    system = SYSTEMS[name]()
    system.warm()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        system.ingest(corpus, Path(folder))
        figures = {"ingest s": time.perf_counter() - began}
        figures["disk MB"] = sum(f.stat().st_size for f in Path(folder).rglob("*")) / 1e6
        if gold:
            figures |= ask(system, gold)
    # The program reads files in processes of their own; theirs is the greatest of one.
    peaks = [resource.getrusage(who).ru_maxrss for who in _PROCESSES]
    return figures | {"memory MB": sum(peaks) / 1e3}


_PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def ask(system: System, gold: Sequence[GoldQuestion]) -> dict[str, float]:
    """How long each question takes, and how good the hits are."""
    for question in gold[:WARMING]:
        system.search(question.question, question.messages, COUNT)
    times, hits = [], []
    for question in gold:
        began = time.perf_counter()
        hits.append(system.search(question.question, question.messages, COUNT))
        times.append(1000 * (time.perf_counter() - began))
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    return {"p50 ms": cuts[9], "p95 ms": cuts[18]} | quality(gold, hits)


def quality(gold: Sequence[GoldQuestion], hits: Sequence[Sequence[Found]]) -> dict[str, float]:
    """Means over the questions that have evidence."""
    judged = [(one, found) for one, found in zip(gold, hits, strict=True) if one.evidence]
    if not judged:
        return {}
    qrels = [
        Qrel(one.id, source, 1)
        for one, _ in judged
        for source in sorted({item.source for item in one.evidence})
    ]
    run = [
        ScoredDoc(one.id, source, -rank)
        for one, found in judged
        for rank, source in enumerate(dict.fromkeys(each.source for each in found))
    ]
    (ranking,) = ir_measures.calc_aggregate([nDCG @ COUNT], qrels, run).values()
    return {
        "R@5": statistics.mean(recall(one, found[:5]) for one, found in judged),
        "R@10": statistics.mean(recall(one, found) for one, found in judged),
        "nDCG@10": ranking,
        "text": statistics.median(sum(len(each.text) for each in f[:5]) for _, f in judged),
    }


def recall(question: GoldQuestion, found: Sequence[Found]) -> float:
    """The share of the evidence that stands in the hits; without a quotation, of its files."""
    texts = [(each.source, _squeezed(each.text)) for each in found]
    stands = [
        any(source == item.source and _squeezed(item.quote or "") in text for source, text in texts)
        for item in question.evidence
    ]
    return sum(stands) / len(stands)


def _squeezed(text: str) -> str:
    return "".join(text.split())


# All of them ---------------------------------------------------------------------------------


def figures_of(name: str, given: argparse.Namespace) -> dict[str, float]:
    """Measure one system in a new process."""
    command = [sys.executable, __file__, str(given.corpus), "--only", name]
    command += ["--questions", str(given.questions)]
    command += ["--gold", str(given.gold)] if given.gold else []
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=_environment())
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}


def print_table(rounds: Sequence[Mapping[str, Figures]]) -> None:
    """A line for each system, and one with its ratios to the program."""
    columns = [each for each in (*LESS_IS_BETTER, *QUALITY) if each in rounds[0][OURS]]
    print("".join([f"{'':26}", *(f"{each:>20}" for each in columns)]))
    for name in rounds[0]:
        medians = [statistics.median(each[name][column] for each in rounds) for column in columns]
        print(f"{name:26}" + "".join(f"{median:20.3f}" for median in medians))
        if name == OURS:
            continue
        cells = []
        for column in columns:
            ratios = [each[name][column] / each[OURS][column] for each in rounds]
            spread = f"×{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
            cells.append(spread if column in LESS_IS_BETTER else "")
        print(f"{'':26}" + "".join(f"{cell:>20}" for cell in cells))


def main() -> None:
    """Measure one system, or all and compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--questions", type=int, default=300, help="at most so many")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--json", type=Path, help="write the figures of all rounds here")
    parser.add_argument("--only", choices=SYSTEMS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        gold = read_gold(given.gold) if given.gold else []
        chosen = gold[:: max(1, -(-len(gold) // given.questions))]
        print(json.dumps(measure(given.only, given.corpus, chosen)))
        return
    rounds: list[dict[str, Any]] = []
    for turn in range(given.rounds):
        # Who goes first changes, in case the machine slows down meanwhile.
        order = given.systems if turn % 2 == 0 else list(reversed(given.systems))
        found = {name: figures_of(name, given) for name in order}
        rounds.append({name: found[name] for name in given.systems})
        print(f"round {turn + 1} of {given.rounds}", file=sys.stderr)
    if given.json:
        given.json.write_text(json.dumps(rounds, indent=1), "utf-8")
    print_table(rounds)


if __name__ == "__main__":
    main()
