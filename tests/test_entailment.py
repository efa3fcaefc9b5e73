"""A model of meaning that the settings name: loaded, asked, and refused where it is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag.errors import SettingsError
from rag.models.entailment import Entailment, follows_by
from rag.models.registry import EMBEDDING
from rag.settings import load_settings


def small_model(folder: Path, labels: tuple[str, ...]) -> Path:
    """A tiny classifier of pairs with weights at random, as transformers keeps one."""
    transformers: Any = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(EMBEDDING.folder(folder)).save_pretrained(folder)
    return folder


def test_without_a_name_there_is_none() -> None:
    assert follows_by(load_settings()) is None


def test_a_model_with_a_label_for_entailment_is_asked(tmp_path: Path) -> None:
    folder = small_model(tmp_path, ("contradiction", "entailment", "neutral"))
    sure = Entailment(str(folder)).probability("Most pupils were girls.", "Girls were pupils.")
    assert 0 < sure < 1
    for above, wanted in ((0.0, True), (1.0, False)):
        follows = follows_by(load_settings(entailment=str(folder), follows_above=above))
        assert follows is not None
        assert follows("Most pupils were girls.", "Girls were pupils.") is wanted


@pytest.mark.parametrize("labels", [("yes", "no"), ("relevance",)])
def test_another_model_is_refused(tmp_path: Path, labels: tuple[str, ...]) -> None:
    folder = small_model(tmp_path, labels)
    with pytest.raises(SettingsError, match="RAG_ENTAILMENT"):
        Entailment(str(folder)).probability("a", "b")


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RAG_ENTAILMENT"):
        Entailment(str(tmp_path / "none")).probability("a", "b")
