"""Word documents (DOCX): paragraphs, headings, rows of tables, notes, text boxes and pages.

Notes stand after the paragraph that refers to them, endnotes at the end under a heading of their
own; the marks that refer to them are left out of the sentences. Running heads, comments, and the
table of contents, which repeats the headings, are left out.
"""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from rag.readers.blocks import Block, PageStart, assemble
from rag.readers.containers import open_container
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.office.docx_notes import Notes
from rag.readers.office.docx_paragraphs import Breaks
from rag.readers.office.docx_story import Source, Story
from rag.readers.office.docx_styles import WORD, Styles
from rag.readers.office.ooxml import Package
from rag.schema import Reading

__all__ = ["read_docx"]


def read_docx(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a Word document.

    There are pages only where Word left the places of its page breaks in the file, and the number
    of pages that it counted does not contradict them.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: it would expand beyond ``limits``.
    """
    with open_container(content, name, limits) as container:
        package = Package(container)
        source = Source(
            package, Styles(package.related_xml(package.main, "styles")), Notes(package)
        )
        breaks = Breaks()
        blocks = _blocks(source, breaks)
        metadata = titled(package.properties(), blocks)
        counted = package.pages()
    pages = 1 + sum(len(block.starts) for block in blocks)
    # A program that has not laid out the document writes that it has one page.
    agrees = counted in (None, 0, 1, pages)
    if breaks.rendered and not agrees:
        source.warnings.append(
            f"no page numbers: the file counts {counted} pages, but marks where {pages} begin"
        )
    if breaks.rendered and agrees:
        blocks.insert(0, Block("", starts=(PageStart(),)))
    else:
        blocks = [replace(block, starts=()) for block in blocks]
    return assemble(blocks, metadata=metadata, warnings=tuple(dict.fromkeys(source.warnings)))


def _blocks(source: Source, breaks: Breaks) -> list[Block]:
    body = source.package.xml(source.package.main).find(f"{WORD}body")
    if body is None:
        return []
    sections = (each for each in body.iter(f"{WORD}sectPr") if _is_current(each))
    next(sections, None)  # how the first section begins is of no account
    blocks = Story(source, breaks, sections=sections).read(body)
    if source.endnotes:
        blocks += [Block("Endnotes", 1), *source.endnotes]
    return blocks


def _is_current(section: etree._Element) -> bool:
    """Whether this is a section of the document, and not what tracked changes keep of one."""
    parent = section.getparent()
    return parent is not None and parent.tag in (f"{WORD}body", f"{WORD}pPr")
