"""Answers to questions about one index: the stages of the answering, strung together.

What is no question to the reports is answered from the catalog. A question passes understand,
retrieve, rank, attribute, rescore, decide and compose; with a language model its checked sentences
take the place of the composition.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answer.all_hits import documents_with
from rag.answer.attribute import Speakers
from rag.answer.catalog_answers import answer_for_itself, answer_from_catalog
from rag.answer.compose import compose
from rag.answer.conversation import Conversation, Intent, LastAnswer, words_for
from rag.answer.dated_rows import left_out
from rag.answer.decide import Decider, Fitted, fitted
from rag.answer.metadata_match import MetadataMatch
from rag.answer.questions.clauses import listed_words
from rag.answer.rank import Ranker
from rag.answer.records import Decision, Parts, Query, Ranked, Retrieved
from rag.answer.rescore import rescore
from rag.answer.retrieve import Retriever, join_neighbours
from rag.answer.spelling import corrected, sentences_with
from rag.answer.understand import is_keywords, understand
from rag.answer.unread import not_answered, not_judged
from rag.cite.answers import NOT_ANSWERED, Answer, Message
from rag.errors import GenerationError
from rag.language.translation import N_, _, n_
from rag.language.words import one_line
from rag.models.bundle import Models
from rag.models.inference.model_cache import Options
from rag.schema import Condition, Document, DocumentInfo, Hit
from rag.settings import Caution, Settings
from rag.store import Store, open_store

if TYPE_CHECKING:
    from rag.answer.generation.language_models import LanguageModel

_NOTHING_TO_SEARCH = N_("there is nothing in the collection to search")
_INSTEAD = N_("The answer is made of the reports' own sentences instead.")
_WORDS_FOUND = N_(
    "A few words were searched for: these sentences have them, and need not answer anything."
)


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
        self.models = replace(models or Models.of(settings), embedding=index.embedding)
        self._metadata = MetadataMatch(index)
        self._speakers = Speakers(index)
        self._conversation = Conversation(self.models.embedding, cache=Options.of(settings).cache)
        self._retriever = Retriever(
            index, metadata=self._metadata, speakers=self._speakers, parts=self.parts
        )
        self.ranker = Ranker(index, self.models.cross_encoder, self.parts, most=settings.statements)
        self.decider = Decider(self._speakers, settings, weights or fitted())
        self._model = _language_model(settings)

    def with_caution(self, caution: Caution) -> Chatbot:
        """This chatbot, with all that it has loaded, but as sure as this before it answers."""
        other = copy(self)
        other._settings = self._settings.model_copy(
            update={"caution": caution, "abstain_below": None}
        )
        other.decider = replace(self.decider, settings=other._settings)
        return other

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
        intent = self._conversation.intent(question)
        again = intent is not None and intent.kind == "last-answer"
        last = self._conversation.last_answer(history) if again else None
        reply = self._reply(question, intent, last, where) if intent else None
        if reply is not None:
            yield replace(reply, timings_ms=clock.done())
            return
        history = self._conversation.questions(history)
        again = intent is not None and again and intent.wish != "reason"
        if again and last is not None:
            query = self.understand(last.question, last.history)
        else:
            query = self.understand(question, history)
        retrieved = self.retrieve(query, where)
        clock.lap("retrieval")
        if is_keywords(query.text):
            query = replace(query, kind="search")
        kind = "last-answer" if again else query.kind
        draft = Answer(
            question=question, query=query.text, hits=retrieved.hits, final=False, kind=kind
        )
        yield draft
        ranked, decision = self._decide(retrieved)
        if again and intent is not None and last is not None and ranked.unread is None:
            decision = self._once_more(intent.wish, last, ranked, decision)
        elif decision.reason and ranked.hits and ranked.unread is None:
            query, ranked, decision = self._otherwise(question, history, ranked, decision, where)
            draft = replace(draft, query=query.text, kind=query.kind)
        hits = join_neighbours(self.index, ranked.hits, count=self._settings.hits)
        clock.lap("reading")
        draft = replace(draft, hits=hits, confidence=decision.confidence)
        if ranked.unread is not None:
            for snapshot in self._unread(draft, ranked.unread, query, history):
                draft = snapshot
                yield draft
        elif decision.reason:
            nothing = _("no document meets the filters") if where else _(_NOTHING_TO_SEARCH)
            reason = decision.reason if hits else nothing
            meant = corrected(question, self.index) if hits else None
            draft = replace(
                draft,
                text=not_answered(self.index, where),
                abstained=True,
                notes=left_out(self.index, where),
                reason=reason,
                suggestions=(meant,) if meant else (),
            )
        elif not decision.chosen:
            draft = replace(draft, text=" ".join(decision.notes))
        else:
            draft = replace(
                draft, notes=(*decision.notes, *self._only_some(query, decision, where))
            )
            for snapshot in self._compose(draft, decision, query, history):
                draft = snapshot
                yield draft
            if self.parts.speakers:
                draft = self._speakers.with_listing(query, draft, where=where)
            clock.lap("composing")
        yield replace(draft, timings_ms=clock.done(), final=True)

    def _unread(
        self, draft: Answer, unread: str, query: Query, history: Sequence[Message]
    ) -> Iterator[Answer]:
        """What was found, unjudged; with a language model what that makes of it."""
        found = not_judged(draft, asked_in=query.language, unread=unread)
        last = found
        if self._model is not None:
            caution = _("{reason}: read the passages where they stand", reason=found.reason)
            draft = replace(draft, judged=False, confidence=0.0, notes=(caution,))
            with suppress(GenerationError):
                for last in self._generate(self._model, draft, query, history):
                    yield last
        if last.abstained or not last.statements:
            yield found

    def _reply(
        self,
        question: str,
        intent: Intent,
        last: LastAnswer | None,
        where: Sequence[Condition],
    ) -> Answer | None:
        """What the program says of itself or its collection; None where the reports are asked."""
        if intent.kind == "last-answer" and last is not None:
            return None
        if intent.kind == "collection":
            return answer_from_catalog(question, intent, self.index, self._metadata, where)
        return answer_for_itself(question, intent, self.index, model=self._settings.llm.strip())

    def _decide(self, retrieved: Retrieved) -> tuple[Ranked, Decision]:
        ranked = self.ranker.rank(retrieved)
        if self.parts.speakers:
            ranked = self._speakers.attribute(ranked)
        if self.parts.rescore:
            ranked = rescore(ranked, self.models.cross_encoder)
        return ranked, self.decider.decide(ranked)

    def _only_some(
        self, query: Query, decision: Decision, where: Sequence[Condition]
    ) -> tuple[str, ...]:
        """How many documents a list would be made of, where that is more than are quoted."""
        words = listed_words(query.text) if query.kind in ("fact", "said-about") else None
        if words is None:
            return ()
        shown = len({each.evidence.hit.passage.document_id for each in decision.chosen})
        having = documents_with(self.index, words, where)
        told = n_(
            "{count} document has the words “{words}”; this quotes {shown} of them. A search for "
            "the words lists all.",
            "{count} documents have the words “{words}”; this quotes {shown} of them. A search for "
            "the words lists all.",
            having,
            words=words,
            shown=shown,
        )
        return (told,) if having > shown else ()

    def _once_more(
        self, wish: str, last: LastAnswer, ranked: Ranked, decision: Decision
    ) -> Decision:
        """What is said about the last answer, from the sentences that it was made of."""
        if decision.reason or (self._model is not None and wish in ("simpler", "shorter")):
            return decision
        chosen = decision.chosen
        if wish == "more":
            sides = tuple(
                (side, tuple(each for each in found if one_line(each.text) not in last.said))
                for side, found in ranked.sides
            )
            chosen = self.decider.best_of(replace(ranked, sides=sides))
        elif wish == "simpler":
            chosen = (min(chosen, key=lambda each: len(each.evidence.text)),)
        elif wish == "shorter":
            chosen = chosen[:1]
        said = words_for("last-answer", wish if chosen else "nothing_more")
        return replace(decision, chosen=chosen, notes=(_(said, question=last.question),))

    def _otherwise(
        self,
        question: str,
        history: Sequence[Message],
        ranked: Ranked,
        decision: Decision,
        where: Sequence[Condition],
    ) -> tuple[Query, Ranked, Decision]:
        """A question without an answer once more: as words to search for, or spelt otherwise."""
        spelt = corrected(question, self.index, names=is_keywords(question))
        for text in filter(None, (question, spelt)):
            keywords = is_keywords(text)
            if text == question and not keywords:
                continue
            query = self.understand(text, () if keywords else history)
            found, other = ranked, decision
            if query != ranked.query:
                found, other = self._decide(self.retrieve(query, where))
            if keywords and other.reason and found.unread is None:
                best = sentences_with(text, found, most=self._settings.hits)
                chosen = self._speakers.chosen(query, best)
                reason = None if chosen else other.reason
                other = replace(other, chosen=chosen, notes=(_(_WORDS_FOUND),), reason=reason)
            if keywords:
                query = replace(query, kind="search")
            if not other.reason:
                told = _(
                    "Nothing was found for “{typed}”; it was read as “{read}”.",
                    typed=question,
                    read=text,
                )
                notes = (told,) if text == spelt else ()
                return query, found, replace(other, notes=(*notes, *other.notes))
        return ranked.query, ranked, decision

    def understand(self, question: str, history: Sequence[Message] = ()) -> Query:
        """What a question asks, after the conversation."""
        query = understand(question, history, known=self._metadata.known(), parts=self.parts)
        return self._speakers.with_other_names(query)

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
        would sum up passages where the whole document is asked for. So do words that are searched
        for, and sentences of the last answer that are shown again.
        """
        about_last = draft.kind == "last-answer"
        quoted = draft.kind in ("count", "summary", "search") or (about_last and decision.notes)
        if self._model is not None and not quoted:
            asked = replace(query, text=f"{query.text} ({draft.question})") if about_last else query
            try:
                yield from self._generate(self._model, draft, asked, history)
            except GenerationError as error:
                draft = replace(draft, notes=(*draft.notes, f"{error}. {_(_INSTEAD)}"))
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
        from rag.answer.generation.generate import Closeness, generate
        from rag.models.entailment import follows_by

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
            yield replace(snapshot, text=_(NOT_ANSWERED)) if snapshot.abstained else snapshot

    # What else the front ends ask of it.

    @property
    def abstain_below(self) -> float:
        """The confidence under which it abstains."""
        return self.decider.threshold

    def warm_up(self) -> None:
        """Load the models, so that the first question does not wait for them."""
        self.models.load()
        self._conversation.warm_up()

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
    from rag.answer.generation.language_models import open_language_model

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
    index = open_store(settings, create=create, embedding=models.embedding)
    return Chatbot(index, settings, models=models)
