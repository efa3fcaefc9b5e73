"""A page of a PDF as it is shown on a screen: its size, and where a piece of text stands."""

from __future__ import annotations

from dataclasses import dataclass

from rag.readers.pdf.boxes import Box, boxes_of
from rag.readers.pdf.file import opened, opened_page

__all__ = ["Sheet", "sheet_of"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as it is displayed: width and height in points (1/72 inch), and the text's boxes."""

    width: float
    height: float
    boxes: tuple[Box, ...]


def sheet_of(content: bytes, *, page: int, text: str, before: str = "") -> Sheet:
    """The physical ``page`` of a PDF with the rectangles in which ``text`` stands there.

    ``text`` and ``before`` are as for :func:`rag.readers.pdf.boxes.boxes_of`; without ``text`` the
    sheet has no boxes.

    Raises:
        DamagedFile: the PDF cannot be opened, or has no such page.
    """
    with (
        opened(content, "the PDF") as document,
        opened_page(document, page, name="the PDF") as sheet,
    ):
        width, height = sheet.get_size()
    boxes = boxes_of(content, page=page, text=text, before=before) if text.strip() else ()
    return Sheet(width, height, boxes)
