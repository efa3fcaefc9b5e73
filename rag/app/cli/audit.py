"""The command that shows the trail of who did what on the page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rag.app.cli.common import JsonOption, app
from rag.app.cli.terminal import OUT, visible
from rag.errors import SettingsError
from rag.settings import load_settings


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(help="The trail; that of RAG_AUDIT if not given.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="Only from this day or moment on, such as 2026-03-01 (UTC).")
    ] = "",
    user: Annotated[str, typer.Option(help="Only what this user did.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show who did what on the page, and whether a line was changed or removed since.

    With --json each line of the trail is printed as it is. The whole trail is checked, and a line
    that is not as it was written ends the command with an error.
    """
    from rag.app.access.trail import read_trail

    path = file or load_settings().audit
    if path is None:
        raise SettingsError("there is no trail: set RAG_AUDIT to a file, or name one")
    for line in read_trail(path):
        if str(line["time"]) < since or (user and line["user"] != user):
            continue
        if as_json:
            sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")
            continue
        who = line["user"] or line["address"] or "this machine"
        what = [line["action"], line["collection"], line["subject"], line.get("question")]
        words = " · ".join(visible(str(each)) for each in what if each)
        OUT.print(f"{line['time']}  {visible(str(who))}  {words}  {line['status']}")
