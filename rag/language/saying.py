"""English verbs of saying, from the table ``verbs_of_saying.tsv``, and the sets made of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

__all__ = [
    "ASKED",
    "ASKED_OBJECT",
    "ASKED_PARTICIPLES",
    "BEFORE_SUBJECT",
    "NOUNS",
    "PARTICIPLES",
    "PLURAL",
    "SAID",
    "VERBS",
    "WHO_SAID",
    "WHO_SAID_OF",
    "WHO_SAID_THAT",
    "Follows",
    "SayingVerb",
]

Follows = Literal["any", "that", "own"]
"""What must follow a form for it to give words: almost anything, "that", or what is its own."""


@dataclass(frozen=True, slots=True)
class SayingVerb:
    """One row of the table: the forms of a verb, and what they are evidence of."""

    verb: str
    present: str
    past: tuple[str, ...]
    participle: str
    asked: Literal["", "yes", "object"]
    said: dict[str, Follows]
    marks: frozenset[str]


def _read() -> tuple[SayingVerb, ...]:
    table = (resources.files("rag.language") / "verbs_of_saying.tsv").read_text("utf-8")
    lines = (line for line in table.splitlines() if not line.startswith("#"))
    verbs = []
    for row in csv.DictReader(lines, delimiter="\t", restval=""):
        verb, present, past = row["verb"], row["present"], tuple(row["past"].split())
        forms = {verb: row["plural said"], present: row["present said"], past[0]: row["past said"]}
        verbs.append(
            SayingVerb(
                *(verb, present, past, row["participle"]),
                asked=row["asked"],  # type: ignore[arg-type]
                said={form: follows for form, follows in forms.items() if follows},  # type: ignore[misc]
                marks=frozenset(row["marks"].split()),
            )
        )
    return tuple(verbs)


VERBS: Final = _read()

SAID: Final = {form: follows for each in VERBS for form, follows in each.said.items()}
"""The forms that give words to their subject, with what must follow them."""
PLURAL: Final = frozenset(each.verb for each in VERBS if each.verb in each.said) - {"put"}
"""Of these the forms of many: "officials say"."""
NOUNS: Final = frozenset(each.present for each in VERBS if "noun" in each.marks)
"""Forms that are nouns as well, so that they need a subject beside them."""
BEFORE_SUBJECT: Final = frozenset(
    form for each in VERBS if "after" in each.marks for form in (each.present, *each.past)
)
"""Forms that can stand before their subject: "said Kozak"."""
PARTICIPLES: Final = frozenset(each.participle for each in VERBS if "saying" in each.marks)
"""Forms that go on with the subject of the clause before: ", saying that"."""

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
