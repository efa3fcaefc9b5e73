"""Reads exports back: the embedded record, and the quotations that a reader sees."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bs4 import BeautifulSoup, Tag
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.errors import ExportUnreadable
from rag.export.embedded_json import BOOKMARK, RECORD, RECORD_ID, RECORD_NAMESPACE, from_json
from rag.export.formats import ExportFormat
from rag.export.records import Export

_MOST_BYTES: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Visible:
    """A quotation as a reader sees it; ``number`` is None where people have put one in."""

    number: int | None
    words: str


@dataclass(frozen=True, slots=True)
class ReadExport:
    """An export with everything that a reader of it sees.

    ``record`` is None where it was taken out. ``notes`` are the footnotes by their numbers.
    """

    record: Export | None
    visible: tuple[Visible, ...]
    notes: dict[int, str]


def read_export(content: bytes, *, format: ExportFormat, name: str) -> ReadExport:  # noqa: A002
    """Read an export of any format, however it was edited.

    Raises:
        ExportUnreadable: the file is damaged, or was not made by this program.
    """
    if len(content) > _MOST_BYTES:
        raise ExportUnreadable(f"{name}: the file is larger than any export")
    if format == "docx":
        return _read_docx(content, name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExportUnreadable(f"{name}: the file is not UTF-8 text") from error
    if format == "md":
        return _read_markdown(text.replace("\r\n", "\n"), name)
    if format == "html":
        return _read_html(text, name)
    return _read_json(text, name)


# JSON ------------------------------------------------------------------------------------------


def _read_json(text: str, name: str) -> ReadExport:
    record = from_json(text, name=name)
    shown = [
        Visible(statement.quotations[0] if statement.quotations else None, statement.text)
        for turn in record.turns
        for statement in turn.statements
        if statement.kind == "quote"
    ]
    others = [Visible(each.number, each.quote) for each in record.quotations if not each.shown]
    notes = {each.number: each.reference for each in record.quotations}
    return ReadExport(record, (*shown, *others), notes)


# Markdown --------------------------------------------------------------------------------------

_RECORD: Final = re.compile(re.escape(RECORD) + r"(\{.*?\}) -->", re.DOTALL)
_DEFINITION: Final = re.compile(
    r"^\[\^(\d{1,6})\]:[ \t]*(.*(?:\n(?:[ \t]+.*|[ \t]*(?=\n[ \t])))*)", re.M
)
_MARK: Final = re.compile(r"\[\^(\d{1,6})\]")


def _read_markdown(text: str, name: str) -> ReadExport:
    found = _RECORD.search(text)
    record = from_json(found[1], name=name) if found else None
    body = _RECORD.sub("", text)
    definitions = {int(each[1]): each[2] for each in _DEFINITION.finditer(body)}
    body = _DEFINITION.sub("", body)
    visible = [
        Visible(int(marks[0]) if (marks := _MARK.findall(words)) else None, _MARK.sub("", words))
        for words in _block_quotes(body)
    ]
    notes: dict[int, str] = {}
    for number, definition in definitions.items():
        inside = re.sub(r"^[ \t]{1,4}", "", definition, flags=re.MULTILINE)
        notes[number] = " ".join(_words(each) for each in _parsed(inside) if each.type == "inline")
        visible += [Visible(number, words) for words in _block_quotes(inside)]
    return ReadExport(record, tuple(visible), notes)


def _parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": False}).parse(text)


def _block_quotes(text: str) -> Iterator[str]:
    """The words of each block quote; what stands in one of its paragraphs is a quotation."""
    depth = 0
    for token in _parsed(text):
        depth += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if depth and token.type == "inline":
            yield _words(token)


def _words(token: Token) -> str:
    """The text of a line of Markdown; a line break is a space."""
    parts = (
        " " if each.type in ("softbreak", "hardbreak") else each.content
        for each in token.children or ()
    )
    return "".join(parts)


# HTML ------------------------------------------------------------------------------------------


def _read_html(text: str, name: str) -> ReadExport:
    soup = BeautifulSoup(text, "lxml")
    element = soup.find("script", id=RECORD_ID)
    record = from_json(str(element.string or ""), name=name) if isinstance(element, Tag) else None
    for hidden in soup.find_all(["script", "style", "template"]):
        hidden.decompose()
    notes: dict[int, str] = {}
    visible: list[Visible] = []
    for quote in soup.find_all("blockquote"):
        number = _number_of(quote)
        for mark in quote.find_all("sup"):
            mark.decompose()
        visible.append(Visible(number, quote.get_text()))
    for note in soup.find_all("li", id=re.compile(r"^note-\d{1,6}$")):
        for quote in note.find_all("blockquote"):
            quote.decompose()
        notes[int(str(note["id"]).removeprefix("note-"))] = note.get_text()
    return ReadExport(record, tuple(visible), notes)


def _number_of(quote: Tag) -> int | None:
    """The number of the first footnote of a quotation, or of the footnote that it stands in."""
    note = quote.find_parent("li")
    link = quote.find("a", href=re.compile(r"^#note-\d{1,6}$"))
    named = str(note.get("id", "")) if note else str(link["href"])[1:] if link else ""
    digits = named.removeprefix("note-")
    return int(digits) if digits.isdecimal() else None


# Word ------------------------------------------------------------------------------------------


_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY, _FEET = "word/document.xml", "word/footnotes.xml"
_START: Final = f"{_W}bookmarkStart"
_BOOKMARK: Final = re.compile(BOOKMARK + r"(\d{1,6})", re.ASCII)
_SIGNS: Final = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}noBreakHyphen": "-"}


def _read_docx(content: bytes, name: str) -> ReadExport:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(each.file_size for each in package.infolist()) > _MOST_BYTES:
                raise ExportUnreadable(f"{name}: the file is larger than any export")
            parts = {
                each: package.read(each)
                for each in package.namelist()
                if each in (_BODY, _FEET)
                or re.fullmatch(r"customXml/item\d*\.xml", each, re.IGNORECASE)
            }
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ExportUnreadable(f"{name}: this is no Word document: {error}") from error
    if _BODY not in parts:
        raise ExportUnreadable(f"{name}: this is no Word document: it has no text")
    roots = {part: _xml(encoded, name) for part, encoded in parts.items()}
    records = [each for each in roots.values() if each.tag == f"{{{RECORD_NAMESPACE}}}record"]
    record = from_json("".join(records[-1].itertext()), name=name) if records else None
    body, feet = roots[_BODY], roots.get(_FEET, etree.Element("none"))
    visible = (*_bookmarked(body), *_other_quotes(body), *_bookmarked(feet))
    return ReadExport(record, visible, _foot_notes(body, feet))


def _xml(encoded: bytes, name: str) -> Any:  # noqa: ANN401 - lxml
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(encoded, parser)
    except etree.XMLSyntaxError as error:
        raise ExportUnreadable(f"{name}: the Word document is damaged: {error}") from error


def _text_of(element: Any) -> str:  # noqa: ANN401 - lxml
    """The text that an element stands for; what people have marked as deleted has none."""
    return element.text or "" if element.tag == f"{_W}t" else _SIGNS.get(element.tag, "")


def _quotation(mark: Any) -> int | None:  # noqa: ANN401 - lxml
    """The number of the quotation that a bookmark is for; None if it is another bookmark."""
    found = _BOOKMARK.fullmatch(mark.get(f"{_W}name", ""))
    return int(found[1]) if found else None


def _bookmarked(root: Any) -> Iterator[Visible]:  # noqa: ANN401 - lxml
    """What stands in the bookmarks of quotations."""
    open_ones: dict[str, tuple[int, list[str]]] = {}
    for element in root.iter(etree.Element):
        key = element.get(f"{_W}id", "")
        if element.tag == _START and (number := _quotation(element)) is not None:
            open_ones[key] = number, []
        elif element.tag == f"{_W}bookmarkEnd" and key in open_ones:
            number, words = open_ones.pop(key)
            yield Visible(number, "".join(words))
        elif said := _text_of(element):
            for _, words in open_ones.values():
                words.append(said)


def _other_quotes(body: Any) -> Iterator[Visible]:  # noqa: ANN401 - lxml
    """Paragraphs in the style of quotations without a bookmark: put in by people."""
    for paragraph in body.iter(f"{_W}p"):
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is None or style.get(f"{_W}val") not in ("Quote", "Quotations"):
            continue
        words = "".join(map(_text_of, paragraph.iter()))
        if words.strip() and all(_quotation(mark) is None for mark in paragraph.iter(_START)):
            yield Visible(None, words)


def _foot_notes(body: Any, feet: Any) -> dict[int, str]:  # noqa: ANN401 - lxml
    """The footnotes by the numbers of their quotations, whatever numbers Word gives them now."""
    texts: dict[str, str] = {}
    notes: dict[int, str] = {}
    for note in feet.iter(f"{_W}footnote"):
        text = texts[note.get(f"{_W}id", "")] = "".join(map(_text_of, note.iter()))
        for mark in note.iter(_START):
            if (number := _quotation(mark)) is not None:
                notes[number] = text
    # The footnote of a quotation in the text is the next one after it in its paragraph.
    for paragraph in body.iter(f"{_W}p"):
        waiting: int | None = None
        for each in paragraph.iter(_START, f"{_W}footnoteReference"):
            if each.tag == _START:
                waiting = _quotation(each) or waiting
            elif waiting is not None:
                notes[waiting], waiting = texts.get(each.get(f"{_W}id", ""), ""), None
    return notes
