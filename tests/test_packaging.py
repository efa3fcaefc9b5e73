"""What is published: the wheel in a bare environment, and the files in packaging/."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from rag import __version__
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
PACKAGING = ROOT / "packaging"
_SOURCES = ("pyproject.toml", "README.md", "LICENSE")
# Nothing listens there: whatever asks the network is refused.
_NO_NETWORK = dict.fromkeys(
    ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"
)


def run(command: Sequence[str | Path], folder: Path) -> str:
    """What a command prints; it does not see the checkout, and has no network."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**variables, **_NO_NETWORK, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_works_in_a_bare_environment_offline(tmp_path: Path) -> None:
    """The wheel has all that the program needs beside its libraries, which are borrowed."""
    pytest.importorskip("setuptools", minversion="77", reason="builds the wheel")
    pytest.importorskip("pip", reason="builds and installs the wheel")
    source, wheels, bare = tmp_path / "source", tmp_path / "wheels", tmp_path / "bare"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "rag", source / "rag", ignore=ignored)
    for name in _SOURCES:
        shutil.copy(ROOT / name, source)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, source], tmp_path)
    shutil.rmtree(source)
    (wheel,) = wheels.glob("footnote_rag-*.whl")

    venv.create(bare)
    python = bare / "bin" / "python"
    run([*pip, "--python", python, "install", "--no-index", "--no-deps", wheel], tmp_path)
    # A path in such a file is searched, but files of that kind which lie there are not read, so an
    # editable installation of the checkout is not seen.
    packages = Path(
        run([python, "-c", "import sysconfig as s; print(s.get_path('purelib'))"], bare).strip()
    )
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    where = run([python, "-c", "import rag; print(rag.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(bare)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ferry.txt").write_text(
        "The ferry of Kallby\n\nThe ferry of Kallby sank on 3 May 1987 with 41 people aboard.",
        "utf-8",
    )
    rag = bare / "bin" / "rag"
    assert __version__ in run([rag, "--version"], elsewhere)
    run([rag, "ingest", "ferry.txt"], elsewhere)
    assert "sank on 3 May 1987" in run(
        [rag, "ask", "When did the ferry of Kallby sink?"], elsewhere
    )
    # What is read only when it is needed is there as well: styles, words of the page, templates.
    page = "from rag.app.web.shared.theme import HEAD; import rag.app.web.page"
    run([python, "-c", page], elsewhere)
    for kind in ("*.py", "*.js", "*.css", "*.html", "*.po", "*.toml", "*.tsv", "*.json", "*.sql"):
        here = {each.relative_to(ROOT) for each in (ROOT / "rag").rglob(kind)}
        there = {each.relative_to(packages) for each in (packages / "rag").rglob(kind)}
        assert here == there, kind


def files() -> list[Path]:
    return sorted(each for each in PACKAGING.iterdir() if each.is_file())


def test_every_variable_in_packaging_is_a_setting() -> None:
    known = {f"RAG_{name.upper()}" for name in Settings.model_fields}
    named = {
        each.name: set(re.findall(r"\bRAG_[A-Z_]+", each.read_text("utf-8"))) for each in files()
    }
    assert sum(map(len, named.values())) > 10
    for name, variables in named.items():
        assert variables <= known, name


def test_compose_names_files_that_are_there_and_volumes_that_it_makes() -> None:
    compose = yaml.safe_load((PACKAGING / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    pages = [each for name, each in services.items() if name.startswith("page")]
    assert len(pages) == 2
    assert services["worker"]["deploy"]["replicas"] == 2
    for name, service in services.items():
        if build := service.get("build"):
            assert (PACKAGING / build["context"] / build["dockerfile"]).is_file(), name
        for volume in service.get("volumes", []):
            outside = volume.partition(":")[0]
            there = (
                (PACKAGING / outside).exists() if "/" in outside else outside in compose["volumes"]
            )
            assert there, volume
    # Two pages that wrote into one folder would be in each other's way.
    folders = [volume.partition(":")[0] for page in pages for volume in page["volumes"]]
    assert len(folders) == len(set(folders))
    caddy = (PACKAGING / "Caddyfile").read_text("utf-8")
    assert {name for name in services if name.startswith("page")} == set(
        re.findall(r"page-\d", caddy)
    )
    text = (PACKAGING / "compose.yaml").read_text("utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    given = set(
        re.findall(r"^(\w+)=", (PACKAGING / "compose.env.example").read_text("utf-8"), re.MULTILINE)
    )
    assert asked == given


def test_what_dockerfiles_copy_is_there_and_is_let_in() -> None:
    for dockerfile in (PACKAGING / "Dockerfile", PACKAGING / "postgres.Dockerfile"):
        let_in = (PACKAGING / f"{dockerfile.name}.dockerignore").read_text("utf-8")
        copied = re.findall(
            r"^COPY (?!--from)(.+) \S+$", dockerfile.read_text("utf-8"), re.MULTILINE
        )
        assert copied
        for path in " ".join(copied).split():
            assert (ROOT / path).exists(), path
            assert f"!{path}\n" in let_in, path


@pytest.mark.parametrize("unit", sorted(PACKAGING.glob("*.service")), ids=lambda each: each.name)
def test_units_are_understood_by_systemd(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    text = unit.read_text("utf-8")
    assert text.count("/opt/footnote/bin/rag ") == 1
    copy = tmp_path / unit.name
    copy.write_text(text.replace("/opt/footnote/bin/rag ", "/bin/true "), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
