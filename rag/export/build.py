"""Builds an export of answers; every citation is looked up again in the catalog."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rag import __version__
from rag.attribution import Attributions, attributions
from rag.cite.answers import NOT_ANSWERED, Answer
from rag.cite.citations import attribution, cite_characters
from rag.cite.items import one_line
from rag.cite.references import pinpoint, reference
from rag.cite.styles import style_named
from rag.errors import QueryError
from rag.export.records import (
    FORMAT,
    ClaimedStatement,
    ClaimedTurn,
    Collection,
    Export,
    ExportedStatement,
    ExportedTurn,
    Place,
    Quotation,
    Source,
)
from rag.language.words import well_formed
from rag.quotes.places import contains_verbatim
from rag.readers.passages import section_path
from rag.schema import Citation, Document
from rag.store import Store

MOST_QUOTATIONS = 2000  # of one export; no real conversation comes near
_MOST_CHARACTERS = 2_000_000  # of all quotations together


def turn_of(answer: Answer) -> ClaimedTurn:
    """An answer to be exported: its citations are taken as claims, to be looked up again."""
    places = {
        each.number: Place(each.document_id, each.start, each.end) for each in answer.citations
    }
    statements = tuple(
        ClaimedStatement(
            each.text,
            each.kind,
            tuple(places[number] for number in each.citations if number in places),
            each.support if each.kind == "generated" else None,
            each.fault,
        )
        for each in answer.statements
    )
    if answer.abstained or not statements:
        words = next(iter(answer.text.splitlines()), "") or NOT_ANSWERED
        statements = (without_answer(words, answer.reason),)
    return ClaimedTurn(answer.question, statements, answer.notes)


def without_answer(words: str, reason: str | None) -> ClaimedStatement:
    """The statement of an export where there is no answer, with the reason if there is one."""
    return ClaimedStatement(f"{words} ({reason})" if reason else words, "text")


def build_export(
    index: Store,
    turns: Sequence[ClaimedTurn],
    *,
    style: str,
    made: datetime | None = None,
    seconds: float | None = None,
) -> Export:
    """Everything that was said, with its quotations as they stand in the index now.

    A sentence that is given as a quotation, but names no place where its words stand, becomes
    ``unchecked``. ``made`` is the time that the export tells; now if it is not given. ``seconds``
    of processor time are what looking the quotations up may take; by default as many as it needs.

    Raises:
        QueryError: there is no such style, there are too many quotations or too long ones, or
            looking them up takes too long.
    """
    said = [each for turn in turns for each in turn.statements]
    if (count := sum(len(set(each.places)) for each in said)) > MOST_QUOTATIONS:
        raise QueryError(
            f"there are {count:,} quotations, and {MOST_QUOTATIONS:,} is the most: export fewer "
            "answers at once"
        )
    builder = _Builder(index, style_named(style).name, seconds)
    exported = tuple(builder.turn(turn) for turn in turns)
    documents, passages = index.counts()
    ids = "\n".join(index.document_ids())
    moment = (made or datetime.now(UTC)).astimezone(UTC)
    return Export(
        format=FORMAT,
        program=f"Footnote {__version__}",
        made=moment.isoformat(timespec="seconds"),
        style=builder.style,
        collection=Collection(documents, passages, hashlib.sha256(ids.encode()).hexdigest()),
        turns=exported,
        quotations=tuple(builder.quotations),
        sources=builder.sources(),
    )


def cite_place(
    index: Store,
    place: Place,
    *,
    attributed: dict[str, tuple[Document, Attributions]] | None = None,
) -> tuple[Document, Citation] | None:
    """The document, and the citation of these characters of it; None if they are not there.

    Who says what in a document is found out once for all calls that share ``attributed``.
    """
    known = {} if attributed is None else attributed
    if place.document_id not in known and (found := index.document(place.document_id)):
        known[place.document_id] = (found, attributions(found))
    document, whose = known.get(place.document_id, (None, None))
    if document is None or not 0 <= place.start < place.end <= len(document.text):
        return None
    said = whose.of(place.start, place.end) if whose else None
    citation = cite_characters(
        document,
        place.start,
        place.end,
        number=1,
        passage_id=index.passage_id_at(document.id, place.start) or "",
        section=section_path(document, place.start),
        speaker=said.speaker if said else None,
        reported=said is not None and said.reported,
    )
    return document, citation


class _Builder:
    def __init__(self, index: Store, style: str, seconds: float | None) -> None:
        self.style = style
        self.quotations: list[Quotation] = []
        self._index = index
        self._seconds = seconds
        self._begun = time.thread_time()
        self._characters = 0
        self._attributed: dict[str, tuple[Document, Attributions]] = {}
        self._found: dict[Place, tuple[Document, Citation] | None] = {}
        self._documents: dict[str, tuple[Document, str]] = {}

    def turn(self, turn: ClaimedTurn) -> ExportedTurn:
        return ExportedTurn(
            one_line(turn.question),
            tuple(self._statement(said) for said in turn.statements),
            tuple(filter(None, map(one_line, turn.notes))),
        )

    def sources(self) -> tuple[Source, ...]:
        """The documents that are quoted, in the order of the list of sources."""
        made = [
            Source(
                document.id,
                well_formed(document.source),
                one_line(document.title),
                told,
                reference(document, style=self.style).entry,
            )
            for document, told in self._documents.values()
        ]
        return tuple(sorted(made, key=lambda each: (each.reference.casefold(), each.source)))

    def _statement(self, said: ClaimedStatement) -> ExportedStatement:
        text = one_line(said.text)
        if said.kind == "text":
            return ExportedStatement(text, "text")
        found = [each for place in dict.fromkeys(said.places) if (each := self._cite(place))]
        if said.kind == "generated":
            numbers = tuple(self._number(*each, shown=False) for each in found)
            fault = one_line(said.fault or "") or None
            return ExportedStatement(
                text, "generated", numbers, fault=fault, support=said.support or "not_found"
            )
        first = next((each for each in found if same_words(text, each[1].quote)), None)
        if first is None:
            return ExportedStatement(text, "unchecked")
        if said.speaker is not None:
            told = replace(first[1], speaker=said.speaker, reported=said.reported)
            found[found.index(first)] = first = (first[0], told)
        # The document's own characters, not what the conversation has made of them.
        numbers = (self._number(*first, shown=True),)
        numbers += tuple(self._number(*each, shown=False) for each in found if each is not first)
        words, heading = one_line(first[1].quote), ", ".join(attribution(first[1]))
        return ExportedStatement(words, "quote", numbers, one_line(heading))

    def _cite(self, place: Place) -> tuple[Document, Citation] | None:
        if self._seconds is not None and time.thread_time() - self._begun > self._seconds:
            raise QueryError(
                f"its quotations take more than {self._seconds:g} seconds to look up: export fewer "
                "answers at once"
            )
        if place not in self._found:
            self._found[place] = cite_place(self._index, place, attributed=self._attributed)
        found = self._found[place]
        self._characters += len(found[1].quote) if found else 0
        if self._characters > _MOST_CHARACTERS:
            raise QueryError(
                f"the quotations have more than {_MOST_CHARACTERS:,} characters together: export "
                "fewer answers at once"
            )
        return found

    def _number(self, document: Document, citation: Citation, *, shown: bool) -> int:
        """The number of a new quotation; each mark in the text has a footnote of its own."""
        number = len(self.quotations) + 1
        told = self._documents.setdefault(document.id, (document, _text_sha256(document)))[1]
        made = reference(document, citation, style=self.style)
        place = pinpoint(citation, document)
        self.quotations.append(
            Quotation(
                number=number,
                document_id=document.id,
                source=well_formed(document.source),
                text_sha256=told,
                start=citation.start,
                end=citation.end,
                quote=well_formed(citation.quote),
                page=citation.page,
                page_label=citation.page_label,
                page_kind=citation.page_kind,
                section=citation.section,
                speaker=citation.speaker,
                ocr=citation.ocr,
                pinpoint=place[1] if place else None,
                note=made.in_a_footnote,
                shown=shown,
            )
        )
        return number


def span_of(words: str, text: str) -> tuple[int, int] | None:
    """Where in ``text`` the words stand, whatever quotation marks and dashes; None if nowhere.

    Words that are too few to be told from chance stand nowhere.
    """
    try:
        return contains_verbatim(words, text)
    except QueryError:
        return None


def same_words(words: str, text: str) -> bool:
    """Whether these are the words of the text, whole or in part, but for signs of typography."""
    return words == one_line(text) or span_of(words, text) is not None


def _text_sha256(document: Document) -> str:
    return hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
