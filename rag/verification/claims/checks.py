"""The ways in which a statement may go wrong, each as a check that returns the fault it finds.

Every check takes the statement, the passages cited, their sentences that come closest, and how
close texts are in meaning, if that can be told.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from rag.verification.claims.appositions import other_holder
from rag.verification.claims.copies import changed_word
from rag.verification.claims.dates import dates_in
from rag.verification.claims.denials import all_denied
from rag.verification.claims.gaps import deceptive_gap
from rag.verification.claims.grave import grave_word_missing
from rag.verification.claims.hedges import dropped_hedge
from rag.verification.claims.names import names_in, nameset
from rag.verification.claims.numerals import figures_in
from rag.verification.claims.opposites import opposite_word, order_turned, quantity_changed
from rag.verification.claims.polarity import opposite_denial
from rag.verification.claims.quotations import missing_quotation, without_quotations
from rag.verification.claims.quoted import misattributed
from rag.verification.claims.reading import read
from rag.verification.claims.roles import roles_swapped
from rag.verification.claims.sources import (
    Similarity,
    Source,
    Told,
    around,
    called,
    has_word,
    text_of,
    texts_of,
    told_by,
    told_words,
)

__all__ = ["contrary", "quotations_missing", "too_far"]

_ENOUGH = 0.51

# Of a statement with few telling words, each one counts for more.
_FEW = 3
_ENOUGH_OF_FEW = 0.6
_VERY_NEAR = 0.65

# What a word counts for that stands in the passage, but not in the closest sentences; and what all
# such words count for together, as a share of the statement.
_NEARBY = 0.6
_MOST_NEARBY = 0.25
_PER_FIGURE = 0.4


def quotations_missing(
    statement: str,
    sources: Sequence[Source],
    told: Sequence[Told],  # noqa: ARG001
    similarity: Similarity | None,  # noqa: ARG001
) -> str | None:
    """A quotation that stands in none of the passages word for word, or is cut so as to deceive."""
    texts = [text_of(source) for source in sources]
    quotation = missing_quotation(statement, texts)
    if quotation is None:
        return deceptive_gap(statement, texts)
    return f"the quotation “{_short(quotation)}” is not in the {called(sources)} it cites"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


def contrary(
    statement: str,
    sources: Sequence[Source],
    told: Sequence[Told],
    similarity: Similarity | None,
) -> str | None:
    """The statement says the opposite, or turns round who did what, or claims an allegation."""
    texts = [each.text for each in told]
    whole, statement = statement, without_quotations(statement)
    denied = opposite_denial(statement, texts, remarks=_short_remarks(sources)) or _short_denial(
        statement, sources
    )
    if denied:
        return f"the passage says the opposite: “{_short(denied)}”"
    if pair := opposite_word(statement, texts) or order_turned(statement, texts):
        return f"it says “{pair[0]}” where the passage says “{pair[1]}”"
    if change := changed_word(whole, texts, alike=_alike(similarity)):
        if change.denied:
            denied = change.yours if len(change.yours) > len(change.source) else change.source
            return f"the passage says the opposite: “{_short(denied)}”"
        return f"it says “{_short(change.yours)}” where the passage says “{_short(change.source)}”"
    if pair := quantity_changed(statement, texts):
        theirs = f"the passage says “{pair[1]}”" if pair[1] else "the passage does not"
        return f"it says “{pair[0]}”, {theirs}"
    if pair := roles_swapped(statement, texts):
        return f"it exchanges the roles of {pair[0]} and {pair[1]}"
    if pair := other_holder(statement, _sentences(sources)):
        return f"the passage does not call {pair[0]} “{_short(pair[1])}”, but somebody else"
    if hedge := dropped_hedge(statement, texts):
        return f"it states as a fact what the passage does not: “{hedge}”"
    if who := misattributed(whole, sources, told):
        return who
    return None


def _sentences(sources: Sequence[Source]) -> list[str]:
    return [each.text for source in sources for each in told_by(source)]


def _alike(similarity: Similarity | None) -> Callable[[str, str], float] | None:
    if similarity is None:
        return None
    return lambda one, other: float(similarity(one, [other])[0])


_REMARK = re.compile(r"(?:They|He|She|It|This|That|These|Those)\b")


def _short_remarks(sources: Sequence[Source]) -> list[str]:
    """Short sentences about what was said before: "They could not do it alone"."""
    return [
        source.text[start:end]
        for source in sources
        for start, end in source.sentences
        if end - start <= 60 and _REMARK.match(source.text, start)
    ]


def _short_denial(statement: str, sources: Sequence[Source]) -> str | None:
    """A short sentence of the passages that denies the whole statement."""
    for source in sources:
        texts = ["", *(source.text[start:end] for start, end in source.sentences)]
        for previous, text in itertools.pairwise(texts):
            if len(text) <= 80 and all_denied(statement, text, previous=previous):
                return text
    return None


def too_far(
    statement: str,
    sources: Sequence[Source],
    told: Sequence[Told],
    similarity: Similarity | None,
) -> str | None:
    """The statement has too little in common with the closest sentences."""
    everything = f"{texts_of(sources)}\n{around(sources)}"
    if word := grave_word_missing(statement, everything):
        return f"the {called(sources)} it cites does not say “{word}”"
    share = coverage(statement, sources, told, similarity)
    near = _nearness(statement, told, similarity)
    needed = _ENOUGH if near is None else max(0.3, 0.96 - 0.8 * near)
    if len(told_words(statement)) <= _FEW and (near is None or near < _VERY_NEAR):
        needed = max(needed, _ENOUGH_OF_FEW)
    if share < needed:
        return "the passage it cites does not say this"
    return None


def _nearness(statement: str, told: Sequence[Told], similarity: Similarity | None) -> float | None:
    if similarity is None:
        return None
    texts = [each.text for each in told]
    return max(map(float, similarity(statement, [*texts, " ".join(texts)])))


def coverage(
    statement: str,
    sources: Sequence[Source],
    told: Sequence[Told],
    similarity: Similarity | None = None,
) -> float:
    """The share of the statement's words that the passages tell, by word or by meaning."""
    text = "\n".join(each.text for each in told)
    everything = f"{texts_of(sources)}\n{around(sources)}"
    wanted = told_words(statement)
    if not wanted:
        return 0.0
    named = {
        word
        for name in names_in(statement)
        if nameset(everything).has(name)
        for word in wanted
        if name.start <= word.start < name.end
    }
    missing = [word for word in wanted if word not in named and not has_word(word.stem, text)]
    total = float(len(wanted) - len(missing))
    nearby = 0.0
    theirs = sorted({word.lower for word in read(text) if word.is_content})
    for word in missing:
        if similarity is not None and theirs and len(wanted) > 1:
            best = max(map(float, similarity(word.lower, theirs)))
            if best >= 0.55:
                total += 0.8
                continue
        if has_word(word.stem, everything):
            nearby += _NEARBY
    # Figures have been found in the sentences already; they tell that these are meant.
    told_as_well = _PER_FIGURE * (len(figures_in(statement)) + len(dates_in(statement)))
    share = total + min(nearby, _MOST_NEARBY * len(wanted)) + told_as_well
    return share / (len(wanted) + told_as_well)
