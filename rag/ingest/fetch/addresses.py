"""Web addresses: which are accepted, how they are shown, and which of them are the same."""

from __future__ import annotations

import re
from typing import Final

import httpx

from rag.errors import AddressRefused

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|(?=[^:]*:)[0-9a-f:.]+", re.IGNORECASE)

# What newsletters, social networks and advertisers append; the page is the same without it.
_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|gclsrc|dclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|_hsenc|_hsmi)"
    r"(?:=|$)",
    re.IGNORECASE,
)

_LONGEST_SHOWN = 200


def parse(text: str) -> httpx.URL:
    """``text`` as an address that may be fetched: http or https, a host, no credentials.

    Fragment, default port and the dot at the end of a complete host name are left out.

    Raises:
        AddressRefused: it is anything else; the message does not repeat credentials.
    """
    try:
        return _checked(httpx.URL(text.strip()))
    except httpx.InvalidURL as error:
        raise AddressRefused("this is no web address; it looks like https://…") from error


def redirected(url: httpx.URL, location: str) -> httpx.URL:
    """Where the answer from ``url`` points to.

    Raises:
        AddressRefused: not an address that may be fetched, or from https to http.
    """
    try:
        target = _checked(url.join(location))
    except httpx.InvalidURL as error:
        raise AddressRefused("it redirects to something that is no web address") from error
    if url.scheme == "https" and target.scheme == "http":
        raise AddressRefused(
            "it redirects from https to http, where anyone on the way could change the text; "
            "save the page as a file and add that"
        )
    return target


def shown(url: httpx.URL | str) -> str:
    """The address for messages: without credentials and query, which may be secret."""
    try:
        parsed = httpx.URL(url) if isinstance(url, str) else url
    except httpx.InvalidURL:
        return "the address"
    text = str(parsed.copy_with(userinfo=b"", query=None, fragment=None))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def canonical(url: httpx.URL) -> httpx.URL:
    """The one address of a document that was fetched from ``url``: without tracking parameters.

    What a page itself says (``rel=canonical``) does not count: it could take the place of another.
    """
    if not url.query:
        return url.copy_with(query=None)
    parameters = url.query.decode("ascii").split("&")
    kept = "&".join(each for each in parameters if not _TRACKING.match(each))
    return url.copy_with(query=kept.encode("ascii") or None)


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in _DEFAULT_PORTS:
        what = f"{url.scheme[:20]}: addresses are" if url.scheme else "an address without http is"
        raise AddressRefused(f"{what} not fetched, only those with http:// or https://")
    if url.userinfo:
        raise AddressRefused(
            "addresses with a user name or password are not fetched; save the page as a file "
            "and add that"
        )
    host = url.raw_host.decode("ascii").removesuffix(".")
    if not _HOST.fullmatch(host):
        raise AddressRefused("there is no valid host in this address; it looks like https://…")
    port = None if url.port == _DEFAULT_PORTS[url.scheme] else url.port
    return url.copy_with(host=host, port=port, fragment=None)
