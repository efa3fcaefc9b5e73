"""Compound files, as old office files and Outlook's messages are, for tests ([MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime

_SECTOR, _SMALL_SECTOR, _SMALL = 512, 64, 4096
_FREE, _END, _OF_TABLE, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF

Tree = Mapping[str, "bytes | Tree"]
"""The streams and folders of a file, by name."""


def compound(tree: Tree) -> bytes:
    """A compound file with these streams."""
    entries: list[list[object]] = []  # name, kind, child, next, content
    _add(entries, "Root Entry", 5, tree)
    small, small_table = bytearray(), list[int]()
    sectors, table = list[bytes](), list[int]()
    starts: dict[int, tuple[int, int]] = {}

    def put(content: bytes) -> int:
        first = len(sectors)
        parts = [content[at : at + _SECTOR] for at in range(0, len(content), _SECTOR)]
        sectors.extend(part.ljust(_SECTOR, b"\0") for part in parts)
        table.extend([*range(first + 1, first + len(parts)), _END] if parts else [])
        return first if parts else _END

    for at, (_, kind, _, _, content) in enumerate(entries):
        if kind != 2:
            continue
        assert isinstance(content, bytes)
        if len(content) >= _SMALL:
            starts[at] = (put(content), len(content))
            continue
        first, count = len(small_table), -(-len(content) // _SMALL_SECTOR)
        small += content.ljust(count * _SMALL_SECTOR, b"\0")
        small_table += [*range(first + 1, first + count), _END] if count else []
        starts[at] = (first if count else _END, len(content))
    starts[0] = (put(bytes(small)), len(small))
    small_start = put(struct.pack(f"<{len(small_table)}I", *small_table).ljust(_SECTOR, b"\xff"))
    small_sectors = len(sectors) - small_start
    directory = put(
        b"".join(_entry(each, *starts.get(at, (0, 0))) for at, each in enumerate(entries))
    )
    tables = 1
    while tables * _SECTOR // 4 < len(sectors) + tables:
        tables += 1
    first = len(sectors)
    table += [_OF_TABLE] * tables
    packed = struct.pack(f"<{len(table)}I", *table).ljust(tables * _SECTOR, b"\xff")
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, tables, directory, 0, _SMALL, small_start, small_sectors, _END, 0),
    )
    places = [*range(first, first + tables)]
    header += struct.pack("<109I", *places, *[_FREE] * (109 - tables))
    return header + b"".join(sectors) + packed


def _add(entries: list[list[object]], name: str, kind: int, inside: bytes | Tree) -> int:
    number = len(entries)
    entry: list[object] = [name, kind, _NONE, _NONE, inside]
    entries.append(entry)
    if not isinstance(inside, bytes):
        before = None
        for child in sorted(inside, key=lambda each: (len(each), each.upper())):
            content = inside[child]
            at = _add(entries, child, 2 if isinstance(content, bytes) else 1, content)
            if before is None:
                entry[2] = at
            else:
                entries[before][3] = at
            before = at
    return number


def _entry(entry: list[object], start: int, size: int) -> bytes:
    name = str(entry[0]).encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII36xIQ",
        *(name, len(name), entry[1], 1, _NONE, entry[3], entry[2], start, size),
    )


def outlook_message(
    *,
    sent: datetime | None = None,
    code_page: int | None = None,
    attached: Mapping[str, bytes | Tree] | None = None,
    inner: bool = False,
    **texts: str | bytes,
) -> dict[str, bytes | Tree]:
    """The streams of a message as Outlook saves it; ``texts`` are its properties.

    With ``code_page`` texts are in it, else in UTF-16. ``inner`` is for a message that is attached.
    """
    numbers = {
        "subject": 0x0037,
        "sender": 0x0C1A,
        "address": 0x0C1F,
        "to": 0x0E04,
        "body": 0x1000,
        "html": 0x1013,
        "headers": 0x007D,
    }
    fixed = b"\0" * (24 if inner else 32)
    if sent is not None:
        ticks = int((sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
        fixed += struct.pack("<HHIQ", 0x0040, 0x0039, 6, ticks)
    if code_page is not None:
        fixed += struct.pack("<HHIQ", 0x0003, 0x3FFD, 6, code_page)
    found: dict[str, bytes | Tree] = {"__properties_version1.0": fixed}
    for name, value in texts.items():
        if isinstance(value, bytes):
            kind, content = 0x0102, value
        elif code_page is not None:
            kind, content = 0x001E, value.encode(f"cp{code_page}")
        else:
            kind, content = 0x001F, value.encode("utf-16-le")
        found[f"__substg1.0_{numbers[name]:04X}{kind:04X}"] = content
    for at, (name, attachment) in enumerate((attached or {}).items()):
        stream = "37010102" if isinstance(attachment, bytes) else "3701000D"
        found[f"__attach_version1.0_#{at:08X}"] = {
            "__properties_version1.0": b"\0" * 8,
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            f"__substg1.0_{stream}": attachment,
        }
    return found
