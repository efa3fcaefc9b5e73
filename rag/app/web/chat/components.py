"""The chat: its components of Gradio, and the functions that their events call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from rag import patience
from rag.answer import Chatbot
from rag.answer.catalog_answers import overview, sample_questions
from rag.app.text import snippet
from rag.app.web.chat.answer_markdown import inline
from rag.app.web.chat.collection import (
    collection_html,
    conditions,
    example_questions,
)
from rag.app.web.chat.conversation import (
    LONGEST_QUESTION,
    Asking,
    answer_index,
    as_stopped,
    in_turn,
    last_question,
    received_messages,
    reply,
)
from rag.app.web.chat.filters import NO_FILTERS, Filters
from rag.app.web.chat.plain_history import asked_alone, plain_text
from rag.app.web.chat.present import begin_event, present_page, present_visitor
from rag.app.web.chat.reopened import reopened_messages
from rag.app.web.chat.saved_conversations import (
    bar_html,
    conversation_id,
    list_html,
    script_message,
)
from rag.app.web.chat.stopping import Answering
from rag.app.web.many.routes import many_html
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.shared.preferences import as_sure, caution_note, settings_html
from rag.app.web.shared.reader_language import in_reader_language
from rag.app.web.shared.scripts import on_load
from rag.cite.answers import Message
from rag.errors import RagError
from rag.html import escape, render
from rag.language.finished_messages import in_readers_language
from rag.language.translation import _
from rag.schema import Condition, DocumentInfo
from rag.settings import Settings
from rag.store import Store

Update = dict[str, Any]
"""An update of a component of Gradio."""
Updates = tuple[list[dict[str, str]] | Update, Update, str | Update]
"""Updates of the messages, the box and the bar over the chat."""

MakeAsking = Callable[[dict[str, Any], list[Message], Sequence[Condition]], Asking]
"""Makes a question of what an event of Gradio says, the messages and the filters."""

# Values are taken as they were sent: Gradio's own preparation would build whatever component a
# message names, with arguments from the message.
_UNPREPARED: dict[str, Any] = {
    "preprocess": False,
    "show_progress": "hidden",
    "api_visibility": "private",
}
# What takes a while waits in a queue of our own.
_UNBOUNDED: dict[str, Any] = {**_UNPREPARED, "concurrency_limit": None}


class Chat:
    """The components of the chat, and the functions their events call.

    The collection with its filters and the conversations are put into one column, the
    conversation that is open into another.
    """

    def __init__(
        self,
        chatbot: Chatbot,
        queue: FairQueue,
        *,
        collection: gr.Column,
        middle: gr.Column,
        settings: Settings,
    ) -> None:
        self._chatbot = chatbot
        self._queue = queue
        self._settings = settings
        self._seconds = settings.patience_seconds
        self._answering = Answering()
        documents = chatbot.documents()
        with collection:
            self._lay_out_collection(documents)
        with middle:
            self._lay_out_chat(documents)

    # Layout -------------------------------------------------------------------------------

    def _lay_out_collection(self, documents: tuple[DocumentInfo, ...]) -> None:
        gr.HTML(render("app/web/chat/drawer_bar.html"))
        self.facts = gr.HTML(collection_html(documents), elem_id="facts")
        heading = escape(_("Search only in"))
        gr.HTML(f"<h2>{heading}</h2>")
        self._filters = Filters(self._chatbot, documents)
        gr.HTML(list_html(), apply_default_css=False, elem_id="talks")

    def _lay_out_chat(self, documents: tuple[DocumentInfo, ...]) -> None:
        # Its template has nothing of its value in it, which the script reads.
        self.talk = gr.HTML(
            script_message(""),
            html_template=bar_html(),
            js_on_load=on_load("talk", "open_talk"),
            apply_default_css=False,
            elem_id="talk",
        )
        self.messages = gr.Chatbot(
            elem_id="chat",
            label=_("Conversation"),
            show_label=False,
            container=False,
            height="100%",
            layout="panel",
            autoscroll=False,  # reading_place.js brings the question to the top
            buttons=["copy"],
            editable="user",
            feedback_options=None,
            latex_delimiters=[],
            line_breaks=False,
            allow_tags=False,
            allow_file_downloads=False,
            **_opening(documents, self._chatbot.index),
        )
        self.box = gr.Textbox(
            elem_id="question",
            label=_("Your question"),
            show_label=False,
            container=False,
            placeholder=_("Ask the reports a question …"),
            lines=1,
            max_lines=6,
            submit_btn=_("Ask"),
            stop_btn=False,
            autofocus=True,
        )
        # Shown while it is set, which chat.js does; see there.
        self.alone = gr.Checkbox(
            False,
            elem_id="alone",
            label=_("Ask this by itself, without the conversation before it"),
            container=False,
        )
        gr.HTML(render("app/web/chat/under.html"), elem_id="under")
        # Its value is how sure to be, which the script sets; nothing of it is in the page.
        self.preferences = gr.HTML(
            "",
            html_template=settings_html(self._settings),
            js_on_load=on_load("settings"),
            apply_default_css=False,
            elem_id="settings",
        )
        gr.HTML(many_html(), js_on_load=on_load("many"), apply_default_css=False, elem_id="many")

    # Events -------------------------------------------------------------------------------

    def connect(
        self, *, unfiltered: Callable[..., Any], only: Sequence[Callable[..., Any]]
    ) -> None:
        """Connect the components' events to the functions below.

        ``unfiltered`` is the event of Gradio that comes, with the number of an answer, when its
        question is to be asked again without filters; the events ``only`` come with tokens of the
        documents that alone are to be asked.
        """
        outputs = [self.messages, self.box, self.talk]
        inputs = [self.talk, self.messages, *self._filters.components, self.preferences]
        lifting = self._handler(_unfiltered, lift_filters=True)
        asking: list[Any] = [
            self.box.submit(
                in_reader_language(self.ask),
                [self.box, *inputs, self.alone],
                [*outputs, self.alone],
                **_UNBOUNDED,
            ),
            self.messages.example_select(self._handler(_example), inputs, outputs, **_UNBOUNDED),
            self.messages.retry(self._handler(_again), inputs, outputs, **_UNBOUNDED),
            self.messages.edit(self._handler(_edited), inputs, outputs, **_UNBOUNDED),
            unfiltered(lifting, inputs, [*outputs, *self._filters.components], **_UNBOUNDED),
        ]
        known = [self.talk, self.messages]
        self.box.stop(in_reader_language(self.stop), known, outputs, **_UNBOUNDED)
        self.messages.undo(in_reader_language(self.undo), [*known, self.box], outputs, **_UNBOUNDED)
        self._filters.connect(only, _UNBOUNDED)
        self.talk.open_talk(
            in_reader_language(self.open),
            None,
            [*outputs, self.alone],
            cancels=asking,
            **_UNBOUNDED,
        )

    def refresh_upon(self, *events: Callable[..., Any]) -> None:
        """Show the collection as it is whenever one of these events of Gradio occurs."""
        outputs = [self.messages, self.facts, *self._filters.components]
        refresh = in_reader_language(self.refresh)
        for event in events:
            event(refresh, self._filters.components, outputs, **_UNBOUNDED)

    async def ask(
        self, question: object, talk: object, messages: object, *others: object
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Answer what is in the box: as part of the conversation, or by itself."""
        *filters, caution, alone = others
        earlier = received_messages(messages)
        asking = Asking(
            question if isinstance(question, str) else "",
            earlier,
            conditions(*filters),
            alone=alone is True and bool(earlier),
        )
        async for update in self._reply(asking, talk, caution):
            yield *update, (False if isinstance(update[0], list) else gr.skip())

    def _handler(
        self, make: MakeAsking, *, lift_filters: bool = False
    ) -> Callable[..., AsyncIterator[tuple[Any, ...]]]:
        """A function for events of Gradio that answers the question that ``make`` makes of them."""

        async def handle(
            event: gr.EventData, talk: object, messages: object, *filters_and_caution: object
        ) -> AsyncIterator[tuple[Any, ...]]:
            *filters, caution = filters_and_caution
            said = event._data if isinstance(event._data, dict) else {}
            asking = make(said, received_messages(messages), conditions(*filters))
            lifted = [gr.update(value=each) for each in NO_FILTERS] if lift_filters else []
            async for update in self._reply(asking, talk, caution):
                yield *update, *lifted

        return in_reader_language(handle)

    async def _reply(self, asking: Asking, talk: object, caution: object) -> AsyncIterator[Updates]:
        """Answer, and send each state of the answer to the browser, which keeps it."""
        asked = " ".join(asking.question.split())
        if len(asked) > LONGEST_QUESTION:
            gr.Warning(_too_long(len(asked)), title=_("Question not asked"))
        if not 0 < len(asked) <= LONGEST_QUESTION:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        name, at = conversation_id(talk), _questions(asking.earlier)
        box: Update = gr.update(value="", submit_btn=False, stop_btn=_("Stop"))
        asking = replace(asking, question=asked)
        sure, note = as_sure(self._chatbot, caution), caution_note(caution)
        replies = reply(sure, asking, seconds=self._seconds, note=note)
        begin = partial(begin_event, "ask", question=asked)
        waited = in_turn(self._queue, present_visitor(), asking, replies, begin=begin)
        messages: list[Message] = []
        async for replied in self._answering.until_stopped(present_page(), waited):
            if replied is None:
                yield _as_gradio(as_stopped(messages)), _ready(), script_message(name, stopped=at)
                return
            messages = replied.messages
            message = script_message(name, at=at, turn=replied.saved)
            yield _as_gradio(messages), box, message
            box = gr.skip()
        yield gr.skip(), _ready(), gr.skip()

    async def stop(self, talk: object, messages: object) -> Updates:
        """Have the answer end, which marks it as stopped; do so here if none is being made."""
        if self._answering.stop(present_page()):
            return gr.skip(), gr.skip(), gr.skip()
        known = received_messages(messages)
        message = script_message(conversation_id(talk), stopped=_questions(known) - 1)
        return _as_gradio(as_stopped(known)), _ready(), message

    def undo(self, event: gr.UndoData, talk: object, messages: object, typed: object) -> Updates:
        """Take back the last question, into the box unless something is ``typed`` there."""
        earlier, question = last_question(received_messages(messages), _index(event.index))
        message = script_message(conversation_id(talk), dropped=_questions(earlier))
        box = gr.skip() if isinstance(typed, str) and typed.strip() else gr.update(value=question)
        return _as_gradio(earlier), box, message

    def open(self, event: gr.EventData) -> tuple[Any, ...]:
        """Show a conversation that the browser saved, or a new one: one without turns.

        What is in the box stays there.
        """
        said = event._data if isinstance(event._data, dict) else {}
        name = conversation_id(script_message(str(said.get("talk"))))
        try:
            messages, gone = patience.within(
                self._seconds,
                lambda: reopened_messages(said.get("turns"), self._chatbot.document),
                what=_("the conversation"),
            )
        except RagError as error:
            return [], _ready(), script_message(name, failed=in_readers_language(error)), False
        message = script_message(name, opened=_questions(messages), gone=gone)
        return _as_gradio(messages), _ready(), message, False

    def refresh(self, *filters: object) -> list[Any]:
        """Show the collection as it is now; the conversation and the filters stay.

        A filter by something that is no longer there is lifted.
        """
        documents = patience.within(
            self._seconds, self._chatbot.documents, what=_("the list of the collection")
        )
        return [
            gr.update(**_opening(documents, self._chatbot.index)),
            collection_html(documents),
            *self._filters.offered(documents, filters),
        ]


