"""Fit the linear models of `rag.evidence` to gold questions and write their weights.

    python benchmarks/fit_evidence.py INDEX:GOLD.jsonl … --write rag/evidence/weights.json

With ``--learned FILE`` the pair for sentences that the cross-encoder has read is fitted, otherwise
the pair for sentences that were only measured. Sets that the cross-encoder was trained on are named
by ``--trained-on``; of them only the questions serve that the training left out.

With ``--adapters FOLDER`` the models for adapted token vectors are fitted, otherwise those for
vectors as they are embedded. The folder has ``0.safetensors`` to ``3.safetensors``, which
``train_adapter.py --without 0`` to ``3`` has written: each question is measured by the one that was
not trained on it.

Sentences are ranked by a linear model whose softmax over the sentences of a question is fitted to
the gold sentences (ListNet: Cao et al. 2007), and calibrated by a logistic regression on its
values; the confidence is a logistic regression. Each set weighs as much as the root of its size.
Every answerable question serves twice for the confidence: as it is, and with the passages that hold
its evidence withheld: the rest comes close, but does not answer it.
Prints figures by four-fold cross-validation over documents; what is written is fitted to all.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gold_hits import FOLDS, Posed, is_evidence, posed, set_weights
from rag.evidence import Reader
from rag.evidence.adapter import Adapter, load_adapter
from rag.evidence.models import (
    CONFIDENCE_FEATURES,
    MEASURES,
    READ_CONFIDENCE_FEATURES,
    READ_FEATURES,
    LinearModel,
    confidence_features,
    read_confidence_features,
    read_features,
)
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.cross_encoder import open_cross_encoder
from rag.evaluation.measures import Place
from rag.schema import Hit
from rag.settings import load_settings
from rag.storage import Index

Matrix = npt.NDArray[np.float64]

PENALTY = 1e-3
WITHHELD = 0.3  # what such a made-up question weighs, beside one that somebody asked
CUTS = ((0.3, 0.5), (0.25, 0.5), (0.2, 0.4), (0.15, 0.35), (0.12, 0.3), (0.1, 0.25), (0.08, 0.2))


@dataclass(frozen=True)
class Example:
    """One question over some hits; arrays have a value or a row for each sentence.

    ``features`` are what the sentences are ranked by.
    """

    collection: str
    fold: int
    answerable: bool
    withheld: bool
    retrieved: bool
    features: Matrix
    measures: Matrix
    reading: Matrix | None
    labels: Matrix
    lengths: Matrix
    gold_length: int
    in_conversation: bool


def examples(
    index_folder: Path, gold: Path, *, learned: str, trained_on: bool, adapters: Path | None
) -> Iterator[Example]:
    """Examples from the questions of a gold file, plain and with the evidence withheld."""
    index = Index.open(load_settings(index=index_folder))
    encoder = open_cross_encoder(learned)
    readers = [Reader(index, encoder, adapter_without(fold, adapters)) for fold in range(FOLDS)]
    for each in posed(index, gold):
        if trained_on and not each.left_out:
            continue
        reader = readers[each.key % FOLDS]
        yield _example(str(gold), each, each.wanted, each.hits, reader)
        if each.question.answerable:
            yield _example(str(gold), each, [], each.others, reader)
    index.close()


def _example(
    collection: str,
    asked: Posed,
    wanted: Sequence[Place],
    hits: Sequence[Hit],
    reader: Reader,
) -> Example:
    answerable = asked.question.answerable
    measured = reader.measure(asked.query, hits)
    return Example(
        collection,
        asked.key % FOLDS,
        answerable and bool(wanted),
        answerable and not wanted,
        any(place.found_by(hit) for place in wanted for hit in hits),
        measured.measures
        if measured.reading is None
        else read_features(measured.values, measured.reading),
        measured.measures,
        measured.reading,
        np.array([float(is_evidence(each, wanted)) for each in measured.sentences]),
        np.array([float(each.end - each.start) for each in measured.sentences]),
        sum(place.end - place.start for place in wanted if place.end and place.start is not None),
        asked.query.in_conversation,
    )


def adapter_without(fold: int, folder: Path | None) -> Adapter | None:
    """What ``train_adapter.py --without FOLD`` has written; None without a folder."""
    if folder is None:
        return None
    return load_adapter((folder / f"{fold}.safetensors").read_bytes())


def fit_both(chosen: Sequence[Example]) -> tuple[LinearModel, LinearModel]:
    """The ranking model and the confidence model."""
    weight = set_weights((e.collection for e in chosen), power=1 / 2)
    sentence = fit_sentence([e for e in chosen if e.labels.any()], weight)
    whole = [e for e in chosen if len(e.labels) and (e.retrieved or not e.answerable)]
    weights, bias = logistic(
        np.stack([confidence_of(e, sentence) for e in whole]),
        np.array([float(e.answerable) for e in whole]),
        np.array([weight[e.collection] * (WITHHELD if e.withheld else 1) for e in whole]),
    )
    return sentence, LinearModel(weights, 1.0, 0.0, bias)


def fit_sentence(asked: Sequence[Example], weight: dict[str, float]) -> LinearModel:
    """Rank by ListNet with a quadratic penalty, then calibrate."""
    every = np.concatenate([e.features for e in asked])
    mean, spread = every.mean(axis=0), every.std(axis=0) + 1e-9
    scaled = (every - mean) / spread
    labels = np.concatenate([e.labels for e in asked])
    starts = np.cumsum([0, *(len(e.labels) for e in asked)])[:-1]
    group = np.repeat(np.arange(len(asked)), [len(e.labels) for e in asked])
    importance = np.array([weight[e.collection] for e in asked])
    target = labels / np.add.reduceat(labels, starts)[group]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        value = scaled @ weights
        value -= np.maximum.reduceat(value, starts)[group]
        exponent = np.exp(value)
        probability = exponent / np.add.reduceat(exponent, starts)[group]
        each = np.add.reduceat(target * np.log(probability + 1e-12), starts)
        slope = scaled.T @ ((probability - target) * importance[group])
        count = len(asked)
        return (
            float(-(each @ importance) / count + PENALTY * weights @ weights),
            slope / count + 2 * PENALTY * weights,
        )

    found = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B")
    weights = found.x / spread
    value = every @ weights
    below = value - np.maximum.reduceat(value, starts)[group]
    (slope, relative), bias = logistic(np.stack([value, below], axis=1), labels, importance[group])
    return LinearModel(weights, float(slope), float(relative), bias)


def logistic(features: Matrix, labels: Matrix, weights: Matrix) -> tuple[Matrix, float]:
    """Weights and bias, for features as they are, of a logistic regression on scaled ones."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=5000)
    model.fit((features - mean) / spread, labels, sample_weight=weights)
    unscaled = model.coef_[0] / spread
    return unscaled, float(model.intercept_[0] - unscaled @ mean)


