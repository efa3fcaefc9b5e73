"""The model that reads a question and a passage together."""

from __future__ import annotations

import shutil
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save_file

from rag.errors import SettingsError
from rag.models.cross_encoder.model import LONGEST, CrossEncoder, PassageText, rows
from rag.models.cross_encoder.network import pack, unpack
from rag.models.inference.model_cache import Options
from rag.models.registry import CROSS_ENCODER
from rag.models.tokenizer import Tokenizer

NAME = CROSS_ENCODER.name

QUESTION = "When was the bridge over the river opened to traffic?"


def published() -> Path:
    """The folder of the fetched model."""
    return CROSS_ENCODER.folder(Options.of().cache)


def passage(*sentences: str, heading: str = "The old bridge. ") -> PassageText:
    """A passage of these sentences."""
    spans, at = [], 0
    for each in sentences:
        spans.append((at, at + len(each)))
        at += len(each) + 1
    return PassageText(heading, " ".join(sentences), tuple(spans))


PASSAGES = [
    passage("The bridge is painted green.", "It was opened to traffic in May 1931."),
    passage("Bread is baked from flour, water and salt.", heading="Bread. "),
]


@pytest.fixture(scope="module")
def model() -> CrossEncoder:
    return CrossEncoder(NAME)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.of_folder(published(), longest=LONGEST)


def test_the_sentence_that_answers_is_told_from_the_others(model: CrossEncoder) -> None:
    bridge, bread = model.read(QUESTION, PASSAGES)
    assert bridge.shape == (2,)
    assert bread.shape == (1,)
    assert bridge[1] > bridge[0]
    assert bridge[1] > bread[0]


def test_the_published_model_scores_its_own_example_as_its_card_says(model: CrossEncoder) -> None:
    question = "How many people live in Berlin?"
    answers = (
        "Berlin had a population of 3,520,031 registered inhabitants in an area of 891.82 "
        "square kilometers."
    )
    another = "Berlin is well known for its museums."
    score, other = model.score(question, [answers, another])
    assert score == pytest.approx(8.61, abs=0.5)  # weights of eight bits
    assert other < 0
    assert model.score(question, []) == []


def test_scores_do_not_depend_on_what_else_is_scored(model: CrossEncoder) -> None:
    texts = ["It was opened to traffic in May 1931.", "Bread is baked from flour. " * 30, "No."]
    together = model.score(QUESTION, texts * 5)
    for number, each in enumerate(texts):
        assert together[number] == pytest.approx(model.score(QUESTION, [each])[0], abs=0.5)


def test_what_is_read_does_not_depend_on_what_else_is_read(model: CrossEncoder) -> None:
    together = model.read(QUESTION, PASSAGES * 10)
    for number, each in enumerate(PASSAGES):
        (alone,) = model.read(QUESTION, [each])
        assert together[number] == pytest.approx(alone, abs=0.5)  # bfloat16, where there is any


def test_torch_and_the_converted_network_agree(
    model: CrossEncoder, tmp_path: Path, model_cache: Path
) -> None:
    expected = CrossEncoder(str(published()), Options(tmp_path, engine="torch"))
    for one, other in zip(
        model.read(QUESTION, PASSAGES), expected.read(QUESTION, PASSAGES), strict=True
    ):
        assert one == pytest.approx(other, abs=0.5)
    assert not list(tmp_path.iterdir())
    assert list(model_cache.glob("cross-encoder-*/network.xml"))


def test_what_was_learned_can_be_in_another_file(model: CrossEncoder, tmp_path: Path) -> None:
    learned = load(
        (resources.files("rag.models.cross_encoder") / "learned.safetensors").read_bytes()
    )
    other = tmp_path / "mine.safetensors"
    save_file({**learned, "head.bias": learned["head.bias"] + 1}, other)
    (mine,) = CrossEncoder(NAME, learned=other).read(QUESTION, PASSAGES[:1])
    (shipped,) = model.read(QUESTION, PASSAGES[:1])
    assert mine == pytest.approx(shipped + 1, abs=0.5)


@pytest.mark.parametrize("text", ["", "\x00\x01", "🜚" * 40, "word " * 2000])
def test_anything_can_be_read(model: CrossEncoder, text: str) -> None:
    (one,) = model.read(text, [passage(text, heading=text)])
    (other,) = model.read(QUESTION, [passage(text, "It was opened.", heading=text)])
    assert np.isfinite(one).all()
    assert np.isfinite(other).all()
    assert other.shape == (2,)


def test_nothing_is_read_of_no_passage(model: CrossEncoder) -> None:
    assert model.read(QUESTION, []) == []


def test_a_sentence_that_is_cut_off_has_less_than_any_other(model: CrossEncoder) -> None:
    long = passage("It was opened in May 1931.", "Bread is baked. " * 200, "It was opened in 1931.")
    (read,) = model.read(QUESTION, [long])
    assert read[2] < read[:2].min()


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(str.strip)


@given(st.text(max_size=200), st.text(max_size=100), st.lists(words, min_size=1, max_size=8))
def test_each_sentence_stands_in_the_row_where_it_says(
    tokenizer: Tokenizer, question: str, heading: str, sentences: list[str]
) -> None:
    (row,) = rows(tokenizer, question, [passage(*sentences, heading=heading)])
    assert len(row.tokens) == len(row.types) <= LONGEST
    assert len(row.sentences) == len(sentences)
    for start, end in row.sentences:
        assert 0 <= start <= end <= len(row.tokens)
        assert all(row.types[at] == 1 for at in range(start, end))
    for one, two in pairwise(span for span in row.sentences if span[0] < span[1]):
        assert one[1] <= two[0]


@given(
    st.lists(st.sampled_from(["It rained.", "The road was open!", "Ana Ruiz spoke"]), max_size=9)
)
def test_the_tokens_of_a_sentence_are_its_own(tokenizer: Tokenizer, sentences: list[str]) -> None:
    (row,) = rows(tokenizer, QUESTION, [passage(*sentences)])
    for sentence, (start, end) in zip(sentences, row.sentences, strict=True):
        (alone,) = rows(tokenizer, QUESTION, [passage(sentence, heading="")])
        first, last = alone.sentences[0]
        assert row.tokens[start:end] == alone.tokens[first:last]


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


@pytest.mark.parametrize("name", ["/nowhere/at/all", NAME])
def test_a_model_that_is_not_there_is_an_error_that_says_what_to_do(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"fetch_models\.py.*RAG_CROSS_ENCODER"):
        CrossEncoder(name, Options(tmp_path)).read(QUESTION, PASSAGES)


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(published(), folder)
    (folder / "model.safetensors").write_bytes(b"nothing")
    for engine in ("openvino", "torch"):
        with pytest.raises(SettingsError, match="cross-encoder"):
            CrossEncoder(str(folder), Options(tmp_path / "cache", engine=engine)).read(
                QUESTION, PASSAGES
            )


def test_a_file_with_nothing_learned_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "other.safetensors"
    save_file({"head.weight": torch.zeros(2, 2)}, wrong)
    for each in (wrong, tmp_path / "missing.safetensors"):
        with pytest.raises(SettingsError):
            CrossEncoder(NAME, learned=each).read(QUESTION, PASSAGES)
