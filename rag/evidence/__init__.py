"""The sentences of the hits that bear on a question, and how sure it is that they answer it."""

from rag.evidence.finding import Allowed, Finding, Reader

__all__ = ["Allowed", "Finding", "Reader"]
