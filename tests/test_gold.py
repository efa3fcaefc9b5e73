"""Gold files: how they are read, and that the project's own stand on the sample corpus."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from rag.errors import GoldError
from rag.evaluation.gold import GoldEvidence, locate, read_gold
from rag.readers import media_type_of, read
from rag.schema import Document, Metadata


def test_a_quote_is_located_whatever_its_white_space() -> None:
    assert locate("It was\n\n so. Really.", "was so.") == (3, 12)
    assert locate("It was so.", "was not so.") is None
    assert locate("Anything", " ") is None


def test_words_that_may_not_be_copied_are_given_by_their_characters() -> None:
    text = "It was so. Really."
    assert GoldEvidence(source="a", start=11, end=18).span(text) == (11, 18)
    assert GoldEvidence(source="a", start=11, end=19).span(text) is None
    assert GoldEvidence(source="a", quote="was so").span(text) == (3, 9)
    assert GoldEvidence(source="a").span(text) is None


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (['{"id": "1"}'], "line 1: question"),
        (['{"id": "1", "question": "?", "answerable": true}'] * 2, "used twice"),
        (["not json"], "line 1"),
        ([], "no questions"),
    ],
)
def test_a_wrong_gold_file_is_explained(tmp_path: Path, lines: list[str], word: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(GoldError, match=word):
        read_gold(path)


def test_a_gold_file_of_any_editor_is_read_and_other_bytes_are_explained(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    line = '{"id": "1", "question": "Who?", "answerable": false}'
    file.write_text(line, "utf-8-sig")
    assert [each.id for each in read_gold(file)] == ["1"]
    file.write_text(line.replace("Who", "Où"), "latin-1")
    with pytest.raises(GoldError, match=r"gold\.jsonl is not UTF-8 .* at byte"):
        read_gold(file)


def test_a_gold_question_carries_its_filters_and_history(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    line = {
        "id": "1",
        "question": "And then?",
        "answerable": False,
        "history": [{"role": "user", "content": "Who?"}],
        "where": {"country": ["A", "B"], "year": 2018},
    }
    path.write_text(json.dumps(line))
    (gold,) = read_gold(path)
    assert [message.role for message in gold.messages] == ["user"]
    assert [(c.field, c.value) for c in gold.conditions] == [
        ("country", "A"),
        ("country", "B"),
        ("year", "2018"),
    ]


GOLD = Path(__file__).parent / "gold"


@pytest.fixture(scope="module")
def texts(sample_corpus: Path) -> dict[str, Document]:
    """The documents of the sample corpus as they are read, by source."""
    found: dict[str, Document] = {}
    for path in sample_corpus.iterdir():
        content = path.read_bytes()
        media_type = media_type_of(path.name, content)
        if path.suffix == ".csv" or media_type is None:
            continue
        reading = read(content, name=path.name, media_type=media_type)
        found[path.name] = Document(
            path.name, path.name, reading.text, Metadata(), media_type, pages=reading.pages
        )
    return found


SETS = ("questions", "held_out", "held_out_2")


def test_the_gold_sets_have_no_question_in_common() -> None:
    for one, other in combinations(SETS, 2):
        first, second = (read_gold(GOLD / f"{name}.jsonl") for name in (one, other))
        for attribute in ("id", "question"):
            seen = {(getattr(each, attribute), each.history) for each in first}
            assert not seen & {(getattr(each, attribute), each.history) for each in second}


@pytest.mark.parametrize("name", SETS)
def test_every_gold_question_stands_on_evidence_in_the_corpus(
    name: str, texts: dict[str, Document]
) -> None:
    for gold in read_gold(GOLD / f"{name}.jsonl"):
        assert gold.kind
        assert bool(gold.evidence) == gold.answerable, gold.id
        assert gold.answerable or not (gold.answers or gold.speaker or gold.refuse), gold.id
        assert gold.refuse == (gold.kind == "count"), gold.id
        for item in gold.evidence:
            document = texts[item.source]
            span = locate(document.text, item.quote or "")
            assert span, f"{gold.id}: not in {item.source}: {item.quote}"
            page = document.page_at(span[0])
            assert item.page == (page.number if page else None), gold.id


@pytest.mark.parametrize("name", SETS)
def test_a_speaker_is_a_name_of_the_document(name: str, texts: dict[str, Document]) -> None:
    for gold in read_gold(GOLD / f"{name}.jsonl"):
        if gold.speaker:
            sources = {item.source for item in gold.evidence}
            assert all(gold.speaker in texts[source].text for source in sources), gold.id
