"""What other programs send and get, as the specification of the API has it.

The records of answers are taken from those of the program, field by field, so that the
specification cannot tell other things than :mod:`rag.app.json` writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Final, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from rag.app.api.tools import (
    LONGEST_DRAFT,
    LONGEST_QUESTION,
    LONGEST_SOURCE,
    MOST_CONDITIONS,
    MOST_HITS,
)
from rag.app.library.jobs import JobState, State
from rag.app.web.shared.http import Asked
from rag.cite.answers import Listing, QuestionKind, Statement
from rag.quotes.records import Difference, Status
from rag.schema import Citation, DocumentInfo, Metadata, Page
from rag.store import ListedStatement, Person

_LONGEST_NAME: Final = 300
_MOST_TURNS: Final = 1_000
_LONGEST_ADDRESS: Final = 4_000

Filter = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_SOURCE),
    Field(description="A filter on metadata: FIELD, one of = != < <= > >=, and a value."),
]
Filters = Annotated[list[Filter], Field(max_length=MOST_CONDITIONS)]
_WHERE: Any = Field(
    default_factory=list,
    description="All must hold; those on one field with = are alternatives.",
    examples=[["country=Ethiopia", "year>=2018"]],
)


# Requests -----------------------------------------------------------------------------------------


class SearchRequest(Asked):
    """What to search for."""

    query: str = Field(min_length=1, max_length=LONGEST_QUESTION, examples=["press freedom"])
    count: int = Field(10, ge=1, le=MOST_HITS, description="Passages, at most.")
    where: Filters = _WHERE


class Turn(Asked):
    """An earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=LONGEST_DRAFT)


class AskRequest(Asked):
    """A question, with the conversation before it."""

    question: str = Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        examples=["How many political prisoners were there in Azerbaijan?"],
    )
    history: list[Turn] = Field(
        default_factory=list, max_length=_MOST_TURNS, description="The last 50 turns count."
    )
    where: Filters = _WHERE
    stream: bool = Field(
        True, description="Server-sent events as the answer grows, or one JSON object at its end."
    )


class CiteRequest(Asked):
    """A quotation, or a draft with quotations, to be looked up."""

    text: str = Field(
        min_length=1,
        max_length=LONGEST_DRAFT,
        examples=["Nongovernmental estimates put the number of political prisoners"],
    )
    draft: bool = Field(False, description="Look up every quotation in the text.")
    source: str | None = Field(
        None, max_length=LONGEST_SOURCE, description="In which document it is said to stand."
    )
    speaker: str | None = Field(
        None, max_length=_LONGEST_NAME, description="Whose words they are said to be."
    )
    style: str | None = Field(
        None,
        max_length=_LONGEST_NAME,
        description="Adds references: chicago, apa, mla, oscola or bluebook.",
        examples=["chicago"],
    )


class AddressRequest(Asked):
    """A page or file on the web that is to be fetched and added."""

    url: str = Field(
        min_length=1, max_length=_LONGEST_ADDRESS, examples=["https://www.example.org/report.pdf"]
    )


# Answers ------------------------------------------------------------------------------------------


