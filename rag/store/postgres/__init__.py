"""The store in a PostgreSQL database, with pgvector and pg_textsearch."""
