"""Mend an index: the catalog is put in order, and everything else is rebuilt from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import IndexBusy, IndexMismatch, IndexMissing, IndexProblem
from rag.store.folder.catalog import Catalog
from rag.store.folder.index import Index
from rag.store.folder.index_versions import Layout
from rag.store.folder.rebuild import rebuild, recover
from rag.store.folder.storage_errors import first_line
from rag.store.maintenance.check import Finding, check, check_catalog, integrity

if TYPE_CHECKING:
    from rag.settings import Settings

# What needs no rebuilding: the start of every writer clears up the first three.
_CLEARED_UP = {"unfinished", "left-over", "original-superfluous"}
_ORIGINALS = {"original-missing"}

# What is done to the rows that a finding names. Passages and vectors that are taken out are cut
# and embedded anew when the index is rebuilt.
_MENDING = {
    "source-without-document": ("DELETE FROM sources WHERE source = ?",),
    "document-without-source": (
        # An empty fingerprint lets the next ingestion of the file read it again.
        "INSERT OR IGNORE INTO sources (source, origin, fingerprint, document_id) "
        "SELECT source, '', '', id FROM documents WHERE id = ?",
    ),
    "document-without-text": ("DELETE FROM sources WHERE document_id = ?",),
    "stray-rows": (
        "DELETE FROM texts WHERE document_id = ?",
        "DELETE FROM passages WHERE id = ?",
        "DELETE FROM vectors WHERE passage_id = ?",
    ),
    "passages-do-not-fit": (
        "DELETE FROM vectors WHERE document_id = ?",
        "DELETE FROM passages WHERE document_id = ?",
        "UPDATE documents SET (characters, pages) = (SELECT length(text), "
        "json_array_length(structure, '$.pages') FROM texts WHERE document_id = id) WHERE id = ?",
    ),
    "vector-lost": ("DELETE FROM vectors WHERE passage_id = ?",),
}


@dataclass(frozen=True, slots=True)
class Repair:
    """What was ``done``, one sentence each, and what is ``left`` all the same."""

    done: tuple[str, ...]
    left: tuple[Finding, ...]


def open_damaged(settings: Settings, *, mend: bool) -> tuple[Index, tuple[str, ...]]:
    """Open an index for :func:`check`, changing nothing unless ``mend``; and what was mended.

    Raises:
        IndexMissing: there is none.
        IndexMismatch: it was built with other settings than these.
        IndexProblem: its catalog cannot be opened; the message says what to do.
    """
    layout = Layout(settings.index)
    done: tuple[str, ...] = ()
    if mend and layout.current() is None and layout.exists():
        with layout.locked():
            layout.mend_pointer()
        done = ("pointed to the newest whole generation",)
    try:
        return Index.open(settings, recover=False), done
    except (IndexMissing, IndexMismatch, IndexBusy):
        raise
    except IndexProblem as error:
        if layout.current() is None or not isinstance(error.__cause__, Exception):
            raise
        raise IndexProblem(
            f"the catalog in {layout.root}/ cannot be opened ({first_line(error.__cause__)}): "
            f"restore a backup with 'rag restore FILE --force --index {layout.root}', or remove "
            "the folder and ingest again"
        ) from error


def repair(index: Index, findings: Sequence[Finding]) -> Repair:
    """Mend what was found, then look again; embeds only what is lost.

    Raises:
        IndexBusy: another process is writing.
        IndexProblem: the disk is full, or cannot be written.
    """
    done: list[str] = []
    with index.layout.locked():
        index.layout.remove_left_over()
        if any(finding.kind == "catalog-damaged" for finding in findings):
            # SQLite's own indexes can be made anew from its tables, if those are whole.
            with suppress(IndexProblem):
                index.catalog.rows("REINDEX")
            if integrity(index.catalog):
                return Repair((), tuple(findings))
            done.append("made the indexes of the catalog anew")
            findings = check(index)
        kinds = {finding.kind for finding in findings}
        if kinds - _CLEARED_UP - _ORIGINALS:
            for _ in rebuild(index, lambda catalog: done.extend(_put_in_order(catalog))):
                pass
            done.append("rebuilt vectors and lexical index from the catalog")
        for finding in findings:
            if finding.kind in _ORIGINALS:
                done += [_find_original(index, each) for each in finding.ids]
        recover(index)
        if cleared := kinds & _CLEARED_UP:
            done.append(f"cleared up what an interrupted command left ({', '.join(cleared)})")
        left = check(index)
        if any(each.kind == "vector-unreachable" for each in left):
            # Beside thousands of vectors that are nearly equal a graph loses some however it is
            # built: with twice the neighbours it still lost 5 of 200.
            index.generation.compare_all()
            done.append("all vectors are compared from now on: the graph loses some of them")
            left = check(index)
    return Repair(tuple(done), tuple(left))


def _put_in_order(catalog: Catalog) -> Iterator[str]:
    """Take out the rows that do not fit; says which documents are lost."""
    for finding in check_catalog(catalog):
        with catalog.transaction() as connection:
            for statement in _MENDING.get(finding.kind, ()):
                connection.executemany(statement, [(each,) for each in finding.ids])
        if finding.kind == "document-without-text":
            for name in finding.documents:
                yield f"took out {name}, whose text is lost: ingest it again"
    # Removes the documents that nothing leads to: they were superseded, or their text is lost.
    catalog.refresh_all()


def _find_original(index: Index, document_id: str) -> str:
    """Copy a missing original again from the file that it came from, if that has not changed."""
    name = index.names().get(document_id)
    content = index.original(document_id)
    index.originals.remove([document_id])
    if content is None:
        index.catalog.forget_original(document_id)
        return f"the original of {name} is lost: add the file again to have it back"
    index.originals.put(document_id, content)
    return f"copied the original of {name} again"
