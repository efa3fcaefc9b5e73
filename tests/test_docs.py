"""The documents are true: their examples, the files, commands and settings they name, the site."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flowchart
import pytest
import reference

from rag.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def examples() -> Iterator[tuple[list[str], list[str]]]:
    """Each command of README that is shown with what it prints: its arguments, and the lines."""
    readme = (ROOT / "README.md").read_text("utf-8")
    for block in re.findall(r"^```\n\$ \.venv/bin/rag (.+?)^```", readme, re.DOTALL | re.MULTILINE):
        command, *lines = block.splitlines()
        yield shlex.split(command), lines


def test_readme_shows_what_the_program_prints(sample_settings: Settings) -> None:
    shown = list(examples())
    assert len(shown) == 2
    for arguments, lines in shown:
        process = subprocess.run(
            [sys.executable, "-m", "rag.app.cli", *arguments, "--index", sample_settings.index],
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=True,
        )
        printed = process.stdout.splitlines()
        if lines[-1] == "…":
            lines.pop()
            printed = printed[: len(lines)]
        assert printed == lines


def test_every_command_and_setting_is_documented() -> None:
    settings, commands = reference.settings(), reference.commands()
    for name, field in Settings.model_fields.items():
        assert f"| `RAG_{name.upper()}` |" in settings
        assert field.description, name
    documented = set(re.findall(r"^## `rag (.+)`$", commands, re.MULTILINE))
    assert documented >= {"ask", "cite", "ingest", "serve", "gold check", "gold import"}
    assert commands.count("\nUsage: rag ") == len(documented)
    assert all(f"### `{name}`" in reference.tools() for name in ("search", "ask", "cite"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_commands_settings_and_files_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    commands = {name.split()[0] for name in reference.command_names()}
    assert set(re.findall(r"`(?:\.venv/bin/)?rag ([a-z]+)", text)) <= commands
    variables = {f"RAG_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bRAG_[A-Z]+(?:_[A-Z]+)*\b", text)) <= variables
    folders = "rag|tests|scripts|benchmarks|docs|corpus"
    for path in re.findall(rf"`((?:{folders})/[\w./*-]*)", text):
        assert "FORMAT" in path or any(ROOT.glob(path.rstrip("/"))), path
    files = [file for folder in folders.split("|") for file in (ROOT / folder).rglob("*.*")]
    names = {file.name for file in [*files, *ROOT.glob("*.*")]}
    # Packages of others, which are shown as examples, have names that begin with "footnote_".
    assert set(re.findall(r"`((?!footnote_)\w+\.(?:py|js|css))`", text)) <= names


def test_a_drawing_has_every_node_and_refuses_what_it_cannot_draw() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawn = flowchart.with_drawings(page)
    assert "```mermaid" not in drawn
    for title in re.findall(r'\["([^<"]+)<br>', page):
        assert f">{title}</text>" in drawn
    with pytest.raises(flowchart.FlowchartError, match=re.escape("a -.-> b")):
        flowchart.draw('subgraph s["S"]\na["A"]\nb["B"]\nend\na -.-> b')
    with pytest.raises(flowchart.FlowchartError, match="no node: c"):
        flowchart.draw('subgraph s["S"]\na["A"]\nend\na --> c')


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("myst_parser", reason="the site needs the extra docs")
    site = tmp_path / "site"
    options = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet"]
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            *options,
            "-d",
            tmp_path / "trees",
            "-c",
            "docs",
            ".",
            site,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "README.html" in (site / "index.html").read_text("utf-8")
    assert "--fail-under" in (site / "docs" / "commands.html").read_text("utf-8")
    assert "RAG_PASSAGE_TOKENS" in (site / "docs" / "settings.html").read_text("utf-8")
    assert "<svg" in (site / "docs" / "architecture.html").read_text("utf-8")
