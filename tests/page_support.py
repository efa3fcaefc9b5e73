"""What the tests of the page share: a small real collection, a server, a browser."""

from __future__ import annotations

import csv
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from rag.answer import Chatbot, open_chatbot
from rag.app.library.library import Library
from rag.app.web.page import build_app
from rag.cite.answers import Answer, Message
from rag.cite.citations import cite_characters
from rag.ingest.pipeline import ingest
from rag.models.embedding import SentenceEmbedding
from rag.schema import Citation, Condition
from rag.settings import Caution, Settings, load_settings
from rag.store import Index

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

REPORTS = {
    "harbour.txt": (
        "The harbour of Velmora\n\n"
        "The harbour of Velmora was closed for eleven weeks in 2018 after the dockers' strike. "
        "Three warehouses burned down during the strike. Nobody was prosecuted for the fires."
    ),
    "prisons.txt": (
        "Prisons in Tarsk\n\n"
        "The central prison of Tarsk held 1,240 prisoners in a building made for 600.\n\n"
        "Two prisoners died of untreated tuberculosis in the prison of Tarsk in 2019."
    ),
}
"""Two reports in few words: what is asked of them has one answer."""


def make_chatbot(
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    metadata: Sequence[Mapping[str, str]] = (),
    abstain_below: float = 0,
    embedding: SentenceEmbedding | None = None,
    **given: object,
) -> tuple[Chatbot, Settings]:
    """A chatbot over an index of these files, built in ``folder``.

    It answers everything, or abstains from everything with ``abstain_below=1``: what is tested
    is the page, not how good the threshold is. An ``embedding`` that is loaded already saves time;
    further settings may be given.
    """
    reports = folder / "reports"
    reports.mkdir()
    for name, content in files.items():
        (reports / name).write_bytes(content.encode() if isinstance(content, str) else content)
    if metadata:
        with (reports / "metadata.csv").open("w", encoding="utf-8", newline="") as sidecar:
            writer = csv.DictWriter(sidecar, ["file", "title", "publisher", "date", "country"])
            writer.writeheader()
            writer.writerows(metadata)
    settings = load_settings(index=folder / "index", abstain_below=abstain_below, **given)
    index = Index.open(settings, create=True)
    index.embedding = embedding or index.embedding
    done = ingest(index, [reports], settings=settings)
    index.close()
    assert not done.failed
    chatbot = open_chatbot(settings)
    chatbot.index.embedding = embedding or chatbot.index.embedding
    return chatbot, settings


class Scripted(Chatbot):
    """A chatbot that gives prepared answers to some questions, and the real one's to others."""

    def __init__(self, chatbot: Chatbot) -> None:
        self.__dict__.update(vars(chatbot))
        self._chatbot = chatbot
        self.answers: dict[str, Answer] = {}

    def ask(
        self, question: str, *, history: Sequence[Message] = (), where: Sequence[Condition] = ()
    ) -> Iterator[Answer]:
        answer = self.answers.get(question)
        if answer is None:
            yield from self._chatbot.ask(question, history=history, where=where)
            return
        yield replace(answer, final=False)
        yield answer

    def cite(self, source: str, words: str, *, number: int, **changes: Any) -> Citation:
        """The citation of these words where they first stand in a document."""
        (info,) = (one for one in self.documents() if one.source == source)
        document = self.document(info.id)
        assert document is not None
        start = document.text.index(words)
        turn = document.turn_at(start)
        made = cite_characters(
            document,
            start,
            start + len(words),
            number=number,
            passage_id=f"{info.id}:{start}",
            section=None,
            speaker=turn.speaker if turn else None,
        )
        return replace(made, **changes)


