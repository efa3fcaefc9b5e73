"""How much that is said to the program is told from questions: ``python benchmarks/utterances.py``.

Printed is, for each part of ``benchmarks/questions/utterances.jsonl``, how many of its utterances
are recognised, and how many of its questions to reports are taken for something else; then the
latter for the questions of the other files, and of JSON Lines that are named. ``--misses`` lists
them. Nothing was changed after a look at the last of the parts, ``aside``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from rag.answer.conversation import Conversation
from rag.models.embedding import SentenceEmbedding
from rag.models.inference.model_cache import Options
from rag.settings import load_settings

ROOT = Path(__file__).parent.parent
UTTERANCES = ROOT / "benchmarks/questions/utterances.jsonl"


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The objects of a file, one a line."""
    return map(json.loads, path.read_text("utf-8").splitlines())


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="*", help="further files of questions")
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    settings = load_settings()
    embedding = SentenceEmbedding(model_name=settings.embedding_model)
    conversation = Conversation(embedding, cache=Options.of(settings).cache)

    def tell(name: str, texts: list[str], *, asked: bool) -> None:
        """Say how many of ``texts`` are questions to the reports, or how many are none."""
        found = [each for each in texts if (conversation.intent(each) is None) == asked]
        wrong = [each for each in texts if each not in found]
        words = "questions, taken for something else" if asked else "utterances, recognised"
        number = len(wrong) if asked else len(found)
        print(f"{name:24} {len(texts):5} {words}: {number} ({number / len(texts):.1%})")
        for each in wrong if given.misses else ():
            print(f"    {each}")

    said = list(rows(UTTERANCES))
    for part in dict.fromkeys(row["half"] for row in said):
        for asked in (False, True):
            of = [
                row["utterance"]
                for row in said
                if row["half"] == part and (row["kind"] == "report") == asked
            ]
            tell(part, of, asked=asked)
    others = (*(ROOT / "tests/gold").glob("*.jsonl"), *UTTERANCES.parent.glob("*.jsonl"))
    for path in (*sorted(set(others) - {UTTERANCES}), *given.questions):
        tell(path.name, [row["question"] for row in rows(path)], asked=True)


if __name__ == "__main__":
    main()
