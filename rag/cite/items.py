"""A document as a bibliographic item: what kind of source it is, and what is known about it.

Nothing is guessed. A name stays in one piece, because "Amnesty International" and "Michael Kozak"
cannot be told apart; only where it is given as ``Kozak, Michael`` are the parts known. A title
stays as the document has it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

from rag.schema import Citation, Document

Kind = Literal[
    "report", "speech", "hearing", "interview", "webpage", "article-newspaper", "book", "document"
]
"""Types of the Citation Style Language that are told apart here."""

Item = dict[str, Any]
"""A CSL-JSON item."""

_FILE: Final = tomllib.loads((resources.files("rag.cite") / "kinds.toml").read_text("utf-8"))
KINDS: Final[Mapping[Kind, Mapping[str, Any]]] = {kind: _FILE[kind] for kind in get_args(Kind)}
"""What ``kinds.toml`` says of each kind."""

_CALLED: Final = {name: kind for kind, known in KINDS.items() for name in known["called"]}
_PAGES_OF_THE_WEB: Final = ("text/html", "application/xhtml+xml", "multipart/related")
_OTHERS: Final = {
    "event": "event-title",
    "place": "publisher-place",
    "number": "number",
    "report number": "number",
    "report_number": "number",
    "isbn": "ISBN",
    "doi": "DOI",
}
_JOINERS: Final = "\u200c\u200d"
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*)?", re.DOTALL)


def kind_of(document: Document) -> Kind:
    """What kind of source a document is, as far as anything says so.

    In this order: its metadata (a field ``type`` or ``genre``); a speaker, or turns of speakers in
    its text; the format of web pages; a publisher, which makes it a report. Otherwise it is a
    ``document``, which styles cite by what is known.
    """
    extra = _extra(document)
    for field in ("type", "genre"):
        if called := _CALLED.get(extra.get(field, "").casefold()):
            return called
    if document.metadata.speaker or document.turns:
        return "speech"
    if document.media_type in _PAGES_OF_THE_WEB:
        return "webpage"
    return "report" if document.metadata.publisher else "document"


def item_of(document: Document, citation: Citation | None = None) -> Item:
    """The document as a CSL-JSON item; fields that nothing is known of are left out.

    The author of a speech is its speaker: the one of the document, or else the one whose words the
    citation has. For a page of the web and an article the publisher is the container.
    """
    known = document.metadata
    kind = kind_of(document)
    item: Item = {"id": document.id, "type": kind, "title": one_line(document.title)}
    if names := _names(document, citation, kind):
        item["author"] = names
    if publisher := one_line(known.publisher or ""):
        contained = kind in ("webpage", "article-newspaper")
        item["container-title" if contained else "publisher"] = publisher
    if issued := _date(known.date):
        item["issued"] = issued
    if language := one_line(known.language or ""):
        item["language"] = language
    extra = _extra(document)
    for field, variable in _OTHERS.items():
        if value := extra.get(field):
            item.setdefault(variable, value)
    if url := web_address(document):
        item["URL"] = url
        if accessed := _date(extra.get("retrieved")):
            item["accessed"] = accessed
    return item


def web_address(document: Document) -> str | None:
    """The http(s) address that the document was fetched from, or that its metadata names."""
    for given in (_extra(document).get("url", ""), document.source):
        address = one_line(given)
        if address.isascii() and not re.search(r"[\s\"'<>\\^`{|}]", address):
            try:
                parts = urlsplit(address)
            except ValueError:
                continue
            if parts.scheme in ("http", "https") and parts.hostname:
                return address
    return None


def one_line(text: str) -> str:
    """The words on one line, as a reader sees them.

    Control characters count as white space; what is not seen, such as soft hyphens, marks that
    turn the direction of writing, and halves of signs, is left out, but for the joiners that some
    scripts need.
    """
    seen = "".join(map(_seen, text))
    return " ".join(seen.split())


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] != "C" or character in _JOINERS:
        return character
    return " " if category == "Cc" else ""


def _extra(document: Document) -> dict[str, str]:
    return {
        name.casefold(): line
        for name, value in document.metadata.extra.items()
        if (line := one_line(value))
    }


def _names(document: Document, citation: Citation | None, kind: Kind) -> list[dict[str, str]]:
    given = document.metadata.author
    if kind in ("speech", "hearing", "interview"):
        # Reported words are not the speech of the one who is reported.
        heard = citation.speaker if citation is not None and not citation.reported else None
        given = document.metadata.speaker or heard or given
    names = (one_line(name) for name in (given or "").split(";"))
    return [_name(name) for name in names if name]


def _name(name: str) -> dict[str, str]:
    family, comma, first = name.partition(", ")
    if comma and family and first and "," not in first:
        return {"family": family, "given": first}
    return {"literal": name}


def _date(date: str | None) -> dict[str, Any] | None:
    """A date of CSL-JSON; what is no ISO date is left out rather than misread."""
    found = _DATE.fullmatch(one_line(date or ""))
    if found is None:
        return None
    parts = [int(part) for part in found.groups() if part]
    if len(parts) > 1 and not 1 <= parts[1] <= 12:
        parts = parts[:1]
    if len(parts) > 2 and not 1 <= parts[2] <= 31:
        parts = parts[:2]
    return {"date-parts": [parts]}
