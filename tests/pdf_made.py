"""PDFs made by a script: a small typesetter that remembers on which page each sentence begins."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from rag.readers import Limits, read
from rag.readers.pdf_view import Box, page_view
from rag.schema import Reading

WIDTH, HEIGHT = 595.0, 842.0
FONT, BOLD = "Vera", "VeraBd"
SIZE, LEADING = 10.0, 13.0
TOP, BOTTOM, LEFT, RIGHT = 760.0, 110.0, 72.0, 523.0

_WHO = "witnesses officials lawyers prosecutors observers families soldiers teachers editors judges"
_DID = "described confirmed questioned documented investigated denied published criticised filed"
_WHAT = "administrative detention|unofficial killings|the official findings|disappearances|a raffle"
_WHERE = "in the northern districts|at the prosecutor’s office|during the flooding|near the border"
_WHEN = "in early spring|after the confirmation of the sentence|on several occasions|for five weeks"


def fonts() -> None:
    """Make the fonts that reportlab carries known; they have ligatures."""
    for name in (FONT, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


def sentence(number: int) -> str:
    """A sentence that no other number gives; some end in a year, some hold a quotation."""
    who, did = _WHO.split()[number % 10], _DID.split()[number % 9]
    what, where, when = (each.split("|")[number % n] for each, n in _OTHERS)
    if number % 7 == 3:
        return f"“Case {number} is {what},” the {who} said {when}, and nobody {did} it in 2019."
    return f"In case {number} the {who} {did} {what} {where} {when}."


_OTHERS = ((_WHAT, 5), (_WHERE, 4), (_WHEN, 3))


@dataclass
class Made:
    """A PDF and what was put into it: sentences with the page (from 1) on which they begin."""

    content: bytes
    sentences: dict[str, int]
    notes: dict[str, int]
    rows: dict[str, int]
    labels: list[str | None]


@dataclass
class Typesetter:
    """Sets text line by line on a canvas; ``furniture`` draws the head and foot of a page."""

    canvas: Canvas
    furniture: Callable[[Canvas, int], None]
    page: int = 1
    y: float = TOP
    foot: float = BOTTOM
    left: float = LEFT
    right: float = RIGHT
    begins: dict[str, int] = field(default_factory=dict)

    def end_page(self, *, blank: bool = False) -> None:
        """Draw the furniture, and go on at the top of the next page."""
        if not blank:
            self.furniture(self.canvas, self.page)
        self.canvas.showPage()
        self.page, self.y, self.foot = self.page + 1, TOP, BOTTOM

    def heading(self, text: str, size: float = 14) -> None:
        """A line in bold type."""
        self.y -= 12
        self.canvas.setFont(BOLD, size)
        self.canvas.drawString(self.left, self.y, text)
        self.y -= size + 8

    def paragraph(
        self,
        sentences: Sequence[str],
        *,
        ligatures: bool = False,
        full: Callable[[], None] | None = None,
    ) -> None:
        """Set ``sentences``, with ``^12`` for a raised mark; ``full`` is called at the foot."""
        words = [(word, each) for each in sentences for word in each.split()]
        for line in broken(words, self.right - self.left):
            if self.y < self.foot:
                (full or self.end_page)()
            self._line(" ".join(word for word, _ in line), ligatures=ligatures)
            for _, each in line:
                self.begins.setdefault(plain(each), self.page)
        self.y -= 6

    def _line(self, text: str, *, ligatures: bool) -> None:
        if ligatures:
            text = text.replace("fi", "ﬁ").replace("fl", "ﬂ")
        drawn = self.canvas.beginText(self.left, self.y)
        for at, part in enumerate(text.split("^")):
            digits = part[: len(part) - len(part.lstrip("0123456789"))] if at else ""
            drawn.setFont(FONT, 6)
            drawn.setRise(4)
            drawn.textOut(digits)
            drawn.setFont(FONT, SIZE)
            drawn.setRise(0)
            drawn.textOut(part[len(digits) :])
        self.canvas.drawText(drawn)
        self.y -= LEADING

    def notes(self, notes: Sequence[str]) -> None:
        """Small print at the foot of the page, which is higher from now on."""
        lines = [line for note in notes for line in broken([(w, "") for w in note.split()], 600)]
        y = self.foot = BOTTOM + 11 * len(lines)
        for line in lines:
            y -= 11
            drawn = self.canvas.beginText(self.left, y)
            text = " ".join(word for word, _ in line)
            digits = text[: len(text) - len(text.lstrip("0123456789"))]
            drawn.setFont(FONT, 5)
            drawn.setRise(3)
            drawn.textOut(digits)
            drawn.setRise(0)
            drawn.setFont(FONT, 7.5)
            drawn.textOut(text[len(digits) :])
            self.canvas.drawText(drawn)


Word = tuple[str, str]


def plain(text: str) -> str:
    """A sentence without the marks of notes."""
    before, *rest = text.split("^")
    return before + "".join(part.lstrip("0123456789") for part in rest)


def broken(words: Sequence[Word], width: float) -> Iterator[list[Word]]:
    """Lines of words; a long word is broken with a hyphen where it does not fit."""
    fonts()
    line: list[Word] = []
    for word, of in words:
        if _width([*line, (word, of)]) <= width:
            line.append((word, of))
            continue
        half = len(word) // 2
        rest = word
        if len(word) > 9 and word.isalpha() and _width([*line, (word[:half] + "-", of)]) <= width:
            line.append((word[:half] + "-", of))
            rest = word[half:]
        yield line
        line = [(rest, of)]
    if line:
        yield line


def _width(line: Sequence[Word]) -> float:
    return float(pdfmetrics.stringWidth(" ".join(plain(word) for word, _ in line), FONT, SIZE))


def made(draw: Callable[[Canvas], object], *, encrypt: StandardEncryption | None = None) -> bytes:
    """A PDF of what ``draw`` draws, the same bytes on every run."""
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=(WIDTH, HEIGHT), invariant=1, encrypt=encrypt)
    draw(canvas)
    canvas.save()
    return content.getvalue()


def reading(content: bytes, limits: Limits | None = None) -> Reading:
    """What ingestion reads in a PDF."""
    return read(content, name="a.pdf", media_type="application/pdf", limits=limits)


def boxes_of(content: bytes, *, page: int, text: str, before: str = "") -> tuple[Box, ...]:
    """Where ``text`` stands on a page, found again from the PDF."""
    return page_view(content, page=page, text=text, before=before).boxes


def flowing(count: int, *, columns: int = 1) -> Made:
    """Paragraphs of three sentences over pages with a running head, in one or two columns."""
    begins: dict[str, int] = {}

    def draw(canvas: Canvas) -> None:
        fonts()
        sheet = Typesetter(canvas, _head)
        gap = 24.0
        width = (RIGHT - LEFT - gap * (columns - 1)) / columns
        sheet.right = LEFT + width

        def next_column() -> None:
            if sheet.left + 2 * width + gap <= RIGHT + 1:
                sheet.left += width + gap
            else:
                sheet.end_page()
                sheet.left = LEFT
            sheet.right, sheet.y = sheet.left + width, TOP

        for first in range(0, count, 3):
            texts = [sentence(number) for number in range(first, min(first + 3, count))]
            sheet.paragraph(texts, full=next_column)
        sheet.end_page()
        begins.update(sheet.begins)

    return Made(made(draw), begins, {}, {}, [])


def paged(pages: int, *, sentences: int = 1) -> bytes:
    """A PDF of so many pages with so many sentences on each."""

    def draw(canvas: Canvas) -> None:
        fonts()
        sheet = Typesetter(canvas, _head)
        for page in range(pages):
            first = page * sentences
            sheet.paragraph([sentence(number) for number in range(first, first + sentences)])
            sheet.end_page()

    return made(draw)


def _head(canvas: Canvas, page: int) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawString(LEFT, 800, "The Commission")
    canvas.drawRightString(RIGHT, 800, f"{page}")


ROWS = ["Region|Killings|Arrests", "Oromia|41|1,204", "Amhara|17|388", "Somali|9|72", "Afar|3|15"]
PAIRS = ["Chair|Almaz Tesfaye", "Secretary|John Kariuki", "Rapporteur|Maria Ortiz"]
NOTES = [
    "1 Letter of the ministry to the commission, 3 May 2019, on file with the authors.",
    "2 Ibid.",
    "3 See the annex, which lists every case that was confirmed by two sources at the least.",
]


def report(*, labelled: bool) -> Made:
    """A report with everything in it that reports have; page labels in the file only if asked."""
    made_of = Made(b"", {}, {}, {}, [None, "ii", "iii", "iv", "v", *map(str, range(1, 8))])
    if labelled:
        made_of.labels[0] = "i"

    def draw(canvas: Canvas) -> None:
        fonts()
        if labelled:
            canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
            canvas.addPageLabel(5, style="ARABIC", start=1)
        sheet = Typesetter(canvas, _furniture)
        _cover(sheet)
        numbers = iter(range(1000))
        _front(sheet, numbers)
        _body(sheet, numbers, made_of)
        made_of.sentences.update(sheet.begins)

    made_of.content = made(draw)
    return made_of


def _furniture(canvas: Canvas, page: int) -> None:
    canvas.setFont(FONT, 8)
    if page > 5:
        canvas.drawString(LEFT, 800, "Commission of Inquiry" if page % 2 else "Annual Report 2019")
        canvas.drawRightString(RIGHT, 50, f"Annual Report | {page - 5}")
    elif page > 1:
        canvas.drawCentredString(WIDTH / 2, 50, ("i", "ii", "iii", "iv", "v")[page - 1])


def _cover(sheet: Typesetter) -> None:
    sheet.canvas.setFont(BOLD, 26)
    sheet.canvas.drawCentredString(WIDTH / 2, 600, "Unofficial Killings")
    sheet.canvas.setFont(FONT, 14)
    sheet.canvas.drawCentredString(WIDTH / 2, 540, "By Almaz Tesfaye")
    sheet.canvas.drawCentredString(WIDTH / 2, 510, "12 March 2020")
    sheet.end_page(blank=True)


def _front(sheet: Typesetter, numbers: Iterator[int]) -> None:
    sheet.heading("Preface")
    for _ in range(11):
        sheet.paragraph([sentence(next(numbers)) for _ in range(4)])
    sheet.end_page()
    sheet.end_page(blank=True)
    sheet.heading("Summary")
    sheet.paragraph([sentence(next(numbers)) for _ in range(5)])
    sheet.end_page()


def _body(sheet: Typesetter, numbers: Iterator[int], made_of: Made) -> None:
    sheet.heading("1. Findings")
    sheet.notes(NOTES)
    made_of.notes.update(dict.fromkeys(NOTES, sheet.page))
    texts = [sentence(next(numbers)) for _ in range(9)]
    texts[1] = texts[1].removesuffix(".") + ".^1"
    texts[4] = texts[4].replace(" the ", "^2 the ", 1)
    texts[7] = texts[7].removesuffix(".") + ",^3 as many said."
    sheet.paragraph(texts[:5], ligatures=True)
    sheet.paragraph(texts[5:])
    while sheet.page == 6:  # paragraphs until one goes over the page
        sheet.paragraph([sentence(next(numbers)) for _ in range(7)])
    sheet.heading("2. Figures")
    _tables(sheet, made_of)
    sheet.paragraph([sentence(next(numbers)) for _ in range(4)])
    sheet.end_page()
    _two_columns(sheet, numbers)
    for number in range(3):
        sheet.heading(f"{number + 3}. More")
        for _ in range(4):
            sheet.paragraph([sentence(next(numbers)) for _ in range(5)])
        sheet.end_page()


def _tables(sheet: Typesetter, made_of: Made) -> None:
    for rows, places in ((ROWS, (0, 150, 260)), (PAIRS, (0, 120))):
        for row in rows:
            sheet.canvas.setFont(FONT, SIZE)
            for cell, x in zip(row.split("|"), places, strict=True):
                sheet.canvas.drawString(sheet.left + x, sheet.y, cell)
            made_of.rows[headed(rows[0], row)] = sheet.page
            sheet.y -= 16
        sheet.y -= 12


def headed(names: str, row: str) -> str:
    """A row of a table as it is read: before each figure the name of its column."""
    label, *cells = row.split("|")
    corner, *columns = names.split("|")
    if not cells[-1].replace(",", "").isdecimal() or row == names:
        return row.replace("|", " ")
    told = [f"[{name}] {cell}" for name, cell in zip(columns, cells, strict=True)]
    told[0] = f"[{corner}; {told[0][1:]}"
    return " ".join([label, *told])


def _two_columns(sheet: Typesetter, numbers: Iterator[int]) -> None:
    middle = (LEFT + RIGHT) / 2
    texts = [sentence(next(numbers)) for _ in range(44)]
    edges = iter([(middle + 12, RIGHT)])
    sheet.right = middle - 12

    def next_column() -> None:
        edge = next(edges, None)
        if edge is None:
            sheet.end_page()
            sheet.left, sheet.right = LEFT, RIGHT
        else:
            (sheet.left, sheet.right), sheet.y = edge, TOP

    for one, other in pairwise(range(0, len(texts) + 1, 4)):
        sheet.paragraph(texts[one:other], full=next_column)
    sheet.end_page()
    sheet.left, sheet.right = LEFT, RIGHT
