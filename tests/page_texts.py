"""Texts that would do harm if they were taken for markup, and what a browser makes of Markdown."""

from __future__ import annotations

from bs4 import BeautifulSoup
from hypothesis import strategies as st
from markdown_it import MarkdownIt

HOSTILE = (
    "<script>pwn=1</script>",
    "<img src=x onerror=pwn=1>",
    "[click](javascript:pwn=1)",
    "![x](https://example.org/x.png)",
    "https://example.org www.example.org someone@example.org",
    "${pwn=1} {{pwn=1}} `code` **bold** _it_ ~~no~~ $$x$$ | a | b |",
    "# heading",
    "1. one\n- two\n    code",
    "</details><h1>x",
    "\u202eevil\u202c \u2067left\u2069 שלום",
    "&lt;script&gt; &#60;b> \\<b> \\[x](y)",
    "[[1]](#src=other.0.1) [1]: https://example.org",
    "**Cited** <details",
)
# A browser cannot show these: they have no encoding, or are not allowed in HTML.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.one_of(
    st.text(characters, max_size=60),
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map(" ".join),
)


def rendered(markdown: str) -> BeautifulSoup:
    """What a Markdown parser that lets HTML through makes of it."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return BeautifulSoup(parser.render(markdown), "lxml")
