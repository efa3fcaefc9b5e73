"""OpenDocument texts (ODT): paragraphs, headings, rows of tables, notes, frames and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from rag.readers.blocks import Block, PageStart, assemble, clean
from rag.readers.containers import open_container
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.office.odf import (
    TABLE,
    TEXT,
    Paragraph,
    StyleBook,
    body_of,
    counted_pages,
    properties_of,
    read_paragraph,
)
from rag.readers.office.ooxml import local_name
from rag.schema import Reading

__all__ = ["Story", "read_odt"]

# A whole paragraph in the style of a heading is a mistake of its author, and citable text.
_LONGEST_HEADING = 300

_CONTENTS = {
    f"{TEXT}{name}"
    for name in ("table-of-content", "illustration-index", "table-index", "object-index")
}
_LEFT_OUT = {
    f"{TEXT}tracked-changes",
    f"{TEXT}sequence-decls",
    f"{TEXT}variable-decls",
    f"{TEXT}user-field-decls",
    *_CONTENTS,
}


def read_odt(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an OpenDocument text; notes stand after the paragraph with their mark.

    There are pages only where the file marks its page breaks, and as many as it counted.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: it would expand beyond ``limits``.
    """
    with open_container(content, name, limits) as container:
        body = body_of(container, "text")
        story = Story(StyleBook(container))
        blocks = story.read(body)
        metadata = titled(properties_of(container), blocks)
        counted = counted_pages(container)
    pages = 1 + sum(len(block.starts) for block in blocks)
    warnings: tuple[str, ...] = ()
    if story.soft_breaks and counted in (None, pages):
        blocks.insert(0, Block("", starts=(PageStart(),)))
    else:
        blocks = [replace(block, starts=()) for block in blocks]
        if story.soft_breaks:
            warnings = (
                f"no page numbers: the file counts {counted} pages, but marks where {pages} begin",
            )
    return assemble(blocks, metadata=metadata, warnings=warnings)


@dataclass(slots=True)
class Story:
    """Reads the body, a cell, a note or a frame into ``blocks``."""

    styles: StyleBook
    blocks: list[Block] = field(default_factory=list)
    endnotes: list[Block] = field(default_factory=list)
    notes: list[etree._Element] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    is_cell: bool = False
    soft_breaks: int = 0
    pages_waiting: int = 0
    break_follows: bool = False

    def read(self, parent: etree._Element) -> list[Block]:
        """The blocks in ``parent``, endnotes last."""
        self._content(parent)
        if self.endnotes:
            self._emit(Block("Endnotes", 1))
            for block in self.endnotes:
                self._emit(block)
        if self.pages_waiting:
            self._emit(Block(""))
        return self.blocks

    def _content(self, parent: etree._Element) -> None:
        for child in parent:
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                self._paragraph(child)
            elif child.tag == f"{TEXT}soft-page-break":
                self.soft_breaks += 1
                self.pages_waiting += 1
            elif child.tag == f"{TABLE}table":
                self._table(child)
            elif child.tag == f"{TABLE}covered-table-cell":
                continue
            elif child.tag not in _LEFT_OUT:
                self._content(child)  # lists, sections, frames

    def _paragraph(self, element: etree._Element) -> None:
        style = element.get(f"{TEXT}style-name")
        self._break(style)
        paragraph = read_paragraph(element, self.styles)
        self.soft_breaks += len(paragraph.pages)
        leading = sum(not paragraph.text[:at].strip() for at in paragraph.pages)
        self.pages_waiting += leading
        starts = tuple(PageStart(at=at) for at in paragraph.pages[leading:])
        last = len(paragraph.pages)
        # A note stands on the page of its mark: in a paragraph over two pages it may come first.
        self._put_notes([note for page, note in paragraph.notes if page < last])
        level = self._level(element, paragraph)
        self._emit(Block(paragraph.text, level, level is None and paragraph.labelled, starts))
        self._put_notes([note for page, note in paragraph.notes if page == last])
        self._put_boxes(paragraph.boxes)

    def _break(self, style: str | None) -> None:
        """Breaks that the author set; nothing is broken before the first block."""
        before, after = self.styles.breaks(style)
        if (before or self.break_follows) and self.blocks:
            self.pages_waiting += 1
        self.break_follows = after

    def _level(self, element: etree._Element, paragraph: Paragraph) -> int | None:
        if len(clean(paragraph.text)) > _LONGEST_HEADING:
            return None
        if element.tag == f"{TEXT}h":
            level = element.get(f"{TEXT}outline-level", "1")
            return int(level) if level.isdecimal() and 1 <= int(level) <= 10 else 1
        return 1 if self.styles.is_title(element.get(f"{TEXT}style-name")) else None

    def _table(self, table: etree._Element) -> None:
        self._break(table.get(f"{TABLE}style-name"))
        for child in table.iter(f"{TABLE}table-row", f"{TEXT}soft-page-break"):
            if _nearest_table(child) is not table:
                continue
            if child.tag == f"{TABLE}table-row":
                self._row(child)
            elif _parent_name(child) in ("table", "table-rows", "table-row-group"):
                self.soft_breaks += 1
                self.pages_waiting += 1

    def _row(self, row: etree._Element) -> None:
        """A row is one block; in a table that is only a frame, each paragraph is one."""
        cells = [self._cell(cell) for cell in row.findall(f"{TABLE}table-cell")]
        has_headings = any(block.level is not None for cell in cells for block in cell.blocks)
        if len(cells) == 1 or has_headings or next(row.iter(f"{TABLE}table"), None) is not None:
            for block in (block for cell in cells for block in cell.blocks):
                self._emit(replace(block, starts=()))
        else:
            texts = [" ".join(clean(block.text) for block in cell.blocks) for cell in cells]
            self._emit(Block(" | ".join(texts) if any(map(str.strip, texts)) else ""))
        self._put_notes([note for cell in cells for note in cell.notes])
        self._put_boxes([box for cell in cells for box in cell.boxes])
        self.soft_breaks += sum(cell.soft_breaks for cell in cells)
        breaks = [sum(len(block.starts) for block in cell.blocks) for cell in cells]
        self.pages_waiting += max(breaks, default=0)

    def _cell(self, cell: etree._Element) -> Story:
        story = Story(self.styles, is_cell=True)
        story.read(cell)
        return story

    def _put_notes(self, notes: Sequence[etree._Element]) -> None:
        if self.is_cell:
            self.notes.extend(notes)
            return
        for note in notes:
            mark = clean("".join(map(str, note.findtext(f"{TEXT}note-citation") or "")))
            body = note.find(f"{TEXT}note-body")
            blocks = Story(self.styles).read(body) if body is not None else []
            blocks = [replace(block, starts=()) for block in blocks]
            if mark.isalnum():
                blocks[:1] = [replace(block, text=f"[{mark}] {block.text}") for block in blocks[:1]]
            if note.get(f"{TEXT}note-class") == "endnote":
                self.endnotes.extend(blocks)
            else:
                for block in blocks:
                    self._emit(block)

    def _put_boxes(self, boxes: Sequence[etree._Element]) -> None:
        if self.is_cell:
            self.boxes.extend(boxes)
            return
        for box in boxes:
            for block in Story(self.styles).read(box):
                self._emit(replace(block, starts=()))

    def _emit(self, block: Block) -> None:
        leading = (PageStart(),) * self.pages_waiting
        self.pages_waiting = 0
        self.blocks.append(replace(block, starts=(*leading, *block.starts)))


def _parent_name(element: etree._Element) -> str:
    parent = element.getparent()
    return "" if parent is None else local_name(parent)


def _nearest_table(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors(f"{TABLE}table"), None)
