"""Lines of a PDF from right to left, in whatever order the file has their characters."""

from __future__ import annotations

import random

import pytest

from rag.readers.pdf.lines import Glyph, Style, run_of
from rag.readers.pdf.right_to_left import right_to_left_parts

STYLE = Style(10, bold=False, angle=0, cosine=1.0, sine=0.0)
WIDTH = 5.0


def printed(seen: str) -> list[Glyph]:
    """The characters of a line as it is seen, from left to right; a space is a gap."""
    return [
        Glyph(sign, STYLE, 72 + at * WIDTH, 72 + (at + 1) * WIDTH, 700)
        for at, sign in enumerate(seen)
        if sign != " "
    ]


# What is read, and how it is seen from the left: with brackets as the font draws them.
LINES = [
    ("غادرت السفن في 14 أيار دون إذن", "نذإ نود رايأ 14 يف نفسلا ترداغ"),
    ("السجل رقم 27/2011 فقد (انظر الملحق).", ".(قحلملا رظنا) دقف 27/2011 مقر لجسلا"),
    ("יצאו ב-14 במאי 2011 ללא אישור", "רושיא אלל 2011 יאמב 14-ב ואצי"),
    ("קרא את Daily Post של 3 במאי", "יאמב 3 לש Daily Post תא ארק"),
]


@pytest.mark.parametrize(("read", "seen"), LINES)
@pytest.mark.parametrize("order", ["from the left", "words turned", "any"])
def test_a_line_is_read_from_the_right_whatever_the_order_of_the_file(
    read: str, seen: str, order: str
) -> None:
    glyphs = printed(seen)
    if order == "words turned":
        middle = len(glyphs) // 2
        glyphs = [*glyphs[middle:], *glyphs[:middle]]
    elif order == "any":
        random.Random(7).shuffle(glyphs)
    others, parts = right_to_left_parts([*glyphs, None])
    assert [run_of(part).text for part in parts] == [read]
    assert not any(others)


def test_lines_from_left_to_right_stay_as_they_are() -> None:
    english = printed("The ship left on 14 May")
    assert right_to_left_parts([*english, None]) == ([*english, None], [])


def test_what_stands_far_apart_is_another_column() -> None:
    _, parts = right_to_left_parts(printed("ואצי      ארק"))
    assert [run_of(part).text for part in parts] == ["קרא", "יצאו"]
