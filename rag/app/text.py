"""What is said with an answer besides the documents' words: the same on the page and in a terminal.

Everything here is plain text: who shows it escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.cite.answers import NOT_ANSWERED, Answer, Statement
from rag.cite.citations import long_date
from rag.schema import Condition, DocumentInfo, Hit

CAUTION = "Caution: "
_CLOSE = "Not an answer, but close:"
_FOUND = "Found by search:"
_REMINDER = (
    "That these reports do not mention something is not evidence that it did not happen: "
    "absence of reporting is not evidence of absence."
)

_MOST_NEAREST = 4
_MEANING = {
    "high": "The reports very likely answer the question.",
    "moderate": "The reports probably answer the question; read the sentences where they stand.",
    "low": "The reports may only come near to the question; read the sentences where they stand.",
}
_MEANING_COUNT = "It is about whether these sentences bear on the question; they are no count."
_MEANING_ABSTAINED = {
    "high": "What was found is about it, but for the reason given it is no answer.",
    "moderate": "What was found comes near to it, but for the reason given it is no answer.",
    "low": "No passage that was found is likely to; other words for the question may find more.",
}


@dataclass(frozen=True, slots=True)
class Arranged:
    """Statements in the order in which they are shown; ``sides`` stand next to one another."""

    before: tuple[Statement, ...]
    sides: tuple[tuple[str, tuple[Statement, ...]], ...]
    after: tuple[Statement, ...]


def arranged(statements: Sequence[Statement]) -> Arranged:
    """The statements of each side together, sides in the order in which they come first.

    Those of no side stay before or after; without sides all of them are ``before``.
    """
    names = list(dict.fromkeys(each.side for each in statements if each.side))
    first = next((at for at, each in enumerate(statements) if each.side), len(statements))
    return Arranged(
        before=tuple(statements[:first]),
        sides=tuple(
            (name, tuple(each for each in statements if each.side == name)) for name in names
        ),
        after=tuple(each for each in statements[first:] if not each.side),
    )


def searched_for(answer: Answer) -> str | None:
    """What was searched for, where that is not the question as it was typed."""
    query = " ".join(answer.query.split())
    return query if query and query != " ".join(answer.question.split()) else None


def sentence(words: str) -> str:
    """The words with a capital, and with a full stop unless they end like a sentence."""
    words = words.strip()
    ended = words.endswith((".", "!", "?", ".”", '."'))
    return words[:1].upper() + words[1:] + ("" if ended else ".")


def support_words(statement: Statement) -> str:
    """What was found of a generated statement in what it cites, with the numbers of its citations.

    Such as "follows from [2]"; nothing is called supported.
    """
    cited = "".join(f"[{number}]" for number in statement.citations) or "what it cites"
    fault = (statement.fault or "").strip().rstrip(".")
    match statement.support:
        case "verbatim":
            return "quotation, word for word"
        case "follows":
            return f"follows from {cited}"
        case "unchecked" if fault:
            return f"meaning not checked against {cited}: {fault}"
        case "unchecked":
            return f"figures and names found in {cited}, meaning not checked"
    return f"not found: {fault or 'what it says, in the passages that it cites'}"


def authorship(answer: Answer) -> str:
    """Who wrote the generated statements, and what came of checking them; empty without any."""
    generated = [each for each in answer.statements if each.kind == "generated"]
    if not generated:
        return ""
    model = answer.model or "a language model"
    if not answer.final:
        return f"Being written by {model}; every sentence is checked as it comes."
    missing = sum(each.support == "not_found" for each in generated)
    unchecked = sum(each.support == "unchecked" for each in generated)
    has = "has" if missing == 1 else "have"
    dropped = "citation was" if answer.invented == 1 else "citations were"
    parts = [f"Written by {model}; every sentence was checked against the passages it cites."]
    if missing:
        parts.append(f"Of {len(generated)}, {missing} {has} something that was not found.")
    if unchecked:
        parts.append(f"Whether the meaning follows was not checked for {unchecked}.")
    if answer.invented:
        parts.append(f"{answer.invented} invented {dropped} dropped.")
    return " ".join(parts)


def confidence_words(confidence: float) -> str:
    """``high``, ``moderate`` or ``low``: how likely the collection answers the question."""
    if confidence >= 0.8:
        return "high"
    return "moderate" if confidence >= 0.6 else "low"


def confidence_sentences(answer: Answer) -> str:
    """The confidence in words, and what it means; empty where no question was judged."""
    if not answer.judged:
        return ""
    words = confidence_words(answer.confidence)
    if answer.kind == "search" or answer.is_reply:
        return ""
    if not answer.abstained:
        meaning = _MEANING_COUNT if answer.kind == "count" else _MEANING[words]
        return f"Confidence: {words}. {meaning}"
    if not answer.hits:
        return ""
    meaning = _MEANING_ABSTAINED[words]
    return f"Confidence that these reports answer the question: {words}. {meaning}"


def heading(answer: Answer) -> str:
    """The first line of an abstention: what the answer itself says, or that there is none."""
    return next(iter(answer.text.splitlines()), "") or NOT_ANSWERED


def nearest(answer: Answer) -> tuple[Hit, ...]:
    """The passages that are shown with an abstention."""
    return answer.hits[:_MOST_NEAREST] if answer.judged else answer.hits


def nearest_heading(answer: Answer) -> str:
    """What stands over those passages."""
    return _CLOSE if answer.judged else _FOUND


def reminder(answer: Answer) -> str:
    """What to bear in mind where the reports do not answer; empty where that was not judged."""
    return _REMINDER if answer.judged else ""


def place(hit: Hit) -> tuple[str, ...]:
    """Title, section, speaker and page of a passage; only what is known."""
    passage = hit.passage
    section = (passage.section or "").split(" > ")[-1]
    page = f"p. {passage.page_start}" if passage.page_start else ""
    names = (snippet(name or "", longest=90) for name in (hit.title, section, passage.speaker))
    return tuple(dict.fromkeys(name for name in (*names, page) if name))


def note_words(answer: Answer) -> tuple[str, ...]:
    """The notes of an answer as sentences that begin with "Caution:" where they warn."""
    begin = "" if answer.kind in ("search", "last-answer") else CAUTION
    return tuple(f"{begin}{sentence(note)}" for note in answer.notes if note.strip())


def listed(document: DocumentInfo) -> str:
    """A document of a list: title, publisher and date, as far as they are known."""
    known = document.metadata
    parts = (known.title or document.source, known.publisher, known.date and long_date(known.date))
    return ", ".join(part for part in parts if part)


def suggesting(answer: Answer) -> str:
    """What stands before the suggestions of an answer."""
    return "Did you mean:" if answer.abstained else "You could ask:"


def listing_words(answer: Answer) -> str:
    """How many statements there are of the one who was asked for; empty if all are shown."""
    told = answer.listing
    if told is None:
        return ""
    have = f" with the words “{told.about}”" if told.about else ""
    where = f"“{told.document}” has" if told.document else "The reports have"
    return (
        f"{where} {told.total} statements of {told.speaker}{have}; this answer quotes "
        "those that bear on the question best."
    )


def restricted(where: Sequence[Condition]) -> str:
    """The filters in words, such as ``country: Ethiopia, from 2018``; empty without filters."""
    words = {"=": "{field}: {value}", ">=": "from {value}", "<=": "to {value}"}
    return ", ".join(
        words.get(one.operator, "{field} {operator} {value}").format(
            field=one.field, operator=one.operator, value=one.value
        )
        for one in where
    )


def opening(text: str) -> str:
    """The text from where its sentences begin, without the headings that stand before them.

    A heading is a short block of words that does not end like a sentence and has text under it.
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    while len(blocks) > 1 and len(blocks[0]) <= 120 and not re.search(r"[.!?:;…]\W*$", blocks[0]):
        del blocks[0]
    return "\n\n".join(blocks)


def snippet(text: str, *, longest: int = 180) -> str:
    """The beginning of the text, cut at a word and marked as cut if it is longer."""
    words = " ".join(text.split())
    if len(words) <= longest:
        return words
    return words[:longest].rsplit(" ", 1)[0].rstrip(",;:") + " …"
