"""What proxies tell of a request, from those that are trusted; and the path below the program's."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import SettingsError

KEY: Final = "footnote.peer"
"""Where the scope of a request has its peer."""

_PREFIX: Final = 64  # bits of an IPv6 address that one customer has in common

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

LOOPBACK: Final[Networks] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

FORWARDED: Final = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-gradio-server",
    "x-real-ip",
)
"""Headers by which a proxy tells of a request; any other program can send them as well."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of the connection. ``forwarded`` says that it spoke for somebody else."""

    address: str
    forwarded: bool


def parse_networks(given: str, *, setting: str) -> Networks:
    """The networks of a setting: addresses and networks with commas or spaces between.

    Raises:
        SettingsError: something is neither.
    """
    try:
        return tuple(ipaddress.ip_network(each) for each in given.replace(",", " ").split())
    except ValueError as error:
        raise SettingsError(f"setting {setting!r}: {error}") from error


def is_in(address: str, networks: Networks) -> bool:
    """Whether an address is in one of the networks; what is no address is in none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in each for each in networks)


def customer_of(address: str) -> str:
    """An address, or of IPv6 the network that a provider gives to one customer."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6:
        return str(ipaddress.ip_network((found, _PREFIX), strict=False))
    return str(found)


def peer_of(connection: HTTPConnection) -> Peer:
    """The peer of a request that has come through :class:`Forwarded`."""
    peer: Peer = connection.scope[KEY]
    return peer


def below_root(scope: Scope) -> str:
    """The path of a request below that of the application that it has come to."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


class Forwarded:
    """Takes over what a trusted proxy tells of a request, and removes what anybody else does.

    Client, scheme and host are from then on those of the browser. Paths are given with
    ``root_path`` in front, as ASGI has them, whether the proxy has taken it off or not.
    """

    def __init__(self, app: ASGIApp, *, trusted: Networks, root_path: str = "") -> None:
        self._app = app
        self._trusted = trusted
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as the browser sent it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": list(scope["headers"])}
        address = (scope.get("client") or ("", 0))[0]
        headers = MutableHeaders(scope=scope)
        scope[KEY] = Peer(address, forwarded=any(name in headers for name in FORWARDED))
        if is_in(address, self._trusted):
            self._take_over(scope, headers)
        for name in FORWARDED:
            del headers[name]
        if self._root_path:
            path: str = scope["path"]
            if path == self._root_path and scope["type"] == "http":
                await RedirectResponse(self._root_path + "/")(scope, receive, send)
                return
            if not path.startswith(self._root_path + "/"):
                scope["path"] = self._root_path + path
                scope["raw_path"] = None
            scope["root_path"] = self._root_path
        await self._app(scope, receive, send)

    def _take_over(self, scope: Scope, headers: MutableHeaders) -> None:
        client = _client(headers, self._trusted)
        if client:
            scope["client"] = (client, 0)
        scheme = _first(headers, "x-forwarded-proto")
        if scheme in ("http", "https"):
            scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        host = _first(headers, "x-forwarded-host")
        if host:
            headers["host"] = host


def _client(headers: Headers, trusted: Networks) -> str:
    """Who the outermost trusted proxy was asked by: what is before may be made up."""
    told = ",".join(headers.getlist("x-forwarded-for")).split(",")
    addresses = [_bare(each) for each in told if each.strip()]
    beyond = (each for each in reversed(addresses) if not is_in(each, trusted))
    return next(beyond, addresses[0] if addresses else "")


def _bare(given: str) -> str:
    """An address without a port."""
    given = given.strip()
    if given.startswith("["):
        return given[1:].partition("]")[0]
    return given.partition(":")[0] if given.count(":") == 1 else given


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, "").partition(",")[0].strip()
