"""Reference pages made from the code: commands, settings, and the tools for other programs.

``docs/conf.py`` puts them where a page says ``<!-- generated: NAME -->``, so the site always lists
what the program accepts. ``python scripts/reference.py settings`` prints one of them.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args, get_origin

import typer
from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.testing import CliRunner

from rag.app.api.mcp import build_server
from rag.app.api.tools import Tools
from rag.app.cli import app
from rag.settings import Settings

__all__ = ["GENERATED", "command_names", "commands", "settings", "tools", "with_generated"]

_MARKED = re.compile(r"<!-- generated: (\w+) -->.*?<!-- /generated -->", re.DOTALL)
_WIDTH = "88"


def commands() -> str:
    """The help of every command as it is printed, one section for each."""
    mode, app.rich_markup_mode = app.rich_markup_mode, None  # plain text, without boxes
    try:
        names = command_names()
        return "\n".join(f"## `rag {name}`\n\n```text\n{_help(name)}\n```\n" for name in names)
    finally:
        app.rich_markup_mode = mode


def command_names() -> list[str]:
    """All commands, such as ``ask`` and ``gold check``, in alphabetical order."""
    names = []
    for name, command in cast("Any", typer.main.get_command(app)).commands.items():
        below = getattr(command, "commands", {})
        names += [f"{name} {each}" for each in below] or [name]
    return sorted(names)


def _help(name: str) -> str:
    arguments = [*name.split(), "--help"]
    result = CliRunner().invoke(app, arguments, prog_name="rag", env={"COLUMNS": _WIDTH})
    if result.exit_code:
        raise RuntimeError(f"rag {name} --help failed: {result.output}")
    return result.output.strip()


def settings() -> str:
    """A table of all settings: variable, default, values, meaning."""
    rows = ["| variable | default | values | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `RAG_{name.upper()}` | {_default(field)} | {_values(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value == "":
        return ""
    return f"`{int(value) if isinstance(value, bool) else value}`"


def _values(field: FieldInfo) -> str:
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(annotation))
    kinds = {annotation, *get_args(annotation)}
    if bool in kinds:
        return "`0`, `1`"
    least = next((each.ge for each in field.metadata if isinstance(each, Ge)), None)
    most = next((each.le for each in field.metadata if isinstance(each, Le)), None)
    if kinds & {int, float}:
        kind = "whole number" if int in kinds else "number"
        bounds = (("from", least), ("to", most))
        return " ".join([kind, *(f"{word} {end}" for word, end in bounds if end is not None)])
    return "path" if Path in kinds else "secret" if SecretStr in kinds else "text"


def tools() -> str:
    """The tools that programs and assistants can call, with their arguments."""
    nothing = cast("Any", None)  # listing the tools asks nothing of a chatbot or an index
    listed = asyncio.run(build_server(Tools(nothing)).list_tools())
    return "\n".join(_tool(each.name, each.description or "", each.input_schema) for each in listed)


def _tool(name: str, description: str, schema: Mapping[str, Any]) -> str:
    rows = ["| argument | type | default |", "|---|---|---|"]
    for argument, told in schema["properties"].items():
        needed = argument in schema.get("required", ())
        default = "required" if needed else f"`{told.get('default')}`"
        rows.append(f"| `{argument}` | {_json_type(told)} | {default} |")
    words = " ".join(description.split())
    return f"### `{name}`\n\n{words}\n\n" + "\n".join(rows) + "\n"


def _json_type(told: Mapping[str, Any]) -> str:
    if "anyOf" in told:
        return " or ".join(_json_type(each) for each in told["anyOf"] if each["type"] != "null")
    if told["type"] == "array":
        return f"list of {_json_type(told['items'])}s"
    return str(told["type"])


GENERATED: Final[Mapping[str, Callable[[], str]]] = {
    "commands": commands,
    "settings": settings,
    "tools": tools,
}


def with_generated(page: str) -> str:
    """A page of Markdown with its marked parts made from the code.

    Raises:
        KeyError: a marker names nothing that can be made.
    """
    return _MARKED.sub(lambda found: GENERATED[found[1]](), page)


if __name__ == "__main__":
    sys.stdout.write(GENERATED[sys.argv[1]]())
