"""What goes into an ingestion, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = [
    "Failure",
    "FileReport",
    "FileState",
    "Ingestion",
    "IngestionStopped",
    "Input",
    "Progress",
    "Upload",
]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is handed over under a name, and need not stay where it is.

    ``name`` is what the file is called, its parts separated by ``/``; ``path`` has the bytes,
    which are only read.
    """

    name: str
    path: Path


Input = Path | str | Upload
"""A file or folder, an http(s) address, or an upload."""

FileState = Literal[
    "reading", "embedding", "added", "updated", "unchanged", "duplicate", "failed", "cancelled"
]
"""The first two are passed through; a file ends in one of the others."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What becomes of one file.

    ``message`` is the reason of a failure, the warnings of a reader, or the source that has the
    same content. ``name`` is what the input called the file; it differs from ``source`` only for
    an upload whose name was taken.
    """

    source: str
    state: FileState
    message: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingestion is.

    ``size`` and ``total_size`` are in bytes of the files as they are on disk. ``total_files`` grows
    when an archive is opened, and both totals when an address is fetched. ``remaining_seconds`` is
    an estimate from what this ingestion has taken so far, None as long as there is nothing to
    estimate from.
    """

    source: str
    files: int
    total_files: int
    size: int
    total_size: int
    passages: int
    remaining_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, and what is wrong with it."""

    source: str
    error: str


@dataclass(slots=True)
class Ingestion:
    """What an ingestion did, file by file. ``duplicates`` leads from a source to its twin."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)


class IngestionStopped(KeyboardInterrupt):
    """Ctrl-C, with what had been done until then; the same ingestion again does the rest."""

    def __init__(self, done: Ingestion) -> None:
        super().__init__()
        self.done = done
