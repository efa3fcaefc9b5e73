"""Every kind of damage, made for real: found, named, mended, and not found again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from storage_support import (
    PRISONS,
    CheapEmbedding,
    add,
    assert_agreement,
    document_of,
    entry_of,
    numbered,
    open_cheaply,
    samples,
    state,
)
from typer.testing import CliRunner

from rag.app.cli import app
from rag.errors import IndexProblem
from rag.models.embedding import Vectors
from rag.schema import Metadata
from rag.store import Index
from rag.store.maintenance.check import check
from rag.store.maintenance.repair import repair
from rag.store.terms import LexicalEntry

UPLOAD = document_of("upload.txt", f"Uploaded: {PRISONS}", title="Upload")
BAKU, ADDIS, TBILISI = samples()


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.store.folder.rebuild._GRACE_SECONDS", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    opened = open_cheaply(folder)
    add(opened, *samples(), UPLOAD, originals={"upload.txt": UPLOAD.text.encode()})
    with opened.writing() as writer:
        writer.edit(UPLOAD.id, {"country": "Chad"})
    yield opened
    opened.close()


def generation(folder: Path) -> Path:
    return next((folder / "generations").iterdir())


def sql(folder: Path, *statements: str) -> None:
    """What no program of ours does to a catalog."""
    with closing(sqlite3.connect(generation(folder) / "catalog.sqlite")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def passage_of(index: Index, document_id: str) -> str:
    return index.passages_of(document_id)[0].id


def found(index: Index) -> dict[str, tuple[str, ...]]:
    """The documents concerned, by kind of finding."""
    return {finding.kind: finding.documents for finding in check(index)}


def spoil_a_file(index: Index, folder: Path, part: str, pattern: str) -> None:
    """Change bytes in the middle of the largest file that fits, with nobody using it."""
    index.close()
    path = max((generation(folder) / part).glob(pattern), key=lambda each: each.stat().st_size)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4] = bytes(255 - each for each in content[middle : middle + 4])
    path.write_bytes(content)


def delete_from_chroma(index: Index, _: Path) -> None:
    index.vectors.remove([BAKU.id])


def add_to_chroma(index: Index, _: Path) -> None:
    index.vectors.put({"stray.0-5": CheapEmbedding().embed_passages(["stray"])[0]})


def change_in_chroma(index: Index, _: Path) -> None:
    (other,) = CheapEmbedding().embed_passages(["something else"])
    index.vectors.put({passage_of(index, BAKU.id): other})


def delete_from_tantivy(index: Index, _: Path) -> None:
    index.lexical.replace([BAKU.id])


def add_to_tantivy(index: Index, _: Path) -> None:
    index.lexical.replace([], [LexicalEntry("stray.0-5", "stray", "A title", "stray")])


def double_in_tantivy(index: Index, _: Path) -> None:
    index.lexical.replace([], [LexicalEntry(passage_of(index, BAKU.id), BAKU.id, "", "twice")])


def lose_a_vector(_: Index, folder: Path) -> None:
    sql(folder, f"DELETE FROM vectors WHERE document_id = '{BAKU.id}'")


def vector_of_nans(index: Index, _: Path) -> None:
    nan = np.full(64, np.nan, np.float32)
    index.catalog.put_passages({}, {passage_of(index, BAKU.id): nan})


def vector_of_another_dimension(index: Index, _: Path) -> None:
    short = np.ones(3, np.float32)
    index.catalog.put_passages({}, {passage_of(index, BAKU.id): short})


def passage_beyond_the_text(_: Index, folder: Path) -> None:
    sql(folder, f"UPDATE passages SET \"end\" = 9999 WHERE document_id = '{BAKU.id}'")


def passages_gone(_: Index, folder: Path) -> None:
    sql(folder, f"DELETE FROM passages WHERE document_id = '{BAKU.id}'")


def text_is_another(_: Index, folder: Path) -> None:
    sql(folder, f"UPDATE texts SET text = 'short' WHERE document_id = '{BAKU.id}'")


def source_gone(_: Index, folder: Path) -> None:
    sql(folder, "DELETE FROM sources WHERE source = 'baku.txt'")


def stray_vector(_: Index, folder: Path) -> None:
    sql(folder, "INSERT INTO vectors VALUES ('x.0-1', 'x', x'00000000')")


def note_left_behind(index: Index, _: Path) -> None:
    index.catalog.begin([BAKU.id])


def generation_left_over(_: Index, folder: Path) -> None:
    (folder / "generations" / "7").mkdir()


def original_left_over(index: Index, _: Path) -> None:
    index.originals.put("0123456789abcdef", b"nobody's")


def index_of_sqlite_damaged(_: Index, folder: Path) -> None:
    sql(
        folder,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = 'CREATE INDEX documents_by_added ON documents (title)' "
        "WHERE name = 'documents_by_added'",
    )


def vectors_folder_emptied(index: Index, folder: Path) -> None:
    index.close()
    (generation(folder) / "vectors" / "chroma.sqlite3").write_bytes(b"not a database at all" * 300)


def lexical_meta_damaged(index: Index, folder: Path) -> None:
    index.close()
    (generation(folder) / "lexical" / "meta.json").write_bytes(b"{")


def lexical_segment_damaged(index: Index, folder: Path) -> None:
    spoil_a_file(index, folder, "lexical", "*.term")


def lexical_file_gone(index: Index, folder: Path) -> None:
    index.close()
    next((generation(folder) / "lexical").glob("*.pos")).unlink()


Damage = Callable[[Index, Path], None]

# What is broken, the finding it makes, and whether that names a document.
DAMAGES: list[tuple[Damage, str, bool]] = [
    (delete_from_chroma, "vector-missing", True),
    (add_to_chroma, "vector-superfluous", False),
    (change_in_chroma, "vector-different", True),
    (delete_from_tantivy, "lexical-missing", True),
    (add_to_tantivy, "lexical-superfluous", False),
    (double_in_tantivy, "lexical-doubled", True),
    (lose_a_vector, "vector-lost", True),
    (vector_of_nans, "vector-lost", True),
    (vector_of_another_dimension, "vector-lost", True),
    (passage_beyond_the_text, "passages-do-not-fit", True),
    (passages_gone, "passages-do-not-fit", True),
    (source_gone, "document-without-source", True),
    (stray_vector, "stray-rows", False),
    (note_left_behind, "unfinished", True),
    (generation_left_over, "left-over", False),
    (original_left_over, "original-superfluous", False),
    (index_of_sqlite_damaged, "catalog-damaged", False),
    (vectors_folder_emptied, "vectors-unreadable", False),
    (lexical_meta_damaged, "lexical-unreadable", False),
    (lexical_segment_damaged, "lexical-unreadable", False),
    (lexical_file_gone, "lexical-unreadable", False),
]


@pytest.mark.parametrize(
    ("damage", "kind", "names_it"), DAMAGES, ids=lambda each: getattr(each, "__name__", "")
)
def test_damage_is_found_named_and_mended(
    index: Index, folder: Path, damage: Damage, kind: str, names_it: bool
) -> None:
    before = state(index)
    damage(index, folder)
    index.close()
    damaged = open_cheaply(folder, recover=False)
    findings = found(damaged)
    assert kind in findings
    assert findings[kind] == (("baku.txt",) if names_it else ())
    outcome = repair(damaged, check(damaged))
    assert outcome.left == ()
    assert outcome.done
    assert_agreement(damaged)
    assert state(damaged) == before
    damaged.close()


def test_a_sound_index_has_no_findings(index: Index, folder: Path) -> None:
    assert check(index) == []
    told = CliRunner().invoke(app, ["doctor", "--json", "--index", str(folder)])
    assert (told.exit_code, json.loads(told.stdout)) == (
        0,
        {
            "sound": True,
            "findings": [],
            "repaired": [],
            "statements": 0,
            "documents_without_statements": 4,
        },
    )


def test_an_empty_index_is_sound(folder: Path) -> None:
    empty = open_cheaply(folder)
    assert check(empty) == []
    empty.close()


def test_only_what_is_lost_is_embedded_again(index: Index, folder: Path) -> None:
    lose_a_vector(index, folder)
    delete_from_chroma(index, folder)
    index.vectors.remove([ADDIS.id, TBILISI.id])
    embedded: list[str] = []

    class Watching(CheapEmbedding):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            embedded.extend(texts)
            return super().embed_passages(texts)

    index.embedding = Watching()
    repair(index, check(index))
    assert len(embedded) == len(index.passages_of(BAKU.id))
    assert_agreement(index)


def test_a_repair_that_fails_changes_nothing(index: Index, folder: Path) -> None:
    lose_a_vector(index, folder)
    delete_from_chroma(index, folder)
    before = check(index)

    class Failing(CheapEmbedding):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            raise IndexProblem(f"no memory for {len(texts)} passages")

    index.embedding = Failing()
    with pytest.raises(IndexProblem, match="no memory"):
        repair(index, before)
    assert check(index) == before


def test_a_text_that_is_lost_is_named_and_taken_out(index: Index, folder: Path) -> None:
    sql(folder, f"DELETE FROM texts WHERE document_id = '{BAKU.id}'")
    assert found(index)["document-without-text"] == ("baku.txt",)
    outcome = repair(index, check(index))
    assert any("baku.txt" in each and "ingest it again" in each for each in outcome.done)
    assert outcome.left == ()
    assert sorted(state(index)) == ["addis.txt", "tbilisi.txt", "upload.txt"]
    assert_agreement(index)


def test_a_text_that_changed_is_cut_anew(index: Index, folder: Path) -> None:
    text_is_another(index, folder)
    assert found(index)["passages-do-not-fit"] == ("baku.txt",)
    assert repair(index, check(index)).left == ()
    assert_agreement(index)


def test_a_source_without_document_is_forgotten(index: Index, folder: Path) -> None:
    sql(folder, "INSERT INTO sources VALUES ('lost.txt', '/x', 'f', 'nothing')")
    assert found(index) == {"source-without-document": ("lost.txt",)}
    assert repair(index, check(index)).left == ()
    assert "lost.txt" not in index.sources()


@pytest.mark.parametrize("content", [None, b"damaged"])
def test_an_original_is_copied_again_or_said_to_be_lost(
    index: Index, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "tower.txt"
    document = document_of("tower.txt", "The tower of the town was locked all year.")
    file.write_text(document.text, "utf-8")
    with index.writing() as writer:
        kept = entry_of(
            writer,
            document,
            original=file.read_bytes(),
            origin=str(file),
            given=Metadata(country="Peru"),
        )
        writer.add([kept])
    for each in (document.id, UPLOAD.id):
        path = index.originals.path(each)
        path.unlink() if content is None else path.write_bytes(content)
    assert found(index) == {"original-missing": ("tower.txt", "upload.txt")}
    outcome = repair(index, check(index))
    assert outcome.left == ()
    assert any("upload.txt is lost" in each for each in outcome.done)
    assert index.originals.path(document.id).read_bytes() == file.read_bytes()
    assert index.original(UPLOAD.id) is None


def test_passages_that_no_search_finds_are_made_findable(index: Index, folder: Path) -> None:
    """Chroma's graph without its edges: everything is stored, and nothing is found."""
    add(index, *(numbered(each) for each in range(1100)))
    before = state(index)
    index.close()
    (links,) = generation(folder).glob("vectors/*/data_level0.bin")
    size = links.stat().st_size
    links.write_bytes(b"\0" * size)
    damaged = open_cheaply(folder)
    kinds = found(damaged).keys()
    assert kinds & {"vector-different", "vector-unreachable", "vectors-unreadable"}
    assert repair(damaged, check(damaged)).left == ()
    assert_agreement(damaged)
    assert state(damaged) == before
    damaged.close()


