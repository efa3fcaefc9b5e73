"""Sentences that cannot stand alone, and questions that a few sentences answer in part."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_support import make_chatbot

from rag.answer.decide import stands
from rag.answer.questions.clauses import listed_words, search_words
from rag.models.embedding import SentenceEmbedding


@pytest.mark.parametrize(
    "text",
    ["”", "Also see the report of 2018.", "See also: Prisons", "Figure 3: Prisoners by year",
     "CASE OF KHODORKOVSKIY v. RUSSIA", "Ilgar Mammadov v. Azerbaijan", "* * *", "Annex", "(2018).",
     "On 20 March the witness stated:", "The full version can be found here:"],
)  # fmt: skip
def test_what_says_nothing_does_not_stand(text: str) -> None:
    assert not stands(text)


@pytest.mark.parametrize(
    "text",
    ["Nobody was tried.", "No.", "The court held in Mammadov v. Azerbaijan that the arrest was "
     "unlawful.", "They saw nothing.", "“We will see justice done,” he said.",
     "See what they did to the prisoners of Tarsk.", "囚人は二人死んだ。", "Deaths: 12"],
)  # fmt: skip
def test_what_says_something_stands(text: str) -> None:
    assert stands(text)


def test_a_short_sentence_that_points_back_is_quoted_with_what_it_points_at(
    tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    text = (
        "The flood\n\nThe dam above Velmora is about to burst. This is an emergency.\n\n"
        "Tents were given to the families by the army."
    )
    chatbot, _ = make_chatbot(tmp_path, {"flood.txt": text}, embedding=embedding)
    *_, answer = chatbot.ask("Is there an emergency in Velmora?")
    quotes = [each.quote for each in answer.citations]
    # Either in one quotation, or next to one of its own.
    assert any("The dam above Velmora is about to burst." in each for each in quotes)
    document = chatbot.document(answer.citations[0].document_id)
    assert document is not None
    for each in answer.citations:
        assert document.text[each.start : each.end] == each.quote


def test_the_words_of_a_list() -> None:
    assert listed_words("Which countries mention small island states?") == "small island states"
    assert listed_words("Which country mentions small island states?") is None
    assert listed_words("Why did countries mention island states?") is None
    assert search_words("What did they say about the prisons of Tarsk?") == "prisons Tarsk"


def test_a_list_says_how_many_documents_it_would_be_made_of(
    tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    files = {
        f"speech-{number}.txt": f"Speech {number}\n\nThe delegate of country {number} said that "
        f"small island states are threatened by the sea, for reason {number}."
        for number in range(14)
    }
    chatbot, _ = make_chatbot(tmp_path, files, embedding=embedding)
    *_, answer = chatbot.ask("Which countries mention small island states?")
    quoted = len({each.document_id for each in answer.citations})
    assert 0 < quoted < 14
    told = f"14 documents have the words “small island states”; this quotes {quoted} of them"
    assert any(told in note for note in answer.notes)


def test_what_a_report_says_is_not_what_somebody_in_it_denies(
    tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    denied = "The minister denied reports of torture in the prisons of Velmora."
    own = "Guards of the northern prison beat detainees with cables during interrogations."
    text = f"Velmora report 2019\n\nTorture\n\n{denied} {own} Nobody was tried for it."
    chatbot, _ = make_chatbot(tmp_path, {"velmora.txt": text}, embedding=embedding)
    *_, answer = chatbot.ask("What does the Velmora report say about torture?")
    assert answer.citations[0].quote != denied
    assert any(own in each.quote for each in answer.citations)


def test_a_report_that_only_quotes_others_still_answers(
    tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    said = "“Detainees were tortured in the northern prison,” said Ana Ruiz, a lawyer."
    text = f"Velmora report 2019\n\nTorture\n\n{said}"
    chatbot, _ = make_chatbot(tmp_path, {"velmora.txt": text}, embedding=embedding)
    *_, answer = chatbot.ask("What does the Velmora report say about torture?")
    assert "tortured in the northern prison" in answer.citations[0].quote
