"""Splits a reply, while it streams, into sentences with the passages that they cite."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rag.language.sentences import split_sentences

_NUMBER = r"(?:(?:passages?|sources?|no\.?|nos\.?|#|\^)\s*)?\d{1,4}(?:†[^\]】,;]{0,40}+)?+"
_LIST = rf"{_NUMBER}(?:\s*(?:,|;|and|&|-|–|to)\s*{_NUMBER}){{0,30}}"
_MARK = re.compile(
    rf"(?i)\[\s*{_LIST}\s*\]|【\s*{_LIST}\s*】|\(\s*(?:passages?|sources?)\s+{_LIST}\s*\)|"
    r"(?<=[\w.,;!?\"'”’)])[¹²³⁰⁴-⁹]+(?!\w)"
)
_RANGE = re.compile(r"(\d{1,4})\s*[-–]\s*(?:[^\d,;\]】]{0,10})(\d{1,4})")
_RAISED = str.maketrans("¹²³⁰⁴⁵⁶⁷⁸⁹", "1230456789")
_MARKS_AFTER = re.compile(r"((?<![.!?…])[.!?…]+[\"'”’)\]]*)\s*((?:⟦[\d,]+⟧[ \t]*)+)")
_OWN = re.compile(r"⟦([\d,]+)⟧")
_OPEN_MARK = re.compile(r"[\[【(][^\]】)\n]{0,60}$")
_JUST_ENDED = re.compile(r"[.!?…:\n\]】¹²³⁰⁴-⁹][^.!?…:\n]{0,60}$")
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•–‣]|\(?\d{1,2}[.)]|[a-z]\))[ \t]+")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]|^[ \t]*(?:\*\*|__)[^*_\n]{1,80}(?:\*\*|__):?[ \t]*$")
_EMPHASIS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_THINKING = re.compile(r"(?s)^\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)")
_REFERENCES = re.compile(
    r"(?i)^\W*(?:sources?|references|citations?|passages (?:used|cited)|notes?)\W*$"
)
_REMARK = re.compile(
    r"(?i)^(?:i hope\b|let me know|please (?:let|note that i|feel)|feel free|sure[,!. ]|"
    r"certainly[,!]|of course[,!]|here (?:is|are)\b|below (?:is|are)\b|"
    r"based on the (?:\w+ )?(?:passages?|information|context|reports?)(?: \w+)?\s*[:,.]?$|"
    r"in summary\s*:?$|(?:the )?answer(?: is)?\s*:?$)"
)
_LEAD = re.compile(
    r"(?i)^(?:answer:\s*|(?:according to|as (?:stated|noted|mentioned|described) in|as per|in|per|"
    r"based on|from)\s+(?:the\s+)?(?:(?:given |provided )?passages?|sources?)\s*+"
    r"(?P<in>⟦[\d,]+⟧|\d{1,3})?(?:\s*(?:and|,)\s*(?P<in2>⟦[\d,]+⟧|\d{1,3}))?"
    r"(?:\s*,\s*|(?<=[⟧\d])\s+)|"
    r"(?:the\s+)?(?:passages?|sources?)\s*(?P<by>⟦[\d,]+⟧|\d{1,3})\s+(?:also\s+)?"
    r"(?:states?|says?|reports?|notes?|mentions?|indicates?|explains?|describes?)\s+that\s+)"
)


_ENDED = re.compile(r"[.!?…][\"'”’)\]]*\s*$")

# So much of the next sentence tells for certain where the one before ended.
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a reply without its marks, and the numbers it cites, as the model gave them.

    ``lead`` is the words that a list began with, for the items of the list.
    """

    text: str
    cited: tuple[int, ...]
    lead: str = ""


def split_reply(
    words: Iterable[str], *, cut_off: Callable[[], bool] = lambda: False
) -> Iterator[Sentence]:
    """The sentences of a reply, each as soon as the next one has begun.

    Headings, lists of sources at the end, remarks to the reader and what a model "thinks" before it
    answers are left out. ``cut_off`` is called at the end: whether the reply was broken off; then
    a last sentence without an end is left out as well.
    """
    reply = _Reply()
    for piece in words:
        yield from reply.feed(piece)
    yield from reply.finish(cut_off=cut_off())


