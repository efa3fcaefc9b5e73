"""Rows in the middle of a table are searched together with the names of its columns.

Rows of figures in a PDF carry them, see also test_reading_grid.py. Where nothing is sure to be a
name, the first row is searched with the others.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from ingestion_support import SETTINGS, hits
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from rag.ingest.pipeline import ingest
from rag.readers import read
from rag.readers.blocks import Block, assemble
from rag.readers.passages import PassageSize, cut_passages, passage_context
from rag.schema import Document, Passage, Reading
from rag.store import Index

_FIRST = ["Al", "Bar", "Cor", "Dun", "Esk", "Far", "Gol", "Har"]
_SECOND = ["mara", "tova", "dessa", "linga", "rano", "vika", "shire", "bek"]
REGIONS = [first + second for first in _FIRST for second in _SECOND]
CUSTODY = ["Region", "Detained", "Released", "Deaths in custody"]
SCHOOLS = ["Region", "Teachers", "Pupils", "Classrooms"]


def pdf(title: str, columns: Sequence[str], *, times: int = 1, repeated: bool = False) -> bytes:
    """A report whose only table goes on over pages, and names its columns on the first or all."""
    style = getSampleStyleSheet()
    regions = enumerate(REGIONS * times)
    rows = [[name, *(str(7 * at + n) for n in range(3))] for at, name in regions]
    content = io.BytesIO()
    story: list[Flowable] = [
        Paragraph(title, style["Heading1"]),
        Paragraph("The offices of each region collected the figures.", style["Normal"]),
        Table([list(columns), *rows], colWidths=110, repeatRows=int(repeated)),
    ]
    SimpleDocTemplate(content, invariant=1).build(story if title else story[-1:])
    return content.getvalue()


def passages_of(reading: Reading, *, target: int = 30) -> list[tuple[Passage, str]]:
    """The passages of a reading, each with what is searched with it."""
    document = Document(
        "d0c", "a", reading.text, reading.metadata, "", reading.pages, tables=reading.tables
    )
    passages = cut_passages(
        document,
        count_tokens=lambda texts: [len(text.split()) for text in texts],
        size=PassageSize(target),
    )
    return [(passage, passage_context(document, passage)) for passage in passages]


def test_a_row_is_found_by_the_name_of_its_column(
    open_index: Callable[..., Index], tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "custody.pdf").write_bytes(pdf("Prisons", CUSTODY))
    (folder / "schools.pdf").write_bytes(pdf("Education", SCHOOLS))
    index = open_index()
    assert not ingest(index, [folder], settings=SETTINGS).failed
    for name in REGIONS[10::13]:
        for source, column in (("custody.pdf", CUSTODY[3]), ("schools.pdf", SCHOOLS[3])):
            best = hits(index, f"How many {column.lower()} in {name}?")[0]
            assert (best.source, name in best.passage.text) == (source, True)
            document = index.document(best.passage.document_id)
            assert document is not None  # what is shown is the text alone
            assert document.text[best.passage.start : best.passage.end] == best.passage.text
            row = next(part for part in document.text.split("\n\n") if part.startswith(name))
            assert f"[{column}] " in row
    last = hits(index, f"deaths in custody {REGIONS[-1]}")[0]
    assert last.passage.page_end == 2


@pytest.mark.parametrize(
    "content",
    [
        pdf("Prisons", CUSTODY),
        pdf("Prisons", CUSTODY, times=4, repeated=True),
        pdf("", CUSTODY, times=4, repeated=True),
    ],
)
def test_every_row_of_a_table_over_pages_has_the_columns(content: bytes) -> None:
    reading = read(content, name="a.pdf", media_type="application/pdf")
    found = passages_of(reading)
    assert len(found) > 8
    assert {passage.page_start for passage, _ in found} == {page.number for page in reading.pages}
    assert {page.label for page in reading.pages} == {None}
    rows = [part for part in reading.text.split("\n\n") if part.startswith(tuple(REGIONS))]
    assert len(rows) % len(REGIONS) == 0
    for row in rows:
        assert re.fullmatch(
            r"\w+ \[Region; Detained\] \d+ \[Released\] \d+ \[Deaths in custody\] \d+", row
        )


_ROWS = ["Oromia|41", "Amhara|17", "Afar|3"]


def row_of(row: str) -> Block:
    """A row whose cells need not stand in columns, as in a PDF; without ``|`` a paragraph."""
    return Block(row.replace("|", " "), cells=tuple(row.split("|")) if "|" in row else ())


def columns(rows: Sequence[str]) -> list[str]:
    """The column names of the tables among these rows."""
    reading = assemble(map(row_of, rows))
    return [reading.text[each.heading_start : each.heading_end] for each in reading.tables]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["Region|2018", *_ROWS], ["Region 2018"]),
        (
            ["|Deaths|Injuries", "Region|2018|2018", "Oromia|4|1"],
            ["Deaths Injuries\n\nRegion 2018 2018"],
        ),
        (["Name|Status", "Almaz|detained", "Bekele|released"], ["Name Status"]),
        (["Region|2018", *_ROWS, "1 See the annex.", *_ROWS], ["Region 2018"] * 2),
        (["Region|2018", *_ROWS, "One.", "Two.", "Three.", "Four.", *_ROWS], ["Region 2018"]),
        (["Region|2018", *_ROWS, "A note.", "Almaz|born|1981"], ["Region 2018"]),
        (["Region|2018", *_ROWS, "More.", "Name|Age", "Almaz|38"], ["Region 2018", "Name Age"]),
        (_ROWS, []),
        (["Region|2018"], []),
    ],
)
def test_which_rows_name_the_columns(rows: list[str], expected: list[str]) -> None:
    assert columns(rows) == expected


def test_long_column_names_leave_room_for_the_rows() -> None:
    rows = ["|".join(f"The number of cases of kind {'abcdefgh'[n]}" for n in range(8))]
    rows += ["|".join(str(at * n) for n in range(8)) for at in range(30)]
    found = passages_of(assemble(map(row_of, rows)), target=60)
    assert len(found) > 3
    assert all(len(context) < 250 for _, context in found)
    assert all("cases of kind a" in context for _, context in found[1:])
