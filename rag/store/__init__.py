"""Where documents, passages, vectors and words are kept.

:class:`Store` says what the program needs of it; :class:`Index` is the store in a folder, with
SQLite, Chroma and Tantivy, and :mod:`rag.store.postgres` has the one in a database.
"""

from rag.store.expression import Expression, has_operators, parse
from rag.store.folder.index import Index
from rag.store.metadata_overrides import MetadataLayers
from rag.store.opening import open_store
from rag.store.protocol import Entry, Found, Resolve, Scored, Search, Source, Store, Writer
from rag.store.statements import (
    FoundPeople,
    FoundStatements,
    ListedStatement,
    MadeByHand,
    PeopleWriter,
    Person,
    PersonForm,
    StatementFilter,
    StatementStore,
)
from rag.store.terms import analyse, content_terms

__all__ = [
    "Entry",
    "Expression",
    "Found",
    "FoundPeople",
    "FoundStatements",
    "Index",
    "ListedStatement",
    "MadeByHand",
    "MetadataLayers",
    "PeopleWriter",
    "Person",
    "PersonForm",
    "Resolve",
    "Scored",
    "Search",
    "Source",
    "StatementFilter",
    "StatementStore",
    "Store",
    "Writer",
    "analyse",
    "content_terms",
    "has_operators",
    "open_store",
    "parse",
]
