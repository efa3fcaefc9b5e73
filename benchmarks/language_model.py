r"""What a real language model writes, and how its sentences are marked.

    RAG_LLM=openai:NAME RAG_LLM_URL=http://127.0.0.1:8080/v1 \
        python benchmarks/language_model.py INDEX GOLD.jsonl [--questions 20] [--show]

Asks the first answerable questions of a gold file. Prints how many answers the model wrote, how
many the program had to write in its place, and how often each mark was given.
"""

from __future__ import annotations

import argparse
from collections import Counter
from itertools import islice
from pathlib import Path

from rag.chatbot import open_chatbot

from rag.evaluation.gold import read_gold
from rag.settings import load_settings


def main() -> None:
    """Ask, and print the marks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("index", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    chatbot = open_chatbot(load_settings(index=given.index))
    marks: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    asked = (each for each in read_gold(given.gold) if each.answerable)
    for gold in islice(asked, given.questions):
        *_, answer = chatbot.ask(gold.question)
        by = "abstained" if answer.abstained else "model" if answer.model else "program"
        answers[by] += 1
        written = [each for each in answer.statements if each.kind == "generated"]
        marks.update(each.support for each in written)
        for each in written if given.show else ():
            print(f"{each.support:10} {each.text} | {each.fault or ''}")
        for note in answer.notes if given.show else ():
            print(f"note       {note}")
    print(f"answers: {dict(answers)}; sentences: {dict(marks)}")


if __name__ == "__main__":
    main()
