"""Which role somebody has: from the setting ``editing`` without log-in, or else from the lists."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from rag.app.access.collections import Collection
from rag.app.access.identity import EVERYBODY, Identity, Role
from rag.language.translation import _
from rag.settings import Settings

_NO_EDITOR: Final = (
    "this key is for reading: to add or remove documents, use one made with "
    "'rag keys add NAME --role editor'"
)


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine and can be reached from it alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules. Everything is told for one somebody in one collection, None for the only one."""

    settings: Settings

    def role(self, identity: Identity, collection: Collection | None) -> Role | None:
        """The role; None for who may not even know that the collection is there."""
        role = self._role(identity, collection)
        if role is not None and identity.key_role is not None:
            role = min(role, identity.key_role)
        return role

    def _role(self, identity: Identity, collection: Collection | None) -> Role | None:
        if self.settings.auth == "none" and not identity.is_known:
            if collection is not None and not (identity.here or EVERYBODY in collection.entries):
                return None
            may_change = self._closed(identity) is None
            return Role.ADMINISTRATOR if may_change else Role.READER
        if not identity.is_known:
            return None
        if collection is not None:
            role = collection.role(identity)
        elif identity.key_role is not None:
            role = identity.key_role
        else:
            role = Role.EDITOR if self.settings.editing == "always" else Role.READER
        if role is not None and self.settings.editing == "never":
            role = Role.READER
        return role

    def read_only(self, identity: Identity, role: Role) -> str | None:
        """Why somebody with a role may not change the library, in words; None if they may."""
        if role >= Role.EDITOR:
            return None
        if identity.key_role is not None and self.settings.editing != "never":
            return _NO_EDITOR
        if self.settings.auth == "none" or self.settings.editing == "never":
            closed = self._closed(identity)
            if closed is not None:
                return closed
        return _(
            "You may read this collection, but not change it. Whoever runs the page can allow it."
        )

    def _closed(self, identity: Identity) -> str | None:
        """Why nobody without log-in may change the library from where this somebody is."""
        if self.settings.editing == "always":
            return None
        if self.settings.editing == "never":
            return _(
                "This library is read-only here: it was started with editing switched off "
                "(RAG_EDITING=never)."
            )
        if not is_loopback(self.settings.host):
            return _(
                "This library is read-only here, because the page can be reached from other "
                "machines. Whoever runs it can add reports with “rag ingest”, or allow it for "
                "everybody with RAG_EDITING=always."
            )
        if not identity.here:
            return _(
                "This library can be changed only from the machine that it runs on "
                "(RAG_EDITING=local)."
            )
        return None
