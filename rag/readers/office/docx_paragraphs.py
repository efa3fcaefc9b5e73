"""The characters of a paragraph in a Word document, and what is anchored in it.

What a reader of the printed page sees: text that was deleted with tracked changes, hidden text and
the codes of fields are out, their results and inserted text are in.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from rag.readers.office.docx_styles import WORD, Style, Styles, is_on
from rag.readers.office.ooxml import alternative, local_name

__all__ = ["BOX", "Breaks", "Note", "Paragraph", "Paragraphs"]

BOX = f"{WORD}txbxContent"

_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"

# Deleted or moved away, or about the paragraph and not in it.
_LEFT_OUT = {f"{WORD}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "sdtEndPr")}
_CHARACTERS = {
    f"{WORD}tab": "\t",
    f"{WORD}ptab": "\t",
    f"{WORD}cr": "\n",
    # Word gives these two away as what they look like when its text is copied.
    f"{WORD}noBreakHyphen": "-",
    f"{WORD}softHyphen": "",
}
_NOTES = {f"{WORD}footnoteReference": "footnote", f"{WORD}endnoteReference": "endnote"}
_DRAWINGS = {f"{WORD}drawing", f"{WORD}pict", f"{WORD}object"}


@dataclass(frozen=True, slots=True)
class Note:
    """A reference to a note: ``kind`` is footnote or endnote.

    ``page`` pages begin in the paragraph before it. ``own_mark`` says that the author gave it a
    mark, so that it is not counted.
    """

    kind: str
    id: str
    page: int
    own_mark: bool


@dataclass(slots=True)
class Paragraph:
    """What was read of a paragraph: pieces of text with whether they are bold, and anchors.

    ``pages`` are the offsets at which a page begins.
    """

    pieces: list[tuple[str, bool]] = field(default_factory=list)
    length: int = 0
    pages: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The characters, white space and all."""
        return "".join(text for text, _ in self.pieces)

    def add(self, text: str, *, bold: bool = False) -> None:
        """Append ``text``; soft hyphens are only for the printer."""
        text = text.replace("\xad", "")
        self.pieces.append((text, bold))
        self.length += len(text)


@dataclass(slots=True)
class Breaks:
    """Where Word began new pages when it last laid the document out.

    Word marks each page that it began itself, and after a break that the author set, the same
    place a second time.
    """

    rendered: int = 0
    unconfirmed: bool = False

    def set_by_author(self) -> bool:
        """Whether a break that the author set begins a page."""
        begins, self.unconfirmed = not self.unconfirmed, True
        return begins

    def set_by_word(self) -> bool:
        """Whether a mark of Word's begins a page."""
        self.rendered += 1
        begins, self.unconfirmed = not self.unconfirmed, False
        return begins


