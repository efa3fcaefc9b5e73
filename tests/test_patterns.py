"""No pattern takes longer than its text grows: who sends a text cannot stall what reads it."""

from __future__ import annotations

import re

import pytest
from pattern_growth import Used, patterns_of, slowest, steepest


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"\s+$",
        r"(?:<!--.*?-->\s*)*<html",
        r"\d+[-.]?\d+x",
        r"<[^>]*>",
        r"(?:\w+\s?)*:",
    ],
)
def test_patterns_that_grow_are_found(pattern: str) -> None:
    assert steepest(Used(re.compile(pattern, re.DOTALL), frozenset({"search"})))


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s+$", r"<[^<>]*>", r"\w+", r"x{2,9}y"])
def test_patterns_that_do_not_grow_are_not(pattern: str) -> None:
    assert steepest(Used(re.compile(pattern), frozenset({"search"}))) is None


# What these see is short: lines of a front page, the last word of a line, a heading, a line that a
# process with limits of its own reads. The last is matched from the start, by a function.
SHORT = (
    *("rag.readers.metadata.front_page", "rag.readers.hyphens", "rag.app.text", "rag.readers.text"),
    "rag.readers.tables.rows._NUMBER",
)


@pytest.mark.parametrize(
    "room",
    [
        *("app", "attribution", "cite", "export", "ingest", "language", "quotes", "readers"),
        *("answer.check", "answer.generation"),
    ],
)
def test_every_pattern_is_linear(room: str) -> None:
    found = patterns_of((room,))
    assert found
    growing = {
        name: told
        for name, used in found.items()
        if not name.startswith(SHORT) and (told := steepest(used))
    }
    assert growing == {}


@pytest.mark.parametrize(
    "room", ["answer.questions", "answer.speaker_match", "answer.understand", "answer.conversation"]
)
def test_no_pattern_is_slow_on_the_longest_question(room: str) -> None:
    """Questions are read as one line of at most so many characters, so white space has no runs."""
    found = patterns_of((room,))
    assert found
    told = {name: slowest(used, longest=2000) for name, used in found.items()}
    assert {name: each for name, each in told.items() if each[0] > 0.1} == {}
