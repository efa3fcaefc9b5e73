"""Citations, and how a statement says whose words it carries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rag.language.translation import N_, _, date_words, joined
from rag.schema import Citation, Document, PageKind

_NUMBERED: Final[dict[PageKind, str]] = {
    "page": N_("page {number}"),
    "slide": N_("slide {number}"),
    "row": N_("row {number}"),
}
_LABELLED: Final[dict[PageKind, str]] = {
    "page": N_("page {label} (page {number} of the file)"),
    "slide": N_("slide {label} (slide {number} of the file)"),
}


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
    speaker, publisher, title = _names(citation)
    reported = _as_reported(citation)
    title = "" if reported and not publisher else title
    parts = (speaker or publisher, reported, title, long_date(citation.date or ""))
    return tuple(dict.fromkeys(part for part in parts if part))


def label(
    citations: Sequence[Citation], *, among: Sequence[Citation] = (), after: Citation | None = None
) -> tuple[str, str]:
    """Whose words some quotations of one voice in one document are: in few words, and the rest.

    The few words are the speaker, or else the publisher or the title, the year and the pages, such
    as ``Michael Kozak (reported), 2019, p. 2``. Where another document of ``among`` would be called
    the same, the day tells them apart, or else the title. Right ``after`` a quotation of the same
    document the year is not said again.
    """
    first = citations[0]
    speaker, publisher, title = _names(first)
    who = speaker or publisher or title
    date, year = long_date(first.date or ""), (first.date or "")[:4]
    others = [each for each in among if each.document_id != first.document_id]
    alike = [each.date or "" for each in others if _names(each)[:2] == (speaker, publisher)]
    if (first.date or "") in alike:
        who = joined((speaker, title)) or who
    elif year in [each[:4] for each in alike]:
        year = date
    reported = _as_reported(first)
    told = [_("{speaker} (reported)", speaker=who) if reported else who]
    if after is None or after.document_id != first.document_id:
        told.append(year)
    told += dict.fromkeys(map(_short_page, citations))
    pages = dict.fromkeys(page_of(each) for each in citations)
    section = " ".join((first.section or "").replace(" > ", " › ").split())
    left = (reported, title, "" if reported else publisher, date, *pages, section)
    rest = joined(dict.fromkeys(part for part in left if part and part not in told))
    return joined(told) or _("Untitled"), rest


def _short_page(citation: Citation) -> str:
    """The page as it is printed, or else its number."""
    if not citation.page or citation.page_kind != "page":
        return page_of(citation)
    return _("p. {page}", page=citation.page_label or str(citation.page))


def _names(citation: Citation) -> tuple[str, str, str]:
    """Speaker, publisher and title, each on one line, empty if not known."""
    names = (citation.speaker, citation.publisher, citation.title)
    speaker, publisher, title = (" ".join((name or "").split()) for name in names)
    return speaker, publisher, title


def _as_reported(citation: Citation) -> str:
    """Who says that the speaker said it; empty where the words are the speaker's own."""
    speaker, publisher, title = _names(citation)
    # What a body says of its own words is no report by another.
    if not citation.reported or not speaker or speaker.casefold() == publisher.casefold():
        return ""
    if publisher:
        return _("as reported by {publisher}", publisher=publisher)
    return _("as reported in {title}", title=title)


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
    if month is None:
        return date
    try:
        return date_words(int(year), int(month), int(day) if day else None)
    except ValueError:  # no such day
        return date


def page_words(number: int, label: str | None, kind: PageKind = "page") -> str:
    """A page as people cite it: ``page 12``; with another label ``page iv (page 4 of the file)``.

    Slides and rows of tables are called so: ``slide 3``, ``Deaths, row 12``.
    """
    if kind == "row":
        return label or _("row {number}", number=str(number))
    if label and label != str(number):
        return _(_LABELLED[kind], label=label, number=str(number))
    return _(_NUMBERED[kind], number=str(number))


def page_reference(number: int, label: str | None, kind: PageKind = "page") -> str:
    """The same, short: ``p. 12``."""
    if kind != "page":
        return page_words(number, label, kind)
    if label and label != str(number):
        # L10n: p. means page; the first is the printed number, the second that of the file
        return _("p. {label} (page {number} of the file)", label=label, number=str(number))
    return _("p. {page}", page=str(number))


def page_of(citation: Citation) -> str:
    """The page of a citation, short; empty without pages. It says where text was recognised."""
    if not citation.page:
        return ""
    page = page_reference(citation.page, citation.page_label, citation.page_kind)
    return _("{page} (recognised text)", page=page) if citation.ocr else page
