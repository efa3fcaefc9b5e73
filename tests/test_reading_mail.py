"""E-mails, saved pages and e-books."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from office_support import blocks_of, book, headings_of, reading_of, zipped

from rag.errors import DamagedFile, EmptyDocument
from rag.schema import Metadata


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in {"From": "Ann Özdemir <ann@example.org>", **headers}.items():
        made[name] = value
    return made


def test_a_message() -> None:
    mail = message(
        Subject="Visit to the prison – notes",
        To="Bob <bob@example.org>",
        Cc="Eve <eve@example.org>",
        Date="Wed, 13 Mar 2019 23:30:00 -0400",
    )
    mail.set_content(
        "Dear Bob,\n\nwe visited the prison on Monday and spoke with eleven of the detainees, who\n"
        "had been beaten.\n\nOn Tuesday, Bob wrote:\n"
        "> Will you visit the prison this week? The director said\n"
        "> that you can, and that detainees will be there.\n>\n"
        "> > Yes, if we may.\n"
    )
    mail.add_alternative("<p>Not this <b>form</b>.</p>", subtype="html")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment("text", filename="b.txt")
    found = reading_of(mail.as_bytes(), "a.eml")
    assert blocks_of(found) == [
        "Dear Bob,",
        "we visited the prison on Monday and spoke with eleven of the detainees, who had been "
        "beaten.",
        "On Tuesday, Bob wrote:",
        "Will you visit the prison this week? The director said that you can, and that "
        "detainees will be there.",
        "Yes, if we may.",
    ]
    assert found.metadata == Metadata(
        title="Visit to the prison – notes",
        author="Ann Özdemir <ann@example.org>",
        date="2019-03-13",
        extra={"to": "Bob <bob@example.org>", "cc": "Eve <eve@example.org>"},
    )
    assert found.attachments == ("a.pdf", "b.txt")
    assert found.warnings == ()


@pytest.mark.parametrize("soft", ["", " "])
def test_no_sentence_is_cut_where_a_line_ends(soft: str) -> None:
    mail = message(Subject="Contracts")
    mail.set_content(
        f"The office lists contracts with a value of{soft}\n"
        f"more than two million crowns. All{soft}\n"
        "Bids are kept for a year.\n\nKind regards\nAnn\n"
    )
    content = mail.as_bytes()
    if soft:
        content = content.replace(b'charset="utf-8"', b'charset="utf-8"; format=flowed', 1)
    found = blocks_of(reading_of(content, "a.eml"))
    whole = "The office lists contracts with a value of more than two million crowns. All"
    bids = "Bids are kept for a year."
    assert found[:-2] == ([f"{whole} {bids}"] if soft else [whole, bids])
    assert found[-2:] == ["Kind regards", "Ann"]


def test_html_where_there_is_no_plain_text() -> None:
    mail = message(Subject="Hello")
    mail.set_content("<p>One.</p><p>Two.</p><style>p {}</style>", subtype="html")
    assert blocks_of(reading_of(mail.as_bytes(), "a.eml")) == ["One.", "Two."]
    blank = message()
    blank.set_content(" \n")
    blank.add_alternative("<p>The text.</p>", subtype="html")
    assert reading_of(blank.as_bytes(), "a.eml").text == "The text."


def test_text_after_an_attachment_is_read() -> None:
    mail = message()
    mail.set_content("Before.")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    tail = EmailMessage()
    tail.set_content("After.")
    del tail["MIME-Version"]
    mail.attach(tail)
    assert blocks_of(reading_of(mail.as_bytes(), "a.eml")) == ["Before.", "After."]


def test_only_attachments() -> None:
    mail = message()
    inner = message(Subject="The first mail")
    inner.set_content("Its text.")
    mail.make_mixed()
    mail.add_attachment(inner)
    found = reading_of(mail.as_bytes(), "a.eml")
    assert found.attachments == ("The first mail.eml",)
    assert found.text == "Attached: The first mail.eml"
    assert len(found.asides) == 1
    mail = message()
    mail.make_mixed()
    mail.add_attachment(b"\0\1", maintype="application", subtype="x-y", filename="../a/b.bin")
    with pytest.raises(EmptyDocument, match=r"1 attachment not read: b\.bin: save it as a file"):
        reading_of(mail.as_bytes(), "a.eml")


@pytest.mark.parametrize("charset", ["koi8-r", "no-such-charset"])
def test_declared_charsets(charset: str) -> None:
    text = "Права людей в тюрьме нарушались каждый день и каждую ночь, говорит отчёт."
    body = text.encode("koi8-r") if charset == "koi8-r" else text.encode()
    content = (
        b"From: a@b.org\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n"
    )
    assert reading_of(content + body, "a.eml").text == text


@pytest.mark.parametrize("name", ["a.eml", "a.mht"])
def test_what_is_no_message(name: str) -> None:
    with pytest.raises(DamagedFile, match="although its name says so"):
        reading_of(b"Just text.\n\nSubject: not here\n", name)


def test_a_saved_page() -> None:
    content = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/report\r\n"
        b"Subject: =?utf-8?Q?The=20report?=\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"<h1>Findings</h1><p>Caf=C3=A9s were =\r\nclosed.</p><nav>Menu</nav>\r\n"
        b"--x\r\nContent-Type: text/css\r\n\r\np { color: red }\r\n--x--\r\n"
    )
    found = reading_of(content, "a.mhtml")
    assert blocks_of(found) == ["Findings", "Cafés were closed."]
    assert found.metadata == Metadata(
        title="Findings", extra={"address": "https://example.org/report"}
    )


def page(body: str, head: str = "<title/>") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head>{head}</head><body>{body}</body></html>'
    )


def test_a_book() -> None:
    found = reading_of(
        book(
            {
                "two.xhtml": page(
                    "<h1>First chapter</h1><p>He was beaten"
                    '<a epub:type="noteref" href="#n">1</a>.</p>'
                    '<aside epub:type="footnote"><p>An interview.</p></aside>'
                ),
                "one.xhtml": page("<p>Without a heading.</p>"),
                "three%20.xhtml": page("<p>THE THIRD</p><p>Its name is a paragraph.</p>"),
            },
            metadata="<dc:title>The report</dc:title><dc:creator>Ann</dc:creator>"
            "<dc:creator>Bob</dc:creator><dc:date>2019-03-13T00:00:00Z</dc:date>"
            "<dc:language>en</dc:language><dc:publisher>The centre</dc:publisher>"
            "<dc:subject>Torture</dc:subject>",
            contents='<a href="two.xhtml">1</a><a href="one.xhtml#a">Second</a>'
            '<a href="three%20.xhtml">The Third</a>',
        ),
        "a.epub",
    )
    assert blocks_of(found)[:5] == [
        "First chapter",
        "He was beaten.",
        "An interview.",
        "Second",
        "Without a heading.",
    ]
    assert headings_of(found)[:2] == [(1, "First chapter"), (1, "Second")]
    assert found.metadata == Metadata(
        title="The report",
        author="Ann, Bob",
        date="2019-03-13",
        publisher="The centre",
        language="en",
        extra={"subject": "Torture"},
    )


def test_a_book_with_copy_protection() -> None:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(book({"one.xhtml": page("<p>x</p>")}))) as archive:
        files = {path: archive.read(path) for path in archive.namelist()}
    files["META-INF/encryption.xml"] = (
        b'<encryption><CipherReference URI="in/one.xhtml"/></encryption>'
    )
    with pytest.raises(DamagedFile, match="protected against copying"):
        reading_of(zipped(files), "a.epub")


def test_a_sign_for_greater_than_is_no_mark_of_a_quoted_mail() -> None:
    mail = message(Subject="Wells")
    mail.set_content(
        "Levels > 40 mg were found in nine wells, and in that of the school of Ostra the level\n"
        "> 90 mg was measured twice, as <https://lab.example/a> says -> see table.\n\n"
        ">From the school nobody answered.\n\nTom wrote:\n> Was the level\n> > 40 mg?\n"
    )
    assert blocks_of(reading_of(mail.as_bytes(), "a.eml")) == [
        "Levels > 40 mg were found in nine wells, and in that of the school of Ostra the level "
        "> 90 mg was measured twice, as <https://lab.example/a> says -> see table.",
        "From the school nobody answered.",
        "Tom wrote:",
        "Was the level",
        "40 mg?",
    ]


GERMAN = """Sehr geehrte Frau Ley,

