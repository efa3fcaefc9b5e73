"""Old Word documents and presentations: converted by LibreOffice, or what to do without it."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import docx
import pytest
from compound_file import compound
from office_support import blocks_of, headings_of, pages_of, reading_of

from rag.errors import DamagedFile, UnsupportedFormat

SOFFICE = shutil.which("soffice")
needs_libreoffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


def old(content: bytes, suffix: str, kind: str, folder: Path, *, read_as: str = "") -> bytes:
    """``content`` as LibreOffice saves it in an old format; ``read_as`` names its filter."""
    given = folder / f"given{suffix}"
    given.write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = [str(SOFFICE), profile, "--headless", "--convert-to", kind, "--outdir"]
    convert[2:2] = [f"--infilter={read_as}"] if read_as else []
    subprocess.run([*convert, str(folder), str(given)], check=True, capture_output=True)
    return given.with_suffix(f".{kind.partition(':')[0]}").read_bytes()


@needs_libreoffice
def test_an_old_word_document(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Prisons in Ludonia", 1)
    document.add_paragraph("The prison of Varn held 412 people in May 2016, twice as many as beds.")
    table = document.add_table(3, 2)
    cells = [cell for row in table.rows for cell in row.cells]
    for cell, text in zip(cells, ("Year", "Deaths", "2015", "31", "2016", "64"), strict=True):
        cell.text = text
    document.add_paragraph("Nobody was charged.")
    target = io.BytesIO()
    document.save(target)
    content = old(target.getvalue(), ".docx", "doc", tmp_path)
    found = reading_of(content, "a.doc")
    assert headings_of(found) == [(1, "Prisons in Ludonia")]
    assert blocks_of(found)[1:] == [
        "The prison of Varn held 412 people in May 2016, twice as many as beds.",
        "Year | Deaths",
        "2015 | 31",
        "2016 | 64",
        "Nobody was charged.",
    ]


def flat(kind: str, body: str) -> bytes:
    """An OpenDocument file in one piece of XML; ``kind`` is text or presentation."""
    names = ("office", "text", "draw:drawing", "svg:svg-compatible")
    spaces = " ".join(
        f'xmlns:{name.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:'
        f'{name.split(":")[-1]}:1.0"'
        for name in names
    )
    return (
        f'<office:document {spaces} xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.{kind}">'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"
    ).encode()


@needs_libreoffice
def test_an_old_presentation(tmp_path: Path) -> None:
    said = ["Nine wells were closed.", "Two of them were opened again in June."]
    size = 'svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="5cm"'
    pages = "".join(
        f"<draw:page><draw:frame {size}><draw:text-box><text:p>{text}</text:p></draw:text-box>"
        "</draw:frame></draw:page>"
        for text in said
    )
    form = "OpenDocument Presentation Flat XML"
    slides = old(flat("presentation", pages), ".fodp", "odp", tmp_path, read_as=form)
    content = old(slides, ".odp", "ppt:MS PowerPoint 97", tmp_path)
    found = reading_of(content, "a.ppt")
    assert [text for _, text in pages_of(found)] == [
        f"Slide {number}\n\n{text}" for number, text in enumerate(said, start=1)
    ]


@needs_libreoffice
def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(DamagedFile, match="LibreOffice cannot read it"):
        reading_of(compound({"WordDocument": b"\xec\xa5" + b"x" * 6000}), "a.doc")


@pytest.mark.parametrize(
    ("stream", "name", "step"),
    [
        (
            "WordDocument",
            "a.doc",
            "install it, or open the file in its program and save it as .docx",
        ),
        ("PowerPoint Document", "a.pps", "save it as .pptx"),
    ],
)
def test_without_libreoffice_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stream: str, name: str, step: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnsupportedFormat, match=step):
        reading_of(compound({stream: b"x" * 5000}), name)


def test_a_document_with_the_old_name_needs_no_conversion(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document = docx.Document()
    document.add_paragraph("One line.")
    target = io.BytesIO()
    document.save(target)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert reading_of(target.getvalue(), "a.doc").text == "One line."
