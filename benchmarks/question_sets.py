"""The sets of gold questions that models are trained on and judged by, and their groups.

Three groups are left out in turn: what is trained without a group is judged on it.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rag.evaluation.gold import GoldQuestion, read_gold
from rag.evaluation.measures import Place, places
from rag.ingest.pipeline import ingest
from rag.models.embedding import open_embedding
from rag.settings import load_settings
from rag.store import Index, Store

__all__ = [
    "GROUPS",
    "OWN",
    "SETS",
    "TRAINED_ON",
    "WRITTEN",
    "QuestionSet",
    "is_held_out",
    "open_index",
    "questions",
]

SEED: Final = 7
# The questions about one document in so many are not trained on: the confidence is fitted to them.
_HELD_OUT: Final = 6
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class QuestionSet:
    """A gold file over a corpus; ``count`` questions of it, drawn by :data:`SEED`, are used.

    ``group`` is left out as a whole; None for a set that nothing is trained on. Paths are below
    the folder of public data, or this folder for questions that were written for the project.
    """

    name: str
    group: str | None
    corpus: str
    gold: str
    count: int
    written: bool = False

    def gold_file(self, data: Path) -> Path:
        """Where its questions are."""
        if self.group == "own":
            return _HERE.parent / "tests" / "gold" / self.gold
        return (_HERE / "questions" if self.written else data) / self.gold


SETS: Final = (
    QuestionSet("CLAPNQ", "wikipedia", "clapnq/corpus", "clapnq/gold.jsonl", 274),
    QuestionSet("XQuAD", "wikipedia", "xquad/corpus", "xquad/gold.jsonl", 900),
    QuestionSet("SelQA", "selqa", "selqa/corpus", "selqa/gold.jsonl", 900),
    QuestionSet(
        "UN speeches", "un", "un-general-debate", "un-general-debate.jsonl", 900, written=True
    ),
    QuestionSet("MTRAG-UN", None, "mtrag-un/corpus", "mtrag-un/gold.jsonl", 187),
)
WRITTEN: Final = (
    QuestionSet("CLAPNQ, written", "wikipedia", "clapnq/corpus", "clapnq.jsonl", 133, written=True),
    QuestionSet("XQuAD, written", "wikipedia", "xquad/corpus", "xquad.jsonl", 356, written=True),
    QuestionSet("SelQA, written", "selqa", "selqa/corpus", "selqa.jsonl", 138, written=True),
)
"""Questions over the public texts that were written for the project, most without an answer."""
TRAINED_ON: Final = (
    QuestionSet("QED", "qed", "qed/corpus", "qed/gold.jsonl", 4000),
    QuestionSet("SQuADShifts", "squadshifts", "squadshifts/corpus", "squadshifts/gold.jsonl", 4000),
)
"""What nothing is judged by: ``qed_questions.py`` and ``squadshifts_questions.py`` make them."""
OWN: Final = QuestionSet("sample", "own", "sample", "questions.jsonl", 243)
"""The project's own questions over its sample reports; seen, so nothing is judged by them."""
GROUPS: Final = ("un", "selqa", "wikipedia")


def open_index(one: QuestionSet, data: Path, work: Path) -> Index:
    """The index of a set's corpus; built below ``work`` if it is not there."""
    folder = work / "indices" / one.corpus.split("/", maxsplit=1)[0]
    settings = load_settings(index=folder)
    fresh = not folder.exists()
    index = Index.open(settings, create=True, embedding=open_embedding(settings.embedding_model))
    if fresh:
        corpus = _HERE.parent / "corpus" if one.group == "own" else data / one.corpus
        ingest(index, [corpus], settings=settings)
    return index


def questions(
    one: QuestionSet, index: Store, data: Path
) -> list[tuple[GoldQuestion, Sequence[Place]]]:
    """The drawn questions of a set, each with the places of its evidence."""
    drawn = list(read_gold(one.gold_file(data)))
    random.Random(SEED).shuffle(drawn)
    sources = index.sources()
    found: list[tuple[GoldQuestion, Sequence[Place]]] = []
    for question in drawn[: one.count]:
        documents = {
            item.source: document
            for item in question.evidence
            if item.source in sources
            and (document := index.document(sources[item.source].document_id))
        }
        found.append((question, places(question, documents)))
    return found


def is_held_out(document_id: str) -> bool:
    """Whether questions about a document are kept for fitting the confidence."""
    return zlib.crc32(document_id.encode()) % _HELD_OUT == 0
