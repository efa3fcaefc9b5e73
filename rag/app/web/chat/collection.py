"""The collection as the page shows it: facts, filters and example questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeGuard

from rag.answer.catalog_answers import counted
from rag.app.web.shared.places import token
from rag.html import one_line, render
from rag.language.translation import _, joined, n_, p_
from rag.schema import Condition, DocumentInfo

Choices = list[tuple[str, str]]
"""Options of a filter: label and value; the empty value means no filter."""

_LISTED = 200
_LONGEST_VALUE = 1_000
_OFFERED = 1_000  # documents in the filter
_MOST_SOURCES = 1_000  # that are asked together

# Questions about the sample reports, by file.
_SAMPLES = {
    "ethiopia-2019-expression-and-internet.md": (
        "How many independent newspapers appeared in Addis Ababa?"
    ),
    "azerbaijan-2018-country-report.md": "What did Kozak say about engagement?",
    "kozak-foreign-press-center.txt": "Why did Congress ask for the human rights reports?",
    "ethiopia-2019-elections-and-displacement.md": "How many people were displaced in Ethiopia?",
}


def collection_html(documents: Sequence[DocumentInfo]) -> str:
    """The facts about the collection, and its documents as links that open them."""
    years = _years(documents)
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else "".join(map(str, years))
    passages = sum(one.passages for one in documents)
    publishers = len({one.metadata.publisher for one in documents} - {None})
    # L10n: {documents} is “12 documents”, {years} a year or a span of years, “2014–2019”
    of_years = _("{documents}, {years}", documents=counted(documents), years=span)
    told = (
        n_("{count} passage", "{count} passages", passages) if passages else "",
        n_("{count} publisher", "{count} publishers", publishers) if publishers else "",
    )
    facts = (of_years if span else counted(documents), joined(told))
    ordered = sorted(documents, key=lambda one: (one.metadata.title or one.source).casefold())
    return render(
        "app/web/chat/collection.html",
        documents=documents,
        facts=facts,
        warned=sum(bool(one.warnings) for one in documents),
        listed=[
            (token(one.id, 0, 0), one_line(one.metadata.title or one.source))
            for one in ordered[:_LISTED]
        ],
        left_out=len(ordered) - _LISTED,
    )


def choices(documents: Sequence[DocumentInfo]) -> tuple[Choices, ...]:
    """What the filters offer: countries, publishers, first years, last years, documents.

    Of very many documents none is offered here; one can still be asked from its own view.
    """
    countries = _distinct(one.metadata.country for one in documents)
    publishers = _distinct(one.metadata.publisher for one in documents)
    years = [str(year) for year in _years(documents)]
    few = documents if len(documents) <= _OFFERED else ()
    titled = sorted((_title(one).casefold(), _title(one), one.source) for one in few)
    return (
        [(_("All countries"), ""), *((name, name) for name in countries)],
        [(_("All publishers"), ""), *((name, name) for name in publishers)],
        [(p_("year", "Any"), ""), *((year, year) for year in years)],
        [(p_("year", "Any"), ""), *((year, year) for year in reversed(years))],
        [(_("All documents"), ""), *((title, source) for _, title, source in titled)],
    )


def still_offered(chosen: object, offered: Choices) -> str:
    """The chosen value of a filter if it is still offered, or else none."""
    return chosen if isinstance(chosen, str) and chosen in dict(offered).values() else ""


def _title(document: DocumentInfo) -> str:
    return one_line(document.metadata.title or document.source)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value}, key=str.casefold)


def _years(documents: Sequence[DocumentInfo]) -> list[int]:
    return sorted({year for one in documents for year in one.metadata.years})


def conditions(
    country: object, publisher: object, first: object, last: object, sources: object = ()
) -> tuple[Condition, ...]:
    """The filters that are set, as conditions; all of them must hold, and one of ``sources``.

    What is not text, and what is not a year, is no filter: the values come from the browser.
    """
    several = sources[:_MOST_SOURCES] if isinstance(sources, list) else []
    named = [("country", country), ("publisher", publisher), *(("source", one) for one in several)]
    texts = [Condition(field, "=", value) for field, value in named if _is_set(value)]
    bounds: list[tuple[Literal[">=", "<="], object]] = [(">=", first), ("<=", last)]
    years = [
        Condition("year", operator, value)
        for operator, value in bounds
        if _is_set(value) and re.fullmatch(r"[0-9]{4}", value)
    ]
    return (*texts, *years)


def _is_set(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_VALUE


def example_questions(
    documents: Sequence[DocumentInfo], *, made: Iterable[str] = (), most: int = 4
) -> tuple[str, ...]:
    """Questions that this collection can be asked, at most ``most``.

    Questions about the sample reports only where those are in the collection; otherwise those
    ``made`` of headings, then some of the countries, speakers and titles that there are.
    """
    sources = {one.source.rsplit("/", 1)[-1] for one in documents}
    questions = [question for source, question in _SAMPLES.items() if source in sources]
    if not questions:
        questions = list(dict.fromkeys((*made, *_from_metadata(documents))))
    return tuple(questions[:most])


def _from_metadata(documents: Sequence[DocumentInfo]) -> list[str]:
    countries = [f"What do the reports say about {name}?" for name in _plain("country", documents)]
    speakers = [f"What did {name} say?" for name in _plain("speaker", documents)]
    titles = [f"What is “{name}” about?" for name in _plain("title", documents)]
    return [*countries[:2], *speakers[:2], *titles[:2]]


def _plain(field: str, documents: Sequence[DocumentInfo]) -> list[str]:
    """The values of a field that read well inside a question: short, and words only."""
    values = _distinct(getattr(one.metadata, field) for one in documents)
    return [value for value in values if re.fullmatch(r"[\w ,.'’:()-]{2,70}", value)]
