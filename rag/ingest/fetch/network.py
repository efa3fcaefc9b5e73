"""Connections to public addresses only, within one span of time.

The check sits where the socket is opened: the name is resolved once, every address that it has is
looked at, and one of those is connected to. The name itself is still what TLS verifies and what
the ``Host`` header says. So a name that resolves to something else a moment later gains nothing.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Thread
from typing import Any, Final, TypeVar

import httpcore
import httpx

from rag.errors import AddressRefused

Address = IPv4Address | IPv6Address
_T = TypeVar("_T")

PORTS: Final = frozenset({80, 443, 8080, 8443})

# Not for servers of documents, although Python (or an older one) counts them as global.
_SET_APART = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # relays that are no longer in use
    IPv6Network("3fff::/20"),  # documentation
)
_UNICAST = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 addresses as networks without IPv4 see them

# A server that does not answer at one of its addresses may do so at the next.
_CONNECT_SECONDS = 10.0


def is_public(address: Address, port: int) -> bool:
    """Whether anyone on the internet could connect there: no inside address, a port of the web."""
    return port in PORTS and _is_global(address)


def _is_global(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = IPv4Address(address.packed[-4:])
        if inner is not None:
            return _is_global(inner)
        if address not in _UNICAST:
            return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    apart = any(address.version == each.version and address in each for each in _SET_APART)
    return address.is_global and not special and not apart


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of ``host``, in the order of preference of this machine.

    Raises:
        OSError: there is no such host, or no name server answers.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    texts = dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found)
    return [ip_address(text) for text in texts]


@dataclass(frozen=True, slots=True)
class Network:
    """What a fetch may reach, and how. The default is the internet.

    ``permitted`` is asked about every address and port before it is connected to; ``resolve``
    turns a name into addresses, ``tls`` says whose certificates are believed (None: those of the
    public authorities).
    """

    permitted: Callable[[Address, int], bool] = is_public
    resolve: Callable[[str, int], Sequence[Address]] = resolve
    tls: ssl.SSLContext | None = None


class Deadline:
    """The end of a span of time that begins when this is made."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, more than zero.

        Raises:
            TimeoutError: none is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@contextmanager
def opened(
    url: httpx.URL, *, headers: Mapping[str, str], network: Network, deadline: Deadline
) -> Iterator[httpcore.Response]:
    """The answer to one GET request, its body not yet read; redirects are not followed.

    Raises:
        AddressRefused: the host is not known, or one of its addresses is not permitted.
        TimeoutError: the deadline passed; also while the body is read.
        httpcore.TimeoutException: the same, noticed while waiting.
        httpcore.NetworkError, httpcore.ProtocolError: no connection, or no proper answer.
    """
    target = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    tls = network.tls or (
        httpx.create_ssl_context(trust_env=False) if url.scheme == "https" else None
    )
    sent = {"Host": url.netloc.decode("ascii"), **headers, "Connection": "close"}
    backend = _Backend(network, deadline)
    with (
        httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
        pool.stream("GET", target, headers=list(sent.items())) as response,
    ):
        yield response


class _Backend(httpcore.NetworkBackend):
    """Resolves, checks, and connects to what was checked."""

    def __init__(self, network: Network, deadline: Deadline) -> None:
        self._network = network
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 the deadline is what counts
        local_address: str | None = None,
        socket_options: Any = None,  # noqa: ANN401 passed on as it is
    ) -> httpcore.NetworkStream:
        last: Exception | None = None
        for address in self._checked(host, port):
            seconds = min(_CONNECT_SECONDS, self._deadline.remaining())
            try:
                stream = self._inner.connect_tcp(
                    str(address), port, seconds, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
                continue
            return _Stream(stream, self._deadline)
        raise httpcore.ConnectError("no address of the server answers") from last

    def _checked(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of ``host``, all of them permitted.

        One that is not spoils the others: whoever answers for the name decides which comes first.
        """
        try:
            addresses = _within(
                self._deadline.remaining(), lambda: self._network.resolve(host, port)
            )
        except (OSError, UnicodeError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise AddressRefused(
                f"there is no server named {host}, or no network; check the spelling"
            ) from error
        if not addresses or not all(self._network.permitted(each, port) for each in addresses):
            raise AddressRefused(
                f"{host}, port {port}, is not a public web server; only those are fetched from: "
                "save the page as a file and add that"
            )
        return addresses


def _within(seconds: float, work: Callable[[], _T]) -> _T:
    """The result of ``work``, which cannot be interrupted, unless it takes longer."""
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection on which nothing lasts beyond the deadline, however little arrives at a time."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, self._deadline.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._deadline.remaining())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, self._deadline.remaining())
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 as the library has it
        return self._inner.get_extra_info(info)
