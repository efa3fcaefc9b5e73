"""What was learned about token vectors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save
from torch.nn import functional

from rag.embedding import BUILT_IN, SentenceEmbedding, TokenVectors
from rag.evidence import Adapter, adapter_of
from rag.evidence.adapter import load_adapter
from rag.evidence.models import MEASURES, fitted

QUESTION = "When was the bridge opened to traffic?"
ANSWER = "Traffic has crossed it since May 1931."
OTHERS = ["The bridge is painted green.", "Is the bridge open to traffic?"]


@pytest.fixture(scope="module")
def shipped() -> Adapter:
    adapter = adapter_of(BUILT_IN)
    assert adapter is not None
    return adapter


def tokens_of(vectors: np.ndarray) -> TokenVectors:
    places = np.arange(len(vectors))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return TokenVectors(unit.astype(np.float32), np.stack([places, places + 1], axis=1))


def test_only_the_model_that_it_was_trained_on_has_an_adapter(
    shipped: Adapter, embedding: SentenceEmbedding
) -> None:
    assert adapter_of(f"sentence-transformers/{BUILT_IN}") is not None
    assert adapter_of("BAAI/bge-small-en-v1.5") is None
    assert shipped.down.shape == shipped.up.shape[::-1]
    assert shipped.down.shape[0] == shipped.importance.shape[0] == embedding.dimension


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_it_computes_what_it_was_trained_as(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    learned = {
        "down": chance.normal(size=(12, 5)).astype(np.float16),
        "up": chance.normal(size=(5, 12)).astype(np.float16),
        "importance": chance.normal(size=12).astype(np.float16),
    }
    adapter = load_adapter(save(learned))
    tokens = tokens_of(chance.normal(size=(count, 12)))
    down, up, importance = (torch.from_numpy(each).float() for each in learned.values())
    vectors = torch.from_numpy(tokens.vectors)
    expected = functional.normalize(vectors + vectors @ down @ up, dim=-1).numpy()
    adapted = adapter.adapt(tokens)
    np.testing.assert_allclose(adapted.vectors, expected, atol=1e-4)
    assert adapted.vectors.dtype == np.float32
    assert (adapted.offsets == tokens.offsets).all()
    shares = adapter.weigh(tokens)
    np.testing.assert_allclose(shares, torch.softmax(vectors @ importance, 0).numpy(), atol=1e-5)


def test_nothing_stays_nothing(shipped: Adapter) -> None:
    none = TokenVectors(np.zeros((0, 384), np.float32), np.zeros((0, 2), np.int64))
    assert shipped.adapt(none).vectors.shape == (0, 384)
    assert shipped.weigh(none).shape == (0,)


def test_an_answer_comes_nearer_to_its_question(
    shipped: Adapter, embedding: SentenceEmbedding
) -> None:
    def interaction(adapter: Adapter | None) -> list[float]:
        asked, *read = embedding.embed_tokens([QUESTION, ANSWER, *OTHERS])
        shares = np.full(len(asked.vectors), 1 / len(asked.vectors))
        if adapter is not None:
            shares = adapter.weigh(asked)
            asked, *read = map(adapter.adapt, (asked, *read))
        return [float(shares @ (asked.vectors @ one.vectors.T).max(axis=1)) for one in read]

    before, after = interaction(None), interaction(shipped)
    assert before[0] < max(before)  # what repeats the question is the most similar to it
    assert after[0] - max(after[1:]) > before[0] - max(before[1:])


def test_vectors_that_are_not_adapted_keep_weights_of_their_own() -> None:
    features = np.ones((2, len(MEASURES)))
    adapted, as_embedded = (
        fitted(adapted=each).sentence.values(features) for each in (True, False)
    )
    assert adapted.shape == as_embedded.shape == (2,)
    assert adapted[0] != as_embedded[0]
