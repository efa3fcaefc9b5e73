"""Keys of other programs: who calls, and what the caller may do.

The file that the setting ``api_keys`` names has one key a line: a name, a role, and the SHA-256 of
the key. The keys themselves are random and long, are shown once when they are made, and are kept
nowhere. With the setting a key is needed for every call, also while the file has none or is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from rag.errors import SettingsError
from rag.settings import Settings

Role = Literal["reader", "editor"]
"""What a key allows: to ask and to look things up, or to add and remove documents, too."""

_NAME: Final = re.compile(r"[A-Za-z0-9][\w.@-]{0,63}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_BEGINNING: Final = "fn-"  # so that a key is recognised where it was left by mistake
_RANDOM_BYTES: Final = 32
_LONGEST: Final = 512  # of what is sent as a key
_HEAD: Final = "# Keys of other programs: name, role, SHA-256 of the key. See 'rag keys --help'.\n"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The one whom a key was made for."""

    name: str
    role: Role


class Keys:
    """The keys in a file, which is read again whenever it has changed.

    Everything may be called from any thread.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[tuple[int, int, int] | None, dict[KeyHolder, str]] = (None, {})

    @classmethod
    def of(cls, settings: Settings) -> Keys | None:
        """The keys that the settings name; None where other programs need none."""
        return cls(settings.api_keys) if settings.api_keys is not None else None

    def holders(self) -> tuple[KeyHolder, ...]:
        """Everybody who has a key, in the order in which they were made.

        Raises:
            SettingsError: the file cannot be read, or a line of it is no key.
        """
        return tuple(self._digests())

    def identify(self, headers: Mapping[str, str]) -> KeyHolder | None:
        """Whose key the header ``Authorization: Bearer KEY`` has; None if it has none of these.

        How long it takes does not tell how much of a key is right.

        Raises:
            SettingsError: the file cannot be read, or a line of it is no key.
        """
        given = [value for name, value in headers.items() if name.lower() == "authorization"]
        scheme, _, key = given[0].strip().partition(" ") if len(given) == 1 else ("", "", "")
        key = key.strip()
        if scheme.lower() != "bearer" or not 0 < len(key) <= _LONGEST:
            return None
        digest = _digest(key)
        found = None
        for holder, kept in self._digests().items():
            if hmac.compare_digest(digest, kept):
                found = holder
        return found

    def add(self, name: str, role: Role = "reader") -> str:
        """Make a key, which is in the result and nowhere else.

        Raises:
            SettingsError: the name is taken or cannot be used, or the file cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"{name!r} cannot be the name of a key: use up to 64 letters, digits and . _ - @"
            )
        known = self._digests()
        if any(holder.name == name for holder in known):
            raise SettingsError(
                f"{name} has a key already: choose another name, or remove it with "
                f"'rag keys remove {name}'"
            )
        key = _BEGINNING + secrets.token_urlsafe(_RANDOM_BYTES)
        self._write({**known, KeyHolder(name, role): _digest(key)})
        return key

    def remove(self, name: str) -> None:
        """Take a key away; whoever has it is refused from the next call on.

        Raises:
            SettingsError: nobody of that name has a key, or the file cannot be written.
        """
        known = self._digests()
        left = {holder: digest for holder, digest in known.items() if holder.name != name}
        if len(left) == len(known):
            raise SettingsError(f"{name} has no key: 'rag keys list' shows who has one")
        self._write(left)

    def _digests(self) -> dict[KeyHolder, str]:
        version, known = self._read
        try:
            there = self._file.stat()
            now = (there.st_mtime_ns, there.st_size, there.st_ino)
            if now != version:
                known = _parsed(self._file.read_text("utf-8"), self._file.name)
                self._read = (now, known)
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"the file of keys {self._file.name} cannot be read: correct RAG_API_KEYS, or its "
                "permissions"
            ) from error
        return known

    def _write(self, digests: Mapping[KeyHolder, str]) -> None:
        from rag.store.folder.durable import replacing

        lines = [
            f"{holder.name} {holder.role} {digest}\n".encode() for holder, digest in digests.items()
        ]
        try:
            with replacing(self._file) as file:
                Path(file.name).chmod(0o600)
                file.writelines([_HEAD.encode(), *lines])
        except OSError as error:
            raise SettingsError(
                f"the file of keys {self._file} cannot be written ({error.strerror}): correct "
                "RAG_API_KEYS, or make its folder"
            ) from error


def _parsed(text: str, name: str) -> dict[KeyHolder, str]:
    found: dict[KeyHolder, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split()
        if not parts or parts[0].startswith("#"):
            continue
        holder, role, digest = parts if len(parts) == 3 else ("", "", "")
        known = role in get_args(Role) and _NAME.fullmatch(holder) and _DIGEST.fullmatch(digest)
        if not known or any(each.name == holder for each in found):
            raise SettingsError(
                f"line {number} of the file of keys {name} is no key: it must have a name of its "
                "own, the role reader or editor, and a SHA-256; 'rag keys add' writes it"
            )
        found[KeyHolder(holder, "editor" if role == "editor" else "reader")] = digest
    return found


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
