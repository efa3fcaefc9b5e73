"""The commands. People read the output in a terminal; with ``--json`` it is one JSON object."""

from rag.cli import documents, evaluation, gold, page, questions, upkeep  # noqa: F401 - they register
from rag.cli.common import app, main

__all__ = ["app", "main"]
