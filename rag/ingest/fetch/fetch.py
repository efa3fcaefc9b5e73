"""One address to one document: every hop is checked before anything is connected to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpcore
import httpx

from rag import __version__
from rag.errors import AddressRefused, LimitExceeded
from rag.ingest.fetch.addresses import canonical, parse, redirected, shown
from rag.ingest.fetch.content import (
    ACCEPTED,
    ContentType,
    body_of,
    check_kept,
    in_utf8,
    is_text,
    name_of,
)
from rag.ingest.fetch.network import Deadline, Network, opened
from rag.language.finished_messages import later
from rag.settings import Settings

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {"User-Agent": f"Footnote/{__version__}", **ACCEPTED}

_BY_HAND = later("open it in a browser, save it and add the file")
_STATUS: Final = {
    401: later(f"wants a password (401): {_BY_HAND}"),
    403: later(f"refuses to show this page to programs (403): {_BY_HAND}"),
    404: later("has no such page (404): check the address"),
    407: later("is behind a proxy that wants a password (407): open it in a browser and save it"),
    410: later("has removed this page for good (410): look for a copy in a web archive"),
    429: later("was asked too often (429): wait some minutes and try again"),
    451: later(f"may not show this page here for legal reasons (451): {_BY_HAND}"),
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document from the web.

    ``content`` are its bytes; those of a text that the server declares in another charset are
    UTF-8 now. ``name`` tells the readers what it is, by a suffix that they know. ``url`` is the
    canonical address, the same however the document was reached; ``retrieved`` is ISO 8601 in UTC,
    to the second.
    """

    content: bytes
    name: str
    url: str
    retrieved: str


def fetch(url: str, *, settings: Settings, network: Network | None = None) -> Fetched:
    """The document at ``url``, within ``settings.url_seconds`` and ``max_file_megabytes``.

    At most five redirects are followed. ``network`` narrows or widens what may be reached; by
    default that is the public internet, on the ports of the web.

    Raises:
        AddressRefused: not a public web address, or what answers is not a document that can be
            read; the message begins with the address and says what to do.
        LimitExceeded: it is too large or takes too long; the message names the setting.
    """
    deadline = Deadline(settings.url_seconds)
    try:
        return _fetch(url, settings, network or Network(), deadline)
    except (AddressRefused, LimitExceeded) as error:
        raise type(error)(f"{shown(url)}: {error}") from error
    except (TimeoutError, httpcore.TimeoutException) as error:
        raise LimitExceeded(
            f"{shown(url)}: no complete answer within {settings.url_seconds} seconds; try again, "
            "or raise RAG_URL_SECONDS"
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise AddressRefused(f"{shown(url)}: {_in_words(error)}") from error


def _fetch(url: str, settings: Settings, network: Network, deadline: Deadline) -> Fetched:
    here = parse(url)
    for _ in range(_MOST_REDIRECTS + 1):
        with opened(here, headers=_HEADERS, network=network, deadline=deadline) as response:
            headers = httpx.Headers(response.headers)
            if response.status not in _REDIRECTS or "location" not in headers:
                return _read(here, response, headers, settings)
        here = redirected(here, headers["location"])
    raise AddressRefused(
        f"it redirects more than {_MOST_REDIRECTS} times; open it in a browser and copy the "
        "address that is shown there"
    )


def _read(
    url: httpx.URL, response: httpcore.Response, headers: httpx.Headers, settings: Settings
) -> Fetched:
    if response.status != 200:
        raise AddressRefused(f"the server {_status(response.status)}")
    most = settings.max_file_megabytes * 1_000_000
    content = body_of(headers, response.iter_stream(), most=most)
    retrieved = datetime.now(UTC).isoformat(timespec="seconds")
    if not content.strip():
        raise AddressRefused("it answers with an empty page; check the address")
    said = ContentType(headers.get("content-type", ""))
    name = name_of(url, headers, content)
    if is_text(name):
        content = in_utf8(content, charset=said.charset)
    check_kept(name, said.media_type, content)
    return Fetched(content, name, str(canonical(url)), retrieved)


def _status(status: int) -> str:
    if status in _STATUS:
        return _STATUS[status]
    if status >= 500:
        return later(f"has a problem of its own ({status}): try again later")
    return later(f"does not send the page (status {status}): {_BY_HAND}")


def _in_words(error: Exception) -> str:
    """What went wrong on the way; the library's own words may hold more than is to be shown."""
    cause: BaseException | None = error
    while cause is not None:
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return later(
                f"the server cannot prove who it is (its certificate is not valid); {_BY_HAND}"
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ConnectError):
        return later(
            "the server cannot be reached; check the address and the network, or try again"
        )
    if isinstance(error, httpcore.ProtocolError):
        return later(f"the answer is cut off or not that of a web server; try again, or {_BY_HAND}")
    return later("the connection broke; try again")
