"""An embedding model on torch, and its conversion. Imported only where torch is needed.

On torch run the models that do not convert, and all of them where there is a graphics processor.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor, nn

from rag.errors import SettingsError
from rag.models.embedding.model import (
    ConvertedModel,
    ModelNotes,
    TokenVectors,
    Vectors,
    of_text,
    unit,
)
from rag.models.inference.model_cache import Conversion
from rag.models.inference.runtime import NotConvertible, convert
from rag.models.registry import EMBEDDING

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase

_LEAST_COSINE = 0.995
# What models call the prompts for what is searched for, and for what is found.
QUERY, PASSAGE = ("query",), ("document", "passage", "corpus")

# Short and long, more than any model reads, with numbers, names, other scripts, and nothing.
_TEXTS = (
    "Impunity remained a problem.",
    "How many people were detained in 2019?",
    "The law provides for freedom of expression, but the government did not always respect it.",
    "Ms. Ngọc Nguyễn's lawyer – who had asked for a medical examination – was turned away twice.",
    "Правозащитники сообщили о 47 задержанных.",
    "当局は、記者二人を拘束した。",
    "x",
    "",
    "Observers visited the prison in March, and again in July; each time they were shown the same "
    "two cells, which held 14 and 16 men, and were told that the others were being repaired. " * 4,
    "The court adjourned the hearing without giving a reason. " * 80,
)


class TorchModel:
    """An embedding model as sentence-transformers runs it; with ``exact`` in full precision."""

    def __init__(self, model: SentenceTransformer, *, exact: bool = False) -> None:
        self.dimension = int(model.get_embedding_dimension() or 0)
        self._model = model
        self._exact = exact

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in tokens."""
        if not texts:
            return []
        tokenizer = cast("PreTrainedTokenizerBase", self._model.tokenizer)
        encoded = tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(tokens) for tokens in encoded["input_ids"]]

    def tokenizer(self) -> str | None:
        """The content of the model's ``tokenizer.json``; None where it is of another kind."""
        backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
        return None if backend is None else str(backend.to_str())

    def embed(self, texts: Sequence[str], *, as_queries: bool) -> Vectors:
        """Rows of unit length, shape ``(texts, dimension)``."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = self._model.encode_query if as_queries else self._model.encode_document
        with nullcontext() if self._exact else fast_arithmetic():
            vectors = encode(
                list(texts),
                convert_to_numpy=False,
                convert_to_tensor=True,
                normalize_embeddings=False,
                show_progress_bar=False,
            )
        return unit(vectors.float().cpu().numpy())

    def embed_tokens(self, texts: Sequence[str], *, as_queries: bool) -> list[TokenVectors]:
        """The tokens of each text."""
        prompt = _prompt(self._model, QUERY if as_queries else PASSAGE)
        encode = self._model.encode_query if as_queries else self._model.encode_document
        tokenizer = cast("PreTrainedTokenizerBase", self._model.tokenizer)
        found = []
        for text in texts:
            rows = cast("Tensor", encode(text, output_value="token_embeddings"))
            spans = tokenizer(prompt + text, return_offsets_mapping=True)["offset_mapping"]
            known = rows.float().cpu().numpy()
            found.append(of_text(known, spans[: len(known)], len(prompt)))
        return found


def fast_arithmetic() -> AbstractContextManager[object]:
    """Matrix products in bfloat16 where the processor has instructions for them.

    Twice as fast there; the vectors keep a cosine of 0.9999 to those in full precision.
    """
    capabilities = torch.cpu.get_capabilities()
    if torch.cuda.is_available() or not (
        capabilities.get("amx_bf16") or capabilities.get("avx512_bf16")
    ):
        return nullcontext()
    return torch.autocast("cpu", dtype=torch.bfloat16)


@contextmanager
def quiet() -> Iterator[None]:
    """Without the reports and progress bars of transformers, which are not for our users."""
    from transformers.utils import logging

    told = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(told)


def load(place: str | Path, *, threads: int = 0, device: str | None = None) -> SentenceTransformer:
    """The model in a folder, or of a cached name; on the graphics processor if there is one.

    Raises:
        SettingsError: it cannot be loaded.
    """
    # Read when the libraries are imported: there is no hub to ask.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer

    if threads:
        torch.set_num_threads(threads)
    try:
        with quiet():
            return SentenceTransformer(
                str(place), device=device, local_files_only=True, trust_remote_code=False
            )
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"embedding model '{place}' cannot be loaded from this machine: set "
            f"RAG_EMBEDDING_MODEL to {EMBEDDING.name}, or to a folder with a sentence-transformers "
            "model"
        ) from error


# Conversion.


def conversion(folder: Path, *, threads: int = 0, with_tokens: bool = False) -> Conversion:
    """Convert the model in a folder. Its notes are the fields of :class:`ModelNotes`.

    ``with_tokens`` gives the network a second output, the vectors of the tokens.

    Raises:
        NotConvertible: it is not laid out as a network for tokens and a pooling of them.
        SettingsError: it cannot be loaded.
    """
    model = load(folder, threads=threads, device="cpu")
    reason = _unusual(model)
    if reason:
        raise NotConvertible(reason)
    notes = _notes(model)
    encoded = model.tokenizer(list(_TEXTS[:3]), padding=True, return_tensors="pt")
    example = [(each, cast("Tensor", encoded[each])) for each in ("input_ids", "attention_mask")]
    with quiet():
        converted = convert((_WithTokens if with_tokens else _Pooled)(model), example)
    original = TorchModel(model, exact=True)
    return Conversion(
        converted, lambda network: _check(original, ConvertedModel(network, notes)), asdict(notes)
    )


class _Pooled(nn.Module):
    """The model from tokens to the vector of a text."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.body, self.pooling = model[0], model[1]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        features = self.body({"input_ids": input_ids, "attention_mask": attention_mask})
        return cast("Tensor", self.pooling(features)["sentence_embedding"])


