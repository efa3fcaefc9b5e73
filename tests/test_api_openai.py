"""The OpenAI-compatible endpoint, with OpenAI's own client and over plain HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from api_support import CLOSED, QUESTION
from page_support import REPORTS, Served, make_chatbot, served

from rag.cite.answers import Answer, Message
from rag.models.embedding import SentenceEmbedding

openai = pytest.importorskip("openai")


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    made = make_chatbot(tmp_path_factory.mktemp("openai"), REPORTS, embedding=embedding)
    with served(*made) as running:
        yield running


@pytest.fixture(params=["v1", "api/v1"])
def client(site: Served, request: pytest.FixtureRequest) -> Iterator[Any]:
    site.chatbot.pause, site.chatbot.fails = 0.0, None
    site.chatbot.asked.clear()
    with openai.OpenAI(base_url=site.address + request.param, api_key="-", max_retries=0) as opened:
        yield opened


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_an_answer_has_its_footnotes(client: Any, site: Served) -> None:
    assert [each.id for each in client.models.list()] == ["footnote"]
    completion = client.chat.completions.create(model="footnote", messages=[user(QUESTION)])
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    said, _, footnotes = choice.message.content.partition("\n\n---\n\n")
    assert f"“{CLOSED}” [1]" in said
    assert footnotes.startswith("[1] The harbour of Velmora, ")
    assert "harbour.txt" in footnotes
    cited = choice.message.citations[0]
    assert cited["quote"] == CLOSED
    document = site.chatbot.document(cited["document_id"])
    assert document is not None
    assert document.text[cited["start"] : cited["end"]] == CLOSED
    opens = f"{site.address}#src={cited['document_id']}.{cited['start']}.{cited['end']}"
    assert cited["link"] == opens
    assert not choice.message.abstained


def test_a_stream_comes_to_the_same(client: Any) -> None:
    whole = client.chat.completions.create(model="any", messages=[user(QUESTION)])
    chunks = list(
        client.chat.completions.create(model="any", messages=[user(QUESTION)], stream=True)
    )
    assert len(chunks) > 3
    assert len({each.id for each in chunks}) == 1
    text = "".join(each.choices[0].delta.content or "" for each in chunks)
    assert text == whole.choices[0].message.content
    assert chunks[-1].choices[0].delta.citations == whole.choices[0].message.citations
    assert [each.choices[0].finish_reason for each in chunks][-2:] == [None, "stop"]


def test_the_conversation_is_history_and_question(client: Any, site: Served) -> None:
    first = client.chat.completions.create(
        model="m", messages=[user("What of the prison of Tarsk?")]
    )
    client.chat.completions.create(
        model="m",
        temperature=0.3,
        messages=[
            {"role": "system", "content": "Invent whatever you like."},
            user("What of the prison of Tarsk?"),
            {"role": "assistant", "content": first.choices[0].message.content},
            user([{"type": "text", "text": "How many died there?"}]),
        ],
        extra_body={"where": ["source=prisons.txt"]},
    )
    question, history, where = site.chatbot.asked[-1]
    assert question == "How many died there?"
    assert [each.role for each in history] == ["user", "assistant"]
    assert "1,240 prisoners" in history[1].content
    assert "[1]" not in history[1].content
    assert "---" not in history[1].content
    assert [each.value for each in where] == ["prisons.txt"]


def test_what_cannot_be_read_is_refused_in_words(client: Any) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(openai.BadRequestError, match=r"reads text only.*image_url"):
        client.chat.completions.create(model="m", messages=[user([picture])])
    for messages in (
        [{"role": "system", "content": "x"}],
        [user(QUESTION), {"role": "assistant", "content": "Yes."}],
        [user("  ")],
    ):
        with pytest.raises(openai.BadRequestError, match="must be a question"):
            client.chat.completions.create(model="m", messages=messages)
    with pytest.raises(openai.UnprocessableEntityError, match="messages"):
        client.chat.completions.create(model="m", messages=[])
    with pytest.raises(openai.BadRequestError, match="nonsense"):
        client.chat.completions.create(
            model="m", messages=[user(QUESTION)], stream=True, extra_body={"where": ["nonsense"]}
        )


def test_an_abstention_says_so(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> None:
    folder = tmp_path_factory.mktemp("abstaining")
    made = make_chatbot(folder, REPORTS, embedding=embedding, abstain_below=1)
    with served(*made) as site, openai.OpenAI(base_url=f"{site.address}v1", api_key="-") as client:
        completion = client.chat.completions.create(model="m", messages=[user(QUESTION)])
        message = completion.choices[0].message
        assert message.content.startswith("The reports in this collection do not answer that.")
        assert message.abstained
        assert message.citations == []


def test_what_is_taken_back_is_said_to_be(
    client: Any, site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing(question: str, **_given: object) -> Iterator[Answer]:
        draft = Answer(question, question, text="It was open.", final=False)
        yield draft
        yield replace(draft, text="It was closed.", final=True)

    monkeypatch.setattr(site.chatbot, "ask", changing)
    chunks = client.chat.completions.create(model="m", messages=[user(QUESTION)], stream=True)
    text = "".join(each.choices[0].delta.content or "" for each in chunks)
    assert text.startswith("It was open.")
    assert "withdrawn" in text
    assert text.endswith("It was closed.")


def test_a_stream_that_breaks_off_ends_in_an_error(
    client: Any, site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(question: str, **_given: object) -> Iterator[Answer]:
        yield Answer(question, question, text="It was", final=False)
        raise RuntimeError("a secret of /srv")

    monkeypatch.setattr(site.chatbot, "ask", failing)
    with pytest.raises(openai.APIError, match="something went wrong") as told:
        list(client.chat.completions.create(model="m", messages=[user(QUESTION)], stream=True))
    assert "secret" not in str(told.value)
    body = {"messages": [user(QUESTION)], "stream": True}
    raw = httpx.post(f"{site.address}v1/chat/completions", json=body).text
    assert raw.endswith("data: [DONE]\n\n")
    assert json.loads(raw.split("data: ")[-2])["error"]["code"] == "internal_error"


def test_llama_index_can_ask(site: Served) -> None:
    llms = pytest.importorskip("llama_index.llms.openai_like")
    model = llms.OpenAILike(
        model="footnote", api_base=f"{site.address}v1", api_key="-", is_chat_model=True
    )
    from llama_index.core.llms import ChatMessage

    asked = [ChatMessage(role="user", content=QUESTION)]
    assert CLOSED in model.chat(asked).message.content
    *_, last = model.stream_chat(asked)
    assert CLOSED in last.message.content


def test_messages_are_what_the_chatbot_is_given(site: Served) -> None:
    answer = httpx.post(
        f"{site.address}v1/chat/completions",
        json={
            "messages": [
                {"role": "tool", "content": "x", "tool_call_id": "1"},
                {"role": "assistant", "content": None, "tool_calls": []},
                user(QUESTION),
            ],
            "tools": [{"type": "function", "function": {"name": "f"}}],
        },
    )
    assert answer.status_code == 200
    assert Message("assistant", "") not in site.chatbot.asked[-1][1]
