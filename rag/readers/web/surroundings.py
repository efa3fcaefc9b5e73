"""What stands around the article of a web page: comments, teasers, links, consent notices."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from bs4 import Tag
from bs4.element import NavigableString

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

# Letters before a link to another page.
_LONGEST_LEAD = 30

# An element all of whose text is in so many links is a menu, or a list of other pages.
_LINKS, _FEWEST_LINKS = 0.9, 2


@dataclass(slots=True)
class _Measure:
    """How many letters are in an element, and in its links; ``holds_main`` if a title is in it."""

    length: int = 0
    links: int = 0
    linked: int = 0
    holds_main: bool = False

    def add(self, child: _Measure) -> None:
        self.length += child.length
        self.links += child.links
        self.linked += child.linked
        self.holds_main |= child.holds_main


def surroundings(body: Tag) -> set[int]:
    """The ids (:func:`id`) of the outermost elements of ``body`` that are not of its article.

    They are known by the words of their class or id, the heading over them, or their being
    nothing but links.
    """
    measures = _measured(body)
    whole = measures[id(body)].length
    found: set[int] = set()
    for tag in body.find_all(True):
        measure = measures[id(tag)]
        is_around = tag.name not in _LEVELS and _is_around(tag, measure, whole)
        if is_around or (measure.links and _leads_elsewhere(tag, measure)):
            found.add(id(tag))
    for heading in body.find_all(list(_LEVELS)):
        if _is_over_others(heading):
            found |= {id(each) for each in _below(heading, measures)}
    return found


def _measured(body: Tag) -> dict[int, _Measure]:
    """The measures of all elements by :func:`id`, in one pass: nesting may be deep."""
    measures = {id(body): _Measure()}
    nodes = list(body.descendants)
    measures |= {id(node): _Measure() for node in nodes if isinstance(node, Tag)}
    for node in reversed(nodes):  # children before their parents
        own = _Measure()
        if isinstance(node, Tag):
            own = measures[id(node)]
            if node.name == "a" and node.get("href") is not None:
                own.links, own.linked = 1, own.length
            own.holds_main |= node.name in ("h1", "main")
        elif type(node) is NavigableString:
            own.length = len("".join(node.split()))
        if node.parent is not None:
            measures[id(node.parent)].add(own)
    return measures


def _is_around(tag: Tag, measure: _Measure, whole: int) -> bool:
    if measure.holds_main or measure.length >= _MOST_OF_THE_TEXT * whole:
        return False
    if _names(tag) & _NAMES or str(tag.get("role", "")).lower() in _DIALOGS:
        return True
    is_of_links = measure.links >= _FEWEST_LINKS and measure.linked >= _LINKS * measure.length
    return tag.name in ("ul", "ol", "div", "p", "section") and is_of_links


def _leads_elsewhere(tag: Tag, measure: _Measure) -> bool:
    """Whether it is a paragraph such as "Read also:" and a link."""
    before = "".join(
        part for part in tag.find_all(string=True, recursive=True) if part.find_parent("a") is None
    )
    return (
        tag.name in ("p", "div", "li")
        and measure.length - measure.linked <= _LONGEST_LEAD
        and _plain(before) in _HEADINGS
    )


def _names(tag: Tag) -> set[str]:
    classes = tag.get("class") or ""
    given = f"{classes if isinstance(classes, str) else ' '.join(classes)} {tag.get('id', '')}"
    return {part.lower() for part in _NAME_PARTS.findall(given)}


def _plain(text: str) -> str:
    """A text as the headings are listed."""
    words = " ".join(_NO_LETTERS.sub(" ", text.replace("’", "'")).split())
    return words.replace(" s ", " ").casefold().replace("'", "")


def _is_over_others(heading: Tag) -> bool:
    name = _plain(heading.get_text())
    if name in _LAST_HEADINGS and not any(map(str.isdigit, heading.get_text())):
        return heading.find_next(list(_LEVELS)) is None
    return name in _HEADINGS | _LAST_HEADINGS


def _below(heading: Tag, measures: dict[int, _Measure]) -> Iterator[Tag]:
    """The heading, and what follows beside it up to the next of its level."""
    yield heading
    above = _LEVELS[: _LEVELS.index(heading.name) + 1]
    for sibling in heading.find_next_siblings():
        if sibling.name in above or measures[id(sibling)].holds_main:
            return
        yield sibling
