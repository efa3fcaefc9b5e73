-- Files that wait to be taken in by any process, what became of them, and the bytes of those that
-- have no place of their own. The jobs themselves are Procrastinate's, in the schema {name}_jobs.

CREATE TABLE {schema}.queued_files (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text COLLATE "C" NOT NULL, item text NOT NULL, upload text, state text NOT NULL,
    message text, worker text, queued timestamptz NOT NULL DEFAULT now(), ended timestamptz
);
CREATE INDEX ON {schema}.queued_files (state, id);
CREATE TABLE {schema}.uploads (digest text PRIMARY KEY, content bytea NOT NULL);
