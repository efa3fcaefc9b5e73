"""Articles in JSON, as news archives and scrapers save them: each becomes a page with metadata.

A file holds one article, a list of them, or an object with such a list; a file of JSON lines holds
one on each line. An article is an object with a text, and what is known of it; see
``docs/collections.md`` for the names of its fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from rag.errors import DamagedFile

_LINES: Final = (".jsonl", ".ndjson")
_SUFFIXES: Final = (".json", *_LINES)

# The names under which archives save the parts of an article, the most telling first.
_TEXT: Final = ("text", "body", "content", "fulltext", "full_text", "article", "maintext")
_MARKED_UP: Final = ("html", "content_html", "body_html")
_LISTS: Final = ("articles", "documents", "items", "results", "docs", "data", "entries")
_FIELDS: Final = {
    "title": ("title", "headline", "name"),
    "date": ("date", "published", "published_at", "date_published", "publication_date", "pubdate"),
    "author": ("author", "authors", "byline", "creator"),
    "publisher": ("publisher", "source", "site_name", "publication", "outlet", "source_domain"),
    "url": ("url", "link", "canonical_url", "web_url"),
    "language": ("language", "lang"),
    "country": ("country",),
    "speaker": ("speaker",),
}


def is_of_articles(name: str) -> bool:
    """Whether a file of this name may hold articles."""
    return name.lower().endswith(_SUFFIXES)


def article_pages(content: bytes, name: str) -> Iterator[bytes | DamagedFile]:
    """Each article as a web page; in the place of what is none, what is wrong with it.

    Raises:
        DamagedFile: the file is no JSON, or holds no articles.
    """
    if name.lower().endswith(_LINES):
        for number, line in enumerate(content.splitlines(), start=1):
            if line.strip():
                try:
                    yield _page(_parsed(line), f"line {number}")
                except DamagedFile as error:
                    yield error
        return
    for number, article in enumerate(_articles(_parsed(content)), start=1):
        try:
            yield _page(article, f"article {number}")
        except DamagedFile as error:
            yield error


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"not JSON in UTF-8 ({error}); save it again") from error


def _articles(given: object) -> list[object]:
    if isinstance(given, list):
        return given
    if isinstance(given, dict):
        named = (given[each] for each in _LISTS if isinstance(given.get(each), list))
        return next(named, [given])
    raise DamagedFile("no articles in it: a list of objects with a text is read")


def _page(article: object, place: str) -> bytes:
    fields = _flat(article) if isinstance(article, dict) else {}
    text, marked_up = _first(fields, _TEXT), _first(fields, _MARKED_UP)
    if not text and not marked_up:
        raise DamagedFile(f"{place} has no text: it is read from a field such as 'text' or 'body'")
    known = {field: _first(fields, names) for field, names in _FIELDS.items()}
    metas = "".join(
        f'<meta name="{field}" content="{escape(value)}">'
        for field, value in known.items()
        if value
    )
    body = marked_up or "".join(
        f"<p>{escape(part)}</p>" for part in text.split("\n") if part.strip()
    )
    title = f"<h1>{escape(known['title'])}</h1>" if known["title"] else ""
    page = f'<html><head><meta charset="utf-8">{metas}</head><body>{title}{body}</body></html>'
    return page.encode("utf-8", "replace")


def _flat(article: Mapping[str, object]) -> dict[str, str]:
    """The fields whose values are words, or lists and objects that name them."""
    return {name.casefold(): text for name, value in article.items() if (text := _words(value))}


def _words(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(each) for each in value[:50])))
    if isinstance(value, dict):
        return next((str(value[each]) for each in ("name", "title") if value.get(each)), "")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if name in fields), "")
