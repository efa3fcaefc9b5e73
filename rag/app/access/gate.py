"""What the middleware knows: how people are identified, the collections, and what is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from rag.app.access.collections import Collection, read_collections
from rag.app.access.forwarded import LOOPBACK, Networks, is_in, parse_networks, peer_of
from rag.app.access.identity import Identity, Role
from rag.app.access.limits import Limits
from rag.app.access.policy import Policy, is_loopback
from rag.app.access.trail import Trail
from rag.app.access.visit import Visit
from rag.errors import SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.app.access.oidc import Door

_ROLES: Final = {"reader": Role.READER, "editor": Role.EDITOR}


class KeyHolder(Protocol):
    """The program that a key was made for; ``role`` is reader or editor."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def role(self) -> str:
        """What it may do at most."""


IdentifyKey = Callable[[Headers], KeyHolder | None]
"""Who holds the key in the headers of a request; None without one that is known."""


def _no_keys(_headers: Headers) -> KeyHolder | None:
    return None


class NotIdentified(Exception):
    """Nobody has logged in, where that is asked for."""


@dataclass(frozen=True, slots=True)
class Gate:
    """How the settings say that access is decided; made by :func:`open_gate`.

    ``collections`` is empty where there is one only, without a name. ``proxies`` are those whose
    word counts on who somebody is. ``door`` is where people log in here, None if they do not.
    """

    settings: Settings
    policy: Policy
    collections: tuple[Collection, ...] = ()
    proxies: Networks = ()
    key_holder: IdentifyKey = _no_keys
    door: Door | None = None
    trail: Trail | None = None
    limits: Limits | None = None

    @property
    def trusted(self) -> Networks:
        """The proxies that are believed on the address, scheme and host of a request."""
        return self.proxies or LOOPBACK

    def identify(self, connection: HTTPConnection) -> Identity:
        """Who sent a request.

        Raises:
            NotIdentified: somebody has to log in first.
        """
        peer = peer_of(connection)
        address = connection.client.host if connection.client else ""
        here = is_loopback(peer.address) and not peer.forwarded
        # The one place where the keys of programs are looked at.
        holder = self.key_holder(connection.headers)
        if holder is not None:
            return Identity(
                user=f"key:{holder.name}", address=address, key_role=_ROLES[holder.role]
            )
        if self.settings.auth == "none":
            return Identity(address=address, here=here)
        if self.settings.auth == "proxy" and is_in(peer.address, self.proxies):
            found = self._told(connection.headers, address)
            if found is not None:
                return found
        if self.door is not None:
            found = self.door.identity(connection)
            if found is not None:
                return found
        raise NotIdentified

    @property
    def names(self) -> str:
        """The names by which the page may be asked for, beside those of this machine."""
        back = urlsplit(self.settings.oidc_redirect).hostname
        return f"{self.settings.hosts} {back or ''}"

    def _told(self, headers: Headers, address: str) -> Identity | None:
        """Whom a trusted proxy names; None if it names nobody."""
        settings = self.settings
        email = headers.get(settings.proxy_email_header, "").strip()
        user = headers.get(settings.proxy_user_header, "").strip() or email
        if not user:
            return None
        groups = ",".join(headers.getlist(settings.proxy_groups_header)).split(",")
        known = frozenset(each.strip() for each in groups if each.strip())
        return Identity(user, email, user, known, address)

    @property
    def identity_headers(self) -> tuple[str, ...]:
        """The headers that say who somebody is; from a trusted proxy they count, else they go."""
        settings = self.settings
        named = (
            settings.proxy_user_header,
            settings.proxy_email_header,
            settings.proxy_groups_header,
        )
        return tuple(name.casefold() for name in named)

    def collection(self, name: str) -> Collection | None:
        """The collection of this name."""
        return next((each for each in self.collections if each.name == name), None)

    def visit(self, identity: Identity, collection: Collection | None) -> Visit | None:
        """What somebody may do in a collection; None if they may not know of it."""
        role = self.policy.role(identity, collection)
        if role is None:
            return None
        return Visit(
            identity,
            role,
            self.policy.read_only(identity, role),
            collection,
            self.readable(identity),
            self._log_out(identity),
            self.trail,
            self.limits,
        )

    def _log_out(self, identity: Identity) -> str | None:
        if self.door is None or identity.key_role is not None:
            return None
        return self.settings.root_path.rstrip("/") + "/auth/log-out"

    def readable(self, identity: Identity) -> tuple[Collection, ...]:
        """The collections that somebody may read, in the order of the file."""
        return tuple(e for e in self.collections if self.policy.role(identity, e) is not None)


def open_gate(settings: Settings, *, keys: IdentifyKey = _no_keys) -> Gate:
    """The gate that the settings describe; ``keys`` tells who holds the key of a request.

    Raises:
        SettingsError: something that is needed is missing or cannot be understood.
    """
    proxies = parse_networks(settings.trusted_proxies, setting="trusted_proxies")
    if settings.auth == "proxy" and not proxies:
        raise SettingsError(
            "setting 'auth' is proxy, but no proxy is trusted: "
            "set RAG_TRUSTED_PROXIES to its address"
        )
    collections = read_collections(settings.collections) if settings.collections else ()
    door = None
    if settings.auth == "oidc":
        try:
            from rag.app.access.oidc import Door
        except ImportError as error:
            raise SettingsError(
                "setting 'auth' is oidc, which needs more: pip install 'footnote-rag[oidc]'"
            ) from error
        entries = frozenset[str]().union(*(each.entries for each in collections))
        door = Door(settings, groups={each.removeprefix("group:") for each in entries})
    trail = Trail(settings.audit, settings.audit_questions) if settings.audit else None
    if trail is not None:
        trail.check()
    limits = Limits(settings)
    return Gate(settings, Policy(settings), collections, proxies, keys, door, trail, limits)
