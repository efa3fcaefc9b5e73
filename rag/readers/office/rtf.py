"""Rich Text Format (RTF): paragraphs, headings, rows of tables, notes and text boxes.

With a parser of our own: striprtf loses notes, text boxes and heading styles, and keeps hidden
text, deleted text and the numbers of lists.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from importlib.resources import files

from rag.errors import DamagedFile
from rag.readers.blocks import Block, assemble, clean, is_labelled
from rag.readers.interviews import bold_start
from rag.readers.metadata.properties import metadata_of_properties, titled
from rag.readers.office.docx_styles import Style, level_of_outline, style_named
from rag.readers.office.rtf_tables import Row, Shape, rows_in_grid
from rag.readers.office.story import heading_level
from rag.schema import Reading

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<code>[0-9a-fA-F]{2})"
    r"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)|\\"
)
_WORDS = tomllib.loads(files(__package__).joinpath("rtf.toml").read_text("utf-8"))
_LEFT_OUT = frozenset(_WORDS["left_out"].split())
_CHARACTERS: dict[str, str] = _WORDS["characters"]
_PROPERTIES = {"title": "title", "author": "creator", "subject": "subject", "keywords": "keywords"}
_FORMATS = {"b": "is_bold", "v": "is_hidden", "deleted": "is_deleted"}
_SYSTEM_ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}

# Numbering of notes that we do not follow, with whether it is that of endnotes.
_OTHER_NUMBERS = {
    **dict.fromkeys(_WORDS["other_footnote_numbers"].split(), False),
    **dict.fromkeys(_WORDS["other_endnote_numbers"].split(), True),
}


@dataclass(slots=True)
class _Story:
    """The document, a note or a text box; ``after`` is put after the paragraph being read.

    ``shape`` is that of the row being read; ``rows`` are those of its table so far, with their
    places among the blocks.
    """

    is_note: bool = False
    is_endnote: bool = False
    is_numbered: bool = False
    is_in_table: bool = False
    style: int | None = None
    outline: int | None = None
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    is_bold: bool = True
    shape: Shape = field(default_factory=Shape)
    rows: list[tuple[int, Row]] = field(default_factory=list)
    after: list[Block] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """What holds inside a group in braces, and is taken back at its end.

    ``purpose`` is "text", or another use of the group's characters; "out" is none. ``words`` is
    the name of a style, or a property called ``property``. ``skip`` is how many characters stand
    for each Unicode character before them. At the start of a group (``is_new``), a control word
    may say what the group is for; ``is_optional`` that a reader may leave it out.
    """

    story: _Story
    purpose: str = "text"
    property: str = ""
    words: list[str] = field(default_factory=list)
    style: int | None = None
    outline: int | None = None
    is_bold: bool = False
    is_hidden: bool = False
    is_deleted: bool = False
    skip: int = 1
    font: int | None = None
    is_new: bool = True
    is_optional: bool = False


def read_rtf(content: bytes, name: str) -> Reading:
    """Read a Rich Text document; notes stand after the paragraph with their number.

    Raises:
        DamagedFile: it is no RTF, or its end is missing.
    """
    text = content.decode("latin-1").lstrip()
    if not text.startswith("{\\rtf"):
        raise DamagedFile(f"{name}: not an RTF document, although its name says so")
    parser = _Parser()
    if not parser.parse(text):
        raise DamagedFile(f"{name}: the RTF is truncated, its end is missing; download it again")
    blocks = parser.blocks()
    return assemble(blocks, metadata=titled(metadata_of_properties(parser.properties), blocks[:5]))


class _Parser:
    def __init__(self) -> None:
        self.properties: list[tuple[str, str]] = []
        self._document = _Story()
        self._group = _Group(self._document)
        self._outer_groups: list[_Group] = []
        self._endnotes: list[Block] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._encoding = "cp1252"
        self._font_encodings: dict[int | None, str] = {}
        self._default_font = 0
        self._styles: dict[int | None, Style] = {}
        self._note_counts = {False: 0, True: 0}  # by whether they are endnotes
        self._without_numbers: set[bool] = set()

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
                self._outer_groups.append(self._group)
                self._group = replace(self._group, is_new=True, is_optional=False)
            elif match["brace"]:
                self._end_group()
                if not self._outer_groups:
                    return True
            elif match["word"] == "bin" and match["number"]:
                position += max(0, int(match["number"]))
            else:
                self._token(match)
        return False

    def blocks(self) -> list[Block]:
        """All blocks of the document, endnotes last."""
        self._end_paragraph(self._document, is_last=True)
        notes = [Block("Endnotes", 1), *self._endnotes] if self._endnotes else []
        return self._document.blocks + notes

    def _token(self, match: re.Match[str]) -> None:
        if match["text"] is not None:
            self._add_bytes(match["text"].encode("latin-1"))
        elif match["code"] is not None:
            self._add_bytes(bytes([int(match["code"], 16)]))
        elif match["word"] or match["sign"]:
            self._flush()
            if self._to_skip:
                self._to_skip -= 1
            elif match["sign"]:
                self._sign(match["sign"])
            else:
                self._word(match["word"], None if match["number"] is None else int(match["number"]))
            self._group.is_new &= match["sign"] == "*"

    def _add_bytes(self, found: bytes) -> None:
        """Text, of which the part that stands for a Unicode character before it is skipped."""
        skipped = min(self._to_skip, len(found))
        self._to_skip -= skipped
        self._bytes += found[skipped:]
        self._group.is_new = False

    def _flush(self) -> None:
        if self._bytes:
            font = self._group.font if self._group.font is not None else self._default_font
            encoding = self._font_encodings.get(font, self._encoding)
            self._text(bytes(self._bytes).decode(encoding, "replace"))
            self._bytes.clear()

    def _text(self, text: str) -> None:
        group = self._group
        if group.purpose == "text" and not group.is_hidden and not group.is_deleted:
            group.story.pieces.append((text, group.is_bold))
        elif group.purpose in ("style", "property"):
            group.words.append(text)

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._group.is_optional = True
        elif sign in "\r\n":
            self._end_paragraph(self._group.story)
        elif sign in _CHARACTERS:
            self._text(_CHARACTERS[sign])

    def _word(self, word: str, number: int | None) -> None:
        if self._group.purpose != "out" and self._group.is_new and self._begin_group(word):
            return
        if word == "u" and number is not None:
            self._text(chr(number % 0x10000))
            self._to_skip = self._group.skip
        elif word in _CHARACTERS:
            self._text(_CHARACTERS[word])
        elif self._group.purpose != "text" or not self._structure(word, number):
            self._format(word, number)

    def _begin_group(self, word: str) -> bool:
        """Whether ``word`` says what the group is for that it begins."""
        group = self._group
        if word in ("fonttbl", "stylesheet", "info"):
            group.purpose = word
        elif group.purpose == "info" and word in _PROPERTIES:
            group.purpose, group.property, group.words = "property", _PROPERTIES[word], []
        elif word == "upr":  # the same text twice; the second is in Unicode
            group.purpose = "upr"
        elif word == "ud":
            group.purpose = "text" if group.purpose == "upr" else group.purpose
        elif word in ("footnote", "shptxt", "dptxbxtext") and group.purpose in ("text", "shape"):
            group.purpose, group.story = "text", _Story(is_note=word == "footnote")
        elif word in ("shpinst", "do") and group.is_optional:
            group.purpose = "shape"
        elif word in _LEFT_OUT or group.is_optional:
            group.purpose = "out"
        else:
            return False
        return True

    def _structure(self, word: str, number: int | None) -> bool:
        """Whether ``word`` is about paragraphs, cells, rows or notes."""
        story = self._group.story
        if word in ("par", "sect"):
            self._end_paragraph(story)
        elif word in ("cell", "nestcell"):
            _end_cell(story)
        elif word in ("row", "nestrow"):
            _end_row(story)
        elif word == "trowd":
            story.shape = Shape()
        elif word == "pard":
            story.style = story.outline = None
            story.is_in_table = False
        elif word == "s" and number is not None:
            story.style = number
        elif word == "outlinelevel" and number is not None:
            story.outline = number
        elif word == "intbl":
            story.is_in_table = True
        elif word == "ftnalt":
            story.is_endnote = True
        elif word == "chftn" and story.is_note:
            story.is_numbered = True
        else:
            return story.shape.add(word, number)
        return True

    def _format(self, word: str, number: int | None) -> None:
        group = self._group
        if word in _FORMATS:
            setattr(group, _FORMATS[word], number != 0)
        elif word == "plain":
            group.is_bold = group.is_hidden = group.is_deleted = False
            group.font = None
        elif word == "uc" and number is not None:
            group.skip = max(0, min(number, 10))
        elif word == "f" and number is not None:
            group.font = number
        elif word == "deff" and number is not None:
            self._default_font = number
        elif word == "ansicpg" and number is not None:
            self._encoding = _encoding_of(number)
        elif word in _OTHER_NUMBERS:
            self._without_numbers.add(_OTHER_NUMBERS[word])
        elif word in _SYSTEM_ENCODINGS:
            self._encoding = _SYSTEM_ENCODINGS[word]
        elif word == "fcharset" and group.purpose == "fonttbl":
            # 0 says "Western", which here means the document's own code page.
            known = _WORDS["font_encodings"].get(str(number)) if number else self._encoding
            if known is not None:
                self._font_encodings[group.font] = known
        elif group.purpose == "stylesheet" and word in ("s", "cs", "ds", "ts"):
            group.purpose, group.words, group.outline = "style", [], None
            group.style = number if word == "s" else None
        elif group.purpose == "style" and word == "outlinelevel":
            group.outline = number

    def _end_group(self) -> None:
        self._flush()
        self._to_skip = 0
        ended, self._group = self._group, self._outer_groups.pop()
        if ended.story is not self._group.story:
            self._end_story(ended.story)
        elif ended.purpose == "style" and self._group.purpose == "stylesheet":
            style = style_named(clean("".join(ended.words)).rstrip(";"))
            self._styles[ended.style] = _with_outline(style, ended.outline)
        elif ended.purpose == "property" and self._group.purpose == "info":
            value = _joined([(word, False) for word in ended.words])
            self.properties.append((ended.property, value))

    def _end_story(self, story: _Story) -> None:
        self._end_paragraph(story, is_last=True)
        if story.is_numbered and story.is_endnote not in self._without_numbers:
            self._note_counts[story.is_endnote] += 1
            mark = f"[{self._note_counts[story.is_endnote]}] "
            story.blocks[:1] = [replace(each, text=mark + each.text) for each in story.blocks[:1]]
        target = self._endnotes if story.is_endnote else self._group.story.after
        target += story.blocks

    def _end_paragraph(self, story: _Story, *, is_last: bool = False) -> None:
        if story.is_in_table and not is_last:
            story.pieces.append((" ", False))
            return
        if story.cells:  # a table whose last row was not ended
            _end_row(story)
        _end_table(story)
        style = self._styles.get(story.style, Style()) if story.style is not None else Style()
        if not style.is_contents:
            text = _joined(story.pieces)
            level = heading_level(text, _with_outline(style, story.outline).level)
            labelled = level is None and is_labelled(story.pieces)
            story.blocks.append(Block(text, level, labelled, bold=bold_start(story.pieces)))
        story.pieces = []
        _add_anchored(story)


def _end_cell(story: _Story) -> None:
    story.is_bold &= all(bold for text, bold in story.pieces if text.strip())
    story.cells.append(_joined(story.pieces))
    story.pieces = []


def _end_row(story: _Story) -> None:
    _end_cell(story)
    cells = list(map(clean, story.cells))
    if not cells[-1]:
        cells.pop()
    if any(cells):
        story.rows.append((len(story.blocks), Row(cells, story.shape, story.is_bold)))
        story.blocks.append(Block(""))
    story.cells, story.is_bold = [], True
    _add_anchored(story)


def _end_table(story: _Story) -> None:
    """Put the rows of a table that has ended into their places."""
    blocks = rows_in_grid([row for _, row in story.rows])
    for (at, _), block in zip(story.rows, blocks, strict=True):
        story.blocks[at] = block
    story.rows = []


def _add_anchored(story: _Story) -> None:
    """Put notes and boxes after the paragraph or row that holds them."""
    story.blocks += story.after
    story.after = []


def _with_outline(style: Style, outline: int | None) -> Style:
    return style if outline is None else replace(style, level=level_of_outline(outline))


def _encoding_of(code_page: int) -> str:
    """Python's name of a Windows code page; the most frequent one if it is not known."""
    name: str = _WORDS["code_pages"].get(str(code_page), f"cp{code_page}")
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name


def _joined(pieces: list[tuple[str, bool]]) -> str:
    """The text of pieces; characters beyond the first 65,536 come as two halves."""
    text = "".join(text for text, _ in pieces)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
