"""Questions that are printed in a document, among the sentences that may answer."""

from __future__ import annotations

import numpy as np

from rag.answer.rank import without_questions

ASKED = "Who paid for the trucks in Ost?"


def best(sentences: list[str], log_odds: list[float]) -> str:
    found = without_questions(ASKED, sentences, np.array(log_odds, np.float32))
    return sentences[int(found.argmax())]


def test_a_printed_question_is_answered_by_the_sentence_after_it() -> None:
    said = ["Who paid for the trucks in Ost?", "Did anybody see him?", "My uncle did, in cash."]
    assert best([*said, "It rained."], [5, 0, -3, -1]) == "My uncle did, in cash."


def test_another_question_lends_nothing_to_the_sentence_after_it() -> None:
    said = ["Why is it so cold?", "Nobody knows.", "The ministry paid for them."]
    assert best(said, [3, -4, 1]) == "The ministry paid for them."


def test_without_questions_nothing_changes() -> None:
    assert best(["A.", "B."], [1, 2]) == "B."
