"""A table of contents is no answer, also where nothing leads to its numbers."""

from __future__ import annotations

import io

import docx
import pytest
from office_support import reading_of

from rag.schema import Reading

TITLES = ["Who chose the judges of Orle", "How many judges left the court", "What the king wrote"]
BODIES = ["The king chose them alone.", "Nine judges left it in 2015.", "He wrote nothing at all."]


def asides(reading: Reading) -> list[str]:
    return [reading.text[each.start : each.end] for each in reading.asides]


def test_contents_of_a_word_file_have_tabs_before_their_numbers() -> None:
    document = docx.Document()
    document.add_heading("The judges of Orle", 0)
    for at, title in enumerate(TITLES):
        document.add_paragraph(f"{title}\t{3 + at}")
    for title, body in zip(TITLES, BODIES, strict=True):
        document.add_heading(title, 1)
        document.add_paragraph(body)
    target = io.BytesIO()
    document.save(target)
    lines = [f"{title} {3 + at}" for at, title in enumerate(TITLES)]
    assert asides(reading_of(target.getvalue(), "a.docx")) == ["\n\n".join(lines)]


@pytest.mark.parametrize("line", ["{0}. {1}     {2}", "{0}. {1}   page {2}", "{2}   {1}"])
def test_contents_of_a_text_have_numbers_of_sections(line: str) -> None:
    listed = [line.format(at + 1, title, at + 3) for at, title in enumerate(TITLES)]
    texts = [f"{title}\n\n{body}" for title, body in zip(TITLES, BODIES, strict=True)]
    text = "\n\n".join(["The judges of Orle", *listed, *texts])
    (aside,) = asides(reading_of(text.encode(), "a.txt"))
    assert aside.split("\n\n") == [" ".join(each.split()) for each in listed]


def test_a_list_of_figures_is_no_table_of_contents() -> None:
    rows = ["Judges of Orle 3", "Judges of Lund 4", "Judges of Tarn 9"]
    text = "\n\n".join(["Courts in 2015", *rows, "The judges of Tarn were the most."])
    assert not asides(reading_of(text.encode(), "a.txt"))
