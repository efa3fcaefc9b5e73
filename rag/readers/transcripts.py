"""Speaker turns of a transcript, found by labels such as ``AMBASSADOR KOZAK:``."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from rag.schema import Heading, Turn

# A time in parentheses may stand before the colon: "Ms HOLM (Lund East) (14:32):".
_LABEL = re.compile(
    r"(?P<label>[^\W\d_][^:\n|]{0,58}?)(?:\s*\(\d{1,2}[:.]\d\d(?:[:.]\d\d)?\))?\s*:(?=\s|$)"
)
_PARENTHESIS = re.compile(r"(?<!\s)\s*[(\[][^()\[\]]*[)\]]")
_QUESTION_OR_ANSWER = re.compile(r"(?P<label>[QA])\.?\s+(?=[^\W\d_a-z\d]|[(“\"‘'\d])")
_WITNESS = re.compile(r"(?:THE )?WITNESS")
_BLANK_LINE = re.compile(r"\n\n")
_WORD = re.compile(r"[^\W_]+(?:[’'.\-][^\W_]+)*")

# Capitals apart from these: McENANY, DE la CRUZ, KIM of KOREA.
_SMALL_PARTS = re.compile(
    r"\b(?:Mc|Mac|al-|el-|d’|d'|(?:de|la|le|van|von|der|den|of|the|and|bin|ibn)\b)"
)

_LABELS = tomllib.loads(files(__package__).joinpath("transcripts.toml").read_text("utf-8"))
_SPEAKERS = frozenset(_LABELS["speakers"].split())
NOBODY = frozenset(_LABELS["no_speakers"].split())
_TITLES = frozenset(_LABELS["titles"].split())
_NAMELESS = frozenset({"Q", "A"})
SENTENCE_ENDS = (".", "?", "!", "…", "”", '"', "’", "—", "–", ")", "]")

# Fewer paragraphs that begin with Q or A may do so by chance.
_FEWEST_QUESTIONS = 3

# So many turns may pass before one of the speakers speaks again.
_MOST_STRANGERS = 3


@dataclass(frozen=True, slots=True)
class _Label:
    speaker: str
    start: int
    after: int

    titled: bool = False

    @property
    def names_a_speaker(self) -> bool:
        """Whether the label says by itself that somebody speaks."""
        return not self.titled and any(word in _SPEAKERS for word in _words_of(self.speaker))


def find_turns(
    text: str, *, headings: Sequence[Heading] = (), labelled: Collection[int] = ()
) -> tuple[Turn, ...]:
    """The turns in ``text``, whose paragraphs are separated by blank lines; ordered by start.

    A label stands at the start of a paragraph and ends in a colon. It is in capitals, or begins
    with a title (``The Chair:``, ``Mr. Okoro (Kenya):``), or stands at one of the offsets
    ``labelled``, where it is known to be bold. The turn covers the words
    after it up to the next label or heading, over any number of paragraphs. Nothing is found
    unless there are two turns, or one whose label names a role or title (``AMBASSADOR KOZAK:``):
    a dateline such as ``WASHINGTON:`` stands alone.
    """
    labels = [*_labels(text, headings, frozenset(labelled))]
    labels = sorted((*labels, *_examination(text, labels)), key=lambda label: label.start)
    turns = [
        Turn(label.speaker, *span)
        for label, span in zip(labels, _spans(text, labels, headings), strict=True)
        if span[0] < span[1]
    ]
    if any(label.names_a_speaker for label in labels):
        return tuple(turns)
    return tuple(turns) if _is_conversation(text, turns) else ()


def _is_conversation(text: str, turns: Sequence[Turn]) -> bool:
    """Whether turns under mere names are one; a list of terms with their meanings is not."""
    # "Ilse Brandt" is called "Brandt" from the second time on.
    speakers = Counter(" ".join(_words_of(_bare(turn.speaker))[-1:]) for turn in turns)
    only_bold = not any(_in_capitals(turn.speaker) for turn in turns)
    repeats = max(speakers.values(), default=0) > 1
    if len(speakers) < 2 or (not repeats and (only_bold or len(speakers) > _MOST_STRANGERS)):
        return False
    sentences = sum(text[: turn.end].endswith(SENTENCE_ENDS) for turn in turns)
    return 2 * sentences >= len(turns)


def starts_with_label(line: str) -> bool:
    """Whether ``line`` begins with a speaker's label in capitals, or as a question or answer."""
    is_question = _QUESTION_OR_ANSWER.match(line) is not None and line[1] == "."
    return is_question or _label_at(line, 0, bold=False) is not None


