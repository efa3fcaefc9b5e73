"""Conversations of a browser when they are opened again: every quotation is looked up anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat

from rag.app.web.chat.answer_markdown import answer_markdown, inline
from rag.app.web.chat.plain_history import failure
from rag.app.web.chat.saved_conversations import SavedStatement, SavedTurn, saved_turns
from rag.app.web.shared.places import parse_token, token
from rag.attribution import Attributions, attributions
from rag.cite.answers import NOT_ANSWERED, Answer, Listing, Message, Statement
from rag.cite.citations import cite_characters
from rag.language.translation import N_, _
from rag.readers.passages import section_path
from rag.schema import Citation, Condition, Document, DocumentInfo, Hit, Passage

Lookup = Callable[[str], Document | None]
"""A document by its id; None if the collection has none of that id."""

_LOST_SOURCE = N_("a passage that it cites, which is no longer in the collection")
_UNKNOWN_MARK = N_("it was checked by an earlier version of the program")


@dataclass(frozen=True, slots=True)
class Reopened:
    """A saved question and answer, looked up again.

    ``gone`` are the words of quotations that no longer stand where they stood; they are in
    ``answer`` no more. ``failure`` is the error message that stood in place of an answer.
    """

    answer: Answer
    where: tuple[Condition, ...]
    alone: bool
    complete: bool
    gone: tuple[str, ...]
    failure: str | None
    shared: bool


def reopened_messages(given: object, document: Lookup) -> tuple[list[Message], int]:
    """A saved conversation as messages of the chat, and how many of its quotations are gone.

    Raises:
        RagError: the index cannot be read.
    """
    messages: list[Message] = []
    turns = reopened(saved_turns(given), document)
    for turn in turns:
        messages.append(Message("user", inline(turn.answer.question)))
        messages.append(Message("assistant", _content(turn)))
    return messages, sum(len(turn.gone) for turn in turns)


def stopped() -> str:
    """The line under an answer that was stopped or interrupted."""
    return "_" + _("Stopped before the answer was complete.") + "_"


def _content(turn: Reopened) -> str:
    if turn.failure is not None:
        return failure(inline(turn.failure))
    content = answer_markdown(
        turn.answer, where=turn.where, alone=turn.alone, gone=turn.gone, shared=turn.shared
    )
    if turn.complete:
        return content
    return f"{content}\n\n{stopped()}" if turn.answer.statements or turn.gone else stopped()


def reopened(turns: Iterable[SavedTurn], document: Lookup) -> list[Reopened]:
    """The saved turns with everything looked up again, each document once."""
    documents = _Documents(document)
    return [_reopened(turn.believed(), documents) for turn in turns]


def _reopened(turn: SavedTurn, documents: _Documents) -> Reopened:
    citations: dict[str, Citation] = {}
    named = zip(dict.fromkeys(turn.cited), chain(turn.speakers, repeat(None)), strict=False)
    for number, (given, speaker) in enumerate(named, start=1):
        if found := documents.citation(given, number=number, speaker=speaker):
            citations[given] = found
    checked = [_checked(each, citations) for each in turn.statements]
    statements = tuple(each for each in checked if isinstance(each, Statement))
    used = {number for each in statements for number in each.citations}
    return Reopened(
        answer=Answer(
            turn.question,
            turn.query or turn.question,
            text=(turn.heading or _(NOT_ANSWERED)) if turn.abstained else turn.reply,
            abstained=turn.abstained,
            judged=turn.judged,
            reason=turn.reason or None,
            statements=statements,
            citations=tuple(one for one in citations.values() if one.number in used),
            hits=documents.hits(turn.also),
            confidence=turn.confidence,
            final=turn.state == "complete",
            kind=turn.kind,
            notes=tuple(filter(None, turn.notes)),
            model=turn.model or None,
            invented=turn.invented,
            documents=documents.listed(turn.documents),
            suggestions=turn.suggestions,
            listing=Listing(*turn.listing) if turn.listing else None,
        ),
        where=tuple(Condition(*each) for each in turn.where),
        alone=turn.alone,
        complete=turn.state == "complete",
        gone=tuple(each for each in checked if isinstance(each, str) and each),
        failure=turn.reason or "" if turn.state == "failed" else None,
        shared=turn.shared,
    )


def _checked(saved: SavedStatement, citations: Mapping[str, Citation]) -> Statement | str:
    """The statement; or its words, if it is a quotation that is not found at its place."""
    text, side = saved.text, saved.side or None
    found = [citations[each] for each in saved.citations if each in citations]
    numbers = tuple(each.number for each in found)
    if saved.kind == "quote":
        stands = bool(found) and found[0].quote == text
        return Statement(text, "quote", numbers, "verbatim", side) if stands else text
    if not found or len(found) < len(saved.citations):
        return Statement(text, "generated", numbers, "not_found", side, _(_LOST_SOURCE))
    if not saved.support:
        return Statement(text, "generated", numbers, "unchecked", side, _(_UNKNOWN_MARK))
    return Statement(text, "generated", numbers, saved.support, side, saved.fault or None)


class _Documents:
    """Documents with their attributions, each taken from the index once."""

    def __init__(self, document: Lookup) -> None:
        @cache
        def known(document_id: str) -> tuple[Document, Attributions] | None:
            found = document(document_id)
            return (found, attributions(found)) if found else None

        self._known = known
        self._document = document

    def _find(self, given: str) -> tuple[Document, Attributions, int, int] | None:
        """The document of a token, with the characters ``[start, end)``, if it has them."""
        place = parse_token(given)
        known = self._known(place.document_id) if place else None
        if not place or not known or not 0 <= place.start < place.end <= len(known[0].text):
            return None
        return *known, place.start, place.end

    def citation(self, given: str, *, number: int, speaker: str | None) -> Citation | None:
        """The citation of a token, with the speaker of that name there, or else the first one."""
        if (found := self._find(given)) is None:
            return None
        document, attributed, start, end = found
        there = attributed.all(start, end) if speaker else ()
        named = next((each for each in there if each.speaker == speaker), None)
        said = named or attributed.of(start, end)
        return cite_characters(
            document,
            start,
            end,
            number=number,
            passage_id=given,
            section=section_path(document, end - 1),
            speaker=said.speaker if said else None,
            reported=said is not None and said.reported,
        )

    def hits(self, given: Iterable[str]) -> tuple[Hit, ...]:
        """The passages of these tokens, in their order; those that are gone are left out."""
        found = filter(None, map(self._find, given))
        return tuple(_hit(rank, *each) for rank, each in enumerate(found, start=1))

    def listed(self, given: Iterable[str]) -> tuple[DocumentInfo, ...]:
        """The documents of these tokens, in their order; those that are gone are left out."""
        places = filter(None, map(parse_token, given))
        found = filter(None, (self._document(each.document_id) for each in places))
        return tuple(map(_info, found))


def _info(document: Document) -> DocumentInfo:
    return DocumentInfo(
        document.id,
        document.source,
        document.metadata,
        document.media_type,
        pages=None,
        passages=0,
        characters=len(document.text),
    )


def _hit(rank: int, document: Document, _: Attributions, start: int, end: int) -> Hit:
    turn, page = document.turn_at(end - 1), document.page_at(start)
    passage = Passage(
        id=token(document.id, start, end),
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        section=section_path(document, end - 1),
        speaker=turn.speaker if turn else document.metadata.speaker,
        page_start=page.number if page else None,
    )
    return Hit(rank, 0.0, passage, document.source, document.metadata, (passage,))
