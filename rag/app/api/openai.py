"""An endpoint that clients of OpenAI's chat completions can be pointed at.

The conversation becomes history and question, the answer's text has footnote marks, and at its end
stands where each quotation is from. What such clients send besides (tools, temperature, system
messages) means nothing here and is left alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from secrets import token_hex
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from rag.app import text as say
from rag.app.api.calls import BoundedRoute, errors
from rag.app.api.openai_models import MODEL, ChatAnswer, ChatMessage, ChatRequest, ModelList
from rag.app.api.streams import EventStream, Growing, event, events_specified
from rag.app.api.tools import Tools
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import json_answer
from rag.app.web.shared.places import link
from rag.cite.answers import Answer
from rag.cite.citations import page_words
from rag.errors import QueryError
from rag.language.words import one_line
from rag.schema import Citation

_LINE: Final = "\n\n---\n\n"
"""What stands between the answer and its footnotes."""
_MARKS: Final = re.compile(r" ?\[\d{1,4}\]")
_NO_QUESTION: Final = "the last message must be a question: text of the role user"
_ONLY_TEXT: Final = (
    "this program reads text only, and a message has a part of the type {kind}: leave out images, "
    "sounds and files; documents are added with POST /api/v1/ingest"
)
_WITHDRAWN: Final = "\n\n(What stands above is withdrawn; the answer begins anew.)\n\n"
_DONE: Final = "data: [DONE]\n\n"
_EVENTS: Final = (
    'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": '
    '{"content": "…"}}], …}\n\ndata: [DONE]\n\n'
)


def chat_routes(tools: Tools, queue: FairQueue, *, seconds: float) -> APIRouter:
    """``/chat/completions`` and ``/models``."""
    router = APIRouter(route_class=BoundedRoute, tags=["OpenAI-compatible"])

    @router.get("/models", response_model=ModelList, responses=errors())
    def models() -> Response:
        """The one model that there is: the collection."""
        card = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
        return json_answer({"object": "list", "data": [card]})

    @router.post(
        "/chat/completions",
        response_model=ChatAnswer,
        responses={
            **errors(413, 429),
            200: {
                "description": "The answer; with `stream` as chunks, the last of which has the "
                "`citations` in its delta.",
                "content": events_specified(example=_EVENTS),
            },
        },
    )
    async def chat(asked: ChatRequest, request: Request) -> Response:
        """Answer the last message of a conversation, with footnotes, or abstain."""
        history, question = conversation_of(asked.messages)
        # Not lazily: what is wrong with a question is told before an answer begins.
        answers = tools.answers(question, history, asked.where)
        growing = await Growing.begin(
            answers, queue=queue, caller=visitor_of(request), seconds=seconds
        )
        page = page_address(request)
        if asked.stream:
            chunks = _Chunks(page)
            return EventStream(growing, growing.events(chunks.told, chunks.failed))
        try:
            *_, last = [each async for each in growing.snapshots() if each is not None]
        finally:
            await growing.close()
        return json_answer(completion_object(last, page))

    return router


def conversation_of(messages: Sequence[ChatMessage]) -> tuple[list[dict[str, str]], str]:
    """The turns before the last message, and the question that this is.

    Raises:
        QueryError: the last message is no question, or a message has more than text.
    """
    turns = [
        {"role": each.role, "content": _text_of(each)}
        for each in messages
        if each.role in ("user", "assistant")
    ]
    if not turns or messages[-1].role != "user" or not turns[-1]["content"].strip():
        raise QueryError(_NO_QUESTION)
    return [each for each in turns[:-1] if each["content"].strip()], turns[-1]["content"]


def _text_of(message: ChatMessage) -> str:
    """The text of a message; of an answer of ours what it says, without marks and footnotes."""
    if isinstance(message.content, list):
        for part in message.content:
            if part.type not in ("text", "input_text", "output_text", "refusal"):
                raise QueryError(_ONLY_TEXT.format(kind=one_line(part.type)[:40]))
        text = "\n\n".join(part.text or "" for part in message.content)
    else:
        text = message.content or ""
    if message.role == "assistant":
        text = _MARKS.sub("", text.partition(_LINE)[0])
    return text


# Answers ------------------------------------------------------------------------------------------


def page_address(request: Request) -> str:
    """The address of the page that this server shows, wherever the API is mounted."""
    root = re.sub(r"/(?:api/v1|v1)$", "", request.scope.get("root_path", ""))
    return f"{request.url.scheme}://{request.url.netloc}{root}/"


def completion_object(answer: Answer, page: str) -> dict[str, Any]:
    """An answer as a chat completion; ``page`` is the address that links lead to."""
    return {
        "id": f"chatcmpl-{token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": _text(answer) + _ending(answer),
                    **_besides(answer, page),
                },
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


def _besides(answer: Answer, page: str) -> dict[str, Any]:
    """What a message has besides its content."""
    return {
        "citations": [
            {**asdict(each), "link": page + link(each.document_id, each.start, each.end)}
            for each in answer.citations
        ],
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 6),
    }


def _text(answer: Answer) -> str:
    """The text of an answer, each statement a paragraph: such clients show Markdown."""
    return answer.text.replace("\n", "\n\n")


def _ending(answer: Answer) -> str:
    """What follows the text of an answer: its reason if it abstains, cautions, and footnotes."""
    said = [say.sentence(answer.reason)] if answer.abstained and answer.reason else []
    said += say.note_words(answer)
    notes = "".join(f"\n\n{each}" for each in said)
    footnotes = "\n\n".join(f"[{each.number}] {_footnote(each)}" for each in answer.citations)
    return notes + (_LINE + footnotes if footnotes else "")


def _footnote(citation: Citation) -> str:
    page = None
    if citation.page is not None:
        page = page_words(citation.page, citation.page_label, citation.page_kind)
    parts = (citation.title, citation.publisher, citation.date, page, citation.section)
    told = [one_line(part) for part in (*parts, citation.source) if part]
    return ", ".join(dict.fromkeys(told))


class _Chunks:
    """An answer as chunks of a stream: what is new in each snapshot, and at its end the rest."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._sent = ""
        self._head = {
            "id": f"chatcmpl-{token_hex(12)}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": MODEL,
        }
        self._has_begun = False

    def told(self, answer: Answer) -> Iterator[str]:
        """The events of a snapshot."""
        if not self._has_begun:
            self._has_begun = True
            yield self._chunk({"role": "assistant", "content": ""})
        if new := self._new(_text(answer)):
            yield self._chunk({"content": new})
        if not answer.final:
            return
        if ending := _ending(answer):
            yield self._chunk({"content": ending})
        yield self._chunk(_besides(answer, self._page), finish_reason="stop")
        yield _DONE

    def failed(self, error: dict[str, Any]) -> str:
        """The last event of an answer that broke off."""
        return event(error) + _DONE

    def _new(self, text: str) -> str:
        before, self._sent = self._sent, text
        if text.startswith(before):
            return text[len(before) :]
        return _WITHDRAWN + text

    def _chunk(self, delta: dict[str, Any], *, finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return event({**self._head, "choices": [choice]})
