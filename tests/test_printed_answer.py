"""Answers in words and in a terminal: whose words, at any width, and nothing by colour alone."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from rag.app.cli.answer_text import print_answer
from rag.app.text import arranged, confidence_words, opening, searched_for, sentence
from rag.cite.answers import Answer, Statement
from rag.cite.citations import attribution
from rag.schema import Citation, Condition, Hit, Metadata, Passage

KOZAK = Citation(
    number=1,
    document_id="d",
    passage_id="p1",
    source="turan.txt",
    title="Impunity remains a problem",
    publisher="Turan",
    date="2019-03-13",
    page=2,
    page_label=None,
    section="Briefing",
    speaker="Michael Kozak",
    start=10,
    end=44,
    quote="Kozak said that this was no secret.",
)


def verbatim(citation: Citation, side: str | None = None) -> Statement:
    return Statement(citation.quote, "quote", (citation.number,), "verbatim", side)


def printed(answer: Answer, *, width: int = 80, where: tuple[Condition, ...] = ()) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_answer(answer, console=console, where=where)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("Michael Kozak", "Impunity remains a problem", "13 March 2019")),
        (
            {"reported": True},
            (
                "Michael Kozak",
                "as reported by Turan",
                "Impunity remains a problem",
                "13 March 2019",
            ),
        ),
        (
            {"reported": True, "publisher": None},
            ("Michael Kozak", "as reported in Impunity remains a problem", "13 March 2019"),
        ),
        (
            {"reported": True, "speaker": "TURAN"},
            ("TURAN", "Impunity remains a problem", "13 March 2019"),
        ),
        (
            {"reported": True, "speaker": None, "date": None},
            ("Turan", "Impunity remains a problem"),
        ),
        ({"speaker": None, "publisher": "\n", "date": None}, ("Impunity remains a problem",)),
    ],
)
def test_a_quote_says_whose_words_it_is_and_who_reports_them(
    changes: dict[str, object], words: tuple[str, ...]
) -> None:
    assert attribution(replace(KOZAK, **changes)) == words  # type: ignore[arg-type]


def test_an_answer_in_a_terminal_of_eighty_columns() -> None:
    own = replace(KOZAK, number=2, quote="“It is no secret.”", page=None, section=None)
    answer = Answer(
        "And on that?",
        "What did Kozak say about impunity?",
        statements=(verbatim(replace(KOZAK, reported=True)), verbatim(own)),
        citations=(replace(KOZAK, reported=True), own),
        notes=("these are his words as others report them, and the reports differ in length",),
        confidence=0.7,
    )
    assert printed(answer, where=(Condition("year", ">=", "2018"),)) == (
        "Searched for: What did Kozak say about impunity?\n"
        "\n"
        "Caution: These are his words as others report them, and the reports differ in\n"
        "length.\n"
        "\n"
        "Michael Kozak, as reported by Turan, Impunity remains a problem, 13 March 2019:\n"
        "  “Kozak said that this was no secret.” [1]\n"
        "\n"
        "Michael Kozak, Impunity remains a problem, 13 March 2019:\n"
        "  “It is no secret.” [2]\n"
        "\n"
        "Confidence: moderate. The reports probably answer the question; read the\n"
        "sentences where they stand.\n"
        "\n"
        "Only these reports were searched: from 2018.\n"
        "\n"
        "[1] Impunity remains a problem, Turan, 2019-03-13, Michael Kozak (as\n"
        "    reported), page 2, Briefing, turan.txt, characters 10–44\n"
        "[2] Impunity remains a problem, Turan, 2019-03-13, Michael Kozak, turan.txt,\n"
        "    characters 10–44\n"
    )


def test_sides_and_support_are_told_in_words() -> None:
    sides = Answer("Q", "Q", statements=(verbatim(KOZAK, "2017"),), citations=(KOZAK,))
    assert "== 2017 ==\nMichael Kozak, " in printed(sides)
    generated = Answer(
        "Q",
        "Q",
        statements=(
            Statement("He was open.", "generated", (1,), "follows"),
            Statement("He left.", "generated", (1, 9), "not_found", None, "the figure 9."),
        ),
        citations=(KOZAK,),
        model="openai:small",
        invented=2,
    )
    lines = printed(generated).splitlines()
    assert "He was open. [1] (follows from [1])" in lines
    at = lines.index("  ! He left. [1]")
    assert lines[at + 1] == "    (not found: the figure 9)"
    words = " ".join(lines)
    assert "Written by openai:small; every sentence was checked" in words
    assert "Of 2, 1 has something that was not found. 2 invented citations were dropped." in words


def test_an_abstention_in_a_terminal() -> None:
    passage = Passage("p", "d", 0, 5, "Elections\n\nThe vote was calm.", "Report > Elections")
    hit = Hit(1, 1.0, passage, "s.txt", Metadata(title="Report"), (passage,))
    answer = Answer("Q", "Q", abstained=True, reason="nothing comes close", hits=(hit,))
    shown = printed(answer, where=(Condition("country", "=", "Chad"),))
    assert shown.startswith(
        "The reports in this collection do not answer that.\nNothing comes close.\n\n"
        "Filters were on: country: Chad. No other reports were searched."
    )
    assert "Not an answer, but close:\n  - Report, Elections: The vote was calm.\n" in shown
    assert "Confidence that these reports answer the question: low." in shown
    assert "absence of reporting is not evidence of absence.\n" in shown
    empty = printed(Answer("Q", "Q", abstained=True, reason="nothing is there"))
    assert "Confidence" not in empty
    assert "Not an answer" not in empty


@given(st.text(max_size=200), st.integers(30, 120), st.booleans())
def test_no_text_commands_the_terminal_or_is_longer_than_a_line(
    text: str, width: int, abstained: bool
) -> None:
    said = replace(KOZAK, quote=text, title=text, section=text)
    passage = Passage("p", "d", 0, 5, text, text, text)
    answer = Answer(
        text,
        f"{text} \x1b[31m",
        abstained=abstained,
        reason=text,
        statements=(verbatim(said, text),),
        citations=(said,),
        hits=(Hit(1, 1.0, passage, text, Metadata(), (passage,)),),
        notes=(text,),
    )
    shown = printed(answer, width=width)
    for line in shown.split("\n"):
        assert cell_len(line) <= width
        assert not any(mark < " " or "\x7f" <= mark < "\xa0" for mark in line)


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=8))
def test_arranging_loses_and_doubles_nothing(sides: list[str | None]) -> None:
    given_statements = [
        Statement(str(at), "quote", (at,), "verbatim", side) for at, side in enumerate(sides)
    ]
    order = arranged(given_statements)
    shown = [*order.before, *(one for _, side in order.sides for one in side), *order.after]
    assert sorted(one.text for one in shown) == sorted(one.text for one in given_statements)
    for name, side in order.sides:
        assert [one.side for one in side] == [name] * len(side)
        assert list(side) == [one for one in given_statements if one.side == name]


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Title\n\nA section\n\nThe words. More.", "The words. More."),
        ("The words. More.\n\nNext.", "The words. More."),
        ("Only a heading", "Only a heading"),
        ("He asked:\n\nwhy?", "He asked:"),
        ("", ""),
    ],
)
def test_a_passage_opens_with_its_sentences(text: str, begins: str) -> None:
    assert opening(text).startswith(begins)


def test_what_was_searched_for_differs_from_the_question_or_is_not_told() -> None:
    assert searched_for(Answer("Why  so?", "Why so? ")) is None
    assert searched_for(Answer("Why?", "")) is None
    assert searched_for(Answer("Why?", "Why did he resign?")) == "Why did he resign?"


@pytest.mark.parametrize(
    ("words", "told"),
    [("no passage", "No passage."), ("Why?", "Why?"), ("He said “no.”", "He said “no.”")],
)
def test_words_become_sentences(words: str, told: str) -> None:
    assert sentence(words) == told


def test_confidence_has_words() -> None:
    assert [confidence_words(x) for x in (0.95, 0.7, 0.5)] == ["high", "moderate", "low"]
