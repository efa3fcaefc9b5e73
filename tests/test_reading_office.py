"""Word and OpenDocument texts: what stands on the printed page, and nothing else."""

from __future__ import annotations

import io

import docx
import pytest
from docx.oxml import OxmlElement
from office_support import (
    blocks_of,
    headings_of,
    open_document,
    pages_of,
    paragraph,
    reading_of,
    word,
)

from rag.schema import Metadata, Reading, Turn


def word_reading(body: str, **parts: str) -> Reading:
    return reading_of(word(body, **parts), "a.docx")


def saved(document: docx.document.Document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_a_report_made_by_a_library() -> None:
    document = docx.Document()
    document.core_properties.title = "Torture in Detention"
    document.core_properties.author = "Human Rights Centre"
    document.core_properties.keywords = "torture, prison"
    document.add_heading("Torture in Detention", 0)
    document.add_heading("Findings", 1)
    first = document.add_paragraph("In 2019, ")
    first.add_run("police").bold = True
    first.add_run(" beat detainees.\tThey\ndied.")
    document.add_paragraph("An item", style="List Bullet")
    document.add_heading("Places", 2)
    table = document.add_table(3, 3)
    for row in range(3):
        for column in range(3):
            table.cell(row, column).text = f"Cell {row}.{column} holds a sentence."
    table.cell(0, 1).merge(table.cell(0, 2)).text = "Wide."
    table.cell(1, 0).merge(table.cell(2, 0)).text = "High. It is long."
    document.sections[0].header.paragraphs[0].text = "CONFIDENTIAL"
    found = reading_of(saved(document), "report.docx")
    assert blocks_of(found) == [
        "Torture in Detention",
        "Findings",
        "In 2019, police beat detainees. They died.",
        "An item",
        "Places",
        "Cell 0.0 holds a sentence. | Wide. | Wide.",
        "High. It is long. | Cell 1.1 holds a sentence. | Cell 1.2 holds a sentence.",
        "High. It is long. | Cell 2.1 holds a sentence. | Cell 2.2 holds a sentence.",
    ]
    assert headings_of(found) == [
        (1, "Torture in Detention"),
        (1, "Findings"),
        (2, "Places"),
    ]
    assert found.metadata == Metadata(
        title="Torture in Detention",
        author="Human Rights Centre",
        extra={"keywords": "torture, prison"},
    )
    assert found.pages == ()


def test_speakers_with_bold_labels() -> None:
    document = docx.Document()
    for label, text in (("Mr. Kozak:", " Thank you."), ("Question:", " Why?")):
        added = document.add_paragraph()
        added.add_run(label).bold = True
        added.add_run(text)
    found = reading_of(saved(document), "a.docm")
    turns = [(turn.speaker, found.text[turn.start : turn.end]) for turn in found.turns]
    assert turns == [("Mr. Kozak", "Thank you."), ("Question", "Why?")]


def test_what_is_not_bold_labels_no_speaker() -> None:
    document = docx.Document()
    for line in ("Baku Prison: Beds.", "Ganja Prison: Mats.", "Baku Prison: Walls."):
        document.add_paragraph(line)
    assert reading_of(saved(document), "a.docx").turns == ()


def test_styles_in_other_languages_and_derived_ones_make_headings() -> None:
    outline = '<w:p><w:pPr><w:outlineLvl w:val="3"/></w:pPr><w:r><w:t>By outline</w:t></w:r></w:p>'
    found = word_reading(
        paragraph("Bericht über Folter", style="Titel")
        + paragraph("Befunde 1", style="Verzeichnis1")
        + paragraph("Befunde", style="berschrift1")
        + paragraph("Orte", style="Eigene")
        + paragraph("Lieux", style="Titre3")
        + outline
        + paragraph("Round", style="Rund")
        + paragraph("No style of the file", style="Heading5")
        + paragraph("Text. " * 60, style="berschrift1")
    )
    assert headings_of(found) == [
        (1, "Bericht über Folter"),
        (1, "Befunde"),
        (2, "Orte"),
        (3, "Lieux"),
        (4, "By outline"),
        (5, "No style of the file"),
    ]
    assert found.metadata.title == "Bericht über Folter"
    assert found.text.count("Befunde") == 1  # the table of contents is left out


def test_notes_are_apart_from_the_sentences() -> None:
    def note(kind: str, identifier: int) -> str:
        return f'<w:r><w:{kind}Reference w:id="{identifier}"/></w:r>'

    cell = f"<w:tc>{paragraph('In a cell', inside=note('footnote', 3))}</w:tc>"
    found = word_reading(
        paragraph("They were beaten", inside=note("footnote", 2) + "<w:r><w:t>.</w:t></w:r>")
        + paragraph("He died.", inside=note("endnote", 5))
        + f"<w:tbl><w:tr>{cell}<w:tc>{paragraph('Beside.')}</w:tc></w:tr></w:tbl>"
        + paragraph("Last.", inside=note("footnote", 99)),
        footnotes='<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r>'
        "<w:t> Interview, Baku, 12 March.</w:t></w:r></w:p></w:footnote>"
        f'<w:footnote w:id="3">{paragraph("A note in a table.")}</w:footnote>',
        endnotes=f'<w:endnote w:id="5">{paragraph("Report of 2018.")}</w:endnote>',
    )
    assert blocks_of(found) == [
        "They were beaten.",
        "[1] Interview, Baku, 12 March.",
        "He died.",
        "In a cell | Beside.",
        "[2] A note in a table.",
        "Last.",
        "Endnotes",
        "[i] Report of 2018.",
    ]
    assert headings_of(found) == [(1, "Endnotes")]


def test_tracked_changes_as_if_accepted() -> None:
    deleted = "<w:del><w:r><w:delText>not </w:delText></w:r></w:del>"
    moved = "<w:moveFrom><w:r><w:t>moved away </w:t></w:r></w:moveFrom>"
    inserted = "<w:ins><w:r><w:t>in custody.</w:t></w:r></w:ins>"
    mark = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    found = word_reading(
        paragraph("He was ", inside=deleted + moved + inserted)
        + f"<w:p>{mark}<w:r><w:t>Two paragraphs </w:t></w:r></w:p>"
        + paragraph("became one.")
        + f"<w:p>{mark}<w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
        + paragraph("After.")
        + "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>"
        + paragraph("deleted row")
        + "</w:tc></w:tr></w:tbl>"
    )
    assert blocks_of(found) == ["He was in custody.", "Two paragraphs became one.", "After."]


def test_characters_that_are_elements() -> None:
    found = word_reading(
        "<w:p><w:r><w:t>Al</w:t><w:noBreakHyphen/><w:t>Shabaab in</w:t><w:softHyphen/>"
        "<w:t>side\u00adout</w:t><w:tab/><w:t>one</w:t><w:br/><w:t>two</w:t><w:cr/>"
        '<w:sym w:font="Wingdings" w:char="F0E0"/><w:t>three</w:t></w:r>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:commentRangeStart w:id="0"/><w:hyperlink><w:r><w:t> a link</w:t></w:r></w:hyperlink>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText>'
        '<w:t>code</w:t></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t> result</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>Click here"
        "</w:t></w:r></w:sdtContent></w:sdt><w:sdt><w:sdtContent><w:r><w:t> control</w:t></w:r>"
        "</w:sdtContent></w:sdt></w:p>"
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>'
        + paragraph("A field that never ends eats nothing.")
    )
    assert blocks_of(found) == [
        "Al-Shabaab insideout one two three a link result control",
        "A field that never ends eats nothing.",
    ]


def test_text_boxes_are_read_once_and_nested_tables_as_blocks() -> None:
    box = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
    found = word_reading(
        paragraph(
            "Around it.",
            inside="<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>"
            f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}"
            "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
        )
        + "<w:tbl><w:tr><w:tc>"
        + paragraph("Frame.")
        + f"<w:tbl><w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>"
        + "</w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    )
    assert blocks_of(found) == ["Around it.", "In a box.", "Frame.", "a | b"]


BREAK = "<w:r><w:lastRenderedPageBreak/></w:r>"


def test_pages_where_word_left_its_page_breaks() -> None:
    middle = f"{BREAK}<w:r><w:t>and on the second.</w:t></w:r>"
    reference = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    body = (
        paragraph("First.")
        + paragraph("On the first page ", inside=reference + middle)
        + paragraph("Still there.", inside='<w:r><w:br w:type="page"/></w:r>')
        + f"<w:p>{BREAK}<w:r><w:t>Third.</w:t></w:r></w:p>"
        + "<w:tbl>"
        + f"<w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr>"
        + f"<w:tr><w:tc><w:p>{BREAK}<w:r><w:t>c</w:t></w:r></w:p></w:tc>"
        + f"<w:tc>{paragraph('d')}</w:tc></w:tr>"
        + "</w:tbl>"
        + f"<w:p>{BREAK}<w:r><w:drawing/></w:r></w:p>"
        + f"<w:p>{BREAK}<w:r><w:t>Sixth.</w:t></w:r></w:p>"
    )
    notes = f'<w:footnote w:id="1">{paragraph("A note of page one.")}</w:footnote>'
    found = word_reading(body, footnotes=notes)
    assert pages_of(found) == [
        (None, "First.\n\n[1] A note of page one.\n\nOn the first page"),
        (None, "and on the second.\n\nStill there."),
        (None, "Third.\n\na | b"),
        (None, "c | d"),
        (None, ""),
        (None, "Sixth."),
    ]
    assert {page.kind for page in found.pages} == {"page"}
    agreeing = word_reading(body, footnotes=notes, app="<Pages>6</Pages>")
    assert agreeing.pages == found.pages
    contradicted = word_reading(body, footnotes=notes, app="<Pages>9</Pages>")
    assert contradicted.pages == ()
    assert contradicted.text == found.text
    assert "9 pages" in contradicted.warnings[0]


def test_breaks_that_only_the_author_set_make_no_pages() -> None:
    broken = paragraph("One.", inside='<w:r><w:br w:type="page"/></w:r>')
    assert word_reading(broken + paragraph("Two.")).pages == ()


def test_pages_of_a_document_made_by_a_library() -> None:
    document = docx.Document()
    document.add_paragraph("One.")
    second = document.add_paragraph()
    second.add_run()._r.append(OxmlElement("w:lastRenderedPageBreak"))
    second.add_run("Two.")
    assert [text for _, text in pages_of(reading_of(saved(document), "a.docx"))] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Microsoft Word - report_final.doc", None),
        ("report_v2", None),
        ("Untitled", None),
        ("Word Document", None),
        ("Report.docx", None),
        ("Words that wound", "Words that wound"),
        ("The book of the disappeared", "The book of the disappeared"),
    ],
)
def test_titles_of_files_are_no_titles(title: str, kept: str | None) -> None:
    document = docx.Document()
    document.core_properties.title = title
    document.add_paragraph("Text.")
    found = reading_of(saved(document), "a.docx").metadata
    assert found.title == kept
    assert found.author is None  # the library's own name
    assert found.date is None


