"""The registry of models: what each one says of itself, and how it is found."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.models.registry import (
    CROSS_ENCODER,
    EMBEDDING,
    ModelEntry,
    cross_encoder_folder,
    embedding_folder,
    models,
)


@pytest.mark.parametrize("entry", models().values(), ids=lambda entry: entry.name)
def test_every_model_says_what_it_is_and_where_it_is_from(entry: ModelEntry) -> None:
    assert models()[entry.name] is entry
    assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
    assert entry.origin.startswith("https://")
    assert entry.licence
    assert entry.get


def test_a_name_is_for_one_kind_of_model(tmp_path: Path) -> None:
    assert embedding_folder(CROSS_ENCODER.name, tmp_path) is None
    with pytest.raises(SettingsError, match="there is no cross-encoder in"):
        cross_encoder_folder(EMBEDDING.name, tmp_path)


def test_a_model_that_is_missing_or_damaged_names_the_command(tmp_path: Path) -> None:
    gone = replace(EMBEDDING, package="no_such_package")
    with pytest.raises(SettingsError, match=r"is not in .*RAG_EMBEDDING_MODEL") as missing:
        gone.checked_folder(tmp_path)
    assert EMBEDDING.get in str(missing.value)
    (tmp_path / CROSS_ENCODER.name).mkdir()
    (tmp_path / CROSS_ENCODER.name / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(SettingsError, match=r"is damaged: remove that folder") as damaged:
        cross_encoder_folder(CROSS_ENCODER.name, tmp_path)
    assert CROSS_ENCODER.get in str(damaged.value)
