"""Word documents (DOCX): paragraphs, headings, rows of tables, notes, text boxes and pages.

The marks that refer to notes are left out of the sentences. Running heads, and the table of
contents, which repeats the headings, are left out. Comments are asides at the end. Of tracked
changes the text is read as if all were accepted; a warning says that there are any.

Read with lxml, not with a library. docx2python loses page breaks and heading levels, puts notes at
the end and their marks into the sentences, reads hidden, moved and deleted text, and reads text
boxes and merged cells twice. python-docx knows neither notes nor tracked changes nor text boxes,
and refuses documents with macros or with one broken relationship. mammoth loses page breaks, reads
hidden text, and stops at a missing note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml import etree
from roman_numerals import RomanNumeral

from rag.readers.blocks import Block
from rag.readers.containers import open_container
from rag.readers.decoding import decode
from rag.readers.grid import TABLES
from rag.readers.limits import Limits
from rag.readers.metadata.properties import titled
from rag.readers.office.docx_paragraphs import PageBreaks, read_paragraph
from rag.readers.office.docx_styles import WORD, Style, Styles, is_on, value_of
from rag.readers.office.ooxml import OFFICE, Package, alternative, local_name
from rag.readers.office.story import Note, Paragraph, Story, assemble_story, commented
from rag.readers.web.html import blocks_of_fragment
from rag.schema import Reading

_SAME_PAGE = ("continuous", "nextColumn")
_NOT_CONTENT = {f"{WORD}{name}" for name in ("del", "moveFrom", "sectPr", "pPr", "tblPr", "sdtPr")}

# Insertions and deletions of tracked changes, and what holds their words.
_CHANGES = (("ins", "moveTo"), ("del", "moveFrom"))
_CHANGED_TEXT = (f"{WORD}t", f"{WORD}delText")

# Longer words of a merged cell are not repeated, and no cell covers more columns.
_LONGEST_MERGED, _MOST_MERGED = 200, 100

# Where Word itself began a page, but for text boxes and text that was deleted.
_RENDERED_BREAK = etree.XPath(
    "descendant::w:lastRenderedPageBreak"
    "[not(ancestor::w:txbxContent or ancestor::w:del or ancestor::w:moveFrom)][1]",
    namespaces={"w": WORD[1:-1]},
)
_NEXT_SECTION = etree.XPath(
    "following::w:sectPr[parent::w:body or parent::w:pPr][1]", namespaces={"w": WORD[1:-1]}
)


def read_docx(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a Word document; :func:`rag.readers.office.story.assemble_story` says when with pages.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: it would expand beyond ``limits``.
    """
    with open_container(content, name, limits) as container:
        package = Package(container)
        body = package.container.read_xml(package.main).find(f"{WORD}body")
        styles = Styles(package.related_xml(package.main, "styles"))
        story = _WordStory(package=package, styles=styles, numbering=_Notes(package))
        blocks = story.read_document(body) if body is not None else []
        blocks += (comments := list(_comments(package)))
        story.warnings += [commented(len(comments))] if comments else []
        story.warnings += _about_changes(body)
        metadata = titled(package.properties(), blocks[:5])
        counted = package.counted_pages()
    return assemble_story(
        blocks,
        metadata=metadata,
        are_pages_marked=body is not None and bool(_RENDERED_BREAK(body)),
        counted_pages=counted,
        warnings=story.warnings,
    )


def _comments(package: Package) -> Iterator[Block]:
    """What reviewers wrote beside the text."""
    root = package.related_xml(package.main, "comments")
    for comment in root.iter(f"{WORD}comment") if root is not None else ():
        author = comment.get(f"{WORD}author", "")
        text = " ".join(
            "".join(each.text or "" for each in paragraph.iter(f"{WORD}t"))
            for paragraph in comment.iter(f"{WORD}p")
        ).strip()
        if text:
            yield Block(
                f"Comment by {author}: {text}" if author else f"Comment: {text}", aside=True
            )


def _about_changes(body: etree._Element | None) -> Iterator[str]:
    """A warning if the document has tracked changes that nobody has accepted yet."""
    if body is None:
        return
    kinds = {kind: list(body.iter(*(WORD + name for name in kind))) for kind in _CHANGES}
    added, removed = (
        [each for each in found if next(each.iter(*_CHANGED_TEXT), None) is not None]
        for found in kinds.values()
    )
    if not added and not removed:
        return
    authors = sorted({each.get(f"{WORD}author", "") for each in (*added, *removed)} - {""})
    by = f" by {', '.join(authors[:5])}" if authors else ""
    yield (
        f"tracked changes{by}: {len(added)} insertions are read and {len(removed)} deletions are "
        "not, though the file still has them"
    )


