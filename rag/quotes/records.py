"""The result of looking a quotation up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.schema import Citation

Status = Literal["verbatim", "near", "not_found"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference: words of the quotation, and the words of the source in their place.

    ``yours`` is empty where the quotation leaves words out, ``source`` where it puts some in.
    ``yours_start`` and ``yours_end`` count in the quotation, ``start`` and ``end`` in the document.
    """

    yours: str
    source: str
    yours_start: int
    yours_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a quotation stands at, or comes close to.

    ``similarity`` in [0, 1] is 1 only when every word is the same; ``differences`` is then empty.
    ``parts`` are the places of the parts, where the quotation has an ellipsis or brackets; the
    citation then reaches from the first to the last.
    """

    citation: Citation
    similarity: float
    differences: tuple[Difference, ...] = ()
    parts: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a quotation stands in the sources, where, and if not, what differs.

    - ``verbatim``: ``matches`` are the places where it stands word for word, ``total`` their
      number (``matches`` has the first :data:`~rag.quotes.lookup.MOST_MATCHES` of them);
    - ``near``: ``matches`` are the places that come close, best first, with the differences;
    - ``not_found``: ``matches`` is empty, and ``closest`` are the passages that share most words.

    ``elsewhere`` are the places outside the source or the speaker that was named, where the
    quotation stands word for word. ``note`` is a sentence on what else there is to know.
    """

    quotation: str
    status: Status
    matches: tuple[Match, ...] = ()
    total: int = 0
    closest: tuple[Match, ...] = ()
    elsewhere: tuple[Match, ...] = ()
    note: str | None = None
