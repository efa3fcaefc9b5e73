"""Answers to questions about one index: the stages of the answering, strung together.

A question passes understand, retrieve, rank, attribute, decide and compose; with a language model
its checked sentences take the place of the composition.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answer.attribute import attribute
from rag.answer.compose import compose
from rag.answer.decide import Decider, Fitted, fitted
from rag.answer.metadata_match import MetadataMatch
from rag.answer.rank import Ranker
from rag.answer.records import Decision, Parts, Query, Retrieved
from rag.answer.retrieve import Retriever, join_neighbours
from rag.answer.speakers import Speakers
from rag.answer.understand import understand
from rag.answer.unread import not_answered, not_judged
from rag.errors import GenerationError
from rag.language.words import one_line
from rag.models.bundle import Models
from rag.schema import NOT_ANSWERED, Answer, Condition, Document, DocumentInfo, Hit, Message
from rag.settings import Settings
from rag.store import Index, Store

if TYPE_CHECKING:
    from rag.answer.generation import LanguageModel

__all__ = ["Chatbot", "open_chatbot"]

_NOTHING_TO_SEARCH = "there is nothing in the collection to search"
_INSTEAD = "The answer is made of the reports' own sentences instead."


class Chatbot:
    """Answers questions about the documents of one index. Safe to share between threads.

    ``models`` are those that the settings name, where they are open already. ``parts`` switches
    parts of the answering off, and ``weights`` stand for the shipped ones, to measure both.

    Raises:
        SettingsError: the settings name a language model that cannot be used.
    """

    def __init__(
        self,
        index: Store,
        settings: Settings,
        *,
        models: Models | None = None,
        parts: Parts | None = None,
        weights: Fitted | None = None,
    ) -> None:
        self.index = index
        self.parts = parts or Parts()
        self._settings = settings
        self._models = replace(models or Models.of(settings), embedding=index.embedding)
        self._metadata = MetadataMatch(index)
        self._speakers = Speakers(index)
        self._retriever = Retriever(
            index, metadata=self._metadata, speakers=self._speakers, parts=self.parts
        )
        self.ranker = Ranker(
            index, self._models.cross_encoder, self.parts, most=settings.statements
        )
        self.decider = Decider(self._speakers, settings, weights or fitted())
        self._model = _language_model(settings)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Message] = (),
        where: Sequence[Condition] = (),
    ) -> Iterator[Answer]:
        """Answer a question in snapshots that grow by a statement; the last one has ``final`` set.

        The first snapshot has the hits, each further one another statement. Every citation is
        taken from the document as it is in the catalog.

        Raises:
            QueryError: the question is empty, or a condition cannot be understood.
            SettingsError: a model that the settings name cannot be loaded.
        """
        clock = _Clock()
        query = self.understand(question, history)
        retrieved = self.retrieve(query, where)
        clock.lap("retrieval")
        draft = Answer(
            question=question, query=query.text, hits=retrieved.hits, final=False, kind=query.kind
        )
        yield draft
        ranked = self.ranker.rank(retrieved)
        decision = self.decider.decide(
            attribute(ranked, self._speakers) if self.parts.speakers else ranked
        )
        hits = join_neighbours(self.index, ranked.hits, count=self._settings.hits)
        clock.lap("reading")
        draft = replace(draft, hits=hits, confidence=decision.confidence)
        if ranked.unread is not None:
            for snapshot in self._unread(draft, ranked.unread, query, history):
                draft = snapshot
                yield draft
        elif decision.reason:
            nothing = "no document meets the filters" if where else _NOTHING_TO_SEARCH
            reason = decision.reason if hits else nothing
            words = not_answered(self.index, where)
            draft = replace(draft, text=words, abstained=True, reason=reason)
        else:
            draft = replace(draft, notes=decision.notes)
            for snapshot in self._compose(draft, decision, query, history):
                draft = snapshot
                yield draft
            clock.lap("composing")
        yield replace(draft, timings_ms=clock.done(), final=True)

    def _unread(
        self, draft: Answer, unread: str, query: Query, history: Sequence[Message]
    ) -> Iterator[Answer]:
        """What was found, unjudged; with a language model what that makes of it."""
        found = not_judged(draft, asked_in=query.language, unread=unread)
        last = found
        if self._model is not None:
            caution = f"{found.reason}: read the passages where they stand"
            draft = replace(draft, judged=False, confidence=0.0, notes=(caution,))
            with suppress(GenerationError):
                for last in self._generate(self._model, draft, query, history):
                    yield last
        if last.abstained or not last.statements:
            yield found

    def understand(self, question: str, history: Sequence[Message] = ()) -> Query:
        """What a question asks, after the conversation."""
        return understand(question, history, known=self._metadata.known(), parts=self.parts)

    def retrieve(self, query: Query, where: Sequence[Condition] = ()) -> Retrieved:
        """The passages that may answer a query.

        Raises:
            QueryError: the question is empty, or a condition cannot be understood.
        """
        return self._retriever.retrieve(query, where, count=2 * self._settings.hits)

    def _compose(
        self, draft: Answer, decision: Decision, query: Query, history: Sequence[Message]
    ) -> Iterator[Answer]:
        """The language model's sentences, if there is a model; the reports' own if it fails.

        Counting and summaries stay with the reports' own sentences: a model would count, and
        would sum up passages where the whole document is asked for.
        """
        if self._model is not None and draft.kind not in ("count", "summary"):
            try:
                yield from self._generate(self._model, draft, query, history)
            except GenerationError as error:
                draft = replace(draft, notes=(*draft.notes, f"{error}. {_INSTEAD}"))
            else:
                return
        documents = self._documents_of(each.evidence.hit for each in decision.chosen)
        yield from compose(draft, decision.chosen, documents)

    def _documents_of(self, hits: Iterable[Hit]) -> dict[str, Document]:
        """The documents of these hits by id; a document that was removed since is left out."""
        ids = dict.fromkeys(hit.passage.document_id for hit in hits)
        found = ((each, self.index.document(each)) for each in ids)
        return {each: document for each, document in found if document is not None}

    def _generate(
        self, model: LanguageModel, draft: Answer, query: Query, history: Sequence[Message]
    ) -> Iterator[Answer]:
        from rag.answer.generation import Closeness, follows_by, generate

        snapshots = generate(
            query.text,
            draft.hits,
            self._documents_of(draft.hits),
            draft=draft,
            llm=model,
            history=history,
            follows=follows_by(self._settings),
            similarity=Closeness(self.index.embedding.embed_passages),
        )
        for snapshot in snapshots:
            yield replace(snapshot, text=NOT_ANSWERED) if snapshot.abstained else snapshot

    # What else the front ends ask of it.

    @property
    def abstain_below(self) -> float:
        """The confidence under which it abstains."""
        return self.decider.threshold

    def warm_up(self) -> None:
        """Load the models, so that the first question does not wait for them."""
        self._models.load()

    def search(
        self, query: str, *, count: int = 10, where: Sequence[Condition] = ()
    ) -> tuple[Hit, ...]:
        """The passages that bear on ``query``, best first.

        Raises:
            QueryError: the query is empty, or a condition cannot be understood.
        """
        hits = self._retriever.search(Query.of(one_line(query)), where, count=2 * count)
        return join_neighbours(self.index, hits, count=count)

    def document(self, document_id: str) -> Document | None:
        """The document, or None if there is none of that id."""
        return self.index.document(document_id)

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        """All documents that meet every condition, ordered by source."""
        return self.index.documents(where)


def _language_model(settings: Settings) -> LanguageModel | None:
    # What checks a model's sentences takes a while to import: only for those who have a model.
    if not settings.llm.strip():
        return None
    from rag.answer.generation import open_language_model

    return open_language_model(settings)


class _Clock:
    """A stopwatch: milliseconds of each part of the work, and of all of it."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round(1000 * (now - self._last), 2)
        self._last = now

    def done(self) -> dict[str, float]:
        return {**self._laps, "total": round(1000 * (time.perf_counter() - self._began), 2)}


def open_chatbot(
    settings: Settings, *, create: bool = False, models: Models | None = None
) -> Chatbot:
    """Open the index of ``settings`` for questions; with ``create`` make it if it is missing.

    ``models`` are those that the settings name, where they are open already.

    Raises:
        IndexMissing: there is no index in ``settings.index``, and it was not to be created.
        IndexMismatch: it was built with other settings.
    """
    models = models or Models.of(settings)
    index = Index.open(settings, create=create, embedding=models.embedding)
    return Chatbot(index, settings, models=models)
