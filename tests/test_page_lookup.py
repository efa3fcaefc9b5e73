"""Citation lookup on the page, without a browser: what is chosen, shown and refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from page_support import served
from page_texts import HOSTILE, texts
from panel_support import BRIEFING, HARBOUR, document, panel_chatbot

from rag.answer import Chatbot
from rag.app.web.lookup.pieces import LONGEST_TEXT, MOST_PIECES, choose
from rag.app.web.lookup.routes import checked_html, unchecked_html
from rag.app.web.shared.places import token
from rag.errors import QueryError
from rag.models.embedding import SentenceEmbedding
from rag.quotes.records import Difference, Match, Verification
from rag.schema import Citation
from rag.settings import load_settings
from rag.store import Index

STANDS = "Three warehouses burned down during the strike"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[tuple[Chatbot, httpx.Client]]:
    chatbot, settings = panel_chatbot(tmp_path_factory.mktemp("lookup"), embedding)
    with (
        served(chatbot, settings) as running,
        httpx.Client(base_url=running.address, timeout=60) as client,
    ):
        yield chatbot, client


def looked_up(client: httpx.Client, text: str, **named: str) -> tuple[str, BeautifulSoup]:
    response = client.post("/lookup/check", json={"text": text, **named})
    assert response.status_code == 200, response.text
    answer = response.json()
    return answer["status"], BeautifulSoup(answer["html"], "lxml")


# What is looked up ----------------------------------------------------------------------------


def test_a_quotation_in_a_sentence_is_looked_up_and_the_sentence_perhaps() -> None:
    text = f"  He wrote: “{STANDS}.” Then he left.\n"
    whole, quotation = choose(text, "auto").pieces
    assert (whole.text, whole.perhaps) == (text.strip(), True)
    assert (quotation.text, quotation.perhaps) == (f"{STANDS}.", False)
    for piece in (whole, quotation):
        assert text[piece.start : piece.end] == piece.text


def test_a_text_in_quotation_marks_is_one_quotation() -> None:
    assert [piece.text for piece in choose(f"“{STANDS}.”", "auto").pieces] == [f"{STANDS}."]


def test_a_text_without_quotation_marks_is_looked_up_as_it_is() -> None:
    (piece,) = choose(f" {STANDS}. And more of it. \n", "auto").pieces
    assert piece.text == f"{STANDS}. And more of it."


def test_in_a_draft_only_quotations_are_looked_up() -> None:
    draft = "First “one two three” here.\n\n> four five six\n> seven\n\nThe end, ‘eight nine ten’."
    found = [piece.text for piece in choose(draft, "auto").pieces]
    assert found == ["one two three", "four five six\nseven", "eight nine ten"]


def test_every_sentence_of_a_text_can_be_looked_up() -> None:
    text = "One stands here. Two stands there! * * *\n\nThree is last."
    found = choose(text, "sentences").pieces
    assert [text[piece.start : piece.end] for piece in found] == [piece.text for piece in found]
    assert [piece.text for piece in found][:2] == ["One stands here.", "Two stands there!"]


def test_too_many_quotations_are_not_dropped_silently() -> None:
    draft = "\n\n".join(f"“number {number} of many”" for number in range(MOST_PIECES + 7))
    chosen = choose(draft, "auto")
    assert len(chosen.pieces) == MOST_PIECES
    assert chosen.note is not None
    assert "7 are not" in chosen.note


@pytest.mark.parametrize(
    ("text", "how", "words"),
    [
        ("", "auto", "no words"),
        (" … — ", "auto", "no words"),
        ("word " * (LONGEST_TEXT // 5 + 1), "auto", "in parts"),
        ("word " * 5_000, "whole", "every sentence"),
        ("word " * 5_000, "auto", "every sentence"),
        ("No marks at all.", "quotations", "no quotation marks"),
    ],
)
def test_what_cannot_be_looked_up_is_refused_in_words(text: str, how: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        choose(text, how)  # type: ignore[arg-type]


# Over HTTP ------------------------------------------------------------------------------------


def test_verbatim_leads_to_the_place(site: tuple[Chatbot, httpx.Client]) -> None:
    chatbot, client = site
    status, shown = looked_up(client, STANDS)
    assert status == "verbatim"
    of = document(chatbot, HARBOUR)
    start = of.text.index(STANDS)
    (link,) = shown.select("a")
    assert link["href"] == f"#src={token(of.id, start, start + len(STANDS))}"
    assert "Verbatim" in shown.select(".verdict")[0].get_text()
    assert "The strike" in shown.select(".facts")[0].get_text()
    source = client.get(f"/source/{str(link['href']).removeprefix('#src=')}").text
    assert f"<mark>{STANDS}</mark>" in source


def test_near_tells_word_by_word_what_differs(site: tuple[Chatbot, httpx.Client]) -> None:
    _, client = site
    said = "Two warehouses burned down during the long strike, and nobody was prosecuted"
    status, shown = looked_up(client, said)
    assert status == "near"
    rows = [
        [cell.get_text().removeprefix("→ ") for cell in row.select("td")]
        for row in shown.select(".differences tbody tr")
    ]
    assert rows == [["Two", "Three"], ["long", "not there"]]
    yours, theirs = shown.select(".side-by-side dd")
    assert yours.get_text() == said
    assert [each.get_text() for each in yours.select("del")] == ["Two", "long"]
    assert theirs.get_text().startswith("Three warehouses burned down")
    assert [each.get_text() for each in theirs.select("ins")] == ["Three"]


def test_not_found_shows_the_closest_apart(site: tuple[Chatbot, httpx.Client]) -> None:
    _, client = site
    status, shown = looked_up(client, "The harbour was painted green by eleven merry sailors")
    assert status == "not_found"
    assert "Not found" in shown.select(".verdict")[0].get_text()
    assert not [link for link in shown.select("a") if not link.find_parent(class_="closest")]


def test_elsewhere_than_named_is_said(site: tuple[Chatbot, httpx.Client]) -> None:
    _, client = site
    status, shown = looked_up(client, STANDS, source=BRIEFING)
    assert status == "not_found"
    assert "does not stand where you said, but elsewhere" in shown.select(".verdict")[0].get_text()
    assert f"Stands in {HARBOUR}, not in {BRIEFING}." in shown.get_text()
    assert shown.select("a")
    status, shown = looked_up(client, "The election in Orsk was postponed twice", speaker="Linden")
    assert status == "verbatim"
    assert "AMBASSADOR LINDEN" in shown.select(".facts")[0].get_text()


@pytest.mark.parametrize(
    ("path", "sent", "status", "words"),
    [
        ("check", {"text": STANDS, "source": "nowhere.pdf"}, 404, "no source"),
        ("check", {"text": "x" * 30_000}, 413, "10,000 is the most"),
        ("check", {"text": STANDS, "more": 1}, 422, "cannot be understood"),
        ("check", {"text": 7}, 422, "cannot be understood"),
        ("pieces", {"text": "  "}, 400, "no words"),
        ("pieces", {"text": "x " * LONGEST_TEXT}, 400, "in parts"),
        ("pieces", {"text": "x" * 5_000_000}, 413, "too long"),
        ("pieces", {"text": "a b", "how": "ever"}, 422, "cannot be understood"),
    ],
)
def test_refusals_are_words(
    site: tuple[Chatbot, httpx.Client], path: str, sent: object, status: int, words: str
) -> None:
    response = site[1].post(f"/lookup/{path}", json=sent)
    assert response.status_code == status
    assert words in response.json()["error"]


def test_only_json_is_taken(site: tuple[Chatbot, httpx.Client]) -> None:
    response = site[1].post("/lookup/check", content=b"text=a", headers={"content-type": "x/y"})
    assert response.status_code == 415


def test_a_word_is_too_short_and_the_rest_goes_on(site: tuple[Chatbot, httpx.Client]) -> None:
    status, shown = looked_up(site[1], "strike")
    assert status == "unchecked"
    assert "too short" in shown.get_text()


def test_the_example_stands_in_the_reports(site: tuple[Chatbot, httpx.Client]) -> None:
    example = site[1].get("/lookup/example").json()["text"]
    assert looked_up(site[1], example)[0] == "verbatim"


def test_a_draft_of_100_kilobytes(site: tuple[Chatbot, httpx.Client]) -> None:
    paragraph = f"It went on for long, and then “{STANDS}” was said again. "
    draft = (paragraph * 20 + "\n\n") * (100_000 // (20 * len(paragraph)) + 1)
    answer = site[1].post("/lookup/pieces", json={"text": draft}).json()
    assert len(draft) >= 100_000
    assert len(answer["pieces"]) == MOST_PIECES
    assert {piece["text"] for piece in answer["pieces"]} == {STANDS}
    assert "Only the first" in answer["note"]


def test_an_empty_collection_is_said(tmp_path: Path, embedding: SentenceEmbedding) -> None:
    settings = load_settings(index=tmp_path / "index")
    index = Index.open(settings, create=True)
    index.embedding = embedding
    chatbot = Chatbot(index, settings)
    with (
        served(chatbot, settings) as running,
        httpx.Client(base_url=running.address, timeout=60) as client,
    ):
        response = client.post("/lookup/pieces", json={"text": STANDS})
        assert response.status_code == 409
        assert "empty" in response.json()["error"]
        assert client.get("/lookup/example").json() == {"text": ""}


# Hostile words --------------------------------------------------------------------------------


def _citation(words: str, *, start: int = 0) -> Citation:
    return Citation(
        number=1,
        document_id="0" * 20,
        passage_id="p",
        source=words or "s",
        title=words or "t",
        publisher=words,
        date="2019",
        page=1,
        page_label=words or None,
        section=words or None,
        speaker=words or None,
        start=start,
        end=start + len(words),
        quote=words,
    )


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_hostile_words_stay_words(quotation: str, words: str) -> None:
    difference = Difference(quotation[:5], words[:5], 0, 5, 0, 5)
    near = Match(_citation(words), 0.9, (difference,))
    exact = Match(_citation(words), 1.0, parts=(_citation(words), _citation(words)))
    for result in (
        Verification(quotation, "near", (near,), 1, note=words or None),
        Verification(quotation, "verbatim", (exact,) * 12, 12, elsewhere=(exact,), note=words),
        Verification(quotation, "not_found", closest=(near,), elsewhere=(exact,)),
    ):
        _check_harmless(checked_html(result), quotation)
    _check_harmless(unchecked_html(quotation, f"not looked up: {words}"), quotation)


def _check_harmless(fragment: str, quotation: str) -> None:
    page = BeautifulSoup(fragment, "lxml")
    assert not page.select("script, img, iframe, form, style, h1, svg, object")
    assert all(str(link["href"]).startswith("#src=") for link in page.select("a"))
    assert not any(name.startswith("on") for tag in page.find_all() for name in tag.attrs)
    yours = page.select_one(".yours")
    assert yours is not None
    assert yours.get_text() == quotation.strip()


def test_hostile_texts_are_answered(site: tuple[Chatbot, httpx.Client]) -> None:
    for words in HOSTILE:
        status, shown = looked_up(site[1], f"{words} and nothing else")
        assert status in ("not_found", "unchecked", "near")
        assert not shown.select("script, img")
