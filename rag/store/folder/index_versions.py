"""The versions of an index in its folder, and the pointer that says which one is current.

::

    index/
      current              {"generation": 3}, replaced in one step
      generations/3/       catalog.sqlite, vectors/, lexical/, and "complete" once it is whole
      originals/           shared by all generations
      writer.lock

A version is called a generation: it is what one build made. Building anew fills the next folder
while this one goes on serving, then moves the pointer.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexBusy, IndexMissing, IndexProblem
from rag.models.embedding import Vectors
from rag.store.folder.catalog import Catalog
from rag.store.folder.durable import flush_folder, replacing
from rag.store.folder.exact_search import COMPARE_ALL, ExactSearch
from rag.store.folder.lexical import LexicalIndex
from rag.store.folder.storage_errors import translating_errors
from rag.store.folder.vectors import VectorStore
from rag.store.protocol import Scored

CATALOG = "catalog.sqlite"
# Another process may be creating the very same index.
_PATIENCE_SECONDS = 10.0
_COMPARED = "compare-all-vectors"
_POINTER, _GENERATIONS, _COMPLETE, _LOCK = "current", "generations", "complete", "writer.lock"

Stamp = tuple[int, int, int]
"""Changes whenever the pointer does."""


class Generation:
    """The three stores of one build; vectors and lexical index are opened at first use.

    ``is_compared`` says that a query is compared with all vectors, however many there are.
    """

    def __init__(self, folder: Path, *, root: Path) -> None:
        self.folder = folder
        self.root = root
        self._lock = threading.Lock()
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._place = self._readable_place()
        self.lexical_folder = self._place / "lexical"
        self.catalog = Catalog(self._place / CATALOG, root=root)
        self._exact = ExactSearch(self.catalog)
        self.is_compared = (self._place / _COMPARED).exists()
        self._vectors: VectorStore | None = None
        self._lexical: LexicalIndex | None = None

    def _readable_place(self) -> Path:
        """The folder, or a copy of it: all three stores write something even to read."""
        if os.access(self.folder, os.W_OK):
            return self.folder
        self._copy = tempfile.TemporaryDirectory(prefix="footnote-")
        with translating_errors(Path(self._copy.name), "the copy of a read-only index"):
            return Path(shutil.copytree(self.folder, Path(self._copy.name) / "generation"))

    @property
    def vectors(self) -> VectorStore:
        """The vectors of the passages."""
        with self._lock:
            if self._vectors is None:
                self._vectors = VectorStore.open(self._place / "vectors", root=self.root)
            return self._vectors

    @property
    def lexical(self) -> LexicalIndex:
        """The words of the passages."""
        with self._lock:
            if self._lexical is None:
                self._lexical = LexicalIndex(self.lexical_folder, root=self.root)
            return self._lexical

    def nearest(
        self, query: Vectors, *, count: int, document_ids: Collection[str] | None = None
    ) -> Scored:
        """Passage ids with their cosine similarity to ``query`` (shape ``(dimension,)``).

        All are compared, also where there are very many and Chroma finds fewer than there are.
        Only of ``document_ids`` where that is given.
        """
        sizes = self.catalog.sizes()
        total = sum(sizes.values())
        if total > COMPARE_ALL and not self.is_compared:
            left = total if document_ids is None else sum(sizes.get(e, 0) for e in document_ids)
            found = self.vectors.nearest(query, count=count, document_ids=document_ids)
            if len(found) >= min(count, left):
                return found
        return self._exact.nearest(query, count=count, document_ids=document_ids)

    def compare_all(self) -> None:
        """Search by comparing all vectors from now on: Chroma's graph has lost some of them."""
        (self.folder / _COMPARED).touch()
        self.is_compared = True

    @property
    def is_copy(self) -> bool:
        """Whether the index is read-only, so that this is a copy of it."""
        return self._copy is not None

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            vectors, self._vectors, self._lexical = self._vectors, None, None
        self.catalog.close()
        if vectors is not None:
            vectors.close()
        if self._copy is not None:
            self._copy.cleanup()


