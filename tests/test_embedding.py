from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.embedding import SentenceEmbedding
from rag.errors import SettingsError

TEXTS = ["Impunity remained a problem.", "The press was free.", "Impunity was still a problem."]


def test_vectors_are_the_model_s_own(embedding: SentenceEmbedding) -> None:
    """The first components of a canonical vector, as all-MiniLM-L6-v2 gives them."""
    (vector,) = embedding.embed_passages(["This is an example sentence"])
    canonical = [0.0677, 0.0635, 0.0487, 0.0793, 0.0374]
    assert vector[:5] == pytest.approx(canonical, abs=2e-3)
    assert embedding.dimension == len(vector) == 384


def test_vectors_have_unit_length_and_meaning(embedding: SentenceEmbedding) -> None:
    vectors = embedding.embed_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    similar, different = vectors[0] @ vectors[2], vectors[0] @ vectors[1]
    assert similar > different + 0.3


def test_a_batch_gives_what_single_texts_give(embedding: SentenceEmbedding) -> None:
    together = embedding.embed_passages(TEXTS)
    alone = np.concatenate([embedding.embed_passages([text]) for text in TEXTS])
    # Not to the last digit: products may be rounded to bfloat16.
    assert (together * alone).sum(axis=1) == pytest.approx(np.ones(3), abs=1e-3)


def test_nothing_gives_nothing(embedding: SentenceEmbedding) -> None:
    assert embedding.embed_passages([]).shape == (0, 384)
    assert embedding.embed_tokens([]) == []
    assert embedding.count_tokens([]) == []


def test_tokens_stand_where_their_offsets_say(embedding: SentenceEmbedding) -> None:
    tokens = embedding.embed_tokens([TEXTS[0], "Short."])
    first = tokens[0]
    words = [TEXTS[0][start:end] for start, end in first.offsets]
    assert "".join(words) == TEXTS[0].replace(" ", "")
    assert first.vectors.shape == (len(words), 384)
    assert np.linalg.norm(first.vectors, axis=1) == pytest.approx(np.ones(len(words)), abs=1e-5)


def test_llamaindex_gets_the_same_vectors(embedding: SentenceEmbedding) -> None:
    query = np.array(embedding.get_query_embedding(TEXTS[0]))
    assert query @ embedding.embed_queries([TEXTS[0]])[0] == pytest.approx(1, abs=1e-3)
    batch = np.array(embedding.get_text_embedding_batch(TEXTS))
    products = (batch * embedding.embed_passages(TEXTS)).sum(axis=1)
    assert products == pytest.approx(np.ones(3), abs=1e-3)


def test_a_model_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RAG_EMBEDDING_MODEL"):
        SentenceEmbedding(model_name=str(tmp_path / "nothing")).embed_passages(["x"])
