"""Tables of RTF: each row tells the right edges of its cells, and which of them are merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.readers.blocks import Block, table_row
from rag.readers.grid import TABLES

# Twips, twentieths of a point: edges that are so near are one.
_NEAR = 40

# Longer words of a merged cell are not repeated.
_LONGEST_MERGED = 200


@dataclass(slots=True)
class Shape:
    """What the file says of a row: the right edge of each cell, and which go on with another.

    A cell that is ``beside`` is one with that to its left, one that is ``below`` with that above.
    ``heads`` says that the row names columns.
    """

    edges: list[int] = field(default_factory=list)
    beside: set[int] = field(default_factory=set)
    below: set[int] = field(default_factory=set)
    heads: bool = False

    def add(self, word: str, number: int | None) -> bool:
        """Take in a control word; whether it is about rows and cells."""
        if word == "cellx":
            self.edges.append(number or 0)
        elif word == "clmrg":
            self.beside.add(len(self.edges))
        elif word == "clvmrg":
            self.below.add(len(self.edges))
        elif word == "trhdr":
            self.heads = True
        else:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Row:
    """The texts of a row's cells, its shape, and whether all its words are bold."""

    texts: Sequence[str]
    shape: Shape
    bold: bool


def rows_in_grid(rows: Sequence[Row]) -> Iterator[Block]:
    """The rows of a table, each with the words of a merged cell in every place it covers."""
    number = next(TABLES)
    told = all(len(row.shape.edges) >= len(row.texts) for row in rows)
    columns = _columns(rows) if told else []
    above: dict[int, str] = {}
    for row in rows:
        texts, merged = _placed(row, columns, above) if told else (list(row.texts), set[int]())
        heads = row.shape.heads
        yield table_row(texts, merged=merged, heads=heads, bold=row.bold, table=number)


def _columns(rows: Sequence[Row]) -> list[int]:
    """The right edges of the columns of a table."""
    found: list[int] = []
    for edge in sorted({edge for row in rows for edge in row.shape.edges[: len(row.texts)]}):
        if not found or edge - found[-1] > _NEAR:
            found.append(edge)
    return found


def _placed(row: Row, columns: Sequence[int], above: dict[int, str]) -> tuple[list[str], set[int]]:
    """The text of a row for each column, and the columns that are one with that to the left.

    ``above`` has the texts of the row before. A cell over all columns stays as it is.
    """
    texts: list[str] = []
    merged: set[int] = set()
    for cell, (text, edge) in enumerate(zip(row.texts, row.shape.edges, strict=False)):
        first = len(texts)
        if cell in row.shape.below:
            text = above.get(first, "")
        elif cell in row.shape.beside and texts:
            text, merged = texts[-1], merged | {first}
        wide = max(1, sum(each < edge + _NEAR for each in columns) - first)
        if len(row.texts) > 1:
            again = text if len(text) <= _LONGEST_MERGED else ""
            merged |= set(range(first + 1, first + wide))
            texts += [text, *[again] * (wide - 1)]
        else:
            texts.append(text)
        above.update(dict.fromkeys(range(first, first + wide), text))
    return texts, merged
