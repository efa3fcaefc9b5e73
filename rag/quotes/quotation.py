"""A quotation as tokens, split into phrases at ellipses and square brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.errors import QueryError
from rag.language.translation import _
from rag.quotes.fingerprint import Needle
from rag.quotes.normal_form import Token, tokenise

# Most characters of the source that an ellipsis, or a remark in brackets, may stand for.
_LEFT_OUT = 5000
_REPLACED = 300
_LEFT_OUT_IN_ALL = 4 * _LEFT_OUT

# With gaps, so many words are needed in all, and so many of them in one part.
_ENOUGH_WORDS = 5
_ENOUGH_TOGETHER = 3

# Every repetition is bounded, so that no input takes more than linear time.
_DOTS = r"(?:…|\.(?:\s{0,2}\.){2,})"
_GAP = re.compile(
    rf"\[\s{{0,3}}{_DOTS}\s{{0,3}}\]|\(\s{{0,3}}{_DOTS}\s{{0,3}}\)|{_DOTS}|"
    r"(?P<letter>\[\w\](?=\w))|(?P<remark>\w{0,40}\[[^\[\]]{0,200}\]\w{0,40})"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together: ``tokens`` without the marks around them.

    ``before`` and ``after`` are the signs taken off: quotation marks, and at the end one full stop
    or comma. ``gap`` is how many characters of the source may lie between the phrase before and
    this one. ``free_case`` says that the first letter may be a capital in one and not in the other.
    ``needle_at`` is the number of the first token that is part of the needle.
    """

    tokens: tuple[Token, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    gap: int
    needle: Needle
    needle_at: int
    free_case: bool

    @property
    def words(self) -> int:
        """The number of words."""
        return sum(token.kind == "word" for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation as it was given, word for word, and as its phrases.

    ``literal`` takes every sign for the source's own. ``phrases`` takes an ellipsis for words left
    out and square brackets for the editor's; without either, it is ``literal`` alone.
    """

    text: str
    literal: Phrase
    phrases: tuple[Phrase, ...]

    @property
    def words(self) -> int:
        """The number of words, without those in brackets."""
        return sum(phrase.words for phrase in self.phrases)

    @property
    def gap(self) -> int:
        """How many characters of the source are taken into account as left out, in all."""
        return min(sum(phrase.gap for phrase in self.phrases[1:]), _LEFT_OUT_IN_ALL)


def read_quotation(text: str) -> Quotation:
    """Take a quotation apart.

    Where the words between brackets are too few to look for, the brackets are the source's own.

    Raises:
        QueryError: it is too short to tell from chance: one word, or few words between gaps.
    """
    literal = _phrase(tokenise(text), 0)
    if literal is None:
        raise QueryError(_("the quotation has no words: give the words to look for"))
    phrases = _phrases(text) or (literal,)
    quotation = Quotation(text, literal, phrases)
    if literal.words < 2:
        raise QueryError(
            _(
                "the quotation {quotation} is too short: one word can stand anywhere; give at "
                "least two",
                quotation=_short(text),
            )
        )
    together = max(phrase.words for phrase in phrases)
    if len(phrases) > 1 and (quotation.words < _ENOUGH_WORDS or together < _ENOUGH_TOGETHER):
        if all(phrase.gap in (0, _REPLACED) for phrase in phrases):
            return Quotation(text, literal, (literal,))  # a row of a table of figures
        raise QueryError(
            _(
                "the quotation {quotation} is too short between its gaps: give at least {least} "
                "words, {together} of them together",
                quotation=_short(text),
                least=_ENOUGH_WORDS,
                together=_ENOUGH_TOGETHER,
            )
        )
    return quotation


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:59] + "…")


def _phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases between the gaps; a bracketed first letter is one with the rest of its word."""
    phrases: list[Phrase] = []
    pending: list[Token] = []
    start = gap = 0
    letter: re.Match[str] | None = None

    def close(end: int, following_gap: int) -> None:
        nonlocal pending, gap
        pending += _tokens(text, start, end, letter)
        if phrase := _phrase(pending, gap):
            phrases.append(phrase)
            gap = following_gap
        else:
            gap = max(gap, following_gap)
        pending = []

    for match in _GAP.finditer(text):
        if match["letter"]:
            pending += _tokens(text, start, match.start(), letter)
            letter = match
        else:
            close(match.start(), _REPLACED if match["remark"] is not None else _LEFT_OUT)
            letter = None
        start = match.end()
    close(len(text), 0)
    return tuple(phrases)


def _tokens(text: str, start: int, end: int, letter: re.Match[str] | None) -> list[Token]:
    """The tokens of ``text[start:end]``, the first one with the bracketed letter before it."""
    tokens = tokenise(text[start:end], offset=start)
    if letter is not None and tokens:
        first = tokens[0]
        word = letter[0][1] + first.word
        tokens[0] = first._replace(word=word, start=letter.start(), bracketed=True)
    return tokens


def _phrase(tokens: list[Token], gap: int) -> Phrase | None:
    first, last = 0, len(tokens)
    while first < last and tokens[first].kind == "quote":
        first += 1
    stop = False
    while last > first:
        end = tokens[last - 1]
        if end.kind != "quote" and (stop or end.word not in (".", ",")):
            break
        stop = stop or end.kind != "quote"
        last -= 1
    kept = tuple(tokens[first:last])
    needle = Needle.of(" ".join(token.word for token in kept))
    if not len(needle):
        return None
    return Phrase(
        tokens=kept,
        before=tuple(token.word for token in tokens[:first]),
        after=tuple(token.word for token in tokens[last:]),
        gap=gap,
        needle=needle,
        needle_at=next(at for at, token in enumerate(kept) if needle.has_letters_of(token.word)),
        free_case=gap != _REPLACED,
    )