class Layout:
    """The folder of an index: its generations, the pointer to the current one, the write lock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.generations = root / _GENERATIONS

    def folder(self, number: int) -> Path:
        """The folder of one generation."""
        return self.generations / str(number)

    def current(self) -> int | None:
        """The number of the current generation; None if there is no pointer, or no good one."""
        try:
            pointer = json.loads((self.root / _POINTER).read_text("utf-8"))
            number = pointer["generation"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        is_there = isinstance(number, int) and (self.folder(number) / CATALOG).is_file()
        return number if is_there else None

    def stamp(self) -> Stamp | None:
        """A value that changes whenever the pointer does; None if there is no pointer."""
        try:
            status = (self.root / _POINTER).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def exists(self) -> bool:
        """Whether there is an index in the folder, be it a damaged one."""
        return (self.root / _POINTER).exists() or bool(self.complete())

    def numbers(self) -> list[int]:
        """All generations that have a folder, half-built ones too."""
        if not self.generations.is_dir():
            return []
        names = (each.name for each in self.generations.iterdir())
        return sorted(int(name) for name in names if name.isascii() and name.isdigit())

    def complete(self) -> list[int]:
        """The generations that were built to the end."""
        return [
            each
            for each in self.numbers()
            if (self.folder(each) / _COMPLETE).exists() and (self.folder(each) / CATALOG).is_file()
        ]

    def left_over(self) -> list[int]:
        """Generations besides the current one: half-built, or replaced."""
        current = self.current()
        return [number for number in self.numbers() if number != current]

    def new_folder(self) -> tuple[int, Path]:
        """Number and folder of the next generation; the folder is made."""
        with translating_errors(self.root, "the folder of the index"):
            number = max(self.numbers(), default=0) + 1
            self.folder(number).mkdir(parents=True)
            return number, self.folder(number)

    def point_to(self, number: int) -> None:
        """Make a generation the current one, in one step."""
        with translating_errors(self.root, "the folder of the index"):
            (self.folder(number) / _COMPLETE).touch()
            flush_folder(self.folder(number))
            with replacing(self.root / _POINTER) as file:
                file.write(json.dumps({"generation": number}).encode("ascii") + b"\n")

    def prepare(self, *, create: bool) -> None:
        """See to it that there is a current generation, or say why there is none.

        With ``create`` an index that is missing is made, and a pointer that is lost or damaged is
        mended.

        Raises:
            IndexMissing: there is no index, and none was to be created.
            IndexProblem: the pointer is damaged, or the folder cannot be written.
        """
        if self.current() is not None:
            return
        if not create and self.exists():
            raise IndexProblem(
                f"the file {self.root / _POINTER} is missing or damaged: run 'rag doctor --repair "
                f"--index {self.root}'"
            )
        if not create:
            raise IndexMissing(
                f"there is no index in {self.root}/: build one with 'rag ingest PATH --index "
                f"{self.root}'"
            )
        with translating_errors(self.root, "the folder of the index"):
            self.root.mkdir(parents=True, exist_ok=True)
        with self.locked(wait=_PATIENCE_SECONDS):
            if self.exists():
                self.mend_pointer()
                return
            number, folder = self.new_folder()
            Catalog(folder / CATALOG, root=self.root).close()
            self.point_to(number)
            self.remove_left_over()

    def mend_pointer(self) -> None:
        """Point to the newest complete generation, if the pointer is lost or damaged.

        Raises:
            IndexProblem: there is no complete generation.
        """
        if self.current() is not None:
            return
        complete = self.complete()
        if not complete:
            raise IndexProblem(
                f"there is no whole catalog in {self.root}/: restore a backup with 'rag restore "
                f"FILE --force --index {self.root}', or remove the folder and ingest again"
            )
        self.point_to(complete[-1])

    def remove_left_over(self) -> None:
        """Remove all generations but the current one, as far as the system lets go of them."""
        if self.current() is None:
            return
        for number in self.left_over():
            shutil.rmtree(self.folder(number), ignore_errors=True)
        for path in self.root.glob(f".{_POINTER}.*.part"):
            path.unlink(missing_ok=True)

    def size(self, number: int) -> int:
        """Bytes that a generation takes."""
        files = (path for path in self.folder(number).rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    def demand_space(self, needed: int) -> None:
        """Raise an error if there is not about this much room on the disk.

        Raises:
            IndexProblem: there is less; the message says how much is needed.
        """
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise IndexProblem(
                f"about {-(-needed // 1_000_000)} MB are needed in {self.root}/, but only "
                f"{free // 1_000_000} MB are free: free space, then run the command again"
            )

    @contextmanager
    def locked(self, *, wait: float = 0) -> Iterator[None]:
        """Hold the write lock, got within ``wait`` seconds.

        Raises:
            IndexBusy: another process, or another thread, is writing.
            IndexProblem: the folder cannot be written.
        """
        lock = FileLock(self.root / _LOCK, timeout=wait)
        with translating_errors(self.root, "the folder of the index"):
            try:
                lock.acquire()
            except Timeout as error:
                raise IndexBusy(
                    f"another process is writing to the index in {self.root}/: wait until it is "
                    "done, then run the command again"
                ) from error
        try:
            yield
        finally:
            lock.release()