class Watched(Chatbot):
    """A chatbot that takes its time, if asked to, and remembers what it was asked.

    ``pause`` is the time in seconds after all that has statements; less ends one that has begun.
    """

    def __init__(self, chatbot: Chatbot) -> None:
        self.__dict__.update(vars(chatbot))
        self._chatbot = chatbot
        self.pause = 0.0
        self.asked: list[tuple[str, tuple[Message, ...], tuple[Condition, ...]]] = []
        self.fails: Exception | None = None

    def with_caution(self, caution: Caution) -> Watched:
        other = copy(self)
        other._chatbot = self._chatbot.with_caution(caution)
        return other

    def ask(
        self, question: str, *, history: Sequence[Message] = (), where: Sequence[Condition] = ()
    ) -> Iterator[Answer]:
        self.asked.append((question, tuple(history), tuple(where)))
        if self.fails is not None:
            raise self.fails
        for answer in self._chatbot.ask(question, history=history, where=where):
            yield answer
            since = time.monotonic()
            while answer.statements and time.monotonic() < since + self.pause:
                time.sleep(0.02)


@dataclass(frozen=True)
class Served:
    """A page that is being served, with the chatbot and the library behind it."""

    address: str
    chatbot: Watched
    library: Library


@contextmanager
def served(chatbot: Chatbot, settings: Settings, *, port: int = 0) -> Iterator[Served]:
    """The page on this port, or a free one, until the end of the block."""
    watched = Watched(chatbot)
    library = Library(chatbot.index, settings)
    app = build_app(watched, library, settings=settings)
    with running(app, port=port) as address:
        yield Served(address + settings.root_path.rstrip("/") + "/", watched, library)


@contextmanager
def running(app: Any, *, port: int = 0) -> Iterator[str]:
    """An application on this port, or a free one, until the end of the block: its address."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def chromium() -> Iterator[Any]:
    """A real browser; skips the test where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_page(context: Any, address: str, *, fragment: str = "") -> Any:
    """A page that has come up, its script running."""
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(address + fragment)
    page.wait_for_selector(".panel[data-ready]", state="attached")
    page.wait_for_selector(".library[data-ready]", state="attached")
    page.wait_for_selector(".talks[data-ready]", state="attached")
    page.wait_for_selector("#question textarea[aria-label]", state="attached")
    return page


def go_to(page: Any, selector: str, *, key: str = "Tab", most: int = 80) -> None:
    """Move the focus with Tab until it is on what is meant."""
    for _ in range(most):
        if page.evaluate("meant => document.activeElement.matches(meant)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {selector}")


def has_focus(page: Any, selector: str) -> None:
    """Wait until the focus is on what is meant."""
    page.wait_for_function("meant => document.activeElement.matches(meant)", arg=selector)


def ask(page: Any, question: str, *, answers: int = 1) -> None:
    """Ask by keyboard, and wait until the last answer is complete and the box is ready."""
    box = page.get_by_role("textbox", name="Your question", exact=True)
    box.fill(question)
    box.press("Enter")
    page.wait_for_function(
        "count => document.querySelectorAll('#chat .judging').length >= count", arg=answers
    )
    page.wait_for_selector("#question button:has-text('Ask')")
    at_rest(page)


@contextmanager
def new_answer(page: Any, chatbot: Watched) -> Iterator[None]:
    """The block asks anew: wait until the old answer is gone, then until the new one is there.

    The chatbot is held back meanwhile. Otherwise the old answer may be taken for the new one.
    """
    chatbot.pause = 60
    yield
    page.wait_for_selector("#question button:has-text('Stop')")
    chatbot.pause = 0
    page.wait_for_selector("#question button:has-text('Ask')")
    at_rest(page)


def at_rest(page: Any) -> None:
    """Wait until the chat stays where it is.

    Gradio scrolls to its end 300 ms after the last change; a click that began before goes astray.
    """
    page.evaluate("new Promise(done => setTimeout(done, 400))")


def findings(page: Any) -> list[str]:
    """What axe-core calls a violation, minor ones too, each with the elements that it is about."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.wait_for_timeout(400)  # what moves or fades has come to rest
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {[node['html'][:160] for node in one['nodes'][:4]]}"
        for one in found
    ]
