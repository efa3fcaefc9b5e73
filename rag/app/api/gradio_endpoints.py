"""The endpoints that other programs may call by name: ask, search and cite.

They can be reached with Gradio's client, through the queue of the page; everything else that the
page can do stays private.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr
from gradio.events import api

from rag.app.api.tools import Tools
from rag.errors import RagError

__all__ = ["add_endpoints"]

Result = TypeVar("Result")


def add_endpoints(tools: Tools) -> None:
    """Add ``/ask``, ``/search`` and ``/cite`` to the blocks that are being built."""

    # Gradio makes the interface of an endpoint from the signature.
    def ask(
        question: str, history: list[dict[str, str]] | None = None, where: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question with exact sentences; the object of `rag ask --json`."""
        return _told(lambda: tools.ask(question, history=history, where=where))

    def search(query: str, count: int = 10, where: list[str] | None = None) -> dict[str, Any]:
        """Find passages; the object of `rag search --json`."""
        return _told(lambda: tools.search(query, count=count, where=where))

    def cite(
        text: str,
        draft: bool = False,
        source: str | None = None,
        speaker: str | None = None,
        style: str | None = None,
    ) -> dict[str, Any]:
        """Look a quotation up, or all of a draft; the object of `rag cite --json`."""
        return _told(
            lambda: tools.cite(text, draft=draft, source=source, speaker=speaker, style=style)
        )

    for function in (ask, search, cite):
        api(function, api_name=function.__name__, concurrency_limit=2)


def _told(work: Callable[[], Result]) -> Result:
    """The result; an error that the caller can act on is told in its words."""
    try:
        return work()
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from error
