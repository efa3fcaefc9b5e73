"""What is attached to an e-mail or a PDF becomes documents of its own, within limits."""

from __future__ import annotations

import io
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pypdfium2 as pdfium
from ingestion_support import ELECTIONS, PRESS, PRISONS, SETTINGS, contents
from pdf_made import FONT, fonts
from reportlab.pdfgen.canvas import Canvas

from rag.ingest.pipeline import ingest
from rag.settings import load_settings
from rag.store import Index

OpenIndex = Callable[..., Index]


def mail(subject: str, text: str = "", **attached: bytes | EmailMessage) -> EmailMessage:
    """A message; ``a_txt`` is an attachment that is called ``a.txt``."""
    message = EmailMessage()
    message["Subject"], message["From"] = subject, "Ann <ann@x.example>"
    message["Date"] = "Wed, 13 Mar 2019 10:00:00 +0000"
    message.set_content(text)
    for name, content in attached.items():
        if isinstance(content, EmailMessage):
            message.add_attachment(content)
        else:
            message.add_attachment(
                content,
                maintype="application",
                subtype="octet-stream",
                filename=name.replace("_", "."),
            )
    return message


def portfolio(text: str, **attached: bytes) -> bytes:
    fonts()
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.setFont(FONT, 11)
    canvas.drawString(72, 700, text)
    canvas.save()
    document = pdfium.PdfDocument(target.getvalue())
    for name, content in attached.items():
        document.new_attachment(name.replace("_", ".")).set_data(content)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def write(folder: Path, **files: bytes | EmailMessage) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.as_bytes())
    return folder


def test_attachments_are_documents_of_their_own(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    inner = mail("The first letter", "The letter was burned.", c_md=ELECTIONS.encode())
    report = portfolio("The cover of the report.", b_txt=PRESS.encode(), d_bin=b"\0\1")
    folder = write(
        tmp_path / "in",
        a_eml=mail("Prisons", "See below.", a_txt=PRISONS.encode(), r_pdf=report, m_eml=inner),
    )
    result = ingest(index, [folder], settings=SETTINGS)
    assert result.failed == []
    assert sorted(result.added) == [
        "a.eml",
        "a.eml/The first letter.eml",
        "a.eml/The first letter.eml/c.md",
        "a.eml/a.txt",
        "a.eml/r.pdf",
        "a.eml/r.pdf/b.txt",
    ]
    row = index.source("a.eml/r.pdf/b.txt")
    assert row is not None
    assert index.original(row.document_id) == PRESS.encode()
    assert [each.error for each in result.warnings] == [
        "1 attachment not read: d.bin: save it as a file"
    ]
    before = contents(index)
    again = ingest(index, [folder], settings=SETTINGS, sync=True)
    assert (again.added, again.updated, again.removed, again.failed) == ([], [], [], [])
    assert contents(index) == before


def test_a_message_with_nothing_but_an_attachment(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    folder = write(tmp_path / "in", a_eml=mail("Scan", a_txt=PRISONS.encode()))
    assert ingest(index, [folder], settings=SETTINGS).added == ["a.eml", "a.eml/a.txt"]


def test_attachments_go_with_their_file(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    folder = write(
        tmp_path / "in", a_eml=mail("Prisons", "One.", a_txt=PRISONS.encode(), b_txt=PRESS.encode())
    )
    ingest(index, [folder], settings=SETTINGS)
    write(folder, a_eml=mail("Prisons", "Two.", b_txt=PRESS.encode()))
    result = ingest(index, [folder], settings=SETTINGS, sync=True)
    assert result.removed == ["a.eml/a.txt"]
    (folder / "a.eml").unlink()
    result = ingest(index, [folder], settings=SETTINGS, sync=True)
    assert sorted(result.removed) == ["a.eml", "a.eml/b.txt"]


def test_attachments_of_a_mailbox(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    messages = [
        mail("Prisons", "See below.", a_txt=PRISONS.encode()),
        mail("Press", "And this.", a_txt=PRESS.encode()),
    ]
    box = b"".join(b"From a\n" + each.as_bytes() + b"\n\n" for each in messages)
    folder = write(tmp_path / "in", box_mbox=box)
    result = ingest(index, [folder], settings=SETTINGS)
    expected = [f"box.mbox/000{n}.eml{rest}" for n in (1, 2) for rest in ("", "/a.txt")]
    assert sorted(result.added) == expected
    again = ingest(index, [folder], settings=SETTINGS, sync=True)
    assert (sorted(again.unchanged), again.removed) == (expected, [])


def test_limits_and_damage_stop_no_other_file(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    deep = mail("Deep", "The fourth.", m_eml=mail("Deeper", "The fifth."))
    for name in ("Third", "Second", "First"):
        deep = mail(name, f"The {name}.", m_eml=deep)
    folder = write(
        tmp_path / "in",
        a_eml=deep,
        b_eml=mail("Damaged", "One.", a_pdf=b"%PDF-1.4 cut off", b_txt=PRESS.encode()),
        c_eml=mail("Large", "Two.", a_txt=b"word " * 250_000, b_txt=PRISONS.encode()),
    )
    result = ingest(index, [folder], settings=load_settings(max_file_megabytes=1))
    assert {each.source: each.error.split(":")[0] for each in result.failed} == {
        "a.eml/Second.eml/Third.eml/Deep.eml/Deeper.eml": (
            "attached to what is attached, more than 3 deep"
        ),
        "b.eml/a.pdf": "the PDF is truncated, its end is missing; download it again",
        "c.eml": "larger than 1 MB",
    }
    assert {"b.eml", "b.eml/b.txt"} <= set(result.added)
