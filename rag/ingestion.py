"""Files into the index: incremental, resumable, and with every file accounted for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rag.errors import DamagedFile, EmptyDocument, ReadingError, SourceNotFound
from rag.reading import media_type_of, merge_metadata, read, read_sidecar
from rag.reading.sidecar import SIDECAR
from rag.schema import Document, Metadata
from rag.storage import Entry, Index, Source, Writer

__all__ = ["Failure", "Ingestion", "Progress", "ingest", "remove"]

# Passages embedded and committed together: enough to keep the model busy, few enough that little
# is done again after an interruption.
_BATCH_PASSAGES = 128

# Changes when the readers come to give another text for the same file.
_READER_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingestion is. Bytes are of file contents; ``total`` of both is known at once."""

    source: str
    files: int
    total_files: int
    size: int
    total_size: int
    passages: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be ingested, and why."""

    source: str
    error: str


@dataclass(slots=True)
class Ingestion:
    """What an ingestion did, file by file. ``duplicates`` leads from a source to its twin."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _File:
    """A file to ingest; ``given`` is what the sidecar says of it."""

    path: Path
    source: str
    given: Metadata


def ingest(
    index: Index,
    paths: Sequence[Path],
    *,
    sync: bool = False,
    max_bytes: int = 100_000_000,
    on_progress: Callable[[Progress], None] | None = None,
) -> Ingestion:
    """Bring the index up to date with files and folders.

    Files whose content and metadata are unchanged are not read again. With ``sync``, documents
    whose files are gone from the given folders are removed. A file that cannot be read is named in
    the result with the reason, keeps its earlier version in the index, and stops no other file.

    Raises:
        SourceNotFound: one of ``paths`` does not exist; nothing has been done then.
        IndexBusy: another process is writing to the index.
    """
    for path in paths:
        if not path.exists():
            raise SourceNotFound(f"{path} does not exist: check the path")
    with index.writing() as writer:
        run = _Run(index, writer, max_bytes=max_bytes, on_progress=on_progress)
        for path in paths:
            run.collect(path)
        run.ingest_files()
        if sync:
            run.remove_missing([path.resolve() for path in paths if path.is_dir()])
    return run.result


def remove(index: Index, names: Sequence[str]) -> list[str]:
    """Remove documents by source, by id, or by the folder their sources begin with.

    Returns the sources that were removed.

    Raises:
        SourceNotFound: a name fits no document; nothing has been done then.
    """
    with index.writing() as writer:
        chosen: list[str] = []
        for name in names:
            folder = name.rstrip("/") + "/"
            fitting = [
                source.source
                for source in index.catalog.sources().values()
                if name in (source.source, source.document_id) or source.source.startswith(folder)
            ]
            if not fitting:
                raise SourceNotFound(f"no document {name!r} in the index: see 'rag list'")
            chosen.extend(source for source in fitting if source not in chosen)
        writer.remove(chosen)
    return chosen


