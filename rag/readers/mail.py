"""E-mail messages (EML) and saved web pages (MHTML), which are built in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import groupby

from rag.errors import DamagedFile, EmptyDocument
from rag.readers.blocks import Block, assemble, clean
from rag.readers.decoding import decode
from rag.readers.limits import Limits
from rag.readers.metadata.fields import merge_metadata, metadata_from
from rag.readers.signatures import refuse_other_kinds
from rag.readers.web.html import blocks_of_fragment, read_html
from rag.schema import Metadata, Reading

__all__ = ["check_is_mail", "check_is_mhtml", "read_mail", "read_mhtml"]

_HEADER = re.compile(rb"(?:From [^\r\n]*\r?\n)?\s*[A-Za-z][A-Za-z0-9-]*[ \t]*:")
_QUOTED = re.compile(r"[ \t]?(?:>[ \t]?)+")
_HEADERS_OF_MAIL = ("from", "to", "subject", "date", "received", "message-id", "content-type")
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\(?\d{1,3}[.)])\s")

# Mail programs wrap lines by a width between these; a longer line is a paragraph.
_NARROWEST, _WIDEST = 50, 100

# Deeper nested parts are an attack, or lost in forwarding.
_DEEPEST = 30


def check_is_mail(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when ``content`` does not begin with the headers of a mail."""
    _check(content, name, "an e-mail message")


