"""EPUB books: the chapters in the order of the spine, each read as the web page that it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from lxml import etree

from rag.errors import DamagedFile
from rag.readers.blocks import Block, assemble, clean
from rag.readers.containers import Container, open_container
from rag.readers.decoding import decode
from rag.readers.limits import Limits
from rag.readers.metadata.fields import merge_metadata, metadata_from
from rag.readers.metadata.properties import metadata_of_properties, titled
from rag.readers.web.html import blocks_of_fragment
from rag.schema import Metadata, Reading

_CHAPTERS = ("application/xhtml+xml", "text/html", "application/xml", "text/xml")
_XML_DECLARATION = re.compile(r"(?<!\s)\s*<\?xml[^<>]*\?>")
_NOTE = re.compile(r"\b(?:doc-)?(?:foot|end|rear)notes?\b")
_MARK = re.compile(r"\b(?:doc-)?noteref\b")


def read_epub(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an e-book; a chapter without a heading gets its name from the table of contents.

    Raises:
        DamagedFile: damaged, truncated, or protected against copying.
        LimitExceeded: it would expand beyond ``limits``.
    """
    with open_container(content, name, limits) as container:
        path = _package_path(container)
        package = container.read_xml(path)
        items = _items(package, path)
        chapters = list(dict.fromkeys(_spine(package, items)))
        _check_is_open(container, chapters)
        names = _names(container, package, items)
        blocks: list[Block] = []
        missing = 0
        for chapter in chapters:
            page = container.find(chapter)
            missing += page is None
            if page is not None:
                blocks += _with_heading(list(_blocks(page, name)), names.get(chapter))
        metadata = titled(_metadata(package), blocks[:5])
    warnings = (f"{missing} chapters are missing in the file",) if missing else ()
    return assemble(blocks, metadata=metadata, warnings=warnings)


def _package_path(container: Container) -> str:
    root = container.read_xml("META-INF/container.xml")
    path = next(filter(None, (each.get("full-path") for each in root.iter("{*}rootfile"))), None)
    if path is None:
        raise DamagedFile(f"{container.name}: damaged, it names no book inside; download it again")
    return path


def _items(package: etree._Element, path: str) -> dict[str, tuple[str, etree._Element]]:
    """Path and element of each file of the book by its id."""
    return {
        each.get("id", ""): (_resolved(path, each.get("href", "")), each)
        for each in package.iter("{*}item")
    }


def _resolved(base: str, address: str) -> str:
    path = unquote(address.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), path)).lstrip("/")


def _spine(package: etree._Element, items: dict[str, tuple[str, etree._Element]]) -> Iterator[str]:
    """The chapters in reading order, without the table of contents, which repeats their names."""
    for each in package.iter("{*}itemref"):
        path, item = items.get(each.get("idref", ""), ("", None))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        if item.get("media-type", _CHAPTERS[0]) in _CHAPTERS:
            yield path


def _check_is_open(container: Container, chapters: list[str]) -> None:
    """Fonts may be scrambled, chapters may not."""
    root = container.find_xml("META-INF/encryption.xml")
    for each in root.iter("{*}CipherReference") if root is not None else ():
        if unquote(each.get("URI", "")) in chapters:
            raise DamagedFile(
                f"{container.name}: protected against copying; get a copy without protection"
            )


def _names(
    container: Container, package: etree._Element, items: dict[str, tuple[str, etree._Element]]
) -> dict[str, str]:
    """The name of each chapter by its path, of EPUB 3's table of contents or EPUB 2's."""
    spine = next(package.iter("{*}spine"), None)
    older = "" if spine is None else spine.get("toc", "")
    found: dict[str, str] = {}
    for identifier, (path, item) in items.items():
        is_newer = "nav" in item.get("properties", "").split()
        if not is_newer and identifier != older:
            continue
        root = container.try_xml(path)  # a broken one is no reason to lose the book
        for address, label in _entries(root) if root is not None else ():
            found.setdefault(_resolved(path, address), clean(label))
    return found


def _entries(root: etree._Element) -> Iterator[tuple[str, str]]:
    for each in root.iter("{*}navPoint"):
        label, target = next(each.iter("{*}text"), None), next(each.iter("{*}content"), None)
        if label is not None and target is not None:
            yield target.get("src", ""), label.text or ""
    for each in root.iter("{*}a"):
        yield each.get("href", ""), "".join(map(str, each.itertext()))


def _with_heading(blocks: list[Block], name: str | None) -> list[Block]:
    """``blocks`` under the name of their chapter, if they have no heading of their own."""
    if not name or not blocks or any(block.level is not None for block in blocks):
        return blocks
    if clean(blocks[0].text).casefold() == name.casefold():
        return [Block(blocks[0].text, 1), *blocks[1:]]
    return [Block(name, 1), *blocks]


def _blocks(page: bytes, name: str) -> Iterator[Block]:
    declared = EncodingDetector.find_declared_encoding(page, is_html=True)
    text = _XML_DECLARATION.sub("", decode(page, name, declared=declared), count=1)
    soup = BeautifulSoup(text, "lxml")
    for tag in soup.find_all("a"):
        if _MARK.search(_role(tag)):
            tag.decompose()
    for tag in soup.find_all("aside"):
        if _NOTE.search(_role(tag)):  # other asides are beside the text
            tag.name = "div"
    yield from blocks_of_fragment(str(soup))


def _role(tag: Tag) -> str:
    return f"{tag.get('epub:type', '')} {tag.get('role', '')}"


def _metadata(package: etree._Element) -> Metadata:
    """What the book says of itself, with the date on which it was published."""
    root = next(package.iter("{*}metadata"), None)
    if root is None:
        return Metadata()
    known = metadata_of_properties(root)
    dates = list(root.iter("{*}date"))
    published = [each for each in dates if "publication" in "".join(map(str, each.attrib.values()))]
    date = next((each.text or "" for each in published or dates), "")
    publishers = (each.text or "" for each in root.iter("{*}publisher"))
    given = metadata_from({"date": date, "publisher": next(publishers, "")})
    return merge_metadata(first=known, then=given)
