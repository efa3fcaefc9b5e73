"""Sessions of people who have logged in: a signed cookie, nothing of which is kept here."""

from __future__ import annotations

import secrets
import threading
import time
from typing import Any, Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

from rag.app.access.identity import Identity

COOKIE: Final = "footnote-session"
"""The cookie with the session; scripts cannot read it."""


class Sessions:
    """Makes and reads session cookies. They end after ``seconds``, or when somebody logs out.

    ``purpose`` is signed along, so that what was signed for another use or another server of
    log-ins counts for nothing. The same ``secret`` keeps sessions valid over a restart.
    """

    def __init__(self, secret: str, *, seconds: int, purpose: str) -> None:
        self.seconds = seconds
        self._signer = URLSafeTimedSerializer(secret, salt=f"footnote {purpose}")
        self._ended: dict[str, float] = {}  # sessions that were left early, until they end
        self._lock = threading.Lock()

    def begin(self, identity: Identity) -> str:
        """The value of the cookie for somebody who has logged in."""
        kept = {
            "id": secrets.token_urlsafe(12),
            "user": identity.user,
            "email": identity.email,
            "name": identity.name,
            "groups": sorted(identity.groups),
        }
        return self.sign(kept)

    def identity(self, cookie: str, address: str | None) -> Identity | None:
        """Who a cookie belongs to; None if it is not ours, was changed, or has ended."""
        kept = self.read(cookie)
        if kept is None or kept["id"] in self._ended:
            return None
        groups = frozenset(kept["groups"])
        return Identity(kept["user"], kept["email"], kept["name"], groups, address)

    def end(self, cookie: str) -> None:
        """Have a session count no longer, wherever its cookie may be."""
        kept = self.read(cookie)
        if kept is None:
            return
        now = time.time()
        with self._lock:
            self._ended = {name: until for name, until in self._ended.items() if until > now}
            self._ended[kept["id"]] = now + self.seconds

    def sign(self, kept: dict[str, Any]) -> str:
        """An object as the value of a cookie."""
        return str(self._signer.dumps(kept))

    def read(self, cookie: str) -> dict[str, Any] | None:
        """The object of a cookie; None if it was changed or is too old."""
        try:
            kept: dict[str, Any] = self._signer.loads(cookie, max_age=self.seconds)
        except BadSignature:  # one that is too old is one of these
            return None
        return kept
