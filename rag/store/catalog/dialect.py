"""What SQLite and PostgreSQL say differently, and what both can do.

SQL in :mod:`rag.store.catalog` has ``?`` for a parameter and is otherwise what both understand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from rag.models.embedding import Vectors
from rag.schema import Document

NO_LIMIT = 2**62
"""A LIMIT that limits nothing, in either database."""


class Row(Protocol):
    """A row of a result: values by the name of the column or by its number."""

    def __getitem__(self, key: Any, /) -> Any:  # noqa: ANN401 - whatever a column holds
        ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns."""
        ...


class Result(Protocol):
    """The rows that a statement has found."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a Row, or None
        """The next row, or None."""

    def fetchall(self) -> Sequence[Any]:
        """All rows that are left."""


class Connection(Protocol):
    """A connection in the middle of a transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Result:
        """Run one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each of the ``parameters``."""


class Dialect(ABC):
    """Expressions and values that depend on the database. ``d`` is a row of ``documents``."""

    person_name: ClassVar[str]
    """The folded name of a person ``p``, to sort by."""
    carried: ClassVar[str]
    """What is carried in a text, as JSON, out of the column ``structure``."""
    vector: ClassVar[str]
    """The column of a vector as :meth:`decode_vector` reads it."""

    @abstractmethod
    def among(self, column: str, *, numbers: bool = False) -> str:
        """Whether a column is one of a list, which is given as JSON; of texts, or ``numbers``."""

    @abstractmethod
    def folded(self, field: str) -> str:
        """A field of the metadata, as :func:`rag.language.folding.fold` leaves it."""

    @abstractmethod
    def folded_extra(self) -> str:
        """An extra field of the metadata, folded; its name is a parameter."""

    @abstractmethod
    def folded_source(self) -> str:
        """The name of a source ``s``, folded."""

    @abstractmethod
    def country(self) -> str:
        """The country as :func:`rag.language.places.country_key` has it, NULL if unknown."""

    @abstractmethod
    def year(self) -> str:
        """The year of the date as a number."""

    @abstractmethod
    def has_year_of_rows(self, operator: str) -> str:
        """Whether one of the years of a table's rows compares so with a year, a parameter."""

    def document_columns(self, document: Document) -> Mapping[str, Any]:  # noqa: ARG002
        """Columns of ``documents`` that only this database has."""
        return {}

    def source_columns(self, source: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Columns of ``sources`` that only this database has."""
        return {}

    @abstractmethod
    def insert(self, connection: Connection, table: str, values: Mapping[str, Any]) -> int:
        """Insert a row into a table that counts its rows, and return the number of the row."""

    @abstractmethod
    def encode_vector(self, vector: Vectors) -> Any:  # noqa: ANN401 - what the driver takes
        """A vector, float32 of shape ``(dimension,)``, as a parameter."""

    @abstractmethod
    def decode_vector(self, value: Any) -> Vectors:  # noqa: ANN401 - what the driver gives
        """The vector that a column holds."""
