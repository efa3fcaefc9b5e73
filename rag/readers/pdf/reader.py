"""Read a PDF: text with pages and labels, headings, tables, and what the file says of itself."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rag.errors import DamagedFile, EmptyDocument, LimitExceeded
from rag.readers import ocr
from rag.readers.attachments import attachments_left, is_document
from rag.readers.blocks import Block, PageStart, assemble, clean, split_where
from rag.readers.hyphens import Vocabulary, join
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.pdf.file import (
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
from rag.readers.pdf.furniture import Cleared, page_labels, without_furniture
from rag.readers.pdf.headings import mark_headings
from rag.readers.pdf.layout import Column, columns_of
from rag.readers.pdf.lines import Line, Run
from rag.readers.pdf.margin import with_drop_caps, without_numbers
from rag.readers.pdf.page_content import PageContent, content_of_page
from rag.readers.pdf.paragraphs import Paragraph, body_size, paragraphs_of
from rag.schema import Reading

# A page whose only text is furniture is a scan if a picture covers so much of it.
_COVERED = 0.5

# Where the file does not say what more of a page's characters are, its text is not to be trusted;
# from the second share on, OCR reads better.
_SUSPECT, _UNREADABLE = 0.05, 0.5

_SCANNED = "no text: scanned?"
_MISSING = "no text, and Tesseract is missing"
_INSTALL = "install it, as with 'apt-get install tesseract-ocr' or 'brew install tesseract'"


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
        raise EmptyDocument(_nothing_to_read(pages, name, may_recognise=limits.ocr))
    columns: list[list[Column]] = []
    for own, page in zip(cleared, pages, strict=True):
        columns.append(columns_of(own.runs, page.rules, columns[-1] if columns else ()))
    paragraphs = paragraphs_of(columns)
    body = body_size(column for page in columns for column in page)
    mark_headings(paragraphs, outline=outline, body=body)
    printed = page_labels(given, [page.furniture for page in cleared])
    blocks = list(_blocks(_with_notes(_with_turned(paragraphs, pages), pages), printed))
    reading = assemble(blocks, metadata=titled(metadata, blocks[:3]))
    warnings = list(
        _warnings(pages, pictures=pictures, recognised=recognised, may_recognise=limits.ocr)
    )
    if damaged:
        is_damaged = _named(sorted(damaged), "is", "are")
        warnings.append(f"{is_damaged} damaged and could not be read; download the file again")
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
    return without_furniture(with_drop_caps(without_numbers([page.runs for page in pages])))


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


def _with_turned(paragraphs: Sequence[Paragraph], pages: Sequence[PageContent]) -> list[Paragraph]:
    """Text in another direction than its page comes last on it, unless it is on page after page."""
    result = list(paragraphs)
    repeated = Counter(text for page in pages for text in set(page.turned))
    for number, page in enumerate(pages, start=1):
        for text in dict.fromkeys(page.turned):
            if repeated[text] <= max(2, len(pages) // 3):  # more often, it is a watermark
                line = Line(text, 0, 0, 0, 0, bold=False)
                _insert(result, Paragraph([line], [number], Column((line,), 0, 0)))
    return result


def _with_notes(paragraphs: list[Paragraph], pages: Sequence[PageContent]) -> list[Paragraph]:
    """What readers of the file wrote on a page comes after the text of that page."""
    for number, page in enumerate(pages, start=1):
        for text in page.notes:
            line = Line(text, 0, 0, 0, 0, bold=False)
            note = Paragraph([line], [number], Column((line,), 0, 0), is_aside=True)
            _insert(paragraphs, note)
    return paragraphs


def _insert(paragraphs: list[Paragraph], new: Paragraph) -> None:
    """Put ``new`` where its page ends, cutting a paragraph that goes on over several pages."""
    number = new.pages[0]
    at = bisect_right(paragraphs, number, key=lambda each: each.pages[0])
    before = paragraphs[at - 1] if at else None
    if before is not None and before.pages[-1] > number:
        cut = bisect_right(before.pages, number)
        paragraphs[at - 1 : at] = [before.cut(0, cut), before.cut(cut)]
    paragraphs.insert(at, new)


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


def _nothing_to_read(pages: Sequence[PageContent], name: str, *, may_recognise: bool) -> str:
    """What to say of a file none of whose pages has text, and what to do about it."""
    if all(page.blank for page in pages):
        return f"{name}: there is nothing on any of {len(pages)} pages; remove it or replace it"
    if not may_recognise:
        step = "Set RAG_OCR=1 to read it with Tesseract, or run OCR on it first"
    elif not ocr.is_installed():
        step = f"Tesseract, which would read it, is missing: {_INSTALL}"
    else:
        step = "OCR found none either; scan it again with more contrast and upright"
    return f"{name}: no text on any of {len(pages)} pages: a scan? {step}"


def _warnings(
    pages: Sequence[PageContent],
    *,
    pictures: Sequence[int],
    recognised: Collection[int],
    may_recognise: bool,
) -> Iterator[str]:
    """Which pages have no text, were recognised, or may have wrong characters."""
    unread = [number for number in pictures if number not in recognised]
    if unread and may_recognise and not ocr.is_installed():
        yield f"{_named(unread, 'has', 'have')} {_MISSING}: {_INSTALL}"
    elif unread and may_recognise:
        yield f"{_named(unread, 'has', 'have')} no text, and OCR found none: look at the picture"
    elif unread:
        yield f"{_named(unread, 'has', 'have')} {_SCANNED}"
    if recognised:
        were = _named(sorted(recognised), "was", "were")
        yield f"{were} read by OCR: check quotations against the picture"
    if hidden := [n for n, page in enumerate(pages, start=1) if page.hidden]:
        pages_named = _named(hidden, "has", "have")
        yield (
            f"{pages_named} covered or invisible text, which the file still holds: it was not "
            "read, and is no secret to whoever gets the file"
        )
    if noted := [n for n, page in enumerate(pages, start=1) if page.notes]:
        yield (
            f"{_named(noted, 'has', 'have')} notes that readers of the file added: they can be "
            "looked up, and are never an answer"
        )
    if marked := [n for n, page in enumerate(pages, start=1) if page.to_redact]:
        yield (
            f"{_named(marked, 'is', 'are')} marked for redaction, which was not carried out: the "
            "words are in the file"
        )
    suspect = [n for n, page in enumerate(pages, start=1) if page.unknown > _SUSPECT]
    if suspect:
        have = _named(suspect, "has", "have")
        yield f"{have} characters that the file does not explain: text may be wrong"


def waits_for_ocr(warnings: Iterable[str]) -> bool:
    """Whether a reading with these warnings has pages that OCR has not been tried on."""
    return any(_SCANNED in each or _MISSING in each for each in warnings)


def _named(numbers: Sequence[int], one: str, more: str) -> str:
    """``page 3 has`` or ``pages 3–7, 9 have``."""
    parts = split_where(numbers, lambda part, page: page > part[-1] + 1)
    listed = ", ".join("–".join(map(str, dict.fromkeys((part[0], part[-1])))) for part in parts)
    return f"page {listed} {one}" if len(numbers) == 1 else f"pages {listed} {more}"
