"""References in every style, for every kind of source, letter by letter."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import parse_string

from rag.cite.citations import cite_characters
from rag.cite.items import item_of, kind_of
from rag.cite.reference_managers import FORMATS, ExchangeFormat, exchange
from rag.cite.references import reference
from rag.cite.styles import STYLES, style_named
from rag.errors import QueryError
from rag.schema import Citation, Document, Metadata, Page, Turn

TEXT = "Words of the report. " * 10


def document(
    *,
    media_type: str = "application/pdf",
    source: str = "a.pdf",
    turns: tuple[Turn, ...] = (),
    pages: tuple[Page, ...] = (),
    extra: dict[str, str] | None = None,
    **known: str,
) -> Document:
    metadata = Metadata(extra=extra or {}, **known)
    return Document("633a7b09cb30bf4f1d69", source, TEXT, metadata, media_type, pages, (), turns)


def cited(found: Document, *, section: str | None = None, **changes: Any) -> Citation:
    citation = cite_characters(
        found, 0, 20, number=1, passage_id="p", section=section, speaker=None
    )
    return replace(citation, **changes)


PAGES = (Page(12, "A-7", 0, len(TEXT)),)

REPORT = document(
    title="Azerbaijan 2018 Human Rights Report",
    publisher="U.S. Department of State",
    date="2019-03-13",
    pages=PAGES,
)
TRANSCRIPT = document(
    media_type="text/markdown",
    source="briefing.md",
    title="Briefing on the 2018 Country Reports",
    publisher="U.S. Department of State",
    date="2019-03-13",
    speaker="Michael Kozak",
)
PAGE_OF_THE_WEB = document(
    media_type="text/html",
    source="https://rights.example.org/press",
    title="Freedom of the press",
    publisher="Office for Rights",
    extra={"url": "https://rights.example.org/press", "retrieved": "2021-01-02T10:00:00Z"},
)
NEWS = document(
    media_type="text/html",
    source="impunity.html",
    title="Impunity remains a problem",
    publisher="Example Gazette",
    author="Doe, Jane",
    date="2019-03-14",
    extra={"type": "news article", "url": "https://gazette.example/impunity"},
)

SOURCES = {
    "report": (REPORT, cited(REPORT)),
    "transcript": (TRANSCRIPT, cited(TRANSCRIPT, section="Briefing > Opening")),
    "web page": (PAGE_OF_THE_WEB, cited(PAGE_OF_THE_WEB, section="Opening")),
    "news": (NEWS, cited(NEWS, section="Opening")),
}


EXPECTED = tomllib.loads(Path(__file__).with_name("references.toml").read_text("utf-8"))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("source", SOURCES)
def test_references_are_as_the_style_has_them(style: str, source: str) -> None:
    made = reference(*SOURCES[source], style=style)
    assert {"note": made.note_text, "entry": made.entry_text} == EXPECTED[style][source]


def test_what_is_not_known_is_missing() -> None:
    bare = document(source="notes.pdf")
    notes = {name: reference(bare, cited(bare, page=3), style=name).note_text for name in STYLES}
    assert notes == {
        "chicago": "“notes.pdf,” n.d., 3.",
        "apa": "(notes.pdf, n.d., p. 3)",
        "mla": "(“notes.pdf” 3)",
        "oscola": "‘notes.pdf’ 3.",
        "bluebook": "notes.pdf, 3.",
    }


def test_slides_and_rows_keep_their_noun_and_labels_are_not_touched() -> None:
    places: tuple[tuple[dict[str, Any], str], ...] = (
        ({"page": 3, "page_kind": "slide"}, "slide 3"),
        ({"page": 14, "page_label": "Deaths, row 12", "page_kind": "row"}, "Deaths, row 12"),
        ({"page": 14, "page_kind": "row"}, "row 14"),
        ({"page": 4, "page_label": "iv"}, "iv"),
        ({"page": 4, "page_label": "12-14"}, "12-14"),
    )
    for changes, said in places:
        for name in STYLES:
            made = reference(TRANSCRIPT, cited(TRANSCRIPT, **changes), style=name)
            assert said in made.note_text, name
            assert said not in made.entry_text


def test_the_heading_that_is_the_title_is_no_pinpoint() -> None:
    made = reference(REPORT, cited(REPORT, page=None, section=REPORT.title))
    assert made.note_text.endswith("(U.S. Department of State, 2019).")


def test_the_kind_is_known_or_a_document() -> None:
    assert kind_of(document()) == "document"
    assert kind_of(document(publisher="P")) == "report"
    assert kind_of(document(publisher="P", speaker="S")) == "speech"
    assert kind_of(document(turns=(Turn("S", 0, 5),))) == "speech"
    assert kind_of(document(media_type="text/html")) == "webpage"
    assert kind_of(document(extra={"Type": "Hearing"}, speaker="S")) == "hearing"
    assert kind_of(document(extra={"type": "summary_large_image"}, publisher="P")) == "report"


def test_the_speaker_of_a_turn_is_the_author_and_a_reported_one_is_not() -> None:
    panel = document(title="Panel", turns=(Turn("MODERATOR", 0, 50),), date="2019-03")
    own = reference(panel, cited(panel, speaker="MODERATOR"))
    reported = reference(panel, cited(panel, speaker="Kozak", reported=True))
    assert own.note_text == "MODERATOR, “Panel,” March 2019."
    assert reported.note_text == "“Panel,” March 2019."


def test_titles_keep_their_case_and_their_quotation_marks() -> None:
    odd = document(title="the “Law on Media, 2022” and iPhone-users", media_type="text/html")
    texts = [reference(odd, style=name).note_text for name in STYLES]
    assert texts[0] == "“the ‘Law on Media, 2022’ and iPhone-users.”"
    assert all("iPhone-users" in text and "the " in text for text in texts)


def test_italics_are_told() -> None:
    made = reference(REPORT, cited(REPORT))
    assert [run.text for run in made.note if run.italic] == ["Azerbaijan 2018 Human Rights Report"]


def test_an_unknown_style_is_named_with_the_choice() -> None:
    assert style_named(" APA ").name == "apa"
    with pytest.raises(QueryError, match="choose one of chicago, apa, mla, oscola, bluebook"):
        reference(REPORT, style="harvard")


def test_only_web_addresses_are_links() -> None:
    for address in ("javascript:alert(1)", "file:///etc/passwd", "http://", "https://a b/c"):
        assert "URL" not in item_of(document(extra={"url": address}))


def test_bibtex_is_read_back_by_another_program() -> None:
    odd = document(
        title=r"100% of A & B_{x} $5 #1 ~ ^ \ {unbalanced", publisher="Ministry", author="Doe, Jane"
    )
    for found in (odd, *(found for found, _ in SOURCES.values())):
        (entry,) = parse_string(
            exchange(found, cited(found), format="bib"), "bibtex"
        ).entries.values()
        assert entry.fields.get("year", "") == (found.metadata.date or "")[:4]
    made = exchange(odd, format="bib")
    assert r"{{100\% of A \& B\_\textbraceleft{}x\textbraceright{} \$5 \#1" in made
    assert parse_string(made, "bibtex").entries.values()


def test_ris_is_read_back_by_another_program() -> None:
    (read,) = rispy.loads(exchange(NEWS, cited(NEWS, section="Opening"), format="ris"))
    assert read == {
        "type_of_reference": "NEWS",
        "title": "Impunity remains a problem",
        "authors": ["Doe, Jane"],
        "secondary_title": "Example Gazette",
        "year": "2019",
        "date": "2019/03/14/",
        "urls": ["https://gazette.example/impunity"],
        "notes": ["Cited: section “Opening”"],
    }


def test_csl_json_is_the_item() -> None:
    (read,) = json.loads(exchange(REPORT, cited(REPORT), format="json"))
    assert read == {**item_of(REPORT), "note": "Cited: page A-7"}


HOSTILE = st.text(min_size=1, max_size=40) | st.sampled_from(
    [
        "\\end{document}\n}\n@book{x,",
        "ER  - \r\nTY  - BOOK",
        '<span class="nocase">x',
        "a\u202eb\u2066c\x00\x1b[31m",
        "\ud800 half",
        "\ue010\ue011\ue000",
        "} , }",
    ]
)


@settings(max_examples=25, deadline=None)
@given(title=HOSTILE, publisher=HOSTILE, author=HOSTILE, section=HOSTILE)
def test_no_field_breaks_out(title: str, publisher: str, author: str, section: str) -> None:
    odd = document(title=title, publisher=publisher, author=author, date=section)
    citation = cited(odd, section=section)
    for name in STYLES:
        made = reference(odd, citation, style=name)
        assert "\n" not in made.note_text + made.entry_text
        assert made.text.isprintable() or "\u200c" in made.text or "\n" in made.text
    made_formats: dict[ExchangeFormat, str] = {
        each: exchange(odd, citation, format=each) for each in FORMATS
    }
    assert len(rispy.loads(made_formats["ris"])) == 1
    assert len(parse_string(made_formats["bib"], "bibtex").entries) == 1
    assert len(json.loads(made_formats["json"])) == 1
