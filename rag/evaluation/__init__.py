"""How good are the answers? Gold questions, measures, and the run over them."""

from rag.evaluation.gold import GoldEvidence, GoldQuestion, locate, read_gold
from rag.evaluation.measures import Scores, score, summarise
from rag.evaluation.run import evaluate

__all__ = [
    "GoldEvidence",
    "GoldQuestion",
    "Scores",
    "evaluate",
    "locate",
    "read_gold",
    "score",
    "summarise",
]
