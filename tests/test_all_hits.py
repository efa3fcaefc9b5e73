"""The query language, and the search for everything that matches it, over a real index."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from page_support import make_chatbot
from typer.testing import CliRunner

from rag.answer import Chatbot
from rag.answer.all_hits import all_hits
from rag.app.cli import app
from rag.errors import QueryError
from rag.export.tables import write_table
from rag.models.embedding import SentenceEmbedding
from rag.store import has_operators, parse
from rag.store.expression import All, Either, Near, Not, Where, Words

FILES = {
    "harbour.txt": (
        "The harbour of Velmora\n\nThe harbour of Velmora was closed after the dockers' strike. "
        "The police arrested nine dockers. Nobody was tried."
    ),
    "prisons.txt": (
        "Prisons in Tarsk\n\nThe prison of Tarsk held political prisoners. Political pressure on "
        "prisoners was common. Torture by the police was reported."
    ),
    "briefing.txt": (
        "Briefing on Orsk\n\nAMBASSADOR LINDEN: The prisoners must be freed.\n\n"
        "QUESTION: Which prisoners?\n\nAMBASSADOR LINDEN: All prisoners of conscience."
    ),
}
DESCRIBED = [
    dict(zip(("file", "title", "publisher", "date", "country"), row, strict=True))
    for row in (
        ("harbour.txt", "The harbour", "Port Watch", "2018-07-01", "Velmora"),
        ("prisons.txt", "Prisons", "Cell Count", "2020-02", "Tarsk"),
        ("briefing.txt", "Briefing", "Port Watch", "2019-03-13", "Orsk"),
    )
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding) -> Chatbot:
    folder = tmp_path_factory.mktemp("all-hits")
    chatbot, _ = make_chatbot(folder, FILES, metadata=DESCRIBED, embedding=embedding)
    return chatbot


def found(chatbot: Chatbot, query: str) -> set[str]:
    return {each.info.source for each in all_hits(chatbot.index, query).matches}


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("prisoners", {"prisons.txt", "briefing.txt"}),
        ("the prisoner", {"prisons.txt", "briefing.txt"}),  # endings do not matter, nor does "the"
        ("prisoners police", {"prisons.txt"}),
        ("prisoners OR dockers", {"prisons.txt", "briefing.txt", "harbour.txt"}),
        ("police NOT prisoners", {"harbour.txt"}),
        ("NOT prisoners", {"harbour.txt"}),
        ('"political prisoners"', {"prisons.txt"}),
        ('"prisoners torture"', set()),
        ('"harbour political"', set()),
        ("police NEAR/3 torture", {"prisons.txt"}),
        ("pressure NEAR/1 police", set()),
        ("dock*", {"harbour.txt"}),
        ("country:Tarsk", {"prisons.txt"}),
        ("prisoners publisher:\"Port Watch\"", {"briefing.txt"}),
        ("year>=2019", {"prisons.txt", "briefing.txt"}),
        ("(country:Tarsk OR country:Velmora) police", {"prisons.txt", "harbour.txt"}),
        ("prisoners -country", set()),
        ("speaker:linden prisoners", {"briefing.txt"}),
        ("speaker:Líndén prisoners", {"briefing.txt"}),
        ("title:prısons police", {"prisons.txt"}),
        ("title:brief", {"briefing.txt"}),
        ("type:txt police", {"prisons.txt", "harbour.txt"}),
        ("country!=Tarsk police", {"harbour.txt"}),
    ],
)  # fmt: skip
def test_a_query_finds_all_that_matches_and_nothing_else(
    small: Chatbot, query: str, sources: set[str]
) -> None:
    assert found(small, query) == sources


def test_matches_are_ordered_and_counted(small: Chatbot) -> None:
    newest = all_hits(small.index, "prisoners OR dockers", sort="newest")
    dates = [str(each.info.metadata.date) for each in newest.matches]
    assert dates == sorted(dates, reverse=True)
    assert newest.total == len(newest.matches)
    assert newest.documents == 3
    assert dict(newest.facets["country"]).keys() == {"Tarsk", "Orsk", "Velmora"}
    assert sum(dict(newest.facets["type"]).values()) == newest.total


def test_the_sentence_is_that_with_the_words(small: Chatbot) -> None:
    (match,) = all_hits(small.index, "torture").matches
    assert match.sentence == "Torture by the police was reported."
    document = small.index.document(match.info.id)
    assert document is not None
    assert document.text[match.start : match.end] == match.sentence


def test_the_tree_of_a_query() -> None:
    assert parse('a "b c" OR NOT d* AND x NEAR/3 y') == Either(
        (
            All((Words("a"), Words("b c"))),
            All((Not(Words("d", prefix=True)), Near(Words("x"), Words("y"), 3))),
        )
    )
    where = parse('publisher:"Port Watch"')
    assert isinstance(where, Where)
    assert where.condition.value == "Port Watch"
    assert parse("see https://example.org") == All((Words("see"), Words("https://example.org")))


@pytest.mark.parametrize(
    "query", ["", "(a", "a)", '"a', "OR b", "a NEAR", "NOT", "(a b) NEAR c", "()"]
)
def test_what_is_not_well_formed_says_what_is_wrong(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert "\n" not in str(caught.value)


PIECES = st.lists(
    st.sampled_from(["a", "AND", "OR", "NOT", "(", ")", '"', "NEAR/2", "x:y", "b*", "“", "é", "*"])
    | st.text(max_size=5),
    max_size=30,
)


@given(PIECES)
def test_any_text_is_parsed_or_refused(small: Chatbot, pieces: list[str]) -> None:
    try:
        all_hits(small.index, " ".join(pieces))
    except QueryError as error:
        assert str(error)  # noqa: PT017


def test_plain_words_use_no_operators() -> None:
    assert not has_operators("What did they say about prisons in Ethiopia?")
    for query in ("a AND b", '"a b"', "prison*", "country:X", "a NEAR/5 b", "(a)"):
        assert has_operators(query)


@given(
    st.lists(
        st.lists(st.text(max_size=20) | st.integers(-9, 9) | st.none(), min_size=2, max_size=2)
    )
)
def test_a_table_is_read_back_as_it_was_and_nothing_is_calculated(rows: list[list[Any]]) -> None:
    written = write_table(("One", "Two"), rows, format_="csv").decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read[0] == ["One", "Two"]
    for given_row, row in zip(rows, read[1:], strict=True):
        for cell, shown in zip(given_row, row, strict=True):
            assert shown.removeprefix("'") == str("" if cell is None else cell).removeprefix("'")
            assert not isinstance(cell, str) or not shown.startswith(("=", "+", "-", "@"))


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    content = write_table(("One",), [["=1+1"], ["https://example.org/"], [3]], format_="xlsx")
    sheet = load_workbook(io.BytesIO(content)).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [(each.value, each.data_type) for each in cells[::2]] == [("=1+1", "s"), (3, "n")]
    assert cells[1].hyperlink.target == "https://example.org/"


def test_the_command_counts_and_exports(small: Chatbot, tmp_path: Path) -> None:
    index = str(small._settings.index)
    run = CliRunner().invoke(
        app, ["search", "prisoners NOT country:Orsk", "--index", index, "--json"]
    )
    assert run.exit_code == 0, run.output
    printed = json.loads(run.stdout)
    assert printed["total"] == 1
    assert printed["hits"][0]["source"] == "prisons.txt"
    file = tmp_path / "hits.xlsx"
    run = CliRunner().invoke(app, ["search", "prisoners", "--index", index, "--export", str(file)])
    assert run.exit_code == 0, run.output
    rows = list(load_workbook(file).active.iter_rows(values_only=True))
    assert rows[0][:2] == ("Quotation", "Speaker")
    assert len(rows) == 1 + all_hits(small.index, "prisoners").total
    for quotation, *_, source, start, _ in rows[1:]:
        (info,) = (each for each in small.documents() if each.source == source)
        document = small.document(info.id)
        assert document is not None
        assert document.text[start : start + len(quotation)] == quotation