def test_strict_documents() -> None:
    usual = word(paragraph("Strict text."))
    assert reading_of(usual, "a.docx").text == "Strict text."
    strict = docx_with_strict_namespaces(paragraph("Strict text."))
    assert reading_of(strict, "a.docx").text == "Strict text."


def docx_with_strict_namespaces(body: str) -> bytes:
    from office_support import relationships, zipped

    strict = "http://purl.oclc.org/ooxml"
    return zipped(
        {
            "_rels/.rels": relationships({"a": ("officeDocument", "word/document.xml")}).replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                f"{strict}/officeDocument/relationships",
            ),
            "word/document.xml": f'<w:document xmlns:w="{strict}/wordprocessingml/main">'
            f"<w:body>{body}</w:body></w:document>",
        }
    )


def test_parts_inserted_from_other_files() -> None:
    chunk = '<w:altChunk r:id="styles"/>'
    found = word_reading(paragraph("Text.") + chunk)
    assert found.text == "Text."
    assert "inserted from another file" in found.warnings[0]


def odt_reading(body: str, *, styles: str = "", meta: str = "") -> Reading:
    return reading_of(open_document("text", body, styles=styles, meta=meta), "a.odt")


def test_an_open_document_text() -> None:
    found = odt_reading(
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        '<text:p text:style-name="Title">Report</text:p>'
        '<text:h text:outline-level="2">Findings</text:h>'
        "<text:p>He<text:s text:c='3'/>was<text:tab/>beaten<text:note text:note-class='footnote'>"
        "<text:note-citation>4</text:note-citation><text:note-body><text:p>A note.</text:p>"
        "</text:note-body></text:note> and<text:line-break/>died.<office:annotation><text:p>"
        "a comment</text:p></office:annotation></text:p>"
        "<text:list><text:list-item><text:p>An <text:span>item</text:span></text:p>"
        "</text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>One.</text:p><text:p>Two.</text:p>"
        "</table:table-cell><table:covered-table-cell><text:p>doubled</text:p>"
        "</table:covered-table-cell><table:table-cell><text:p>Three.</text:p></table:table-cell>"
        "</table:table-row></table:table>"
        "<text:p>Box:<draw:frame><draw:text-box><text:p>Inside.</text:p></draw:text-box>"
        "</draw:frame></text:p>"
        "<text:table-of-content><text:index-body><text:p>Findings 1</text:p></text:index-body>"
        "</text:table-of-content>"
        "<text:p>Last<text:note text:note-class='endnote'><text:note-citation>i"
        "</text:note-citation><text:note-body><text:p>At the end.</text:p></text:note-body>"
        "</text:note>.</text:p>",
        meta="<dc:title>The report</dc:title><meta:initial-creator>Ann</meta:initial-creator>"
        "<dc:creator>Last Editor</dc:creator><dc:language>fr</dc:language>"
        "<meta:keyword>a</meta:keyword><meta:keyword>b</meta:keyword><dc:date>2020-01-01</dc:date>",
    )
    assert blocks_of(found) == [
        "Report",
        "Findings",
        "He was beaten and died.",
        "[4] A note.",
        "An item",
        "One. Two. | Three.",
        "Box:",
        "Inside.",
        "Last.",
        "Endnotes",
        "[i] At the end.",
        "Comment: a comment",
    ]
    assert headings_of(found) == [(1, "Report"), (2, "Findings"), (1, "Endnotes")]
    assert found.metadata == Metadata(
        title="The report", author="Ann", language="fr", extra={"keywords": "a, b"}
    )


