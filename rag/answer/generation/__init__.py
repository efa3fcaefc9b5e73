"""Answers written by a language model, each sentence checked against the passages it cites."""

from rag.answer.generation.generate import Closeness, generate
from rag.answer.generation.language_models import LanguageModel, open_language_model

__all__ = ["Closeness", "LanguageModel", "generate", "open_language_model"]
