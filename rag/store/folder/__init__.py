"""The store in one folder: catalog (SQLite, the truth), vectors (Chroma) and words (Tantivy)."""