def is_speaker(name: str) -> bool:
    """Whether a text could be the name or the office of somebody who speaks."""
    is_name = _in_capitals(name) or _is_a_name(name)
    return is_name and "_" not in name and _may_be_speaker(_words_of(_bare(name)))


def _examination(text: str, others: Sequence[_Label]) -> Iterator[_Label]:
    """``Q.`` and ``A.`` where paragraphs take turns with them, as in the record of a hearing.

    Answers are those of the witness if the record calls somebody that.
    """
    starts = (0, *(match.end() for match in _BLANK_LINE.finditer(text)))
    found = [match for at in starts if (match := _QUESTION_OR_ANSWER.match(text, at))]
    counted = Counter(match["label"] for match in found)
    if min(counted["Q"], counted["A"]) < 1 or len(found) < _FEWEST_QUESTIONS:
        return
    answers = next((each.speaker for each in others if _WITNESS.fullmatch(each.speaker)), "A.")
    for match in found:
        speaker = answers if match["label"] == "A" else "Q."
        yield _Label(speaker, match.start(), match.end())


def _labels(text: str, headings: Sequence[Heading], labelled: frozenset[int]) -> Iterator[_Label]:
    taken = {heading.start for heading in headings}
    for start in (0, *(match.end() for match in _BLANK_LINE.finditer(text))):
        label = _label_at(text, start, bold=start in labelled)
        if label is not None and start not in taken:
            yield label


def _label_at(text: str, start: int, *, bold: bool) -> _Label | None:
    match = _LABEL.match(text, start)
    if match is None:
        return None
    speaker = match["label"].strip()
    plainly = _in_capitals(speaker) or (bold and _is_a_name(speaker))
    if "_" in speaker or not (plainly or _is_titled(speaker)):
        return None
    if not _may_be_speaker(_words_of(_bare(speaker))):
        return None
    after = match.end()
    while after < len(text) and text[after].isspace():
        after += 1
    return _Label(speaker, start, after, titled=not plainly)


def _words_of(speaker: str) -> list[str]:
    return [word.rstrip(".").upper() for word in _WORD.findall(speaker)]


def _may_be_speaker(name: Sequence[str]) -> bool:
    if not name or len(name) > 8 or name[0] in NOBODY or name[-1] in NOBODY:
        return False
    if any(letter.isdigit() for word in name for letter in word) and name[0] not in _SPEAKERS:
        return False  # "REQUIREMENT 1:"
    return len(name) > 1 or len(name[0]) > 2 or name[0] in _NAMELESS | _SPEAKERS


def _bare(speaker: str) -> str:
    """Without a remark in parentheses: ``QUESTION (via interpreter)``."""
    return _PARENTHESIS.sub("", speaker)


def _in_capitals(speaker: str) -> bool:
    letters = _SMALL_PARTS.sub("", _bare(speaker))
    return any(letter.isalpha() for letter in letters) and letters == letters.upper()


def _is_a_name(speaker: str) -> bool:
    parts = _SMALL_PARTS.sub("", _bare(speaker)).split()
    return 0 < len(parts) <= 5 and all(part[0].isupper() for part in parts if part[0].isalpha())


def _is_titled(speaker: str) -> bool:
    """Whether a label in small letters is an office ("The Chair") or has a title and a name."""
    name = _words_of(_bare(speaker))
    if name[:1] == ["THE"]:
        return len(name) > 1 and _SPEAKERS.issuperset(name[-1:]) and _is_a_name(speaker)
    return len(name) > 1 and name[0] in _TITLES and _is_a_name(speaker)


def _spans(
    text: str, labels: Sequence[_Label], headings: Sequence[Heading]
) -> Iterator[tuple[int, int]]:
    begins = {label.start for label in labels} | {heading.start for heading in headings}
    stops = sorted(begins | {len(text)})
    for label in labels:
        stop = stops[bisect_right(stops, label.start)]
        # A label with nothing under it reaches into the next one.
        yield label.after, label.after + len(text[label.after : stop].rstrip())
