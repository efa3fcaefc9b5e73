"""Answers in other languages than English, by the multilingual model: fitting and judging.

    python benchmarks/languages.py DATA WORK [--write FILE]
    python benchmarks/languages.py --common

DATA has a folder for each language, with ``corpus`` and ``gold.jsonl``, and ``cross/gold.jsonl``
with questions in those languages over ``en-corpus`` (XQuAD laid out so). Every language is judged
with weights and a scale that were fitted on the others; across languages it is that of the question
which is left out. Besides the questions that the corpus does not answer, each question is asked
once more without the passages that answer it, to fit the confidence, not to judge it. The last
three columns have, for each degree of caution, the shares of questions that are answered though
without an answer in the corpus, those answered without the passages, and those wrongly left open.
``--write`` also fits the shipped ``rag/answer/multilingual.json``, with no language left out. The
mean vector of all tokens in that file is of no question that is judged: ``--common`` makes it anew
of the utterances in ``rag/answer/utterances.toml``.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize
from sklearn.metrics import roc_auc_score

from rag.answer import Chatbot
from rag.answer.conversation import known_texts
from rag.answer.decide import fitted
from rag.answer.multilingual import FEATURES, Pair, compared, features
from rag.answer.records import log_odds_of
from rag.app.text import confidence_words
from rag.evaluation.gold import GoldQuestion, read_gold
from rag.evaluation.measures import Place, places
from rag.ingest.pipeline import ingest
from rag.models.embedding import TokenEmbedding, TokenVectors, Vectors, open_embedding
from rag.models.registry import MULTILINGUAL
from rag.schema import Hit
from rag.settings import load_settings
from rag.store import Index

SHIPPED: Final = Path(__file__).parent.parent / "rag/answer/multilingual.json"
READ: Final = 4
HIGH: Final = 0.8
"""The confidence from which on it is called high."""
RIGHT: Final = 0.91
"""Of the first sentences at high confidence, how many are to be right."""
BOLD, CAREFUL = 0.01, 0.9
"""As for English: ``leave_one_out.py``."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A question: the features of the sentences that are read, and which of them are right.

    ``answerable`` is None where what answers was taken away. ``recall`` is that of five passages.
    """

    language: str
    rows: Floats
    right: npt.NDArray[np.bool_]
    answerable: bool | None
    recall: float = 0.0


@dataclass(frozen=True)
class Model:
    """Weights of the features, and the bias, on the cross-encoder's scale."""

    weights: Floats
    bias: float

    def odds(self, case: Case) -> Floats:
        """Log-odds of each sentence."""
        return np.asarray(case.rows @ self.weights + self.bias)

    def confidence(self, case: Case) -> float:
        """The confidence that the program would give."""
        english = fitted()
        value = english.log_odds * float(np.logaddexp.reduce(self.odds(case))) + english.bias
        return float(1 / (1 + np.exp(-value)))


