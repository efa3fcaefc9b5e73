"""What happens when things go wrong: ``python benchmarks/faults.py [kills|damaged|both|grammar]``.

*kills*: an ingestion of sixty documents is killed at random moments; after each, a reader must see
whole documents only, and the next run must come to the same index as one that was not disturbed,
without doing again what was done. *damaged*: two hundred damaged and hostile files must each be
read or named with a reason, within the limits of time and memory. *grammar*: files made by a
grammar are added on a page, one after another; each must be read or named with a reason, and
somebody else's question be answered within two seconds meanwhile, or, on a machine that is slow
without that, within four times what it takes then. The last line is the summary.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from reportlab.pdfgen.canvas import Canvas

from rag.ingest.pipeline import ingest
from rag.settings import load_settings
from rag.store import Index

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from damaged import made_by_grammar
from soak import Server, Told, User

ROOT = Path(__file__).parent.parent
# The model and the libraries take some 700 MB, the longest text that is cut twice as much.
_OWN_MEGABYTES = 3000

QUERIES = ("prison cells", "newspapers closed", "vote", "lawyers and clients", "case")
SENTENCES = (
    "Inspectors said that cells in Baku were overcrowded and cold.",
    "Two newspapers in Addis Ababa were closed, and a radio station was fined.",
    "Observers called the vote in Tbilisi calm, with few complaints.",
    "Lawyers waited eleven hours before they could see their clients.",
    "The ministry did not answer questions about the detainees of that year.",
)

# Small batches, so that there are many moments at which something is half done.
INGEST = """
import sys
from pathlib import Path
import rag.ingest.publish as publish
from rag.ingest.pipeline import ingest
from rag.settings import load_settings
from rag.store import Index
publish.BATCH_PASSAGES = 12
settings = load_settings(index=Path(sys.argv[1]))
index = Index.open(settings, create=True)
index.embedding.embed_passages(["warm"])
print("ready", flush=True)
ingest(index, [Path(sys.argv[2])], settings=settings)
print("done", flush=True)
"""

DAMAGED = """
import json, resource, sys, time
from pathlib import Path
from rag.ingest.pipeline import ingest
from rag.settings import load_settings
from rag.store import Index
settings = load_settings(index=Path(sys.argv[1]), **json.loads(sys.argv[3]))
index = Index.open(settings, create=True)
began = time.monotonic()
longest, last = 0.0, began
def watch(_):
    global longest, last
    now = time.monotonic()
    longest, last = max(longest, now - last), now
result = ingest(index, [Path(sys.argv[2])], settings=settings, on_progress=watch)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({
    "seconds": time.monotonic() - began,
    "longest_pause": longest,
    "children_megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6,
    "own_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6,
    "read": [*result.added, *result.updated, *result.duplicates],
    "failed": {each.source: each.error for each in result.failed},
}))
"""


@dataclass
class Verdict:
    """What was tried, and what went wrong."""

    tried: int = 0
    problems: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The summary."""
        told = ", ".join(f"{name} {value:.0f}" for name, value in self.figures.items())
        return f"{self.tried} tried, {len(self.problems)} wrong ({told})"


# Killed at any moment.


