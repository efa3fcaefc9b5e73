"""Which files are read, which are refused, and in which words."""

import contextlib

import pytest

from rag.errors import DamagedFile, EmptyDocument, ReadingError, UnsupportedFormat
from rag.readers import is_supported, media_type_of, read


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.txt", b"Some text.", "text/plain"),
        ("a.TEXT", b"Some text.", "text/plain"),
        ("folder.pdf/a.md", b"# Some text", "text/markdown"),
        ("a.markdown", b"# Some text", "text/markdown"),
        ("a.htm", b"<p>Some text", "text/html"),
        ("a.xhtml", b"<p>Some text</p>", "text/html"),
        ("a.pdf", b"%PDF-1.4\n%%EOF", "application/pdf"),
    ],
)
def test_media_type_follows_the_suffix(name: str, content: bytes, media_type: str) -> None:
    assert is_supported(name)
    assert media_type_of(name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("a.unknown", b"PK", UnsupportedFormat, ".pdf"),
        ("README", b"text", UnsupportedFormat, ".md"),
        ("a.txt", b"", EmptyDocument, "empty"),
        ("a.md", b" \n\t\n", EmptyDocument, "empty"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0", DamagedFile, "binary"),
        ("a.html", bytes(range(256)) * 4, DamagedFile, "binary"),
        ("a.txt", b"%PDF-1.7\n...", DamagedFile, ".pdf"),
        ("a.pdf", b"<html>Not found</html>", DamagedFile, "not a PDF"),
    ],
)
def test_refusals_say_what_is_wrong_in_one_line(
    name: str, content: bytes, error: type[ReadingError], says: str
) -> None:
    with pytest.raises(error) as caught:
        media_type_of(name, content)
    assert says in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_media_type_is_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="text/plain"):
        read(b"text", name="a.wpd", media_type="application/vnd.wordperfect")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<html><body><script>alert(1)</script><nav>Menu</nav></body></html>"),
        ("a.md", b"---\ntitle: Nothing below\n---\n\n![a picture](b.png)\n"),
        ("a.txt", "\u00a0\u2003\n".encode()),
    ],
)
def test_a_file_without_text_is_an_empty_document(name: str, content: bytes) -> None:
    with pytest.raises(EmptyDocument, match="no text"):
        read(content, name=name, media_type=media_type_of(name, content))


def test_html_that_is_nested_without_end_does_not_crash() -> None:
    content = b"<p>shallow</p>" + b"<div>" * 100_000 + b"deep"
    with contextlib.suppress(ReadingError):
        assert "shallow" in read(content, name="a.html", media_type="text/html").text
