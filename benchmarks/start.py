"""How soon a first answer is there, beside torch: ``python benchmarks/start.py INDEX``.

Runs ``rag ask`` in a new process, alternately with the converted models and on torch, several
times over. Printed are the medians in seconds, and how many times as soon the converted models
answer: the median over the rounds, and the least and the greatest. Nothing else should run on the
machine meanwhile.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ENGINES = ("openvino", "torch")


def seconds(engine: str, index: Path, question: str) -> float:
    """How long one command takes, from its start to its end."""
    command = [
        sys.executable,
        "-m",
        "rag.app.cli",
        "ask",
        question,
        "--index",
        str(index),
        "--json",
    ]
    began = time.perf_counter()
    subprocess.run(
        command, env={**os.environ, "RAG_ENGINE": engine}, check=True, capture_output=True
    )
    return time.perf_counter() - began


def main() -> None:
    """Measure the two, and print their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--question", default="How many people were detained?")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    times: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    for engine in ENGINES:  # converted, and read from the disk, before anything is measured
        seconds(engine, given.index, given.question)
    for turn in range(given.rounds):
        for engine in ENGINES if turn % 2 else reversed(ENGINES):
            times[engine].append(seconds(engine, given.index, given.question))
    ratios = [slow / fast for fast, slow in zip(times["openvino"], times["torch"], strict=True)]
    for engine in ENGINES:
        print(f"{engine:10} {statistics.median(times[engine]):6.2f} s")
    print(
        f"{statistics.median(ratios):.2f} times as soon "
        f"({min(ratios):.2f} to {max(ratios):.2f} in {given.rounds} rounds)"
    )


if __name__ == "__main__":
    main()
