"""A real web server on this machine that behaves as badly as the web does.

The only address that is permitted beyond the public ones is the server's own. A second server, the
bystander, listens on every other door of this machine: nothing may ever connect to it.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest

from rag.errors import AddressRefused
from rag.ingest.fetch import Fetched, Network, fetch, is_public
from rag.ingest.fetch.network import Address, resolve
from rag.settings import Settings, load_settings

PAGE = b"<!doctype html><html><title>Report</title><body><p>Impunity remained a problem.</p></body>"
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\n%%EOF\n"

Behaviour = Callable[[socket.socket], None]


def answer(
    body: bytes = PAGE, *headers: str, status: str = "200 OK", media_type: str = "text/html"
) -> Behaviour:
    """A complete, honest answer, except where ``headers`` say otherwise."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if media_type:
        lines.append(f"Content-Type: {media_type}")
    if not any(line.lower().startswith("content-length") for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return lambda connection: connection.sendall(head + body)


def redirect(location: str, status: str = "302 Found") -> Behaviour:
    return answer(b"", f"Location: {location}", "Set-Cookie: seen=1", status=status)


def drip(start: bytes, piece: bytes) -> Behaviour:
    """Send ``piece`` again and again, often enough that no single wait is long."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(400):
            connection.sendall(piece)
            time.sleep(0.05)

    return behave


@dataclass
class Server:
    """A web server that answers each path with its behaviour, and remembers the requests."""

    address: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    routes: dict[str, Behaviour] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.listener = socket.create_server((self.address, 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request and (got := connection.recv(65536)):
                request += got
            self.requests.append(request.decode("latin-1"))
            target = request.split(b" ")[1].decode("latin-1") if request else "/"
            self.routes[target.partition("?")[0]](connection)
        except OSError:  # the client went away, as it should from some of these
            pass
        finally:
            connection.close()

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.listener.close()


@pytest.fixture
def bystander() -> Iterator[Server]:
    other = Server(address="0.0.0.0")
    yield other
    other.listener.close()
    assert other.connections == 0


@pytest.fixture
def settings() -> Settings:
    return load_settings(max_file_megabytes=1, url_seconds=20)


NAMES = {
    "reports.test": ["127.0.0.1"],
    "other.test": ["127.0.0.1"],
    "inside.test": ["10.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "mixed.test": ["127.0.0.1", "192.168.1.1"],
}


def names(host: str, port: int) -> list[Address]:
    """The names of these tests; anything else as the machine resolves it."""
    return [ip_address(each) for each in NAMES[host]] if host in NAMES else resolve(host, port)


def only(server: Server, tls: ssl.SSLContext | None = None) -> Network:
    """The internet, and this one server."""

    def permitted(address: Address, port: int) -> bool:
        return (str(address), port) == ("127.0.0.1", server.port) or is_public(address, port)

    return Network(permitted=permitted, resolve=names, tls=tls)


@pytest.fixture
def get(server: Server, settings: Settings) -> Callable[..., Fetched]:
    """Fetch a path of the server."""

    def get_one(path: str, behaviour: Behaviour | None = None, host: str = "127.0.0.1") -> Fetched:
        if behaviour:
            server.routes[path.partition("?")[0]] = behaviour
        return fetch(server.url(path, host), settings=settings, network=only(server))

    return get_one


def refusal(call: Callable[[], object], error: type[Exception] = AddressRefused) -> str:
    """The one line that ``call`` is refused with."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message
