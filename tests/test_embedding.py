from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.errors import SettingsError
from rag.models.embedding import (
    Embedding,
    SentenceEmbedding,
    open_embedding,
)
from rag.models.inference.model_cache import Options
from rag.models.registry import EMBEDDING

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
    assert embedding.count_tokens([]) == []


def test_llamaindex_gets_the_same_vectors(embedding: SentenceEmbedding) -> None:
    query = np.array(embedding.get_query_embedding(TEXTS[0]))
    assert query @ embedding.embed_queries([TEXTS[0]])[0] == pytest.approx(1, abs=1e-3)
    batch = np.array(embedding.get_text_embedding_batch(TEXTS))
    products = (batch * embedding.embed_passages(TEXTS)).sum(axis=1)
    assert products == pytest.approx(np.ones(3), abs=1e-3)


def tiny_model(
    folder: Path, *, pooling: str = "mean", dense: bool = False, prompts: bool = False
) -> None:
    """Write a sentence-transformers model of another architecture, with random weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDING.folder(folder), local_files_only=True)
    tokenizer.save_pretrained(folder / "body")
    config = DistilBertConfig(
        vocab_size=len(tokenizer), dim=32, n_layers=2, n_heads=2, hidden_dim=48
    )
    DistilBertModel(config).save_pretrained(folder / "body")
    body = Transformer(str(folder / "body"), max_seq_length=40)
    modules = [body, Pooling(32, pooling_mode=pooling)]
    model = SentenceTransformer(modules=modules + [Dense(32, 16)] * dense)
    if prompts:
        model.prompts = {"query": "search for: ", "passage": "it says: "}
    model.save(str(folder / "model"))


def both(folder: Path, cache: Path) -> tuple[Embedding, Embedding]:
    """The model as it runs by default, and on torch."""
    name = str(folder / "model")
    return open_embedding(name, Options(cache)), open_embedding(name, Options(cache, "torch"))


@pytest.mark.parametrize(("pooling", "prompts"), [("mean", True), ("cls", False)])
def test_other_models_convert_with_their_pooling_and_prompts(
    tmp_path: Path, pooling: str, prompts: bool
) -> None:
    tiny_model(tmp_path, pooling=pooling, prompts=prompts)
    converted, on_torch = both(tmp_path, tmp_path / "cache")
    texts = [*TEXTS, "word " * 100, ""]
    for verb in ("embed_passages", "embed_queries"):
        one, other = getattr(converted, verb)(texts), getattr(on_torch, verb)(texts)
        assert (one * other).sum(axis=1) == pytest.approx(np.ones(5), abs=1e-3)
    same = (converted.embed_queries(TEXTS) * converted.embed_passages(TEXTS)).sum(axis=1)
    assert (same.min() < 0.999) == prompts
    assert converted.count_tokens(texts) == on_torch.count_tokens(texts)
    assert list((tmp_path / "cache").glob("*/network.xml"))


def test_a_model_with_more_modules_runs_on_torch_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tiny_model(tmp_path, dense=True)
    default, on_torch = both(tmp_path, tmp_path / "cache")
    assert default.embed_passages(TEXTS).shape == (3, 16)
    assert "runs with torch" in caplog.text
    assert np.allclose(default.embed_passages(TEXTS), on_torch.embed_passages(TEXTS), atol=0.01)


def test_vectors_agree_with_torch_s_so_that_an_index_stays_valid(
    embedding: SentenceEmbedding, tmp_path: Path
) -> None:
    on_torch = open_embedding(EMBEDDING.name, Options(tmp_path, "torch"))
    texts = [*TEXTS, "The court adjourned the hearing. " * 60, "Ngọc Nguyễn — 記者", ""]
    products = (embedding.embed_passages(texts) * on_torch.embed_passages(texts)).sum(axis=1)
    assert products.min() > 0.999


def test_many_texts_get_what_each_gets_alone(embedding: SentenceEmbedding) -> None:
    texts = [f"Report {number}: " + "it rained again. " * (number % 17) for number in range(80)]
    together = embedding.embed_passages(texts)
    alone = np.concatenate([embedding.embed_passages([text]) for text in texts[::9]])
    assert (together[::9] * alone).sum(axis=1) == pytest.approx(np.ones(9), abs=1e-3)


def test_threads_may_share_it(embedding: SentenceEmbedding) -> None:
    expected = embedding.embed_queries(TEXTS)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: embedding.embed_queries(TEXTS), range(12)))
    assert all(np.allclose(each, expected, atol=1e-2) for each in found)


def test_a_model_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RAG_EMBEDDING_MODEL"):
        SentenceEmbedding(model_name=str(tmp_path / "nothing")).embed_passages(["x"])
