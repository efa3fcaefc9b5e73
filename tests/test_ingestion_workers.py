"""The processes that read: what they bring back, and what becomes of them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion_support import PRESS, PRISONS, slow_page

from rag.attribution import with_statements
from rag.errors import (
    DamagedFile,
    EmptyDocument,
    ReaderFailed,
    ReadingError,
    UnsupportedFormat,
)
from rag.ingest.pipeline import ingest
from rag.ingest.read import Task, Workers
from rag.ingest.records import CutOrder, FileReport, ReadFile
from rag.readers import media_type_of, read
from rag.readers.codec import CutFile, decode_cut_file, encode, receive, send
from rag.schema import (
    AttributedStatement,
    Document,
    Heading,
    Metadata,
    Page,
    Passage,
    Reading,
    Table,
    Turn,
)
from rag.settings import load_settings
from rag.store import Index

ROOT = Path(__file__).parent.parent
HEADING = encode(CutFile(Reading("abc", headings=(Heading(1, 0, 2),))))
POSIX = pytest.mark.skipif(os.name != "posix", reason="only where there are signals")


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(load_settings()) as workers:
        yield workers


def is_there(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only where it can be seen")
def test_a_process_that_reads_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_LLM_API_KEY", "key-of-the-model")
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-model")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:password-of-the-proxy@proxy.test")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    # Of another limit than any process that an earlier test has left for the next.
    settings = load_settings(read_megabytes=load_settings().read_megabytes - 1)
    with Workers(settings) as workers:
        assert workers.read(b"Prisons were harsh.", name="a.txt").future.result().reading.text
        for process in workers.process_ids():
            known = Path(f"/proc/{process}/environ").read_bytes()
            assert b"LC_ALL=C.UTF-8" in known
            assert b"key-of-the-model" not in known
            assert b"password-of-the-proxy" not in known


# What goes between the processes.


def readings() -> st.SearchStrategy[Reading]:
    @st.composite
    def reading(draw: st.DrawFn) -> Reading:
        text = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))

        def span() -> tuple[int, int]:
            start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
            return start, end

        words = st.none() | st.text(max_size=5)
        return Reading(
            text,
            Metadata(title=draw(words), extra=draw(st.dictionaries(st.text(), st.text()))),
            (Page(draw(st.integers(1, 9)), draw(words), *span(), "slide", draw(st.booleans())),),
            (Heading(draw(st.integers(1, 6)), *span()),),
            (Turn(draw(st.text(max_size=5)), *span()),),
            (Table(*span(), 0, 0),),
            tuple(draw(st.lists(st.text(max_size=5), max_size=3))),
        )

    return reading()


@given(readings(), st.data())
def test_a_file_survives_the_way_between_processes(reading: Reading, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(reading.text)))))
    passages = tuple(
        Passage("", "", start, end, "", "a > b", None, 1, 2, ((start, end),))
        for start, end in pairwise(cuts)
    )
    statements = tuple(
        AttributedStatement(each.start, each.end, "Kozak", "reported", 1, "said")
        for each in passages
    )
    for found in (CutFile(reading), CutFile(reading, passages, statements)):
        assert decode_cut_file(encode(found)) == found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"reading": {"text": 1}}',
        b'{"reading": {"text": "a", "metadata": []}}',
        b'{"reading": {"text": "a", "metadata": {"title": 1}}}',
        b'{"reading": {"text": "a", "metadata": {"extra": {"b": 1}}}}',
        HEADING.replace(b": 2", b": 9"),
        HEADING.replace(b": 2", b': "2"'),
        HEADING.replace(b": 0", b": -1"),
        encode(CutFile(Reading("abc", pages=(Page(1, None, 0, 3),)))).replace(b'"page"', b'"odd"'),
        encode(CutFile(Reading("abc"), (Passage("", "", 0, 4, ""),))),
        encode(CutFile(Reading("abc"), (Passage("", "", 0, 3, "abd"),))),
        encode(CutFile(Reading("abc"), (Passage("", "", 0, 2, ""), Passage("", "", 1, 3, "")))),
        encode(CutFile(Reading("abc"), (Passage("", "", 0, 2, "", sentences=((0, 3),)),))),
        encode(CutFile(Reading("abc"), (), (AttributedStatement(2, 5, "Kozak", "quoted"),))),
    ],
)
def test_what_is_no_file_is_not_believed(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_cut_file(content)


def test_frames_end_with_the_stream_and_are_no_longer_than_allowed() -> None:
    stream = io.BytesIO()
    send(stream, {"name": "é"}, b"body")
    whole = stream.getvalue()
    assert receive(io.BytesIO(whole), most=10) == ({"name": "é"}, b"body")
    for end in range(len(whole)):
        assert receive(io.BytesIO(whole[:end]), most=10) is None
    with pytest.raises(ValueError, match="longer"):
        receive(io.BytesIO(whole), most=3)


# What comes back.


def test_a_process_reads_as_we_would(workers: Workers, sample_corpus: Path) -> None:
    for path in sorted(sample_corpus.iterdir()):
        if path.suffix not in (".txt", ".md", ".html", ".pdf"):
            continue
        content = path.read_bytes()
        media_type = media_type_of(path.name, content)
        found = workers.read(content, name=path.name).future.result()
        assert found.media_type == media_type
        assert found.reading == read(content, name=path.name, media_type=media_type)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.txt", b"", EmptyDocument),
        ("a.txt", bytes(range(256)) * 20, DamagedFile),
        ("a.pdf", b"%PDF-1.5 and no more", DamagedFile),
        ("a.xyz", b"what is this?", UnsupportedFormat),
    ],
)
def test_errors_come_back_as_they_are(
    workers: Workers, name: str, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error, match=name):
        workers.read(content, name=name).future.result()


# What becomes of them.


def test_there_are_no_processes_before_there_is_a_file_and_the_next_take_them_over() -> None:
    settings = load_settings(read_megabytes=1999)  # of no other test
    with Workers(settings) as workers:
        assert workers.process_ids() == []
        workers.read(PRISONS.encode(), name="a.txt").future.result()
        (process_id,) = workers.process_ids()
        for number in range(5):
            workers.read(f"{PRESS} {number}".encode(), name="a.txt").future.result()
        assert workers.process_ids() == [process_id]
    assert workers.process_ids() == []
    with Workers(settings) as others:
        others.read(PRISONS.encode(), name="a.txt").future.result()
        assert others.process_ids() == [process_id]


def cut_in_a_process(workers: Workers, index: Index, content: bytes, name: str) -> ReadFile:
    def order() -> CutOrder:
        with index.writing() as writer:
            return CutOrder(writer.cutting, "d0c", Metadata(title="Told with it"))

    return workers.read(content, name=name, order=order).future.result()


def test_a_process_cuts_and_attributes_as_we_would(
    workers: Workers, sample_corpus: Path, open_index: Callable[..., Index]
) -> None:
    index = open_index()
    for path in sorted(sample_corpus.iterdir()):
        if path.suffix not in (".txt", ".md", ".html", ".pdf"):
            continue
        found = cut_in_a_process(workers, index, path.read_bytes(), path.name)
        reading = found.reading
        parts = {each: getattr(reading, each) for each in ("pages", "headings", "turns", "tables")}
        ours = Document("d0c", "", reading.text, reading.metadata, "", **parts)
        attributed = with_statements(ours)
        assert found.statements == attributed.statements
        assert found.speakers == attributed.speakers
        described = replace(ours, metadata=replace(ours.metadata, title="Told with it"))
        with index.writing() as writer:
            wanted = writer.cut(described)
        assert found.passages is not None
        assert [(each.start, each.end, each.section, each.sentences) for each in wanted] == [
            (each.start, each.end, each.section, each.sentences) for each in found.passages
        ]


@pytest.mark.parametrize(
    ("limits", "text", "told"),
    [
        ({"max_pages": 1}, "word " * 1000, "4,999 characters, more than the 3,000"),
        ({"max_pages": 16}, "MR A: b.\n\nMR C: d.\n\n" * 1200, "turns of speakers, more than"),
        ({"read_seconds": 1}, '"A said, "B said, ' * 30_000, "longer than 1 s"),
    ],
)
def test_what_a_file_comes_to_is_bounded(
    open_index: Callable[..., Index], limits: dict[str, int], text: str, told: str
) -> None:
    """The process that reads it also cuts it, so its limits are those of all that is done."""
    with (
        Workers(load_settings(**limits)) as workers,
        pytest.raises(ReadingError, match=told) as caught,
    ):
        cut_in_a_process(workers, open_index(), text.encode(), "a.txt")
    assert "RAG_" in str(caught.value)


def test_never_more_processes_than_four(workers: Workers) -> None:
    tasks = [workers.read(f"{PRESS} {n}".encode(), name="a.txt") for n in range(30)]
    for task in tasks:
        task.future.result()
    assert 1 <= len(workers.process_ids()) <= 4


def reading_process(workers: Workers, task: Task) -> int:
    """The only process, once it is busy with a task."""
    assert until(lambda: bool(workers.process_ids()))
    time.sleep(3)
    assert not task.future.done()
    (process_id,) = workers.process_ids()
    return process_id


@POSIX
def test_a_crash_costs_only_the_file_that_caused_it() -> None:
    """Killed from outside by the signal that a fault in a library would cause."""
    # Of another limit than any process that an earlier test has left: one that did well before is
    # given a second chance.
    with Workers(load_settings(read_megabytes=load_settings().read_megabytes - 2)) as workers:
        task = workers.read(slow_page(), name="slow.html")
        os.kill(reading_process(workers, task), signal.SIGSEGV)
        with pytest.raises(ReaderFailed, match="crashed"):
            task.future.result(timeout=30)
        assert workers.read(PRESS.encode(), name="a.txt").future.result().reading.text


@POSIX
def test_a_process_that_died_while_idle_costs_no_file(workers: Workers) -> None:
    workers.read(PRESS.encode(), name="a.txt").future.result()
    (process_id,) = workers.process_ids()
    os.kill(process_id, signal.SIGKILL)
    assert workers.read(PRISONS.encode(), name="a.txt").future.result().reading.text


def test_a_file_that_takes_too_long_is_given_up() -> None:
    with Workers(load_settings(read_seconds=1)) as workers:
        began = time.monotonic()
        task = workers.read(slow_page(), name="slow.html")
        with pytest.raises(ReaderFailed, match=r"longer than 1 s.*RAG_READ_SECONDS"):
            task.future.result(timeout=60)
        assert time.monotonic() - began < 30
        assert workers.read(PRESS.encode(), name="a.txt").future.result().reading.text


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_a_file_that_needs_too_much_memory_is_given_up() -> None:
    with Workers(load_settings(read_megabytes=256)) as workers:
        task = workers.read(b"<p>word </p>" * 2_000_000, name="large.html")
        with pytest.raises(ReaderFailed, match=r"more than 256 MB.*RAG_READ_MEGABYTES"):
            task.future.result(timeout=120)
        assert workers.read(PRESS.encode(), name="a.txt").future.result().reading.text


def test_a_cancelled_reading_ends_its_process(workers: Workers) -> None:
    task = workers.read(slow_page(), name="slow.html")
    process_id = reading_process(workers, task)
    task.cancel()
    with pytest.raises(CancelledError):
        task.future.result(timeout=10)
    assert not is_there(process_id)
    assert workers.read(PRESS.encode(), name="a.txt").future.result().reading.text


@POSIX
def test_they_end_with_the_process_that_started_them() -> None:
    """Also while they are reading, and also when it had no time to end them."""
    script = (
        "import sys, time\n"
        "from rag.ingest.read import Workers\n"
        "from rag.settings import load_settings\n"
        "workers = Workers(load_settings())\n"
        "workers.read(b'<p>word </p>' * 1_000_000, name='slow.html')\n"
        "while not workers.process_ids(): time.sleep(0.02)\n"
        "time.sleep(2)\n"
        "print(*workers.process_ids(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    process_id = int(parent.stdout.readline())
    assert is_there(process_id)
    parent.kill()
    parent.wait()
    assert until(lambda: not is_there(process_id))


def test_a_process_imports_what_reading_needs_and_no_more() -> None:
    script = (
        "import sys, rag.ingest.worker\n"
        "print([n for n in sys.modules if n.partition('.')[0] in "
        "('torch', 'chromadb', 'transformers', 'llama_index', 'tantivy', 'gradio')])\n"
        "print(*[n for n in sys.modules if n.startswith('rag.')])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert told[0] == "[]"
    rooms = {name.split(".")[1] for name in told[1].split() if name != "rag.ingest.worker"}
    assert rooms <= {"readers", "language", "schema", "errors", "settings", "ingest"}
    assert [n for n in told[1].split() if ".ingest" in n] == ["rag.ingest", "rag.ingest.worker"]


def test_no_module_is_taken_from_the_folder_that_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken from the folder')")
    monkeypatch.chdir(tmp_path)
    with Workers(load_settings()) as workers:
        assert workers.read(PRESS.encode(), name="a.txt").future.result().reading.text


def test_a_slow_file_does_not_keep_the_others_out_of_the_index(
    open_index: Callable[..., Index], tmp_path: Path
) -> None:
    """What was read meanwhile is published while the slow one is still waited for."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.txt").write_text(PRISONS, "utf-8")
    (tmp_path / "reports" / "b.html").write_bytes(slow_page())
    index = open_index()
    index.embedding.embed_passages(["warm"])  # loading the model must not take the time instead
    seen: list[tuple[str, str]] = []

    def note(report: FileReport) -> None:
        seen.append((report.source, report.state))

    result = ingest(
        index, [tmp_path / "reports"], settings=load_settings(read_seconds=6), on_file=note
    )
    assert "longer than 6 s" in result.failed[0].error
    assert seen.index(("a.txt", "added")) < seen.index(("b.html", "failed"))
