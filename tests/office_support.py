"""Small office files for tests, written by hand where libraries cannot write what is tested."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from rag.readers import media_type_of, read
from rag.readers.limits import Limits
from rag.schema import Reading

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/>'
    "</w:style>"
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Eigene"><w:name w:val="Kapitel"/>'
    '<w:basedOn w:val="berschrift2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Titre3"><w:name w:val="Titre 3"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Rund"><w:basedOn w:val="Rund2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Rund2"><w:basedOn w:val="Rund"/></w:style>'
)


def zipped(files: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these files, in this order."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


def relationships(targets: Mapping[str, tuple[str, str]]) -> str:
    """The XML of relationships: id to kind and target."""
    return (
        f'<Relationships xmlns="{_PACKAGE}">'
        + "".join(
            f'<Relationship Id="{identifier}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>'
            for identifier, (kind, target) in targets.items()
        )
        + "</Relationships>"
    )


def word(body: str, **parts: str) -> bytes:
    """A Word document; ``parts`` are the insides of footnotes, endnotes and so on."""
    kinds = {"styles": STYLES, **parts}
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships(
            {
                "a": ("officeDocument", "word/document.xml"),
                "b": ("extended-properties", "docProps/app.xml"),
            }
        ),
        "word/document.xml": _part("document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": relationships(
            {kind: (kind, f"{kind}.xml") for kind in kinds} | {"null": ("image", "NULL")}
        ),
    }
    if "app" in kinds:
        files["docProps/app.xml"] = f"<Properties>{kinds.pop('app')}</Properties>"
    for kind, inside in kinds.items():
        files[f"word/{kind}.xml"] = _part(kind, inside)
    return zipped(files)


def _part(name: str, inside: str) -> str:
    return (
        f'<w:{name} xmlns:w="{W}" xmlns:r="{RELATIONSHIPS}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:v="urn:schemas-microsoft-com:vml">'
        f"{inside}</w:{name}>"
    )


def paragraph(text: str = "", *, style: str | None = None, inside: str = "") -> str:
    """A ``w:p`` with one run of text and whatever else it should hold."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p>{properties}{run}{inside}</w:p>"


_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_ODF_NAMES = {
    "office": "office",
    "text": "text",
    "table": "table",
    "draw": "drawing",
    "style": "style",
    "fo": "xsl-fo-compatible",
    "presentation": "presentation",
    "meta": "meta",
}
_NAMESPACES = (
    " ".join(f'xmlns:{prefix}="{_ODF}{name}:1.0"' for prefix, name in _ODF_NAMES.items())
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def open_document(kind: str, body: str, *, styles: str = "", meta: str = "") -> bytes:
    """An OpenDocument file; ``kind`` is text, spreadsheet or presentation."""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {_NAMESPACES}><office:automatic-styles>"
            f"{styles}</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {_NAMESPACES}><office:meta>{meta}</office:meta>"
            "</office:document-meta>",
        }
    )


def book(chapters: Mapping[str, str], *, metadata: str = "", contents: str = "") -> bytes:
    """An EPUB book; ``contents`` is the inside of its table of contents."""
    items = "".join(
        f'<item id="{path}" href="{path}" media-type="application/xhtml+xml"/>' for path in chapters
    )
    spine = "".join(f'<itemref idref="{path}"/>' for path in chapters)
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="in/book.opf"/>'
        "</rootfiles></container>",
        "in/book.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{metadata}</metadata><manifest>{items}"
        '<item id="nav" properties="nav" href="nav.xhtml" media-type="application/xhtml+xml"/>'
        f'</manifest><spine><itemref idref="nav"/>{spine}</spine></package>',
        "in/nav.xhtml": f"<html><body><nav><h1>Contents</h1>{contents}</nav></body></html>",
    }
    return zipped(files | {f"in/{path}": page for path, page in chapters.items()})


def reading_of(content: bytes, name: str, limits: Limits | None = None) -> Reading:
    """The file as ingestion reads it."""
    return read(content, name=name, media_type=media_type_of(name, content), limits=limits)


def blocks_of(reading: Reading) -> list[str]:
    """The blocks of its text."""
    return reading.text.split("\n\n")


def headings_of(reading: Reading) -> list[tuple[int, str]]:
    """Level and text of its headings."""
    return [(each.level, reading.text[each.start : each.end]) for each in reading.headings]


def pages_of(reading: Reading) -> list[tuple[str | None, str]]:
    """Label and text of its pages, after a look at whether they are gapless and numbered."""
    ends = [0, *(page.end for page in reading.pages)]
    assert [page.start for page in reading.pages] == ends[:-1]
    assert not reading.pages or ends[-1] == len(reading.text)
    assert [page.number for page in reading.pages] == list(range(1, len(ends)))
    return [(page.label, reading.text[page.start : page.end].strip()) for page in reading.pages]
