"""Who is told of what happens in this process, such as the metrics; nobody unless they are on."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """Whoever is told. All may be called from any thread, and must not take long."""

    def waited(self, seconds: float) -> None:
        """Hear that a request waited so long in the queue for its turn."""

    def received(self) -> None:
        """Hear that an uploaded file has arrived whole."""


LISTENERS: list[Listener] = []
"""Of the whole process, which has one server."""


def tell_waited(seconds: float) -> None:
    """Tell all listeners how long a request waited for its turn."""
    for each in LISTENERS:
        each.waited(seconds)


def tell_received() -> None:
    """Tell all listeners that an uploaded file has arrived."""
    for each in LISTENERS:
        each.received()
