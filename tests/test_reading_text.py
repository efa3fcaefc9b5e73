"""Plain text: encodings, paragraphs, headings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from office_support import headings_of

from rag.errors import ReadingError
from rag.readers import read
from rag.schema import Reading

SHARED = Path(__file__).parents[2] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the evaluation material is not beside the repository"
)


def reading(text: str | bytes) -> Reading:
    content = text.encode() if isinstance(text, str) else text
    return read(content, name="a.txt", media_type="text/plain")


def paragraphs(text: str | bytes) -> list[str]:
    return reading(text).text.split("\n\n")


def test_wrapped_lines_become_one_paragraph() -> None:
    text = (
        "The report cited a range of other human-rights issues in the\n"
        "country, including arbitrary detention, harsh prison conditions,\n"
        "and restrictions on freedom of movement for journalists.\n"
        "\n"
        "This year the report evaluates the practices of two hundred\n"
        "countries and territories.\n"
    )
    assert paragraphs(text) == [
        "The report cited a range of other human-rights issues in the country, including "
        "arbitrary detention, harsh prison conditions, and restrictions on freedom of movement "
        "for journalists.",
        "This year the report evaluates the practices of two hundred countries and territories.",
    ]


def test_indented_first_lines_begin_paragraphs() -> None:
    text = (
        "    The delegation arrived in the capital on Monday evening and was\n"
        "received at the airport by the deputy minister for foreign affairs\n"
        "and two members of parliament.\n"
        "    On Tuesday it visited the prison that the committee had named in\n"
        "its letter of 3 March, and spoke to eleven detainees without the\n"
        "presence of guards.\n"
    )
    assert [each.split()[0] for each in paragraphs(text)] == ["The", "On"]


def test_long_lines_are_paragraphs_of_their_own() -> None:
    lines = [f"{number} " + "word " * 60 + "end." for number in range(5)]
    assert paragraphs("\n".join(lines)) == lines


def test_title_blocks_and_lists_keep_their_lines() -> None:
    text = (
        "Michael G. Kozak\nSenior Bureau Official, Bureau of Democracy, Human Rights, and Labor\n\n"
        "Washington Foreign Press Center\nWashington, DC\nMarch 13, 2019\n\n"
        "- one of the first things that has to be said here\n"
        "- another one that is about as long as the first was\n"
    )
    assert paragraphs(text) == [line for line in text.split("\n") if line]


def test_words_broken_at_line_ends_are_made_whole() -> None:
    text = (
        "Officials said that parliament and the govern-\n"
        "ment would change a lot, within the five-year\n"
        "term of this parliament, the much discussed five-\n"
        "year plan of the present adminis-\n"
        "tration for the whole country.\n"
    )
    (whole,) = paragraphs(text)
    assert "government" in whole
    assert "administration" in whole
    assert "five-year plan" in whole


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_unicode_encodings(encoding: str) -> None:
    text = "The Department”s “survey” – naïve café №5, Ökonomie über München."
    assert reading(text.encode(encoding)).text == text


def test_a_short_western_file_is_windows_1252() -> None:
    assert reading("“Kozak’s” café – naïve".encode("cp1252")).text == "“Kozak’s” café – naïve"


def test_a_cyrillic_file_is_detected() -> None:
    text = (
        "Совет Безопасности провёл заседание, посвящённое положению в области прав человека. "
        "Представители государств выступили с заявлениями о защите гражданского населения."
    )
    assert reading(text.encode("cp1251")).text == text


def test_a_stray_byte_does_not_spoil_a_file_in_utf_8() -> None:
    found = reading("“Kozak’s” – “naïve” – “café” – “über” – ".encode() + b"\x93 end.")
    assert found.text == "“Kozak’s” – “naïve” – “café” – “über” – \ufffd end."
    assert found.warnings == ("1 unreadable characters are shown as \ufffd",)


def test_odd_characters_stay_and_controls_go() -> None:
    text = "report”s\u00a0own\u2009words ﬁt\x00\x07 <REDACTED>\r\nnext"
    assert paragraphs(text) == ["report”s\u00a0own\u2009words ﬁt <REDACTED>", "next"]


def test_first_line_alone_is_the_title() -> None:
    found = reading("Impunity remains a problem\n\nThe State Department criticised it.\n")
    assert found.metadata.title == "Impunity remains a problem"
    assert headings_of(found) == [(1, "Impunity remains a problem")]


@pytest.mark.parametrize(
    "first",
    [
        "This is a sentence.",
        "Dear colleagues,",
        "QUESTION: What did he say",
        "At the outset, let me join all those who have preceded me here in saying so much as this",
        "- an item",
    ],
)
def test_not_every_first_line_is_a_title(first: str) -> None:
    found = reading(f"{first}\n\nThen the text goes on.\n")
    assert found.metadata.title is None
    assert found.headings == ()


def test_section_markup_is_a_heading_and_not_text() -> None:
    found = reading(
        "<SECTION>Executive Summary\n\n<SECTION>Social Media\n\nThe agency. <REDACTED>\nMore.\n"
        "<SECTION>Hacking\nThe service did it.\n"
    )
    assert headings_of(found) == [(1, "Executive Summary"), (2, "Social Media"), (2, "Hacking")]
    assert "SECTION" not in found.text
    assert "<REDACTED>" in found.text


def test_capitals_and_numbers_between_blank_lines_are_headings() -> None:
    found = reading(
        "A report\n\nEXECUTIVE SUMMARY\n\nIt began.\n\nSection 2. Civil Liberties\n\nIt was.\n\n"
        "2.1 The press\n\nIt was free.\n\n1. This is only an item of a list\n\nIt ended.\n\n"
        "NOTE: not a heading either\n\nThe end.\n"
    )
    assert headings_of(found) == [
        (1, "A report"),
        (2, "EXECUTIVE SUMMARY"),
        (2, "Section 2. Civil Liberties"),
        (3, "2.1 The press"),
    ]


@given(st.text(max_size=400))
def test_any_text_keeps_the_contract(text: str) -> None:
    try:
        found = reading(text.encode("utf-8", "ignore"))
    except ReadingError:
        return
    assert found.text == found.text.strip()
    for paragraph in found.text.split("\n\n"):
        assert paragraph
        assert paragraph == paragraph.strip()
        assert not set(paragraph) & set("\n\r\t\0")
        assert "  " not in paragraph
    for heading in found.headings:
        assert found.text[: heading.start] in ("",) or found.text[: heading.start].endswith("\n\n")
    found.text.encode()


@given(st.lists(st.text("abcde .,-\n", min_size=1, max_size=80), min_size=1, max_size=20))
def test_nothing_is_lost_but_white_space_and_broken_hyphens(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        found = reading(text)
    except ReadingError:
        assert not text.strip()
        return
    before, after = ("".join(each.split()) for each in (text, found.text))
    assert before.replace("-", "") == after.replace("-", "")


@needs_shared
def test_every_shared_text_is_read_whole() -> None:
    paths = sorted(SHARED.rglob("*.txt"))
    assert len(paths) > 1000
    for path in paths:
        text = path.read_text(encoding="utf-8")
        kept = "".join(sign for sign in text if sign >= " " and not "\x7f" <= sign < "\xa0")
        kept = "".join(kept.replace("<SECTION>", "").split())
        assert "".join(reading(path.read_bytes()).text.split()) == kept, path.name


@needs_shared
def test_speeches_keep_one_paragraph_to_a_line() -> None:
    path = SHARED / "un-general-debate" / "FRA_72_2017.txt"
    lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    found = reading(path.read_bytes())
    assert [" ".join(line.split()) for line in lines] == found.text.split("\n\n")
    assert found.headings == ()
    assert found.turns == ()


def test_lines_of_a_table_of_contents_are_asides() -> None:
    found = read(
        b"Prisons of Ost\n\nHow many died in 2015 ......... 3\n\nWho was freed . . . . . . iv\n\n"
        b"Eleven men died in the prison of Ost. He waited...\n",
        name="a.txt",
        media_type="text/plain",
    )
    assert [found.text[each.start : each.end].count("\n\n") for each in found.asides] == [1]
    assert found.text[found.asides[0].start :].startswith("How many died in 2015")


def test_a_blank_line_inside_a_sentence_does_not_end_it() -> None:
    text = (
        "The mayor of Ost told the delegation that the bridge over the\n\n"
        "river had been closed for repairs. She showed it a letter of the well-\n\n"
        "known engineer Ida Lorn.\n\nNobody answered that letter.\n\n"
        "The delegation asks the state\n\n"
        "- to open the archives,\n\n- to pay.\n"
    )
    assert paragraphs(text) == [
        "The mayor of Ost told the delegation that the bridge over the river had been closed for "
        "repairs. She showed it a letter of the well-known engineer Ida Lorn.",
        "Nobody answered that letter.",
        "The delegation asks the state",
        "- to open the archives,",
        "- to pay.",
    ]


def test_what_is_printed_between_two_pages_stands_in_no_sentence() -> None:
    found = reading(
        "In that week the commander of the garrison signed nine orders, of which\n\n"
        "14\n\fREPORT ON THE EVENTS IN OST\n\n"
        "only two were ever found by the committee. The others are lost.\n\nThe end.\n"
    )
    assert found.text.split("\n\n")[0] == (
        "In that week the commander of the garrison signed nine orders, of which only two were "
        "ever found by the committee. The others are lost."
    )
    (aside,) = found.asides
    assert found.text[aside.start : aside.end].split("\n\n") == [
        "14",
        "REPORT ON THE EVENTS IN OST",
    ]
    assert found.headings == ()


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("cp1254", "Savcı Işıl Yıldız, Muğla'daki gazetecilerin suçsuz olduğunu söyledi."),
        ("cp1250", "Prokurator w Łodzi wyjaśnił, że świadkowie źle pamiętają tę noc."),
        ("cp1250", "Soudce řekl, že žádný z těžce zraněných dělníků nepřišel."),
        ("cp1251", "Следователь сказал, что записей нет."),
        ("koi8-r", "Следователь сказал, что записей нет."),
        ("cp1256", "قال المحقق إن السجلات فقدت في تلك الليلة"),
        ("cp1253", "Ο ανακριτής είπε ότι τα αρχεία χάθηκαν."),
        ("cp1255", "החוקר אמר כי הרישומים אבדו באותו לילה"),
        ("cp1252", "Le juge a déclaré que les témoins étaient tous âgés."),
        ("cp850", "Le juge a déclaré que les témoins étaient tous âgés."),
        ("cp850", "Der Prüfer erklärte, daß die Türen nachts geöffnet waren."),
        ("cp852", "Prokurator w Łodzi wyjaśnił, że świadkowie źle pamiętają tę noc."),
        ("cp866", "Следователь сказал, что записей нет."),
        ("shift_jis", "捜査官は、その夜に記録が失われたと述べた。証人は誰も呼ばれなかった。"),
    ],
)
def test_legacy_code_pages_are_told_apart_by_the_language(page: str, text: str) -> None:
    found = reading(text.encode(page))
    assert found.text == text
    assert any("is a guess" in each for each in found.warnings)


@pytest.mark.parametrize("text", ["“It’s over” – he said…".encode("cp1252"), "Łódź".encode()])
def test_there_is_no_note_where_nothing_was_guessed(text: bytes) -> None:
    assert reading(text).warnings == ()


def paged(head: str, foot: str, *, other: str = "") -> str:
    """Six pages, each with a head and a foot, and a sentence that goes on over the next."""
    pages = []
    for number in range(11, 17):
        top = other if other and number % 2 else head
        pages.append(
            f"{top.format(number)}\n\nguards had left town. In ward {number} of the hospital\n"
            f"there were {3 * number} patients when the\n\n{foot.format(number)}\n"
        )
    return "\f".join(pages)


@pytest.mark.parametrize(
    ("head", "foot", "other"),
    [
        ("HOSPITALS OF LUND            {}", "", ""),
        ("Hospitals of Lund      Interim report", "      - {} -", ""),
        ("A/77/12\npage {}", "", ""),
        ("HOSPITALS OF LUND            {}", "", "{}      CHAPTER 2. WARDS"),
        ("", "Page {} of 40", ""),
    ],
)
def test_running_heads_between_form_feeds_stand_in_no_sentence(
    head: str, foot: str, other: str
) -> None:
    text = reading(paged(head, foot, other=other)).text
    assert "there were 33 patients when the guards had left town. In ward 12 of" in text
    assert not any(
        each in text for each in ("Hospitals of", "HOSPITALS", "CHAPTER", "age ", "A/77")
    )


def test_what_pages_of_a_form_share_is_no_running_head() -> None:
    pages = [f"Ward {at} of the hospital\n\nNobody was told.\n" for at in "ABCDE"]
    text = reading("\f".join(pages)).text
    assert all(f"Ward {at} of the hospital" in text for at in "ABCDE")
