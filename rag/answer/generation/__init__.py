"""Answers written by a language model, each sentence checked against the passages it cites."""

from rag.answer.generation.closeness import Closeness
from rag.answer.generation.entailment import follows_by
from rag.answer.generation.generate import generate
from rag.answer.generation.language_models import LanguageModel, open_language_model

__all__ = ["Closeness", "LanguageModel", "follows_by", "generate", "open_language_model"]
