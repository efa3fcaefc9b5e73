"""metadata.csv, dates, and which source of metadata wins."""

from pathlib import Path

import pytest

from rag.errors import ReadingError
from rag.readers import merge_metadata, read_sidecar
from rag.readers.metadata.fields import iso_date
from rag.schema import Metadata


def sidecar(folder: Path, content: str | bytes) -> dict[str, Metadata]:
    raw = content.encode() if isinstance(content, str) else content
    (folder / "metadata.csv").write_bytes(raw)
    return read_sidecar(folder)


def test_a_folder_without_the_file_has_no_metadata(tmp_path: Path) -> None:
    assert read_sidecar(tmp_path) == {}


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
        ("file,title\na.txt,One\nb.txt,One, two\n", "line 3: 3 values for 2 columns"),
        ("file,title\n,One\n", "line 2: the column 'file'"),
        ("file,title\n../a.txt,One\n", "line 2: the column 'file'"),
        ("file,title\na.txt,1\na.txt,2\n", "line 3: a.txt has a row already"),
        ("file,date\na.txt,03/04/2019\n", "line 2: the date '03/04/2019' is not clear"),
        ('file,title\na.txt,"One\n', "line 2"),
        (b"file\0\0\0\0title", "binary"),
    ],
)
def test_a_bad_file_names_the_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(ReadingError) as caught:
        sidecar(tmp_path, content)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


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