class _Run:
    """One ingestion under way."""

    def __init__(
        self,
        index: Index,
        writer: Writer,
        *,
        max_bytes: int,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.result = Ingestion()
        self._index = index
        self._writer = writer
        self._max_bytes = max_bytes
        self._report = on_progress or (lambda _progress: None)
        self._known = index.catalog.sources()
        self._taken: dict[str, str] = {}
        self._files: list[_File] = []
        self._batch: list[Entry] = []

    def collect(self, path: Path) -> None:
        """Note the files below ``path`` (or ``path`` itself), in a fixed order."""
        root = path if path.is_dir() else path.parent
        found = sorted(_visible_files(path)) if path.is_dir() else [path]
        for folder in dict.fromkeys(file.parent for file in found):
            given = self._sidecar(folder, root)
            for file in (each for each in found if each.parent == folder):
                origin = str(file.resolve())
                if origin in self._taken.values():
                    continue  # named twice on the command line
                source = self._source_name(file, root, origin)
                self._taken[source] = origin
                self._files.append(_File(file, source, given.get(file.name, Metadata())))

    def _sidecar(self, folder: Path, root: Path) -> dict[str, Metadata]:
        """What the ``metadata.csv`` of a folder, and of those above it up to root, say of it."""
        given: dict[str, Metadata] = {}
        above = [folder, *(parent for parent in folder.parents if parent.is_relative_to(root))]
        for each in above:
            try:
                table = read_sidecar(each)
            except ReadingError as error:
                name = (each / SIDECAR).relative_to(root).as_posix()
                failure = Failure(name, str(error))
                if failure not in self.result.failed:
                    self.result.failed.append(failure)
                continue
            prefix = folder.relative_to(each).as_posix() + "/" if each != folder else ""
            for name, metadata in table.items():
                if name.startswith(prefix):
                    inside = name.removeprefix(prefix)
                    nearer = given.get(inside, Metadata())
                    given[inside] = merge_metadata(first=nearer, then=metadata)
        return given

    def _source_name(self, file: Path, root: Path, origin: str) -> str:
        """The path below the folder; with the folder's name before it if that name is taken.

        Two folders may each hold a ``report.pdf``: the second must not replace the first.
        """
        name = _printable(file.relative_to(root).as_posix())
        ancestors = [_printable(part) for part in root.resolve().parts[1:]]
        while self._belongs_to_another(name, origin) and ancestors:
            name = f"{ancestors.pop()}/{name}"
        return name

    def _belongs_to_another(self, name: str, origin: str) -> bool:
        if name in self._taken:
            return self._taken[name] != origin
        known = self._known.get(name)
        return known is not None and known.origin != origin and Path(known.origin).exists()

    def ingest_files(self) -> None:
        """Read, embed and publish what is new or changed."""
        sizes = [_size(file.path) for file in self._files]
        done = passages = 0
        for number, (file, size) in enumerate(zip(self._files, sizes, strict=True)):
            self._report(Progress(file.source, number, len(sizes), done, sum(sizes), passages))
            try:
                passages += self._ingest_file(file)
            except ReadingError as error:
                # The source is named beside the reason; its name need not stand there twice.
                reason = str(error).removeprefix(f"{file.path.name}: ")
                self.result.failed.append(Failure(file.source, reason))
            except OSError as error:
                reason = error.strerror or type(error).__name__
                self.result.failed.append(Failure(file.source, f"cannot be opened: {reason}"))
            done += size
        self._flush()
        self._report(Progress("", len(sizes), len(sizes), done, done, passages))

    def _ingest_file(self, file: _File) -> int:
        """Take one file to the batch, or find that there is nothing to do; passages made."""
        if _size(file.path) > self._max_bytes:
            raise DamagedFile(
                f"larger than {self._max_bytes // 1_000_000} MB: split it, or raise "
                "RAG_MAX_FILE_MEGABYTES"
            )
        content = file.path.read_bytes()
        document_id = hashlib.sha256(content).hexdigest()[:20]
        fingerprint = _fingerprint(document_id, file.given)
        known = self._known.get(file.source)
        if known is not None and known.fingerprint == fingerprint:
            self.result.unchanged.append(file.source)
            if known.origin != str(file.path.resolve()):
                self._lead(file, fingerprint, document_id)
            return 0
        if twin := self._twin(document_id, file.source):
            self._lead(file, fingerprint, document_id)
            self.result.duplicates[file.source] = twin
            return 0
        document = _read(file, content, document_id)
        entry = Entry(document, self._writer.cut(document), str(file.path.resolve()), fingerprint)
        if not entry.passages:
            raise EmptyDocument("there is no text in it")
        self._batch.append(entry)
        (self.result.updated if known else self.result.added).append(file.source)
        self.result.warnings += [Failure(file.source, warning) for warning in document.warnings]
        if sum(len(each.passages) for each in self._batch) >= _BATCH_PASSAGES:
            self._flush()
        return len(entry.passages)

    def _twin(self, document_id: str, source: str) -> str | None:
        """The source whose document this content already is, unless that is ``source`` itself."""
        for entry in self._batch:
            if entry.document.id == document_id:
                self._flush()
                break
        twin = self._index.catalog.source_of(document_id)
        return None if twin == source else twin

    def _lead(self, file: _File, fingerprint: str, document_id: str) -> None:
        origin = str(file.path.resolve())
        self._writer.lead([Source(file.source, origin, fingerprint, document_id)])

    def _flush(self) -> None:
        if self._batch:
            self._writer.add(self._batch)
            self._batch = []

    def remove_missing(self, roots: Sequence[Path]) -> None:
        """Remove what came from below ``roots`` and is no longer there."""
        missing = [
            source.source
            for source in self._known.values()
            if source.source not in self._taken
            and any(Path(source.origin).is_relative_to(root) for root in roots)
            and not Path(source.origin).exists()
        ]
        self._writer.remove(missing)
        self.result.removed.extend(missing)


def _visible_files(folder: Path) -> Iterator[Path]:
    """All files below ``folder`` but hidden ones and sidecars."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.name != SIDECAR and path.is_file():
            yield path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _printable(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _fingerprint(document_id: str, given: Metadata) -> str:
    told = json.dumps(asdict(given), sort_keys=True)
    return hashlib.sha256(f"{_READER_VERSION} {document_id} {told}".encode()).hexdigest()[:20]


def _read(file: _File, content: bytes, document_id: str) -> Document:
    media_type = media_type_of(file.path.name, content)
    reading = read(content, name=file.path.name, media_type=media_type)
    return Document(
        id=document_id,
        source=file.source,
        text=reading.text,
        metadata=merge_metadata(first=file.given, then=reading.metadata),
        media_type=media_type,
        pages=reading.pages,
        headings=reading.headings,
        turns=reading.turns,
        warnings=reading.warnings,
    )
