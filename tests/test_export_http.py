"""References and exports over HTTP, as the page asks for them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import docx
import httpx
import pytest
from page_support import Served, make_chatbot, served

from rag.app.web.chat.saved_conversations import saved_answer
from rag.app.web.shared.places import token
from rag.cite.styles import STYLES
from rag.export.check import check_export
from rag.export.reading import read_export
from rag.models.embedding import SentenceEmbedding

BRIDGE = "The bridge at Orrin collapsed on 9 May 2016 and killed four people."
TEXT = f"# The collapse\n\n{BRIDGE} It had not been inspected for twelve years."
TITLE = "The bridge <b>at</b> Orrin"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    chatbot, settings = make_chatbot(
        tmp_path_factory.mktemp("bridge"),
        {"bridge.md": TEXT},
        metadata=[
            {"file": "bridge.md", "title": TITLE, "publisher": "Orrin Monitor", "date": "2016-06"}
        ],
        embedding=embedding,
    )
    with served(chatbot, settings) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, timeout=60) as made:
        yield made


@pytest.fixture
def cited(site: Served) -> str:
    (info,) = site.chatbot.documents()
    document = site.chatbot.document(info.id)
    assert document is not None
    start = document.text.index(BRIDGE)
    return token(info.id, start, start + len(BRIDGE))


def test_a_reference_is_plain_text_in_every_style(client: httpx.Client, cited: str) -> None:
    for name in STYLES:
        response = client.get(f"/reference/{cited}", params={"style": name})
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert TITLE in response.text
    chicago = client.get(f"/reference/{cited}").text
    assert chicago == f"{TITLE} (Orrin Monitor, 2016), under “The collapse.”"


def test_a_reference_for_a_reference_manager_is_a_file(client: httpx.Client, cited: str) -> None:
    for suffix, said in (("bib", "@techreport{"), ("ris", "TY  - RPRT"), ("json", '"type"')):
        response = client.get(f"/reference/{cited}.{suffix}")
        assert response.status_code == 200
        assert said in response.text
        assert f"reference.{suffix}" in response.headers["content-disposition"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reference/nothing", 404),
        ("/reference/0000.1.2", 404),
        ("/reference/..%2f..%2fetc%2fpasswd.0.5", 404),
        ("/reference/0000.1.2.bib", 404),
    ],
)
def test_what_is_not_there_has_no_reference(client: httpx.Client, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_an_unknown_style_is_told(client: httpx.Client, cited: str) -> None:
    response = client.get(f"/reference/{cited}", params={"style": "<script>"})
    assert response.status_code == 400
    assert "choose one of chicago" in response.text
    assert [each["name"] for each in client.get("/reference").json()["styles"]] == [*STYLES]


def conversation(cited: str) -> list[dict[str, object]]:
    return [
        {
            "question": "When did it <collapse>?",
            "statements": [
                {"text": BRIDGE, "citations": [cited]},
                {"text": "Nobody was hurt.", "citations": [cited]},
                {"text": "Words of no place.", "citations": []},
            ],
            "html": "<script>alert(1)</script>",
        },
    ]


@pytest.mark.parametrize("format", ["md", "html", "docx", "json"])
def test_a_conversation_is_exported_and_can_be_checked(
    site: Served,
    client: httpx.Client,
    cited: str,
    format: str,  # noqa: A002
) -> None:
    asked = {"turns": conversation(cited), "style": "oscola"}
    response = client.post(f"/export/{format}", json=asked)
    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    assert f'.{format}"' in response.headers["content-disposition"]
    assert "attachment" in response.headers["content-disposition"]
    read = read_export(response.content, format=format, name="x")  # type: ignore[arg-type]
    assert read.record is not None
    assert read.record.turns[0].question == "When did it <collapse>?"
    kinds = [each.kind for each in read.record.turns[0].statements]
    assert kinds == ["quote", "unchecked", "unchecked"]
    checked = check_export(site.library.index, read)
    assert [each.status for each in checked.items] == ["verbatim", "unchecked", "unchecked"]
    if format == "docx":
        docx.Document(io.BytesIO(response.content))
    elif format != "json":
        assert "<script>alert" not in response.text


def test_the_page_s_own_answer_is_exported(site: Served, client: httpx.Client) -> None:
    *_, answer = site.chatbot.ask("When did the bridge at Orrin collapse?")
    response = client.post("/export/json", json={"turns": [saved_answer(answer)]})
    (turn,) = response.json()["turns"]
    exported = [(each["kind"], each["text"]) for each in turn["statements"]]
    assert exported
    assert exported == [("quote", each.text) for each in answer.statements]


def test_what_is_no_conversation_is_refused(client: httpx.Client) -> None:
    good = {"turns": [{"question": "Q"}]}
    assert client.post("/export/pdf", json=good).status_code == 404
    assert client.post("/export/md", data={"turns": "x"}).status_code == 415
    refused: tuple[object, ...] = (
        {"turns": []},
        {"turns": [{"statements": []}]},
        {"turns": [{"question": 5}]},
        {"turns": [{"question": "x" * 300_000}]},
        {"turns": [{"question": "Q", "statements": [{"text": "x", "kind": "system"}]}]},
        {"turns": [{"question": "Q"}] * 1000},
        [],
    )
    for wrong in refused:
        assert client.post("/export/md", json=wrong).status_code == 422
    long = json.dumps({"turns": [{"question": "x" * 100_000}] * 50})
    headers = {"content-type": "application/json"}
    assert client.post("/export/md", content=long, headers=headers).status_code == 413
    response = client.post("/export/md", json={**good, "style": "none"})
    assert (response.status_code, "choose one of" in response.text) == (400, True)


def test_cautions_generated_sentences_and_abstentions_keep_their_kind(
    client: httpx.Client, cited: str
) -> None:
    generated = {"kind": "generated", "citations": [cited]}
    answered = {
        "question": "Q",
        "notes": ["Editions & lengths differ."],
        "statements": [
            {**generated, "text": "It fell in 2016.", "support": "follows"},
            {**generated, "text": "It was old.", "support": "not_found", "fault": "not there"},
            {**generated, "text": "It was red.", "support": "supported"},  # of an earlier version
        ],
    }
    abstained = {"question": "Q", "abstained": True, "reason": "nothing comes close"}
    asked = {"turns": [answered, abstained, {"question": "Stopped"}]}
    first, second, third = client.post("/export/json", json=asked).json()["turns"]
    assert first["notes"] == ["Editions & lengths differ."]
    assert [(each["text"], each["support"]) for each in first["statements"]] == [
        ("It fell in 2016.", "follows"),
        ("It was old.", "not_found"),
        ("It was red.", "unchecked"),
    ]
    (reason,) = second["statements"]
    assert reason["text"] == (
        "The reports in this collection do not answer that. (nothing comes close)"
    )
    assert third["statements"][0]["text"] == "No answer was given."
