"""Quotations with known verdicts, drawn from texts by a seed: verbatim, altered and invented ones.

What is harmless and what is an alteration is written down here once more, without a look at how
the program tells them apart.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.language.sentences import split_sentences

__all__ = ["Drawn", "draw"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A quotation to check.

    ``kind`` is ``verbatim``, the name of an alteration, or ``invented``. The sentence that it was
    made from stands at ``[start, end)`` of the text of ``source``. ``yours`` and ``theirs`` are
    words that the difference must name, if any.
    """

    kind: str
    text: str
    source: str = ""
    start: int = 0
    end: int = 0
    yours: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class _Sentence:
    source: str
    start: int
    end: int
    text: str
    following: str


Alteration = Callable[[_Sentence, random.Random], Drawn | None]


def draw(
    texts: Mapping[str, str],
    *,
    seed: int = 1,
    verbatim: int = 200,
    altered: int = 300,
    invented: int = 100,
) -> list[Drawn]:
    """Draw quotations from ``texts`` (by source); the same ones for the same seed and texts."""
    chance = random.Random(seed)
    sentences = list(_sentences(texts))
    chance.shuffle(sentences)
    everything = "\n".join(texts.values())
    drawn = [_harmless(next_one, chance) for next_one in sentences[:verbatim]]
    rest = iter(sentences[verbatim:])
    per_kind = -(-altered // len(_ALTERATIONS))
    for name, alteration in _ALTERATIONS.items():
        wanted = min(per_kind, altered)
        made = list(_altered(rest, alteration, chance, everything, wanted))
        if len(made) < wanted:
            raise ValueError(f"too few sentences to alter by {name}: {len(made)} of {wanted}")
        drawn.extend(made)
        altered -= wanted
    drawn.extend(_invented(sentences, everything, chance, invented))
    return drawn


def _altered(
    sentences: Iterator[_Sentence],
    alteration: Alteration,
    chance: random.Random,
    everything: str,
    wanted: int,
) -> Iterator[Drawn]:
    while wanted:
        sentence = next(sentences, None)
        if sentence is None:
            return
        made = alteration(sentence, chance)
        if made is not None and made.text not in everything:
            wanted -= 1
            yield made


def _sentences(texts: Mapping[str, str]) -> Iterator[_Sentence]:
    for source, text in sorted(texts.items()):
        spans = split_sentences(text)
        for (start, end), following in zip(spans, [*spans[1:], (0, 0)], strict=True):
            sentence = text[start:end]
            if 8 <= len(sentence.split()) <= 60 and sentence[0].isalpha():
                yield _Sentence(source, start, end, sentence, text[slice(*following)])


# Harmless changes.


def _harmless(sentence: _Sentence, chance: random.Random) -> Drawn:
    text = sentence.text
    for change in chance.sample(_HARMLESS, 3):
        text = change(text, chance)
    return Drawn("verbatim", text, sentence.source, sentence.start, sentence.end)


def _plain_marks(text: str, _: random.Random) -> str:
    return text.translate(str.maketrans("“”„«»‘’", '"""""\'\''))


def _curly_marks(text: str, _: random.Random) -> str:
    text = re.sub(r'(?<!\S)"', "“", text).replace('"', "”")
    return re.sub(r"(?<!\S)'", "‘", text).replace("'", "’")


def _dashes(text: str, chance: random.Random) -> str:
    text = re.sub(r"\s*[–—]\s*", lambda _: chance.choice([" - ", "—", " – ", " — "]), text)
    return text.replace("-", chance.choice("-‐‑"))


def _spaces(text: str, chance: random.Random) -> str:
    return re.sub(
        r"\s+", lambda _: chance.choice([" ", " ", " ", "\u00a0", "\n", "  ", "\u2009"]), text
    )


def _broken_word(text: str, chance: random.Random) -> str:
    words = list(re.finditer(r"[a-z]{7,}", text))
    if not words:
        return text
    at = (word := chance.choice(words)).start() + len(word[0]) // 2
    return text[:at] + chance.choice(["-\n", "- ", "\u00ad", "\u00ad\n"]) + text[at:]


def _ligatures(text: str, _: random.Random) -> str:
    return text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ")


def _marks_around(text: str, chance: random.Random) -> str:
    marks = chance.choice(["“”", "''", '""', "«»", "„“"])
    return f"{marks[0]}{text}{marks[1]}"


def _first_letter(text: str, _: random.Random) -> str:
    at = next(at for at, each in enumerate(text) if each.isalpha())
    other = text[at].swapcase()
    return text[:at] + other + text[at + 1 :] if len(other) == 1 else text


def _moved_stop(text: str, _: random.Random) -> str:
    return text[:-1] + "," if text.endswith(".") else text


_HARMLESS = [
    *(_plain_marks, _curly_marks, _dashes, _spaces, _broken_word, _ligatures),
    *(_first_letter, _moved_stop),
    _marks_around,
]

# Alterations.


def _replaced(sentence: _Sentence, kind: str, match: re.Match[str], new: str) -> Drawn:
    text = sentence.text[: match.start()] + new + sentence.text[match.end() :]
    place = (sentence.source, sentence.start, sentence.end)
    return Drawn(kind, " ".join(text.split()), *place, new.strip(), match[0].strip())


def _number(sentence: _Sentence, chance: random.Random) -> Drawn | None:
    numbers = list(re.finditer(r"\d+(?:[.,]\d+)*", sentence.text))
    if not numbers:
        return None
    match = chance.choice(numbers)
    at = chance.randrange(len(match[0]))
    while not match[0][at].isdigit():
        at = chance.randrange(len(match[0]))
    digit = chance.choice([each for each in "123456789" if each != match[0][at]])
    return _replaced(sentence, "number", match, match[0][:at] + digit + match[0][at + 1 :])


def _negation_dropped(sentence: _Sentence, chance: random.Random) -> Drawn | None:
    found = list(re.finditer(r"\b(?:not|never|no) ", sentence.text))
    return _replaced(sentence, "negation dropped", chance.choice(found), "") if found else None


def _negation_added(sentence: _Sentence, chance: random.Random) -> Drawn | None:
    found = list(
        re.finditer(
            r"\b(?:is|are|was|were|has|have|had|will|must|can|should) (?!not)", sentence.text
        )
    )
    if not found:
        return None
    match = chance.choice(found)
    made = _replaced(sentence, "negation added", match, f"{match[0]}not ")
    return Drawn(made.kind, made.text, made.source, made.start, made.end, "not", "")


def _name(sentence: _Sentence, chance: random.Random) -> Drawn | None:
    names = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", sentence.text))
    if not names:
        return None
    match = chance.choice(names)
    new = chance.choice([each for each in _NAMES if each != match[0]])
    return _replaced(sentence, "name", match, new)


def _left_out(sentence: _Sentence, chance: random.Random) -> Drawn | None:
    words = list(re.finditer(r"\S+", sentence.text))
    if len(words) < 14:
        return None
    count = chance.randint(1, 4)
    first = chance.randint(3, len(words) - count - 4)
    gone = sentence.text[words[first].start() : words[first + count].start()]
    text = sentence.text[: words[first].start()] + sentence.text[words[first + count].start() :]
    word = re.sub(r"^\W+|\W+$", "", gone.split()[0])
    place = (sentence.source, sentence.start, sentence.end)
    return Drawn("words left out", " ".join(text.split()), *place, "", word) if word else None


def _joined(sentence: _Sentence, _: random.Random) -> Drawn | None:
    """The first half of a sentence and the second half of the one after it."""
    first, second = sentence.text.split(), sentence.following.split()
    if len(first) < 10 or not 10 <= len(second) <= 60:
        return None
    kept = first[: len(first) // 2], second[len(second) // 2 :]
    word = re.sub(r"^\W+|\W+$", "", first[len(first) // 2])
    if not word:
        return None
    text = " ".join([*kept[0], *kept[1]])
    return Drawn("clauses joined", text, sentence.source, sentence.start, sentence.end, "", word)


_NAMES = ("Katharina", "Lindqvist", "Ostrowski", "Bratislava", "Fernando", "Yevgeny")
_ALTERATIONS: dict[str, Alteration] = {
    "number": _number,
    "negation dropped": _negation_dropped,
    "negation added": _negation_added,
    "name": _name,
    "words left out": _left_out,
    "clauses joined": _joined,
}


# Inventions.


def _invented(
    sentences: Sequence[_Sentence], everything: str, chance: random.Random, count: int
) -> Iterator[Drawn]:
    """Words of the texts in no order, their word pairs in a chain, and sentences of nobody."""
    followers: dict[str, list[str]] = {}
    for sentence in sentences[:3000]:
        words = sentence.text.split()
        for first, second in pairwise(words):
            followers.setdefault(first, []).append(second)
    while count:
        kind = count % 3
        if kind == 0:
            words = chance.choice(sentences).text.split()
            chance.shuffle(words)
        elif kind == 1:
            words = [chance.choice(sentences).text.split()[0]]
            while len(words) < 16 and words[-1] in followers:
                words.append(chance.choice(followers[words[-1]]))
        else:
            words = _template(chance).split()
        text = " ".join(words)
        if len(words) >= 8 and text not in everything:
            count -= 1
            yield Drawn("invented", text)


def _template(chance: random.Random) -> str:
    who = chance.choice(["The delegation", "My Government", "The commission", "Our people"])
    did = chance.choice(["quietly abandoned", "never forgave", "auctioned off", "invented"])
    what = chance.choice(["its only lighthouse", "the winter choir", "forty glass bridges"])
    when = chance.choice(["before the comet came", "during the long harvest", "without a map"])
    end = chance.choice(["and called it peace", "as the treaty had foretold", "to please the bees"])
    return f"{who} {did} {what} {when} {end}."