def test_pages_of_an_open_document_text() -> None:
    styles = (
        '<style:style style:name="P1"><style:paragraph-properties fo:break-before="page"/>'
        "</style:style>"
    )
    body = (
        "<text:p>One <text:soft-page-break/>two.</text:p>"
        '<text:p text:style-name="P1">Three.</text:p>'
    )
    counted = '<meta:document-statistic meta:page-count="{}"/>'
    found = odt_reading(body, styles=styles, meta=counted.format(3))
    assert [text for _, text in pages_of(found)] == ["One", "two.", "Three."]
    contradicted = odt_reading(body, styles=styles, meta=counted.format(5))
    assert contradicted.pages == ()
    assert "5 pages" in contradicted.warnings[0]


def test_speakers_in_an_open_document_text() -> None:
    found = odt_reading(
        '<text:p><text:span text:style-name="T1">Mr. Kozak:</text:span> Thanks.</text:p>',
        styles='<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/>'
        "</style:style>",
    )
    assert found.turns == (Turn("Mr. Kozak", 11, 18),)


def test_a_merged_cell_of_a_table_is_in_each_row_and_column() -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    found = reading_of(
        word(
            "<w:tbl><w:tr>"
            + cell("To")
            + cell("Sum")
            + cell("Day")
            + "</w:tr><w:tr>"
            + cell("Orla Ltd", '<w:vMerge w:val="restart"/>')
            + cell("40")
            + cell("1 May")
            + "</w:tr><w:tr>"
            + cell("", "<w:vMerge/>")
            + cell("none", '<w:gridSpan w:val="2"/>')
            + "</w:tr></w:tbl>"
        ),
        "a.docx",
    )
    assert found.text.split("\n\n") == [
        "To | Sum | Day",
        "Orla Ltd | 40 | 1 May",
        "Orla Ltd | none | none",
    ]
