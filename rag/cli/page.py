"""The command that serves the page."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.cli.common import IndexOption, app
from rag.settings import load_settings
from rag.terminal import OUT

__all__: list[str] = []


@app.command()
def serve(
    index: IndexOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
) -> None:
    """Serve the page."""
    from rag.ui.page import serve as run

    settings = load_settings(index=index, host=host, port=port)
    run(settings, announce=lambda address: OUT.print(f"Footnote is at {address}"))
