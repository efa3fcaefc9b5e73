"""Metadata from a file's own properties, without what programs write there by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from rag.readers.blocks import Block, clean
from rag.readers.metadata.fields import merge_metadata, metadata_from
from rag.schema import Metadata

# What programs write of themselves, or make of the file's name.
_TITLE_OF_A_FILE = re.compile(
    r"^(?:microsoft )?(?:word|powerpoint|excel|office)\b(?: (?:document|presentation|worksheet))?"
    r"(?: -.*)?$|^(?:microsoft|untitled|unbenannt|sans titre|sin título)\b.*|^document\s?\d*$|"
    r"^(?:presentation|präsentation|présentation|presentación|презентация)\s?\d*$|^slide \d+$|"
    r"^(?:book|mappe|classeur|libro|книга)\s?\d+$|^https?:.*|^(?:title|no title|none|layout \d*)$|"
    r"^.*\.(?:docx?|docm|dotx?|pdf|indd|qxd|rtf|odt|pptx?|xlsx?|tex|dvi|html?|epub)$|"
    r"^(?=\S*_)\S+$",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"^(?:author|user|owner|admin|administrator|windows user|microsoft office user|unknown|"
    r"microsoft corporation|utilisateur.*|benutzer|usuario|пользователь|python-docx|openpyxl|"
    r"un-named)$",
    re.IGNORECASE,
)


def metadata_of_properties(properties: etree._Element | Iterable[tuple[str, str]]) -> Metadata:
    """Title, authors, language, subject and keywords out of a Dublin Core block or of pairs.

    Titles that are those of files or templates are left out, and authors that are nobody. So are
    dates: they are those of the file.
    """
    found: dict[str, list[str]] = {}
    for name, value in _pairs(properties):
        values = found.setdefault(name, [])
        if clean(value) and clean(value) not in values:
            values.append(clean(value))
    creators = found.get("initial-creator") or found.get("creator") or []
    title = next(iter(found.get("title", ())), "")
    if sum(map(str.isalpha, title)) < 3 or _TITLE_OF_A_FILE.match(title):
        title = ""
    keywords = [*found.get("keywords", ()), *found.get("keyword", ())]
    return metadata_from(
        {
            "title": title,
            "author": ", ".join(each for each in creators if not _NOBODY.match(each)),
            "language": " ".join(found.get("language", ())[:1]),
            "subject": ", ".join(found.get("subject", ())),
            "keywords": ", ".join(keywords),
        }
    )


def _pairs(properties: etree._Element | Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    if not isinstance(properties, etree._Element):
        return properties
    elements = [each for each in properties.iter() if isinstance(each.tag, str)]
    return [
        (etree.QName(each).localname.lower(), "".join(map(str, each.itertext())))
        for each in elements
        if not len(each)
    ]


def titled(metadata: Metadata, blocks: Sequence[Block]) -> Metadata:
    """``metadata`` with the first heading of level 1 as title, if it has none of its own."""
    headings = (clean(block.text) for block in blocks if block.level == 1)
    title = next(filter(None, headings), None)
    return merge_metadata(first=metadata, then=Metadata(title=title))
