"""Figures, dates and names that the passages do not have, or have for something else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.verification.claims.bearing import figure_misplaced
from rag.verification.claims.dates import dates_in
from rag.verification.claims.dating import date_fault, most_like
from rag.verification.claims.figures import Figure, says_same
from rag.verification.claims.lexicon import ROLES, words
from rag.verification.claims.names import Name, names_in, nameset
from rag.verification.claims.numerals import figures_in
from rag.verification.claims.quoted import speakers_in
from rag.verification.claims.reading import plain, read
from rag.verification.claims.sources import (
    Similarity,
    Source,
    Told,
    around,
    called,
    has_word,
    texts_of,
    told_words,
)

__all__ = ["figures_missing", "names_missing"]

_PRONOUN = re.compile(
    r"(?i)\b(?:he|she|they|it|his|her|their|its|him|them|i|we|my|our|us|"
    r"the (?:\w+ )?(?:president|minister|ambassador|secretary|official|speaker|party|group|"
    r"government|country|report|organi[sz]ation|company|city|two|same|latter|former|law))\b"
)


def figures_missing(
    statement: str,
    sources: Sequence[Source],
    told: Sequence[Told],
    similarity: Similarity | None,
) -> str | None:
    """A figure or date that the passages do not have, or have for something else."""
    for date in dates_in(statement):
        if fault := date_fault(statement, date, sources, told, similarity):
            return fault
    spans = [(date.start, date.end) for date in dates_in(statement)]
    for figure in figures_in(statement):
        inside = any(start < figure.end and figure.start < end for start, end in spans)
        if not inside and (fault := _figure_fault(statement, figure, sources, told)):
            return fault
    misplaced = figure_misplaced(statement, [each.text for each in told])
    if misplaced:
        return f"the passage gives {misplaced.written} for something else"
    return None


_RANKED = re.compile(r"(?i)[\s-](?:largest|biggest|highest|most|smallest|lowest|main|greatest)\b")
_TWO = re.compile(r"(?i)\b(?:both|pair|couple|twin|twins|neither|either)\b")
_SINGLE = re.compile(r"(?i)\b(?:an?|single|sole|one|another|once)\b")


def _figure_fault(
    statement: str, figure: Figure, sources: Sequence[Source], told: Sequence[Told]
) -> str | None:
    if figure.kind == "one" or _RANKED.match(statement, figure.end):
        return None
    here = [other for each in told for other in figures_in(each.text)]
    if _is_part_of_itself(statement, figure, told):
        return f"the passage gives {figure.written} for the whole, not for a part"
    if _measured_otherwise(statement, figure, told) or _numbered_otherwise(statement, figure, told):
        return f"the passage gives {figure.written} for something else"
    if any(says_same(figure, other) for other in here) or _in_other_words(statement, figure, told):
        return None
    anywhere = [other for source in sources for other in figures_in(source.text)]
    if any(says_same(figure, other) for other in anywhere):
        return f"the passage gives {figure.written} for something else"
    kind = "number" if figure.kind in ("number", "many") else "figure"
    return f"the {kind} {figure.written} is not in the {called(sources)} it cites"


def _measured_otherwise(statement: str, figure: Figure, told: Sequence[Told]) -> bool:
    """Whether the sentence that has most of the words measures otherwise: "six years", not two."""
    if figure.unit in ("", "percent"):
        return False
    best = [other for other in figures_in(most_like(statement, told)) if other.unit == figure.unit]
    mine = [each for each in figures_in(statement) if each.unit == figure.unit]
    return not any(says_same(figure, other) for other in best) and any(
        not any(says_same(each, other) for each in mine) for other in best
    )


_PART = re.compile(r"(?i)\s+(?:\w+\s+)?of\s+(?:the|its|their|these|those|his|her|all)\b")
_WHOLE = re.compile(r"(?i)\bof\s+(?:the\s+|its\s+|their\s+|all\s+)?$")


def _is_part_of_itself(statement: str, figure: Figure, told: Sequence[Told]) -> bool:
    """Whether "40 of the ships" are in all of the sentences "of the 40 ships"."""
    if figure.kind != "number" or not _PART.match(statement, figure.end):
        return False
    same = [
        bool(_WHOLE.search(each.text[: other.start]))
        for each in told
        for other in figures_in(each.text)
        if says_same(figure, other)
    ]
    return bool(same) and all(same)


def _numbered_otherwise(statement: str, figure: Figure, told: Sequence[Told]) -> bool:
    """Whether a sentence that has more of the statement than the figure's own has another number.

    Dates count as well: of the year that the statement tells, it may be that other number.
    """
    if figure.kind != "number" or figure.unit or len(told) < 2:
        return False
    wanted, dates, mine = told_words(statement), dates_in(statement), figures_in(statement)

    def shared(text: str) -> int:
        same = sum(any(one.fits(two) for two in dates_in(text)) for one in dates)
        return 2 * same + sum(has_word(word.stem, text) for word in wanted)

    having = [each.text for each in told if _has(figure, each.text)]
    best = max((each.text for each in told), key=shared)
    if not having or best in having or shared(best) <= max(map(shared, having)) + 1:
        return False
    spans = [(date.start, date.end) for date in dates_in(best)]
    others = [
        other
        for other in figures_in(best)
        if other.kind == "number"
        and not other.unit
        and not any(start <= other.start < end for start, end in spans)
        and not any(says_same(each, other) for each in mine)
    ]
    return len(others) == 1


def _has(figure: Figure, text: str) -> bool:
    return any(says_same(figure, other) for other in figures_in(text))


def _in_other_words(statement: str, figure: Figure, told: Sequence[Told]) -> bool:
    texts = [each.text for each in told]
    if figure.value == 2 and any(_TWO.search(text) for text in texts):
        return True
    if figure.value == 1 and any(_SINGLE.search(text) for text in texts):
        return True
    if figure.written[:1].isdigit() or figure.kind != "number" or not 2 <= figure.value <= 6:
        return False
    if _counts_other(statement, figure, texts):
        return False
    # "three countries" where the passage lists them.
    return any(
        len(names_in(text)) == figure.value or _listed(text) == figure.value
        for text in (statement, *texts)
    )


def _counts_other(statement: str, figure: Figure, texts: Sequence[str]) -> bool:
    """Whether the passages give another number of what the figure counts."""
    counted = _counted(statement, figure)
    return any(
        has_word(stemmed, " ".join(_counted_words(text, other)))
        for text in texts
        for other in figures_in(text)
        for stemmed in counted
        if other.kind == "number"
    )


def _counted(text: str, figure: Figure) -> list[str]:
    return [word.stem for word in read(" ".join(_counted_words(text, figure))) if word.is_content]


def _counted_words(text: str, figure: Figure) -> list[str]:
    return [word.text for word in read(text[figure.end : figure.end + 60])[:3] if word.is_word]


def _listed(text: str) -> int:
    """How many things a sentence lists, by its commas and the "and" that ends the list."""
    if not re.search(r",\s|\band\b", text):
        return 0
    return len(re.findall(r",\s+(?!and\b)|,?\s+and\s", plain(text))) + 1


def names_missing(
    statement: str,
    sources: Sequence[Source],
    told: Sequence[Told],
    similarity: Similarity | None,  # noqa: ARG001
) -> str | None:
    """A name that the passages do not have, have for something else, or with another title."""
    here = nameset("\n".join(each.text for each in told))
    for name in names_in(statement):
        if here.has(name):
            continue
        if not nameset(f"{texts_of(sources)}\n{around(sources)}").has(name):
            return f"the name {name.text} is not in the {called(sources)} it cites"
        if other := _in_its_place(statement, name, sources, told):
            return f"the passage has {other.text} there, not {name.text}"
    everything = f"{texts_of(sources)}\n{around(sources)}"
    for code in _CODE.finditer(plain(statement)):
        if not re.search(rf"(?<!\w){re.escape(code[0])}(?!\d)", plain(everything)):
            return f"the name {code[0]} is not in the {called(sources)} it cites"
    return _title_fault(statement, sources)


# Names with figures in them: "G20", "COVID-19", "Rio+20", "A/72/PV.8".
_CODE = re.compile(r"\b[A-Z][A-Za-z]*(?:[-+/]?\d+)+(?:[-+./][A-Z0-9]+)*\b")


def _in_its_place(
    statement: str, name: Name, sources: Sequence[Source], told: Sequence[Told]
) -> Name | None:
    """A name of the closest sentences that the statement has replaced with another one."""
    if nameset("\n".join(source.about for source in sources)).has(name):
        return None
    if any(_PRONOUN.search(each.text) for each in told) and not (
        name in speakers_in(statement) and any(speakers_in(each.text) for each in told)
    ):
        return None
    mine = nameset(statement)
    known = nameset("\n".join(source.about for source in sources))
    for each in told:
        speaking = speakers_in(each.text)
        for other in names_in(each.text):
            if not mine.has(other) and not known.has(other) and other not in speaking:
                return other
    return None


def _title_fault(statement: str, sources: Sequence[Source]) -> str | None:
    """A title before a name, where the documents give the person another one."""
    text = f"{texts_of(sources)}\n{around(sources)}"
    for name in names_in(statement):
        mine = _titles_before(statement, name)
        last = name.keys[-1]
        theirs = {
            title
            for other in names_in(text)
            if last in other.keys
            for title in _titles_before(text, other)
        }
        if (
            mine
            and theirs
            and not mine & theirs
            and not all(has_word(title, text) for title in mine)
        ):
            return f"the passage does not call {name.text} {' '.join(sorted(mine))}"
    return None


_TITLES = ROLES - words("chief former republic kingdom federation acting deputy vice general major")


def _titles_before(text: str, name: Name) -> set[str]:
    before = text[max(name.start - 40, 0) : name.start]
    titles: set[str] = set()
    for word in reversed(re.findall(r"[^\W\d_]+|[^\w\s]", before)):
        if word.lower() not in _TITLES:
            break
        titles.add(word.lower())
    return titles
