"""The index of statements: who said what, listed, searched, and put together by person."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer import Chatbot
from rag.answer.attribute import Speakers
from rag.answer.understand import understand
from rag.attribution.identity import Decision, Mention, identify, kind_of, label_of
from rag.cite.answers import Answer, Listing, Statement
from rag.cite.citations import cite_characters
from rag.errors import SourceNotFound
from rag.export.build import build_export
from rag.export.formats import write_export
from rag.export.statements import turn_of_statements, write_csv
from rag.ingest.pipeline import ingest
from rag.schema import AttributedStatement, Condition, Document, Metadata
from rag.settings import Settings, load_settings
from rag.store import Index, StatementFilter
from rag.store.catalog.reading import Publication
from rag.store.folder.catalog import Catalog
from rag.store.metadata_overrides import MetadataLayers
from rag.store.protocol import Source

ROOT = Path(__file__).parent.parent

BRIEFING = """Briefing on the harvest

MINISTER ORLOVA: The harvest was poor. We will open the granaries.

MR. TAMM: Who pays for it?

MINISTER ORLOVA: The state pays. (Laughter.)

MR. TAMM: Thank you.
"""
NEWS = """The granaries

Vera Orlova, the farming minister, said that the granaries would open in May.

“Nobody will go hungry,” Orlova told reporters.

