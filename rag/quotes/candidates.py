"""Where an altered quotation may come from: stretches of documents that share words with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from rag.quotes.fingerprint import Needle
from rag.quotes.quotation import Quotation
from rag.quotes.text_cache import skeletons
from rag.schema import Document
from rag.store import Index

__all__ = ["Stretches", "stretches_by_pieces", "stretches_by_words"]

Stretches = dict[str, list[tuple[int, int]]]
"""By document id: stretches ``[start, end)`` that do not overlap, in order."""

_PASSAGES = 12
_DOCUMENTS = 8
_SPANS = 12  # of one piece in one document
_AROUND = 200
_SHARE_OF_BEST = 0.3


def stretches_by_pieces(
    index: Index, quotation: Quotation, *, document_id: str | None = None
) -> Stretches:
    """Stretches around the places where pieces of a quotation stand word for word.

    They are of the documents with the most and rarest pieces, or of ``document_id`` alone, and
    wide enough to hold the quotation.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for each, pieces in _sharing(index, quotation, document_id).items():
        document = index.document(each)
        if document is not None:
            found[each] = list(_spans(document, pieces))
    return _widened(found, quotation)


def stretches_by_words(
    index: Index, quotation: Quotation, *, document_id: str | None = None
) -> Stretches:
    """Stretches around the passages that the lexical index finds for a quotation's words."""
    words = " ".join(token.word for phrase in quotation.phrases for token in phrase.tokens)
    searched = index if document_id is None else index.within([document_id])
    ranked = [each for each, _ in searched.words(words, count=_PASSAGES)]
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for passage, _, _ in index.passages(ranked).values():
        found[passage.document_id].append((passage.start, passage.end))
    return _widened(found, quotation)


def _spans(document: Document, pieces: Sequence[Needle]) -> Iterator[tuple[int, int]]:
    for piece in pieces:
        yield from islice(piece.spans(document.text), _SPANS)


def _sharing(index: Index, quotation: Quotation, wanted: str | None) -> dict[str, list[Needle]]:
    """The documents with the longest and rarest pieces of a quotation, and these pieces."""
    pieces = list(_pieces(quotation))
    standing = [
        (document_id, held)
        for document_id, skeleton in skeletons(index)
        if wanted in (None, document_id)
        and (held := [piece for piece in pieces if piece.stands_in(skeleton)])
    ]
    documents = {piece: sum(piece in held for _, held in standing) for piece in pieces}
    scored = sorted(
        (-sum(len(piece) / documents[piece] for piece in held), document_id, held)
        for document_id, held in standing
    )
    return {
        document_id: held
        for score, document_id, held in scored[:_DOCUMENTS]
        if score <= _SHARE_OF_BEST * scored[0][0]
    }


def _pieces(quotation: Quotation) -> Iterator[Needle]:
    """Runs of words, a quarter of the quotation long; at least three words, at most twelve."""
    length = min(max(quotation.words // 4, 3), 12)
    for phrase in quotation.phrases:
        words = [token.word for token in phrase.tokens if token.kind == "word"]
        for first in range(0, max(len(words) - length // 2, 1), length):
            piece = Needle.of(" ".join(words[first : first + length]))
            if len(piece):
                yield piece


def _widened(found: Mapping[str, Sequence[tuple[int, int]]], quotation: Quotation) -> Stretches:
    reach = len(quotation.text) + _AROUND + quotation.gap
    return {
        document_id: _merged((max(0, start - reach), end + reach) for start, end in spans)
        for document_id, spans in found.items()
    }


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
