"""Which programs are let in, and which of them may change the library."""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.app.access.visit import visit_of
from rag.app.api.errors import error_response
from rag.app.web.shared.http import Refused
from rag.app.web.shared.security import is_from_another_site, names_this_machine

_NO_KEY: Final = (
    "this needs a key: send it as 'Authorization: Bearer KEY'; whoever runs the server makes one "
    "with 'rag keys add NAME'"
)
_ONLY_HERE: Final = (
    "without keys this answers programs on its own machine only: whoever runs the server sets "
    "RAG_API_KEYS and makes a key with 'rag keys add NAME'"
)
_ANOTHER_SITE: Final = "refused: the request comes from a page of another site"


class Admission:
    """Lets in who has a key or has logged in or, where neither is asked for, is on this machine.

    Pages of other sites are kept out in any case: a browser would send their requests from here.
    Who somebody is, and what they may do, the middleware before has decided.
    """

    def __init__(self, app: ASGIApp, *, has_keys: bool) -> None:
        self._app = app
        self._has_keys = has_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(HTTPConnection(scope)) if scope["type"] == "http" else None
        if refusal is not None:
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, request: HTTPConnection) -> Response | None:
        if is_from_another_site(request):
            return error_response(403, _ANOTHER_SITE)
        identity = visit_of(request).identity
        if identity.is_known:
            return None
        if self._has_keys:
            return error_response(401, _NO_KEY, headers={"www-authenticate": "Bearer"})
        if not (identity.here and names_this_machine(request)):
            return error_response(403, _ONLY_HERE)
        return None


def check_may_edit(request: Request) -> None:
    """See that the caller may add and remove documents.

    Raises:
        Refused: the caller may not.
    """
    reason = visit_of(request).read_only
    if reason is not None:
        raise Refused(403, reason)
