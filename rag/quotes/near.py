"""Places that come close to a quotation which stands nowhere word for word.

Candidates are stretches of documents that share words with the quotation: found by runs of its
words in the fingerprints of all texts, and, where none of these is close, by the lexical index.
The most promising are aligned with the quotation word by word; similarity and the share of words
in common decide which of them are called near.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from rag.quotes.alignment import Alignment, align
from rag.quotes.fingerprint import Needle, fingerprints
from rag.quotes.normal_form import Token
from rag.quotes.places import window
from rag.quotes.quotation import Quotation
from rag.schema import Document
from rag.store import Store

Span = tuple[int, int]
Stretches = dict[str, list[Span]]
"""By document id: stretches ``[start, end)`` that do not overlap, in order."""

_PASSAGES = 12  # of the lexical index
_DOCUMENTS = 8  # that share runs of words
_SPANS = 12  # of one run of words in one document
_AROUND = 200  # characters on both sides of what was found
_SHARE_OF_BEST = 0.3
_ALIGNED = 6
_SURE = 0.8  # so similar a place need not be looked for by other means

# What a place must reach to be called near, either pair: similarity, and the share of the
# quotation's words that stand in the source in a row with others. Sentences that share no more
# than names and formulas stay below (`benchmarks/citation_lookup.py` prints how far).
_NEAR = ((0.8, 0.5), (0.6, 0.7))
# Or all of it but a few insertions, such as what stands between two pages: so many at most, half of
# the words, and so many words besides.
_MOST_INSERTIONS, _MOST_INSERTED, _REST, _REST_COVERED = 6, 0.5, 8, 0.9
# Places that together hold nearly all of a quotation that was joined from them.
_JOINED_SHARE = 0.8
_JOINED_WORDS = 5


Aligned = tuple[Document, Alignment]
"""A quotation aligned with a stretch of a document."""


def align_closest(
    index: Store, quotation: Quotation, *, document_id: str | None = None
) -> list[Aligned]:
    """The quotation aligned with the most promising stretches of text, most similar first.

    With ``document_id`` in that document only.
    """
    found: list[Aligned] = []
    for stretches in (_by_pieces, _by_words):
        places = _widened(stretches(index, quotation, document_id), quotation)
        promising = sorted(_promising(index, quotation, places), key=lambda each: -each[0])
        for _, document, tokens in promising[:_ALIGNED]:
            if alignment := align(quotation, tokens, document.text):
                found.append((document, alignment))
        if any(alignment.similarity >= _SURE for _, alignment in found):
            break
    found.sort(key=lambda each: (-each[1].similarity, each[0].source, each[1].start))
    kept: list[Aligned] = []
    for each in found:
        if not any(_overlap(each, other) for other in kept):
            kept.append(each)
    return kept


def _overlap(one: Aligned, other: Aligned) -> bool:
    """Whether two stretches share characters."""
    (document, first), (other_document, second) = one, other
    return (
        document.id == other_document.id and first.start < second.end and second.start < first.end
    )


def _by_pieces(index: Store, quotation: Quotation, wanted: str | None) -> Stretches:
    """Where pieces of a quotation stand, in the documents with the longest and rarest pieces."""
    pieces = list(_pieces(quotation))
    standing = {
        document_id: held
        for document_id, fingerprint in fingerprints(index)
        if wanted in (None, document_id)
        and (held := [piece for piece in pieces if piece.stands_in(fingerprint)])
    }
    documents = Counter(piece for held in standing.values() for piece in set(held))
    scores = {
        document_id: sum(len(piece) / documents[piece] for piece in held)
        for document_id, held in standing.items()
    }
    best = sorted(scores, key=lambda each: (-scores[each], each))[:_DOCUMENTS]
    found: Stretches = {}
    for each in best:
        document = index.document(each)
        if document is not None and scores[each] >= _SHARE_OF_BEST * scores[best[0]]:
            spans = (islice(piece.spans(document.text), _SPANS) for piece in standing[each])
            found[each] = [span for some in spans for span in some]
    return found


def _pieces(quotation: Quotation) -> Iterator[Needle]:
    """Runs of words, a quarter of the quotation long; at least three words, at most twelve."""
    length = min(max(quotation.words // 4, 3), 12)
    for phrase in quotation.phrases:
        words = [token.word for token in phrase.tokens if token.kind == "word"]
        for first in range(0, max(len(words) - length // 2, 1), length):
            piece = Needle.of(" ".join(words[first : first + length]))
            if len(piece):
                yield piece


def _by_words(index: Store, quotation: Quotation, wanted: str | None) -> Stretches:
    """The passages that the lexical index finds for a quotation's words."""
    words = " ".join(token.word for phrase in quotation.phrases for token in phrase.tokens)
    searched = index if wanted is None else index.within([wanted])
    ranked = [each for each, _ in searched.words(words, count=_PASSAGES)]
    found: defaultdict[str, list[Span]] = defaultdict(list)
    for passage, _, _ in index.passages(ranked).values():
        found[passage.document_id].append((passage.start, passage.end))
    return found


