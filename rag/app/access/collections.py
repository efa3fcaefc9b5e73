"""The collections of one server, and who may read and change each: ``collections.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from rag.app.access.identity import Identity, Role, is_meant
from rag.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, served at ``/c/NAME/``.

    ``index`` is the folder of its index. If it is in a database, ``store`` is the address there,
    and ``index`` a folder for what is being uploaded.

    The lists have entries as :func:`~rag.app.access.identity.is_meant` takes them.
    """

    name: str
    title: str
    index: Path
    readers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    store: SecretStr = field(default_factory=lambda: SecretStr(""))

    @property
    def place(self) -> str:
        """The folder or the address in a database; no two collections have the same."""
        return self.store.get_secret_value() or str(self.index)

    def role(self, identity: Identity) -> Role | None:
        """The highest role that somebody has here by a list; None if they are in none."""
        lists = (
            (Role.ADMINISTRATOR, self.administrators),
            (Role.EDITOR, self.editors),
            (Role.READER, self.readers),
        )
        return next(
            (role for role, entries in lists if any(is_meant(e, identity) for e in entries)), None
        )

    @property
    def entries(self) -> frozenset[str]:
        """All entries of all lists."""
        return frozenset((*self.readers, *self.editors, *self.administrators))


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    title: str = Field(min_length=1, max_length=120)
    index: str = Field(min_length=1)
    readers: list[str] = []
    editors: list[str] = []
    administrators: list[str] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    collection: list[_Entry] = Field(min_length=1)


def read_collections(path: Path) -> tuple[Collection, ...]:
    """The collections of a file, in its order; folders are relative to the folder of the file.

    Raises:
        SettingsError: it cannot be read, or says something that is not understood.
    """
    try:
        file = _File.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}): correct RAG_COLLECTIONS"
        ) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg'].lower()}") from error
    except ValueError as error:  # no TOML, or not UTF-8
        raise SettingsError(f"{path} cannot be read: {error}") from error
    found = tuple(_collection(each, path.parent) for each in file.collection)
    for what, values in (
        ("name", [each.name for each in found]),
        ("index", [each.place for each in found]),
    ):
        twice = next(
            (number for number, each in enumerate(values) if each in values[:number]), None
        )
        if twice is not None:
            raise SettingsError(f"{path}: two collections have the {what} of {found[twice].name}")
    return found


def _collection(entry: _Entry, folder: Path) -> Collection:
    is_database = entry.index.startswith(("postgresql:", "postgres:"))
    index = folder / (f"uploads-{entry.name}" if is_database else Path(entry.index).expanduser())
    return Collection(
        entry.name,
        entry.title,
        index.resolve(),
        tuple(entry.readers),
        tuple(entry.editors),
        tuple(entry.administrators),
        SecretStr(entry.index if is_database else ""),
    )
