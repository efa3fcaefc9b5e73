"""PDF, with pdfium: text, pages with their labels, headings and what the file says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.errors import DamagedFile, EmptyDocument, LimitExceeded
from rag.reading.blocks import BETWEEN, Block, assemble, clean
from rag.reading.hyphens import Vocabulary, join, without_soft_hyphens
from rag.reading.limits import Limits
from rag.reading.metadata import merge_metadata, metadata_from
from rag.reading.pdf_characters import PDFIUM, PageOfRuns, runs_of_page
from rag.reading.pdf_furniture import without_furniture
from rag.reading.pdf_headings import Bookmark, mark_headings
from rag.reading.pdf_layout import Column, Line, columns_of
from rag.reading.pdf_paragraphs import Paragraph, body_size, paragraphs_of
from rag.schema import Metadata, Page, Reading

__all__ = ["check_is_pdf", "looks_like_pdf", "read_pdf"]

_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
_END = b"%%EOF"
_LINEARISED = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d+)")
_TITLE_OF_A_FILE = re.compile(
    r"^microsoft (?:word|powerpoint|excel)\b|^untitled|^document\d*$|^slide \d|^https?:|"
    r"^(?:title|no title|none|layout \d*)$|"
    r"\.(?:docx?|pdf|indd|qxd|rtf|odt|pptx?|xlsx?|tex|dvi|html?)$",
    re.IGNORECASE,
)

# Where the file does not say what more of a page's characters are, its text is not to be trusted.
_MOST_UNKNOWN = 0.05


def looks_like_pdf(content: bytes) -> bool:
    """Whether the header of a PDF stands near the beginning, as readers of PDF tolerate."""
    return _HEADER in content[:_HEADER_WITHIN]


def check_is_pdf(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when ``content`` is not a PDF at all."""
    if not looks_like_pdf(content):
        raise DamagedFile(f"{name}: not a PDF, although its name says so; download it again")


