"""A broken reader, retriever and threshold are each caught, and named by the right failure.

Each is made of the program's own parts: an answering that passes on something else, or a setting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering import Answering, Searched, Selection
from rag.answer import Chatbot
from rag.cross_encoder import open_cross_encoder
from rag.embedding import SentenceEmbedding
from rag.evaluation import (
    Evaluation,
    GoldQuestion,
    fingerprint,
    misses,
    outcomes,
    parse_bound,
    read_gold,
    sources_of,
)
from rag.evaluation.report import report_page
from rag.evidence import Reader, adapter_of
from rag.questions import Asked
from rag.reader import Chosen
from rag.retrieval import Query
from rag.schema import Answer, Condition, Evidence, QuestionKind
from rag.settings import Settings
from rag.storage import Index

FLOORS = ("hit@1=0.34", "R@5=0.7", "integrity=1.0", "abstention accuracy=0.8")
KINDS = ("number", "fact", "unanswerable-far")


class Passing(Answering):
    """Passes everything on to the real one; what is broken is broken below."""

    def __init__(self, real: Answering) -> None:
        self._real = real

    def search(self, query: Query, asked: Asked, where: Sequence[Condition]) -> Searched:
        return self._real.search(query, asked, where)

    def read(self, query: Query, asked: Asked, searched: Searched) -> Selection:
        return self._real.read(query, asked, searched)

    def compose(self, draft: Answer, selection: Selection) -> Iterator[Answer]:
        return self._real.compose(draft, selection)

    def needed(self, kind: QuestionKind, *, theirs: bool = False) -> float:
        return self._real.needed(kind, theirs=theirs)


class Unlucky(Passing):
    """Retrieves for another question."""

    def search(self, query: Query, asked: Asked, where: Sequence[Condition]) -> Searched:
        other = replace(query, texts=(("rainfall and fishing on small islands", 1.0),))
        return self._real.search(other, asked, where)


class Careless(Passing):
    """Quotes the last sentence of the last passage, whatever was asked."""

    def read(self, query: Query, asked: Asked, searched: Searched) -> Selection:  # noqa: ARG002
        hit = searched.hits[-1]
        start, end = hit.passage.sentences[-1]
        return Selection((Chosen(Evidence(hit, start, end, 1.0)),), 1.0)


@pytest.fixture(scope="module")
def index(sample_settings: Settings, embedding: SentenceEmbedding) -> Iterator[Index]:
    opened = Index.open(sample_settings)
    opened.embedding = embedding
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reader(index: Index, sample_settings: Settings) -> Reader:
    adapter = adapter_of(index.embedding.model_name)
    return Reader(index, open_cross_encoder(sample_settings.cross_encoder), adapter)


@pytest.fixture(scope="module")
def answering(index: Index, reader: Reader, sample_settings: Settings) -> Answering:
    return Answering(index, reader, sample_settings)


@pytest.fixture(scope="module")
def questions() -> list[GoldQuestion]:
    """Three of each of some kinds: easy ones, so that what is broken stands out."""
    gold = read_gold(Path(__file__).parent / "gold" / "questions.jsonl")
    return [each for kind in KINDS for each in [g for g in gold if g.kind == kind][:3]]


def evaluated(chatbot: Chatbot, questions: Sequence[GoldQuestion]) -> Evaluation:
    found = tuple(outcomes(chatbot, questions, sources=sources_of(chatbot)))
    return Evaluation("gold.jsonl", fingerprint(questions), len(questions), 0.45, found)


def missed(run: Evaluation) -> dict[str, str]:
    bounds = [parse_bound(each) for each in FLOORS]
    return {line.split(" is ")[0]: line for line in misses(run, bounds)}


def test_the_sound_one_reaches_the_floors(
    index: Index, answering: Answering, sample_settings: Settings, questions: list[GoldQuestion]
) -> None:
    run = evaluated(Chatbot(index, sample_settings, answering=Passing(answering)), questions)
    assert not missed(run)


def test_a_broken_retriever_is_caught_and_named(
    index: Index, answering: Answering, sample_settings: Settings, questions: list[GoldQuestion]
) -> None:
    run = evaluated(Chatbot(index, sample_settings, answering=Unlucky(answering)), questions)
    told = missed(run)
    assert "most is lost to: not retrieved" in told["R@5"]
    assert "most is lost to: not retrieved" in told["hit@1"]
    assert "integrity" not in told
    worst = Counter(each.failures[0] for each in run.outcomes if each.failures)
    assert worst.most_common(1)[0][0] == "not retrieved"


def test_a_broken_reader_is_caught_and_named(
    index: Index, answering: Answering, sample_settings: Settings, questions: list[GoldQuestion]
) -> None:
    run = evaluated(Chatbot(index, sample_settings, answering=Careless(answering)), questions)
    told = missed(run)
    assert "R@5" not in told
    assert "most is lost to: retrieved but not chosen" in told["hit@1"]
    assert "most is lost to: answered though unanswerable" in told["abstention accuracy"]
    assert 'data-failures="retrieved but not chosen' in report_page(run)


def test_a_broken_threshold_is_caught_and_named(
    index: Index, reader: Reader, sample_settings: Settings, questions: list[GoldQuestion]
) -> None:
    timid = sample_settings.model_copy(update={"abstain_below": 1.0})
    chatbot = Chatbot(index, timid, answering=Answering(index, reader, timid))
    told = missed(evaluated(chatbot, questions))
    assert "R@5" not in told
    assert "most is lost to: wrongly abstained" in told["hit@1"]
    assert "most is lost to: wrongly abstained" in told["abstention accuracy"]
