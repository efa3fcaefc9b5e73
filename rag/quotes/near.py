"""Which places come close enough to a quotation to say that it was taken from there?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.quotes.alignment import Alignment, align
from rag.quotes.candidates import Stretches, stretches_by_pieces, stretches_by_words
from rag.quotes.normal_form import Token
from rag.quotes.places import window
from rag.quotes.quotation import Quotation
from rag.schema import Document
from rag.store import Index

__all__ = ["Aligned", "align_closest", "near_ones"]

_ALIGNED = 6
_SURE = 0.8  # so similar a place need not be looked for by other means

# What a place must reach to be called near, either pair: similarity, and the share of the
# quotation's words that stand in the source in a row with others. Sentences that share no more
# than names and formulas stay below (`benchmarks/citation_lookup.py` prints how far).
_NEAR = ((0.8, 0.5), (0.6, 0.7))
# Places that together hold nearly all of a quotation that was joined from them.
_JOINED_SHARE = 0.8
_JOINED_WORDS = 5


@dataclass(frozen=True, slots=True)
class Aligned:
    """A quotation aligned with a stretch of a document."""

    document: Document
    alignment: Alignment

    @property
    def start(self) -> int:
        """Where the stretch begins in the document."""
        return self.alignment.start

    def overlaps(self, other: Aligned) -> bool:
        """Whether they share characters."""
        return (
            self.document.id == other.document.id
            and self.start < other.alignment.end
            and other.start < self.alignment.end
        )


def align_closest(
    index: Index, quotation: Quotation, *, document_id: str | None = None
) -> list[Aligned]:
    """The quotation aligned with the most promising stretches of text, most similar first.

    With ``document_id`` in that document only.
    """
    found: list[Aligned] = []
    for stretches in (stretches_by_pieces, stretches_by_words):
        places = stretches(index, quotation, document_id=document_id)
        promising = sorted(_promising(index, quotation, places), key=lambda each: -each[0])
        for _, document, tokens in promising[:_ALIGNED]:
            if alignment := align(quotation, tokens, document.text):
                found.append(Aligned(document, alignment))
        if any(each.alignment.similarity >= _SURE for each in found):
            break
    found.sort(key=lambda each: (-each.alignment.similarity, each.document.source, each.start))
    return _apart(found)


def _promising(
    index: Index, quotation: Quotation, places: Stretches
) -> Iterator[tuple[int, Document, list[Token]]]:
    """The stretches as tokens, with the length of the words they share with the quotation."""
    words = {token.word for phrase in quotation.phrases for token in phrase.tokens}
    for document_id, spans in places.items():
        document = index.document(document_id)
        if document is None:  # removed by another process just now
            continue
        for start, end in spans:
            tokens = window(document.text, start, end)
            shared = {token.word for token in tokens} & words
            yield sum(map(len, shared)), document, tokens


def _apart(aligned: Sequence[Aligned]) -> list[Aligned]:
    """Of alignments that overlap, the first."""
    kept: list[Aligned] = []
    for each in aligned:
        if not any(each.overlaps(other) for other in kept):
            kept.append(each)
    return kept


def near_ones(aligned: Sequence[Aligned], quotation: Quotation) -> list[Aligned]:
    """Those that come close; failing these, those that the quotation may be joined from."""
    return [each for each in aligned if _is_near(each, quotation)] or _joined(aligned, quotation)


def _is_near(each: Aligned, quotation: Quotation) -> bool:
    share = len(each.alignment.covered) / quotation.words
    similarity = each.alignment.similarity
    return any(similarity >= least and share >= needed for least, needed in _NEAR)


def _joined(aligned: Sequence[Aligned], quotation: Quotation) -> list[Aligned]:
    chosen: list[Aligned] = []
    covered: set[int] = set()
    for each in sorted(aligned, key=lambda each: -len(each.alignment.covered)):
        more = each.alignment.covered - covered
        if len(more) >= _JOINED_WORDS:
            chosen.append(each)
            covered |= more
    return chosen if len(covered) >= _JOINED_SHARE * quotation.words else []
