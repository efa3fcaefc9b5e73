"""How good the answers are on sets that nothing was learned from or chosen by.

    python benchmarks/leave_one_out.py DATA WORK [--set NAME]… [--write weights.json]

For every set: the cross-encoder is trained on the other groups of sets (``train_cross_encoder.py``;
what it learns is kept in WORK/variants), the confidence, the thresholds and how many sentences are
quoted are fitted to those questions of the other groups that it was not trained on and to the
project's own, and the set is then answered by the whole program. Prints a table with 95 % intervals
(bootstrap over questions). ``--write`` fits the shipped numbers in the same way with no set left
out, after a variant named ``all`` has been trained. MTRAG-UN is in no group: nothing is ever
trained on it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from question_sets import OWN, SETS, WRITTEN, QuestionSet, is_held_out, open_index, questions
from sklearn.linear_model import LogisticRegression
from train_cross_encoder import write as train

from rag.answer import Chatbot, Parts
from rag.answer.decide import Fitted
from rag.answer.records import Retrieved, any_answers, log_odds_of
from rag.answer.rescore import rescored, scored
from rag.evaluation.intervals import intervals
from rag.evaluation.measures import Place, Scores
from rag.evaluation.run import outcomes, sources_of
from rag.evaluation.summary import summarise
from rag.models.bundle import Models
from rag.models.cross_encoder.model import CrossEncoder
from rag.models.registry import CROSS_ENCODER
from rag.schema import Evidence
from rag.settings import load_settings

COLUMNS: Final = {
    "R@5": "R@5",
    "Hit@1": "Hit@1",
    "F1": "evidence F1",
    "AUROC": "AUROC",
    "abstention F1": "abstention F1",
    "wrongly abstained": "false abstention",
}
# Of the questions with an answer, those that a bold program abstains from at most; of those without
# one, what a careful program abstains from at least.
BOLD: Final = 0.01
CAREFUL: Final = 0.9
# Of evidence F1, what quoting more sentences may cost: a sentence too many costs a glance, one that
# is missing may be the answer.
LITTLE: Final = 0.025
# Questions of one set that the fit is made with at most.
MOST: Final = 80


@dataclass(frozen=True)
class Known:
    """What the fit needs of one question: its best sentences, and their scores by themselves."""

    answerable: bool
    evidence: tuple[Evidence, ...]
    alone: tuple[float, ...]
    wanted: tuple[Place, ...]
    one: str


def variant(without: str | None, data: Path, work: Path) -> Path:
    """What was learned without a group of sets; trained if it is not there."""
    file = work / "variants" / f"{without or 'all'}.safetensors"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        train(file, data, work, without=without)
    return file


def chatbot_on(
    one: QuestionSet,
    data: Path,
    work: Path,
    learned: Path,
    *,
    weights: Fitted | None = None,
    parts: Parts | None = None,
) -> Chatbot:
    """The program over a set's corpus."""
    index = open_index(one, data, work)
    models = Models(index.embedding, CrossEncoder(CROSS_ENCODER.name, learned=learned))
    return Chatbot(index, load_settings(), models=models, weights=weights, parts=parts)


def known(one: QuestionSet, data: Path, work: Path, learned: Path) -> Iterator[Known]:
    """The questions of a set that nothing was trained on."""
    chatbot = chatbot_on(one, data, work, learned)
    for question, wanted in questions(one, chatbot.index, data):
        about = next((each.document_id for each in wanted if each.document_id), None)
        if about and one.group != "own" and not is_held_out(about):
            continue
        query = chatbot.understand(question.question, question.messages)
        retrieved = chatbot.retrieve(query, question.conditions)
        hits = retrieved.hits
        if not hits:
            continue
        if not about and one.group != "own" and not is_held_out(hits[0].passage.document_id):
            continue
        # The hits of all sides are read together: the fit is for one confidence.
        plain = replace(query, kind="fact", sides=())
        ranked = chatbot.ranker.rank(Retrieved(plain, hits, ((None, hits),), retrieved.named))
        ((_, evidence),) = ranked.sides
        alone = scored(query.reading, evidence, chatbot.models.cross_encoder)
        yield Known(question.answerable, evidence, tuple(alone), tuple(wanted), one.name)


def fit(material: Sequence[Known]) -> Fitted:
    """The confidence, how many sentences are quoted, and the thresholds.

    Every set counts alike.
    """
    size = {each.one: sum(other.one == each.one for other in material) for each in material}
    weight = [size[each.one] ** -0.5 for each in material]
    features = np.array([[any_answers(each.evidence)] for each in material])
    answerable = np.array([each.answerable for each in material])
    model = LogisticRegression(C=10.0)
    model.fit(features, answerable, sample_weight=weight)
    confidence = model.predict_proba(features)[:, 1]
    material = [replace(each, evidence=rescored(each.evidence, each.alone)) for each in material]
    f1 = {float(each): mean_f1(material, float(each)) for each in np.arange(0.25, 4.1, 0.25)}
    return Fitted(
        log_odds=float(model.coef_[0][0]),
        bias=float(model.intercept_[0]),
        # Better a sentence more than one less, where it costs little.
        within=max(each for each in f1 if f1[each] >= max(f1.values()) - LITTLE),
        thresholds=thresholds(confidence, answerable),
    )


