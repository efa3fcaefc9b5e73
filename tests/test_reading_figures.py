"""A figure of a table in a PDF stands in one sentence with the names of its row and column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingestion_support import SETTINGS, hits
from pdf_made import made, reading
from reportlab.pdfgen.canvas import Canvas

from rag.app.library.pdf_pages import piece_on
from rag.ingest.pipeline import ingest
from rag.language.sentences import split_sentences
from rag.quotes.lookup import check_quotation
from rag.readers.pdf_view import page_view
from rag.schema import Document, Reading
from rag.store import Index

_LEFT, _FIRST, _APART, _LEADING = 60.0, 330.0, 85.0, 14.0

Cells = Sequence[str | None]


class Sheet:
    """A page on which a table is set as annual reports do: figures to the right, names centred."""

    def __init__(self, canvas: Canvas, y: float = 760.0) -> None:
        self.canvas, self.y = canvas, y

    def text(self, text: str, *, inset: float = 0.0) -> None:
        self.canvas.setFont("Times-Roman", 10)
        self.canvas.drawString(_LEFT + inset, self.y, text)
        self.y -= _LEADING

    def names(self, label: str, *names: tuple[str, int, int], rule: bool = False) -> None:
        """Names over the columns from one to another; ``rule`` draws a line under each."""
        self.canvas.setFont("Times-Bold", 8)
        self.canvas.drawString(_LEFT, self.y, label)
        for text, first, last in names:
            middle = (_edge(first) - 50 + _edge(last)) / 2
            self.canvas.drawCentredString(middle, self.y, text)
            if rule:
                self.canvas.line(_edge(first) - 55, self.y - 3, _edge(last), self.y - 3)
        self.y -= _LEADING

    def row(self, label: str, *figures: str | None, sign: str = "", inset: float = 0.0) -> None:
        self.canvas.setFont("Times-Roman", 10)
        self.canvas.drawString(_LEFT + inset, self.y, label)
        for column, figure in enumerate(figures):
            if figure is not None:
                if sign:
                    self.canvas.drawString(_edge(column) - 50, self.y, sign)
                overhang = 3.33 if figure.endswith(")") else 0.0
                self.canvas.drawRightString(_edge(column) + overhang, self.y, figure)
        self.y -= _LEADING


def _edge(column: int) -> float:
    return _FIRST + _APART * column


def rows_of(found: Reading) -> list[str]:
    """The rows into which names of columns were carried."""
    parts = {found.text.rfind("\n", 0, each.start) + 1 for each in found.carried}
    return [found.text[start:].split("\n", 1)[0] for start in sorted(parts)]


def printed(found: Reading) -> str:
    document = Document("d", "a", found.text, found.metadata, "", carried=found.carried)
    return document.printed(0, len(found.text))


def cash_flows(canvas: Canvas) -> None:
    sheet = Sheet(canvas)
    sheet.text("Vantor Mining Company and its subsidiaries")
    sheet.names("", ("(In millions)", 0, 2))
    sheet.names("", ("Years ended June 30,", 0, 2))
    sheet.names("", ("2019", 0, 0), ("2018", 1, 1), ("2017", 2, 2))
    sheet.text("Cash flows from investing:")
    sheet.row(
        "Purchases of property, plant and equipment", "(1,577)", "(1,373)", "(1,420)", sign="$"
    )
    sheet.row("Sales of mines", "262", "—", "58")
    sheet.text("Earnings per share:")
    sheet.row("Basic", "9.36", "8.13", "8.35", inset=10, sign="$")
    sheet.row("Diluted", "9.20", "7.93", "8.16", inset=10)


def test_unit_period_and_group_stand_in_the_row() -> None:
    found = reading(made(cash_flows))
    assert rows_of(found) == [
        "Purchases of property, plant and equipment "
        "[Cash flows from investing; In millions; Years ended June 30, 2019] $ (1,577) "
        "[2018] $ (1,373) [2017] $ (1,420)",
        "Sales of mines [Cash flows from investing; In millions; Years ended June 30, 2019] 262 "
        "[2018] — [2017] 58",
        "Basic [Earnings per share; In millions; Years ended June 30, 2019] $ 9.36 [2018] $ 8.13 "
        "[2017] $ 8.35",
        "Diluted [Earnings per share; In millions; Years ended June 30, 2019] 9.20 [2018] 7.93 "
        "[2017] 8.16",
    ]


def test_a_long_name_of_a_group_is_not_left_out() -> None:
    group = "Increase in sales of mines that were open in both years, in all of its districts"

    def page(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        sheet.names("", ("2019", 0, 0), ("2018", 1, 1), ("2017", 2, 2))
        first, second = group.split(" in both ")
        sheet.text(first)
        sheet.text(f"in both {second}:")
        sheet.row("North", "6%", "7%", "4%", inset=10)
        sheet.row("South", "5%", "4%", "3%", inset=10)

    assert rows_of(reading(made(page))) == [
        f"North [{group}; 2019] 6% [2018] 7% [2017] 4%",
        f"South [{group}; 2019] 5% [2018] 4% [2017] 3%",
    ]


def test_headings_of_the_page_name_no_column() -> None:
    def page(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        for heading in ("CHAPTER II", "Item 9"):
            canvas.setFont("Times-Bold", 8)
            canvas.drawCentredString(_edge(0) - 20, sheet.y, heading)
            sheet.y -= 10
        sheet.y -= 8
        sheet.names("", ("Cost", 0, 0), ("Gains", 1, 1), ("Losses", 2, 2))
        sheet.row("Bonds of towns", "242", "48", "7")
        sheet.row("Bonds of mines", "988", "30", "5")

    assert rows_of(reading(made(page))) == [
        "Bonds of towns [Cost] 242 [Gains] 48 [Losses] 7",
        "Bonds of mines [Cost] 988 [Gains] 30 [Losses] 5",
    ]


def test_two_names_so_close_that_they_are_printed_as_one_are_two() -> None:
    def page(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        canvas.setFont("Times-Bold", 8)
        canvas.drawString(_edge(0) - 48, sheet.y, "SEASON 2019 SEASON 2018")
        canvas.drawCentredString(_edge(2) - 25, sheet.y, "CHANGE")
        sheet.y -= _LEADING
        for label, *figures in (("Boots", "10,045", "9,322", "8%"), ("Coats", "260", "938", "7%")):
            canvas.setFont("Times-Roman", 10)
            canvas.drawString(_LEFT, sheet.y, label)
            for edge, figure in zip((_edge(0), _edge(0) + 55, _edge(2)), figures, strict=True):
                canvas.drawRightString(edge, sheet.y, figure)
            sheet.y -= _LEADING

    assert rows_of(reading(made(page))) == [
        "Boots [SEASON 2019] 10,045 [SEASON 2018] 9,322 [CHANGE] 8%",
        "Coats [SEASON 2019] 260 [SEASON 2018] 938 [CHANGE] 7%",
    ]


def test_what_is_printed_stays_as_it_is() -> None:
    text = printed(reading(made(cash_flows)))
    assert "Purchases of property, plant and equipment $ (1,577) $ (1,373) $ (1,420)" in text
    assert "[" not in text


def test_names_over_several_columns_are_those_under_their_rule() -> None:
    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        sheet.names("", ("Three months", 0, 1), ("Half-year", 2, 2), rule=True)
        sheet.names("(thousands)", ("2023", 0, 0), ("Change", 1, 1), ("2023", 2, 2))
        sheet.row("Copper", "436", "6 %", "870")
        sheet.row("Cobalt", "8", "(11) %", "16")

    assert rows_of(reading(made(draw)))[0] == (
        "Copper [thousands; Three months 2023] 436 [Three months Change] 6 % [Half-year 2023] 870"
    )


def test_names_broken_over_lines_and_a_label_broken_over_lines() -> None:
    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        sheet.names("", ("Carrying", 0, 0), ("Effective", 1, 1))
        sheet.names("", ("Value", 0, 0), ("Interest Rate", 1, 1))
        sheet.text("Notes that fall due after five years and are")
        sheet.row("secured by the mine", "9,681", "2.45 %")
        sheet.row("Other notes", "3,517", "0.76 %")

    assert rows_of(reading(made(draw)))[0] == (
        "Notes that fall due after five years and are secured by the mine [Carrying Value] 9,681 "
        "[Effective Interest Rate] 2.45 %"
    )


def test_a_table_goes_on_over_a_page_and_another_one_does_not() -> None:
    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas, y=140)
        sheet.names("(thousands)", ("2023", 0, 0), ("2022", 1, 1))
        for at in range(4):
            sheet.row(f"Mine {'ABCD'[at]}", f"4,{at}36", f"5,{at}77")
        canvas.showPage()
        sheet = Sheet(canvas)
        for at in range(4):
            sheet.row(f"Mine {'EFGH'[at]}", f"6,{at}36", f"7,{at}77")
        sheet.text(
            "The mines of the company are valued at what they cost, less what was written off."
        )
        for at in range(3):
            sheet.row(f"Port {'ABC'[at]}", f"{at}36", f"{at}77", f"{at}99")

    rows = rows_of(reading(made(draw)))
    assert len(rows) == 8
    assert rows[7] == "Mine H [thousands; 2023] 6,336 [2022] 7,377"


def test_contents_lists_and_text_in_columns_carry_nothing() -> None:
    def contents(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        sheet.names("", ("Page", 2, 2))
        for at in range(6):
            sheet.row(f"Item {at + 1}. Risks of kind {at}", None, None, str(3 + 7 * at))

    def people(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        sheet.names("Name", ("Age", 2, 2))
        for at in range(5):
            sheet.row("Almaz Bekele was a director of the", None, None, str(50 + at))
            sheet.text("company for many years and before")
            sheet.text("that the head of a bank in Addis")

    assert [reading(made(draw)).carried for draw in (contents, people)] == [(), ()]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["12", "(3)", "$", "—", "Total", "2019", "5 %", "(in millions)", "*"]),
            st.integers(0, 8),
            st.integers(0, 9),
        ),
        max_size=40,
    )
)
def test_whatever_is_scattered_on_a_page_is_read_and_stays_as_it_is(
    words: list[tuple[str, int, int]],
) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(60, 800, "A page with words here and there.")
        for word, column, row in words:
            canvas.drawString(60 + 55 * column, 760 - 13 * row, word)

    found = reading(made(draw))
    figures = sorted(sign for word, _, _ in words for sign in word if sign.isdigit())
    places = {(column, row) for _, column, row in words}
    if len(places) == len(words):  # none is drawn over another
        assert sorted(filter(str.isdigit, printed(found))) == figures
    for each in found.carried:
        assert found.text[each.start] + found.text[each.end - 1] == "[]"


_LABELS = st.lists(
    st.text("abcdefghij", min_size=3, max_size=12).map(str.capitalize),
    min_size=2,
    max_size=8,
    unique=True,
)


@settings(max_examples=40, deadline=None)
@given(
    labels=_LABELS,
    width=st.integers(1, 3),
    names=st.permutations(["2017", "Total", "Restated"]),
    numbers=st.randoms(use_true_random=False),
)
def test_every_figure_follows_the_name_of_its_column(
    labels: list[str], width: int, names: list[str], numbers: Random
) -> None:
    figures = {
        label: [
            numbers.choice(["{:,}", "({:,})", "{}.5 %"]).format(numbers.randint(1, 99_999))
            for _ in range(width)
        ]
        for label in labels
    }

    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas)
        sheet.names("", *((name, at, at) for at, name in enumerate(names[:width])))
        for label in labels:
            sheet.row(label, *figures[label])

    found = reading(made(draw))
    assert rows_of(found) == [
        " ".join([label, *(f"[{n}] {f}" for n, f in zip(names, figures[label], strict=False))])
        for label in labels
    ]
    for row in rows_of(found):
        assert len(split_sentences(row)) == 1
    for label in labels:
        assert " ".join([label, *figures[label]]) in printed(found)


def test_rows_are_found_by_their_columns_and_quoted_as_printed(
    open_index: Callable[..., Index], tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    content = made(cash_flows)
    (folder / "vantor.pdf").write_bytes(content)
    index = open_index()
    assert not ingest(index, [folder], settings=SETTINGS).failed
    assert "[2017] $ (1,420)" in hits(index, "purchases of equipment 2017")[0].passage.text

    as_printed = "Purchases of property, plant and equipment $ (1,577) $ (1,373) $ (1,420)"
    over_rows = "$ (1,420) Sales of mines 262 — 58 Earnings per share"
    headed = rows_of(reading(content))[1][:-10]
    for quotation in (as_printed, over_rows, headed):
        (match,) = check_quotation(index, quotation).matches
        citation = match.citation
        document = index.document(citation.document_id)
        assert (match.similarity, citation.page) == (1.0, 1)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote

    wrong = check_quotation(index, as_printed.replace("1,373", "1,375"))
    assert wrong.status == "near"
    assert [(each.yours, each.source) for each in wrong.matches[0].differences] == [
        ("1,375", "1,373")
    ]


def test_a_row_is_marked_on_its_page() -> None:
    content = made(cash_flows)
    found = reading(content)
    document = Document(
        "d", "a", found.text, found.metadata, "", found.pages, carried=found.carried
    )
    row = rows_of(found)[1]
    start = found.text.index(row)
    text, before = piece_on(document, number=1, start=start, end=start + len(row))
    assert text == "Sales of mines 262 — 58"
    (box,) = page_view(content, page=1, text=text, before=before).boxes
    assert box.right * 595 == pytest.approx(_edge(2), abs=2)
    assert box.left * 595 == pytest.approx(_LEFT, abs=2)
