"""What is known of documents: its layers, corrections by hand, lists, originals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from storage_support import (
    ELECTIONS,
    PRESS,
    PRISONS,
    OpenIndex,
    add,
    assert_agreement,
    document_of,
    entry_of,
    samples,
)

from rag.errors import QueryError, SourceNotFound
from rag.models.embedding import SentenceEmbedding, Vectors
from rag.models.registry import EMBEDDING
from rag.schema import Condition, Metadata
from rag.store import Index, Source
from rag.store.metadata_overrides import MetadataLayers


class CountingEmbedding(SentenceEmbedding):
    """The real model, which says how many passages it embedded."""

    def __init__(self) -> None:
        super().__init__(model_name=EMBEDDING.name)
        self._texts: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self._texts += texts
        return super().embed_passages(texts)

    def taken(self) -> list[str]:
        texts, self._texts = self._texts, []
        return texts


@pytest.fixture(scope="module")
def counting() -> CountingEmbedding:
    return CountingEmbedding()


@pytest.fixture
def index(open_index: OpenIndex, counting: CountingEmbedding) -> Index:
    opened = open_index()
    opened.embedding = counting
    add(opened, *samples())
    counting.taken()
    return opened


def by_source(index: Index, source: str) -> str:
    found = index.source(source)
    assert found is not None
    return found.document_id


def edit(index: Index, source: str, **changes: str | None) -> Metadata:
    with index.writing() as writer:
        return writer.edit(by_source(index, source), changes).metadata


def test_edits_win_over_given_and_given_over_found() -> None:
    layers = MetadataLayers(
        found=Metadata(title="found", country="Chad", author="A", extra={"a": "1", "b": "1"}),
        given=Metadata(title="given", country="Niger", extra={"b": "2", "c": "2"}),
        edits={"title": "edited", "author": "", "c": "", "d": "3"},
    )
    assert layers.effective() == Metadata(
        title="edited", country="Niger", extra={"a": "1", "b": "2", "d": "3"}
    )


def test_a_date_or_country_touches_the_catalog_alone(
    index: Index, counting: CountingEmbedding
) -> None:
    told = edit(index, "baku.txt", date="13 March 2019", country="Georgia", session="73")
    assert (told.date, told.country, told.extra) == ("2019-03-13", "Georgia", {"session": "73"})
    assert counting.taken() == []
    assert [d.source for d in index.documents([Condition("session", "=", "73")])] == ["baku.txt"]
    (found,) = index.documents([Condition("country", "=", "georgia")])
    assert found.edited == ("country", "date", "session")
    assert_agreement(index)


def test_a_title_is_embedded_and_found_by_its_words(
    index: Index, counting: CountingEmbedding
) -> None:
    before = index.document(by_source(index, "addis.txt"))
    edit(index, "addis.txt", title="Zanzibar yearbook")
    (text,) = counting.taken()
    assert text.startswith("Zanzibar yearbook\n")
    ((passage_id, _),) = index.words("zanzibar", count=5)
    assert before is not None
    assert passage_id.startswith(before.id)
    assert_agreement(index)
    assert edit(index, "addis.txt", title=None).title is None
    assert index.words("zanzibar", count=5) == []
    assert_agreement(index)


def test_a_title_changes_the_sections_that_repeat_it(
    index: Index, counting: CountingEmbedding
) -> None:
    document_id = by_source(index, "baku.txt")
    assert index.passages_of(document_id)[0].section == "Prisons"
    edit(index, "baku.txt", title="Prisons of Azerbaijan")
    assert index.passages_of(document_id)[0].section is None
    edit(index, "baku.txt", speaker="Ms Aliyeva")
    counting.taken()
    assert index.passages_of(document_id)[0].speaker == "Ms Aliyeva"
    assert_agreement(index)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"date": "3/4/2019"}, "2019-03-13"),
        ({"ye ar": "2"}, "title, publisher, date"),
        ({"year": "2019"}, "part of the date"),
        ({"source": "x"}, "file's name"),
        ({"title": "x" * 3000}, "shorten"),
    ],
)
def test_a_wrong_edit_changes_nothing(index: Index, changes: dict[str, str], told: str) -> None:
    document_id = by_source(index, "baku.txt")
    before = index.documents()
    with index.writing() as writer, pytest.raises(QueryError, match=told):
        writer.edit(document_id, {"country": "Peru", **changes})
    assert index.documents() == before


def test_a_document_that_is_not_there_is_named(index: Index) -> None:
    with index.writing() as writer:
        with pytest.raises(SourceNotFound, match="rag list"):
            writer.edit("nothing", {"title": "x"})
        with pytest.raises(SourceNotFound, match="rag list"):
            writer.describe("nothing", Metadata())


def test_known_to_be_unknown_is_not_filled_from_below(index: Index) -> None:
    assert edit(index, "baku.txt", country="").country is None
    assert edit(index, "baku.txt", country=None).country == "Azerbaijan"


def test_the_sidecar_changes_without_losing_edits(
    index: Index, counting: CountingEmbedding
) -> None:
    edit(index, "baku.txt", country="Georgia")
    document_id = by_source(index, "baku.txt")
    given = Metadata(country="Chad", publisher="OSCE")
    with index.writing() as writer:
        writer.describe(document_id, given, sources=[Source("baku.txt", "/x", "new", document_id)])
    (found,) = index.documents([Condition("source", "=", "baku.txt")])
    assert (found.metadata.country, found.metadata.publisher) == ("Georgia", "OSCE")
    assert counting.taken() == []
    source = index.source("baku.txt")
    assert source is not None
    assert source.fingerprint == "new"
    edit(index, "baku.txt", country=None)
    assert index.documents([Condition("country", "=", "chad")])[0].id == document_id


def test_edits_survive_the_same_content_and_pass_to_new_content(index: Index) -> None:
    edit(index, "baku.txt", country="Georgia", title="By hand")
    (baku, *_) = samples()
    added = index.documents([Condition("source", "=", "baku.txt")])[0].added
    add(index, replace(baku, metadata=Metadata(title="Read anew")))
    (found,) = index.documents([Condition("source", "=", "baku.txt")])
    assert (found.metadata.title, found.metadata.country) == ("By hand", "Georgia")
    assert found.added == added
    add(index, document_of("baku.txt", "A new edition about the courts.", title="Courts"))
    (found,) = index.documents([Condition("source", "=", "baku.txt")])
    assert (found.metadata.title, found.metadata.country) == ("By hand", "Georgia")
    assert found.id != baku.id
    assert_agreement(index)


def test_a_document_with_its_own_edits_inherits_none(index: Index) -> None:
    edit(index, "baku.txt", country="Georgia")
    edit(index, "addis.txt", country="Chad")
    document_id = by_source(index, "addis.txt")
    with index.writing() as writer:
        writer.lead([Source("baku.txt", "/x", "f", document_id)])
    (found,) = index.documents([Condition("source", "=", "baku.txt")])
    assert found.metadata.country == "Chad"
    assert_agreement(index)


def test_edits_are_taken_along_to_a_document_that_is_there(index: Index) -> None:
    edit(index, "baku.txt", title="By hand")
    with index.writing() as writer:
        writer.lead([Source("baku.txt", "/x", "f", by_source(index, "addis.txt"))])
    assert index.counts()[0] == 2
    (found,) = index.documents([Condition("source", "=", "baku.txt")])
    assert (found.metadata.title, found.source) == ("By hand", "addis.txt")
    assert_agreement(index)


def test_a_page_of_the_list(index: Index) -> None:
    assert [d.source for d in index.find().documents] == ["addis.txt", "baku.txt", "tbilisi.txt"]
    found = index.find(sort="country", count=2)
    assert (found.total, [d.metadata.country for d in found.documents]) == (
        3,
        ["Azerbaijan", "Ethiopia"],
    )
    assert [d.metadata.country for d in index.find(sort="country", descending=True).documents] == [
        "Ethiopia",
        "Azerbaijan",
        None,
    ]
    assert [d.source for d in index.find("VOTE the").documents] == ["tbilisi.txt"]
    assert index.find("100%").total == 0
    assert index.find(first=2, count=2).total == 3
    assert index.find(first=9).total == 3
    where = [Condition("country", "=", "ethiopia")]
    assert [d.source for d in index.find(where=where, sort="added").documents] == ["addis.txt"]
    with pytest.raises(QueryError, match="title, source"):
        index.find(sort="; DROP TABLE documents")


@pytest.mark.parametrize(
    "sort", ["title", "source", "date", "country", "publisher", "added", "pages", "passages"]
)
def test_every_sort_lists_every_document_once(index: Index, sort: str) -> None:
    pages = [index.find(sort=sort, first=at, count=1).documents[0].id for at in range(3)]
    assert sorted(pages) == sorted(each.id for each in index.documents())


def test_a_source_is_excluded_by_any_of_its_names(index: Index) -> None:
    document_id = by_source(index, "addis.txt")
    with index.writing() as writer:
        writer.lead([Source("twin.txt", "/x", "f", document_id)])
    assert {d.source for d in index.documents([Condition("source", "!=", "twin.txt")])} == {
        "baku.txt",
        "tbilisi.txt",
    }
    assert [d.id for d in index.documents([Condition("source", "=", "TWIN.txt")])] == [document_id]
    assert [d.id for d in index.find("twin").documents] == [document_id]
    with index.writing() as writer:
        writer.remove(["addis.txt"])
    assert index.names()[document_id] == "twin.txt"
    assert_agreement(index)


def test_originals_come_and_go_with_their_documents(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    upload = document_of("upload.txt", PRISONS)
    add(index, upload, originals={"upload.txt": PRISONS.encode()})
    file = tmp_path / "press.txt"
    file.write_text(PRESS, "utf-8")
    press = document_of("press.txt", PRESS)
    with index.writing() as writer:
        writer.add([entry_of(writer, press, origin=str(file))])
    assert index.original(upload.id) == PRISONS.encode()
    assert index.original(press.id) == PRESS.encode()
    file.write_text(ELECTIONS, "utf-8")
    assert index.original(press.id) is None
    assert index.original("nothing") is None
    (tmp_path / "index" / "originals" / "zz").mkdir()
    orphan = tmp_path / "index" / "originals" / "zz" / ("z" * 20)
    orphan.write_bytes(b"left over")
    with index.writing() as writer:
        assert not orphan.exists()
        writer.remove(["upload.txt"])
    assert index.original(upload.id) is None
    assert [p for p in (tmp_path / "index" / "originals").rglob("*") if p.is_file()] == []
    assert_agreement(index)


def test_an_origin_is_only_read_where_its_hash_says_so(index: Index, tmp_path: Path) -> None:
    """A catalog may come from elsewhere: its paths lead to nothing but the very document."""
    secret = tmp_path / "secret.txt"
    secret.write_text("nobody's business", "utf-8")
    document_id = by_source(index, "addis.txt")
    with index.writing() as writer:
        writer.lead([Source("addis.txt", str(secret), "f", document_id)])
    assert index.original(document_id) is None
