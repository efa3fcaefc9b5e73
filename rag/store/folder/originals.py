"""Copies of files that have no lasting place elsewhere: uploads, pages, members of archives."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from rag.store.files import digest
from rag.store.folder.durable import replacing
from rag.store.folder.storage_errors import translating_errors

_ID = re.compile(r"[0-9A-Za-z]{1,64}")


class Originals:
    """One file for each document that has its original here, named by the document's id.

    The folder belongs to all generations of the index.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "originals"

    def path(self, document_id: str) -> Path:
        """Where the original of a document is, or would be."""
        if not _ID.fullmatch(document_id):
            raise ValueError(f"{document_id!r} cannot be the name of a file")
        return self._folder / document_id[:2] / document_id

    def put(self, document_id: str, content: bytes) -> str:
        """Keep an original; returns its SHA-256."""
        path, sha256 = self.path(document_id), digest(content)
        with translating_errors(self._root, "the folder of originals"):
            if path.is_file() and digest(path.read_bytes()) == sha256:
                return sha256
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(content)
        return sha256

    def get(self, document_id: str, sha256: str) -> bytes | None:
        """The original, or None if it is missing or is not what was put."""
        try:
            content = self.path(document_id).read_bytes()
        except (OSError, ValueError):
            return None
        return content if digest(content) == sha256 else None

    def remove(self, document_ids: Collection[str]) -> None:
        """Remove the originals of some documents; to have none is no error."""
        with translating_errors(self._root, "the folder of originals"):
            for document_id in document_ids:
                if _ID.fullmatch(document_id):
                    self.path(document_id).unlink(missing_ok=True)

    def superfluous(self, known: Collection[str]) -> list[Path]:
        """Files that are the original of no document in ``known``, half-written ones too."""
        # Walking with scandir: a folder of 10,000 originals takes a few hundredths of a second.
        return [
            Path(folder) / name
            for folder, _, names in os.walk(self._folder)
            for name in names
            if name not in known
        ]

    def clear(self, known: Collection[str]) -> None:
        """Remove what is :meth:`superfluous`."""
        with translating_errors(self._root, "the folder of originals"):
            for path in self.superfluous(known):
                path.unlink(missing_ok=True)
