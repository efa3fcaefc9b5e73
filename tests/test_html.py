"""Templates escape what they are given, and say what they are not given."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from jinja2 import UndefinedError
from page_texts import texts

from rag.html import count, escape, render

MESSAGE = "app/web/source/message.html"


@given(texts, texts)
def test_what_is_shown_is_text(title: str, message: str) -> None:
    shown = BeautifulSoup(render(MESSAGE, title=title, message=message), "html.parser")
    assert [tag.name for tag in shown.find_all()] == ["div", "h2", "p"]


def test_signs_of_markup_and_line_ends_become_references() -> None:
    assert escape("<a href='x'>&\r\n") == "&lt;a href=&#x27;x&#x27;&gt;&amp;&#13;\n"
    assert escape(escape("<")) == "&lt;"


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render(MESSAGE, title="Source")


def test_a_count_has_its_plural() -> None:
    assert [count(number, "page") for number in (0, 1, 1240)] == [
        "0 pages",
        "1 page",
        "1,240 pages",
    ]