def _widened(found: Mapping[str, Iterable[Span]], quotation: Quotation) -> Stretches:
    """The stretches, wide enough to hold the quotation; those that then overlap joined."""
    reach = len(quotation.text) + _AROUND + quotation.gap
    wide: defaultdict[str, list[Span]] = defaultdict(list)
    for document_id, spans in found.items():
        merged = wide[document_id]
        for start, end in sorted(spans):
            if merged and start - reach <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end + reach, merged[-1][1])
            else:
                merged.append((max(0, start - reach), end + reach))
    return wide


def _promising(
    index: Store, quotation: Quotation, places: Stretches
) -> Iterator[tuple[int, Document, list[Token]]]:
    """The stretches as tokens, with the length of the words they share with the quotation."""
    words = {token.word for phrase in quotation.phrases for token in phrase.tokens}
    for document_id, spans in places.items():
        document = index.document(document_id)
        if document is None:  # removed by another process just now
            continue
        for start, end in spans:
            tokens = _without_carried(window(document.text, start, end), document)
            shared = {token.word for token in tokens} & words
            yield sum(map(len, shared)), document, tokens


def _without_carried(tokens: list[Token], document: Document) -> list[Token]:
    """The tokens that are printed where they stand, as a quotation has no others."""
    if not document.carried:
        return tokens
    starts = [each.start for each in document.carried]

    def is_carried(token: Token) -> bool:
        at = bisect_right(starts, token.start) - 1
        return at >= 0 and token.start < document.carried[at].end

    return [token for token in tokens if not is_carried(token)]


def near_ones(aligned: Sequence[Aligned], quotation: Quotation) -> list[Aligned]:
    """Those that come close; failing these, those that the quotation may be joined from."""
    near = [
        (document, alignment)
        for document, alignment in aligned
        if any(
            alignment.similarity >= least and len(alignment.covered) >= share * quotation.words
            for least, share in _NEAR
        )
        or _only_adds(alignment, quotation)
    ]
    return near or _joined(aligned, quotation)


def _only_adds(alignment: Alignment, quotation: Quotation) -> bool:
    """Whether the source has the quotation's words in one piece, but for a few added in between."""
    added = [each.yours for each in alignment.differences]
    if any(each.source for each in alignment.differences) or not 0 < len(added) <= _MOST_INSERTIONS:
        return False
    rest = quotation.words - sum(len(each.split()) for each in added)
    return (
        rest >= max(_REST, (1 - _MOST_INSERTED) * quotation.words)
        and len(alignment.covered) >= _REST_COVERED * rest
    )


def _joined(aligned: Sequence[Aligned], quotation: Quotation) -> list[Aligned]:
    chosen: list[Aligned] = []
    covered: set[int] = set()
    for each in sorted(aligned, key=lambda each: -len(each[1].covered)):
        if len(each[1].covered - covered) >= _JOINED_WORDS:
            chosen.append(each)
            covered |= each[1].covered
    return chosen if len(covered) >= _JOINED_SHARE * quotation.words else []
