"""What attribution says of a run of text, and whom a text speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.attribution.subjects import Kind

__all__ = ["Attributed", "How", "Mention"]

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


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody spoken of: how to call them, of what kind, and ``he`` or ``she`` if known.

    ``doubtful``: a word that only opens a sentence, and so may be no name at all. ``leads``: the
    first of those whom a sentence speaks of, as its subject mostly is.
    """

    speaker: str
    kind: Kind
    gender: str | None = None
    speaks: bool = False
    doubtful: bool = False
    leads: bool = False