Pavel Tamm, a miller, said that prices had doubled.
"""


def groups(*mentions: Mention, decisions: tuple[Decision, ...] = ()) -> list[set[str]]:
    """The sources of the mentions that are one person, by person."""
    found = identify(mentions, decisions)
    return sorted(({each.source for each in group} for group in found), key=sorted)


# Who is one person.


def test_a_given_name_that_is_misspelt_once_is_the_same_holder_of_an_office() -> None:
    holm = Mention("Mr. Anders Holm", "a", "Minister for Trade", "Norway", 2017)
    misspelt = Mention("Mr. Andres Q. Holm", "b", "Minister for Trade", "Norway", 2018)
    assert groups(holm, replace(misspelt, name="Mr. Andders Holm")) == [{"a", "b"}]
    for other in (
        replace(misspelt, name="Mr. Andders Holm", country="Sweden"),
        replace(misspelt, name="Mr. Andders Holm", role="Prime Minister of the King"),
        replace(misspelt, name="Mr. Sanders Holt"),
        replace(misspelt, name="Mr. Andrea Holm"),
    ):
        assert groups(holm, other) == [{"a"}, {"b"}], other


def test_forms_of_one_name_are_one_person_in_one_country() -> None:
    assert groups(
        Mention("Lena Berg", "a", "the justice minister", "Norway", 2019),
        Mention("Minister Berg", "b", "Minister", "Norway", 2020),
        Mention("Berg", "c", None, "Norway", 2019),
    ) == [{"a", "b", "c"}]


def test_a_family_name_alone_is_nobody_in_another_country_or_office_or_time() -> None:
    full = Mention("Lena Berg", "a", "the justice minister", "Norway", 2019)
    for other in (
        Mention("Berg", "b", None, "Chad", 2019),
        Mention("Berg", "b", "a baker", "Norway", 2019),
        Mention("Berg", "b", None, "Norway", 1980),
        Mention("Berg", "b"),
        Mention("Mr. Holm Berg", "b", None, "Norway", 2019),
    ):
        assert groups(full, other) == [{"a"}, {"b"}], other


def test_a_first_name_alone_needs_the_office() -> None:
    basin = Mention("Lake Koro Basin", "a", None, "Chad")
    assert groups(basin, Mention("Koro", "b", None, "Chad")) == [{"a"}, {"b"}]
    minister = Mention("Tolan Debesh", "a", "the prime minister", "Chad")
    for name, role in (("Prime Minister Tolan", "Prime Minister"), ("Debesh", None)):
        assert groups(minister, Mention(name, "b", role, "Chad")) == [{"a", "b"}]


def test_a_family_name_that_two_people_have_is_neither() -> None:
    assert groups(
        Mention("Samir Haddad", "a", None, "Lebanon"),
        Mention("Rima Haddad", "b", None, "Lebanon"),
        Mention("Haddad", "c", None, "Lebanon"),
    ) == [{"a"}, {"b"}, {"c"}]
    # What only one of them is tells who is meant.
    assert groups(
        Mention("Samir Haddad", "a", "the health minister", "Lebanon"),
        Mention("Rima Haddad", "b", "a lawyer", "Lebanon"),
        Mention("Minister Haddad", "c", "Minister", "Lebanon"),
    ) == [{"a", "c"}, {"b"}]


def test_the_same_full_name_elsewhere_needs_the_same_office() -> None:
    judge = Mention("Omar Saleh", "a", "a judge", "Egypt")
    assert groups(judge, Mention("Omar Saleh", "b", "a farmer", "Sudan")) == [{"a"}, {"b"}]
    assert groups(judge, Mention("Omar Saleh", "b", "the judge", "Sudan")) == [{"a", "b"}]
    assert groups(judge, Mention("Omar Saleh", "b", "a judge of Sudan", "Egypt")) == [{"a", "b"}]
    assert groups(
        Mention("Omar Saleh", "a", "the foreign minister of Egypt"),
        Mention("Omar Saleh", "b", "the foreign minister of Sudan"),
    ) == [{"a"}, {"b"}]


def test_bodies_are_one_everywhere_unless_every_country_has_such() -> None:
    assert groups(
        Mention("Amnesty International", "a", None, "Chad"),
        Mention("Amnesty International", "b", None, "Peru"),
    ) == [{"a", "b"}]
    assert groups(
        Mention("Ministry of Health", "a", None, "Chad"),
        Mention("Ministry of Health", "b", None, "Peru"),
    ) == [{"a"}, {"b"}]


def test_who_is_only_described_is_told_apart_by_document() -> None:
    assert kind_of("the applicant") == kind_of("QUESTION") == "unnamed"
    assert groups(
        Mention("the applicant", "a", None, "Norway"), Mention("the applicant", "b", None, "Norway")
    ) == [{"a"}, {"b"}]


def test_decisions_by_hand_win() -> None:
    full, short = Mention("Lena Berg", "a", None, "Norway"), Mention("Berg", "b", None, "Norway")
    other = Mention("L. Montane", "c", None, "Norway")
    assert groups(full, short, decisions=(Decision(label_of(short)),)) == [{"a"}, {"b"}]
    merged = (Decision(label_of(full), label_of(other)),)
    assert groups(full, short, other, decisions=merged) == [{"a", "b", "c"}]
    # It holds for a document that comes later, under the same name.
    later = Mention("L. Montane", "d", None, "Norway")
    assert groups(full, short, other, later, decisions=merged) == [{"a", "b", "c", "d"}]


NAMES = st.sampled_from(
    [
        "Berg",
        "Lena Berg",
        "Minister Berg",
        "L. Berg",
        "Lena M. Berg",
        "Jan Berg",
        "Mr. Berg",
        "the minister",
        "Ministry of Health",
        "Berg Saleh",
        "Saleh",
        "BERG",
    ]
)
MENTIONS = st.lists(
    st.builds(
        Mention,
        NAMES,
        st.sampled_from(list("abcdef")),
        st.sampled_from([None, "a minister", "a judge", "the minister of Chad"]),
        st.sampled_from([None, "Norway", "Chad"]),
        st.sampled_from([None, 1990, 2018, 2019]),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(MENTIONS, st.randoms())
def test_people_do_not_depend_on_the_order_of_documents(
    mentions: list[Mention], random: Random
) -> None:
    def as_set(found: list[list[Mention]]) -> set[frozenset[Mention]]:
        return {frozenset(each) for each in found}

    first = as_set(identify(mentions))
    assert {each for group in first for each in group} == set(mentions)
    shuffled = random.sample(mentions, len(mentions))
    assert as_set(identify(shuffled)) == first


# The index.


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index of a briefing and a news report."""
    folder = tmp_path_factory.mktemp("spoken")
    reports = folder / "reports"
    reports.mkdir()
    (reports / "briefing.txt").write_text(BRIEFING, "utf-8")
    (reports / "news.txt").write_text(NEWS, "utf-8")
    (reports / "essay.txt").write_text(
        "On bread\n\nBread is dear in spring. I find that mills are too few.\n", "utf-8"
    )
    (reports / "metadata.csv").write_text(
        "file,title,date,country,author\nbriefing.txt,Briefing,2018-05-02,Estonia,\n"
        "news.txt,The granaries,2019-05-03,Estonia,\nessay.txt,On bread,2020,Estonia,Ilme Kask\n"
    )
    made = load_settings(index=folder / "index")
    ingest(Index.open(made, create=True), [reports], settings=made)
    return made


@pytest.fixture
def index(spoken: Settings) -> Index:
    return Index.open(spoken)


def texts(index: Index, wanted: StatementFilter) -> list[str]:
    found = index.statements(wanted)
    assert found.total == len(found.statements)
    return [each.text for each in found.statements]


