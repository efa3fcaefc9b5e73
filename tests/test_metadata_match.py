"""Of many documents that are alike, the one that a question names is found first."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answer import Chatbot
from rag.answer.metadata_match import MetadataMatch, most_named, name_terms
from rag.answer.retrieve import Retriever
from rag.answer.understand import understand
from rag.ingest.pipeline import ingest
from rag.models.embedding import SentenceEmbedding
from rag.schema import Condition
from rag.settings import load_settings
from rag.store import Index

COMPANIES = ("ACTIVISIONBLIZZARD", "AMERICANWATERWORKS", "BESTBUY", "3M", "NorthWind", "Mattel")
YEARS = (2018, 2019, 2020)
COUNTRIES = ("Armenia", "Viet Nam", "Türkiye", "Chile", "Sweden", "Грузия")

# They differ in nothing but what is known of them.
FILING = (
    "Net revenue was higher than in the year before. Operating income fell. The company paid a "
    "dividend to its shareholders.\n\nThe effective tax rate was lower. Inventories were written "
    "down at the end of the fiscal year."
)
REPORT = (
    "Prisons were overcrowded. Courts were slow, and some judges were dismissed.\n\nThe minimum "
    "wage was raised. Unions could strike."
)


def index_of(reports: Path, embedding: SentenceEmbedding) -> Iterator[Index]:
    """An index of a folder, beside it, closed at the end."""
    settings = load_settings(index=reports.parent / "index")
    opened = Index.open(settings, create=True)
    opened.embedding = embedding
    assert not ingest(opened, [reports], settings=settings).failed
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def index(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("alike")
    reports = folder / "reports"
    reports.mkdir()
    for number, company in enumerate(COMPANIES):
        for year in YEARS:
            # Equal bytes would be one document.
            text = f"{FILING}\n\nFiling number {number}-{year % 7}."
            (reports / f"{company}_{year}_10K.txt").write_text(text, "utf-8")
    with (reports / "metadata.csv").open("w", encoding="utf-8", newline="") as sidecar:
        writer = csv.writer(sidecar)
        writer.writerow(["file", "title", "date", "country", "speaker"])
        for number, country in enumerate(COUNTRIES):
            name = f"report-{number}.txt"
            (reports / name).write_text(f"{REPORT}\n\nRecord {number}.", "utf-8")
            writer.writerow([name, f"{country}: report on labour", "2018", country, ""])
        (reports / "speech.txt").write_text(f"{REPORT}\n\nRecord 99.", "utf-8")
        writer.writerow(["speech.txt", "A statement", "2018", "", "Ms. Ilse Brandt"])
    yield from index_of(reports, embedding)


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("What is the FY2019 net revenue of Activision Blizzard?", "ACTIVISIONBLIZZARD_2019_10K"),
        ("Did American Water Works pay a dividend in FY 2020?", "AMERICANWATERWORKS_2020_10K"),
        ("How did operating income of Best Buy do in FY18?", "BESTBUY_20"),
        ("What was Best Buy's effective tax rate in 2018?", "BESTBUY_2018_10K"),
        ("Is 3M's tax rate lower in 2020?", "3M_2020_10K"),
        ("Did inventories of North Wind fall in 2019?", "NorthWind_2019_10K"),
        ("did Mattel write down inventories in its 2018 10K?", "Mattel_2018_10K"),
        ("Are Turkish prisons overcrowded?", "report-2"),
        ("Are Vietnamese prisons overcrowded?", "report-1"),
        ("Could Swedish unions strike?", "report-4"),
        ("Was the minimum wage raised in Chile?", "report-3"),
        ("What did Ilse Brandt say of prisons?", "speech"),
        ("Тюрьмы Вьетнама были переполнены?", "report-1"),
        ("Was the minimum wage raised in Georgia?", "report-5"),
        ("¿Subió el salario mínimo en Georgia?", "report-5"),
    ],
)
def test_the_document_that_is_named_comes_first(index: Index, question: str, source: str) -> None:
    sources = {each.id: each.source for each in index.documents()}
    best = most_named(MetadataMatch(index).named(question), 1)
    assert sources[best[0]].startswith(source)
    hits = Chatbot(index, load_settings()).search(question, count=3)
    assert any(hit.source.startswith(source) for hit in hits)


def test_a_filter_takes_a_country_by_any_name(index: Index) -> None:
    for name in ("Georgia", "Грузия", "საქართველო", "Géorgie"):
        (only,) = index.documents([Condition("country", "=", name)])
        assert only.metadata.country == "Грузия"
    others = index.documents([Condition("country", "!=", "Georgia")])
    assert len(others) == len(COMPANIES) * len(YEARS) + len(COUNTRIES)
    assert not index.documents([Condition("country", "=", "")])


def test_what_is_in_no_metadata_names_nothing(index: Index) -> None:
    named = MetadataMatch(index).named("how did the dividend do?")
    assert named == {}
    assert most_named(named, 5) == []


def test_shares_are_shares(index: Index) -> None:
    named = MetadataMatch(index).named("Did Mattel or Best Buy pay more in 2019, and Chile?")
    assert named
    assert all(0 < share < 1 for share in named.values())


def test_what_a_summary_is_asked_of_may_be_named_by_any_word(index: Index) -> None:
    metadata = MetadataMatch(index)
    assert not metadata.named("the report on labour")
    named = metadata.named("the report on labour", by_any_word=True)
    assert len(named) == len(COUNTRIES)


def test_a_new_document_is_known_at_once(
    index: Index, tmp_path_factory: pytest.TempPathFactory
) -> None:
    metadata = MetadataMatch(index)
    assert not metadata.named("What is Zephyrine's revenue?")
    folder = tmp_path_factory.mktemp("more")
    (folder / "Zephyrine_2019.txt").write_text(f"{FILING}\n\nFiling number Z.", "utf-8")
    ingest(index, [folder])
    assert len(metadata.named("What is Zephyrine's revenue?")) == 1


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("ACTIVISIONBLIZZARD_2019_10K", {"2019", "10k"}),
        ("ActivisionBlizzard", {"blizzard"}),
        ("FY2018", {"fy2018", "2018"}),
    ],
)
def test_names_written_in_one_piece_fall_apart(name: str, terms: set[str]) -> None:
    assert terms <= set(name_terms(name))


# In a report of a company its name and its year stand on every page, most often where nothing is
# told: among the exhibits.
EXHIBITS = (
    "{name} {year} Severance Plan of {name}, {year} Incentive Plan of {name}, Description of "
    "{name} {year} Director Compensation, {name} {year} Stock Purchase Plan."
)
FIRMS = (
    *("Corvane", "Delphia", "Umbrel", "Tarnow", "Quillon", "Brenner", "Ostara", "Lyndale"),
    *("Maravell", "Kestrin", "Halvorn", "Sandrel"),
)
INCOME = "Net income was {figure} million dollars, after interest and taxes had been paid."


@pytest.fixture(scope="module")
def companies(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("companies")
    reports = folder / "reports"
    reports.mkdir()
    for number, name in enumerate(FIRMS):
        for year in YEARS:
            told = EXHIBITS.format(name=name, year=year)
            income = INCOME.format(figure=number * 90 + year)
            (reports / f"{name.upper()}_{year}_10K.md").write_text(
                f"# Filing\n\n## Exhibits\n\n{told}\n\n## Results\n\n{income}\n", "utf-8"
            )
    yield from index_of(reports, embedding)


@pytest.mark.parametrize("name", ["Corvane", "Delphia", "Umbrel"])
def test_the_name_of_a_document_does_not_hide_what_is_asked_of_it(
    companies: Index, name: str
) -> None:
    first, *_ = Retriever(companies).search(understand(f"What was {name}'s net income in 2019?"))
    assert first.source.endswith(f"{name.upper()}_2019_10K.md")
    assert "Net income was" in first.passage.text


def test_a_name_in_the_passage_counts_as_one_in_the_metadata(companies: Index) -> None:
    names = MetadataMatch(companies).names("Which plans has Corvane?")
    (of_corvane, *_) = names.having["corvan"]
    other = next(each.id for each in companies.documents() if "UMBREL" in each.source)
    assert names.share(other) == 0
    assert names.share(other, "the plans of CORVANE") == names.share(of_corvane) == names.most
