"""Rich Text Format: paragraphs, headings, rows of tables, notes and text boxes.

With an own parser: striprtf, the library at hand, drops notes and text boxes and keeps deleted
text, and knows no headings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from rag.errors import DamagedFile
from rag.language.word_lists import words
from rag.readers.blocks import Block, assemble, clean, is_labelled
from rag.readers.limits import Limits
from rag.readers.metadata.properties import metadata_of_properties, titled
from rag.readers.office.docx_styles import Style, style_named
from rag.readers.office.rtf_words import (
    CHARACTERS,
    CODE_PAGES,
    LEFT_OUT,
    PARAGRAPH_ENDS,
    STORIES,
    encoding_of,
)
from rag.schema import Reading

__all__ = ["read_rtf"]

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<code>[0-9a-fA-F]{2})"
    r"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)|\\"
)
_PROPERTIES = {"title": "title", "author": "creator", "subject": "subject", "keywords": "keywords"}

# Notes numbered otherwise than 1, 2, 3 to the end: their numbers are left out.
_NUMBERED_OTHERWISE = {
    **dict.fromkeys(words("ftnrstpg ftnrestart ftnnalc ftnnauc ftnnrlc ftnnruc ftnnchi"), False),
    **dict.fromkeys(words("aftnrestart aftnnalc aftnnauc aftnnrlc aftnnruc aftnnchi"), True),
}
_LONGEST_HEADING = 300
_BODY_TEXT = 9


@dataclass(slots=True)
class _State:
    """What holds inside a group and is taken back at its end."""

    purpose: str = "text"
    bold: bool = False
    hidden: bool = False
    deleted: bool = False
    skip: int = 1
    font: int | None = None
    first: bool = True
    starred: bool = False


@dataclass(slots=True)
class _Story:
    """A text of its own: the document, a note, or a box; what follows a paragraph waits in it."""

    kind: str = "text"
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    after: list[Block] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    style: int | None = None
    outline: int | None = None
    in_table: bool = False
    endnote: bool = False
    numbered: bool = False


def read_rtf(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a Rich Text document; notes stand after the paragraph with their number.

    Raises:
        DamagedFile: it is no RTF, or its end is missing.
    """
    del limits  # RTF does not expand
    text = content.decode("latin-1").lstrip()
    if not text.startswith("{\\rtf"):
        raise DamagedFile(f"{name}: not an RTF document, although its name says so")
    parser = _Parser()
    if not parser.parse(text):
        raise DamagedFile(f"{name}: the RTF is truncated, its end is missing; download it again")
    blocks = parser.blocks()
    metadata = titled(metadata_of_properties(parser.properties), blocks)
    return assemble(blocks, metadata=metadata)


