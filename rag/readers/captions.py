"""Captions, WebVTT and SubRip: cues become running text, and voices become speakers' turns.

WebVTT is that of https://www.w3.org/TR/webvtt1/; SubRip has no specification, but numbers its cues
and writes ``00:01:02,500 --> 00:01:04,000``. Each cue is a place, called by when it begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape

from rag.errors import DamagedFile
from rag.readers.blocks import clean
from rag.readers.decoding import decode
from rag.readers.talk import Said, reading_of_talk, speaker_label
from rag.schema import Reading

_CLOCK = r"(?:\d+:)?\d\d:\d\d[.,]\d{3}"
_TIMING = re.compile(
    rf"\s*(?:(\d+:)?(\d\d:\d\d)[.,]\d{{3}})[ \t]+-->[ \t]+{_CLOCK}(?:[ \t].*)?", re.ASCII
)
_NUMBER = re.compile(r"\s*\d+\s*")
_VOICE = re.compile(r"<v(?:\.[^\s<>]+)?\s++([^<>]+)>|(</v>)")
_TIMED_WORD = re.compile(r"<(?:\d+:)?\d\d:\d\d\.\d{3}>")
_TAG = re.compile(
    rf"{_TIMED_WORD.pattern}|</?(?:[bciuv]|lang|ruby|rt|font)\b[^<>]*>|{{\\[^{{}}]*}}",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.?!…\]\)][\"”’»]?$")

_Cue = tuple[str, list[str]]  # when it begins, and its lines


def check_is_captions(content: bytes, name: str) -> None:
    """Raise :class:`rag.errors.DamagedFile` unless the file begins as WebVTT does."""
    if not decode(content, name).startswith("WEBVTT"):
        raise DamagedFile(
            f"{name}: not WebVTT captions, which begin with WEBVTT; save or download it as WebVTT"
        )


def check_is_subtitles(content: bytes, name: str) -> None:
    """Raise :class:`rag.errors.DamagedFile` unless there is a cue near the beginning."""
    if not _begins_as_captions(decode(content, name)):
        raise DamagedFile(
            f"{name}: not SubRip captions, which have lines such as 00:01:02,500 --> 00:01:04,000; "
            "save or download it as SubRip or WebVTT"
        )


def read_captions(content: bytes, name: str) -> Reading:
    """Read captions: successive words of one voice are one paragraph, and the speaker's turn.

    Speakers are voice tags, or names with a colon at the beginning of a cue.
    """
    return _reading(decode(content, name))


def captions_in(text: str) -> Reading | None:
    """The captions that a text file is; None if it is none."""
    return _reading(text) if _begins_as_captions(text) else None


def _begins_as_captions(text: str) -> bool:
    lines = text[:2000].lstrip("\ufeff\n ").split("\n")
    if lines[0].startswith("WEBVTT"):
        return True
    return any(_TIMING.fullmatch(line) for line in lines[:2])


def _reading(text: str) -> Reading:
    cues = list(_cues(text))
    return reading_of_talk(_spoken(cues, rolling=_TIMED_WORD.search(text) is not None), joined=True)


def _spoken(cues: Sequence[_Cue], *, rolling: bool) -> Iterator[Said]:
    """The words of each line with their speaker, who is empty where no voice is named.

    Captions made by a machine (``rolling``) repeat each line above the next one, until it has
    scrolled away.
    """
    labelled = Counter(
        name for _, lines in cues if (name := speaker_label(_plain(lines[0]), is_known=bool)[0])
    )
    # A name once is none: "Paris: the morning after".
    is_conversation = len(labelled) > 1 or max(labelled.values(), default=0) > 1
    before, last = "", ""
    for at, lines in cues:
        # A sentence that the cue before has left open is the same speaker's.
        speaker = "" if not before or _ENDS.search(before) else last
        for line in lines:
            # Words, then for each voice tag: who begins, or None, and the words after it.
            first, *others = _VOICE.split(line)
            pieces: list[tuple[str | None, str]] = [
                (None, first),
                *zip(others[::3], others[2::3], strict=True),
            ]
            for number, (voice, marked) in enumerate(pieces):
                words = _plain(marked)
                if number:
                    speaker = clean(unescape(voice or ""))
                elif words.startswith(">>"):  # another speaker, in television
                    speaker, words = "", words.lstrip("> ")
                if not (number and voice):
                    label, words = speaker_label(words, is_known=lambda _: is_conversation)
                    speaker = label or speaker
                if words and not (rolling and words == before):
                    yield Said(speaker, words, at, f"{speaker}: " if speaker else "")
                before, last = words or before, speaker


def _plain(marked: str) -> str:
    return clean(unescape(_TAG.sub("", _VOICE.sub("", marked))))


def _cues(text: str) -> Iterator[_Cue]:
    """When each cue begins, and its lines, if it has some.

    Headers, notes, styles and the names of cues are left out. In SubRip a cue goes on over blank
    lines up to the number of the next one.
    """
    may_go_on = not text.lstrip("\ufeff").startswith("WEBVTT")
    cue: _Cue | None = None
    for line in text.splitlines():
        if match := _TIMING.fullmatch(line):
            if cue is not None:
                if may_go_on and len(cue[1]) > 1 and _NUMBER.fullmatch(cue[1][-1]):
                    cue[1].pop()
                yield from _with_words(cue)
            cue = (f"{match[1] or '00:'}{match[2]}", [])
        elif line == "" and cue is not None and not may_go_on:
            yield from _with_words(cue)
            cue = None
        elif cue is not None:
            cue[1].append(line)
    if cue is not None:
        yield from _with_words(cue)


def _with_words(cue: _Cue) -> Iterator[_Cue]:
    lines = [line for line in cue[1] if line.strip()]
    if lines:
        yield cue[0], lines
