"""How much that is said to the program is told from questions: ``python benchmarks/utterances.py``.

Printed is, for each part of ``benchmarks/questions/utterances.jsonl``, how many of its utterances
are recognised, and how many of its questions to reports are taken for something else; then the
latter for the questions of the other files, and of JSON Lines that are named. Each set of questions
is judged with a linear function that was fitted without it; the parts take no part in any fit. Most
of them were looked at before utterances were added to ``utterances.toml``; how the two things that
recognise are weighed was chosen on ``aside`` and ``unseen``. Of the last part, ``newly``, only the
shares were seen before some orders to summarise were added to the questions. ``--misses`` lists
what went wrong. ``--write`` fits what the program ships to the utterances, to all questions of the
repository and to those that are named.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from rag.answer.conversation import Conversation, Learned, known_texts, plain
from rag.models.embedding import SentenceEmbedding
from rag.models.inference.model_cache import Options
from rag.models.registry import MULTILINGUAL
from rag.settings import load_settings

ROOT: Final = Path(__file__).parent.parent
UTTERANCES: Final = ROOT / "benchmarks/questions/utterances.jsonl"
SHIPPED: Final = ROOT / "rag/answer/utterance_weights.json"
# So many times closer to 1 than with the first do the cosines of a model lie.
SCALES: Final = {"all-MiniLM-L6-v2": 1.0, MULTILINGUAL.name: 5.0}
# Chosen on the parts "aside" and "unseen"; others between half and twice as much do as well.
_SHARE: Final = 0.03  # what one unit of log-odds is worth, in cosine
_BIAS: Final = -0.06
_INVERSE_REGULARISATION: Final = 10.0

Questions = dict[str, list[str]]


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The objects of a file, one a line."""
    return map(json.loads, path.read_text("utf-8").splitlines())


def questions(further: Sequence[Path]) -> Questions:
    """Questions to reports by the set they are of; parts of one set are one."""
    gold = (ROOT / "tests/gold").glob("*.jsonl")
    asked: Questions = {"the project's own": []}
    for path in sorted(gold):
        asked["the project's own"] += [row["question"] for row in rows(path)]
    for path in (*sorted(set(UTTERANCES.parent.glob("*.jsonl")) - {UTTERANCES}), *further):
        name = path.stem if path.stem != "gold" else path.resolve().parent.name
        asked.setdefault(name, []).extend(row["question"] for row in rows(path))
    return asked


class Fits:
    """Fits the linear function of one embedding model, with or without a set of questions."""

    def __init__(self, embedding: SentenceEmbedding, asked: Questions) -> None:
        said, reports = known_texts()
        self._said, self._reports = embedding.embed_queries(said), embedding.embed_queries(reports)
        self._asked = {
            name: embedding.embed_queries([plain(each) for each in of])
            for name, of in asked.items()
        }

    def fitted(self, scale: float, *, without: str = "") -> Learned:
        """What is learned when the questions of one set are left out."""
        asked = [self._reports, *(of for name, of in self._asked.items() if name != without)]
        vectors = np.vstack([self._said, *asked])
        is_said = np.arange(len(vectors)) < len(self._said)
        fit = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=5000).fit(vectors, is_said)
        return Learned(
            scale,
            np.round(_SHARE * fit.coef_[0].astype(float), 4),
            round(_SHARE * float(fit.intercept_[0]) + _BIAS, 4),
        )


def main() -> None:
    """Print the shares, or write what is fitted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="*", help="further files of questions")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--model", choices=SCALES, default=next(iter(SCALES)))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    asked = questions(given.questions)
    cache = Options.of(load_settings()).cache
    if given.write:
        shipped = {
            model: Fits(SentenceEmbedding(model_name=model), asked).fitted(scale)
            for model, scale in SCALES.items()
        }
        values = {
            model: {**asdict(each), "weights": each.weights.tolist()}
            for model, each in shipped.items()
        }
        SHIPPED.write_text(json.dumps(values) + "\n", "utf-8")
        return
    embedding = SentenceEmbedding(model_name=given.model)
    fits = Fits(embedding, asked)

    def tell(name: str, texts: list[str], *, asked: bool, without: str = "") -> None:
        """Say how many of ``texts`` are questions to the reports, or how many are none."""
        learned = fits.fitted(SCALES[given.model], without=without)
        conversation = Conversation(embedding, cache=cache, learned=learned)
        found = [each for each in texts if (conversation.intent(each) is None) == asked]
        wrong = [each for each in texts if each not in found]
        words = "questions, taken for something else" if asked else "utterances, recognised"
        number = len(wrong) if asked else len(found)
        print(f"{name:24} {len(texts):5} {words}: {number} ({number / len(texts):.1%})")
        for each in wrong if given.misses else ():
            print(f"    {each}")

    said = list(rows(UTTERANCES))
    for part in dict.fromkeys(row["half"] for row in said):
        for is_question in (False, True):
            of = [
                row["utterance"]
                for row in said
                if row["half"] == part and (row["kind"] == "report") == is_question
            ]
            if of:
                tell(part, of, asked=is_question)
    for name, texts in asked.items():
        tell(name, texts, asked=True, without=name)


if __name__ == "__main__":
    main()
