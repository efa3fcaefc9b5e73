"""The record of an export as JSON, and how it is marked inside of other files."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

from pydantic import TypeAdapter, ValidationError

from rag.errors import ExportUnreadable
from rag.export.records import FORMAT, Export

RECORD: Final = "<!-- footnote-export "
"""In Markdown, what stands before the record; `` -->`` comes after it."""
RECORD_ID: Final = "footnote-export"
"""In HTML, the id of the element with the record."""
RECORD_NAMESPACE: Final = "urn:footnote-rag:export"
"""In Word documents, the XML namespace of the part with the record."""
BOOKMARK: Final = "footnote_quotation_"
"""In Word documents, what the bookmark of a quotation begins with; its number follows."""

# So written, no text can end the comment, the element or the part that the record stands in, and
# none is taken for a template. None of these signs stands between the strings of JSON.
_ESCAPES: Final = tuple(
    (sign, "".join(f"\\u{ord(each):04x}" for each in sign))
    for sign in ("<", ">", "&", "--", "{{", "{%", "${")
)
_RECORD: Final = TypeAdapter(Export)


def to_json(export: Export, *, indent: int | None = None) -> str:
    """The record in ASCII, without ``<``, ``>``, ``&``, ``--``, and what begins a template."""
    encoded = json.dumps(asdict(export), ensure_ascii=True, indent=indent)
    for sign, escape in _ESCAPES:
        encoded = encoded.replace(sign, escape)
    return encoded


def from_json(encoded: str | bytes, *, name: str) -> Export:
    """Parse a record.

    Raises:
        ExportUnreadable: it is no such record, or one of another version.
    """
    try:
        told = json.loads(encoded)
        if not isinstance(told, dict) or "format" not in told:
            raise ExportUnreadable(f"{name}: this is no file that 'rag ask --export' has written")
        if told["format"] != FORMAT:
            raise ExportUnreadable(
                f"{name}: the record has the format {str(told['format'])[:40]!r}, this program "
                f"reads {FORMAT!r}"
            )
        return _RECORD.validate_python(told)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ExportUnreadable(
            f"{name}: the record is damaged at {place}: {first['msg']}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ExportUnreadable(f"{name}: the record is damaged: it is no JSON") from error
