"""Markdown: front matter in YAML, and the plain text of each block as CommonMark defines it.

Markup is removed and what it marks is kept: the text of links, not their targets; no alternative
texts of images. Ordered lists keep their numbers, because a paragraph that happens to begin with
``1986.`` is an ordered list to CommonMark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache

import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.errors import DamagedFile
from rag.readers.blocks import Block, assemble, clean, is_labelled, table_row
from rag.readers.decoding import decode
from rag.readers.interviews import bold_start
from rag.readers.metadata.fields import metadata_from
from rag.readers.metadata.properties import titled
from rag.readers.web.html import blocks_of_fragment, is_html_tag
from rag.schema import Metadata, Reading

_FIRST_KEY = re.compile(r"-{3,}[ \t]*\n(?:#.*\n)*[\"']?[\w][\w .-]*+[\"']?[ \t]*:(?:\s|$)")
_SYNONYMS = {"authors": "author", "lang": "language", "published": "date"}

# Aliases in YAML can blow a few lines up to gigabytes.
_MOST_VALUES = 500


def read_markdown(content: bytes, name: str) -> Reading:
    """Read Markdown; the title is that of the front matter, or the first heading of level 1.

    Raises:
        DamagedFile: the front matter is not valid YAML; the message names the line.
    """
    front, body = _split(decode(content, name), name)
    blocks = list(_blocks(_parser().parse(body)))
    return assemble(blocks, metadata=titled(front, blocks))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _split(text: str, name: str) -> tuple[Metadata, str]:
    """Front matter and body. Text between two rulers is front matter if it begins with a key."""
    handler = YAMLHandler()
    if not _FIRST_KEY.match(text):
        return Metadata(), text
    try:
        front, body = handler.split(text)
        found = handler.load(front)
    except yaml.YAMLError as error:
        raise DamagedFile(f"{name}{_place(error)}; correct the front matter") from error
    except ValueError:  # the second ruler is missing
        return Metadata(), text
    if not isinstance(found, dict):
        return Metadata(), text
    return _metadata(found, name), body


def _place(error: yaml.YAMLError) -> str:
    """The line in the file and what the parser says about it."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "not valid YAML"
    return f", line {mark.line + 1}: {problem}" if mark else f": {problem}"


def _metadata(found: Mapping[object, object], name: str) -> Metadata:
    pairs = []
    for key, value in found.items():
        budget = [_MOST_VALUES]
        text = _as_text(value, budget)
        if budget[0] < 0:
            raise DamagedFile(f"{name}: the field {key!r} of the front matter is too large")
        pairs.append((_SYNONYMS.get(str(key).lower(), str(key)), text))
    return metadata_from(pairs)


def _as_text(value: object, budget: list[int]) -> str:
    """A value of YAML as one line: dates in ISO, lists joined with commas, mappings as pairs."""
    budget[0] -= 1
    if value is None or budget[0] < 0:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if not value.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | float):
        return json.dumps(value)
    if isinstance(value, list):
        return ", ".join(_as_text(each, budget) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_as_text(each, budget)}" for key, each in value.items())
    return str(value)


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    marker = ""
    level: int | None = None
    cells: list[str] | None = None
    heads = False
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = None
        elif token.type == "list_item_open":
            marker = f"{token.info}{token.markup} " if token.info else ""
        elif token.type in ("thead_open", "thead_close"):
            heads = token.nesting > 0
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            yield table_row(cells or (), heads=heads)
            cells = None
        elif token.type == "inline" and cells is not None:
            cells.append(clean("".join(text for text, _ in _pieces(token.children or []))))
        elif token.type == "inline":
            yield _block(token.children or [], marker, level)
            marker = ""
        elif token.type in ("fence", "code_block"):
            yield Block(marker + token.content)
            marker = ""
        elif token.type == "html_block":
            yield from _html_blocks(token.content)


def _block(children: Sequence[Token], marker: str, level: int | None) -> Block:
    pieces = list(_pieces(children))
    text = marker + "".join(text for text, _ in pieces)
    return Block(
        text,
        level,
        labelled=not marker and is_labelled(pieces),
        bold="" if marker else bold_start(pieces),
    )


def _pieces(children: Sequence[Token]) -> Iterator[tuple[str, bool]]:
    """The text of inline tokens, each with whether it is bold."""
    bold = 0
    for token in children:
        if token.type in ("strong_open", "strong_close"):
            bold += token.nesting
        elif token.type in ("text", "code_inline", "text_special"):
            yield token.content, bold > 0
        elif token.type in ("softbreak", "hardbreak"):
            yield "\n", bold > 0
        elif token.type == "html_inline":
            yield _html_inline(token.content), bold > 0


def _html_inline(tag: str) -> str:
    """Tags vanish, but not what only looks like one: ``<REDACTED>`` stays text."""
    if tag.lower().startswith("<br"):
        return "\n"
    return "" if _is_markup(tag) else tag


def _html_blocks(markup: str) -> Iterator[Block]:
    if _is_markup(markup.lstrip()):
        yield from blocks_of_fragment(markup)
    else:
        yield Block(markup)


def _is_markup(text: str) -> bool:
    return text.startswith(("<!", "<?")) or is_html_tag(text)
