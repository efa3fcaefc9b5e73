"""What every store must do: the same tests for a folder, a database, and the example in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.answer import Chatbot
from rag.errors import SourceNotFound
from rag.ingest.pipeline import ingest, remove
from rag.models.embedding import Embedding
from rag.quotes.lookup import check_quotation
from rag.schema import Condition
from rag.settings import Settings, load_settings
from rag.store import Index, Source, Store, open_store

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "memory_store.py"

PRISONS = """---
title: Cells
country: Azerbaijan
---
# Prisons

Inspectors said that cells in Baku were overcrowded and cold. Nobody was charged.
"""
PRESS = """---
country: Ethiopia
date: 2018-05
---
Two newspapers in Addis Ababa were closed, and a radio station was fined twice.
"""


def example() -> Any:
    """The example's module."""
    spec = spec_from_file_location("memory_store", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(index=tmp_path / "index")


@pytest.fixture(params=["folder", "postgres", "memory"])
def store(
    request: pytest.FixtureRequest, settings: Settings, embedding: Embedding
) -> Iterator[Store]:
    made: Store
    if request.param == "folder":
        made = Index.open(settings, create=True, embedding=embedding)
    elif request.param == "postgres":
        url = request.getfixturevalue("database")
        made = open_store(
            settings.model_copy(update={"store": url}), create=True, embedding=embedding
        )
    else:
        made = example().memory_store(embedding)
    yield made
    made.close()


@pytest.fixture
def reports(tmp_path: Path, store: Store, settings: Settings) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "baku.md").write_text(PRISONS, "utf-8")
    (folder / "addis.md").write_text(PRESS, "utf-8")
    assert len(ingest(store, [folder], settings=settings).added) == 2
    return folder


def id_of(store: Store, name: str) -> str:
    source = store.source(name)
    assert source is not None
    return source.document_id


def test_what_was_ingested_is_there_once(store: Store, reports: Path, settings: Settings) -> None:
    assert [each.source for each in store.documents()] == ["addis.md", "baku.md"]
    assert store.counts() == (2, 2)
    assert store.values("country") == {"Azerbaijan", "Ethiopia"}
    again = ingest(store, [reports], settings=settings)
    assert (len(again.unchanged), store.counts()) == (2, (2, 2))
    for document_id, text, carried in store.texts():
        document = store.document(document_id)
        assert document is not None
        assert (document.text, document.carried) == (text, carried)
        for passage in store.passages_of(document_id):
            assert text[passage.start : passage.end] == passage.text
            assert store.passage_id_at(document_id, passage.start) == passage.id


@pytest.mark.usefixtures("reports")
def test_documents_are_found_by_conditions(store: Store) -> None:
    baku = id_of(store, "baku.md")
    assert store.document_ids([Condition("country", "=", "azerbaijan")]) == [baku]
    both = [Condition("country", "=", each) for each in ("Azerbaijan", "Ethiopia")]
    assert len(store.documents(both)) == 2
    late = store.documents([Condition("year", ">=", "2018")])
    assert [each.source for each in late] == ["addis.md"]
    assert [each.source for each in store.find("cells").documents] == ["baku.md"]
    assert store.find(first=1, count=1, sort="source").documents[0].source == "baku.md"


@pytest.mark.usefixtures("reports")
def test_passages_are_found_by_words_and_by_vectors(store: Store) -> None:
    query = store.embedding.embed_queries(["overcrowded cells"])[0]
    baku, addis = id_of(store, "baku.md"), id_of(store, "addis.md")
    (passage,) = store.passages_of(baku)
    ((by_vector, similarity),) = store.dense(query, count=1)
    ((by_words, _),) = store.words("overcrowded cells", count=1)
    assert by_vector == by_words == passage.id
    assert store.passages([passage.id, "unknown.0-5"]).keys() == {passage.id}
    near = store.similarities(query, [passage.id, "unknown.0-5"])
    assert near == {passage.id: pytest.approx(similarity, abs=1e-3)}
    assert np.linalg.norm(store.vectors_of(baku)[passage.id]) == pytest.approx(1, abs=1e-3)
    within = store.within([addis])
    assert [each.startswith(addis) for each, _ in within.dense(query, count=5)] == [True]
    assert within.words("overcrowded cells", count=5) == []
    assert store.terms_like("overcrowed")[0] == "overcrowd"


def test_corrections_outlive_a_new_version(store: Store, reports: Path, settings: Settings) -> None:
    revision = store.revision()
    with store.writing() as writer:
        writer.edit(id_of(store, "baku.md"), {"country": "Georgia", "title": "By hand"})
        with pytest.raises(SourceNotFound):
            writer.edit("nothing", {"title": "x"})
    assert store.revision() != revision
    (reports / "baku.md").write_text(PRISONS.replace("cold", "damp"), "utf-8")
    assert ingest(store, [reports], settings=settings).updated == ["baku.md"]
    (found,) = store.documents([Condition("country", "=", "georgia")])
    assert (found.metadata.title, found.edited) == ("By hand", ("country", "title"))
    assert store.counts()[0] == 2
    with store.writing() as writer:
        assert writer.edit(found.id, {"country": None}).metadata.country == "Azerbaijan"


@pytest.mark.usefixtures("reports")
def test_a_document_stays_as_long_as_a_source_leads_to_it(store: Store) -> None:
    baku = id_of(store, "baku.md")
    with store.writing() as writer:
        writer.lead([Source("twin.md", "/twin.md", "f", baku)])
        writer.remove(["baku.md"])
    assert [each.source for each in store.sources_of(baku)] == ["twin.md"]
    assert remove(store, ["twin.md"]) == ["twin.md"]
    assert store.document(baku) is None
    assert store.words("overcrowded cells", count=5) == []


@pytest.mark.usefixtures("reports")
def test_questions_and_quotations_are_answered(store: Store, settings: Settings) -> None:
    *_, answer = Chatbot(store, settings).ask("What did inspectors say of cells in Baku?")
    assert "overcrowded" in answer.text
    assert answer.citations[0].source == "baku.md"
    found = check_quotation(store, "cells in Baku were overcrowded and cold")
    assert (found.status, found.matches[0].citation.source) == ("verbatim", "baku.md")
    with store.writing() as writer:
        assert {each.source for each in writer.rebuild()} == {"addis.md", "baku.md"}
    assert store.words("overcrowded cells", count=1)
