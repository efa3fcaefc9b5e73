"""metadata.csv, dates, and which source of metadata wins."""

from pathlib import Path

import pytest

from rag.errors import ReadingError
from rag.readers import merge_metadata, read_sidecar
from rag.readers.metadata.fields import iso_date
from rag.readers.metadata.sidecar import Sidecar, sidecar_of, write_sidecar
from rag.schema import Metadata


def sidecar(folder: Path, content: str | bytes) -> dict[str, Metadata]:
    raw = content.encode() if isinstance(content, str) else content
    (folder / "metadata.csv").write_bytes(raw)
    found = read_sidecar(folder)
    assert found.problems == ()
    return dict(found.rows)


def test_a_folder_without_the_file_has_no_metadata(tmp_path: Path) -> None:
    assert read_sidecar(tmp_path) == Sidecar()


def test_known_columns_and_others(tmp_path: Path) -> None:
    found = sidecar(
        tmp_path,
        "file,Title,publisher,date,country,author,speaker,language,Session\r\n"
        '2018/a.txt,"One, two",UN,2018-09,Fiji,,Mr. B,en,73\r\n'
        "\r\n"
        "b.pdf,,,13 March 2019,,,,,\r\n",
    )
    assert found == {
        "2018/a.txt": Metadata(
            title="One, two",
            publisher="UN",
            date="2018-09",
            country="Fiji",
            speaker="Mr. B",
            language="en",
            extra={"Session": "73"},
        ),
        "b.pdf": Metadata(date="2019-03-13"),
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    found = sidecar(tmp_path, "file,title\na.txt,Café – “quoted”\n".encode(encoding))
    assert found["a.txt"].title == "Café – “quoted”"


def test_semicolons_and_backslashes(tmp_path: Path) -> None:
    found = sidecar(tmp_path, "file;title\nold\\a.txt;One, two\n")
    assert found == {"old/a.txt": Metadata(title="One, two")}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name,title\na.txt,One\n", "line 1: there is no column 'file'"),
        ("file,title,title\na.txt,1,2\n", "line 1: the column 'title'"),
        ('file,title\na.txt,"One\n', "line 2"),
        (b"file\0\0\0\0title", "binary"),
    ],
)
def test_a_bad_file_names_the_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(ReadingError) as caught:
        sidecar(tmp_path, content)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_clear_costs_a_field_or_a_row_and_every_line_is_named() -> None:
    found = sidecar_of(
        b"file,title,Date\n"
        b"a.txt,Harbour,03/04/2019\n"
        b"b.txt,Bridge,2018-05-09\n"
        b"c.txt,Prison, in Tarsk,2018\n"
        b",Nothing,\n"
        b"../d.txt,Outside,\n"
        b"b.txt,Twice,\n"
        b"e.txt,Mill,31/02/2019\n"
    )
    assert found.rows == {
        "a.txt": Metadata(title="Harbour"),
        "b.txt": Metadata(title="Bridge", date="2018-05-09"),
        "e.txt": Metadata(title="Mill"),
    }
    assert [each.partition(":")[0] for each in found.problems] == [
        f"line {line}" for line in (2, 4, 5, 6, 7, 8)
    ]
    assert "'03/04/2019' is not clear" in found.problems[0]


def test_what_is_written_can_be_read_back(tmp_path: Path) -> None:
    rows = {
        "north/a.txt": Metadata("One, “two”", date="2019-03", extra={"Session": "73"}),
        "=b.txt": Metadata("=1+1", "Ümit", language="tr", extra={"status": "-draft"}),
    }
    write_sidecar(tmp_path / "metadata.csv", rows)
    assert read_sidecar(tmp_path) == Sidecar(rows)
    cells = (tmp_path / "metadata.csv").read_text("utf-8-sig").split(",")
    assert not any(cell.startswith("=") for cell in cells)
    with pytest.raises(FileExistsError):
        write_sidecar(tmp_path / "metadata.csv", {})


def test_the_first_wins_field_by_field() -> None:
    merged = merge_metadata(
        first=Metadata(title="One", extra={"a": "1"}),
        then=Metadata(title="Two", country="Fiji", extra={"a": "2", "b": "3"}),
    )
    assert merged == Metadata(title="One", country="Fiji", extra={"a": "1", "b": "3"})


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2019", "2019"),
        ("2019-03", "2019-03"),
        ("2019-03-13", "2019-03-13"),
        ("2019-03-13T17:00:00Z", "2019-03-13"),
        ("13 March 2019", "2019-03-13"),
        ("March 13, 2019", "2019-03-13"),
        ("Wed, 13 Mar 2019 10:00:00 GMT", "2019-03-13"),
        ("Sept. 2019", "2019-09"),
        ("13/3/2019", "2019-03-13"),
        ("3/13/2019", "2019-03-13"),
        ("3/4/2019", None),
        ("2019-13-01", None),
        ("2019-02-30", None),
        ("spring", None),
        ("", None),
    ],
)
def test_dates(text: str, iso: str | None) -> None:
    assert iso_date(text) == iso
