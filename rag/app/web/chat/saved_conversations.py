"""Answers as JSON for the browser to keep, and made into answers again.

Nothing about conversations is kept on the server. The browser keeps the words of an answer and the
tokens of its footnotes; when a conversation is opened again, every token is looked up, and a
quotation is shown as one only if these very words stand there now. Whose words they are, their page
and their section come from the document, never from the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from rag.app.web.shared.places import Place, parse_token, token
from rag.attribution import Attributed, Attributions, attributions
from rag.cite import cite_characters
from rag.readers.passages import section_path
from rag.schema import (
    NOT_ANSWERED,
    Answer,
    Citation,
    Condition,
    Document,
    Hit,
    Passage,
    QuestionKind,
    Statement,
    Support,
)

__all__ = ["Kept", "Reopened", "kept_answer", "kept_failure", "kept_turns", "reopened"]

Kept = dict[str, Any]
"""A question and its answer as JSON; see :func:`kept_answer` for its fields."""
Operator = Literal["=", "!=", "<", "<=", ">", ">="]
Lookup = Callable[[str], Document | None]
"""A document by its id; None if the collection has none of that id."""

_MOST_TURNS: Final = 500
_MOST_PARTS: Final = 200
_LONGEST: Final = 20_000
_OPERATORS: Final[tuple[Operator, ...]] = ("=", "!=", "<", "<=", ">", ">=")
_FEWER = "a passage that it cites, which is no longer in the collection"
_OTHER_MARKS = "it was checked by an earlier version of the program"


# What is kept ----------------------------------------------------------------------------------


def kept_answer(answer: Answer, *, where: Sequence[Condition] = (), alone: bool = False) -> Kept:
    """An answer as the browser keeps it.

    ``state`` is ``complete`` or, while the answer is being made, ``partial``. Every citation is
    the token of its place (:mod:`rag.app.web.shared.places`), so are ``cited`` and ``also``, the
    passages that were retrieved and not cited. ``speakers`` has a name for each of ``cited``, which
    only chooses among those that the document names there.
    """
    places = {each.number: _place(each) for each in answer.citations}
    used = {each.passage_id for each in answer.citations}
    return {
        "question": answer.question,
        "query": answer.query or None,
        "alone": alone,
        "where": [[one.field, one.operator, one.value] for one in where],
        "state": "complete" if answer.final else "partial",
        "kind": answer.kind,
        "abstained": answer.abstained,
        "heading": next(iter(answer.text.splitlines()), "") if answer.abstained else "",
        "reason": answer.reason,
        "notes": list(answer.notes),
        "statements": [_statement(each, places) for each in answer.statements],
        "cited": list(places.values()),
        "speakers": [each.speaker for each in answer.citations],
        "also": [_hit_token(hit) for hit in answer.hits if hit.passage.id not in used],
        "confidence": round(answer.confidence, 4),
        "model": answer.model,
        "invented": answer.invented,
    }


def kept_failure(question: str, words: str, *, where: Sequence[Condition], alone: bool) -> Kept:
    """A question with an error message, ``words``, instead of an answer."""
    draft = Answer(question, question, final=False)
    return {**kept_answer(draft, where=where, alone=alone), "state": "failed", "reason": words}


def _place(citation: Citation) -> str:
    return token(citation.document_id, citation.start, citation.end)


def _hit_token(hit: Hit) -> str:
    return token(hit.passage.document_id, hit.passage.start, hit.passage.end)


def _statement(statement: Statement, places: Mapping[int, str]) -> Kept:
    return {
        "text": statement.text,
        "kind": statement.kind,
        "support": statement.support,
        "side": statement.side,
        "fault": statement.fault,
        "citations": [places[number] for number in statement.citations if number in places],
    }


# What is made of it again ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reopened:
    """A kept question and answer, looked up again.

    ``gone`` are the words of quotations that no longer stand where they stood; they are in
    ``answer`` no more. ``failure`` are the words of the error that stood in place of an answer.
    """

    answer: Answer
    where: tuple[Condition, ...]
    alone: bool
    complete: bool
    gone: tuple[str, ...]
    failure: str | None


def kept_turns(given: object) -> list[Kept]:
    """The turns that a browser sent, without those that have no question."""
    turns = given[-_MOST_TURNS:] if isinstance(given, list) else []
    return [each for each in turns if isinstance(each, dict) and _text(each.get("question"))]


def reopened(turns: Iterable[Kept], document: Lookup) -> list[Reopened]:
    """The kept turns with everything looked up again, each document once."""
    shelf = _Shelf(document)
    return [_reopened(turn, shelf) for turn in turns]


def _reopened(turn: Kept, shelf: _Shelf) -> Reopened:
    speakers = [_text(each) for each in _list(turn.get("speakers"))]
    tokens = list(dict.fromkeys(_text(each) for each in _list(turn.get("cited"))))
    citations: dict[str, Citation] = {}
    for number, each in enumerate(tokens, start=1):
        speaker = speakers[number - 1] if number <= len(speakers) else ""
        if found := shelf.citation(each, number=number, speaker=speaker):
            citations[each] = found
    stated = [_restated(each, citations) for each in _list(turn.get("statements"))]
    statements = [each for each in stated if isinstance(each, Statement)]
    used = {number for each in statements for number in each.citations}
    return Reopened(
        answer=_answer(
            turn,
            statements=tuple(statements),
            citations=tuple(one for one in citations.values() if one.number in used),
            hits=shelf.hits(_list(turn.get("also"))),
        ),
        where=_conditions(turn.get("where")),
        alone=turn.get("alone") is True,
        complete=turn.get("state") == "complete",
        gone=tuple(each for each in stated if isinstance(each, str) and each),
        failure=_text(turn.get("reason")) if turn.get("state") == "failed" else None,
    )


def _answer(
    turn: Kept,
    *,
    statements: tuple[Statement, ...],
    citations: tuple[Citation, ...],
    hits: tuple[Hit, ...],
) -> Answer:
    question, abstained = _text(turn.get("question")), turn.get("abstained") is True
    return Answer(
        question,
        _text(turn.get("query")) or question,
        text=(_text(turn.get("heading")) or NOT_ANSWERED) if abstained else "",
        abstained=abstained,
        reason=_text(turn.get("reason")) or None,
        statements=statements,
        citations=citations,
        hits=hits,
        confidence=_share(turn.get("confidence")),
        final=turn.get("state") == "complete",
        kind=_kind(turn.get("kind")),
        notes=tuple(filter(None, map(_text, _list(turn.get("notes"))))),
        model=_text(turn.get("model")) or None,
        invented=_count(turn.get("invented")),
    )


def _restated(given: object, citations: Mapping[str, Citation]) -> Statement | str:
    """The statement; or its words, if it is a quotation that is not found at its place."""
    kept = given if isinstance(given, dict) else {}
    text, side = _text(kept.get("text")), _text(kept.get("side")) or None
    tokens = [_text(each) for each in _list(kept.get("citations"))]
    found = [citations[each] for each in tokens if each in citations]
    numbers = tuple(each.number for each in found)
    if kept.get("kind") != "generated":
        stands = bool(found) and found[0].quote == text
        return Statement(text, "quote", numbers, "verbatim", side) if stands else text
    if not found or len(found) < len(tokens):
        return Statement(text, "generated", numbers, "not_found", side, _FEWER)
    support = next((each for each in get_args(Support) if each == kept.get("support")), None)
    # Kept by an earlier version, whose marks said something else.
    if support is None:
        return Statement(text, "generated", numbers, "unchecked", side, _OTHER_MARKS)
    return Statement(text, "generated", numbers, support, side, _text(kept.get("fault")) or None)


class _Shelf:
    """Documents with their attributions, each taken from the index once."""

    def __init__(self, document: Lookup) -> None:
        self._lookup = document
        self._found: dict[str, tuple[Document, Attributions] | None] = {}

    def _take(self, given: object) -> tuple[Document, Attributions, Place] | None:
        """The document of a token with its place, if it has that place."""
        place = parse_token(_text(given))
        if place is None:
            return None
        if place.document_id not in self._found:
            document = self._lookup(place.document_id)
            whose = attributions(document) if document else None
            self._found[place.document_id] = (document, whose) if document and whose else None
        found = self._found[place.document_id]
        if found is None or not 0 <= place.start < place.end <= len(found[0].text):
            return None
        return (*found, place)

    def citation(self, given: str, *, number: int, speaker: str) -> Citation | None:
        """The citation of a token, with the speaker of that name there, or else the first one."""
        taken = self._take(given)
        if taken is None:
            return None
        document, whose, place = taken
        attributed = _attributed(whose, place, speaker)
        return cite_characters(
            document,
            place.start,
            place.end,
            number=number,
            passage_id=given,
            section=section_path(document, place.end - 1),
            speaker=attributed.speaker if attributed else None,
            reported=attributed is not None and attributed.reported,
        )

    def hits(self, given: Iterable[object]) -> tuple[Hit, ...]:
        """The passages of these tokens, in their order; those that are gone are left out."""
        taken = filter(None, map(self._take, given))
        return tuple(_hit(rank, *each) for rank, each in enumerate(taken, start=1))


def _attributed(whose: Attributions, place: Place, speaker: str) -> Attributed | None:
    there = whose.all(place.start, place.end) if speaker else ()
    named = next((each for each in there if each.speaker == speaker), None)
    return named or whose.of(place.start, place.end)


def _hit(rank: int, document: Document, _: Attributions, place: Place) -> Hit:
    turn, page = document.turn_at(place.end - 1), document.page_at(place.start)
    passage = Passage(
        id=token(document.id, place.start, place.end),
        document_id=document.id,
        start=place.start,
        end=place.end,
        text=document.text[place.start : place.end],
        section=section_path(document, place.end - 1),
        speaker=turn.speaker if turn else document.metadata.speaker,
        page_start=page.number if page else None,
    )
    return Hit(rank, 0.0, passage, document.source, document.metadata, (passage,))


# What comes from a browser can be anything -----------------------------------------------------


def _text(given: object) -> str:
    return given[:_LONGEST] if isinstance(given, str) else ""


def _list(given: object) -> list[Any]:
    return given[:_MOST_PARTS] if isinstance(given, list) else []


def _share(given: object) -> float:
    # By comparing alone: a whole number of JSON can be too large for a float.
    if not isinstance(given, (int, float)) or not given > 0:
        return 0.0
    return float(given) if given < 1 else 1.0


def _count(given: object) -> int:
    return min(max(given, 0), 1000) if isinstance(given, int) else 0


def _kind(given: object) -> QuestionKind:
    kinds: tuple[QuestionKind, ...] = get_args(QuestionKind)
    return next((kind for kind in kinds if kind == given), "fact")


def _conditions(given: object) -> tuple[Condition, ...]:
    found = []
    for each in _list(given):
        if isinstance(each, list) and len(each) == 3 and all(isinstance(one, str) for one in each):
            operator = next((one for one in _OPERATORS if one == each[1]), None)
            if operator is not None:
                found.append(Condition(_text(each[0]), operator, _text(each[2])))
    return tuple(found)
