-- The tables of the catalog.
--
-- What lists, filters and sorting read is kept apart from the texts, so that they touch few pages.
-- "source" is the first of a document's sources; "haystack" and "title_key" are folded.
-- The metadata columns hold the values that count; "found", "given" and "edits" hold where
-- they come from. "structure" holds pages, headings, turns and the like, see columns.py.

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, media_type TEXT NOT NULL,
    characters INTEGER NOT NULL, pages INTEGER NOT NULL, passages INTEGER NOT NULL,
    title TEXT, publisher TEXT, date TEXT, country TEXT, author TEXT, speaker TEXT, language TEXT,
    added TEXT, title_key TEXT NOT NULL, haystack TEXT NOT NULL, original TEXT,
    extra TEXT NOT NULL, edits TEXT NOT NULL, warnings TEXT NOT NULL,
    found TEXT NOT NULL, given TEXT NOT NULL
);
CREATE INDEX documents_by_title ON documents (title_key, source);
CREATE INDEX documents_by_source ON documents (source);
CREATE INDEX documents_by_added ON documents (added, source);
CREATE TABLE texts (
    document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    text TEXT NOT NULL, structure TEXT NOT NULL
);
CREATE TABLE sources (
    source TEXT PRIMARY KEY, origin TEXT NOT NULL, fingerprint TEXT NOT NULL,
    document_id TEXT NOT NULL REFERENCES documents (id)
);
CREATE INDEX sources_by_document ON sources (document_id);
CREATE TABLE passages (
    id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, section TEXT, speaker TEXT,
    page_start INTEGER, page_end INTEGER, sentences TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages (document_id, start);
-- Little-endian float32. Embedding is what costs time: Chroma is rebuilt from these in no time.
CREATE TABLE vectors (
    passage_id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, vector BLOB NOT NULL
);
CREATE INDEX vectors_by_document ON vectors (document_id);
-- Documents whose vectors and lexical entries may be half-written or half-removed.
CREATE TABLE unfinished (document_id TEXT PRIMARY KEY);
