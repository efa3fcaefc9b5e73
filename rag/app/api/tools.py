"""What other programs may ask for, with the objects of the command line.

Everything here reads and nothing writes. Requests come from outside, so their sizes are bounded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial, wraps
from typing import Any, Final, Literal

from rag import patience
from rag.answer import Chatbot, parse_condition
from rag.app.json import (
    answer_object,
    document_object,
    draft_object,
    person_object,
    referring,
    search_object,
    statements_object,
    verification_object,
)
from rag.app.statements import statement_store, statements_wanted
from rag.cite.answers import Answer, Message
from rag.errors import QueryError, RagError, SourceNotFound
from rag.language.translation import N_
from rag.language.words import well_formed
from rag.quotes.drafts import check_draft
from rag.quotes.lookup import check_quotation
from rag.schema import Condition

JsonObject = dict[str, Any]

ILL_FORMED: Final = N_(
    "the text has half of a character (a lone surrogate), which stands in no report: type it anew"
)
"""What is said to text that cannot be encoded."""

LONGEST_QUESTION: Final = 2_000
LONGEST_QUOTATION: Final = 10_000
LONGEST_DRAFT: Final = 200_000
"""Characters."""
LONGEST_WORDS: Final = 300  # to look for documents, statements and people with
LONGEST_SOURCE: Final = 2_000
LONGEST_RANGE: Final = 1_000_000
"""Characters of a document's text that are told at once."""
MOST_HITS: Final = 100
MOST_CONDITIONS: Final = 20
MOST_LISTED: Final = 200
"""Documents, statements or people of one page of a list."""
_FURTHEST: Final = 10**9
_MOST_QUOTATIONS: Final = 500  # of a draft
_DRAFT_SECONDS: Final = 30  # for looking all of them up
_MOST_TURNS: Final = 50
_MOST_MATCHES: Final = 50

DocumentOrder = Literal[
    "title", "source", "date", "country", "publisher", "added", "pages", "passages"
]
PersonOrder = Literal["statements", "name", "documents", "latest"]
PersonKind = Literal["person", "body", "unnamed"]


