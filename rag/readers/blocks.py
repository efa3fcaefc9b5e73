"""Blocks (paragraphs, headings, list items, table rows), and how they become a reading.

Every reader makes blocks; :func:`assemble` joins them in the same way for all formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rag.readers.column_names import MOST_HEADING_ROWS, is_figure
from rag.readers.contents import lines_of_contents
from rag.readers.grid import GridRow, heading_of, rows_with_names, text_of, unit_of
from rag.readers.interviews import Paragraph, interview_turns
from rag.readers.timed_turns import TimedLine, timed_lines
from rag.readers.transcripts import find_turns
from rag.schema import Aside, Carried, Heading, Metadata, Page, PageKind, Reading, Table

BETWEEN = "\n\n"

_Item = TypeVar("_Item")

_SPACES = re.compile("[ \t\n\v\f\r\x85\u2028\u2029]+")

# So many notes may interrupt a table.
_MOST_BETWEEN = 3

# The dots before a page number in a table of contents, or in a form before an answer.
_LEADERS = re.compile(r"(?:[.…·_]\s?){5,12}\s{0,3}[\w.–-]{0,6}$")

# Controls, soft hyphens, halves of surrogate pairs, and codes that are no characters.
_NOT_TEXT = re.compile("[\xad\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PageStart:
    """A page, slide or row begins ``at`` so many characters into the text of a block.

    ``date`` is that of a row, see :class:`rag.schema.Page`.
    """

    kind: PageKind = "page"
    label: str | None = None
    at: int = 0
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or with ``level`` (1 is the outermost) a heading.

    ``labelled`` says that it begins with a bold label, colon included, as a speaker's does.
    ``bold`` is the bold text that it begins with, which may be all of it.
    ``starts`` are the pages that begin in it, in order; a block without text may carry some too,
    as a page with nothing but a picture does. ``cells`` are those of a row of a table. ``aside``
    says that it is no part of the text, see :class:`rag.schema.Aside`. ``carried`` are the spans of
    a clean ``text`` that stand elsewhere in the file, see :class:`rag.schema.Carried`. ``grid`` is
    the row of a table whose cells stand in columns.
    """

    text: str
    level: int | None = None
    labelled: bool = False
    starts: tuple[PageStart, ...] = ()
    cells: tuple[str, ...] = ()
    aside: bool = False
    carried: tuple[tuple[int, int], ...] = ()
    grid: GridRow | None = None
    bold: str = ""


def table_row(
    cells: Iterable[str],
    *,
    merged: Iterable[int] = (),
    heads: bool = False,
    bold: bool = False,
    table: int = 0,
) -> Block:
    """The block of a row of a table: its cells as ``a | b``, without text if all are empty.

    For ``merged``, ``heads``, ``bold`` and ``table`` see :class:`rag.readers.grid.GridRow`.
    """
    texts = tuple(map(clean, cells))
    row = GridRow(texts, frozenset(merged), heads=heads, bold=bold, table=table)
    return Block(text_of(texts)[0] if any(texts) else "", cells=texts, grid=row)


def split_where(
    items: Iterable[_Item], begins: Callable[[list[_Item], _Item], bool]
) -> Iterator[list[_Item]]:
    """``items`` in parts: ``begins(part, item)`` says that ``item`` does not belong to ``part``."""
    part: list[_Item] = []
    for item in items:
        if part and begins(part, item):
            yield part
            part = []
        part.append(item)
    if part:
        yield part


def clean(text: str) -> str:
    """``text`` as one line: white space collapsed, control characters and soft hyphens gone.

    No-break and thin spaces inside the line stay.
    """
    return _SPACES.sub(" ", _NOT_TEXT.sub("", text)).strip()


def is_labelled(pieces: Iterable[tuple[str, bool]]) -> bool:
    """Whether a paragraph begins with a bold label and its colon, bold or not.

    ``pieces`` are its text in order, each with whether it is bold.
    """
    label = after = ""
    for text, bold in pieces:
        if not bold and text.strip():
            after = text
            break
        label += text
    label = label.strip()
    if ":" in label:
        return label.index(":") == len(label) - 1
    return label != "" and after.startswith(":")


