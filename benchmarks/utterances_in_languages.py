"""How much that is said to the program in other languages is told from questions to the reports.

    python benchmarks/utterances_in_languages.py [LANGUAGE=GOLD.jsonl …] [--misses] [--model NAME]

Printed is, for each language of ``benchmarks/questions/languages/utterances.jsonl``, how many of
its utterances are recognised, how many for what they are, and how many questions to reports are
taken for something else: those beside them, and those of files that are named. The utterances were
written before the phrases of ``rag/answer/utterances_in_languages.toml``, by the same hand.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from rag.answer.conversation import Conversation
from rag.language.translation import reading
from rag.models.embedding import open_embedding
from rag.models.inference.model_cache import Options
from rag.models.registry import EMBEDDING
from rag.settings import load_settings

UTTERANCES: Final = Path(__file__).parent / "questions/languages/utterances.jsonl"


def main() -> None:
    """Print a row for each language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="*", help="questions to reports, as ru=FILE")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--model", default=EMBEDDING.name)
    given = parser.parse_args()
    conversation = Conversation(
        open_embedding(given.model), cache=Options.of(load_settings()).cache
    )
    rows = list(map(json.loads, UTTERANCES.read_text("utf-8").splitlines()))
    further = [each.partition("=") for each in given.gold]

    def told(language: str, said: str) -> str:
        with reading(language):
            intent = conversation.intent(said)
        return intent.kind if intent else "report"

    for language in dict.fromkeys(row["language"] for row in rows):
        own = [row for row in rows if row["language"] == language]
        found = [(row["kind"], told(language, row["utterance"]), row["utterance"]) for row in own]
        said = [each for each in found if each[0] != "report"]
        asked = [each for each in found if each[0] == "report"]
        lines = (
            json.loads(line)["question"]
            for code, _, file in further
            if code == language
            for line in Path(file).read_text("utf-8").splitlines()
        )
        more = [("report", told(language, line), line) for line in lines]
        print(
            f"{language}: {sum(is_ != 'report' for _, is_, _ in said)} of {len(said)} recognised, "
            f"{sum(kind == is_ for kind, is_, _ in said)} for what they are; taken for something "
            f"else {sum(is_ != 'report' for _, is_, _ in asked)} of {len(asked)} questions, "
            f"{sum(is_ != 'report' for _, is_, _ in more)} of {len(more)} further ones"
        )
        for kind, is_, words in [*found, *more] if given.misses else ():
            if kind != is_:
                print(f"    {kind} taken for {is_}: {words}")


if __name__ == "__main__":
    main()
