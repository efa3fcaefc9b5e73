"""Embedding models of sentence-transformers, converted and compared to what they were."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

from torch import Tensor, nn

from rag.models.embedding.converted import ConvertedModel, Described
from rag.models.embedding.protocol import Vectors
from rag.models.embedding.torch_backend import TorchModel, load, quiet
from rag.models.inference import Conversion, NotConvertible, convert

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["conversion"]

_LEAST_COSINE = 0.995

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


def conversion(folder: Path, *, threads: int = 0) -> Conversion:
    """Convert the model in a folder. Its notes are the fields of :class:`Described`.

    Raises:
        NotConvertible: it is not laid out as a network for tokens and a pooling of them.
        SettingsError: it cannot be loaded.
    """
    model = load(folder, threads=threads, device="cpu")
    reason = _unusual(model)
    if reason:
        raise NotConvertible(reason)
    described = _described(model)
    encoded = model.tokenizer(list(_TEXTS[:3]), padding=True, return_tensors="pt")
    example = [(each, cast("Tensor", encoded[each])) for each in ("input_ids", "attention_mask")]
    with quiet():
        converted = convert(_Pooled(model), example)
    original = TorchModel(model, exact=True)
    return Conversion(
        converted,
        lambda network: _check(original, ConvertedModel(network, described)),
        asdict(described),
    )


class _Pooled(nn.Module):
    """The model from tokens to the vector of a text."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.body, self.pooling = model[0], model[1]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        features = self.body({"input_ids": input_ids, "attention_mask": attention_mask})
        return cast("Tensor", self.pooling(features)["sentence_embedding"])


def _unusual(model: SentenceTransformer) -> str | None:
    """What there is about a model that a converted one would not have."""
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


def _described(model: SentenceTransformer) -> Described:
    tokenizer = model.tokenizer
    return Described(
        tokenizer=tokenizer.backend_tokenizer.to_str(),
        longest=int(model.max_seq_length or 0),
        padding=int(tokenizer.pad_token_id or 0),
        dimension=int(model.get_embedding_dimension() or 0),
        query_prompt=_prompt(model, ("query",)),
        passage_prompt=_prompt(model, ("document", "passage", "corpus")),
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
    for method in ("embed_passages", "embed_queries"):
        wanted: Vectors = getattr(original, method)(texts)
        got: Vectors = getattr(converted, method)(texts)
        if wanted.shape != got.shape:
            raise NotConvertible("it gives vectors of another shape when converted")
        worst = float((wanted * got).sum(axis=1).min())
        if not worst >= _LEAST_COSINE:  # not a number is no pass
            raise NotConvertible(f"it gives other vectors when converted (cosine {worst:.4f})")
    if original.count_tokens(texts) != converted.count_tokens(texts):
        raise NotConvertible("its tokenizer counts other tokens")
