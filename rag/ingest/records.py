"""What goes into an ingestion, what one stage of it hands to the next, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.readers.passages import Cutting
from rag.schema import AttributedStatement, Metadata, Passage, Reading, Speaker
from rag.store import Source

if TYPE_CHECKING:
    from rag.ingest.archives.entries import Budget

UPLOADED = "upload:"
"""How the origin of an upload begins: there is no file that it could be read from again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is handed over under a name, and need not stay where it is.

    ``name`` is what the file is called, its parts separated by ``/``; ``path`` has the bytes,
    which are only read.
    """

    name: str
    path: Path


FileState = Literal[
    "reading", "embedding", "added", "updated", "unchanged", "duplicate", "failed", "cancelled"
]
"""The first two are passed through; a file ends in one of the others."""


# What the stages hand on.


@dataclass(frozen=True, slots=True)
class Item:
    """A file or address to ingest, as it was discovered.

    ``path`` is None for an address. ``name`` is what the input calls it. ``given`` is what sidecars
    say of it, and ``members`` what they say of the files inside, should it be an archive.
    """

    name: str
    source: str
    origin: str
    path: Path | None = None
    size: int = 0
    given: Metadata = field(default_factory=Metadata)
    members: Mapping[str, Metadata] = field(default_factory=dict)

    @property
    def is_upload(self) -> bool:
        """Whether the bytes came without a place where they stay."""
        return self.origin.startswith(UPLOADED)


Input = Path | str | Upload | Item
"""A file or folder, an http(s) address, an upload, or what was discovered before."""


@dataclass(slots=True)
class Archive:
    """An archive that is being taken in; ``digest`` changes with it and with what is told of it.

    ``name`` is what the input calls it. ``whole`` says that it was read to its end, ``failed`` that
    not all of it became documents; ``rows`` are the sources of what did, and ``states`` counts what
    its files came to. ``warnings`` are of the sidecars in it.
    """

    name: str
    source: str
    origin: str
    digest: str
    whole: bool = False
    failed: bool = False
    rows: dict[str, Source] = field(default_factory=dict)
    states: Counter[FileState] = field(default_factory=Counter)
    warnings: list[Failure] = field(default_factory=list)

    def end(self, *, share: int, error: str | None = None) -> SourceFile:
        """What follows the files of the archive, with the reason if it could not be read on."""
        return SourceFile(
            self.name, self.source, self.origin, error=error, share=share, archive=self, ends=True
        )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with its bytes, or what is known of it without them.

    ``name`` is what the input calls it, ``file_name`` what readers are told. ``document_id`` is the
    id of the document that these bytes are, empty where there are none to be read; ``error`` is the
    reason why there are none. With ``unchanged`` nothing was looked at, because the archive
    around it is as it was; with ``ends`` it is no file but the end of ``archive``. ``keep`` says
    that the bytes will be found nowhere else. ``share`` is how many bytes of the input, as it is
    on disk, are done with it. A file that is attached to another is ``depth`` files deep in it, and
    counts against the ``budget`` of the outermost.
    """

    name: str
    source: str
    origin: str
    content: bytes = b""
    file_name: str = ""
    given: Metadata = field(default_factory=Metadata)
    document_id: str = ""
    error: str | None = None
    unchanged: bool = False
    cancelled: bool = False
    keep: bool = False
    share: int = 0
    archive: Archive | None = None
    ends: bool = False
    depth: int = 0
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class CutOrder:
    """How a file is to be cut when it has been read: as which document, and described how."""

    cutting: Cutting
    document_id: str
    given: Metadata = field(default_factory=Metadata)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a process made of a file, and the type of file that it is.

    ``passages``, without ids and text, are None where the store has no tokenizer to give away;
    ``statements`` where there is no parser. With ``is_attributed`` statements were looked for.
    """

    media_type: str
    reading: Reading
    passages: tuple[Passage, ...] | None = None
    statements: tuple[AttributedStatement, ...] | None = None
    speakers: tuple[Speaker, ...] = ()
    is_attributed: bool = False


# What is reported.


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
