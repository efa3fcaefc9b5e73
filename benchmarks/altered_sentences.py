"""Sentences of a folder of texts with one figure, month, name or quoted word exchanged.

    python benchmarks/altered_sentences.py FOLDER > FILE.jsonl
    python benchmarks/claim_check.py FILE.jsonl

What is put in stands nowhere in the passage, so that each must be told as not found; the same
sentences with nothing exchanged, after "According to the report,", must not.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from rag.answer.check.names import names_in
from rag.language.sentences import split_sentences

PASSAGES = 900
DIGITS = re.compile(r"(?<![\w.,-])\d[\d,.]*\d|\b\d\b")
COUNTS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
MONTHS = ("January", "February", "April", "June", "July", "August", "September", "October")
PLAIN = re.compile(r"(?:[a-z]+ ){6}")


def passages(folder: Path, chance: random.Random) -> list[str]:
    """Some paragraphs of the folder's texts."""
    files = sorted(each for each in folder.rglob("*") if each.suffix in (".txt", ".md"))
    found: list[str] = []
    for file in chance.sample(files, min(len(files), 500)):
        blocks = re.split(r"\n\s*\n", file.read_text("utf-8", "replace"))
        plain = (each for each in blocks if "|" not in each and "](" not in each)
        found.extend(" ".join(each.split()) for each in plain if 250 < len(each) < 1200)
    return chance.sample(found, min(len(found), PASSAGES))


def altered(
    sentence: str, passage: str, others: list[str], chance: random.Random
) -> Iterator[tuple[str, str]]:
    """The kind of each alteration, and the sentence with it."""
    if found := DIGITS.search(sentence):
        shift = chance.randint(1, 8)
        new = re.sub(r"\d", lambda digit: str((int(digit[0]) + shift) % 9 + 1), found[0])
        yield "figure", _with(sentence, found, new) if new not in passage else ""
    for kind, words in (("number word", COUNTS), ("month", MONTHS)):
        if found := re.search(rf"\b(?:{'|'.join(words)})\b", sentence):
            new = chance.choice([each for each in words if each != found[0]])
            yield kind, _with(sentence, found, new) if new.lower() not in passage.lower() else ""
    names = [each.written for each in names_in(sentence) if each.written in sentence]
    new = chance.choice(others)
    if names and not any(word.lower() in passage.lower() for word in new.split()):
        yield "name", sentence.replace(chance.choice(names), new, 1)
    if quoted := PLAIN.search(sentence):
        said = quoted[0].split()
        said[chance.randrange(6)] = "quite"
        yield "quotation", f'It is said that "{" ".join(said)}".'


def _with(sentence: str, found: re.Match[str], new: str) -> str:
    return sentence[: found.start()] + new + sentence[found.end() :]


def main() -> None:
    """Print the sentences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    chance = random.Random(42)
    chosen = passages(parser.parse_args().folder, chance)
    others = [each.written for text in chosen[:300] for each in names_in(text)]
    others = [each for each in others if re.fullmatch(r"[A-Z][a-z]+(?: [A-Z][a-z]+)+", each)]
    for passage in chosen:
        for start, end in split_sentences(passage):
            sentence = passage[start:end]
            if not 40 < end - start < 300:
                continue
            cases = [("as it was", f"According to the report, {sentence}", True)]
            cases += [
                (kind, text, False) for kind, text in altered(sentence, passage, others, chance)
            ]
            for kind, text, label in cases:
                case = {"passage": passage, "sentence": text, "label": label, "kind": kind}
                if text:
                    print(json.dumps(case, ensure_ascii=False))


if __name__ == "__main__":
    main()
