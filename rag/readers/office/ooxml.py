"""Office Open XML packages (Word, PowerPoint, Excel): parts and the relationships between them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from rag.errors import DamagedFile
from rag.readers.containers import Container
from rag.readers.metadata.properties import metadata_of_properties
from rag.schema import Metadata

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A part's pointer to another part: ``kind`` is the last word of its type, as ``styles``."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of a file, found by their relationships: ``main`` is the first of them."""

    def __init__(self, container: Container) -> None:
        self.container = container
        found = next(
            (each.target for each in self.related("") if each.kind == "officeDocument"), ""
        )
        if not found:
            raise DamagedFile(f"{container.name}: damaged, it names no main part; save it anew")
        self.main = found

    def related(self, part: str) -> Iterator[Relationship]:
        """The relationships of ``part`` to other parts of the file, in their order."""
        folder, file = posixpath.split(part)
        root = self.container.find_xml(f"{folder}/_rels/{file}.rels".lstrip("/"))
        for each in root.iter(_RELATIONSHIP) if root is not None else ():
            target = each.get("Target", "")
            if target and each.get("TargetMode") != "External":
                kind = each.get("Type", "").rsplit("/", 1)[-1]
                path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                yield Relationship(each.get("Id", ""), kind, path)

    def related_xml(self, part: str, kind: str) -> etree._Element | None:
        """The root element of the first part of this kind, None if there is none."""
        path = next((each.target for each in self.related(part) if each.kind == kind), None)
        return None if path is None else self.container.find_xml(path)

    def _about(self, kind: str) -> etree._Element | None:
        """The root element of a part about the file, None if there is none or it is broken."""
        try:
            return self.related_xml("", kind)
        except DamagedFile:
            return None

    def properties(self) -> Metadata:
        """What the core properties say of the report; broken ones say nothing."""
        root = self._about("core-properties")
        return Metadata() if root is None else metadata_of_properties(root)

    def counted_pages(self) -> int | None:
        """The number of pages that the program that saved the file counted, if it did.

        Programs that do not lay out the document write that it has none or one.
        """
        root = self._about("extended-properties")
        text = "" if root is None else root.findtext("{*}Pages") or ""
        return int(text) if re.fullmatch(r"\d{1,6}", text) and int(text) > 1 else None


def local_name(element: etree._Element | None) -> str:
    """The name of ``element`` without its namespace; empty for what is no element."""
    tag = None if element is None else element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def alternative(element: etree._Element, *, holding: str) -> etree._Element | None:
    """The one branch of an ``mc:AlternateContent`` to read: the first that holds such an element.

    All branches say the same, for programs of different age; without such an element it is the
    first one.
    """
    branches = [
        each
        for each in element
        if each.tag in (f"{_COMPATIBILITY}Choice", f"{_COMPATIBILITY}Fallback")
    ]
    fitting = (each for each in branches if next(each.iter(holding), None) is not None)
    return next(fitting, branches[0] if branches else None)
