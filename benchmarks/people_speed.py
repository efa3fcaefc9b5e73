"""How soon people and their words are listed: ``python benchmarks/people_speed.py INDEX``.

``INDEX`` is any index with statements; it is copied and stays as it is. The copy is measured, then
filled until it has so many statements, by publishing its documents again: half of the times with
the same speakers, so that one person has ever more, half of the times with other names, so that
there are ever more people. Nothing is embedded. Printed are, for each size: how long it takes to
tell people apart anew, which every change of the collection ends with; and, over HTTP from
``rag serve`` and for the commands in a process of their own, the median and the worst of several
rounds in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import httpx

from rag.language.folding import fold
from rag.language.person_names import person_name
from rag.schema import Document
from rag.settings import load_settings
from rag.store import Index
from rag.store.catalog.reading import Publication
from rag.store.metadata_overrides import MetadataLayers
from rag.store.protocol import Source

ROOT = Path(__file__).parent.parent
RAG = [sys.executable, "-m", "rag.app.cli"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
ROUNDS = 15
COMMAND_ROUNDS = 3
_A, _Z = ord("a"), ord("z") + 1


def shifted(name: str, by: int) -> str:
    """A name with other letters in its parts; titles and descriptions stay."""
    parts = set(person_name(name).parts)

    def letter(one: str) -> str:
        base = one.lower()
        if not "a" <= base <= "z":
            return one
        other = chr((ord(base) - _A + by) % (_Z - _A) + _A)
        return other.upper() if one.isupper() else other

    return " ".join(
        "".join(map(letter, word)) if fold(word) in parts else word for word in name.split(" ")
    )


def again(document: Document, turn: int) -> Document:
    """A document once more; in odd turns its speakers have other names."""

    def named(name: str) -> str:
        return shifted(name, turn) if turn % 2 else name

    return replace(
        document,
        id=f"{turn:04x}{document.id[4:]}",
        source=f"{turn}/{document.source}",
        speakers=tuple(
            replace(each, name=named(each.name), full_name=named(each.full_name))
            for each in document.speakers
        ),
        statements=tuple(
            replace(each, speaker=named(each.speaker)) for each in document.statements or ()
        ),
    )


def fill(index: Index, wanted: int) -> None:
    """Publish the documents of the index again until it has so many statements."""
    known = [index.document(each.id) for each in index.documents()]
    documents = [each for each in known if each is not None]
    for turn in count(1):
        for document in documents:
            if index.statement_count() >= wanted:
                return
            made = again(document, turn)
            passages = [
                replace(each, id=f"{made.id}{each.id[len(document.id) :]}", document_id=made.id)
                for each in index.passages_of(document.id)
            ]
            source = Source(made.source, f"/{made.source}", "", made.id)
            layers = MetadataLayers(found=made.metadata)
            index.catalog.publish([Publication(made, layers, passages, sources=[source])])


@contextmanager
def serving(folder: Path) -> Iterator[httpx.Client]:
    """``rag serve`` on a free port."""
    with (folder.parent / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [*RAG, "serve", "--port", "0", "--index", str(folder)],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            line = next(line for line in server.stdout if "http://" in line)
            address = "http://" + line.partition("http://")[2].split()[0].rstrip("/.")
            with httpx.Client(base_url=address, timeout=120) as client:
                yield client
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def milliseconds(verb: Callable[[], object], rounds: int) -> str:
    """The median and the worst of what the verb takes."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        verb()
        times.append(1000 * (time.perf_counter() - began))
    return f"{statistics.median(times):8.0f} {max(times):8.0f} ms"


def print_page(client: httpx.Client) -> None:
    """What the People tab asks for, of the one who says most."""

    def get(path: str, **asked: object) -> httpx.Response:
        answer = client.get(f"/people/{path}", params={k: str(v) for k, v in asked.items()})
        answer.raise_for_status()
        return answer

    listed = get("list").json()
    most = listed["people"][0]
    mine = {"person": most["id"]}
    document = get("statements", **mine).json()["document"][-1][1]
    print(f"  {listed['all']:,} people; one says {most['statements']:,}", flush=True)
    asked: dict[str, Callable[[], object]] = {
        "list of people": lambda: get("list"),
        "list, also those described, by name": lambda: get("list", kinds="all", sort="name"),
        "list, searched": lambda: get("list", text="president"),
        "head of one person": lambda: get(f"person/{most['id']}"),
        "statements of one person": lambda: get("statements", **mine),
        "the last of them": lambda: get(
            "statements", **mine, first=max(most["statements"] - 50, 0)
        ),
        "searched": lambda: get("statements", **mine, about="peace"),
        "by date": lambda: get("statements", **mine, **{"from": 2018, "to": 2018}),
        "by document": lambda: get("statements", **mine, document=document),
        "accounts only": lambda: get("statements", **mine, known="accounts"),
        "by a name": lambda: get("statements", speaker=most["name"], about="peace"),
        "everybody's, searched": lambda: get("statements", about="peace"),
    }
    for name, verb in asked.items():
        print(f"  {name:38} {milliseconds(verb, ROUNDS)}", flush=True)


def print_commands(folder: Path, name: str) -> None:
    """What the commands take from start to end, beside one that looks nothing up."""

    def run(*words: str) -> object:
        command = [*RAG, *words, *(() if words == ("--version",) else ("--index", str(folder)))]
        return subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True)

    for words in (
        ("--version",),
        ("people",),
        ("statements", "--speaker", name),
        ("statements", "--speaker", name, "--about", "peace", "--where", "year>=2018"),
        ("statements", "--speaker", name, "--all", "--json"),
    ):
        shown = "rag " + " ".join(f"'{word}'" if " " in word else word for word in words)
        print(f"  {shown[:70]:70} {milliseconds(lambda w=words: run(*w), COMMAND_ROUNDS)}")  # type: ignore[misc]


def measure(folder: Path) -> None:
    """Everything, for an index that is ready."""
    index = Index.open(load_settings(index=folder))
    documents, statements = index.counts()[0], index.statement_count()
    with index.catalog.transaction() as connection:
        connection.execute("INSERT OR IGNORE INTO stale VALUES ('people')")
    began = time.perf_counter()
    index.catalog.tell_people_apart()
    took = time.perf_counter() - began
    print(
        f"{statements:,} statements in {documents:,} documents: people told apart in {took:.1f} s"
    )
    name = index.people(count=1).people[0].name
    index.close()
    with serving(folder) as client:
        print_page(client)
    print_commands(folder, name)


def main() -> None:
    """Copy, measure, fill, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--statements", type=int, nargs="*", default=[100_000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "index"
        shutil.copytree(given.index, folder)
        measure(folder)
        for wanted in given.statements:
            index = Index.open(load_settings(index=folder))
            fill(index, wanted)
            index.close()
            measure(folder)


if __name__ == "__main__":
    main()
