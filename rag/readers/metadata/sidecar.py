"""``metadata.csv``: what people know about the files in a folder, one row for each file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path, PurePosixPath

from rag.errors import ReadingError
from rag.readers.decoding import check_is_text, decode
from rag.readers.metadata.fields import KNOWN, iso_date, metadata_from
from rag.schema import Metadata

SIDECAR = "metadata.csv"

# A spreadsheet takes a cell that begins so for a formula.
_FORMULAS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The rows by file, a path with ``/`` relative to the folder of the sidecar.

    ``problems`` names each line of which something could not be used, with the reason.
    """

    rows: Mapping[str, Metadata] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read_sidecar(folder: Path) -> Sidecar:
    """What ``metadata.csv`` in ``folder`` says; nothing without such a file.

    Raises:
        ReadingError: it cannot be opened, or see :func:`sidecar_of`.
    """
    path = folder / SIDECAR
    if not path.is_file():
        return Sidecar()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadingError(f"{path}: cannot be opened: {error.strerror}") from error
    return sidecar_of(content, str(path))


def sidecar_of(content: bytes, name: str = SIDECAR) -> Sidecar:
    """What the ``content`` of a ``metadata.csv`` says; ``name`` is for messages.

    The column ``file`` is required. ``title``, ``publisher``, ``date``, ``country``, ``author``,
    ``speaker`` and ``language`` are known; any other is kept in ``extra`` under its name. A date
    that is not clear is left out, and so is a row that is not clear as a whole.

    Raises:
        ReadingError: it is no table of this form; the message names the line.
    """
    if not content.strip():
        return Sidecar()
    check_is_text(content, name)
    found: dict[str, Metadata] = {}
    problems: list[str] = []
    for line, row in _rows(decode(content, name), name, problems):
        file = PurePosixPath(row.pop("file").strip().replace("\\", "/"))
        if file.is_absolute() or ".." in file.parts or not file.parts:
            problems.append(f"line {line}: the column 'file' is empty or leaves the folder")
            continue
        if str(file) in found:
            problems.append(f"line {line}: {file} has a row already; keep one of them")
            continue
        for column in [name for name in row if name.lower() == "date"]:
            given = row[column].strip()
            if given and iso_date(given) is None:
                problems.append(
                    f"line {line}: the date {given!r} is not clear and is not used; write it as "
                    "2019-03-13"
                )
                del row[column]
        found[str(file)] = metadata_from(row)
    return Sidecar(found, tuple(problems))


def write_sidecar(path: Path, rows: Mapping[str, Metadata]) -> None:
    """Write a new ``metadata.csv`` for a spreadsheet, to be read back by :func:`sidecar_of`.

    Raises:
        FileExistsError: there is a file at ``path``.
        OSError: it cannot be written.
    """
    others = dict.fromkeys(name for row in rows.values() for name in row.extra)
    extra = [name for name in others if name.lower() not in (*KNOWN, "file")]
    # Excel takes a table without this mark for one in an old encoding.
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *KNOWN, *extra])
        for name, row in rows.items():
            known = [getattr(row, each) or "" for each in KNOWN]
            values = [name, *known, *(row.extra.get(each, "") for each in extra)]
            table.writerow(["'" + each if each.startswith(_FORMULAS) else each for each in values])


def _value(cell: str) -> str:
    """A cell as it was before :func:`write_sidecar` kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULAS) else cell


def _rows(text: str, path: str, problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of each row that is not blank, and has no values too many."""
    delimiter = max(",;\t", key=text.lstrip().split("\n", 1)[0].count)  # as spreadsheets write
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    try:
        for row in rows:
            if not any(value.strip() for value in row):
                continue
            if not columns:
                columns = _columns(row, path)
                continue
            if any(value.strip() for value in row[len(columns) :]):
                problems.append(
                    f"line {rows.line_num}: {len(row)} values for {len(columns)} columns; put "
                    "values that contain a comma in double quotes"
                )
                continue
            values = map(_value, row[: len(columns)])
            yield rows.line_num, dict(zip_longest(columns, values, fillvalue=""))
    except csv.Error as error:
        raise ReadingError(f"{path}, line {rows.line_num}: {error}; check the quotes") from error


def _columns(row: list[str], path: str) -> list[str]:
    columns = [name.strip() for name in row]
    columns = ["file" if name.lower() == "file" else name for name in columns]
    if "file" not in columns:
        raise ReadingError(f"{path}, line 1: there is no column 'file'; name the first column so")
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice:
        raise ReadingError(f"{path}, line 1: the column {twice!r} is there twice; remove one")
    return columns
