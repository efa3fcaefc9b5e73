"""Tables and chats without a date of their own are filtered by the years of their rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingestion_support import SETTINGS

from rag.answer import Chatbot, parse_condition
from rag.cite.answers import Answer
from rag.ingest.pipeline import ingest
from rag.readers import media_type_of, read
from rag.schema import Reading
from rag.store import Index

PLACES = ("Kelm", "Orsha", "Vint", "Dasko")
RAIDS = ["Reported on;Village;Houses burned;Told by"] + [
    f"{10 + month}.{month}.{year};{place};{year - 1990 + 3 * at};a teacher of {place}"
    for year in range(2014, 2020)
    for month, at, place in zip((3, 5, 8, 11), range(4), PLACES, strict=True)
]
CHAT = """[14/02/2018, 09:12] Mira: Twelve men were taken from the mill at Kelm.
[02/03/2018, 18:40] Anton: Nobody has seen them since.
[17/01/2021, 08:05] Mira: Four of the men taken from the mill have come back.
"""
STATEMENT = "The men who were taken from the mill at Kelm in 2018 were never charged."


def reading_of(text: str, name: str) -> Reading:
    content = text.encode()
    return read(content, name=name, media_type=media_type_of(name, content))


@pytest.mark.parametrize(
    ("rows", "dates", "years"),
    [
        (
            ["Date,Place", "2014-05-03,Morn", "2019-02,Aster"],
            ["2014-05-03", "2019-02"],
            "2014 2019",
        ),
        (
            ["Place;When", "Morn;3/4/2014", "Aster;?", "Kelm;5/6/2014"],
            ["2014", None, "2014"],
            "2014",
        ),
        (["Case,Year,Dead", "A,2016,1903", "B,2017,1200"], ["2016", "2017"], "2016 2017"),
        (["Ort;Datum", "Morn;3. Mai 2014", "Aster;11. März 2019"], ["2014", "2019"], "2014 2019"),
        (["場所,日付", "甲,2014年5月3日", "乙,2019年2月11日"], ["2014", "2019"], "2014 2019"),
        (
            ["Lugar;Fecha", "Morn;3 de mayo de 2014", "Aster;11/2/2019"],
            ["2014", "2019"],
            "2014 2019",
        ),
        (
            ["Place,Opened", "Morn,May 2011", "Aster,7 June 2012"],
            ["2011-05", "2012-06-07"],
            "2011 2012",
        ),
        (["Place,Dead", "Morn,12", "Aster,1577"], [None, None], ""),
        (["Place,Note", "Morn,2014 was quiet", "Aster,nobody"], [None, None], ""),
    ],
)
def test_which_rows_have_dates(rows: list[str], dates: list[str | None], years: str) -> None:
    found = reading_of("\n".join(rows), "log.csv")
    assert [page.date for page in found.pages] == dates
    assert found.metadata.date is None
    assert found.metadata.years == set(map(int, years.split()))


def test_a_file_with_a_date_keeps_it() -> None:
    found = reading_of("Date,Place\n2014-05-03,Morn\n", "incidents-2016-01-02.csv")
    assert found.metadata.date == "2016-01-02"
    assert found.metadata.years == {2016}


@pytest.mark.parametrize(
    ("days", "dates"),
    [
        (["14/02/2018", "02/03/2018", "17/01/2021"], ["2018-02-14", "2018-03-02", "2021-01-17"]),
        (["2/14/18", "3/2/18", "1/17/21"], ["2018-02-14", "2018-03-02", "2021-01-17"]),
        (["18/2/14", "18/3/2", "21/1/17"], ["2018-02-14", "2018-03-02", "2021-01-17"]),
        (["12.03.19", "12.03.19"], [None, None]),
        (["05/03/2019", "05/03/2019"], ["2019", "2019"]),
        (["2019-03-12", "2019-04-01"], ["2019-03-12", "2019-04-01"]),
        (["31.12.19", "02.01.20"], ["2019-12-31", "2020-01-02"]),
    ],
)
def test_messages_have_the_dates_that_stand_before_them(
    days: list[str], dates: list[str | None]
) -> None:
    lines = [f"[{day}, 09:1{at}] Mira: The lorries left." for at, day in enumerate(days)]
    found = reading_of("\n".join(lines), "chat.txt")
    assert [page.date for page in found.pages] == dates


@pytest.fixture
def chatbot(open_index: Callable[..., Index], tmp_path: Path) -> Chatbot:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "raids.csv").write_text("\n".join(RAIDS), "utf-8")
    (folder / "chat.txt").write_text(CHAT, "utf-8")
    (folder / "statement.txt").write_text(STATEMENT, "utf-8")
    index = open_index()
    assert not ingest(index, [folder], settings=SETTINGS).failed
    return Chatbot(index, SETTINGS)


def ask(chatbot: Chatbot, question: str, *filters: str) -> Answer:
    *_, answer = chatbot.ask(question, where=[parse_condition(each) for each in filters])
    return answer


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["year=2016"], {2016}),
        (["year=2015", "year=2018"], {2015, 2018}),
        (["year>=2018"], {2018, 2019}),
        (["year>2014", "year<2017"], {2015, 2016}),
    ],
)
def test_rows_of_other_years_are_no_part_of_a_hit(
    chatbot: Chatbot, filters: list[str], wanted: set[int]
) -> None:
    where = [parse_condition(each) for each in filters]
    hits = chatbot.search("houses burned in Orsha", where=where)
    rows = [
        hit.passage.words(*each)
        for hit in hits
        if hit.source == "raids.csv"
        for each in hit.passage.sentences
    ]
    assert len(rows) == 4 * len(wanted)
    assert {int(row.split(";")[0][-4:]) for row in rows} == wanted


def test_the_row_of_the_year_answers(chatbot: Chatbot) -> None:
    for year, houses in ((2015, 28), (2019, 32)):
        answer = ask(chatbot, "How many houses were burned in Orsha?", f"year={year}")
        assert not answer.abstained
        quotes = [citation.quote for citation in answer.citations]
        assert f"15.5.{year}; Village: Orsha; Houses burned: {houses};" in quotes[0]
        assert all(f".{year};" in quote for quote in quotes)


def test_messages_of_other_years_do_not_answer(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "Who was taken from the mill at Kelm?", "year=2018")
    assert [each.quote for each in answer.citations] == [
        "Twelve men were taken from the mill at Kelm."
    ]


def test_what_has_no_date_is_left_out_and_told(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "Were the men from the mill ever charged?", "year=2016")
    assert answer.abstained
    assert {hit.source for hit in answer.hits} <= {"raids.csv"}
    assert any("without a date" in note and "here 1" in note for note in answer.notes)
    assert not ask(chatbot, "Were the men from the mill ever charged?").abstained
