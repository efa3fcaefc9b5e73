"""No document hides another from the search by vectors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from storage_support import (
    CheapEmbedding,
    add,
    assert_agreement,
    document_of,
    numbered,
    open_cheaply,
)

from rag.models.embedding import Vectors
from rag.models.embedding.model import unit
from rag.schema import Document, owner
from rag.store import Index
from rag.store.folder import index_versions
from rag.store.folder.rebuild import rebuild
from rag.store.maintenance.check import check

FLOOD = 10_000


class CrowdedEmbedding(CheapEmbedding):
    """Vectors of texts that begin with "a" are nearly the same."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        rows = super().embed_passages(texts)
        alike = [text.rpartition("\n")[2].startswith("a ") for text in texts]
        rows[alike] = 0.001 * rows[alike] + np.eye(64, dtype=np.float32)[0]
        return unit(rows)


def flood(count: int = FLOOD) -> Document:
    return document_of("flood.txt", "\n\n".join(f"a {n} " + "a " * 150 for n in range(count)))


def test_a_flood_of_passages_that_are_nearly_the_same_hides_no_other(tmp_path: Path) -> None:
    index = open_cheaply(tmp_path)
    index.embedding = CrowdedEmbedding()
    others = [numbered(each) for each in range(40)]
    add(index, *others)
    wanted = index.vectors_of(*(each.id for each in others))
    assert isinstance(index, Index)
    before = {each: index.dense(row, count=3)[0] for each, row in wanted.items()}
    add(index, flood())
    assert index.counts()[1] > FLOOD
    after = {each: index.dense(row, count=3)[0] for each, row in wanted.items()}
    assert {each: found for each, (found, _) in after.items()} == {each: each for each in wanted}
    assert [score for _, score in after.values()] == pytest.approx(
        [score for _, score in before.values()]
    )
    index.close()


def test_what_a_graph_has_lost_is_found_when_all_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a collection that is too large for all of its vectors to be compared.
    monkeypatch.setattr(index_versions, "COMPARE_ALL", 0)
    index = open_cheaply(tmp_path)
    index.embedding = CrowdedEmbedding()
    assert isinstance(index, Index)
    others = [numbered(each) for each in range(200)]
    add(index, *others)
    add(index, flood(3000))
    wanted = index.vectors_of(*(each.id for each in others))
    index.generation.compare_all()
    list(rebuild(index))
    index.close()
    again = open_cheaply(tmp_path)
    found = {each: again.dense(row, count=3)[0][0] for each, row in wanted.items()}
    assert found == {each: each for each in wanted}
    assert check(again) == []
    again.close()


def test_the_same_words_are_embedded_and_found_once_but_stay_where_they_stand(
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    class Counting(CheapEmbedding):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            asked.extend(texts)
            return super().embed_passages(texts)

    index = open_cheaply(tmp_path)
    index.embedding = Counting()
    document = document_of("again.txt", "\n\n".join(["word " * 150 + "end."] * 50))
    add(index, document, numbered(1))
    assert len(asked) == 2
    passages = index.passages_of(document.id)
    assert len(passages) == 50
    found = index.dense(index.vectors_of(document.id)[passages[0].id], count=10)
    assert len(found) == 2
    assert all(index.passage_id_at(document.id, each.start) == each.id for each in passages)
    assert len(index.vectors.passage_ids()) == 2
    with index.writing() as writer:
        writer.edit(document.id, {"title": "Once more"})
    assert len(index.vectors.passage_ids()) == 2
    assert_agreement(index)
    index.close()


def test_reports_that_come_one_by_one_are_found(tmp_path: Path) -> None:
    index = open_cheaply(tmp_path)
    for count in range(1, 21):
        add(index, numbered(count))
        vectors = index.vectors_of(*(numbered(each).id for each in range(1, count + 1)))
        assert {owner(index.dense(row, count=1)[0][0]) for row in vectors.values()} == {
            numbered(each).id for each in range(1, count + 1)
        }
    index.close()


def test_what_changes_is_found_as_it_is_then(tmp_path: Path) -> None:
    """The vectors in memory follow the catalog, of which only what is new is read again."""
    index = open_cheaply(tmp_path)
    chance = random.Random(3)
    there: dict[int, Document] = {}
    for _ in range(12):
        new = [each for each in chance.sample(range(40), 5) if each not in there]
        add(index, *(numbered(each) for each in new))
        there.update((each, numbered(each)) for each in new)
        gone = chance.sample(sorted(there), min(2, len(there)))
        with index.writing() as writer:
            writer.remove([there.pop(each).source for each in gone])
            if there:  # another title is another vector
                document = there[chance.choice(sorted(there))]
                writer.edit(document.id, {"title": f"Renamed {chance.random()}"})
        vectors = index.vectors_of(*(each.id for each in there.values()))
        for query in list(vectors.values())[:5]:
            expected = sorted((-float(row @ query), each) for each, row in vectors.items())
            found = index.dense(query, count=10)
            assert [score for _, score in found] == pytest.approx(
                [-each for each, _ in expected[:10]], abs=1e-5
            )
            assert all(each in vectors for each, _ in found)
            kept = [each.id for each in list(there.values())[::2]]
            inside = index.generation.nearest(query, count=10, document_ids=kept)
            assert {owner(each) for each, _ in inside} == set(kept[:10]) or len(kept) > 10
    index.close()