class _WithTokens(_Pooled):
    """The same, and the vectors of the tokens that it is made of."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        features = self.body({"input_ids": input_ids, "attention_mask": attention_mask})
        pooled = self.pooling(features)
        return pooled["sentence_embedding"], pooled["token_embeddings"]


def _unusual(model: SentenceTransformer) -> str | None:
    """Why a model cannot be converted; None if it can."""
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    kinds = [type(each) for each in model]
    if kinds not in ([Transformer, Pooling], [Transformer, Pooling, Normalize]):
        return "it has modules beside a transformer, pooling and normalising"
    body, pooling = model[0], model[1]
    if not getattr(model.tokenizer, "is_fast", False) or model.tokenizer.padding_side != "right":
        return "its tokenizer is of a kind that is not known here"
    if not pooling.include_prompt or model.truncate_dim is not None:
        return "it leaves out a part of what it reads or gives"
    lengths = (body.query_length, body.document_length, body.query_expansion)
    if any(each is not None for each in lengths) or not model.max_seq_length:
        return "it reads queries and passages of different lengths"
    return None


def _notes(model: SentenceTransformer) -> ModelNotes:
    tokenizer = model.tokenizer
    return ModelNotes(
        tokenizer=tokenizer.backend_tokenizer.to_str(),
        longest=int(model.max_seq_length or 0),
        padding=int(tokenizer.pad_token_id or 0),
        dimension=int(model.get_embedding_dimension() or 0),
        query_prompt=_prompt(model, QUERY),
        passage_prompt=_prompt(model, PASSAGE),
    )


def _prompt(model: SentenceTransformer, names: tuple[str, ...]) -> str:
    """What the model wants before a text, found as ``encode_query`` and its like find it."""
    found = next((each for each in names if each in model.prompts), model.default_prompt_name)
    return str(model.prompts.get(found, "")) if found else ""


def _check(original: TorchModel, converted: ConvertedModel) -> None:
    """Compare a converted model to what it was.

    Raises:
        NotConvertible: vectors differ by more than rounding, or texts have other tokens.
    """
    texts = list(_TEXTS)
    for as_queries in (False, True):
        wanted = original.embed(texts, as_queries=as_queries)
        got = converted.embed(texts, as_queries=as_queries)
        if wanted.shape != got.shape:
            raise NotConvertible("it gives vectors of another shape when converted")
        worst = float((wanted * got).sum(axis=1).min())
        if not worst >= _LEAST_COSINE:  # not a number is no pass
            raise NotConvertible(f"it gives other vectors when converted (cosine {worst:.4f})")
    if original.count_tokens(texts) != converted.count_tokens(texts):
        raise NotConvertible("its tokenizer counts other tokens")
