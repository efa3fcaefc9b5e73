"""Whose words: the speakers that the program finds, beside those that people marked.

    python benchmarks/attribution.py news FOLDER
    python benchmarks/attribution.py judgments FOLDER

``news`` reads a part of PolNeAR (github: networkdynamics/PolNeAR): FOLDER has ``text`` and
``attributions``, as ``data/dev``. Counted are attributions whose source has a name in it; the
longest piece of what is attributed is looked up. ``judgments`` reads judgments of the European
Court of Human Rights (github: trusthlt/mining-legal-arguments): FOLDER has CSV files as those in
``data/agent``. Counted are the arguments of the applicants, the governments and the Court by the
first sentence of each. Neither corpus is part of this repository.

Printed are how many are right, how many go under another's name, and how many are nobody's.
"""

from __future__ import annotations

import argparse
import ast
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.attribution import attributions
from rag.language.folding import fold
from rag.language.person_names import same_person
from rag.language.sentences import split_sentences
from rag.schema import Document, Metadata

_NAME = re.compile(r"\b[A-Z][\w’'.-]*")
_NO_NAMES = {"the", "a", "an", "he", "she", "they", "it", "we", "i", "his", "her", "their", "some"}
_NO_NAMES |= {"many", "one", "in", "on", "but", "and", "according", "both", "several", "this"}
_QUOTES = "“\"‘«'"
_PARTIES = {
    "Beschwerdeführer": ("applicant", ("applicant", "complainant")),
    "Staat": ("government", ("government", "state")),
    "EGMR": ("court", ("court", "chamber")),
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A run of a text that annotators gave to a source."""

    start: int
    end: int
    source: str
    group: str


def news(folder: Path) -> Iterator[tuple[str, list[Marked]]]:
    """The texts of a part of PolNeAR, with the attributions that have a named source."""
    for path in sorted((folder / "text").glob("*.txt")):
        text = path.read_bytes().decode("utf-8")
        marked: dict[Marked, None] = {}
        first = sorted((folder / "attributions").glob(f"{path.stem}*.ann"))[:1]
        for annotated in first:
            marked.update(dict.fromkeys(_attributed(text, annotated.read_text("utf-8"))))
        yield text, list(marked)


def _attributed(text: str, annotations: str) -> Iterator[Marked]:
    rows = [line.partition("\t") for line in annotations.splitlines()]
    spans = {
        key: sorted(
            (int(first), int(last))
            for first, last in (
                each.split() for each in rest.split("\t")[0][rest.index(" ") :].split(";")
            )
        )
        for key, _, rest in rows
        if key[:1] == "T" and key[1:].isdecimal()  # a text of several lines goes on in the next
    }
    for key, _, rest in rows:
        event = key[:1] == "E" and key[1:].isdecimal()
        roles = dict(each.split(":", 1) for each in rest.split()) if event else {}
        if roles.get("Source") not in spans or roles.get("Content") not in spans:
            continue
        source = " ".join(text[a:b] for a, b in spans[roles["Source"]])
        start, end = max(spans[roles["Content"]], key=lambda each: each[1] - each[0])
        if _names(source):
            quoted = text[start] in _QUOTES and text[end - 1] in _QUOTES
            yield Marked(start, end, source, "quoted" if quoted else "other")


def judgments(folder: Path) -> Iterator[tuple[str, list[Marked]]]:
    """The judgments in a folder, with the first sentence of each party's arguments."""
    for path in sorted(folder.glob("*.csv"))[:100]:
        text, runs = "", []
        before = "O"
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened, delimiter="\t"):
                for token, label in zip(
                    ast.literal_eval(row["tokens"]), ast.literal_eval(row["labels"]), strict=True
                ):
                    close = re.match(r"[.,;:!?)\]”’%]|n't\b", token) or text[-1:] in {"(", "[", "“"}
                    text += token if close or not text or text.endswith("\n") else f" {token}"
                    if label.startswith("B-") or label[2:] != before[2:]:
                        runs.append([len(text) - len(token), len(text), label[2:]])
                    elif label != "O":
                        runs[-1][1] = len(text)
                    before = label
                text += "\n\n"
        marked = []
        for start, end, party in runs:
            if party in _PARTIES:
                first = split_sentences(text[start:end])[0]
                group, _ = _PARTIES[party]
                marked.append(Marked(start + first[0], start + first[1], party, group))
        yield text, marked


def _names(source: str) -> list[str]:
    found = [fold(re.sub(r"['’]s?$", "", each[0])) for each in _NAME.finditer(source)]
    return [each for each in found if each not in _NO_NAMES]


def is_right(source: str, speaker: str) -> bool:
    """Whether the speaker whom the program names is the one whom annotators marked."""
    if source in _PARTIES:
        return any(word in fold(speaker) for word in _PARTIES[source][1])
    if same_person(source, speaker):
        return True
    return not set(_names(source)).isdisjoint(fold(speaker).replace("’s", "").split())


def main() -> None:
    """Measure one corpus, print the counts; with --wrong also what went under another's name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", choices=("news", "judgments"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", choices=("another", "nobody"), help="print these as well")
    parser.add_argument("--limit", type=int, default=None, help="of the texts")
    asked = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    texts = news(asked.folder) if asked.corpus == "news" else judgments(asked.folder)
    for number, (text, marked) in enumerate(texts):
        if number == asked.limit:
            break
        found = attributions(Document(str(number), "", text, Metadata(), "text/plain"))
        for each in marked:
            said = found.of(each.start, each.end)
            outcome = "nobody"
            if said is not None:
                outcome = "right" if is_right(each.source, said.speaker) else "another"
            counts[each.group, outcome] += 1
            if outcome == asked.show:
                speaker = said.speaker if said else None
                around = text[max(0, each.start - 120) : each.end + 80].replace("\n", "⏎")
                print(f"[{each.group}] {each.source!r} / {speaker!r}: {around}\n", file=sys.stderr)
    groups = sorted({group for group, _ in counts})
    for group in [*groups, "all"]:
        row = [
            sum(n for (of, outcome), n in counts.items() if group in (of, "all") and outcome == one)
            for one in ("right", "another", "nobody")
        ]
        total = sum(row) or 1
        shares = "  ".join(
            f"{name} {n} ({n / total:.1%})"
            for name, n in zip(("right", "another's", "nobody"), row, strict=True)
        )
        print(f"{group:12} {total:6}  {shares}")


if __name__ == "__main__":
    main()
