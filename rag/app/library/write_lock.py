"""Who writes when: long jobs make room for what somebody waits for at the screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import IndexBusy
from rag.language.translation import _

_LONGEST_WAIT_SECONDS = 30.0


class WriteLock:
    """One writer at a time in this process; short jobs go before long ones."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._waiting = 0

    @property
    def is_wanted(self) -> bool:
        """Whether a short job waits for a long one to make room."""
        return self._waiting > 0

    @contextmanager
    def short(self) -> Iterator[None]:
        """Hold the lock for a short job, as soon as a long one makes room.

        Raises:
            IndexBusy: it does not, or another process is writing.
        """
        self._count(1)
        try:
            if not self._writing.acquire(timeout=_LONGEST_WAIT_SECONDS):
                raise IndexBusy(
                    _("files are being added just now: try again in a moment, or cancel that")
                )
            try:
                yield
            except IndexBusy as error:
                raise IndexBusy(
                    _(
                        "another program is writing to this index: wait until it is done, then "
                        "try again"
                    )
                ) from error
            finally:
                self._writing.release()
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._waiting += change
            self._changed.notify_all()

    @contextmanager
    def long(self) -> Iterator[None]:
        """Hold the lock for a long job, which is to stop early once :attr:`is_wanted`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, timeout=_LONGEST_WAIT_SECONDS)
        with self._writing:
            yield
