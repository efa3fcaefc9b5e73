"""Transcripts with a time beside each name, as programs for meetings and recordings write them.

``Ann Holm   0:12``, ``[Ann Holm] 10:02:11``, ``[0:12] Ann Holm: …``, ``Ann Holm (0:12): …``,
``10:02:11 From Ann Holm to Everyone: …``: what is said follows, on the same line or on the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.readers.transcripts import SENTENCE_ENDS, is_speaker

_TIME = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?(?:\s?[AaPp]\.?[Mm]\b\.?)?"
_NAME = r"[^\W\d_][^:\n\t()\[\]]{0,58}?"
_FORMS = [
    re.compile(form)
    for form in (
        rf"\[?(?P<at>{_TIME})\]?\s{{1,8}}(?:From\s{{1,4}})?(?P<name>{_NAME})"
        r"(?:\s{1,4}to\s{1,4}[^:\s][^:\n]{0,58}?)?\s{0,4}:\s*",
        rf"\[(?P<name>{_NAME})\]\s+(?P<at>{_TIME})(?:\s+|$)",
        rf"(?P<name>{_NAME})\s*[\[(](?P<at>{_TIME})[\])]\s*:?\s*",
        rf"(?P<name>{_NAME})\s+(?P<at>{_TIME})(?:\s+|$)",
    )
]
# Fewer lines may begin so by chance, and a transcript has a time for every few paragraphs.
_FEWEST, _MOST_BETWEEN = 3, 20


@dataclass(frozen=True, slots=True)
class TimedLine:
    """A paragraph that begins a turn: who speaks, when, and the words after that, maybe none."""

    speaker: str
    at: str
    words: str


def timed_lines(paragraphs: Sequence[str]) -> list[TimedLine | None]:
    """For each paragraph, or line, the turn that it begins; None for all if this is no transcript.

    In a transcript times never go back, somebody speaks more than once, and what is said is
    sentences. A programme of a meeting (``Coffee 10:30``) is none.
    """
    found = [_timed(each) for each in paragraphs]
    heads = [(at, each) for at, each in enumerate(found) if each is not None]
    times = [_seconds(each.at) for _, each in heads]
    said = [head.words or next(filter(None, paragraphs[at + 1 : at + 2]), "") for at, head in heads]
    sentences = sum(words.rstrip().endswith(SENTENCE_ENDS) for words in said)
    is_transcript = (
        len(heads) >= _FEWEST
        and len({each.speaker for _, each in heads}) < len(heads)
        and all(before <= after for before, after in pairwise(times))
        and 2 * sentences >= len(heads)
        and len(paragraphs) <= _MOST_BETWEEN * len(heads)
    )
    return found if is_transcript else [None] * len(paragraphs)


def begins_timed_turn(line: str) -> bool:
    """Whether a line alone shows that a turn begins.

    It has a colon or brackets beside the time, or nothing but a name and a time.
    """
    return any(
        (match := form.match(line))
        and (number < len(_FORMS) - 1 or match.end() == len(line))
        and is_speaker(match["name"].strip())
        for number, form in enumerate(_FORMS)
    )


def with_turns_apart(text: str) -> str:
    """A text with a blank line before each line that begins a turn of a transcript."""
    lines = text.split("\n")
    filled = [line.strip() for line in lines if line.strip()]
    begins = iter(timed_lines(filled))
    apart = (f"\n{line}" if line.strip() and next(begins) else line for line in lines)
    return "\n".join(apart)


def _timed(paragraph: str) -> TimedLine | None:
    for form in _FORMS:
        if (match := form.match(paragraph)) and is_speaker(name := match["name"].strip()):
            return TimedLine(name, match["at"], paragraph[match.end() :].strip())
    return None


def _seconds(at: str) -> float:
    """A time as seconds; of two numbers the first may be minutes or hours, in all times alike."""
    numbers = [float(each.replace(",", ".")) for each in re.findall(r"\d+(?:[.,]\d+)?", at)]
    afternoon = 12 if re.search(r"[Pp]\.?[Mm]", at) and numbers[0] != 12 else 0
    hours, minutes, seconds = [*numbers, 0.0][:3] if len(numbers) > 2 else [0.0, *numbers][:3]
    if re.search(r"[AaPp]\.?[Mm]", at) and len(numbers) == 2:
        hours, minutes, seconds = numbers[0], numbers[1], 0.0
    return ((hours + afternoon) * 60 + minutes) * 60 + seconds
