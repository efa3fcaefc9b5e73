"""The library over a real index: jobs, cancelling, making room, correcting, removing."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion_support import slow_page

from rag.app.library.jobs import JobStatus
from rag.app.library.library import Library
from rag.app.library.staging import Staging, clean_name
from rag.errors import (
    IndexBusy,
    LimitExceeded,
    QueryError,
    RagError,
    SourceNotFound,
    UnsupportedFormat,
)
from rag.settings import load_settings
from rag.store import Index

HARBOUR = b"The harbour of Velmora was closed for eleven weeks in 2018. Nobody was prosecuted."
PRISON = b"The central prison of Tarsk held 1,240 prisoners in a building made for 600."
BRIDGE = b"The bridge at Orrin collapsed on 9 May 2016 and killed four people."


@pytest.fixture
def index(open_index: Callable[..., Index]) -> Index:
    return open_index()


@pytest.fixture
def library(index: Index) -> Iterator[Library]:
    made = Library(index, load_settings(index=index.folder, max_file_megabytes=1))
    yield made
    made.close()


def send(library: Library, files: dict[str, bytes]) -> str:
    """Announce files and bring them; the job's id."""
    job = library.adding.announce([(name, len(content)) for name, content in files.items()])
    for number, content in enumerate(files.values()):
        bring(library, job.id, number, [content])
    return job.id


def bring(library: Library, job_id: str, number: int, chunks: Sequence[bytes]) -> None:
    with library.adding.receiving(job_id, number) as incoming:
        for chunk in chunks:
            incoming.write(chunk)


def status(library: Library, job_id: str) -> JobStatus:
    return next(job for job in library.adding.jobs() if job.id == job_id)


def until(library: Library, job_id: str, wanted: Callable[[JobStatus], bool]) -> JobStatus:
    """Wait for a job to come to a state."""
    end = time.monotonic() + 60
    while not wanted(found := status(library, job_id)):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def ended(library: Library, job_id: str) -> JobStatus:
    return until(library, job_id, lambda job: job.state == "done")


def states(job: JobStatus) -> dict[str, str]:
    return {file.name: file.state for file in job.files}


def long_reports() -> dict[str, bytes]:
    """Reports that are embedded in three batches."""
    return {
        f"{number}.txt": "\n\n".join(
            f"In week {week} the house number {number} in the street of the dockers was searched."
            for week in range(150)
        ).encode()
        for number in range(18)
    }


def test_files_are_added_and_each_is_accounted_for(library: Library, index: Index) -> None:
    files = {
        "a/harbour.txt": HARBOUR,
        "broken.pdf": b"no PDF at all",
        "empty.txt": b"",
        "copy.txt": HARBOUR,
    }
    job = ended(library, send(library, files))
    assert states(job) == {
        "a/harbour.txt": "added",
        "broken.pdf": "failed",
        "empty.txt": "failed",
        "copy.txt": "duplicate",
    }
    messages = {file.name: file.message for file in job.files}
    assert messages["copy.txt"] == "a/harbour.txt"
    assert "PDF" in (messages["broken.pdf"] or "")
    assert job.share == 1
    assert job.remaining_seconds is None
    added = job.files[0].document
    assert added is not None
    document = index.document(added.id)
    assert document is not None
    assert document.text == HARBOUR.decode()
    assert index.original(added.id) == HARBOUR
    again = ended(library, send(library, {"a/harbour.txt": HARBOUR}))
    assert states(again) == {"a/harbour.txt": "unchanged"}


def test_a_name_that_is_taken_is_never_replaced(library: Library, index: Index) -> None:
    ended(library, send(library, {"report.txt": HARBOUR}))
    job = ended(library, send(library, {"report.txt": PRISON}))
    assert [(file.name, file.source, file.state) for file in job.files] == [
        ("report.txt", "report (2).txt", "added")
    ]
    twice = library.adding.announce([("report.txt", 1), ("report.txt", 1)])
    assert [file.name for file in twice.files] == ["report.txt", "report (2).txt"]
    library.adding.cancel(twice.id)
    assert sorted(one.source for one in index.documents()) == ["report (2).txt", "report.txt"]


def test_the_members_of_an_archive_are_files_of_the_job(library: Library) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("north/harbour.txt", HARBOUR)
        archive.writestr("picture.xyz", b"\x00\x01")
        archive.writestr("metadata.csv", "file,country\nnorth/harbour.txt,Velmora\n")
    job = ended(library, send(library, {"year.zip": packed.getvalue()}))
    assert states(job) == {
        "year.zip": "unpacked",
        "year.zip/north/harbour.txt": "added",
        "year.zip/picture.xyz": "failed",
    }
    found = library.index.find("velmora")
    assert [one.metadata.country for one in found.documents] == ["Velmora"]


