"""What was added to a file beside its text: values of forms, notes, comments, tracked changes."""

from __future__ import annotations

import io

from office_support import blocks_of, reading_of, word
from pdf_made import FONT, fonts
from reportlab.pdfgen.canvas import Canvas

from rag.readers.pdf_view import page_view
from rag.schema import Reading


def asides(found: Reading) -> list[str]:
    return [
        text for each in found.asides for text in found.text[each.start : each.end].split("\n\n")
    ]


def filled_form() -> bytes:
    fonts()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    canvas.setFont(FONT, 11)
    canvas.drawString(72, 760, "DECLARATION OF INTERESTS")
    for at, (label, value) in enumerate(
        [
            ("Surname:", "Okoro-Lind"),
            ("Shares held in:", "Vantor Mining, 12 per cent"),
            ("Gifts:", ""),
        ]
    ):
        y = 720 - 30 * at
        canvas.drawString(72, y, label)
        canvas.acroForm.textfield(
            name=f"t{at}", value=value, x=200, y=y - 5, width=260, height=20, borderStyle="solid"
        )
    for at, (label, checked) in enumerate([("Member of a board", True), ("Retired", False)]):
        canvas.acroForm.checkbox(name=f"c{at}", checked=checked, x=72, y=600 - 30 * at, size=14)
        canvas.drawString(95, 603 - 30 * at, label)
    canvas.drawString(72, 500, "Signed in the presence of two witnesses.")
    canvas.save()
    return target.getvalue()


def test_what_is_filled_into_a_form_stands_beside_its_label() -> None:
    blocks = blocks_of(reading_of(filled_form(), "a.pdf"))
    assert "Surname: Okoro-Lind" in blocks
    assert "Shares held in: Vantor Mining, 12 per cent" in blocks
    assert any(block.startswith("☒ Member of a board") for block in blocks)
    assert any(block.startswith("☐ Retired") for block in blocks)


def test_what_is_filled_in_can_be_shown_on_the_page() -> None:
    view = page_view(filled_form(), page=1, text="Vantor Mining, 12 per cent", before="")
    (box,) = view.boxes
    assert 195 < 595 * box.left < 210
    assert 842 - 705 < 842 * box.top < 842 * box.bottom < 842 - 680


def test_notes_on_a_pdf_can_be_looked_up_and_are_no_answer() -> None:
    fonts()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for page, text in enumerate(["The dam was safe.", "Nobody was warned."]):
        canvas.setFont(FONT, 11)
        canvas.drawString(72, 700, text)
        if page == 0:
            canvas.textAnnotation("Not true, see the letter of 3 May.", (300, 690, 320, 710))
            canvas.linkURL("https://x.example/", (72, 690, 100, 710))
        canvas.showPage()
    canvas.save()
    found = reading_of(target.getvalue(), "a.pdf")
    assert blocks_of(found) == [
        "The dam was safe.",
        "Note: Not true, see the letter of 3 May.",
        "Nobody was warned.",
    ]
    assert asides(found) == ["Note: Not true, see the letter of 3 May."]
    assert found.text[found.pages[1].start :] == "Nobody was warned."
    (warning,) = found.warnings
    assert warning.startswith("page 1 has notes")


def test_what_is_only_marked_for_redaction_is_told() -> None:
    fonts()
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=(300, 300))
    canvas.setFont(FONT, 11)
    canvas.drawString(40, 200, "The source is Ida Lorn.")
    canvas.highlightAnnotation("x", (40, 195, 200, 215))
    canvas.save()
    content = drawn.getvalue().replace(b"/Highlight", b"/Redact   ")
    found = reading_of(content, "a.pdf")
    assert any(each.startswith("page 1 is marked for redaction") for each in found.warnings)
    assert blocks_of(found) == ["The source is Ida Lorn."]


def test_comments_and_tracked_changes_of_a_word_document() -> None:
    body = (
        '<w:p><w:r><w:t xml:space="preserve">The valve was </w:t></w:r>'
        '<w:del w:author="Legal"><w:r><w:delText>never </w:delText></w:r></w:del>'
        '<w:ins w:author="A. Orr"><w:r><w:t>tested.</w:t></w:r></w:ins></w:p>'
    )
    comments = (
        '<w:comment w:id="0" w:author="B. Ley"><w:p><w:r><w:t>Ask the </w:t></w:r>'
        "<w:r><w:t>engineer.</w:t></w:r></w:p></w:comment>"
    )
    found = reading_of(word(body, comments=comments), "a.docx")
    assert blocks_of(found) == ["The valve was tested.", "Comment by B. Ley: Ask the engineer."]
    assert asides(found) == ["Comment by B. Ley: Ask the engineer."]
    assert any("tracked changes by A. Orr, Legal: 1 insertions" in each for each in found.warnings)
    assert any(each.startswith("a comment is read") for each in found.warnings)
