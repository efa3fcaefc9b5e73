"""Messages between the process that reads files and the program: frames of JSON and bytes.

The process handles hostile files, so its answers are validated: no pickle, and no reading whose
parts lie outside its text.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from rag.readers.pdf_view import PageView
from rag.schema import (
    Aside,
    AttributedStatement,
    Carried,
    Heading,
    Page,
    Passage,
    Reading,
    Speaker,
    Table,
    Turn,
)

# Every process that reads files imports this; pydantic would be half of what that costs.
if TYPE_CHECKING:
    from pydantic import TypeAdapter

OUT_OF_MEMORY = 77
"""Exit status of a process that had no memory left to say so."""

_PREFIX = struct.Struct(">IQ")
_LONGEST_HEADER = 1_000_000


@dataclass(frozen=True, slots=True)
class CutFile:
    """What a file came to: what was read of it, its passages, and whose words are in it.

    ``passages`` are without ids and text; None where they were not asked for. ``statements`` are
    None without the parser's model.
    """

    reading: Reading
    passages: tuple[Passage, ...] | None = None
    statements: tuple[AttributedStatement, ...] | None = None
    speakers: tuple[Speaker, ...] = ()


class TooLong(ValueError):
    """A frame is longer than its reader wants to have it."""


_Record = TypeVar("_Record", CutFile, PageView)
_Part = Page | Heading | Turn | Table | Aside | Carried | Passage | AttributedStatement


def send(stream: BinaryIO, header: Mapping[str, object], body: bytes = b"") -> None:
    """Write one frame: both lengths, ``header`` as JSON, ``body`` as it is."""
    head = json.dumps(header).encode()
    stream.write(_PREFIX.pack(len(head), len(body)) + head)
    stream.write(body)
    stream.flush()


def receive(stream: BinaryIO, *, most: int) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame whose body has at most ``most`` bytes; None when the stream has ended.

    Raises:
        TooLong: it has more.
        ValueError: this is no frame.
    """
    prefix = stream.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        return None
    head_length, body_length = _PREFIX.unpack(prefix)
    if head_length > _LONGEST_HEADER or body_length > most:
        raise TooLong("a frame longer than it may be")
    head, body = stream.read(head_length), stream.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    header = json.loads(head)
    if not isinstance(header, dict):
        raise ValueError("a frame without a header")
    return header, body


def encode(record: CutFile | PageView) -> bytes:
    """``record`` as JSON in UTF-8."""
    # Halves of surrogate pairs are no characters; "?" keeps the offsets of what follows them.
    return json.dumps(asdict(record), ensure_ascii=False).encode("utf-8", "replace")


def decode_cut_file(content: bytes) -> CutFile:
    """The encoded file.

    Raises:
        ValueError: it is none, or pages, headings, turns, tables, asides, passages or statements
            are not within its text.
    """
    found: CutFile = _type(CutFile).validate_json(content, strict=True)
    reading, passages = found.reading, found.passages or ()
    parts: list[_Part] = [*reading.pages, *reading.headings, *reading.turns, *reading.tables]
    parts += [*reading.asides, *reading.carried, *passages, *(found.statements or ())]
    for part in parts:
        if not 0 <= part.start <= part.end <= len(reading.text):
            raise ValueError(f"a {type(part).__name__.lower()} outside the text")
    if not all(0 <= each.heading_start <= each.heading_end <= each.end for each in reading.tables):
        raise ValueError("a table whose heading is not before its rows")
    if any(each.text or each.id or each.document_id for each in passages):
        raise ValueError("a passage with a text of its own")
    if not all(one.end <= other.start for one, other in pairwise(passages)):
        raise ValueError("passages that overlap")
    for each in passages:
        if not all(each.start <= start <= end <= each.end for start, end in each.sentences):
            raise ValueError("a sentence outside its passage")
    return found


def decode_page_sizes(content: bytes) -> list[tuple[float, float]]:
    """The sizes of pages, as :func:`rag.readers.pdf_view.page_sizes` gives them, from JSON.

    Raises:
        ValueError: they are none, or a side is not a length.
    """
    sizes: list[tuple[float, float]] = _type(list[tuple[float, float]]).validate_json(content)
    if not all(0 <= side < math.inf for size in sizes for side in size):
        raise ValueError("a page without a size")
    return sizes


def decode_page_view(content: bytes) -> PageView:
    """The encoded view of a page.

    Raises:
        ValueError: it is none, has no size, or a box is not on it.
    """
    view: PageView = _type(PageView).validate_json(content, strict=True)
    if not (0 < view.width < math.inf and 0 < view.height < math.inf):
        raise ValueError("a page without a size")
    for box in (*view.boxes, *(line.box for line in view.lines)):
        if not (0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1):
            raise ValueError("a box that is not on the page")
    if not all(0 <= line.turn < 4 for line in view.lines):
        raise ValueError("a line in no direction")
    return view


@cache
def _type(record: type[_Record]) -> TypeAdapter[_Record]:
    from pydantic import TypeAdapter

    return TypeAdapter(record)
