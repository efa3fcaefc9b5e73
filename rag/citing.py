"""Citations, and how a statement says whose words it carries."""

from __future__ import annotations

from rag.schema import Citation, Document, Evidence

__all__ = ["attribution", "cite", "long_date"]

_MONTHS = tuple(
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def cite(evidence: Evidence, document: Document, *, number: int) -> Citation:
    """The citation of a sentence, taken from the document itself.

    The quote is ``document.text[start:end]``, so it stands where the citation says.
    """
    passage = evidence.hit.passage
    page = document.page_at(evidence.start)
    return Citation(
        number=number,
        document_id=document.id,
        passage_id=passage.id,
        source=document.source,
        title=document.title,
        publisher=document.metadata.publisher,
        date=document.metadata.date,
        page=page.number if page else None,
        page_label=page.label if page else None,
        section=passage.section,
        speaker=passage.speaker,
        start=evidence.start,
        end=evidence.end,
        quote=document.text[evidence.start : evidence.end],
    )


def attribution(citation: Citation) -> tuple[str, ...]:
    """Whose words a quote is, from which document, and of when; only what is known.

    For a news report, for example, ``("Turan", "Impunity remains a problem", "13 March 2019")``.
    The first part is the speaker, or else the publisher, or else the title.
    """
    date = long_date(citation.date) if citation.date else None
    parts = (citation.speaker or citation.publisher, citation.title, date)
    return tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part))


def long_date(date: str) -> str:
    """An ISO date, possibly without day or month, in words; anything else as it is.

    >>> long_date("2019-03-13"), long_date("2019-03"), long_date("2019")
    ('13 March 2019', 'March 2019', '2019')
    """
    parts = date.split("-")
    if not all(part.isdigit() for part in parts) or len(parts) > 3:
        return date
    names = parts[:1]
    if len(parts) > 1 and 1 <= int(parts[1]) <= 12:
        names.insert(0, _MONTHS[int(parts[1]) - 1])
    if len(parts) == 3:
        names.insert(0, str(int(parts[2])))
    return " ".join(names)
