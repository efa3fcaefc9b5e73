"""Collects the text of word-processor documents in reading order, for Word and OpenDocument.

The body of a document, a table cell, a note and a text box are a :class:`Story` each. A format's
own module walks through the file and adds paragraphs and rows. Notes and text boxes are put after
the paragraph or row that they are anchored in, endnotes at the end of the document.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from lxml import etree

from rag.readers.blocks import Block, PageStart, assemble, clean, is_labelled, table_row
from rag.readers.grid import GridRow
from rag.readers.interviews import bold_start
from rag.schema import Metadata, Reading

# Longer text in a heading style is a paragraph that was formatted by mistake.
_LONGEST_HEADING = 300


@dataclass(slots=True)
class Paragraph:
    """The text of a paragraph, with what is anchored in it.

    ``pieces`` are runs of text, each with whether it is bold; ``pages`` the offsets at which pages
    begin; ``notes`` the references to notes, each with the number of pages that begin in the
    paragraph before it; ``boxes`` the text boxes.
    """

    pieces: list[tuple[str, bool]] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    notes: list[tuple[int, etree._Element]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The characters, with all white space."""
        return "".join(text for text, _ in self.pieces)

    def add(self, text: str, *, bold: bool = False) -> None:
        """Append ``text``."""
        self.pieces.append((text, bold))

    def begin_page(self) -> None:
        """Record that a page begins at the end of the text so far."""
        self.pages.append(len(self.text))

    def add_note(self, reference: etree._Element) -> None:
        """Record a reference to a note at the end of the text so far."""
        self.notes.append((len(self.pages), reference))


@dataclass(frozen=True, slots=True)
class Note:
    """A note: ``mark`` is its printed number in brackets, or empty; ``content`` holds its text."""

    mark: str
    content: etree._Element
    is_endnote: bool


