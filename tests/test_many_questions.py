"""Many questions at once, over a real index: the file that is read, the table that is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from page_support import make_chatbot
from test_all_hits import DESCRIBED, FILES
from typer.testing import CliRunner

from rag.answer import Chatbot
from rag.app.cli import app
from rag.app.many import answer_each, questions_in, scopes
from rag.errors import QueryError
from rag.models.embedding import SentenceEmbedding
from rag.schema import Condition


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding) -> Chatbot:
    folder = tmp_path_factory.mktemp("many")
    chatbot, _ = make_chatbot(folder, FILES, metadata=DESCRIBED, embedding=embedding)
    return chatbot


def test_the_column_named_question_is_read_or_the_first(tmp_path: Path) -> None:
    named = tmp_path / "named.csv"
    named.write_text('\ufeffid,Question\n1,"Who, if anyone, was arrested?"\n2,\n3,Why?\n', "utf-8")
    assert questions_in(named) == ["Who, if anyone, was arrested?", "Why?"]
    bare = tmp_path / "bare.csv"
    bare.write_text("Who was arrested?\nWhy?\n", "utf-8")
    assert questions_in(bare) == ["Who was arrested?", "Why?"]
    bare.write_text("Who was arrested; and why?\nWhy?\n", "utf-8")
    assert questions_in(bare) == ["Who was arrested; and why?", "Why?"]
    bare.write_text("id;Question\n1;Who was arrested, and why?\n", "utf-8")
    assert questions_in(bare) == ["Who was arrested, and why?"]
    lines = tmp_path / "lines.txt"
    lines.write_text("Who was arrested, and why?\n\n  Why?\n", "utf-8")
    assert questions_in(lines) == ["Who was arrested, and why?", "Why?"]


@pytest.mark.parametrize("content", ["", "question\n", "\n\n"])
def test_a_file_without_questions_says_so(tmp_path: Path, content: str) -> None:
    file = tmp_path / "empty.csv"
    file.write_text(content, "utf-8")
    with pytest.raises(QueryError, match="has no questions"):
        questions_in(file)
    with pytest.raises(QueryError, match="cannot be read"):
        questions_in(tmp_path / "missing.csv")


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=9))
def test_every_line_is_a_question(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    file = tmp_path_factory.mktemp("lines") / "questions.txt"
    file.write_text("\n".join(lines), "utf-8")
    assert questions_in(file) == lines


def test_each_question_is_asked_of_each_country(small: Chatbot) -> None:
    countries = scopes(small, "country")
    assert [name for name, _ in countries] == ["Orsk", "Tarsk", "Velmora"]
    assert len(scopes(small, "document")) == 3
    for one in answer_each(small, ["Who was arrested by the police?"], countries):
        assert one.answer is not None
        infos = [small.index.information(each.document_id) for each in one.answer.citations]
        assert {each.metadata.country for each in infos if each} <= {one.scope}


def test_filters_bound_what_each_question_is_asked_of(small: Chatbot) -> None:
    only = (Condition("country", "=", "Tarsk"), Condition("country", "=", "Orsk"))
    assert scopes(small, "country", where=only) == [
        (name, (Condition("country", "=", name),)) for name in ("Orsk", "Tarsk")
    ]
    assert [where for _, where in scopes(small, "year", where=only[:1])] == [
        (only[0], Condition("year", "=", "2020"))
    ]
    assert scopes(small, None, where=only) == [("", only)]


def test_the_command_fills_a_table_whose_quotations_stand_where_it_says(
    small: Chatbot, tmp_path: Path
) -> None:
    asked = tmp_path / "questions.csv"
    asked.write_text("question\nHow many dockers were arrested?\nWho held prisoners?\n", "utf-8")
    table = tmp_path / "answers.xlsx"
    command = ["ask", "--file", str(asked), "--xlsx", str(table), "--each", "country"]
    run = CliRunner().invoke(app, [*command, "--index", str(small._settings.index)])
    assert run.exit_code == 0, run.output
    names, *rows = load_workbook(table).active.iter_rows(values_only=True)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    assert {(each["Question"], each["Asked of"]) for each in found} == {
        (question, country)
        for question in ("How many dockers were arrested?", "Who held prisoners?")
        for country in ("Orsk", "Tarsk", "Velmora")
    }
    quoted = [each for each in found if each["Quotation"]]
    assert quoted
    for each in quoted:
        (info,) = (one for one in small.documents() if one.source == each["File"])
        assert info.metadata.country == each["Asked of"]
        document = small.document(info.id)
        assert document is not None
        start = each["First character"]
        assert document.text[start : start + len(each["Quotation"])] == each["Quotation"]
    assert all(
        each["Answered"] == "no" and each["Why not"] for each in found if not each["Quotation"]
    )


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    asked = tmp_path / "questions.txt"
    asked.write_text("Why?\n", "utf-8")
    for command in (
        ["ask"],
        ["ask", "Why?", "--file", str(asked)],
        ["ask", "--file", str(asked)],
        ["ask", "Why?", "--xlsx", "x.xlsx"],
        ["ask", "--file", str(asked), "--xlsx", "x.xlsx", "--each", "planet"],
    ):
        assert CliRunner().invoke(app, command).exit_code == 2, command
