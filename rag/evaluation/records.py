"""An evaluation as a record and as a JSON object, from which it can be read and compared."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from rag.errors import GoldError
from rag.evaluation.failures import FAILURES, Outcome
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.intervals import RESAMPLES, SEED, intervals
from rag.evaluation.measures import Scores
from rag.evaluation.summary import reliability_curve, summarise, timings

JsonObject = dict[str, Any]

_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcomes of a run over a gold set.

    ``name`` is what the gold set is called, ``fingerprint`` that of its questions, ``asked`` how
    many there were to ask: more than outcomes when the run was interrupted. ``abstain_below`` is
    the threshold of confidence it ran with.
    """

    name: str
    fingerprint: str
    asked: int
    abstain_below: float
    outcomes: tuple[Outcome, ...]

    @property
    def scores(self) -> list[Scores]:
        """The scores of every question, in order."""
        return [each.scores for each in self.outcomes]

    @property
    def failures(self) -> dict[str, int]:
        """How many questions failed in each way, worst first; one may fail in several."""
        counted = Counter(failure for each in self.outcomes for failure in each.failures)
        return {name: counted[name] for name in FAILURES if counted[name]}

    def by_kind(self) -> dict[str, list[Scores]]:
        """The scores of the questions of each kind, ordered by name."""
        kinds = sorted({each.kind for each in self.scores if each.kind})
        return {kind: [each for each in self.scores if each.kind == kind] for kind in kinds}


def fingerprint(questions: Sequence[GoldQuestion]) -> str:
    """A hash of the questions and their evidence, which the layout of the file does not change."""
    lines = (json.dumps(each.model_dump(exclude_defaults=True)) for each in questions)
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()[:16]


def as_object(evaluation: Evaluation) -> JsonObject:
    """What ``rag evaluate --json`` prints.

    First the figures, as :func:`rag.evaluation.summarise` has them; ``outcomes`` has, for every
    question, what it takes to compare it with another run of the same questions.
    """
    scores = evaluation.scores
    groups = evaluation.by_kind()
    return {
        **summarise(scores),
        "intervals": _intervals(scores),
        "reliability": [asdict(each) for each in reliability_curve(scores)],
        "timings p50 ms": timings(scores),
        "by_kind": {kind: summarise(each) for kind, each in groups.items()},
        "intervals_by_kind": {kind: _intervals(each) for kind, each in groups.items()},
        "failures": evaluation.failures,
        "run": {
            "format": 1,
            "gold": evaluation.name,
            "fingerprint": evaluation.fingerprint,
            "asked": evaluation.asked,
            "complete": len(evaluation.outcomes) == evaluation.asked,
            "abstain_below": evaluation.abstain_below,
            "seed": SEED,
            "resamples": RESAMPLES,
        },
        "outcomes": [_outcome(each) for each in evaluation.outcomes],
    }


def _intervals(scores: Sequence[Scores]) -> dict[str, list[float]]:
    return {
        name: [round(low, 6), round(high, 6)] for name, (low, high) in intervals(scores).items()
    }


def _outcome(outcome: Outcome) -> JsonObject:
    answer = outcome.answer
    said = answer.statements[0].text if answer.statements and not answer.abstained else ""
    return {
        "question": outcome.question.question,
        "answer": said if len(said) <= _SHOWN else f"{said[: _SHOWN - 1]}…",
        "failures": list(outcome.failures),
        "scores": asdict(outcome.scores),
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """An outcome as it was written down; ``answer`` is its first statement, or empty."""

    question: str
    answer: str
    failures: tuple[str, ...]
    scores: Scores

    @property
    def asked(self) -> tuple[str, bool]:
        """What two runs must share for this to be the same question."""
        return self.question, self.scores.answerable


@dataclass(frozen=True, slots=True)
class Run:
    """What was written down of a run besides its outcomes; ``gold`` is the name of its gold set."""

    format: Literal[1]
    gold: str
    fingerprint: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """An evaluation as it was written down."""

    run: Run
    outcomes: tuple[Judged, ...]


_RECORDED: Final = TypeAdapter(Recorded)


def from_object(value: object, *, where: Path | str) -> Recorded:
    """Read back what :func:`as_object` made, without failures of a kind that is not known.

    Raises:
        GoldError: it is something else; ``where`` says in the message what was read.
    """
    try:
        recorded = _RECORDED.validate_python(value)
    except ValidationError as error:
        raise GoldError(
            f"{where} is not what 'rag evaluate GOLD.jsonl --json' prints: write that to a file"
        ) from error
    known = tuple(
        replace(each, failures=tuple(name for name in FAILURES if name in each.failures))
        for each in recorded.outcomes
    )
    return replace(recorded, outcomes=known)