der Vertrag wurde nie unterschrieben.

Am 3. Mai 2018 um 10:12 schrieb Ida Ley <ida@z.example>:

> Stimmt es, dass der Vertrag am 1. April unterschrieben wurde?
>
> Am 2. Mai 2018 um 08:00 schrieb Bo Orr:
>
>> Der Vertrag ist vom April.
"""
FORWARDED = """For your information.

-----Original Message-----
From: Orr, Bo [mailto:bo@x.example]
Sent: Tuesday, May 1, 2018 9:12 AM
To: Ida Ley
Subject: Contract

The contract was signed in April.
"""
PAGE = (
    "<p>No comment.</p><div><b>Von:</b> Bo Orr &lt;bo@x.example&gt;<br><b>Gesendet:</b> Dienstag, "
    "1. Mai 2018 09:12<br><b>An:</b> Ida Ley<br><b>Betreff:</b> Contract</div><p>It was signed.</p>"
)


@pytest.mark.parametrize(
    ("text", "subtype", "voices"),
    [
        (
            GERMAN,
            "plain",
            [
                ("Ann Vale", "unterschrieben."),
                ("Ida Ley", "wurde?"),
                ("Bo Orr", "vom April."),
            ],
        ),
        (FORWARDED, "plain", [("Ann Vale", "Message-----"), ("Bo Orr", "in April.")]),
        (PAGE, "html", [("Ann Vale", "No comment."), ("Bo Orr", "It was signed.")]),
    ],
)
def test_whose_words_stand_in_a_reply(
    text: str, subtype: str, voices: list[tuple[str, str]]
) -> None:
    mail = message(From="Ann Vale <ann@y.example>", Date="Fri, 4 May 2018 10:00:00 +0000")
    mail.set_content(text, subtype=subtype)
    found = reading_of(mail.as_bytes(), "a.eml")
    assert [(turn.speaker, turn.end) for turn in found.turns] == [
        (name, found.text.index(end) + len(end)) for name, end in voices
    ]
    assert found.pages[-1].end == len(found.text)
    assert "2018" in (found.pages[-1].label or "")


def test_a_mail_of_one_writer_has_no_turns() -> None:
    mail = message(From="Ann Vale <ann@y.example>")
    mail.set_content("From: the office\n\nHe wrote: nothing happened in 2018.\n\nAnn wrote:\n")
    found = reading_of(mail.as_bytes(), "a.eml")
    assert (found.turns, found.pages) == ((), ())


def test_a_signature_is_no_answer() -> None:
    mail = message(From="Ann Vale <ann@y.example>")
    mail.set_content(
        "Ann Vale, the auditor, was not in the office.\n\nBest regards,\nAnn Vale\nPress officer\n"
        "Tel. 555 0100\n"
    )
    found = reading_of(mail.as_bytes(), "a.eml")
    (aside,) = found.asides
    assert found.text[: aside.start].strip() == "Ann Vale, the auditor, was not in the office."
    assert found.text[aside.start :].startswith("Best regards,")
