"""What the page says about the collection: facts, filters and example questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeGuard

from rag.app.web.shared.fragments import escape
from rag.app.web.shared.places import token
from rag.schema import Condition, DocumentInfo

__all__ = [
    "Choices",
    "choices",
    "collection_html",
    "conditions",
    "example_questions",
    "kept",
]

Choices = list[tuple[str, str]]
"""What a list of a filter offers: the words shown and the value; the empty value is no filter."""

_LISTED = 200
_LONGEST_VALUE = 1_000

_SAMPLES = (
    (
        "ethiopia-2019-expression-and-internet.md",
        "How many independent newspapers appeared in Addis Ababa?",
    ),
    (
        "azerbaijan-2018-country-report.md",
        "What did Kozak say about engagement?",
    ),
    (
        "kozak-foreign-press-center.txt",
        "Why did Congress ask for the human rights reports?",
    ),
    (
        "ethiopia-2019-elections-and-displacement.md",
        "How many people were displaced in Ethiopia?",
    ),
)


def collection_html(documents: Sequence[DocumentInfo]) -> str:
    """The facts about the collection, and its documents as links that open them."""
    if not documents:
        return (
            '<p>This collection is empty.</p><p>Add reports in the <a href="#library">Library</a>.'
            "</p>"
        )
    years = _years(documents)
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else "".join(map(str, years))
    facts = [
        (_count(len(documents), "document"), span),
        (
            _count(sum(one.passages for one in documents), "passage"),
            _count(len({one.metadata.publisher for one in documents} - {None}), "publisher"),
        ),
    ]
    items = "".join(f"<li>{', '.join(filter(None, line))}</li>" for line in facts if any(line))
    return f'<ul class="counts">{items}</ul>{_warned(documents)}{_listed(documents)}'


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if number else ""


def _warned(documents: Sequence[DocumentInfo]) -> str:
    warned = sum(bool(one.warnings) for one in documents)
    verb = "was" if warned == 1 else "were"
    words = (
        f"{_count(warned, 'document')} {verb} read with warnings; they are in the "
        '<a href="#library">Library</a>.'
    )
    return f'<p class="warning">{words}</p>' if warned else ""


def _listed(documents: Sequence[DocumentInfo]) -> str:
    ordered = sorted(documents, key=lambda one: (one.metadata.title or one.source).casefold())
    items = "".join(
        f'<li><a href="#src={token(one.id, 0, 0)}"><bdi>'
        f"{escape(' '.join((one.metadata.title or one.source).split()))}</bdi></a></li>"
        for one in ordered[:_LISTED]
    )
    left_out = len(ordered) - _LISTED
    words = f"{left_out:,} more in the Library"
    more = f'<li><a href="#library">{words}</a></li>' if left_out > 0 else ""
    return f"<details><summary>All documents</summary><ul>{items}{more}</ul></details>"


def choices(documents: Sequence[DocumentInfo]) -> tuple[Choices, Choices, Choices, Choices]:
    """What the filters offer: countries, publishers, first years, last years."""
    countries = _distinct(one.metadata.country for one in documents)
    publishers = _distinct(one.metadata.publisher for one in documents)
    years = [str(year) for year in _years(documents)]
    return (
        [("All countries", ""), *((name, name) for name in countries)],
        [("All publishers", ""), *((name, name) for name in publishers)],
        [("Any", ""), *((year, year) for year in years)],
        [("Any", ""), *((year, year) for year in reversed(years))],
    )


def kept(chosen: object, offered: Choices) -> str:
    """The value that a filter keeps when it is offered other ones: its own, or none."""
    return chosen if isinstance(chosen, str) and chosen in dict(offered).values() else ""


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value}, key=str.casefold)


def _years(documents: Sequence[DocumentInfo]) -> list[int]:
    return sorted({one.metadata.year for one in documents if one.metadata.year is not None})


def conditions(
    country: object, publisher: object, first: object, last: object
) -> tuple[Condition, ...]:
    """The filters that are set, as conditions; all of them must hold.

    What is not text, and what is not a year, is no filter: the values come from the browser.
    """
    named = [("country", country), ("publisher", publisher)]
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


def example_questions(documents: Sequence[DocumentInfo], *, most: int = 4) -> tuple[str, ...]:
    """Questions that this collection can be asked, at most ``most``.

    Questions about the sample reports only where those are in the collection; otherwise
    questions made of the countries, speakers and titles that there are.
    """
    sources = {one.source.rsplit("/", 1)[-1] for one in documents}
    questions = [question for source, question in _SAMPLES if source in sources]
    if not questions:
        questions = list(dict.fromkeys(_from_metadata(documents)))
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