def _common(one: Evidence, place: Place) -> int:
    """The characters that a sentence and a place have in common."""
    if place.document_id != one.hit.passage.document_id:
        return 0
    return max(0, min(place.end or 0, one.end) - max(place.start or 0, one.start))


def thresholds(
    confidence: np.ndarray[tuple[int], np.dtype[np.float64]],
    answerable: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> dict[str, float]:
    """Careful and bold as above, and balanced midway between the two in log-odds."""
    careful = float(np.quantile(confidence[~answerable], CAREFUL))
    bold = min(careful, float(np.quantile(confidence[answerable], BOLD)))
    balanced = (log_odds_of(careful) + log_odds_of(bold)) / 2
    return {
        "careful": round(careful, 4),
        "balanced": round(1 / (1 + float(np.exp(-balanced))), 4),
        "bold": round(bold, 4),
    }


def mean_f1(material: Iterable[Known], within: float) -> float:
    """Evidence F1 of the answerable questions if sentences within so many log-odds are quoted."""
    found = [_f1(each, within) for each in material if each.answerable and each.wanted]
    return float(np.mean(found))


def _f1(one: Known, within: float) -> float:
    best = log_odds_of(one.evidence[0].score) if one.evidence else 0.0
    cited = [each for each in one.evidence if best - log_odds_of(each.score) <= within][:6]
    said = sum(each.end - each.start for each in cited)
    wanted = sum((place.end or 0) - (place.start or 0) for place in one.wanted)
    common = sum(_common(each, place) for each in cited for place in one.wanted)
    return 2 * common / (said + wanted) if said + wanted else 0.0


def fitted_without(group: str | None, data: Path, work: Path, learned: Path) -> Fitted:
    """The numbers fitted to all groups but one."""
    used = [each for each in (*SETS, *WRITTEN, OWN) if each.group not in (None, group)]
    material = [each for one in used for each in islice(known(one, data, work, learned), MOST)]
    return fit(material)


def fitted_for(one: QuestionSet, data: Path, work: Path) -> Fitted:
    """The numbers that a set is judged with; fitted if they are not there."""
    kept = work / "variants" / f"{one.group or 'all'}.json"
    if not kept.exists():
        weights = fitted_without(one.group, data, work, variant(one.group, data, work))
        kept.write_text(json.dumps(asdict(weights)), "utf-8")
    return Fitted(**json.loads(kept.read_text("utf-8")))


def judged(
    one: QuestionSet,
    data: Path,
    work: Path,
    *,
    parts: Parts | None = None,
    count: int | None = None,
) -> list[Scores]:
    """The scores of a set's questions, answered by a program that has learned nothing of it."""
    learned = variant(one.group, data, work)
    weights = fitted_for(one, data, work)
    chatbot = chatbot_on(one, data, work, learned, weights=weights, parts=parts)
    asked = [question for question, _ in questions(one, chatbot.index, data)][:count]
    return [each.scores for each in outcomes(chatbot, asked, sources=sources_of(chatbot))]


def line(name: str, scores: Sequence[Scores]) -> str:
    """A line of the table, in Markdown."""
    figures, between = summarise(scores), intervals(scores)
    answerable = sum(each.answerable for each in scores)
    cells = [name, f"{answerable} / {len(scores) - answerable}"]
    for measure in COLUMNS.values():
        value = figures.get(measure)
        low, high = between.get(measure, (None, None))
        shown = "–" if value is None else f"{value:.3f}"
        cells.append(shown if low is None or value is None else f"{shown} ({low:.2f}–{high:.2f})")
    cells.append(f"{figures['latency p50 ms']:.0f} / {figures['latency p95 ms']:.0f}")
    return f"| {' | '.join(cells)} |"


def by_caution(name: str, scores: Sequence[Scores], weights: Fitted) -> Iterator[str]:
    """A line for each degree of caution: what is answered that should not be, and the other way."""
    for caution, threshold in weights.thresholds.items():
        wrong = [each.confidence >= threshold for each in scores if not each.answerable]
        lost = [each.confidence < threshold for each in scores if each.answerable]
        if wrong and lost:
            shares = f"{np.mean(wrong):.2f} | {np.mean(lost):.2f}"
            yield f"| {name} | {caution} | {threshold:.2f} | {shares} |"


def main() -> None:
    """Judge every set, or fit what is shipped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--set", action="append", help="only this set, by name")
    parser.add_argument("--count", type=int, help="at most so many questions of a set")
    parser.add_argument("--write", type=Path, help="fit the shipped numbers, and write them here")
    given = parser.parse_args()
    if given.write is not None:
        learned = variant(None, given.data, given.work)
        weights = fitted_without(None, given.data, given.work, learned)
        given.write.write_text(json.dumps(asdict(weights), indent=1) + "\n", "utf-8")
        return
    print(f"| set | answerable / not | {' | '.join(COLUMNS)} | ms, median / 95 % |", flush=True)
    print("|" + "---|" * (len(COLUMNS) + 3))
    cautions: list[str] = []
    for one in SETS:
        if given.set is not None and one.name not in given.set:
            continue
        scores = judged(one, given.data, given.work, count=given.count)
        print(line(one.name, scores), flush=True)
        cautions += by_caution(one.name, scores, fitted_for(one, given.data, given.work))
    print("| set | caution | threshold | answered without an answer | wrongly abstained |")
    print("\n".join(["|---|---|---|---|---|", *cautions]))


if __name__ == "__main__":
    main()
