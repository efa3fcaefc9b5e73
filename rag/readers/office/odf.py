"""OpenDocument texts (ODT) and presentations (ODP) of LibreOffice and other programs.

Read with lxml, not with odfdo: its text mixes comments, covered cells and the table of contents
into the sentences, loses page breaks, hidden slides and the shapes on slides, and reads the title
of a slide where it happens to stand in the file; its elements are those of the XML.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lxml import etree

from rag.readers.blocks import Block, clean
from rag.readers.containers import open_container
from rag.readers.grid import TABLES
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.office.odf_xml import (
    DRAW,
    PRESENTATION,
    TABLE,
    TEXT,
    StyleBook,
    body_of,
    comments_in,
    counted_pages,
    properties_of,
    read_paragraph,
)
from rag.readers.office.ooxml import local_name
from rag.readers.office.pptx import Slide, assemble_slides, check_slides
from rag.readers.office.story import Note, Story, assemble_story, commented
from rag.schema import Reading

_CONTENTS = ("table-of-content", "illustration-index", "table-index", "object-index")
_DECLARATIONS = ("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls")
_NOT_CONTENT = {f"{TEXT}{name}" for name in (*_CONTENTS, *_DECLARATIONS)}
_NOT_CONTENT.add(f"{TABLE}covered-table-cell")

# Where the program itself began a page, but for notes and frames.
_SOFT_BREAK = etree.XPath(
    "descendant::text:soft-page-break[not(ancestor::text:note or ancestor::draw:*)][1]",
    namespaces={"text": TEXT[1:-1], "draw": DRAW[1:-1]},
)
_WORDS = etree.XPath(
    "descendant::text()[not(ancestor::text:note)]", namespaces={"text": TEXT[1:-1]}
)

# Longer words of a merged cell are not repeated, and no row has more columns.
_LONGEST_MERGED, _MOST_COLUMNS = 200, 256

_FURNITURE = ("header", "footer", "date-time", "page-number", "page")


def read_odt(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an OpenDocument text; notes stand after the paragraph with their mark.

    :func:`rag.readers.office.story.assemble_story` says when the reading has pages.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: it would expand beyond ``limits``.
    """
    with open_container(content, name, limits) as container:
        body = body_of(container, "text")
        blocks = _OpenStory(styles=StyleBook(container)).read_document(body)
        blocks += (comments := list(comments_in(body)))
        metadata = titled(properties_of(container), blocks[:5])
        counted = counted_pages(container)
    return assemble_story(
        blocks,
        metadata=metadata,
        are_pages_marked=bool(_SOFT_BREAK(body)),
        counted_pages=counted,
        warnings=[commented(len(comments))] if comments else [],
    )