class _Notes:
    """The footnotes and endnotes of a document, numbered in the order in which they are found."""

    def __init__(self, package: Package) -> None:
        self._contents: dict[tuple[str, str], etree._Element] = {}
        self._count: dict[str, int] = {}
        self._formats: dict[str, str | None] = {}
        settings = package.related_xml(package.main, "settings")
        body = package.container.read_xml(package.main)
        for kind, usual in (("footnote", "decimal"), ("endnote", "lowerRoman")):
            root = package.related_xml(package.main, f"{kind}s")
            for each in root.iter(WORD + kind) if root is not None else ():
                self._contents[kind, each.get(f"{WORD}id", "")] = each
            given = list(settings.iter(f"{WORD}{kind}Pr")) if settings is not None else []
            given += body.iter(f"{WORD}{kind}Pr")
            self._formats[kind] = _number_format(given, usual)
            starts = [value_of(each, "numStart") or "" for each in given]
            self._count[kind] = int(next((each for each in starts if each.isdecimal()), "1")) - 1

    def find(self, reference: etree._Element) -> Note | None:
        """The note of a ``w:footnoteReference`` or ``w:endnoteReference``."""
        kind = local_name(reference).removesuffix("Reference")
        # A note with a mark of the author's own is not counted.
        is_numbered = not is_on(reference.get(f"{WORD}customMarkFollows", "0"))
        self._count[kind] += is_numbered
        content = self._contents.get((kind, reference.get(f"{WORD}id", "")))
        if content is None:
            return None
        number, numbers = self._count[kind], self._formats[kind]
        in_letters = numbers == "lowerRoman" and 0 < number < 4000
        printed = RomanNumeral(number).to_lowercase() if in_letters else number
        mark = f"[{printed}] " if is_numbered and numbers is not None else ""
        return Note(mark, content, is_endnote=kind == "endnote")


def _number_format(given: list[etree._Element], usual: str) -> str | None:
    """How notes are numbered; None where that depends on pages, or is by symbols."""
    if any((value_of(each, "numRestart") or "continuous") != "continuous" for each in given):
        return None
    formats = {found for each in given if (found := value_of(each, "numFmt"))} or {usual}
    return formats.pop() if len(formats) == 1 and formats <= {"decimal", "lowerRoman"} else None


@dataclass(slots=True, kw_only=True)
class _WordStory(Story):
    """``unfinished`` is a paragraph whose end was deleted, so that the next one continues it."""

    package: Package
    styles: Styles
    numbering: _Notes
    warnings: list[str] = field(default_factory=list)
    breaks: PageBreaks = field(default_factory=PageBreaks)
    unfinished: Paragraph | None = None

    def inner_story(self, *, is_cell: bool = False) -> _WordStory:
        # Cells stand beside one another: a break before their row is before each of them.
        return _WordStory(
            package=self.package,
            styles=self.styles,
            numbering=self.numbering,
            warnings=self.warnings,
            endnotes=self.endnotes,
            breaks=PageBreaks(is_cell and self.breaks.is_unconfirmed),
            is_cell=is_cell,
        )

    def find_note(self, reference: etree._Element) -> Note | None:
        return self.numbering.find(reference)

    def add_content(self, parent: etree._Element) -> None:
        self._add_children(parent)
        self._finish_paragraph(Style())

    def _add_children(self, parent: etree._Element) -> None:
        for child in parent:
            if child.tag == f"{WORD}p":
                self._read_paragraph(child)
            elif child.tag == f"{WORD}tbl":
                self._finish_paragraph(Style())
                above: dict[int, etree._Element] = {}
                table = next(TABLES)
                for row in _not_deleted(child, "tr", f"{WORD}trPr/{WORD}del"):
                    has_inner_table = next(row.iter(f"{WORD}tbl"), None) is not None
                    cells, merged = _with_merged(row, above)
                    heads = row.find(f"{WORD}trPr/{WORD}tblHeader")
                    self.add_row(
                        cells,
                        has_inner_table=has_inner_table,
                        merged=merged,
                        table=table,
                        heads=heads is not None and is_on(heads.get(f"{WORD}val", "1")),
                    )
            elif child.tag == f"{WORD}altChunk":
                self._add_inserted_file(child)
            elif local_name(child) == "AlternateContent":
                branch = alternative(child, holding=f"{WORD}p")
                if branch is not None:
                    self._add_children(branch)
            elif child.tag not in _NOT_CONTENT:
                self._add_children(child)  # content controls and the like

    def _read_paragraph(self, element: etree._Element) -> None:
        properties = element.find(f"{WORD}pPr")
        style = self.styles.of(properties)
        self.unfinished = self.unfinished or Paragraph()
        read_paragraph(element, self.unfinished, style, self.styles, self.breaks)
        if not _is_end_deleted(properties):
            self._finish_paragraph(style)
        if properties is not None and properties.find(f"{WORD}sectPr") is not None:
            following = cast("list[etree._Element]", _NEXT_SECTION(element))
            on_new_page = following and value_of(following[0], "type") not in _SAME_PAGE
            if on_new_page and self.breaks.begins_page(by_author=True):
                self.pages_waiting += 1

    def _finish_paragraph(self, style: Style) -> None:
        paragraph, self.unfinished = self.unfinished, None
        if paragraph is not None and style.is_contents:
            self.pages_waiting += len(paragraph.pages)
        elif paragraph is not None:
            self.add_paragraph(paragraph, style.level)

    def _add_inserted_file(self, element: etree._Element) -> None:
        """Add a part in another format, which Word would convert when it opens the document."""
        identifier = element.get(f"{OFFICE}id")
        related = self.package.related(self.package.main)
        path = next((each.target for each in related if each.id == identifier), "")
        content = self.package.container.find(path)
        if content is not None and path.lower().endswith((".htm", ".html", ".xhtml")):
            for block in blocks_of_fragment(decode(content, self.package.container.name)):
                self.add(block)
        else:
            self.warnings.append(
                "a part inserted from another file is not read: save the document anew in Word"
            )


