"""Read a PDF: text with pages and labels, headings, tables, and what the file says of itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from rag.errors import DamagedFile, EmptyDocument, LimitExceeded
from rag.language.finished_messages import later
from rag.readers import ocr
from rag.readers.attachments import attachments_left, is_document
from rag.readers.blocks import Block, PageStart, assemble, clean, split_where
from rag.readers.hyphens import Vocabulary, join
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.pdf.drop_caps import with_drop_caps
from rag.readers.pdf.file import (
    Bookmark,
    attached_names,
    bookmarks,
    check_is_pdf,
    check_is_whole,
    info,
    labels,
    opened,
    opened_page,
    picture_for_ocr,
)
from rag.readers.pdf.furniture import (
    Cleared,
    page_labels,
    without_furniture,
    without_repeated,
)
from rag.readers.pdf.layout import Column, columns_of
from rag.readers.pdf.lines import Line, Run
from rag.readers.pdf.page_content import PageContent, content_of_page
from rag.readers.pdf.paragraphs import Paragraph, body_size, paragraphs_of
from rag.readers.pdf.side_numbers import without_numbers
from rag.readers.transcripts import starts_with_label
from rag.schema import Reading

# A page whose only text is furniture is a scan if a picture covers so much of it.
_COVERED = 0.5

# Where the file does not say what more of a page's characters are, its text is not to be trusted;
# from the second share on, OCR reads better.
_SUSPECT, _UNREADABLE = 0.05, 0.5

_HIDDEN = (
    "covered or invisible text, which the file still holds: it was not read, and is no secret to "
    "whoever gets the file"
)
_NOTED = "notes that readers of the file added: they can be looked up, and are never an answer"
_TO_REDACT = "marked for redaction, which was not carried out: the words are in the file"
_UNEXPLAINED = "characters that the file does not explain: text may be wrong"

# Headings are set in so much larger type, or bold.
_LARGER_HEADING = 1.12
_LONGEST_HEADING, _LINES_OF_HEADING = 200, 4
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


def read_pdf(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a PDF: ``pages`` cover the text without gaps, running heads are left out.

    A page that cannot be opened is left out, and named in a warning.
    With ``limits.ocr``, pages that are pictures are read by Tesseract, if it is installed.

    Raises:
        DamagedFile: truncated, damaged on every page, or encrypted with a password.
        EmptyDocument: no page has text, as in a scan that may not or cannot be recognised.
        LimitExceeded: there are more pages than ``limits`` allow.
    """
    check_is_pdf(content, name)
    check_is_whole(content, name)
    with opened(content, name) as document:
        if len(document) > limits.pages:
            raise LimitExceeded(
                f"{name}: {len(document)} pages, more than {limits.pages}: split it, or raise "
                "RAG_MAX_PAGES"
            )
        pages = []
        damaged: dict[int, DamagedFile] = {}
        for number in range(1, len(document) + 1):
            try:
                with opened_page(document, number, name=name) as page:
                    pages.append(content_of_page(page))
            except DamagedFile as error:
                damaged[number] = error
                pages.append(PageContent((), blank=True))
        if len(damaged) == len(document) > 0:
            raise damaged[1]
        given, outline, metadata = labels(document), bookmarks(document), info(document)
        attached = attached_names(document)
    cleared = _cleared(pages)
    pictures = _pictures(pages, cleared, may_recognise=limits.ocr)
    recognised = _recognised(content, pictures, name=name) if limits.ocr else {}
    if recognised:
        for number, runs in recognised.items():
            pages[number - 1] = replace(pages[number - 1], runs=runs, turned=(), unknown=0.0)
        cleared = _cleared(pages)
    if not any(page.runs or page.turned for page in pages):
        any_page = later(f"any of {len(pages)} pages")
        if all(page.blank for page in pages):
            raise EmptyDocument(f"{name}: there is nothing on {any_page}; remove it or replace it")
        step = ocr.what_to_do(may_recognise=limits.ocr)
        raise EmptyDocument(f"{name}: no text on {any_page}: a scan? {step}")
    columns: list[list[Column]] = []
    for own, page in zip(cleared, pages, strict=True):
        before = columns[-1] if columns else ()
        columns.append(columns_of(own.runs, page.rules, before, own.gutters))
    paragraphs = paragraphs_of(columns)
    body = body_size(column for page in columns for column in page)
    _mark_headings(paragraphs, outline=outline, body=body)
    printed = page_labels(given, [page.furniture for page in cleared])
    blocks = list(_blocks(_with_others(paragraphs, pages), printed))
    reading = assemble(blocks, metadata=titled(metadata, blocks[:3]))
    unread = [number for number in pictures if number not in recognised]
    without_text = ocr.no_text(may_recognise=limits.ocr)
    warnings = _warnings(pages, unread, without_text, sorted(recognised), sorted(damaged))
    return replace(
        reading,
        pages=tuple(replace(page, ocr=page.number in recognised) for page in reading.pages),
        warnings=(
            *reading.warnings,
            *warnings,
            *attachments_left([each for each in attached if not is_document(each)]),
        ),
        attachments=tuple(filter(is_document, attached)),
    )


