"""``python -m rag.app.cli``."""

from rag.app.cli import main

main()