def test_a_sidecar_describes_the_files_beside_it_and_those_added_before(
    library: Library, index: Index
) -> None:
    ended(library, send(library, {"north/bridge.txt": BRIDGE}))
    table = b"file,country,date\nharbour.txt,Velmora,03/04/2018\nbridge.txt,Orrin,2016\n"
    files = {"north/harbour.txt": HARBOUR, "north/metadata.csv": table}
    job = ended(library, send(library, files))
    assert states(job) == {"north/harbour.txt": "added", "north/metadata.csv": "updated"}
    message = job.files[1].message or ""
    assert "2 files" in message
    assert "line 2" in message
    assert {one.source: (one.metadata.country, one.metadata.date) for one in index.documents()} == {
        "north/harbour.txt": ("Velmora", None),
        "north/bridge.txt": ("Orrin", "2016"),
    }


def test_a_file_and_a_job_can_be_cancelled(library: Library, index: Index) -> None:
    files = {"one.txt": HARBOUR, "two.txt": PRISON}
    announced = library.adding.announce([(name, len(content)) for name, content in files.items()])
    library.adding.cancel(announced.id, 1)
    with pytest.raises(SourceNotFound):
        bring(library, announced.id, 1, [PRISON])
    bring(library, announced.id, 0, [HARBOUR])
    assert states(ended(library, announced.id)) == {"one.txt": "added", "two.txt": "cancelled"}
    with index.writing():
        job_id = send(library, {"three.txt": PRISON, "four.txt": BRIDGE})
        until(library, job_id, lambda job: job.state == "blocked")
        library.adding.cancel(job_id)
        assert set(states(ended(library, job_id)).values()) == {"cancelled"}
    assert [one.source for one in index.documents()] == ["one.txt"]


def test_a_job_waits_for_another_writer_and_says_so(library: Library, index: Index) -> None:
    with index.writing():
        job_id = send(library, {"one.txt": HARBOUR})
        job = until(library, job_id, lambda job: job.state == "blocked")
        assert "another program is writing" in (job.message or "")
        with pytest.raises(IndexBusy, match="another program"):
            library.edit("0", {"title": "x"})
    assert states(ended(library, job_id)) == {"one.txt": "added"}


def test_a_correction_goes_before_a_long_job(library: Library, index: Index) -> None:
    first = ended(library, send(library, {"first.txt": HARBOUR})).files[0].document
    assert first is not None
    job_id = send(library, long_reports())
    until(library, job_id, lambda job: job.counts.get("added", 0) > 0)
    edited = library.edit(first.id, {"country": "Velmora"})
    meanwhile = status(library, job_id)
    assert edited.metadata.country == "Velmora"
    assert meanwhile.counts.get("added", 0) < 18
    assert meanwhile.counts.get("cancelled", 0) == 0
    job = ended(library, job_id)
    assert job.counts == {"added": 18}
    assert job.passages >= sum(one.passages for one in index.documents()) - first.passages


def test_what_is_cancelled_while_it_runs_is_not_in_the_index(
    library: Library, index: Index
) -> None:
    job_id = send(library, long_reports())
    until(library, job_id, lambda job: job.state == "running")
    library.adding.cancel(job_id, 17)
    until(library, job_id, lambda job: job.counts.get("added", 0) > 0)
    library.adding.cancel(job_id)
    job = ended(library, job_id)
    assert job.counts.keys() == {"added", "cancelled"}
    assert job.files[17].state == "cancelled"
    assert {one.source for one in index.documents()} == {
        file.source for file in job.files if file.state == "added"
    }


def test_an_archive_that_made_room_is_taken_up_again(library: Library) -> None:
    first = ended(library, send(library, {"first.txt": HARBOUR})).files[0].document
    assert first is not None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in long_reports().items():
            archive.writestr(name, content)
    job_id = send(library, {"all.zip": packed.getvalue()})
    until(library, job_id, lambda job: job.counts.get("added", 0) > 0)
    library.edit(first.id, {"country": "Velmora"})
    assert status(library, job_id).state != "done"
    assert ended(library, job_id).counts == {"unpacked": 1, "added": 18}


def test_what_is_being_read_is_read_on_while_others_write(library: Library) -> None:
    first = ended(library, send(library, {"first.txt": HARBOUR})).files[0].document
    assert first is not None
    job_id = send(library, {"long.html": b"<p>word </p>" * 40_000})
    edits, end = 0, time.monotonic() + 120
    while status(library, job_id).state != "done":
        library.edit(first.id, {"publisher": f"Publisher {edits}"})
        edits += 1
        assert time.monotonic() < end, "it is begun again and again"
    assert edits > 1
    assert ended(library, job_id).counts == {"added": 1}


