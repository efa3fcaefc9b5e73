"""What a body found, in a report of that body that tells of it as of "the inquiry"."""

from __future__ import annotations

import pytest

from rag.answer import Chatbot, open_chatbot
from rag.answer.findings import with_findings_as_written
from rag.ingest.pipeline import ingest
from rag.models.embedding import SentenceEmbedding
from rag.settings import load_settings
from rag.store import Index

REPORT = """
The Ombudsman was appointed on 3 May by the regional council, after the town of Orlen had asked
for it. Mayor Adela Trinh reacted angrily to the appointment of the Ombudsman, and sought to end
all dealings of the town with her office.

The dredging firms told the Ombudsman that the town of Orlen had known of their offers since
March, and that the Ombudsman would find nothing about the town and the dredging firms which had
not been printed in the newspaper.

Two clerks of the harbour lied to the Ombudsman about their dinners with the dredging firms. One
of them was fined.

The Ombudsman's work on the town of Orlen and the dredging firms began in June. She heard forty
people, asked the dredging firms for their letters, and visited the town twice. The town of Orlen
gave her an office in the old customs house, which the dredging firms had let to the town.

The harbour was dredged between March and May. The office looked into whether officials had been
paid for that. Although the inquiry established that three firms had hoped for the favour of
officials, and that officials had hoped for an easier summer, the inquiry did not establish that
officials of the town of Orlen took money from the dredging firms.

In the harbour itself the inquiry established that the mud was dumped where nobody may dump it.
The inquiry also established that the lighthouse was never in danger.
"""
ASKED = "What did the Ombudsman find about the town of Orlen and the dredging firms?"


@pytest.fixture(scope="module")
def chatbot(tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding) -> Chatbot:
    folder = tmp_path_factory.mktemp("findings")
    (folder / "orlen.txt").write_text(REPORT, "utf-8")
    settings = load_settings(index=folder / "index")
    index = Index.open(settings, create=True)
    index.embedding = embedding
    ingest(index, [folder / "orlen.txt"], settings=settings)
    index.close()
    made = open_chatbot(settings)
    made.index.embedding = embedding
    return made


def read_as(chatbot: Chatbot, question: str) -> str:
    query = chatbot.understand(question)
    return with_findings_as_written(question, chatbot.retrieve(query).hits)


def test_the_answer_begins_with_what_was_found(chatbot: Chatbot) -> None:
    *_, answer = chatbot.ask(ASKED)
    assert answer.statements[0].text.endswith("took money from the dredging firms.")


def test_a_finding_is_read_in_the_words_of_the_report(chatbot: Chatbot) -> None:
    assert read_as(chatbot, ASKED) == (
        "What did the inquiry establish about the town of Orlen and the dredging firms?"
    )


@pytest.mark.parametrize(
    "question",
    [
        "What did the General Auditor find about the dredging firms?",  # who is not in it
        "What did the Ombudsman say about the dredging firms?",
        "Where did the Ombudsman find the letters?",
    ],
)
def test_any_other_question_is_read_as_it_is(chatbot: Chatbot, question: str) -> None:
    assert read_as(chatbot, question) == question
