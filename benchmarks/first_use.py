"""Whether the first use by several threads hangs: ``python benchmarks/first_use.py [INDEX]``.

Starts many processes, two at a time, in which four threads run a small network for the first time,
as :mod:`tests.test_first_use` does; and, with an index, many that ask it a question while their
models are loaded in the background. Printed is how many hung or failed, and the stacks of one.
``--without`` leaves out what prevents it, to see how often it would happen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from first_use_support import ASK, FIRST_RUN, failures, save_network

_WITHOUT = """
from rag.models.inference import runtime
runtime._rehearse = lambda core: None
"""


def tell(
    name: str, program: str, given: Sequence[object], *, says: str, count: int, seconds: float
) -> None:
    """Run it so often, and print what came of it."""
    began = time.perf_counter()
    hung = failures(program, given, processes=count, seconds=seconds, says=says)
    print(f"{name}: {len(hung)} of {count} failed, in {time.perf_counter() - began:.0f} s")
    if hung:
        print(hung[0])


def main() -> None:
    """Run the processes, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path, nargs="?")
    parser.add_argument("--question", default="How many people were displaced?")
    parser.add_argument("--processes", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=60, help="after which one counts as hung")
    parser.add_argument("--without", action="store_true")
    given = parser.parse_args()
    first = _WITHOUT if given.without else ""
    often = {"count": given.processes, "seconds": given.seconds}
    with tempfile.TemporaryDirectory() as folder:
        network = save_network(Path(folder) / "network.xml")
        tell("first runs", first + FIRST_RUN, [network], says="4 threads are done", **often)
    if given.index is not None:
        asked = [given.question, given.index]
        tell("rag ask", first + ASK, asked, says='"answer"', **often)


if __name__ == "__main__":
    main()
