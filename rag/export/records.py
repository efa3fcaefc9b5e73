"""What an export holds: the turns of a conversation, every quotation, and where they are from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rag.cite.answers import Support
from rag.cite.references import Run, plain
from rag.schema import PageKind

FORMAT: Final = "footnote-export/1"
"""The name and version of the record that every export carries."""

StatementKind = Literal["quote", "generated", "text", "unchecked"]
"""The kinds of sentences in an export.

``quote``: the words of a document, looked up in it; ``generated``: written by a language model;
``text``: the program's own words; ``unchecked``: given as a quotation, but not found at the place.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The characters ``[start, end)`` of a document."""

    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ClaimedStatement:
    """A sentence of an answer as a client gives it: its words and places are looked up again.

    ``support`` is the mark of a generated sentence, and ``fault`` what was not found of it.
    ``speaker`` is whose words these are where the catalog has told already, and ``reported`` then
    says that they are an account.
    """

    text: str
    kind: Literal["quote", "generated", "text"]
    places: tuple[Place, ...] = ()
    support: Support | None = None
    fault: str | None = None
    speaker: str | None = None
    reported: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedTurn:
    """A question and its answer as a client gives them, to be exported. ``notes`` are cautions."""

    question: str
    statements: tuple[ClaimedStatement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation with its place, taken from the catalog.

    ``text_sha256`` is the hash of the text of the whole document, in which ``start`` and ``end``
    count. ``pinpoint`` is the page label, slide, row or heading that ``note``, the reference,
    names. ``shown`` says that a sentence of the export has the words; otherwise they stand in the
    footnote.
    """

    number: int
    document_id: str
    source: str
    text_sha256: str
    start: int
    end: int
    quote: str
    page: int | None
    page_label: str | None
    page_kind: PageKind
    section: str | None
    speaker: str | None
    ocr: bool
    pinpoint: str | None
    note: tuple[Run, ...]
    shown: bool

    @property
    def reference(self) -> str:
        """The reference as plain text."""
        return plain(self.note)


@dataclass(frozen=True, slots=True)
class ExportedStatement:
    """A sentence of an answer, with the numbers of its quotations.

    ``heading`` says whose words a quotation has, and from where. ``support`` is the mark of a
    generated sentence, which exports of earlier versions have not.
    """

    text: str
    kind: StatementKind
    quotations: tuple[int, ...] = ()
    heading: str = ""
    fault: str | None = None
    support: Support | None = None


@dataclass(frozen=True, slots=True)
class ExportedTurn:
    """A question and its answer."""

    question: str
    statements: tuple[ExportedStatement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is quoted. Its id is the beginning of the SHA-256 of its file."""

    document_id: str
    source: str
    title: str
    text_sha256: str
    entry: tuple[Run, ...]

    @property
    def reference(self) -> str:
        """The line of the list of sources as plain text."""
        return plain(self.entry)


@dataclass(frozen=True, slots=True)
class Collection:
    """The state of the collection; ``ids_sha256`` is the hash of its documents' sorted ids."""

    documents: int
    passages: int
    ids_sha256: str


@dataclass(frozen=True, slots=True)
class Export:
    """An answer or a conversation with everything that is needed to check it later.

    ``made`` is ISO 8601, UTC; ``style`` the name of the reference style.
    """

    format: str
    program: str
    made: str
    style: str
    collection: Collection
    turns: tuple[ExportedTurn, ...]
    quotations: tuple[Quotation, ...]
    sources: tuple[Source, ...]
