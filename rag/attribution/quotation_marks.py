"""Where quotations begin and end, over sentences and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARK = re.compile(r"[“”„«»\"‘’']")
_CLOSES = {"“": '”"', "”": "”", "„": '“”"', "«": "»", '"': '"”', "‘": "’", "'": "'’"}
_DOUBLE = frozenset('“”„«"')
_SINGLE_END = re.compile(
    r"(?<=[.,?!…;:—–])[’'](?!\w)|(?<=\w)[’'](?=[,.;:?!)—–]|\s+(?:said|says|he|she|they)\b|\s*$)"
)
_LONGEST_SINGLE = 2000  # characters between single marks
_SENTENCE_END = re.compile(r"[.?!…](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation at ``[start, end)``, its marks included; ``continues`` the one before it.

    ``broken``: another opens before it is closed, so that nobody can tell where it ends.
    """

    start: int
    end: int
    continues: bool = False
    broken: bool = False
    closed: bool = True


def find_quotations(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[list[Quotation]]:
    """The quotations of each paragraph, in order.

    One that is still open at a paragraph's end goes on in the next if that opens with a mark
    again, as printers do; otherwise it is taken to end with its first sentence.
    """
    found: list[list[Quotation]] = []
    for start, end in paragraphs:
        before = found[-1][-1] if found and found[-1] else None
        continues = before is not None and not before.closed and text[start] in _DOUBLE
        if before is not None and not before.closed and not continues:
            found[-1][-1] = _shortened(text, before)
        found.append(_in_paragraph(text, start, end, continues=continues))
    if found and found[-1] and not found[-1][-1].closed:
        found[-1][-1] = _shortened(text, found[-1][-1])
    return found


def _in_paragraph(text: str, start: int, end: int, *, continues: bool) -> list[Quotation]:
    found: list[Quotation] = []
    opened: int | None = None
    mark = ""
    for each in _MARK.finditer(text, start, end):
        at = each.start()
        if _is_apostrophe(text, at):
            continue
        if opened is None:
            if _opens(text, at, start, end):
                opened, mark = at, each[0]
        elif _ends(text, at, mark) or (mark == "“" and _closes_wrongly(text, at)):
            found.append(Quotation(opened, at + 1, continues and opened == start))
            opened = None
        elif each[0] == mark and mark in _DOUBLE and _opens(text, at, start, end):
            found.append(Quotation(opened, at, broken=True))
            opened = at
    if opened is not None:
        found.append(Quotation(opened, end, continues and opened == start, closed=False))
    return found


def _is_apostrophe(text: str, at: int) -> bool:
    """Between two letters every mark is an apostrophe, however it is written."""
    return 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()


def _opens(text: str, at: int, start: int, end: int) -> bool:
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < end else " "
    mark = text[at]
    if mark in "“„«":
        return not before.isalnum() or not after.isspace()
    if after.isspace() or mark in "’»" or not (before.isspace() or before in "([—–-/“‘"):
        return False
    if mark in "‘'":
        return _SINGLE_END.search(text, at + 2, min(end, at + _LONGEST_SINGLE)) is not None
    return True


def _ends(text: str, at: int, mark: str) -> bool:
    if text[at] not in _CLOSES[mark]:
        return False
    if mark in "‘'":
        return _SINGLE_END.match(text, at) is not None
    return text[at] in "”»“" or not text[at - 1].isspace()


def _closes_wrongly(text: str, at: int) -> bool:
    """Whether an opening mark stands where one closes: “It is unusual,“ said the judge."""
    return text[at] == "“" and text[at - 1] in ",.?!…" and not text[at + 1 : at + 2].strip()


def _shortened(text: str, quotation: Quotation) -> Quotation:
    """An unclosed quotation up to the end of its first sentence."""
    end = _SENTENCE_END.search(text, quotation.start, quotation.end)
    return Quotation(
        quotation.start, end.end() if end else quotation.end, quotation.continues, closed=False
    )
