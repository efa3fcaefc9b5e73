"""Archives are folders in one file, which nobody need trust."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import damaged
import pytest
from ingestion_support import ELECTIONS, PRESS, PRISONS, SETTINGS, contents, countries

from rag.errors import DamagedFile, LimitExceeded
from rag.ingest.archives.entries import Budget, entries, is_archive
from rag.ingest.pipeline import ingest
from rag.ingest.records import FileReport, Ingestion, Upload
from rag.readers import Limits
from rag.settings import load_settings
from rag.store import Index

OpenIndex = Callable[..., Index]

MEMBERS = {"prisons.txt": PRISONS.encode(), "2018/press.txt": PRESS.encode()}


def reasons(result: Ingestion) -> dict[str, str]:
    return {failure.source: failure.error for failure in result.failed}


def write(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "year.zip": damaged.packed,
    "year.tar": damaged.tarred,
    "year.tar.gz": lambda members: gzip.compress(damaged.tarred(members)),
    "year.tgz": lambda members: gzip.compress(damaged.tarred(members)),
    "year.tar.bz2": lambda members: bz2.compress(damaged.tarred(members)),
    "year.TAR.XZ": lambda members: lzma.compress(damaged.tarred(members)),
}


@pytest.mark.parametrize("name", PACKERS)
def test_members_become_documents(open_index: OpenIndex, tmp_path: Path, name: str) -> None:
    index = open_index()
    folder = write(tmp_path / "in", name, PACKERS[name](MEMBERS))
    result = ingest(index, [folder], settings=SETTINGS)
    assert result.added == [f"{name}/prisons.txt", f"{name}/2018/press.txt"]
    assert result.failed == []
    row = index.source(f"{name}/prisons.txt")
    assert row is not None
    assert index.original(row.document_id) == PRISONS.encode()
    assert [path.name for path in folder.iterdir()] == [name]


def test_formats_that_are_zip_files_are_documents() -> None:
    assert is_archive("a/year.ZIP")
    assert is_archive("year.tar.gz")
    assert not any(map(is_archive, ("a.docx", "a.xlsx", "a.epub", "a.odt", "a.gz", "zip")))


def test_an_unchanged_archive_is_not_opened_again(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    folder = write(tmp_path / "in", "year.zip", damaged.packed(MEMBERS))
    ingest(index, [folder], settings=SETTINGS)
    again = ingest(index, [folder], settings=SETTINGS, sync=True)
    assert sorted(again.unchanged) == ["year.zip/2018/press.txt", "year.zip/prisons.txt"]
    assert (again.added, again.updated, again.removed) == ([], [], [])
    # Its rows say that this very archive was taken in whole; what is in it is not looked at.
    rows = [index.source(source) for source in again.unchanged]
    assert all(row is not None and row.fingerprint.endswith("/2") for row in rows)


MAILBOX = (
    "From ann@example.org Mon Mar 11 09:00:00 2019\nFrom: Ann <ann@example.org>\nSubject: Prisons\n"
    f"Date: Mon, 11 Mar 2019 09:00:00 +0000\n\n{PRISONS}\n>From here on nobody was let in.\n\n"
    f"From bob Tue Mar 12 10:00:00 2019\nFrom: Bob\nSubject: Press\n\n{PRESS}\n"
).encode()


def test_the_messages_of_a_mailbox_are_documents_of_their_own(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    folder = write(tmp_path / "in", "desk.mbox", MAILBOX.replace(b"\n", b"\r\n"))
    assert ingest(index, [folder], settings=SETTINGS).failed == []
    documents = {each.source: each for each in index.documents()}
    assert sorted(documents) == ["desk.mbox/0001.eml", "desk.mbox/0002.eml"]
    known = documents["desk.mbox/0001.eml"].metadata
    assert (known.title, known.date) == ("Prisons", "2019-03-11")
    document = index.document(documents["desk.mbox/0001.eml"].id)
    assert document is not None
    assert document.text.endswith("From here on nobody was let in.")
    assert len(ingest(index, [folder], settings=SETTINGS).unchanged) == 2


def test_a_mailbox_keeps_to_the_limits_of_archives() -> None:
    def names(content: bytes, limits: Limits | None = None) -> list[str]:
        budget = Budget(limits or Limits(), packed=len(content))
        return [each.name for each in entries(io.BytesIO(content), name="a.mbox", budget=budget)]

    assert names(MAILBOX) == ["0001.eml", "0002.eml"]
    with pytest.raises(LimitExceeded, match="more than 1 files"):
        names(MAILBOX, Limits(files=1))
    with pytest.raises(LimitExceeded, match="larger than"):
        names(MAILBOX, Limits(expanded_bytes=100))
    with pytest.raises(DamagedFile, match="not a mailbox"):
        names(b"Subject: one message\n\nFrom here to there.\n")


def test_a_changed_archive_is_compared_member_by_member(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    folder = write(tmp_path / "in", "year.zip", damaged.packed(MEMBERS))
    ingest(index, [folder], settings=SETTINGS)
    changed = {"prisons.txt": ELECTIONS.encode(), "new.txt": f"{PRESS} Again.".encode()}
    write(folder, "year.zip", damaged.packed(changed))
    result = ingest(index, [folder], settings=SETTINGS)
    assert (result.updated, result.added) == (["year.zip/prisons.txt"], ["year.zip/new.txt"])
    assert result.removed == []
    for _ in range(2):
        result = ingest(index, [folder / "year.zip"], settings=SETTINGS, sync=True)
        assert sorted(result.unchanged) == ["year.zip/new.txt", "year.zip/prisons.txt"]
    assert contents(index)[0] == ["year.zip/new.txt", "year.zip/prisons.txt"]
    (folder / "year.zip").unlink()
    result = ingest(index, [folder], settings=SETTINGS, sync=True)
    assert sorted(result.removed) == ["year.zip/new.txt", "year.zip/prisons.txt"]


def test_sync_removes_nothing_of_an_archive_that_could_not_be_read_to_its_end(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    whole = damaged.packed(MEMBERS)
    folder = write(tmp_path / "in", "year.zip", whole)
    ingest(index, [folder], settings=SETTINGS)
    write(folder, "year.zip", whole[: len(whole) // 2])
    result = ingest(index, [folder], settings=SETTINGS, sync=True)
    assert "damaged" in reasons(result)["year.zip"]
    assert result.removed == []
    assert len(contents(index)[0]) == 2


def test_metadata_from_inside_and_from_beside_an_archive(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    inner = damaged.tarred(
        {"vote.txt": ELECTIONS.encode(), "metadata.csv": b"file,country\nvote.txt,Georgia\n"}
    )
    members = {
        **MEMBERS,
        "2018/metadata.csv": b"file,country,publisher\npress.txt,Ethiopia,Inside\n",
        "inner.tar": inner,
    }
    folder = write(tmp_path / "in", "year.zip", damaged.packed(members))
    beside = "file,country,publisher\nyear.zip,,Beside\nyear.zip/prisons.txt,Azerbaijan,\n"
    write(folder, "metadata.csv", beside.encode())
    index = open_index()
    assert ingest(index, [folder], settings=SETTINGS).failed == []
    assert countries(index) == {
        "year.zip/prisons.txt": "Azerbaijan",
        "year.zip/2018/press.txt": "Ethiopia",
        "year.zip/inner.tar/vote.txt": "Georgia",
    }
    publishers = {each.source: each.metadata.publisher for each in index.documents()}
    assert publishers["year.zip/2018/press.txt"] == "Inside"
    assert publishers["year.zip/prisons.txt"] == "Beside"
    write(folder, "metadata.csv", beside.replace("Azerbaijan", "Armenia").encode())
    result = ingest(index, [folder], settings=SETTINGS)
    assert result.updated == ["year.zip/prisons.txt"]
    assert countries(index)["year.zip/prisons.txt"] == "Armenia"


def test_a_bad_table_inside_is_named(open_index: OpenIndex, tmp_path: Path) -> None:
    members = {**MEMBERS, "metadata.csv": b"name,country\na,b\n"}
    folder = write(tmp_path / "in", "year.zip", damaged.packed(members))
    result = ingest(open_index(), [folder], settings=SETTINGS)
    assert reasons(result) == {
        "year.zip/metadata.csv": "line 1: there is no column 'file'; name the first column so"
    }
    assert len(result.added) == 2


def test_litter_is_left_out(open_index: OpenIndex, tmp_path: Path) -> None:
    members = {
        **MEMBERS,
        "__MACOSX/._prisons.txt": b"x",
        ".DS_Store": b"x",
        "2018/.hidden/a.txt": b"hidden",
        "~$prisons.docx": b"locked",
    }
    folder = write(tmp_path / "in", "year.zip", damaged.packed(members))
    result = ingest(open_index(), [folder], settings=SETTINGS)
    assert (len(result.added), result.failed) == (2, [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (damaged.encrypted_zip(), {"year.zip/secret.txt": "password"}),
        (damaged.lying_zip(), {"year.zip/large.txt": "damaged inside"}),
        (damaged.packed({"a.txt": bytes(9_000_000)}), {"year.zip/a.txt": "RAG_MAX_ARCHIVE_RATIO"}),
        (damaged.packed({"a.mp4": b"x"}), {"year.zip/a.mp4": "supported"}),
        (damaged.packed({"a.txt": b""}), {"year.zip/a.txt": "empty"}),
        (damaged.packed({"../a.txt": b"x"}), {"year.zip/../a.txt": "leads out"}),
        (damaged.packed({"/a.txt": b"x"}), {"year.zip//a.txt": "absolute"}),
        (damaged.packed({"C:\\a.txt": b"x"}), {"year.zip/C:/a.txt": "absolute"}),
        (damaged.nested_zip(3), {"year.zip/level-2.zip/level-1.zip/level-0.zip": "DEPTH"}),
        (damaged.packed({}), {"year.zip": "no document"}),
        (b"PK is not enough", {"year.zip": "damaged"}),
        (b"", {"year.zip": "damaged"}),
    ],
)
def test_what_is_not_read_is_named_with_its_reason(
    open_index: OpenIndex, tmp_path: Path, content: bytes, expected: dict[str, str]
) -> None:
    folder = write(tmp_path / "in", "year.zip", content)
    (folder / "fine.txt").write_text(PRISONS, "utf-8")
    index = open_index()
    result = ingest(index, [folder], settings=SETTINGS)
    told = reasons(result)
    assert told.keys() == expected.keys()
    for source, word in expected.items():
        assert word in told[source]
    assert "fine.txt" in result.added


def test_links_and_devices_are_named_and_nothing_is_written(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", "odd.tar", damaged.odd_tar())
    result = ingest(open_index(), [folder], settings=SETTINGS)
    told = reasons(result)
    for name in ("link.txt", "hard.txt", "device.txt", "pipe.txt"):
        assert "link or device" in told[f"odd.tar/{name}"]
    assert "leads out" in told["odd.tar/../above.txt"]
    assert "absolute" in told["odd.tar//absolute.txt"]
    assert result.added == ["odd.tar/line\nbreak.txt"]
    assert {path.name for path in tmp_path.iterdir()} == {"in", "index"}
    assert {path.name for path in folder.iterdir()} == {"odd.tar"}


def test_a_link_in_a_zip_file_is_named(open_index: OpenIndex, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("fine.txt", PRISONS)
    folder = write(tmp_path / "in", "year.zip", out.getvalue())
    result = ingest(open_index(), [folder], settings=SETTINGS)
    assert "link" in reasons(result)["year.zip/link.txt"]
    assert result.added == ["year.zip/fine.txt"]


def zeros() -> bytes:
    return damaged.tarred({"a.txt": bytes(30_000_000)})


def many() -> dict[str, bytes]:
    return {f"{number}.txt": b"x" for number in range(600)}


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("bomb.tar.gz", lambda: gzip.compress(zeros()), "RAG_MAX_ARCHIVE_MEGABYTES"),
        ("bomb.tar.xz", lambda: lzma.compress(zeros()), "RAG_MAX_ARCHIVE_RATIO"),
        ("bomb.tar.bz2", lambda: bz2.compress(zeros()), "RAG_MAX_ARCHIVE_RATIO"),
        ("header.tar.gz", damaged.endless_header_tar, "header"),
        ("many.zip", lambda: damaged.packed(many()), "RAG_MAX_ARCHIVE_FILES"),
        ("many.tar", lambda: damaged.tarred(many()), "RAG_MAX_ARCHIVE_FILES"),
        ("large.tar", lambda: damaged.tarred({"a.txt": b"a b " * 10**6}), "ARCHIVE_MEGABYTES"),
        ("damaged.tar", damaged.damaged_tar, "damaged"),
    ],
)
def test_an_archive_that_is_too_much_is_read_no_further(
    open_index: OpenIndex, tmp_path: Path, name: str, content: Callable[[], bytes], word: str
) -> None:
    folder = write(tmp_path / "in", name, content())
    settings = load_settings(max_archive_files=500, max_archive_megabytes=3)
    result = ingest(open_index(), [folder], settings=settings)
    assert word in reasons(result)[name]


def test_what_came_before_the_damage_is_kept(open_index: OpenIndex, tmp_path: Path) -> None:
    members = {f"{n}.txt": f"{PRISONS} Number {n}.".encode() for n in range(4)}
    whole = bytearray(damaged.tarred(members))
    whole[2048:2560] = b"?" * 512
    folder = write(tmp_path / "in", "year.tar", bytes(whole))
    index = open_index()
    for added in (["year.tar/0.txt", "year.tar/1.txt"], []):
        result = ingest(index, [folder], settings=SETTINGS)
        assert result.added == added
        assert "damaged" in reasons(result)["year.tar"]


def test_names_are_decoded_as_they_were_meant(open_index: OpenIndex, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Genève.txt", f"{PRISONS} One.")
        archive.writestr("windows\\folder\\a.txt", f"{PRISONS} Two.")
    marked = out.getvalue()
    assert "Genève".encode() in marked
    # Macs write UTF-8 without saying so.
    unmarked = marked.replace(b"\x14\x00\x00\x08", b"\x14\x00\x00\x00")
    assert unmarked != marked
    latin = io.BytesIO()
    with tarfile.open(
        fileobj=latin, mode="w", encoding="latin-1", format=tarfile.GNU_FORMAT
    ) as tar:
        content = f"{PRISONS} Three.".encode()
        member = tarfile.TarInfo("Gen\xe8ve.txt")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    folder = write(tmp_path / "in", "mac.zip", unmarked)
    write(folder, "old.tar", latin.getvalue())
    result = ingest(open_index(), [folder], settings=SETTINGS)
    assert result.added == [
        *("mac.zip/Genève.txt", "mac.zip/windows/folder/a.txt", "old.tar/Gen\ufffdve.txt")
    ]


def test_two_members_of_one_name_are_two_documents(open_index: OpenIndex, tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for text in (PRISONS, PRESS):
            member = tarfile.TarInfo("report.txt")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    folder = write(tmp_path / "in", "year.tar", out.getvalue())
    result = ingest(open_index(), [folder], settings=SETTINGS)
    assert result.added == ["year.tar/report.txt", "year.tar/report (2).txt"]


def test_an_uploaded_archive(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    seen: list[FileReport] = []

    def upload(content: bytes) -> Ingestion:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return ingest(index, [Upload("year.zip", path)], settings=SETTINGS, on_file=seen.append)

    one = damaged.packed(MEMBERS)
    assert upload(one).added == ["year.zip/prisons.txt", "year.zip/2018/press.txt"]
    assert [report.state for report in seen if report.source == "year.zip"] == ["added"]
    assert len(upload(one).unchanged) == 2
    other = upload(damaged.packed({"prisons.txt": ELECTIONS.encode()}))
    assert other.added == ["year (2).zip/prisons.txt"]
    assert (seen[-2].name, seen[-2].source) == ("year.zip/prisons.txt", other.added[0])
    assert len(contents(index)[0]) == 3


def test_what_is_cancelled_of_an_archive_comes_with_the_next_run(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    folder = write(tmp_path / "in", "year.zip", damaged.packed(MEMBERS))
    result = ingest(
        index,
        [folder],
        settings=SETTINGS,
        cancelled=lambda name: name == "year.zip/prisons.txt",
    )
    assert (result.cancelled, result.added) == (
        ["year.zip/prisons.txt"],
        ["year.zip/2018/press.txt"],
    )
    assert ingest(index, [folder], settings=SETTINGS).added == ["year.zip/prisons.txt"]
