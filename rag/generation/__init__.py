"""Answers written by a language model, each sentence checked against the passages it cites."""

from rag.generation.closeness import Closeness
from rag.generation.generate import generate
from rag.generation.meaning import follows_by
from rag.generation.models import LanguageModel, open_language_model

__all__ = ["Closeness", "LanguageModel", "follows_by", "generate", "open_language_model"]
