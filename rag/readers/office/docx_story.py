"""The blocks of a Word document's body, of a cell, a note or a text box: a "story" each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from rag.readers.blocks import Block, PageStart, clean, is_labelled
from rag.readers.decoding import decode
from rag.readers.office.docx_notes import Notes
from rag.readers.office.docx_paragraphs import Breaks, Note, Paragraph, Paragraphs
from rag.readers.office.docx_styles import WORD, Style, Styles, value_of
from rag.readers.office.ooxml import OFFICE, Package, alternative, local_name
from rag.readers.web.html import blocks_of_fragment

__all__ = ["Source", "Story"]

# A whole paragraph in the style of a heading is a mistake of its author, and citable text.
_LONGEST_HEADING = 300

_SAME_PAGE = ("continuous", "nextColumn")
_GONE = {f"{WORD}{name}" for name in ("del", "moveFrom", "sectPr", "pPr", "tblPr", "sdtPr")}


@dataclass(slots=True)
class Source:
    """What the stories of a document share; ``endnotes`` are kept for its end."""

    package: Package
    styles: Styles
    notes: Notes
    warnings: list[str] = field(default_factory=list)
    endnotes: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """Reads a story into ``blocks``; ``breaks`` is None where pages do not begin, as in a note.

    In a cell (``is_cell``) notes and text boxes are not put among the blocks but kept for after
    the row.
    """

    source: Source
    breaks: Breaks | None
    is_cell: bool = False
    sections: Iterator[etree._Element] = field(default_factory=lambda: iter(()))
    blocks: list[Block] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    pages_waiting: int = 0
    unfinished: Paragraph | None = None

    def read(self, parent: etree._Element) -> list[Block]:
        """The blocks in ``parent``, complete; a last empty one may carry pages."""
        self._content(parent)
        self._finish(Style())
        if self.pages_waiting:
            self._emit(Block(""))
        return self.blocks

    def _content(self, parent: etree._Element) -> None:
        for child in parent:
            if child.tag == f"{WORD}p":
                self._paragraph(child)
            elif child.tag == f"{WORD}tbl":
                self._finish(Style())
                for row in _rows(child):
                    self._row(row)
            elif child.tag == f"{WORD}altChunk":
                self._inserted(child)
            elif local_name(child) == "AlternateContent":
                branch = alternative(child, holding=f"{WORD}p")
                if branch is not None:
                    self._content(branch)
            elif child.tag not in _GONE:
                self._content(child)  # content controls and the like

    def _paragraph(self, element: etree._Element) -> None:
        properties = element.find(f"{WORD}pPr")
        style = self.source.styles.of(properties)
        paragraph = self.unfinished or Paragraph()
        Paragraphs(self.source.styles, self.breaks, style).read(element, paragraph)
        self.unfinished = paragraph
        if not _is_mark_deleted(properties):
            self._finish(style)
        if properties is not None and properties.find(f"{WORD}sectPr") is not None:
            following = next(self.sections, None)
            same_page = following is None or value_of(following, "type") in _SAME_PAGE
            if not same_page and self.breaks is not None and self.breaks.set_by_author():
                self.pages_waiting += 1

    def _finish(self, style: Style) -> None:
        """Emit the paragraph that was read, with what belongs to it around it."""
        paragraph, self.unfinished = self.unfinished, None
        if paragraph is None:
            return
        if style.is_contents:
            self.pages_waiting += len(paragraph.pages)
            return
        text = paragraph.text
        level = style.level if len(clean(text)) <= _LONGEST_HEADING else None
        leading = sum(not text[:at].strip() for at in paragraph.pages)
        self.pages_waiting += leading
        starts = tuple(PageStart(at=at) for at in paragraph.pages[leading:])
        last = len(paragraph.pages)
        # A note stands on the page of its mark: in a paragraph over two pages it may come first.
        self._put_notes([note for note in paragraph.notes if note.page < last])
        self._emit(Block(text, level, level is None and is_labelled(paragraph.pieces), starts))
        self._put_notes([note for note in paragraph.notes if note.page == last])
        self._put_boxes(paragraph.boxes)

    def _row(self, row: etree._Element) -> None:
        """A row is one block, cited with the page on which it begins.

        In a table that only makes a frame or two columns, each paragraph is a block of its own.
        """
        cells = [self._cell(cell) for cell in _cells(row) if not _goes_on(cell)]
        leading = max((_leading_pages(cell.blocks) for cell in cells), default=0)
        pages = max((sum(len(block.starts) for block in cell.blocks) for cell in cells), default=0)
        self.pages_waiting += leading
        if _is_frame(row, cells):
            for block in (block for cell in cells for block in cell.blocks):
                self._emit(replace(block, starts=()))
        else:
            texts = [" ".join(clean(block.text) for block in cell.blocks) for cell in cells]
            self._emit(Block(" | ".join(texts) if any(map(str.strip, texts)) else ""))
        self._put_notes([note for cell in cells for note in cell.notes])
        self._put_boxes([box for cell in cells for box in cell.boxes])
        self.pages_waiting += pages - leading

    def _cell(self, cell: etree._Element) -> Story:
        """The cells of a row stand beside one another: a break before it is before each of them."""
        breaks = None if self.breaks is None else replace(self.breaks)
        story = Story(self.source, breaks, is_cell=True)
        story.read(cell)
        if self.breaks is not None and breaks is not None:
            self.breaks.rendered = breaks.rendered
        return story

    def _put_notes(self, notes: Sequence[Note]) -> None:
        if self.is_cell:
            self.notes.extend(notes)
            return
        for note in notes:
            taken = self.source.notes.take(note)
            if taken is None:
                continue
            mark, element = taken
            blocks = Story(self.source, None).read(element)
            blocks[:1] = [replace(block, text=mark + block.text) for block in blocks[:1]]
            if note.kind == "endnote":
                self.source.endnotes.extend(blocks)
            else:
                for block in blocks:
                    self._emit(block)

    def _put_boxes(self, boxes: Sequence[etree._Element]) -> None:
        if self.is_cell:
            self.boxes.extend(boxes)
            return
        for box in boxes:
            for block in Story(self.source, None).read(box):
                self._emit(block)

    def _inserted(self, element: etree._Element) -> None:
        """A part in another format, which Word would convert when it opens the document."""
        package = self.source.package
        identifier = element.get(f"{OFFICE}id")
        related = package.related(package.main)
        path = next((each.target for each in related if each.id == identifier), "")
        content = package.bytes_of(path)
        if content is not None and path.lower().endswith((".htm", ".html", ".xhtml")):
            for block in blocks_of_fragment(decode(content, package.name)):
                self._emit(block)
        else:
            self.source.warnings.append(
                "a part inserted from another file is not read: save the document anew in Word"
            )

    def _emit(self, block: Block) -> None:
        leading = (PageStart(),) * self.pages_waiting
        self.pages_waiting = 0
        self.blocks.append(replace(block, starts=(*leading, *block.starts)))


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table that were not deleted, also those in content controls."""
    for child in table:
        if child.tag == f"{WORD}tr":
            if child.find(f"{WORD}trPr/{WORD}del") is None:
                yield child
        elif child.tag not in _GONE:
            yield from _rows(child)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for child in row:
        if child.tag == f"{WORD}tc":
            if child.find(f"{WORD}tcPr/{WORD}cellDel") is None:
                yield child
        elif child.tag not in _GONE:
            yield from _cells(child)


def _goes_on(cell: etree._Element) -> bool:
    """Whether a cell only continues the one above or before it with which it was merged."""
    for name in ("vMerge", "hMerge"):
        merge = cell.find(f"{WORD}tcPr/{WORD}{name}")
        if merge is not None and merge.get(f"{WORD}val", "continue") == "continue":
            return True
    return False


def _is_frame(row: etree._Element, cells: Sequence[Story]) -> bool:
    has_headings = any(block.level is not None for cell in cells for block in cell.blocks)
    return len(cells) == 1 or has_headings or next(row.iter(f"{WORD}tbl"), None) is not None


def _leading_pages(blocks: Sequence[Block]) -> int:
    """How many pages begin before the first character."""
    count = 0
    for block in blocks:
        count += sum(not block.text[: start.at].strip() for start in block.starts)
        if block.text.strip():
            break
    return count


def _is_mark_deleted(properties: etree._Element | None) -> bool:
    """Whether tracked changes deleted the end of the paragraph, so that the next one joins it."""
    marks = None if properties is None else properties.find(f"{WORD}rPr")
    return marks is not None and any(
        marks.find(f"{WORD}{name}") is not None for name in ("del", "moveFrom")
    )
