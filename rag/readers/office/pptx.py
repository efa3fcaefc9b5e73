"""PowerPoint presentations (PPTX): a slide is a page, its title a heading.

The order of the shapes is the one in which screen readers read them, the title first. Notes stand
after the slide under a heading of their own; dates, numbers and footers of slides are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from rag.errors import LimitExceeded
from rag.readers.blocks import Block, PageStart, assemble, clean, is_labelled
from rag.readers.containers import open_container
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.office.ooxml import DRAWING, OFFICE, Package, alternative, local_name
from rag.schema import Reading

__all__ = ["check_slides", "hidden_slides", "of_slide", "read_slides"]

_SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("dt", "ftr", "hdr", "sldNum", "sldImg")


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
        blocks: list[Block] = []
        hidden = []
        for number, part in enumerate(parts, start=1):
            root = package.xml(part)
            if root.get("show") in ("0", "false"):
                hidden.append(number)
            blocks += of_slide(
                number, _title(root), _body(package, part, root), _notes(package, part)
            )
        metadata = titled(package.properties(), blocks)
    return assemble(blocks, metadata=metadata, warnings=hidden_slides(hidden))


def check_slides(count: int, name: str, limits: Limits) -> None:
    """Raise :class:`LimitExceeded` when there are more slides than ``limits`` allow pages."""
    if count > limits.pages:
        raise LimitExceeded(
            f"{name}: {count} slides, more than {limits.pages}: split it, or raise RAG_MAX_PAGES"
        )


def of_slide(
    number: int, title: str, body: Sequence[Block], notes: Sequence[Block]
) -> Iterator[Block]:
    """The blocks of one slide, the first of which begins its page.

    A slide without a title is headed by its number: else it would seem to belong to the one before.
    """
    start = (PageStart("slide"),)
    if not clean(title) and not body and not notes:
        yield Block("", starts=start)
        return
    yield Block(clean(title) or f"Slide {number}", 1, starts=start)
    yield from body
    if notes:
        yield Block("Notes", 2)
        yield from notes


def hidden_slides(numbers: Sequence[int]) -> tuple[str, ...]:
    """The warning that slides are hidden, if some are."""
    if not numbers:
        return ()
    listed = ", ".join(map(str, numbers))
    return (
        f"slide {listed} is hidden in the presentation and was read all the same"
        if len(numbers) == 1
        else f"slides {listed} are hidden in the presentation and were read all the same",
    )


def _parts(package: Package) -> list[str]:
    targets = {each.id: each.target for each in package.related(package.main)}
    identifiers = [
        each.get(f"{OFFICE}id", "") for each in package.xml(package.main).iter(f"{_SLIDES}sldId")
    ]
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


def _title(root: etree._Element) -> str:
    titles = [shape for shape in _shapes(root) if _placeholder(shape) in _TITLES]
    return " ".join(clean(block.text) for title in titles for block in _paragraphs(title))


def _body(package: Package, part: str, root: etree._Element) -> list[Block]:
    blocks: list[Block] = []
    for shape in _shapes(root):
        if _placeholder(shape) not in (*_TITLES, *_FURNITURE):
            blocks += _of_shape(package, part, shape)
    return [block for block in blocks if clean(block.text)]


def _of_shape(package: Package, part: str, shape: etree._Element) -> Iterator[Block]:
    table = next(shape.iter(f"{DRAWING}tbl"), None)
    diagram = next(shape.iter(f"{_DIAGRAM}relIds"), None)
    if table is not None:
        for row in table.iter(f"{DRAWING}tr"):
            yield Block(_row(row))
    elif diagram is not None:
        yield from _of_diagram(package, part, diagram.get(f"{OFFICE}dm", ""))
    else:
        yield from _paragraphs(shape)


def _of_diagram(package: Package, part: str, identifier: str) -> Iterator[Block]:
    """The words in a SmartArt drawing, which stand in a part of their own."""
    path = next((each.target for each in package.related(part) if each.id == identifier), None)
    if path is None or package.bytes_of(path) is None:
        return
    for point in package.xml(path).iter(f"{_DIAGRAM}pt"):
        if point.get("type", "node") == "node":
            yield from _paragraphs(point)


def _row(row: etree._Element) -> str:
    cells = [
        " ".join(clean(block.text) for block in _paragraphs(cell))
        for cell in row.iter(f"{DRAWING}tc")
        if cell.get("hMerge") not in ("1", "true") and cell.get("vMerge") not in ("1", "true")
    ]
    return " | ".join(cells) if any(cells) else ""


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
            yield text.replace("\xad", "").replace("\v", "\n"), bold
        elif name == "br":
            yield "\n", False
        elif name not in ("pPr", "endParaRPr"):  # formulas
            yield "".join(map(str, child.itertext())), False


def _notes(package: Package, part: str) -> list[Block]:
    root = package.related_xml(part, "notesSlide")
    if root is None:
        return []
    bodies = [shape for shape in _shapes(root) if _placeholder(shape) == "body"]
    return [block for shape in bodies for block in _paragraphs(shape)]
