"""How far the content of a cue reaches, and in how many other cues' content it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.attribution.subjects import Subject

__all__ = ["COORDINATE", "Cue", "Manner", "cut", "nest"]

Manner = Literal["forward", "tag", "around"]

# A new clause of the sentence, whose words are another's.
COORDINATE = re.compile(
    r"(?:[,;—–]\s*)?\b(?:and|but|while|whereas|although|though|yet|or)\s*\Z|[;—–]\s*\Z", re.I
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A marker of saying at ``[start, end)`` and the run ``said`` that it gives to its subject.

    Offsets count in the sentence. ``tag`` is beside what is said (", he said"), ``forward`` is
    followed by it, ``around`` ("according to …") belongs to the whole sentence. ``depth`` counts
    the cues in whose words this one stands. ``verb`` is where the verb of saying begins. A
    ``stance`` is a verb of judging or wishing; it counts only for those who are heard elsewhere.
    """

    subject: Subject
    start: int
    end: int
    said: tuple[int, int]
    manner: Manner
    depth: int = 0
    verb: int = -1
    stance: bool = False


def cut(sentence: str, cues: Sequence[Cue]) -> list[Cue]:
    """What is said ends where the next clause gives the word to another."""
    result: list[Cue] = []
    for number, cue in enumerate(cues):
        start, stop = cue.said
        if cue.manner == "forward" and (semicolon := sentence.find(";", cue.end)) > 0:
            stop = min(stop, semicolon)  # what comes after may be another's
        for later in cues[number + 1 :]:
            joined = COORDINATE.search(sentence[: later.start])
            if later.manner == "forward" and later.start >= cue.end and joined:
                stop = min(stop, later.start)
        result.append(replace(cue, said=(start, stop)))
    return result


def nest(cues: Sequence[Cue]) -> list[Cue]:
    """Count for each cue in how many others it stands."""
    tags = [cue for cue in cues if cue.manner != "forward"]
    result: list[Cue] = []
    for cue in cues:
        inside = [
            other
            for other in cues
            if other is not cue
            and (
                (
                    other.manner == "forward"
                    and other.end <= cue.start < other.said[1]
                    and not _encloses(cue, other)
                )
                or (cue.manner == "forward" and other in tags and _encloses(other, cue))
            )
        ]
        result.append(replace(cue, depth=cue.depth + len(inside)))
    return result


def _encloses(outer: Cue, inner: Cue) -> bool:
    """Whether a tag or "according to" gives the whole of the other's clause to its subject."""
    if outer.manner == "forward":
        return False
    at_an_end = (
        outer.start <= inner.start or outer.manner == "tag" or outer.end >= outer.said[1] - 2
    )
    return at_an_end and outer.said[0] <= inner.said[0] and inner.said[1] <= outer.said[1]
