"""A cross-encoder reads a question and a passage together, once, and scores each sentence of it.

The model is the lower part of a published one, with two of its layers trained further; see
``docs/cross-encoder.md``.
"""
