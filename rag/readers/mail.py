"""E-mail messages (EML) and saved web pages (MHTML), which are built in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from itertools import groupby
from mimetypes import guess_extension

from rag.errors import DamagedFile, EmptyDocument
from rag.language.finished_messages import later
from rag.readers.attachments import attachment_name, attachments_left, attachments_told, is_document
from rag.readers.blocks import Block, assemble, clean
from rag.readers.decoding import decode
from rag.readers.mail_threads import Part, with_voices, without_signatures
from rag.readers.metadata.fields import merge_metadata, metadata_from
from rag.readers.signatures import refuse_other_kinds
from rag.readers.web.html import blocks_of_fragment, read_html
from rag.schema import Metadata, Reading

_HEADER = re.compile(rb"(?:From [^\r\n]*\r?\n)?\s*[A-Za-z][A-Za-z0-9-]*[ \t]*:")
_QUOTED = re.compile(r"^[ \t]?(?:>[ \t]?)+")
_GREATER_THAN = re.compile(r"^>=?[ \t]*[$£€¥]?[ \t]?\d")
_MAILBOX_FROM = re.compile(r"^>+From ")
_HEADER_OF_MAIL = re.compile(
    rb"^(?:from|to|subject|date|received|message-id|content-type)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\(?\d{1,3}[.)])\s")

# Mail programs wrap lines by a width between these; a longer line is a paragraph.
_NARROWEST, _WIDEST = 50, 100

# A shorter line may be one of a list that is broken by hand.
_SHORTEST, _ENDS = 40, ".:;?!"
_SIGNATURE = "-- "
_BEFORE = b"\xef\xbb\xbf\r\n "
_PAGES = ("text/html", "application/xhtml+xml")


def check_is_message(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` unless ``content`` begins with the headers of a mail or page."""
    refuse_other_kinds(content, name)
    content = content.lstrip(_BEFORE)
    headers = re.split(rb"\r?\n\r?\n|\r\r", content, maxsplit=1)[0]
    known = _HEADER_OF_MAIL.search(headers)
    if not known or 0 in content[:1000] or not _HEADER.match(content):
        page = later("a saved web page")
        what = later("an e-mail message") if name.lower().endswith(".eml") else page
        raise DamagedFile(f"{name}: not {what}, although its name says so; save it again")


def read_mail(content: bytes, name: str) -> Reading:
    """Read a message: plain text where it has it, earlier mails that it quotes as well.

    The headers become metadata. Attachments that can be read are named in the reading, as files of
    their own; a warning names the others.

    Raises:
        EmptyDocument: there is neither text nor an attachment that can be read.
        DamagedFile: its text is in no known encoding.
    """
    message = _parsed(content)
    parts = [part for text in _texts(message) for part in _parts(text, name)]
    attached = list(_attachments(message))
    readable = [each for each, _ in attached if is_document(each)]
    warnings = attachments_left([each for each, _ in attached if not is_document(each)])
    if not any(clean(part.block.text) for part in parts):
        if not readable:
            told = f"; {warnings[0]}" if warnings else ""
            raise EmptyDocument(f"{name}: there is no text in this message{told}")
        parts = [Part(Block(attachments_told(readable), aside=True))]
    author, date = (_header(message, header) for header in ("From", "Date"))
    parts = without_signatures(parts, author)
    blocks = [part.block for part in parts]
    found = assemble(blocks, metadata=_metadata(message), warnings=warnings)
    found = with_voices(found, parts, author=author, date=date)
    return replace(found, attachments=tuple(readable))


def attached_to_mail(content: bytes, number: int) -> bytes | None:
    """The bytes of the readable attachment ``number``, None if there is none."""
    attached = [each for each in _attachments(_parsed(content)) if is_document(each[0])]
    if not 0 <= number < len(attached):
        return None
    part = attached[number][1]
    if part.get_content_type() == "message/rfc822":
        return b"\r\n".join(inner.as_bytes() for inner in part.iter_parts())
    return _payload(part)


def read_mhtml(content: bytes, name: str) -> Reading:
    """Read the page in a web archive; see :func:`rag.readers.web.html.read_html`.

    Raises:
        DamagedFile: there is no page in it.
    """
    message = _parsed(content)
    pages = [part for part in message.walk() if part.get_content_type() in _PAGES]
    if not pages:
        raise DamagedFile(f"{name}: there is no web page in this archive; save the page again")
    start = str(message.get_param("start") or "")
    page = next((each for each in pages if start and each.get("Content-ID") == start), pages[0])
    reading = read_html(_characters(page, name).encode("utf-8", "replace"), name)
    title = _header(message, "Subject")
    address = _header(message, "Snapshot-Content-Location") or _header(page, "Content-Location")
    given = metadata_from(
        {"title": title, "address": address if address.startswith(("http:", "https:")) else ""}
    )
    return replace(reading, metadata=merge_metadata(first=reading.metadata, then=given))


