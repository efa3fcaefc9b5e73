"""What is said to the program in other languages than English, with the default English models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.answer import Chatbot
from rag.answer.conversation import Conversation
from rag.cite.answers import Answer, Message
from rag.ingest.pipeline import ingest
from rag.language.translation import reading
from rag.models.embedding import SentenceEmbedding
from rag.settings import load_settings
from rag.store import Index

ROOT = Path(__file__).parent.parent
SAID = [
    json.loads(line)
    for line in (ROOT / "benchmarks/questions/languages/utterances.jsonl")
    .read_text("utf-8")
    .splitlines()
]


@pytest.fixture(scope="module")
def conversation(embedding: SentenceEmbedding, model_cache: Path) -> Conversation:
    return Conversation(embedding, cache=model_cache)


@pytest.mark.parametrize("code", ["ru", "es", "fr", "ar"])
def test_what_is_said_is_recognised_and_questions_are_not_mistaken(
    conversation: Conversation, code: str
) -> None:
    own = [row for row in SAID if row["language"] == code]
    assert len(own) > 40
    with reading(code):
        found = [(row, conversation.intent(row["utterance"])) for row in own]
    for row, intent in found:
        assert row["kind"] != "report" or intent is None, row
    said = [(row["kind"], intent and intent.kind) for row, intent in found]
    right = [kind == got for kind, got in said if kind != "report"]
    assert sum(right) >= 0.95 * len(right)


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("Спасибо большое!", "thanks"),
        ("¿En qué página lo dice?", "where"),
        ("résume en une phrase", "shorter"),
        ("ما المصدر؟", "where"),
        ("подробнее", "more"),
    ],
)
def test_it_is_recognised_in_a_terminal_too(
    conversation: Conversation, said: str, wish: str
) -> None:
    intent = conversation.intent(said)
    assert intent is not None
    assert intent.wish == wish


def answered(chatbot: Chatbot, code: str, *said: str) -> Answer:
    history: list[Message] = []
    with reading(code):
        for each in said:
            *_, answer = chatbot.ask(each, history=history)
            history += [Message("user", each), Message("assistant", answer.text)]
    return answer


def test_the_collection_tells_of_itself(chatbot: Chatbot) -> None:
    documents = len(chatbot.documents())
    counted = answered(chatbot, "ru", "Сколько здесь документов?")
    assert counted.kind == "collection"
    assert counted.text.startswith(f"{documents} документ")
    assert len(answered(chatbot, "fr", "quels documents y a-t-il ?").documents) == documents
    # Of one country, whatever it is called.
    some = answered(chatbot, "es", "¿cuántos informes hay sobre Etiopía?")
    assert some.kind == "collection"
    assert 0 < len(some.documents) < documents


def test_more_and_shorter_are_about_the_answer_before(chatbot: Chatbot) -> None:
    question = "What did Kozak say about engagement?"
    shorter = answered(chatbot, "ar", question, "أقصر من فضلك")
    assert shorter.kind == "last-answer"
    assert len(shorter.statements) == 1
    more = answered(chatbot, "ru", question, "Спасибо!", "Ещё, пожалуйста")
    assert more.kind == "last-answer"
    assert question in more.text or more.statements


@pytest.fixture
def in_russian(open_index: Callable[..., Index], tmp_path: Path) -> Chatbot:
    """A chatbot over one report in Russian and one in English."""
    reports = tmp_path / "reports"
    reports.mkdir()
    said = "В ночь на субботу стража увела троих рыбаков, и никто не сказал, в чём их вина. " * 3
    (reports / "north.md").write_text(
        f"# Северный порт\n\n## Введение\n\n{said}\n\n## Задержания рыбаков\n\n{said}\n", "utf-8"
    )
    told = "The harbour guard led three fishermen away, and nobody said what they had done. " * 3
    (reports / "south.md").write_text(
        f"# The southern harbour\n\n## Arrests of fishermen\n\n{told}\n", "utf-8"
    )
    index = open_index()
    assert not ingest(index, [reports]).failed
    return Chatbot(index, load_settings())


def test_questions_are_suggested_in_the_language_of_page_and_report(in_russian: Chatbot) -> None:
    greeted = answered(in_russian, "ru", "Привет!")
    assert set(greeted.suggestions) == {
        "Что говорится в отчётах на тему «Задержания рыбаков»?",
        "What do the reports say about Arrests of fishermen?",
    }
    # On a page in another language they are English, as before.
    english = answered(in_russian, "en", "Hello!")
    assert not any("Задержания" in each and "Что" in each for each in english.suggestions)
    # What is suggested is asked of the reports.
    asked = answered(in_russian, "ru", greeted.suggestions[0])
    assert asked.kind not in ("small-talk", "program", "collection", "last-answer")
