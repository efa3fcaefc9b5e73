"""Whether a catalog agrees with itself, and how it is mended where it does not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from rag.errors import IndexProblem
from rag.store.catalog.writing import Catalog

__all__ = ["Disagreements", "disagreements", "integrity", "mend_indexes", "mend_rows"]


@dataclass(slots=True)
class Disagreements:
    """What is wrong in the rows of a catalog; lists of document ids but for ``lost_sources``."""

    lost_sources: list[str] = field(default_factory=list)
    without_source: list[str] = field(default_factory=list)
    without_text: list[str] = field(default_factory=list)
    ill_cut: list[str] = field(default_factory=list)
    stray_rows: int = 0


_STRAY = (
    "texts WHERE document_id NOT IN (SELECT id FROM documents)",
    "passages WHERE document_id NOT IN (SELECT id FROM documents)",
    "vectors WHERE passage_id NOT IN (SELECT id FROM passages)",
)


def integrity(catalog: Catalog) -> list[str]:
    """What SQLite says is wrong with the file; empty if nothing is."""
    try:
        rows = catalog.rows("PRAGMA integrity_check(5)")
    except IndexProblem as error:
        return [str(error.__cause__ or error)]
    found = [" ".join(str(row[0]).split()) for row in rows]
    return [] if found == ["ok"] else found


def disagreements(catalog: Catalog) -> Disagreements:
    """Rows that do not fit other rows, or the text of their document."""
    found = Disagreements(
        lost_sources=_column(
            catalog,
            "SELECT source FROM sources WHERE document_id NOT IN (SELECT id FROM documents)",
        ),
        without_source=_column(
            catalog, "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM sources)"
        ),
        without_text=_column(
            catalog, "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM texts)"
        ),
        stray_rows=sum(
            catalog.rows(f"SELECT count(*) AS found FROM {each}")[0]["found"]  # noqa: S608 - ours
            for each in _STRAY
        ),
    )
    without_text = set(found.without_text)
    found.ill_cut = [
        document_id
        for document_id in _column(catalog, "SELECT id FROM documents ORDER BY source")
        if document_id not in without_text and not _is_well_cut(catalog, document_id)
    ]
    return found


def _column(catalog: Catalog, sql: str) -> list[str]:
    return [row[0] for row in catalog.rows(sql)]


def _is_well_cut(catalog: Catalog, document_id: str) -> bool:
    """Whether a document has passages, which lie in its text and are named by where they lie."""
    row = catalog.rows(
        "SELECT d.characters, d.passages, d.pages, t.text, t.pages AS page_records "
        "FROM documents d JOIN texts t ON t.document_id = d.id WHERE d.id = ?",
        (document_id,),
    )[0]
    passages = catalog.rows(
        'SELECT id, start, "end", page_start, page_end, sentences FROM passages '
        "WHERE document_id = ?",
        (document_id,),
    )
    text: str = row["text"]
    try:
        pages = len(json.loads(row["page_records"]))
        return (
            0 < len(passages) == row["passages"]
            and (len(text), pages) == (row["characters"], row["pages"])
            and all(
                each["id"] == f"{document_id}.{each['start']}-{each['end']}"
                and 0 <= each["start"] < each["end"] <= len(text)
                and text[each["start"] : each["end"]].strip() != ""
                and all(
                    each["start"] <= start < end <= each["end"]
                    for start, end in json.loads(each["sentences"])
                )
                and (each["page_start"] is None) == (pages == 0)
                for each in passages
            )
        )
    except (ValueError, TypeError):
        return False


def mend_indexes(catalog: Catalog) -> None:
    """Make SQLite's indexes anew from the tables, which mends them if the tables are whole."""
    catalog.rows("REINDEX")


def mend_rows(catalog: Catalog, found: Disagreements) -> list[str]:
    """Remove rows that lead nowhere, and lead to documents again that nothing leads to.

    Returns the sources of the documents whose text is lost, which are gone then.
    """
    names = catalog.names()
    lost = [names[each] for each in found.without_text]
    with catalog.transaction() as connection:
        connection.executemany(
            "DELETE FROM sources WHERE source = ?", [(each,) for each in found.lost_sources]
        )
        # An empty fingerprint lets the next ingestion of the file read it again.
        connection.executemany(
            "INSERT OR IGNORE INTO sources (source, origin, fingerprint, document_id) "
            "SELECT source, '', '', id FROM documents WHERE id = ?",
            [(each,) for each in found.without_source],
        )
        for each in found.without_text:
            connection.execute("DELETE FROM sources WHERE document_id = ?", (each,))
        for each in _STRAY:
            connection.execute(f"DELETE FROM {each}")  # noqa: S608 - ours
    # What nothing leads to now was superseded, or its text is lost.
    catalog.remove_sources([])
    catalog.refresh_all()
    return lost
