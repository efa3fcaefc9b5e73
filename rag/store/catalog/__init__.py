"""The catalog of a store in SQL: documents, passages, vectors, statements and people.

The statements are written once, for SQLite in a folder and for PostgreSQL;
:class:`rag.store.catalog.dialect.Dialect` has what the two say differently.
"""
