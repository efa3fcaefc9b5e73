"""The records that flow through the program, one for each word of the domain; answers are in cite.

All of them are frozen; none has side effects. Offsets are counted in Unicode code points of
:attr:`Document.text`, start inclusive, end exclusive. The invariant on which everything rests::

    document.text[citation.start:citation.end] == citation.quote
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

YEARS_OF_ROWS = "years"
"""The name in :attr:`Metadata.extra` of the years in which the rows of a document lie."""

_YEARS = re.compile(r"\b\d{4}\b")
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a document besides its text.

    ``date`` is ISO 8601, possibly shortened to a month or a year (``2019-03-13``, ``2019-03``,
    ``2019``). ``extra`` keeps any other field as it was given. Nothing is ever invented: a field
    that is not known is ``None``.
    """

    title: str | None = None
    publisher: str | None = None
    date: str | None = None
    country: str | None = None
    author: str | None = None
    speaker: str | None = None
    language: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def year(self) -> int | None:
        """The year of ``date``, if there is one."""
        return int(self.date[:4]) if self.date and self.date[:4].isdecimal() else None

    @property
    def years(self) -> frozenset[int]:
        """The years that the document is of: that of ``date``, or else those of its rows.

        A table or a chat without a date of its own has those in which its rows or messages lie in
        ``extra``, as :data:`YEARS_OF_ROWS`.
        """
        if self.date:
            return frozenset({self.year} if self.year else ())
        return frozenset(map(int, _YEARS.findall(self.extra.get(YEARS_OF_ROWS, ""))))


PageKind = Literal["page", "slide", "row"]
"""What a format divides its text into: physical pages, slides, or the rows of tables.

Captions and messages are ``row`` as well: places that are called by their label.
"""


@dataclass(frozen=True, slots=True)
class Page:
    """The characters ``[start, end)`` that stand on one physical page, slide or table row.

    ``number`` counts from 1; ``label`` is what is printed on the page (``iv``, ``12``), if known,
    or for a row its sheet and number (``Deaths, row 12``) or time (``00:01:02``). ``ocr`` says that
    the characters were recognised in a picture of the page and may be wrong. ``date`` is that of a
    row or message which says when it was (ISO 8601, possibly shortened).
    """

    number: int
    label: str | None
    start: int
    end: int
    kind: PageKind = "page"
    ocr: bool = False
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: the characters ``[start, end)``; ``level`` 1 is the outermost."""

    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or the part of one that nothing interrupts: each row is one paragraph.

    Its rows are the characters ``[start, end)``, those that name its columns
    ``[heading_start, heading_end)``; they are before ``start`` in a part that goes on after a note.
    """

    start: int
    end: int
    heading_start: int
    heading_end: int


@dataclass(frozen=True, slots=True)
class Aside:
    """Whole paragraphs ``[start, end)`` that stand beside the text and are no part of it.

    Readers' comments, teasers and notices of a web page, or a table of contents: they can be looked
    up, and are never an answer.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Carried:
    """The characters ``[start, end)``, brackets included, that stand elsewhere on the page.

    Names of columns and the unit, from the head of a table, before a figure: ``[Millions; 2018]``.
    """

    start: int
    end: int


def printed_runs(carried: Iterable[Carried], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The characters ``[start, end)`` of a text without those that are ``carried``, in runs.

    They are as the page has them: the space that follows what was put in is left out too.
    """
    for each in carried:
        if start < each.end + 1 and each.start < end:
            if start < each.start:
                yield start, each.start
            start = each.end + 1
    if start < end:
        yield start, end


@dataclass(frozen=True, slots=True)
class Turn:
    """The words ``[start, end)`` that ``speaker`` says in a transcript, without the label."""

    speaker: str
    start: int
    end: int


