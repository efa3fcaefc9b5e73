"""References for reference managers: BibTeX, RIS and CSL-JSON."""

from __future__ import annotations

import json
import re
from typing import Any, Final, Literal, get_args

from rag.cite.items import KINDS, Item, item_of, one_line
from rag.cite.references import pinpoint
from rag.schema import Citation, Document

ExchangeFormat = Literal["bib", "ris", "json"]
FORMATS: Final[tuple[ExchangeFormat, ...]] = get_args(ExchangeFormat)

_TEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # BibTeX counts escaped braces too
        "}": r"\textbraceright{}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def exchange(
    document: Document,
    citation: Citation | None = None,
    *,
    format: ExchangeFormat,  # noqa: A002
) -> str:
    """The document's reference in a format that reference managers read, ending in a line break.

    The pinpoint of the citation, which these formats have no field for, is in a note.
    """
    item = item_of(document, citation)
    note = _note(document, citation)
    if format == "bib":
        return _bibtex(item, note)
    if format == "ris":
        return _ris(item, note)
    if note:
        item["note"] = note
    return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def _note(document: Document, citation: Citation | None) -> str:
    located = pinpoint(citation, document) if citation else None
    if located is None:
        return ""
    term, place = located
    return " ".join(filter(None, ("Cited:", term, f"“{place}”" if term == "section" else place)))


def _bibtex(item: Item, note: str) -> str:
    known = KINDS[item["type"]]
    kind = known.get("bibtex", "misc")
    fields: dict[str, str] = {
        "title": f"{{{_tex(item['title'])}}}",  # braces keep its capitals
        "author": " and ".join(
            f"{{{_tex(name['literal'])}}}" if "literal" in name else _tex(", ".join(name.values()))
            for name in item.get("author", ())
        ),
        "publisher": _tex(item.get("publisher", "")),
        "journal": _tex(item.get("container-title", "")),
        "year": _part(item, 0),
        "month": _part(item, 1),
        "day": _part(item, 2),
        "address": _tex(item.get("publisher-place", "")),
        "number": _tex(item.get("number", "")),
        "isbn": _tex(item.get("ISBN", "")),
        "doi": _tex(item.get("DOI", "")),
        "url": item.get("URL", "").replace("%", r"\%").replace("#", r"\#"),
        "urldate": "-".join(f"{part:02}" for part in _parts(item, "accessed")),
        "howpublished": known.get("genre", ""),
        "langid": _tex(item.get("language", "")),
        "note": _tex(note),
    }
    if kind == "techreport":
        fields["institution"] = fields.pop("publisher")
    elif kind == "misc" and fields["journal"]:
        fields["organization"] = fields.pop("journal")
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{_key(item)},", *lines, "}"]) + "\n"


def _tex(words: str) -> str:
    return one_line(words).translate(_TEX)


def _key(item: Item) -> str:
    """Letters and digits of the title and the beginning of the id, which tells twins apart."""
    words = re.findall(r"[A-Za-z0-9]+", item["title"])
    return f"{''.join(words)[:24] or 'document'}-{re.sub(r'[^A-Za-z0-9]', '', item['id'])[:8]}"


def _ris(item: Item, note: str) -> str:
    date = _parts(item, "issued")
    full = "/".join((*(f"{part:02}" for part in date), *[""] * (4 - len(date)))) if date else ""
    fields: list[tuple[str, str]] = [
        ("TY", KINDS[item["type"]]["ris"]),
        ("TI", item["title"]),
        *(("AU", ", ".join(name.values())) for name in item.get("author", ())),
        ("PB", item.get("publisher", "")),
        ("T2", item.get("container-title", "")),
        ("PY", _part(item, 0)),
        ("DA", full),
        ("CY", item.get("publisher-place", "")),
        ("M1", item.get("number", "")),
        ("SN", item.get("ISBN", "")),
        ("DO", item.get("DOI", "")),
        ("UR", item.get("URL", "")),
        ("Y2", "/".join(f"{part:02}" for part in _parts(item, "accessed"))),
        ("M3", KINDS[item["type"]].get("genre", "")),
        ("LA", item.get("language", "")),
        ("N1", note),
    ]
    lines = [f"{tag}  - {one_line(value)}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _parts(item: Item, variable: str) -> list[Any]:
    dates: list[list[Any]] = item.get(variable, {}).get("date-parts", [[]])
    return dates[0]


def _part(item: Item, number: int) -> str:
    parts = _parts(item, "issued")
    return str(parts[number]) if number < len(parts) else ""
