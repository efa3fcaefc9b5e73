"""How the process that reads and the one that asked for it talk: frames of JSON and bytes.

The process that reads handles hostile files, so what comes out of it is looked at before it is
believed: no pickle, and no reading whose parts do not fit together.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, fields
from typing import Any, BinaryIO, Final, TypeVar, get_args

from rag.readers.metadata.fields import KNOWN
from rag.readers.pdf.boxes import Box, Sheet
from rag.schema import Heading, Metadata, Page, PageKind, Reading, Table, Turn

__all__ = ["OUT_OF_MEMORY", "decode_reading", "decode_sheet", "encode_reading", "encode_sheet"]
__all__ += ["receive", "send"]

OUT_OF_MEMORY = 77
"""Exit status of a process that had no memory left to say so."""

_PREFIX = struct.Struct(">IQ")
_LONGEST_HEADER = 1_000_000

_NOTHING = type(None)
_PAGE = (int, (str, _NOTHING), int, int, str, bool)
_HEADING = (int, int, int)
_TURN = (str, int, int)
_TABLE = (int, int, int, int)
_KINDS: Final = frozenset(get_args(PageKind))

_Part = TypeVar("_Part", Page, Heading, Turn, Table)


def send(stream: BinaryIO, header: Mapping[str, object], body: bytes = b"") -> None:
    """Write one frame: both lengths, ``header`` as JSON, ``body`` as it is."""
    head = json.dumps(header).encode()
    stream.write(_PREFIX.pack(len(head), len(body)) + head)
    stream.write(body)
    stream.flush()


def receive(stream: BinaryIO, *, most: int) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame whose body has at most ``most`` bytes; None when the stream has ended.

    Raises:
        ValueError: this is no frame.
    """
    prefix = stream.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        return None
    head_length, body_length = _PREFIX.unpack(prefix)
    if head_length > _LONGEST_HEADER or body_length > most:
        raise ValueError("a frame longer than it may be")
    head, body = stream.read(head_length), stream.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    header = json.loads(head)
    if not isinstance(header, dict):
        raise ValueError("a frame without a header")
    return header, body


def encode_reading(reading: Reading) -> bytes:
    """``reading`` as JSON in UTF-8."""
    known = {name: getattr(reading.metadata, name) for name in KNOWN}
    value = {
        "text": reading.text,
        "metadata": {**known, "extra": dict(reading.metadata.extra)},
        "pages": [astuple(page) for page in reading.pages],
        "headings": [astuple(heading) for heading in reading.headings],
        "turns": [astuple(turn) for turn in reading.turns],
        "tables": [astuple(table) for table in reading.tables],
        "warnings": reading.warnings,
    }
    # Halves of surrogate pairs are no characters; "?" keeps the offsets of what follows them.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def decode_reading(content: bytes) -> Reading:
    """The reading that :func:`encode_reading` encoded.

    Raises:
        ValueError: it is none, or pages, headings, turns or tables are not within its text.
    """
    try:
        value = json.loads(content)
        text = _checked(value["text"], str)
        pages = _parts(Page, value["pages"], _PAGE, text)
        if any(page.kind not in _KINDS for page in pages):
            raise ValueError("a page of no known kind")
        tables = _parts(Table, value["tables"], _TABLE, text)
        if any(not 0 <= each.heading_start <= each.heading_end <= each.end for each in tables):
            raise ValueError("a table whose heading is not before its rows")
        return Reading(
            text=text,
            metadata=_metadata(value["metadata"]),
            pages=pages,
            headings=_parts(Heading, value["headings"], _HEADING, text),
            turns=_parts(Turn, value["turns"], _TURN, text),
            tables=tables,
            warnings=tuple(_checked(each, str) for each in value["warnings"]),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no reading: {error}") from error


def encode_sheet(sheet: Sheet) -> bytes:
    """``sheet`` as JSON."""
    return json.dumps(asdict(sheet)).encode()


def decode_sheet(content: bytes) -> Sheet:
    """The sheet that :func:`encode_sheet` encoded.

    Raises:
        ValueError: it is none, has no size, or a box is not on it.
    """
    try:
        value = json.loads(content)
        width, height = (float(value[name]) for name in ("width", "height"))
        boxes = tuple(
            Box(**{side: float(at) for side, at in box.items()}) for box in value["boxes"]
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no sheet: {error}") from error
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise ValueError("a sheet without a size")
    if any(not _is_on_page(box) for box in boxes):
        raise ValueError("a box that is not on the page")
    return Sheet(width, height, boxes)


def _is_on_page(box: Box) -> bool:
    return 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1


def _metadata(value: Mapping[str, Any]) -> Metadata:
    known = {name: _checked(value[name], (str, _NOTHING)) for name in KNOWN}
    extra = {_checked(name, str): _checked(each, str) for name, each in value["extra"].items()}
    return Metadata(**known, extra=extra)


def _parts(
    kind: type[_Part], rows: Sequence[Sequence[Any]], types: Sequence[Any], text: str
) -> tuple[_Part, ...]:
    if len(types) != len(fields(kind)):
        raise TypeError(f"{kind.__name__} has other fields than it had")
    parts = tuple(
        kind(*(_checked(each, type_) for each, type_ in zip(row, types, strict=True)))
        for row in rows
    )
    if any(not 0 <= part.start <= part.end <= len(text) for part in parts):
        raise ValueError(f"a {kind.__name__.lower()} outside the text")
    return parts


def _checked(value: Any, type_: Any) -> Any:  # noqa: ANN401 - what it is, is what it checks
    if not isinstance(value, type_):
        raise TypeError(f"{type(value).__name__} where it cannot be")
    return value
