"""Fingerprints of texts, in which the documents that can hold a quotation are found fast.

The fingerprint of a text is its letters and figures in lower case, and nothing else: those of ASCII
on the one hand, all others on the other. Texts that are the same under
:mod:`rag.quotes.normal_form` have the same fingerprints, so that searching the fingerprints passes
over no place; what is found there is then compared exactly. The lexical index cannot promise that:
it knows passages, not documents, and its words are cut otherwise where a text has line-end hyphens
or no spaces between words. Going through all fingerprints takes about 10 ms for each million
characters, and under 1 ms where they are kept from the time before.
"""

from __future__ import annotations

import string
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

import numpy as np

from rag.language.folding import canonical, canonical_character, joins
from rag.schema import printed_runs
from rag.store import Store

_KEPT = (string.ascii_letters + string.digits).encode()
_DROPPED = bytes(byte for byte in range(256) if byte not in _KEPT)
_ASCII = bytes(range(128))
_LOWER = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())


@cache
def _is_plain(character: str) -> bool:
    """Whether the character is the same in the fingerprints of a text and of its normal form."""
    folded = canonical_character(character)
    if joins(character):
        return False
    return folded == character or not (character.isalnum() or any(map(str.isalnum, folded)))


def _foreign_letters(text: str) -> str:
    return "".join(each.lower()[0] for each in text if each > "\x7f" and each.isalnum())


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The letters and figures of a text: those of ASCII, and the ``foreign`` ones."""

    ascii: bytes
    foreign: str

    @classmethod
    def of(cls, text: str) -> Fingerprint:
        """The fingerprint of a text, about 10 ns for each character of a text in English."""
        encoded = text.encode("utf-8", "surrogatepass")
        if text.isascii():
            return cls(encoded.translate(_LOWER, _DROPPED), "")
        rest = encoded.translate(None, _ASCII).decode("utf-8", "surrogatepass")
        if not all(map(_is_plain, set(rest))):
            rest = canonical(text)[0]
            encoded = rest.encode("utf-8", "surrogatepass")
        return cls(encoded.translate(_LOWER, _DROPPED), _foreign_letters(rest))

    def __len__(self) -> int:
        return len(self.ascii) + len(self.foreign)


class Needle(Fingerprint):
    """What is searched for in fingerprints: the longer part of the fingerprint of some words.

    It is empty if there is no letter or figure in the words.
    """

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Needle:
        """The needle for a text."""
        whole = Fingerprint.of(text)
        longer_ascii = len(whole.ascii) >= len(whole.foreign)
        return cls(whole.ascii, "") if longer_ascii else cls(b"", whole.foreign)

    def has_letters_of(self, word: str) -> bool:
        """Whether letters or figures of ``word`` are part of the needle."""
        fingerprint = Fingerprint.of(word)
        return bool(fingerprint.ascii if self.ascii else fingerprint.foreign)

    def stands_in(self, fingerprint: Fingerprint) -> bool:
        """Whether it stands anywhere in a fingerprint."""
        return (
            self.ascii in fingerprint.ascii if self.ascii else self.foreign in fingerprint.foreign
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Every place in ``text``, in order, from its first letter found to its last."""
        folded, offsets = canonical(text)
        places = self._letters(folded)
        fingerprint = Fingerprint.of(folded)
        found: list[tuple[int, int]] = []
        at = self._find(fingerprint, 0)
        while at >= 0:
            first, last = int(places[at]), int(places[at + len(self) - 1])
            found.append((offsets[first], offsets[last] + 1))
            at = self._find(fingerprint, at + 1)
        return found

    def _find(self, fingerprint: Fingerprint, start: int) -> int:
        if self.ascii:
            return fingerprint.ascii.find(self.ascii, start)
        return fingerprint.foreign.find(self.foreign, start)

    def _letters(self, folded: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Where the letters of the fingerprint stand in ``folded``."""
        if not self.ascii:
            foreign = [at for at, each in enumerate(folded) if each > "\x7f" and each.isalnum()]
            return np.array(foreign, np.int64)
        codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
        kept = np.zeros(128, bool)
        kept[np.frombuffer(_KEPT, np.uint8)] = True
        return np.flatnonzero((codes < 128) & kept[np.minimum(codes, 127)])


_MOST_KEPT = 256_000_000  # characters; a larger collection is read anew each time

_kept: WeakKeyDictionary[object, tuple[object, tuple[tuple[str, Fingerprint], ...]]] = (
    WeakKeyDictionary()
)
_lock = threading.Lock()


def fingerprints(index: Store) -> Iterator[tuple[str, Fingerprint]]:
    """Id and fingerprint of every document, as they are now; keeps them for the next time.

    That of a document with tables of figures is one of its text and of what is printed.
    """
    revision = index.revision()
    with _lock:
        known, kept = _kept.get(index, (None, ()))
    if known == revision:
        yield from kept
        return
    made: list[tuple[str, Fingerprint]] = []
    size = 0
    for document_id, text, carried in index.texts():
        printed = (text[slice(*run)] for run in printed_runs(carried, 0, len(text)))
        fingerprint = Fingerprint.of(f"{text}{''.join(printed)}" if carried else text)
        size += len(fingerprint)
        if size <= _MOST_KEPT:
            made.append((document_id, fingerprint))
        yield document_id, fingerprint
    if size <= _MOST_KEPT:
        with _lock:
            _kept[index] = (revision, tuple(made))
