"""Files become readings: running text with pages, headings, speaker turns and metadata.

>>> media_type = media_type_of("note.txt", b"Impunity remained a problem.")
>>> read(b"Impunity remained a problem.", name="note.txt", media_type=media_type).text
'Impunity remained a problem.'

Everything works on bytes, so that what was hashed is what was read. A file that cannot be read
raises a :class:`rag.errors.ReadingError` with one line that says what is wrong and what to do.
"""

from rag.readers.limits import Limits
from rag.readers.metadata.fields import merge_metadata
from rag.readers.metadata.sidecar import read_sidecar
from rag.readers.registry import ReaderEntry, is_supported, media_type_of, read, readers

__all__ = [
    "Limits",
    "ReaderEntry",
    "is_supported",
    "media_type_of",
    "merge_metadata",
    "read",
    "read_sidecar",
    "readers",
]
