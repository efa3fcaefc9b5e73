"""What is fetched: content, name, address, characters; and bad answers, within bounds."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import datetime

import pytest
import web_support
from web_support import PAGE, PDF, Behaviour, Server, answer, drip, only, redirect, refusal

from rag.errors import LimitExceeded
from rag.ingest.fetch import Fetched, Network, fetch
from rag.ingest.fetch.addresses import canonical, parse
from rag.ingest.fetch.network import Address
from rag.readers import media_type_of, read
from rag.settings import Settings, load_settings

# Fixtures are found by their names in this module.
server, settings, get = web_support.server, web_support.settings, web_support.get

# What is fetched


def test_a_page(get: Callable[..., Fetched], server: Server) -> None:
    fetched = get("/reports/2019.html?id=7&utm_source=mail#part", answer())
    assert fetched.content == PAGE
    assert fetched.name == "2019.html"
    assert fetched.url == server.url("/reports/2019.html?id=7")
    assert datetime.fromisoformat(fetched.retrieved).utcoffset() is not None
    request = server.requests[0]
    assert request.startswith("GET /reports/2019.html?id=7&utm_source=mail HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in request
    assert "User-Agent: Footnote/" in request


@pytest.mark.parametrize(
    ("path", "media_type", "disposition", "body", "name"),
    [
        ("/a.pdf", "application/pdf", "", PDF, "a.pdf"),
        ("/download.php", "application/pdf", "", PDF, "download.php.pdf"),
        ("/get", "application/pdf", 'attachment; filename="Annual Report.pdf"', PDF, None),
        ("/x", "application/pdf", "attachment; filename*=UTF-8''%C3%84.pdf", PDF, "Ä.pdf"),
        ("/x", "application/pdf", 'attachment; filename="..\\..\\a|b.pdf"', PDF, "a|b.pdf"),
        ("/x", "application/pdf", 'attachment; filename="/etc/passwd"', PDF, "passwd.pdf"),
        ("/x", "application/octet-stream", "", PDF, "x.pdf"),
        ("/x.pdf", "", "", PDF, "x.pdf"),
        ("/", "text/html; charset=utf-8", "", PAGE, "127.0.0.1.html"),
        ("/%2e%2e%2f%00a%0ab", "TEXT/HTML", "", PAGE, "ab.html"),
        ("/notes.md", "text/plain", "", b"# Notes\n", "notes.md"),
        ("/notes", "text/plain", "", b"Notes\n", "notes.txt"),
        ("/p.xhtml", "application/xhtml+xml", "", b"<?xml version='1.0'?>" + PAGE, "p.xhtml"),
    ],
)
def test_the_name_says_the_type_and_leads_nowhere(
    get: Callable[..., Fetched],
    path: str,
    media_type: str,
    disposition: str,
    body: bytes,
    name: str | None,
) -> None:
    headers = [f"Content-Disposition: {disposition}"] if disposition else []
    fetched = get(path, answer(body, *headers, media_type=media_type))
    assert fetched.name == (name or "Annual Report.pdf")
    assert media_type_of(fetched.name, fetched.content)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.org/p?utm_campaign=x&id=1&fbclid=2", "https://a.org/p?id=1"),
        ("HTTPS://A.org:443/p#top", "https://a.org/p"),
        ("https://a.org./p?", "https://a.org/p"),
        ("https://a.org/p?gclid=1", "https://a.org/p"),
        ("https://a.org/p?utm=1&%20=%2F", "https://a.org/p?utm=1&%20=%2F"),
    ],
)
def test_the_same_document_has_one_address(address: str, expected: str) -> None:
    found = canonical(parse(address))
    assert str(found) == expected
    assert canonical(found) == found


def test_a_page_cannot_take_the_address_of_another(
    get: Callable[..., Fetched], server: Server
) -> None:
    page = b'<html><head><link rel="canonical" href="/report"></head><p>Text.</p>'
    server.routes["/blog/comment"] = answer(page)
    found = get("/short", redirect("/blog/comment?utm_id=3#x"))
    assert found.url == server.url("/blog/comment")


def test_what_is_nearly_a_page_is_seen_to_be_none_at_once(get: Callable[..., Fetched]) -> None:
    begun = time.monotonic()
    found = get("/notes.txt", answer(b" <!---->" * 500 + b"<", media_type="text/plain"))
    assert time.monotonic() - begun < 5
    assert found.name == "notes.txt"


def text_of(fetched: Fetched) -> str:
    media_type = media_type_of(fetched.name, fetched.content)
    return read(fetched.content, name=fetched.name, media_type=media_type).text


@pytest.mark.parametrize(
    ("words", "encoding", "charset", "meta"),
    [
        ("Безнаказанность оставалась проблемой", "cp1251", "windows-1251", ""),
        ("Безнаказанность оставалась", "koi8-r", "KOI8-R", "windows-1251"),
        ("Безнаказанность", "iso8859-5", '"iso-8859-5"', "utf-8"),
        ("免責は問題のままだった。", "iso2022_jp", "iso-2022-jp", ""),
        ("免責は問題のままだった。①", "cp932", "Shift_JIS", ""),
        ("Straflosigkeit – „ein Übel“", "cp1252", "ISO-8859-1", ""),
        ("Straflosigkeit – „ein Übel“", "utf-8", "ISO-8859-1", ""),
        ("Straflosigkeit – „ein Übel“", "utf-8-sig", "windows-1251", ""),
        ("Straflosigkeit – „ein Übel“", "utf-8", "punycode", ""),
        ("Straflosigkeit – „ein Übel“", "utf-16", "utf-16", ""),
        ("مشكلة الإفلات من العقاب", "utf-16-le", "utf-16le", ""),
    ],
)
def test_the_charset_of_the_header_reaches_the_reader(
    get: Callable[..., Fetched], words: str, encoding: str, charset: str, meta: str
) -> None:
    page = f'<html><head><meta charset="{meta}"></head><body><p>{words}</p></body></html>'
    fetched = get("/p", answer(page.encode(encoding), media_type=f"text/html; charset={charset}"))
    assert text_of(fetched) == words
    plain = get("/t", answer(words.encode(encoding), media_type=f"text/plain; charset={charset}"))
    assert text_of(plain) == words


def test_bytes_are_left_alone_where_no_charset_is_said(get: Callable[..., Fetched]) -> None:
    page = "<html><meta charset=windows-1251><p>Проблема</p>".encode("cp1251")
    fetched = get("/p", answer(page))
    assert fetched.content == page
    assert text_of(fetched) == "Проблема"


# Bad answers


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("404 Not Found", "no such page (404): check the address"),
        ("403 Forbidden", "(403): open it in a browser"),
        ("429 Too Many", "(429): wait"),
        ("500 Oops", "(500): try again later"),
        ("503 Oops", "(503): try again later"),
        ("204 No Content", "status 204"),
        ("206 Partial Content", "status 206"),
        ("300 Choices", "status 300"),
    ],
)
def test_status_in_words(get: Callable[..., Fetched], status: str, says: str) -> None:
    message = refusal(lambda: get("/a?key=secret", answer(b"", status=status)))
    assert says in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("body", "media_type", "says"),
    [
        (PDF, "text/html", "says that this is text/html, but sends a PDF"),
        (PAGE, "application/pdf", "application/pdf, but sends HTML: a page for signing in"),
        (PAGE, "text/plain", "says that this is text/plain, but sends HTML"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "text/html", "but sends a picture"),
        (b"PK\x03\x04" + bytes(50), "application/pdf", "but sends a ZIP archive"),
        (bytes(range(256)) * 9, "text/plain", "but sends something else"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4", "is video/mp4, and cannot be read"),
        (b"MZ" + bytes(80), "application/octet-stream", "does not say what it is"),
        (b"x", "no type", "does not say what it is"),
        (b"", "text/html", "an empty page"),
        (b" \r\n ", "text/html", "an empty page"),
    ],
)
def test_wrong_types_are_named(
    get: Callable[..., Fetched], body: bytes, media_type: str, says: str
) -> None:
    assert says in refusal(lambda: get("/a", answer(body, media_type=media_type)))


def test_a_body_shorter_than_promised_is_cut_off(get: Callable[..., Fetched]) -> None:
    assert "cut off" in refusal(lambda: get("/a", answer(PAGE, "Content-Length: 5000")))


def test_no_answer_of_a_web_server(get: Callable[..., Fetched]) -> None:
    banner = b"220 mail.test ESMTP\r\n"
    assert "not that of a web server" in refusal(lambda: get("/a", lambda it: it.sendall(banner)))
    assert "not that of a web server" in refusal(lambda: get("/b", lambda _: None))
    endless = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000
    assert "not that of a web server" in refusal(lambda: get("/c", lambda it: it.sendall(endless)))


def test_nobody_listens(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    network = Network(permitted=lambda _address, _port: True)
    message = refusal(
        lambda: fetch(f"http://127.0.0.1:{port}/", settings=settings, network=network)
    )
    assert "cannot be reached" in message


# Bounds


@pytest.mark.parametrize("promised", ["Content-Length: 1000001", "Transfer-Encoding: chunked"])
def test_a_huge_body(get: Callable[..., Fetched], server: Server, promised: str) -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{promised}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(2000):
            connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            sent += 0x10000

    message = refusal(lambda: get("/a?key=1", pour), LimitExceeded)
    assert message.startswith(f"{server.url('/a')}: larger than 1 MB")
    assert "RAG_MAX_FILE_MEGABYTES" in message
    assert sent < 50_000_000


def test_exactly_the_limit_is_not_too_much(get: Callable[..., Fetched]) -> None:
    assert len(get("/a", answer(b"x" * 1_000_000, media_type="text/plain")).content) == 1_000_000


def test_gzip(get: Callable[..., Fetched], server: Server) -> None:
    two_members = gzip.compress(PAGE[:20], mtime=0) + gzip.compress(PAGE[20:], mtime=0) + bytes(10)
    assert get("/a", answer(two_members, "Content-Encoding: gzip")).content == PAGE
    assert "Accept-Encoding: gzip\r\n" in server.requests[0]


@pytest.mark.parametrize(
    ("body", "encoding", "says"),
    [
        (gzip.compress(PAGE, mtime=0)[:-12], "gzip", "cut off"),
        (gzip.compress(PAGE, mtime=0)[:-8] + b"x" * 8, "gzip", "damaged"),
        (PAGE, "gzip", "damaged"),
        (PAGE, "br", "compression that was not asked for"),
        (PAGE, "gzip, gzip", "compression that was not asked for"),
    ],
)
def test_bad_compression(
    get: Callable[..., Fetched], body: bytes, encoding: str, says: str
) -> None:
    assert says in refusal(lambda: get("/a", answer(body, f"Content-Encoding: {encoding}")))


def test_a_bomb_is_not_unpacked(get: Callable[..., Fetched]) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    assert len(bomb) < 300_000
    tracemalloc.start()
    refusal(lambda: get("/a", answer(bomb, "Content-Encoding: gzip")), LimitExceeded)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda _: time.sleep(20),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(HEAD, b"X: y\r\n"),
        drip(HEAD + b"\r\n<html>", b"x"),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        drip(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"", mtime=0)),
    ],
    ids=["silence", "interim", "headers", "body", "chunks", "empty-members"],
)
def test_nothing_lasts_longer_than_allowed(server: Server, behaviour: Behaviour) -> None:
    server.routes["/a"] = behaviour
    settings = load_settings(url_seconds=1)
    begun = time.monotonic()
    message = refusal(
        lambda: fetch(server.url("/a"), settings=settings, network=only(server)), LimitExceeded
    )
    assert "within 1 seconds" in message
    assert "RAG_URL_SECONDS" in message
    assert 0.9 < time.monotonic() - begun < 5


def test_a_name_server_that_never_answers(server: Server) -> None:
    def slow(host: str, port: int) -> list[Address]:  # noqa: ARG001
        time.sleep(20)
        return []

    network = Network(resolve=slow)
    settings = load_settings(url_seconds=1)
    begun = time.monotonic()
    refusal(lambda: fetch(server.url("/"), settings=settings, network=network), LimitExceeded)
    assert time.monotonic() - begun < 5
