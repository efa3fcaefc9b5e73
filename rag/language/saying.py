"""English verbs of saying, from the table ``verbs_of_saying.tsv``, and the sets made of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class SayingVerb:
    """One row of the table: the forms of a verb, and what they are evidence of."""

    verb: str
    present: str
    past: tuple[str, ...]
    participle: str
    said: frozenset[str]
    view: frozenset[str]
    asked: Literal["", "yes", "object"]
    marks: frozenset[str]


def _read() -> tuple[SayingVerb, ...]:
    table = (resources.files("rag.language") / "verbs_of_saying.tsv").read_text("utf-8")
    lines = (line for line in table.splitlines() if not line.startswith("#"))
    return tuple(
        SayingVerb(
            row["verb"],
            row["present"],
            tuple(row["past"].split()),
            row["participle"],
            said=frozenset(row["said"].split()),
            view=frozenset(row["view"].split()),
            asked=row["asked"],  # type: ignore[arg-type]
            marks=frozenset(row["marks"].split()),
        )
        for row in csv.DictReader(lines, delimiter="\t", restval="")
    )


VERBS: Final = _read()

OF_FORM: Final = {
    form: each for each in VERBS for form in (each.verb, each.present, *each.past, each.participle)
}
"""The verb of each form."""

ASKED: Final = frozenset(
    form for each in VERBS if each.asked for form in (each.verb, *each.past)
) | {"says", "tells"}
"""Forms by which a question asks for somebody's words: "what did X say", "what has X said".

Most present forms are nouns as well, as "talks" is.
"""
ASKED_OBJECT: Final = frozenset(
    form for each in VERBS if each.asked == "object" for form in (each.verb, *each.past)
)
"""Of these the object is what the words are about: "describe the crisis", "deny the charge"."""
ASKED_PARTICIPLES: Final = frozenset(each.participle for each in VERBS if "asking" in each.marks)
"""The same in the progressive: "what is X saying"."""


WHO_SAID: Final = (
    frozenset(form for each in VERBS if "who" in each.marks for form in (each.present, *each.past))
    | {"say", "tell", "claim", "argue", "saying", "claiming"}
) - {"states"}
"""Forms after "who" that ask for whoever said something, whatever follows."""
WHO_SAID_OF: Final = frozenset(
    form for each in VERBS if "who-of" in each.marks for form in (each.present, *each.past)
)
"""Forms after "who" that do with an object: "who criticised the law"."""
WHO_SAID_THAT: Final = frozenset(
    form for each in VERBS if each.asked for form in (each.present, *each.past)
)
"""Forms after "who" that do before "that"."""
