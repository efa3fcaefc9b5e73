"""Messages that Outlook saves, with what is attached to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from compound_file import compound, outlook_message
from ingestion_support import SETTINGS
from office_support import blocks_of, reading_of
from pdf_made import flowing

from rag.errors import DamagedFile, EmptyDocument
from rag.ingest.pipeline import ingest
from rag.schema import Metadata
from rag.store import Index

SENT = datetime(2021, 6, 9, 14, 30, tzinfo=UTC)
REPLY = (
    "Dear Ms. Orsolić,\r\n\r\nthe quarry was closed in > 3 of 5 cases.\r\n\r\n"
    "From: Jelena Orsolić <jelena@paper.example>\r\nSent: Tuesday, 8 June 2021 09:15\r\n"
    "To: Press office\r\nSubject: The quarry\r\n\r\nWho ordered that the quarry be closed?\r\n"
)


def test_a_reply_has_the_words_of_both() -> None:
    found = reading_of(
        compound(
            outlook_message(
                subject="RE: The quarry – Łódź",
                sender="Orr, Karl",
                address="karl.orr@office.example",
                to="Jelena Orsolić",
                sent=SENT,
                body=REPLY,
            )
        ),
        "a.msg",
    )
    assert found.metadata == Metadata(
        title="RE: The quarry – Łódź",
        author='"Orr, Karl" <karl.orr@office.example>',
        date="2021-06-09",
        extra={"to": "Jelena Orsolić"},
    )
    said = {turn.speaker: found.text[turn.start : turn.end] for turn in found.turns}
    assert said == {
        "Karl Orr": "Dear Ms. Orsolić,\n\nthe quarry was closed in > 3 of 5 cases.",
        "Jelena Orsolić": "Who ordered that the quarry be closed?",
    }


def test_the_headers_with_which_it_came_count_first() -> None:
    headers = (
        "Received: from a by b\r\nFrom: =?utf-8?q?J=C3=B6rg_Lind?= <lind@office.example>\r\n"
        "Date: Wed, 9 Jun 2021 23:30:00 -0700\r\nTo: desk@paper.example\r\n"
    )
    message = outlook_message(subject="Note", sender="LINDJ", headers=headers, body="One line.")
    found = reading_of(compound(message), "a.msg")
    assert (found.metadata.author, found.metadata.date) == (
        "Jörg Lind <lind@office.example>",
        "2021-06-09",
    )
    assert blocks_of(found) == ["One line."]


def test_code_pages_and_text_that_is_html() -> None:
    old = outlook_message(subject="Отчёт", body="Тюрьма закрыта.", code_page=1251)
    assert reading_of(compound(old), "a.msg").text == "Тюрьма закрыта."
    page = "<html><body><p>Na Žižkově</p><p>bylo ticho.</p></body></html>".encode("cp1250")
    html = outlook_message(subject="x", html=page, code_page=1250)
    assert blocks_of(reading_of(compound(html), "a.msg")) == ["Na Žižkově", "bylo ticho."]


def test_what_is_attached_becomes_documents(
    open_index: Callable[..., Index], tmp_path: Path
) -> None:
    letter = outlook_message(
        inner=True,
        subject="The first letter",
        sender="Tom",
        sent=SENT,
        body="The letter was burned in the yard of the town hall.",
        attached={"list.txt": b"Nine names stand on this list of the town hall."},
    )
    report = flowing(40).content
    message = outlook_message(
        subject="Papers",
        sender="Ann",
        body="See the papers.",
        attached={"report.pdf": report, "x": letter, "logo.png": b"\x89PNG", "b.bin": b"\0"},
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.msg").write_bytes(compound(message))
    index = open_index()
    result = ingest(index, [tmp_path / "in"], settings=SETTINGS)
    assert result.failed == []
    texts = {
        each.source: document.text
        for each in index.documents()
        if (document := index.document(each.id)) is not None
    }
    assert sorted(texts) == [
        "a.msg",
        "a.msg/The first letter.eml",
        "a.msg/The first letter.eml/list.txt",
        "a.msg/report.pdf",
    ]
    assert "burned" in texts["a.msg/The first letter.eml"]
    assert [each for each in result.warnings if "logo.png, b.bin" in str(each)]


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.8])
def test_a_truncated_message_is_refused(kept: float) -> None:
    content = compound(outlook_message(subject="Note", body="A long line of words. " * 400))
    with pytest.raises((DamagedFile, EmptyDocument)):
        reading_of(content[: int(kept * len(content))], "a.msg")


def test_a_compound_file_without_a_message_is_refused() -> None:
    with pytest.raises(DamagedFile, match="old Excel workbook; rename"):
        reading_of(compound({"Workbook": b"x" * 5000}), "a.msg")
    with pytest.raises(EmptyDocument):
        reading_of(compound(outlook_message(subject="Nothing")), "a.msg")
