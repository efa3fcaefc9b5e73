"""What is said with an answer besides the documents' words: the same on the page and in a terminal.

Everything here is plain text: who shows it escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.cite.answers import NOT_ANSWERED, Answer, Statement
from rag.cite.citations import long_date, page_reference
from rag.language.translation import N_, _, joined, n_, p_
from rag.schema import Condition, DocumentInfo, Hit

_REMINDER = N_(
    "That these reports do not mention something is not evidence that it did not happen: "
    "absence of reporting is not evidence of absence."
)

_MOST_NEAREST = 4
_FIELDS = {
    "country": N_("country"),
    "publisher": N_("publisher"),
    "source": N_("source"),
    "year": N_("year"),
}
_MEANING = {
    "high": N_("The reports very likely answer the question."),
    "moderate": N_(
        "The reports probably answer the question; read the sentences where they stand."
    ),
    "low": N_(
        "The reports may only come near to the question; read the sentences where they stand."
    ),
}
_MEANING_COUNT = N_("It is about whether these sentences bear on the question; they are no count.")
_MEANING_ABSTAINED = {
    "high": N_("What was found is about it, but for the reason given it is no answer."),
    "moderate": N_("What was found comes near to it, but for the reason given it is no answer."),
    "low": N_(
        "No passage that was found is likely to; other words for the question may find more."
    ),
}
_LEVELS = {
    "high": N_("high"),
    "moderate": N_("moderate"),
    "low": N_("low"),
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
    cited = "".join(f"[{number}]" for number in statement.citations) or _("what it cites")
    fault = (statement.fault or "").strip().rstrip(".")
    match statement.support:
        case "verbatim":
            return _("quotation, word for word")
        case "follows":
            return _("follows from {cited}", cited=cited)
        case "unchecked" if fault:
            return _("meaning not checked against {cited}: {fault}", cited=cited, fault=fault)
        case "unchecked":
            return _("figures and names found in {cited}, meaning not checked", cited=cited)
    fault = fault or _("what it says, in the passages that it cites")
    return _("not found: {fault}", fault=fault)


def authorship(answer: Answer) -> str:
    """Who wrote the generated statements, and what came of checking them; empty without any."""
    generated = [each for each in answer.statements if each.kind == "generated"]
    if not generated:
        return ""
    model = answer.model or _("a language model")
    if not answer.final:
        return _("Being written by {model}; every sentence is checked as it comes.", model=model)
    missing = sum(each.support == "not_found" for each in generated)
    unchecked = sum(each.support == "unchecked" for each in generated)
    parts = [
        _(
            "Written by {model}; every sentence was checked against the passages it cites.",
            model=model,
        )
    ]
    if missing:
        parts.append(
            n_(
                "Of {all}, {count} has something that was not found.",
                "Of {all}, {count} have something that was not found.",
                missing,
                all=len(generated),
            )
        )
    if unchecked:
        words = _("Whether the meaning follows was not checked for {number}.", number=unchecked)
        parts.append(words)
    if answer.invented:
        parts.append(
            n_(
                "{count} invented citation was dropped.",
                "{count} invented citations were dropped.",
                answer.invented,
            )
        )
    return " ".join(parts)


def confidence_words(confidence: float) -> str:
    """How likely the collection answers the question, in a word: ``high``."""
    return _(_LEVELS[confidence_level(confidence)])


def confidence_level(confidence: float) -> str:
    """The same in English: ``high``, ``moderate`` or ``low``."""
    if confidence >= 0.8:
        return "high"
    return "moderate" if confidence >= 0.6 else "low"


def confidence_sentences(answer: Answer) -> str:
    """The confidence in words, and what it means; empty where no question was judged."""
    if not answer.judged:
        return ""
    words = confidence_level(answer.confidence)
    level = _(_LEVELS[words])
    if answer.kind == "search" or answer.is_reply:
        return ""
    if not answer.abstained:
        meaning = _MEANING_COUNT if answer.kind == "count" else _MEANING[words]
        return _("Confidence: {level}.", level=level) + " " + _(meaning)
    if not answer.hits:
        return ""
    told = _("Confidence that these reports answer the question: {level}.", level=level)
    return f"{told} {_(_MEANING_ABSTAINED[words])}"


def heading(answer: Answer) -> str:
    """The first line of an abstention: what the answer itself says, or that there is none."""
    return next(iter(answer.text.splitlines()), "") or _(NOT_ANSWERED)


def nearest(answer: Answer) -> tuple[Hit, ...]:
    """The passages that are shown with an abstention."""
    return answer.hits[:_MOST_NEAREST] if answer.judged else answer.hits


def nearest_heading(answer: Answer) -> str:
    """What stands over those passages."""
    return _("Not an answer, but close:") if answer.judged else _("Found by search:")


def reminder(answer: Answer) -> str:
    """What to bear in mind where the reports do not answer; empty where that was not judged."""
    return _(_REMINDER) if answer.judged else ""


def place(hit: Hit) -> tuple[str, ...]:
    """Title, section, speaker and page of a passage; only what is known."""
    passage = hit.passage
    section = (passage.section or "").split(" > ")[-1]
    page = page_reference(passage.page_start, None) if passage.page_start else ""
    names = (snippet(name or "", longest=90) for name in (hit.title, section, passage.speaker))
    return tuple(dict.fromkeys(name for name in (*names, page) if name))


def note_words(answer: Answer) -> tuple[str, ...]:
    """The notes of an answer as sentences that begin with "Caution:" where they warn."""
    notes = note_sentences(answer)
    caution = _("Caution:")
    return tuple(f"{caution} {each}" for each in notes) if warns(answer) else notes


def note_sentences(answer: Answer) -> tuple[str, ...]:
    """The notes of an answer as sentences."""
    return tuple(sentence(note) for note in answer.notes if note.strip())


def warns(answer: Answer) -> bool:
    """Whether the notes of an answer are cautions."""
    return answer.kind not in ("search", "last-answer")


def listed(document: DocumentInfo) -> str:
    """A document of a list: title, publisher and date, as far as they are known."""
    known = document.metadata
    parts = (known.title or document.source, known.publisher, known.date and long_date(known.date))
    return joined(part or "" for part in parts)


def suggesting(answer: Answer) -> str:
    """What stands before the suggestions of an answer."""
    return _("Did you mean:") if answer.abstained else _("You could ask:")


def listing_words(answer: Answer) -> str:
    """How many statements there are of the one who was asked for; empty if all are shown."""
    told = answer.listing
    if told is None:
        return ""
    values = {"speaker": told.speaker, "words": told.about, "document": told.document}
    if told.document and told.about:
        return n_(
            "“{document}” has {count} statement of {speaker} with the words “{words}”; this answer "
            "quotes those that bear on the question best.",
            "“{document}” has {count} statements of {speaker} with the words “{words}”; this "
            "answer quotes those that bear on the question best.",
            told.total,
            **values,
        )
    if told.document:
        return n_(
            "“{document}” has {count} statement of {speaker}; this answer quotes those that bear "
            "on the question best.",
            "“{document}” has {count} statements of {speaker}; this answer quotes those that bear "
            "on the question best.",
            told.total,
            **values,
        )
    if told.about:
        return n_(
            "The reports have {count} statement of {speaker} with the words “{words}”; this answer "
            "quotes those that bear on the question best.",
            "The reports have {count} statements of {speaker} with the words “{words}”; this "
            "answer quotes those that bear on the question best.",
            told.total,
            **values,
        )
    return n_(
        "The reports have {count} statement of {speaker}; this answer quotes those that bear on "
        "the question best.",
        "The reports have {count} statements of {speaker}; this answer quotes those that bear on "
        "the question best.",
        told.total,
        **values,
    )


def restricted(where: Sequence[Condition]) -> str:
    """The filters in words, such as ``country: Ethiopia, from 2018``; empty without filters."""
    return joined(map(_condition, where))


def _condition(one: Condition) -> str:
    if one.operator == ">=":
        return p_("a year", "from {value}", value=one.value)
    if one.operator == "<=":
        return p_("a year", "to {value}", value=one.value)
    field = _(_FIELDS.get(one.field, one.field))
    return f"{field}: {one.value}" if one.operator == "=" else f"{field} {one.operator} {one.value}"


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
