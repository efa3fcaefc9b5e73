"""What other programs may ask for: search, ask and cite, with the objects of the command line.

Everything here reads and nothing writes. Requests come from outside, so their sizes are bounded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import Any, Final

from rag import patience
from rag.answer import Chatbot, parse_condition
from rag.app.json import (
    answer_object,
    draft_object,
    referring,
    search_object,
    verification_object,
)
from rag.cite.answers import Message
from rag.errors import QueryError, RagError
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
_MOST_QUOTATIONS: Final = 500  # of a draft
_DRAFT_SECONDS: Final = 30  # for looking all of them up
_MOST_HITS: Final = 100
_MOST_TURNS: Final = 50
_MOST_CONDITIONS: Final = 20
_MOST_MATCHES: Final = 50


class Tools:
    """The three things that can be asked for. Safe to share between threads.

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
        if not 1 <= count <= _MOST_HITS:
            raise QueryError(f"the number of passages must be from 1 to {_MOST_HITS}")
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
        asked = _bounded("the question", question, LONGEST_QUESTION)
        messages, conditions = _messages(history), _conditions(where)
        *_, answer = self._within(
            lambda: list(self._chatbot.ask(asked, history=messages, where=conditions)),
            what="the answer",
        )
        return answer_object(answer)

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

    def each(self, raising: Callable[[str], Exception]) -> Iterator[Callable[..., JsonObject]]:
        """The three as functions for a server, whose RagErrors are raised as the server's own."""
        return (_raising(raising, tool) for tool in (self.search, self.ask, self.cite))

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


def _conditions(where: Sequence[str] | None) -> tuple[Condition, ...]:
    given = list(where or ())
    if len(given) > _MOST_CONDITIONS or not all(isinstance(each, str) for each in given):
        raise QueryError(f"filters are at most {_MOST_CONDITIONS} texts such as 'country=Ethiopia'")
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
