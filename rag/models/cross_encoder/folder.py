"""Which model it is, and where its folder lies."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from rag.errors import SettingsError
from rag.models.inference import Options

__all__ = [
    "NAME",
    "WEIGHTS_SHA256",
    "WEIGHTS_SHA256_FILE",
    "default_folder",
    "model_folder",
    "weights_hash",
]

NAME: Final = "ms-marco-MiniLM-L-12-v2"
"""The published name, on the hub under ``cross-encoder/``."""

WEIGHTS_SHA256_FILE: Final = "model.safetensors"
WEIGHTS_SHA256: Final = "fbc74b1ec151c583d5b8434e5f8086712bce0ac64a0a6f3f16e57c3d98ca1eb2"
"""Of the weights that ``scripts/fetch_models.py`` writes, with which everything was measured."""


def default_folder(options: Options | None = None) -> Path:
    """Where the model is looked for if no folder is named: beside the converted models."""
    return (options or Options.of()).cache / NAME


def model_folder(name: str, options: Options) -> Path:
    """The folder of the model that the setting names: :data:`NAME`, or a folder with it.

    Raises:
        SettingsError: the model is not there.
    """
    folder = default_folder(options) if name == NAME else Path(name).expanduser()
    if not (folder / WEIGHTS_SHA256_FILE).is_file():
        raise SettingsError(
            f"the cross-encoder {NAME} is not in {folder}: run 'python scripts/fetch_models.py', "
            "or set RAG_CROSS_ENCODER to a folder that has it"
        )
    return folder


def weights_hash(folder: Path) -> str:
    """The SHA-256 of the weights in a folder."""
    with (folder / WEIGHTS_SHA256_FILE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
