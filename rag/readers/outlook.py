"""Messages that Outlook saves (MSG), as the e-mails that they were.

The format is that of [MS-OXMSG]: a compound file in which each property of the message is a stream
that is named after the property's number and type. The message is written down as an e-mail, and
read as one is.
"""

from __future__ import annotations

import codecs
import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import HeaderParser
from email.utils import format_datetime

import olefile

from rag.errors import DamagedFile
from rag.readers.attachments import attachment_name, is_document
from rag.readers.blocks import clean
from rag.readers.mail import read_mail
from rag.schema import Reading

# Numbers of properties, as [MS-OXPROPS] has them.
_SUBJECT, _HEADERS, _BODY, _HTML = 0x0037, 0x007D, 0x1000, 0x1013
_SENDER, _ADDRESS, _SMTP_ADDRESS = 0x0C1A, 0x0C1F, 0x5D01
_CC, _TO, _SUBMITTED, _DELIVERED = 0x0E03, 0x0E04, 0x0039, 0x0E06
_CODE_PAGE, _CODE_PAGE_OF_HTML = 0x3FFD, 0x3FDE
_FILE, _FILE_NAME, _SHORT_FILE_NAME, _MEDIA_TYPE = 0x3701, 0x3707, 0x3704, 0x370E
_TEXT, _TEXT_IN_CODE_PAGE, _BYTES, _OBJECT = 0x001F, 0x001E, 0x0102, 0x000D

_PROPERTIES = "__properties_version1.0"
_ATTACHED = "__attach_version1.0_#"

# Before the properties of fixed length stand so many bytes, in the message itself and in one that
# is attached to it; each property has 16.
_HEAD, _HEAD_OF_ATTACHED, _PROPERTY = 32, 24, 16
_FIRST_DAY = datetime(1601, 1, 1, tzinfo=UTC)

_Path = tuple[str, ...]


def read_outlook_mail(content: bytes, name: str) -> Reading:
    """Read a message; see :func:`rag.readers.mail.read_mail`.

    Raises:
        DamagedFile: no compound file, or there is no message in it.
        EmptyDocument: there is neither text nor an attachment that can be read.
    """
    with _opened(content, name) as file:
        message = _message(file, (), with_attachments=False)
    return read_mail(message.as_bytes(policy=_AS_WRITTEN), name)


def attached_to_outlook_mail(content: bytes, name: str, number: int) -> bytes | None:
    """The bytes of the readable attachment ``number``, None if there is none."""
    with _opened(content, name) as file:
        attached = [each for each in _attachments(file, ()) if is_document(each[0])]
        if not 0 <= number < len(attached):
            return None
        path = attached[number][1]
        inner = (*path, _stream(_FILE, _OBJECT))
        if file.exists("/".join(inner)):
            return _message(file, inner, with_attachments=True).as_bytes(policy=_AS_WRITTEN)
        return _bytes(file, path, _FILE)


_AS_WRITTEN = policy.default.clone(cte_type="8bit", max_line_length=0)


def _opened(content: bytes, name: str) -> olefile.OleFileIO:
    try:
        file = olefile.OleFileIO(io.BytesIO(content), raise_defects=olefile.DEFECT_INCORRECT)
    except OSError as error:
        raise DamagedFile(f"{name}: damaged or truncated; save it again") from error
    if not file.exists(_PROPERTIES):
        raise DamagedFile(f"{name}: there is no message in this file; save it again")
    return file


def _message(file: olefile.OleFileIO, at: _Path, *, with_attachments: bool) -> EmailMessage:
    """The message in one folder of the file, with what is attached or with its names only."""
    message = EmailMessage(policy=policy.default)
    given = HeaderParser(policy=policy.default).parsestr(_text(file, at, _HEADERS))
    found = {
        "Subject": _text(file, at, _SUBJECT),
        "From": str(given["From"] or "") or _sender(file, at),
        "To": str(given["To"] or "") or _text(file, at, _TO),
        "Cc": str(given["Cc"] or "") or _text(file, at, _CC),
        "Date": str(given["Date"] or "") or _date(file, at),
    }
    for header, value in found.items():
        if cleaned := clean(value):
            message[header] = cleaned
    body, html = _text(file, at, _BODY), _html(file, at)
    if body.strip() or not html.strip():
        message.set_content(body)
    else:
        message.set_content(html, subtype="html")
    for name, path in _attachments(file, at):
        inner = (*path, _stream(_FILE, _OBJECT))
        if file.exists("/".join(inner)):
            message.add_attachment(
                _message(file, inner, with_attachments=True) if with_attachments else _named(name)
            )
        else:
            content = (_bytes(file, path, _FILE) or b"") if with_attachments else b""
            message.add_attachment(
                content, maintype="application", subtype="octet-stream", filename=name
            )
    return message


