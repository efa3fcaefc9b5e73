"""What people say one after the other: captions of films and recordings, and exported chats.

Each caption and each message is a place that a citation can name, by the time that stands at it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from itertools import groupby

from rag.language.folding import fold
from rag.language.word_lists import words
from rag.readers.blocks import BETWEEN, clean
from rag.readers.transcripts import NOBODY
from rag.schema import Page, Reading, Turn

# Marks of direction, which WhatsApp puts before dates and names.
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
_TIME = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[AaPp]\.?\s?[Mm]\.?)?"
_STAMP = rf"(?P<stamp>{_DATE},?\s+{_TIME})"
_MESSAGE = re.compile(
    rf"(?:\[{_STAMP}\]|{_STAMP.replace('stamp', 'bare')}\s+[-–])\s+"
    r"(?:(?P<name>[^:\n]{1,60}):(?:\s|$))?(?P<words>.*)"
)
# A program writes its own words in angle brackets, or "(file attached)" after the name of a file.
_BRACKETED = re.compile(r"<[^<>\n]{1,160}>")
_FILE = re.compile(r"\.\w{2,4} \([^()\n]{3,40}\)")
_LISTED = tomllib.loads(files(__package__).joinpath("talk.toml").read_text("utf-8"))
_PLACEHOLDERS, _EDITED = (
    frozenset(fold(clean(each)) for each in _LISTED[name].split(";"))
    for name in ("in_place_of_a_message", "edited")
)
_NOTE_AT_END = re.compile(r"(?<!\s)\s?<(?P<note>[^<>\n]{4,60})>$")
# What stands in the place of a name in the log of a program.
_LEVELS = words("TRACE DEBUG INFO NOTICE WARN WARNING ERROR CRITICAL FATAL")
# A text is a chat when it begins as one and no more of its lines than this belong to no message.
_MOST_LINES_A_MESSAGE = 20

_LABEL = re.compile(r"(?P<name>[^\W\d_][^:\n]{0,48}?):(?:\s+|$)")
_PART_OF_A_NAME = re.compile(r"[^\W\d_]|\d+$|[(\[]")
_SMALL = words("al bin da de del der di el ibn la le of the van von y")


@dataclass(frozen=True, slots=True)
class Said:
    """Words of one speaker, empty where it is not known who; ``at`` is what the place is called.

    ``label`` stands before words in the text that begin a turn, such as ``Ann: ``. ``date`` is when
    it was said, if that is known.
    """

    speaker: str
    words: str
    at: str
    label: str = ""
    date: str | None = None


def reading_of_talk(said: Iterable[Said], *, joined: bool) -> Reading:
    """The reading of what is said; with ``joined`` successive words of one speaker go on."""
    text = ""
    turns: list[Turn] = []
    starts: list[tuple[Said, int]] = []
    parts: Iterable[tuple[str, Iterable[Said]]] = (
        groupby(said, key=lambda each: each.speaker)
        if joined
        else ((each.speaker, (each,)) for each in said)
    )
    for speaker, spoken in parts:
        text += BETWEEN if text else ""
        begin = None
        for each in spoken:
            at = len(text) + (begin is not None)
            text += " " if begin is not None else each.label
            begin = len(text) if begin is None else begin
            if not starts or starts[-1][0].at != each.at:
                starts.append((each, at))
            text += each.words
        if speaker and begin is not None:
            turns.append(Turn(speaker, begin, len(text)))
    offsets = [0, *(offset for _, offset in starts[1:]), len(text)]
    pages = (
        Page(at + 1, first.at, offsets[at], offsets[at + 1], "row", date=first.date)
        for at, (first, _) in enumerate(starts)
    )
    return Reading(text, pages=tuple(pages), turns=tuple(turns))


def chat_in(text: str) -> Reading | None:
    """The chat that a text file is, as WhatsApp and tools for Signal write them; None if none.

    A message begins with its date and time, in brackets or followed by a dash, and a name. Its
    other lines follow. What has no name, such as "Ann changed the group's icon", is nobody's, and
    so is what the program has put in the place of a message: ``<Media omitted>``.
    """
    if _MESSAGE.match(_MARKS.sub("", text[:400]).lstrip()) is None:
        return None
    lines = _MARKS.sub("", text).split("\n")
    found = [match for line in lines if (match := _MESSAGE.match(line)) and match["name"]]
    names = {match["name"].strip().upper() for match in found}
    if len(found) < 2 or names <= _LEVELS or len(lines) > _MOST_LINES_A_MESSAGE * len(found):
        return None
    return reading_of_talk(_messages(lines), joined=False)


def _messages(lines: Sequence[str]) -> Iterator[Said]:
    name, at, sent = "", "", None
    spoken: list[str] = []
    matches = [_MESSAGE.match(line) for line in lines]
    stamps = [clean(match["stamp"] or match["bare"]) for match in matches if match]
    places = iter(zip(stamps, _dates(stamps), strict=True))
    for line, match in (*zip(lines, matches, strict=True), (None, None)):
        if match is None and line is not None:
            spoken.append(line)
            continue
        if said := _NOTE_AT_END.sub(_without_note, clean(" ".join(spoken))):
            yield Said(name, said, at, f"{name}: " if name else "", sent)
        if match is not None:
            name = clean(match["name"] or "")
            stamp, sent = next(places)
            at = f"message of {stamp}"
            spoken = [match["words"]]
            if name and _is_placeholder(clean(match["words"])):
                yield Said("", f"[{name}: {clean(match['words'])}]", at, date=sent)
                spoken = []


def _is_placeholder(said: str) -> bool:
    """Whether a program wrote this in the place of a message, or for a file sent with it."""
    bare = fold(said.strip("<> .\u202f"))
    name = said.partition(" ")[0]
    is_file = _FILE.fullmatch(said, max(0, name.rfind("."))) is not None
    return bare in _PLACEHOLDERS or is_file or _BRACKETED.fullmatch(said) is not None


def _without_note(found: re.Match[str]) -> str:
    return "" if fold(found["note"]) in _EDITED else found[0]


def _dates(stamps: Sequence[str]) -> list[str | None]:
    """The days on which messages were sent, or the years; None where neither is sure.

    Which number is the day, the month and the year is not said, but messages follow one another.
    """
    orders = [[_day(stamp, order) for stamp in stamps] for order in ("dmy", "mdy", "ymd")]
    possible = [days for days in orders if days == sorted(days, key=str) and None not in days]
    found: list[str | None] = []
    for at in range(len(stamps)):
        days = {str(each[at]) for each in possible}
        years = {each[:4] for each in days}
        found.append(days.pop() if len(days) == 1 else years.pop() if len(years) == 1 else None)
    return found


def _day(stamp: str, order: str) -> date | None:
    numbers = dict(zip(order, re.findall(r"\d+", stamp), strict=False))
    year = numbers["y"] if len(numbers["y"]) == 4 else f"20{numbers['y']:0>2}"
    try:
        return date(int(year), int(numbers["m"]), int(numbers["d"]))
    except ValueError:
        return None


def speaker_label(line: str, *, is_known: Callable[[str], bool]) -> tuple[str, str]:
    """The speaker that a line of a caption begins with, and the rest; empty where there is none.

    In capitals a name is always one (``JUDGE:``), otherwise when it ``is_known``.
    """
    match = _LABEL.match(line)
    if match is None:
        return "", line
    name = clean(match["name"])
    parts = [part for part in name.split() if part.lower() not in _SMALL]
    is_name = (
        0 < len(parts) <= 6
        and all(_PART_OF_A_NAME.match(part) and not part[0].islower() for part in parts)
        and not {parts[0].upper(), parts[-1].upper()} & NOBODY
    )
    if not is_name or not (name.isupper() or is_known(name)):
        return "", line
    return name, line[match.end() :]
