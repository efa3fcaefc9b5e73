"""How the page names where something stands: pages, slides, rows of tables, recognised text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from rag.app.web.shared.places import Place
from rag.app.web.source.view import reference, source_html
from rag.cite import page_reference, page_words
from rag.schema import Document, Metadata, Page

SAMPLE = Document(
    id="d",
    source="deaths.xlsx",
    text="Two prisoners died in the prison of Tarsk.",
    metadata=Metadata(title="Deaths in prisons"),
    media_type="text/plain",
    pages=(Page(1, None, 0, 42),),
)


@pytest.mark.parametrize(
    ("page", "words", "short"),
    [
        (Page(4, None, 0, 1), "page 4", "p. 4"),
        (Page(4, "4", 0, 1), "page 4", "p. 4"),
        (Page(4, "iv", 0, 1), "page iv (page 4 of the file)", "p. iv (page 4 of the file)"),
        (Page(3, None, 0, 1, "slide"), "slide 3", "slide 3"),
        (Page(12, "Deaths, row 12", 0, 1, "row"), "Deaths, row 12", "Deaths, row 12"),
        (Page(12, None, 0, 1, "row"), "row 12", "row 12"),
    ],
)
def test_pages_slides_and_rows_are_called_what_they_are(page: Page, words: str, short: str) -> None:
    assert page_words(page.number, page.label, page.kind) == words
    assert page_reference(page.number, page.label, page.kind) == short


def test_a_table_row_and_a_recognised_page_say_so() -> None:
    table = replace(SAMPLE, pages=(Page(7, "Deaths, row 7", 0, 42, "row"),))
    place = Place("d", 0, 5)
    shown = BeautifulSoup(source_html(table, place) or "", "lxml")
    assert "PlaceDeaths, row 7" in shown.get_text()
    assert "Deaths, row 7, file deaths.xlsx" in reference(table, place)
    scanned = replace(SAMPLE, pages=(Page(1, None, 0, 42, "page", ocr=True),))
    assert "recognised in a picture and may be wrong" in (source_html(scanned, place) or "")
    assert "recognised in a picture and" not in (source_html(SAMPLE, place) or "")
