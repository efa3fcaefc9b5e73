from __future__ import annotations

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer

from rag.answer import Chatbot, FootnoteRetriever, parse_condition
from rag.errors import QueryError
from rag.schema import Condition


def test_hits_are_ranked_and_exact(chatbot: Chatbot) -> None:
    hits = chatbot.search("political prisoners in Azerbaijan", count=8)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].source == "azerbaijan-2018-country-report.md"
    for hit in hits:
        document = chatbot.document(hit.passage.document_id)
        assert document is not None
        assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
        for start, end in hit.passage.sentences:
            assert hit.passage.start <= start < end <= hit.passage.end


def test_no_text_is_in_two_hits(chatbot: Chatbot) -> None:
    hits = chatbot.search("Ethiopia prisons detention press", count=20)
    seen: set[tuple[str, int]] = set()
    for hit in hits:
        characters = {
            (hit.passage.document_id, offset)
            for offset in range(hit.passage.start, hit.passage.end)
        }
        assert not characters & seen
        seen |= characters
        assert [part.start for part in hit.parts] == sorted(part.start for part in hit.parts)
        assert hit.parts[0].start == hit.passage.start
        assert hit.parts[-1].end == hit.passage.end


@pytest.mark.parametrize(
    ("filters", "countries"),
    [
        (["country=Armenia"], {"Armenia"}),
        (["country=ARMENIA", "country=azerbaijan"], {"Armenia", "Azerbaijan"}),
        (["country=Ethiopia", "year<2019"], {"Ethiopia"}),
    ],
)
def test_filters_hold(chatbot: Chatbot, filters: list[str], countries: set[str]) -> None:
    where = [parse_condition(each) for each in filters]
    hits = chatbot.search("conflict and human rights", count=20, where=where)
    assert {hit.metadata.country for hit in hits} == countries


def test_a_filter_that_no_document_meets_finds_nothing(chatbot: Chatbot) -> None:
    where = [Condition("country", "=", "Atlantis")]
    assert chatbot.search("anything", where=where) == ()


def test_words_and_meaning_both_find(chatbot: Chatbot) -> None:
    by_meaning = chatbot.search("reporters who were locked up", count=5)
    by_words = chatbot.search("Nagorno-Karabakh", count=5)
    assert by_meaning
    assert {hit.metadata.country for hit in by_words[:2]} <= {"Armenia", "Azerbaijan"}


@pytest.mark.parametrize("query", ["(", "text:x AND", "\"'*", "a" * 5000, "اللغة", "\u0000", "?"])
def test_any_text_is_a_query(chatbot: Chatbot, query: str) -> None:
    chatbot.search(query, count=3)


@pytest.mark.parametrize("query", ["", "  \n "])
def test_an_empty_query_is_refused(chatbot: Chatbot, query: str) -> None:
    with pytest.raises(QueryError, match="empty"):
        chatbot.search(query)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("country=Ethiopia", Condition("country", "=", "Ethiopia")),
        ("year>=2018", Condition("year", ">=", "2018")),
        ("year != 2018", Condition("year", "!=", "2018")),
        ("title=a=b", Condition("title", "=", "a=b")),
    ],
)
def test_conditions_are_read(text: str, condition: Condition) -> None:
    assert parse_condition(text) == condition


@pytest.mark.parametrize("text", ["country", "=x", ""])
def test_a_condition_without_field_or_operator_is_explained(text: str) -> None:
    with pytest.raises(QueryError, match="FIELD=VALUE"):
        parse_condition(text)


def test_a_year_must_be_a_number(chatbot: Chatbot) -> None:
    with pytest.raises(QueryError, match="whole number"):
        chatbot.documents([Condition("year", ">", "recent")])


def test_a_llamaindex_query_engine_accepts_the_retriever(chatbot: Chatbot) -> None:
    retriever = FootnoteRetriever(chatbot.index, count=3, where=[parse_condition("year=2019")])
    engine = RetrieverQueryEngine(
        retriever, response_synthesizer=get_response_synthesizer(llm=MockLLM())
    )
    response = engine.query("How many political prisoners were there in Azerbaijan?")
    assert len(response.source_nodes) == 3
    node = response.source_nodes[0].node
    document = chatbot.document(node.metadata["document_id"])
    assert document is not None
    start, end = node.start_char_idx, node.end_char_idx  # type: ignore[attr-defined]
    assert document.text[start:end] == node.get_content()
    assert node.get_content()[:40] in str(response)  # the mock repeats what it was given
