"""Searching some documents by searching all, where an index is slow with a long list of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

from rag.schema import owner
from rag.store.protocol import Scored

SHORT_LIST = 200
"""With a list of at most so many documents an index of words is fast by itself."""

# An index is asked for at most so many, in the hope that enough are from the right documents.
_MOST = 12_000
# First for so many times as needed if the best were spread evenly; then for four times as many.
_SPARE, _MORE = 2.0, 4


def sift(
    search: Callable[[int], Scored], document_ids: Collection[str], *, count: int, share: float
) -> Scored:
    """The first ``count`` that are from some documents; none if too few are found.

    ``search`` finds so many passages of all documents, best first. ``share`` is the share of all
    that is there that these documents are expected to have.
    """
    wanted = math.ceil(_SPARE * count / share)
    while wanted <= _MOST:
        found = search(wanted)
        kept = [each for each in found if owner(each[0]) in document_ids]
        if len(kept) >= count or len(found) < wanted:
            return kept[:count]
        wanted *= _MORE
    return []
