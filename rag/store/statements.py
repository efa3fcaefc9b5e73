"""The index of statements: who speaks, what they say, and who is one person.

A store may have one; :class:`rag.store.Index` has. Without it, answers look for speakers in the
passages that a search finds, and nobody's statements can be listed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from rag.schema import Condition, DocumentInfo, How, PageKind


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which statements to list; everything that is given must fit.

    ``speaker`` is a name or a description (of a description those count whom a document describes
    in just these words, if there are any), ``person`` the id of a person. ``about`` are words of
    which a statement has every one, in any of their forms. ``where`` filters the documents,
    ``source`` is one source, ``document_ids`` are some documents, ``how`` ways of knowing whose
    words they are.
    """

    speaker: str = ""
    person: str = ""
    about: str = ""
    where: tuple[Condition, ...] = ()
    source: str = ""
    document_ids: Collection[str] | None = None
    how: Collection[How] = ()


@dataclass(frozen=True, slots=True)
class ListedStatement:
    """A statement with where it stands: the characters ``[start, end)`` of a document.

    ``speaker`` is how the document names the speaker, ``person`` how the person or body is called
    over all documents, ``role`` and ``country`` are what is told of them; ``how`` says how it is
    known whose words these are, ``cue`` the words that say so. ``depth`` counts the statements of
    others in which it stands.
    """

    document_id: str
    source: str
    title: str
    publisher: str | None
    date: str | None
    start: int
    end: int
    text: str
    speaker: str
    person: str
    person_id: str
    role: str | None
    country: str | None
    how: How
    cue: str
    depth: int
    page: int | None
    page_label: str | None
    page_kind: PageKind

    @property
    def is_account(self) -> bool:
        """Whether these are not the speaker's own words, but what the document makes of them."""
        return self.how == "reported"


@dataclass(frozen=True, slots=True)
class FoundStatements:
    """Some of the statements that fit, by date and place; ``total`` is how many there are."""

    total: int
    statements: tuple[ListedStatement, ...]


@dataclass(frozen=True, slots=True)
class PersonForm:
    """One name by which a person is called in ``documents``, and in how many statements.

    ``apart`` says that it was split off by hand.
    """

    name: str
    statements: int
    documents: int
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who speaks, over all documents: a person, a body, or one who is only described.

    Who is only described ("the applicant") is told apart by document, which ``described_in`` names.
    ``first`` and ``last`` are the dates of the earliest and latest document, if any is dated.
    ``written`` counts the statements that are known by the author of a document only.
    """

    id: str
    name: str
    kind: Literal["person", "body", "unnamed"]
    role: str | None
    country: str | None
    statements: int
    written: int
    documents: int
    first: str | None
    last: str | None
    described_in: str | None = None


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """Some of the people who fit, and how many there are."""

    total: int
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class MadeByHand:
    """A decision about who is who, in words; ``merged`` or split ``apart``."""

    id: int
    kind: Literal["merged", "apart"]
    one: str
    other: str | None
    made: str


@runtime_checkable
class StatementStore(Protocol):
    """What a store with an index of statements can be asked, from several threads."""

    def statements(
        self, wanted: StatementFilter, *, first: int = 0, count: int | None = None
    ) -> FoundStatements:
        """Some of the statements that fit, by date and place; all of them without ``count``.

        Raises:
            QueryError: a condition cannot be understood.
        """

    def documents_of(self, *, person: str = "", speaker: str = "") -> tuple[DocumentInfo, ...]:
        """The documents in which a person, by id, or a speaker, by name, says anything, by source.

        Those in which anybody does, if neither is given.
        """

    def passages_with(self, wanted: StatementFilter) -> frozenset[str]:
        """The ids of the passages in which some of the statements stand that fit."""

    def statement_count(self) -> int:
        """How many statements there are."""

    def people(
        self,
        text: str = "",
        *,
        kinds: Sequence[str] = (),
        sort: str = "statements",
        first: int = 0,
        count: int | None = None,
    ) -> FoundPeople:
        """Some of those who speak, of these kinds, with every word of ``text`` in name or role.

        ``sort`` is statements, name, documents or latest.

        Raises:
            QueryError: ``sort`` is none of these.
        """

    def person(self, person_id: str) -> Person | None:
        """One who speaks, or None if there is none of that id."""

    def people_called(self, name: str) -> tuple[Person, ...]:
        """All who can be meant by a name or a description, who says most first."""

    def forms_of(self, person_id: str) -> tuple[PersonForm, ...]:
        """The names by which a person is called, the commonest first."""

    def made_by_hand(self) -> tuple[MadeByHand, ...]:
        """What was decided by hand about who is who, in the order in which it was."""

    def writing(self) -> AbstractContextManager[PeopleWriter]:
        """Hold the write lock; as :meth:`rag.store.Store.writing`."""


class PeopleWriter(Protocol):
    """Decisions by hand about who is who, which hold for documents to come, too."""

    def merge_people(self, person_id: str, other_id: str) -> None:
        """Let two people be one from now on, in documents to come too.

        Raises:
            SourceNotFound: there is no such person, or both are one already.
        """

    def split_person(self, person_id: str, name: str) -> None:
        """Let one of a person's names (:meth:`StatementStore.forms_of`) be somebody else's.

        Raises:
            SourceNotFound: there is no such person, or the person has no such name or no other.
        """

    def undo_decision(self, decision_id: int) -> None:
        """Take back what was decided by hand about who is who.

        Raises:
            SourceNotFound: there is no such decision.
        """
