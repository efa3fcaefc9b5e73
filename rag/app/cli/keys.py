"""The commands about the keys with which other programs call the API."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from rag.app.cli.common import JsonOption, app, print_json
from rag.app.cli.terminal import ERR, OUT, visible
from rag.errors import SettingsError

if TYPE_CHECKING:
    from rag.app.api.keys import Keys

keys_app = typer.Typer(
    help="The keys with which other programs call the API; RAG_API_KEYS names their file.",
    no_args_is_help=True,
)
app.add_typer(keys_app, name="keys")


class _Role(StrEnum):
    reader = "reader"
    editor = "editor"


@keys_app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="For whom, or which program.")],
    role: Annotated[
        _Role, typer.Option(help="A reader asks and looks up; an editor adds and removes, too.")
    ] = _Role.reader,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, this once: only its SHA-256 is kept."""
    key = _keys().add(name, role.value)
    if as_json:
        print_json({"name": name, "role": role.value, "key": key})
        return
    ERR.print(f"The key of {visible(name)} ({role.value}), which is shown only now:")
    OUT.print(key, soft_wrap=True, highlight=False)


@keys_app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List who has a key, and what it allows."""
    holders = _keys().holders()
    if as_json:
        print_json({"keys": [{"name": each.name, "role": each.role} for each in holders]})
        return
    table = Table("name", "role", box=None)
    for each in holders:
        table.add_row(visible(each.name), each.role)
    OUT.print(table)
    OUT.print(f"{len(holders)} keys")


@keys_app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As 'rag keys list' shows it.")],
    as_json: JsonOption = False,
) -> None:
    """Take a key away; whoever has it is refused from the next call on."""
    _keys().remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        OUT.print(f"{visible(name)} has no key any more")


def _keys() -> Keys:
    from rag.app.api.keys import Keys
    from rag.settings import load_settings

    keys = Keys.of(load_settings())
    if keys is None:
        raise SettingsError(
            "no file of keys is set: name one with RAG_API_KEYS=keys.txt, or in rag.toml with "
            "api_keys = \"keys.txt\", for this command and for 'rag serve'"
        )
    return keys