@pytest.mark.parametrize("at", [0, 5000])
def test_a_damaged_catalog_says_what_to_do(index: Index, folder: Path, at: int) -> None:
    index.catalog.checkpoint()
    index.close()
    path = generation(folder) / "catalog.sqlite"
    content = bytearray(path.read_bytes())
    content[at : at + 9000] = b"\xff" * 9000
    path.write_bytes(content)
    for mend in ([], ["--repair"]):
        told = CliRunner().invoke(app, ["doctor", *mend, "--index", str(folder)])
        assert isinstance(told.exception, IndexProblem)
        assert "\n" not in str(told.exception)
    assert "rag restore FILE --force" in str(told.exception)


def test_the_command_names_what_it_found_and_mends_it(index: Index, folder: Path) -> None:
    delete_from_tantivy(index, folder)
    index.close()
    told = CliRunner().invoke(app, ["doctor", "--index", str(folder)])
    assert "passages are missing in the lexical index" in told.stdout
    assert "baku.txt" in told.stdout
    assert f"rag doctor --repair --index {folder}" in str(told.exception)
    mended = CliRunner().invoke(app, ["doctor", "--repair", "--json", "--index", str(folder)])
    report = json.loads(mended.stdout)
    assert (mended.exit_code, report["sound"]) == (0, True)
    assert report["repaired"]
    again = CliRunner().invoke(app, ["doctor", "--index", str(folder)])
    assert again.exit_code == 0
    assert again.stdout.startswith("the index is sound\n")


def test_a_lost_pointer_is_mended(index: Index, folder: Path) -> None:
    before = state(index)
    index.close()
    (folder / "current").unlink()
    told = CliRunner().invoke(app, ["doctor", "--index", str(folder)])
    assert "rag doctor --repair" in str(told.exception)
    mended = CliRunner().invoke(app, ["doctor", "--repair", "--index", str(folder)])
    assert mended.exit_code == 0
    again = open_cheaply(folder)
    assert state(again) == before
    again.close()
