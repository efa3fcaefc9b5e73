"""What reading one file may cost, and what it may use."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rag.errors import LimitExceeded
from rag.language.finished_messages import later
from rag.schema import AttributedStatement, Metadata, Passage, Reading

# Every process that reads files imports this; pydantic would be half of what that costs.
if TYPE_CHECKING:
    from rag.settings import Settings

# Few printed pages have more.
_CHARACTERS_A_PAGE: Final = 3000
# One in fifty characters: no page has as many rows, headings, turns or passages.
_PARTS_A_PAGE: Final = 60
_FEW_PARTS: Final = 1000
_BYTES_A_CHARACTER: Final = 16  # encoded, with what is told of it
_LONGEST_VALUE: Final = 2000  # characters of a title, a speaker's name …
_MOST_VALUES: Final = 200

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

    @property
    def characters(self) -> int:
        """The most that the text of a document may have, in formats without pages too."""
        return self.pages * _CHARACTERS_A_PAGE

    @property
    def reply_bytes(self) -> int:
        """The most that a document may come to, encoded with all that is found in it."""
        return 10_000_000 + self.characters * _BYTES_A_CHARACTER


def bounded(reading: Reading) -> Reading:
    """The reading with metadata, names and warnings of a length that a person would read."""
    told = reading.metadata
    values = {
        name: value[:_LONGEST_VALUE] if isinstance(value := getattr(told, name), str) else value
        for name in Metadata.__slots__
        if name != "extra"
    }
    extra = {
        name[:_LONGEST_VALUE]: value[:_LONGEST_VALUE]
        for name, value in list(told.extra.items())[:_MOST_VALUES]
    }
    turns = reading.turns
    if any(len(each.speaker) > _LONGEST_VALUE for each in turns):
        turns = tuple(replace(each, speaker=each.speaker[:_LONGEST_VALUE]) for each in turns)
    warnings = tuple(each[:_LONGEST_VALUE] for each in reading.warnings[:_MOST_VALUES])
    return replace(
        reading, metadata=Metadata(**values, extra=extra), turns=turns, warnings=warnings
    )


def check_size(
    reading: Reading,
    passages: Collection[Passage] = (),
    statements: Collection[AttributedStatement] = (),
    *,
    limits: Limits,
) -> None:
    """See that a document is no larger than one with so many pages can be.

    Raises:
        LimitExceeded: it is; the message says what there is too much of.
    """
    most = max(_FEW_PARTS, limits.pages * _PARTS_A_PAGE)
    sizes = {
        later("characters"): (len(reading.text), limits.characters),
        later("pages or rows"): (len(reading.pages), most),
        later("headings"): (len(reading.headings), most),
        later("turns of speakers"): (len(reading.turns), most),
        later("tables"): (len(reading.tables), most),
        later("comments and notices"): (len(reading.asides), most),
        later("names of columns"): (len(reading.carried), 4 * most),
        later("attached files"): (len(reading.attachments), most),
        later("passages"): (len(passages), most),
        later("quotations and reports"): (len(statements), most),
    }
    for name, (size, limit) in sizes.items():
        if size > limit:
            raise LimitExceeded(
                f"{size:,} {name}, more than the {limit:,} that {limits.pages:,} pages have: split "
                "it, or raise RAG_MAX_PAGES"
            )
