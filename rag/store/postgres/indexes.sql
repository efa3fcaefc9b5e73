-- The indexes for searching, of one generation; made last where there is much to put in.

CREATE INDEX IF NOT EXISTS words_terms ON {schema}.words
    USING bm25 (terms) WITH (text_config = 'simple');
CREATE INDEX IF NOT EXISTS words_foreign_terms ON {schema}.words
    USING bm25 (foreign_terms) WITH (text_config = 'simple');
CREATE INDEX IF NOT EXISTS words_positions ON {schema}.words USING gin (positions);
CREATE INDEX IF NOT EXISTS vectors_nearest ON {schema}.vectors
    USING hnsw ((vector::halfvec({dimension})) halfvec_cosine_ops) WHERE NOT is_copy;
