"""Log-in with OpenID Connect: authorization code with PKCE, state and nonce."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection as AnyOf
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rag.app.access.forwarded import below_root
from rag.app.access.identity import Identity
from rag.app.access.middleware import DOOR
from rag.app.access.policy import is_loopback
from rag.app.access.sessions import COOKIE, Sessions
from rag.errors import SettingsError
from rag.html import escape
from rag.language.translation import _, direction, language
from rag.settings import Settings

_UNDER_WAY: Final = "footnote-log-in"
_UNDER_WAY_SECONDS: Final = 600
_SHORTEST_SECRET: Final = 32
_NOT_KEPT: Final = {"cache-control": "no-store"}

log = logging.getLogger(__name__)


class Door:
    """Where people log in and out; ``groups`` are those that matter, and that sessions keep.

    Tokens are used once, to learn who somebody is, and kept nowhere.
    """

    def __init__(self, settings: Settings, *, groups: AnyOf[str]) -> None:
        _check(settings)
        self._settings = settings
        self._groups = groups
        secret = settings.session_secret
        signed_with = secret.get_secret_value() if secret else secrets.token_urlsafe(32)
        seconds, purpose = settings.session_hours * 3600, settings.oidc_issuer
        self.sessions = Sessions(signed_with, seconds=seconds, purpose=f"session {purpose}")
        self._under_way = Sessions(
            signed_with, seconds=_UNDER_WAY_SECONDS, purpose=f"log-in {purpose}"
        )
        key = settings.oidc_client_secret
        self._client = OAuth().register(
            "footnote",
            client_id=settings.oidc_client_id,
            client_secret=key.get_secret_value() if key else None,
            server_metadata_url=settings.oidc_issuer.rstrip("/")
            + "/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.oidc_scopes,
                "code_challenge_method": "S256",
                "timeout": 20,
            },
        )

    def identity(self, connection: HTTPConnection) -> Identity | None:
        """Who is logged in; None if nobody is."""
        cookie = connection.cookies.get(COOKIE, "")
        address = connection.client.host if connection.client else None
        return self.sessions.identity(cookie, address) if cookie else None

    def to_log_in(self, connection: HTTPConnection) -> Response:
        """The way to the log-in, and from there back to what was asked for."""
        asked = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
        where = f"{_root(connection)}{DOOR}log-in?next={quote(asked, safe='')}"
        return RedirectResponse(where, 302, _NOT_KEPT)

    async def answer(self, request: Request) -> tuple[Response, str, Identity | None]:
        """The response to a request below :data:`DOOR`, what has happened, and with whom.

        What has happened is ``"logged in"``, ``"logged out"``, ``"refused"`` or nothing.
        """
        name = (request.method, below_root(request.scope).removeprefix(DOOR))
        try:
            if name == ("GET", "log-in"):
                return await self._begin(request), "", None
            if name == ("GET", "callback"):
                identity, response = await self._come_back(request)
                return response, "logged in", identity
        except (AuthlibBaseError, JoseError, _Refused) as error:
            log.warning("a log-in was refused: %s", error)
            return self._failed(request, 403), "refused", None
        except (httpx2.HTTPError, ValueError, KeyError, RuntimeError) as error:
            log.warning("the server that people log in at cannot be used: %r", error)
            return self._failed(request, 502), "", None
        if name == ("POST", "log-out"):
            leaving = self.identity(request)
            return self._leave(request), "logged out" if leaving else "", leaving
        if name == ("GET", "out"):
            return _page(request, _("You are logged out."), _("Log in again")), "", None
        return HTMLResponse("not found", 404, _NOT_KEPT), "", None

    async def _begin(self, request: Request) -> Response:
        await self._metadata()
        session: dict[str, Any] = {}
        request.scope["session"] = session
        response: Response = await self._client.authorize_redirect(
            request, self._settings.oidc_redirect, nonce=secrets.token_urlsafe(24)
        )
        session["next"] = request.query_params.get("next", "")[:2000]
        self._set(request, response, _UNDER_WAY, self._under_way.sign(session), DOOR)
        response.headers.update(_NOT_KEPT)
        return response

    async def _come_back(self, request: Request) -> tuple[Identity, Response]:
        session = self._under_way.read(request.cookies.get(_UNDER_WAY, ""))
        if session is None:
            raise _Refused("it was not begun in this browser, or too long ago")
        request.scope["session"] = session
        metadata = await self._metadata()
        token = await self._client.authorize_access_token(
            request,
            claims_options={"iss": {"essential": True, "values": [metadata["issuer"]]}},
        )
        claims = token.get("userinfo")
        if not claims:
            raise _Refused("no identity came with it")
        identity = self._known(claims)
        target = _own_path(session.get("next", ""), _root(request))
        response = RedirectResponse(target, 303, _NOT_KEPT)
        self._set(request, response, COOKIE, self.sessions.begin(identity), "/")
        response.delete_cookie(_UNDER_WAY, path=_root(request) + DOOR)
        return identity, response

    async def _metadata(self) -> dict[str, Any]:
        """What the server says of itself; tokens may be signed as the settings allow, only."""
        metadata: dict[str, Any] = await self._client.load_server_metadata()
        if metadata.get("issuer") != self._settings.oidc_issuer:
            # Not kept: it may be mended there.
            self._client.server_metadata.clear()
            raise _Refused(f"the server says that it is {metadata.get('issuer')!r}")
        metadata["id_token_signing_alg_values_supported"] = self._settings.oidc_algorithms.split()
        return metadata

    def _known(self, claims: dict[str, Any]) -> Identity:
        """Who the claims are about. A mail address counts only where the server vouches for it."""
        email = claims.get("email") if claims.get("email_verified") is True else ""
        name = claims.get("name") or claims.get("preferred_username") or claims.get("email") or ""
        given = claims.get(self._settings.oidc_groups) or []
        groups = [given] if isinstance(given, str) else given
        known = frozenset(str(each) for each in groups if str(each) in self._groups)
        return Identity(str(claims["sub"]), str(email or ""), str(name), known)

    def _leave(self, request: Request) -> Response:
        self.sessions.end(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(f"{_root(request)}{DOOR}out", 303, _NOT_KEPT)
        response.delete_cookie(COOKIE, path=_root(request) + "/")
        return response

    def _failed(self, request: Request, status: int) -> Response:
        words = (
            _("The log-in did not succeed: try again.")
            if status == 403
            else _("The server that people log in at does not answer: try again later.")
        )
        response = _page(request, words, _("Log in again"), status=status)
        response.delete_cookie(_UNDER_WAY, path=_root(request) + DOOR)
        return response

    def _set(self, request: Request, response: Response, name: str, value: str, path: str) -> None:
        secure = request.url.scheme == "https" or self._settings.oidc_redirect.startswith("https:")
        response.set_cookie(
            name,
            value,
            max_age=_UNDER_WAY_SECONDS if name == _UNDER_WAY else self.sessions.seconds,
            path=_root(request) + path,
            secure=secure,
            httponly=True,
            samesite="lax",
        )


class _Refused(Exception):
    """A log-in that does not count."""


def _check(settings: Settings) -> None:
    """Complain of settings that are missing, or that would let anybody listen in."""
    for name in ("oidc_issuer", "oidc_client_id", "oidc_redirect"):
        if not getattr(settings, name):
            raise SettingsError(f"setting 'auth' is oidc, which needs RAG_{name.upper()}")
    for name in ("oidc_issuer", "oidc_redirect"):
        parts = urlsplit(getattr(settings, name))
        safe = parts.scheme == "https" or (
            parts.scheme == "http" and is_loopback(parts.hostname or "")
        )
        if not safe:
            raise SettingsError(f"setting {name!r}: the address has to begin with https://")
    if (
        not urlsplit(settings.oidc_redirect).path
        == settings.root_path.rstrip("/") + f"{DOOR}callback"
    ):
        raise SettingsError(
            f"setting 'oidc_redirect': the path has to be "
            f"{settings.root_path.rstrip('/')}{DOOR}callback"
        )
    secret = settings.session_secret
    if secret is not None and len(secret.get_secret_value()) < _SHORTEST_SECRET:
        raise SettingsError(
            f"setting 'session_secret': at least {_SHORTEST_SECRET} characters, drawn by chance"
        )


def _root(connection: HTTPConnection) -> str:
    root: str = connection.scope.get("root_path", "")
    return root


def _own_path(asked: str, root: str) -> str:
    """Where to go after the log-in: a path of this program, whatever a link has asked for."""
    if asked.startswith(f"{root}/") and not asked.startswith("//") and "\\" not in asked:
        return asked
    return f"{root}/"


def _page(request: Request, words: str, again: str, *, status: int = 200) -> Response:
    code = language()
    content = (
        f'<!doctype html><html lang="{code}" dir="{direction(code)}"><title>Footnote</title>'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        "<body style='font: 16px/1.6 system-ui, sans-serif; margin: 15vh auto; max-width: 30em'>"
        f"<h1>Footnote</h1><p>{escape(words)}</p>"
        f'<p><a href="{escape(_root(request))}/">{escape(again)}</a></p>'
    )
    return HTMLResponse(content, status, _NOT_KEPT)
