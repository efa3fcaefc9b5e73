"""Whose words stand in a reply that has the earlier messages below its own text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import groupby

from rag.language.word_lists import words
from rag.readers.blocks import BETWEEN, Block, clean
from rag.schema import Page, Reading, Turn

_LISTS = tomllib.loads(files(__package__).joinpath("mail_threads.toml").read_text("utf-8"))
_FROM, _SENT = words(_LISTS["from"]), words(_LISTS["sent"])
_WROTE = "|".join(map(re.escape, sorted(_LISTS["wrote"], key=len, reverse=True)))

_HEADER = re.compile(
    r"\*{0,2}(?P<label>[^\W\d_][^\W\d_ ]{0,15})\s?[:：]\*{0,2}\s*(?P<value>.*)", re.DOTALL
)
_INNER_HEADER = re.compile(r"\s\*{0,2}(?P<label>[^\W\d_]{2,15})\s?[:：]")
_LINE_BEFORE = re.compile(
    rf"(?P<before>.{{0,300}}?)(?:\b(?:{_WROTE}))(?P<after>[^:：]{{0,120}})\s?[:：]",
    re.DOTALL | re.IGNORECASE,
)
_ADDRESS = re.compile(r"[<\[(]?(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,250}[>\])]?")
_YEAR_OR_TIME = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b")
_MOST_HEADERS, _LONGEST_OF_SIGNATURE = 8, 60


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a message; ``depth`` says how many messages ago it was written, where marked."""

    block: Block
    depth: int = 0


@dataclass(frozen=True, slots=True)
class _Voice:
    """Who wrote a message, empty if it is not known, and when, as the message says it."""

    name: str
    when: str = ""


def without_signatures(parts: Sequence[Part], author: str) -> list[Part]:
    """The parts, with the name under a message and the short lines after it as asides."""
    kept = [part for part in parts if clean(part.block.text)]
    signed: list[Part] = []
    is_over = False
    before: _Voice | None = None
    for part, voice in zip(kept, _voices(kept, _Voice(name_of(author))), strict=True):
        text = clean(part.block.text)
        is_over &= voice == before and len(text) <= _LONGEST_OF_SIGNATURE
        if (
            voice is not None
            and voice.name
            and text.strip(" ,.-–—").casefold() == voice.name.casefold()
        ):
            is_over = True
            if signed and signed[-1].block.text.rstrip().endswith(","):  # "Best regards,"
                signed[-1] = _as_aside(signed[-1])
        signed.append(_as_aside(part) if is_over else part)
        before = voice
    return signed


def _as_aside(part: Part) -> Part:
    return replace(part, block=replace(part.block, aside=True))


def with_voices(reading: Reading, parts: Sequence[Part], *, author: str, date: str) -> Reading:
    """``reading``, which was assembled of ``parts``, with the words of each message as turns.

    Each message is a place that a citation can name, by its date. A message without others in it
    stays as it is.
    """
    kept = [part for part in parts if clean(part.block.text)]
    voices = list(_voices(kept, _Voice(name_of(author), date)))
    if len({voice for voice in voices if voice is not None}) < 2:
        return reading
    turns: list[Turn] = []
    starts: list[tuple[int, _Voice]] = []
    offset = 0
    for voice, group in groupby(zip(voices, kept, strict=True), key=lambda each: each[0]):
        length = len(BETWEEN.join(clean(part.block.text) for _, part in group))
        if voice is not None and (not starts or starts[-1][1] != voice):
            starts.append((offset, voice))
        if voice is not None and voice.name:
            turns.append(Turn(voice.name, offset, offset + length))
        offset += length + len(BETWEEN)
    edges = [0, *(start for start, _ in starts[1:]), len(reading.text)]
    pages = tuple(
        Page(at + 1, _label(voice), edges[at], edges[at + 1], "row")
        for at, (_, voice) in enumerate(starts)
    )
    return replace(reading, turns=tuple(turns), pages=pages)


def name_of(address: str) -> str:
    """The name in ``Ann Orr <ann@x.example>``, or the address where there is none."""
    name = _ADDRESS.sub(" ", address).strip(" \t\n\"'“”„,;<>[]()")
    if not name:
        return address.strip(" <>[]()")
    family, comma, first = name.partition(", ")
    return " ".join(f"{first} {family}".split()) if comma and first else " ".join(name.split())


def _label(voice: _Voice) -> str:
    return " ".join(filter(None, ("message", "of" if voice.when else "", voice.when)))


def _voices(parts: Sequence[Part], author: _Voice) -> Iterator[_Voice | None]:
    """Whose words each part is; None for headers, and for lines that only say who wrote."""
    by_depth = {0: author}
    silent_until = 0
    for at, part in enumerate(parts):
        text = clean(part.block.text)
        if at < silent_until:
            yield None
        elif (found := _headers(parts[at : at + _MOST_HEADERS])) is not None:
            by_depth[part.depth], count = found
            silent_until = at + count
            yield None
        elif (voice := _announced(text)) is not None and at + 1 < len(parts):
            deeper = parts[at + 1].depth > part.depth
            by_depth[parts[at + 1].depth if deeper else part.depth] = voice
            yield None
        else:
            yield by_depth.get(part.depth, _Voice(""))


def _headers(parts: Sequence[Part]) -> tuple[_Voice, int] | None:
    """Who wrote the message whose headers begin here, and how many parts the headers are."""
    first = _HEADER.match(clean(parts[0].block.text))
    if first is None or first["label"].casefold() not in _FROM:
        return None
    lines = list(_header_lines(parts))
    found = {label.casefold(): value for label, value, _ in lines}
    when = next((value for label, value in found.items() if label in _SENT), "")
    if len(lines) < 3 or not _YEAR_OR_TIME.search(when):
        return None
    return _Voice(name_of(lines[0][1]), when), lines[-1][2] + 1


def _header_lines(parts: Sequence[Part]) -> Iterator[tuple[str, str, int]]:
    """Label, value and part of the headers, whether each has a part of its own or not."""
    for at, part in enumerate(parts):
        text = clean(part.block.text)
        if part.depth != parts[0].depth or (match := _HEADER.match(text)) is None:
            return
        inner = list(_INNER_HEADER.finditer(text, match.start("value")))
        ends = [each.start() for each in inner] + [len(text)]
        yield match["label"], text[match.start("value") : ends[0]].strip(), at
        for each, end in zip(inner, ends[1:], strict=True):
            yield each["label"], text[each.end() : end].strip(), at


def _announced(text: str) -> _Voice | None:
    """Who wrote the message that a line such as "On Monday, Ann Orr wrote:" comes before."""
    match = _LINE_BEFORE.fullmatch(text)
    if match is None or not (_YEAR_OR_TIME.search(text) or _ADDRESS.search(text)):
        return None
    after = match["after"].strip()
    if after and not _YEAR_OR_TIME.search(after):  # "Am 5. September 2019 schrieb Ann Orr:"
        return _Voice(name_of(after), match["before"].strip(" ,"))
    before = _ADDRESS.sub("", match["before"]).rstrip(' ,<>"')
    when, comma, name = before.rpartition(",")
    if not comma:
        last = list(_YEAR_OR_TIME.finditer(before))
        cut = last[-1].end() if last else 0
        when, name = before[:cut], before[cut:]
    return _Voice(name_of(name), re.sub(r"^(?:On|Le|El|Il|Em)\s+", "", when.strip(" ,")))
