"""Exports in every format: what they say, that nothing in them runs, and their checking."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
from bs4 import BeautifulSoup
from lxml import etree
from markdown_it import MarkdownIt

from rag.cite.answers import Answer, Statement
from rag.errors import ExportUnreadable, QueryError
from rag.export.build import build_export, turn_of
from rag.export.check import CheckedExport, check_export
from rag.export.formats import FORMATS, ExportFormat, format_of, write_export
from rag.export.reading import read_export
from rag.export.records import ClaimedStatement, ClaimedTurn, Export, Place
from rag.ingest.pipeline import ingest
from rag.models.embedding import SentenceEmbedding
from rag.schema import Citation, Metadata
from rag.settings import load_settings
from rag.store import Entry, Index

MADE = datetime(2026, 11, 27, 20, 44, tzinfo=UTC)
BRIDGE = (
    "---\ntitle: The bridge at Orrin\npublisher: Orrin Monitor\ndate: 2016-06-02\n---\n\n"
    "# The bridge at Orrin\n\n## The collapse\n\nThe bridge at Orrin collapsed on 9 May 2016 and "
    "killed four people. It had not been inspected for twelve years.\n\n## The inquiry\n\nThe "
    "ministry said that “no warning” had reached it before the collapse.\n"
)
HOSTILE_TITLE = (
    "<img src=x onerror=alert(1)> ![a](http://evil.example/a.png) ${7*7} {{7*7}} "
    "[click](javascript:alert(1)) \u202egnp.exe"
)
HOSTILE_SENTENCE = (
    "Officials wrote <script>alert(1)</script> --> and </script> ![x](http://evil.example/p.png) "
    "in [the log](javascript:alert(2)) with ${7*7} and {{7*7}} on http://evil.example/track today."
)


def write_reports(folder: Path) -> Path:
    folder.mkdir()
    (folder / "bridge.md").write_text(BRIDGE, "utf-8")
    (folder / "log.txt").write_text(
        f"The log of the office\n\n{HOSTILE_SENTENCE} Nobody signed it.", "utf-8"
    )
    title = HOSTILE_TITLE.replace('"', '""')
    (folder / "metadata.csv").write_text(
        f'file,title,publisher,date\nlog.txt,"{title}","=cmd()|<b>",2020\n', "utf-8"
    )
    return folder


@contextmanager
def filled(folder: Path, embedding: SentenceEmbedding) -> Iterator[Index]:
    """An index of the two reports in ``folder/reports``."""
    opened = Index.open(load_settings(index=folder / "index"), create=True)
    opened.embedding = embedding
    assert not ingest(opened, [write_reports(folder / "reports")]).failed
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def index(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Index]:
    """For tests that change nothing."""
    with filled(tmp_path_factory.mktemp("kept"), embedding) as opened:
        yield opened


@pytest.fixture
def changing(tmp_path: Path, embedding: SentenceEmbedding) -> Iterator[Index]:
    """For a test that changes reports, which lie beside it."""
    with filled(tmp_path, embedding) as opened:
        yield opened


def place(index: Index, words: str) -> Place:
    for info in index.documents():
        document = index.document(info.id)
        if document is not None and words in document.text:
            start = document.text.index(words)
            return Place(document.id, start, start + len(words))
    raise AssertionError(words)


COLLAPSED = "The bridge at Orrin collapsed on 9 May 2016 and killed four people."
INSPECTED = "It had not been inspected for twelve years."


def conversation(index: Index) -> list[ClaimedTurn]:
    return [
        ClaimedTurn(
            "When did <b>the bridge</b> ${x} collapse?",
            (
                ClaimedStatement(COLLAPSED, "quote", (place(index, COLLAPSED),)),
                ClaimedStatement("It was old [1].", "generated", (place(index, INSPECTED),)),
            ),
            ("Editions differ & <i>lengths</i> too",),
        ),
        ClaimedTurn(
            "What did officials write?",
            (
                ClaimedStatement(HOSTILE_SENTENCE, "quote", (place(index, HOSTILE_SENTENCE),)),
                ClaimedStatement("Nobody ever said this.", "quote"),
                ClaimedStatement("Nor this.", "quote", (place(index, INSPECTED),)),
            ),
        ),
    ]


@pytest.fixture(scope="module")
def export(index: Index) -> Export:
    return build_export(index, conversation(index), style="chicago", made=MADE)


def checked(index: Index, content: bytes, format: ExportFormat) -> CheckedExport:  # noqa: A002
    return check_export(index, read_export(content, format=format, name=f"x.{format}"))


def statuses(result: CheckedExport) -> list[str]:
    return [item.status for item in result.items]


# Building --------------------------------------------------------------------------------------


def test_quotations_come_from_the_catalog_and_claims_without_a_place_are_unchecked(
    export: Export, index: Index
) -> None:
    kinds = [each.kind for turn in export.turns for each in turn.statements]
    assert kinds == ["quote", "generated", "quote", "unchecked", "unchecked"]
    assert [each.quote for each in export.quotations] == [COLLAPSED, INSPECTED, HOSTILE_SENTENCE]
    assert [each.shown for each in export.quotations] == [True, False, True]
    first = export.quotations[0]
    assert first.reference == ("The bridge at Orrin (Orrin Monitor, 2016), under “The collapse.”")
    assert export.collection.documents == 2
    assert export.made == "2026-11-27T20:44:00+00:00"
    assert {each.document_id for each in export.sources} == {each.id for each in index.documents()}


def test_an_answer_whose_citation_was_forged_is_not_exported_as_a_quotation(index: Index) -> None:
    where = place(index, COLLAPSED)
    forged = Citation(
        number=1, document_id=where.document_id, passage_id="", source="bridge.md", title="T",
        publisher=None, date=None, page=None, page_label=None, section=None, speaker=None,
        start=where.start, end=where.end, quote="Nobody was hurt.",
    )  # fmt: skip
    answer = Answer(
        "Q", "Q",
        statements=(Statement("Nobody was hurt.", "quote", (1,), "verbatim"),),
        citations=(forged,),
    )  # fmt: skip
    (turn,) = build_export(index, [turn_of(answer)], style="apa").turns
    assert [each.kind for each in turn.statements] == ["unchecked"]


def test_an_abstention_is_exported_as_such(index: Index) -> None:
    answer = Answer("Q?", "Q?", abstained=True, reason="no passage comes close enough")
    (turn,) = build_export(index, [turn_of(answer)], style="chicago").turns
    assert [each.text for each in turn.statements] == [
        "The reports in this collection do not answer that. (no passage comes close enough)"
    ]


def test_places_that_do_not_exist_are_no_places(index: Index) -> None:
    where = place(index, COLLAPSED)
    for wrong in (
        Place("nothing", 0, 5),
        replace(where, end=10**9),
        Place(where.document_id, 5, 5),
        Place("../../etc/passwd", 0, 5),
    ):
        made = build_export(
            index,
            [ClaimedTurn("Q", (ClaimedStatement(COLLAPSED, "quote", (wrong,)),))],
            style="mla",
        )
        assert made.turns[0].statements[0].kind == "unchecked"


def test_formats_are_known_by_their_suffix() -> None:
    assert [format_of(f"a.{each}") for each in ("md", "DOCX", "htm", "json")] == [
        *("md", "docx", "html", "json")
    ]
    with pytest.raises(QueryError, match=r"ends in \.md, \.docx, \.html or \.json"):
        format_of("answer.pdf")


# What is in the files --------------------------------------------------------------------------


def test_markdown_shows_exactly_the_words_and_no_markup_of_theirs(export: Export) -> None:
    text = write_export(export, format="md").decode()
    assert "[^1]: *The bridge at Orrin* (Orrin Monitor, 2016), under “The collapse.”" in text
    assert f"> {COLLAPSED}[^1]" in text
    visible = text[: text.index("<!-- footnote-export")]
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False})
    tokens = [token for each in parser.parse(visible) for token in (each, *(each.children or ()))]
    assert not {"image", "link_open", "html_inline", "html_block", "code_inline", "fence"} & {
        token.type for token in tokens
    }
    assert not [sign for sign in ("{{", "${", "{%") if sign in text]
    assert "\u202e" not in visible
    said = "".join(token.content for token in tokens if token.type == "text")
    assert HOSTILE_SENTENCE in said
    (comment,) = re.findall(r"<!--(.*?)-->", text, re.DOTALL)
    assert text.rstrip().endswith(f"{comment}-->")


def test_the_html_runs_nothing_and_fetches_nothing(export: Export) -> None:
    text = write_export(export, format="html").decode()
    soup = BeautifulSoup(text, "lxml")
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is not None
    assert str(policy["content"]).startswith("default-src 'none'; style-src 'sha256-")
    (script,) = soup.find_all("script")
    assert script["type"] == "application/json"
    json.loads(str(script.string))
    assert not soup.find_all(["img", "iframe", "object", "embed", "link", "form", "base", "svg"])
    for element in soup.find_all(True):
        assert not [name for name in element.attrs if name.startswith("on") or name == "src"]
        assert str(element.get("href", "#")).startswith("#")
    assert HOSTILE_SENTENCE in soup.get_text()
    assert "\u202e" not in text


def test_word_footnotes_are_real_and_the_parts_are_well_formed(export: Export) -> None:
    content = write_export(export, format="docx")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        assert len(set(package.namelist())) == len(package.namelist())
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(package.read(name))
        feet = etree.fromstring(package.read("word/footnotes.xml"))
        body = etree.fromstring(package.read("word/document.xml"))
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    notes = {
        each.get(f"{w}id"): "".join(text.text or "" for text in each.iter(f"{w}t"))
        for each in feet.iter(f"{w}footnote")
    }
    assert [each.get(f"{w}id") for each in body.iter(f"{w}footnoteReference")] == ["1", "2", "3"]
    assert notes["1"] == " The bridge at Orrin (Orrin Monitor, 2016), under “The collapse.”"
    assert notes["2"].endswith(f"“{INSPECTED}”")
    opened = docx.Document(io.BytesIO(content))
    quotes = [each.text for each in opened.paragraphs if each.style and each.style.name == "Quote"]
    assert quotes == [COLLAPSED, HOSTILE_SENTENCE]


SOFFICE = shutil.which("soffice")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_word_file_with_its_footnotes(export: Export, tmp_path: Path) -> None:
    assert SOFFICE is not None
    made = tmp_path / "export.docx"
    made.write_bytes(write_export(export, format="docx"))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        [SOFFICE, profile, "--headless", "--convert-to", "fodt", "--outdir", tmp_path, made],
        check=True,
        capture_output=True,
        timeout=400,
    )
    read = etree.parse(tmp_path / "export.fodt")
    text = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
    notes = [
        "".join(map(str, body.itertext())).strip()
        for note in read.iter(f"{text}note")
        if note.get(f"{text}note-class") == "footnote"
        for body in note.iter(f"{text}note-body")
    ]
    assert notes[0] == "The bridge at Orrin (Orrin Monitor, 2016), under “The collapse.”"
    assert notes[1].endswith(f"“{INSPECTED}”")
    assert len(notes) == 3


# Checking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_an_untouched_export_holds_but_for_what_was_never_checked(
    export: Export,
    index: Index,
    format: ExportFormat,  # noqa: A002
) -> None:
    result = checked(index, write_export(export, format=format), format)
    assert statuses(result) == ["verbatim"] * 3 + ["unchecked"] * 2
    assert not any(item.pinpoint_changed for item in result.items)
    assert not result.holds
    assert result.made == "2026-11-27T20:44:00+00:00"


@pytest.mark.parametrize("style", ["chicago", "apa", "mla", "oscola", "bluebook"])
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_in_any_style_holds(index: Index, style: str, format: ExportFormat) -> None:  # noqa: A002
    said = ClaimedStatement(COLLAPSED, "quote", (place(index, COLLAPSED),))
    made = build_export(index, [ClaimedTurn("When?", (said,))], style=style, made=MADE)
    assert checked(index, write_export(made, format=format), format).holds


def edited(content: bytes, format: ExportFormat, old: str, new: str) -> bytes:  # noqa: A002
    """The file with its visible words changed, and its record as it was."""
    if format != "docx":
        text = content.decode()
        if format == "json":
            return text.replace(f'"text": "{old}"', f'"text": "{new}"').encode()
        record = text.index("footnote-export ") if format == "md" else text.index("<script")
        assert old in text[:record]
        return (text[:record].replace(old, new) + text[record:]).encode()
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name in source.namelist():
            part = source.read(name)
            if name in ("word/document.xml", "word/footnotes.xml"):
                part = part.replace(old.encode(), new.encode())
            package.writestr(name, part)
    return target.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_a_changed_word_in_the_visible_text_is_caught(
    export: Export,
    index: Index,
    format: ExportFormat,  # noqa: A002
) -> None:
    content = edited(
        write_export(export, format=format), format, COLLAPSED, COLLAPSED.replace("four", "forty")
    )
    result = checked(index, content, format)
    first = result.items[0]
    assert (first.number, first.status) == (1, "edited")
    assert [(each.yours, each.source) for each in first.differences] == [("forty", "four")]
    assert statuses(result)[1:3] == ["verbatim", "verbatim"]


@pytest.mark.parametrize("format", ["md", "html", "docx"])
def test_typography_may_change_and_parts_may_be_left_out_with_an_ellipsis(
    export: Export,
    index: Index,
    format: ExportFormat,  # noqa: A002
) -> None:
    shorter = "The bridge at Orrin collapsed … and killed four people."
    content = edited(write_export(export, format=format), format, COLLAPSED, shorter)
    assert statuses(checked(index, content, format))[0] == "verbatim"


@pytest.mark.parametrize("format", ["md", "html", "docx"])
def test_a_wrong_section_in_a_footnote_is_caught(
    export: Export,
    index: Index,
    format: ExportFormat,  # noqa: A002
) -> None:
    content = edited(write_export(export, format=format), format, "The collapse.", "The inquiry.")
    first = checked(index, content, format).items[0]
    assert first.status == "verbatim"
    assert first.pinpoint_changed
    assert not first.holds


def test_quotations_that_people_put_in_are_looked_up(export: Export, index: Index) -> None:
    text = write_export(export, format="md").decode()
    own = '> The ministry said that "no warning" had reached it.\n\n> It sank in the river.\n\n## S'
    result = checked(index, text.replace("## S", own, 1).encode(), "md")
    assert [(each.status, each.words) for each in result.items if each.number is None][:2] == [
        ("verbatim", 'The ministry said that "no warning" had reached it.'),
        ("not_found", "It sank in the river."),
    ]


def test_without_its_record_the_words_are_looked_up_all_the_same(
    export: Export, index: Index
) -> None:
    text = write_export(export, format="md").decode()
    result = checked(index, text[: text.index("<!--")].encode(), "md")
    assert statuses(result) == ["verbatim"] * 3
    assert result.made is None
    assert "the record of the export was taken out" in result.notes[0]


def test_what_became_of_documents_is_told(export: Export, changing: Index) -> None:
    """The same files ingested elsewhere hold; then one is changed, and then it is removed."""
    reports = changing.folder.parent / "reports"
    again = checked(changing, write_export(export, format="json"), "json")
    assert statuses(again)[:3] == ["verbatim"] * 3

    earlier = "## Earlier\n\nIt was built in 1931.\n\n## The collapse"
    longer = BRIDGE.replace("## The collapse", earlier).replace(INSPECTED, "Nobody looked.")
    (reports / "bridge.md").write_text(longer, "utf-8")
    ingest(changing, [reports])
    first, second, *_ = checked(changing, write_export(export, format="html"), "html").items
    assert (first.status, first.note) == ("moved", "bridge.md has changed; it stands there still")
    assert first.place is not None
    assert first.place.quote == COLLAPSED
    assert second.status == "changed_document"
    assert second.note == "bridge.md has changed since, and does not have these words"

    (reports / "bridge.md").unlink()
    ingest(changing, [reports], sync=True)
    result = checked(changing, write_export(export, format="docx"), "docx")
    assert statuses(result)[:3] == ["not_found", "not_found", "verbatim"]
    assert result.notes == ("the collection had 2 documents when this was exported, and has 1 now",)


def test_a_file_that_is_read_otherwise_now_is_told(export: Export, changing: Index) -> None:
    """The file is as it was; a newer reader gets other letters from it."""
    row = changing.source("bridge.md")
    assert row is not None
    document = changing.document(row.document_id)
    assert document is not None
    text = document.text.replace("inspected for", "inspeeted for")
    other = replace(document, text=text, statements=())
    with changing.writing() as writer:
        passages = writer.cut(other)
        writer.add([Entry(other, passages, row.origin, row.fingerprint, Metadata())])
    items = checked(changing, write_export(export, format="json"), "json").items
    assert items[1].status == "changed_reading"
    assert "the reading of bridge.md has changed" in items[1].note
    assert [(each.yours, each.source) for each in items[1].differences] == [
        ("inspected", "inspeeted")
    ]


def test_a_quotation_that_was_cut_out_is_told_and_is_no_fault(export: Export, index: Index) -> None:
    text = write_export(export, format="md").decode()
    first = checked(index, text.replace(f"> {COLLAPSED}[^1]\n\n", "").encode(), "md").items[0]
    assert (first.status, first.holds) == ("taken_out", True)


@pytest.mark.parametrize(
    ("format", "content", "said"),
    [
        ("json", b"{}", "no file that"),
        ("json", b"[1,", "no JSON"),
        ("json", b'{"format": "footnote-export/9"}', "this program reads"),
        ("json", b'{"format": "footnote-export/1"}', "damaged at"),
        ("docx", b"PK\x03\x04", "no Word document"),
        ("md", b"\xff\xfe", "not UTF-8"),
        ("md", b"<!-- footnote-export {} -->", "no file that"),
        ("html", b'<script id="footnote-export">{"a"</script>', "no JSON"),
    ],
)
def test_damaged_files_are_refused_in_words(
    format: ExportFormat,  # noqa: A002
    content: bytes,
    said: str,
) -> None:
    with pytest.raises(ExportUnreadable, match=said):
        read_export(content, format=format, name="x")