def hidden_parts(kind: str, names: Sequence[str], where: str) -> tuple[str, ...]:
    """The warning that slides or sheets (``kind``) of these names are hidden; empty for none."""
    if not names:
        return ()
    listed = ", ".join(names)
    if len(names) == 1:
        return (f"{kind} {listed} is hidden {where} and was read all the same",)
    return (f"{kind}s {listed} are hidden {where} and were read all the same",)


def assemble(
    blocks: Iterable[Block],
    *,
    metadata: Metadata | None = None,
    warnings: tuple[str, ...] = (),
    spoken: bool = True,
) -> Reading:
    """Join ``blocks`` with blank lines; empty ones are left out, but not the pages they begin.

    Rows of tables carry the names of their columns, where those are sure. Finds the speaker turns,
    unless nobody can be speaking (not ``spoken``); times beside the names become places, or stand
    behind the names where there are pages. Warns of characters that are lost. Lines with leaders,
    and tables of contents, are asides. There are pages if any block begins one;
    they are numbered from 1 and cover the whole text.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    labelled: list[int] = []
    paragraphs: list[Paragraph] = []
    rows: list[_Row] = []
    asides: list[Aside] = []
    carried: list[Carried] = []
    begins: list[int] = []
    starts: list[tuple[PageStart, int]] = []
    waiting: list[PageStart] = []
    offset = 0
    for block in _with_times_apart(list(_with_names(blocks))) if spoken else _with_names(blocks):
        text = clean(block.text)
        if not text:
            waiting.extend(block.starts)
            continue
        starts.extend((start, offset) for start in waiting)
        waiting = []
        for start in block.starts:
            rest = clean(block.text[start.at :])
            if rest:
                starts.append((start, offset + len(text) - len(rest)))
            else:
                waiting.append(start)
        if block.level is not None:
            headings.append(Heading(block.level, offset, offset + len(text)))
        bold = clean(block.bold)
        paragraphs.append(
            Paragraph(
                offset,
                offset + len(text),
                offset + len(bold) * text.startswith(bold),
                block.level is not None,
            )
        )
        if block.labelled:
            labelled.append(offset)
        if block.cells:
            rows.append(_Row(len(parts), offset, offset + len(text), block.cells))
        if block.aside or _LEADERS.search(text):
            asides.append(Aside(offset, offset + len(text)))
        begins.append(offset)
        carried += [Carried(offset + start, offset + end) for start, end in block.carried]
        parts.append(text)
        offset += len(text) + len(BETWEEN)
    whole = BETWEEN.join(parts)
    listed = (Aside(begins[at], begins[at] + len(parts[at])) for at in lines_of_contents(parts))
    asides = sorted({*asides, *listed}, key=lambda each: each.start)
    if unknown := whole.count("\ufffd"):
        warnings = (*warnings, f"{unknown} unreadable characters are shown as \ufffd")
    metadata = metadata or Metadata()
    turns = find_turns(whole, headings=headings, labelled=labelled) if spoken else ()
    if spoken and not turns:
        turns = interview_turns(whole, paragraphs, metadata)
    return Reading(
        text=whole,
        metadata=metadata,
        pages=tuple(_pages([*starts, *((start, len(whole)) for start in waiting)], len(whole))),
        headings=tuple(headings),
        turns=turns,
        tables=tuple(_tables(rows)),
        asides=tuple(_joined(asides)),
        carried=tuple(carried),
        warnings=warnings,
    )


def _with_names(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, in which rows carry the names of their columns."""
    above = unit = ""
    heading: Sequence[GridRow] = ()
    for part in split_where(blocks, _begins_table):
        rows = [block.grid for block in part if block.grid is not None]
        named = rows_with_names(rows, unit_of(above))
        if named and (found := heading_of(rows)):
            heading, unit = rows[slice(*found)], unit_of(above)
        elif rows and heading and heading[0].table == rows[0].table != 0:
            named = rows_with_names([*heading, *rows], unit)[len(heading) :]
        for block, (text, carried) in zip(part, named, strict=True) if named else ():
            yield replace(block, text=text, carried=carried, cells=())
        if not named:
            yield from part
        above = clean(part[-1].text) or above


