"""The running text of a PDF: paragraphs joined over lines and pages, headings, and page offsets.

Pure functions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.readers.blocks import BETWEEN, Block, assemble, clean
from rag.readers.hyphens import Vocabulary, join, without_soft_hyphens
from rag.readers.metadata.fields import merge_metadata
from rag.readers.pdf.characters import PageOfRuns
from rag.readers.pdf.furniture import Cleared
from rag.readers.pdf.headings import Bookmark, mark_headings
from rag.readers.pdf.layout import Column, Paragraph, columns_of
from rag.readers.pdf.lines import Line
from rag.readers.pdf.paragraphs import body_size, paragraphs_of
from rag.readers.pdf.tables import Rule
from rag.schema import Metadata, Page, Reading

__all__ = ["text_of_pages"]


def text_of_pages(
    cleared: Sequence[Cleared],
    pages: Sequence[PageOfRuns],
    rules: Sequence[Sequence[Rule]],
    *,
    outline: Sequence[Bookmark],
    info: Metadata,
) -> Reading:
    """The text of all pages, ``cleared`` of furniture; its pages have no labels yet.

    ``rules`` are the lines drawn on each. ``info`` is what the file says of itself; a title page
    knows more where it is silent.
    """
    columns = [columns_of(page.runs, drawn) for page, drawn in zip(cleared, rules, strict=True)]
    paragraphs = paragraphs_of(columns)
    body = body_size(column for page in columns for column in page)
    mark_headings(paragraphs, outline=outline, body=body, info=info)
    paragraphs = _with_turned(paragraphs, pages)
    vocabulary = Vocabulary.of([line.text for each in paragraphs for line in each.lines])
    blocks: list[Block] = []
    starts: dict[int, int] = {}
    offset = 0
    for paragraph in paragraphs:
        text, boundaries = _joined(paragraph, vocabulary)
        if not text:
            continue
        for page, position in boundaries.items():
            starts.setdefault(page, offset + position)
        blocks.append(Block(text, paragraph.level))
        offset += len(text) + len(BETWEEN)
    title = next((block.text for block in blocks[:3] if block.level == 1), None)
    metadata = merge_metadata(first=info, then=Metadata(title=title))
    reading = assemble(blocks, metadata=metadata)
    return replace(reading, pages=tuple(_pages(len(pages), starts, len(reading.text))))


def _joined(paragraph: Paragraph, vocabulary: Vocabulary) -> tuple[str, dict[int, int]]:
    """The text of a paragraph, and where in it each of its pages begins."""
    text = ""
    boundaries: dict[int, int] = {}
    for line, page in zip(paragraph.lines, paragraph.pages, strict=True):
        part = clean(line.text)
        soft = part[-1:] if part.endswith("\xad") else ""
        part = without_soft_hyphens(part)
        text = join(text, part + soft, vocabulary)
        boundaries.setdefault(page, len(text) - len(part + soft))
    return without_soft_hyphens(text), boundaries


def _with_turned(paragraphs: list[Paragraph], pages: Sequence[PageOfRuns]) -> list[Paragraph]:
    """Text in another direction than its page comes last on it, unless it is on page after page."""
    result = list(paragraphs)
    repeated = Counter(text for page in pages for text in set(page.turned))
    for number, page in enumerate(pages, start=1):
        for text in dict.fromkeys(page.turned):
            if repeated[text] > max(2, len(pages) // 3):
                continue  # a watermark
            line = Line(text, 0, 0, 0, 0, bold=False)
            _insert(result, Paragraph([line], [number], Column((line,), 0, 0)))
    return result


def _insert(paragraphs: list[Paragraph], new: Paragraph) -> None:
    """Put ``new`` where its page ends, cutting a paragraph that goes on over several pages."""
    number = new.pages[0]
    at = bisect_right(paragraphs, number, key=lambda each: each.pages[0])
    before = paragraphs[at - 1] if at else None
    if before is not None and before.pages[-1] > number:
        cut = sum(page <= number for page in before.pages)
        rest = replace(before, lines=before.lines[cut:], pages=before.pages[cut:])
        kept = replace(before, lines=before.lines[:cut], pages=before.pages[:cut])
        paragraphs[at - 1 : at] = [kept, rest]
    paragraphs.insert(at, new)


def _pages(count: int, starts: dict[int, int], end: int) -> Iterator[Page]:
    """Pages without gaps: each ends where the next begins, an empty one where it begins."""
    following = [end] * (count + 1)
    for index in range(count - 1, -1, -1):
        following[index] = starts.get(index + 1, following[index + 1])
    following[0] = 0
    for index in range(count):
        yield Page(index + 1, None, following[index], following[index + 1])
