"""What is known of the visitor of a request: who it is, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import HTTPConnection

from rag.app.access.collections import Collection
from rag.app.access.identity import Identity, Role

KEY: Final = "footnote.visit"
"""Where the scope of a request has the visit."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request as the middleware has let it pass.

    ``read_only`` says in words why the visitor may not change the library, None if they may.
    ``collection`` is None where the server has only one, without a name; ``readable`` are those
    that the visitor may read. ``log_out`` is the path that ends the session, None without one.
    """

    identity: Identity
    role: Role
    read_only: str | None = None
    collection: Collection | None = None
    readable: tuple[Collection, ...] = ()
    log_out: str | None = None


def visit_of(connection: HTTPConnection) -> Visit:
    """The visit that a request belongs to.

    Raises:
        KeyError: it has not come through the middleware.
    """
    visit: Visit = connection.scope[KEY]
    return visit


def page_facts(connection: HTTPConnection) -> dict[str, Any]:
    """What the page shows of a visit: the collections to switch to, and who is logged in."""
    visit = visit_of(connection)
    facts: dict[str, Any] = {}
    if visit.collection is not None:
        facts["collection"] = visit.collection.name
        facts["collections"] = [[each.name, each.title] for each in visit.readable]
    if visit.identity.is_known:
        facts["user"] = visit.identity.shown
        facts["log_out"] = visit.log_out
    return facts
