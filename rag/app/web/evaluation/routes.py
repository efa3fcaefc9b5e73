"""The Evaluation tab: gold questions asked while the page is used, and the report on them."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag import patience
from rag.answer import Chatbot
from rag.app.access.identity import Role
from rag.app.access.visit import visit_of
from rag.app.library.library import Library
from rag.app.web.shared.http import Asked, Refused, body, fragment, from_this_page, json_answer
from rag.app.web.shared.places import link
from rag.errors import GoldError, IndexBusy, RagError, SourceNotFound
from rag.evaluation.comparison import compare
from rag.evaluation.failures import Outcome
from rag.evaluation.gold import GoldQuestion, parse_gold, read_gold
from rag.evaluation.records import Evaluation, as_object, fingerprint, from_object
from rag.evaluation.report import comparison_html, report_html, report_page
from rag.evaluation.run import outcomes, sample
from rag.language.finished_messages import in_readers_language
from rag.language.translation import _
from rag.settings import Settings

_MOST_QUESTIONS = 10_000
_LONGEST_COMPARED = 64_000_000
_RUNS_KEPT = 5

log = logging.getLogger(__name__)

State = Literal["running", "done", "cancelled", "failed"]


class _Start(Asked):
    name: str = Field(default="", max_length=300)
    gold: str = ""
    path: str = Field(default="", max_length=4_000)
    sample: int | None = Field(default=None, ge=1)


class _Named(Asked):
    run: str = Field(max_length=100)


class _Compared(Asked):
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(slots=True)
class _Run:
    """A run over a gold set; ``id`` cannot be guessed, and whoever knows it may see the run.

    ``finished`` grows while it runs. A cancelled or failed run keeps what it has.
    """

    id: str
    name: str
    questions: Sequence[GoldQuestion]
    finished: list[Outcome] = field(default_factory=list)
    state: State = "running"
    error: str | None = None
    began: float = field(default_factory=time.monotonic)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def remaining_seconds(self) -> float | None:
        """How long it still takes if it goes on like this; None before that can be told."""
        done = len(self.finished)
        if self.state != "running" or not done:
            return None
        return (time.monotonic() - self.began) / done * (len(self.questions) - done)

    @property
    def progress(self) -> dict[str, Any]:
        """How far it is, for the page's script."""
        return {
            "run": self.id,
            "name": self.name,
            "state": self.state,
            "questions": len(self.questions),
            "done": len(self.finished),
            "wrong": sum(bool(each.failures) for each in list(self.finished)),
            "remaining": self.remaining_seconds,
            "error": self.error,
        }


class _Runs:
    """Runs one evaluation at a time, in a thread of its own, and keeps the last few.

    A question may take so many ``seconds``. Safe between threads.
    """

    def __init__(self, chatbot: Chatbot, library: Library, *, seconds: float) -> None:
        self._chatbot = chatbot
        self._library = library
        self._seconds = seconds
        self._runs: dict[str, _Run] = {}
        self._lock = threading.Lock()

    def start(self, name: str, questions: Sequence[GoldQuestion]) -> _Run:
        """Begin a run.

        Raises:
            IndexBusy: another one is under way.
        """
        with self._lock:
            if any(each.state == "running" for each in self._runs.values()):
                raise IndexBusy(_("another evaluation is under way: wait for it, or cancel it"))
            run = _Run(secrets.token_urlsafe(16), name, questions)
            self._runs[run.id] = run
            for old in list(self._runs)[:-_RUNS_KEPT]:
                del self._runs[old]
        threading.Thread(
            target=self._ask, args=(run,), name="footnote-evaluation", daemon=True
        ).start()
        return run

    def _ask(self, run: _Run) -> None:
        state: State = "done"
        try:
            asking = outcomes(self._chatbot, run.questions, sources=self._library.sources())
            answered = partial(next, asking, None)
            while outcome := patience.within(self._seconds, answered, what=_("a question")):
                run.finished.append(outcome)
                if run.cancelled.is_set():
                    state = "done" if len(run.finished) == len(run.questions) else "cancelled"
                    break
        except RagError as error:
            state, run.error = "failed", in_readers_language(error)
        except Exception:
            log.exception("an evaluation failed")
            state, run.error = (
                "failed",
                _("something went wrong; the log of the program tells more"),
            )
        run.state = state

    def cancel(self, run_id: str) -> _Run:
        """Stop a run after the question that is being answered.

        Raises:
            SourceNotFound: there is no such run.
        """
        run = self.run(run_id)
        run.cancelled.set()
        return run

    def run(self, run_id: str) -> _Run:
        """The run of this id.

        Raises:
            SourceNotFound: there is none, or it was long ago.
        """
        with self._lock:
            run = self._runs.get(run_id)
        if run is None:
            raise SourceNotFound(_("this evaluation is not kept any more: run it again"))
        return run

    def evaluation(self, run: _Run) -> Evaluation:
        """What a run has so far."""
        return Evaluation(
            run.name,
            fingerprint(run.questions),
            len(run.questions),
            self._chatbot.abstain_below,
            tuple(run.finished),
        )


