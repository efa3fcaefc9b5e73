"""OpenDocument presentations (ODP): a slide is a page, its title a heading."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from rag.readers.blocks import Block, assemble, clean
from rag.readers.containers import open_container
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.office.odf import (
    DRAW,
    PRESENTATION,
    STYLE,
    StyleBook,
    body_of,
    properties_of,
)
from rag.readers.office.odt import Story
from rag.readers.office.pptx import check_slides, hidden_slides, of_slide
from rag.schema import Reading

__all__ = ["read_odp"]

_FURNITURE = ("header", "footer", "date-time", "page-number", "page")


def read_odp(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an OpenDocument presentation; see :func:`rag.readers.office.pptx.read_slides`.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: more slides than ``limits`` allow as pages, or it would expand too far.
    """
    with open_container(content, name, limits) as container:
        styles = StyleBook(container)
        slides = body_of(container, "presentation").findall(f"{DRAW}page")
        check_slides(len(slides), name, limits)
        blocks: list[Block] = []
        hidden = []
        for number, slide in enumerate(slides, start=1):
            if _is_hidden(slide, styles):
                hidden.append(number)
            blocks += _of_slide(number, slide, styles)
        metadata = titled(properties_of(container), blocks)
    return assemble(blocks, metadata=metadata, warnings=hidden_slides(hidden))


def _of_slide(number: int, slide: etree._Element, styles: StyleBook) -> Iterator[Block]:
    title, body, notes = "", [], []
    for shape in slide:
        if shape.tag == f"{PRESENTATION}notes":
            notes += [block for each in shape for block in _blocks(each, styles)]
        elif shape.get(f"{PRESENTATION}class") == "title":
            title = " ".join([title, *(clean(block.text) for block in _blocks(shape, styles))])
        else:
            body += _blocks(shape, styles)
    yield from of_slide(number, title, body, notes)


def _blocks(shape: etree._Element, styles: StyleBook) -> list[Block]:
    if shape.get(f"{PRESENTATION}class") in _FURNITURE or shape.tag == f"{DRAW}page-thumbnail":
        return []
    blocks = Story(styles).read(shape)
    return [Block(block.text, labelled=block.labelled) for block in blocks if clean(block.text)]


def _is_hidden(slide: etree._Element, styles: StyleBook) -> bool:
    for style in styles.chain(slide.get(f"{DRAW}style-name")):
        properties = style.find(f"{STYLE}drawing-page-properties")
        if properties is not None:
            return properties.get(f"{PRESENTATION}visibility") == "hidden"
    return False
