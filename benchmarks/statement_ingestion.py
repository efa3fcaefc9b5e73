"""What the index of statements costs: ``python benchmarks/statement_ingestion.py FOLDER``.

The first files of the folder are taken into a new index, with the index of statements and without
(the parser's model switched off, as on a machine that does not have it), alternately and several
times over, each time in a process of its own. Printed are the medians in seconds and their ratio,
with the ratios of the rounds: other work of the machine moves both alike.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
_INGEST = """
import sys, time
from pathlib import Path
from rag.ingest.pipeline import ingest
from rag.models.parser import use_parser
from rag.settings import load_settings
from rag.store import Index

folder, made, parsed = sys.argv[1:]
if parsed == "without":
    use_parser(None)
settings = load_settings(index=Path(made))
index = Index.open(settings, create=True)
index.embedding.embed_passages(["loaded before it is measured"])
began = time.perf_counter()
done = ingest(index, [Path(folder)], settings=settings)
took = time.perf_counter() - began
assert not done.failed, done.failed
print(took, index.statement_count())
"""


def measured(folder: Path, how: str) -> tuple[float, int]:
    """Seconds of one ingestion into a new index, and how many statements that has."""
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-c", _INGEST, str(folder), f"{made}/index", how]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    seconds, statements = told.stdout.split()[-2:]
    return float(seconds), int(statements)


def main() -> None:
    """Measure, and print a line for each round and one for all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    times: dict[str, list[float]] = {"with": [], "without": []}
    with tempfile.TemporaryDirectory() as chosen:
        for path in sorted(given.folder.glob("*.txt"))[: given.files]:
            shutil.copy(path, chosen)
        sidecar = given.folder / "metadata.csv"
        if sidecar.exists():
            shutil.copy(sidecar, chosen)
        for number in range(given.rounds):
            for how, taken in sorted(times.items(), reverse=bool(number % 2)):
                seconds, statements = measured(Path(chosen), how)
                taken.append(seconds)
                print(f"{how:8} {seconds:6.1f} s, {statements:,} statements", flush=True)
    ratios = [one / other for one, other in zip(times["with"], times["without"], strict=True)]
    one, other = (statistics.median(each) for each in times.values())
    print(f"with {one:.1f} s, without {other:.1f} s: ×{one / other:.2f}", end=" ")
    print(f"(rounds {', '.join(f'{each:.2f}' for each in ratios)})")


if __name__ == "__main__":
    main()
