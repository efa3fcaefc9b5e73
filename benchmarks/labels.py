"""How much of an answer on the page is labels: characters of labels beside characters quoted.

    python benchmarks/labels.py INDEX [--count 60]

The questions are a fixed sample of the project's own gold questions, asked of an index of
``corpus``. Counted is what is seen without pointing at anything: whose words they are, the year and
the pages, over the quotations.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from rag.answer import open_chatbot
from rag.app.web.chat.answer_markdown import answer_markdown
from rag.cite.answers import Answer
from rag.settings import load_settings

GOLD = Path(__file__).parent.parent / "tests/gold"


def main() -> None:
    """Ask the questions and print the characters, and their ratio."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("index", type=Path)
    arguments.add_argument("--count", type=int, default=60)
    given = arguments.parse_args()
    chatbot = open_chatbot(load_settings(index=given.index))
    lines = [line for file in sorted(GOLD.glob("*.jsonl")) for line in file.open(encoding="utf-8")]
    questions = [one["question"] for one in map(json.loads, lines) if one["answerable"]]
    random.Random(0).shuffle(questions)
    labels = quoted = 0
    for question in questions[: given.count]:
        *_, answer = chatbot.ask(question)
        one = characters(answer)
        labels, quoted = labels + one[0], quoted + one[1]
    print(f"{labels} characters of labels, {quoted} quoted: {labels / quoted:.3f}")


def characters(answer: Answer) -> tuple[int, int]:
    """The characters of the labels that are seen, and of the quotations."""
    parser = MarkdownIt("commonmark", {"html": True})
    page = BeautifulSoup(parser.render(answer_markdown(answer)), "lxml")
    for hidden in page.select(".rest"):
        hidden.decompose()
    seen = sum(len(each.get_text()) for each in page.select(".whose"))
    return seen, sum(len(each.text) for each in answer.statements if each.kind == "quote")


if __name__ == "__main__":
    main()
