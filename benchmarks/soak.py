"""Everything at once, for long: ``python benchmarks/soak.py [--minutes 30] [--users 10]``.

Serves a page on this machine and lets users do to it what users do: ask, search, look up, add,
correct, export and remove, with hostile files among what they add, all from a seeded script. Now
and then the server is killed (kill -9) and started again. What must hold: every error is in words;
the server's memory is flat after warm-up; what was added and not removed is there, also after a
kill, or its job was told to have failed; 'rag doctor' finds nothing at the end. The last line is
the summary; the exit status says whether all of it held.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from damaged import made_by_grammar, prose, readable

ROOT = Path(__file__).parent.parent
EDITOR = {"x-footnote": "library"}
QUESTIONS = (
    "What did inspectors say about cells in Baku?",
    "Which newspapers were closed?",
    "How was the vote in Tbilisi?",
    "How long did lawyers wait?",
    "Who landed on the moon?",
)
_WARM_UP = 0.4  # of the time, after which memory must be flat
_FLAT = 1.25  # times what it was after warm-up, at most
_SPARE_MEGABYTES = 150  # beyond that: Python and its libraries give memory back late
_SECONDS = 120  # longest that a request may take, on a machine that does other things too
_HOSTILE_SECONDS = 480  # what is made to be slow has its 300 s of reading, and its turn


Json = dict[str, Any]


@dataclass
class Told:
    """What the users have seen. Safe between threads where it says so."""

    done: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)  # source -> words that stand in it
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wrong(self, words: str) -> None:
        """Note a problem, of which each kind is told a few times only."""
        with self.lock:
            self.problems.append(words)


class Server:
    """``rag serve`` on a free port, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = (folder / "server.log").open("ab")
        self.restarts = 0
        self.is_up = False
        self.start()

    def start(self) -> None:
        """Start it, and wait until it tells its address."""
        command = [sys.executable, "-m", "rag.app.cli", "serve", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--index", str(self._folder / "index")],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "http://" in line:
                self.address = "http://" + line.partition("http://")[2].split()[0].rstrip("/.")
                self.is_up = True
                return
        raise SystemExit(f"the server does not start: see {self._folder / 'server.log'}")

    def kill(self) -> None:
        """Kill it with no time to clear up, and start it again."""
        self.is_up = False
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.restarts += 1
        self.start()

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self._log.close()

    def megabytes(self) -> float:
        """Resident memory of the server and of all that it started."""
        children: dict[int, list[int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(path.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(path.parent.name))
        waiting, total = [self.process.pid], 0
        while waiting:
            process = waiting.pop()
            waiting += children.get(process, [])
            try:
                status = Path(f"/proc/{process}/statm").read_text("ascii").split()
            except OSError:
                continue
            total += int(status[1]) * os.sysconf("SC_PAGE_SIZE")
        return total / 1e6


class User:
    """One who does something, again and again; each by a script of their own."""

    def __init__(self, number: int, server: Server, told: Told, seed: int) -> None:
        self._number, self._server, self._told = number, server, told
        self._chance = random.Random(f"{seed}-{number}")
        self._hostile = made_by_grammar(random.Random(f"{seed}-{number}-hostile"))
        self._count = 0
        self._numbers: Json = {}

    def act(self) -> None:
        """Do one thing; what goes wrong while the server is being killed is nobody's fault."""
        deeds: dict[str, tuple[int, Callable[[httpx.Client], None]]] = {
            "ask": (6, self._ask),
            "search": (4, self._search),
            "look up": (4, self._look_up),
            "add": (3, self._add),
            "add hostile": (2, self._add_hostile),
            "edit": (2, self._edit),
            "export": (2, self._export),
            "remove": (1, self._remove),
        }
        name = self._chance.choices(list(deeds), [weight for weight, _ in deeds.values()])[0]
        restarts, was_up, began = self._server.restarts, self._server.is_up, time.monotonic()
        try:
            with httpx.Client(base_url=self._server.address, timeout=_SECONDS) as client:
                deeds[name][1](client)
        except (httpx.TransportError, Gone) as error:
            time.sleep(1)
            if was_up and self._server.is_up and self._server.restarts == restarts:
                self._told.wrong(f"{name}: {type(error).__name__} {error}")
            return
        except Exception as error:
            self._told.wrong(f"{name}: {type(error).__name__} {error}")
            return
        with self._told.lock:
            self._told.done[name] += 1
            self._told.seconds.setdefault(name, []).append(time.monotonic() - began)

    # Asking and looking up.

    def _tool(self, client: httpx.Client, tool: str, given: list[object]) -> Json | None:
        if self._numbers.get("") != server_of(client):
            config = client.get("/config").json()["dependencies"]
            self._numbers = {str(e["api_name"]): e["id"] for e in config}
            self._numbers[""] = server_of(client)
        number = self._numbers[tool]
        session = f"{self._number}-{self._count}-{self._chance.random()}"
        body = {"data": given, "fn_index": number, "session_hash": session}
        self._in_words(client.post("/gradio_api/queue/join", json=body))
        address = f"/gradio_api/queue/data?session_hash={session}"
        with client.stream("GET", address) as lines:
            for line in lines.iter_lines():
                told = json.loads(line[6:]) if line.startswith("data: ") else {}
                if told.get("msg") == "process_completed":
                    output = told["output"]
                    if not told["success"]:
                        self._says(str(output.get("error")))
                        return None
                    answer: Json = output["data"][0]
                    return answer
        raise Gone("the queue ended without an answer")

    def _ask(self, client: httpx.Client) -> None:
        answer = self._tool(client, "ask", [self._chance.choice(QUESTIONS), [], []])
        for each in answer["citations"] if answer else ():
            assert each["quote"], "a citation without words"

    def ask_once(self) -> float:
        """Ask a question; the seconds that the answer took."""
        with httpx.Client(base_url=self._server.address, timeout=300) as client:
            began = time.monotonic()
            self._ask(client)
            return time.monotonic() - began

    def _search(self, client: httpx.Client) -> None:
        self._tool(client, "search", [self._chance.choice(QUESTIONS), 10, []])

    def _look_up(self, client: httpx.Client) -> None:
        with self._told.lock:
            known = list(self._told.kept.items())
        words = self._chance.choice(known)[1] if known else "cells in Baku were overcrowded"
        body = {"text": words}
        answer = self._in_words(client.post("/lookup/check", json=body))
        if answer.status_code == 200:
            assert answer.json()["status"] in ("verbatim", "near", "not_found", "unchecked")

    def _export(self, client: httpx.Client) -> None:
        question = self._chance.choice(QUESTIONS)
        answer = self._tool(client, "ask", [question, [], []])
        if answer is None:
            return
        statements = [
            {
                "text": each["text"],
                "kind": each["kind"],
                "citations": [
                    f"{cited['document_id']}.{cited['start']}.{cited['end']}"
                    for cited in answer["citations"]
                    if cited["number"] in each["citations"]
                ],
            }
            for each in answer["statements"]
        ]
        turn = {"question": question, "abstained": not statements, "statements": statements}
        form = self._chance.choice(("md", "html", "json", "docx"))
        self._in_words(client.post(f"/export/{form}", json={"turns": [turn]}))

    # The library.

    def _add(self, client: httpx.Client) -> None:
        suffix = self._chance.choice((".txt", ".md", ".html"))
        self._count += 1
        words = f"Witness {self._number} of case {self._count} saw {prose(self._chance, 1)}"
        content = f"A report\n\n{words}\n\n{prose(self._chance, 8)}".encode()
        if suffix == ".html":
            content = f"<title>A report</title><p>{words}</p>".encode()
        source = f"user-{self._number}-{self._count}{suffix}"
        if self.upload(client, source, content) in ("added", "updated", "duplicate", "unchanged"):
            with self._told.lock:
                self._told.kept[source] = words

    def _add_hostile(self, client: httpx.Client) -> None:
        if self._chance.random() < 0.5:
            name, content = next(self._hostile)
        else:
            suffix, content = self._chance.choice(list(readable(self._chance).items()))
            name, content = f"cut{suffix}", content[: self._chance.randrange(1, len(content))]
        source = f"hostile-{self._number}-{name}"
        self.upload(client, source, content, seconds=_HOSTILE_SECONDS)

    def upload(
        self, client: httpx.Client, name: str, content: bytes, *, seconds: float = _SECONDS
    ) -> str | None:
        """Add a file, and wait for what becomes of it: its state at the end."""
        body = {"files": [{"name": name, "size": len(content)}]}
        opened = self._in_words(client.post("/library/jobs", json=body, headers=EDITOR))
        if opened.status_code != 200:
            return None
        job = opened.json()["job"]
        address = f"/library/upload?job={job}&file=0"
        sent = client.post(address, content=content, headers=EDITOR)
        if self._in_words(sent).status_code != 200:
            return None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            jobs = self._in_words(client.get("/library/jobs")).json()["jobs"]
            mine = next((each for each in jobs if each["id"] == job), None)
            if mine is None:
                raise Gone("the job is not known any more")
            if mine["state"] == "done":
                file = mine["files"][0]
                if file["state"] == "failed":
                    self._says(file["message"] or "")
                return str(file["state"])
            time.sleep(0.5)
        raise AssertionError(f"{name} was not taken in within {seconds} s")

    def _known(self, client: httpx.Client) -> list[tuple[str, str]]:
        found = self._in_words(client.get("/library/documents?sort=added&descending=true")).json()[
            "documents"
        ]
        return [(each["id"], each["source"]) for each in found]

    def _edit(self, client: httpx.Client) -> None:
        if known := self._known(client):
            document_id = self._chance.choice(known)[0]
            changes = {"publisher": f"Publisher {self._chance.randrange(9)}"}
            body = {"document": document_id, "changes": changes}
            self._in_words(client.post("/library/edit", json=body, headers=EDITOR))

    def _remove(self, client: httpx.Client) -> None:
        mine = f"user-{self._number}-"
        if known := [each for each in self._known(client) if mine in each[1]]:
            document_id, source = self._chance.choice(known)
            with self._told.lock:
                self._told.kept.pop(source, None)
            body = {"documents": [document_id]}
            self._in_words(client.post("/library/remove", json=body, headers=EDITOR))

    def _in_words(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 400:
            told = answer.text
            if "application/json" in answer.headers.get("content-type", ""):
                told = str(answer.json().get("error") or answer.json().get("detail") or "")
            self._says(told, status=answer.status_code)
        return answer

    def _says(self, words: str, *, status: int = 400) -> None:
        """An error is words for a person: a line, no traceback, no "internal server error"."""
        bad = ("Traceback", "Internal Server Error", "went wrong", "object at 0x")
        if status == 500 or len(words) < 15 or any(each in words for each in bad):
            self._told.wrong(f"an error without words ({status}): {words[:200]!r}")
        with self._told.lock:
            self._told.done["refused in words"] += 1


def server_of(client: httpx.Client) -> str:
    """The address that the client asks."""
    return str(client.base_url)


class Gone(Exception):
    """What was waited for is not there any more, as after a kill."""


@contextmanager
def watched(server: Server, told: Told, *, began: float) -> Iterator[None]:
    """Note the server's memory every few seconds."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(5):
            told.memory.append((time.monotonic() - began, server.megabytes()))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def soak(folder: Path, *, minutes: float, users: int, seed: int, kills: int) -> Told:
    """Let the users act for so long, and look at what is left."""
    told, chance, began = Told(), random.Random(seed), time.monotonic()
    server, end = Server(folder), began + 60 * minutes
    moments = sorted(chance.uniform(0.1, 0.9) * 60 * minutes for _ in range(kills))

    def live(number: int) -> None:
        user = User(number, server, told, seed)
        while time.monotonic() < end:
            user.act()

    try:
        with watched(server, told, began=began), ThreadPoolExecutor(users) as threads:
            living = [threads.submit(live, number) for number in range(users)]
            for moment in moments:
                time.sleep(max(0.0, began + moment - time.monotonic()))
                server.kill()
            for each in living:
                each.result()
        _look_for(server, told)
    finally:
        server.stop()
    _doctor(folder, told)
    _memory(told, minutes * 60, last_kill=moments[-1] if moments else 0.0)
    return told


def _look_for(server: Server, told: Told) -> None:
    """Every report that was added and not removed is there, word for word."""
    with httpx.Client(base_url=server.address, timeout=_SECONDS) as client:
        for source, words in told.kept.items():
            answer = client.post("/lookup/check", json={"text": words})
            if answer.json().get("status") != "verbatim":
                told.wrong(f"lost: {source}")


def _doctor(folder: Path, told: Told) -> None:
    command = [sys.executable, "-m", "rag.app.cli", "doctor", "--index", str(folder / "index")]
    found = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        told.wrong(f"rag doctor: {(found.stdout + found.stderr)[-500:]}")


def _memory(told: Told, seconds: float, *, last_kill: float) -> None:
    """Compare the last part with the one after warm-up; a new process warms up anew."""
    since = max(_WARM_UP * seconds, last_kill + 0.1 * seconds)
    late = [megabytes for at, megabytes in told.memory if at > since]
    third = max(1, len(late) // 3)
    if len(late) < 6:
        return
    before, after = sorted(late[:third])[third // 2], sorted(late[-third:])[third // 2]
    if after > _FLAT * before + _SPARE_MEGABYTES:
        told.wrong(f"memory grows: {before:.0f} MB, later {after:.0f} MB")


def main() -> None:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="footnote-soak-") as name:
        told = soak(
            Path(name),
            minutes=given.minutes,
            users=given.users,
            seed=given.seed,
            kills=given.kills,
        )
        log = (Path(name) / "server.log").read_text("utf-8", "replace")
    for problem, count in Counter(told.problems).most_common(30):
        print(f"{count} × {problem}")
    if told.problems and log:
        print("the server's log ends:", *log.splitlines()[-40:], sep="\n")
    for name, taken in sorted(told.seconds.items()):
        ordered = sorted(taken)
        print(
            f"{name}: {len(taken)}, median {ordered[len(taken) // 2]:.1f} s, "
            f"95 % under {ordered[int(len(taken) * 0.95)]:.1f} s"
        )
    megabytes = [each for _, each in told.memory]
    print(
        f"{sum(map(len, told.seconds.values()))} deeds, {told.done['refused in words']} refused in "
        f"words, {len(told.kept)} reports kept, memory {min(megabytes, default=0):.0f} to "
        f"{max(megabytes, default=0):.0f} MB, {len(told.problems)} wrong"
    )
    sys.exit(bool(told.problems))


if __name__ == "__main__":
    main()
