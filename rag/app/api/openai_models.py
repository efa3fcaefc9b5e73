"""The requests and answers of the OpenAI-compatible endpoint, as far as this program has them."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.app.api.models import CitationModel, Filters, Told

MODEL: Final = "footnote"
"""The one model that there is: the collection."""
_MOST_MESSAGES: Final = 1_000
_LONGEST_MESSAGE: Final = 1_000_000


class _Lenient(BaseModel):
    """What clients send: fields that mean nothing here are left alone."""

    model_config = ConfigDict(extra="allow", strict=True)


class Part(_Lenient):
    """A part of a message: text, or something that this program cannot read."""

    type: str
    text: str | None = Field(None, max_length=_LONGEST_MESSAGE)


class ChatMessage(_Lenient):
    """A message of the conversation; those of users and assistants count."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None


class ChatRequest(_Lenient):
    """A conversation whose last message is a question."""

    model: str = Field(MODEL, description="Any name: there is one model.")
    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=_MOST_MESSAGES,
        examples=[[{"role": "user", "content": "How many people were displaced in Ethiopia?"}]],
    )
    stream: bool | None = False
    where: Filters = Field(
        default_factory=list,
        description="Filters, in addition to what OpenAI has.",
        examples=[["country=Ethiopia"]],
    )


class ChatCitation(CitationModel):  # type: ignore[misc,valid-type]
    """A footnote: document, source, page, the exact characters, and where to read them."""

    link: str = Field(description="Opens the page of this server at the quotation.")


class AnswerMessage(Told):
    """The answer. ``content`` ends with its footnotes, which ``citations`` has as objects."""

    role: Literal["assistant"] = "assistant"
    content: str
    citations: list[ChatCitation]
    abstained: bool
    confidence: float


class Choice(Told):
    """The one answer that there is."""

    index: int
    message: AnswerMessage
    finish_reason: Literal["stop"]
    logprobs: None


class Usage(Told):
    """No tokens are counted: these are always 0."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatAnswer(Told):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class ModelCard(Told):
    """A model that can be named."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(Told):
    """The models that can be named: one."""

    object: Literal["list"]
    data: list[ModelCard]