def test_all_words_of_somebody_over_all_documents(index: Index) -> None:
    found = texts(index, StatementFilter(speaker="Orlova"))
    assert found == [
        "The harvest was poor. We will open the granaries.",
        "The state pays. (Laughter.)",
        "Vera Orlova, the farming minister, said that the granaries would open in May.",
        "“Nobody will go hungry,” Orlova told reporters.",
    ]


def test_every_statement_stands_where_it_says(index: Index) -> None:
    for each in index.statements(StatementFilter()).statements:
        document = index.document(each.document_id)
        assert document is not None
        assert document.text[each.start : each.end] == each.text


def test_statements_are_filtered(index: Index) -> None:
    about = StatementFilter(speaker="orlova", about="opening a granary")
    assert texts(index, about) == [
        "The harvest was poor. We will open the granaries.",
        "Vera Orlova, the farming minister, said that the granaries would open in May.",
    ]
    in_2019 = replace(about, where=(Condition("year", ">=", "2019"),))
    assert len(texts(index, in_2019)) == 1
    assert texts(index, replace(about, source="briefing.txt"))[0].startswith("The harvest")
    (account,) = index.statements(in_2019).statements
    assert account.is_account
    assert account.cue == "Vera Orlova, the farming minister, said"
    assert texts(index, StatementFilter(speaker="Kask"))[-1].startswith("Bread is dear")
    assert texts(index, StatementFilter(speaker="Nobody Here")) == []


def test_the_documents_in_which_somebody_speaks(index: Index) -> None:
    def sources(**asked: str) -> list[str]:
        return [each.source for each in index.documents_of(**asked)]

    (orlova,) = index.people_called("Orlova")
    found = index.statements(StatementFilter(person=orlova.id)).statements
    theirs = sorted({each.source for each in found})
    assert sources(person=orlova.id) == theirs == sources(speaker="Orlova")
    everybodys = {each.source for each in index.statements(StatementFilter()).statements}
    assert sources() == sorted(everybodys)
    assert sources(person=orlova.id, speaker="Tamm") == sources(speaker="Nobody Here") == []


def test_the_minister_of_a_briefing_is_the_one_of_the_news(index: Index) -> None:
    (orlova,) = index.people_called("Orlova")
    assert (orlova.name, orlova.statements, orlova.documents) == ("Vera Orlova", 4, 2)
    assert (orlova.first, orlova.last) == ("2018-05-02", "2019-05-03")
    assert "farming minister" in (orlova.role or "")
    assert {each.name for each in index.forms_of(orlova.id)} == {"Vera Orlova", "MINISTER ORLOVA"}


def test_who_writes_comes_after_those_who_speak(index: Index) -> None:
    names = [each.name for each in index.people().people]
    assert names[0] == "Vera Orlova"
    assert names[-1] == "Ilme Kask"


def test_people_are_merged_split_and_that_is_undone(spoken: Settings) -> None:
    index = Index.open(spoken)
    before = {each.name for each in index.people().people}
    (orlova,) = index.people_called("Orlova")
    (kask,) = index.people_called("Kask")
    with index.writing() as writer:
        writer.split_person(orlova.id, "MINISTER ORLOVA")
    assert {each.statements for each in index.people_called("Orlova")} == {2}
    with index.writing() as writer:
        writer.merge_people(*(each.id for each in index.people_called("Orlova")))
    (again,) = index.people_called("Orlova")
    assert again.statements == 4
    with index.writing() as writer:
        writer.merge_people(again.id, kask.id)
    assert index.people().total == len(before) - 1
    asked = Chatbot(index, spoken).understand("What did Orlova say about bread?")
    assert asked.also_called == ("Ilme Kask",)
    # The documents are ingested again with other bytes: what was decided stays.
    reports = spoken.index.parent / "reports"
    (reports / "essay.txt").write_text("On bread\n\nBread is dear in spring.\n\nIt is.\n", "utf-8")
    ingest(index, [reports], settings=spoken)
    assert index.people().total == len(before) - 1
    with index.writing() as writer:
        for each in index.made_by_hand():
            writer.undo_decision(each.id)
    assert {each.name for each in index.people().people} == before
    with index.writing() as writer, pytest.raises(SourceNotFound):
        writer.undo_decision(99)


def test_removed_documents_take_their_statements_along(
    open_index: Callable[..., Index], tmp_path: Path
) -> None:
    index = open_index()
    for name, text in (("a.txt", BRIEFING), ("b.txt", NEWS)):
        (tmp_path / name).write_text(text, "utf-8")
    ingest(
        index, [tmp_path / "a.txt", tmp_path / "b.txt"], settings=load_settings(index=index.folder)
    )
    with index.writing() as writer:
        writer.remove(["b.txt"])
    assert {each.source for each in index.statements(StatementFilter()).statements} == {"a.txt"}
    assert "Pavel Tamm" not in {each.name for each in index.people().people}


