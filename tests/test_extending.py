"""The examples of docs/extending.md: installed as packages beside the program, and used by it."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_embedding import tiny_model

from rag import IndexProblem, Settings, add_documents

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")


def write_example(chapter: str, folder: Path) -> None:
    """Write the files of one chapter; each begins with a comment that names it."""
    text = re.split(r"^## ", PAGE.partition(f"## {chapter}\n")[2], flags=re.MULTILINE)[0]
    files = re.findall(r"```\w+\n# (\S+)\n(.*?)```", text, re.DOTALL)
    assert files
    for name, content in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")


def install(package: Path, site: Path) -> None:
    """Install a package from its folder into a folder of its own."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--no-index", "--target", str(site), str(package)], check=True)


def run(site: Path, *words: object, **environment: str) -> str:
    """What a command prints, with the packages of ``site`` installed."""
    path = os.pathsep.join((str(site), str(ROOT)))
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, "PYTHONPATH": path, **environment},
        cwd=site.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


ORG = """#+TITLE: The prisons of Orrin

* Food

There were two meals a day,
and no meat.

* Visits

Families were turned away in March.
"""


def test_a_reader_of_another_package_reads_its_format(tmp_path: Path) -> None:
    write_example("A reader for a format", tmp_path / "package")
    site = tmp_path / "site"
    install(tmp_path / "package", site)
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "orrin.org").write_text(ORG, "utf-8")
    (reports / "other.org").write_bytes(b"\xff\xfe\xff")
    command = ("-m", "rag.app.cli")
    done = subprocess.run(
        [sys.executable, *command, "ingest", str(reports), "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT)))},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert told["added"] == 1
    assert told["failed"] == [
        {"source": "other.org", "error": "not in UTF-8; save it in that encoding"}
    ]
    (hit, *_) = json.loads(run(site, *command, "search", "families turned away", "--json"))["hits"]
    assert hit["title"] == "The prisons of Orrin"
    assert hit["section"] == "Visits"
    assert "Families were turned away in March." in hit["text"]
    # Without the package the format is not known.
    alone = subprocess.run(
        [sys.executable, *command, "ingest", str(reports / "other.org")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "this type of file cannot be read" in alone.stdout + alone.stderr


def test_a_broken_extension_is_named_and_no_obstacle(tmp_path: Path) -> None:
    write_example("A reader for a format", tmp_path / "package")
    module = tmp_path / "package" / "footnote_org.py"
    module.write_text("raise RuntimeError('out of date')", "utf-8")
    install(tmp_path / "package", tmp_path / "site")
    program = (
        "import logging; logging.basicConfig(); from rag.readers import is_supported;"
        "print(is_supported('a.org'), is_supported('a.pdf'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path / "site"), str(ROOT)))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True"]
    assert "footnote-org adds 'org'" in done.stderr
    assert "out of date" in done.stderr


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_model_of_another_package_is_used_by_its_name(tmp_path: Path, is_damaged: bool) -> None:
    write_example("A model", tmp_path / "package")
    package = tmp_path / "package" / "footnote_reports_model"
    tiny_model(tmp_path / "made")
    (tmp_path / "made" / "model").rename(package / "model")
    weights = hashlib.sha256((package / "model" / "model.safetensors").read_bytes()).hexdigest()
    module = package / "__init__.py"
    placeholder = "<the SHA-256 of model/model.safetensors>"
    assert placeholder in module.read_text("utf-8")
    if not is_damaged:
        module.write_text(module.read_text("utf-8").replace(placeholder, weights), "utf-8")
    site = tmp_path / "site"
    install(tmp_path / "package", site)
    program = """
from rag import SettingsError, open_embedding
try:
    print(open_embedding("reports-model").embed_passages(["Some text.", "More of it."]).shape)
except SettingsError as error:
    print(error)
"""
    told = run(site, "-c", program, RAG_MODEL_CACHE=str(tmp_path / "cache"))
    if is_damaged:
        assert "is damaged: remove that folder" in told
        assert "pip install --force-reinstall footnote-reports-model" in told
    else:
        assert told.strip() == "(2, 32)"


def test_another_store_stands_in_place_of_the_folder(
    sample_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_example("A store", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    published = importlib.import_module("read_only").published(str(sample_settings.index))
    question = "How many political prisoners were there in Azerbaijan in 2018?"
    *_, answer = published.ask(question)
    assert "between 128 and 156" in answer.text
    (tmp_path / "new.txt").write_text("Something else was said.", "utf-8")
    with pytest.raises(IndexProblem, match="make a copy to change it"):
        add_documents(published.index, [tmp_path / "new.txt"], settings=sample_settings)
    published.index.close()
