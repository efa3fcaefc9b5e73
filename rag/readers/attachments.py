"""Files inside a file that is a document itself: attachments of e-mails, portfolios of PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rag.errors import DamagedFile
from rag.language.finished_messages import later
from rag.readers.blocks import clean
from rag.readers.registry import is_supported

# Attached to an e-mail these are mostly logos and photographs, and not pages.
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".tif", ".tiff")

_LONGEST_NAME = 120


def attachment(content: bytes, *, media_type: str, name: str, number: int) -> bytes:
    """The bytes of the attachment that a reading names in place ``number``, from 0.

    Raises:
        DamagedFile: the file has none there, or it cannot be taken out.
    """
    taken = _TAKEN[media_type](content, name, number) if media_type in _TAKEN else None
    if taken is None:
        raise DamagedFile(f"{name}: the file that is attached to it cannot be taken out")
    return taken


def _of_mail(content: bytes, _: str, number: int) -> bytes | None:
    from rag.readers.mail import attached_to_mail

    return attached_to_mail(content, number)


def _of_outlook_mail(content: bytes, name: str, number: int) -> bytes | None:
    from rag.readers.outlook import attached_to_outlook_mail

    return attached_to_outlook_mail(content, name, number)


def _of_pdf(content: bytes, name: str, number: int) -> bytes | None:
    from rag.readers.pdf.file import attached_to_pdf

    return attached_to_pdf(content, name, number)


_TAKEN: Final[dict[str, Callable[[bytes, str, int], bytes | None]]] = {
    "message/rfc822": _of_mail,
    "application/vnd.ms-outlook": _of_outlook_mail,
    "application/pdf": _of_pdf,
}


def is_document(name: str) -> bool:
    """Whether an attachment of this name is read as a document of its own."""
    return is_supported(name) and not name.lower().endswith(_PICTURES)


def attachment_name(given: str) -> str:
    """The name of an attachment as the last part of a source: no path, no controls, not long."""
    name = clean(given).replace("\\", "/").rpartition("/")[2].strip(". ")
    stem, dot, suffix = name.rpartition(".")
    if len(name) > _LONGEST_NAME:
        name = f"{stem[: _LONGEST_NAME - len(suffix) - 1]}{dot}{suffix}"[:_LONGEST_NAME]
    return name or "attachment"


def attachments_told(names: Sequence[str]) -> str:
    """What stands in the place of a text where there is nothing but attachments."""
    return f"Attached: {', '.join(names)}"


def attachments_left(names: Sequence[str]) -> tuple[str, ...]:
    """A warning that names what is attached and cannot be read, if there is any."""
    if not names:
        return ()
    if len(names) == 1:
        return (later(f"1 attachment not read: {names[0]}: save it as a file"),)
    return (later(f"{len(names)} attachments not read: {', '.join(names)}: save them as files"),)
