"""The model that reads a sentence together with the question."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rag.cross_encoder.excerpts import LogOdds, rows
from rag.cross_encoder.learned import pack, unpack
from safetensors.torch import load, save_file
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    PreTrainedTokenizerBase,
)

from rag.cross_encoder import BUILT_IN, CrossEncoder, Excerpt, Remembered, open_cross_encoder
from rag.embedding import Tokenizer, built_in_folder
from rag.errors import SettingsError
from rag.inference import Options

QUESTION = "When was the bridge over the river opened to traffic?"
EXCERPTS = [
    Excerpt("The old bridge.", "", "The bridge over the river is painted green."),
    Excerpt("The old bridge.", "It took nine years to build.", "It was opened in May 1931."),
    Excerpt("The old bridge.", "", "Bread is baked from flour, water and salt."),
]


@pytest.fixture(scope="module")
def built_in() -> CrossEncoder:
    encoder = open_cross_encoder(BUILT_IN)
    assert encoder is not None
    return encoder


def test_what_bears_on_the_question_is_told_from_what_does_not(built_in: CrossEncoder) -> None:
    scores = built_in.read(QUESTION, EXCERPTS)
    assert scores.shape == (3,)
    assert scores.argmin() == 2
    assert scores[:2].min() > scores[2] + 2


def test_a_score_does_not_depend_on_what_else_is_read(built_in: CrossEncoder) -> None:
    together = built_in.read(QUESTION, EXCERPTS * 12)
    alone = np.concatenate([built_in.read(QUESTION, [each]) for each in EXCERPTS])
    assert np.abs(together[:3] - alone).max() < 0.2  # bfloat16, where the processor has it


def on_torch(name: str, folder: Path) -> CrossEncoder:
    encoder = open_cross_encoder(name, Options(folder, engine="torch"))
    assert encoder is not None
    return encoder


def test_what_was_read_is_not_read_again(built_in: CrossEncoder) -> None:
    class Counting:
        read_so_far = 0

        def read(self, question: str, excerpts: Sequence[Excerpt]) -> LogOdds:
            self.read_so_far += len(excerpts)
            return built_in.read(question, excerpts)

    counting = Counting()
    remembered = Remembered(counting)
    first = remembered.read(QUESTION, [*EXCERPTS, EXCERPTS[0]])
    assert counting.read_so_far == len(EXCERPTS)
    assert np.array_equal(first[[2, 0]], remembered.read(QUESTION, [EXCERPTS[2], EXCERPTS[0]]))
    assert counting.read_so_far == len(EXCERPTS)
    other = remembered.read("Who baked the bread?", EXCERPTS)
    assert other.argmax() == 2
    assert counting.read_so_far == 2 * len(EXCERPTS)


def test_torch_and_the_converted_network_agree(
    built_in: CrossEncoder, tmp_path: Path, model_cache: Path
) -> None:
    expected = on_torch(BUILT_IN, tmp_path).read(QUESTION, EXCERPTS)
    # 0.05 is what the conversion allows; torch here may itself round to bfloat16.
    assert built_in.read(QUESTION, EXCERPTS) == pytest.approx(expected, abs=0.2)
    assert not list(tmp_path.iterdir())
    assert list(model_cache.glob("cross-encoder-*/network.xml"))


def test_what_was_learned_can_be_in_a_file_of_one_s_own(
    built_in: CrossEncoder, tmp_path: Path
) -> None:
    learned = load((resources.files("rag.cross_encoder") / "learned.safetensors").read_bytes())
    save_file({**learned, "bias": learned["bias"] + 1}, tmp_path / "mine.safetensors")
    mine = open_cross_encoder(str(tmp_path / "mine.safetensors"))
    assert mine is not None
    expected = built_in.read(QUESTION, EXCERPTS) + 1
    assert mine.read(QUESTION, EXCERPTS) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("content", ["nothing", "another network"])
def test_a_file_with_something_else_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.safetensors"
    file.write_bytes(b"nothing")
    if content == "another network":
        save_file({"head.weight": torch.zeros(2, 2)}, file)
    encoder = open_cross_encoder(str(file))
    assert encoder is not None
    with pytest.raises(SettingsError, match="RAG_CROSS_ENCODER"):
        encoder.read(QUESTION, EXCERPTS)


@pytest.mark.parametrize("text", ["", "\x00\x01", "🜚" * 40, "word " * 2000])
def test_anything_can_be_read(built_in: CrossEncoder, text: str) -> None:
    assert np.isfinite(built_in.read(text, [Excerpt(text, text, text)])).all()
    assert np.isfinite(built_in.read(QUESTION, [Excerpt(text, text, text)])).all()


@pytest.fixture(scope="module")
def transformers_tokenizer() -> PreTrainedTokenizerBase:
    loaded: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        built_in_folder(), local_files_only=True
    )
    return loaded


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.of_folder(built_in_folder())


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300), st.text(max_size=600))
def test_question_and_sentence_stand_in_the_row_where_it_says(
    tokenizer: Tokenizer,
    transformers_tokenizer: PreTrainedTokenizerBase,
    question: str,
    heading: str,
    before: str,
    sentence: str,
) -> None:
    (row,) = rows(tokenizer, question, [Excerpt(heading, before, sentence)])
    assert len(row.tokens) < 200
    assert 1 == row.question[0] <= row.question[1] < row.sentence[0] < row.sentence[1]
    assert row.sentence[1] == len(row.tokens) - 1
    read = transformers_tokenizer(sentence, add_special_tokens=False)["input_ids"][:90]
    unknown = transformers_tokenizer.unk_token_id
    assert list(row.tokens[slice(*row.sentence)]) == (read or [unknown])
    assert row.tokens[0] == transformers_tokenizer.cls_token_id
    assert row.tokens[-1] == transformers_tokenizer.sep_token_id


def test_what_was_learned_survives_packing() -> None:
    torch.manual_seed(0)
    body = {"body.matrix": torch.randn(40, 60), "body.bias": torch.randn(40)}
    change = torch.randn(40, 3) @ torch.randn(3, 60)
    learned = {
        "body.matrix": body["body.matrix"] + change,
        "body.bias": body["body.bias"] + 0.5,
        "head.weight": torch.randn(4, 4),
    }
    packed = pack(learned, body, rank=3)
    assert sum(each.numel() for each in packed.values()) < 3 * (40 + 60) + 40 + 16 + 1
    found = unpack(packed, body)
    assert found.keys() == learned.keys()
    for name, weight in learned.items():
        assert torch.allclose(found[name], weight, atol=2e-2), name


def test_none_is_no_model() -> None:
    assert open_cross_encoder("none") is None


@pytest.mark.parametrize("name", ["/nowhere/at/all", "/nowhere/learned.safetensors"])
def test_a_model_that_is_not_there_is_an_error_that_names_the_setting(name: str) -> None:
    encoder = open_cross_encoder(name)
    assert encoder is not None
    with pytest.raises(SettingsError, match="RAG_CROSS_ENCODER"):
        encoder.read(QUESTION, EXCERPTS)


@pytest.mark.parametrize("labels", [1, 3])
def test_a_published_cross_encoder_can_be_named(
    tmp_path: Path, transformers_tokenizer: PreTrainedTokenizerBase, labels: int
) -> None:
    transformers_tokenizer.save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(transformers_tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=labels,  # type: ignore[call-arg]
    )
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    encoder = open_cross_encoder(str(tmp_path))
    assert encoder is not None
    if labels == 1:
        assert encoder.read(QUESTION, EXCERPTS).shape == (3,)
        return
    with pytest.raises(SettingsError, match="one label"):
        encoder.read(QUESTION, EXCERPTS)
