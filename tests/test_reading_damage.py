"""What is refused, and that nothing worse than a refusal comes of damaged files."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zipfile

import docx
import openpyxl
import pptx
import pytest
import xlwt
from office_support import book, open_document, paragraph, reading_of, word, zipped

from rag.errors import DamagedFile, LimitExceeded, ReadingError
from rag.readers import read, registry
from rag.readers.containers import check_container, open_container, parse_xml
from rag.readers.limits import Limits
from rag.schema import Reading


def _saved(document: object) -> bytes:
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


def _word() -> bytes:
    document = docx.Document()
    document.add_heading("Findings", 1)
    document.add_paragraph("Police beat detainees.")
    document.add_table(2, 2).cell(0, 0).text = "Cell"
    return _saved(document)


def _slides() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    assert slide.shapes.title is not None
    slide.shapes.title.text = "Findings"
    return _saved(presentation)


def _workbook() -> bytes:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active["A1"], made.active["B1"] = "Country", "Killed"
    made.active["A2"], made.active["B2"] = "Iraq", 12
    return _saved(made)


def _old_workbook() -> bytes:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Deaths")
    for at, value in enumerate(("Country", "Killed", "Iraq", 12)):
        sheet.write(at // 2, at % 2, value)
    return _saved(made)


SAMPLES = {
    "a.docx": _word(),
    "b.docx": word(
        paragraph("One.", inside='<w:r><w:footnoteReference w:id="1"/></w:r>'),
        footnotes=f'<w:footnote w:id="1">{paragraph("A note.")}</w:footnote>',
    ),
    "a.pptx": _slides(),
    "a.xlsx": _workbook(),
    "a.xls": _old_workbook(),
    "a.odt": open_document("text", "<text:h>Findings</text:h><text:p>Text.</text:p>"),
    "a.odp": open_document(
        "presentation", "<draw:page><draw:frame><text:p>x</text:p></draw:frame></draw:page>"
    ),
    "a.ods": open_document(
        "spreadsheet",
        "<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell>"
        "</table:table-row></table:table>",
    ),
    "a.epub": book({"one.xhtml": "<html><body><h1>One</h1><p>Text.</p></body></html>"}),
    "a.rtf": rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}}{\b Head}\par caf\'e9 \u8217?{\footnote n}}",
    "a.csv": 'Land,Tote\n"Süd, Nord",12\n'.encode("utf-16"),
    "a.tsv": "Land\tTote\nSüd\t12\n".encode("cp1252"),
    "a.eml": b"From: a@b.org\r\nSubject: =?utf-8?B?w6Q=?=\r\n"
    b"Date: Wed, 13 Mar 2019 10:00:00 +0000\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nVGV4dC4=\r\n--x--\r\n",
    "a.mhtml": b'Content-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
    b"Content-Type: text/html\r\n\r\n<p>Text.</p>\r\n--x--\r\n",
}
ZIPPED = [name for name in SAMPLES if zipfile.is_zipfile(io.BytesIO(SAMPLES[name]))]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_read(name: str) -> None:
    assert reading_of(SAMPLES[name], name).text


def _survives(content: bytes, name: str) -> bool:
    """Whether the file is read; it may be refused, in one line that names it, and nothing else."""
    try:
        return bool(reading_of(content, name).text)
    except ReadingError as error:
        message = str(error)
    assert "\n" not in message
    assert message.startswith(name)
    return False


@pytest.mark.parametrize("name", SAMPLES)
def test_truncated_files(name: str) -> None:
    content = SAMPLES[name]
    read_all = [_survives(content[: len(content) * part // 20], name) for part in range(20)]
    if name not in ("a.csv", "a.tsv", "a.eml", "a.mhtml"):  # text ends anywhere
        assert not any(read_all)


@pytest.mark.parametrize("name", SAMPLES)
def test_files_with_flipped_bits(name: str) -> None:
    chance = random.Random(name)
    for _ in range(60):
        content = bytearray(SAMPLES[name])
        for _ in range(chance.choice((1, 3, 20))):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        _survives(bytes(content), name)


@pytest.mark.parametrize(
    "name", [name for name in SAMPLES if zipfile.is_zipfile(io.BytesIO(SAMPLES[name]))]
)
def test_parts_with_flipped_bits(name: str) -> None:
    """The checksums of the container do not protect here: the damage is inside."""
    chance = random.Random(name)
    with zipfile.ZipFile(io.BytesIO(SAMPLES[name])) as archive:
        files = {path: archive.read(path) for path in archive.namelist()}
    parts = [path for path in files if path.endswith((".xml", ".rels", ".opf", ".xhtml"))]
    for _ in range(60):
        path = chance.choice(parts)
        damaged = bytearray(files[path])
        if chance.random() < 0.2:
            without = {each: content for each, content in files.items() if each != path}
            _survives(zipped(without), name)
            continue
        for _ in range(chance.choice((1, 2))):
            at = chance.randrange(len(damaged))
            # Letters and digits for one another: often well-formed XML that means something else.
            damaged[at] = chance.choice(b'az09"<>/= -')
        _survives(zipped({**files, path: bytes(damaged)}), name)


@pytest.mark.parametrize("kind", [name for name in SAMPLES if name != "b.docx"])
@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "b.docx"])
def test_files_under_other_names(kind: str, name: str) -> None:
    content = SAMPLES[kind]
    suffix = kind.removeprefix("a")
    binary = suffix not in (".csv", ".tsv", ".eml", ".mhtml")
    if kind == name or (suffix in (".csv", ".tsv") and name in ("a.csv", "a.tsv")):
        return
    if binary and (kind, name) != ("a.xlsx", "a.xls"):
        with pytest.raises(DamagedFile, match=f"rename it to end in {suffix}$"):
            reading_of(content, name)
    else:
        _survives(content, name)


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"%PDF-1.7\n", "a.docx", "a PDF; rename it to end in .pdf"),
        (zipped({"folder/file.txt": "x"}), "a.docx", "a zip archive; rename it to end in .zip"),
        (OLD + "WordDocument".encode("utf-16-le"), "a.docx", "rename it to end in .doc"),
        (OLD + "PowerPoint Document".encode("utf-16-le"), "a.pptx", "rename it to end in .ppt"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted with a password"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "encrypted with a password"),
        (OLD + "Workbook".encode("utf-16-le"), "a.xlsx", "rename it to end in .xls"),
        (OLD + "Workbook".encode("utf-16-le"), "a.xls", "the workbook is damaged"),
        (b"<html><body>Not found</body></html>", "a.docx", "a web page; rename it"),
        (b"<table><tr><td>x</td></tr></table>", "a.xls", "a web page; rename it"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a.docx", "a picture"),
        (b"Just text.", "a.odt", "plain text; rename it to end in .txt"),
        (bytes(range(1, 256)) + bytes(100), "a.epub", "not an EPUB book, although"),
        (b"{\\rtf1 text}", "a.txt", "rename it to end in .rtf"),
        (b"x", "a.doc", "plain text; rename it to end in .txt"),
        (b"x", "a.msg", "plain text; rename it to end in .txt"),
        (b"x", "a.pages", "save it as .docx"),
        (b"x", "a.key", "save it as .pptx"),
        (b"{\\rtf1 cut off", "a.rtf", "truncated"),
    ],
)
def test_refusals_name_the_way_out(content: bytes, name: str, says: str) -> None:
    with pytest.raises(ReadingError, match=says.replace(".", r"\.")) as caught:
        reading_of(content, name)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(name)


def test_a_workbook_of_today_under_an_old_name() -> None:
    assert "Iraq" in reading_of(SAMPLES["a.xlsx"], "a.xls").text


def _bomb(size: int) -> bytes:
    """A Word document with a member of this many zeros, made without expanding it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<x/>")
        with archive.open("word/media/image.png", "w", force_zip64=True) as file:
            for _ in range(size // 1_000_000):
                file.write(bytes(1_000_000))
    return target.getvalue()


def test_bombs_are_refused_by_their_directory() -> None:
    bomb = _bomb(30_000_000)
    with pytest.raises(
        LimitExceeded, match=r"expands to \d+ times its size.*RAG_MAX_ARCHIVE_RATIO"
    ):
        reading_of(bomb, "a.docx")
    with pytest.raises(LimitExceeded, match=r"expands to 31 MB.*RAG_MAX_ARCHIVE_MEGABYTES"):
        reading_of(bomb, "a.docx", Limits(expanded_bytes=1_000_000))
    # Ten gigabytes, by the words of the directory: nothing of it is expanded.
    huge = bytearray(SAMPLES["b.docx"])
    at = huge.rfind(b"PK\x01\x02")
    struct.pack_into("<I", huge, at + 24, 0xFFFF_FFF0)
    with pytest.raises(LimitExceeded, match="4,295 MB"):
        reading_of(bytes(huge), "a.docx")
    with pytest.raises(LimitExceeded, match=r"files inside, more than 3.*RAG_MAX_ARCHIVE_FILES"):
        reading_of(SAMPLES["b.docx"], "a.docx", Limits(files=3))


def test_a_member_never_gives_more_than_it_declares() -> None:
    bomb = bytearray(_bomb(30_000_000))
    at = bomb.rfind(b"PK\x01\x02")
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as archive:
        true_size = archive.infolist()[1].file_size
    at_size = bomb.find(struct.pack("<I", true_size), at)
    struct.pack_into("<I", bomb, at_size, 1000)
    with open_container(bytes(bomb), "a.docx", Limits()) as container, pytest.raises(DamagedFile):
        container.read("word/media/image.png")


def test_the_check_is_for_any_open_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(SAMPLES["b.docx"])) as archive:
        check_container(archive, "year.zip", Limits())
        with pytest.raises(LimitExceeded, match=r"^year\.zip: "):
            check_container(archive, "year.zip", Limits(files=1))
        archive.infolist()[0].flag_bits |= 1
        with pytest.raises(DamagedFile, match="encrypted"):
            check_container(archive, "year.zip", Limits())


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
)


