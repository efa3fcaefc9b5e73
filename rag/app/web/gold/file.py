"""Judgements of answers as a gold file.

The browser keeps which places a user called right, as tokens (:mod:`rag.app.web.shared.places`).
Source, page and quote of every piece of evidence are taken from the index, here and now; what the
browser says of them only helps to find a place again in a document that was read anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.app.web.chat.conversation import REMEMBERED
from rag.app.web.gold.places import LONGEST_QUOTE, Places
from rag.app.web.shared.requests import first_fault
from rag.evaluation.gold import GoldEvidence, GoldQuestion, gold_line
from rag.evaluation.gold_check import check_gold

__all__ = ["Judgement", "gold_file"]

JsonObject = dict[str, Any]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    role: Literal["user", "assistant"]
    content: str = Field(max_length=200_000)


class _Chosen(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    token: str = Field(max_length=2_000)
    source: str = Field("", max_length=4_000)
    quote: str = Field("", max_length=LONGEST_QUOTE)


class Judgement(BaseModel):
    """A question as the browser keeps it, with the places that a user called right."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")
    question: str = Field(max_length=10_000, pattern=r"\S")
    history: list[_Said] = Field([], max_length=2 * REMEMBERED)
    where: dict[str, str | int | list[str | int]] = Field({}, max_length=50)
    answerable: bool
    kind: str = Field("", max_length=200)
    evidence: list[_Chosen] = Field([], max_length=200)


def gold_file(given: Sequence[Mapping[str, Any]], places: Places) -> JsonObject:
    """The judgements as the text of a gold file, and what each of them became.

    ``{"gold", "questions": [{"id", "written", "places", "faults"}]}``, in the order given. A
    question is written unless it cannot be read, or all its evidence is gone; ``faults`` are words
    for the user, among them those of ``rag gold check``.
    """
    told = [_judged(each, places) for each in given]
    written = [each for each in told if each.line]
    text = "".join(f"{each.line}\n" for each in written)
    _, faults = check_gold(text, document=places.of_source, documents=places.index.documents)
    for fault in faults:
        written[fault.line - 1].faults.append(fault.words)
    questions = [
        {"id": one.id, "written": bool(one.line), "places": one.places, "faults": one.faults}
        for one in told
    ]
    return {"gold": text, "questions": questions}


@dataclass(slots=True)
class _Written:
    """A judgement as a line of the gold file; ``line`` is empty if it is left out."""

    id: str
    line: str
    places: list[JsonObject]
    faults: list[str]


def _judged(given: Mapping[str, Any], places: Places) -> _Written:
    try:
        judgement = Judgement.model_validate(given)
    except ValidationError as error:
        name = given.get("id")
        words = f"it cannot be read: {first_fault(error)}"
        return _Written(name if isinstance(name, str) else "", "", [], [words])
    wanted = judgement.evidence if judgement.answerable else []
    again = [places.again(each.token, source=each.source, quote=each.quote) for each in wanted]
    found = {each.told["token"]: each for each in again if each}
    told, faults = [each.told for each in found.values()], []
    if gone := again.count(None):
        sentences = "one sentence is" if gone == 1 else f"{gone} sentences are"
        faults.append(f"{sentences} no longer in this collection")
    if judgement.answerable and not found:
        faults.append("it is left out of the file: no sentence that answers it is known")
        return _Written(judgement.id, "", told, faults)
    line = gold_line(_question(judgement, [each.evidence for each in found.values()]))
    return _Written(judgement.id, line, told, faults)


def _question(judgement: Judgement, evidence: Sequence[GoldEvidence]) -> GoldQuestion:
    fields = judgement.model_dump(exclude={"evidence", "kind"})
    kind = " ".join(judgement.kind.split()) or None
    question = " ".join(judgement.question.split())
    return GoldQuestion.model_validate(
        {**fields, "question": question, "kind": kind, "evidence": list(evidence)}
    )
