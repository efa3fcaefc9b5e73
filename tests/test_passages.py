from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.sentences import split_sentences
from rag.readers.passages import PassageSize, cut_passages, passage_context
from rag.schema import Aside, Document, Heading, Metadata, Page, Table, Turn


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def document(text: str, **fields: object) -> Document:
    return Document("d0c", "report.txt", text, Metadata(title="A report"), "text/plain", **fields)  # type: ignore[arg-type]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def test_abbreviations_titles_and_quotation_marks_stay_in_their_sentence() -> None:
    text = (
        "The U.S. he said, is trying to help: “Sometimes we engage for that purpose.” "
        "Amb. Kozak spoke of Mr. Smith, Sen. Jones and Gen. Brown. Was it No. 5? See para. 12. "
        "It has vitamin C. It is good."
    )
    assert sentences(text) == [
        "The U.S. he said, is trying to help: “Sometimes we engage for that purpose.”",
        "Amb. Kozak spoke of Mr. Smith, Sen. Jones and Gen. Brown.",
        "Was it No. 5?",
        "See para. 12.",
        "It has vitamin C.",
        "It is good.",
    ]


def test_a_line_break_ends_a_sentence() -> None:
    assert sentences("No full stop\n\nNext paragraph. And more") == [
        "No full stop",
        "Next paragraph.",
        "And more",
    ]


words = st.text("abcdefgh.,;!? ”“üß\n", min_size=0, max_size=600)


@given(words)
def test_sentences_cover_the_text_in_order(text: str) -> None:
    spans = split_sentences(text)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
    covered = {offset for start, end in spans for offset in range(start, end)}
    assert all(offset in covered or text[offset].isspace() for offset in range(len(text)))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


@given(words, st.integers(4, 40), st.data())
def test_passages_cover_the_document_and_never_cut_a_sentence(
    text: str, target: int, data: st.DataObject
) -> None:
    size = PassageSize(target)
    paragraphs = [start for start, _ in split_sentences(text)]
    headings = data.draw(st.sets(st.sampled_from(paragraphs))) if paragraphs else set()
    ends = dict(split_sentences(text))
    report = document(
        text, headings=tuple(Heading(1, start, ends[start]) for start in sorted(headings))
    )
    passages = cut_passages(report, count_tokens=count_words, size=size)
    covered = [offset for each in passages for offset in range(each.start, each.end)]
    assert len(covered) == len(set(covered))
    missing = set(range(len(text))) - set(covered)
    assert all(text[offset].isspace() for offset in missing)
    inside_sentence = {at for start, end in split_sentences(text) for at in range(start + 1, end)}
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.id == f"d0c.{passage.start}-{passage.end}"
        length = len(passage.text.split())
        if length > size.limit:
            # Only a sentence that is longer than that by itself.
            assert len(split_sentences(passage.text)) == 1
        if passage.end in inside_sentence:
            sentence = next(text[s:e] for s, e in split_sentences(text) if s < passage.end < e)
            assert len(sentence.split()) > size.limit


def test_a_sentence_longer_than_a_passage_is_cut_between_words() -> None:
    text = " ".join(f"word{number}" for number in range(100)) + "."
    passages = cut_passages(document(text), count_tokens=count_words, size=PassageSize(20))
    assert len(passages) == 3
    assert " ".join(passage.text for passage in passages) == text


def test_passages_stop_at_headings_and_carry_their_path() -> None:
    text = "Section 1\n\na. Detention\n\nPolice held many.\n\nSection 2\n\nPress was free."
    report = document(text, headings=(Heading(1, 0, 9), Heading(2, 11, 23), Heading(1, 44, 53)))
    one, two = cut_passages(report, count_tokens=count_words)
    assert (one.section, two.section) == ("Section 1 > a. Detention", "Section 2")
    assert one.text == "Section 1\n\na. Detention\n\nPolice held many."
    assert [text[start:end] for start, end in one.sentences] == ["Police held many."]
    assert passage_context(report, two) == "A report"