def _not_deleted(parent: etree._Element, kind: str, deletion: str) -> Iterator[etree._Element]:
    """The rows or cells in ``parent``, also those in content controls, without deleted ones."""
    for child in parent:
        if child.tag == WORD + kind:
            if child.find(deletion) is None:
                yield child
        elif child.tag not in _NOT_CONTENT:
            yield from _not_deleted(child, kind, deletion)


def _with_merged(
    row: etree._Element, above: dict[int, etree._Element]
) -> tuple[list[etree._Element], set[int]]:
    """The cells of a row, with the words of a merged cell in each place that it covers.

    With them come the places of those that are one with the cell to the left. ``above`` keeps, for
    each column of the table's grid, the last cell that begins there.
    """
    own = list(_not_deleted(row, "tc", f"{WORD}tcPr/{WORD}cellDel"))
    cells: list[etree._Element] = []
    merged: set[int] = set()
    column = 0
    for cell in own:
        merges = {
            name: merge.get(f"{WORD}val", "continue")
            for name in ("vMerge", "hMerge")
            if (merge := cell.find(f"{WORD}tcPr/{WORD}{name}")) is not None
        }
        span = cell.find(f"{WORD}tcPr/{WORD}gridSpan")
        times = span.get(f"{WORD}val", "1") if span is not None else "1"
        wide = min(int(times), _MOST_MERGED) if times.isdecimal() and int(times) else 1
        if merges.get("hMerge") == "continue":
            copied = _copy(cells[-1]) if cells else None
            merged.add(len(cells))
        elif merges.get("vMerge") == "continue":
            copied = _copy(above[column]) if column in above else None
        else:
            above[column] = copied = cell
        if copied is not None:
            cells.append(copied)
            if len(own) > 1:
                merged |= set(range(len(cells), len(cells) + wide - 1))
                cells += [_copy(copied) for _ in range(wide - 1)]
        column += wide
    return cells, merged


def _copy(cell: etree._Element) -> etree._Element:
    """A cell with the words of ``cell`` alone, without its notes, numbers and page breaks."""
    text = " ".join(
        "".join(each.text or "" for each in paragraph.iter(f"{WORD}t"))
        for paragraph in cell.iter(f"{WORD}p")
    )
    copied = etree.Element(f"{WORD}tc")
    run = etree.SubElement(etree.SubElement(copied, f"{WORD}p"), f"{WORD}r")
    etree.SubElement(run, f"{WORD}t").text = text if len(text) <= _LONGEST_MERGED else ""
    return copied


def _is_end_deleted(properties: etree._Element | None) -> bool:
    """Whether tracked changes deleted the end of a paragraph."""
    return properties is not None and any(
        properties.find(f"{WORD}rPr/{WORD}{name}") is not None for name in ("del", "moveFrom")
    )