class Tools:
    """What can be asked for. Safe to share between threads.

    All of them raise :class:`~rag.errors.RagError` with words for the one who asks, also where
    something takes longer than ``patience_seconds``. Their signatures and docstrings are what
    other programs are told of them.
    """

    def __init__(
        self, chatbot: Chatbot, *, patience_seconds: float = patience.DEFAULT_SECONDS
    ) -> None:
        self._chatbot = chatbot
        self._within = partial(patience.within, patience_seconds)

    def search(self, query: str, count: int = 10, where: list[str] | None = None) -> JsonObject:
        """Find the passages of the reports that bear on a query, best first.

        Filters in `where` are such as "country=Ethiopia" or "year>=2018". Returns the object of
        `rag search --json`.
        """
        words = _bounded("the query", query, LONGEST_QUESTION)
        if not 1 <= count <= MOST_HITS:
            raise QueryError(f"the number of passages must be from 1 to {MOST_HITS}")
        conditions = _conditions(where)
        hits = self._within(
            lambda: self._chatbot.search(words, count=count, where=conditions), what="the search"
        )
        return search_object(query, hits)

    def ask(
        self,
        question: str,
        history: list[dict[str, str]] | None = None,
        where: list[str] | None = None,
    ) -> JsonObject:
        """Answer a question with exact sentences of the reports and their citations, or abstain.

        `history` are earlier turns as {"role": "user" or "assistant", "content": "..."}. Returns
        the object of `rag ask --json`.
        """
        answers = self.answers(question, history, where)
        *_, answer = self._within(lambda: list(answers), what="the answer")
        return answer_object(answer)

    def answers(
        self,
        question: str,
        history: Sequence[object] | None = None,
        where: Sequence[str] | None = None,
    ) -> Iterator[Answer]:
        """The answer as it grows, as the chatbot gives it; nothing limits its time.

        Raises:
            QueryError: the question is empty or too long, or the history or a filter is wrong.
        """
        asked = _bounded("the question", question, LONGEST_QUESTION)
        messages, conditions = _messages(history), _conditions(where)
        return self._chatbot.ask(asked, history=messages, where=conditions)

    def cite(
        self,
        text: str,
        draft: bool = False,
        source: str | None = None,
        speaker: str | None = None,
        style: str | None = None,
    ) -> JsonObject:
        """Tell whether a quotation stands in the reports word for word, where, or what differs.

        With `draft` every quotation in the text is looked up. `source` and `speaker` are where it
        is said to stand; `style` (chicago, apa, mla, oscola, bluebook) adds references. Returns
        the object of `rag cite --json`, or of `rag cite --file`.
        """
        return self._within(
            lambda: self._cite(
                text, draft=draft, source=source or None, speaker=speaker or None, style=style
            ),
            what="the lookup",
        )

    def documents(
        self,
        text: str = "",
        where: list[str] | None = None,
        sort: DocumentOrder = "title",
        descending: bool = False,
        first: int = 0,
        count: int = 50,
    ) -> JsonObject:
        """List the documents of the collection, with title, publisher, date, country and id.

        Those that have every word of `text` in title, source, publisher, country, author or
        speaker, and meet the filters in `where`. `first` counts from 0; `total` is how many there
        are on all pages.
        """
        words, conditions = _words("text", text), _conditions(where)
        _check_page(first, count)
        found = self._within(
            lambda: self._chatbot.index.find(
                words,
                where=conditions,
                sort=sort,
                descending=descending,
                first=first,
                count=count,
            ),
            what="the list",
        )
        listed = [document_object(each) for each in found.documents]
        return {"total": found.total, "first": first, "documents": listed}

    def statements(
        self,
        speaker: str = "",
        about: str = "",
        where: list[str] | None = None,
        source: str = "",
        first: int = 0,
        count: int = 50,
    ) -> JsonObject:
        """List who said what, by date: words of turns, quotations and speeches, and accounts.

        Of one `speaker` (a name, a description such as "the Government", or a person's id), with
        every word of `about` in any form, in documents that meet the filters in `where`, or in one
        `source`. `how` is "reported" for a document's account of somebody's words, which are not
        to be quoted as theirs. `first` counts from 0; `total` is how many there are.
        """
        called, words = _words("speaker", speaker), _words("about", about)
        named, conditions = _words("source", source, LONGEST_SOURCE), _conditions(where)
        _check_page(first, count)
        index = statement_store(self._chatbot.index)

        def find() -> JsonObject:
            wanted = statements_wanted(
                self._chatbot.index, speaker=called, about=words, where=conditions, source=named
            )
            return statements_object(index.statements(wanted, first=first, count=count))

        found = self._within(find, what="the list")
        return {"total": found["total"], "first": first, "statements": found["statements"]}

    def people(
        self,
        text: str = "",
        kind: PersonKind | None = None,
        sort: PersonOrder = "statements",
        first: int = 0,
        count: int = 50,
    ) -> JsonObject:
        """List who speaks in the reports, with every word of `text` in name or role."""
        words = _words("text", text)
        _check_page(first, count)
        index = statement_store(self._chatbot.index)
        kinds = (kind,) if kind else ()
        found = self._within(
            lambda: index.people(words, kinds=kinds, sort=sort, first=first, count=count),
            what="the list",
        )
        listed = [person_object(each) for each in found.people]
        return {"total": found.total, "first": first, "people": listed}

    def document(self, document_id: str) -> JsonObject:
        """One document, as a list shows it.

        Raises:
            SourceNotFound: there is none of this id.
        """
        found = self._within(
            lambda: self._chatbot.index.information(document_id), what="the lookup"
        )
        if found is None:
            raise _no_document(document_id)
        return document_object(found)

    def text(self, document_id: str, start: int = 0, end: int | None = None) -> JsonObject:
        """The characters ``[start, end)`` of a document, and the pages that they stand on.

        Without ``end`` as many as are told at once. Beyond the end of the document there are none.

        Raises:
            SourceNotFound: there is no document of this id.
            QueryError: that is no range, or too long a one.
        """
        last = start + LONGEST_RANGE if end is None else end
        if not 0 <= start <= last <= start + LONGEST_RANGE:
            raise QueryError(
                f"a range of characters goes from start to end and has at most {LONGEST_RANGE:,}: "
                "ask for the text in pieces"
            )
        found = self._within(lambda: self._chatbot.document(document_id), what="the lookup")
        if found is None:
            raise _no_document(document_id)
        told = found.text[start:last]
        last = start + len(told)
        pages = [asdict(each) for each in found.pages if each.start < last and start < each.end]
        return {
            "document_id": found.id,
            "characters": len(found.text),
            "start": start,
            "end": last,
            "text": told,
            "pages": pages,
        }

    def each(self, raising: Callable[[str], Exception]) -> Iterator[Callable[..., JsonObject]]:
        """Those that assistants have, as functions; RagErrors are raised as the server's own."""
        tools = (self.search, self.ask, self.cite, self.documents, self.statements)
        return (_raising(raising, tool) for tool in tools)

    def _cite(
        self,
        text: str,
        *,
        draft: bool,
        source: str | None,
        speaker: str | None,
        style: str | None,
    ) -> JsonObject:
        index = self._chatbot.index
        refer = referring(index, style) if style else None
        if not draft:
            words = _bounded("the quotation", text, LONGEST_QUOTATION)
            result = check_quotation(index, words, source=source, speaker=speaker)
            return _shorten(verification_object(result, refer=refer))
        words = _bounded("the draft", text, LONGEST_DRAFT)
        checked = check_draft(
            index,
            words,
            source=source,
            speaker=speaker,
            most=_MOST_QUOTATIONS,
            seconds=_DRAFT_SECONDS,
        )
        found = draft_object(checked, refer=refer)
        for each in found["quotations"]:
            _shorten(each)
        return found


