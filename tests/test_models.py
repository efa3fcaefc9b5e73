"""The registry of models: what each one says of itself, and how it is found."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from typer.testing import CliRunner

from rag.app.cli import app
from rag.errors import SettingsError
from rag.models.download import unpack
from rag.models.embedding import Embedding, TokenEmbedding, open_embedding
from rag.models.embedding.torch_model import TorchModel, load
from rag.models.inference.model_cache import Options
from rag.models.registry import (
    CROSS_ENCODER,
    EMBEDDING,
    MULTILINGUAL,
    WEIGHTS,
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


@pytest.fixture
def multilingual() -> Embedding:
    """The multilingual model with its real weights."""
    cache = Options.of().cache
    if not (MULTILINGUAL.folder(cache) / WEIGHTS).is_file():
        pytest.skip(f"the multilingual model is not on this machine: run '{MULTILINGUAL.get}'")
    return open_embedding(MULTILINGUAL.name)


def test_the_multilingual_model_finds_across_languages(multilingual: Embedding) -> None:
    passages = [
        "The mayor closed the market in April because the roof had fallen in.",
        "Суд освободил редактора после девяти дней ареста.",
        "وطالبت العائلات بفتح تحقيق مستقل في ظروف الاحتجاز.",
    ]
    questions = [
        "Почему мэр закрыл рынок?",
        "When was the editor set free?",
        "¿Qué pidieron las familias?",
    ]
    found = multilingual.embed_queries(questions) @ multilingual.embed_passages(passages).T
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    # The prompts are the model's own: without them a question is another vector.
    bare = multilingual.embed_passages([questions[0]])
    assert 0.8 < float(bare[0] @ multilingual.embed_queries(questions[:1])[0]) < 0.999


def test_a_word_of_another_language_is_near_its_translation(multilingual: Embedding) -> None:
    tokens = cast("TokenEmbedding", multilingual)
    text = "The roof fell in. The market is old. In April the mayor closed it for good."
    (read,) = tokens.embed_tokens([text])
    (asked,) = tokens.embed_tokens(["мэр"], as_queries=True)
    assert read.vectors.shape == (len(read.starts), multilingual.dimension)
    assert np.allclose(np.linalg.norm(read.vectors, axis=1), 1, atol=1e-3)
    common = read.vectors.mean(axis=0)
    nearest = ((asked.vectors[-1] - common) @ (read.vectors - common).T).argmax()
    found = text[read.starts[nearest] :].split()[0]
    assert found == "mayor"
    # Those of a text in a batch are those of the text alone, and of the model on torch.
    both = tokens.embed_tokens(["Да.", text])[1]
    exact = TorchModel(load(MULTILINGUAL.folder(Options.of().cache), device="cpu"))
    (original,) = exact.embed_tokens([text], as_queries=False)
    for other in (both, original):
        assert other.starts.tolist() == read.starts.tolist()
        assert float((other.vectors * read.vectors).sum(axis=1).min()) > 0.98


def test_all_models_are_listed() -> None:
    listed = json.loads(CliRunner().invoke(app, ["models", "--json"]).stdout)["models"]
    by_name = {each["name"]: each for each in listed}
    assert by_name.keys() == models().keys()
    assert {"ar", "az", "fa", "ru", "uk", "zh"} < set(by_name[MULTILINGUAL.name]["languages"])
    shown = CliRunner().invoke(app, ["models"]).stdout
    assert f"{len(MULTILINGUAL.languages)} languages" in " ".join(shown.split())
    assert by_name[EMBEDDING.name]["megabytes"] > 50
    unknown = CliRunner().invoke(app, ["models", "get", "no-such-model"])
    assert isinstance(unknown.exception, SettingsError)


def test_weights_of_four_bits_are_unpacked() -> None:
    scale = np.float16(0.5).tobytes()
    packed = scale + bytes([0x0F | (0x01 << 4)] * 16)  # 15 in the low halves, 1 in the high ones
    header = b"E5S1" + struct.pack("<I7ifi", 1, 32, 1, 1, 16, 1, 1, 2, 1e-12, 32)
    tokenizer = struct.pack("<5iQ", 0, 0, 0, 0, 0, 0) + bytes(4) + struct.pack("<iI", 0, 0)
    directory = struct.pack("<i", 2)
    start = len(header) + len(tokenizer) + 4 + 2 * (2 + 21) + len("emb.word") + len("emb.ln.b")
    for name, is_packed, size, at in (("emb.word", 1, 32, 0), ("emb.ln.b", 0, 2, len(packed))):
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", is_packed, size, start + at, 0)
    found = unpack(header + tokenizer + directory + packed + struct.pack("<2f", 1.5, -2))
    assert found["embeddings.word_embeddings.weight"].tolist() == [[3.5] * 16 + [-3.5] * 16]
    assert found["embeddings.LayerNorm.bias"].tolist() == [1.5, -2]
