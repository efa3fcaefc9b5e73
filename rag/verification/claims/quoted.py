"""Quotations in a statement: whether they stand in the passages, and under whose name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.verification.claims.figures import says_same
from rag.verification.claims.lexicon import ROLES, WEEKDAYS, words
from rag.verification.claims.names import Name, key, names_in, nameset
from rag.verification.claims.numerals import figures_in
from rag.verification.claims.quotations import quotations, stands
from rag.verification.claims.reading import Word, plain, read, stem
from rag.verification.claims.sources import Source, Told, has_word, told_words

__all__ = ["misattributed", "speakers_in"]

_SAYING = words("""
    said says say told tells added adds noted notes stated states argued argues recalled recalls
    announced announces explained explains declared declares warned warns stressed stresses
    emphasized emphasised claimed claims asserted insisted acknowledged admitted complained
    promised pledged denied denies accused accuses condemned praised thanked called urged asked
    invited proposed demanded described reported reports remarked observed repeated replied
    wrote concluded reminded testified answered responded criticized
    criticised welcomed
    """)


@lru_cache(maxsize=4_000)
def speakers_in(text: str) -> tuple[Name, ...]:
    """The names of a sentence whose words it gives: "X said", "according to X", "said X"."""
    found = read(text)
    speaking: list[Name] = []
    for name in names_in(text):
        if name.keys[-1] in WEEKDAYS:
            continue
        last = max((at for at, word in enumerate(found) if word.start < name.end), default=0)
        first = min((at for at, word in enumerate(found) if word.end > name.start), default=0)
        after = [word.lower for word in found[last + 1 : last + 3]]
        before = [word.lower for word in found[max(first - 2, 0) : first]]
        roles = [word.lower for word in found[max(first - 5, 0) : first]]
        if (
            any(word in _SAYING for word in after[:1])
            or _after_apposition(found, first, last)
            or (
                len(after) > 1
                and after[0] in ("also", "then", "has", "had", "further")
                and after[1] in _SAYING
            )
        ):
            speaking.append(_whose(found, text, name))
        elif ("according" in roles and "to" in roles) or (
            before[-1:] and before[-1] in ("said", "says", "added") and _is_person(name)
        ):
            speaking.append(name)
    return tuple(speaking)


def _whose(found: Sequence[Word], text: str, name: Name) -> Name:
    """The person, where "X of the group Y said" gives the words of X and not of Y."""
    for other in names_in(text):
        between = [word.lower for word in found if other.end <= word.start < name.start]
        if between and between[0] in ("of", "from", "at", "for") and "," not in between:
            return other
    return name


def _after_apposition(found: Sequence[Word], first: int, last: int) -> bool:
    """Whether "…, the minister of justice, said" follows a name."""
    if last + 1 >= len(found) or found[last + 1].text != ",":
        return False
    if last + 2 < len(found) and found[last + 2].lower in _SAYING:
        return first > 0 and found[first - 1].text == ","
    for at in range(last + 2, len(found) - 1):
        if found[at].text in ".;:":
            return False
        if found[at].text == "," and found[at + 1].lower in _SAYING:
            return not found[last + 2].is_capital
    return False


def _is_person(name: Name) -> bool:
    return not name.is_short_form


def misattributed(statement: str, sources: Sequence[Source], told: Sequence[Told]) -> str | None:
    """The fault, where the words of one person stand under the name of another."""
    speaking = speakers_in(statement)
    if len({name.keys for name in speaking}) > 1:
        return None  # "while X said this, Y said that"
    if speaking:
        mine = speaking[0]
        segment = _segment(statement, told, mine.keys)
        others = speakers_in(segment)
        if any(_same(mine, other) for other in others):
            return None
        if any(_same(other, name) for other in others for name in names_in(statement)):
            return None  # it tells of both
        if others and (
            not nameset(segment).has(mine)
            or (
                speakers_in(told[0].text)
                and not any(_same(mine, o) for o in speakers_in(told[0].text))
            )
        ):
            return f"the passage gives these as words of {others[0].text}, not of {mine.text}"
        return (
            _other_turn(statement, mine, sources)
            or _voice_without_name(mine, segment, told)
            or _voice_of_pronoun(mine, told)
        )
    return _other_voice(statement, told)


_OF_DOCUMENT = words(
    "report study survey article paper document text he she they it who which that"
)


def _voice_without_name(mine: Name, segment: str, told: Sequence[Told]) -> str | None:
    """The fault, where "the coast guard said" it, and the statement gives it to somebody else."""
    voices = _voices(segment)
    roles = {stem(role) for role in ROLES | _OF_DOCUMENT}
    own = {stem(each) for each in mine.keys}
    if len(voices) != 1 or voices[0] & (roles | own) or nameset(segment).has(mine):
        return None
    if not any(nameset(each.text).has(mine) for each in told):
        return None
    return f"the passage does not give these as words of {mine.text}"


_HE_SAID = re.compile(rf"(?i)\b(?:he|she)\s+(?:also\s+|then\s+)?(?:{'|'.join(sorted(_SAYING))})\b")


def _voice_of_pronoun(mine: Name, told: Sequence[Told]) -> str | None:
    """The fault, where "he said" follows words of somebody else, and the name is not there."""
    if not told or not _HE_SAID.search(plain(told[0].text)) or speakers_in(told[0].text):
        return None
    source = told[0].source
    if nameset(f"{source.text}\n{source.speaker or ''}").has(mine):
        return None
    before = [
        name
        for start, end in source.sentences
        if end <= told[0].start
        for name in speakers_in(source.text[start:end])
    ]
    if not before:
        return None
    return f"the passage gives these as words of {before[-1].text}, not of {mine.text}"


def _segment(statement: str, told: Sequence[Told], mine: Sequence[str] = ()) -> str:
    """The part of the closest sentences that has most of the words said, the speaker's aside."""
    wanted = [word for word in told_words(statement) if key(word.text) not in mine]
    numbers = figures_in(statement)
    parts = [part for each in told for part in _PARTS.split(each.text) if part.strip()]

    def shared(part: str) -> int:
        figures = figures_in(part)
        same = sum(any(says_same(one, other) for other in figures) for one in numbers)
        return 2 * same + sum(has_word(word.stem, part) for word in wanted)

    return max(parts, key=shared)


