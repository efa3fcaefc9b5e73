"""Evaluations that run while the page is used: one at a time, in a thread of its own."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from rag import patience
from rag.errors import IndexBusy, RagError, SourceNotFound

if TYPE_CHECKING:
    from rag.app.web.chat.conversation import Chatbot
    from rag.evaluation import Evaluation, GoldQuestion, Outcome

__all__ = ["Evaluating", "Run"]

_KEPT = 5

log = logging.getLogger(__name__)

State = Literal["running", "done", "cancelled", "failed"]


@dataclass(slots=True)
class Run:
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


class Evaluating:
    """Starts runs, and keeps the last few. Safe between threads.

    ``sources`` gives the document id of every source, as the collection is when a run begins.
    """

    def __init__(
        self,
        chatbot: Chatbot,
        sources: Callable[[], Mapping[str, str]],
        *,
        abstain_below: float,
        patience_seconds: float,
    ) -> None:
        self._seconds = patience_seconds
        self._chatbot = chatbot
        self._sources = sources
        self._abstain_below = abstain_below
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()

    def start(self, name: str, questions: Sequence[GoldQuestion]) -> Run:
        """Begin a run.

        Raises:
            IndexBusy: another one is under way.
        """
        with self._lock:
            if any(each.state == "running" for each in self._runs.values()):
                raise IndexBusy("another evaluation is under way: wait for it, or cancel it")
            run = Run(secrets.token_urlsafe(16), name, questions)
            self._runs[run.id] = run
            for old in list(self._runs)[:-_KEPT]:
                del self._runs[old]
        threading.Thread(
            target=self._ask, args=(run,), name="footnote-evaluation", daemon=True
        ).start()
        return run

    def _ask(self, run: Run) -> None:
        from rag.evaluation import outcomes

        state: State = "done"
        try:
            asking = outcomes(self._chatbot, run.questions, sources=self._sources())
            answered = partial(next, asking, None)
            while outcome := patience.within(self._seconds, answered, what="a question"):
                run.finished.append(outcome)
                if run.cancelled.is_set():
                    state = "done" if len(run.finished) == len(run.questions) else "cancelled"
                    break
        except RagError as error:
            state, run.error = "failed", str(error)
        except Exception:
            log.exception("an evaluation failed")
            state, run.error = "failed", "something went wrong; the log of the program tells more"
        run.state = state

    def cancel(self, run_id: str) -> Run:
        """Stop a run after the question that is being answered.

        Raises:
            SourceNotFound: there is no such run.
        """
        run = self.run(run_id)
        run.cancelled.set()
        return run

    def run(self, run_id: str) -> Run:
        """The run of this id.

        Raises:
            SourceNotFound: there is none, or it was long ago.
        """
        with self._lock:
            run = self._runs.get(run_id)
        if run is None:
            raise SourceNotFound("this evaluation is not kept any more: run it again")
        return run

    def evaluation(self, run: Run) -> Evaluation:
        """What a run has so far."""
        from rag.evaluation import Evaluation, fingerprint

        return Evaluation(
            run.name,
            fingerprint(run.questions),
            len(run.questions),
            self._abstain_below,
            tuple(run.finished),
        )
