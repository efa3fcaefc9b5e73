"""Who writes when: long jobs make room for what somebody waits for at the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rag.errors import IndexBusy

__all__ = ["Turns"]

_PATIENCE_SECONDS = 30.0

Result = TypeVar("Result")


class Turns:
    """One writer at a time in this process; the short ones go before the long ones."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._urgent = 0

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for a long job to make room."""
        return self._urgent > 0

    def short(self, action: Callable[[], Result]) -> Result:
        """Do something short as soon as a long job makes room.

        Raises:
            IndexBusy: it does not, or another process is writing.
        """
        with self._urgency():
            if not self._writing.acquire(timeout=_PATIENCE_SECONDS):
                raise IndexBusy(
                    "files are being added just now: try again in a moment, or cancel that"
                )
            try:
                return action()
            except IndexBusy as error:
                raise IndexBusy(
                    "another program is writing to this index: wait until it is done, then try "
                    "again"
                ) from error
            finally:
                self._writing.release()

    @contextmanager
    def _urgency(self) -> Iterator[None]:
        with self._changed:
            self._urgent += 1
        try:
            yield
        finally:
            with self._changed:
                self._urgent -= 1
                self._changed.notify_all()

    @contextmanager
    def long(self) -> Iterator[None]:
        """Be the writer, after all that is urgent; to end soon once :attr:`is_urgent`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._urgent, timeout=_PATIENCE_SECONDS)
        with self._writing:
            yield