class _Parser:
    def __init__(self) -> None:
        self.properties: list[tuple[str, str]] = []
        self._state = _State()
        self._groups: list[_State] = []
        self._stories = [_Story()]
        self._story_depths: list[int] = []
        self._endnotes: list[Block] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = self._default_font = 0
        self._styles: dict[int, Style] = {}
        self._style = 0
        self._style_outline: int | None = None
        self._words: list[str] = []
        self._property = ""
        self._notes = {False: 0, True: 0}  # footnotes, endnotes
        self._unnumbered: set[bool] = set()

    def parse(self, text: str) -> bool:
        """Read all of ``text``; whether its outermost group is complete."""
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                return False
            position = match.end()
            if match["brace"] == "{":
                self._flush()
                self._to_skip = 0
                self._groups.append(self._state)
                self._state = replace(self._state, first=True, starred=False)
            elif match["brace"]:
                self._close()
                if not self._groups:
                    return True
            elif match["word"] == "bin" and match["number"]:
                position += max(0, int(match["number"]))
            else:
                self._token(match)
        return False

    def blocks(self) -> list[Block]:
        """All blocks of the document, endnotes last."""
        self._stories[0].in_table = False
        self._end_paragraph()
        blocks = self._stories[0].blocks
        return [*blocks, Block("Endnotes", 1), *self._endnotes] if self._endnotes else blocks

    def _token(self, match: re.Match[str]) -> None:
        if match["text"] is not None:
            self._characters(match["text"].encode("latin-1"))
        elif match["code"] is not None:
            self._characters(bytes([int(match["code"], 16)]))
        elif match["word"] or match["sign"]:
            self._flush()
            if self._to_skip:
                self._to_skip -= 1
            elif match["sign"]:
                self._sign(match["sign"])
            else:
                number = None if match["number"] is None else int(match["number"])
                self._word(match["word"], number)
            self._state.first = self._state.first and match["sign"] == "*"

    def _characters(self, found: bytes) -> None:
        """Text, of which the part that stands for a Unicode character before it is skipped."""
        skipped = min(self._to_skip, len(found))
        self._to_skip -= skipped
        self._bytes += found[skipped:]
        self._state.first = False

    def _flush(self) -> None:
        if self._bytes:
            font = self._state.font if self._state.font is not None else self._default_font
            encoding = self._fonts.get(font, self._encoding)
            self._text(bytes(self._bytes).decode(encoding, "replace"))
            self._bytes.clear()

    def _text(self, text: str) -> None:
        state = self._state
        if state.purpose == "text" and not state.hidden and not state.deleted:
            self._stories[-1].pieces.append((text, state.bold))
        elif state.purpose in ("style", "property"):
            self._words.append(text)

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._state.starred = True
        elif sign in "\r\n":
            self._end_paragraph()
        elif sign in CHARACTERS:
            self._text(CHARACTERS[sign])

    def _word(self, word: str, number: int | None) -> None:
        if self._state.purpose != "out" and self._begins_group(word):
            return
        if word == "u" and number is not None:
            self._text(chr(number % 0x10000))
            self._to_skip = self._state.skip
        elif word in CHARACTERS:
            self._text(CHARACTERS[word])
        elif self._state.purpose == "text" and self._structure(word, number):
            return
        else:
            self._format(word, number)

    def _begins_group(self, word: str) -> bool:
        """Whether ``word`` says what the group is for that it begins."""
        state = self._state
        if not state.first:
            return False
        if word in ("fonttbl", "stylesheet"):
            state.purpose = "fonts" if word == "fonttbl" else "styles"
        elif word == "info":
            state.purpose = "info"
        elif state.purpose == "info" and word in _PROPERTIES:
            state.purpose, self._property, self._words = "property", _PROPERTIES[word], []
        elif word == "upr":  # the same text twice; the second is in Unicode
            state.purpose = "upr"
        elif word == "ud":
            state.purpose = "text" if state.purpose == "upr" else state.purpose
        elif word in STORIES and state.purpose in ("text", "shape"):
            state.purpose = "text"
            self._stories.append(_Story(STORIES[word]))
            self._story_depths.append(len(self._groups))
        elif word in ("shpinst", "do") and state.starred:
            state.purpose = "shape"
        elif word in LEFT_OUT or state.starred:
            state.purpose = "out"
        else:
            return False
        return True

    def _structure(self, word: str, number: int | None) -> bool:
        """Paragraphs, cells and rows."""
        story = self._stories[-1]
        if word in PARAGRAPH_ENDS:
            self._end_paragraph()
        elif word in ("cell", "nestcell"):
            story.cells.append(_joined(story.pieces))
            story.pieces = []
        elif word in ("row", "nestrow"):
            self._end_row(story)
        elif word == "pard":
            story.style = story.outline = None
            story.in_table = False
        elif word == "s" and number is not None:
            story.style = number
        elif word == "outlinelevel" and number is not None:
            story.outline = number
        elif word == "intbl":
            story.in_table = True
        elif word == "ftnalt":
            story.endnote = True
        elif word == "chftn" and story.kind == "note":
            story.numbered = True
        else:
            return False
        return True

    def _format(self, word: str, number: int | None) -> None:
        state = self._state
        if word in ("b", "v", "deleted"):
            name = {"b": "bold", "v": "hidden", "deleted": "deleted"}[word]
            setattr(state, name, number != 0)
        elif word == "plain":
            state.bold = state.hidden = state.deleted = False
            state.font = None
        elif word == "uc" and number is not None:
            state.skip = max(0, min(number, 10))
        elif word == "f" and number is not None:
            state.font = self._font = number
        elif word == "deff" and number is not None:
            self._default_font = number
        elif word == "ansicpg" and number is not None:
            self._encoding = encoding_of(number)
        elif word in _NUMBERED_OTHERWISE:
            self._unnumbered.add(_NUMBERED_OTHERWISE[word])
        elif word in ("mac", "pc", "pca"):
            self._encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "fcharset" and state.purpose == "fonts" and number in CODE_PAGES:
            # 0 says "Western", which here means the document's own code page.
            self._fonts[self._font] = self._encoding if number == 0 else CODE_PAGES[number]
        elif state.purpose == "styles" and word in ("s", "cs", "ds", "ts"):
            state.purpose, self._words, self._style_outline = "style", [], None
            self._style = number if word == "s" and number is not None else -1
        elif state.purpose == "style" and word == "outlinelevel":
            self._style_outline = number

    def _close(self) -> None:
        self._flush()
        self._to_skip = 0
        purpose = self._state.purpose
        self._state = self._groups.pop()
        if self._story_depths and self._story_depths[-1] > len(self._groups):
            self._story_depths.pop()
            self._end_story()
        elif purpose == "style" and self._state.purpose == "styles":
            name = clean("".join(self._words)).rstrip(";")
            style = style_named(name)
            level = _level_of_outline(self._style_outline, style.level)
            self._styles[self._style] = replace(style, level=level)
        elif purpose == "property" and self._state.purpose == "info":
            self.properties.append((self._property, _joined([("".join(self._words), False)])))

    def _end_story(self) -> None:
        self._stories[-1].in_table = False
        self._end_paragraph()
        story = self._stories.pop()
        blocks = story.blocks
        if story.kind == "note" and story.numbered and story.endnote not in self._unnumbered:
            self._notes[story.endnote] += 1
            mark = f"[{self._notes[story.endnote]}] "
            blocks[:1] = [replace(block, text=mark + block.text) for block in blocks[:1]]
        if story.endnote:
            self._endnotes += blocks
        else:
            self._stories[-1].after += blocks

    def _end_paragraph(self) -> None:
        story = self._stories[-1]
        if story.in_table:
            story.pieces.append((" ", False))
            return
        if story.cells:  # a table whose last row was not ended
            self._end_row(story)
        text = _joined(story.pieces)
        style = self._styles.get(story.style, Style()) if story.style is not None else Style()
        level = _level_of_outline(story.outline, style.level)
        if len(clean(text)) > _LONGEST_HEADING:
            level = None
        if not style.is_contents:
            labelled = level is None and is_labelled(story.pieces)
            story.blocks.append(Block(text, level, labelled))
        story.pieces = []
        _emit_waiting(story)

    def _end_row(self, story: _Story) -> None:
        cells = [clean(cell) for cell in (*story.cells, _joined(story.pieces))]
        if cells and not cells[-1]:
            cells.pop()
        story.cells, story.pieces = [], []
        if any(cells):
            story.blocks.append(Block(" | ".join(cells)))
        _emit_waiting(story)


def _emit_waiting(story: _Story) -> None:
    """Notes and boxes stand after the paragraph or row that holds them."""
    story.blocks += story.after
    story.after = []


def _level_of_outline(outline: int | None, otherwise: int | None) -> int | None:
    if outline is None:
        return otherwise
    return outline + 1 if 0 <= outline < _BODY_TEXT else None


def _joined(pieces: list[tuple[str, bool]]) -> str:
    """The text of pieces; characters beyond the first 65,536 come as two halves."""
    text = "".join(text for text, _ in pieces).replace("\xad", "")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
