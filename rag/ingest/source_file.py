"""A file on its way into the index, and the archive that it may be in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rag.ingest.records import FileState
from rag.ingest.snapshot import id_of
from rag.schema import Metadata
from rag.store import Source

__all__ = ["Archive", "Material"]


@dataclass(slots=True)
class Archive:
    """An archive that is being taken in; ``digest`` changes with it and with what is told of it.

    ``name`` is what the input calls it. ``whole`` says that it was read to its end, ``failed`` that
    not all of it became documents; ``rows`` are the sources of what did, and ``states`` counts what
    its files came to.
    """

    name: str
    source: str
    origin: str
    digest: str
    whole: bool = False
    failed: bool = False
    rows: dict[str, Source] = field(default_factory=dict)
    states: Counter[FileState] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Material:
    """A file with its bytes, or what is known of it without them.

    ``name`` is what the input calls it, ``file_name`` what readers are told. ``error`` is the
    reason why there are no bytes. With ``unchanged`` nothing was looked at, because the archive
    around it is as it was; with ``ends`` it is no file but the end of ``archive``. ``keep`` says
    that the bytes will be found nowhere else. ``share`` is how many bytes of the input, as it is
    on disk, are done with it.
    """

    name: str
    source: str
    origin: str
    content: bytes = b""
    file_name: str = ""
    given: Metadata = field(default_factory=Metadata)
    error: str | None = None
    unchanged: bool = False
    cancelled: bool = False
    keep: bool = False
    share: int = 0
    archive: Archive | None = None
    ends: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether its bytes are here, to be read unless they are known."""
        return not (self.ends or self.unchanged or self.cancelled) and self.error is None

    def document_id(self) -> str:
        """The id of the document that it is."""
        return id_of(self.content)
