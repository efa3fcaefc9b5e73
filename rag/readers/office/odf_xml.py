"""The XML of OpenDocument files (ODT, ODP, ODS): their parts, styles and paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

from rag.errors import DamagedFile
from rag.readers.blocks import Block, clean
from rag.readers.containers import Container, encrypted
from rag.readers.metadata.properties import metadata_of_properties
from rag.readers.office.story import Paragraph
from rag.schema import Metadata

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT, OFFICE, TABLE, DRAW, PRESENTATION, STYLE = (
    f"{{{_ODF}{name}:1.0}}"
    for name in ("text", "office", "table", "drawing", "presentation", "style")
)
_FORMATTING = f"{{{_ODF}xsl-fo-compatible:1.0}}"
_META = f"{{{_ODF}meta:1.0}}"
_DC = "{http://purl.org/dc/elements/1.1/}"

# A run of spaces longer than this is an attack on memory.
_MOST_SPACES = 1000

_LEFT_OUT = {
    f"{OFFICE}annotation",
    f"{OFFICE}annotation-end",
    f"{TEXT}tracked-changes",
    f"{TEXT}ruby-text",
    f"{TEXT}bookmark",
    f"{DRAW}image",
    f"{DRAW}object",
    f"{DRAW}object-ole",
}
_LEFT_OUT_NAMES = ("title", "desc", "script")  # of pictures
_FRAMES = {f"{DRAW}{name}" for name in ("frame", "custom-shape", "rect", "g", "text-box", "a")}


class StyleBook:
    """Looks up what the styles of a document say: bold text, page breaks, the title."""

    def __init__(self, container: Container) -> None:
        self._elements: dict[str, etree._Element] = {}
        for path in ("styles.xml", "content.xml"):
            root = container.find_xml(path)
            for each in root.iter(f"{STYLE}style") if root is not None else ():
                self._elements[each.get(f"{STYLE}name", "")] = each

    def _chain(self, name: str | None) -> Iterator[etree._Element]:
        """The style and those that it is derived from."""
        seen: set[str] = set()
        while name and name not in seen and name in self._elements:
            seen.add(name)
            yield self._elements[name]
            name = self._elements[name].get(f"{STYLE}parent-style-name")

    def property_of(self, name: str | None, kind: str, attribute: str) -> str | None:
        """An attribute of the style, or of the nearest that it is derived from and that has it.

        ``kind`` says among which properties it is: ``text``, ``table`` or ``drawing-page``.
        """
        for style in self._chain(name):
            properties = style.find(f"{STYLE}{kind}-properties")
            value = None if properties is None else properties.get(attribute)
            if value is not None:
                return value
        return None

    def is_bold(self, name: str | None, *, otherwise: bool) -> bool:
        """Whether text of this style is bold."""
        weight = self.property_of(name, "text", f"{_FORMATTING}font-weight")
        if weight is None:
            return otherwise
        return weight == "bold" or (weight.isdecimal() and int(weight) >= 600)

    def breaks(self, name: str | None) -> tuple[bool, bool]:
        """Whether a page begins before, and after, a paragraph of this style."""
        before = after = False
        for style in self._chain(name):
            properties = style.find(f"{STYLE}paragraph-properties")
            before |= bool(style.get(f"{STYLE}master-page-name"))
            if properties is not None:
                before |= properties.get(f"{_FORMATTING}break-before") == "page"
                after |= properties.get(f"{_FORMATTING}break-after") == "page"
        return before, after

    def is_title(self, name: str | None) -> bool:
        """Whether this is the style of a document's title."""
        names = (style.get(f"{STYLE}name") for style in self._chain(name))
        return name == "Title" or "Title" in names


def body_of(container: Container, kind: str) -> etree._Element:
    """The ``office:text``, ``office:spreadsheet`` or ``office:presentation``.

    Raises:
        DamagedFile: there is none, or it is encrypted.
    """
    manifest = container.find("META-INF/manifest.xml")
    if manifest is not None and b"encryption-data" in manifest:
        raise encrypted(container.name)
    body = container.read_xml("content.xml").find(f"{OFFICE}body/{OFFICE}{kind}")
    if body is None:
        raise DamagedFile(f"{container.name}: this file has no {kind} in it; check its suffix")
    return body


def properties_of(container: Container) -> Metadata:
    """What ``meta.xml`` says of the report; a broken one says nothing."""
    root = container.try_xml("meta.xml")
    return Metadata() if root is None else metadata_of_properties(root)


def counted_pages(container: Container) -> int | None:
    """The number of pages that the program that saved the file counted, if it says so."""
    root = container.try_xml("meta.xml")
    found = next(root.iter(f"{_META}document-statistic"), None) if root is not None else None
    count = "" if found is None else found.get(f"{_META}page-count", "")
    return int(count) if count.isdecimal() and len(count) < 7 else None


def read_paragraph(element: etree._Element, styles: StyleBook) -> Paragraph:
    """The characters of a ``text:p`` or ``text:h`` with the notes and frames anchored in it."""
    paragraph = Paragraph()
    bold = styles.is_bold(element.get(f"{TEXT}style-name"), otherwise=False)
    _inline(element, paragraph, styles, bold=bold)
    return paragraph


def _inline(element: etree._Element, into: Paragraph, styles: StyleBook, *, bold: bool) -> None:
    into.add(_spaced(element.text), bold=bold)
    for child in element:
        _child(child, into, styles, bold=bold)
        into.add(_spaced(child.tail), bold=bold)


def _child(child: etree._Element, into: Paragraph, styles: StyleBook, *, bold: bool) -> None:
    name = child.tag
    if name == f"{TEXT}s":
        count = child.get(f"{TEXT}c", "1")
        into.add(" " * (min(int(count), _MOST_SPACES) if count.isdecimal() else 1), bold=bold)
    elif name == f"{TEXT}tab":
        into.add("\t", bold=bold)
    elif name == f"{TEXT}line-break":
        into.add("\n", bold=bold)
    elif name == f"{TEXT}soft-page-break":
        into.begin_page()
    elif name == f"{TEXT}note":
        into.add_note(child)
    elif name in _FRAMES:
        into.boxes.append(child)
    elif name not in _LEFT_OUT and not name.endswith(tuple("}" + each for each in _LEFT_OUT_NAMES)):
        inner = styles.is_bold(child.get(f"{TEXT}style-name"), otherwise=bold)
        _inline(child, into, styles, bold=inner)


def _spaced(text: str | None) -> str:
    """Line ends in the XML are spaces; those of the text are elements."""
    return (text or "").replace("\n", " ")


def cell_text(cell: etree._Element, styles: StyleBook) -> str:
    """The paragraphs in a cell as one line, as the program showed them."""
    parts = (clean(read_paragraph(each, styles).text) for each in cell.findall(f"{TEXT}p"))
    return " ".join(part for part in parts if part)


def comments_in(body: etree._Element) -> Iterator[Block]:
    """What reviewers wrote beside the text, as asides."""
    for note in body.iter(f"{OFFICE}annotation"):
        author = "".join(each.text or "" for each in note.iter(f"{_DC}creator")).strip()
        texts = ("".join(cast("Iterator[str]", each.itertext())) for each in note.iter(f"{TEXT}p"))
        if text := " ".join(texts).strip():
            yield Block(
                f"Comment by {author}: {text}" if author else f"Comment: {text}", aside=True
            )
