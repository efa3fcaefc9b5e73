"""The routes of the Evaluation tab: start, follow and cancel a run, and see what came of it."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag.app.web.evaluation.runs import Evaluating, Run
from rag.app.web.shared.json_requests import Asked, Refused, Route, body, json_answer, worded
from rag.app.web.shared.permission import forgery, read_only
from rag.app.web.shared.places import token
from rag.errors import GoldError, IndexBusy, RagError, SourceNotFound

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
    return _Routes(chatbot, library, settings).router


class _Routes:
    def __init__(self, chatbot: Chatbot, library: Library, settings: Settings) -> None:
        self._settings = settings
        self._runs = Evaluating(
            chatbot,
            library.sources,
            abstain_below=chatbot.abstain_below,
            patience_seconds=settings.patience_seconds,
        )
        self.router = APIRouter(prefix="/evaluation")
        self.router.get("/about")(self.about)
        for path, seen in (
            ("", self.progress),
            ("/report", self.report),
            ("/page", self.page),
            ("/result", self.result),
        ):
            self.router.get(f"/runs/{{run}}{path}")(worded(seen, status=_status))
        for path, done in (
            ("/runs", self.start),
            ("/cancel", self.cancel),
            ("/compare", self.compare),
        ):
            self.router.post(path)(worded(_from_this_page(done), status=_status))

    def about(self, request: Request) -> Response:
        """Whether this visitor may name files of the server."""
        return json_answer({"paths": read_only(request, self._settings) is None})

    async def start(self, request: Request) -> Response:
        """Begin a run over an uploaded gold set, or one that lies on the server."""
        asked = await body(request, _Start)
        if asked.path and (reason := read_only(request, self._settings)):
            raise Refused(403, f"files on the server cannot be named here. {reason}")
        questions = await run_in_threadpool(_questions, asked)
        name = Path(asked.path).name if asked.path else asked.name.strip() or "gold questions"
        return json_answer(_progress(self._runs.start(name, questions)))

    async def cancel(self, request: Request) -> Response:
        """Stop a run; what is finished is kept."""
        asked = await body(request, _Named)
        return json_answer(_progress(self._runs.cancel(asked.run)))

    async def progress(self, request: Request) -> Response:
        """How far a run is."""
        return json_answer(_progress(self._run(request)))

    async def report(self, request: Request) -> Response:
        """The report as a fragment whose citations open in the source panel."""
        from rag.evaluation.report import report_html

        evaluation = self._runs.evaluation(self._run(request))
        told = await run_in_threadpool(report_html, evaluation, link=_link, level=2)
        return _html(told)

    async def page(self, request: Request) -> Response:
        """The report as a page to keep."""
        from rag.evaluation.report import report_page

        evaluation = self._runs.evaluation(self._run(request))
        told = await run_in_threadpool(report_page, evaluation)
        return _html(told, disposition='attachment; filename="evaluation.html"')

    async def result(self, request: Request) -> Response:
        """What ``rag evaluate --json`` prints of it."""
        from rag.evaluation import as_object

        evaluation = self._runs.evaluation(self._run(request))
        return json_answer(await run_in_threadpool(as_object, evaluation))

    async def compare(self, request: Request) -> Response:
        """Two results compared: ``{"html"}``."""
        asked = await body(request, _Compared, longest=_LONGEST_COMPARED)
        return json_answer({"html": await run_in_threadpool(_comparison, asked)})

    def _run(self, request: Request) -> Run:
        return self._runs.run(str(request.path_params["run"]))


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
    from rag.evaluation.comparing import compare
    from rag.evaluation.report_comparison import comparison_html

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


def _html(content: str, *, disposition: str | None = None) -> Response:
    headers = {"cache-control": "no-store"}
    if disposition:
        headers["content-disposition"] = disposition
    # A text can hold half of a surrogate pair, which has no encoding.
    return HTMLResponse(content.encode("utf-8", "replace"), headers=headers)


def _from_this_page(action: Route) -> Route:
    """The action, but for requests that another page has made."""

    @wraps(action)
    async def route(request: Request) -> Response:
        if reason := forgery(request):
            raise Refused(403, f"refused: {reason}")
        return await action(request)

    return route


def _status(error: RagError) -> int:
    return {SourceNotFound: 404, IndexBusy: 409}.get(type(error), 400)
