"""What one request may cost: exports and drafts are bounded, and say by what."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from storage_support import add, document_of, open_cheaply

from rag.answer import Chatbot
from rag.app.api.tools import Tools
from rag.app.web.chat.export_routes import export_routes
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.shared.places import token
from rag.errors import QueryError
from rag.quotes.drafts import check_draft, find_quotations
from rag.store import Index

SENTENCES = [f"“Bridge {at} is closed,” said Mayor Vera Holm of Orrin." for at in range(300)]
TEXT = "\n\n".join(" ".join(SENTENCES[at : at + 3]) for at in range(0, len(SENTENCES), 3))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    opened = open_cheaply(tmp_path_factory.mktemp("long"))
    add(opened, document_of("long.txt", TEXT))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(index: Index) -> Iterator[str]:
    app = FastAPI()
    app.include_router(export_routes(index, FairQueue()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def tools(index: Index) -> Tools:
    """Where nothing is asked, no chatbot is needed but for its index."""
    return Tools(cast("Chatbot", SimpleNamespace(index=index)))


def exported(index: Index, address: str, spans: list[tuple[int, int]]) -> httpx.Response:
    (info,) = index.documents()
    said = [{"text": TEXT[a:b], "citations": [token(info.id, a, b)]} for a, b in spans]
    asked = {"turns": [{"question": "Q", "statements": said}]}
    return httpx.post(f"{address}/export/json", json=asked, timeout=300)


def test_a_document_is_attributed_once_for_all_citations(index: Index, address: str) -> None:
    spans = [(TEXT.index(each), TEXT.index(each) + 20) for each in SENTENCES[:40]]
    taken = []
    for some in (spans[:1], spans[:1], spans):  # the first time more is loaded
        begun = time.process_time()
        response = exported(index, address, some)
        taken.append(time.process_time() - begun)
        assert len(response.json()["quotations"]) == len(some)
    assert response.json()["quotations"][-1]["speaker"] == "Vera Holm"
    assert taken[2] < 15 * taken[1]


def test_the_size_of_an_export_is_bounded_in_words(index: Index, address: str) -> None:
    for spans, words in (
        ([(at, at + 10) for at in range(2001)], "2,001 quotations, and 2,000 is the most"),
        ([(at, len(TEXT)) for at in range(200)], "more than 2,000,000 characters"),
    ):
        (info,) = index.documents()
        tokens = [token(info.id, *span) for span in spans]
        halves = [{"text": "x", "citations": each} for each in (tokens[:1000], tokens[1000:])]
        asked = {"turns": [{"question": "Q", "statements": halves}]}
        refused = httpx.post(f"{address}/export/md", json=asked, timeout=300)
        assert (refused.status_code, words in refused.text) == (400, True)


@pytest.mark.parametrize(
    "given",
    [
        {"text": "the bridge \ud800 of Orrin"},
        {"text": "the bridge of Orrin", "source": "\udfff.txt"},
        {"text": "the bridge of Orrin", "speaker": "\udfff"},
    ],
)
def test_half_a_character_is_refused_in_words(index: Index, given: dict[str, str]) -> None:
    *_, cite = tools(index).each(ValueError)
    with pytest.raises(ValueError, match="half of a character"):
        cite(**given)


def test_a_draft_with_too_many_quotations_is_refused_at_once(index: Index) -> None:
    draft = "“so it is” " * 15_000
    begun = time.thread_time()
    with pytest.raises(QueryError, match="15,000 quotations, and 500 is the most"):
        tools(index).cite(draft, draft=True)
    assert time.thread_time() - begun < 5


def test_a_draft_that_takes_too_long_is_given_up(index: Index) -> None:
    with pytest.raises(QueryError, match=r"only [01] of 9 quotations were looked up: .* in parts"):
        check_draft(index, "“the bridge of Orrin is closed to everybody” " * 9, seconds=0)


@pytest.mark.parametrize("draft", ["“" * 9_000 + "”", "“'" * 5_000, "‘a" * 5_000 + "’"])
def test_marks_are_paired_in_one_pass(draft: str) -> None:
    begun = time.thread_time()
    find_quotations(draft * 10)
    assert time.thread_time() - begun < 3
