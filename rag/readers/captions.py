"""WebVTT captions: cues become running text, and voices become speakers' turns.

The format is that of https://www.w3.org/TR/webvtt1/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import groupby

from rag.errors import DamagedFile
from rag.readers.blocks import BETWEEN, clean
from rag.readers.decoding import decode
from rag.schema import Reading, Turn

__all__ = ["check_is_captions", "read_captions"]

_TIMING = re.compile(r"\s*(?:\d+:)?\d\d:\d\d\.\d{3}[ \t]+-->[ \t]+(?:\d+:)?\d\d:\d\d\.\d{3}.*")
_VOICE = re.compile(r"<v(?:\.[^\s<>]+)?\s++([^<>]+)>|(</v>)")
_TIMED_WORD = re.compile(r"<(?:\d+:)?\d\d:\d\d\.\d{3}>")
_TAG = re.compile(rf"{_TIMED_WORD.pattern}|</?(?:[bciuv]|lang|ruby|rt)\b[^>]*>")


def check_is_captions(content: bytes, name: str) -> None:
    """Raise :class:`rag.errors.DamagedFile` unless the file begins as WebVTT does."""
    if not decode(content, name).startswith("WEBVTT"):
        raise DamagedFile(
            f"{name}: not WebVTT captions, which begin with WEBVTT; save or download it as WebVTT"
        )


def read_captions(content: bytes, name: str) -> Reading:
    """Read captions: successive words of one voice are one paragraph, and the speaker's turn."""
    text, turns = "", []
    for speaker, spoken in groupby(_spoken(decode(content, name)), key=lambda each: each[0]):
        paragraph = " ".join(words for _, words in spoken)
        text += BETWEEN if text else ""
        if speaker:
            turns.append(Turn(speaker, len(text), len(text) + len(paragraph)))
        text += paragraph
    return Reading(text, turns=tuple(turns))


def _spoken(text: str) -> Iterator[tuple[str, str]]:
    """The words of each line with their speaker, who is empty where no voice is named."""
    # Captions made by a machine repeat each line above the next one, until it has scrolled away.
    rolling, before = _TIMED_WORD.search(text) is not None, ""
    for cue in _cues(text):
        speaker = ""
        for line in cue:
            # Words, then for each voice tag: who begins, or None, and the words after it.
            first, *others = _VOICE.split(line)
            pieces = [(speaker, first), *zip(others[::3], others[2::3], strict=True)]
            for name, marked in pieces:
                speaker = clean(unescape(name or ""))
                words = clean(unescape(_TAG.sub("", marked)))
                if words and not (rolling and words == before):
                    yield speaker, words
                before = words or before


def _cues(text: str) -> Iterator[list[str]]:
    """The lines of each cue; headers, notes, styles and the names of cues are left out."""
    cue: list[str] | None = None
    for line in [*text.splitlines(), ""]:
        if _TIMING.fullmatch(line):
            cue = []
        elif line == "" and cue is not None:
            yield cue
            cue = None
        elif cue is not None:
            cue.append(line)
