"""An answer: statements with their citations, and what is known of it besides.

The records that they are made of are in :mod:`rag.schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rag.language.translation import N_
from rag.schema import Citation, DocumentInfo, Hit

NOT_ANSWERED = N_("The reports in this collection do not answer that.")
"""The text of an answer that abstains."""


Support = Literal["verbatim", "follows", "unchecked", "not_found"]
"""What was found of a statement in what it cites.

``verbatim``: its words, one for one; ``follows``: its quotations, figures, dates and names, and a
model of meaning says that the rest follows; ``unchecked``: these, but nothing is known of the rest;
``not_found``: something that it says, or the passage that it cites, is not there.
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, with the numbers of the citations it rests on.

    ``side`` names what a statement belongs to where an answer sets things side by side (``2017``,
    ``Armenia``). ``fault`` says what of a generated statement was not found, or that it has nothing
    that could be looked for.
    """

    text: str
    kind: Literal["quote", "generated"]
    citations: tuple[int, ...]
    support: Support
    side: str | None = None
    fault: str | None = None


QuestionKind = Literal[
    "fact",
    "who-said",
    "said-about",
    "comparison",
    "count",
    "summary",
    "search",
    "last-answer",
    "collection",
    "program",
    "small-talk",
]
"""What a question asks for; ``fact`` is any that asks for nothing more special.

``search`` is for a few words, answered with sentences that have them. ``last-answer`` is about the
answer before; the last three are no questions to the reports and are answered without them.
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """Statements that an answer had no room for: ``total`` of a ``speaker`` are in the collection.

    With ``about`` these are the ones that have every one of these words, in any form. ``person`` is
    the id of the one whose they are, where others are called so too, and ``document`` the title of
    the document in which one is only described ("the Government").
    """

    speaker: str
    about: str
    total: int
    person: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Statements with citations, or an abstention with its reason.

    ``query`` is what was searched for, ``text`` the whole answer as plain text with numbered
    footnote marks. ``hits`` are all passages that were retrieved, best first: those that are
    cited and those that are not. ``confidence`` in [0, 1] orders answers by how likely the
    collection answers the question at all. ``final`` is False for the snapshots of an answer
    that is still being made.

    ``kind`` is what the question was taken to ask for. ``notes`` are cautions to read with the
    answer, each a sentence. ``judged`` is False where the models do not read the language of the
    question or of the passages: ``hits`` are what a search found, and nothing is said of whether
    they answer. ``model`` is the language model that wrote the generated statements;
    ``invented`` counts the citations it made up, which are not shown.

    Where the program answers for itself there are no statements and ``text`` is all it says;
    ``documents`` are those that it lists. ``suggestions`` are questions to go on with. ``listing``
    tells of more statements of whom the question asks for.
    """

    question: str
    query: str
    text: str = ""
    abstained: bool = False
    reason: str | None = None
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    confidence: float = 0.0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    final: bool = True
    kind: QuestionKind = "fact"
    notes: tuple[str, ...] = ()
    judged: bool = True
    model: str | None = None
    invented: int = 0
    documents: tuple[DocumentInfo, ...] = ()
    suggestions: tuple[str, ...] = ()
    listing: Listing | None = None

    @property
    def is_reply(self) -> bool:
        """Whether the program answers for itself, with no sentence of the reports."""
        own = self.kind in ("last-answer", "collection", "program", "small-talk")
        return own and self.final and not self.abstained and not self.statements


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. Only role and text are believed; the rest is looked up."""

    role: Literal["user", "assistant"]
    content: str
