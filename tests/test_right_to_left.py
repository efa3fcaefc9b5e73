"""Text that runs from right to left: paragraphs of PDFs, the source panel, exports."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from bs4 import BeautifulSoup
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rag.export.build import build_export
from rag.export.formats import write_export
from rag.export.records import ClaimedStatement, ClaimedTurn, Export, Place
from rag.ingest.pipeline import ingest
from rag.language.scripts import is_right_to_left
from rag.models.embedding import SentenceEmbedding
from rag.readers import read
from rag.readers.pdf.layout import Column
from rag.readers.pdf.lines import Line
from rag.readers.pdf.paragraphs import paragraphs_of
from rag.settings import load_settings
from rag.store import Index

LEFT, RIGHT, SIZE, LEADING = 72.0, 523.0, 10.0, 13.0


def column(widths: list[int], *, letters: str) -> Column:
    """Lines that begin at the right edge; a line that is short ends with a full stop."""
    lines, baseline = [], 760.0
    for width in widths:
        words = " ".join([letters[:5]] * max(1, width // 30))
        text = f"{words}." if width < 300 else words
        lines.append(Line(text, RIGHT - width, RIGHT, baseline, SIZE, bold=False))
        baseline -= LEADING
    return Column(tuple(lines), LEFT, RIGHT)


def mirrored(given: Column) -> Column:
    """The same lines in Latin letters, which begin at the left edge."""
    latin = {ord(letter): "abcde"[number % 5] for number, letter in enumerate("אבגדה")}
    lines = [
        replace(
            line,
            text=line.text.translate(latin).capitalize(),
            left=LEFT + RIGHT - line.right,
            right=LEFT + RIGHT - line.left,
        )
        for line in given.lines
    ]
    return Column(tuple(lines), given.left, given.right)


@given(st.lists(st.sampled_from([60, 200, 430, 440, 451]), min_size=1, max_size=12))
def test_paragraphs_part_as_in_the_mirror(widths: list[int]) -> None:
    ours = column(widths, letters="אבגדה")
    counts = [
        [len(paragraph.lines) for paragraph in paragraphs_of([[each]])]
        for each in (ours, mirrored(ours))
    ]
    assert counts[0] == counts[1]


def test_a_ragged_line_does_not_end_a_paragraph() -> None:
    ours = column([451, 420, 440, 200, 451, 90], letters="אבגדה")
    assert [len(each.lines) for each in paragraphs_of([[ours]])] == [4, 2]


def test_sentences_of_an_arabic_pdf_are_whole(shared: Path) -> None:
    file = shared.parent / "cases" / "15-arabic.pdf"
    text = read(file.read_bytes(), name=file.name, media_type="application/pdf").text
    assert "دون محاكمة ولم يسمح لهم" in text


# Exports


REPORT = (
    "احتجزت السلطات في سجن المدينة القديمة أربعة وعشرين شخصا دون محاكمة. وقال مدير السجن إن "
    "المحتجزين نُقلوا إلى مبنى آخر في شهر مارس."
)
HELD, MOVED = (each.strip() for each in REPORT.split("محاكمة."))
HELD = f"{HELD} محاكمة."
QUESTION = "كم شخصا احتجزت السلطات؟"


@pytest.fixture
def written(tmp_path: Path, embedding: SentenceEmbedding) -> Iterator[Export]:
    """An export of a question in Arabic with one quotation and one claim that cites another."""
    (tmp_path / "report.txt").write_text(REPORT, "utf-8")
    index = Index.open(load_settings(index=tmp_path / "index"), create=True)
    index.embedding = embedding
    assert not ingest(index, [tmp_path / "report.txt"]).failed
    (info,) = index.documents()
    places = [
        Place(info.id, REPORT.index(each), REPORT.index(each) + len(each)) for each in (HELD, MOVED)
    ]
    turn = ClaimedTurn(
        QUESTION,
        (
            ClaimedStatement(HELD, "quote", (places[0],)),
            ClaimedStatement("They were moved in March [1].", "generated", (places[1],)),
        ),
    )
    yield build_export(index, [turn], style="chicago")
    index.close()


def test_word_sets_quotations_and_footnotes_from_right_to_left(written: Export) -> None:
    content = write_export(written, format="docx")
    paragraphs = {each.text: each for each in docx.Document(io.BytesIO(content)).paragraphs}
    for text in (QUESTION, HELD):
        properties = paragraphs[text]._p.pPr
        assert properties is not None
        assert properties.find(qn("w:bidi")) is not None
        assert any(run.font.rtl for run in paragraphs[text].runs)
    english = paragraphs["They were moved in March [1]."]
    assert english._p.find(f".//{qn('w:bidi')}") is None
    notes = etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("word/footnotes.xml"))
    by_number = {each.get(qn("w:id")): each for each in notes}
    assert by_number["2"].find(f".//{qn('w:bidi')}") is not None
    (quoted,) = [
        run for run in by_number["2"].iter(qn("w:r")) if MOVED in "".join(map(str, run.itertext()))
    ]
    assert quoted.find(f".//{qn('w:rtl')}") is not None


def test_a_page_gives_each_paragraph_its_direction(written: Export) -> None:
    page = BeautifulSoup(write_export(written, format="html"), "html.parser")
    (quoted,) = (each for each in page.find_all("p") if HELD in each.text)
    assert quoted["dir"] == "auto"
    assert quoted.find("sup") is not None  # the mark of the footnote follows in that direction


@pytest.mark.parametrize(
    ("text", "direction"),
    [(QUESTION, True), ("בית המשפט 2018 report", True), ("The word سجن", False), ("2018", False)],
)
def test_the_direction_is_that_of_most_letters(text: str, direction: bool) -> None:
    assert is_right_to_left(text) is direction
