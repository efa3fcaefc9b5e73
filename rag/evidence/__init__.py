"""The sentences of the hits that bear on a question, and how sure it is that they answer it."""

from rag.evidence.adapter import Adapter, adapter_of
from rag.evidence.finding import Allowed, Finding, Reader

__all__ = ["Adapter", "Allowed", "Finding", "Reader", "adapter_of"]
