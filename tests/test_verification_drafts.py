"""The quotations of a draft: found between marks of all kinds, and checked by the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rag.app.cli import app
from rag.errors import SourceNotFound
from rag.quotes.drafts import check_draft, find_quotations
from rag.schema import Citation
from rag.settings import Settings
from rag.store import Index


@pytest.mark.parametrize(
    ("draft", "quotations"),
    [
        ("He said “we are free” and left.", ["we are free"]),
        ('He said "we are free" and "so are you".', ["we are free", "so are you"]),
        ("He said ‘we aren’t free’ and left.", ["we aren’t free"]),
        ("He said 'we aren't free' and left.", ["we aren't free"]),
        ("Er sagte „wir sind frei“ und ging.", ["wir sind frei"]),
        ("Er sagte »wir sind frei« und ging.", ["wir sind frei"]),
        ("Il a dit « nous sommes libres » et partit.", ["nous sommes libres"]),
        ("彼は「我々は自由だ」と言った。", ["我々は自由だ"]),
        ("She wrote “he said ‘we are free’ twice” here.", ["he said ‘we are free’ twice"]),
        ("She wrote “he said “we are free” twice” here.", ["he said “we are free” twice"]),
        ("The states' rights and the minister's own.", []),
        ('Rock ’n’ roll of the ’90s, a 5" disc.', []),
        ("An “open mark\n\nand a new “paragraph”.", ["paragraph"]),
        ("She: “One thing.\n\n“And another.” So", ["One thing.", "And another."]),
        ("As he said:\n\n> We are free,\n> and so are you.\n> — The minister\n\nEnd.", None),
        ("> We are “free” here.\n", ["We are “free” here."]),
        ("", []),
    ],
)
def test_quotations_are_found(draft: str, quotations: list[str] | None) -> None:
    found = [draft[start:end] for start, end in find_quotations(draft)]
    assert found == (["We are free,\n> and so are you."] if quotations is None else quotations)


def test_a_draft_is_checked(sample_settings: Settings) -> None:
    index = Index.open(sample_settings)
    document = index.document(index.documents()[0].id)
    assert document is not None
    words = document.text.split()
    quote, block = " ".join(words[40:52]), words[60:80]
    draft = (
        f"They wrote: “{quote}”, and “so” on.\n\n> {' '.join(block[:10])}\n> "
        f"{' '.join(block[10:])}\n\nAnd “{quote.upper()}”."
    )
    checked = check_draft(index, draft)
    index.close()
    assert [each.verification.status for each in checked[:3]] == [
        *("verbatim", "not_found", "verbatim")
    ]
    assert checked[3].verification.status != "verbatim"
    assert "too short" in (checked[1].verification.note or "")
    assert draft[checked[0].start : checked[0].end] == checked[0].text == quote


def cite(*arguments: object, given: str = "") -> Result:
    return CliRunner().invoke(app, ["cite", *map(str, arguments)], input=given)


def as_json(*arguments: object, given: str = "") -> dict[str, Any]:
    result = cite(*arguments, "--json", given=given)
    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


def test_the_command(sample_settings: Settings, tmp_path: Path) -> None:
    index = ("--index", sample_settings.index)
    opened = Index.open(sample_settings)
    document = opened.document(opened.documents()[0].id)
    opened.close()
    assert document is not None
    quote = " ".join(document.text.split()[40:56])
    result = as_json(quote, *index)
    assert result["status"] == "verbatim"
    match = result["matches"][0]
    assert match.keys() >= {*Citation.__dataclass_fields__, "similarity", "differences"}
    assert document.text[match["start"] : match["end"]] == match["quote"]
    assert (match["similarity"], match["differences"]) == (1.0, [])

    altered = as_json(quote.replace(quote.split()[7], "otherwise", 1), *index)
    assert altered["status"] == "near"
    assert altered["matches"][0]["differences"][0]["yours"] == "otherwise"
    assert altered["matches"][0]["similarity"] < 1

    draft = tmp_path / "draft.txt"
    draft.write_text(f"They said “{quote}” and “nobody was there to see it”.", "utf-8")
    from_file = as_json("--file", draft, *index)
    assert from_file == as_json("--file", "-", *index, given=draft.read_text("utf-8"))
    first, second = from_file["quotations"]
    assert (first["quotation"], first["status"]) == (quote, "verbatim")
    assert draft.read_text("utf-8")[first["start"] : first["end"]] == quote
    assert second["status"] == "not_found"
    assert second["matches"] == []

    shown = cite(quote.replace(quote.split()[7], "otherwise", 1), *index).stdout
    assert "near" in shown
    assert "otherwise" in shown
    assert "1 of them verbatim" in cite("--file", draft, *index).stdout


def test_errors_of_the_command(sample_settings: Settings, tmp_path: Path) -> None:
    index = ("--index", sample_settings.index)
    assert cite(*index).exit_code == 2
    assert cite("some words", "--file", "-", *index).exit_code == 2
    assert isinstance(cite("some words", "--source", "no.txt", *index).exception, SourceNotFound)
    assert isinstance(cite("--file", tmp_path / "none.txt", *index).exception, FileNotFoundError)
    process = subprocess.run(
        [sys.executable, "-m", "rag.app.cli", "cite", "“word”", "--json", *map(str, index)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert "too short" in process.stderr
    assert "Traceback" not in process.stderr


def test_another_speaker_than_the_source_s_is_told(sample_settings: Settings) -> None:
    words = "the executive branch has to produce the reports because Congress passed a requirement"
    index = Index.open(sample_settings)
    draft = (
        f"“{words},” John Miller said on Monday. It was, Kozak said, “{words}”. The minister "
        f"said: “{words}.” They wrote “{words}” there. “Nothing of the kind was said,” Ann Lee "
        "said."
    )
    checked = check_draft(index, draft)
    index.close()
    assert [each.verification.status for each in checked] == ["verbatim"] * 4 + ["not_found"]
    assert [each.speaker for each in checked][:2] == ["John Miller", "Kozak"]
    assert [each.verification.note for each in checked] == [
        "the draft gives these words to John Miller, the source gives them to ANALYST",
        *(None, None, None, None),
    ]
