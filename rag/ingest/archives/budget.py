"""How much may come out of an archive."""

from __future__ import annotations

from rag.errors import LimitExceeded
from rag.readers import Limits

__all__ = ["Budget", "OverBudget", "is_bomb", "too_dense"]

# Less than this may be compressed by any ratio: there is little that it can expand to.
_SMALL = 1_000_000


class OverBudget(LimitExceeded):
    """The outermost archive has come to more than the settings allow: no more of it is read."""


class Budget:
    """What an archive may still come to, with all archives inside it."""

    def __init__(self, limits: Limits, *, packed: int) -> None:
        self._limits = limits
        self._packed = packed
        self.entries = 0
        self.expanded = 0

    def count_entry(self) -> None:
        """One more file or folder."""
        self.entries += 1
        if self.entries > self._limits.files:
            raise OverBudget(
                f"more than {self._limits.files} files in it: split it, or raise "
                "RAG_MAX_ARCHIVE_FILES"
            )

    def count_bytes(self, size: int) -> None:
        """More bytes that came out of it."""
        self.expanded += size
        if self.expanded > self._limits.expanded_bytes:
            raise OverBudget(
                f"expands to more than {self._limits.expanded_bytes // 1_000_000} MB: split it, or "
                "raise RAG_MAX_ARCHIVE_MEGABYTES"
            )
        if is_bomb(self.expanded, self._packed, self._limits):
            raise OverBudget(too_dense(self._limits))


def is_bomb(expanded: int, packed: int, limits: Limits) -> bool:
    """Whether so much out of so little is more than any collection of documents comes to."""
    return expanded > max(_SMALL, packed * limits.ratio)


def too_dense(limits: Limits) -> str:
    """What to tell of it."""
    return (
        f"expands to more than {limits.ratio} times its size: unpack it yourself, or raise "
        "RAG_MAX_ARCHIVE_RATIO"
    )
