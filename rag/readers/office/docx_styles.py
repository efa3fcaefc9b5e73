"""The paragraph styles of a Word document: which of them make headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

# Word keeps the English names of its own styles in every language; other programs translate them.
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titulo|titolo|titlu|заголовок|kop|rubrik|overskrift|"
    r"otsikko|nagłówek|nadpis|naslov|cím(?:sor)?|başlık|επικεφαλίδα|כותרת|عنوان|標題|标题|見出し|"
    r"제목)\s*(?P<level>[1-9])(?:\D.*)?$",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:title|titel|book title)$", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|contents|table of figures)(?:\s*heading|\s*\d)?$", re.IGNORECASE)
_BODY_TEXT = 9


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it inherits; ``level`` is that of a heading."""

    level: int | None = None
    bold: bool = False
    breaks_page: bool = False
    is_contents: bool = False


class Styles:
    """Looks up the styles of a document; ``root`` is its part of styles, if it has one."""

    def __init__(self, root: etree._Element | None) -> None:
        self._elements: dict[str, etree._Element] = {}
        self._known: dict[str, Style] = {}
        self._default = ""
        for each in root.iter(f"{WORD}style") if root is not None else ():
            identifier = each.get(f"{WORD}styleId", "")
            self._elements.setdefault(identifier, each)
            if each.get(f"{WORD}type") == "paragraph" and is_on(each.get(f"{WORD}default", "0")):
                self._default = self._default or identifier

    def of(self, properties: etree._Element | None) -> Style:
        """The style of a paragraph, whose own properties count first."""
        given = value_of(properties, "pStyle")
        style = self._style(given if given is not None else self._default)
        return _with_own(style, properties)

    def is_bold(self, properties: etree._Element | None, style: Style) -> bool:
        """Whether a run with these properties is bold in a paragraph of this style."""
        own = toggle(properties, "b")
        if own is not None:
            return own
        character = value_of(properties, "rStyle")
        return style.bold if character is None else self._style(character).bold or style.bold

    def _style(self, identifier: str) -> Style:
        if identifier not in self._known:
            self._known[identifier] = Style()  # ends a circle of styles that are based on another
            self._known[identifier] = self._read(identifier)
        return self._known[identifier]

    def _read(self, identifier: str) -> Style:
        element = self._elements.get(identifier)
        if element is None:  # a style that the file does not define: its id is all there is
            return style_named(identifier)
        base = value_of(element, "basedOn")
        style = Style() if base is None or base == identifier else self._style(base)
        style = style_named(value_of(element, "name") or identifier, base=style)
        style = _with_own(style, element.find(f"{WORD}pPr"))
        bold = toggle(element.find(f"{WORD}rPr"), "b")
        return style if bold is None else replace(style, bold=bold)


def style_named(name: str, *, base: Style | None = None) -> Style:
    """The style that a name in one of many languages tells, on top of ``base``."""
    if _CONTENTS.match(name):
        return Style(is_contents=True)
    base = replace(base or Style(), is_contents=False)
    if match := _HEADING.match(name):
        return replace(base, level=int(match["level"]))
    return replace(base, level=1) if _TITLE.match(name) else base


def _with_own(style: Style, properties: etree._Element | None) -> Style:
    """``style`` with what a paragraph's or a style's own properties change in it."""
    outline = value_of(properties, "outlineLvl") or ""
    if outline.isdecimal():
        style = replace(style, level=level_of_outline(int(outline)))
    breaks = toggle(properties, "pageBreakBefore")
    return style if breaks is None else replace(style, breaks_page=breaks)


def level_of_outline(outline: int) -> int | None:
    """The level of a heading by its outline level, which counts from 0; None for body text."""
    return outline + 1 if 0 <= outline < _BODY_TEXT else None


def value_of(parent: etree._Element | None, name: str) -> str | None:
    """The ``w:val`` of the child called ``name``; None if there is no such child or value."""
    child = None if parent is None else parent.find(WORD + name)
    return None if child is None else child.get(f"{WORD}val")


def toggle(parent: etree._Element | None, name: str) -> bool | None:
    """Whether the child called ``name`` is on; None if there is no such child."""
    child = None if parent is None else parent.find(WORD + name)
    return None if child is None else is_on(child.get(f"{WORD}val", "1"))


def is_on(value: str) -> bool:
    """Whether an on-off value of WordprocessingML is on."""
    return value.lower() not in ("0", "false", "off", "none")
