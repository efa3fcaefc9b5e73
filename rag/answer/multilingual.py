"""Which sentences answer, where the cross-encoder does not read the question or the passage.

The multilingual embedding model tells how near each sentence and its passage are to the question,
and how near the tokens of both; to that comes how many of the question's words and letters a
sentence has. A linear model of these
few numbers gives log-odds on the cross-encoder's scale, so that sentences of several languages
compare, and one confidence and one set of thresholds serve all. There is one such model for
questions in the language of the passage, and one across languages, where the words differ anyway.
``benchmarks/languages.py`` fits both; the weights are no good for any other embedding model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np
import numpy.typing as npt

from rag.answer.records import Query
from rag.language.detection import language_of_short
from rag.language.folding import SPACELESS, fold
from rag.language.stems import foreign_terms
from rag.models.inference.runtime import Floats
from rag.schema import Hit
from rag.store import Store, analyse

if TYPE_CHECKING:
    from rag.models.embedding import TokenEmbedding

Pair = Literal["same", "across"]
"""Whether question and passage are in one language."""

FEATURES: Final = (
    "cosine of the sentence",
    "cosine of the passage",
    "cosine of the sentence above other passages'",
    "cosine of the passage above other passages'",
    "cosines of the question's tokens",
    "share of the question's words",
    "share of the question's letters, four by four",
)

# What tokens usually have in common counts as so many tokens; flat between 100 and 400.
_USUAL_TOKENS: Final = 200
# Passages after those that are read, up to this one, tell how near just any passage is.
_FURTHER: Final = 10
_WORD: Final = re.compile(r"[^\W_]+")
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence that is to be judged: its text and language, and its place in the vector space.

    ``tokens`` is the mean, over the question's tokens, of the highest cosine to one of its own.
    """

    text: str
    language: str | None
    cosine: float
    passage_cosine: float
    tokens: float = 0.0


def read_multilingual(
    index: Store, query: Query, hits: Sequence[Hit], found: Sequence[Hit]
) -> list[Floats]:
    """For each of some hits the log-odds of each of its sentences being the answer.

    The index's embedding model is the multilingual one. ``found`` are all hits of the search; those
    that are not read tell how near just any passage is.
    """
    sentences, background = compared(index, query, hits, found)
    flat = [each for own in sentences for each in own]
    rows = features(query.reading, query.language, flat, background)
    weights = [_weights()[_pair(query.language, each.language)] for each in flat]
    odds = np.array(
        [row @ weight + bias for row, (weight, bias) in zip(rows, weights, strict=True)], np.float32
    )
    ends = np.cumsum([len(own) for own in sentences])
    return [odds[end - len(own) : end] for own, end in zip(sentences, ends, strict=True)]


def compared(
    index: Store, query: Query, hits: Sequence[Hit], found: Sequence[Hit]
) -> tuple[list[list[Compared]], float]:
    """The sentences of each hit, and the mean cosine of the other first ones that were found.

    Where no other was found it is the mean of all.
    """
    embedding = cast("TokenEmbedding", index.embedding)
    (vector,) = embedding.embed_queries([query.reading])
    ids = {each.passage.id for each in hits}
    near = index.similarities(vector, [*ids, *(each.passage.id for each in found[:_FURTHER])])
    texts = [hit.passage.words(*each) for hit in hits for each in hit.passage.sentences]
    cosines = iter(embedding.embed_passages(texts) @ vector if texts else ())
    tokens = iter(_late_interaction(embedding, query.reading, hits))
    remaining = iter(texts)
    sentences = []
    for hit in hits:
        language = language_of_short(hit.passage.text)
        own = near.get(hit.passage.id, 0.0)
        sentences.append(
            [
                Compared(next(remaining), language, float(next(cosines)), own, next(tokens))
                for _ in hit.passage.sentences
            ]
        )
    others = [cosine for each, cosine in near.items() if each not in ids]
    return sentences, float(np.mean(others or list(near.values()) or [0.0]))