class Remembering:
    """An embedding model that embeds each passage once."""

    def __init__(self, model: TokenEmbedding) -> None:
        self.model_name, self._model = model.model_name, model
        self._known: dict[str, Vectors] = {}
        self._tokens: dict[str, TokenVectors] = {}

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self._model.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """As the model does."""
        new = [each for each in dict.fromkeys(texts) if each not in self._known]
        self._known |= dict(zip(new, self._model.embed_passages(new), strict=True)) if new else {}
        return np.stack([self._known[each] for each in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As the model does."""
        return self._model.embed_queries(texts)

    def embed_tokens(self, texts: Sequence[str], *, as_queries: bool = False) -> list[TokenVectors]:
        """As the model does."""
        if as_queries:
            return self._model.embed_tokens(texts, as_queries=True)
        new = [each for each in dict.fromkeys(texts) if each not in self._tokens]
        self._tokens |= dict(zip(new, self._model.embed_tokens(new), strict=True))
        return [self._tokens[each] for each in texts]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the model does."""
        return self._model.count_tokens(texts)

    def tokenizer(self) -> str | None:
        """As the model says."""
        return self._model.tokenizer()


def cases(data: Path, work: Path, name: str, embedding: TokenEmbedding) -> Iterator[Case]:
    """The questions of a folder of ``data``, as the program reads them."""
    corpus = data / ("en-corpus" if name == "cross" else f"{name}/corpus")
    settings = load_settings(index=work / name, embedding_model=MULTILINGUAL.name)
    fresh = not settings.index.exists()
    index = Index.open(settings, create=True, embedding=embedding)
    if fresh:
        ingest(index, [corpus], settings=settings)
    chatbot = Chatbot(index, settings)
    sources = index.sources()
    lines = (data / name / "gold.jsonl").read_text("utf-8").splitlines()
    for line, question in zip(lines, read_gold(data / name / "gold.jsonl"), strict=True):
        language = json.loads(line)["language"] if name == "cross" else name
        documents = {
            item.source: document
            for item in question.evidence
            if (document := index.document(sources[item.source].document_id))
        }
        yield from _case(chatbot, language, question, places(question, documents))
    index.close()


def _case(
    chatbot: Chatbot, language: str, question: GoldQuestion, wanted: Sequence[Place]
) -> Iterator[Case]:
    query = chatbot.understand(question.question)
    hits = chatbot.retrieve(query).hits
    recall = float(
        np.mean([any(each.found_by(hit) for hit in hits[:5]) for each in wanted or [Place(None)]])
    )

    def of(found: Sequence[Hit], answerable: bool | None) -> Case:
        sentences, background = compared(chatbot.index, query, found[:READ], found)
        flat = [each for own in sentences for each in own]
        right = [
            any(each.overlaps(hit.passage.document_id, start, end) for each in wanted)
            for hit in found[:READ]
            for start, end in hit.passage.sentences
        ]
        rows = features(query.reading, query.language, flat, background)
        return Case(language, rows, np.array(right, bool), answerable, recall)

    yield of(hits, question.answerable)
    others = [hit for hit in hits if not any(each.found_by(hit) for each in wanted)]
    if question.answerable and others:
        yield of(others, None)


def direction(known: Sequence[Case]) -> tuple[Floats, float]:
    """Weights and bias by which a right sentence, or none, is the most probable one."""

    def loss(given: Floats) -> tuple[float, Floats]:
        total, gradient = 0.5 * float(given[:-1] @ given[:-1]), np.append(given[:-1], 0.0)
        for case in known:
            odds = case.rows @ given[:-1] + given[-1]
            every = np.logaddexp(0.0, np.logaddexp.reduce(odds))
            slope = np.exp(odds - every)
            total += every
            if case.right.any():
                best = np.logaddexp.reduce(odds[case.right])
                total -= best
                slope[case.right] -= np.exp(odds[case.right] - best)
            gradient[:-1] += case.rows.T @ slope
            gradient[-1] += slope.sum()
        return float(total), gradient

    found = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B").x
    return found[:-1], float(found[-1])


def fit(known: Sequence[Case]) -> Model:
    """A model whose scale is such that the thresholds and words of English hold for it.

    The balanced threshold lies where the rules for English put it, and high confidence where
    enough of the first sentences are right.
    """
    weights, bias = direction(known)
    raw = [case.rows @ weights + bias for case in known]
    answerable = np.array([bool(each.answerable) for each in known])
    first = np.array(
        [bool(case.right[odds.argmax()]) for case, odds in zip(known, raw, strict=True)]
    )
    english = fitted()
    apart = (log_odds_of(HIGH) - log_odds_of(english.thresholds["balanced"])) / english.log_odds

    def anchors(scale: float) -> tuple[float, float]:
        total = np.array([np.logaddexp.reduce(scale * odds) for odds in raw])
        careful = float(np.quantile(total[~answerable], CAREFUL))
        bold = min(careful, float(np.quantile(total[answerable], BOLD)))
        order = np.argsort(-total)
        share = np.cumsum(first[order]) / np.arange(1, len(order) + 1)
        enough = np.flatnonzero(share >= RIGHT)
        high = total[order][enough.max()] if len(enough) else total.max() + 0.1
        return (careful + bold) / 2, float(high)

    def gap(scale: float) -> float:
        balanced, high = anchors(scale)
        return high - balanced - apart

    scale = float(brentq(gap, 0.05, 3.0, xtol=0.01))
    balanced, _ = anchors(scale)
    wanted = (log_odds_of(english.thresholds["balanced"]) - english.bias) / english.log_odds
    return Model(scale * weights, scale * bias + wanted - balanced)


def line(name: str, judged: Sequence[Case], model: Model) -> str:
    """The figures of a language."""
    thresholds = fitted().thresholds
    asked = [each for each in judged if each.answerable is not None]
    confidence = np.array([model.confidence(each) for each in asked])
    first = np.array([bool(each.right[model.odds(each).argmax()]) for each in asked])
    has = np.array([bool(each.answerable) for each in asked])
    high = np.array([confidence_words(each) == "high" for each in confidence])
    answered = confidence >= thresholds["balanced"]
    near = [model.confidence(each) for each in judged if each.answerable is None]
    cells = [
        name,
        f"{has.sum()} / {(~has).sum()}",
        f"{np.mean([each.recall for each in asked if each.answerable]):.2f}",
        f"{np.mean(first[has] & answered[has]):.2f}",
        f"{roc_auc_score(has, confidence):.2f}",
        f"{(~first[high]).sum()} of {high.sum()}",
    ]
    for threshold in thresholds.values():
        wrong, taken = np.mean(confidence[~has] >= threshold), np.mean(np.array(near) >= threshold)
        cells.append(f"{wrong:.2f}, {taken:.2f}, {np.mean(confidence[has] < threshold):.2f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Judge every language, and fit what is shipped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("work", type=Path, nargs="?")
    parser.add_argument("--common", action="store_true", help="only make the mean of all tokens")
    parser.add_argument("--write", type=Path, help="fit the shipped numbers, and write them here")
    given = parser.parse_args()
    model = open_embedding(MULTILINGUAL.name)
    if given.common:
        SHIPPED.write_text(
            _written(json.loads(SHIPPED.read_text("utf-8")) | _common(model)), "utf-8"
        )
        return
    if given.data is None or given.work is None:
        parser.error("name the folder with the data, and one to work in")
    embedding = Remembering(model)
    names = sorted(each.parent.name for each in given.data.glob("*/gold.jsonl"))
    known: dict[Pair, list[Case]] = {
        "same": [
            case
            for name in names
            if name != "cross"
            for case in cases(given.data, given.work, name, embedding)
        ],
        "across": list(cases(given.data, given.work, "cross", embedding)),
    }
    if given.write is not None:
        shipped = {pair: _as_object(fit(own)) for pair, own in known.items()}
        kept = json.loads(SHIPPED.read_text("utf-8"))
        given.write.write_text(_written(kept | shipped), "utf-8")
    _judge(known)


def _common(model: TokenEmbedding) -> dict[str, list[float]]:
    """The mean vector of the tokens of texts that are in no gold set."""
    texts = [each for some in known_texts() for each in some]
    tokens = np.concatenate([each.vectors for each in model.embed_tokens(texts)])
    return {"common": list(map(float, tokens.mean(axis=0, dtype=np.float64).round(4)))}


def _written(shipped: dict[str, Any]) -> str:
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in shipped.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _as_object(model: Model) -> dict[str, Any]:
    weights = dict(zip(FEATURES, map(float, model.weights.round(4)), strict=True))
    return {"weights": weights, "bias": round(model.bias, 4)}


def _judge(known: Mapping[Pair, Sequence[Case]]) -> None:
    degrees = " | ".join(fitted().thresholds)
    print(f"| language | answerable / not | R@5 | Hit@1 | AUROC | wrong at high | {degrees} |")
    print("|" + "---|" * 9)
    for pair, own in known.items():
        by_language: dict[str, list[Case]] = defaultdict(list)
        for case in own:
            by_language[case.language].append(case)
        for language, judged in by_language.items():
            others = [each for each in own if each.language != language]
            name = language if pair == "same" else f"{language}, over English"
            print(line(name, judged, fit(others)), flush=True)


if __name__ == "__main__":
    main()