class _Reply:
    def __init__(self) -> None:
        self._raw = ""
        self._done = 0  # sentences that were given out
        self._lead = ""
        self._over = False

    def feed(self, piece: str) -> Iterator[Sentence]:
        self._raw += piece
        tail = self._raw[-80:]
        # A quotation mark belongs to what follows, or to what it ends: that is not known yet.
        if not _JUST_ENDED.search(tail) or _OPEN_MARK.search(tail) or not tail[-1:].isalnum():
            return
        if _is_quoting(self._raw[self._raw.rfind("\n") + 1 :]):
            return
        pieces = self._pieces()
        if not pieces or len(pieces[-1]) < _ENOUGH:
            return
        for each in pieces[self._done : -1]:
            self._done += 1
            yield from self._sentence(each)

    def finish(self, *, cut_off: bool) -> Iterator[Sentence]:
        rest = self._pieces()[self._done :]
        if cut_off and rest and not _ENDED.search(_OWN.sub("", rest[-1])):
            rest = rest[:-1]
        for each in rest:
            yield from self._sentence(each)

    def _pieces(self) -> list[str]:
        """All sentences so far, with marks rewritten; the last one may not be whole."""
        text = _THINKING.sub("", self._raw)
        lines = [line for line in text.split("\n") if not _HEADING.match(line)]
        text = _BULLET.sub("", "\n".join(lines))
        text = _EMPHASIS.sub("", text)
        text = _MARK.sub(lambda mark: f"⟦{','.join(map(str, _numbers(mark[0])))}⟧", text)
        text = _MARKS_AFTER.sub(lambda end: f" {end[2].strip()}{end[1]} ", text)
        return [text[start:end] for start, end in split_sentences(text)]

    def _sentence(self, piece: str) -> Iterator[Sentence]:
        self._over = self._over or _REFERENCES.match(piece) is not None
        if self._over:
            return
        cited = [int(each) for mark in _OWN.finditer(piece) for each in mark[1].split(",")]
        if lead := _LEAD.match(piece):
            cited += [
                int(each)
                for name in ("in", "in2", "by")
                if lead[name] and (each := lead[name].strip("⟦⟧").split(",")[0])
            ]
            piece = piece[lead.end() :]
        text = re.sub(r" ([.,;:!?])", r"\1", " ".join(_OWN.sub(" ", piece).split()))
        text = text[:1].upper() + text[1:]
        if not re.search(r"\w", text) or _REMARK.match(text):
            return
        if text.endswith(":") and not cited:
            self._lead = text
            return
        if "\n" in self._raw and self._lead and not self._is_item(text):
            self._lead = ""
        yield Sentence(text, tuple(dict.fromkeys(cited)), self._lead)

    def _is_item(self, text: str) -> bool:
        """Whether the sentence stands in the reply as an item of a list."""
        start = re.escape(text[:20].rstrip(".:;,")).replace(r"\ ", r"\s+")
        return (
            re.search(rf"(?im)^[ \t]*(?:[-*•–‣]|\(?\d{{1,2}}[.)])[ \t]+[*_`]*{start}", self._raw)
            is not None
        )


def _is_quoting(line: str) -> bool:
    """Whether a quotation is open: its end may decide where a sentence ends."""
    return line.count('"') % 2 == 1 or line.count("“") > line.count("”")


def _numbers(mark: str) -> list[int]:
    mark = mark.translate(_RAISED)
    if mark.isdigit():
        return [int(mark)]
    numbers: list[int] = []
    for first, last in _RANGE.findall(mark):
        if int(first) < int(last) <= int(first) + 20:
            numbers.extend(range(int(first), int(last) + 1))
    rest = _RANGE.sub(" ", mark)
    rest = re.sub(r"†[^\]】,;]*", "", rest)
    return [*numbers, *(int(each) for each in re.findall(r"\d{1,4}", rest))]
