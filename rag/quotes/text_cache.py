"""The skeletons of all documents of an index: every place is found, whatever words stand there.

The lexical index cannot promise that: it knows passages, not documents, and its words are cut
otherwise where a text has line-end hyphens, decomposed accents, or no spaces between words. So all
texts are gone through, which takes about 10 ms for each million characters, and under 1 ms for
those whose skeletons are kept from the time before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

from rag.quotes.fingerprint import Skeleton
from rag.store import Index

__all__ = ["holding", "skeletons"]

_MOST_KEPT = 256_000_000  # characters; a larger collection is read anew each time

Shelf = tuple[tuple[str, Skeleton], ...]

_kept: WeakKeyDictionary[object, tuple[object, Shelf]] = WeakKeyDictionary()
_lock = threading.Lock()


def skeletons(index: Index) -> Iterator[tuple[str, Skeleton]]:
    """Id and skeleton of every document, as they are now; keeps them for the next time."""
    catalog = index.catalog
    revision = catalog.revision()
    with _lock:
        known, shelf = _kept.get(catalog, (None, ()))
    if known == revision:
        yield from shelf
        return
    made: list[tuple[str, Skeleton]] = []
    size = 0
    for document_id, text in catalog.texts():
        skeleton = Skeleton.of(text)
        size += len(skeleton)
        if size <= _MOST_KEPT:
            made.append((document_id, skeleton))
        yield document_id, skeleton
    if size <= _MOST_KEPT:
        with _lock:
            _kept[catalog] = (revision, tuple(made))


def holding(index: Index, wanted: Callable[[Skeleton], bool]) -> list[str]:
    """The ids of the documents whose skeletons are as ``wanted``."""
    return [document_id for document_id, skeleton in skeletons(index) if wanted(skeleton)]
