"""Metadata of a web page: its ``meta`` elements, title and language."""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from importlib.resources import files

from bs4 import BeautifulSoup

from rag.readers.blocks import clean
from rag.readers.metadata.fields import iso_date, merge_metadata, metadata_from
from rag.schema import Metadata

_META = tomllib.loads(files(__package__).joinpath("metadata.toml").read_text("utf-8"))
_NAMES: dict[str, list[str]] = _META["fields"]
_TAKEN = frozenset(name for names in _NAMES.values() for name in names)
_TECHNICAL = re.compile("|".join(map(fnmatch.translate, _META["technical"]["names"])))
_NEWS = ("NewsArticle", "ReportageNewsArticle")
_LONGEST_STATEMENT = 1_000_000


def metadata_of_page(soup: BeautifulSoup) -> Metadata:
    """The metadata of a page: its ``meta`` elements, then ``title`` and ``lang``.

    A page that says that it is a news article has the field ``type``.
    """
    given = _meta(soup)
    known = {
        field: next((given[name] for name in names if name in given), "")
        for field, names in _NAMES.items()
    }
    dates = (iso_date(given[name]) for name in _NAMES["date"] if name in given)
    known["date"] = next(filter(None, dates), "")
    other = {
        name: value
        for name, value in given.items()
        if name not in _TAKEN and not _TECHNICAL.match(name)
    }
    if _says_news(soup):
        other.setdefault("type", "news article")
    return merge_metadata(first=metadata_from(known), then=_from_elements(soup, other))


def _says_news(soup: BeautifulSoup) -> bool:
    """Whether the page says, in the vocabulary of schema.org, that it is a news article."""
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            stated = json.loads(script.get_text()[:_LONGEST_STATEMENT])
        except (ValueError, RecursionError):
            continue
        if isinstance(stated, dict):
            stated = stated["@graph"] if isinstance(stated.get("@graph"), list) else [stated]
        for each in stated if isinstance(stated, list) else ():
            kinds = each.get("@type") if isinstance(each, dict) else None
            if any(kind in _NEWS for kind in (kinds if isinstance(kinds, list) else [kinds])):
                return True
    return False


def _from_elements(soup: BeautifulSoup, other: dict[str, str]) -> Metadata:
    title = clean(soup.title.get_text()) if soup.title else ""
    language = str(soup.html.get("lang") or soup.html.get("xml:lang") or "") if soup.html else ""
    return metadata_from({**other, "title": title, "language": language})


def _meta(soup: BeautifulSoup) -> dict[str, str]:
    """Names in lower case with their values; several authors are joined with commas."""
    found: dict[str, list[str]] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("name") or tag.get("property") or tag.get("http-equiv") or "").lower()
        value = clean(str(tag.get("content", "")))
        if name and value:
            values = found.setdefault(name.strip(), [])
            if value not in values:
                values.append(value)
    return {name: ", ".join(values) for name, values in found.items()}