def test_a_speaker_corrected_by_hand_speaks(
    open_index: Callable[..., Index], tmp_path: Path
) -> None:
    index = open_index()
    (tmp_path / "speech.txt").write_text("We shall mend the dykes.\n\nThe sea is high.\n")
    ingest(index, [tmp_path], settings=load_settings(index=index.folder))
    (document,) = index.documents()
    assert index.people().total == 0
    with index.writing() as writer:
        writer.edit(document.id, {"speaker": "Anneke de Vries"})
    (person,) = index.people().people
    assert (person.name, person.statements) == ("Anneke de Vries", 2)


# Rebuilding.


def test_statements_are_made_anew_without_embedding(spoken: Settings) -> None:
    index = Index.open(spoken)
    before = index.statements(StatementFilter())
    texts_embedded: list[str] = []
    embed = index.embedding.embed_passages

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(spoken_embedding, name)

        def embed_passages(self, texts: list[str]) -> object:
            texts_embedded.extend(texts)
            return embed(texts)

    spoken_embedding = index.embedding
    with index.catalog.transaction() as connection:
        connection.execute("DELETE FROM speakers")
        connection.execute("DELETE FROM people")
    index.embedding = Counting()  # type: ignore[assignment]
    with index.writing() as writer:
        assert len(list(writer.rebuild())) == 3
    assert index.statements(StatementFilter()) == before
    assert texts_embedded == []


