"""Whole replies of language models over the sample reports, sent through a server and checked.

``replies/streams.jsonl`` has one a line: its ``kind`` of fault, or of faultlessness, the passages
that the model was given (a document, and words that one of its passages has), the reply with its
citation marks, and what is to come of it:

- ``found``: everything in it that can be looked up is there, and nothing may be called missing
- ``missing``: of every sentence something, or the passage it cites, is not there; it must be told
- ``doubted``: its meaning is false; without a model of meaning it must not be believed
- ``counted``: a citation is made up; it must be dropped and counted, and the sentence found
- ``replaced``: nothing can be made of it; the reports' own sentences must take its place
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from llm_server import LlmServer, Script

from rag.answer.generation.generate import Closeness, generate
from rag.answer.generation.language_models import LanguageModel
from rag.cite.answers import Answer
from rag.errors import GenerationError, NothingSupported
from rag.schema import Hit
from rag.store import Store

REPLIES = Path(__file__).parent / "replies" / "streams.jsonl"

Expected = Literal["found", "missing", "doubted", "counted", "replaced"]


@dataclass(frozen=True)
class Streamed:
    """A reply as the server sends it, and what is to come of it."""

    kind: str
    expect: Expected
    reply: str
    passages: tuple[tuple[str, str], ...]
    stall: int | None = None
    die: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a reply: its last snapshot, or the error that ended it."""

    streamed: Streamed
    answer: Answer | None
    error: GenerationError | None

    @property
    def is_right(self) -> bool:
        statements = self.answer.statements if self.answer else ()
        missing = [each.support == "not_found" and bool(each.fault) for each in statements]
        invented = self.answer.invented if self.answer else 0
        match self.streamed.expect:
            case "replaced":
                return self.error is not None
            case "missing":
                return bool(missing) and all(missing) and isinstance(self.error, NothingSupported)
            case "doubted":
                return not {each.support for each in statements} & {"verbatim", "follows"}
            case "counted":
                return self._holds and invented == 1
            case "found":
                return self._holds and invented == 0

    @property
    def _holds(self) -> bool:
        statements = self.answer.statements if self.answer else ()
        return bool(statements) and all(
            each.support != "not_found" and each.citations for each in statements
        )

    @property
    def told(self) -> str:
        """Why sentences were marked, or the error."""
        statements = self.answer.statements if self.answer else ()
        faults = [each.fault for each in statements if each.fault]
        return "; ".join(faults) or str(self.error or "found")


def streamed_replies(path: Path = REPLIES) -> list[Streamed]:
    found = []
    for line in path.read_text("utf-8").splitlines():
        fields = json.loads(line)
        fields["passages"] = tuple((name, words) for name, words in fields["passages"])
        found.append(Streamed(**fields))
    return found


def hits_for(index: Store, places: Sequence[tuple[str, str]]) -> list[Hit]:
    """The passages of the index at these places, ranked as they are named."""
    return [_hit(index, *place, rank) for rank, place in enumerate(places, start=1)]


def _hit(index: Store, name: str, words: str, rank: int) -> Hit:
    for document in index.documents():
        if not document.source.startswith(name):
            continue
        for passage in index.passages_of(document.id):
            if words in passage.text:
                metadata = document.metadata
                return Hit(rank, 1 / rank, passage, document.source, metadata, (passage,))
    raise LookupError(f"no passage of {name} has the words {words!r}")


def judge(streamed: Streamed, index: Store, *, server: LlmServer, model: LanguageModel) -> Outcome:
    """Let the server send a reply, and see what is made of it."""
    server.script = Script(streamed.reply, die=streamed.die, stall=streamed.stall)
    if streamed.stall is not None:
        model = replace(model, seconds=1)
    found = hits_for(index, streamed.passages)
    ids = {hit.passage.document_id for hit in found}
    documents = {each: document for each in ids if (document := index.document(each))}
    snapshots = generate(
        "What do the reports say?",
        found,
        documents,
        draft=Answer("", "", final=False),
        llm=model,
        similarity=Closeness(index.embedding.embed_passages),
    )
    answer: Answer | None = None
    try:
        for snapshot in snapshots:
            answer = snapshot
    except GenerationError as error:
        return Outcome(streamed, answer, error)
    return Outcome(streamed, answer, None)
