"""Somebody's words among those of many who speak of the same: found, theirs, and of that year."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from rag.answer import Chatbot, open_chatbot
from rag.attribution import attributions
from rag.cite.answers import Answer, Message
from rag.ingest.pipeline import ingest
from rag.models.embedding import SentenceEmbedding
from rag.schema import Condition, Document, Metadata
from rag.settings import load_settings
from rag.store import Index

# Everybody speaks of the climate, and the others at more length than the one who is asked for.
CLIMATE = (
    "Climate change is the greatest threat of our time. The fight against climate change must not "
    "wait. We say it plainly: climate change will not stop at borders. What we say about climate "
    "change we must do about climate change."
)
OTHERS = ("Chile", "Kenya", "Ghana", "Peru", "Nepal", "Fiji", "Malta", "Qatar", "Cuba", "Mali")
QUOTAS = "Fishing quotas have emptied our ports. Fishing quotas must be shared fairly."
SPEECHES = {
    "norway-2017.txt": "The winters of the north are short now. Of climate change we see the "
    "melting harbour ice each spring.\n\nOur schools are open to every child.",
    "norway-2018.txt": "Climate change has cost our farmers two harvests.\n\nOur new bridge is "
    "finished.",
    "vietnam-2017.txt": "The dam on the Red River was finished.",
    "vietnam-2018.txt": "The dam on the Red River was raised by two metres.",
}
SPEAKERS = {
    "norway-2017.txt": ("Norway", "Ms. Ilse Brandt", "Prime Minister", "2017"),
    "norway-2018.txt": ("Norway", "Ms. Ilse Brandt", "Prime Minister", "2018"),
    "vietnam-2017.txt": ("Viet Nam", "Mr. Tran Van Ba", "Minister for Foreign Affairs", "2017"),
    "vietnam-2018.txt": ("Vietnam", "Mr. Tran Van Ba", "Minister for Foreign Affairs", "2018"),
}


@pytest.fixture(scope="module")
def chatbot(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Chatbot]:
    folder = tmp_path_factory.mktemp("speeches")
    reports = folder / "reports"
    reports.mkdir()
    texts, speakers = dict(SPEECHES), dict(SPEAKERS)
    for number, country in enumerate(OTHERS):
        name = f"{country.lower()}.txt"
        texts[name] = f"{CLIMATE}\n\n{QUOTAS}"
        speakers[name] = (country, f"Mr. Anton Q. Speaker{number}", "President", "2018")
    for name, text in texts.items():
        (reports / name).write_text(f"{text}\n", "utf-8")
    with (reports / "metadata.csv").open("w", encoding="utf-8", newline="") as sidecar:
        writer = csv.writer(sidecar)
        writer.writerow(["file", "title", "date", "country", "speaker", "role"])
        for name, (country, speaker, role, year) in speakers.items():
            title = f"{country}: statement, {year}"
            writer.writerow([name, title, year, country, speaker, role])
    settings = load_settings(index=folder / "index")
    index = Index.open(settings, create=True)
    index.embedding = embedding
    ingest(index, [reports], settings=settings)
    index.close()
    made = open_chatbot(settings)
    made.index.embedding = embedding
    yield made
    made.index.close()


def answer(chatbot: Chatbot, question: str) -> Answer:
    *_, last = chatbot.ask(question)
    return last


def test_what_one_of_many_says_is_searched_for_in_their_own_speeches(chatbot: Chatbot) -> None:
    found = answer(chatbot, "What did Ilse Brandt say about climate change?")
    assert not found.abstained
    assert {each.speaker for each in found.citations} == {"Ms. Ilse Brandt"}
    assert {each.source for each in found.citations} == {"norway-2017.txt", "norway-2018.txt"}


def test_who_else_are_those_whom_the_conversation_has_not_had(chatbot: Chatbot) -> None:
    question = "What did Ilse Brandt say about climate change?"
    said = answer(chatbot, question).text
    history = [Message("user", question), Message("assistant", said)]
    *_, others = chatbot.ask("Who else spoke about it?", history=history)
    assert not others.abstained
    assert {each.source for each in others.citations} & {f"{each.lower()}.txt" for each in OTHERS}
    assert "Ms. Ilse Brandt" not in {each.speaker for each in others.citations}


def test_whose_words_they_are_is_found_once_at_ingestion(chatbot: Chatbot) -> None:
    (norway, *_) = chatbot.index.document_ids([Condition("country", "=", "Norway")])
    document = chatbot.index.document(norway)
    assert document is not None
    assert document.statements is not None


def test_an_office_is_that_of_the_metadata(chatbot: Chatbot) -> None:
    bold = Chatbot(chatbot.index, load_settings(abstain_below=0))
    found = answer(bold, "What did the Norwegian Prime Minister say about climate change?")
    assert {each.speaker for each in found.citations} == {"Ms. Ilse Brandt"}


@pytest.mark.parametrize(("year", "words"), [(2017, "melting"), (2018, "harvests")])
def test_what_was_said_in_a_year_was_said_then(chatbot: Chatbot, year: int, words: str) -> None:
    found = answer(chatbot, f"What did Ilse Brandt say about climate change in {year}?")
    assert {each.source for each in found.citations} == {f"norway-{year}.txt"}
    assert words in found.text


@pytest.mark.parametrize(
    "question",
    [
        "What did Ilse Brandt say about fishing quotas?",  # others did
        "What did the Red Cross say about climate change?",  # nobody there speaks for it
        "What did Maria Weber say about climate change?",
        "What did Ilse Brandt say about Kenya?",
    ],
)
def test_nobody_answers_for_one_who_says_nothing_of_it(chatbot: Chatbot, question: str) -> None:
    assert answer(chatbot, question).abstained


def test_two_spellings_of_a_country_are_one(chatbot: Chatbot) -> None:
    found = answer(chatbot, "What happened to the dam in Vietnam?")
    assert {each.source for each in found.citations} == {"vietnam-2017.txt", "vietnam-2018.txt"}


@pytest.mark.parametrize(
    ("announcing", "speaker"),
    [
        ("Fifty years ago, here in this hall, Karl Holm said:", "Karl Holm"),
        ("As the late Karl Holm said in his address in October 1963:", "Karl Holm"),
        # Whose they are is not told in a way that is understood: they are nobody's.
        ("Karl Holm stood here and said", None),
        ("These are words to remember.", None),
    ],
)
def test_a_paragraph_that_is_read_out_is_not_its_readers(
    announcing: str, speaker: str | None
) -> None:
    recited = "“Peace is the work of many hands, and of many years.” (A/PV.12, para. 5)"
    text = f"I thank the Assembly.\n\n{announcing}\n\n{recited}\n\nThat is still true today."
    found = attributions(
        Document("d0c", "a.txt", text, Metadata(speaker="Ilse Brandt"), "text/plain")
    )
    at = text.index(recited)
    said = found.of(at, at + len(recited))
    assert (said.speaker if said else None) == speaker
    after = found.of(text.index("That is"), len(text))
    assert after is not None
    assert after.speaker == "Ilse Brandt"