def check_is_mhtml(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when ``content`` does not begin with the headers of a page."""
    _check(content, name, "a saved web page")


def _check(content: bytes, name: str, what: str) -> None:
    refuse_other_kinds(content, name)
    headers = re.split(rb"\r?\n\r?\n|\r\r", content.lstrip(), maxsplit=1)[0].lower()
    known = any(
        re.search(rb"^" + each.encode() + rb"[ \t]*:", headers, re.MULTILINE)
        for each in _HEADERS_OF_MAIL
    )
    if not known or 0 in content[:1000] or not _HEADER.match(content.lstrip(b"\xef\xbb\xbf\r\n ")):
        raise DamagedFile(f"{name}: not {what}, although its name says so; save it again")


def read_mail(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a message: plain text where it has it, earlier mails that it quotes as well.

    The headers become metadata. Attachments are not read; a warning names them.

    Raises:
        EmptyDocument: there is no text in it; the message names the attachments.
        DamagedFile: its text is in no known encoding.
    """
    del limits  # a message does not expand
    message = _parsed(content)
    blocks = [block for part in _texts(message) for block in _blocks(part, name)]
    attachments = list(_attachments(message))
    warnings: tuple[str, ...] = ()
    if attachments:
        count = f"{len(attachments)} attachment{'s' if len(attachments) > 1 else ''}"
        them = "them as files" if len(attachments) > 1 else "it as a file"
        warnings = (f"{count} not read: {', '.join(attachments)}: save {them}",)
        if not any(clean(block.text) for block in blocks):
            raise EmptyDocument(f"{name}: there is no text in this message; {warnings[0]}")
    return assemble(blocks, metadata=_metadata(message), warnings=warnings)


def read_mhtml(content: bytes, name: str, limits: Limits) -> Reading:
    """Read the page in a web archive; see :func:`rag.readers.web.html.read_html`.

    Raises:
        DamagedFile: there is no page in it.
    """
    del limits
    message = _parsed(content)
    pages = [part for part in _leaves(message) if part.get_content_type() in _PAGES]
    start = str(message.get_param("start") or "")
    page = next((each for each in pages if start and each.get("Content-ID") == start), None)
    page = page or next(iter(pages), None)
    if page is None:
        raise DamagedFile(f"{name}: there is no web page in this archive; save the page again")
    reading = read_html(_characters(page, name).encode("utf-8", "replace"), name)
    title = _header(message, "Subject")
    address = _header(message, "Snapshot-Content-Location") or _header(page, "Content-Location")
    told = metadata_from(
        {"title": title, "address": address if address.startswith(("http:", "https:")) else ""}
    )
    return replace(reading, metadata=merge_metadata(first=reading.metadata, then=told))


_PAGES = ("text/html", "application/xhtml+xml")


def _parsed(content: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(content.lstrip(b"\xef\xbb\xbf\r\n "))
    assert isinstance(message, EmailMessage)  # noqa: S101 - what this policy makes
    return message


def _parts(message: EmailMessage) -> list[EmailMessage]:
    payload = message.get_payload()
    if not isinstance(payload, list):
        return []
    return [part for part in payload if isinstance(part, EmailMessage)]


def _leaves(message: EmailMessage, depth: int = 0) -> Iterator[EmailMessage]:
    if not message.is_multipart():
        yield message
    elif depth < _DEEPEST:
        for part in _parts(message):
            yield from _leaves(part, depth + 1)


def _texts(message: EmailMessage, depth: int = 0) -> Iterator[EmailMessage]:
    """The parts that are the text of the message, each in one form only."""
    kind = message.get_content_type()
    if _is_attachment(message) or depth > _DEEPEST:
        return
    if not message.is_multipart():
        if kind.startswith("text/") and kind in ("text/plain", "text/html"):
            yield message
    elif kind == "multipart/alternative":
        forms = [list(_texts(part, depth + 1)) for part in _parts(message)]
        forms = [form for form in forms if any(map(_has_text, form))]
        plain = (form for form in forms if form[0].get_content_type() == "text/plain")
        yield from next(plain, forms[-1] if forms else [])
    elif kind != "message/rfc822":
        for part in _parts(message):
            yield from _texts(part, depth + 1)


def _has_text(part: EmailMessage) -> bool:
    payload = part.get_payload(decode=True)
    return isinstance(payload, bytes) and bool(payload.strip())


def _is_attachment(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _file_name(part: EmailMessage) -> str:
    return clean(part.get_filename() or "")


def _attachments(message: EmailMessage, depth: int = 0) -> Iterator[str]:
    """The names of what is attached; pictures inside an HTML text are no attachments."""
    for part in _parts(message) if depth < _DEEPEST else []:
        if part.get_content_type() == "message/rfc822":
            inner = next(iter(_parts(part)), None)
            yield (_header(inner, "Subject") if inner is not None else "") or "a message"
        elif part.is_multipart():
            yield from _attachments(part, depth + 1)
        elif _is_attachment(part):
            inline = part.get_content_disposition() != "attachment" and part.get("Content-ID")
            if not (inline and part.get_content_maintype() == "image"):
                yield _file_name(part) or part.get_content_type()


def _characters(part: EmailMessage, name: str) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    return decode(content, name, declared=part.get_content_charset())


def _blocks(part: EmailMessage, name: str) -> Iterator[Block]:
    text = _characters(part, name)
    if part.get_content_type() == "text/html":
        yield from blocks_of_fragment(text)
        return
    for _, lines in groupby(text.split("\n"), key=_depth):
        for paragraph in _paragraphs([_QUOTED.sub("", line, count=1) for line in lines]):
            yield Block(paragraph.replace("\xad", ""))


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Lines that were broken by the width, on which the next word had no place, are joined."""
    lengths = [len(line) for line in lines if len(line) <= _WIDEST]
    width = max(lengths, default=0)
    part = ""
    for line in lines:
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        last = part.rsplit("\n", 1)[-1]
        goes_on = _NARROWEST <= width < len(last) + 1 + len(word) and len(last) <= width
        if word and part and goes_on and not _LIST_ITEM.match(line):
            part += "\n" + line.rstrip()
        else:
            yield part
            part = line.rstrip()
    yield part


def _depth(line: str) -> int:
    """How many mails ago a line was written."""
    match = _QUOTED.match(line)
    return match[0].count(">") if match else 0


def _header(message: EmailMessage, name: str) -> str:
    try:
        return clean(str(message.get(name) or ""))
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):  # malformed headers
        return ""


def _metadata(message: EmailMessage) -> Metadata:
    return metadata_from(
        {
            "title": _header(message, "Subject"),
            "author": _header(message, "From"),
            "date": _date(message),
            "to": _header(message, "To"),
            "cc": _header(message, "Cc"),
        }
    )


def _date(message: EmailMessage) -> str:
    try:
        found = getattr(message.get("Date"), "datetime", None)
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        return ""
    return found.date().isoformat() if isinstance(found, datetime) else ""