def confidence_of(example: Example, sentence: LinearModel) -> Matrix:
    """What the confidence model sees, given the ranking model."""
    measures, reading = example.measures, example.reading
    best = int(sentence.values(example.features).argmax())
    talked = example.in_conversation
    if reading is None:
        return confidence_features(measures, best=best, in_conversation=talked)
    return read_confidence_features(reading, best=best, in_conversation=talked)


def collections(chosen: Sequence[Example]) -> list[str]:
    """The names of the collections, in order."""
    return list(dict.fromkeys(e.collection for e in chosen))


def report(tested: Sequence[tuple[Example, tuple[LinearModel, LinearModel]]]) -> None:
    """Print figures of examples, each under the models that did not see it."""
    for name in collections([e for e, _ in tested]):
        mine = [(e, models) for e, models in tested if e.collection == name and len(e.labels)]
        judged = [
            (e, sentence.probabilities(e.features))
            for e, (sentence, _) in mine
            if e.answerable and e.gold_length
        ]
        if judged:
            print(f"{name}: Hit@1 {np.mean([e.labels[p.argmax()] for e, p in judged]):.3f}")
            for floor, share in CUTS:
                scores = [_f1(e, p, floor, share) for e, p in judged]
                print(f"    floor {floor}, share {share}: F1 {np.mean(scores):.3f}")
        truth = np.array([e.answerable for e, _ in mine])
        sure = np.array([c.probabilities(confidence_of(e, s)[None])[0] for e, (s, c) in mine])
        if 0 < truth.sum() < len(truth):
            print(f"    AUROC {roc_auc_score(truth, sure):.3f}, withheld evidence included")
            for threshold in (0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
                print(
                    f"    below {threshold}: {np.mean(sure[truth] < threshold):.3f} of the "
                    f"answerable, {np.mean(sure[~truth] < threshold):.3f} of the others"
                )


def _f1(example: Example, p: Matrix, floor: float, share: float, most: int = 6) -> float:
    order = np.argsort(-p)[:most]
    chosen = [i for n, i in enumerate(order) if not n or p[i] >= max(floor, share * p[order[0]])]
    right = float(example.lengths[chosen] @ example.labels[chosen])
    return 2 * right / (float(example.lengths[chosen].sum()) + example.gold_length)


def main() -> None:
    """Fit, print figures, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sets", nargs="*", metavar="INDEX:GOLD.jsonl")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--learned", default="none", help="what train_cross_encoder.py has written")
    parser.add_argument("--trained-on", action="append", default=[], metavar="INDEX:GOLD.jsonl")
    parser.add_argument("--adapters", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    everything: list[Example] = []
    for pair in [*arguments.sets, *arguments.trained_on]:
        folder, gold = map(Path, pair.split(":"))
        trained_on = pair in arguments.trained_on
        everything += examples(
            folder,
            gold,
            learned=arguments.learned,
            trained_on=trained_on,
            adapters=arguments.adapters,
        )
        print(f"{gold}: {len(everything)} examples so far", flush=True)
    tested = []
    for fold in range(FOLDS):
        models = fit_both([e for e in everything if e.fold != fold])
        tested += [(e, models) for e in everything if e.fold == fold]
    report(tested)
    if arguments.write:
        known = json.loads(arguments.write.read_text()) if arguments.write.exists() else {}
        prefix = "" if arguments.learned == "none" else "read "
        vectors = "as embedded" if arguments.adapters is None else "adapted"
        known.setdefault(vectors, {}).update(as_written(fit_both(everything), prefix))
        arguments.write.write_text(json.dumps(known, indent=2) + "\n")


def as_written(
    models: tuple[LinearModel, LinearModel], prefix: str
) -> dict[str, dict[str, object]]:
    """The models as `rag/evidence/weights.json` has them."""
    names: dict[str, tuple[str, ...]] = {
        "sentence": READ_FEATURES if prefix else MEASURES,
        "confidence": READ_CONFIDENCE_FEATURES if prefix else CONFIDENCE_FEATURES,
    }
    return {
        prefix + part: {
            "weights": dict(zip(features, np.round(model.weights, 5).tolist(), strict=True)),
            "slope": round(model.slope, 5),
            "relative": round(model.relative, 5),
            "bias": round(model.bias, 5),
        }
        for (part, features), model in zip(names.items(), models, strict=True)
    }


if __name__ == "__main__":
    main()
