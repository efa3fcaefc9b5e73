"""Which files there are below a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rag.ingest.snapshot import NOT_REGULAR
from rag.readers.metadata.sidecar import SIDECAR

__all__ = ["Found", "is_litter", "walk"]

_LITTER = frozenset(("__MACOSX", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN"))


@dataclass(slots=True)
class Found:
    """Files in the order of their paths, what was left out and why, and folders not looked into."""

    files: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or left there by a program or system."""
    return name.startswith((".", "~$")) or name in _LITTER


def walk(root: Path) -> Found:
    """All regular files below ``root`` but hidden ones, litter and sidecars.

    Links are followed, into each folder once, so that links in a circle come to an end; a folder
    that has a place of its own below ``root`` is found there and not through a link.
    """
    found = Found()
    seen: set[tuple[int, int]] = set()
    folders, links = [root], list[Path]()
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        if not _is_first_visit(folder, seen):
            continue
        for path in _entries(folder, found):
            mode = _mode(path)
            if stat.S_ISDIR(mode):
                (links if path.is_symlink() else folders).append(path)
            elif not stat.S_ISREG(mode):
                reason = NOT_REGULAR if mode else "a link that leads nowhere: remove or mend it"
                found.failed.append((path, reason))
            elif path.name != SIDECAR:
                found.files.append(path)
    found.files.sort()
    found.failed.sort()
    return found


def _is_first_visit(folder: Path, seen: set[tuple[int, int]]) -> bool:
    try:
        there = folder.stat()
    except OSError:
        return True  # what is wrong with it shows when it is listed
    key = (there.st_dev, there.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True


def _entries(folder: Path, found: Found) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - scandir's order is the disk's
    except OSError as error:
        found.failed.append((folder, f"cannot be opened: {error.strerror or error}"))
        found.unread.append(folder)
        return
    for name in names:
        if not is_litter(name):
            yield folder / name


def _mode(path: Path) -> int:
    """The type of what ``path`` leads to; 0 where it leads nowhere."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0
