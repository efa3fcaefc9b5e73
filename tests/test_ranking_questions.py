"""Questions that are printed in a document, among the sentences that may answer."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answer.rank import of_days_asked, with_dates_as_written, without_questions

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


def test_a_row_of_another_day_is_no_answer_to_a_question_about_a_day() -> None:
    rows = [
        ["To: Orla; Date: 2016-03-04; Sum: 250", "To: Orla; Date: 2016-04-04; Sum: 125"],
        ["The company was founded in 2010."],
    ]
    read = [np.array([2.0, 1.0], np.float32), np.array([0.5], np.float32)]
    found = of_days_asked("How much did Orla get on 4 April 2016?", rows, read)
    assert found[0][1] == 1.0
    assert found[0][0] < -20
    assert found[1][0] == 0.5
    for asked in ("How much did Orla get on 5 April 2016?", "How much did Orla get in 2016?"):
        assert of_days_asked(asked, rows, read) is read


@pytest.mark.parametrize("row", ["2016-04-04", "April 4, 2016", "4 April 2016"])
def test_a_question_is_read_with_the_day_as_it_is_written_there(row: str) -> None:
    texts = ["To: Orla; Date: 2015-01-02", f"To: Orla; Date: {row}; Sum: 125"]
    for asked in ("4 April 2016", "April 4, 2016", "2016-04-04"):
        question = f"How much did Orla get on {asked}, and who paid?"
        read = with_dates_as_written(question, texts)
        assert read == f"How much did Orla get on {row}, and who paid?"
    other = "How much did Orla get on 5 April 2016, or in April 2016?"
    assert with_dates_as_written(other, texts) == other
