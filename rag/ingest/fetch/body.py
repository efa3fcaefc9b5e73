"""The bytes of an answer, decompressed, within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx

from rag.errors import AddressRefused, LimitExceeded

__all__ = ["body_of"]

_PIECE = 1_000_000
_GZIP_BEGINS = b"\x1f"


def body_of(headers: httpx.Headers, chunks: Iterable[bytes], *, most: int) -> bytes:
    """The body, decompressed; no more than ``most`` bytes and a little are ever held.

    Raises:
        LimitExceeded: it is longer than ``most``, or says so.
        AddressRefused: compressed in a way that was not asked for, damaged, or cut off.
    """
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        chunks = _gunzipped(chunks)
    elif encoding not in ("identity", ""):
        raise AddressRefused("it answers in a compression that was not asked for")
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> LimitExceeded:
    return LimitExceeded(
        f"larger than {most // 1_000_000} MB; raise RAG_MAX_FILE_MEGABYTES, or save the file and "
        "split it"
    )


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress piece by piece: a small chunk may hold gigabytes."""
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    begun = False
    try:
        for chunk in chunks:
            rest, begun = chunk, begun or bool(chunk)
            while rest:
                if decoder.eof and not rest.startswith(_GZIP_BEGINS):
                    return  # padding after the end
                if decoder.eof:
                    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
                yield decoder.decompress(rest, _PIECE)
                rest = decoder.unconsumed_tail or decoder.unused_data
    except zlib.error as error:
        raise AddressRefused("its compressed answer is damaged; try again") from error
    if begun and not decoder.eof:
        raise AddressRefused("its answer is cut off; try again")
