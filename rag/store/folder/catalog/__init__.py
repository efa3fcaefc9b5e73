"""The catalog: documents, passages, vectors and what is being written, in one SQLite file.

It is the truth of the index: Chroma and Tantivy hold nothing that cannot be rebuilt from it.
"""
