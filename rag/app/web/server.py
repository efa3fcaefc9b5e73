"""Serving the page: the address that it listens on, and running it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.errors import SettingsError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.app.web.operations.watch import Watch
    from rag.settings import Settings


def serve(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Open the chatbot and serve the page until interrupted.

    ``announce`` is called once, with the address, when the page can be reached.

    Raises:
        SettingsError: the port is taken, or the host is not an address of this machine.
        RagError: the index cannot be opened.
    """
    with _bound(settings) as listener:
        # Loading what searches takes seconds; to hear of an address that is taken need not.
        from rag.app.web.operations.watch import Watch

        watch = Watch(settings)
        server = watch.server(_application(settings, watch))
        listener.listen()  # whoever connects from now on waits until the server is running
        announce(_address(settings, listener.getsockname()[1]))
        server.run(sockets=[listener])


def _application(settings: Settings, watch: Watch) -> FastAPI:
    from rag.answer import open_chatbot
    from rag.app.library.library import Library
    from rag.app.web.page import build_app

    if settings.collections is not None:
        from rag.app.access.gate import open_gate
        from rag.app.api.programs import key_holders
        from rag.app.web.site import build_site
        from rag.models.bundle import Models

        gate = open_gate(settings, keys=key_holders(settings))
        models = Models.of(settings)
        watch.health.load(models.load)
        return build_site(gate, models=models, watch=watch)
    # Where reports can be added on the page, an empty collection is a good beginning.
    chatbot = watch.counting(open_chatbot(settings, create=settings.editing != "never"))
    watch.health.load(chatbot.warm_up)
    app = build_app(chatbot, Library(chatbot.index, settings), settings=settings)
    return watch.watch(app, chatbot)


def _bound(settings: Settings) -> socket.socket:
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


def _address(settings: Settings, port: int) -> str:
    """The address to open in a browser on this machine."""
    host = settings.host
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    if ":" in reachable and not reachable.startswith("["):
        reachable = f"[{reachable}]"
    return f"http://{reachable}:{port}{settings.root_path.rstrip('/')}/"
