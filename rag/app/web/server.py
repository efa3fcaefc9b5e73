"""The address that the page listens on, and the server that says when it does."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from rag.errors import SettingsError

if TYPE_CHECKING:
    from rag.settings import Settings

__all__ = ["Server", "address", "listen"]


class Server(uvicorn.Server):
    """A server that says when it has begun to listen."""

    def __init__(self, config: uvicorn.Config, *, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        if self.started:
            self._listening()


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the settings' host and port.

    Raises:
        SettingsError: the port is taken, or the host is not an address of this machine.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"{where} is not an address; set RAG_HOST or --host") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {where} ({error.strerror}); "
            "set RAG_PORT or --port to another port, or 0 for a free one"
        ) from error
    return listener


def address(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    if ":" in reachable and not reachable.startswith("["):
        reachable = f"[{reachable}]"
    return f"http://{reachable}:{port}/"