def test_a_file_that_takes_long_to_read_holds_up_nobody_else(index: Index) -> None:
    settings = load_settings(index=index.folder, max_file_megabytes=10)
    library = Library(index, settings, turn_seconds=1)
    try:
        slow = send(library, {"slow.html": slow_page()})
        until(library, slow, lambda job: states(job) == {"slow.html": "reading"})
        quick = send(library, {"first.txt": HARBOUR, "second.txt": PRISON})
        assert ended(library, quick).counts == {"added": 2}
        assert status(library, slow).state != "done"
        library.adding.cancel(slow)
        assert ended(library, slow).counts == {"cancelled": 1}
    finally:
        library.close()


def test_corrections_are_kept_and_taken_back(library: Library) -> None:
    found = ended(library, send(library, {"a.txt": HARBOUR})).files[0].document
    assert found is not None
    edited = library.edit(found.id, {"date": "13 March 2019", "title": "Har\ud800bour\n report"})
    assert (edited.metadata.date, tuple(sorted(edited.edited))) == ("2019-03-13", ("date", "title"))
    assert edited.metadata.title == "Har?bour report"
    assert library.as_read(found.id).date == found.metadata.date
    back = library.edit(found.id, {"date": None, "title": None})
    assert (back.metadata, back.edited) == (found.metadata, ())
    with pytest.raises(QueryError, match="not clear"):
        library.edit(found.id, {"date": "soon"})
    with pytest.raises(QueryError, match="cannot be edited"):
        library.edit(found.id, {"source": "x"})
    with pytest.raises(SourceNotFound):
        library.edit("nothing", {"title": "x"})


def test_removing_is_all_or_nothing(library: Library, index: Index) -> None:
    job = ended(library, send(library, {"a.txt": HARBOUR, "b.txt": PRISON}))
    ids = [file.document.id for file in job.files if file.document]
    with pytest.raises(SourceNotFound):
        library.remove([ids[0], "nothing"])
    assert len(index.documents()) == 2
    assert library.remove([ids[0]]) == ["a.txt"]
    assert [one.source for one in index.documents()] == ["b.txt"]
    with pytest.raises(SourceNotFound):
        library.as_read(ids[0])


def test_too_large_files_are_refused_early_and_while_they_arrive(library: Library) -> None:
    job = library.adding.announce([("big.txt", 1_000_001), ("liar.txt", 10), ("fine.txt", 10)])
    assert [file.state for file in job.files] == ["failed", "expected", "expected"]
    with pytest.raises(LimitExceeded, match="larger than 1 MB"):
        bring(library, job.id, 1, [b"x" * 400_000] * 3)
    bring(library, job.id, 2, [BRIDGE])
    assert states(ended(library, job.id)) == {
        "big.txt": "failed",
        "liar.txt": "failed",
        "fine.txt": "added",
    }


def test_limits_on_jobs(library: Library) -> None:
    with pytest.raises(LimitExceeded):
        library.adding.announce([])
    for _ in range(20):
        library.adding.announce([("waits.txt", 1)])
    with pytest.raises(LimitExceeded, match="already"):
        library.adding.announce([("waits.txt", 1)])


def test_nothing_of_an_upload_stays_outside_the_index(library: Library, index: Index) -> None:
    folder = index.folder.parent
    before = {path for path in folder.rglob("*") if not path.is_relative_to(index.folder)}
    job_id = send(library, {"../../escape.txt": HARBOUR, "/etc/passwd": PRISON})
    assert set(states(ended(library, job_id))) == {"escape.txt", "etc/passwd"}
    assert {path for path in folder.rglob("*") if not path.is_relative_to(index.folder)} == before
    assert not list((index.folder / "uploads").glob("*/*"))
    library.close()
    assert not list((index.folder / "uploads").iterdir())


def test_what_a_dead_process_left_is_removed_and_what_a_living_one_has_is_kept(
    tmp_path: Path,
) -> None:
    living = Staging(tmp_path)
    kept = living.folder("job")
    (kept / "0").write_bytes(b"arriving")
    dead = tmp_path / "uploads" / "dead"
    (dead / "job").mkdir(parents=True)
    (dead / "job" / "0").write_bytes(b"left over")
    Staging(tmp_path)
    assert not dead.exists()
    assert (kept / "0").read_bytes() == b"arriving"
    living.close()
    assert not list((tmp_path / "uploads").iterdir())


@given(st.text(max_size=600))
def test_a_clean_name_leads_nowhere(name: str) -> None:
    try:
        clean = clean_name(name)
    except UnsupportedFormat:
        return
    parts = clean.split("/")
    assert all(part not in {"", ".", ".."} and part == part.strip() for part in parts)
    assert "\\" not in clean
    assert clean.isprintable() or not any(ord(each) < 32 for each in clean)
    assert 0 < len(clean) <= 400
    assert clean.encode("utf-8")
    assert clean_name(clean) == clean


def test_errors_are_for_people(library: Library) -> None:
    with pytest.raises(RagError, match="add the files again"):
        library.adding.cancel("nothing")
    with pytest.raises(QueryError, match="sorted"):
        library.index.find(sort="colour")
