"""Nothing waits for ever: commands and requests that take too long end in words."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from rag import patience
from rag.answer import Chatbot
from rag.app.api.tools import Tools
from rag.app.library.library import Library
from rag.app.web.chat.conversation import Asking, reply
from rag.app.web.page import build_app
from rag.app.web.shared.places import token
from rag.errors import TookTooLong
from rag.settings import Settings
from rag.store import Index

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are Unix'")


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """A file that whoever opens it waits for: a pipe that nobody writes to."""
    path = tmp_path / "silent.json"
    os.mkfifo(path)
    return path


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def stacks_named_in(words: str) -> str:
    found = re.search(r"report it with (\S+)", words)
    assert found
    file = Path(found[1])
    stacks = file.read_text("utf-8")
    file.unlink()
    return stacks


def test_a_command_that_hangs_ends_in_words(sample_settings: Settings, silent: Path) -> None:
    index = ("--index", sample_settings.index)
    process = run(
        *("-m", "rag.app.cli", "ask", "Who was detained?", "--history", silent, *index),
        RAG_PATIENCE_SECONDS="12",
    )
    assert process.returncode == 1
    assert process.stdout == ""
    assert "Traceback" not in process.stderr
    *_, line = process.stderr.strip().splitlines()
    assert line.startswith(
        "error: rag ask did not end within 12 seconds, and was ended at rag/app/cli/"
    )
    assert "in _read_history: nothing in the index is lost" in line
    assert "RAG_PATIENCE_SECONDS" in line
    assert "_read_history" in stacks_named_in(line)


@pytest.mark.parametrize("long", [False, True])
def test_it_ends_also_where_no_python_can_run(long: bool) -> None:
    program = f"""
import ctypes, sys
from rag import patience
patience.watch("rag frozen", tell=lambda words: print(words, file=sys.stderr))
{"patience.keep_watch(1)" if long else "patience.expect(1)"}
ctypes.PyDLL(None).pause()  # never returns, and does not let go of the interpreter's lock
"""
    process = run("-c", program)
    assert process.returncode == 1
    what = "got no further" if long else "did not end"
    assert process.stderr.startswith(f"rag frozen {what} within 1 seconds, and was ended at <stri")
    assert "Thread" in stacks_named_in(process.stderr)


def test_a_long_command_goes_on_as_long_as_it_gets_further() -> None:
    program = """
import sys, threading
from rag import patience
patience.watch("rag long", tell=lambda words: print(words, file=sys.stderr))
patience.expect(1, long=True)
clock = threading.Event()
for _ in range(25):
    clock.wait(0.1)
    patience.progress()
print("got there", flush=True)
clock.wait()
"""
    process = run("-c", program)
    assert (process.returncode, process.stdout) == (1, "got there\n")
    assert process.stderr.startswith("rag long got no further within 1 seconds")
    stacks_named_in(process.stderr)


def test_that_a_server_lives_is_no_progress_of_its_work() -> None:
    program = """
import threading
from rag import patience
from rag.errors import TookTooLong
patience.watch("rag serve", tell=print)
patience.keep_watch(2)
try:
    patience.within(2, threading.Event().wait, what="the files", long=True)
except TookTooLong as error:
    print(error)
"""
    process = run("-c", program)
    assert process.returncode == 0
    assert process.stdout.startswith("the files was not done within 2 seconds")


def test_who_ends_in_time_says_nothing_and_leaves_nobody(sample_settings: Settings) -> None:
    # Were a process left, it would hold the pipes that ``run`` reads to their end.
    process = run("-m", "rag.app.cli", "list", "--json", "--index", sample_settings.index)
    assert process.returncode == 0
    assert process.stderr == ""


def test_a_command_runs_without_standard_input(sample_settings: Settings) -> None:
    command = (sys.executable, "-m", "rag.app.cli", "list", "--index", str(sample_settings.index))
    process = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert (process.returncode, process.stderr) == (0, b"")


def test_what_is_done_within_the_time_is_given_back_or_raised() -> None:
    assert patience.within(60, lambda: 3, what="a sum") == 3
    with pytest.raises(TimeoutError, match="its own"):
        patience.within(60, fail, what="a failure")


def fail() -> None:
    raise TimeoutError("its own")


@contextmanager
def held(chatbot: Chatbot) -> Iterator[None]:
    """Its catalog is being written to, in another thread that does not let go of it."""
    is_held, released = threading.Event(), threading.Event()

    def hold() -> None:
        assert isinstance(chatbot.index, Index)
        with chatbot.index.catalog.transaction():
            is_held.set()
            released.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait()
    try:
        yield
    finally:
        released.set()
        for each in threading.enumerate():
            if each is thread or each.name in ("footnote-request", "footnote-answer"):
                each.join()


def test_a_request_of_another_program_is_given_up(chatbot: Chatbot) -> None:
    list(chatbot.ask("Who was detained?"))  # loads what the first question loads
    tools = Tools(chatbot, patience_seconds=0.2)
    place = "rag/store/"
    words = rf"was not done within 0.2 seconds, and was given up at {place}.*try again"
    with held(chatbot), pytest.raises(TookTooLong, match=f"the answer {words}"):
        tools.ask("Who was detained?")
    with held(chatbot), pytest.raises(TookTooLong, match=f"the lookup {words}"):
        tools.cite("Nobody was detained in the whole of the year.")


def test_a_question_on_the_page_is_given_up_in_words(chatbot: Chatbot) -> None:
    async def asked() -> list[str]:
        replies = reply(chatbot, Asking("Who was detained?", ()), seconds=0.2)
        return [each.messages[-1].content async for each in replies]

    with held(chatbot):
        *_, last = asyncio.run(asked())
    assert "the answer was not done within 0.2 seconds" in last
    assert "start the program anew" in last


def test_a_long_piece_of_work_is_given_up_when_nothing_gets_further() -> None:
    released, steps = threading.Event(), iter(range(8))

    def work() -> None:
        while next(steps, None) is not None and not released.wait(0.1):
            patience.progress()
        released.wait()

    with pytest.raises(TookTooLong, match=r"the files was not done within 0\.3 seconds"):
        patience.within(0.3, work, what="the files", long=True)
    assert next(steps, None) is None  # it had 0.8 seconds, because it got further
    released.set()


def test_a_route_that_does_not_answer_is_given_up(
    sample_settings: Settings, chatbot: Chatbot
) -> None:
    settings = sample_settings.model_copy(update={"patience_seconds": 1})
    path = f"/source/{token(chatbot.documents()[0].id, 0, 10)}"
    app = build_app(chatbot, Library(chatbot.index, settings), settings=settings)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get(path).status_code == 200
        with held(chatbot):
            response = client.get(path)
            assert response.status_code == 503
            assert f"{path} was not done within 1 seconds" in response.json()["error"]
            assert client.get("/favicon.ico").status_code == 200
