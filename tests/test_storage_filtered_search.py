"""Searching within some of the documents finds the same, however it is done."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answer import Chatbot
from rag.store import Index, sifting
from rag.store.folder import index as folder_index

COUNT = 5
QUERY = "prisoners held without trial"


@pytest.fixture(params=["one by one", "sifted", "left to the index"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bounds under which a small collection is searched as larger ones are."""
    bounds = {"one by one": (4000, 3000), "sifted": (0, 3000), "left to the index": (0, 0)}
    few, most = bounds[request.param]
    monkeypatch.setattr(folder_index, "_COMPARE_ALL", few)
    monkeypatch.setattr(sifting, "_MOST", most)
    monkeypatch.setattr(folder_index, "SHORT_LIST", 0)
    return str(request.param)


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_the_nearest_are_the_nearest(chatbot: Chatbot, way: str, kept: int) -> None:
    index = chatbot.index
    document_ids = index.document_ids()[:kept]
    query = index.embedding.embed_queries([QUERY])[0]
    found = index.within(document_ids).dense(query, count=COUNT)
    cosines = {each: row @ query for each, row in index.vectors_of(*document_ids).items()}
    best = sorted(cosines.values(), reverse=True)[:COUNT]
    assert np.allclose([score for _, score in found], best, atol=1e-3), way
    assert all(cosines[passage_id] == pytest.approx(score, abs=1e-3) for passage_id, score in found)


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_the_words_are_the_same(chatbot: Chatbot, way: str, kept: int) -> None:
    index = chatbot.index
    assert isinstance(index, Index)
    document_ids = index.document_ids()[:kept]
    found = index.within(document_ids).words(QUERY, count=COUNT)
    everywhere = index.lexical.search(QUERY, count=10_000)
    owners = index.passage_owners()
    best = [score for each, score in everywhere if owners[each] in document_ids][:COUNT]
    assert [score for _, score in found] == pytest.approx(best), way
    assert {owners[each] for each, _ in found} <= set(document_ids)