class Told(BaseModel):
    """A part of an answer; it has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


def _mirror(
    name: str,
    words: str,
    *records: type,
    without: tuple[str, ...] = (),
    **others: Any,  # noqa: ANN401 - as create_model has them
) -> type[Told]:
    """A model with the fields of some dataclasses, and ``others`` as pydantic has them."""
    taken = {
        field.name: (_seen_as(get_type_hints(record)[field.name]), ...)
        for record in records
        for field in fields(record)
        if field.name not in without
    }
    made: type[Told] = create_model(name, __base__=Told, __doc__=words, **{**taken, **others})
    return made


def _seen_as(hint: Any) -> Any:  # noqa: ANN401 - a type, as get_type_hints has it
    """The type of a field in JSON."""
    mirrored: Mapping[Any, Any] = {Mapping[str, str]: dict[str, str]}
    return mirrored.get(hint, hint)


class ErrorDetail(Told):
    """What went wrong."""

    code: str = Field(examples=["not_found"])
    message: str = Field(description="One sentence that says what is wrong and what to do.")


class Error(Told):
    """Every error has this form."""

    error: ErrorDetail


class Hit(Told):
    """A passage: where it stands, whose words they are, and its text."""

    rank: int
    score: float
    document_id: str
    passage_id: str
    source: str
    title: str
    publisher: str | None
    date: str | None
    country: str | None
    page_start: int | None
    page_end: int | None
    section: str | None
    speaker: str | None
    start: int
    end: int
    text: str


class SearchAnswer(Told):
    """Passages, best first."""

    query: str
    hits: list[Hit]


CitationModel = _mirror("Citation", "The exact characters of a document.", Citation)
StatementModel = _mirror(
    "Statement", "A sentence of an answer, and the citations it rests on.", Statement
)
DocumentModel = _mirror(
    "Document",
    "A document as a list shows it.",
    DocumentInfo,
    Metadata,
    without=("metadata",),
)
_ListingModel = _mirror("Listing", "Statements the answer had no room for.", Listing)


class AskAnswer(Told):
    """An answer with its citations, or an abstention with its reason."""

    question: str
    query: str
    answer: str
    abstained: bool
    judged: bool
    reason: str | None
    statements: list[StatementModel]  # type: ignore[valid-type]
    citations: list[CitationModel]  # type: ignore[valid-type]
    hits: list[Hit]
    confidence: float
    kind: QuestionKind
    notes: list[str]
    model: str | None
    invented: int
    documents: list[DocumentModel]  # type: ignore[valid-type]
    suggestions: list[str]
    listing: _ListingModel | None  # type: ignore[valid-type]
    timings_ms: dict[str, float]


_DifferenceModel = _mirror("Difference", "Words that differ.", Difference)
_MatchModel = _mirror(
    "Match",
    "A place at which a quotation stands, or to which it comes close.",
    Citation,
    similarity=(float, ...),
    differences=(list[_DifferenceModel], ...),  # type: ignore[valid-type]
    parts=(list[CitationModel], ...),  # type: ignore[valid-type]
    reference=(str, Field(default="", description="With a style: the reference.")),
)


class CiteAnswer(Told):
    """Whether a quotation stands in the reports, where, and if not, what differs."""

    quotation: str
    status: Status
    matches: list[_MatchModel]  # type: ignore[valid-type]
    total: int
    closest: list[_MatchModel]  # type: ignore[valid-type]
    elsewhere: bool
    elsewhere_matches: list[_MatchModel]  # type: ignore[valid-type]
    note: str | None


class CheckedQuotation(CiteAnswer):
    """A quotation of a draft, the characters ``[start, end)`` of it."""

    start: int
    end: int
    speaker: str | None


class DraftAnswer(Told):
    """The quotations of a draft, in order."""

    quotations: list[CheckedQuotation]


class DocumentsAnswer(Told):
    """One page of a list of documents; ``total`` is how many there are."""

    total: int
    first: int
    documents: list[DocumentModel]  # type: ignore[valid-type]


class TextAnswer(Told):
    """The characters ``[start, end)`` of a document of so many ``characters``.

    ``pages`` are those on which some of them stand, with their own ranges in the whole text.
    """

    document_id: str
    characters: int
    start: int
    end: int
    text: str
    pages: list[_mirror("Page", "A page.", Page)]  # type: ignore[valid-type]


_AttributedModel = _mirror(
    "Attributed",
    "Words that are somebody's, or an account of them.",
    ListedStatement,
    without=("title", "publisher", "date", "person_id", "depth", "page_label", "page_kind"),
)


class StatementsAnswer(Told):
    """One page of a list of statements; ``total`` is how many there are."""

    total: int
    first: int
    statements: list[_AttributedModel]  # type: ignore[valid-type]


class PeopleAnswer(Told):
    """One page of a list of those who speak; ``total`` is how many there are."""

    total: int
    first: int
    people: list[_mirror("Person", "Who speaks.", Person)]  # type: ignore[valid-type]


class RemovedAnswer(Told):
    """The sources that led to the document that was removed."""

    removed: list[str]


class File(Told):
    """What has become of a file: ``message`` is the reason of a failure, or a warning."""

    number: int
    name: str
    source: str
    state: State
    size: int
    message: str | None
    document_id: str | None


class JobAnswer(Told):
    """Files that are being added. The job has ended when its ``state`` is "done"."""

    id: str
    state: JobState
    share: float = Field(ge=0, le=1, description="How much of the work is done.")
    passages: int
    remaining_seconds: float | None
    message: str | None
    files: list[File]
    total: int = Field(description="Files of the job, of which at most 200 are listed.")
