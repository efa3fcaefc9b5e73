"""The chat: its components of Gradio, and the functions that their events call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag import patience
from rag.app.text import snippet
from rag.app.web.chat.collection import (
    choices,
    collection_html,
    conditions,
    example_questions,
    kept,
)
from rag.app.web.chat.conversation import (
    LONGEST_QUESTION,
    Asking,
    Chatbot,
    answered,
    before,
    believed,
    reply,
    shown,
    stopped,
)
from rag.app.web.chat.conversations import (
    bar_html,
    conversation_id,
    list_html,
    messages_of,
    told,
)
from rag.app.web.chat.plain_history import asked_alone, plain_text
from rag.app.web.shared.scripts import on_load
from rag.errors import RagError
from rag.schema import Message

if TYPE_CHECKING:
    from rag.schema import Condition, DocumentInfo

__all__ = ["Chat"]

_WELCOME = """### Ask the reports a question

Every sentence of an answer is quoted from a report, word for word.
Open a footnote to see it where it stands."""
_CAUTION = (
    "Quotations are exact. Whether they answer the question is for you to judge: "
    "open the footnotes."
)
_EMPTY = """### This collection is empty

Add reports in the [Library](#library); then ask them questions here."""

Update = dict[str, Any]
"""An update of a component of Gradio."""
Updates = tuple[list[dict[str, str]] | Update, Update, str | Update]
"""Updates of the messages, the box and the bar over the chat."""

Index = int | tuple[int, int] | list[int]
"""Gradio's index of a message."""

# Values are taken as they were sent, and nobody waits in line.
_QUICK: dict[str, Any] = {
    "preprocess": False,
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_limit": None,
}


class Chat:
    """The components of the chat, and the functions their events call.

    The collection with its filters and the conversations are put into one column, the
    conversation that is open into another.
    """

    def __init__(
        self,
        chatbot: Chatbot,
        *,
        collection: gr.Column,
        middle: gr.Column,
        patience_seconds: float,
    ) -> None:
        self._chatbot = chatbot
        self._seconds = patience_seconds
        documents = chatbot.documents()
        with collection:
            self._lay_out_collection(documents)
        with middle:
            self._lay_out_chat(documents)

    # Layout -------------------------------------------------------------------------------

    def _lay_out_collection(self, documents: tuple[DocumentInfo, ...]) -> None:
        gr.HTML(
            '<div class="drawer-bar"><h2>Collection</h2><button type="button" class="plain close" '
            'data-close="collection" aria-label="Close">×</button></div>'
        )
        self.facts = gr.HTML(collection_html(documents), elem_id="facts")
        gr.HTML("<h2>Search only in</h2>")
        labels = ("Country", "Publisher", "From year", "To year")
        self.filters = [
            gr.Dropdown(offered, value="", label=label, interactive=True)
            for label, offered in zip(labels, choices(documents), strict=True)
        ]
        gr.HTML(list_html(), apply_default_css=False, elem_id="talks")

    def _lay_out_chat(self, documents: tuple[DocumentInfo, ...]) -> None:
        # Its template has nothing of its value in it, which the script reads.
        self.talk = gr.HTML(
            told(""),
            html_template=bar_html(),
            js_on_load=on_load("talk", "open_talk"),
            apply_default_css=False,
            elem_id="talk",
        )
        self.messages = gr.Chatbot(
            elem_id="chat",
            label="Conversation",
            show_label=False,
            container=False,
            height="100%",
            layout="panel",
            buttons=["copy"],
            editable="user",
            feedback_options=None,
            latex_delimiters=[],
            line_breaks=False,
            allow_tags=False,
            allow_file_downloads=False,
            **_opening(documents),
        )
        self.box = gr.Textbox(
            elem_id="question",
            label="Your question",
            show_label=False,
            container=False,
            placeholder="Ask the reports a question …",
            lines=1,
            max_lines=6,
            submit_btn="Ask",
            stop_btn=False,
            autofocus=True,
        )
        # Shown while it is set, which chat.js does; see there.
        self.alone = gr.Checkbox(
            False,
            elem_id="alone",
            label="Ask this by itself, without the conversation before it",
            container=False,
        )
        gr.HTML(f'<p class="caution">{_CAUTION}</p>', elem_id="under")

    # Events -------------------------------------------------------------------------------

    def connect(self, *, unfiltered: Callable[..., Any]) -> None:
        """Connect the components' events to the functions below.

        ``unfiltered`` is the event of Gradio that comes, with the number of an answer, when its
        question is to be asked again without filters.
        """
        outputs = [self.messages, self.box, self.talk]
        # Values are taken as they were sent: Gradio's own preparation would build whatever
        # component a message names, with arguments from the message.
        options: dict[str, Any] = {
            "preprocess": False,
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_id": "ask",
            "concurrency_limit": 4,
        }
        inputs = [self.talk, self.messages, *self.filters]
        asking: list[Any] = [
            self.box.submit(
                self.ask, [self.box, *inputs, self.alone], [*outputs, self.alone], **options
            ),
            self.messages.example_select(self.ask_example, inputs, outputs, **options),
            self.messages.retry(self.ask_again, inputs, outputs, **options),
            self.messages.edit(self.ask_edited, inputs, outputs, **options),
            unfiltered(self.ask_unfiltered, inputs, [*outputs, *self.filters], **options),
        ]
        known = [self.talk, self.messages]
        self.box.stop(self.stop, known, outputs, cancels=asking, **_QUICK)
        self.messages.undo(self.undo, [*known, self.box], outputs, **_QUICK)
        self.talk.open_talk(self.open, None, [*outputs, self.alone], cancels=asking, **_QUICK)

    def refresh_upon(self, *events: Callable[..., Any]) -> None:
        """Show the collection as it is whenever one of these events of Gradio occurs."""
        outputs = [self.messages, self.facts, *self.filters]
        for event in events:
            event(self.refresh, self.filters, outputs, **_QUICK)

    async def ask(
        self, question: object, talk: object, messages: object, *filters_and_alone: object
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Answer what is in the box: as part of the conversation, or by itself."""
        *filters, alone = filters_and_alone
        earlier = believed(messages)
        asking = Asking(
            question if isinstance(question, str) else "",
            earlier,
            conditions(*filters),
            alone=alone is True and bool(earlier),
        )
        async for update in self._reply(asking, talk):
            yield *update, (False if isinstance(update[0], list) else gr.skip())

    async def ask_example(
        self, event: gr.SelectData, talk: object, messages: object, *filters: object
    ) -> AsyncIterator[Updates]:
        """Answer an example question; the conversation goes on."""
        question = str(event.value.get("text", "")) if isinstance(event.value, dict) else ""
        asking = Asking(question, believed(messages), conditions(*filters))
        async for update in self._reply(asking, talk):
            yield update

    async def ask_again(
        self, event: gr.RetryData, talk: object, messages: object, *filters: object
    ) -> AsyncIterator[Updates]:
        """Answer the same question again."""
        asking = _asked_at(event.index, believed(messages), conditions(*filters))
        async for update in self._reply(asking, talk):
            yield update

    async def ask_edited(
        self, event: gr.EditData, talk: object, messages: object, *filters: object
    ) -> AsyncIterator[Updates]:
        """Answer an edited question; what came after it is dropped."""
        asking = _asked_at(event.index, believed(messages), conditions(*filters))
        question = plain_text(Message("user", str(event.value))).content
        async for update in self._reply(replace(asking, question=question), talk):
            yield update

    async def ask_unfiltered(
        self, event: gr.EventData, talk: object, messages: object, *filters: object
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Lift the filters, and ask the question of an answer again, in the context it had."""
        known = believed(messages)
        told = event._data if isinstance(event._data, dict) else {}
        index = answered(known, told.get("answer"))
        lifted = [gr.update(value="") for _ in filters]
        if index is None:
            yield gr.skip(), gr.skip(), gr.skip(), *lifted
            return
        context, question = before(known, index)
        alone = asked_alone(known, index)
        asking = Asking(question, known, context=context, alone=alone)
        async for update in self._reply(asking, talk):
            yield *update, *lifted

    async def _reply(self, asking: Asking, talk: object) -> AsyncIterator[Updates]:
        """Answer, and send each state of the answer to the browser, which keeps it."""
        asked = " ".join(asking.question.split())
        if not asked:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        if len(asked) > LONGEST_QUESTION:
            gr.Warning(_too_long(len(asked)), title="Question not asked")
            yield gr.skip(), gr.skip(), gr.skip()
            return
        name, at = conversation_id(talk), _asked(asking.earlier)
        box: Update = gr.update(value="", submit_btn=False, stop_btn="Stop")
        async for replied in reply(
            self._chatbot, replace(asking, question=asked), seconds=self._seconds
        ):
            yield shown(replied.messages), box, told(name, at=at, turn=replied.kept)
            box = gr.skip()
        yield gr.skip(), _ready(), gr.skip()

    def stop(self, talk: object, messages: object) -> Updates:
        """Keep the part of the answer that has arrived, and mark it as stopped."""
        known = believed(messages)
        name = conversation_id(talk)
        return shown(stopped(known)), _ready(), told(name, stopped=_asked(known) - 1)

    def undo(self, event: gr.UndoData, talk: object, messages: object, typed: object) -> Updates:
        """Take back the last question, into the box unless something is ``typed`` there."""
        earlier, question = before(believed(messages), _index(event.index))
        dropped = told(conversation_id(talk), dropped=_asked(earlier))
        box = gr.skip() if isinstance(typed, str) and typed.strip() else gr.update(value=question)
        return shown(earlier), box, dropped

    def open(self, event: gr.EventData) -> tuple[Any, ...]:
        """Show a conversation that the browser kept, or a new one: one without turns.

        What is in the box stays there.
        """
        asked = event._data if isinstance(event._data, dict) else {}
        name = conversation_id(told(str(asked.get("talk"))))
        try:
            messages, gone = patience.within(
                self._seconds,
                lambda: messages_of(asked.get("turns"), self._chatbot.document),
                what="the conversation",
            )
        except RagError as error:
            return [], _ready(), told(name, failed=str(error)), False
        return shown(messages), _ready(), told(name, opened=_asked(messages), gone=gone), False

    def refresh(self, *filters: object) -> list[Any]:
        """Show the collection as it is now; the conversation and the filters stay.

        A filter by something that is no longer there is lifted.
        """
        documents = patience.within(
            self._seconds, self._chatbot.documents, what="the list of the collection"
        )
        return [
            gr.update(**_opening(documents)),
            collection_html(documents),
            *(
                gr.update(choices=offered, value=kept(chosen, offered))
                for chosen, offered in zip(filters, choices(documents), strict=True)
            ),
        ]


def _asked_at(given: Index, known: list[Message], where: Sequence[Condition]) -> Asking:
    """The last question at or before a message, to be asked again in place of what came of it."""
    index = _index(given)
    earlier, question = before(known, index)
    return Asking(question, earlier, where, alone=asked_alone(known, index))


def _opening(documents: tuple[DocumentInfo, ...]) -> dict[str, Any]:
    """What the chat shows while there is no conversation."""
    examples = [
        {"text": question, "display_text": snippet(question, longest=100)}
        for question in example_questions(documents)
    ]
    return {"placeholder": _WELCOME if documents else _EMPTY, "examples": examples or None}


def _too_long(length: int) -> str:
    return (
        f"It has {length:,} characters; {LONGEST_QUESTION:,} is the most. "
        "It is still in the box: shorten it and ask again."
    )


def _asked(messages: Sequence[Message]) -> int:
    """How many questions there are."""
    return sum(message.role == "user" for message in messages)


def _ready() -> Update:
    return dict(gr.update(submit_btn="Ask", stop_btn=False))


def _index(given: Index) -> int:
    return given if isinstance(given, int) else int(given[0])
