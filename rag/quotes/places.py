"""Where in a text a quotation stands, word for word."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.quotes.normal_form import Token, pass_token, tokenise
from rag.quotes.quotation import Phrase, Quotation, read_quotation

Span = tuple[int, int]

# How far around a place is looked for the signs that belong to it.
_MARGIN = 80

_GLUE = frozenset("/&@_+=~^*\\")
_PARTS_OF_HUNDRED = frozenset("%‰‱°")
_CONJUNCTIONS = frozenset("and or to und oder bis et ou y o e".split())  # noqa: SIM905
_ELISION = re.compile(
    r"(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu|quoiqu|un|dell|nell|sull|dall|all|quell)'",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a quotation stands: ``spans`` has one item for each of its phrases."""

    spans: tuple[Span, ...]

    @property
    def start(self) -> int:
        """Where its first character stands."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """Where its last character ends."""
        return self.spans[-1][1]


def contains_verbatim(quote: str, text: str) -> Span | None:
    """The characters ``[start, end)`` of ``text`` where ``quote`` first stands word for word.

    What counts as the same is defined in :mod:`rag.quotes.normal_form` and
    :mod:`rag.quotes.quotation`; with an ellipsis the span reaches from the first part to the
    last. None when it does not stand there.

    Raises:
        QueryError: the quote is too short, as :func:`read_quotation` says.
    """
    place = next(iter(find_places(read_quotation(quote), text)), None)
    return (place.start, place.end) if place else None


def find_places(quotation: Quotation, text: str) -> list[Place]:
    """Every place in ``text`` where the quotation stands word for word, in order.

    Brackets and ellipses are first taken for the text's own; where the text has none such, the
    phrases between them are looked for in order, each no farther from the one before than its
    ``gap``.
    """
    literal = [Place((span,)) for span in _spans(quotation.literal, text)]
    if literal or quotation.phrases == (quotation.literal,):
        return literal
    found: dict[int, list[Span]] = {}
    # The longest first: where it is missing, the short ones need not be looked for.
    for number, phrase in sorted(
        enumerate(quotation.phrases), key=lambda each: -len(each[1].needle)
    ):
        found[number] = list(_spans(phrase, text))
        if not found[number]:
            return []
    return list(_chains(quotation.phrases, [found[number] for number in sorted(found)]))


def _chains(phrases: Sequence[Phrase], found: Sequence[Sequence[Span]]) -> Iterator[Place]:
    """For each span of the last phrase that can be reached, the shortest chain that ends there."""
    chains: list[tuple[Span, ...]] = [(span,) for span in found[0]]
    for phrase, spans in zip(phrases[1:], found[1:], strict=True):
        longer: list[tuple[Span, ...]] = []
        ends = [chain[-1][1] for chain in chains]  # in ascending order
        for span in spans:
            # The nearest chain before the span is also the one that starts last.
            nearest = bisect_left(ends, span[0] + 1) - 1
            if nearest >= 0 and span[0] - ends[nearest] <= phrase.gap:
                longer.append((*chains[nearest], span))
        chains = longer
    # Of chains with the same start only the first is a place of its own.
    seen: set[int] = set()
    for chain in chains:
        if chain[0][0] not in seen:
            seen.add(chain[0][0])
            yield Place(chain)


def _spans(phrase: Phrase, text: str) -> Iterator[Span]:
    """Every place of a phrase in ``text``, in order."""
    previous: Span | None = None
    for start, end in phrase.needle.spans(text):
        span = _exact(phrase, text, start, end)
        if span is not None and span != previous:
            yield span
            previous = span


def _exact(phrase: Phrase, text: str, start: int, end: int) -> Span | None:
    """The phrase's exact span, if it stands where its needle was found."""
    tokens = window(text, start, end)
    there = bisect_right(tokens, start, key=lambda token: token.start) - 1
    begin = there - phrase.needle_at
    if begin < 0:
        return None
    after = _walk(phrase, tokens, begin)
    elided = False
    if after is None and (article := _ELISION.match(tokens[begin].word)):
        first = tokens[begin]
        cut = article.end()
        tokens[begin] = first._replace(word=first.word[cut:], start=first.start + cut)
        elided = True
        after = _walk(phrase, tokens, begin) if cut < len(first.word) else None
    if after is None or not _whole(tokens, begin, after, elided=elided):
        return None
    return _with_marks(phrase, tokens, begin, after)


