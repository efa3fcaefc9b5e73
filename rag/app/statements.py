"""Which statements are asked for, as the command line and other programs say it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import SourceNotFound
from rag.schema import Condition
from rag.store import StatementFilter, StatementStore, Store


def statement_store(index: Store) -> StatementStore:
    """The index, which can tell who says what.

    Raises:
        SourceNotFound: it cannot.
    """
    if not isinstance(index, StatementStore):
        raise SourceNotFound("this collection has no index of statements")
    return index


def statements_wanted(
    index: Store,
    *,
    speaker: str = "",
    about: str = "",
    where: Sequence[Condition] = (),
    source: str = "",
) -> StatementFilter:
    """The filter for the statements of a speaker, given by a name, a description or an id.

    Raises:
        SourceNotFound: there is no such source, or no index of statements.
    """
    if source and index.source(source) is None:
        raise SourceNotFound(f"no document {source!r} in the index: see 'rag list'")
    person = statement_store(index).person(speaker.strip())
    return StatementFilter(
        speaker="" if person else speaker,
        person=person.id if person else "",
        about=about,
        where=tuple(where),
        source=source,
    )
