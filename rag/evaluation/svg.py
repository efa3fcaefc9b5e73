"""Makes matplotlib's SVG fit for a page with a strict Content-Security-Policy.

Without style attributes, style sheets and addresses; colours are the page's own, by name, so that a
plot is light or dark with it.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

# What matplotlib draws with, and what the page calls it.
ACCENT, SECOND, INK, SOFT, LINE = "#0b5d7a", "#a4500f", "#1d2125", "#5a626b", "#dcdfe3"
_COLOURS = {
    ACCENT: "var(--accent)",
    SECOND: "var(--second)",
    INK: "var(--ink)",
    SOFT: "var(--ink-soft)",
    LINE: "var(--line)",
}

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_FONT_SIZE = re.compile(r"(?:^|\s)([\d.]+)px")


def fitted(written: bytes, name: str) -> str:
    """The SVG element without styles and metadata, in the page's colours, with ids of its own."""
    root = etree.fromstring(written, etree.XMLParser(no_network=True, resolve_entities=False))
    for each in (*root.iter(f"{_SVG}metadata"), *root.iter(f"{_SVG}style")):
        parent = each.getparent()
        if parent is not None:
            parent.remove(each)
    # Ids that nothing refers to would only clash with those of the next plot.
    used = {value for each in root.iter() for value in _references(each)}
    for each in list(root.iter(etree.Element)):
        _fit(each, used, name)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, "")
    root.set("role", "img")
    root.set("aria-hidden", "true")
    return etree.tostring(root, encoding="unicode")


def _references(element: Any) -> list[str]:  # noqa: ANN401 - lxml's stubs name no public type
    found = re.findall(r"url\(#([^)]+)\)", " ".join(element.attrib.values()))
    link = element.get(_XLINK, "")
    return [*found, link[1:]] if link.startswith("#") else found


def _fit(element: Any, used: set[str], name: str) -> None:  # noqa: ANN401 - as above
    for declaration in _taken(element, "style").split(";"):
        attribute, _, value = (part.strip() for part in declaration.partition(":"))
        if attribute == "font":
            size = _FONT_SIZE.search(value)
            attribute, value = "font-size", size[1] if size else ""
        if value and attribute not in ("font-family", "text-align"):
            element.set(attribute, value)
    if link := _taken(element, _XLINK):
        element.set("href", link.replace("#", f"#{name}-", 1))
    own = _taken(element, "id")
    if own in used:
        element.set("id", f"{name}-{own}")
    for attribute, value in element.attrib.items():
        value = value.replace("url(#", f"url(#{name}-")
        element.set(attribute, _COLOURS.get(value, value))


def _taken(element: Any, attribute: str) -> str:  # noqa: ANN401 - as above
    """Remove an attribute and return its value; empty if there is none."""
    return str(element.attrib.pop(attribute, ""))
