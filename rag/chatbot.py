"""The composition: everything that is needed to answer questions about one index."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answering import Answering, Searched, Selection
from rag.conversation import build_query, one_line
from rag.errors import GenerationError
from rag.evidence import Reader, adapter_of
from rag.models import Models
from rag.questions import Asked, Known
from rag.retrieval import Query, retrieve
from rag.schema import NOT_ANSWERED, Answer, Condition, Document, DocumentInfo, Hit, Message
from rag.settings import Settings
from rag.storage import Index

if TYPE_CHECKING:
    from rag.generation import LanguageModel

__all__ = ["Chatbot", "open_chatbot"]

_INSTEAD = "The answer is made of the reports' own sentences instead."


class Chatbot:
    """Answers questions about the documents of one index. Safe to share between threads.

    ``answering`` searches and reads; without it, it is made as the settings say, with ``models``
    where these are open already.

    Raises:
        SettingsError: the settings name a language model that cannot be used.
    """

    def __init__(
        self,
        index: Index,
        settings: Settings,
        *,
        answering: Answering | None = None,
        models: Models | None = None,
    ) -> None:
        self.index = index
        self._settings = settings
        self._models = replace(models or Models.of(settings), embedding=index.embedding)
        self._answering = answering or Answering(
            index,
            Reader(index, self._models.cross_encoder, adapter_of(index.embedding.model_name)),
            settings,
        )
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
        query = build_query(question, history, known=self._names())
        asked = query.asked or Asked(question, query.text)
        searched = self._answering.search(query, asked, where)
        clock.lap("retrieval")
        draft = Answer(
            question=question, query=query.text, hits=searched.hits, final=False, kind=asked.kind
        )
        yield draft
        selection = self._answering.read(query, asked, searched)
        clock.lap("reading")
        draft = replace(draft, confidence=selection.confidence)
        reason = self._reason_to_abstain(draft, searched, selection, filtered=bool(where))
        if reason:
            draft = replace(draft, text=NOT_ANSWERED, abstained=True, reason=reason)
        else:
            draft = replace(draft, notes=selection.notes)
            for snapshot in self._compose(draft, selection, query, history):
                draft = snapshot
                yield draft
            clock.lap("composing")
        yield replace(draft, timings_ms=clock.done(), final=True)

    def _compose(
        self, draft: Answer, selection: Selection, query: Query, history: Sequence[Message]
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
        yield from self._answering.compose(draft, selection)

    def _generate(
        self, model: LanguageModel, draft: Answer, query: Query, history: Sequence[Message]
    ) -> Iterator[Answer]:
        from rag.generation import Closeness, follows_by, generate

        ids = {hit.passage.document_id for hit in draft.hits}
        found = ((each, self.index.document(each)) for each in ids)
        snapshots = generate(
            query.text,
            draft.hits,
            {each: document for each, document in found if document is not None},
            draft=draft,
            llm=model,
            history=history,
            follows=follows_by(self._settings),
            similarity=Closeness(self.index.embedding.embed_passages),
        )
        for snapshot in snapshots:
            yield replace(snapshot, text=NOT_ANSWERED) if snapshot.abstained else snapshot

    def _reason_to_abstain(
        self, draft: Answer, searched: Searched, selection: Selection, *, filtered: bool
    ) -> str | None:
        if not searched.hits and not selection.chosen:
            return (
                "no document meets the filters"
                if filtered
                else "there is nothing in the collection to search"
            )
        if selection.reason:
            return selection.reason
        needed = self._answering.needed(draft.kind, theirs=selection.theirs)
        if not selection.chosen or selection.confidence < needed:
            return "no passage comes close enough to an answer"
        return None

    def _names(self) -> Known:
        """The names that the collection knows; collected anew when it has changed."""
        catalog = self.index.catalog
        revision = (id(catalog), catalog.revision())
        if self._known[0] != revision:
            known = Known(
                countries=catalog.values("country"),
                speakers=frozenset(catalog.speakers()),
                publishers=catalog.values("publisher"),
                years=frozenset(
                    int(date[:4]) for date in catalog.values("date") if date[:4].isdigit()
                ),
            )
            self._known = (revision, known)
        return self._known[1]

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
        return retrieve(self.index, Query(((one_line(query), 1.0),)), count=count, where=where)

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
    from rag.generation import open_language_model

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
