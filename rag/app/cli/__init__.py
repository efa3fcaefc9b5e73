"""The commands. People read the output in a terminal; with ``--json`` it is one JSON object."""

from rag.app.cli import documents, evaluation, maintenance, page, questions  # noqa: F401 - register
from rag.app.cli.common import app, main

__all__ = ["app", "main"]
