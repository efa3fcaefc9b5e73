"""Gold questions of what users say about answers: the routes, and the gold file.

What is saved is in the browser: which places a user called right, as tokens
(:mod:`rag.app.web.shared.places`). Source, page and quote of every piece of evidence are taken from
the index, here and now; what the browser says of them only helps to find a place again in a
document that was read anew. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.app.web.chat.conversation import REMEMBERED
from rag.app.web.chat.saved_conversations import saved_turns
from rag.app.web.gold.evidence import LONGEST_QUOTE, JsonObject, Places, find, offer
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import Asked, Refused, body, first_fault, json_answer
from rag.evaluation.gold import GoldEvidence, GoldQuestion, gold_line
from rag.evaluation.gold_check import check_gold
from rag.language.translation import _, n_
from rag.store import Store


class _Turns(Asked):
    turns: list[dict[str, Any]] = Field(min_length=1, max_length=100)


class _Words(Asked):
    text: str = Field("", max_length=20_000)
    token: str = Field("", max_length=2_000)


class _Judgements(Asked):
    questions: list[dict[str, Any]] = Field(max_length=5_000)


def gold_routes(index: Store, queue: FairQueue) -> APIRouter:
    """The routes below ``/gold``, all of which take and answer with JSON.

    ``/offer`` takes the turns of a conversation (:mod:`rag.app.web.chat.saved_conversations`) and
    answers with the evidence to choose from for the last one, ``/find`` tells where words stand,
    ``/file`` makes a gold file of judgements.
    """
    router = APIRouter(prefix="/gold")

    @router.post("/offer")
    async def offered(request: Request) -> Response:
        turns = saved_turns((await body(request, _Turns)).turns)
        if not turns:
            raise Refused(422, _("there is no question to judge"))
        return json_answer(
            await queue.run(visitor_of(request), lambda: offer(turns, Places(index)))
        )

    @router.post("/find")
    async def found(request: Request) -> Response:
        asked = await body(request, _Words)
        return json_answer(
            await queue.run(
                visitor_of(request), lambda: find(asked.text, asked.token, Places(index))
            )
        )

    @router.post("/file")
    async def file(request: Request) -> Response:
        asked = await body(request, _Judgements)
        return json_answer(
            await queue.run(visitor_of(request), lambda: _gold_file(asked.questions, Places(index)))
        )

    return router


# The gold file ----------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Message(_Strict):
    role: Literal["user", "assistant"]
    content: str = Field(max_length=200_000)


class _Chosen(_Strict):
    token: str = Field(max_length=2_000)
    source: str = Field("", max_length=4_000)
    quote: str = Field("", max_length=LONGEST_QUOTE)


class _Judgement(_Strict):
    """A question as the browser saves it, with the places that a user called right."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")
    question: str = Field(max_length=10_000, pattern=r"\S")
    history: list[_Message] = Field([], max_length=2 * REMEMBERED)
    where: dict[str, str | int | list[str | int]] = Field({}, max_length=50)
    answerable: bool
    kind: str = Field("", max_length=200)
    evidence: list[_Chosen] = Field([], max_length=200)


def _gold_file(given: Sequence[Mapping[str, Any]], places: Places) -> JsonObject:
    """The judgements as the text of a gold file, and what each of them became.

    ``{"gold", "questions": [{"id", "written", "places", "faults"}]}``, in the order given. A
    question is written unless it cannot be read, or all its evidence is gone; ``faults`` are words
    for the user, among them those of ``rag gold check``.
    """
    judged = [_judged(each, places) for each in given]
    written = [each for each in judged if each.line]
    text = "".join(f"{each.line}\n" for each in written)
    _, faults = check_gold(text, document=places.of_source, documents=places.index.documents)
    for fault in faults:
        written[fault.line - 1].faults.append(fault.words)
    questions = [
        {"id": one.id, "written": bool(one.line), "places": one.places, "faults": one.faults}
        for one in judged
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
        judgement = _Judgement.model_validate(given)
    except ValidationError as error:
        name = given.get("id")
        words = _("it cannot be read: {fault}", fault=first_fault(error))
        return _Written(name if isinstance(name, str) else "", "", [], [words])
    wanted = judgement.evidence if judgement.answerable else []
    again = [places.again(each.token, source=each.source, quote=each.quote) for each in wanted]
    found = {each.as_json["token"]: each for each in again if each}
    told, faults = [each.as_json for each in found.values()], []
    if gone := again.count(None):
        faults.append(
            n_(
                "{count} sentence is no longer in this collection",
                "{count} sentences are no longer in this collection",
                gone,
            )
        )
    if judgement.answerable and not found:
        faults.append(_("it is left out of the file: no sentence that answers it is known"))
        return _Written(judgement.id, "", told, faults)
    line = gold_line(_question(judgement, [each.evidence for each in found.values()]))
    return _Written(judgement.id, line, told, faults)


def _question(judgement: _Judgement, evidence: Sequence[GoldEvidence]) -> GoldQuestion:
    fields = judgement.model_dump(exclude={"evidence", "kind"})
    kind = " ".join(judgement.kind.split()) or None
    question = " ".join(judgement.question.split())
    return GoldQuestion.model_validate(
        {**fields, "question": question, "kind": kind, "evidence": list(evidence)}
    )
