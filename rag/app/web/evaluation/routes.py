"""The routes of the Evaluation tab: start, follow and cancel a run, and see what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag.app.web.evaluation.runs import Evaluating, Run
from rag.app.web.shared.places import token
from rag.app.web.shared.requests import Asked, body, from_this_page
from rag.app.web.shared.responses import Refused, fragment, json_answer
from rag.app.web.shared.security import read_only
from rag.errors import GoldError

if TYPE_CHECKING:
    from rag.app.library import Library
    from rag.app.web.chat.conversation import Chatbot
    from rag.evaluation import GoldQuestion
    from rag.settings import Settings

__all__ = ["evaluation_routes"]

_MOST_QUESTIONS = 10_000
_LONGEST_COMPARED = 64_000_000


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


def evaluation_routes(chatbot: Chatbot, library: Library, settings: Settings) -> APIRouter:
    """The routes below ``/evaluation``; they change nothing in the library."""
    router = APIRouter(prefix="/evaluation")
    ours = [Depends(from_this_page)]
    runs = Evaluating(
        chatbot,
        library.sources,
        abstain_below=chatbot.abstain_below,
        patience_seconds=settings.patience_seconds,
    )

    @router.get("/about")
    def about(request: Request) -> Response:
        """Whether this visitor may name files of the server."""
        return json_answer({"paths": read_only(request, settings) is None})

    @router.post("/runs", dependencies=ours)
    async def start(request: Request) -> Response:
        """Begin a run over an uploaded gold set, or one that lies on the server."""
        asked = await body(request, _Start)
        if asked.path and (reason := read_only(request, settings)):
            raise Refused(403, f"files on the server cannot be named here. {reason}")
        questions = await run_in_threadpool(_questions, asked)
        name = Path(asked.path).name if asked.path else asked.name.strip() or "gold questions"
        return json_answer(_progress(runs.start(name, questions)))

    @router.post("/cancel", dependencies=ours)
    async def cancel(request: Request) -> Response:
        """Stop a run; what is finished is kept."""
        asked = await body(request, _Named)
        return json_answer(_progress(runs.cancel(asked.run)))

    @router.post("/compare", dependencies=ours)
    async def compare(request: Request) -> Response:
        """Two results compared: ``{"html"}``."""
        asked = await body(request, _Compared, longest=_LONGEST_COMPARED)
        return json_answer({"html": await run_in_threadpool(_comparison, asked)})

    @router.get("/runs/{run}")
    def progress(run: str) -> Response:
        """How far a run is."""
        return json_answer(_progress(runs.run(run)))

    @router.get("/runs/{run}/report")
    def report(run: str) -> Response:
        """The report as a fragment whose citations open in the source panel."""
        from rag.evaluation.report import report_html

        return fragment(report_html(runs.evaluation(runs.run(run)), link=_link, level=2))

    @router.get("/runs/{run}/page")
    def page(run: str) -> Response:
        """The report as a page to keep."""
        from rag.evaluation.report import report_page

        return fragment(report_page(runs.evaluation(runs.run(run))), name="evaluation.html")

    @router.get("/runs/{run}/result")
    def result(run: str) -> Response:
        """What ``rag evaluate --json`` prints of it."""
        from rag.evaluation import as_object

        return json_answer(as_object(runs.evaluation(runs.run(run))))

    return router


def _questions(asked: _Start) -> list[GoldQuestion]:
    from rag.evaluation import read_gold, sample
    from rag.evaluation.gold import parse_gold

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
    from rag.evaluation import from_object
    from rag.evaluation.comparison import compare
    from rag.evaluation.report import comparison_html

    before = from_object(asked.before, where="the earlier run")
    return comparison_html(compare(before, from_object(asked.after, where="this run")))


def _progress(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "name": run.name,
        "state": run.state,
        "questions": len(run.questions),
        "done": len(run.finished),
        "wrong": sum(bool(each.failures) for each in list(run.finished)),
        "remaining": run.remaining_seconds,
        "error": run.error,
    }


def _link(document_id: str, start: int, end: int) -> str:
    return f"#src={token(document_id, start, end)}"
