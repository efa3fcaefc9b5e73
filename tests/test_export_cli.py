"""Exporting, checking and referring from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from rag.app.cli import app
from rag.errors import QueryError
from rag.settings import Settings

QUESTION = (
    "How many political prisoners were there in Azerbaijan according to nongovernmental estimates?"
)
WORDS = "Nongovernmental estimates put the number of political prisoners and detainees"


def run(settings: Settings, *arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--index", str(settings.index)])


def test_an_answer_is_exported_checked_and_caught_when_it_is_changed(
    sample_settings: Settings, tmp_path: Path
) -> None:
    made = tmp_path / "answer.md"
    asked = run(sample_settings, "ask", QUESTION, "--export", made, "--style", "oscola")
    assert asked.exit_code == 0, asked.output
    text = made.read_text("utf-8")
    assert f"> {WORDS}" in text
    assert "[^1]: ‘Azerbaijan in the 2018 Country Reports’ (Footnote sample reports 2019)" in text
    assert not list(tmp_path.glob(".*"))

    told = run(sample_settings, "verify", made, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["holds"]

    made.write_text(text.replace("between 128 and 156", "between 128 and 165", 1), "utf-8")
    told = run(sample_settings, "verify", made, "--json")
    assert told.exit_code == 3
    first = json.loads(told.stdout)["quotations"][0]
    assert (first["status"], first["holds"]) == ("edited", False)
    (difference,) = first["differences"]
    assert (difference["yours"], difference["source"]) == ("165", "156")
    printed = run(sample_settings, "verify", made)
    assert "yours: 165   source: 156" in printed.output


def test_a_name_or_a_style_that_cannot_be_is_told_before_anything_is_asked(
    sample_settings: Settings, tmp_path: Path
) -> None:
    wrong = run(sample_settings, "ask", QUESTION, "--export", tmp_path / "a.pdf")
    assert isinstance(wrong.exception, QueryError)
    wrong = run(sample_settings, "ask", QUESTION, "--export", "a.md", "--style", "harvard")
    assert isinstance(wrong.exception, QueryError)
    assert run(sample_settings, "ask", QUESTION, "--style", "apa").exit_code == 2
    assert run(sample_settings, "serve", "--mcp", "--port", "0").exit_code == 2


def test_a_place_has_its_reference(sample_settings: Settings) -> None:
    told = run(sample_settings, "cite", WORDS, "--style", "chicago", "--json")
    assert json.loads(told.stdout)["matches"][0]["reference"] == (
        "Azerbaijan in the 2018 Country Reports (Footnote sample reports, 2019), "
        "under “Political prisoners.”"
    )
    printed = run(sample_settings, "cite", WORDS, "--style", "apa").output
    assert "(2019). Footnote sample reports." in " ".join(printed.split())
