"""PowerPoint presentations (PPTX): a slide is a page, its title a heading.

The order of the shapes is the one in which screen readers read them, the title first. Notes stand
after the slide under a heading of their own; dates, numbers and footers of slides are left out.

Read with lxml, not with python-pptx: it leaves out formulas and other shapes for which a slide
holds alternatives, knows neither SmartArt nor hidden slides, and refuses "strict" files and those
with one slide missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from rag.errors import LimitExceeded
from rag.readers.blocks import (
    Block,
    PageStart,
    assemble,
    clean,
    hidden_parts,
    is_labelled,
    table_row,
)
from rag.readers.containers import open_container
from rag.readers.grid import TABLES
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.office.ooxml import DRAWING, OFFICE, Package, alternative, local_name
from rag.schema import Metadata, Reading

_SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("dt", "ftr", "hdr", "sldNum", "sldImg")


@dataclass(slots=True)
class Slide:
    """One slide; ``title`` may be empty or span several lines."""

    title: str = ""
    body: list[Block] = field(default_factory=list)
    notes: list[Block] = field(default_factory=list)
    is_hidden: bool = False


def read_slides(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a presentation; hidden slides, too, and a warning names them.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: more slides than ``limits`` allow as pages, or it would expand too far.
    """
    with open_container(content, name, limits) as container:
        package = Package(container)
        parts = _parts(package)
        check_slides(len(parts), name, limits)
        slides = [_slide(package, part) for part in parts]
        metadata = package.properties()
    return assemble_slides(slides, metadata)


def check_slides(count: int, name: str, limits: Limits) -> None:
    """Raise :class:`LimitExceeded` when there are more slides than ``limits`` allow pages."""
    if count > limits.pages:
        raise LimitExceeded(
            f"{name}: {count} slides, more than {limits.pages}: split it, or raise RAG_MAX_PAGES"
        )


def assemble_slides(slides: Sequence[Slide], metadata: Metadata) -> Reading:
    """The reading of a presentation; each slide is a page under its title as a heading.

    A slide without a title is headed by its number: it would seem to belong to the one before.
    """
    blocks: list[Block] = []
    for number, slide in enumerate(slides, start=1):
        start = (PageStart("slide"),)
        title = clean(slide.title)
        if title or slide.body or slide.notes:
            blocks += [Block(title or f"Slide {number}", 1, starts=start), *slide.body]
            blocks += [Block("Notes", 2), *slide.notes] if slide.notes else []
        else:
            blocks.append(Block("", starts=start))
    hidden = [str(number) for number, slide in enumerate(slides, start=1) if slide.is_hidden]
    return assemble(
        blocks,
        metadata=titled(metadata, blocks[:5]),
        warnings=hidden_parts("slide", hidden, "in the presentation"),
    )


def _parts(package: Package) -> list[str]:
    targets = {each.id: each.target for each in package.related(package.main)}
    slides = package.container.read_xml(package.main).iter(f"{_SLIDES}sldId")
    identifiers = [each.get(f"{OFFICE}id", "") for each in slides]
    return [targets[each] for each in identifiers if each in targets]


def _shapes(parent: etree._Element) -> Iterator[etree._Element]:
    """Shapes and frames in reading order; groups are opened."""
    for child in parent:
        name = local_name(child)
        if name in ("sp", "graphicFrame"):
            yield child
        elif name == "AlternateContent":
            branch = alternative(child, holding=f"{DRAWING}t")
            if branch is not None:
                yield from _shapes(branch)
        elif name in ("grpSp", "cSld", "spTree"):
            yield from _shapes(child)


def _placeholder(shape: etree._Element) -> str:
    """The kind of placeholder that a shape fills; ``obj`` is the usual one, empty is none."""
    found = next(shape.iter(f"{_SLIDES}ph"), None)
    return "" if found is None else found.get("type", "obj")


def _slide(package: Package, part: str) -> Slide:
    root = package.container.read_xml(part)
    slide = Slide(is_hidden=root.get("show") in ("0", "false"))
    for shape in _shapes(root):
        placeholder = _placeholder(shape)
        if placeholder in _TITLES:
            slide.title += "".join(f" {block.text}" for block in _paragraphs(shape))
        elif placeholder not in _FURNITURE:
            slide.body += [each for each in _of_shape(package, part, shape) if clean(each.text)]
    notes = package.related_xml(part, "notesSlide")
    for shape in _shapes(notes) if notes is not None else ():
        if _placeholder(shape) == "body":
            slide.notes += _paragraphs(shape)
    return slide


def _of_shape(package: Package, part: str, shape: etree._Element) -> Iterator[Block]:
    table = next(shape.iter(f"{DRAWING}tbl"), None)
    diagram = next(shape.iter(f"{_DIAGRAM}relIds"), None)
    if table is not None:
        above: dict[int, str] = {}
        properties = table.find(f"{DRAWING}tblPr")
        styled = properties is not None and properties.get("firstRow") in ("1", "true")
        number = next(TABLES)
        for at, row in enumerate(table.iter(f"{DRAWING}tr")):
            texts, merged = _row(row, above)
            yield table_row(texts, merged=merged, bold=styled and at == 0, table=number)
    elif diagram is not None:
        yield from _of_diagram(package, part, diagram.get(f"{OFFICE}dm", ""))
    else:
        yield from _paragraphs(shape)


def _of_diagram(package: Package, part: str, identifier: str) -> Iterator[Block]:
    """The words in a SmartArt drawing, which stand in a part of their own."""
    path = next((each.target for each in package.related(part) if each.id == identifier), None)
    if path is None or package.container.find(path) is None:
        return
    for point in package.container.read_xml(path).iter(f"{_DIAGRAM}pt"):
        if point.get("type", "node") == "node":
            yield from _paragraphs(point)


def _row(row: etree._Element, above: dict[int, str]) -> tuple[list[str], set[int]]:
    """The texts of the cells, a merged one in each place, and the places that go on to the right.

    ``above`` has the text of the last cell of each column.
    """
    texts: list[str] = []
    merged: set[int] = set()
    cells = list(row.iter(f"{DRAWING}tc"))
    whole = _times(cells[0], "gridSpan") == len(cells) if cells else False
    for at, cell in enumerate(cells):
        text = " ".join(clean(block.text) for block in _paragraphs(cell))
        if cell.get("hMerge") in ("1", "true") and texts:
            merged.add(at)
            text = "" if whole else texts[-1]
        elif cell.get("vMerge") in ("1", "true"):
            text = above.get(at, "")
        above[at] = text
        texts.append(text)
    return texts[:1] if whole else texts, merged


def _times(cell: etree._Element, name: str) -> int:
    times = cell.get(name, "1")
    return int(times) if times.isdecimal() else 1


def _paragraphs(parent: etree._Element) -> Iterator[Block]:
    for paragraph in parent.iter(f"{DRAWING}p"):
        pieces = list(_pieces(paragraph))
        text = "".join(text for text, _ in pieces)
        if clean(text):
            yield Block(text, labelled=is_labelled(pieces))


def _pieces(paragraph: etree._Element) -> Iterator[tuple[str, bool]]:
    for child in paragraph:
        name = local_name(child)
        if name in ("r", "fld"):
            properties = child.find(f"{DRAWING}rPr")
            bold = properties is not None and properties.get("b") in ("1", "true")
            text = child.findtext(f"{DRAWING}t") or ""
            yield text.replace("\v", "\n"), bold
        elif name == "br":
            yield "\n", False
        elif name not in ("pPr", "endParaRPr"):  # formulas
            yield "".join(map(str, child.itertext())), False
