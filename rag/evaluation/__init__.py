"""How good are the answers? Gold questions, measures, and the run over them."""

from rag.evaluation.calibration import Bin
from rag.evaluation.gold import GoldEvidence, GoldQuestion, locate, read_gold
from rag.evaluation.measures import Scores, score
from rag.evaluation.run import evaluate
from rag.evaluation.summary import reliability_curve, summarise, timings

__all__ = [
    "Bin",
    "GoldEvidence",
    "GoldQuestion",
    "Scores",
    "evaluate",
    "locate",
    "read_gold",
    "reliability_curve",
    "score",
    "summarise",
    "timings",
]