def _raising(
    other: Callable[[str], Exception], tool: Callable[..., JsonObject]
) -> Callable[..., JsonObject]:
    @wraps(tool)
    def call(*given: object, **named: object) -> JsonObject:
        try:
            asked = json.dumps([given, named], ensure_ascii=False, default=str)
            if asked != well_formed(asked):
                raise QueryError(ILL_FORMED)
            return tool(*given, **named)
        except RagError as error:
            raise other(str(error)) from error

    return call


def _shorten(verification: JsonObject) -> JsonObject:
    """At most 50 places of each kind; ``total`` says how many there are."""
    for name in ("matches", "elsewhere_matches"):
        verification[name] = verification[name][:_MOST_MATCHES]
    return verification


def _bounded(name: str, text: object, longest: int) -> str:
    if not isinstance(text, str) or not text.strip():
        raise QueryError(f"{name} is empty")
    if len(text) > longest:
        raise QueryError(f"{name} is longer than {longest} characters: ask for less at once")
    return text


def _words(name: str, text: object, longest: int = LONGEST_WORDS) -> str:
    if not isinstance(text, str) or len(text) > longest:
        raise QueryError(f"{name} must be a text of at most {longest} characters")
    return text


def _check_page(first: object, count: object) -> None:
    if not isinstance(first, int) or not 0 <= first <= _FURTHEST:
        raise QueryError("first is the number of the first one on the page, counted from 0")
    if not isinstance(count, int) or not 1 <= count <= MOST_LISTED:
        raise QueryError(f"count, how many are listed at once, must be from 1 to {MOST_LISTED}")


def _no_document(document_id: str) -> SourceNotFound:
    return SourceNotFound(f"there is no document {document_id[:80]!r}: look its id up in the list")


def _conditions(where: Sequence[str] | None) -> tuple[Condition, ...]:
    given = list(where or ())
    if len(given) > MOST_CONDITIONS or not all(isinstance(each, str) for each in given):
        raise QueryError(f"filters are at most {MOST_CONDITIONS} texts such as 'country=Ethiopia'")
    return tuple(parse_condition(each) for each in given)


def _messages(history: Sequence[object] | None) -> tuple[Message, ...]:
    """Roles and texts of the last 50 turns; anything that is no list of turns is refused."""
    messages: list[Message] = []
    for turn in list(history or ())[-_MOST_TURNS:]:
        role = turn.get("role") if isinstance(turn, dict) else None
        content = turn.get("content") if isinstance(turn, dict) else None
        if role not in ("user", "assistant") or not isinstance(content, str):
            raise QueryError(
                'the history must be a list of {"role": "user" or "assistant", "content": "…"}'
            )
        messages.append(Message(role, content[:LONGEST_DRAFT]))
    return tuple(messages)
