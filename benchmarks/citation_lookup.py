"""Check quotations with known verdicts against an index: how sure is citation lookup, how fast?

    python benchmarks/citation_lookup.py INDEX [--seed N] [--show]

Draws 200 sentences of the indexed texts with harmless changes, 300 with one alteration and 100
inventions (`tests/quotations.py`), and prints how many were told right, the similarities of what
is near and what is not, and the time for one quotation in a process that has looked one up before.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from quotations import Drawn, draw

from rag.quotes.lookup import check_quotation
from rag.quotes.records import Verification
from rag.settings import load_settings
from rag.store import Index


@dataclass(frozen=True)
class Checked:
    """A quotation with its check, and how long that took."""

    drawn: Drawn
    verification: Verification
    seconds: float

    @property
    def verdict(self) -> str:
        """What became of it: ``right``, or what is wrong."""
        status = self.verification.status
        if self.drawn.kind == "invented":
            return "wrong: verbatim" if status == "verbatim" else "right"
        if self.drawn.kind == "verbatim":
            if status != "verbatim":
                return f"wrong: {status}"
            return "right" if self._is_in_place() else "wrong: elsewhere"
        if status != "near":
            return f"wrong: {status}"
        if self.verification.matches[0].citation.source != self.drawn.source:
            return "wrong: other document first"
        return "right" if self._is_named() else "wrong: difference not named"

    def _is_in_place(self) -> bool:
        drawn = self.drawn
        return any(
            match.citation.source == drawn.source
            and abs(match.citation.start - drawn.start) <= 1
            and abs(match.citation.end - drawn.end) <= 2
            for match in self.verification.matches
        )

    def _is_named(self) -> bool:
        return any(
            self.drawn.yours in difference.yours and self.drawn.theirs in difference.source
            for difference in self.verification.matches[0].differences
        )


def main() -> None:
    """Draw, check, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("index", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print what was told wrong")
    options = parser.parse_args()
    index = Index.open(load_settings(index=options.index))
    texts = {
        document.source: document.text
        for information in index.documents()
        if (document := index.document(information.id)) is not None
    }
    drawn = draw(texts, seed=options.seed)
    check_quotation(index, drawn[0].text)
    checked = [_check(index, each) for each in drawn]
    _report(checked)
    if options.show:
        for each in checked:
            if each.verdict != "right":
                print(f"\n{each.drawn.kind}, {each.verdict}: {each.drawn}\n{each.verification}")


def _check(index: Index, drawn: Drawn) -> Checked:
    began = time.perf_counter()
    verification = check_quotation(index, drawn.text)
    return Checked(drawn, verification, time.perf_counter() - began)


def _report(checked: list[Checked]) -> None:
    for kind in dict.fromkeys(each.drawn.kind for each in checked):
        verdicts = Counter(each.verdict for each in checked if each.drawn.kind == kind)
        told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
        print(f"{kind:20} {told}")
    altered = [each for each in checked if each.drawn.kind not in ("verbatim", "invented")]
    right = sum(each.verdict == "right" for each in altered)
    print(f"altered: {right / len(altered):.1%} near, in the right document, difference named")
    false = sum(
        each.verification.status == "verbatim" for each in checked if each.drawn.kind != "verbatim"
    )
    print(f"called verbatim without being so: {false}")
    _report_similarities(checked)
    for name, which in (("all", ""), ("verbatim", "verbatim")):
        times = [each.seconds * 1000 for each in checked if which in each.drawn.kind]
        cuts = statistics.quantiles(times, n=20)
        print(f"ms a quotation ({name}): p50 {statistics.median(times):.0f}, p95 {cuts[18]:.0f}")


def _report_similarities(checked: list[Checked]) -> None:
    near = [
        each.verification.matches[0].similarity
        for each in checked
        if each.verification.status == "near" and each.drawn.kind != "invented"
    ]
    invented = [
        match.similarity
        for each in checked
        if each.drawn.kind == "invented"
        for match in (*each.verification.matches, *each.verification.closest)[:1]
    ]
    print(f"lowest similarity of an altered one: {min(near):.3f}")
    print(f"highest similarity of an invented one: {max(invented):.3f}")


if __name__ == "__main__":
    main()