@dataclass(slots=True, kw_only=True)
class Story(ABC):
    """Collects ``blocks``; the stories of one document share ``endnotes``.

    A table cell (``is_cell``) keeps its notes and text boxes for the row, which is one block;
    ``is_bold`` says that all its words are bold.
    """

    is_cell: bool = False
    is_bold: bool = True
    blocks: list[Block] = field(default_factory=list)
    endnotes: list[Block] = field(default_factory=list)
    notes: list[etree._Element] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    pages_waiting: int = 0

    @abstractmethod
    def add_content(self, parent: etree._Element) -> None:
        """Add the paragraphs and tables in ``parent``."""

    @abstractmethod
    def inner_story(self, *, is_cell: bool = False) -> Self:
        """An empty story for a cell, note or text box of the same document."""

    @abstractmethod
    def find_note(self, reference: etree._Element) -> Note | None:
        """The note that ``reference`` refers to, if the file has it."""

    def read(self, parent: etree._Element) -> list[Block]:
        """The blocks in ``parent``; pages that begin after the last text are in an empty block."""
        self.add_content(parent)
        if self.pages_waiting:
            self.add(Block(""))
        return self.blocks

    def read_document(self, body: etree._Element) -> list[Block]:
        """The blocks of a whole document, with its endnotes under a heading of their own."""
        blocks = self.read(body)
        return [*blocks, Block("Endnotes", 1), *self.endnotes] if self.endnotes else blocks

    def add(self, block: Block) -> None:
        """Append ``block``, at whose start the waiting pages begin."""
        leading = (PageStart(),) * self.pages_waiting
        self.pages_waiting = 0
        self.blocks.append(replace(block, starts=(*leading, *block.starts)))

    def add_paragraph(self, paragraph: Paragraph, level: int | None) -> None:
        """Append a paragraph, or with ``level`` a heading, and then its notes and text boxes."""
        text = paragraph.text
        self.is_bold &= all(bold for piece, bold in paragraph.pieces if piece.strip())
        level = heading_level(text, level)
        leading = sum(not text[:at].strip() for at in paragraph.pages)
        self.pages_waiting += leading
        starts = tuple(PageStart(at=at) for at in paragraph.pages[leading:])
        # A note stands on the page of its mark: in a paragraph over two pages it may come first.
        last = len(paragraph.pages)
        self._add_notes([note for page, note in paragraph.notes if page < last])
        labelled = level is None and is_labelled(paragraph.pieces)
        self.add(Block(text, level, labelled, starts, bold=bold_start(paragraph.pieces)))
        self._add_notes([note for page, note in paragraph.notes if page == last])
        self._add_boxes(paragraph.boxes)

    def add_row(
        self,
        cells: Sequence[etree._Element],
        *,
        has_inner_table: bool,
        merged: Collection[int] = (),
        heads: bool = False,
        table: int = 0,
    ) -> None:
        """Append a table row as one block, cited with the page on which it begins.

        ``merged`` are the places of cells that are copies of those to the left; with ``heads`` the
        file marks the row as one that names columns. ``table`` is a number of its table alone.

        A row of one cell, or with headings or tables inside, is page layout and not a record: each
        of its paragraphs is a block.
        """
        stories = [self.inner_story(is_cell=True) for _ in cells]
        contents = [story.read(cell) for story, cell in zip(stories, cells, strict=True)]
        has_heading = any(block.level is not None for blocks in contents for block in blocks)
        leading = max(map(_leading_pages, contents), default=0)
        pages = max((sum(len(each.starts) for each in blocks) for blocks in contents), default=0)
        self.pages_waiting += leading
        if len(cells) == 1 or has_heading or has_inner_table:
            inner = [block for blocks in contents for block in blocks]
            for block in inner:
                alone = len(inner) == 1 and not has_heading and not has_inner_table
                row = GridRow((clean(block.text),), table=table) if alone else block.grid
                self.add(replace(block, starts=(), grid=row))
        else:
            texts = [" ".join(clean(block.text) for block in blocks) for blocks in contents]
            bold = all(
                story.is_bold for at, story in enumerate(stories) if texts[at] and at not in merged
            )
            self.add(table_row(texts, merged=merged, heads=heads, bold=bold, table=table))
        self._add_notes([note for story in stories for note in story.notes])
        self._add_boxes([box for story in stories for box in story.boxes])
        self.pages_waiting += pages - leading

    def _add_notes(self, references: Sequence[etree._Element]) -> None:
        if self.is_cell:
            self.notes.extend(references)
            return
        for reference in references:
            note = self.find_note(reference)
            if note is None:
                continue
            blocks = self._blocks_inside(note.content)
            blocks[:1] = [replace(block, text=note.mark + block.text) for block in blocks[:1]]
            if note.is_endnote:
                self.endnotes.extend(blocks)
            else:
                for block in blocks:
                    self.add(block)

    def _add_boxes(self, boxes: Sequence[etree._Element]) -> None:
        if self.is_cell:
            self.boxes.extend(boxes)
            return
        for box in boxes:
            for block in self._blocks_inside(box):
                self.add(block)

    def _blocks_inside(self, element: etree._Element) -> list[Block]:
        """The blocks of a note or text box, whose own page breaks do not count."""
        return [replace(block, starts=()) for block in self.inner_story().read(element)]


def heading_level(text: str, level: int | None) -> int | None:
    """``level``, or None if ``text`` is too long to be a heading."""
    return level if len(clean(text)) <= _LONGEST_HEADING else None


def _leading_pages(blocks: Sequence[Block]) -> int:
    """How many pages begin before the first character."""
    count = 0
    for block in blocks:
        count += sum(not block.text[: start.at].strip() for start in block.starts)
        if block.text.strip():
            break
    return count


def commented(count: int) -> str:
    """The warning that reviewers wrote comments beside the text."""
    are = f"{count} comments are" if count > 1 else "a comment is"
    return f"{are} read after the text: to be looked up, and never an answer"


def assemble_story(
    blocks: Sequence[Block],
    *,
    metadata: Metadata,
    are_pages_marked: bool,
    counted_pages: int | None,
    warnings: Sequence[str] = (),
) -> Reading:
    """The reading of a document's ``blocks``.

    It has pages only if the program that saved the file marked its own page breaks in it, and
    marked as many pages as it counted. A contradiction is a warning, for a wrong page is worse
    than none.
    """
    pages = 1 + sum(len(block.starts) for block in blocks)
    if are_pages_marked and counted_pages in (None, pages):
        blocks = [Block("", starts=(PageStart(),)), *blocks]
    else:
        blocks = [replace(block, starts=()) for block in blocks]
        if are_pages_marked:
            contradiction = (
                f"no page numbers: the file counts {counted_pages} pages, but marks where {pages} "
                "begin"
            )
            warnings = [*warnings, contradiction]
    return assemble(blocks, metadata=metadata, warnings=tuple(dict.fromkeys(warnings)))
