"""Build a new generation from a catalog, while the current one goes on serving."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.readers.passages import cut_passages, passage_context
from rag.schema import Document, DocumentInfo, Passage
from rag.store.durable import flush_tree
from rag.store.index_versions import CATALOG, Generation, Layout
from rag.store.lexical import LexicalEntry

if TYPE_CHECKING:
    from rag.models.embedding import Embedding, Vectors
    from rag.readers.passages import PassageSize
    from rag.store.index import Index

__all__ = ["building", "embedding_text", "fill", "lexical_entries", "rebuild"]

# Passages embedded and written together.
_BATCH_PASSAGES = 256

# Operations of other processes that began on the old generation end within this time.
_GRACE_SECONDS = 1.0


def embedding_text(document: Document, passage: Passage) -> str:
    """What the model reads of a passage: title and section, then the text."""
    return f"{passage_context(document, passage)}\n{passage.text}"


def lexical_entries(document: Document, passages: Iterable[Passage]) -> list[LexicalEntry]:
    """What the lexical index holds of a document."""
    return [
        LexicalEntry(passage.id, document.id, passage_context(document, passage), passage.text)
        for passage in passages
    ]


def rebuild(index: Index, *, recut: bool) -> Iterator[DocumentInfo]:
    """Build a new generation from the catalog of the current one, then switch to it.

    With ``recut`` all documents are cut and embedded anew, with the settings of ``index``; without
    it passages and vectors are taken from the catalog, and embedded only where one is missing.
    To be used by the only writer.
    """
    layout = index.layout
    layout.demand_space(int(1.2 * layout.size(layout.current() or 0)))
    with building(layout, index.catalog.copy_to) as generation:
        yield from fill(generation, embedding=index.embedding, size=index.size if recut else None)
        if recut:
            generation.catalog.record_settings(index.built_with())
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
    generation: Generation, *, embedding: Embedding | None, size: PassageSize | None
) -> Iterator[DocumentInfo]:
    """Derive vectors and lexical index from the catalog of a generation that has none yet.

    With ``size`` documents are cut and embedded anew. Without ``embedding`` nothing is embedded.
    """
    catalog = generation.catalog
    with generation.lexical.filling() as add:
        for batch in _batches(generation, embedding=embedding, size=size):
            vectors = _vectors(generation, batch, embedding=embedding, anew=size is not None)
            for _, document, passages in batch:
                own = {each.id: vectors[each.id] for each in passages if each.id in vectors}
                catalog.replace_passages(document.id, passages, own)
                add(lexical_entries(document, passages))
            owners = {each.id: each.document_id for _, _, passages in batch for each in passages}
            if vectors:
                generation.vectors.put(
                    list(vectors), [owners[each] for each in vectors], np.stack([*vectors.values()])
                )
            yield from (information for information, _, _ in batch)
    catalog.finish(catalog.unfinished())


_Batch = list[tuple[DocumentInfo, Document, Sequence[Passage]]]


def _batches(
    generation: Generation, *, embedding: Embedding | None, size: PassageSize | None
) -> Iterator[_Batch]:
    batch: _Batch = []
    for information in generation.catalog.documents():
        document = generation.catalog.document(information.id)
        if document is None:
            continue
        passages: Sequence[Passage]
        if size is not None and embedding is not None:
            passages = cut_passages(document, count_tokens=embedding.count_tokens, size=size)
        else:
            passages = generation.catalog.passages_of(document.id)
        batch.append((information, document, passages))
        if sum(len(each) for _, _, each in batch) >= _BATCH_PASSAGES:
            yield batch
            batch = []
    if batch:
        yield batch


def _vectors(
    generation: Generation, batch: _Batch, *, embedding: Embedding | None, anew: bool
) -> dict[str, Vectors]:
    """The vectors of a batch: from the catalog, unless ``anew``; what it lacks is embedded."""
    vectors: dict[str, Vectors] = {}
    for _, document, _ in batch if not anew else ():
        vectors.update(generation.catalog.vectors_of(document.id))
    pairs = [
        (document, passage)
        for _, document, passages in batch
        for passage in passages
        if passage.id not in vectors
    ]
    if pairs and embedding is not None:
        rows = embedding.embed_passages([embedding_text(*pair) for pair in pairs])
        vectors.update({passage.id: row for (_, passage), row in zip(pairs, rows, strict=True)})
    return vectors
