"""Which sentences answer, where the cross-encoder does not read the question or the passage.

The multilingual embedding model tells how near each sentence and its passage are to the question;
to that comes how many of the question's words and letters a sentence has. A linear model of these
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
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from rag.answer.records import Query
from rag.language.detection import language_of_short
from rag.language.folding import SPACELESS, fold
from rag.language.stems import foreign_terms
from rag.models.inference.runtime import Floats
from rag.schema import Hit
from rag.store import Store, analyse

Pair = Literal["same", "across"]
"""Whether question and passage are in one language."""

FEATURES: Final = (
    "cosine of the sentence",
    "cosine of the passage",
    "cosine of the sentence above other passages'",
    "cosine of the passage above other passages'",
    "share of the question's words",
    "share of the question's letters, four by four",
)

# Passages after those that are read, up to this one, tell how near just any passage is.
_FURTHER: Final = 10
_WORD: Final = re.compile(r"[^\W_]+")
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence that is to be judged: its text and language, and its place in the vector space."""

    text: str
    language: str | None
    cosine: float
    passage_cosine: float


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
    (vector,) = index.embedding.embed_queries([query.reading])
    ids = {each.passage.id for each in hits}
    near = index.similarities(vector, [*ids, *(each.passage.id for each in found[:_FURTHER])])
    texts = [hit.passage.words(*each) for hit in hits for each in hit.passage.sentences]
    cosines = iter(index.embedding.embed_passages(texts) @ vector if texts else ())
    remaining = iter(texts)
    sentences = []
    for hit in hits:
        language = language_of_short(hit.passage.text)
        own = near.get(hit.passage.id, 0.0)
        sentences.append(
            [
                Compared(next(remaining), language, float(next(cosines)), own)
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
                words[number],
                letters[number],
            )
            for number, each in enumerate(sentences)
        ],
        np.float64,
    ).reshape(len(sentences), len(FEATURES))


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
    text = (resources.files("rag.answer") / "multilingual.json").read_text("utf-8")
    kept: dict[Pair, Any] = json.loads(text)
    return {
        pair: (np.array([own["weights"][each] for each in FEATURES]), own["bias"])
        for pair, own in kept.items()
    }