def read_odp(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an OpenDocument presentation; see :func:`rag.readers.office.pptx.read_slides`.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: more slides than ``limits`` allow as pages, or it would expand too far.
    """
    with open_container(content, name, limits) as container:
        styles = StyleBook(container)
        pages = body_of(container, "presentation").findall(f"{DRAW}page")
        check_slides(len(pages), name, limits)
        slides = [_slide(page, styles) for page in pages]
        metadata = properties_of(container)
    return assemble_slides(slides, metadata)


@dataclass(slots=True, kw_only=True)
class _OpenStory(Story):
    """``break_follows`` says that the last paragraph's style breaks the page after it."""

    styles: StyleBook
    break_follows: bool = False

    def inner_story(self, *, is_cell: bool = False) -> _OpenStory:
        return _OpenStory(styles=self.styles, endnotes=self.endnotes, is_cell=is_cell)

    def find_note(self, reference: etree._Element) -> Note | None:
        content = reference.find(f"{TEXT}note-body")
        if content is None:
            return None
        mark = clean(reference.findtext(f"{TEXT}note-citation") or "")
        is_endnote = reference.get(f"{TEXT}note-class") == "endnote"
        return Note(f"[{mark}] " if mark.isalnum() else "", content, is_endnote)

    def add_content(self, parent: etree._Element) -> None:
        for child in parent:
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                self._break_page(child.get(f"{TEXT}style-name"))
                self.add_paragraph(read_paragraph(child, self.styles), self._level(child))
            elif child.tag == f"{TEXT}soft-page-break":
                self.pages_waiting += 1
            elif child.tag == f"{TABLE}table":
                self._break_page(child.get(f"{TABLE}style-name"))
                self._add_table(child)
            elif child.tag not in _NOT_CONTENT:
                self.add_content(child)  # lists, sections, frames

    def _break_page(self, style: str | None) -> None:
        """Begin a page where the author set a break, but not before the first block."""
        before, after = self.styles.breaks(style)
        if (before or self.break_follows) and self.blocks:
            self.pages_waiting += 1
        self.break_follows = after

    def _level(self, element: etree._Element) -> int | None:
        if element.tag == f"{TEXT}h":
            level = element.get(f"{TEXT}outline-level", "1")
            return int(level) if level.isdecimal() and 1 <= int(level) <= 10 else 1
        return 1 if self.styles.is_title(element.get(f"{TEXT}style-name")) else None

    def _add_table(self, table: etree._Element) -> None:
        above: dict[int, _Above] = {}
        number = next(TABLES)
        for child in table.iter(f"{TABLE}table-row", f"{TEXT}soft-page-break"):
            if next(child.iterancestors(f"{TABLE}table"), None) is not table:
                continue
            if child.tag == f"{TABLE}table-row":
                has_inner_table = next(child.iter(f"{TABLE}table"), None) is not None
                cells, merged = _with_merged(child, above)
                self.add_row(
                    cells,
                    has_inner_table=has_inner_table,
                    merged=merged,
                    heads=local_name(child.getparent()) == "table-header-rows",
                    table=number,
                )
            elif local_name(child.getparent()) in ("table", "table-rows", "table-row-group"):
                self.pages_waiting += 1


_Above = tuple[int, etree._Element, bool]
"""A cell that covers so many more rows, and whether it is one with the cell to its left."""


def _with_merged(
    row: etree._Element, above: dict[int, _Above]
) -> tuple[list[etree._Element], set[int]]:
    """The cells of a row, with the words of a merged cell in each place that it covers.

    With them come the places of those that are one with the cell to the left. ``above`` has the
    cells of rows before that go on, by column. A cell over all that its row holds stays as it is.
    """
    places = [
        child
        for child in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
        for _ in range(min(_times(child, "number-columns-repeated"), _MOST_COLUMNS))
    ]
    own = [place for place in places if place.tag == f"{TABLE}table-cell"]
    cells: list[etree._Element] = []
    merged: set[int] = set()
    to_come = 0  # places to the right that the last cell covers
    for at, place in enumerate(places[:_MOST_COLUMNS]):
        if place.tag == f"{TABLE}table-cell":
            down, wide = (_times(place, f"number-{kind}-spanned") for kind in ("rows", "columns"))
            above.update({at + n: (down - 1, place, n > 0) for n in range(wide) if down > 1})
            cells.append(place)
            to_come = wide - 1
        elif to_come:
            to_come -= 1
            if len(own) > 1:
                merged.add(len(cells))
                cells.append(_copy(cells[-1]))
        elif at in above:
            rows, cell, is_right = above.pop(at)
            above.update({at: (rows - 1, cell, is_right)} if rows > 1 else {})
            merged |= {len(cells)} if is_right else set()
            cells.append(_copy(cell))
    return cells, merged


def _times(element: etree._Element, name: str) -> int:
    times = element.get(f"{TABLE}{name}", "1")
    return max(1, int(times)) if times.isdecimal() and len(times) < 10 else 1


def _copy(cell: etree._Element) -> etree._Element:
    """A cell with the words of ``cell`` alone, if they are not long."""
    text = " ".join(map(str, cast("list[str]", _WORDS(cell))))
    copied = etree.Element(f"{TABLE}table-cell")
    etree.SubElement(copied, f"{TEXT}p").text = text if len(text) <= _LONGEST_MERGED else ""
    return copied


def _slide(page: etree._Element, styles: StyleBook) -> Slide:
    style = page.get(f"{DRAW}style-name")
    visibility = styles.property_of(style, "drawing-page", f"{PRESENTATION}visibility")
    slide = Slide(is_hidden=visibility == "hidden")
    for shape in page:
        if shape.tag == f"{PRESENTATION}notes":
            slide.notes += [block for each in shape for block in _blocks(each, styles)]
        elif shape.get(f"{PRESENTATION}class") == "title":
            slide.title += "".join(f" {block.text}" for block in _blocks(shape, styles))
        else:
            slide.body += _blocks(shape, styles)
    return slide


def _blocks(shape: etree._Element, styles: StyleBook) -> Iterator[Block]:
    if shape.get(f"{PRESENTATION}class") in _FURNITURE or shape.tag == f"{DRAW}page-thumbnail":
        return
    for block in _OpenStory(styles=styles).read(shape):
        if clean(block.text):
            yield Block(block.text, labelled=block.labelled)
