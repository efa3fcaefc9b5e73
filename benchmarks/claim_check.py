"""How often is the check of a language model's sentences right?

    python benchmarks/claim_check.py FILE.jsonl [--model NAME] [--above 0.95] [--show]

Each line of FILE is ``{"passage", "sentence", "label": true|false, "kind"}``: a sentence that cites
a passage, whether the passage bears it out, and of what kind it is. Prints how often each kind was
marked what, and the precision and recall of *follows* and *verbatim*, which are what a reader may
believe. ``--model`` is a cross-encoder with a label "entailment", as in RAG_ENTAILMENT; with it,
the same is printed for other thresholds too, to choose ``--above`` by. ``--show`` prints every
sentence with its mark.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.answer.check.sources import Source
from rag.answer.check.support import Follows, Support, check_statement
from rag.cite.answers import Support as Mark
from rag.language.sentences import split_sentences
from rag.models.entailment import Entailment

ABOVE = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
MARKS: tuple[Mark, ...] = ("verbatim", "follows", "unchecked", "not_found")


@dataclass(frozen=True)
class Judged:
    """A sentence of the file with its mark."""

    sentence: str
    label: bool
    kind: str
    support: Support

    @property
    def is_believed(self) -> bool:
        """Whether its mark says that the passage bears it out."""
        return self.support.mark in ("verbatim", "follows")


def judged(file: Path, follows: Follows | None) -> list[Judged]:
    """Every sentence of a file, checked against its passage."""
    found = []
    for line in file.read_text("utf-8").splitlines():
        given = json.loads(line)
        text = given["passage"]
        source = Source(1, "", text, tuple(split_sentences(text)))
        support = check_statement(given["sentence"], [source], follows=follows)
        kind = str(given.get("kind") or given["label"])
        found.append(Judged(given["sentence"], bool(given["label"]), kind, support))
    return found


def table(found: Sequence[Judged]) -> str:
    """The marks of each kind, true ones first."""
    marks = Counter((each.label, each.kind, each.support.mark) for each in found)
    kinds = sorted({(not each.label, each.kind) for each in found})
    lines = [f"{'':31}" + "".join(f"{mark:>11}" for mark in MARKS)]
    for is_false, kind in kinds:
        name = f"{'false' if is_false else 'true '} {kind}"
        counted = "".join(f"{marks[not is_false, kind, mark]:11}" for mark in MARKS)
        lines.append(f"{name:31}{counted}")
    return "\n".join([*lines, *rates(found)])


def rates(found: Sequence[Judged]) -> list[str]:
    """What a reader may believe, and what is told to be missing, in shares."""
    believed = [each for each in found if each.is_believed]
    true = sum(each.label for each in found)
    right = sum(each.label for each in believed)
    missing = sum(each.support.mark == "not_found" for each in found if each.label)
    false = len(found) - true
    return [
        f"believed: precision {_share(right, len(believed))}, recall {_share(right, true)}; "
        f"{_share(len(believed) - right, false)} of the false ones",
        f"not found: {_share(missing, true)} of the true ones, "
        f"{_share(sum(not e.label and e.support.mark == 'not_found' for e in found), false)} of "
        "the false ones",
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "none (0 of 0)"


def main() -> None:
    """Check the sentences, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", default="none")
    parser.add_argument("--above", type=float, default=0.95)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    model = None if given.model == "none" else Entailment(given.model)
    sure = cache(model.probability) if model else None

    def marked(above: float) -> list[Judged]:
        return judged(given.file, (lambda *pair: sure(*pair) >= above) if sure else None)

    found = marked(given.above)
    if given.show:
        for each in found:
            told = f"{each.support.mark}: {each.support.fault or ''}"
            print(f"{'true ' if each.label else 'false'} {each.kind} | {each.sentence} | {told}")
    print(table(found))
    for above in ABOVE if sure else ():
        print(f"above {above}: {rates(marked(above))[0]}")


if __name__ == "__main__":
    main()
