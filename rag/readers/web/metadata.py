"""What the head of a page says about it."""

from __future__ import annotations

import json
import re

from bs4 import BeautifulSoup

from rag.readers.blocks import clean
from rag.readers.metadata.fields import iso_date, merge_metadata, metadata_from
from rag.schema import Metadata

__all__ = ["metadata_of_page"]

# The names under which pages give the fields we know, the most reliable first.
_NAMES = {
    "title": ("title", "dc.title", "dcterms.title", "citation_title", "og:title"),
    "publisher": ("publisher", "dc.publisher", "dcterms.publisher", "og:site_name"),
    "date": (
        "date",
        "article:published_time",
        "dc.date",
        "dcterms.date",
        "dc.date.issued",
        "dcterms.issued",
        "citation_publication_date",
        "datepublished",
        "pubdate",
        "publishdate",
    ),
    "country": ("country",),
    "author": ("author", "dc.creator", "dcterms.creator", "citation_author", "article:author"),
    "speaker": ("speaker",),
    "language": ("language", "dc.language", "dcterms.language", "content-language"),
}
_TAKEN = frozenset(name for names in _NAMES.values() for name in names)

_NEWS = ("NewsArticle", "ReportageNewsArticle")
_LONGEST_STATEMENT = 1_000_000

# About the display or for other machines, not about the report.
_TECHNICAL = re.compile(
    r"^(?:viewport|robots|generator|referrer|theme-color|color-scheme|format-detection|renderer|"
    r"google.*|msapplication.*|apple.*|twitter:.*|fb:.*|og:.*|article:.*|csrf.*|msvalidate.*|"
    r"mobile-.*|handheld.*|x-ua.*|next-.*|application-name|progid|originator)$",
    re.IGNORECASE,
)


def metadata_of_page(soup: BeautifulSoup) -> Metadata:
    """The metadata of a page: its ``meta`` elements, then ``title`` and ``lang``.

    A page that says that it is a news article has the field ``type``.
    """
    given = _meta(soup)
    known = {field: value for field, names in _NAMES.items() if (value := _first(given, names))}
    dates = (given[name] for name in _NAMES["date"] if name in given)
    known["date"] = next((found for date in dates if (found := iso_date(date))), "")
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
            told = json.loads(script.get_text()[:_LONGEST_STATEMENT])
        except (ValueError, RecursionError):
            continue
        graph = told.get("@graph") if isinstance(told, dict) else None
        for each in (
            told if isinstance(told, list) else graph if isinstance(graph, list) else [told]
        ):
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
        if name and value and not name.startswith("content-type") and name != "refresh":
            values = found.setdefault(name.strip(), [])
            if value not in values:
                values.append(value)
    return {name: ", ".join(values) for name, values in found.items()}


def _first(given: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((given[name] for name in names if name in given), None)