def _cleared(pages: Sequence[PageContent]) -> list[Cleared]:
    unnumbered = without_numbers([page.runs for page in pages])
    cleared = without_furniture(with_drop_caps([page.runs for page in unnumbered]))
    return [
        replace(own, gutters=page.gutters) for own, page in zip(cleared, unnumbered, strict=True)
    ]


def _blocks(paragraphs: Sequence[Paragraph], printed: Sequence[str | None]) -> Iterator[Block]:
    """The paragraphs with their lines joined, and where in them the pages begin."""
    vocabulary = Vocabulary.of([line.text for each in paragraphs for line in each.lines])
    begun = 0
    for paragraph in paragraphs:
        text = ""
        starts: list[PageStart] = []
        for line, page in zip(paragraph.lines, paragraph.pages, strict=True):
            soft = "\xad" if line.text.endswith("\xad") else ""
            part = clean(line.text) + soft
            text = join(text, part, vocabulary)
            at = len(text) - len(part)
            starts += [PageStart("page", label, at) for label in printed[begun:page]]
            begun = max(begun, page)
        # A row is a paragraph of one line, so that the offsets in both are the same.
        carried = paragraph.lines[0].carried
        rows = () if carried else (line for line in paragraph.lines if line.row)
        yield Block(
            text,
            paragraph.level,
            starts=tuple(starts),
            cells=tuple(run.text for line in rows for run in line.runs),
            aside=paragraph.is_aside,
            carried=carried,
        )
    yield Block("", starts=tuple(PageStart("page", label) for label in printed[begun:]))


def _with_others(paragraphs: Sequence[Paragraph], pages: Sequence[PageContent]) -> list[Paragraph]:
    """With text in another direction than its page, and what readers wrote on it, last on the page.

    Turned text that is on page after page is left out.
    """
    result = list(paragraphs)
    turned_texts = without_repeated([page.turned for page in pages])
    for number, (page, turned) in enumerate(zip(pages, turned_texts, strict=True), start=1):
        for at, text in enumerate((*turned, *page.notes)):
            line = Line(text, 0, 0, 0, 0, bold=False)
            column = Column((line,), 0, 0)
            _insert(result, Paragraph([line], [number], column, is_aside=at >= len(turned)))
    return result


def _insert(paragraphs: list[Paragraph], new: Paragraph) -> None:
    """Put ``new`` where its page ends, cutting a paragraph that goes on over several pages."""
    number = new.pages[0]
    at = bisect_right(paragraphs, number, key=lambda each: each.pages[0])
    before = paragraphs[at - 1] if at else None
    if before is not None and before.pages[-1] > number:
        cut = bisect_right(before.pages, number)
        paragraphs[at - 1 : at] = [before.cut(0, cut), before.cut(cut)]
    paragraphs.insert(at, new)