def test_a_turn_names_its_speaker_and_leaves_the_label_out_of_the_sentence() -> None:
    text = "Briefing\n\nMODERATOR: Welcome all.\n\nAMB. KOZAK: Thank you.\n\nWe do reports."
    report = document(
        text,
        headings=(Heading(1, 0, 8),),
        turns=(Turn("MODERATOR", 21, 33), Turn("AMB. KOZAK", 47, len(text))),
    )
    one, two = cut_passages(report, count_tokens=count_words)
    assert (one.speaker, two.speaker) == ("MODERATOR", "AMB. KOZAK")
    assert [text[start:end] for start, end in one.sentences] == ["Welcome all."]
    assert [text[start:end] for start, end in two.sentences] == ["Thank you.", "We do reports."]


def test_a_passage_knows_its_pages() -> None:
    text = "One two three. Four five six."
    report = document(text, pages=(Page(1, "i", 0, 15), Page(2, "1", 15, len(text))))
    (passage,) = cut_passages(report, count_tokens=count_words)
    assert (passage.page_start, passage.page_end) == (1, 2)


def test_a_paragraph_that_fits_is_never_cut() -> None:
    paragraph = " ".join(f"Sentence number {n} has six words." for n in range(38))
    text = f"{paragraph}\n\n{paragraph}"
    passages = cut_passages(document(text), count_tokens=count_words, size=PassageSize(140))
    assert [passage.text for passage in passages] == [paragraph, paragraph]


HOSTILE = {
    "quotation marks": "“",
    "quotations that never end": "“A b. ",
    "apostrophes": "'",
    "abbreviations": "Mr. ",
    "lines": "“\n",
    "words": "a ",
    "nothing that is a word": "\x01. ",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_the_time_to_cut_grows_with_the_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        gc.disable()  # it would go through all that other tests have left
        try:
            began = time.thread_time()  # not what other tests have left running
            assert cut_passages(document(text), count_tokens=count_words)
            return time.thread_time() - began
        finally:
            gc.enable()

    assert seconds(48_000) < 8 * seconds(12_000) + 0.1  # the square would be 16


def test_many_headings_turns_and_tables_are_looked_up() -> None:
    line = "A line of ten words that stands below its heading.\n\n"
    count = 8000
    starts = range(0, count * len(line), len(line))
    report = document(
        line * count,
        headings=tuple(Heading(2, start, start + 6) for start in starts[::2]),
        turns=tuple(Turn("A. Speaker", start, start + 50) for start in starts),
        tables=tuple(Table(start, start + 50, start, start + 6) for start in starts),
    )
    began = time.process_time()
    passages = cut_passages(report, count_tokens=count_words)
    assert all(passage_context(report, each) for each in passages)
    assert time.process_time() - began < 5


def test_a_long_paragraph_has_the_sentences_of_its_parts() -> None:
    parts = [
        f"The Court (see No. {n}) said: “We ask for {n}.” Mr. Smith left. Was he “right”?"
        for n in range(400)
    ]
    assert sentences(" ".join(parts)) == [each for part in parts for each in sentences(part)]


def test_text_without_spaces_comes_to_passages_of_bounded_length() -> None:
    """For a tokenizer such a run may be one unknown word."""
    text = "x " + "กำลังค้นหาผู้สูญหายในภาคเหนือ" * 1000
    found = cut_passages(document(text), count_tokens=lambda texts: [1 for _ in texts])
    assert max(len(each.text) for each in found) < 3100
    assert min(len(each.text) for each in found) > 500
    assert "".join(each.text for each in found).replace(" ", "") == text.replace(" ", "")


def test_an_aside_can_be_found_and_has_no_sentence_that_answers() -> None:
    text = "Nine men were freed.\n\nRead more\n\nAll were freed, a reader writes.\n\nTwo died."
    aside = Aside(text.index("Read"), text.index("\n\nTwo"))
    passages = cut_passages(document(text, asides=(aside,)), count_tokens=count_words)
    assert [text[a:b] for each in passages for a, b in each.sentences] == [
        "Nine men were freed.",
        "Two died.",
    ]
    assert any("a reader writes" in each.text for each in passages)
