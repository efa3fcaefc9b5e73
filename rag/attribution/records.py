"""What attribution says of a run of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Attributed", "How"]

How = Literal["turn", "quoted", "reported", "metadata"]


@dataclass(frozen=True, slots=True)
class Attributed:
    """Whose words these are, and how that is known.

    With ``reported`` they are an account of the speaker's words, as in "the minister said that
    …"; otherwise the speaker's own: a ``turn`` of a transcript, a passage between quotation marks
    (``quoted``), or any sentence of a speech whose speaker the ``metadata`` name.
    """

    speaker: str
    reported: bool
    how: How
