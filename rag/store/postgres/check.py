"""Compare what a database is searched by with its catalog, and mend what does not agree."""

from __future__ import annotations

from collections.abc import Sequence

from rag.schema import owner
from rag.store.maintenance.check import Finding
from rag.store.postgres.store import PostgresStore

# The database holds its own rows together, by foreign keys; these cross from one to the other.
_ROWS = (
    (
        "document-without-source",
        "documents have no source",
        "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM sources)",
    ),
    (
        "document-without-text",
        "documents have lost their text",
        "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM texts)",
    ),
    (
        "passages-do-not-fit",
        "documents have no passages, or another number than the catalog says",
        "SELECT d.id FROM documents d WHERE d.passages = 0 OR d.passages <> "
        "(SELECT count(*) FROM passages p WHERE p.document_id = d.id)",
    ),
    (
        "vector-lost",
        "passages have no vector",
        "SELECT p.id FROM passages p WHERE p.id NOT IN (SELECT passage_id FROM vectors)",
    ),
    (
        "words-lost",
        "passages are not in the index of words",
        "SELECT p.id FROM passages p WHERE p.id NOT IN (SELECT passage_id FROM words)",
    ),
    (
        "original-lost",
        "documents have lost the copy of their file",
        "SELECT d.id FROM documents d WHERE d.original IS NOT NULL "
        "AND d.id NOT IN (SELECT o.document_id FROM originals o)",
    ),
)


def check_database(store: PostgresStore) -> list[Finding]:
    """Everything that does not agree; changes nothing."""
    names = store.names()
    findings = []
    for kind, words, query in _ROWS:
        ids = tuple(sorted(row[0] for row in store.rows(query)))
        if ids:
            documents = sorted({names[each] for each in map(owner, ids) if each in names})
            findings.append(Finding(kind, f"{len(ids)} {words}", tuple(documents), ids))
    findings += [
        Finding(
            "index-finds-nothing", f"the index of {name} does not find what is there", ids=(name,)
        )
        for name in store.canary.lost()
    ]
    return findings


def mend_database(
    store: PostgresStore, findings: Sequence[Finding]
) -> tuple[tuple[str, ...], list[Finding]]:
    """Mend what can be mended from the catalog: what was done, and what is left."""
    done = []
    for finding in findings:
        match finding.kind:
            case "index-finds-nothing":
                if store.canary.mend():
                    done.append(f"built the index of {finding.ids[0]} again")
            case "words-lost" | "vector-lost":
                _publish_again(store, sorted({owner(each) for each in finding.ids}))
                done.append(f"indexed {len(finding.documents)} documents again")
            case "document-without-source":
                store.refresh_all()
                done.append(f"removed {len(finding.ids)} documents without source")
            case _:
                pass
    return tuple(done), check_database(store)


def _publish_again(store: PostgresStore, document_ids: Sequence[str]) -> None:
    """Write words and missing vectors of documents from their text."""
    with store.writing() as writer:
        writer.embed_missing(each for each in map(store.publication, document_ids) if each)
