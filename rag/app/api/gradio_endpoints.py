"""The endpoints that other programs may call by name: ask, search and cite.

They can be reached with Gradio's client, through the queue of the page; everything else that the
page can do stays private.
"""

from __future__ import annotations

from functools import partial

import gradio as gr
from gradio.events import api

from rag.app.api.tools import Tools

__all__ = ["add_endpoints"]


def add_endpoints(tools: Tools) -> None:
    """Add ``/ask``, ``/search`` and ``/cite`` to the blocks that are being built."""
    # Gradio makes the interface of an endpoint from the signature.
    for tool in tools.each(partial(gr.Error, print_exception=False)):
        api(tool, api_name=tool.__name__, concurrency_limit=2)