def window(text: str, start: int, end: int, *, margin: int = _MARGIN) -> list[Token]:
    """The tokens of ``text[start:end]`` and some around it, with their offsets in ``text``.

    The window is cut at white space where there is any within ``margin`` characters.
    """
    start, end = max(0, start), min(end, len(text))
    first = max(0, start - margin)
    while 0 < first < start and not text[first - 1].isspace():
        first += 1
    if first == start:
        first = max(0, start - margin)
    last = min(len(text), end + margin)
    while end < last < len(text) and not text[last].isspace():
        last -= 1
    if last == end:
        last = min(len(text), end + margin)
    return tokenise(text[first:last], offset=first)


def _walk(phrase: Phrase, tokens: Sequence[Token], there: int) -> int | None:
    """The number of the token after the phrase, if it stands at token ``there``."""
    ours, at = phrase.tokens, 0
    any_case = phrase.free_case
    while at < len(ours):
        if there >= len(tokens):
            return None
        passed = pass_token(ours, at, tokens, there, any_case=any_case)
        if passed is None:
            return None
        any_case = any_case and ours[at].kind != "word"
        at, there = passed
    return there


def _whole(tokens: Sequence[Token], first: int, after: int, *, elided: bool = False) -> bool:
    """Whether nothing is cut off that belongs to the first or the last token."""
    if first > 0 and not elided and belongs(tokens, first):
        return False
    # A hyphen at the end shows that a word was cut off there.
    cut_openly = tokens[after - 1].kind == "hyphen"
    return cut_openly or after >= len(tokens) or not belongs(tokens, after)


def belongs(tokens: Sequence[Token], at: int) -> bool:
    """Whether token ``at`` and the one before make one expression, of which neither stands alone.

    Such are the parts of compounds (``non-violent``), the sign, unit or group of figures of a
    number (``-5``, ``5 %``, ``$5``, ``5 000``), and fractions (``1/2``).
    """
    before, token = tokens[at - 1], tokens[at]
    glued = before.end == token.start
    if _is_glue(tokens, at) or _is_glue(tokens, at - 1) or _is_minus(tokens, at - 1):
        return True
    figure, other = token.word[0].isdigit(), before.word[-1].isdigit()
    if other and (token.word in _PARTS_OF_HUNDRED or (glued and _is_currency(token.word))):
        return True
    if figure and (_is_currency(before.word) or (glued and before.word in (".", ","))):
        return True
    if figure and other:
        group = len(token.word) == 3 and len(before.word) <= 3
        figures = token.word.isdigit() and before.word.isdigit()
        return group and figures and token.start - before.end == 1
    return False


def _with_marks(phrase: Phrase, tokens: Sequence[Token], first: int, after: int) -> Span:
    """The span of tokens, with the marks around it that the quotation has as well."""
    start, end = tokens[first].start, tokens[after - 1].end
    if phrase.before and first and tokens[first - 1].kind == "quote":
        start = tokens[first - 1].start if tokens[first - 1].end == start else start
    left = Counter(phrase.after)
    for token in tokens[after:]:
        if token.start != end or not left[token.word]:
            break
        left[token.word] -= 1
        end = token.end
    return start, end


def _is_currency(sign: str) -> bool:
    return len(sign) == 1 and (sign in "$£¥¢" or "\u20a0" <= sign <= "\u20cf")


def _is_glue(tokens: Sequence[Token], at: int) -> bool:
    """Whether token ``at`` is a sign that ties the token before it to the one after it."""
    token = tokens[at]
    if token.kind != "hyphen" and token.word not in _GLUE:
        return False
    if token.broken:
        return at + 1 < len(tokens) and tokens[at + 1].word not in _CONJUNCTIONS
    return _touches_word(tokens, at, -1) and _touches_word(tokens, at, 1)


def _is_minus(tokens: Sequence[Token], at: int) -> bool:
    """Whether token ``at`` is the sign of the number after it."""
    if tokens[at].kind != "hyphen" or _touches_word(tokens, at, -1):
        return False
    return _touches_word(tokens, at, 1) and tokens[at + 1].word[0].isdigit()


def _touches_word(tokens: Sequence[Token], at: int, step: Literal[-1, 1]) -> bool:
    """Whether a word stands right beside token ``at``, without white space."""
    if not 0 <= at + step < len(tokens) or tokens[at + step].kind != "word":
        return False
    first, second = (tokens[at + step], tokens[at])[::-step]
    return first.end == second.start
