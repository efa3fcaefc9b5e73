"""The composition: everything that is needed to answer questions about one index."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.conversation import build_query, one_line
from rag.evidence import Finding, Reader
from rag.reader import NOT_ANSWERED, choose, compose
from rag.retrieval import Query, retrieve
from rag.schema import Answer, Condition, Document, DocumentInfo, Hit, Message
from rag.settings import Settings
from rag.storage import Index

__all__ = ["Chatbot", "open_chatbot"]


class Chatbot:
    """Answers questions about the documents of one index. Safe to share between threads."""

    def __init__(self, index: Index, settings: Settings) -> None:
        self.index = index
        self._settings = settings
        self._reader = Reader(index)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Message] = (),
        where: Sequence[Condition] = (),
    ) -> Iterator[Answer]:
        """Answer a question in ever fuller snapshots; the last one has ``final`` set.

        The first snapshot has the hits, each further one another statement. Every citation is
        taken from the document as it is in the catalog.

        Raises:
            QueryError: the question is empty, or a condition cannot be understood.
        """
        clock = _Clock()
        query = build_query(question, history)
        hits = retrieve(self.index, query, count=self._settings.hits, where=where)
        clock.lap("retrieval")
        draft = Answer(question=question, query=query.text, hits=hits, final=False)
        yield draft
        finding = self._reader.find(query, hits)
        clock.lap("reading")
        draft = replace(draft, confidence=finding.confidence)
        yield from self._conclude(draft, finding, clock, filtered=bool(where))

    def _conclude(
        self, draft: Answer, finding: Finding, clock: _Clock, *, filtered: bool
    ) -> Iterator[Answer]:
        if reason := self._reason_to_abstain(draft, filtered=filtered):
            yield replace(
                draft,
                text=NOT_ANSWERED,
                abstained=True,
                reason=reason,
                timings_ms=clock.done(),
                final=True,
            )
            return
        chosen = choose(finding.evidence, most=self._settings.statements)
        documents = {
            document_id: document
            for document_id in {each.hit.passage.document_id for each in chosen}
            if (document := self.index.document(document_id)) is not None
        }
        # A document may have been removed since its passage was found.
        chosen = [each for each in chosen if each.hit.passage.document_id in documents]
        for snapshot in compose(draft, chosen, documents):
            draft = snapshot
            yield draft
        clock.lap("composing")
        yield replace(draft, timings_ms=clock.done(), final=True)

    def _reason_to_abstain(self, draft: Answer, *, filtered: bool) -> str | None:
        if not draft.hits:
            return (
                "no document meets the filters"
                if filtered
                else "there is nothing in the collection to search"
            )
        if draft.confidence < self._settings.abstain_below:
            return "no passage comes close enough to an answer"
        return None

    def warm_up(self) -> None:
        """Load the model, so that the first question does not wait for it."""
        self.index.embedding.embed_queries(["a"])
        self.index.embedding.embed_tokens(["a"])

    def search(
        self, query: str, *, count: int = 10, where: Sequence[Condition] = ()
    ) -> tuple[Hit, ...]:
        """The passages that bear on ``query``, best first.

        Raises:
            QueryError: the query is empty, or a condition cannot be understood.
        """
        return retrieve(self.index, Query(((one_line(query), 1.0),)), count=count, where=where)

    def document(self, document_id: str) -> Document | None:
        """The document, or None if there is none of that id."""
        return self.index.document(document_id)

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        """All documents that meet every condition, ordered by source."""
        return self.index.documents(where)


class _Clock:
    """Milliseconds of each part of the work."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round(1000 * (now - self._last), 2)
        self._last = now

    def done(self) -> dict[str, float]:
        return {**self._laps, "total": round(1000 * (time.perf_counter() - self._began), 2)}


def open_chatbot(settings: Settings, *, create: bool = False) -> Chatbot:
    """Open the index of ``settings`` for questions; with ``create`` make it if it is missing.

    Raises:
        IndexMissing: there is no index in ``settings.index``, and it was not to be created.
        IndexMismatch: it was built with other settings.
    """
    return Chatbot(Index.open(settings, create=create), settings)
