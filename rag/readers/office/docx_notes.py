"""The footnotes and endnotes of a Word document, and the numbers under which they are printed."""

from __future__ import annotations

from lxml import etree

from rag.readers.office.docx_paragraphs import Note
from rag.readers.office.docx_styles import WORD, value_of
from rag.readers.office.ooxml import Package

__all__ = ["Notes"]

_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_FORMATS = {"footnote": "decimal", "endnote": "lowerRoman"}


class Notes:
    """The notes by their ids; they are numbered in the order in which they are taken."""

    def __init__(self, package: Package) -> None:
        self._elements: dict[tuple[str, str], etree._Element] = {}
        self._taken = {"footnote": 0, "endnote": 0}
        settings = package.related_xml(package.main, "settings")
        body = package.xml(package.main)
        self._formats: dict[str, str | None] = {}
        for kind in self._taken:
            root = package.related_xml(package.main, f"{kind}s")
            for each in root.iter(WORD + kind) if root is not None else ():
                self._elements[kind, each.get(f"{WORD}id", "")] = each
            given = list(settings.iter(f"{WORD}{kind}Pr")) if settings is not None else []
            given += body.iter(f"{WORD}{kind}Pr")
            self._formats[kind] = _format(given, _FORMATS[kind])
            starts = [value_of(each, "numStart") or "" for each in given]
            start = next((each for each in starts if each.isdecimal()), "1")
            self._taken[kind] = int(start) - 1

    def take(self, note: Note) -> tuple[str, etree._Element] | None:
        """The mark of a note, ``[12]`` or empty, and its content; None if the file has none."""
        if not note.own_mark:
            self._taken[note.kind] += 1
        element = self._elements.get((note.kind, note.id))
        if element is None:
            return None
        number, written = self._taken[note.kind], self._formats[note.kind]
        if note.own_mark or written is None:
            return "", element
        return f"[{_roman(number) if written == 'lowerRoman' else number}] ", element


def _format(given: list[etree._Element], usual: str) -> str | None:
    """How the notes are numbered; None where that depends on pages, or is by symbols."""
    if any((value_of(each, "numRestart") or "continuous") != "continuous" for each in given):
        return None
    formats = {found for each in given if (found := value_of(each, "numFmt"))} or {usual}
    return formats.pop() if len(formats) == 1 and formats <= {"decimal", "lowerRoman"} else None


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        text += letters * times
    return text
