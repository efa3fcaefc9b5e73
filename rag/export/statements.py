"""Somebody's statements as a file: a table, or a document with footnotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from rag.export.records import ClaimedStatement, ClaimedTurn, Place
from rag.language.words import well_formed
from rag.store import ListedStatement

__all__ = ["ACCOUNT", "turn_of_statements", "write_csv"]

ACCOUNT: Final = "an account of these words, not the words themselves"
"""What is said of a statement that is no quotation."""

_OWN: Final = {
    "turn": "in the speaker’s turn",
    "quoted": "in quotation marks",
    "reported": ACCOUNT,
    "metadata": "in a speech of the speaker",
    "author": "written by the author",
}
_ACCOUNTS: Final = (
    "{accounts} of the {all} statements are accounts of somebody’s words, and say so; the words "
    "themselves may differ."
)
_COLUMNS: Final = (
    *("person", "named in the document as", "role", "country", "known by", "cue", "statement"),
    *("title", "publisher", "date", "file", "page", "start", "end", "document"),
)
# A spreadsheet would compute what begins so.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(statements: Sequence[ListedStatement]) -> bytes:
    """A table for spreadsheets, UTF-8 with a mark; one row a statement, with where it stands.

    What a spreadsheet would take for a formula has an apostrophe before it.
    """
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(_COLUMNS)
    for each in statements:
        row = (
            *(each.person, each.speaker, each.role, each.country, _OWN[each.how], each.cue),
            *(each.text, each.title, each.publisher, each.date, each.source),
            *(each.page_label or each.page, each.start, each.end, each.document_id),
        )
        table.writerow([_cell(value) for value in row])
    return ("\ufeff" + written.getvalue()).encode("utf-8")


def _cell(value: object) -> str:
    text = "" if value is None else well_formed(str(value))
    return f"'{text}" if text.startswith(_FORMULAS) else text


def turn_of_statements(heading: str, statements: Sequence[ListedStatement]) -> ClaimedTurn:
    """Statements under a heading, to be exported with a footnote each.

    The index of statements knows whose they are, so this is not looked for again.
    """
    claimed = tuple(
        ClaimedStatement(
            each.text,
            "quote",
            (Place(each.document_id, each.start, each.end),),
            speaker=each.speaker,
            reported=each.is_account,
        )
        for each in statements
    )
    accounts = sum(each.is_account for each in statements)
    note = _ACCOUNTS.format(accounts=accounts, all=len(statements))
    return ClaimedTurn(heading, claimed, (note,) if accounts else ())
