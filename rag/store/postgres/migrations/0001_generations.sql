-- What belongs to the whole collection. {schema} is its schema; the tables of a generation are in
-- one of their own, {schema}_NUMBER, and "current" says which of them counts.

CREATE TABLE {schema}.current (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), generation integer NOT NULL
);
CREATE SEQUENCE {schema}.generation_numbers;
-- The copies of files that documents were read from. They belong to all generations.
CREATE TABLE {schema}.originals (
    document_id text COLLATE "C" PRIMARY KEY, content bytea NOT NULL
);
