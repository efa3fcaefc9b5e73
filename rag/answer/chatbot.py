"""Everything that is needed to answer questions about one index, strung together.

A question passes the stages in this order: understand, retrieve, rank, attribute, decide, compose;
with a language model its sentences take the place of the composition.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answer.compose import compose
from rag.answer.decide import SUMMARY, Decider
from rag.answer.fitted import Fitted, fitted
from rag.answer.metadata_match import MetadataMatch
from rag.answer.parts import Parts
from rag.answer.questions.names import Known
from rag.answer.rank import Ranker
from rag.answer.records import Decision, Query, Ranked, Retrieved, Side
from rag.answer.retrieve import join_neighbours, retrieve
from rag.answer.retriever import Retriever
from rag.answer.speakers import Speakers
from rag.answer.summary import summarise
from rag.answer.understand import understand
from rag.errors import GenerationError
from rag.language.words import one_line
from rag.models.bundle import Models
from rag.schema import NOT_ANSWERED, Answer, Condition, Document, DocumentInfo, Hit, Message
from rag.settings import Settings
from rag.store import Index, Store

if TYPE_CHECKING:
    from rag.answer.generation import LanguageModel

__all__ = ["Chatbot", "open_chatbot"]

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
        self._retriever = Retriever(index, self._metadata, self._speakers, self.parts)
        weights = weights or fitted()
        self.ranker = Ranker(
            index, self._models.cross_encoder, self._metadata, parts=self.parts, weights=weights
        )
        self._decider = Decider(self._speakers, settings, weights)
        self._model = _language_model(settings)
        self._known: tuple[object, Known] = (None, Known())

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
        hits, decision = self._answer(query, retrieved)
        clock.lap("reading")
        draft = replace(draft, hits=hits, confidence=decision.confidence)
        reason = self._reason_to_abstain(retrieved, decision, filtered=bool(where))
        if reason:
            draft = replace(draft, text=NOT_ANSWERED, abstained=True, reason=reason)
        else:
            draft = replace(draft, notes=decision.notes)
            for snapshot in self._compose(draft, decision, query, history):
                draft = snapshot
                yield draft
            clock.lap("composing")
        yield replace(draft, timings_ms=clock.done(), final=True)

    @property
    def abstain_below(self) -> float:
        """The confidence under which it abstains."""
        return self._decider.threshold

    # The stages.

    def understand(self, question: str, history: Sequence[Message] = ()) -> Query:
        """What a question asks, after the conversation."""
        return understand(question, history, known=self._names(), parts=self.parts)

    def retrieve(self, query: Query, where: Sequence[Condition] = ()) -> Retrieved:
        """The passages that may answer a query.

        Raises:
            QueryError: the question is empty, or a condition cannot be understood.
        """
        return self._retriever.retrieve(query, where, count=2 * self._settings.hits)

    def _answer(self, query: Query, retrieved: Retrieved) -> tuple[tuple[Hit, ...], Decision]:
        """The hits as they are shown, and what the answer quotes."""
        if query.kind == "summary":
            return self._shown(retrieved.hits), self._summary(query, retrieved)
        if retrieved.sides:
            sides = [
                (
                    side.name,
                    query,
                    self._attributed(query, self.ranker.rank(query, hits, side), side),
                )
                for side, hits in retrieved.sides
            ]
            return self._shown(retrieved.hits), self._decider.compare(sides)
        ranked = self.ranker.rank(query, retrieved.hits)
        decision = self._decider.decide(query, self._attributed(query, ranked))
        return self._shown(ranked.hits), decision

    def _shown(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        return join_neighbours(self.index, hits, count=self._settings.hits)

    def _attributed(self, query: Query, ranked: Ranked, side: Side | None = None) -> Ranked:
        """Of a question for somebody's words, the sentences that are theirs."""
        allowed = self._speakers.allowed(query) if self.parts.speakers else None
        if allowed is None:
            return ranked
        theirs = allowed(ranked.evidence)
        evidence = [each for each, own in zip(ranked.evidence, theirs, strict=True) if own]
        return self.ranker.concluded(query, replace(ranked, evidence=tuple(evidence)), side)

    def _summary(self, query: Query, retrieved: Retrieved) -> Decision:
        documents = retrieved.documents
        if len(documents) != 1:
            titles = "; ".join(each.metadata.title or each.source for each in documents[:5])
            more = f"; and {len(documents) - 5} more" if len(documents) > 5 else ""
            named = f"several documents may be meant, name one of them: {titles}{more}"
            reason = named if documents else "no document is named that could be summarised"
            return Decision((), 0.0, reason=reason)
        evidence = summarise(self.index, documents[0], most=self._settings.statements)
        chosen = self._speakers.chosen(query, evidence)
        return Decision(chosen, float(bool(evidence)), (SUMMARY,))

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
        ids = {each.evidence.hit.passage.document_id for each in decision.chosen}
        documents = self._documents(ids)
        # A document may have been removed since its passage was found.
        chosen = [
            each for each in decision.chosen if each.evidence.hit.passage.document_id in documents
        ]
        yield from compose(draft, chosen, documents)

    def _documents(self, ids: set[str]) -> dict[str, Document]:
        found = ((each, self.index.document(each)) for each in ids)
        return {each: document for each, document in found if document is not None}

    def _generate(
        self, model: LanguageModel, draft: Answer, query: Query, history: Sequence[Message]
    ) -> Iterator[Answer]:
        from rag.answer.generation import Closeness, follows_by, generate

        snapshots = generate(
            query.text,
            draft.hits,
            self._documents({hit.passage.document_id for hit in draft.hits}),
            draft=draft,
            llm=model,
            history=history,
            follows=follows_by(self._settings),
            similarity=Closeness(self.index.embedding.embed_passages),
        )
        for snapshot in snapshots:
            yield replace(snapshot, text=NOT_ANSWERED) if snapshot.abstained else snapshot

    @staticmethod
    def _reason_to_abstain(
        retrieved: Retrieved, decision: Decision, *, filtered: bool
    ) -> str | None:
        if not retrieved.hits and not decision.chosen:
            return (
                "no document meets the filters"
                if filtered
                else "there is nothing in the collection to search"
            )
        if decision.reason is None and not decision.chosen:
            return "no passage comes close enough to an answer"
        return decision.reason

    def _names(self) -> Known:
        """The names that the collection knows; collected anew when it has changed."""
        index = self.index
        revision = index.revision()
        if self._known[0] != revision:
            known = Known(
                countries=index.values("country"),
                speakers=frozenset(index.speakers()),
                publishers=index.values("publisher"),
                years=frozenset(
                    int(date[:4]) for date in index.values("date") if date[:4].isdigit()
                ),
            )
            self._known = (revision, known)
        return self._known[1]

    # What else the front ends ask of it.

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
        text = one_line(query)
        plain = Query(text, ((text, 1.0),), text)
        hits = retrieve(self.index, self._metadata, plain, count=2 * count, where=where)
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