def test_an_index_of_an_earlier_version_opens_and_reindex_fills_it(
    spoken: Settings, tmp_path: Path
) -> None:
    import shutil
    import sqlite3

    folder = tmp_path / "old"
    shutil.copytree(spoken.index, folder)
    (catalog,) = folder.glob("generations/*/catalog.sqlite")
    with sqlite3.connect(catalog) as connection:
        for table in ("statements", "speakers", "people", "decisions", "stale"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    old = Index.open(load_settings(index=folder))
    assert old.statement_count() == 0
    with old.writing() as writer:
        list(writer.rebuild())
    assert old.statement_count() == Index.open(spoken).statement_count()


# Many.


def test_a_hundred_thousand_statements_list_fast(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite", root=tmp_path)
    sentence = "The river rose by two metres in the night."
    text = "\n\n".join([sentence] * 250)
    step = len(sentence) + 2
    publications = []
    for number in range(400):
        statements = tuple(
            AttributedStatement(
                at * step, at * step + len(sentence), f"Ada N{at % 25}o{number % 40}", "reported"
            )
            for at in range(250)
        )
        document = Document(
            f"d{number}",
            f"{number}.txt",
            text,
            Metadata(country="Chad", date="2019"),
            "text/plain",
            statements=statements,
        )
        source = Source(document.source, "", "", document.id)
        publications.append(Publication(document, MetadataLayers(), (), (source,)))
    catalog.publish(publications)
    catalog.tell_people_apart()
    assert catalog.statement_count() == 100_000
    people, seconds = timed(lambda: catalog.people(count=50))
    assert people.total == 1000
    assert seconds < 1
    person = people.people[0]
    for wanted in (
        StatementFilter(person=person.id),
        StatementFilter(speaker=person.name),
        StatementFilter(person=person.id, about="rivers in nights"),
    ):
        found, seconds = timed(partial(catalog.statements, wanted, count=50))
        assert found.total == 100
        assert seconds < 0.3
    catalog.close()


Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What ``work`` returns, and the least processor time of three runs."""
    least = 1e9
    for _ in range(3):
        began = time.process_time()
        found = work()
        least = min(least, time.process_time() - began)
    return found, least


def test_only_those_of_the_one_count_whom_the_answer_quotes(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    for name, count in (("north", 4), ("south", 2)):
        said = "\n\n".join(
            f"The Government denied that sale {at} was secret." for at in range(count)
        )
        others = (
            "Government sources said that the sale was secret. The police said that it was not."
        )
        (reports / f"{name}.txt").write_text(f"{name.title()} v. Lund\n\n{said}\n\n{others}\n")
    chosen = load_settings(index=tmp_path / "index")
    index = Index.open(chosen, create=True)
    ingest(index, [reports], settings=chosen)
    asked = understand("What did the Government say about the sale?")

    def listing(*sources: str, where: Sequence[Condition] = ()) -> Listing | None:
        citations = []
        for number, source in enumerate(sources, start=1):
            stated = index.statements(StatementFilter(speaker="the Government", source=source))
            document = index.document(stated.statements[0].document_id)
            assert document is not None
            said = stated.statements[0]
            made = cite_characters(
                document,
                said.start,
                said.end,
                number=number,
                passage_id="",
                section=None,
                speaker=said.speaker,
            )
            citations.append(made)
        shown = tuple(
            Statement(each.quote, "quote", (each.number,), "verbatim") for each in citations
        )
        answer = Answer(asked.text, asked.text, statements=shown, citations=tuple(citations))
        return Speakers(index).with_listing(asked, answer, where=where).listing

    for source, title, total in (
        ("north.txt", "North v. Lund", 4),
        ("south.txt", "South v. Lund", 2),
    ):
        told = listing(source)
        assert told is not None
        assert (told.speaker, told.document, told.total) == ("the Government", title, total)
        theirs = index.statements(StatementFilter(person=told.person, about=told.about))
        assert {each.source for each in theirs.statements} == {source}
        assert theirs.total == total
        # With filters all of the statements must be left, for they are all listed.
        other = {"north.txt": "south.txt", "south.txt": "north.txt"}[source]
        assert listing(source, where=[Condition("source", "=", source)]) == told
        assert listing(source, where=[Condition("source", "=", other)]) is None
    assert listing("north.txt", "south.txt") is None  # each has its own
    named = StatementFilter(speaker="the Government")
    assert index.statements(named).total == 6  # without the sources
    assert index.passages_with(named) >= index.passages_with(
        StatementFilter(speaker="Government sources")
    )
    index.close()


# Files.


def test_statements_as_a_table_that_computes_nothing(index: Index) -> None:
    found = index.statements(StatementFilter(speaker="Orlova")).statements
    hostile = replace(found[0], text="=HYPERLINK(1)", speaker="@SUM(A1)")
    rows = list(csv.DictReader(io.StringIO(write_csv([hostile, *found]).decode("utf-8-sig"))))
    assert rows[0]["statement"] == "'=HYPERLINK(1)"
    assert rows[0]["named in the document as"] == "'@SUM(A1)"
    assert [row["statement"] for row in rows[1:]] == [each.text for each in found]
    assert rows[3]["known by"] == "an account of these words, not the words themselves"


@pytest.mark.parametrize("format_", ["md", "docx", "html"])
def test_statements_as_a_document_with_footnotes(index: Index, format_: str) -> None:
    found = index.statements(StatementFilter(speaker="Orlova")).statements
    export = build_export(index, [turn_of_statements("Vera Orlova", found)], style="chicago")
    assert [each.quote for each in export.quotations] == [each.text for each in found]
    assert [each.kind for each in export.turns[0].statements] == ["quote"] * 4
    assert "as reported" in export.turns[0].statements[2].heading
    assert export.turns[0].notes
    assert write_export(export, format=format_)  # type: ignore[arg-type]


# Commands.


def rag(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag.app.cli", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands(spoken: Settings, tmp_path: Path) -> None:
    at = ("--index", spoken.index)
    printed = rag("statements", "--speaker", "Orlova", "--where", "year>=2019", "--json", *at)
    value = json.loads(printed.stdout)
    assert value["total"] == 2
    assert set(value["statements"][0]) == {
        *("document_id", "source", "start", "end", "text", "speaker", "person", "role", "country"),
        *("how", "cue", "page"),
    }
    assert value["statements"][0]["how"] == "reported"
    table = tmp_path / "table.csv"
    rag("statements", "--csv", table, *at)
    assert table.read_text("utf-8-sig").count("Vera Orlova") >= 2
    missing = rag("statements", "--source", "none.txt", *at)
    assert missing.returncode == 1
    assert "rag list" in missing.stderr
    both = json.loads(rag("statements", "--speaker", "Orlova and Tamm", "--json", *at).stdout)
    assert {each["person"] for each in both["statements"]} == {"Vera Orlova", "Pavel Tamm"}
    listed = rag("people", *at)
    assert "Vera Orlova" in listed.stdout
    (orlova,) = json.loads(rag("people", "--name", "orlova", "--json", *at).stdout)["people"]
    by_id = json.loads(rag("statements", "--speaker", orlova["id"], "--json", *at).stdout)
    assert by_id["total"] == orlova["statements"]
    merged = rag("people", "merge", "Pavel Tamm", "Kask", *at)
    assert merged.returncode == 0, merged.stderr
    assert "1 decisions" in rag("people", "--decisions", *at).stdout
    assert rag("people", "undo", *at).returncode == 0
    nobody = rag("people", "show", "Zoltan", *at)
    assert nobody.returncode == 1
    assert "rag people" in nobody.stderr
