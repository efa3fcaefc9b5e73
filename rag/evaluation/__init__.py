"""How good are the answers? Gold questions, measures, and the run over them."""

from rag.evaluation.bounds import Bound, misses, parse_bound
from rag.evaluation.calibration import Bin
from rag.evaluation.failures import FAILURES, Outcome, judge
from rag.evaluation.gold import GoldEvidence, GoldQuestion, GoldTurn, locate, read_gold
from rag.evaluation.intervals import intervals
from rag.evaluation.measures import Scores, score
from rag.evaluation.records import Evaluation, Recorded, as_object, fingerprint, from_object
from rag.evaluation.run import evaluate, outcomes, sample, sources_of
from rag.evaluation.summary import reliability_curve, summarise, timings

__all__ = [
    "FAILURES",
    "Bin",
    "Bound",
    "Evaluation",
    "GoldEvidence",
    "GoldQuestion",
    "GoldTurn",
    "Outcome",
    "Recorded",
    "Scores",
    "as_object",
    "evaluate",
    "fingerprint",
    "from_object",
    "intervals",
    "judge",
    "locate",
    "misses",
    "outcomes",
    "parse_bound",
    "read_gold",
    "reliability_curve",
    "sample",
    "score",
    "sources_of",
    "summarise",
    "timings",
]
