"""Make a question set of SQuADShifts, to train the cross-encoder on.

    python benchmarks/squadshifts_questions.py DATA new_wiki_v1.0.json

SQuADShifts (Miller et al. 2020, "The Effect of Natural Distribution Shift on Question Answering
Models"; github.com/modestyachts/squadshifts-website, CC BY 4.0) has questions that were written as
those of SQuAD were, over other articles of Wikipedia; each was answered by several people. Writes
DATA/squadshifts/corpus, a Markdown file a paragraph, and DATA/squadshifts/gold.jsonl.

The evidence of a question is the sentence that most of the answers lie in. So that a model learns
what is not answered too, one sentence is taken out of a fourth of the paragraphs: its questions
have no answer then, unless another sentence has their answer's words; those are left out.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from rag.language.sentences import split_sentences

SEED: Final = 5
REDACTED: Final = 0.25  # of the paragraphs lose a sentence


@dataclass(frozen=True)
class Asked:
    """A question about a paragraph: which of its sentences answers, and the answers' words."""

    question_id: str
    question: str
    answering: int
    answers: frozenset[str]


def asked(example: dict[str, Any], spans: Sequence[tuple[int, int]]) -> Asked | None:
    """The question of an example; None where no sentence has most of its answers."""
    found = Counter(
        number
        for answer in example["answers"]
        for number, (start, end) in enumerate(spans)
        if start <= answer["answer_start"] < end
    )
    if not found:
        return None
    (number, count), *_ = found.most_common(1)
    if 2 * count <= len(example["answers"]):
        return None
    answers = frozenset(each["text"].lower() for each in example["answers"])
    return Asked(example["id"], example["question"].strip(), number, answers)


def gold(
    source: str, sentences: Sequence[str], questions: Sequence[Asked], missing: int | None
) -> Iterator[dict[str, Any]]:
    """The gold lines of a paragraph of which a sentence is missing."""
    left = [each.lower() for number, each in enumerate(sentences) if number != missing]
    for one in questions:
        line = {"id": one.question_id, "question": one.question}
        if one.answering != missing:
            quote = sentences[one.answering]
            yield line | {"answerable": True, "evidence": [{"source": source, "quote": quote}]}
        elif not any(answer in each for answer in one.answers for each in left):
            yield line | {"answerable": False}


def write(folder: Path, file: Path) -> None:
    """Write the corpus and the gold questions."""
    chance = random.Random(SEED)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    lines: list[dict[str, Any]] = []
    number = 0
    for article in json.loads(file.read_text("utf-8"))["data"]:
        title = unquote(article["title"]).replace("_", " ")
        for paragraph in article["paragraphs"]:
            number += 1
            text = paragraph["context"]
            spans = split_sentences(text)
            sentences = [" ".join(text[start:end].split()) for start, end in spans]
            found = [one for each in paragraph["qas"] if (one := asked(each, spans)) is not None]
            missing = None
            if len(sentences) > 2 and found and chance.random() < REDACTED:
                missing = chance.choice(found).answering
            name = f"s{number:05d}.md"
            lines += gold(name, sentences, found, missing)
            kept = (each for place, each in enumerate(sentences) if place != missing)
            front = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n\n"
            (corpus / name).write_text(f"{front}{' '.join(kept)}\n", "utf-8")
    written = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    (folder / "gold.jsonl").write_text(written, "utf-8")
    unanswered = sum(not line["answerable"] for line in lines)
    print(f"{len(lines)} questions, {unanswered} without an answer")


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    write(given.data / "squadshifts", given.file)


if __name__ == "__main__":
    main()
