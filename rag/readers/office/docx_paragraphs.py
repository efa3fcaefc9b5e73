"""The text of a paragraph in a Word document, as on the printed page.

Text that tracked changes deleted, hidden text and the codes of fields are left out; inserted text
and the results of fields are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from rag.readers.office.docx_styles import WORD, Style, Styles, toggle
from rag.readers.office.ooxml import alternative
from rag.readers.office.story import Paragraph

_BOX = f"{WORD}txbxContent"
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"

# Deleted or moved away, or about the paragraph and not in it.
_NOT_TEXT = {f"{WORD}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "sdtEndPr")}
_CHARACTERS = {
    f"{WORD}tab": "\t",
    f"{WORD}ptab": "\t",
    f"{WORD}cr": "\n",
    f"{WORD}noBreakHyphen": "-",  # as in text that is copied out of Word
}
_NOTES = {f"{WORD}footnoteReference", f"{WORD}endnoteReference"}
_DRAWINGS = {f"{WORD}drawing", f"{WORD}pict", f"{WORD}object"}


@dataclass(slots=True)
class PageBreaks:
    """Counts each page break once.

    Word records where each page began when it last laid out the document; a break that the author
    set is recorded a second time. It ``is_unconfirmed`` until then, or until text follows it.
    """

    is_unconfirmed: bool = False

    def begins_page(self, *, by_author: bool) -> bool:
        """Whether a break, set by the author or recorded by Word, begins a page."""
        begins, self.is_unconfirmed = not self.is_unconfirmed, by_author
        return begins


def read_paragraph(
    element: etree._Element, into: Paragraph, style: Style, styles: Styles, breaks: PageBreaks
) -> None:
    """Add the content of a ``w:p`` of this style to ``into``."""
    if style.breaks_page and breaks.begins_page(by_author=True):
        into.begin_page()
    _Runs(into, style, styles, breaks).add_inline(element)


@dataclass(slots=True)
class _Runs:
    """Adds runs of text; ``in_code`` says for each open field whether we are in its code.

    It lasts for one paragraph only: the code of a field that never ends would swallow the rest.
    """

    into: Paragraph
    style: Style
    styles: Styles
    breaks: PageBreaks
    in_code: list[bool] = field(default_factory=list)

    def add_inline(self, element: etree._Element) -> None:
        for child in element:
            if child.tag == f"{WORD}r":
                self._add_run(child)
            elif child.tag == _ALTERNATIVES:
                branch = alternative(child, holding=_BOX)
                if branch is not None:
                    self.add_inline(branch)
            elif child.tag == _MATH_TEXT:
                self._add_text(child.text or "")
            elif child.tag not in _NOT_TEXT and not toggle(
                child.find(f"{WORD}sdtPr"),
                "showingPlcHdr",  # "Click here to enter text"
            ):
                self.add_inline(child)  # links, insertions, content controls, tags

    def _add_run(self, run: etree._Element) -> None:
        properties = run.find(f"{WORD}rPr")
        if not toggle(properties, "vanish"):
            bold = self.styles.is_bold(properties, self.style)
            for child in run:
                self._add_run_content(child, bold=bold)

    def _add_run_content(self, child: etree._Element, *, bold: bool) -> None:
        tag = child.tag
        if tag == f"{WORD}t":
            self._add_text(child.text or "", bold=bold)
        elif tag in _CHARACTERS:
            self._add_text(_CHARACTERS[tag], bold=bold)
        elif tag == f"{WORD}br":
            self._add_text("\n")
            if child.get(f"{WORD}type") == "page":
                self._break_page(by_author=True)
        elif tag == f"{WORD}lastRenderedPageBreak":
            self._break_page(by_author=False)
        elif tag == f"{WORD}fldChar":
            self._track_field(child.get(f"{WORD}fldCharType"))
        elif tag in _NOTES:
            self.into.add_note(child)
        elif tag == f"{WORD}sym":
            self._add_text(_symbol(child), bold=bold)
        elif tag == f"{WORD}ruby":  # the text, without its pronunciation above
            for base in child.iter(f"{WORD}rubyBase"):
                self.add_inline(base)
        elif tag == _ALTERNATIVES:
            branch = alternative(child, holding=_BOX)
            for each in branch if branch is not None else ():
                self._add_run_content(each, bold=bold)
        elif tag in _DRAWINGS:
            self.into.boxes.extend(_outermost_boxes(child))
            self.breaks.is_unconfirmed = False

    def _add_text(self, text: str, *, bold: bool = False) -> None:
        if not any(self.in_code):
            self.into.add(text, bold=bold)
            self.breaks.is_unconfirmed &= not text.strip()

    def _break_page(self, *, by_author: bool) -> None:
        if self.breaks.begins_page(by_author=by_author):
            self.into.begin_page()

    def _track_field(self, kind: str | None) -> None:
        if kind == "begin":
            self.in_code.append(True)
        elif kind == "separate" and self.in_code:
            self.in_code[-1] = False  # its result begins
        elif kind == "end" and self.in_code:
            self.in_code.pop()


def _outermost_boxes(element: etree._Element) -> list[etree._Element]:
    """The text boxes in a drawing; each shape of a group may have two versions of its own."""
    found: list[etree._Element] = []
    for child in element:
        if child.tag == _BOX:
            found.append(child)
        elif child.tag == _ALTERNATIVES:
            branch = alternative(child, holding=_BOX)
            found.extend(_outermost_boxes(branch) if branch is not None else ())
        else:
            found.extend(_outermost_boxes(child))
    return found


def _symbol(element: etree._Element) -> str:
    """A character by its code; those of symbol fonts have no meaning outside of the font."""
    try:
        code = int(element.get(f"{WORD}char", ""), 16)
    except ValueError:
        return ""
    return "" if code < 32 or 0xD800 <= code <= 0xF8FF or code > 0x10FFFF else chr(code)