# Questions that events of Gradio ask -------------------------------------------------------------


def _example(said: dict[str, Any], known: list[Message], where: Sequence[Condition]) -> Asking:
    """An example question; the conversation goes on."""
    value = said.get("value")
    return Asking(str(value.get("text", "")) if isinstance(value, dict) else "", known, where)


def _again(said: dict[str, Any], known: list[Message], where: Sequence[Condition]) -> Asking:
    """The last question at or before a message once more, in place of what came of it."""
    index = _index(said["index"])
    earlier, question = last_question(known, index)
    return Asking(question, earlier, where, alone=asked_alone(known, index))


def _edited(said: dict[str, Any], known: list[Message], where: Sequence[Condition]) -> Asking:
    """An edited question, in place of the old one and what came after it."""
    question = plain_text(Message("user", str(said["value"]))).content
    return replace(_again(said, known, where), question=question)


def _unfiltered(said: dict[str, Any], known: list[Message], _: Sequence[Condition]) -> Asking:
    """The question of an answer again without filters, in the context it had."""
    index = answer_index(known, said.get("answer"))
    if index is None:
        return Asking("", known)
    context, question = last_question(known, index)
    return Asking(question, known, context=context, alone=asked_alone(known, index))


def _index(given: int | Sequence[int]) -> int:
    """The number of a message from what Gradio calls its index."""
    return given if isinstance(given, int) else int(given[0])


