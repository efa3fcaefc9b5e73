"""Who is asking, and which of the entries in a list of readers or editors mean them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

EVERYBODY: Final = "*"
"""The entry that means everybody who is logged in."""


class Role(IntEnum):
    """What somebody may do in a collection; each role may do what those before it may."""

    READER = 1
    EDITOR = 2
    ADMINISTRATOR = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who asks. Without log-in ``user`` is empty, and ``address`` all that is known.

    ``email`` is one that whoever logged them in vouches for. ``here`` says that they sit at this
    machine, with no proxy between. ``key_role`` is the most that the key of a program allows.
    """

    user: str = ""
    email: str = ""
    name: str = ""
    groups: frozenset[str] = frozenset()
    address: str | None = None
    here: bool = False
    key_role: Role | None = None

    @property
    def is_known(self) -> bool:
        """Whether they are logged in."""
        return bool(self.user)

    @property
    def label(self) -> str:
        """How they are called in records: their address of mail, or else the name of the user."""
        return self.email or self.user

    @property
    def shown(self) -> str:
        """How they are called on the page."""
        return self.name or self.label


def is_meant(entry: str, identity: Identity) -> bool:
    """Whether an entry of a list means somebody.

    ``*`` is everybody who is logged in. ``user:NAME``, or an address of mail, is one user;
    ``group:NAME``, or any other word, is a group. A user can therefore not become a group by
    choosing its name.
    """
    if not identity.is_known:
        return False
    if entry == EVERYBODY:
        return True
    kind, colon, name = entry.partition(":")
    if colon and kind == "group":
        return name in identity.groups
    if colon and kind == "user":
        return name == identity.user or _same_mail(name, identity)
    if "@" in entry:
        return _same_mail(entry, identity)
    return entry in identity.groups


def _same_mail(name: str, identity: Identity) -> bool:
    return bool(identity.email) and name.casefold() == identity.email.casefold()
