"""Rebuild what is derived from the catalog: some documents' entries, or a whole generation.

The catalog is the truth. Whatever else is missing, stale or damaged is written again from it; text
is cut and embedded only where the catalog has no passages or no vectors.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.attribution import with_statements
from rag.errors import IndexBusy, IndexProblem
from rag.models.embedding import Embedding
from rag.readers.passages import PassageSize, cut_passages
from rag.schema import Document, Passage, owner
from rag.store.document_writer import embed, first_of_copies
from rag.store.folder.catalog import Catalog
from rag.store.folder.durable import flush_tree
from rag.store.folder.index_versions import CATALOG, Generation, Layout
from rag.store.terms import LexicalEntry, lexical_entries

if TYPE_CHECKING:
    from rag.store.folder.index import Index

# Passages embedded and written together.
_BATCH_PASSAGES = 256

# Operations of other processes that began on the old generation end within this time.
_GRACE_SECONDS = 1.0


# Some documents.


def recover(index: Index) -> None:
    """Finish or undo what an interrupted writer left behind."""
    index.originals.clear(index.kept_originals())
    if not index.unfinished():
        return
    try:
        if _has_all_vectors(index):
            clear_up(index)
            return
    except IndexBusy:
        raise
    except IndexProblem:
        # Chroma does not survive being killed while it writes its files; the catalog does.
        pass
    for _ in rebuild(index):
        pass


def _has_all_vectors(index: Index) -> bool:
    """Whether the vectors of all documents can be read that were not being written."""
    unfinished = index.unfinished()
    settled = (
        {each for each in first_of_copies(vectors) if owner(each) not in unfinished}
        for vectors in index.all_vectors()
    )
    return not index.vectors.missing(set().union(*settled))


def clear_up(index: Index, *, written: Collection[str] = ()) -> None:
    """Bring vectors, words and originals in line with the catalog for all unfinished documents.

    The entries of the documents in ``written`` are in place already.
    """
    unfinished = index.unfinished()
    if not unfinished:
        return
    gone = [each for each, visible in unfinished.items() if not visible]
    visible = [each for each in unfinished if unfinished[each]]
    passages = {each: index.passages_of(each) for each in visible}
    if again := [each for each in visible if each not in written]:
        entries: list[LexicalEntry] = []
        for document in filter(None, map(index.document, again)):
            entries += lexical_entries(document, passages[document.id])
        index.vectors.put(first_of_copies(index.vectors_of(*again)))
        index.lexical.replace(again, entries)
    index.vectors.remove(gone)
    index.vectors.keep(visible, [each.id for own in passages.values() for each in own])
    if gone:
        index.lexical.replace(gone)
    index.originals.remove(gone)
    index.catalog.finish(unfinished)


# A whole generation.


def rebuild(
    index: Index,
    prepare: Callable[[Catalog], object] | None = None,
    *,
    statements: bool = False,
) -> Iterator[Document]:
    """Build a new generation from the catalog of the current one, then switch to it.

    ``prepare`` changes the copy of the catalog beforehand: what it takes out is cut and embedded
    anew. With ``statements`` these are found anew in every document. The current generation goes
    on serving until the iterator has come to its end; if it never does, everything stays as it
    is. To be used by the only writer.
    """
    layout = index.layout
    layout.demand_space(int(1.2 * layout.size(layout.current() or 0)))
    with building(layout, index.catalog.copy_to) as generation:
        if prepare is not None:
            prepare(generation.catalog)
        for document in fill(generation, embedding=index.embedding, size=index.size):
            if statements:
                generation.catalog.put_statements(with_statements(document))
            yield document
        generation.catalog.tell_people_apart()
        if index.generation.is_compared:
            generation.compare_all()
    index.accept_rebuilt()
    # From here on this process uses the new generation.
    _ = index.generation


@contextmanager
def building(layout: Layout, put_catalog: Callable[[Path], None]) -> Iterator[Generation]:
    """A new generation, current once the block has ended without an error; else removed.

    ``put_catalog`` writes its catalog to the path that it is given.
    """
    number, folder = layout.new_folder()
    try:
        put_catalog(folder / CATALOG)
        with closing(Generation(folder, root=layout.root)) as generation:
            yield generation
            generation.catalog.checkpoint()
        flush_tree(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    layout.point_to(number)
    time.sleep(_GRACE_SECONDS)
    layout.remove_left_over()


def fill(
    generation: Generation,
    *,
    embedding: Embedding | None = None,
    size: PassageSize | None = None,
) -> Iterator[Document]:
    """Write vectors and lexical index of a generation that has none yet, from its catalog.

    Documents without passages are cut to ``size``, passages without vectors embedded; neither is
    needed where there are none. Yields each document as it is done.
    """
    catalog = generation.catalog
    with generation.lexical.filling() as add:
        for batch in _batches(catalog, embedding=embedding, size=size):
            vectors = catalog.vectors_of(*(document.id for document, _ in batch))
            pairs = [(document, each) for document, passages in batch for each in passages]
            missing = [pair for pair in pairs if pair[1].id not in vectors]
            if embedding is not None:
                new = embed(embedding, missing) if missing else {}
                catalog.put_passages({document.id: own for document, own in batch}, new)
                vectors = catalog.vectors_of(*(document.id for document, _ in batch))
            for document, passages in batch:
                add(lexical_entries(document, passages))
            generation.vectors.put(first_of_copies(vectors))
            yield from (document for document, _ in batch)
    catalog.finish(catalog.unfinished())


_Batch = list[tuple[Document, Sequence[Passage]]]


def _batches(
    catalog: Catalog, *, embedding: Embedding | None, size: PassageSize | None
) -> Iterator[_Batch]:
    batch: _Batch = []
    for document in filter(None, map(catalog.document, catalog.names())):
        passages: Sequence[Passage] = catalog.passages_of(document.id)
        if not passages and embedding is not None and size is not None:
            passages = cut_passages(document, count_tokens=embedding.count_tokens, size=size)
        batch.append((document, passages))
        if sum(len(each) for _, each in batch) >= _BATCH_PASSAGES:
            yield batch
            batch = []
    if batch:
        yield batch
