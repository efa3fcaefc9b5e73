"""Which paragraphs of a PDF are headings, and of which level.

Pure functions. A heading is named in the outline of the file, or set in larger or bold type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.readers.pdf.file import Bookmark
from rag.readers.pdf.paragraphs import Paragraph
from rag.readers.transcripts import starts_with_label

_LARGER = 1.12
_LONGEST, _MOST_LINES = 200, 4
_DEEPEST = 6
_TITLE_PAGES = 2
_LINES_OF_TITLE = 3  # a paragraph of more lines is text, and its page no title page
_NOT_WORDS = re.compile(r"[\W_]+")
_NOT_A_HEADING = re.compile(r"[•‣▪◦●○■□–—]|.*(?:\.\s?){4,}|.*[,;]$|.*[^\W\d_]\.$", re.DOTALL)

# Kinds of numbering. Which of them is the outermost shows in the order in which they appear.
_NUMBERINGS = (
    ("named", re.compile(r"(?:section|chapter|part|article|annex|appendix)\s+[\dIVXLCA-H]", re.I)),
    ("decimal 3", re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,2}")),
    ("decimal 2", re.compile(r"\d{1,2}\.\d{1,2}")),
    ("number", re.compile(r"\d{1,2}[.)]?\s")),
    ("roman", re.compile(r"[IVX]{1,5}[.)]\s")),
    ("capital", re.compile(r"[A-Z][.)]\s")),
    ("small roman", re.compile(r"\(?[ivx]{2,5}[.)]\s")),
    ("letter", re.compile(r"\(?[a-z][.)]\s")),
)


def mark_headings(
    paragraphs: Sequence[Paragraph], *, outline: Sequence[Bookmark], body: float
) -> None:
    """Give the paragraphs that are headings their level, from 1; ``body`` is the text's size."""
    depths = _depths(paragraphs, outline)
    headings = [
        paragraph
        for paragraph in paragraphs
        if id(paragraph) in depths or _looks_like_heading(paragraph, body)
    ]
    headings = _without_title_page(headings, depths, paragraphs)
    keys = _keys(headings, depths)
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)), start=1)}
    for heading, key in zip(headings, keys, strict=True):
        heading.level = min(_DEEPEST, ranks[key])


def _depths(paragraphs: Sequence[Paragraph], outline: Sequence[Bookmark]) -> dict[int, int]:
    """The depth in the outline of each paragraph that stands there, by the ``id`` of the object."""
    at_title: dict[str, list[Bookmark]] = {}
    for bookmark in outline:
        at_title.setdefault(_words(bookmark.title), []).append(bookmark)
    at_title.pop("", None)
    found: dict[int, int] = {}
    for paragraph in paragraphs:
        if len(paragraph.lines) > _MOST_LINES + 2:
            continue
        depths = [
            bookmark.depth
            for bookmark in at_title.get(_words(paragraph.text), ())
            if bookmark.page is None or abs(bookmark.page - paragraph.pages[0]) <= 1
        ]
        if depths:
            found[id(paragraph)] = min(depths)
    return found


def _words(text: str) -> str:
    return _NOT_WORDS.sub("", text).casefold()


def _looks_like_heading(paragraph: Paragraph, body: float) -> bool:
    text = paragraph.text
    if len(text) > _LONGEST or len(paragraph.lines) > _MOST_LINES or paragraph.is_note:
        return False
    if _NOT_A_HEADING.match(text) or starts_with_label(text) or sum(map(str.isalpha, text)) < 3:
        return False
    if any(line.row or len(line.runs) > 2 for line in paragraph.lines):
        return False
    larger = paragraph.size >= _LARGER * body
    return larger or (paragraph.bold and paragraph.size >= 0.95 * body)


def _keys(
    headings: Sequence[Paragraph], depths: Mapping[int, int]
) -> list[tuple[int, float, bool, int]]:
    """What the level of each heading depends on; the smaller key is further out."""
    kinds = [_numbering(heading.text) for heading in headings]
    order = [kind for kind in dict.fromkeys(kinds) if kind]
    return [
        (
            depths.get(id(heading), _depth_like(heading, headings, depths)),
            -heading.size,
            not heading.bold,
            _rank(kind, order, capitals=heading.text == heading.text.upper()),
        )
        for heading, kind in zip(headings, kinds, strict=True)
    ]


def _depth_like(
    heading: Paragraph, headings: Sequence[Paragraph], depths: Mapping[int, int]
) -> int:
    """The depth of the headings in the outline that are set like this one, or smaller."""
    smaller = [
        depths[id(other)]
        for other in headings
        if id(other) in depths and other.size <= heading.size and other.bold <= heading.bold
    ]
    return min(smaller, default=max(depths.values(), default=-1) + 1)


def _numbering(text: str) -> str | None:
    return next((name for name, pattern in _NUMBERINGS if pattern.match(text)), None)


def _rank(kind: str | None, order: Sequence[str], *, capitals: bool) -> int:
    """The place of a kind of numbering among those of the same type size.

    Headings without a number rank below the numbered ones where numbering alone makes levels, but
    those in capitals (``EXECUTIVE SUMMARY``) with the outermost.
    """
    if kind is not None:
        return order.index(kind)
    if len(order) > 1:
        return 0 if capitals else len(order)
    return 0 if capitals or order else 1


def _without_title_page(
    headings: Sequence[Paragraph], outlined: Mapping[int, int], paragraphs: Sequence[Paragraph]
) -> list[Paragraph]:
    """Authors, dates and the like stand large on a title page, in type that is not used again."""
    if not headings or paragraphs[-1].pages[-1] <= _TITLE_PAGES:
        return list(headings)
    later = {_style(each) for each in headings if each.pages[0] > _TITLE_PAGES}
    largest = max(headings, key=lambda each: (each.pages[0] <= _TITLE_PAGES, each.size))
    page = largest.pages[0]
    here = [each for each in paragraphs if each.pages[0] <= page <= each.pages[-1]]
    alone = page <= _TITLE_PAGES and all(len(each.lines) <= _LINES_OF_TITLE for each in here)
    return [
        each
        for each in headings
        if each is largest
        or id(each) in outlined
        or (_style(each) in later and not (alone and each.pages[0] == page))
    ]


def _style(paragraph: Paragraph) -> tuple[float, bool]:
    return paragraph.size, paragraph.bold
