"""CSV and TSV: rows of text between commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice

from rag.errors import DamagedFile, LimitExceeded
from rag.language.finished_messages import later
from rag.readers.decoding import decode
from rag.readers.tables.rows import MOST_ROWS, Sheet, read_sheets
from rag.schema import Reading

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 200

# Excel writes this line so that other copies of it know the delimiter.
_SEPARATOR = re.compile(r"sep=(.)\n", re.IGNORECASE)

# The csv module refuses longer cells; without a bound, a missing quote would read all as one.
_LONGEST_CELL = 131_072


def read_csv(content: bytes, name: str) -> Reading:
    """Read a table in text; the delimiter is the one that gives the most regular columns.

    Raises:
        DamagedFile: in no known encoding, or the quotes do not fit; the message names the line.
        LimitExceeded: there are more rows than a document may have.
    """
    text = decode(content, name)
    if match := _SEPARATOR.match(text):
        return _read(text[match.end() :], match[1], name, first=2)
    return _read(text, _delimiter(text), name)


def read_tsv(content: bytes, name: str) -> Reading:
    """Read a table whose cells are separated by tabs; see :func:`read_csv`."""
    return _read(decode(content, name), "\t", name)


def _read(text: str, delimiter: str, name: str, *, first: int = 1) -> Reading:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(lines, start=first):
            if len(rows) > MOST_ROWS:
                raise LimitExceeded(
                    f"{name}: more than {MOST_ROWS:,} rows: split the table into several files"
                )
            if any(cells):
                rows.append((number, cells))
    except csv.Error as error:
        line = lines.line_num + first - 1
        raise DamagedFile(f"{name}, line {line}: {_problem(error)}; check the quotes") from error
    return read_sheets([Sheet(None, rows)], name)


def _problem(error: csv.Error) -> str:
    if "field limit" in str(error):
        return later(f"a cell has more than {_LONGEST_CELL:,} characters")
    open_yet = later("a quoted cell does not end")
    return open_yet if "end of data" in str(error) else str(error)


def _delimiter(text: str) -> str:
    """The delimiter with which most of the first rows have the same number of cells, above one.

    ``csv.Sniffer`` is not used: it takes letters for delimiters, and text full of commas for CSV.
    """
    return max(_DELIMITERS, key=lambda delimiter: _regularity(text, delimiter))


def _regularity(text: str, delimiter: str) -> tuple[float, int]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = Counter(len(row) for row in islice(lines, _SAMPLE_ROWS) if any(row))
    except csv.Error:
        return 0.0, 0
    several = {width: count for width, count in widths.items() if width > 1}
    if not several:
        return 0.0, 0
    width = max(several, key=lambda each: (several[each], each))
    return several[width] / widths.total(), width
