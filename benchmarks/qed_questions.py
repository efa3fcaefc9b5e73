"""Make a question set of QED, to train the cross-encoder on.

    python benchmarks/qed_questions.py DATA qed-train.jsonlines qed-dev.jsonlines

QED (Lamm et al. 2021, "QED: A Framework and Dataset for Explanations in Question Answering";
github.com/google-research-datasets/QED, CC BY-SA 3.0) has questions of Natural Questions, each with
a paragraph of Wikipedia and the characters that answer. Writes DATA/qed/corpus, a Markdown file a
paragraph, and DATA/qed/gold.jsonl.

QED has only questions with an answer. So that a model learns what is not answered too, from a
fourth of the paragraphs with one question the sentence that answers is taken out, where no other
sentence has the answer, and of one title in twelve the paragraphs are left out. Questions of
CLAPNQ, whose questions come from Natural Questions too, are left out.
"""

from __future__ import annotations

import argparse
import bisect
import json
import random
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

SEED: Final = 3
# Titles by their hash in a hundred: below the first the answer is taken out, from the second on
# the paragraph is.
REDACTED: Final = 25
LEFT_OUT: Final = 92
AS_TYPED_WITH_MARK: Final = 0.3  # of the questions get a capital and a question mark
_QUOTED: Final = re.compile(r'" ([^"]*?) "')


@dataclass(frozen=True)
class Asked:
    """A question about a paragraph: which of its sentences answer, and the answers' words."""

    question_id: str
    question: str
    answering: tuple[int, ...]
    answers: tuple[str, ...]


def plain(text: str) -> str:
    """Text of Natural Questions, which has its tokens apart, as it is written."""
    text = text.replace("``", '"').replace("''", '"')
    text = re.sub(r" ([,.;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[$£]) ", r"\1", text)
    text = re.sub(r" ('s|'re|'ve|'ll|'d|'m|n't|')(?=\W)", r"\1", text)
    text = re.sub(r"(\w) - (\w)", r"\1-\2", text)
    return re.sub(r"\s+", " ", _QUOTED.sub(r'"\1"', text)).strip()


def answer_spans(example: dict[str, Any]) -> list[tuple[int, int]]:
    """The characters of the paragraph that answer."""
    if "original_nq_answers" in example:
        first = example["original_nq_answers"][:1]
        return [(each["start"], each["end"]) for group in first for each in group]
    return [(start, end) for start, end in example["answer_spans"]]


def asked(example: dict[str, Any]) -> Asked | None:
    """The question of an example; None where more than two sentences answer, or none."""
    starts, spans = example["sentence_starts"], answer_spans(example)
    if not starts or not spans:
        return None
    places = [start for start, _ in spans]
    annotation = example["annotation"]
    if isinstance(annotation, dict) and annotation.get("selected_sentence"):
        places.append(annotation["selected_sentence"]["start"])
    answering = sorted({bisect.bisect_right(starts, place) - 1 for place in places})
    if answering[0] < 0 or len(answering) > 2:
        return None
    text = example["paragraph_text"]
    answers = tuple(plain(text[start:end]).lower() for start, end in spans)
    return Asked(
        str(example["example_id"]), example["question_text"].strip(), tuple(answering), answers
    )


def paragraphs(
    files: Iterable[Path], without: frozenset[str]
) -> dict[tuple[str, str], tuple[list[str], list[Asked]]]:
    """Sentences and questions of each paragraph, by title and text; ``without`` some questions."""
    found: dict[tuple[str, str], tuple[list[str], list[Asked]]] = {}
    seen: set[str] = set()
    for line in (line for file in files for line in file.read_text("utf-8").splitlines()):
        example = json.loads(line)
        one = asked(example)
        if one is None or one.question_id in seen or _key(one.question) in without:
            continue
        seen.add(one.question_id)
        text = example["paragraph_text"]
        bounds = pairwise([*example["sentence_starts"], len(text)])
        sentences = [plain(text[start:end]) for start, end in bounds]
        found.setdefault((example["title_text"], text), (sentences, []))[1].append(one)
    return found


def redacted(sentences: list[str], one: Asked) -> list[str] | None:
    """A paragraph without its answer; None if another sentence has it, or little is left."""
    left = [each for number, each in enumerate(sentences) if number not in one.answering]
    told = any(answer in each.lower() for answer in one.answers for each in left)
    return None if told or len(sentences) < 3 else left


def write(folder: Path, files: Iterable[Path], without: frozenset[str]) -> None:
    """Write the corpus and the gold questions."""
    chance = random.Random(SEED)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    lines: list[str] = []
    for number, ((title, _), (sentences, questions)) in enumerate(
        paragraphs(files, without).items(), start=1
    ):
        name, share = f"q{number:05d}.md", zlib.crc32(title.encode()) % 100
        less = None
        if len(questions) == 1 and share < REDACTED:
            less = redacted(sentences, questions[0])
        answered = less is None and share < LEFT_OUT
        lines += gold(name, sentences, questions, chance, answered=answered)
        if share < LEFT_OUT:
            front = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n\n"
            (corpus / name).write_text(f"{front}{' '.join(less or sentences)}\n", "utf-8")
    (folder / "gold.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(f"{len(lines)} questions")


def gold(
    source: str,
    sentences: list[str],
    questions: Iterable[Asked],
    chance: random.Random,
    *,
    answered: bool,
) -> Iterator[str]:
    """The gold lines of a paragraph's questions."""
    for one in questions:
        text = one.question
        if chance.random() < AS_TYPED_WITH_MARK:
            text = f"{text[:1].upper()}{text[1:]}?"
        line = {"id": one.question_id, "question": text, "answerable": answered}
        if answered:
            line["evidence"] = [
                {"source": source, "quote": sentences[number]} for number in one.answering
            ]
        yield json.dumps(line, ensure_ascii=False)


def _key(question: str) -> str:
    return question.strip(" ?").lower()


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    lines = (given.data / "clapnq" / "gold.jsonl").read_text("utf-8").splitlines()
    without = frozenset(_key(json.loads(line)["question"]) for line in lines)
    write(given.data / "qed", given.files, without)


if __name__ == "__main__":
    main()
