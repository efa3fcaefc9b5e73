"""What stands around the article of a web page: comments, teasers, links, consent notices."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files

from bs4 import Tag

__all__ = ["surroundings"]

_LISTS = tomllib.loads(files(__package__).joinpath("surroundings.toml").read_text("utf-8"))
_NAMES = frozenset(_LISTS["names"].split())
_HEADINGS = frozenset(_LISTS["headings"])
_LAST_HEADINGS = frozenset(_LISTS["last_headings"])
_LEVELS = ("h1", "h2", "h3", "h4", "h5", "h6")
_NAME_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NO_LETTERS = re.compile(r"[\W\d_]+")
_DIALOGS = frozenset({"dialog", "alertdialog"})

# What holds so much of the page's text is its text, whatever it is called.
_MOST_OF_THE_TEXT = 0.6

# An element all of whose text is in so many links is a menu, or a list of other pages.
_LINKS, _FEWEST_LINKS = 0.9, 2


def surroundings(body: Tag) -> set[int]:
    """The ids (:func:`id`) of the outermost elements of ``body`` that are not of its article.

    They are known by the words of their class or id, the heading over them, or their being
    nothing but links.
    """
    whole = _length(body)
    found: set[int] = set()
    for tag in body.find_all(True):
        if tag.name not in _LEVELS and _is_around(tag, whole):
            found.add(id(tag))
    for heading in body.find_all(list(_LEVELS)):
        if _is_over_others(heading):
            found |= {id(each) for each in _below(heading)}
    return found


def _is_around(tag: Tag, whole: int) -> bool:
    named = bool(_names(tag) & _NAMES) or str(tag.get("role", "")).lower() in _DIALOGS
    if not named and not (tag.name in ("ul", "ol", "div", "p", "section") and _is_of_links(tag)):
        return False
    return tag.find(["h1", "main"]) is None and _length(tag) < _MOST_OF_THE_TEXT * whole


def _names(tag: Tag) -> set[str]:
    classes = tag.get("class") or ""
    given = f"{classes if isinstance(classes, str) else ' '.join(classes)} {tag.get('id', '')}"
    return {part.lower() for part in _NAME_PARTS.findall(given)}


def _is_of_links(tag: Tag) -> bool:
    links = tag.find_all("a", href=True, limit=200)
    if len(links) < _FEWEST_LINKS:
        return False
    return sum(map(_length, links)) >= _LINKS * max(1, _length(tag))


def _is_over_others(heading: Tag) -> bool:
    text = " ".join(_NO_LETTERS.sub(" ", heading.get_text().replace("’", "'")).split())
    name = text.replace(" s ", " ").casefold().replace("'", "")
    if name in _LAST_HEADINGS and not any(map(str.isdigit, heading.get_text())):
        return heading.find_next(list(_LEVELS)) is None
    return name in _HEADINGS | _LAST_HEADINGS


def _below(heading: Tag) -> Iterator[Tag]:
    """The heading, and what follows beside it up to the next of its level."""
    yield heading
    above = _LEVELS[: _LEVELS.index(heading.name) + 1]
    for sibling in heading.find_next_siblings():
        if sibling.name in above or sibling.find(["h1"]):
            return
        yield sibling


def _length(tag: Tag) -> int:
    return len("".join(tag.get_text().split()))
