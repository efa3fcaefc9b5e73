"""Markdown: front matter and blocks."""

import pytest
from office_support import headings_of

from rag.errors import DamagedFile
from rag.readers import read
from rag.schema import Metadata, Reading


def reading(text: str) -> Reading:
    return read(text.encode(), name="a.md", media_type="text/markdown")


def test_front_matter_is_metadata() -> None:
    found = reading(
        "---\n"
        'title: "Azerbaijan: impunity"\n'
        "publisher: Turan\n"
        "date: 2019-03-13\n"
        "country: Azerbaijan\n"
        "authors: [Alex Raufoglu, A. N. Other]\n"
        "Based_on: the annual report\n"
        "pages: 12\n"
        "draft: false\n"
        "---\n\nText.\n"
    )
    assert found.text == "Text."
    assert found.metadata == Metadata(
        title="Azerbaijan: impunity",
        publisher="Turan",
        date="2019-03-13",
        country="Azerbaijan",
        author="Alex Raufoglu, A. N. Other",
        extra={"Based_on": "the annual report", "pages": "12", "draft": "false"},
    )


def test_broken_front_matter_names_the_line() -> None:
    with pytest.raises(DamagedFile, match=r"a\.md, line 3: .*correct the front matter"):
        reading("---\ntitle: one\ncountry: a: b\n---\n\nText.\n")


def test_front_matter_that_explodes_is_refused() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
    text = "---\nl0: &l0 [x, x]\n" + "\n".join(levels) + "\n---\n\nText.\n"
    with pytest.raises(DamagedFile, match="too large"):
        reading(text)


@pytest.mark.parametrize(
    "text", ["---\n\nOnly a ruler: and text.\n\n---\n\nMore.\n", "---\ntitle: never closed\n"]
)
def test_rulers_are_not_front_matter(text: str) -> None:
    found = reading(text)
    assert found.metadata.extra == {}
    assert "ruler: and" in found.text or "never closed" in found.text


def test_blocks_become_plain_paragraphs() -> None:
    found = reading(
        "# The *title*\n\nA [link](http://x.org) and `code`\nin **one** paragraph &amp; more.\n\n"
        "- first\n- second\n  - nested\n\n1986. A good year\n\n> quoted\n> words\n\n"
        "| Year | Count |\n|------|-------|\n| 2018 | 128 |\n\n```\na = 1\nb = 2\n```\n\n"
        "![alt](picture.png)\n\n<div>From <b>HTML</b><script>x()</script></div>\n\n"
        "A <REDACTED> word<br>here.\n\n<REDACTED>\n\nSub\n---\n\nEnd.\n"
    )
    assert found.text.split("\n\n") == [
        "The title",
        "A link and code in one paragraph & more.",
        "first",
        "second",
        "nested",
        "1986. A good year",
        "quoted words",
        "Year | Count",
        "2018 | [Year; Count] 128",
        "a = 1 b = 2",
        "From HTML",
        "A <REDACTED> word here.",
        "<REDACTED>",
        "Sub",
        "End.",
    ]
    assert headings_of(found) == [
        (1, "The title"),
        (2, "Sub"),
    ]
    assert found.metadata.title == "The title"
