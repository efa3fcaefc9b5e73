"""PDFs that are odd, broken or hostile: read as well as can be, or refused in one line."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_made import boxes_of, flowing, made, reading
from reportlab.lib.pdfencrypt import StandardEncryption

from rag.errors import EmptyDocument, LimitExceeded, ReadingError
from rag.readers.pdf.file import page_picture

WORDS = b"BT /F 12 Tf 72 700 Td (Hello there, friends.) Tj ET"
HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
UNEXPLAINED = (
    b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
    b"/Supplement 0>>/FontDescriptor<</Type/FontDescriptor/FontName/X/Flags 4>>>>]>>"
)
OUTLINE = (
    b"<</Type/Outlines/First 7 0 R/Last 7 0 R/Count 1>>",
    b"<</Title(\xfe\xff\xd8\x00)/Parent 6 0 R/Next 7 0 R/First 7 0 R/Dest[99 0 R/Fit]>>",
)


def of_objects(*objects: bytes) -> bytes:
    """A PDF of numbered objects, the first of which is the catalog."""
    content = b"%PDF-1.7\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + end


def of_page(
    page: bytes = b"", *, drawn: bytes = WORDS, font: bytes = HELVETICA, catalog: bytes = b""
) -> bytes:
    """A PDF of one page with more entries in its page or catalog."""
    box = b"" if b"/MediaBox" in page else b"/MediaBox[0 0 595 842]"
    return of_objects(
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>%s%s>>"
        % (box, page),
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        font,
        *OUTLINE,
    )


def test_a_bad_page_costs_no_other() -> None:
    page = b"<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</Font<</F 7 0 R>>>>%s>>"
    box = b"/MediaBox[0 0 595 842]"
    drawn = [WORDS, WORDS.replace(b"Hello there, friends.", b"The mill burned down in May.")]
    content = of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 99 0 R 4 0 R]/Count 3>>",
        *(page % (number, box) for number in (5, 6)),
        *(b"<</Length %d>>stream\n%s\nendstream" % (len(each), each) for each in drawn),
        HELVETICA,
    )
    found = reading(content)
    assert found.text == "Hello there, friends.\n\nThe mill burned down in May."
    assert [page.number for page in found.pages] == [1, 2, 3]
    assert any(each.startswith("page 2 is damaged") for each in found.warnings)


def of_pages(kids: int, count: int) -> bytes:
    return of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * kids, count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
    )


@pytest.mark.parametrize(
    "content",
    [
        of_page(),
        of_page(b"/MediaBox[0 0 0 0]"),
        of_page(b"/MediaBox[595 842 0 0]"),
        of_page(b"/MediaBox[0 0 1e9 1e9]"),
        of_page(b"/MediaBox[0 0 x y]"),
        of_page(b"/CropBox[0 0 0 0]"),
        of_page(b"/CropBox[2000 2000 2500 2500]"),
        of_page(b"/UserUnit 10"),
        of_page(b"/Rotate 450"),
        of_page(b"/Rotate 17"),
        of_page(catalog=b"/Outlines 6 0 R"),
        of_page(catalog=b"/PageLabels 1 0 R"),
        of_page(catalog=b"/PageLabels<</Nums[0<</S/r/St -5/P(\xfe\xff\xd8\x00)>> 0 99 7]>>"),
        of_page(drawn=b"BT 3 Tr " + WORDS[3:]),  # invisible, as the text over a scan
        of_page(drawn=WORDS + WORDS.replace(b"72 700", b"72.4 700.2") * 2),  # drawn for bold type
    ],
)
def test_odd_pages_are_read(content: bytes) -> None:
    found = reading(content)
    assert found.text == "Hello there, friends."
    assert len(found.pages) == 1


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_what_is_outside_of_the_crop_box_is_not_on_the_page(degrees: int) -> None:
    outside = WORDS.replace(b"Hello there, friends.", b"report.indd 12").replace(b"700", b"200")
    crop = b"/CropBox[0 600 595 842]/Rotate %d" % degrees
    assert reading(of_page(crop, drawn=WORDS + outside)).text == "Hello there, friends."


def test_a_font_that_explains_nothing_is_warned_of() -> None:
    drawn = b"BT /F 12 Tf 72 650 Td <000100020003000400050006> Tj ET"
    found = reading(of_page(drawn=WORDS + drawn, font=HELVETICA))
    assert found.warnings == (
        "page 1 has characters that the file does not explain: text may be wrong",
    )
    assert "Hello there, friends." in found.text
    (warning,) = reading(of_page(drawn=drawn, font=UNEXPLAINED)).warnings
    assert "does not explain" in warning


@pytest.mark.parametrize(
    "drawn", [b"", b"1 1 1 rg 0 0 595 842 re f", b"BT /F 12 Tf 72 700 Td (   ) Tj ET"]
)
def test_blank_pages(drawn: bytes) -> None:
    with pytest.raises(EmptyDocument, match="nothing on any of 1 pages"):
        reading(of_page(drawn=drawn))


@pytest.mark.parametrize(
    "drawn",
    [
        b"BT /F 1e30 Tf 72 700 Td (Large) Tj ET",
        b"BT /F 0 Tf 72 700 Td (Nothing) Tj ET",
        b"BT /F 12 Tf 1e38 1e38 Td (Far away) Tj ET",
        b"0 0 1e30 1e30 re f " * 50 + WORDS,
        b"q " * 5000 + WORDS,
    ],
)
def test_odd_drawing_is_read_or_refused(drawn: bytes) -> None:
    survives(of_page(drawn=drawn))


def survives(content: bytes) -> None:
    """Nothing but a :class:`ReadingError` comes out of reading or showing it."""
    calls: list[Callable[[], object]] = [
        lambda: reading(content),
        lambda: boxes_of(content, page=1, text="Hello there", before="In case"),
        lambda: page_picture(content, page=1, width_pixels=50),
    ]
    for call in calls:
        with suppress(ReadingError):
            call()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 40), st.sampled_from([b"", b"\0", b"9", b">>", b"[("])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_damaged_files_are_read_or_refused(damage: list[tuple[float, int, bytes]]) -> None:
    content = DAMAGED
    for place, length, instead in damage:
        at = int(place * len(content))
        content = content[:at] + instead + content[at + length :]
    survives(content)


DAMAGED = flowing(9).content


def test_too_many_pages_are_refused_at_once() -> None:
    begun = time.process_time()
    with pytest.raises(LimitExceeded, match="6000 pages, more than 5000"):
        reading(of_pages(6000, 6000))
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(("kids", "count"), [(1, 2_000_000_000), (1, 4000), (3, -1), (0, 0)])
def test_files_that_lie_about_their_pages(kids: int, count: int) -> None:
    with pytest.raises(ReadingError):
        reading(of_pages(kids, count))


def test_a_page_full_of_scattered_words_takes_no_hours() -> None:
    places = ((each * 7919 % 590, each * 104_729 % 840, each) for each in range(6000))
    drawn = b"BT /F 5 Tf " + b"".join(b"1 0 0 1 %d %d Tm (at %d) Tj " % each for each in places)
    begun = time.process_time()
    assert "at 5999" in reading(of_page(drawn=drawn + b"ET")).text
    assert time.process_time() - begun < 20


def test_an_empty_password_is_no_password() -> None:
    encryption = StandardEncryption("", ownerPassword="owner", canCopy=0)
    content = made(lambda canvas: canvas.drawString(72, 700, "Open to all."), encrypt=encryption)
    assert reading(content).text == "Open to all."
    assert len(boxes_of(content, page=1, text="Open to all.")) == 1
