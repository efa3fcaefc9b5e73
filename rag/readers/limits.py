"""What reading one file may cost, and what it may use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

# Every process that reads files imports this; pydantic would be half of what that costs.
if TYPE_CHECKING:
    from rag.settings import Settings

__all__ = ["Limits", "child_environment"]

# Where programs, libraries and temporary files are, and the language; no keys and no proxies.
_PASSED_ON: Final = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATHEXT"),
    *("HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR", "LANG", "LANGUAGE", "TZ"),
    *("TESSDATA_PREFIX", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT"),
)


def child_environment(**more: str) -> dict[str, str]:
    """Our environment without its secrets and with ``more``, for a program that is given a file.

    A file that takes the program over finds no key of a language model and no password of a proxy.
    """
    kept = (each for each in os.environ if each in _PASSED_ON or each.startswith("LC_"))
    return {**{each: os.environ[each] for each in kept}, **more}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a single file.

    ``pages`` counts pages or slides; ``expanded_bytes`` and ``ratio`` bound what a compressed
    format (DOCX, EPUB, an archive …) may expand to, absolutely and against its own size;
    ``files`` and ``depth`` bound the members of an archive and archives inside archives. ``ocr``
    allows the recognition of pages that have no text.
    """

    pages: int = 5000
    expanded_bytes: int = 2_000_000_000
    ratio: int = 200
    files: int = 10_000
    depth: int = 3
    ocr: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that the settings ask for."""
        return cls(
            pages=settings.max_pages,
            expanded_bytes=settings.max_archive_megabytes * 1_000_000,
            ratio=settings.max_archive_ratio,
            files=settings.max_archive_files,
            depth=settings.max_archive_depth,
            ocr=settings.ocr,
        )
