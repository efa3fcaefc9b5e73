"""Who sent the event of Gradio that is being handled, and what that comes to."""

from __future__ import annotations

from gradio.context import LocalContext

from rag.app.access.limits import TooMany
from rag.app.access.needs import Action
from rag.app.access.visit import NOT_RECORDED, visit_of
from rag.app.web.shared.fair_queue import visitor_of
from rag.app.web.shared.http import Refused
from rag.language.translation import _


def present_visitor() -> str | None:
    """Who sent the event, as :func:`visitor_of` tells."""
    request = LocalContext.request.get(None)
    return visitor_of(request.request if request is not None else None)


def present_page() -> str:
    """The open page that sent the event."""
    request = LocalContext.request.get(None)
    return (request.session_hash if request is not None else None) or ""


def begin_event(action: Action, *, question: str = "") -> None:
    """Count and record what the event does.

    Raises:
        Refused: it is one too many in a minute, or cannot be recorded.
    """
    request = LocalContext.request.get(None)
    connection = request.request if request is not None else None
    if connection is None:  # called by a program, not through the server
        return
    visit = visit_of(connection)
    try:
        visit.charge(action)
        visit.note(action, status=200, question=question)
    except TooMany as error:
        raise Refused(429, str(error)) from error
    except OSError as error:
        raise Refused(503, _(NOT_RECORDED)) from error
