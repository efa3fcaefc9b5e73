"""What is said to the program: told apart from questions to the reports, and answered without them.

``benchmarks/questions/utterances.jsonl`` has 752 utterances and 338 questions that are like them;
no utterance of the part called ``newly`` was looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.answer import Chatbot
from rag.answer.conversation import Conversation
from rag.cite.answers import Answer, Message
from rag.models.embedding import SentenceEmbedding, Vectors
from rag.schema import Condition
from rag.settings import load_settings
from rag.store import Index

ROOT = Path(__file__).parent.parent
KOZAK = "What did Kozak say about engagement?"


def ask(chatbot: Chatbot, *said: str, where: tuple[Condition, ...] = ()) -> Answer:
    """The answer to the last of these, each said after the answers to those before."""
    history: list[Message] = []
    for each in said:
        *_, answer = chatbot.ask(each, history=history, where=where)
        history += [Message("user", each), Message("assistant", answer.text)]
    return answer


@pytest.fixture(scope="module")
def conversation(embedding: SentenceEmbedding, model_cache: Path) -> Conversation:
    return Conversation(embedding, cache=model_cache)


def kind_of(conversation: Conversation, said: str) -> str:
    intent = conversation.intent(said)
    return intent.kind if intent else "report"


class Counting:
    """An embedding model that counts the texts it is given; turned into another one by ``sign``."""

    def __init__(self, embedding: SentenceEmbedding, *, sign: float = 1.0) -> None:
        self._embedding, self._sign = embedding, sign
        self.model_name = embedding.model_name
        self.dimension = embedding.dimension
        self.embed_passages = embedding.embed_passages
        self.count_tokens = embedding.count_tokens
        self.tokenizer = embedding.tokenizer
        self.texts = 0

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return np.float32(self._sign) * self._embedding.embed_queries(texts)


def test_the_utterances_are_embedded_once_for_each_model(
    embedding: SentenceEmbedding, tmp_path: Path
) -> None:
    def texts_at_start(*, sign: float = 1.0) -> int:
        counting = Counting(embedding, sign=sign)
        started = Conversation(counting, cache=tmp_path)
        started.intent("would you please greet me")
        return counting.texts

    first = texts_at_start()
    assert first > 300
    assert texts_at_start() < 20
    assert texts_at_start(sign=-1.0) == first, "vectors of another model of the same name"
    (file,) = tmp_path.glob("utterances-*.npy")
    file.write_bytes(file.read_bytes()[:1000])
    assert texts_at_start() == first, "a damaged file"


def utterances() -> list[dict[str, str]]:
    lines = (ROOT / "benchmarks/questions/utterances.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("part", "missed_at_most"),
    [
        *((part, 0.05) for part in ("visible", "held_out", "fresh", "last", "newest")),
        *((part, 0.05) for part in ("final", "aside", "unseen", "newly")),
    ],
)
def test_what_is_said_is_recognised(
    conversation: Conversation, part: str, missed_at_most: float
) -> None:
    said = [row for row in utterances() if row["half"] == part and row["kind"] != "report"]
    missed = [
        row["utterance"] for row in said if kind_of(conversation, row["utterance"]) == "report"
    ]
    assert len(missed) <= missed_at_most * len(said), missed


def test_questions_that_are_like_it_are_not_mistaken(conversation: Conversation) -> None:
    asked = [row["utterance"] for row in utterances() if row["kind"] == "report"]
    mistaken = [each for each in asked if kind_of(conversation, each) != "report"]
    assert len(mistaken) <= 0.04 * len(asked), mistaken


@pytest.mark.parametrize(
    "asked",
    [
        "Did anyone else raise this?",
        "Who else has called for it?",
        "When exactly was that?",
        "What did other speakers say about that?",
        "Who rejects this?",
    ],
)
def test_a_question_that_only_points_back_is_one_to_the_reports(
    conversation: Conversation, asked: str
) -> None:
    assert kind_of(conversation, asked) == "report"


def test_questions_to_reports_are_not_taken_for_small_talk(conversation: Conversation) -> None:
    paths = [
        *(ROOT / "tests/gold").glob("*.jsonl"),
        *(ROOT / "benchmarks/questions").glob("[crsx]*"),
    ]
    questions = [
        json.loads(line)["question"]
        for path in paths
        for line in path.read_text("utf-8").splitlines()
    ]
    # "Why?" is about the last answer, and is answered with what the reports have on it.
    mistaken = [
        each for each in questions if each != "Why?" and kind_of(conversation, each) != "report"
    ]
    assert len(questions) > 1000
    assert len(mistaken) <= 0.003 * len(questions), mistaken


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("hi", "small-talk"),
        ("Thanks!", "small-talk"),
        ("Who are you?", "program"),
        ("can I trust you?", "program"),
        ("what is this collection about?", "collection"),
        ("Tell me more", "last-answer"),  # nothing was asked yet
    ],
)
def test_the_program_answers_for_itself(chatbot: Chatbot, said: str, kind: str) -> None:
    answer = ask(chatbot, said)
    assert answer.kind == kind
    assert answer.is_reply
    assert answer.text
    assert not answer.citations


def test_the_collection_is_described(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "what is in here?")
    assert f"{len(chatbot.documents())} documents" in answer.text
    assert "2017" in answer.text
    assert "2020" in answer.text
    assert "Armenia" in answer.text
    assert len(answer.documents) == len(chatbot.documents())
    assert answer.suggestions
    assert not any(ask(chatbot, each).abstained for each in answer.suggestions)
    assert not any("say about after" in each for each in answer.suggestions), "of half a sentence"


def test_documents_are_listed_by_year_and_country(chatbot: Chatbot) -> None:
    assert len(ask(chatbot, "list all reports").documents) == len(chatbot.documents())
    of_2018 = ask(chatbot, "which reports from 2018?").documents
    assert of_2018
    assert {each.metadata.year for each in of_2018} == {2018}
    assert {
        each.metadata.country for each in ask(chatbot, "list all reports on colombia").documents
    } == {"Colombia"}
    since = ask(chatbot, "how many documents since 2019?").documents
    assert min(each.metadata.year or 0 for each in since) == 2019
    assert "No document is dated 2031" in ask(chatbot, "reports from 2031").text
    only = (Condition("country", "=", "Armenia"),)
    assert "2 documents" in ask(chatbot, "how many documents are there?", where=only).text


def test_latest_and_oldest_and_speakers(chatbot: Chatbot) -> None:
    latest = ask(chatbot, "What is the latest report?")
    assert latest.documents[0].metadata.year == 2020
    assert str(latest.documents[0].metadata.title) in latest.text
    assert ask(chatbot, "oldest document").documents[0].metadata.year == 2017
    assert "PRESENTER" in ask(chatbot, "Who speaks?").text


def test_an_empty_collection_says_how_to_fill_it(open_index: Callable[..., Index]) -> None:
    index = open_index()
    bot = Chatbot(index, load_settings(index=index.folder))
    for said in ("hi", "what is in here?"):
        assert "rag ingest" in ask(bot, said).text


def test_more_gives_the_next_sentences(chatbot: Chatbot) -> None:
    question = "How many people were displaced in Ethiopia?"
    first = ask(chatbot, question)
    more = ask(chatbot, question, "tell me more")
    assert more.kind == "last-answer"
    assert more.query == question
    assert more.statements
    assert not {each.text for each in more.statements} & {each.text for each in first.statements}
    for each in more.citations:
        document = chatbot.document(each.document_id)
        assert document is not None
        assert document.text[each.start : each.end] == each.quote
    last = ask(chatbot, KOZAK, *["more"] * 9)
    assert last.is_reply
    assert "Nothing more" in last.text


def test_shorter_simpler_and_where(chatbot: Chatbot) -> None:
    first = ask(chatbot, KOZAK)
    assert ask(chatbot, KOZAK, "shorter").statements == first.statements[:1]
    assert len(ask(chatbot, KOZAK, "can you explain that in simpler words?").statements) == 1
    where = ask(chatbot, KOZAK, "thanks", "where does it say that?")
    assert where.kind == "last-answer"
    assert where.citations == first.citations


def test_why_is_asked_of_the_reports(chatbot: Chatbot) -> None:
    answer = ask(chatbot, KOZAK, "why?")
    assert any("goal of engagement" in each.text for each in answer.statements)


def test_small_talk_does_not_come_between_question_and_follow_up(chatbot: Chatbot) -> None:
    plain = ask(
        chatbot, "How many political prisoners were there in Azerbaijan?", "According to whom?"
    )
    talked = ask(
        chatbot,
        "How many political prisoners were there in Azerbaijan?",
        "thanks",
        "how many documents are there?",
        "According to whom?",
    )
    assert talked.query == plain.query


# A few words, and misspelt ones -----------------------------------------------------------------


@pytest.mark.parametrize("words", ["prisons", "press freedom", "small island states"])
def test_a_few_words_are_searched_for(chatbot: Chatbot, words: str) -> None:
    answer = ask(chatbot, words)
    assert answer.kind == "search"
    assert answer.statements
    stems = [each.rstrip("s") for each in words.split()]
    assert any(stem in answer.statements[0].text.lower() for stem in stems)


def test_words_that_are_nowhere_are_not_found(chatbot: Chatbot) -> None:
    assert ask(chatbot, "zebra crossings").abstained


def test_misspelt_words_are_read_as_the_collection_spells_them(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "politcal prisnors azerbajan")
    assert answer.query == "political prisoners Azerbaijan"
    assert any("political prisoners" in each.text for each in answer.statements)
    assert "politcal" in answer.notes[0]


def test_a_misspelt_name_is_asked_back(chatbot: Chatbot) -> None:
    """Nobody is quoted in place of another."""
    answer = ask(chatbot, "What did Kozack say about engagement?")
    assert answer.abstained
    assert answer.suggestions == (KOZAK,)


def test_an_order_to_compare_is_answered(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "Compare Ethiopia and Azerbaijan on political prisoners")
    assert answer.kind == "comparison"
    assert any(each.side == "Azerbaijan" and "prison" in each.text for each in answer.statements)