@pytest.mark.parametrize("doctype", ENTITIES)
def test_entities_are_refused(doctype: str) -> None:
    with pytest.raises(DamagedFile, match="entities"):
        parse_xml(f"{doctype}<x>&b;</x>".encode(), "a.docx")
    with pytest.raises(DamagedFile, match="entities"):
        parse_xml(f"<?xml version='1.0' encoding='utf-16'?>{doctype}<x/>".encode("utf-16"), "a")
    harmless = '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://x.invalid/n.dtd"><ncx/>'
    assert parse_xml(harmless.encode(), "a.epub").tag == "ncx"


def test_deep_nesting() -> None:
    deep = "<w:sdt>" * 5000 + paragraph("x") + "</w:sdt>" * 5000
    assert not _survives(word(deep), "a.docx")
    assert not _survives(b"{\\rtf1" + b"{" * 200_000, "a.rtf")
    assert _survives(b"{\\rtf1" + b"{" * 200_000 + b"x" + b"}" * 200_001, "a.rtf")
    nested = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 300
    _survives(nested, "a.eml")


def test_every_reader_is_where_the_registry_says() -> None:
    for entry in registry.readers():
        message = ""
        try:
            read(b"\0\1\2", name="a", media_type=entry.media_type)
        except ReadingError as error:
            message = str(error)
        assert "its reader failed" not in message  # as with a name that is not there
        assert entry.check is not None
        with contextlib.suppress(ReadingError):
            entry.check(b"\0\1\2", "a")


def test_an_unforeseen_error_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(content: bytes, name: str, limits: Limits) -> Reading:
        raise KeyError(content, name, limits)

    entry = registry.ReaderEntry("x/y", (".x",), failing)
    monkeypatch.setitem(registry._BY_MEDIA_TYPE, "x/y", entry)
    with pytest.raises(DamagedFile, match=r"a\.x: damaged, its reader failed \(KeyError\)"):
        read(b"x", name="a.x", media_type="x/y")
