"""Errors and warnings that are made in English, in the language of whoever reads them."""

from __future__ import annotations

import re
import string
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from office_support import reading_of, zipped

from rag.errors import ReadingError
from rag.language.finished_messages import CONTEXT, in_readers_language, later
from rag.language.translation import ENGLISH, LANGUAGES, catalogue, forms_of, originals, reading
from rag.patience import too_long
from rag.readers.limits import Limits

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
OTHERS = [code for code in LANGUAGES if code != ENGLISH]


def messages_of_errors() -> Iterator[tuple[str, str]]:
    """Where each error that a page can show is made, and its message with gaps."""
    import error_messages

    kinds = error_messages.error_kinds(ROOT)
    for file in sorted((ROOT / "rag").rglob("*.py")):
        place = file.relative_to(ROOT).as_posix()
        if not place.startswith(error_messages.TERMINAL):
            for message in error_messages.error_messages(file, kinds):
                yield place, message


def filled(message: str) -> tuple[str, list[str]]:
    """A message with a value in each of its gaps, and the values."""
    names = {name for _, name, *_ in string.Formatter().parse(message) if name}
    values = {name: f"«{number}»" for number, name in enumerate(sorted(names))}
    return message.format(**values), list(values.values())


@pytest.mark.parametrize("code", OTHERS)
def test_every_error_that_a_page_can_show_is_told_in_its_language(code: str) -> None:
    translated = {
        originals(each)[0]: forms_of(each)[0] for each in catalogue(code) if each.context == CONTEXT
    }
    made = list(messages_of_errors())
    assert len(made) > 200
    for place, message in made:
        text, values = filled(message)
        with reading(code):
            told = in_readers_language(f"report.pdf: {text}")
        assert translated.get(message), (place, message)
        assert told.startswith("report.pdf: "), (place, told)
        assert all(value in told for value in values), (place, told)
        literal = [part for part, *_ in string.Formatter().parse(message) if len(part) > 20]
        assert not any(part in told for part in literal), (place, told)


def test_an_error_that_is_raised_anywhere_is_gathered(tmp_path: Path) -> None:
    import error_messages

    file = tmp_path / "reader.py"
    file.write_text(
        "class Torn(DamagedFile): ...\n"
        "def read(name, page, most):\n"
        "    if page:\n"
        '        raise Torn(f"{name}: page {page.number:,} is torn at {most // 2}, "\n'
        '            "tape it")\n'
        '    return Torn(_("already in the language of the page"))\n',
        "utf-8",
    )
    kinds = error_messages.error_kinds(ROOT) | {"Torn"}
    found = list(error_messages.error_messages(file, kinds))
    assert found == ["page {number} is torn at {most}, tape it"]


ENGLISH_WORDS = {
    "a",
    "the",
    "this",
    "it",
    "is",
    "not",
    "and",
    "or",
    "with",
    "to",
    "in",
    "file",
    "save",
}
DAMAGED = [
    (b"%PDF-1.7\n", "a.docx"),
    (b"%PDF-1.7\n", "a.pdf"),
    (b"no such thing", "a.pdf"),
    (zipped({"folder/file.txt": "x"}), "a.docx"),
    (b"<html><body>Not found</body></html>", "b c.docx"),
    (b"\x89PNG\r\n\x1a\n\0\0", "a.docx"),
    (b"Just text.", "a.odt"),
    (bytes(range(1, 256)) + bytes(100), "a.epub"),
    (b"x", "a.msg"),
    (b"x", "a.pages"),
    (b"x", "a.xyz"),
    (b"", "a.txt"),
    (b"{\\rtf1 cut off", "a.rtf"),
    (bytes(range(256)) * 8, "a.txt"),
    (b'one,"two\nthree', "a.csv"),
    (b"1\nno times here", "a.srt"),
]


@pytest.mark.parametrize(("content", "name"), DAMAGED)
def test_why_a_file_cannot_be_read_is_told_in_russian(content: bytes, name: str) -> None:
    with pytest.raises(ReadingError) as caught:
        reading_of(content, name, Limits(depth=2))
    with reading("ru"):
        told = in_readers_language(caught.value)
    assert told.startswith(name)
    assert re.search("[а-я]{3}", told), told
    # Suffixes and the names of formats are the same in every language.
    assert not ENGLISH_WORDS & set(re.findall(r"[a-z]+", told.removeprefix(name))), told
    assert in_readers_language(caught.value) == str(caught.value)


def test_a_message_inside_a_message_is_translated_too() -> None:
    step = "Set RAG_OCR=1 to read it with Tesseract, or run OCR on it first"
    with reading("ru"):
        told = in_readers_language(f"no text on any of 3 pages: a scan? {step}")
        assert told == (
            "нет текста ни на одной из страниц (всего 3): это скан? Задайте RAG_OCR=1, чтобы "
            "прочитать его через Tesseract, или сначала выполните OCR"
        )
        late = in_readers_language(too_long(later("what is being added"), 30))
        assert late.startswith("добавление файлов: не закончено за 30 с и прервано; попробуйте")


def test_names_and_values_stay_as_they_are() -> None:
    message = "the file is empty; remove it or replace it"
    with reading("es"):
        told = in_readers_language(f"{{a}}: %s.zip: there is no text in it.zip: {message}")
    assert told.startswith("{a}: %s.zip: ")
    assert told.endswith("el archivo está vacío; quítelo o sustitúyalo")


@given(st.text(max_size=300), st.sampled_from(list(LANGUAGES)))
def test_any_text_can_be_shown(text: str, code: str) -> None:
    assert in_readers_language(text) == text
    with reading(code):
        assert in_readers_language(f"\N{SNOWMAN} {text}").startswith("\N{SNOWMAN}")


@pytest.mark.parametrize("part", ["more than, : ", " in / (", "x: ", "more than 1 rows or "])
def test_a_text_that_is_nearly_messages_is_soon_looked_through(part: str) -> None:
    with reading("ar"):
        began = time.process_time()
        for text in (part * 100_000, (part * 1200)[:1200]):
            assert in_readers_language(text) == text
        assert time.process_time() - began < 2
