"""HTML and XHTML, with Beautiful Soup on lxml.

Beautiful Soup and not trafilatura: trafilatura picks what it believes to be the main text, drops
short paragraphs and repeated ones, and may move headings. Whoever cites from a report must be able
to rely on all of it being there, so this reader leaves out only what the page itself marks as not
being part of the text: navigation, sidebars, forms, what is hidden, and, where the page has one
``main`` or ``article`` with most of the text, everything around it. Where nothing is marked,
comments, teasers and notices are read as asides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Iterator
from copy import copy
from dataclasses import replace
from importlib.resources import files
from itertools import chain

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, PreformattedString
from lxml.html import defs

from rag.errors import DamagedFile
from rag.readers.blocks import Block, assemble, clean, is_labelled, table_row
from rag.readers.decoding import decode, note_of_guess
from rag.readers.interviews import bold_start
from rag.readers.metadata.properties import titled
from rag.readers.web.metadata import metadata_of_page
from rag.readers.web.surroundings import surroundings
from rag.schema import Reading

_ELEMENTS = tomllib.loads(files(__package__).joinpath("html.toml").read_text("utf-8"))
_BLOCKS = frozenset(_ELEMENTS["blocks"].split())
_NO_TEXT = frozenset(_ELEMENTS["no_text"].split())
_TAGS = _BLOCKS | _NO_TEXT | defs.tags | frozenset(_ELEMENTS["inline"].split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_AROUND = frozenset({"banner", "complementary", "contentinfo", "navigation", "search"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TAG_NAME = re.compile(r"</?([a-zA-Z][\w-]*)")

# ``main`` or ``article`` stands for the page only if it holds at least this share of its text.
_MOST_OF_THE_TEXT = 0.5

# Longer words are not repeated, and no cell covers more rows or columns.
_LONGEST_MERGED, _MOST_MERGED = 200, 100

# Marks a copy of the cell to its left.
_MERGED = "data-footnote-merged"

_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)

_DEEPEST = 400  # elements in one another; browsers give up at 512

_BREAK = "\n"
_PARAGRAPHS = re.compile(r"(?<![ \t])(?:[ \t]*\n){2,}")


def read_html(content: bytes, name: str) -> Reading:
    """Read a page; the title is that of its metadata, or its first ``h1``."""
    declared = EncodingDetector.find_declared_encoding(content, is_html=True)
    soup = BeautifulSoup(decode(content, name, declared=declared), "lxml")
    _check_depth(soup, name)
    metadata = metadata_of_page(soup)
    main = _main(soup)
    blocks = list(_blocks(main, surroundings(main)))
    notes = note_of_guess(content, declared=declared)
    return assemble(blocks, metadata=titled(metadata, blocks), warnings=notes)


def _check_depth(soup: BeautifulSoup, name: str) -> None:
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depth = depths[id(tag)] = depths.get(id(tag.parent), 0) + 1
        if depth > _DEEPEST:
            raise DamagedFile(
                f"{name}: elements lie inside one another more than {_DEEPEST} times: save the "
                "page anew, or its text"
            )


def _repeat_merged_cells(root: Tag) -> None:
    """Put the words of a cell that covers several rows or columns of a table into each of them.

    A cell over all that its row holds, as a title is, stays as it is, and so does a long text.
    """
    rows_of: dict[int, list[Tag]] = {}  # by the id of their table, in one pass
    for row in root.find_all("tr"):
        rows_of.setdefault(id(row.find_parent("table")), []).append(row)
    rows_of.pop(id(None), None)
    merged = {
        id(cell.find_parent("table")): None
        for cell in root.find_all(["td", "th"])
        if cell.has_attr("rowspan") or cell.has_attr("colspan")
    }
    for table in merged:
        above: dict[int, tuple[int, Tag]] = {}  # for each column, of how many more rows, and a copy
        for row in rows_of.get(table, ()):
            cells = row.find_all(["td", "th"], recursive=False)
            column = 0
            for cell in [*cells, None]:
                while column in above and (cell is not None or column <= max(above)):
                    rows, again = above.pop(column)
                    if rows > 1:
                        above[column] = rows - 1, copy(again)
                    if cells:
                        row.append(again) if cell is None else cell.insert_before(again)
                    column += 1
                if cell is None:
                    break
                down, wide = _covered(cell, "rowspan"), _covered(cell, "colspan")
                words = clean(_text(cell)) if not cell.find("table") else ""
                words = words if len(words) <= _LONGEST_MERGED else ""
                if wide > 1 and (len(cells) > 1 or column or above):
                    for _ in range(wide - 1):
                        cell.insert_after(_copy_of(cell, words, is_right=True))
                for at in range(column, column + wide) if down > 1 else ():
                    above[at] = down - 1, _copy_of(cell, words, is_right=at > column)
                column += wide


def _copy_of(cell: Tag, words: str, *, is_right: bool) -> Tag:
    """What stands in another place that a cell covers, in the same row to its right or below it."""
    copied = BeautifulSoup("", "lxml").new_tag(cell.name, string=words)
    if is_right:
        copied[_MERGED] = ""
    return copied


def _covered(cell: Tag, attribute: str) -> int:
    times = str(cell.get(attribute, "1")).strip()
    return min(int(times), _MOST_MERGED) if times.isdecimal() and int(times) else 1


def blocks_of_fragment(markup: str) -> Iterator[Block]:
    """The blocks of a piece of HTML inside another format."""
    soup = BeautifulSoup(markup, "lxml")
    _leave_out(soup)
    _repeat_merged_cells(soup)
    yield from _blocks(soup)


def is_html_tag(markup: str) -> bool:
    """Whether ``markup`` begins with a tag that HTML knows."""
    match = _TAG_NAME.match(markup)
    return match is not None and match[1].lower() in _TAGS


def _main(soup: BeautifulSoup) -> Tag:
    """The element that holds the text, after what is not text was taken out of the page."""
    _leave_out(soup)
    _repeat_merged_cells(soup)
    body = soup.body or soup
    for names in ("main", "article"):
        found = [tag for tag in soup.find_all(names) if not tag.find_parent(names)]
        found += [tag for tag in soup.find_all(role=names) if tag not in found]
        if len(found) == 1 and _length(found[0]) >= _MOST_OF_THE_TEXT * _length(body):
            return found[0]
    for tag in soup.find_all(["header", "footer"]):
        if not tag.find_parent(["main", "article", "section", "blockquote"]):
            tag.decompose()
    return body


def _leave_out(soup: BeautifulSoup) -> None:
    for tag in soup.find_all(_is_left_out):
        tag.decompose()


def _is_left_out(tag: Tag) -> bool:
    if tag.name in _NO_TEXT or tag.name == "aside":
        return True
    if tag.name in ("html", "body", "main", "article"):
        return False
    if tag.name == "form":  # some pages are one large form
        return not tag.find(["p", "article", "main", "h1", "h2"])
    if tag.name == "footer" and not tag.find_parent("blockquote"):
        return tag.find_parent(["article", "main"]) is not None
    return _is_hidden(tag) or str(tag.get("role", "")).lower() in _AROUND


def _is_hidden(tag: Tag) -> bool:
    return (
        tag.has_attr("hidden")
        or str(tag.get("aria-hidden", "")).lower() == "true"
        or bool(_HIDDEN_STYLE.search(str(tag.get("style", ""))))
    )


def _length(tag: Tag) -> int:
    return len("".join(tag.get_text().split()))


def _blocks(root: Tag, around: Container[int] = ()) -> Iterator[Block]:
    """The blocks in ``root``; elements whose ids are in ``around`` are asides."""
    pieces: list[tuple[str, bool]] = []
    for item in chain(_walk(root, around), [None]):
        if isinstance(item, tuple):
            pieces.append(item)
            continue
        yield from _paragraphs(pieces)
        pieces = []
        if item is not None:
            yield item


def _walk(tag: Tag, around: Container[int]) -> Iterator[tuple[str, bool] | Block | None]:
    """Pieces of text with whether they are bold, headings and rows; None between paragraphs."""
    for child in tag.children:
        if isinstance(child, NavigableString):
            if not isinstance(child, PreformattedString):  # comments, doctypes
                yield str(child).replace(_BREAK, " "), False
        elif not isinstance(child, Tag):
            continue
        elif child.name == "br":
            yield _BREAK, False
        elif id(child) in around:
            yield None
            if child.name in _HEADINGS:
                yield Block(_text(child), aside=True)
            else:
                yield from (replace(block, level=None, aside=True) for block in _blocks(child))
        elif child.name in _HEADINGS:
            yield Block(_text(child), _HEADINGS[child.name])
        elif child.name == "tr" and not _holds_blocks(child):
            yield _row(child)
        elif child.name in ("b", "strong") and not _holds_blocks(child):
            yield _text(child, _BREAK), True
        elif child.name in _BLOCKS:
            yield None
            yield from _walk(child, around)
            yield None
        else:
            yield from _walk(child, around)


def _paragraphs(pieces: list[tuple[str, bool]]) -> Iterator[Block]:
    """One paragraph, or several where two line breaks follow one another."""
    labelled, bold = is_labelled(pieces), bold_start(pieces)
    for part in _PARAGRAPHS.split("".join(text for text, _ in pieces)):
        if clean(part):
            yield Block(part, labelled=labelled, bold=bold)
            labelled, bold = False, ""


def _holds_blocks(tag: Tag) -> bool:
    """Whether there is more in ``tag`` than one line of text in each cell."""
    for cell in tag.find_all(["td", "th"], recursive=False) or [tag]:
        if cell.find(["table", "ul", "ol", "dl", "pre", "blockquote", *_HEADINGS]):
            return True
        if len(cell.find_all(["p", "div"])) > 1:
            return True
    return tag.name != "tr" and tag.find(_BLOCKS - {"br"}) is not None


def _row(row: Tag) -> Block:
    cells = row.find_all(["td", "th"])
    texts = [clean(_text(cell)) for cell in cells]
    filled = [
        cell for cell, text in zip(cells, texts, strict=True) if text and not cell.has_attr(_MERGED)
    ]
    in_head = row.parent is not None and row.parent.name == "thead"
    table = row.find_parent("table")
    return table_row(
        texts if filled else (),
        merged=(at for at, cell in enumerate(cells) if cell.has_attr(_MERGED)),
        heads=in_head or all(cell.name == "th" for cell in filled),
        bold=all(map(_is_bold, filled)),
        table=id(table) if table is not None else 0,
    )


def _is_bold(cell: Tag) -> bool:
    """Whether all words of a cell are in one element that makes them bold."""
    words = cell.get_text().strip()
    marked = (cell, *cell.find_all(True))
    return any(
        each.get_text().strip() == words
        for each in marked
        if each.name in ("b", "strong") or _BOLD.search(str(each.get("style", "")))
    )


def _text(tag: Tag, line_break: str = " ") -> str:
    parts = []
    for item in tag.descendants:
        if isinstance(item, Tag):
            if item.name in _BLOCKS:
                parts.append(line_break if item.name == "br" else " ")
        elif isinstance(item, NavigableString) and not isinstance(item, PreformattedString):
            parts.append(str(item).replace(_BREAK, " "))
    return "".join(parts)
