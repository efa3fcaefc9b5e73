"""Answers written by a language model, each sentence checked against the passages it cites."""

from rag.answer.generation.generate import generate
from rag.answer.generation.language_models import LanguageModel, open_language_model
from rag.answer.generation.meaning import Closeness, follows_by

__all__ = ["Closeness", "LanguageModel", "follows_by", "generate", "open_language_model"]
