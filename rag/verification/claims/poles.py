"""Which words are set against which."""

from __future__ import annotations

from functools import cache, lru_cache

from rag.verification.claims.reading import stem
from rag.verification.claims.thesaurus import OPPOSITES

__all__ = ["are_opposites", "poles_of"]


@cache
def _poles() -> dict[str, list[tuple[int, int]]]:
    """Stem to the pairs that it is in, and on which side."""
    table: dict[str, list[tuple[int, int]]] = {}
    for number, line in enumerate(_lines()):
        for side, group in enumerate(line.split("|")):
            for word in group.split():
                table.setdefault(stem(word), []).append((number, side))
    return table


def _lines() -> list[str]:
    lines: list[str] = []
    for line in OPPOSITES.strip().splitlines():
        if lines and (lines[-1].rstrip().endswith("|") or line.startswith("        ")):
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line.strip())
    return lines


@lru_cache(maxsize=20_000)
def poles_of(stemmed: str) -> frozenset[tuple[int, int]]:
    """The pairs of opposites that a stem is in, each with the side that it stands on."""
    return frozenset(_poles().get(stemmed, ()))


def are_opposites(one: str, other: str) -> bool:
    """Whether two stems are set against each other in the table."""
    return any((pair, 1 - side) in poles_of(other) for pair, side in poles_of(one))
