"""Exports as Word documents with real footnotes.

python-docx has no footnotes, so their part is made from ``footnotes.xml``, as ECMA-376 part 1,
17.11 has it. Every quotation stands in a bookmark, which Word and LibreOffice keep while people
edit around it. The record is a custom XML part.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph

from rag.cite.items import one_line
from rag.export.embedded_json import BOOKMARK, RECORD_NAMESPACE, to_json
from rag.export.records import Export, ExportedStatement, Quotation
from rag.export.text import CHECKING, TITLE, caption, ocr_warning, state
from rag.html import render
from rag.language.scripts import is_right_to_left

_TEXT, _MARK = "Footnote Text", "Footnote Reference"
_GREY: Final = RGBColor(0x55, 0x55, 0x55)
# What stands after the direction in a paragraph's properties: the schema has an order.
_AFTER_DIRECTION: Final = (
    *("w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing"),
    *("w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment"),
    *("w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr"),
    "w:pPrChange",
)
_CUSTOM: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXmlProps"
)


def to_docx(export: Export) -> bytes:
    """The export as the bytes of a .docx file, with its record."""
    document = docx.Document()
    _prepare(document, export)
    document.add_heading(TITLE, level=0)
    document.add_paragraph(state(export))
    document.add_paragraph(CHECKING)
    for turn in export.turns:
        _direct(document.add_heading(turn.question, level=1))
        for note in turn.notes:
            paragraph = document.add_paragraph()
            paragraph.add_run("Caution: ").bold = True
            paragraph.add_run(note)
        for statement in turn.statements:
            _statement(document, statement)
    if export.sources:
        document.add_heading("Sources", level=1)
    for source in export.sources:
        entry = document.add_paragraph(style="List Bullet")
        for run in source.entry:
            entry.add_run(run.text).italic = run.italic or None
        _direct(entry)
        entry.add_run().add_break()
        told = (
            f"File {one_line(source.source)}, document {source.document_id}, SHA-256 of its text "
            f"{source.text_sha256}"
        )
        entry.add_run(told).font.size = Pt(8)
    _add_footnotes(document, export.quotations)
    _add_record(document, export)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _prepare(document: Document, export: Export) -> None:
    """The styles that python-docx's template lacks, and properties that say nothing untrue."""
    text = document.styles.add_style(_TEXT, WD_STYLE_TYPE.PARAGRAPH)
    text.base_style = document.styles["Normal"]
    text.font.size = Pt(9)
    text.paragraph_format.space_after = Pt(2)
    mark = document.styles.add_style(_MARK, WD_STYLE_TYPE.CHARACTER)
    mark.font.superscript = True
    quote = document.styles["Quote"]
    quote.font.italic = False
    quote.paragraph_format.left_indent = quote.paragraph_format.right_indent = Pt(22)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = TITLE, export.program, ""


def _statement(document: Document, statement: ExportedStatement) -> None:
    if said := caption(statement):
        line = document.add_paragraph()
        words = line.add_run(said)
        words.font.size, words.font.color.rgb = Pt(9.5), _GREY
        _direct(line)
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.space_after = Pt(2)
    paragraph = document.add_paragraph(style="Quote" if statement.kind == "quote" else None)
    if statement.kind == "quote":
        number = str(statement.quotations[0])
        name = {qn("w:name"): f"{BOOKMARK}{number}"}
        paragraph._p.append(OxmlElement("w:bookmarkStart", {qn("w:id"): number} | name))
    paragraph.add_run(statement.text)
    _direct(paragraph)
    if statement.kind == "quote":
        paragraph._p.append(OxmlElement("w:bookmarkEnd", {qn("w:id"): number}))
    for each in statement.quotations:
        run = paragraph.add_run(style=_MARK)
        run._r.append(OxmlElement("w:footnoteReference", {qn("w:id"): str(each)}))


def _direct(paragraph: Paragraph) -> None:
    """Set a paragraph from right to left, marks of footnotes included, where its text runs so."""
    if not is_right_to_left(paragraph.text):
        return
    properties: Any = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(OxmlElement("w:bidi"), *_AFTER_DIRECTION)
    for run in paragraph.runs:
        if is_right_to_left(run.text):
            run.font.rtl = True


def _add_footnotes(document: Document, quotations: Sequence[Quotation]) -> None:
    if not quotations:
        return
    footnotes = render(
        "export/footnotes.xml",
        quotations=quotations,
        text_style=document.styles[_TEXT].style_id,
        mark_style=document.styles[_MARK].style_id,
        bookmark=BOOKMARK,
        ocr_warning=ocr_warning,
        one_line=one_line,
        is_right_to_left=is_right_to_left,
    )
    name, package = PackURI("/word/footnotes.xml"), document.part.package
    part = Part(name, CONTENT_TYPE.WML_FOOTNOTES, footnotes.encode(), package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    listed = parse_xml(
        f'<w:footnotePr {nsdecls("w")}><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>'
    )
    settings = document.settings.element
    # The schema has an order: before what says how compatible the document is.
    following = settings.find(qn("w:compat"))
    if following is None:
        settings.append(listed)
    else:
        following.addprevious(listed)


def _add_record(document: Document, export: Export) -> None:
    """Embed the record as a custom XML part, with the properties that such a part needs."""
    package = document.part.package
    record = f'<record xmlns="{RECORD_NAMESPACE}">{to_json(export)}</record>'
    name = package.next_partname("/customXml/item%d.xml")
    item = Part(name, "application/xml", record.encode(), package)
    document.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)
    properties = (
        '<ds:datastoreItem ds:itemID="{6E1E0F0A-6F0C-4B7E-9F6B-2B0F6C1D7A11}" '
        'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml">'
        f'<ds:schemaRefs><ds:schemaRef ds:uri="{RECORD_NAMESPACE}"/></ds:schemaRefs>'
        "</ds:datastoreItem>"
    )
    name = package.next_partname("/customXml/itemProps%d.xml")
    kind = CONTENT_TYPE.OFC_CUSTOM_XML_PROPERTIES
    item.relate_to(Part(name, kind, properties.encode(), package), _CUSTOM)
