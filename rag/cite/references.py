"""References: a citation with its source and pinpoint, in one of the styles people use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rag.cite.csl import ITALIC, UPRIGHT, kept, render
from rag.cite.items import item_of, one_line
from rag.cite.styles import DEFAULT_STYLE, Style, style_named
from rag.schema import Citation, Document


@dataclass(frozen=True, slots=True)
class Run:
    """Some words of a reference; ``italic`` as the style sets them."""

    text: str
    italic: bool = False


def plain(runs: Iterable[Run]) -> str:
    """The words of a reference as plain text."""
    return "".join(run.text for run in runs)


@dataclass(frozen=True, slots=True)
class Reference:
    """A source as a style refers to it.

    ``note`` is what stands in a footnote, with the pinpoint: the whole reference in styles of
    notes, the short form in parentheses in the others. ``entry`` is the line of the list of
    sources at the end; styles without a list have the note without a pinpoint there.
    """

    style: Style
    note: tuple[Run, ...]
    entry: tuple[Run, ...]

    @property
    def note_text(self) -> str:
        """The note as plain text."""
        return plain(self.note)

    @property
    def entry_text(self) -> str:
        """The entry as plain text."""
        return plain(self.entry)

    @property
    def in_a_footnote(self) -> tuple[Run, ...]:
        """What a footnote says; a short form alone would not tell two sources of a year apart."""
        return self.note if self.style.notes else (*self.entry, Run(" "), *self.note)

    @property
    def text(self) -> str:
        """What one copies: the note, and on another line the entry if the note is a short form."""
        return self.note_text if self.style.notes else f"{self.entry_text}\n{self.note_text}"


def reference(
    document: Document, citation: Citation | None = None, *, style: str = DEFAULT_STYLE
) -> Reference:
    """The reference of a document, with the pinpoint of the citation if there is one.

    What is not known is missing in it as the style has it: ``n.d.`` or nothing.

    Raises:
        QueryError: there is no such style.
    """
    chosen = style_named(style)
    item = item_of(document, citation)
    if chosen.name == "mla" and item["type"] == "speech" and "issued" in item:
        # MLA dates a speech by its event; what is known is the date of the transcript.
        item["event-date"] = item["issued"]
    place = pinpoint(citation, document) if citation else None
    locator = place and (place[0], kept(place[1]))
    if place and place[0] == "section":
        locator = "", chosen.section.format(kept(place[1]))
    note, entry = render(item, chosen, locator)
    if not entry:
        entry = render(item, chosen, None)[0] if place else note
    if place and place[1] not in note:
        # The style leaves pinpoints out.
        words = {"page": f"p. {place[1]}", "section": f"sec. {place[1]}"}.get(*place)
        note = f"{note.removesuffix('.')} ({words}){'.' if note.endswith('.') else ''}"
    return Reference(chosen, _runs(note), _runs(entry))


def pinpoint(
    citation: Citation, document: Document
) -> tuple[Literal["page", "section", ""], str] | None:
    """What the place of a citation is called, and the place; None if there is none to name.

    The printed label of a page comes before its physical number, because that is what people
    cite; slides and rows, which have no term, say themselves what they are. Without pages it is
    the heading of the section.
    """
    if citation.page is not None:
        label = one_line(citation.page_label or "") or str(citation.page)
        if citation.page_kind == "page":
            return "page", label
        said = label if citation.page_kind == "row" and citation.page_label else None
        return "", said or f"{citation.page_kind} {label}"
    section = one_line((citation.section or "").rpartition(" > ")[2])
    if not section or section.casefold() == one_line(document.title).casefold():
        return None
    return "section", section


def _runs(marked: str) -> tuple[Run, ...]:
    """The runs of a rendered reference; italics inside of italics are upright."""
    runs: list[Run] = []
    depth = 0
    for part in re.split(f"([{ITALIC}{UPRIGHT}])", marked):
        if part == ITALIC:
            depth += 1
        elif part == UPRIGHT:
            depth -= 1
        elif part:
            runs.append(Run(part, italic=depth % 2 == 1))
    return tuple(runs)
