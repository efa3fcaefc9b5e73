-- The index of statements. All of it but "decisions" follows from the documents and is made anew
-- with them; "person" is empty for those who have spoken since people were last told apart.

CREATE TABLE IF NOT EXISTS speakers (
    id INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    name TEXT NOT NULL, full_name TEXT NOT NULL, key TEXT NOT NULL, role TEXT, country TEXT,
    statements INTEGER NOT NULL, written INTEGER NOT NULL, person TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS speakers_by_document ON speakers (document_id, name);
CREATE INDEX IF NOT EXISTS speakers_by_person ON speakers (person);
CREATE TABLE IF NOT EXISTS statements (
    speaker INTEGER NOT NULL REFERENCES speakers (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    how TEXT NOT NULL, cue TEXT NOT NULL, depth INTEGER NOT NULL,
    page INTEGER, page_label TEXT, page_kind TEXT NOT NULL, terms TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS statements_by_speaker ON statements (speaker, start);
CREATE INDEX IF NOT EXISTS statements_by_document ON statements (document_id, start);
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, role TEXT, country TEXT,
    statements INTEGER NOT NULL, written INTEGER NOT NULL, documents INTEGER NOT NULL,
    first TEXT, last TEXT, described_in TEXT, haystack TEXT NOT NULL
);
-- What was decided by hand; the labels are those of rag.attribution.identity.
CREATE TABLE IF NOT EXISTS decisions (
    id INTEGER PRIMARY KEY, one TEXT NOT NULL, other TEXT, made TEXT NOT NULL
);
-- One row while people have to be told apart anew.
CREATE TABLE IF NOT EXISTS stale (what TEXT PRIMARY KEY);
