"""What the front page and the file name say about a report, and what they do not."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.detection import language_of
from rag.language.document_country import country_of_file, country_of_title
from rag.readers import media_type_of, read
from rag.readers.blocks import Block, assemble
from rag.readers.metadata.completion import complete, year_of_title
from rag.readers.metadata.front_page import institution
from rag.schema import Metadata, Reading

PROSE = (
    "The government did not take steps to prosecute officials who committed abuses on June 3, "
    "2018, in the capital. By all accounts impunity remained a problem in Kenya and in Chad. "
) * 3


def report(*lines: str | Block, **known: str) -> Reading:
    """A report whose front page has these lines, before its text."""
    blocks = [line if isinstance(line, Block) else Block(line) for line in lines]
    return assemble([*blocks, Block(PROSE)], metadata=Metadata(**known))  # type: ignore[arg-type]


def completed(*lines: str | Block, name: str = "a.txt", **known: str) -> Metadata:
    return complete(report(*lines, **known), name=name)


# Countries


@pytest.mark.parametrize(
    ("title", "country"),
    [
        ("ETHIOPIA 2019 HUMAN RIGHTS REPORT", "Ethiopia"),
        ("State Department: Impunity remains a problem in Azerbaijan", "Azerbaijan"),
        ("Armenia: statement in the UN General Debate, 2018", "Armenia"),
        ("Prison conditions in the Gambia", "Gambia"),
        ("Country report – Côte d'Ivoire", "Côte d’Ivoire"),
        ("Report on the Democratic Republic of the Congo", "Democratic Republic of the Congo"),
        ("St. Lucia 2019 Human Rights Report", "Saint Lucia"),
        ("Bosnia & Herzegovina", "Bosnia and Herzegovina"),
        ("Torture in South Sudan and Sudan", None),
        ("Torture in South Sudan", "South Sudan"),
        ("Violence in Papua New Guinea", "Papua New Guinea"),
        ("Human rights in Burma", "Myanmar"),
        ("Protests in Turkey’s cities", "Turkey"),
        ("Addis Ababa, Ethiopia", "Ethiopia"),
        ("2003 invasion of Iraq", "Iraq"),
        ("China–India relations", None),
        ("Iran–Contra affair", None),
        ("Michael Jordan", None),
        ("Chad Smith", None),
        ("New Mexico", None),
        ("Battle of New Guinea", None),
        ("Gulf of Mexico", None),
        ("Bank of China", None),
        ("Archduke Franz Ferdinand of Austria", None),
        ("Georgia", None),
        ("Governor of Georgia", None),
        ("Atlanta, Georgia", None),
        ("GEORGIA 2018 HUMAN RIGHTS REPORT", "Georgia"),
        ("United States Department of State", None),
        ("European Union", None),
        ("Morpheme", None),
        ("", None),
    ],
)
def test_the_country_of_a_title(title: str, country: str | None) -> None:
    assert country_of_title(title) == country


@pytest.mark.parametrize(
    ("stem", "country"),
    [
        ("ARM_73_2018", "Armenia"),
        ("AND_72_2017", "Andorra"),
        ("ETH-report-2019", "Ethiopia"),
        ("ethiopia-2019", "Ethiopia"),
        ("south_sudan", "South Sudan"),
        ("South Sudan 2018 Human Rights Report", "South Sudan"),
        ("EU__73_2018", None),
        ("and_72_2017", None),
        ("LAW_AND_ORDER", None),
        ("report_AND_summary", None),
        ("georgia-2019", None),
        ("new-mexico", None),
        ("michael-jordan", None),
        ("kebab-in-china-817", None),
        ("nq1000447235989441874", None),
        ("", None),
    ],
)
def test_the_country_of_a_file_name(stem: str, country: str | None) -> None:
    assert country_of_file(stem) == country


def test_title_and_file_name_have_to_agree() -> None:
    assert completed(name="ethiopia-2019.txt", title="Torture in Kenya").country is None
    assert completed(name="kenya-2019.txt", title="Torture in Kenya").country == "Kenya"
    assert completed(name="x/KEN_2019.pdf", title="Untitled").country == "Kenya"


# Dates


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        (["Title", "March 13, 2019"], "2019-03-13"),
        (["Title", "Wednesday, 13 March 2019"], "2019-03-13"),
        (["Title", "Washington, DC", "Washington, DC, March 13, 2019, 10:00 a.m."], "2019-03-13"),
        (["Title", "March 2019"], "2019-03"),
        (["Title", "Published: 13 March 2019"], "2019-03-13"),
        (["Title", "Published on March 13, 2019, updated March 15, 2019"], "2019-03-13"),
        (["FOR IMMEDIATE RELEASE: March 13, 2019", "Title"], "2019-03-13"),
        (["Release date 2019-03-13", "March 1, 2019"], "2019-03-13"),
        (["Title", "By Alex Raufoglu | March 13, 2019"], "2019-03-13"),
        (["(Geneva, March 13, 2019) – The government should end this."], "2019-03-13"),
        (["WASHINGTON, March 13, 2019 — The Secretary said so."], "2019-03-13"),
        (["Title", "March 13, 2019", "April 2, 2019"], None),
        (["Title", "On March 13, 2019 the court"], None),
        (["Title", "Updated March 13, 2019"], None),
        (["Title", "From January 1, 2018 to March 13, 2019"], None),
        (["Title", "Published in March, the report of 2019"], None),
        (["Title", "February 30, 2019"], None),
        (["Title", *(f"Menu {n}" for n in range(9)), "March 13, 2019"], None),
        (["Title", PROSE, "March 13, 2019"], None),
        (["Title"], None),
    ],
)
def test_the_date_of_publication(lines: list[str], date: str | None) -> None:
    assert completed(*lines).date == date


def test_a_chronology_is_not_published_on_its_first_day() -> None:
    entries = [Block(text) for day in range(1, 5) for text in (f"March {day}, 2019", PROSE)]
    assert complete(assemble([Block("Chronology"), *entries]), name="a.txt").date is None


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("briefing-2019-03-13.txt", "2019-03-13"),
        ("20190313_briefing.pdf", "2019-03-13"),
        ("a/2018/2019.03.13.pdf", "2019-03-13"),
        ("ethiopia-2019.pdf", "2019"),
        ("ARM_73_2018.txt", "2018"),
        ("annual_report_2019.pdf", "2019"),
        ("annual_report_2018-2019.pdf", None),
        ("apollo-11-1969.md", None),
        ("2003-invasion-of-iraq-14.md", None),
        ("nq20190313.md", None),
        ("120190313.txt", None),
        ("2019-13-45.txt", None),
        ("2019-03-13_to_2019-04-01.txt", None),
        ("2018/notes.txt", None),
    ],
)
def test_the_date_of_a_file_name(name: str, date: str | None) -> None:
    assert completed(name=name).date == date


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("ETHIOPIA 2019 HUMAN RIGHTS REPORT", "2019"),
        ("Annual Report 2018", "2018"),
        ("World Report, 2018", "2018"),
        ("Report 2017/18", None),
        ("Report 2017–2018", None),
        ("Briefing on the Release of the 2018 Country Reports", None),
        ("1973 oil crisis", None),
        ("2014 FIFA World Cup", None),
        ("Resolution 2334 report", None),
        ("Report", None),
    ],
)
def test_the_year_of_a_title(title: str, year: str | None) -> None:
    assert year_of_title(title) == year


def test_which_date_wins() -> None:
    title, line = "Kenya 2018 Human Rights Report", "Published March 13, 2019"
    assert completed(line, name="kenya-2019-04-01.txt", title=title, date="2020").date == "2020"
    assert completed(line, name="kenya-2019-04-01.txt", title=title).date == "2019-03-13"
    assert completed(name="kenya-2019-04-01.txt", title=title).date == "2019-04-01"
    assert completed(name="kenya-2019.txt", title=title).date == "2018"


# Authors, publishers, titles


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Alex Raufoglu", "Alex Raufoglu"),
        ("By ALEX RAUFOGLU", "ALEX RAUFOGLU"),
        ("By Jean-Marie de la Tour and Ana O’Neill", "Jean-Marie de la Tour and Ana O’Neill"),
        ("Author: Mary B. Smith", "Mary B. Smith"),
        ("By Alex Raufoglu, March 13, 2019", "Alex Raufoglu"),
        ("By Alex Raufoglu in Baku", None),
        ("By Order of the President", None),
        ("By all accounts", None),
        ("By Monday", None),
        ("By 2019 Impunity Remained", None),
        ("Bystanders Were Arrested", None),
    ],
)
def test_the_author(line: str, author: str | None) -> None:
    assert completed("Title", line).author == author
    assert completed("Title", PROSE, line).author is None


@pytest.mark.parametrize(
    ("lines", "publisher"),
    [
        (["Title", "Published by Human Rights Watch"], "Human Rights Watch"),
        (["Title", "© 2019 Amnesty International. All rights reserved."], "Amnesty International"),
        (["Copyright © 2019 by the Turan News Agency"], "Turan News Agency"),
        (["U.S. DEPARTMENT OF STATE", "Title"], "U.S. Department of State"),
        (
            ["United States Department of State • Bureau of Democracy", "Title"],
            "United States Department of State",
        ),
        (["Title", "Ministry of Justice"], "Ministry of Justice"),
        ([Block("Museum", 1), Block("Department of Asia", 2)], None),
        (["Title", "Published by whoever wanted to. It was not read."], None),
        (["Title", "The Department of State said so yesterday."], None),
        (["Title", "a", "b", "c", "United Nations"], None),
    ],
)
def test_the_publisher(lines: list[str | Block], publisher: str | None) -> None:
    assert completed(*lines).publisher == publisher


def test_an_institution_as_author_is_the_publisher() -> None:
    found = completed(author="U.S. DEPARTMENT OF STATE")
    assert (found.publisher, found.author) == (
        "U.S. Department of State",
        "U.S. DEPARTMENT OF STATE",
    )
    assert completed(author="Alex Raufoglu").publisher is None
    assert institution("UN HUMAN RIGHTS COUNCIL") == "UN Human Rights Council"


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ([Block("Impunity in Kenya", 1)], "Impunity in Kenya"),
        (["United Nations", Block("Impunity in Kenya", 1)], "Impunity in Kenya"),
        ([Block("Impunity in Kenya", 1), Block("A second chapter", 1)], "Impunity in Kenya"),
        (
            [
                "U.S. Department of State",
                "May 2018",
                Block("Torture in Kenya", 1),
                Block("Part", 1),
            ],
            "Torture in Kenya",
        ),
        (["A line", Block("First chapter", 1), Block("Second chapter", 1)], None),
        ([Block("Impunity in Kenya", 2)], None),
        ([Block("Executive Summary", 1)], None),
        ([Block("CHAPTER II: The law", 1)], None),
        ([Block("March 13, 2019", 1)], None),
        ([Block("Ministry of Justice", 1)], None),
        ([Block("KENYA", 1)], None),
        (["Impunity in Kenya"], None),
        ([PROSE, Block("Impunity in Kenya", 1)], None),
    ],
)
def test_the_title(lines: list[str | Block], title: str | None) -> None:
    assert completed(*lines).title == title


# Languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (PROSE, "en"),
        ("Le rapport décrit la situation des droits de l’homme pendant l’année. " * 5, "fr"),
        ("Безнаказанность должностных лиц по-прежнему оставалась проблемой в стране. " * 5, "ru"),
        ("El informe describe las violaciones de los derechos humanos en el país. " * 5, "es"),
        ("Too short to tell.", None),
        ("12 | 34 | 56 | 78\n\n" * 100, None),
        (PROSE * 20 + "Le rapport décrit la situation des droits de l’homme. " * 300, None),
        ("", None),
    ],
)
def test_the_language(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_tables_and_models_are_loaded_when_needed_only() -> None:
    check = (
        "import sys, rag.readers.metadata.completion; "
        "sys.exit(any(name in sys.modules for name in ('babel', 'fasttext')))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


# All together


@given(
    texts=st.lists(st.text(max_size=200), max_size=12),
    name=st.text(max_size=60),
    known=st.fixed_dictionaries(
        {each.name: st.none() | st.just("known") for each in fields(Metadata)[:-1]}
    ),
)
def test_what_is_known_stays_and_nobody_speaks(
    texts: list[str], name: str, known: dict[str, str | None]
) -> None:
    metadata = Metadata(**known, extra={"session": "73"})
    reading = replace(assemble(map(Block, texts)), metadata=metadata)
    found = complete(reading, name=name)
    for field, value in known.items():
        if value is not None or field == "speaker":
            assert getattr(found, field) == value
    assert found.extra == {"session": "73"}
    assert complete(replace(reading, metadata=found), name=name) == found


def test_completing_is_part_of_reading() -> None:
    text = f"Impunity in Sudan\n\nBy Alex Raufoglu | March 13, 2019\n\n{PROSE}\n\n{PROSE}"
    found = read(text.encode(), name="news/sudan.txt", media_type="text/plain").metadata
    assert found == Metadata(
        title="Impunity in Sudan",
        author="Alex Raufoglu",
        date="2019-03-13",
        country="Sudan",
        language="en",
    )


def read_file(path: Path) -> Metadata:
    content = path.read_bytes()
    media_type = media_type_of(path.name, content)
    return read(content, name=path.name, media_type=media_type).metadata


def test_real_reports(shared: Path) -> None:
    ethiopia = read_file(shared / "reports" / "ethiopia-2019.pdf")
    assert ethiopia.title == "ETHIOPIA 2019 HUMAN RIGHTS REPORT"
    assert ethiopia.publisher == "U.S. Department of State"
    assert (ethiopia.country, ethiopia.year, ethiopia.language) == ("Ethiopia", 2019, "en")
    turan = read_file(shared / "reports" / "turan-impunity-azerbaijan.txt")
    assert (turan.country, turan.date, turan.publisher) == ("Azerbaijan", None, None)
    mueller = read_file(shared / "reports" / "mueller-v1-executive-summary.txt")
    assert (mueller.country, mueller.date, mueller.author) == (None, None, None)
    for transcript in (shared / "transcripts").glob("*.txt"):
        found = read_file(transcript)
        assert (found.date, found.country, found.speaker) == ("2019-03-13", None, None)


# Rows whose name is misspelt, not that of a country alone, or of more places than one.
_ROWS = {
    "Congo": "Republic of the Congo",
    "Georgia": "Georgia",
    "Holy See (Vatican City State)": "Vatican City",
    "Lybia": "Libya",
    "Macedonia": "North Macedonia",
    "Mauritus": "Mauritius",
}


def speeches(shared: Path) -> Iterator[tuple[Metadata, str, str]]:
    """What is found about each speech, and the date and country that its row gives."""
    folder = shared / "un-general-debate"
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield read_file(folder / row["file"]), row["date"], row["country"]


def same_country(row: str) -> str:
    """The country of a row by the name used here: "Korea, Republic of" is South Korea."""
    name, _, form = row.partition(", ")
    return _ROWS.get(row) or country_of_title(f"{form} {name}".strip()) or ""


def test_speeches_without_their_rows(shared: Path) -> None:
    found = list(speeches(shared))
    filled = [(each.country, same_country(row)) for each, _, row in found if each.country]
    assert len(filled) >= 0.98 * len(found)
    assert [pair for pair in filled if pair[0] != pair[1]] == []
    dated = [(each.date, date) for each, date, _ in found if each.date]
    assert len(dated) >= 0.98 * len(found)
    assert [pair for pair in dated if pair[0] != pair[1]] == []
    assert {each.language for each, _, _ in found} == {"en"}
    assert {each.title for each, _, _ in found} == {None}


@pytest.mark.parametrize("name", ["clapnq", "xquad"])
def test_articles_of_encyclopedias_have_no_dates_and_publishers(shared: Path, name: str) -> None:
    for path in sorted((shared / name / "corpus").glob("*.md")):
        found = read_file(path)
        assert (found.date, found.publisher, found.author) == (None, None, None), path.name
        assert found.country is None or country_of_title(found.title or "") == found.country
