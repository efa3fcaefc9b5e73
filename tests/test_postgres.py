"""The store in a PostgreSQL: as a folder, for many writers, and after the server was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_support import Server, postgres
from pydantic import SecretStr

from rag.answer import Chatbot
from rag.answer.all_hits import all_hits
from rag.errors import IndexBusy, IndexMismatch, IndexMissing, IndexProblem, SettingsError
from rag.ingest.pipeline import ingest
from rag.models.embedding import Embedding
from rag.schema import Condition
from rag.settings import Settings, load_settings
from rag.store import Index, StatementFilter, open_store
from rag.store.copying import copy_documents
from rag.store.postgres.bm25 import rounded_length
from rag.store.postgres.check import check_database, mend_database
from rag.store.postgres.connection import Place
from rag.store.postgres.migrations import latest, migrate
from rag.store.postgres.search import IndexedWords, encoded
from rag.store.postgres.store import PostgresStore
from rag.store.terms import LexicalEntry

QUESTIONS = [
    "Who was detained?",
    "political prisoners in Azerbaijan",
    "What did Kozak say about engagement?",
    "elections and the press",
    "Кто был задержан в Минске?",
    "overcrowded cells",
]


@pytest.fixture
def there(database: SecretStr, tmp_path: Path) -> Settings:
    return load_settings(store=database, index=tmp_path / "none")


OpenStore = Callable[..., PostgresStore]


@pytest.fixture
def opened(there: Settings, embedding: Embedding) -> Iterator[OpenStore]:
    stores: list[PostgresStore] = []

    def make(with_settings: Settings = there, **options: Any) -> PostgresStore:
        store = open_store(with_settings, embedding=embedding, **{"create": True, **options})
        assert isinstance(store, PostgresStore)
        stores.append(store)
        return store

    yield make
    for each in stores:
        each.close()


@pytest.fixture
def folder(chatbot: Chatbot) -> Index:
    """The index of the sample, in a folder."""
    assert isinstance(chatbot.index, Index)
    return chatbot.index


@pytest.fixture
def copied(folder: Index, opened: OpenStore) -> PostgresStore:
    """The sample, copied into the database."""
    store = opened()
    with store.writing() as writer:
        assert len(list(copy_documents(folder, writer))) == folder.counts()[0]
    return store


def report(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


# The same as a folder.


def test_a_copy_has_everything(folder: Index, copied: PostgresStore) -> None:
    assert copied.counts() == folder.counts()
    assert copied.sources() == folder.sources()
    assert copied.documents() == folder.documents()
    assert copied.people() == folder.people()
    assert copied.statements(StatementFilter()) == folder.statements(StatementFilter())
    assert dict(copied.speakers()) == dict(folder.speakers())
    for document_id in folder.names():
        assert copied.publication(document_id) == folder.publication(document_id)
        assert copied.original(document_id) == folder.original(document_id)
        ours, theirs = copied.vectors_of(document_id), folder.vectors_of(document_id)
        assert ours.keys() == theirs.keys()
        assert all((ours[each] == theirs[each]).all() for each in ours)
    assert list(copied.texts()) == list(folder.texts())
    assert check_database(copied) == []


def test_what_is_found_is_the_same(folder: Index, copied: PostgresStore) -> None:
    some = folder.document_ids()[::2]
    for question in QUESTIONS:
        (query,) = folder.embedding.embed_queries([question])
        for ours, theirs in ((copied, folder), (copied.within(some), folder.within(some))):
            _assert_same(ours.dense(query, count=200), theirs.dense(query, count=200))
            _assert_same(ours.words(question, count=200), theirs.words(question, count=200))
        compared = folder.similarities(query, [each for each, _ in folder.dense(query, count=9)])
        assert copied.similarities(query, list(compared)) == pytest.approx(compared)


def _assert_same(ours: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> None:
    assert dict(ours) == pytest.approx(dict(theirs), abs=1e-4)
    assert [score for _, score in ours] == sorted((score for _, score in ours), reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "prison*",
        '"political prisoners"',
        "political NEAR/3 prisoners",
        "prisoners NEAR/3 political",
        "elections AND NOT country:Azerbaijan",
        "the elections OR press",
        "country:Armenia",
        "NOT elections",
        "speaker:Kozak engagement",
        "заключ* OR задержан",
        "...",
    ],
)
def test_the_query_language_finds_the_same(
    folder: Index, copied: PostgresStore, query: str
) -> None:
    ours, theirs = all_hits(copied, query), all_hits(folder, query)
    assert ours.total == theirs.total
    assert {each.passage for each in ours.matches} == {each.passage for each in theirs.matches}


@pytest.mark.parametrize(
    "condition",
    [
        ("country", "=", "azerbaijan"),
        ("country", "=", "Азербайджан"),
        ("country", "!=", "Armenia"),
        ("country", ">", "B"),
        ("year", ">=", "2019"),
        ("year", "=", "2018"),
        ("source", "=", "azerbaijan-2018-country-report.md"),
        ("source", "!=", "azerbaijan-2018-country-report.md"),
        ("publisher", "=", "FOOTNOTE sample reports"),
        ("title", "<", "c"),
        ("series", "=", "nothing"),
        ("series", "!=", "nothing"),
    ],
)
def test_filters_find_the_same(
    folder: Index, copied: PostgresStore, condition: tuple[str, Any, str]
) -> None:
    where = [Condition(*condition)]
    assert copied.documents(where) == folder.documents(where)
    assert copied.document_ids(where) == folder.document_ids(where)
    for sort in ("title", "source", "date", "country", "publisher", "added", "pages", "passages"):
        for descending in (False, True):
            options: dict[str, Any] = {"where": where, "sort": sort, "descending": descending}
            assert copied.find("report", **options) == folder.find("report", **options)


def test_misspelt_terms_are_the_same(folder: Index, copied: PostgresStore) -> None:
    for term in ("prisner", "elecion", "azerbajan", "x", ""):
        assert copied.terms_like(term) == folder.terms_like(term)


def test_answers_are_the_same(chatbot: Chatbot, copied: PostgresStore) -> None:
    theirs = Chatbot(copied, chatbot._settings, models=chatbot.models)
    for question in QUESTIONS[:4]:
        *_, ours = theirs.ask(question)
        *_, wanted = chatbot.ask(question)
        assert [each.text for each in ours.statements] == [each.text for each in wanted.statements]
        assert ours.confidence == pytest.approx(wanted.confidence, abs=1e-3)


def test_copying_back_gives_the_folder(
    folder: Index, copied: PostgresStore, embedding: Embedding, tmp_path: Path
) -> None:
    settings = load_settings(index=tmp_path / "back")
    back = Index.open(settings, create=True, embedding=embedding)
    for _ in range(2):  # the second time there is nothing to do
        with back.writing() as writer:
            list(copy_documents(copied, writer))
    assert back.documents() == folder.documents()
    for document_id in folder.names():
        assert back.publication(document_id) == folder.publication(document_id)
    back.close()


@given(st.integers(0, 1_000_000))
def test_a_rounded_length_is_at_most_an_eighth_too_short(length: int) -> None:
    rounded = rounded_length(length)
    assert length * 7 / 8 <= rounded <= length
    assert rounded_length(rounded) == rounded


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), max_size=30))
def test_the_database_takes_every_term_whole(postgres_server: str, words: list[str]) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        indexed = IndexedWords.of(LexicalEntry("p", "d", "Title", " ".join(words)))
        row = connection.execute(
            "SELECT to_tsvector('simple', %s)::text, %s::tsvector::text",
            [indexed.terms.replace("\0", ""), indexed.positions],
        ).fetchone()
        assert row is not None
        parsed, stored = (
            {lexeme.split(":")[0] for lexeme in each.split()} if each else set() for each in row
        )
        assert parsed == stored == {f"'{each}'" for each in indexed.terms.split()}


def test_no_two_terms_are_encoded_alike() -> None:
    terms = ["a", "u8", "u861", "é", "10km", "x" * 300, "я", "ｙ", "1", "a1"]
    assert len({encoded(each) for each in terms}) == len(terms)


def test_a_text_with_a_nul_keeps_its_offsets(opened: OpenStore, tmp_path: Path) -> None:
    store = opened()
    settings = load_settings()
    path = report(tmp_path, "odd.txt", "The board was\x00 unanimous. It met in Tbilisi twice.\n")
    ingest(store, [path], settings=settings)
    (document_id,) = store.names()
    document = store.document(document_id)
    assert document is not None
    assert "\0" not in document.text
    for each in store.passages_of(document_id):
        assert document.text[each.start : each.end] == each.text


# What only a database has.


def test_several_write_at_the_same_time(opened: OpenStore, tmp_path: Path, there: Settings) -> None:
    stores = [opened() for _ in range(3)]
    paths = [
        [report(tmp_path, f"{w}-{n}.txt", f"Well {w}{n} was dry in May.\n") for n in range(4)]
        for w in range(3)
    ]
    # All of them have one file in common, which is one document in the end.
    common = report(tmp_path, "common.txt", "Everybody has this one: the river rose in June.\n")
    failed: list[BaseException] = []

    def write(store: PostgresStore, own: list[Path]) -> None:
        try:
            ingest(store, [*own, common], settings=there)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [
        threading.Thread(target=write, args=each) for each in zip(stores, paths, strict=True)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    assert stores[0].counts()[0] == 13
    assert check_database(stores[0]) == []


def test_a_change_is_seen_elsewhere(opened: OpenStore, tmp_path: Path, there: Settings) -> None:
    reader, writer = opened(), opened()
    before = reader.revision()
    ingest(writer, [report(tmp_path, "a.txt", "A bridge fell in Batumi.\n")], settings=there)
    assert writer.revision() != before
    reader._revision = None  # a second later
    assert reader.revision() == writer.revision()
    assert [each for each, _ in reader.words("bridge Batumi", count=3)]


def test_it_is_built_anew_while_it_serves(
    opened: OpenStore, copied: PostgresStore, there: Settings, tmp_path: Path
) -> None:
    reader, other = opened(), opened()
    before = reader.counts()
    decided = copied.made_by_hand()
    with copied.writing() as writer:
        steps = writer.rebuild()
        next(steps)
        assert reader.words("political prisoners", count=3)
        path = report(tmp_path, "late.txt", "Nobody may write now.\n")
        with pytest.raises(IndexBusy, match="built anew"):
            ingest(other, [path], settings=there)
        with pytest.raises(IndexBusy, match="built anew"), other.writing() as second:
            list(second.rebuild())
        list(steps)
    assert copied.number > reader.number
    # The old tables are gone; the next question is on the new ones.
    assert reader.words("political prisoners", count=3)
    assert reader.number == copied.number
    assert reader.counts() == before
    assert copied.made_by_hand() == decided
    assert check_database(copied) == []


def test_a_rebuild_that_is_given_up_leaves_nothing(copied: PostgresStore) -> None:
    number = copied.number
    with copied.writing() as writer:
        steps = writer.rebuild()
        next(steps)
        del steps
    copied.look_again()
    assert copied.number == number
    rows = copied.connections.rows(
        "SELECT count(*) AS total FROM information_schema.schemata WHERE schema_name LIKE %s",
        [f"{copied.schema}\\_%"],
    )
    assert rows[0]["total"] == 1


def test_other_settings_are_refused_and_rebuilt(
    opened: OpenStore, copied: PostgresStore, there: Settings
) -> None:
    longer = there.model_copy(update={"passage_tokens": 200})
    documents, passages = copied.counts()
    with pytest.raises(IndexMismatch, match=r"passage tokens 140.*rag reindex"):
        opened(longer)
    store = opened(longer, rebuild=True)
    with store.writing() as writer:
        list(writer.rebuild())
    assert store.counts()[0] == documents
    assert store.counts()[1] < passages
    with pytest.raises(IndexMismatch):
        copied.look_again()


def test_a_newer_version_of_the_tables_is_refused(opened: OpenStore) -> None:
    store = opened()
    store.connections.rows(
        f'INSERT INTO "{store.schema}".migrations (number) VALUES (%s) RETURNING 1',
        [latest() + 1],
    )
    with pytest.raises(IndexMismatch, match="newer version"):
        opened()


def test_migrating_twice_changes_nothing(opened: OpenStore) -> None:
    store = opened()
    migrate(store.connections, store.schema)
    rows = store.connections.rows(f'SELECT number FROM "{store.schema}".migrations ORDER BY 1')
    assert [row["number"] for row in rows] == list(range(1, latest() + 1))


def test_a_missing_collection_and_wrong_addresses_are_told(
    opened: OpenStore, there: Settings, tmp_path: Path
) -> None:
    with pytest.raises(IndexMissing, match="rag ingest"):
        opened(create=False)
    for wrong in ("mysql://here/db", "postgresql://h/db#Has Space", "postgresql://h/db#x;drop"):
        with pytest.raises(SettingsError, match="RAG_STORE"):
            Place.of(wrong)
    secret = Place.of("postgresql://me:hunter2@db.example/reports#court")
    assert secret.shown == "postgresql://me@db.example/reports#court"
    nowhere = there.model_copy(
        update={"store": SecretStr(f"postgresql://me:hunter2@/x?host={tmp_path}&connect_timeout=1")}
    )
    with pytest.raises(IndexProblem, match=r"cannot be reached.*start the database") as refused:
        opened(nowhere)
    assert "hunter2" not in str(refused.value)


def test_what_is_lost_is_found_and_mended(copied: PostgresStore) -> None:
    with copied.transaction() as connection:
        connection.execute(
            "DELETE FROM words WHERE passage_id IN "
            "(SELECT passage_id FROM words ORDER BY 1 LIMIT 3)"
        )
        connection.execute(
            "DELETE FROM vectors WHERE passage_id IN "
            "(SELECT passage_id FROM vectors ORDER BY 1 DESC LIMIT 2)"
        )
    found = check_database(copied)
    assert {each.kind: len(each.ids) for each in found} == {"words-lost": 3, "vector-lost": 2}
    done, left = mend_database(copied, found)
    assert done
    assert left == []


# The server is killed.


WRITER = """
import sys
from pathlib import Path
from rag.ingest.pipeline import ingest
from rag.settings import load_settings
from rag.store import open_store
settings = load_settings()
store = open_store(settings, create=True)
for path in sorted(Path(sys.argv[1]).glob(sys.argv[2])):
    try:
        ingest(store, [path], settings=settings)
    except Exception as error:
        print("failed", path.name, str(error)[:80], flush=True)
        continue
    print("done", path.name, flush=True)
