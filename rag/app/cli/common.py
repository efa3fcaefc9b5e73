"""What all commands share: the application, options, opening an index, and error messages."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from rag import __version__, patience
from rag.app.cli.terminal import ERR, OUT
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.answer import Chatbot
    from rag.schema import Condition
    from rag.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Ask collections of reports; every answer is their exact sentences, with footnotes.",
)

IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index.", show_default="index/")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, nothing else.")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", help="Filter, such as country=Ethiopia or 'year>=2018'; repeatable."),
]


def main() -> None:
    """Run a command; an error the user can act on is one line and exit code 1."""
    command = next((each for each in sys.argv[1:] if not each.startswith("-")), "")
    patience.watch(f"rag {command}".rstrip(), tell=_print_error)
    try:
        app()
    except RagError as error:
        _print_error(str(error))
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _print_error(f"{where}{error.strerror or error}")
        sys.exit(1)


def _print_error(error: str) -> None:
    ERR.show_cursor()  # a bar that was cut short has hidden it
    ERR.print(f"[red]error:[/red] {escape(error)}")


def print_json(value: dict[str, Any]) -> None:
    """Print one object on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and say where."""
    from rag.store.folder.durable import replacing

    with replacing(path) as file:
        file.write(content)
    ERR.print(f"written to {escape(str(path))}")


def open_settings(index: Path | None, *, long: bool = False) -> Settings:
    """The settings, with the folder that ``--index`` names.

    From now on they bound how long the command may take or, if it is a ``long`` one, stand still.
    """
    from rag.settings import load_settings  # slow to import, and not needed to show the help

    settings = load_settings(index=index)
    patience.expect(settings.patience_seconds, long=long)
    return settings


def open_chatbot(settings: Settings, *, to_search: bool = False) -> Chatbot:
    """The chatbot, for one question; its models are loaded while the rest is still imported.

    ``to_search``: nothing will be read.

    Raises:
        RagError: the index cannot be opened.
    """
    from rag.models.bundle import Models

    models = Models.of(settings)
    models.begin_loading(to_search=to_search)
    from rag.answer import open_chatbot

    return open_chatbot(settings, models=models)


def conditions(where: list[str] | None) -> tuple[Condition, ...]:
    """What ``--where`` asks for."""
    from rag.answer import parse_condition

    return tuple(parse_condition(each) for each in where or ())


def _version(wanted: bool) -> None:
    if wanted:
        OUT.print(f"footnote-rag {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Ask collections of reports; every answer is their exact sentences, with footnotes."""
