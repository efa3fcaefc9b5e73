"""Rich Text: text, notes, tables and characters of all code pages."""

from __future__ import annotations

import pytest
from office_support import blocks_of, headings_of, reading_of

from rag.schema import Metadata, Reading

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}"
    r"{\f2\fcharset128 C;}}{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}"
    r"{\s2\outlinelevel1 Own;}{\*\cs3 Character;}{\s4 toc 1;}}"
)


def rtf(body: str) -> Reading:
    return reading_of((HEAD + body + "}").encode("latin-1"), "a.rtf")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"caf\'e9 \u8217?s \emdash  \'93so\'94", "café ’s — “so”"),
        (r"{\f1 \'cf\'f0\'e0\'e2\'e0} and\~so", "Права and\u00a0so"),
        (r"{\f2 \'93\'fa\'96\'7b}", "日本"),
        (r"{\uc0\u1055\u1088}x", "Прx"),
        (r"\uc2\u1055\'cf\'cf!", "П!"),
        (r"\u-10179?\u-8694?", "\U0001f60a"),
        (r"Al\_Shabaab in\-side", "Al-Shabaab inside"),
        ("one\\line two\\tab three\r\nfour\\\r\nfive", "one two threefour\n\nfive"),
        (r"\{braces\} and a \\ slash", "{braces} and a \\ slash"),
        (r"{\v hidden}kept {\deleted gone}{\revised added}", "kept added"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt a link}}", "a link"),
        (r"{\pict\bin5 }}}}}}a{\*\unknown x}b", "ab"),
        (r"{\upr{ansi}{\*\ud{unicode}}}", "unicode"),
        (r"{\header Head}{\footer Foot}{\listtext 1.}Item", "Item"),
    ],
)
def test_characters(source: str, text: str) -> None:
    assert rtf(source).text == text


def test_structure() -> None:
    found = rtf(
        r"{\info{\title The {\b report}}{\author Ann}{\subject Torture}{\creatim\yr2020}}"
        r"\pard\s4 Findings 3\par\pard\s1 Findings\par\pard\s2 Places\par"
        r"\pard They were beaten{\super\chftn{\footnote\pard\plain{\super\chftn} An interview.}}"
        r" in cells.\par"
        r"\trowd\pard\intbl One.\par Two.\cell Three.\cell\row"
        r"\pard Box{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt\pard Inside.\par}}{\shprslt Twice}}"
        r"\par End{\super\chftn{\footnote\ftnalt\pard{\super\chftn} Last note.}}.\par"
    )
    assert blocks_of(found) == [
        "Findings",
        "Places",
        "They were beaten in cells.",
        "[1] An interview.",
        "One. Two. | Three.",
        "Box",
        "Inside.",
        "End.",
        "Endnotes",
        "[1] Last note.",
    ]
    assert headings_of(found) == [(1, "Findings"), (2, "Places"), (1, "Endnotes")]
    assert found.metadata == Metadata(
        title="The report", author="Ann", extra={"subject": "Torture"}
    )


def test_numbers_of_notes_that_begin_anew_on_each_page_are_left_out() -> None:
    found = rtf(r"\ftnrstpg One{\chftn{\footnote\chftn  A note.}}.\par")
    assert blocks_of(found) == ["One.", "A note."]


def test_speakers() -> None:
    found = rtf(r"{\b Mr. Kozak:} Thank you.\par{\b Question:} Why?\par")
    assert [turn.speaker for turn in found.turns] == ["Mr. Kozak", "Question"]
