"""Which programs are let in, and which of them may change the library."""

from __future__ import annotations

import logging
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.app.api.errors import error_response
from rag.app.api.keys import KeyHolder, Keys
from rag.app.web.shared.fair_queue import visitor_of
from rag.app.web.shared.http import Refused
from rag.app.web.shared.security import is_from_another_site, is_this_machine, read_only
from rag.errors import SettingsError
from rag.settings import Settings

_HOLDER: Final = "footnote.key_holder"
_NO_KEY: Final = (
    "this needs a key: send it as 'Authorization: Bearer KEY'; whoever runs the server makes one "
    "with 'rag keys add NAME'"
)
_ONLY_HERE: Final = (
    "without keys this answers programs on its own machine only: whoever runs the server sets "
    "RAG_API_KEYS and makes a key with 'rag keys add NAME'"
)
_ANOTHER_SITE: Final = "refused: the request comes from a page of another site"
_NO_EDITOR: Final = (
    "this key is for reading: to add or remove documents, use one made with "
    "'rag keys add NAME --role editor'"
)
_NEVER: Final = (
    "this library is read-only: the server was started with editing switched off (RAG_EDITING)"
)

log = logging.getLogger(__name__)


class Admission:
    """Lets in who has a key or, where no keys are set, who is on this machine.

    Pages of other sites are kept out in any case: a browser would send their requests from here.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys | None) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        holder = None
        refusal: Response | None = None
        if is_from_another_site(request):
            refusal = error_response(403, _ANOTHER_SITE)
        elif self._keys is None:
            if not is_this_machine(request):
                refusal = error_response(403, _ONLY_HERE)
        else:
            try:
                holder = self._keys.identify(request.headers)
            except SettingsError as error:
                log.error("%s", error)
                refusal = error_response(503, str(error))
            if holder is None and refusal is None:
                refusal = error_response(401, _NO_KEY, headers={"www-authenticate": "Bearer"})
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app({**scope, _HOLDER: holder}, receive, send)


def holder_of(request: HTTPConnection) -> KeyHolder | None:
    """Whose key a request that was let in came with; None where no keys are set."""
    holder: KeyHolder | None = request.scope.get(_HOLDER)
    return holder


def caller_of(request: HTTPConnection) -> str | None:
    """Who takes turns with others in the queue: the holder of a key, or a network address."""
    holder = holder_of(request)
    return f"key {holder.name}" if holder is not None else visitor_of(request)


def check_may_edit(request: Request, settings: Settings) -> None:
    """See that the caller may add and remove documents.

    Where keys are set those of editors may, from anywhere, unless the setting ``editing`` says
    never; without keys the setting says who may, as on the page.

    Raises:
        Refused: the caller may not.
    """
    holder = holder_of(request)
    if holder is None:
        reason = read_only(request, settings)
    elif settings.editing == "never":
        reason = _NEVER
    else:
        reason = None if holder.role == "editor" else _NO_EDITOR
    if reason:
        raise Refused(403, reason)