def _parsed(content: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(content.lstrip(_BEFORE))


def _texts(message: MIMEPart) -> Iterator[MIMEPart]:
    """The parts that are the text of the message, each in one form only."""
    kind = message.get_content_type()
    if _is_attachment(message):
        return
    if not message.is_multipart():
        if kind in ("text/plain", "text/html"):
            yield message
    elif kind == "multipart/alternative":
        forms = [list(_texts(part)) for part in message.iter_parts()]
        forms = [form for form in forms if any(_payload(part).strip() for part in form)]
        plain = (form for form in forms if form[0].get_content_type() == "text/plain")
        yield from next(plain, forms[-1] if forms else [])
    elif kind != "message/rfc822":
        for part in message.iter_parts():
            yield from _texts(part)


def _payload(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _is_attachment(part: MIMEPart) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _file_name(part: MIMEPart) -> str:
    return clean(part.get_filename() or "")


def _attachments(message: MIMEPart) -> Iterator[tuple[str, MIMEPart]]:
    """What is attached, by name; pictures inside an HTML text are no attachments."""
    for part in message.iter_parts():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            subjects = [_header(inner, "Subject") for inner in part.iter_parts()]
            yield f"{attachment_name(next(filter(None, subjects), 'message'))}.eml", part
        elif part.is_multipart():
            yield from _attachments(part)
        elif _is_attachment(part):
            inline = part.get_content_disposition() != "attachment" and part.get("Content-ID")
            if not (inline and part.get_content_maintype() == "image"):
                given = _file_name(part) or f"attachment{guess_extension(kind) or ''}"
                yield attachment_name(given), part


def _characters(part: MIMEPart, name: str) -> str:
    return decode(_payload(part), name, declared=part.get_content_charset())


def _parts(part: MIMEPart, name: str) -> Iterator[Part]:
    text = _characters(part, name)
    if part.get_content_type() == "text/html":
        yield from map(Part, blocks_of_fragment(text))
        return
    lines = text.split("\n")
    is_flowed = str(part.get_param("format", "")).lower() == "flowed"
    depths = _depths(lines)
    for depth, numbers in groupby(range(len(lines)), key=depths.__getitem__):
        own = [_QUOTED.sub("", lines[at]) if depth else _unescaped(lines[at]) for at in numbers]
        yield from (Part(Block(each), depth) for each in _paragraphs(own, is_flowed=is_flowed))


def _paragraphs(lines: Sequence[str], *, is_flowed: bool) -> Iterator[str]:
    """Lines that were broken by the width, on which the next word had no place, are joined.

    So are those that go on in lower case, and in ``format=flowed`` (RFC 3676) those after a line
    that ends in a space.
    """
    width = max((len(line) for line in lines if len(line) <= _WIDEST), default=0)
    part, is_soft = "", False
    for line in lines:
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        last = part.rsplit("\n", 1)[-1]
        goes_on = _NARROWEST <= width < len(last) + 1 + len(word) and len(last) <= width
        goes_on |= word[:1].islower() and len(last) >= _SHORTEST and last[-1] not in _ENDS
        if word and part and (goes_on or is_soft) and not _LIST_ITEM.match(line):
            part += "\n" + line.rstrip()
        else:
            yield part
            part = line.rstrip()
        is_soft = is_flowed and line.endswith(" ") and line != _SIGNATURE
    yield part


def _depths(lines: Sequence[str]) -> list[int]:
    """How many mails ago each line was written.

    A line among the writer's own may begin with the sign for "greater than", where the width broke
    it, or with the ``>From`` that mailboxes write for "From".
    """
    marks = [match[0].count(">") if (match := _QUOTED.match(line)) else 0 for line in lines]
    depths = list(marks)
    for at, line in enumerate(lines):
        before = lines[at - 1].strip() if at else ""
        alone = not any((*marks[max(0, at - 1) : at], *marks[at + 1 : at + 2]))
        goes_on = before and not before.endswith((":", ".", "?", "!"))
        if alone and (_MAILBOX_FROM.match(line) or (goes_on and _GREATER_THAN.match(line))):
            depths[at] = 0
    return depths


def _unescaped(line: str) -> str:
    return line[1:] if _MAILBOX_FROM.match(line) else line


def _header(message: MIMEPart, name: str) -> str:
    try:
        value = clean(str(message.get(name) or ""))
        is_quoted = value.count('"') == 2 and value[0] == value[-1] == '"'  # a name alone
        return value[1:-1] if is_quoted else value
    except (ValueError, LookupError, TypeError, AttributeError):  # malformed headers
        return ""


def _metadata(message: EmailMessage) -> Metadata:
    names = {"title": "Subject", "author": "From", "date": "Date", "to": "To", "cc": "Cc"}
    return metadata_from({field: _header(message, name) for field, name in names.items()})