_PARTS = re.compile(r";\s|,\s(?:while|whereas|but|although|though)\s")
_VOICE = re.compile(
    r"(?i)\b(?:according to (?:the |a |an )?(?P<by>[\w' -]{2,50}?)(?=[,.;]|$)"
    r"|(?P<who>[^\W\d_][\w'-]*(?: [^\W\d_][\w'-]*)?) (?:also |later |then |has |had )?"
    rf"(?:{'|'.join(sorted(_SAYING))}|put the \w+ at)\b"
    r"|(?:[,.?!]?[”\"']|,),? (?:said|says|added) (?:the |a |an )(?P<after>[\w'-]+(?: [\w'-]+)?))"
)
_NO_VOICE = words("have has had be been being is are was were to and or by not")


def _voices(text: str) -> list[set[str]]:
    """The stems of whoever speaks in a text without a name: "the ministry said"."""
    found = []
    for match in _VOICE.finditer(plain(text)):
        voice = read(match["by"] or match["who"] or match["after"])
        if any(word.lower.endswith("ly") or word.lower in _NO_VOICE for word in voice):
            continue
        if stems := {word.stem for word in voice if word.is_content}:
            found.append(stems)
    return found


def _other_voice(statement: str, told: Sequence[Told]) -> str | None:
    """The fault, where the passages have the speaker, but as the speaker of something else."""
    mine = _voices(statement)[:1]
    if not mine:
        return None
    segment = _segment(statement, told)
    others = _voices(segment)
    everywhere = [voice for each in told for voice in _voices(each.source.text)]
    everywhere += [
        {word.stem for word in read(name.text)}
        for each in told
        for start, end in each.source.sentences
        for name in speakers_in(each.source.text[start:end])
    ]
    if any(voice & mine[0] for voice in others) or not (others or speakers_in(segment)):
        return None
    if speakers_in(segment) and mine[0] & {stem(role) for role in ROLES}:
        return None  # "the president", of whom the passage gives the name
    named = next((name.text for name in speakers_in(segment)), "") or " ".join(sorted(others[0]))
    if any({word.stem for word in read(name.text)} & mine[0] for name in speakers_in(segment)):
        return None
    if any(voice & mine[0] for voice in everywhere):
        return f"the passage gives these as words of {named}, not of {' '.join(sorted(mine[0]))}"
    return None


def _other_turn(statement: str, mine: Name, sources: Sequence[Source]) -> str | None:
    """A quotation out of somebody's own turn or speech, under the name of somebody else."""
    for quotation in quotations(statement):
        for source in sources:
            if source.speaker is None or nameset(source.speaker).has(mine):
                continue
            if not stands(quotation, source.text):
                continue
            if not _says_in(source, mine):
                return f"these are words of {source.speaker}, not of {mine.text}"
    return None


def _says_in(source: Source, name: Name) -> bool:
    return any(
        _same(name, other)
        for start, end in source.sentences
        for other in speakers_in(source.text[start:end])
    )


def _same(one: Name, other: Name) -> bool:
    return (
        one.keys[-1] == other.keys[-1]
        or bool(set(one.keys) & set(other.keys))
        or nameset(other.text).has(one)
    )
