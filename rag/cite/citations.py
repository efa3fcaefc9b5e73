"""Citations, and how a statement says whose words it carries."""

from __future__ import annotations

import re

from rag.schema import Citation, Document, PageKind

__all__ = [
    "attribution",
    "cite_characters",
    "long_date",
    "page_reference",
    "page_words",
    "quoted",
]

_MONTHS = tuple(
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def cite_characters(
    document: Document,
    start: int,
    end: int,
    *,
    number: int,
    passage_id: str,
    section: str | None,
    speaker: str | None,
    reported: bool = False,
) -> Citation:
    """The citation of ``document.text[start:end]``; its page is that of the first character.

    ``speaker`` is whose words these are; with ``reported`` they are the document's account of them.
    """
    page = document.page_at(start)
    return Citation(
        number=number,
        document_id=document.id,
        passage_id=passage_id,
        source=document.source,
        title=document.title,
        publisher=document.metadata.publisher,
        date=document.metadata.date,
        page=page.number if page else None,
        page_label=page.label if page else None,
        section=section,
        speaker=speaker,
        start=start,
        end=end,
        quote=document.text[start:end],
        page_kind=page.kind if page else "page",
        ocr=page.ocr if page else False,
        reported=reported,
    )


def attribution(citation: Citation) -> tuple[str, ...]:
    """The speaker, document and date of a quote, as parts of a line; what is not known is left out.

    For a news report, for example, ``("Turan", "Impunity remains a problem", "13 March 2019")``.
    The first part is the speaker, or else the publisher, or else the title. Where it is the
    document that says what the speaker said, the next part says so: ``as reported by Turan``, or
    ``as reported in`` and the title where no publisher is known.
    """
    names = (citation.speaker, citation.publisher, citation.title)
    speaker, publisher, title = (" ".join((name or "").split()) for name in names)
    date = long_date(citation.date) if citation.date else ""
    parts: tuple[str, ...] = (speaker or publisher, title, date)
    # What a body says of its own words is no report by another.
    if citation.reported and speaker and speaker.casefold() != publisher.casefold():
        source = f"by {publisher}" if publisher else f"in {title}"
        parts = (speaker, f"as reported {source}", title if publisher else "", date)
    return tuple(dict.fromkeys(part for part in parts if part))


def quoted(words: str) -> str:
    """The words in quotation marks, unless they bring their own at both ends."""
    return words if words[:1] in '“"«' and words[-1:] in '”"»' else f"“{words}”"


def long_date(date: str) -> str:
    """An ISO date, possibly without day or month, in words; anything else as it is.

    >>> long_date("2019-03-13"), long_date("2019-03"), long_date("2019")
    ('13 March 2019', 'March 2019', '2019')
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", date)
    if found is None or (found[2] and not 1 <= int(found[2]) <= 12):
        return date
    year, month, day = found.groups()
    names = (day and str(int(day)), month and _MONTHS[int(month) - 1], year)
    return " ".join(name for name in names if name)


def page_words(number: int, label: str | None, kind: PageKind = "page") -> str:
    """A page as people cite it: ``page 12``; with another label ``page iv (page 4 of the file)``.

    Slides and rows of tables are called so: ``slide 3``, ``Deaths, row 12``.
    """
    if kind == "row":
        return label or f"row {number}"
    if label and label != str(number):
        return f"{kind} {label} ({kind} {number} of the file)"
    return f"{kind} {number}"


def page_reference(number: int, label: str | None, kind: PageKind = "page") -> str:
    """The same, short: ``p. 12``."""
    words = page_words(number, label, kind)
    return f"p. {words.removeprefix('page ')}" if kind == "page" else words