How = Literal["turn", "quoted", "reported", "metadata", "author"]
"""How it is known whose words a run of a document's text has; ``reported`` ones are an account."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """What a document tells of somebody whose words it has.

    ``name`` is the speaker of its statements and turns, ``full_name`` the fullest form of that name
    in the document, ``role`` what it says that they are: "the health minister of Lebanon".
    """

    name: str
    full_name: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class AttributedStatement:
    """Words of ``text[start:end]`` that are somebody's, or an account of somebody's words.

    ``speaker`` is named as fully as the document has named them up to there. ``how`` is ``quoted``
    for words between quotation marks and ``reported`` for an account, whose ``cue`` are the words
    that say so ("Kozak said"). ``turn`` is a paragraph of a turn of a transcript, ``metadata`` one
    of a speech, ``author`` one of a text whose author is known. ``depth`` counts the statements of
    others that this one stands in.
    """

    start: int
    end: int
    speaker: str
    how: How
    depth: int = 0
    cue: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of one file, before it has an identity.

    ``text`` is the running text: paragraphs and headings separated by blank lines, lines of one
    paragraph joined, no running heads. ``pages`` is empty for formats without pages; otherwise the
    pages follow one another without gaps and cover the whole text. ``headings``, ``turns``,
    ``tables``, ``asides`` and ``carried`` are ordered by ``start``; tables whose columns have no
    names are left out, and those whose rows carry them. ``attachments`` are the names of files
    inside it that are documents of their own.
    """

    text: str
    metadata: Metadata = field(default_factory=Metadata)
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()
    turns: tuple[Turn, ...] = ()
    tables: tuple[Table, ...] = ()
    warnings: tuple[str, ...] = ()
    asides: tuple[Aside, ...] = ()
    carried: tuple[Carried, ...] = ()
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One report: its text after reading, with its metadata.

    ``id`` is derived from the bytes of the file, so the same file has the same id everywhere.
    ``source`` is the path relative to the ingested folder. ``statements``, what is quoted and
    reported in it, are None where they were not looked for when the document was ingested;
    ``speakers`` are what it tells of those who speak in them and in its turns.
    """

    id: str
    source: str
    text: str
    metadata: Metadata
    media_type: str
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()
    turns: tuple[Turn, ...] = ()
    tables: tuple[Table, ...] = ()
    warnings: tuple[str, ...] = ()
    statements: tuple[AttributedStatement, ...] | None = None
    asides: tuple[Aside, ...] = ()
    carried: tuple[Carried, ...] = ()
    speakers: tuple[Speaker, ...] = ()

    @property
    def title(self) -> str:
        """The title, or the source where there is none."""
        return self.metadata.title or self.source

    def page_at(self, offset: int) -> Page | None:
        """The page on which the character at ``offset`` stands; None without pages."""
        at = bisect_right(self.pages, offset, key=lambda page: page.start) - 1
        page = self.pages[at] if at >= 0 else None
        return page if page is not None and offset < page.end else None

    def turn_at(self, offset: int) -> Turn | None:
        """The speaker's turn in which the character at ``offset`` stands; None outside of any."""
        at = bisect_right(self.turns, offset, key=lambda turn: turn.start) - 1
        turn = self.turns[at] if at >= 0 else None
        return turn if turn is not None and offset < turn.end else None

    def printed(self, start: int, end: int) -> str:
        """The characters ``[start, end)`` as they are printed, without what is carried."""
        return "".join(self.text[slice(*run)] for run in printed_runs(self.carried, start, end))

    def is_aside(self, offset: int) -> bool:
        """Whether the character at ``offset`` stands beside the text."""
        at = bisect_right(self.asides, offset, key=lambda aside: aside.start) - 1
        return at >= 0 and offset < self.asides[at].end


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document as a list shows it: everything but the text.

    ``pages`` is the number of physical pages, None for formats without pages. ``added`` is when
    this version came into the index (ISO 8601, UTC); ``edited`` are the metadata fields that
    were corrected by hand.
    """

    id: str
    source: str
    metadata: Metadata
    media_type: str
    pages: int | None
    passages: int
    characters: int
    warnings: tuple[str, ...] = ()
    added: str | None = None
    edited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter on the metadata of documents, such as ``country = Ethiopia`` or ``year >= 2018``.

    ``field`` is the name of a metadata field, known or extra, or ``source`` or ``year``; text
    compares without regard to case.
    """

    field: str
    operator: Literal["=", "!=", "<", "<=", ">", ">="]
    value: str

    def holds_for(self, year: int) -> bool:
        """Whether a year meets a condition on the year, whose value is a whole number."""
        return bool(_COMPARED[self.operator](year, int(self.value)))


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of a document's text that is indexed and retrieved.

    ``document.text[start:end] == text``. ``section`` is the path of headings, joined by `` > ``;
    ``sentences`` are the offsets, in the document, of the sentences in the passage.
    """

    id: str
    document_id: str
    start: int
    end: int
    text: str
    section: str | None = None
    speaker: str | None = None
    page_start: int | None = None
    page_end: int | None = None
    sentences: tuple[tuple[int, int], ...] = ()

    def words(self, start: int, end: int) -> str:
        """The characters ``[start, end)`` of the document, which lie in the passage."""
        return self.text[start - self.start : end - self.start]


def passage_id(document_id: str, start: int, end: int) -> str:
    """The id of the passage ``[start, end)`` of a document."""
    return f"{document_id}.{start}-{end}"


def owner(passage_id: str) -> str:
    """The id of the document that a passage is from."""
    return passage_id.partition(".")[0]


def start_of(passage_id: str) -> tuple[int, str]:
    """Where a passage begins, as far as its id tells, and the id: an order to sort by."""
    begin = passage_id.rpartition(".")[2].partition("-")[0]
    return (int(begin) if begin.isdigit() else 0), passage_id


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query. ``rank`` counts from 1; a higher ``score`` is better.

    ``parts`` are the indexed passages that ``passage`` was joined from, in the order of the text;
    mostly there is one, the passage itself.
    """

    rank: int
    score: float
    passage: Passage
    source: str
    metadata: Metadata
    parts: tuple[Passage, ...]

    @property
    def title(self) -> str:
        """The title of the passage's document, or its source where there is none."""
        return self.metadata.title or self.source


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence ``[start, end)`` inside a hit that bears on the question.

    ``score`` is the probability, in [0, 1], that it is part of the answer.
    """

    hit: Hit
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The sentence, word for word."""
        return self.hit.passage.words(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer from a statement to the exact characters of a document.

    ``page`` is the physical page (1-based) on which ``start`` stands, ``page_label`` the printed
    one. ``number`` counts from 1 in the order of first use in the answer. ``speaker`` is whose
    words these are, if known; with ``reported`` they are the document's account of those words,
    as in "the minister told reporters that …".
    """

    number: int
    document_id: str
    passage_id: str
    source: str
    title: str
    publisher: str | None
    date: str | None
    page: int | None
    page_label: str | None
    section: str | None
    speaker: str | None
    start: int
    end: int
    quote: str
    page_kind: PageKind = "page"
    ocr: bool = False
    reported: bool = False
