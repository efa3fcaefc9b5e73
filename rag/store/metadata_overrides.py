"""The metadata of a document come from three places; this says which of them counts.

Edits by hand win over what was given with the file (``metadata.csv``, an address), which wins over
what the reader found in the file. All three are kept, so that each can change alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from rag.errors import QueryError
from rag.readers.blocks import clean
from rag.readers.metadata.fields import KNOWN, iso_date, merge_metadata
from rag.schema import Metadata

_LONGEST = 2000

# Names that filters understand, but that are no fields.
_TAKEN = {"source": "the source is the file's name", "year": "the year is part of the date"}


@dataclass(frozen=True, slots=True)
class MetadataLayers:
    """What the reader found, what was given with the file, and the corrections made by hand.

    An edit with the value ``""`` says that the field is known to be unknown.
    """

    found: Metadata = field(default_factory=Metadata)
    given: Metadata = field(default_factory=Metadata)
    edits: Mapping[str, str] = field(default_factory=dict)

    def effective(self) -> Metadata:
        """The metadata that count: edits before what was given before what was found."""
        merged = merge_metadata(first=self.given, then=self.found)
        known = {
            name: (self.edits[name] or None) if name in self.edits else getattr(merged, name)
            for name in KNOWN
        }
        extra = {**merged.extra, **{k: v for k, v in self.edits.items() if k not in KNOWN}}
        return Metadata(**known, extra={name: value for name, value in extra.items() if value})

    def edited(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        """The edits after ``changes``; None takes an edit back.

        Raises:
            QueryError: a name is no field's, or a value cannot be one of that field.
        """
        edits = dict(self.edits)
        for given, value in changes.items():
            name = self._field(given)
            if value is None:
                edits.pop(name, None)
            else:
                edits[name] = _checked(name, value)
        return edits

    def _field(self, given: str) -> str:
        """The field that is meant: a known one, one this document has, or a new extra one."""
        name = given.strip()
        if name.lower() in KNOWN:
            return name.lower()
        for other in (*self.edits, *self.given.extra, *self.found.extra):
            if other.casefold() == name.casefold():
                return other
        reason = _TAKEN.get(name.lower(), "a name of your own has letters and underscores only")
        if name.lower() in _TAKEN or not name.replace("_", "").isalpha():
            raise QueryError(
                f"{given!r} is no field that can be edited: {reason}; known are {', '.join(KNOWN)}"
            )
        return name


def _checked(name: str, value: str) -> str:
    text = clean(value)
    if len(text) > _LONGEST:
        raise QueryError(f"{name} is longer than {_LONGEST} characters: shorten it")
    if name != "date" or not text:
        return text
    found = iso_date(text)
    if found is None:
        raise QueryError(f"the date {text!r} is not clear: write it as 2019-03-13, 2019-03 or 2019")
    return found


def encode_metadata(metadata: Metadata) -> str:
    """Metadata as JSON, without the fields that are not known."""
    told = {name: value for name, value in asdict(metadata).items() if value}
    return json.dumps(told, ensure_ascii=False)


def decode_metadata(encoded: str) -> Metadata:
    """The inverse of :func:`encode_metadata`."""
    return Metadata(**json.loads(encoded))