def _named(name: str) -> EmailMessage:
    """A message that is called ``name`` when it is attached to another."""
    message = EmailMessage()
    message["Subject"] = name.removesuffix(".eml")
    return message


def _attachments(file: olefile.OleFileIO, at: _Path) -> Iterator[tuple[str, _Path]]:
    """The name and the folder of what is attached to the message in a folder, in order."""
    folders = sorted(
        {
            tuple(path[: len(at) + 1])
            for path in file.listdir(streams=True, storages=True)
            if tuple(path[: len(at)]) == at
            and len(path) > len(at)
            and path[len(at)].startswith(_ATTACHED)
        }
    )
    for path in folders:
        given = _text(file, path, _FILE_NAME) or _text(file, path, _SHORT_FILE_NAME)
        inner = (*path, _stream(_FILE, _OBJECT))
        if file.exists("/".join(inner)):
            yield f"{attachment_name(_text(file, inner, _SUBJECT) or 'message')}.eml", path
        else:
            yield attachment_name(given), path


def _sender(file: olefile.OleFileIO, at: _Path) -> str:
    name = _text(file, at, _SENDER).replace('"', "")
    addresses = (_text(file, at, each) for each in (_SMTP_ADDRESS, _ADDRESS))
    # Inside an organisation an address may be a path in its directory.
    address = next((each for each in addresses if "@" in each), "")
    if not address:
        return name
    return f'"{name}" <{address}>' if name and name != address else address


def _date(file: olefile.OleFileIO, at: _Path) -> str:
    """When it was sent, else when it arrived; a count of 100 nanoseconds since 1601."""
    fixed = _fixed(file, at)
    for each in (_SUBMITTED, _DELIVERED):
        if each in fixed:
            (ticks,) = struct.unpack("<Q", fixed[each])
            try:
                return format_datetime(_FIRST_DAY + timedelta(microseconds=ticks // 10))
            except OverflowError:
                continue
    return ""


def _html(file: olefile.OleFileIO, at: _Path) -> str:
    content = _bytes(file, at, _HTML)
    if content is None:
        return _text(file, at, _HTML)
    return content.decode(_encoding(file, at, _CODE_PAGE_OF_HTML, _CODE_PAGE), "replace")


def _text(file: olefile.OleFileIO, at: _Path, number: int) -> str:
    """A property that is text; empty where the message has none."""
    content = _read(file, at, _stream(number, _TEXT))
    if content is not None:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    content = _read(file, at, _stream(number, _TEXT_IN_CODE_PAGE)) or b""
    of_body = (_CODE_PAGE_OF_HTML,) if number == _BODY else ()
    return content.decode(_encoding(file, at, *of_body, _CODE_PAGE), "replace").rstrip("\0")


def _encoding(file: olefile.OleFileIO, at: _Path, *numbers: int) -> str:
    """The name that Python has for the code page of a message."""
    fixed = _fixed(file, at)
    for each in filter(fixed.__contains__, numbers):
        (page,) = struct.unpack("<I4x", fixed[each])
        for name in (_NAMES.get(page, f"cp{page}"), f"windows-{page}"):
            try:
                return codecs.lookup(name).name
            except LookupError:
                continue
    return "cp1252"


_NAMES = {
    65001: "utf-8",
    1200: "utf-16-le",
    20127: "ascii",
    20866: "koi8-r",
    21866: "koi8-u",
    20936: "gb2312",
    54936: "gb18030",
    50220: "iso2022_jp",
    51932: "euc_jp",
    51949: "euc_kr",
    **{28590 + part: f"iso8859-{part}" for part in (*range(1, 11), 13, 14, 15, 16)},
}


def _fixed(file: olefile.OleFileIO, at: _Path) -> dict[int, bytes]:
    """The values of the properties that have eight bytes or fewer, by number."""
    content = _read(file, at, _PROPERTIES) or b""
    first = _HEAD_OF_ATTACHED if at else _HEAD
    return {
        struct.unpack("<H", content[start + 2 : start + 4])[0]: content[start + 8 : start + 16]
        for start in range(first, len(content) - _PROPERTY + 1, _PROPERTY)
    }


def _bytes(file: olefile.OleFileIO, at: _Path, number: int) -> bytes | None:
    return _read(file, at, _stream(number, _BYTES))


def _stream(number: int, kind: int) -> str:
    return f"__substg1.0_{number:04X}{kind:04X}"


def _read(file: olefile.OleFileIO, at: _Path, stream: str) -> bytes | None:
    path = "/".join((*at, stream))
    if file.get_type(path) != olefile.STGTY_STREAM:
        return None
    content: bytes = file.openstream(path).read()
    return content