# ------------------------------------------------------------------------------------------------


def _as_gradio(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _opening(documents: tuple[DocumentInfo, ...], index: Store) -> dict[str, Any]:
    """What the chat shows while there is no conversation: what is there, and what to ask."""
    examples = [
        {"text": question, "display_text": snippet(question, longest=100)}
        for question in example_questions(documents, made=sample_questions(index, documents))
    ]
    about = inline(overview(documents, index.speakers()))
    if documents:
        heading = _("Ask the reports a question")
        parts = [_("Every sentence of an answer is quoted from a report, word for word."), about]
        parts[0] += " " + _("Open a footnote to see it where it stands.")
    else:
        heading = _("This collection is empty")
        parts = [
            _(
                "Add reports in the {library}, or the sample reports with {command}; then ask them "
                "questions here.",
                library="[" + _("Library") + "](#library)",
                command="`rag ingest corpus`",
            )
        ]
    return {
        "placeholder": "\n\n".join((f"## {heading}", *parts)),
        "examples": examples or None,
    }


def _too_long(length: int) -> str:
    return _(
        "It has {length} characters; {most} is the most. It is still in the box: shorten it and "
        "ask again.",
        length=length,
        most=LONGEST_QUESTION,
    )


def _questions(messages: Sequence[Message]) -> int:
    """How many questions there are."""
    return sum(message.role == "user" for message in messages)


def _ready() -> Update:
    return dict(gr.update(submit_btn=_("Ask"), stop_btn=False))