def make_documents(folder: Path, *, count: int, seed: int) -> None:
    """Documents of four formats, the same for the same seed."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    for number in range(count):
        paragraphs = [
            " ".join(f"{chance.choice(SENTENCES)[:-1]}, case {number}-{each}." for each in range(3))
            for _ in range(chance.randrange(1, 4))
        ]
        path = folder / f"{number:02}{('.txt', '.md', '.html', '.pdf')[number % 4]}"
        match path.suffix:
            case ".md":
                path.write_text(f"# Report {number}\n\n" + "\n\n".join(paragraphs), "utf-8")
            case ".html":
                body = "".join(f"<p>{each}</p>" for each in paragraphs)
                path.write_text(f"<title>Report {number}</title><body>{body}</body>", "utf-8")
            case ".pdf":
                _write_pdf(path, paragraphs)
            case _:
                path.write_text(f"Report {number}\n\n" + "\n\n".join(paragraphs), "utf-8")
    (folder / "metadata.csv").write_text("file,country\n00.txt,Ethiopia\n01.md,Armenia\n", "utf-8")


def _write_pdf(path: Path, paragraphs: list[str]) -> None:
    canvas = Canvas(str(path), invariant=1)
    for paragraph in paragraphs:
        for line, start in enumerate(range(0, len(paragraph), 80)):
            canvas.drawString(72, 720 - 14 * line, paragraph[start : start + 80])
        canvas.showPage()
    canvas.save()


def start_ingestion(index: Path, folder: Path) -> subprocess.Popen[str]:
    """A process that has loaded the model and begins to ingest."""
    process = subprocess.Popen(
        [sys.executable, "-c", INGEST, index, folder],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@contextmanager
def opened(folder: Path) -> Iterator[Index]:
    """The index in a folder."""
    index = Index.open(load_settings(index=folder))
    try:
        yield index
    finally:
        index.close()


Documents = dict[str, tuple[Any, ...]]


def documents_of(index: Index) -> Documents:
    """All that the catalog says of each document, but for when it was added."""
    found: Documents = {}
    for each in index.documents():
        document = index.document(each.id)
        found[each.source] = (document, tuple(index.passages_of(each.id)))
    return found


def differences(index: Index, expected: Index) -> list[str]:
    """In what an index differs from the one it should be equal to."""
    wrong: list[str] = []
    documents, others = documents_of(index), documents_of(expected)
    if documents != others:
        odd = [each for each in {**documents, **others} if documents.get(each) != others.get(each)]
        wrong.append(f"documents differ: {odd[:5]}")
    known = {passage.id for _, passages in others.values() for passage in passages}
    for name, ids in (
        ("vectors", index.vectors.passage_ids()),
        ("words", set(index.lexical.passage_counts())),
    ):
        if ids != known:
            wrong.append(f"{name}: {len(ids - known)} too many, {len(known - ids)} missing")
    if index.unfinished():
        wrong.append("something is left unfinished")
    for query in QUERIES:
        ours, theirs = index.words(query, count=10_000), expected.words(query, count=10_000)
        if {each for each, _ in ours} != {each for each, _ in theirs}:
            wrong.append(f"other hits for {query!r}")
    return wrong + _vector_differences(index, expected)


def _vector_differences(index: Index, expected: Index) -> list[str]:
    wrong = []
    for each in expected.documents():
        theirs = expected.vectors_of(each.id)
        ours = index.vectors_of(each.id)
        found = index.vectors.vectors(list(theirs))
        for passage_id, vector in theirs.items():
            near = found.get(passage_id, np.zeros_like(vector))
            # In another batch the same text has a vector that differs in its last digits.
            if passage_id not in ours or float(np.dot(ours[passage_id], vector)) < 0.999:
                wrong.append(f"{passage_id}: another vector in the catalog")
            elif float(np.dot(near, vector)) < 0.999:
                wrong.append(f"{passage_id}: another vector to search by")
    return wrong[:5]


def half_visible(index: Index, expected: Documents) -> list[str]:
    """Documents that a reader sees, but not as they should be."""
    seen = documents_of(index)
    return [f"{source} is visible in part" for source in seen if seen[source] != expected[source]]


def kills(folder: Path, *, moments: int, documents: int, seed: int) -> Verdict:
    """Kill an ingestion at ``moments`` random moments, each of a new index."""
    verdict = Verdict()
    chance = random.Random(seed)
    make_documents(folder / "documents", count=documents, seed=seed)
    began = time.monotonic()
    process = start_ingestion(folder / "undisturbed", folder / "documents")
    began = time.monotonic()
    process.communicate()
    seconds = time.monotonic() - began
    with opened(folder / "undisturbed") as undisturbed:
        expected = documents_of(undisturbed)
        assert len(expected) == documents
        for _ in range(moments):
            verdict.tried += 1
            moment = chance.uniform(0, seconds)
            place = folder / f"killed-{verdict.tried}"
            for problem in _kill_once(place, folder / "documents", moment, undisturbed, expected):
                verdict.problems.append(f"killed after {moment:.3f} s: {problem}")
            shutil.rmtree(place, ignore_errors=True)
    verdict.figures = {"documents": documents, "seconds undisturbed": seconds}
    return verdict


def _kill_once(
    place: Path, documents: Path, moment: float, undisturbed: Index, expected: Documents
) -> list[str]:
    process = start_ingestion(place, documents)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with opened(place) as index:
        done = sorted(each.source for each in index.documents())
        problems = half_visible(index, expected)
        index.embedding = undisturbed.embedding  # which is loaded already
        again = ingest(index, [documents], settings=load_settings(index=place))
        if again.unchanged != done or len(again.added) != len(expected) - len(done):
            problems.append(f"{len(done)} were done, but then {len(again.added)} were added")
        return problems + differences(index, undisturbed)


# Damaged files.


def damaged(folder: Path, *, count: int, seed: int, line_megabytes: int) -> Verdict:
    """Ingest damaged files in a process of its own, and look at what became of each."""
    verdict = Verdict()
    files, outside = folder / "files", folder / "outside"
    numbers = ("--count", count, "--seed", seed, "--line-megabytes", line_megabytes)
    script = [sys.executable, str(ROOT / "tests" / "damaged.py"), str(files), *map(str, numbers)]
    subprocess.run(script, check=True)
    outside.mkdir()
    before = _paths(folder)
    limits = {"read_seconds": 60, "read_megabytes": 2000}
    process = subprocess.run(
        [sys.executable, "-c", DAMAGED, folder / "index", files, json.dumps(limits)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(outside)},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode or process.stderr:
        verdict.problems.append(process.stderr[-2000:] or f"exit status {process.returncode}")
        return verdict
    told = json.loads(process.stdout)
    verdict.tried = len(_expected_sources(files))
    verdict.problems += _unaccounted(files, told)
    if after := _paths(folder) - before:
        verdict.problems.append(f"files outside the index: {sorted(after)[:5]}")
    if told["children_megabytes"] > limits["read_megabytes"] + 200:
        verdict.problems.append(f"a process took {told['children_megabytes']:.0f} MB")
    if told["own_megabytes"] > _OWN_MEGABYTES:
        verdict.problems.append(f"the main process took {told['own_megabytes']:.0f} MB")
    if told["longest_pause"] > limits["read_seconds"] + 30:
        verdict.problems.append(f"nothing happened for {told['longest_pause']:.0f} s")
    verdict.figures = {
        "read": len(told["read"]),
        "failed": len(told["failed"]),
        "seconds": told["seconds"],
        "MB of a reading process": told["children_megabytes"],
        "MB of the main one": told["own_megabytes"],
    }
    return verdict


def grammar(folder: Path, *, count: int, seed: int) -> Verdict:
    """Add files made by a grammar on a page, and ask it questions meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    verdict, told = Verdict(), Told()
    server, ended = Server(folder), threading.Event()
    idle: list[float] = []
    busy: list[float] = []
    states: Counter[str] = Counter()
    slowest = 0.0
    try:
        asking, adding = User(1, server, told, seed), User(2, server, told, seed)
        with httpx.Client(base_url=server.address, timeout=300) as client:
            adding.upload(client, "reports.txt", "\n\n".join(SENTENCES * 20).encode())
            idle += [asking.ask_once() for _ in range(6)]
            thread = threading.Thread(target=_ask_until, args=(asking, ended, busy))
            thread.start()
            files = made_by_grammar(random.Random(seed))
            for name, content in (next(files) for _ in range(count)):
                began = time.monotonic()
                states[str(adding.upload(client, name, content))] += 1
                slowest = max(slowest, time.monotonic() - began)
            ended.set()
            thread.join()
    finally:
        ended.set()
        server.stop()
    verdict.tried = sum(states.values())
    usual = sorted(idle[1:])[len(idle[1:]) // 2]  # the first loads the models
    verdict.problems += told.problems
    if (worst := max(busy, default=0.0)) > max(2.0, 4 * usual):
        verdict.problems.append(f"a question took {worst:.1f} s, without the files {usual:.1f} s")
    verdict.figures = {
        **{str(state): number for state, number in states.items()},
        "seconds of the slowest file": slowest,
        "questions meanwhile": len(busy),
        "ms of a question without files": 1000 * usual,
        "ms of one meanwhile": 1000 * sorted(busy)[len(busy) // 2] if busy else 0,
        "ms of the slowest": 1000 * worst,
    }
    return verdict


def _ask_until(user: User, ended: threading.Event, seconds: list[float]) -> None:
    while not ended.wait(0.5):
        seconds.append(user.ask_once())


def _paths(folder: Path) -> set[str]:
    """All files below a folder but those of the index."""
    return {
        str(path)
        for path in folder.rglob("*")
        if not path.is_relative_to(folder / "index") and path.is_file()
    }


def _expected_sources(files: Path) -> list[str]:
    """The files that must be accounted for; folders and what leads to them are none."""
    return sorted(
        path.relative_to(files).as_posix()
        for path in files.rglob("*")
        if not path.is_dir() and path.name != "metadata.csv"
    )


def _unaccounted(files: Path, told: dict[str, Any]) -> list[str]:
    failed: dict[str, str] = told["failed"]
    accounted = [*told["read"], *failed]
    problems = [
        f"{source!r} is not accounted for"
        for source in _expected_sources(files)
        if source not in accounted
        and not any(each.startswith(source + "/") for each in accounted)
        and not source.endswith("empty.zip")
    ]
    for source, reason in failed.items():
        if not reason or not reason.isprintable() or "Traceback" in reason:
            problems.append(f"{source!r} has no reason of one line: {reason!r}")
    return problems


def main() -> None:
    """Try what was asked for, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what", choices=("kills", "damaged", "both", "grammar"), nargs="?", default="both"
    )
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--grammar", type=int, default=60, help="files made by the grammar")
    parser.add_argument("--line-megabytes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    verdicts: dict[str, Verdict] = {}
    with tempfile.TemporaryDirectory(prefix="footnote-faults-") as name:
        if given.what in ("kills", "both"):
            verdicts["kills"] = kills(
                Path(name) / "kills",
                moments=given.moments,
                documents=given.documents,
                seed=given.seed,
            )
        if given.what in ("damaged", "both"):
            place = Path(name) / "damaged"
            place.mkdir()
            verdicts["damaged"] = damaged(
                place, count=given.count, seed=given.seed, line_megabytes=given.line_megabytes
            )
        if given.what == "grammar":
            place = Path(name) / "grammar"
            verdicts["grammar"] = grammar(place, count=given.grammar, seed=given.seed)
    for name, verdict in verdicts.items():
        for problem in verdict.problems:
            print(f"{name}: {problem}")
    print("; ".join(f"{name}: {verdict.line}" for name, verdict in verdicts.items()))
    sys.exit(any(verdict.problems for verdict in verdicts.values()))


if __name__ == "__main__":
    main()
