"""The commands. People read the output in a terminal; with ``--json`` it is one JSON object."""

from rag.app.cli import (  # noqa: F401 - they register
    audit,
    documents,
    evaluation,
    keys,
    maintenance,
    models,
    page,
    people,
    questions,
    queue,
)
from rag.app.cli.common import app, main

__all__ = ["app", "main"]
