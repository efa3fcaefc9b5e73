"""Make the sample report that is a PDF.

The PDF is not kept in the repository: this script makes it from ``sample_report.md``. It is the
kind of PDF that reports arrive as: a running header, page numbers at the foot, a first page with
a roman number, printed page labels that differ from the physical page numbers, justified
paragraphs that run on over a page. The same text gives the same bytes.

Usage: ``python scripts/make_sample_pdf.py [OUTPUT]``
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import frontmatter
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
)

HERE = Path(__file__).resolve().parent
TEXT = HERE / "sample_report.md"
OUTPUT = HERE.parent / "corpus" / "ethiopia-2019-security-of-the-person.pdf"

WIDTH, HEIGHT = A5
MARGIN = 20 * mm

BODY = ParagraphStyle(
    "body",
    fontName="Times-Roman",
    fontSize=11.5,
    leading=15,
    spaceAfter=7,
    alignment=TA_JUSTIFY,
)
TITLE = ParagraphStyle("title", fontName="Times-Bold", fontSize=19, leading=23, spaceAfter=10 * mm)
HEADING = ParagraphStyle(
    "heading",
    fontName="Times-Bold",
    fontSize=13,
    leading=16,
    spaceBefore=8,
    spaceAfter=5,
    keepWithNext=True,
)


@dataclass(frozen=True)
class Report:
    """The text to set: blocks of (mark, text), where the mark is ``#``, ``##`` or empty."""

    title: str
    author: str
    subject: str
    keywords: str
    header: str
    blocks: tuple[tuple[str, str], ...]


def read_report(path: Path) -> Report:
    """Read a report from Markdown that has front matter, headings and paragraphs only."""
    post = frontmatter.load(str(path))
    blocks: list[tuple[str, str]] = []
    for block in post.content.split("\n\n"):
        text = " ".join(block.split())
        mark, _, rest = text.partition(" ")
        blocks.append((mark, rest) if mark in ("#", "##") else ("", text))
    return Report(
        title=str(post["title"]),
        author=str(post["author"]),
        subject=str(post["subject"]),
        keywords=str(post["keywords"]),
        header=str(post["header"]),
        blocks=tuple(blocks),
    )


def make_pdf(report: Report, output: Path) -> None:
    """Set the report. The title and the first section stand alone on page i; page 1 follows."""

    def front_page(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
        canvas.addPageLabel(1, style="ARABIC", start=1)
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(WIDTH / 2, 11 * mm, "i")

    def text_page(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(WIDTH / 2, HEIGHT - 12 * mm, report.header)
        canvas.drawCentredString(WIDTH / 2, 11 * mm, str(document.page - 1))

    document = BaseDocTemplate(
        str(output),
        pagesize=A5,
        title=report.title,
        author=report.author,
        subject=report.subject,
        keywords=report.keywords,
        creator="scripts/make_sample_pdf.py",
        lang="en",
        invariant=1,
    )
    frame = Frame(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN, 0, 0, 0, 0)
    document.addPageTemplates(
        [
            PageTemplate("front", [frame], onPage=front_page),
            PageTemplate("text", [frame], onPage=text_page),
        ]
    )

    story: list[object] = [NextPageTemplate("text")]
    headings = 0
    for mark, text in report.blocks:
        if mark == "##":
            headings += 1
            if headings == 2:
                story.append(PageBreak())
        style = {"#": TITLE, "##": HEADING}.get(mark, BODY)
        story.append(Paragraph(escape(text), style))
    document.build(story)


def main() -> None:
    """Write the PDF to the path given on the command line."""
    parser = argparse.ArgumentParser(description="Make the sample report that is a PDF.")
    parser.add_argument("output", nargs="?", type=Path, default=OUTPUT, help="default: %(default)s")
    output: Path = parser.parse_args().output
    output.parent.mkdir(parents=True, exist_ok=True)
    make_pdf(read_report(TEXT), output)
    print(output)


if __name__ == "__main__":
    main()
