"""In which languages Tesseract reads scanned pages: that of the document, and English beside it.

A model of another language reads letters for what it knows: "ademas" for "además". So the script of
a page is asked for, the page is recognised once by any model of that script, and the language of
what comes out decides. The languages and their scripts are those of CLDR, by way of Babel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

from rag.language.detection import language_code, probable_languages
from rag.language.scripts import script_names

ENGLISH: Final = "eng"
_NO_LANGUAGES: Final = frozenset(("osd", "equ", "snum"))
_ROTATE: Final = re.compile(r"^Rotate: (90|180|270)$", re.MULTILINE)
_SCRIPT: Final = re.compile(r"^Script: (\w+)$", re.MULTILINE)
_FEWEST_LETTERS: Final = 40  # of a page that shows its language
_MOST_TOGETHER: Final = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """How a page lies: the degrees to turn it by, clockwise, and the name of its script."""

    turn: int = 0
    script: str = ""


class Page(Protocol):
    """A page that can be looked at in several ways."""

    def layout(self) -> Layout:
        """How it lies."""

    def text(self, languages: str, turn: int) -> str:
        """What Tesseract reads in it, turned clockwise by a number of degrees."""


def layout_in(report: str) -> Layout:
    """How a page lies, from what Tesseract prints about orientation and script."""
    turn, script = _ROTATE.search(report), _SCRIPT.search(report)
    return Layout(int(turn[1]) if turn else 0, script[1] if script else "")


def installed_in(listing: str) -> tuple[str, ...]:
    """The models of languages that ``tesseract --list-langs`` names, English first."""
    names = [each.strip() for each in listing.splitlines()[1:]]
    names = [each for each in names if each and "/" not in each and each not in _NO_LANGUAGES]
    return tuple(sorted(names, key=lambda name: (name != ENGLISH, name)))


def languages_to_read(installed: Sequence[str], pages: Iterable[Page]) -> str:
    """What to give Tesseract as the languages of a document, by the first page that shows them.

    Where no page does, it is all that are installed, or English alone if they are many.
    """
    for page in pages if len(installed) > 1 else ():
        layout = page.layout()
        candidates = [name for name in installed if layout.script in _scripts(name)]
        if not candidates:
            continue
        text = page.text(candidates[0], layout.turn)
        if sum(map(str.isalpha, text)) < _FEWEST_LETTERS:
            continue
        probable = probable_languages(text)
        found = [name for code in probable for name in candidates if _language(name) == code]
        chosen = (found or candidates)[0]
        english = ENGLISH in installed and chosen != ENGLISH
        return f"{chosen}+{ENGLISH}" if english else chosen
    return "+".join(installed if 0 < len(installed) <= _MOST_TOGETHER else [ENGLISH])


@cache
def _language(name: str) -> str | None:
    """The code of the language of a model (``rus``: ``ru``), None for one that CLDR lacks."""
    return language_code(name.partition("_")[0])


@cache
def _scripts(name: str) -> frozenset[str]:
    """Names by which Tesseract may call the script of a model (``chi_sim``: Han)."""
    return script_names(_language(name) or "", script=name.partition("_")[2].title())