def evaluation_routes(chatbot: Chatbot, library: Library, settings: Settings) -> APIRouter:
    """The routes below ``/evaluation``; they change nothing in the library."""
    router = APIRouter(prefix="/evaluation")
    ours = [Depends(from_this_page)]
    runs = _Runs(chatbot, library, seconds=settings.patience_seconds)

    @router.get("/about")
    def about(request: Request) -> Response:
        """Whether this visitor may name files of the server."""
        return json_answer({"paths": visit_of(request).role >= Role.ADMINISTRATOR})

    @router.post("/runs", dependencies=ours)
    async def start(request: Request) -> Response:
        """Begin a run over an uploaded gold set, or one that lies on the server."""
        asked = await body(request, _Start)
        visit = visit_of(request)
        if asked.path and visit.role < Role.ADMINISTRATOR:
            reason = visit.read_only or _("Only administrators may.")
            words = _("files on the server cannot be named here. {reason}", reason=reason)
            raise Refused(403, words)
        questions = await run_in_threadpool(_questions, asked)
        name = Path(asked.path).name if asked.path else asked.name.strip() or _("gold questions")
        return json_answer(runs.start(name, questions).progress)

    @router.post("/cancel", dependencies=ours)
    async def cancel(request: Request) -> Response:
        """Stop a run; what is finished is kept."""
        asked = await body(request, _Named)
        return json_answer(runs.cancel(asked.run).progress)

    @router.post("/compare", dependencies=ours)
    async def compare(request: Request) -> Response:
        """Two results compared: ``{"html"}``."""
        asked = await body(request, _Compared, longest=_LONGEST_COMPARED)
        return json_answer({"html": await run_in_threadpool(_comparison, asked)})

    @router.get("/runs/{run}")
    def progress(run: str) -> Response:
        """How far a run is."""
        return json_answer(runs.run(run).progress)

    @router.get("/runs/{run}/report")
    def report(run: str) -> Response:
        """The report as a fragment whose citations open in the source panel."""
        return fragment(report_html(runs.evaluation(runs.run(run)), link=link, level=2))

    @router.get("/runs/{run}/page")
    def page(run: str) -> Response:
        """The report as a page to keep."""
        return fragment(report_page(runs.evaluation(runs.run(run))), name="evaluation.html")

    @router.get("/runs/{run}/result")
    def result(run: str) -> Response:
        """What ``rag evaluate --json`` prints of it."""
        return json_answer(as_object(runs.evaluation(runs.run(run))))

    return router


def _questions(asked: _Start) -> list[GoldQuestion]:
    if asked.path:
        try:
            questions = read_gold(Path(asked.path).expanduser())
        except OSError as error:
            raise Refused(400, f"the file cannot be read: {error.strerror or error}") from error
    else:
        questions = parse_gold(asked.gold, name=asked.name or "the file")
    if asked.sample is not None:
        questions = sample(questions, asked.sample)
    if len(questions) > _MOST_QUESTIONS:
        raise GoldError(
            f"{len(questions):,} questions are more than {_MOST_QUESTIONS:,}: use rag evaluate"
        )
    return questions


def _comparison(asked: _Compared) -> str:
    before = from_object(asked.before, where="the earlier run")
    return comparison_html(compare(before, from_object(asked.after, where="this run")))
