"""Documents for the tests of the storage, and what must always hold of an index."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from rag.models.embedding import SentenceEmbedding, Vectors
from rag.models.registry import EMBEDDING
from rag.schema import Document, Heading, Metadata
from rag.settings import load_settings
from rag.store import Entry, Index, Writer
from rag.store.document_writer import first_of_copies
from rag.store.files import digest
from rag.store.maintenance.check import check

OpenIndex = Callable[..., Index]

PRISONS = "Inspectors said that cells in Baku were overcrowded and cold. Nobody was charged."
PRESS = "Two newspapers in Addis Ababa were closed, and a radio station was fined twice."
ELECTIONS = "Observers called the vote in Tbilisi calm, with few complaints about the count."


class CheapEmbedding(SentenceEmbedding):
    """Vectors that tell texts apart and mean nothing, where storing them is what is tested."""

    def __init__(self) -> None:
        super().__init__(model_name=EMBEDDING.name)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 64), np.float32)
        for row, text in zip(rows, texts, strict=True):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            row[:] = np.random.default_rng(seed).normal(size=64)
            row /= np.linalg.norm(row)
        return rows

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def tokenizer(self) -> None:
        return None


def open_cheaply(folder: Path, *, recover: bool = True, rebuild: bool = False) -> Index:
    """An index whose vectors cost nothing; it is made if it is missing."""
    settings = load_settings(index=folder)
    index = Index.open(settings, create=True, recover=recover, rebuild=rebuild)
    index.embedding = CheapEmbedding()
    return index


def document_of(source: str, text: str, *, heading: str = "", **known: str) -> Document:
    """A document of plain text; with ``heading`` that line stands above it."""
    whole = f"{heading}\n\n{text}" if heading else text
    return Document(
        id=digest(whole.encode())[:20],
        source=source,
        text=whole,
        metadata=Metadata(**known),  # type: ignore[arg-type]
        media_type="text/plain",
        headings=(Heading(1, 0, len(heading)),) if heading else (),
    )


def entry_of(
    writer: Writer,
    document: Document,
    *,
    given: Metadata | None = None,
    original: bytes | None = None,
    origin: str = "/nowhere/file.txt",
) -> Entry:
    """The document, cut, on its way into the index."""
    return Entry(
        document, writer.cut(document), origin, "fingerprint", given or Metadata(), original
    )


def add(index: Index, *documents: Document, originals: Mapping[str, bytes] | None = None) -> None:
    """Put documents into the index; ``originals`` by source."""
    kept = originals or {}
    with index.writing() as writer:
        writer.add([entry_of(writer, each, original=kept.get(each.source)) for each in documents])


def samples() -> tuple[Document, ...]:
    """Three documents, one of them with a heading."""
    return (
        document_of("baku.txt", PRISONS, heading="Prisons", title="Cells", country="Azerbaijan"),
        document_of("addis.txt", PRESS, date="2018-05", country="Ethiopia"),
        document_of("tbilisi.txt", ELECTIONS, title="The vote"),
    )


def assert_agreement(index: Index) -> None:
    """Catalog, Chroma, Tantivy and folder hold the same, each passage once, vectors unchanged."""
    owners = index.passage_owners()
    assert index.lexical.passage_counts() == Counter(dict.fromkeys(owners, 1))
    assert index.vectors.passage_ids() <= owners.keys()
    for vectors in index.all_vectors():
        first = first_of_copies(vectors)
        stored = index.vectors.vectors(first)
        assert all(np.allclose(stored[each], first[each], atol=1e-5) for each in first)
    assert check(index) == []


def state(index: Index) -> dict[str, tuple[object, ...]]:
    """What a user sees of every document, by source."""
    return {
        each.source: (each.id, each.metadata, each.passages, each.edited)
        for each in index.documents()
    }


def numbered(number: int, *, version: int = 0) -> Document:
    """One of many documents; another ``version`` is other content from the same source."""
    text = f"Report {number} of version {version} says that {PRISONS}"
    return document_of(f"{number:04}.txt", text, title=f"Report {number}")


def write_until_killed(folder: Path, version: int) -> None:
    """Add, replace, correct and remove documents, and build anew, for as long as it goes.

    ``version`` is that of the first contents; it goes up with every round.
    """
    index = open_cheaply(folder)
    sys.stdout.write("writing\n")
    sys.stdout.flush()
    while True:
        version += 1
        for first in range(0, 600, 120):
            batch = [numbered(each, version=version) for each in range(first, first + 120)]
            kept = {batch[0].source: batch[0].text.encode()}
            add(index, *batch, originals=kept)
            with index.writing() as writer:
                writer.edit(batch[1].id, {"title": f"Corrected {version}"})
                writer.remove([batch[2].source])
        with index.writing() as writer:
            for _ in writer.rebuild():
                pass


if __name__ == "__main__":
    write_until_killed(Path(sys.argv[1]), int(sys.argv[2]))
