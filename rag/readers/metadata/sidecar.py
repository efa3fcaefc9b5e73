"""``metadata.csv``: what people know about the files in a folder, one row for each file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path, PurePosixPath

from rag.errors import ReadingError
from rag.readers.decoding import check_is_text, decode
from rag.readers.metadata.fields import iso_date, metadata_from
from rag.schema import Metadata

__all__ = ["SIDECAR", "read_sidecar"]

SIDECAR = "metadata.csv"


def read_sidecar(folder: Path) -> dict[str, Metadata]:
    """The rows of ``metadata.csv`` in ``folder`` by file, as a path with ``/`` relative to it.

    The column ``file`` is required. ``title``, ``publisher``, ``date``, ``country``, ``author``,
    ``speaker`` and ``language`` are known; any other is kept in ``extra`` under its name. Without
    such a file the result is empty.

    Raises:
        ReadingError: it cannot be read; the message names the line.
    """
    path = folder / SIDECAR
    if not path.is_file():
        return {}
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadingError(f"{path}: cannot be opened: {error.strerror}") from error
    if not content.strip():
        return {}
    check_is_text(content, str(path))
    return _by_file(decode(content, str(path)), path)


def _by_file(text: str, path: Path) -> dict[str, Metadata]:
    found: dict[str, Metadata] = {}
    for line, row in _rows(text, path):
        file = PurePosixPath(row.pop("file").strip().replace("\\", "/"))
        if file.is_absolute() or ".." in file.parts or not file.parts:
            raise ReadingError(
                f"{path}, line {line}: the column 'file' is empty or leaves the folder"
            )
        if str(file) in found:
            raise ReadingError(f"{path}, line {line}: {file} has a row already; keep one of them")
        given = next((value for name, value in row.items() if name.lower() == "date"), "").strip()
        if given and iso_date(given) is None:
            raise ReadingError(
                f"{path}, line {line}: the date {given!r} is not clear; write it as 2019-03-13"
            )
        found[str(file)] = metadata_from(row)
    return found


def _rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of each row that is not blank."""
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
                raise ReadingError(
                    f"{path}, line {rows.line_num}: {len(row)} values for {len(columns)} columns; "
                    "put values that contain a comma in double quotes"
                )
            yield rows.line_num, dict(zip_longest(columns, row[: len(columns)], fillvalue=""))
    except csv.Error as error:
        raise ReadingError(f"{path}, line {rows.line_num}: {error}; check the quotes") from error


def _columns(row: list[str], path: Path) -> list[str]:
    columns = [name.strip() for name in row]
    columns = ["file" if name.lower() == "file" else name for name in columns]
    if "file" not in columns:
        raise ReadingError(f"{path}, line 1: there is no column 'file'; name the first column so")
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice:
        raise ReadingError(f"{path}, line 1: the column {twice!r} is there twice; remove one")
    return columns
