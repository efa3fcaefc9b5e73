"""Who speaks, whom a text speaks of, and what attribution says of a run of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.schema import How

Kind = Literal["person", "body", "many", "unknown"]
Manner = Literal["forward", "tag", "around"]


@dataclass(frozen=True, slots=True)
class Attributed:
    """Whose words these are, and how that is known.

    With ``reported`` they are an account of the speaker's words, as in "the minister said that
    …"; otherwise the speaker's own: a ``turn`` of a transcript, a passage between quotation marks
    (``quoted``), any sentence of a speech whose speaker the ``metadata`` name, or what the
    ``author`` of a document writes.
    """

    speaker: str
    reported: bool
    how: How


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a verb of saying, at ``[start, end)`` of its sentence.

    ``text`` is how to call it, ``name`` the name proper if there is one, ``pronoun`` "he", "she",
    "it" or "they", ``gender`` "he" or "she" where a title tells it. ``doubtful``: a word that is
    somebody only if the document names them elsewhere.
    """

    text: str
    start: int
    end: int
    kind: Kind
    name: str | None = None
    pronoun: str | None = None
    gender: str | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """A marker of saying at ``[start, end)`` and the run ``said`` that it gives to its subject.

    The terms are those of Pareti (2015), "Attribution: a computational approach"; offsets count in
    the sentence. A ``tag`` is beside what is said (", he said"), ``forward`` is followed by it,
    ``around`` ("according to …") belongs to the whole clause. ``content`` is what is said without
    the words that give it to the subject, and ``depth`` counts the cues in whose content this one
    stands. A ``view`` is what somebody wants or thinks rather than says. ``inside`` a quotation.
    """

    subject: Subject
    start: int
    end: int
    said: tuple[int, int]
    content: tuple[int, int]
    manner: Manner
    depth: int = 0
    view: bool = False
    inside: bool = False


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
