"""Checking gold files against an index, and importing them from other formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.errors import GoldError
from rag.evaluation.gold import (
    GoldEvidence,
    GoldQuestion,
    gold_line,
    gold_text,
    parse_gold,
    read_gold,
)
from rag.evaluation.gold_check import check_gold
from rag.evaluation.gold_import import Format, import_gold, write_imported
from rag.ingest.pipeline import ingest
from rag.schema import Condition, Document, DocumentInfo, Metadata, Page, Turn
from rag.store import Index

TEXT = "Ten were held. Two were freed. Nobody was charged, Ms. Abebe said."
DOCUMENTS = {
    "a.pdf": Document(
        *("d1", "a.pdf", TEXT, Metadata(), "application/pdf"),
        pages=(Page(1, None, 0, 15), Page(2, None, 15, len(TEXT))),
        turns=(Turn("Mr. Kozak", 0, 15),),
    ),
    "b.txt": Document("d2", "b.txt", TEXT, Metadata(), "text/plain"),
}


def found(conditions: Sequence[Condition]) -> list[DocumentInfo]:
    named = {each.value for each in conditions if each.field == "source"}
    return [
        DocumentInfo(each.id, each.source, each.metadata, each.media_type, None, 1, len(TEXT))
        for each in DOCUMENTS.values()
        if each.source in named
    ]


def faults(tmp_path: Path, *lines: object) -> list[tuple[int, str]]:
    path = tmp_path / "gold.jsonl"
    path.write_text(
        "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    )
    _, told = check_gold(gold_text(path), document=DOCUMENTS.get, documents=found)
    return [(each.line, each.words) for each in told]


def line(**changes: object) -> dict[str, object]:
    return {"id": "1", "question": "How many?", "answerable": True, **changes}


def evidence(**changes: object) -> list[dict[str, object]]:
    return [{"source": "a.pdf", **changes}]


@pytest.mark.parametrize(
    "sound",
    [
        line(),
        line(evidence=evidence(quote="Two  were\nfreed.", page=2)),
        line(evidence=evidence(start=0, end=14, page=1), speaker="Michael Kozak"),
        line(evidence=evidence(quote="Ten were held.", start=0, end=14), speaker="Abebe"),
        line(evidence=evidence(page=2), where={"source": "a.pdf"}),
        line(answerable=False),
    ],
)
def test_a_sound_line_has_no_faults(tmp_path: Path, sound: dict[str, object]) -> None:
    assert not faults(tmp_path, "", sound)


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        ("{", "Invalid JSON"),
        (line(question=3), "question: Input should be a valid string"),
        (line(evidence=evidence(quote="Three were freed.")), "this does not stand"),
        (line(evidence=evidence(quote="Two were freed.", page=1)), "on page 2, not 1"),
        (line(evidence=evidence(page=3)), "has no page 3"),
        (line(evidence=evidence(start=0, end=99)), "there are no characters 0–99"),
        (line(evidence=evidence(start=0)), "one is missing"),
        (line(evidence=evidence(quote="Two were freed.", start=0, end=14)), "other words"),
        (line(evidence=[{"source": "c.txt"}]), "c.txt is not in the index"),
        (line(evidence=[{"source": "b.txt", "quote": "Ten were held.", "page": 1}]), "no pages"),
        (line(evidence=evidence(), speaker="Pompeo"), "named nowhere"),
        (line(evidence=evidence() * 2), "given twice"),
        (line(answerable=False, evidence=evidence()), "not answerable"),
        (line(answerable=False, answers=["ten"]), "expects something"),
        (line(where={"source": "c.txt"}), "no document meets"),
        (line(where={"source": "b.txt"}, evidence=evidence()), "leave out a.pdf"),
        (line(history=[{"role": "system", "content": "x"}]), "turn of the history"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, faulty: object, words: str) -> None:
    ((number, told),) = faults(tmp_path, line(id="0", question="Who?"), faulty)
    assert number == 2
    assert words in told


def test_doubles_are_named_with_the_line_of_the_first(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        line(),
        line(id="2", question=" how  MANY? "),
        line(question="Who?"),
        line(id="3", where={"source": "a.pdf"}),
    )
    assert told == [
        (2, "the same question is in line 1"),
        (3, "the id is used in line 1 already"),
    ]


def test_a_line_is_one_line_and_can_be_read_again() -> None:
    words = "a\u2028b\x85c\u2029d\ne ’ü"
    question = GoldQuestion(
        id="1",
        question=words,
        answerable=True,
        evidence=(GoldEvidence(source="a.pdf", quote=words, start=3, end=9),),
    )
    line = gold_line(question)
    assert line.splitlines() == [line]
    assert "’ü" in line
    assert parse_gold(line, name="gold") == [question]


def test_offsets_choose_among_places_with_the_same_words() -> None:
    text = "Two fled. Ten were held. Two  fled."
    assert GoldEvidence(source="a", quote="Two fled.", start=25, end=35).span(text) == (25, 35)
    assert GoldEvidence(source="a", quote="Two fled.", start=10, end=24).span(text) == (0, 9)
    assert GoldEvidence(source="a", quote="Two fled.", start=30, end=99).span(text) == (0, 9)
    assert GoldEvidence(source="a", start=30, end=99).span(text) is None


# Importing ------------------------------------------------------------------------------------


def write(path: Path, *lines: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), "utf-8")


def test_beir_is_imported_with_its_texts(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write(
        folder / "corpus.jsonl",
        {"_id": "t/1", "title": "Harbour", "text": "Ten ships came."},
        {"_id": "t2", "title": "", "text": "Two ships left."},
        {"_id": "t3", "title": "", "text": " "},
    )
    write(
        folder / "queries.jsonl",
        {"_id": "q1", "text": "How many came?"},
        {"_id": "q2", "text": "Who?"},
    )
    qrels = folder / "qrels" / "test.tsv"
    qrels.parent.mkdir()
    qrels.write_text("query-id\tcorpus-id\tscore\nq1\tt/1\t1\nq1\tt2\t0\nq2\tt3\t1\n")
    imported = import_gold(folder, kind="beir")
    (gold,) = imported.questions
    (item,) = gold.evidence
    assert imported.texts[item.source] == ("Harbour", "Ten ships came.")
    assert "/" not in item.source
    with pytest.raises(GoldError, match="splits that do: test"):
        import_gold(folder, kind="beir", split="dev")


def squad(tmp_path: Path) -> Path:
    context = "The ship was late. Ten people left it. It sank."
    asked = [
        {"id": "a", "question": "How many?", "answers": [{"text": "Ten", "answer_start": 19}] * 2},
        {"id": "b", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    paragraph = {"context": context, "qas": asked}
    path = tmp_path / "set.json"
    path.write_text(json.dumps({"data": [{"title": "The_ship", "paragraphs": [paragraph] * 1}]}))
    return path


def test_an_imported_set_stands_on_what_was_imported(
    tmp_path: Path, open_index: Callable[..., Index]
) -> None:
    imported = import_gold(squad(tmp_path), kind="squad")
    gold, corpus = write_imported(imported, tmp_path / "out")
    assert corpus is not None
    possible, impossible = read_gold(gold)
    assert possible.answers == ("Ten",)
    assert possible.evidence[0].quote == "Ten people left it."
    assert not impossible.answerable
    index = open_index()
    assert not ingest(index, [corpus]).failed
    by_source = {each.source: each.id for each in index.documents()}
    count, told = check_gold(
        gold_text(gold),
        document=lambda source: index.document(by_source[source]) if source in by_source else None,
        documents=index.documents,
    )
    assert (count, told) == (2, [])
    assert [each.metadata.title for each in index.documents()] == ["The ship"]
    with pytest.raises(GoldError, match="exists"):
        write_imported(imported, tmp_path / "out")


def test_csv_rows_of_one_question_are_one_question(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text(
        "\ufeffQuestion;Source;Page;Quote;Answerable;Answer\n"
        "How many?;a.pdf;2;Two were freed.;;two\n"
        "How many?;b.txt;;Ten were held.;;ten\n"
        ";;;;;\n"
        "Why?;;;;no;\n",
        "utf-8",
    )
    first, second = import_gold(path, kind="csv").questions
    assert [(each.source, each.page) for each in first.evidence] == [("a.pdf", 2), ("b.txt", None)]
    assert (first.answers, first.answerable) == (("two", "ten"), True)
    assert (second.answerable, second.id) == (False, "q0002")


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("csv", "Question,Colour\n?,red\n", "unknown: colour"),
        ("csv", "Source\na\n", "question is missing"),
        ("csv", "Question,Answerable\n?,maybe\n", "line 2: answerable is 'maybe'"),
        ("csv", "Question,Source,Page\n?,a,ii\n", "line 2: the page is 'ii'"),
        ("csv", "Question\n", "has no questions"),
        ("squad", "[]", "not of the format squad"),
        ("squad", "{", "not JSON"),
        ("beir", "", "does not exist"),
    ],
)
def test_what_cannot_be_imported_is_explained(
    tmp_path: Path, kind: Format, content: str, words: str
) -> None:
    path = tmp_path / "set"
    path.write_text(content)
    with pytest.raises(GoldError, match=words):
        import_gold(path, kind=kind)
