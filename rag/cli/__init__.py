"""The commands. People read the output in a terminal; with ``--json`` it is one JSON object."""

from rag.cli import (  # noqa: F401 - they register
    documents,
    evaluation,
    exports,
    gold,
    page,
    questions,
    upkeep,
)
from rag.cli.common import app, main

__all__ = ["app", "main"]