def features(
    question: str, language: str | None, sentences: Sequence[Compared], background: float
) -> Matrix:
    """What is known of each sentence: shape ``(sentences, features)``, in :data:`FEATURES`' order.

    Words and letters count by how few of the sentences have them.
    """
    words = _shares(
        _terms(question, language), [_terms(each.text, each.language) for each in sentences]
    )
    letters = _shares(_letters(question), [_letters(each.text) for each in sentences])
    return np.array(
        [
            (
                10 * each.cosine,
                10 * each.passage_cosine,
                10 * (each.cosine - background),
                10 * (each.passage_cosine - background),
                10 * each.tokens,
                words[number],
                letters[number],
            )
            for number, each in enumerate(sentences)
        ],
        np.float64,
    ).reshape(len(sentences), len(FEATURES))


def _late_interaction(embedding: TokenEmbedding, question: str, hits: Sequence[Hit]) -> list[float]:
    """How near each sentence of some hits is to a question, token by token.

    For each token of the question, the highest cosine to a token of the sentence; of these the mean
    (Khattab and Zaharia 2020, "ColBERT"). Tokens are taken in their passage, so that a pronoun is
    near what it stands for. What the tokens of the passages have in common is taken out first, or
    else any two would have a high cosine; with few of them, what those of this model have.
    """
    if not hits:
        return []
    (asked,) = embedding.embed_tokens([question], as_queries=True)
    passages = embedding.embed_tokens([hit.passage.text for hit in hits])
    tokens = np.concatenate([each.vectors for each in passages])
    usual = np.array(_shipped()["common"], np.float32)
    common = (tokens.sum(axis=0) + _USUAL_TOKENS * usual) / (len(tokens) + _USUAL_TOKENS)
    own = _unit(asked.vectors - common)
    found: list[float] = []
    for hit, passage in zip(hits, passages, strict=True):
        cosines = own @ _unit(passage.vectors - common).T
        for start, end in hit.passage.sentences:
            first, after = np.searchsorted(
                passage.starts, [start - hit.passage.start, end - hit.passage.start]
            )
            near = cosines[:, first:after]
            found.append(float(near.max(axis=1).mean()) if near.size else 0.0)
    return found


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), np.float32)


def _shares(wanted: Collection[str], there: Sequence[Collection[str]]) -> list[float]:
    """The share of what is wanted that each has, weighed by inverse document frequency."""
    count = len(there)
    having = {each: sum(each in own for own in there) for each in wanted}
    weights = {each: np.log(1 + (count - n + 0.5) / (n + 0.5)) for each, n in having.items()}
    total = sum(weights.values()) or 1.0
    return [float(sum(weights[each] for each in wanted if each in own) / total) for own in there]


@lru_cache(4096)
def _terms(text: str, language: str | None) -> frozenset[str]:
    return frozenset(foreign_terms(text, language) or analyse(text))


@lru_cache(4096)
def _letters(text: str) -> frozenset[str]:
    found: set[str] = set()
    for word in _WORD.findall(fold(text)):
        length, piece = (2, word) if _SPACELESS.match(word) else (4, f" {word} ")
        found |= {piece[at : at + length] for at in range(max(1, len(piece) - length + 1))}
    return frozenset(found)


def _pair(question: str | None, passage: str | None) -> Pair:
    return "same" if None in (question, passage) or question == passage else "across"


@cache
def _weights() -> dict[Pair, tuple[Matrix, float]]:
    pairs: tuple[Pair, ...] = ("same", "across")
    fitted = {pair: _shipped()[pair] for pair in pairs}
    return {
        pair: (np.array([own["weights"][each] for each in FEATURES]), own["bias"])
        for pair, own in fitted.items()
    }


@cache
def _shipped() -> dict[str, Any]:
    """What the program ships: the weights of each pair, and the mean vector of all tokens."""
    text = (resources.files("rag.answer") / "multilingual.json").read_text("utf-8")
    return dict(json.loads(text))
