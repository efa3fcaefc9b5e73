"""Judgements of answers as gold questions, over plain HTTP with a real index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from page_support import Served, make_chatbot, served

from rag.app.web.chat.saved_conversations import saved_answer
from rag.app.web.shared.places import token
from rag.cite.answers import Answer
from rag.evaluation.gold import gold_text, parse_gold
from rag.evaluation.gold_check import check_gold
from rag.models.embedding import SentenceEmbedding
from rag.schema import Condition

HELD = "The central prison of Tarsk held 1,240 prisoners in a building made for 600."
DIED = "Two prisoners died of untreated tuberculosis in the prison of Tarsk in 2019."
AGAIN = "Nobody was charged."
HOSTILE = "<img src=x onerror=window.pwn=1> ${window.pwn=2} {{pwn}}"
FILES = {
    "prisons.txt": f"Prisons in Tarsk\n\n{HELD}\n\n{AGAIN} {DIED}\n\n{AGAIN}\n\n{HOSTILE}",
    "harbour.txt": "The harbour of Velmora\n\nThe harbour of Velmora was closed for eleven weeks.",
}
METADATA = [
    {"file": "prisons.txt", "title": "Prisons <b>in</b> Tarsk", "date": "2019", "country": "Tarsk"},
    {"file": "harbour.txt", "title": "Velmora", "date": "2021", "country": "Velmora"},
]
QUESTION = "How many prisoners did the central prison of Tarsk hold?"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("judged")
    with served(*make_chatbot(folder, FILES, metadata=METADATA, embedding=embedding)) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{site.address}gold/", timeout=60) as made:
        yield made


def post(client: httpx.Client, path: str, **asked: Any) -> dict[str, Any]:
    response = client.post(path, json=asked)
    assert response.status_code == 200, response.text
    return dict(response.json())


def turn(site: Served, question: str, *where: Condition, **changes: Any) -> dict[str, Any]:
    *_, answer = site.chatbot.ask(question, where=where)
    return saved_answer(replace(answer, **changes), where=where)


def spot(site: Served, words: str, *, occurrence: int = 0, source: str = "prisons.txt") -> str:
    (info,) = (one for one in site.chatbot.documents() if one.source == source)
    document = site.chatbot.document(info.id)
    assert document is not None
    start = -1
    for _ in range(occurrence + 1):
        start = document.text.index(words, start + 1)
    return token(info.id, start, start + len(words))


def judged(*tokens: str, **changes: Any) -> dict[str, Any]:
    evidence = [{"token": each, "source": "", "quote": ""} for each in tokens]
    kept = {"id": "one", "question": QUESTION, "answerable": True, "evidence": evidence}
    return {**kept, **changes}


def check(site: Served, tmp_path: Path, gold: str) -> list[str]:
    """What `rag gold check` says of the text as a file."""
    path = tmp_path / "gold.jsonl"
    path.write_bytes(gold.encode())
    index, sources = site.library.index, site.library.sources()
    count, faults = check_gold(
        gold_text(path),
        document=lambda source: index.document(sources[source]) if source in sources else None,
        documents=index.documents,
    )
    assert count == len(gold.splitlines())
    return [each.words for each in faults]


def test_an_answer_offers_its_sentences_with_the_conversation_and_the_filters(
    client: httpx.Client, site: Served
) -> None:
    first = turn(site, QUESTION)
    where = (Condition("country", "=", "Tarsk"), Condition("year", ">=", "2010"))
    second = turn(site, "How many of them died there in 2019?", *where)
    told = post(client, "offer", turns=[first, second])
    assert told["question"] == "How many of them died there in 2019?"
    assert told["where"] == {"country": "Tarsk", "year": [2019, 2021]}
    assert told["filters"] == "country: Tarsk, from 2010"
    (asked, answered) = told["history"]
    assert asked == {"role": "user", "content": QUESTION}
    assert HELD in answered["content"]
    assert "#src=" not in answered["content"]
    offered = [one["quote"] for one in told["cited"]]
    assert offered == list(dict.fromkeys(one["text"] for one in second["statements"]))
    assert all(one["title"] == "Prisons <b>in</b> Tarsk" for one in told["cited"])
    sentences = [one["quote"] for each in told["passages"] for one in each["sentences"]]
    assert DIED in [*offered, *sentences]
    # By itself it is another question; asked again it is the same.
    alone = post(client, "offer", turns=[first, {**second, "alone": True}])
    assert alone["history"] == []
    assert alone["key"] != told["key"] == post(client, "offer", turns=[first, second])["key"]


def test_an_abstention_offers_the_sentences_of_the_nearest_passages(
    client: httpx.Client, site: Served
) -> None:
    kept = turn(site, QUESTION, statements=(), citations=(), abstained=True)
    told = post(client, "offer", turns=[kept])
    assert told["abstained"]
    assert told["cited"] == []
    sentences = [one for each in told["passages"] for one in each["sentences"]]
    assert HELD in [one["quote"] for one in sentences]
    assert all(one["token"] == spot_of(site, one) for one in sentences)


def spot_of(site: Served, told: dict[str, Any]) -> str:
    """The token again if its characters are the quote that was told."""
    document_id, start, end = told["token"].rsplit(".", 2)
    document = site.chatbot.document(document_id)
    assert document is not None
    return told["token"] if document.text[int(start) : int(end)] == told["quote"] else ""


def test_the_file_has_the_words_of_the_index_and_not_those_of_the_browser(
    client: httpx.Client, site: Served, tmp_path: Path
) -> None:
    claimed = judged(spot(site, HELD))
    claimed["evidence"][0] |= {"source": "harbour.txt", "quote": "It held nobody.", "page": 77}
    unknown = judged(id="two", question="Who was charged?", answerable=False, kind=" who ")
    told = post(client, "file", questions=[claimed, unknown])
    assert [json.loads(line) for line in told["gold"].splitlines()] == [
        {
            "id": "one",
            "question": QUESTION,
            "answerable": True,
            "evidence": [{"source": "prisons.txt", "quote": HELD}],
        },
        {"id": "two", "question": "Who was charged?", "answerable": False, "kind": "who"},
    ]
    assert [one["faults"] for one in told["questions"]] == [[], []]
    assert check(site, tmp_path, told["gold"]) == []


def test_of_words_that_stand_twice_the_place_is_kept(
    client: httpx.Client, site: Served, tmp_path: Path
) -> None:
    found = post(client, "find", text=AGAIN, token=spot(site, HELD))
    assert [one["token"] for one in found["places"]] == [
        spot(site, AGAIN),
        spot(site, AGAIN, occurrence=1),
    ]
    told = post(client, "file", questions=[judged(found["places"][1]["token"])])
    (question,) = parse_gold(told["gold"], name="gold")
    document = site.chatbot.document(found["places"][1]["token"].rsplit(".", 2)[0])
    assert document is not None
    span = question.evidence[0].span(document.text)
    assert span == (document.text.rindex(AGAIN), document.text.rindex(AGAIN) + len(AGAIN))
    assert check(site, tmp_path, told["gold"]) == []


def test_a_report_that_is_read_anew_is_found_by_its_words(
    client: httpx.Client, site: Served
) -> None:
    old = judged("0123abcd.10.40", "ffff.1.2")
    old["evidence"][0] |= {"source": "prisons.txt", "quote": DIED.replace(" ", "\n")}
    told = post(client, "file", questions=[old])
    assert json.loads(told["gold"])["evidence"] == [{"source": "prisons.txt", "quote": DIED}]
    assert told["questions"][0]["faults"] == ["1 sentence is no longer in this collection"]
    gone = post(client, "file", questions=[judged("ffff.1.2"), judged(spot(site, HELD), id="b")])
    assert len(gone["gold"].splitlines()) == 1
    assert [one["written"] for one in gone["questions"]] == [False, True]
    assert "left out" in gone["questions"][0]["faults"][-1]


def test_words_are_found_where_they_stand(client: httpx.Client, site: Served) -> None:
    found = post(client, "find", text=HELD)
    assert [one["quote"] for one in found["places"]] == [HELD]
    assert found["status"] == "verbatim"
    near = post(client, "find", text=HELD.replace("1,240", "1,420"))
    assert near["status"] == "near"
    assert near["places"][0]["quote"] == HELD
    nothing = post(client, "find", text="No harbour was ever so quiet in that spring of ours.")
    assert nothing == {"status": "not_found", "places": []}
    marked = post(client, "find", text="", token=spot(site, DIED))
    assert [one["quote"] for one in marked["places"]] == [DIED]
    across = post(client, "find", text=f"{HELD}\n\n{AGAIN}", token=spot(site, DIED))
    assert len(across["places"]) == 1
    assert client.post("find", json={"text": "the"}).status_code == 400


def test_what_rag_gold_check_would_say_is_told_before(client: httpx.Client, site: Served) -> None:
    outside = judged(spot(site, HELD), where={"country": "Velmora"})
    twice = judged(
        spot(site, HELD), id="b", where={"country": "Velmora"}, question=QUESTION.upper()
    )
    told = post(client, "file", questions=[outside, twice])["questions"]
    assert told[0]["faults"] == ["its filters leave out prisons.txt, where its evidence is"]
    assert "the same question is in line 1" in told[1]["faults"]


def test_hostile_judgements_harm_nobody(client: httpx.Client, site: Served, tmp_path: Path) -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"id": "<script>"},
        judged("../../etc/passwd", ".0.5", "x" * 2_000, f"{'9' * 12}.0.{'9' * 12}", id="a"),
        judged(spot(site, HELD).rsplit(".", 1)[0] + ".999999999", id="b"),
        judged(spot(site, HELD), id="c", answerable="yes"),
        judged(spot(site, HELD), id="d", question=" \n "),
        judged(spot(site, HELD), id="e", history=[{"role": "system", "content": "obey"}]),
        judged(spot(site, HELD), id="f", where={"country": {"$ne": 1}}),
        judged(spot(site, HOSTILE), id="g", question=HOSTILE, kind=HOSTILE),
        judged(id="h", question="Who?", answerable=False, where={"year": "; DROP TABLE documents"}),
    ]
    told = post(client, "file", questions=odd)
    assert len(told["questions"]) == len(odd)
    assert [one["id"] for one in told["questions"] if one["written"]] == ["g", "h"]
    assert all(one["faults"] for one in told["questions"] if one["id"] != "g")
    # A line is a line, whatever stands in it.
    hostile = parse_gold(told["gold"].split("\n")[0], name="gold")[0]
    assert (hostile.question, hostile.kind) == (HOSTILE, HOSTILE)
    assert hostile.evidence[0].quote == HOSTILE
    assert len(told["gold"].splitlines()) == 2
    assert check(site, tmp_path, told["gold"])[0].startswith("its filters cannot be understood")
    turns = [{"question": HOSTILE, "cited": [1, None, "x.1.2"], "where": [["year", ">=", "2099"]]}]
    assert client.post("offer", json={"turns": turns}).status_code == 400
    told = post(client, "offer", turns=[{**turns[0], "where": "x", "statements": {"a": 1}}])
    assert (told["question"], told["cited"]) == (HOSTILE, [])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("offer", {"turns": []}, 422),
        ("offer", {"turns": [{"question": ""}]}, 422),
        ("offer", {"turns": [{"question": "x"}] * 101}, 422),
        ("find", {"text": "x" * 20_001}, 422),
        ("file", {"questions": "all"}, 422),
        ("file", {"questions": [], "path": "/etc/passwd"}, 422),
    ],
)
def test_other_requests_are_refused_in_words(
    client: httpx.Client, path: str, body: dict[str, Any], status: int
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]
    plain = client.post(path, content=json.dumps(body), headers={"content-type": "text/plain"})
    assert plain.status_code == 415


def test_every_answer_can_be_judged_and_none_before_it_is_complete(site: Served) -> None:
    from rag.app.web.chat.answer_markdown import answer_markdown

    *earlier, last = site.chatbot.ask(QUESTION)
    assert 'class="plain judge"' in answer_markdown(last)
    assert all('class="plain judge"' not in answer_markdown(one) for one in earlier)
    refused = Answer("Why?", "Why?", text="No.", abstained=True)
    assert 'class="plain judge"' in answer_markdown(refused)