# Headings.


def _mark_headings(
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
        if len(paragraph.lines) > _LINES_OF_HEADING + 2:
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
    if (
        len(text) > _LONGEST_HEADING
        or len(paragraph.lines) > _LINES_OF_HEADING
        or paragraph.is_note
    ):
        return False
    if _NOT_A_HEADING.match(text) or starts_with_label(text) or sum(map(str.isalpha, text)) < 3:
        return False
    if any(line.row or len(line.runs) > 2 for line in paragraph.lines):
        return False
    larger = paragraph.size >= _LARGER_HEADING * body
    return larger or (paragraph.bold and paragraph.size >= 0.95 * body)


def _keys(
    headings: Sequence[Paragraph], depths: Mapping[int, int]
) -> list[tuple[int, float, bool, int]]:
    """What the level of each heading depends on; the smaller key is further out."""
    kinds = [_numbering(heading.text) for heading in headings]
    order = [kind for kind in dict.fromkeys(kinds) if kind]
    deepest = max(depths.values(), default=-1)
    return [
        (
            depths.get(id(heading), deepest + 1),
            -heading.size,
            not heading.bold,
            _rank(kind, order, capitals=heading.text == heading.text.upper()),
        )
        for heading, kind in zip(headings, kinds, strict=True)
    ]


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


# Pages that are pictures.


def _pictures(
    pages: Sequence[PageContent], cleared: Sequence[Cleared], *, may_recognise: bool
) -> list[int]:
    """The pages, from 1, that show something but have no text, or only a running head.

    With ``may_recognise``, also those whose text cannot be made out from the file.
    """
    found = []
    for number, (page, own) in enumerate(zip(pages, cleared, strict=True), start=1):
        empty = not (own.runs or page.turned or page.blank)
        is_picture = empty and (not page.runs or page.picture >= _COVERED)
        if is_picture or (may_recognise and page.unknown > _UNREADABLE):
            found.append(number)
    return found


def _recognised(
    content: bytes, numbers: Sequence[int], *, name: str
) -> Mapping[int, tuple[Run, ...]]:
    """The runs that OCR finds on the pages ``numbers``; pages without any are left out."""
    if not numbers or not ocr.is_installed():
        return {}
    found = ocr.read_pictures(
        numbers, lambda number, turn: picture_for_ocr(content, number, name=name, turn=turn)
    )
    return {number: runs for number, runs in found.items() if runs}


def _warnings(
    pages: Sequence[PageContent],
    unread: Sequence[int],
    without_text: str,
    recognised: Sequence[int],
    damaged: Sequence[int],
) -> list[str]:
    """What a user should know of pages: a line for each matter, with the numbers of its pages."""

    def where(holds: Callable[[PageContent], object]) -> list[int]:
        return [number for number, page in enumerate(pages, start=1) if holds(page)]

    told = (
        (unread, "has", "have", without_text),
        (recognised, "was", "were", "read by OCR: check quotations against the picture"),
        (where(lambda page: page.hidden), "has", "have", _HIDDEN),
        (where(lambda page: page.notes), "has", "have", _NOTED),
        (where(lambda page: page.to_redact), "is", "are", _TO_REDACT),
        (where(lambda page: page.unknown > _SUSPECT), "has", "have", _UNEXPLAINED),
        (damaged, "is", "are", "damaged and could not be read; download the file again"),
    )
    return [f"{_named(at, one, more)} {text}" for at, one, more, text in told if at]


def _named(numbers: Sequence[int], one: str, more: str) -> str:
    """``page 3 has`` or ``pages 3–7, 9 have``."""
    parts = split_where(numbers, lambda part, page: page > part[-1] + 1)
    listed = ", ".join("–".join(map(str, dict.fromkeys((part[0], part[-1])))) for part in parts)
    return f"page {listed} {one}" if len(numbers) == 1 else f"pages {listed} {more}"
