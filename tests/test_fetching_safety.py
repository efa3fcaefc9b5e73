"""Only public addresses, on every hop; no proxies, no logs, no unproven servers."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
import web_support
from web_support import PAGE, Server, answer, names, only, redirect, refusal

from rag.ingest.fetch import Fetched, Network, fetch, is_public
from rag.ingest.fetch.network import Address
from rag.settings import Settings

# Fixtures are found by their names in this module.
server, bystander = web_support.server, web_support.bystander
settings, get = web_support.settings, web_support.get

# Addresses


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.0.0.2", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("0.0.0.0", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1"),
        *("240.0.0.1", "255.255.255.255", "192.88.99.1"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:7f00:1::1", "2002:a00:1::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "3fff::1", "5f00::1", "100::1"),
    ],
)
def test_inside_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address), 443)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "151.101.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses_are(address: str) -> None:
    assert is_public(ip_address(address), 443)
    assert not any(is_public(ip_address(address), port) for port in (0, 21, 22, 25, 6379, 9200))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://example.org/a", "ftp: addresses are not fetched"),
        ("file:///etc/passwd", "file: addresses are not fetched"),
        ("javascript:alert(1)", "javascript: addresses are not fetched"),
        ("data:text/html,x", "data: addresses are not fetched"),
        ("example.org/a", "without http"),
        ("", "without http"),
        ("http://", "no valid host"),
        ("http://a b/", "no valid host"),
        ("http://[::1%25lo]/", "no valid host"),
        ("http://a.org:x/", "no web address"),
        ("http://0177.0.0.1/", "no web address"),
        ("http://a\n.org/", "no web address"),
        ("https://user:secret@example.org/?key=secret", "user name or password"),
        ("https://secret@example.org/", "user name or password"),
        ("http://evil.org\\@127.0.0.1/", "user name or password"),
        ("http://no-such-host.invalid/", "there is no server named no-such-host.invalid"),
    ],
)
def test_what_is_no_address_on_the_web(settings: Settings, address: str, says: str) -> None:
    message = refusal(lambda: fetch(address, settings=settings))
    assert says in message
    assert "secret" not in message


INSIDE = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://inside.test/",
    "http://metadata.test/",
    "http://mixed.test:{port}/",
    "//127.0.0.2:{port}/",
]


@pytest.mark.parametrize("target", INSIDE)
def test_inside_is_refused_at_once_and_on_redirect(
    server: Server, bystander: Server, settings: Settings, target: str
) -> None:
    target = target.format(port=bystander.port)
    if not target.startswith("//"):
        direct = refusal(lambda: fetch(target, settings=settings, network=only(server)))
        assert "is not a public web server" in direct
    server.routes["/"] = redirect(target)
    message = refusal(lambda: fetch(server.url("/"), settings=settings, network=only(server)))
    assert "is not a public web server" in message
    assert message.startswith(server.url("/"))


def test_by_default_not_even_this_machine_is_reached(bystander: Server, settings: Settings) -> None:
    assert "not a public web server" in refusal(
        lambda: fetch(bystander.url("/"), settings=settings)
    )


def test_other_ports_of_a_permitted_address_are_refused(
    server: Server, bystander: Server, settings: Settings
) -> None:
    server.routes["/"] = redirect(f"http://127.0.0.1:{bystander.port}/")
    refusal(lambda: fetch(server.url("/"), settings=settings, network=only(server)))


def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(
    server: Server, settings: Settings
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[Address]:  # noqa: ARG001
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    server.routes["/"] = answer()
    network = Network(permitted=only(server).permitted, resolve=rebinding)
    address = server.url("/", "rebinding.test")
    assert fetch(address, settings=settings, network=network).content == PAGE
    assert asked == ["rebinding.test"]
    assert f"Host: rebinding.test:{server.port}\r\n" in server.requests[0]
    assert "not a public web server" in refusal(
        lambda: fetch(address, settings=settings, network=network)
    )


def test_the_next_address_is_tried_when_one_does_not_answer(
    server: Server, settings: Settings
) -> None:
    server.routes["/"] = answer()

    def two(host: str, port: int) -> list[Address]:  # noqa: ARG001
        return [ip_address("::1"), ip_address("127.0.0.1")]

    network = Network(permitted=lambda _address, _port: True, resolve=two)
    url = server.url("/", "reports.test")
    assert fetch(url, settings=settings, network=network).content == PAGE


# Redirects


def test_redirects_are_followed_without_cookies(
    get: Callable[..., Fetched], server: Server
) -> None:
    for step, status in enumerate(["301 A", "302 B", "303 C", "307 D", "308 E"]):
        server.routes[f"/{step}"] = redirect(f"/{step + 1}?x=ä#y", status)
    server.routes["/5"] = answer()
    fetched = get("/0")
    assert fetched.url == server.url("/5?x=%C3%A4")
    assert len(server.requests) == 6
    assert not any("cookie" in request.lower() for request in server.requests)


def test_six_redirects_are_too_many(get: Callable[..., Fetched], server: Server) -> None:
    assert "redirects more than 5 times" in refusal(lambda: get("/a", redirect("/a")))
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("file:///etc/passwd", "file: addresses are not fetched"),
        ("ftp://127.0.0.1/", "ftp: addresses are not fetched"),
        ("javascript:alert(1)", "javascript: addresses are not fetched"),
        ("gopher://127.0.0.1:25/", "gopher: addresses are not fetched"),
        ("http://user:secret@127.0.0.1/", "user name or password"),
        ("http://a:b:c/", "no web address"),
    ],
)
def test_redirects_out_of_the_web(get: Callable[..., Fetched], target: str, says: str) -> None:
    message = refusal(lambda: get("/a", redirect(target)))
    assert says in message
    assert "secret" not in message


# Discretion and encryption


def test_proxies_of_the_environment_are_not_used(
    get: Callable[..., Fetched], bystander: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{bystander.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert get("/a", answer()).content == PAGE


def test_nothing_is_logged(get: Callable[..., Fetched], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        get("/a?key=secret", answer())
    assert caplog.records == []
    with caplog.at_level(logging.DEBUG):
        get("/a?key=secret", answer())
    assert "secret" not in caplog.text


@dataclass(frozen=True)
class Certificate:
    """A key and its certificate for one host, which vouches for itself."""

    key: Path
    path: Path

    def server(self) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return Server(tls=context)

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "key.pem", folder / "certificate.pem")
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=reports.test", "-addext", "subjectAltName=DNS:reports.test"]
    files = ["-keyout", str(made.key), "-out", str(made.path), "-days", "2"]
    subprocess.run(["openssl", "req", *options, *names, *files], check=True, capture_output=True)
    return made


@pytest.fixture
def secure(certificate: Certificate) -> Iterator[Server]:
    one = certificate.server()
    yield one
    one.listener.close()


def test_the_certificate_is_that_of_the_name(
    secure: Server, certificate: Certificate, settings: Settings
) -> None:
    seen: list[str | None] = []
    assert secure.tls
    secure.tls.sni_callback = lambda _socket, name, _context: seen.append(name)
    secure.routes["/a"] = answer()
    network = only(secure, certificate.trusted())
    address = secure.url("/a", "reports.test", "https")
    assert fetch(address, settings=settings, network=network).url == address
    assert seen == ["reports.test"]
    assert f"Host: reports.test:{secure.port}\r\n" in secure.requests[0]
    other = secure.url("/a", "other.test", "https")
    message = refusal(lambda: fetch(other, settings=settings, network=network))
    assert "cannot prove who it is" in message


def test_a_certificate_that_nobody_vouches_for(secure: Server, settings: Settings) -> None:
    secure.routes["/a"] = answer()
    address = secure.url("/a", "reports.test", "https")
    message = refusal(lambda: fetch(address, settings=settings, network=only(secure)))
    assert "cannot prove who it is" in message
    assert secure.requests == []


def test_from_https_to_http_is_no_way(
    secure: Server, certificate: Certificate, settings: Settings, bystander: Server
) -> None:
    secure.routes["/a"] = redirect(f"http://reports.test:{bystander.port}/b")
    network = Network(lambda _address, _port: True, names, certificate.trusted())
    address = secure.url("/a", "reports.test", "https")
    message = refusal(lambda: fetch(address, settings=settings, network=network))
    assert "redirects from https to http" in message
