"""The command that serves the page."""

from __future__ import annotations

from typing import Annotated

import typer

from rag import patience
from rag.app.cli.common import IndexOption, app
from rag.app.cli.terminal import OUT
from rag.settings import load_settings


@app.command()
def serve(
    index: IndexOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    mcp: Annotated[
        bool,
        typer.Option("--mcp", help="Serve tools to an assistant over standard input and output."),
    ] = False,
) -> None:
    """Serve the page, or with --mcp the tools of the Model Context Protocol."""
    if mcp:
        if host is not None or port is not None:
            raise typer.BadParameter("--mcp speaks over standard input and output: no host or port")
        from rag.answer import open_chatbot
        from rag.app.api.mcp import serve_mcp
        from rag.app.api.tools import Tools

        settings = load_settings(index=index)
        patience.keep_watch(settings.patience_seconds)
        chatbot = open_chatbot(settings)
        serve_mcp(Tools(chatbot, patience_seconds=settings.patience_seconds))
        return
    from rag.app.web.server import serve as run

    settings = load_settings(index=index, host=host, port=port)
    patience.keep_watch(settings.patience_seconds)
    run(settings, announce=lambda address: OUT.print(f"Footnote is at {address}"))
