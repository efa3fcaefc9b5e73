"""The normal form of texts: two texts are the same word for word when their tokens are.

A text becomes a sequence of tokens, each with its place in the text: words, and every other sign
by itself. Two texts are the same when their tokens are. What that leaves out of account:

- white space of every kind, and none where tokens touch (``“word — word”``, ``word—word``);
- the variants of quotation marks and apostrophes (they are all ``'``; only after a number a
  double mark stays ``"``, because it may mean inches) and of dashes, hyphens and minus signs;
- compatibility forms of the same letters: ligatures, full-width and presentation forms, composed
  and decomposed accents; what Arabic and Persian keyboards type for one letter; the digits of all
  scripts. Raised and lowered figures, fractions and circled figures stay what they are, because
  ``10²`` is not 102;
- bars between the cells of a table, which are lines on a page;
- signs without a width: soft hyphens (with the line break after one), joiners, direction marks.

All else counts: case, accents, figures and their points and commas, punctuation. A number with its
inner points, commas and colons is one token, and so are initials (``U.S``) and a word with an inner
apostrophe: ``3.5`` is neither ``35`` nor ``3. 5``. Scripts without spaces between words
have one token for each letter.

A hyphen before white space may have been put in at the end of a line, or belong to the word. Its
token is marked ``broken``, and :func:`pass_token` accepts both readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from rag.language.folding import NO_WIDTH, SPACELESS, canonical

Kind = Literal["word", "quote", "hyphen", "dash", "ellipsis", "sign"]
"""``hyphen`` is a dash that may tie two words together, ``dash`` one that sets them apart."""


class Token(NamedTuple):
    """A word or sign: its normal form, and the characters ``[start, end)`` it was made of.

    ``broken`` marks a hyphen that may stand at the end of a line only; ``bracketed`` a word whose
    first letter an editor has put in brackets, because it is a capital in one text only.
    """

    word: str
    start: int
    end: int
    kind: Kind
    broken: bool = False
    bracketed: bool = False


_LONG = "—―─⸺⸻"
_BARS = "|│┃"


class _Shapes(dict[int, str]):
    """The shape of each character: what kinds of tokens it may be part of."""

    def __missing__(self, code: int) -> str:
        shape = self[code] = _shape(chr(code))
        return shape


_SPACELESS = re.compile(f"[{SPACELESS}]")


def _shape(character: str) -> str:
    if character in "'\".,:-":
        return {"'": "q", '"': "Q"}.get(character, character)
    if character.isspace():
        return " "
    category = unicodedata.category(character)[0]
    if category == "M":
        return "m"
    if category in "LN":
        if _SPACELESS.match(character):
            return "c"
        return "l" if category == "L" else "d"
    return "s"


_SHAPES = _Shapes()
_TOKEN = re.compile(
    r"(?P<word>"
    r"l(?:\.l(?![dlm]))+|"  # initials
    r"[dlm]+(?:(?:(?<=d)[.,:](?=d)|[qQ](?=[dlm]))[dlm]+)*|"
    r"cm*)|"
    r"(?P<dash>-+)|(?P<ellipsis>\.(?:\ {0,2}\.){2,})|(?P<quote>qq|q|Q)|(?P<sign>[^ ])"
)


_NEXT_WORD = re.compile(" {1,40}[lm]")


def tokenise(text: str, *, offset: int = 0) -> list[Token]:
    """The tokens of ``text``, in order; see the module's docstring for what they leave out.

    ``offset`` is added to where they start and end.
    """
    folded, offsets = canonical(text)
    shapes = folded.translate(_SHAPES)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(shapes):
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        first, last = match.span()
        start, end = offsets[first], _end(text, offsets, last)
        if kind == "word":
            word = folded[first:last].replace('"', "'")
        elif kind == "dash":
            broken = _breaks(text, shapes, match.span(), start)
            apart = end - start > 1 or text[start] in _LONG
            kind = "dash" if apart else "hyphen"
            tokens.append(Token("-", start + offset, end + offset, kind, broken))
            continue
        elif kind == "ellipsis":
            word = "..."
        elif kind == "quote":
            doubled = folded[first:last] != "'"
            word = '"' if doubled and tokens and tokens[-1].word[-1].isdigit() else "'"
        else:
            word = folded[first]
            if word in _BARS:
                continue
        tokens.append(Token(word, start + offset, end + offset, kind))
    return tokens


def _end(text: str, offsets: Sequence[int], last: int) -> int:
    """Where the characters end that folded into those before ``last``."""
    begin = offsets[last - 1]
    while offsets[last] == begin:  # one sign may have become several
        last += 1
    end = offsets[last]
    while end > begin + 1 and (text[end - 1].isspace() or NO_WIDTH.match(text[end - 1])):
        end -= 1
    return end


def _breaks(text: str, shapes: str, span: tuple[int, int], start: int) -> bool:
    """Whether a hyphen may stand where a line ended: after a letter, before white space."""
    first, last = span
    return (
        last - first == 1
        and text[start] in "-‐‑"
        and shapes[max(first - 1, 0) : first] in ("l", "m")
        and _NEXT_WORD.match(shapes, last) is not None
    )


def joined(tokens: Sequence[Token]) -> str:
    """The normal form of a whole text, as text: its tokens with one space in between."""
    return " ".join(token.word for token in tokens)


def pass_token(
    ours: Sequence[Token], at: int, theirs: Sequence[Token], there: int, *, any_case: bool = False
) -> tuple[int, int] | None:
    """The next positions in both, when the same word stands at ``at`` and at ``there``.

    A word broken at the end of a line is the same as the whole one. With ``any_case`` the first
    letter may be a capital in one of them. None when the words are not the same.
    """
    any_case = any_case or ours[at].bracketed
    if _same(ours[at].word, theirs[there].word, any_case=any_case):
        return at + 1, there + 1
    for word, after in _readings(ours, at):
        for other, after_other in _readings(theirs, there):
            if _same(word, other, any_case=any_case):
                return after, after_other
    return None


def _same(word: str, other: str, *, any_case: bool) -> bool:
    if word == other:
        return True
    return any_case and word[1:] == other[1:] and word[0].lower() == other[0].lower()


def _readings(tokens: Sequence[Token], at: int) -> Iterator[tuple[str, int]]:
    """A token as it is, and joined with what follows a hyphen at a line end, as often as can be."""
    word = tokens[at].word
    yield word, at + 1
    while at + 2 < len(tokens) and tokens[at + 1].broken and tokens[at + 2].kind == "word":
        word += tokens[at + 2].word
        at += 2
        yield word, at + 1
