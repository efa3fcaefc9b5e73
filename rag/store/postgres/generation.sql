-- The tables of one generation of a collection, in a schema of their own.
--
-- As in rag/store/folder, and besides: "compared" has what filters compare, folded, because the
-- database cannot fold; "words" has the terms that passages are found by. All texts are ordered by
-- their bytes, as SQLite does it.

CREATE TABLE {schema}.settings (name text COLLATE "C" PRIMARY KEY, value text NOT NULL);
CREATE TABLE {schema}.documents (
    id text COLLATE "C" PRIMARY KEY, source text COLLATE "C" NOT NULL,
    media_type text NOT NULL, characters integer NOT NULL, pages integer NOT NULL,
    passages integer NOT NULL, title text, publisher text, date text COLLATE "C",
    country text, author text, speaker text, language text, added text COLLATE "C",
    title_key text COLLATE "C" NOT NULL, haystack text NOT NULL, original text,
    extra text NOT NULL, edits text NOT NULL, warnings text NOT NULL,
    found text NOT NULL, given text NOT NULL, compared jsonb NOT NULL
);
CREATE INDEX ON {schema}.documents (title_key, source);
CREATE INDEX ON {schema}.documents (source);
CREATE INDEX ON {schema}.documents (added, source);
CREATE INDEX ON {schema}.documents ((compared ->> '$country'));
CREATE TABLE {schema}.texts (
    document_id text COLLATE "C" PRIMARY KEY REFERENCES {schema}.documents ON DELETE CASCADE,
    text text NOT NULL, structure text NOT NULL
);
CREATE TABLE {schema}.sources (
    source text COLLATE "C" PRIMARY KEY, origin text NOT NULL, fingerprint text NOT NULL,
    document_id text COLLATE "C" NOT NULL REFERENCES {schema}.documents,
    source_key text COLLATE "C" NOT NULL
);
CREATE INDEX ON {schema}.sources (document_id);
CREATE INDEX ON {schema}.sources (source_key);
CREATE TABLE {schema}.passages (
    id text COLLATE "C" PRIMARY KEY,
    document_id text COLLATE "C" NOT NULL REFERENCES {schema}.documents ON DELETE CASCADE,
    start integer NOT NULL, "end" integer NOT NULL, section text, speaker text,
    page_start integer, page_end integer, sentences text NOT NULL
);
CREATE INDEX ON {schema}.passages (document_id, start);
CREATE INDEX ON {schema}.passages (speaker, document_id) WHERE speaker <> '';
-- Of equal vectors of one document only the first is searched.
CREATE TABLE {schema}.vectors (
    passage_id text COLLATE "C" PRIMARY KEY,
    document_id text COLLATE "C" NOT NULL REFERENCES {schema}.documents ON DELETE CASCADE,
    vector vector({dimension}) NOT NULL, is_copy boolean NOT NULL DEFAULT false
);
ALTER TABLE {schema}.vectors ALTER COLUMN vector SET STORAGE PLAIN;
CREATE INDEX ON {schema}.vectors (document_id);
CREATE TABLE {schema}.words (
    passage_id text COLLATE "C" PRIMARY KEY,
    document_id text COLLATE "C" NOT NULL REFERENCES {schema}.documents ON DELETE CASCADE,
    terms text NOT NULL, foreign_terms text NOT NULL, positions tsvector NOT NULL
);
CREATE INDEX ON {schema}.words (document_id);
-- Every term that some passage has, or once had.
CREATE TABLE {schema}.vocabulary (term text COLLATE "C" PRIMARY KEY);
-- One row for each transaction that has changed anything.
CREATE TABLE {schema}.changes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, made timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {schema}.speakers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id text COLLATE "C" NOT NULL REFERENCES {schema}.documents ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL, full_name text COLLATE "C" NOT NULL, key text NOT NULL,
    role text, country text, statements integer NOT NULL, written integer NOT NULL,
    person text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX ON {schema}.speakers (document_id, name);
CREATE INDEX ON {schema}.speakers (person);
CREATE TABLE {schema}.statements (
    speaker bigint NOT NULL REFERENCES {schema}.speakers ON DELETE CASCADE,
    document_id text COLLATE "C" NOT NULL, start integer NOT NULL, "end" integer NOT NULL,
    how text NOT NULL, cue text NOT NULL, depth integer NOT NULL,
    page integer, page_label text, page_kind text NOT NULL, terms text NOT NULL
);
CREATE INDEX ON {schema}.statements (speaker, start);
CREATE INDEX ON {schema}.statements (document_id, start);
CREATE TABLE {schema}.people (
    id text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL, kind text NOT NULL,
    role text, country text, statements integer NOT NULL, written integer NOT NULL,
    documents integer NOT NULL, first text COLLATE "C", last text COLLATE "C",
    described_in text, haystack text COLLATE "C" NOT NULL
);
CREATE TABLE {schema}.decisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, one text NOT NULL, other text,
    made text NOT NULL
);
CREATE TABLE {schema}.stale (what text PRIMARY KEY);
