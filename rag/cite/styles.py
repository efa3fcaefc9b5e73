"""The reference styles on offer, each as the CSL project keeps it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from rag.errors import QueryError


@dataclass(frozen=True, slots=True)
class Style:
    """A reference style.

    ``name`` is what users type, ``title`` what they read, ``file`` the style in the repository of
    the CSL project. ``notes`` says that a source is named in full in the note itself; otherwise
    the text has a short form in parentheses, and a list at the end has the whole. ``section`` is
    how a pinpoint names a section that has a heading and no number, with ``{}`` for the heading.
    ``punctuation_in_quotes`` says that commas and full stops stand inside quotation marks.
    """

    name: str
    title: str
    file: str
    notes: bool
    section: str
    punctuation_in_quotes: bool = True


DEFAULT_STYLE = "chicago"

_FILE = resources.files("rag.cite") / "styles.toml"
STYLES: Mapping[str, Style] = {
    name: Style(name, **fields) for name, fields in tomllib.loads(_FILE.read_text("utf-8")).items()
}
"""By their names, in the order in which they are offered."""


def style_named(name: str) -> Style:
    """The style of that name, however its letters are cased.

    Raises:
        QueryError: there is none.
    """
    found = STYLES.get(name.strip().casefold())
    if found is None:
        raise QueryError(
            f"there is no reference style {name[:40]!r}: choose one of {', '.join(STYLES)}"
        )
    return found
