"""The command that checks exported files against the index."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.app.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.app.cli.terminal import show_checked_export

__all__: list[str] = []


@app.command()
def verify(
    export: Annotated[
        Path, typer.Argument(metavar="EXPORT", help="A file that 'rag ask --export' has written.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every quotation of an exported file against the index again."""
    from rag.app.json import checked_export_object
    from rag.export import check_export, format_of, read_export
    from rag.store import Index

    format_ = format_of(export)
    read = read_export(export.read_bytes(), format=format_, name=str(export))
    checked = check_export(Index.open(open_settings(index)), read)
    if as_json:
        print_json(checked_export_object(checked))
    else:
        show_checked_export(checked)
    if not checked.holds:
        raise typer.Exit(3)
