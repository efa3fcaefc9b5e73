"""Somebody's statements as a file: a table, or a document with footnotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.export.records import ClaimedStatement, ClaimedTurn, Place
from rag.export.tables import write_table
from rag.store import ListedStatement

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


def write_csv(statements: Sequence[ListedStatement]) -> bytes:
    """A table for spreadsheets; one row a statement, with where it stands."""
    rows = (
        (
            *(each.person, each.speaker, each.role, each.country, _OWN[each.how], each.cue),
            *(each.text, each.title, each.publisher, each.date, each.source),
            *(each.page_label or each.page, each.start, each.end, each.document_id),
        )
        for each in statements
    )
    return write_table(_COLUMNS, rows, format_="csv")


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
