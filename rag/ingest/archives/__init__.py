"""ZIP and TAR archives as collections of documents, within bounds."""
