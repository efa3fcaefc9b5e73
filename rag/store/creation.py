"""What has to be there before an index can be opened: made, adopted, or taken over."""

from __future__ import annotations

from contextlib import closing

from rag.errors import IndexMismatch, IndexMissing, IndexProblem
from rag.store.catalog import Catalog
from rag.store.index_versions import CATALOG, Layout
from rag.store.storage_errors import faults

__all__ = ["adopt", "begin"]

# Another process may be making the very same index.
_PATIENCE_SECONDS = 10.0


def begin(layout: Layout, *, create: bool, rebuild: bool) -> None:
    """See to it that there is a current generation, or say why there is none.

    Raises:
        IndexMissing: there is no index, and none was to be created.
        IndexMismatch: an earlier version of the program made it.
        IndexProblem: the pointer is damaged, or the folder cannot be written.
    """
    if layout.current() is not None:
        return
    root = layout.root
    if layout.exists():
        if not create:
            raise IndexProblem(
                f"the file {root / 'current'} is missing or damaged: run 'rag doctor --repair "
                f"--index {root}'"
            )
        with layout.locked(wait=_PATIENCE_SECONDS):
            adopt(layout)
    elif (root / CATALOG).is_file():
        if not rebuild:
            raise IndexMismatch(
                f"the index in {root}/ was made by an earlier version of Footnote: bring it up to "
                f"date with 'rag reindex --index {root}'"
            )
        with layout.locked():
            _take_over(layout)
    elif create:
        with faults(root, "the folder of the index"):
            root.mkdir(parents=True, exist_ok=True)
        with layout.locked(wait=_PATIENCE_SECONDS):
            _create(layout)
    else:
        raise IndexMissing(
            f"there is no index in {root}/: build one with 'rag ingest PATH --index {root}'"
        )


def adopt(layout: Layout) -> None:
    """Point to the newest whole generation, if the pointer is lost.

    Raises:
        IndexProblem: there is none.
    """
    if layout.current() is not None:
        return
    complete = layout.complete()
    if not complete:
        raise IndexProblem(
            f"there is no whole catalog in {layout.root}/: restore a backup with 'rag restore FILE "
            f"--force --index {layout.root}', or remove the folder and ingest again"
        )
    layout.point_to(complete[-1])


def _create(layout: Layout) -> None:
    if layout.current() is None:
        number, folder = layout.new_folder()
        Catalog(folder / CATALOG, root=layout.root).close()
        layout.point_to(number)
        layout.remove_left_over()


# The tables of the first version, which kept the texts with the rest and had no vectors. What
# counts for a document was then one layer: what was given, merged with what was found.
_TAKE_OVER = """
INSERT INTO settings SELECT name, value FROM old.settings;
INSERT INTO documents SELECT d.id, (SELECT min(source) FROM old.sources s
    WHERE s.document_id = d.id), media_type, characters, json_array_length(pages),
    (SELECT count(*) FROM old.passages p WHERE p.document_id = d.id),
    title, publisher, date, country, author, speaker, language, NULL, '', '', NULL,
    extra, '{}', warnings, json_object('title', title, 'publisher', publisher, 'date', date,
    'country', country, 'author', author, 'speaker', speaker, 'language', language,
    'extra', json(extra)), '{}' FROM old.documents d
    WHERE d.id IN (SELECT document_id FROM old.sources);
INSERT INTO texts SELECT id, text, pages, headings, turns FROM old.documents
    WHERE id IN (SELECT id FROM documents);
INSERT INTO sources SELECT source, origin, fingerprint, document_id FROM old.sources;
INSERT INTO passages SELECT id, document_id, start, "end", section, speaker, page_start, page_end,
    sentences FROM old.passages WHERE document_id IN (SELECT id FROM documents)
"""


def _take_over(layout: Layout) -> None:
    """Make a generation of what the first version left, still to be rebuilt."""
    if layout.current() is not None:
        return
    root = layout.root
    number, folder = layout.new_folder()
    with closing(Catalog(folder / CATALOG, root=root)) as catalog:
        with faults(root, "the catalog"):
            catalog.rows("ATTACH DATABASE ? AS old", (str(root / CATALOG),))
        with catalog.transaction() as connection:
            for statement in _TAKE_OVER.split(";\n"):
                connection.execute(statement)
        catalog.rows("DETACH DATABASE old")
        catalog.refresh_all()
        catalog.checkpoint()
    layout.point_to(number)
    layout.remove_first_version()
