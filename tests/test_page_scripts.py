"""The page's scripts: served as modules that browsers may keep, and packed with the program."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.app.web.shared.scripts import VERSION, on_load, preloads, script_routes

ROOT = Path(__file__).parent.parent
ENTRY = "app/web/main.js"


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    app.include_router(script_routes())
    return TestClient(app)


def test_a_script_is_a_module_that_browsers_may_keep(client: TestClient) -> None:
    response = client.get(f"/scripts/{VERSION}/{ENTRY}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/javascript")
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize("path", [f"old/{ENTRY}", f"{VERSION}/app/web/page.py", f"{VERSION}/../x"])
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/scripts/{path}").status_code == 404


def test_every_script_is_reached_by_imports_that_are_served(client: TestClient) -> None:
    known, waiting = set[str](), [ENTRY, "app/web/shared/gradio.js"]
    while waiting:
        path = waiting.pop()
        if path in known:
            continue
        known.add(path)
        script = client.get(f"/scripts/{VERSION}/{path}")
        assert script.status_code == 200, path
        assert script.text.startswith("// @ts-check"), path
        imported = re.findall(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"', script.text)
        waiting += [normpath(join(dirname(path), each)) for each in imported]
    assert known == set(re.findall(rf"scripts/{VERSION}/([^\"]+)", preloads()))


def test_a_component_names_the_events_that_python_listens_to() -> None:
    assert '"collection_changed"' in on_load("library", "collection_changed")


def test_the_wheel_holds_all_that_the_page_reads(tmp_path: Path) -> None:
    source, wheels = tmp_path / "source", tmp_path / "wheels"
    shutil.copytree(ROOT / "rag", source / "rag", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    wheels.mkdir()
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(wheels)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    kept = [
        file for ending in ("js", "css", "html") for file in (ROOT / "rag").rglob(f"*.{ending}")
    ]
    assert kept
    assert {file.relative_to(ROOT).as_posix() for file in kept} <= packed
