"""Pages that are pictures: named, and read by Tesseract where that is asked for."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pdf_made import FONT, HEIGHT, WIDTH, Made, boxes_of, flowing, fonts, made, reading, sentence
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag.errors import EmptyDocument
from rag.ingest.pipeline import ingest
from rag.readers import Limits
from rag.readers.ocr_language import Layout, installed_in, languages_to_read
from rag.readers.pdf.file import page_picture
from rag.settings import load_settings
from rag.store import Index

OCR = Limits(ocr=True)
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="Tesseract is not installed"
)


def plain_quotes(text: str) -> str:
    return text.translate(str.maketrans("‘’“”", "''\"\""))


def scan(content: bytes, page: int, *, turn: int = 0) -> ImageReader:
    """A page as a scanner would take it, at 150 dots an inch."""
    picture = Image.open(io.BytesIO(page_picture(content, page=page, width_pixels=1240)))
    return ImageReader(picture.convert("L").rotate(turn, expand=True))


@pytest.fixture(scope="module")
def original() -> Made:
    return flowing(12)


def mixed(original: Made, kinds: Sequence[str]) -> bytes:
    """Pages of text, scans, blank pages and drawings."""

    def draw(canvas: Canvas) -> None:
        for number, kind in enumerate(kinds):
            if kind == "text":
                canvas.drawString(72, 700, f"Page {'abcdefgh'[number]} is made of letters.")
            elif kind == "scan":
                canvas.drawImage(scan(original.content, 1), 0, 0, WIDTH, HEIGHT)
            elif kind == "stamped":
                canvas.drawImage(scan(original.content, 1), 0, 0, WIDTH, HEIGHT)
                canvas.drawString(72, 20, "Downloaded from the archive")
            elif kind == "white":
                canvas.setFillColorRGB(1, 1, 1)
                canvas.rect(0, 0, WIDTH, HEIGHT, stroke=0, fill=1)
            canvas.showPage()

    return made(draw)


def test_scans_are_named_and_blank_pages_are_not(original: Made) -> None:
    found = reading(mixed(original, ["text", "blank", "scan", "scan", "white", "text"]))
    assert found.warnings == ("pages 3–4 have no text: scanned?",)
    assert [page.ocr for page in found.pages] == [False] * 6


def test_a_scan_under_a_running_foot_is_a_scan(original: Made) -> None:
    found = reading(mixed(original, ["text", "stamped", "stamped", "stamped", "text"]))
    assert found.warnings == ("pages 2–4 have no text: scanned?",)


def test_a_scan_is_empty_and_says_how_to_read_it(original: Made) -> None:
    with pytest.raises(EmptyDocument, match=r"no text on any of 1 pages: a scan\? Set RAG_OCR=1"):
        reading(mixed(original, ["scan"]))


@pytest.mark.parametrize("limits", [Limits(), OCR])
def test_a_file_of_blank_pages(original: Made, limits: Limits) -> None:
    with pytest.raises(EmptyDocument, match="nothing on any of 2 pages"):
        reading(mixed(original, ["blank", "white"]), limits)


def test_without_tesseract_pages_with_text_are_read(
    original: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # as on a machine that does not have it
    found = reading(mixed(original, ["text", "scan"]), OCR)
    assert found.text == "Page a is made of letters."
    (warning,) = found.warnings
    assert warning.startswith("page 2 has no text, and Tesseract is missing: install it")
    with pytest.raises(EmptyDocument, match="Tesseract, which would read it, is missing: install"):
        reading(mixed(original, ["scan"]), OCR)


@needs_tesseract
def test_scans_are_read_among_pages_of_text(original: Made) -> None:
    found = reading(mixed(original, ["text", "scan", "text"]), OCR)
    assert found.warnings == ("page 2 was read by OCR: check quotations against the picture",)
    assert [page.ocr for page in found.pages] == [False, True, False]
    page = found.pages[1]
    text = found.text[page.start : page.end]
    paragraphs = plain_quotes(text).strip().split("\n\n")
    expected = [" ".join(sentence(n) for n in range(at, at + 3)) for at in range(0, 12, 3)]
    exact = [each for each in expected if plain_quotes(each) in paragraphs]
    assert len(exact) >= 3  # of four paragraphs, whole and in one piece
    assert found.text.startswith("Page a is made of letters.")
    assert found.text.endswith("Page c is made of letters.")
    assert boxes_of(mixed(original, ["scan"]), page=1, text=sentence(0)) == ()


@needs_tesseract
def test_two_columns_of_a_scan() -> None:
    original = flowing(30, columns=2)

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(scan(original.content, 1), 0, 0, WIDTH, HEIGHT)

    text = plain_quotes(reading(made(draw), OCR).text)
    assert sum(plain_quotes(sentence(number)) in text for number in range(30)) >= 27


@needs_tesseract
def test_a_page_that_was_scanned_on_its_side() -> None:
    original = flowing(9)

    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((HEIGHT, WIDTH))
        canvas.drawImage(scan(original.content, 1, turn=90), 0, 0, HEIGHT, WIDTH)

    text = plain_quotes(reading(made(draw), OCR).text)
    assert sum(plain_quotes(sentence(number)) in text for number in range(9)) >= 7


@needs_tesseract
def test_a_picture_without_words_stays_without_text() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "One page of text.")
        canvas.showPage()
        canvas.circle(300, 400, 150, fill=1)

    found = reading(made(draw), OCR)
    assert found.text == "One page of text."
    assert found.warnings == ("page 2 has no text, and OCR found none: look at the picture",)


def has_models(*languages: str) -> bool:
    if shutil.which("tesseract") is None:
        return False
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True).stdout
    return set(languages) <= set(installed_in(listed))


@pytest.mark.skipif(not has_models("eng", "rus", "spa"), reason="models for OCR are missing")
def test_a_scan_in_spanish_is_read_as_spanish() -> None:
    lines = (
        "La comisión pidió además que el año próximo se celebrase una sesión pública.",
        "Según el señor Núñez, los niños de la región aún no habían vuelto a la escuela.",
        "El último informe también señaló que ningún médico acudió al campamento.",
    )
    fonts()

    def text(canvas: Canvas) -> None:
        canvas.setFont(FONT, 11)
        for number, line in enumerate(lines):
            canvas.drawString(60, 760 - 20 * number, line)

    def scanned(canvas: Canvas) -> None:
        canvas.drawImage(scan(made(text), 1), 0, 0, WIDTH, HEIGHT)

    read = " ".join(reading(made(scanned), OCR).text.split())
    words = [word.strip(",.") for line in lines for word in line.split() if not word.isascii()]
    assert len(words) >= 12
    assert sum(word in read for word in words) >= len(words) - 1


@dataclass
class Sheet:
    """A page of which it is known what Tesseract would say."""

    script: str
    words: str

    def layout(self) -> Layout:
        return Layout(script=self.script)

    def text(self, languages: str, turn: int) -> str:
        return self.words if languages and turn == 0 else ""


UKRAINIAN = "Комісія заявила, що їхні свідчення щодо подій у селищі підтвердили ще двоє людей."


def test_the_language_is_told_among_those_of_the_script() -> None:
    installed = ("eng", "ara", "chi_sim", "rus", "ukr")
    assert languages_to_read(installed, [Sheet("Cyrillic", UKRAINIAN)]) == "ukr+eng"
    assert languages_to_read(installed, [Sheet("Han", "委员会在报告中说，" * 8)]) == "chi_sim+eng"
    cover = Sheet("Latin", "2019")
    assert languages_to_read(installed, [cover, Sheet("Cyrillic", UKRAINIAN)]) == "ukr+eng"
    assert languages_to_read(installed, [cover]) == "eng"
    assert languages_to_read(("eng", "rus"), [cover]) == "eng+rus"
    assert languages_to_read((), []) == "eng"
    # The model of a near language reads what has none of its own.
    assert languages_to_read(("eng", "rus"), [Sheet("Cyrillic", UKRAINIAN)]) == "rus+eng"


def test_switching_ocr_on_reads_again_what_had_no_text(
    open_index: Callable[..., Index], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tesseract is played by a script that sees the same words on every page."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "half.pdf").write_bytes(mixed(flowing(12), ["text", "scan"]))
    (folder / "text.txt").write_text("The mill burned down in May.", "utf-8")
    index = open_index()
    ingest(index, [folder], settings=load_settings(index=index.folder))
    header = "level block_num par_num line_num left top width height conf text".replace(" ", "\t")
    words = (
        f"5\t1\t1\t1\t{100 + 90 * at}\t100\t80\t30\t95\t{word}"
        for at, word in enumerate(["The", "harbour", "was", "searched", "twice."])
    )
    (tmp_path / "words.tsv").write_text("\n".join((header, *words)), "utf-8")
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\ncat {tmp_path / 'words.tsv'}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    settings = load_settings(index=index.folder, ocr=True)
    assert ingest(index, [folder], settings=settings).updated == ["half.pdf"]
    (read_again,) = (each for each in index.documents() if each.source == "half.pdf")
    document = index.document(read_again.id)
    assert document is not None
    assert "harbour was searched" in document.text
    assert ingest(index, [folder], settings=settings).updated == []
