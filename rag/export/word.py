"""Exports as Word documents with real footnotes.

python-docx has no footnotes, so their part is written here, as ECMA-376 part 1, 17.11 has it. Every
quotation stands in a bookmark, which Word and LibreOffice keep while people edit around it. The
record is a custom XML part.
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
from lxml import etree

from rag.cite import Run, one_line
from rag.export.embedded_json import BOOKMARK, RECORD_NAMESPACE, to_json
from rag.export.records import Export, ExportedStatement, Quotation
from rag.export.text import CHECKING, TITLE, by_number, caption, state, unseen

__all__ = ["to_docx"]

_TEXT, _MARK = "Footnote Text", "Footnote Reference"
_GREY: Final = RGBColor(0x55, 0x55, 0x55)
_CUSTOM: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXmlProps"
)
_SEPARATORS: Final = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/>'
    "</w:r></w:p></w:footnote>"
)


def to_docx(export: Export) -> bytes:
    """The export as the bytes of a .docx file, with its record."""
    document = docx.Document()
    _prepare(document, export)
    found = by_number(export)
    document.add_heading(TITLE, level=0)
    document.add_paragraph(state(export))
    document.add_paragraph(CHECKING)
    for turn in export.turns:
        document.add_heading(turn.question, level=1)
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
        _add_runs(entry, source.entry)
        entry.add_run().add_break()
        told = (
            f"File {one_line(source.source)}, document {source.document_id}, SHA-256 of its text "
            f"{source.text_sha256}"
        )
        entry.add_run(told).font.size = Pt(8)
    _add_footnotes(document, list(found.values()))
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
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.space_after = Pt(2)
    paragraph = document.add_paragraph(style="Quote" if statement.kind == "quote" else None)
    if statement.kind == "quote":
        _add_quotation(paragraph._p, statement.quotations[0], statement.text)
    else:
        paragraph.add_run(statement.text)
    for number in statement.quotations:
        run = paragraph.add_run(style=_MARK)
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), str(number))
        run._r.append(reference)


def _add_runs(paragraph: Paragraph, runs: Sequence[Run]) -> None:
    for run in runs:
        paragraph.add_run(run.text).italic = run.italic or None


def _add_quotation(paragraph: Any, number: int, words: str) -> None:  # noqa: ANN401 - lxml
    """Append words in the bookmark of a quotation."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), str(number))
    start.set(qn("w:name"), f"{BOOKMARK}{number}")
    paragraph.extend([start, _run(words), end])


def _run(words: str, *, italic: bool = False) -> Any:  # noqa: ANN401 - lxml
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    if italic:
        properties = OxmlElement("w:rPr")
        properties.append(OxmlElement("w:i"))
        run.append(properties)
    text.text = words
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(text)
    return run


def _add_footnotes(document: Document, quotations: Sequence[Quotation]) -> None:
    if not quotations:
        return
    root = parse_xml(f"<w:footnotes {nsdecls('w')}>{_SEPARATORS}</w:footnotes>")
    styles = (document.styles[_TEXT].style_id, document.styles[_MARK].style_id)
    for quotation in quotations:
        root.append(_footnote(quotation, *styles))
    blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    package = document.part.package
    part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, blob, package)
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


def _footnote(quotation: Quotation, text_style: str, mark_style: str) -> Any:  # noqa: ANN401 - lxml
    """One footnote: its mark, the reference, and the words if the text does not have them."""
    footnote = parse_xml(
        f'<w:footnote {nsdecls("w")} w:id="{quotation.number}">'
        f'<w:p><w:pPr><w:pStyle w:val="{text_style}"/></w:pPr>'
        f'<w:r><w:rPr><w:rStyle w:val="{mark_style}"/></w:rPr><w:footnoteRef/></w:r></w:p>'
        "</w:footnote>"
    )
    paragraph = footnote[0]
    paragraph.append(_run(" "))
    for run in quotation.note:
        paragraph.append(_run(run.text, italic=run.italic))
    if said := unseen(quotation):
        paragraph.append(_run(f" {said}"))
    if not quotation.shown:
        paragraph.append(_run(" “"))
        _add_quotation(paragraph, quotation.number, one_line(quotation.quote))
        paragraph.append(_run("”"))
    return footnote


def _add_record(document: Document, export: Export) -> None:
    root = etree.fromstring(f'<record xmlns="{RECORD_NAMESPACE}"/>')
    root.text = to_json(export)
    blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    package = document.part.package
    item = Part(package.next_partname("/customXml/item%d.xml"), "application/xml", blob, package)
    document.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)
    identity = "{6E1E0F0A-6F0C-4B7E-9F6B-2B0F6C1D7A11}"
    properties = (
        f'<ds:datastoreItem ds:itemID="{identity}" '
        'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml">'
        f'<ds:schemaRefs><ds:schemaRef ds:uri="{RECORD_NAMESPACE}"/></ds:schemaRefs>'
        "</ds:datastoreItem>"
    )
    part = Part(
        package.next_partname("/customXml/itemProps%d.xml"),
        CONTENT_TYPE.OFC_CUSTOM_XML_PROPERTIES,
        properties.encode(),
        package,
    )
    item.relate_to(part, _CUSTOM)