def read_pdf(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a PDF: ``pages`` cover the text without gaps, running heads are left out.

    Raises:
        DamagedFile: truncated, damaged, or encrypted with a password.
        EmptyDocument: no page has text, as in a scan.
        LimitExceeded: there are more pages than ``limits`` allow.
    """
    check_is_pdf(content, name)
    _check_is_whole(content, name)
    with PDFIUM, _opened(content, name) as document:
        if len(document) > limits.pages:
            raise LimitExceeded(
                f"{name}: {len(document)} pages, more than {limits.pages}: split it, or raise "
                "RAG_MAX_PAGES"
            )
        pages = [_page_of_runs(document, number, name) for number in range(len(document))]
        labels = [_label(document, number) for number in range(len(document))]
        outline = list(_outline(document))
        info = _info(document)
    if not any(page.runs or page.turned for page in pages):
        raise EmptyDocument(
            f"{name}: no text on any of {len(pages)} pages: a scan? Run OCR on it first"
        )
    reading = _read(pages, labels, outline, info)
    return replace(reading, warnings=(*reading.warnings, *_warnings(pages)))


def _check_is_whole(content: bytes, name: str) -> None:
    linearised = _LINEARISED.search(content[:2048])
    end = content.rfind(_END)
    rest = content[end + len(_END) :].strip(b"\0 \t\r\n\f") if end >= 0 else b""
    cut = linearised is not None and int(linearised[1]) > len(content)
    if cut or end < 0 or b" obj" in rest:
        raise DamagedFile(f"{name}: the PDF is truncated, its end is missing; download it again")


@contextmanager
def _opened(content: bytes, name: str) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            message = "the PDF is encrypted with a password; save a copy without it"
        else:
            message = "the PDF is damaged and cannot be opened; download it again"
        raise DamagedFile(f"{name}: {message}") from error
    try:
        yield document
    finally:
        document.close()


def _page_of_runs(document: pdfium.PdfDocument, number: int, name: str) -> PageOfRuns:
    try:
        page = document[number]
        try:
            return runs_of_page(page)
        finally:
            page.close()
    except pdfium.PdfiumError as error:
        raise DamagedFile(
            f"{name}: page {number + 1} of the PDF is damaged; download it again"
        ) from error


def _label(document: pdfium.PdfDocument, number: int) -> str | None:
    return clean(document.get_page_label(number) or "") or None


def _outline(document: pdfium.PdfDocument) -> Iterator[Bookmark]:
    try:
        for entry in document.get_toc(max_depth=8):
            target = entry.get_dest()
            page = target.get_index() if target else None
            yield Bookmark(entry.get_title() or "", entry.level, None if page is None else page + 1)
    except pdfium.PdfiumError:  # a damaged outline is no reason to lose the text
        return


def _info(document: pdfium.PdfDocument) -> Metadata:
    """Title and author; not the creation date, which is that of the file and not of the report."""
    given = document.get_metadata_dict(skip_empty=True)
    title = clean(given.get("Title", ""))
    if _TITLE_OF_A_FILE.search(title) or sum(map(str.isalpha, title)) < 3:
        title = ""
    return metadata_from(
        {
            "title": title,
            "author": given.get("Author", ""),
            "subject": given.get("Subject", ""),
            "keywords": given.get("Keywords", ""),
        }
    )


def _read(
    pages: Sequence[PageOfRuns],
    labels: Sequence[str | None],
    outline: Sequence[Bookmark],
    info: Metadata,
) -> Reading:
    columns = [columns_of(runs) for runs in without_furniture([page.runs for page in pages])]
    paragraphs = paragraphs_of(columns)
    body = body_size(column for page in columns for column in page)
    mark_headings(paragraphs, outline=outline, body=body, title=info.title)
    paragraphs = _with_turned(paragraphs, pages)
    lines = [line.text for paragraph in paragraphs for line in paragraph.lines]
    vocabulary = Vocabulary.of(lines)
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
    return replace(reading, pages=tuple(_pages(labels, starts, len(reading.text))))


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
    for number, page in enumerate(pages, start=1):
        for text in dict.fromkeys(page.turned):
            if sum(text in other.turned for other in pages) > max(2, len(pages) // 3):
                continue  # a watermark
            line = Line(text, 0, 0, 0, 0, bold=False)
            _insert(result, Paragraph([line], [number], Column((line,), 0, 0)))
    return result


def _insert(paragraphs: list[Paragraph], new: Paragraph) -> None:
    """Put ``new`` where its page ends, cutting a paragraph that goes on over several pages."""
    number = new.pages[0]
    at = sum(each.pages[0] <= number for each in paragraphs)
    before = paragraphs[at - 1] if at else None
    if before is not None and before.pages[-1] > number:
        cut = sum(page <= number for page in before.pages)
        rest = replace(before, lines=before.lines[cut:], pages=before.pages[cut:])
        kept = replace(before, lines=before.lines[:cut], pages=before.pages[:cut])
        paragraphs[at - 1 : at] = [kept, rest]
    paragraphs.insert(at, new)


def _pages(labels: Sequence[str | None], starts: dict[int, int], end: int) -> Iterator[Page]:
    """Pages without gaps: each ends where the next begins, an empty one where it begins."""
    following = [end] * (len(labels) + 1)
    for index in range(len(labels) - 1, -1, -1):
        following[index] = starts.get(index + 1, following[index + 1])
    following[0] = 0
    for index, label in enumerate(labels):
        yield Page(index + 1, label, following[index], following[index + 1])


def _warnings(pages: Sequence[PageOfRuns]) -> Iterator[str]:
    empty = [n for n, page in enumerate(pages, start=1) if not page.runs and not page.turned]
    if empty:
        yield f"{_numbers(empty)} no text: scanned?"
    unknown = [n for n, page in enumerate(pages, start=1) if page.unknown > _MOST_UNKNOWN]
    if unknown:
        yield f"{_numbers(unknown)} characters that the file does not explain: text may be wrong"


def _numbers(pages: Sequence[int]) -> str:
    """``page 3 has`` or ``pages 3–7, 9 have``."""
    ranges: list[list[int]] = []
    for page in pages:
        if ranges and page == ranges[-1][-1] + 1:
            ranges[-1][1:] = [page]
        else:
            ranges.append([page])
    listed = ", ".join("–".join(map(str, each)) for each in ranges)
    return f"page {listed} has" if len(pages) == 1 else f"pages {listed} have"