class Paragraphs:
    """Reads paragraphs of one style; ``breaks`` is None where no pages begin."""

    def __init__(self, styles: Styles, breaks: Breaks | None, style: Style) -> None:
        self._styles = styles
        self._breaks = breaks
        self._style = style
        # Not kept from one paragraph to the next: a code that never ends would eat the rest.
        self._fields: list[bool] = []

    def read(self, element: etree._Element, into: Paragraph) -> None:
        """Add the content of a ``w:p`` to ``into``."""
        if self._style.breaks_page and self._breaks is not None and self._breaks.set_by_author():
            into.pages.append(into.length)
        self._inline(element, into)

    def _inline(self, element: etree._Element, into: Paragraph) -> None:
        for child in element:
            if child.tag in _LEFT_OUT:
                continue
            if child.tag == f"{WORD}r":
                self._run(child, into)
            elif child.tag == _ALTERNATIVES:
                branch = alternative(child, holding=BOX)
                if branch is not None:
                    self._inline(branch, into)
            elif child.tag == _MATH_TEXT:
                self._text(child.text or "", into)
            elif child.tag == f"{WORD}sdt" and _shows_placeholder(child):
                continue
            else:  # links, insertions, content controls, tags: what they hold counts
                self._inline(child, into)

    def _run(self, run: etree._Element, into: Paragraph) -> None:
        properties = run.find(f"{WORD}rPr")
        hidden = None if properties is None else properties.find(f"{WORD}vanish")
        if hidden is not None and is_on(hidden.get(f"{WORD}val", "1")):
            return
        bold = self._styles.is_bold(properties, self._style)
        for child in run:
            self._run_content(child, into, bold=bold)

    def _run_content(self, child: etree._Element, into: Paragraph, *, bold: bool) -> None:
        tag = child.tag
        if tag == f"{WORD}t":
            self._text(child.text or "", into, bold=bold)
        elif tag in _CHARACTERS:
            self._text(_CHARACTERS[tag], into, bold=bold)
        elif tag == f"{WORD}br":
            self._break(child, into)
        elif tag == f"{WORD}lastRenderedPageBreak":
            if self._breaks is not None and self._breaks.set_by_word():
                into.pages.append(into.length)
        elif tag == f"{WORD}fldChar":
            self._field(child.get(f"{WORD}fldCharType"))
        elif tag in _NOTES:
            own_mark = is_on(child.get(f"{WORD}customMarkFollows", "0"))
            into.notes.append(
                Note(_NOTES[tag], child.get(f"{WORD}id", ""), len(into.pages), own_mark)
            )
        elif tag == f"{WORD}sym":
            self._text(_symbol(child), into, bold=bold)
        elif tag == f"{WORD}ruby":  # the text, without its pronunciation above
            for base in child.iter(f"{WORD}rubyBase"):
                self._inline(base, into)
        elif tag == _ALTERNATIVES:
            branch = alternative(child, holding=BOX)
            for each in branch if branch is not None else ():
                self._run_content(each, into, bold=bold)
        elif tag in _DRAWINGS:
            self._drawing(child, into)

    def _text(self, text: str, into: Paragraph, *, bold: bool = False) -> None:
        if any(self._fields):
            return
        into.add(text, bold=bold)
        if self._breaks is not None and text.strip():
            self._breaks.unconfirmed = False

    def _break(self, element: etree._Element, into: Paragraph) -> None:
        self._text("\n", into)
        is_page = element.get(f"{WORD}type") == "page"
        if is_page and self._breaks is not None and self._breaks.set_by_author():
            into.pages.append(into.length)

    def _field(self, kind: str | None) -> None:
        """Note whether we are in the code of a field; it ends where its result begins."""
        if kind == "begin":
            self._fields.append(True)
        elif kind == "separate" and self._fields:
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _drawing(self, element: etree._Element, into: Paragraph) -> None:
        into.boxes.extend(_outermost_boxes(element))
        if self._breaks is not None:
            self._breaks.unconfirmed = False


def _outermost_boxes(element: etree._Element) -> list[etree._Element]:
    """The text boxes in a drawing; each shape of a group may have two versions of its own."""
    found: list[etree._Element] = []
    for child in element:
        if child.tag == BOX:
            found.append(child)
        elif child.tag == _ALTERNATIVES:
            branch = alternative(child, holding=BOX)
            found.extend(_outermost_boxes(branch) if branch is not None else ())
        else:
            found.extend(_outermost_boxes(child))
    return found


def _shows_placeholder(control: etree._Element) -> bool:
    """Whether a content control holds only its invitation to type something."""
    properties = control.find(f"{WORD}sdtPr")
    return properties is not None and any(
        local_name(each) == "showingPlcHdr" and is_on(each.get(f"{WORD}val", "1"))
        for each in properties
    )


def _symbol(element: etree._Element) -> str:
    """A character by its code; those of symbol fonts have no meaning outside of the font."""
    try:
        code = int(element.get(f"{WORD}char", ""), 16)
    except ValueError:
        return ""
    return "" if code < 32 or 0xD800 <= code <= 0xF8FF or code > 0x10FFFF else chr(code)
