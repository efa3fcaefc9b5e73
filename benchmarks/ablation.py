"""What each part of the answering costs or brings, on sets that nothing was learned from.

    python benchmarks/ablation.py DATA WORK [--set NAME]… [--count N]

Every set is answered with everything at work, and once more for each part that is switched off
(:class:`rag.answer.Parts`), by models that were trained on other groups of sets
(``leave_one_out.py``). Prints a line for each, in Markdown.
"""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path

from leave_one_out import COLUMNS, judged, line
from question_sets import SETS

from rag.answer import Parts


def main() -> None:
    """Measure every part on every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--set", action="append", help="only this set, by name")
    parser.add_argument("--count", type=int, help="at most so many questions of a set")
    given = parser.parse_args()
    print(f"| without | answerable / not | {' | '.join(COLUMNS)} | ms, median / 95 % |")
    print("|" + "---|" * (len(COLUMNS) + 3), flush=True)
    for one in SETS:
        if given.set is not None and one.name not in given.set:
            continue
        for part in ("nothing", *(each.name for each in fields(Parts))):
            parts = Parts() if part == "nothing" else replace(Parts(), **{part: False})
            scores = judged(one, given.data, given.work, parts=parts, count=given.count)
            print(line(f"{one.name}: {part}", scores), flush=True)


if __name__ == "__main__":
    main()
