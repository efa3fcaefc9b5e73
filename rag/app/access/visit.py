"""What is known of the visitor of a request: who it is, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import HTTPConnection

from rag.app.access.collections import Collection
from rag.app.access.identity import Identity, Role
from rag.app.access.limits import Limits
from rag.app.access.needs import Action
from rag.app.access.trail import Trail
from rag.language.translation import N_

KEY: Final = "footnote.visit"
"""Where the scope of a request has the visit."""


NOT_RECORDED: Final = N_("nothing is done here that cannot be recorded: tell whoever runs it")


@dataclass(frozen=True, slots=True)
class Visit:
    """A request as the middleware has let it pass.

    ``read_only`` says in words why the visitor may not change the library, None if they may.
    ``collection`` is None where the server has only one, without a name; ``readable`` are those
    that the visitor may read. ``log_out`` is the path that ends the session, None without one.
    ``details`` is what a route adds to the line that the trail gets of the request.
    """

    identity: Identity
    role: Role
    read_only: str | None = None
    collection: Collection | None = None
    readable: tuple[Collection, ...] = ()
    log_out: str | None = None
    trail: Trail | None = None
    limits: Limits | None = None
    details: dict[str, str] = field(default_factory=dict)

    def charge(self, action: Action | None) -> None:
        """Count an action of this visitor.

        Raises:
            TooMany: it is one too many in a minute.
        """
        if self.limits is not None:
            self.limits.charge(action, self.identity)

    def note(self, action: str, *, status: int | None = None, question: str = "") -> None:
        """Append a line to the trail, if there is one.

        Raises:
            OSError: it cannot be written.
        """
        if self.trail is not None:
            self.trail.note(
                action,
                self.identity,
                collection=self.collection.name if self.collection else None,
                subject=self.details.get("subject", ""),
                question=self.details.get("question", question),
                status=status,
            )


def visit_of(connection: HTTPConnection) -> Visit:
    """The visit that a request belongs to.

    Raises:
        KeyError: it has not come through the middleware.
    """
    visit: Visit = connection.scope[KEY]
    return visit


def add_details(connection: HTTPConnection, *, subject: str = "", question: str = "") -> None:
    """Tell the trail what a request is about: documents by their ids, the words of a question."""
    found = (("subject", subject), ("question", question))
    visit_of(connection).details.update({name: words for name, words in found if words})


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
