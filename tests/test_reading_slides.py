"""Presentations: a slide is a page."""

from __future__ import annotations

import io

import pptx
import pytest
from office_support import (
    RELATIONSHIPS,
    blocks_of,
    headings_of,
    open_document,
    pages_of,
    reading_of,
    relationships,
    zipped,
)
from pptx.util import Inches

from rag.errors import LimitExceeded
from rag.readers.limits import Limits


@pytest.fixture(scope="module")
def deck() -> bytes:
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    box = first.shapes.add_textbox(0, 0, Inches(1), Inches(1))
    box.text_frame.text = "Added last."
    first.shapes.title.text = "Torture\vin detention"
    first.placeholders[1].text = "One point.\nAnother\u00ad point."
    assert first.notes_slide.notes_text_frame is not None
    first.notes_slide.notes_text_frame.text = "Say this first."
    second = presentation.slides.add_slide(presentation.slide_layouts[6])
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "In a group."
    inner = group.shapes.add_group_shape()
    inner.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "In a group in it."
    table = second.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    table.cell(0, 0).text = "Place"
    table.cell(0, 1).text = "He died. She lived."
    table.cell(1, 0).text = "Both"
    table.cell(1, 0).merge(table.cell(1, 1))
    second._element.set("show", "0")
    presentation.slides.add_slide(presentation.slide_layouts[6])
    target = io.BytesIO()
    presentation.save(target)
    return target.getvalue()


def test_a_deck(deck: bytes) -> None:
    found = reading_of(deck, "a.pptx")
    assert blocks_of(found) == [
        "Torture in detention",
        "One point.",
        "Another point.",
        "Added last.",
        "Notes",
        "Say this first.",
        "Slide 2",
        "In a group.",
        "In a group in it.",
        "Place | He died. She lived.",
        "Both",
    ]
    assert headings_of(found) == [(1, "Torture in detention"), (2, "Notes"), (1, "Slide 2")]
    assert [text.split("\n\n")[0] for _, text in pages_of(found)] == [
        "Torture in detention",
        "Slide 2",
        "",
    ]
    assert {page.kind for page in found.pages} == {"slide"}
    assert found.warnings == ("slide 2 is hidden in the presentation and was read all the same",)
    assert found.metadata.title == "Torture in detention"


def test_more_slides_than_allowed(deck: bytes) -> None:
    with pytest.raises(LimitExceeded, match=r"3 slides, more than 2.*RAG_MAX_PAGES"):
        reading_of(deck, "a.pptx", Limits(pages=2))


def test_the_words_of_a_drawing_are_in_a_part_of_their_own() -> None:
    names = (
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        f'xmlns:r="{RELATIONSHIPS}"'
    )
    presentation = ' type="pres"'
    point = "<d:pt{}><d:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></d:t></d:pt>"
    content = zipped(
        {
            "_rels/.rels": relationships({"a": ("officeDocument", "ppt/presentation.xml")}),
            "ppt/presentation.xml": f'<p:presentation {names}><p:sldIdLst><p:sldId r:id="s"/>'
            '<p:sldId r:id="gone"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relationships({"s": ("slide", "slides/a.xml")}),
            "ppt/slides/a.xml": f"<p:sld {names}><p:cSld><p:spTree><p:graphicFrame>"
            '<d:relIds r:dm="d"/></p:graphicFrame></p:spTree></p:cSld></p:sld>',
            "ppt/slides/_rels/a.xml.rels": relationships(
                {"d": ("diagramData", "../diagrams/data.xml"), "n": ("image", "NULL")}
            ),
            "ppt/diagrams/data.xml": f"<d:dataModel {names}>{point.format('', 'Arrest')}"
            f"{point.format('', 'Trial')}{point.format(presentation, 'Arrest')}"
            "</d:dataModel>",
        }
    )
    assert blocks_of(reading_of(content, "a.pptx")) == ["Slide 1", "Arrest", "Trial"]


def test_an_open_document_presentation() -> None:
    found = reading_of(
        open_document(
            "presentation",
            '<draw:page><draw:frame presentation:class="outline"><draw:text-box><text:list>'
            "<text:list-item><text:p>A point.</text:p></text:list-item></text:list></draw:text-box>"
            '</draw:frame><draw:frame presentation:class="title"><draw:text-box><text:p>The title'
            "</text:p></draw:text-box></draw:frame>"
            '<draw:frame presentation:class="page-number"><draw:text-box><text:p>1</text:p>'
            "</draw:text-box></draw:frame><presentation:notes><draw:page-thumbnail/>"
            '<draw:frame presentation:class="notes"><draw:text-box><text:p>Say this.</text:p>'
            "</draw:text-box></draw:frame></presentation:notes></draw:page>"
            '<draw:page draw:style-name="dp1"><draw:custom-shape><text:p>In a shape.</text:p>'
            "</draw:custom-shape></draw:page>",
            styles='<style:style style:name="dp1"><style:drawing-page-properties '
            'presentation:visibility="hidden"/></style:style>',
        ),
        "a.odp",
    )
    assert pages_of(found) == [
        (None, "The title\n\nA point.\n\nNotes\n\nSay this."),
        (None, "Slide 2\n\nIn a shape."),
    ]
    assert len(found.warnings) == 1