"""


def test_the_database_is_killed_while_two_write(tmp_path: Path, embedding: Embedding) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for n in range(40):
        name = f"{'ab'[n % 2]}{n:02}.txt"
        report(files, name, f"Report {n}. Station {n} was closed in May.\n" * 3)
    with postgres() as server:
        _write_and_kill(server, files, embedding)


def _write_and_kill(server: Server, files: Path, embedding: Embedding) -> None:
    url = f"{server.uri}#killed"
    open_store(load_settings(store=url), create=True, embedding=embedding).close()
    environment = {**os.environ, "RAG_STORE": url}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(files), pattern],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for pattern in ("a*", "b*")
    ]
    acknowledged: list[str] = []
    output = writers[0].stdout
    assert output is not None
    for lines, line in enumerate(output, start=1):
        if line.startswith("done"):
            acknowledged.append(line.split()[1])
        if lines == 6:
            server.kill()
            for each in writers:
                each.kill()
            break
    for each in writers:
        each.wait()
    assert acknowledged
    server.start()
    settings = load_settings(store=url)
    store = open_store(settings, embedding=embedding)
    assert isinstance(store, PostgresStore)
    try:
        sources = {Path(each).name for each in store.sources()}
        assert sources >= set(acknowledged)
        # The index of words has lost what was there; the first search notices, and builds it again.
        assert store.words("station closed", count=60)
        assert check_database(store) == []
        ingest(store, [files], settings=settings)
        assert store.counts()[0] == 40
        assert len(store.words("station closed", count=60)) == 40
        assert check_database(store) == []
    finally:
        store.close()