def _with_times_apart(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, in which turns of a transcript begin with a name, and their times are places.

    On pages a time stands behind the name instead: a place is the page there.
    """
    paged = any(block.starts for block in blocks)
    other = any(start.kind != "page" for block in blocks for start in block.starts)
    if other or any(block.cells for block in blocks):
        yield from blocks
        return
    filled = [block for block in blocks if clean(block.text) or block.starts]
    heads = iter(timed_lines([text for each in filled if (text := clean(each.text))]))
    begun: Block | None = None  # a name and a time, whose words come next
    for block in filled:
        timed = next(heads) if clean(block.text) else None
        if timed is None:
            joined = block if begun is None else _joined_blocks(begun, block)
            if begun is not None and not clean(block.text):  # a page without text
                begun = joined
            else:
                yield joined
                begun = None
            continue
        if begun is not None:
            yield begun
        begun = _head_of_turn(block, timed, paged=paged)
        if timed.words:
            yield begun
            begun = None
    if begun is not None:
        yield begun


def _head_of_turn(block: Block, timed: TimedLine, *, paged: bool) -> Block:
    """The block of a turn: its name with a colon, and its words."""
    if not paged:
        start = PageStart("row", f"at {timed.at}")
        return Block(f"{timed.speaker}: {timed.words}", labelled=True, starts=(start,))
    text = f"{timed.speaker} ({timed.at}): {timed.words}"
    longer = len(text) - len(block.text)
    starts = (replace(each, at=max(0, each.at + longer * (each.at > 0))) for each in block.starts)
    return Block(text, labelled=True, starts=tuple(starts))


def _joined_blocks(first: Block, second: Block) -> Block:
    """Both in one paragraph; pages begin where they did."""
    starts = (replace(each, at=each.at + len(first.text) + 1) for each in second.starts)
    text = f"{first.text} {second.text}"
    return replace(first, text=text, starts=(*first.starts, *starts))


def _begins_table(part: Sequence[Block], block: Block) -> bool:
    """Whether a block is no further row of the table that ``part`` is."""
    last = part[-1].grid
    if last is None or block.grid is None or last.table != block.grid.table:
        return True
    return block.grid.heads and block.grid.filled > 1 and not last.heads and last.filled > 1


def _joined(asides: Sequence[Aside]) -> Iterator[Aside]:
    """Asides that follow one another, as one."""
    for part in split_where(asides, lambda part, each: each.start > part[-1].end + len(BETWEEN)):
        yield Aside(part[0].start, part[-1].end)


def _pages(starts: Sequence[tuple[PageStart, int]], end: int) -> Iterator[Page]:
    """Pages without gaps: each ends where the next begins, the first has what stands before it."""
    offsets = [0, *(offset for _, offset in starts[1:]), end]
    for at, (start, _) in enumerate(starts):
        yield Page(at + 1, start.label, offsets[at], offsets[at + 1], start.kind, date=start.date)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: the ``number`` of its block, and where it stands in the text."""

    number: int
    start: int
    end: int
    cells: tuple[str, ...]


def _tables(rows: Sequence[_Row]) -> Iterator[Table]:
    """The tables whose columns have names; a part after notes goes on with the part before."""
    table: Table | None = None
    last: list[_Row] = []
    for part in split_where(rows, lambda part, row: row.number > part[-1].number + 1):
        names = _count_heading_rows([row.cells for row in part])
        if names:
            table = Table(part[0].start, part[-1].end, part[0].start, part[names - 1].end)
        elif (
            table
            and _width(part) == _width(last)
            and part[0].number - last[-1].number - 1 <= _MOST_BETWEEN
        ):
            table = replace(table, start=part[0].start, end=part[-1].end)
        else:
            table = None
        last = part
        if table is not None:
            yield table


def _width(rows: Sequence[_Row]) -> int:
    return max(len(row.cells) for row in rows)


def _count_heading_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the beginning name the columns: 0 to 3.

    That is the first row, if it has two names at least and no numbers but years. It is also those
    after it without numbers, where nearly all other rows have some.
    """
    if len(rows) < 2 or _has_number(rows[0]) or sum(map(bool, rows[0])) < 2:
        return 0
    first = next((at for at, row in enumerate(rows) if _has_number(row)), len(rows))
    numeric = sum(map(_has_number, rows[first:]))
    is_heading = 0 < first <= MOST_HEADING_ROWS and numeric > 0.8 * (len(rows) - first)
    return first if is_heading else 1


def _has_number(cells: Sequence[str]) -> bool:
    return any(map(is_figure, cells))
