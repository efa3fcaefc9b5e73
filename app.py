"""Entry of the front end: ``python app.py`` serves the page as ``rag serve`` does."""

from __future__ import annotations

import sys

from rag.app.web.server import serve
from rag.errors import RagError
from rag.settings import load_settings


def main() -> int:
    """Serve the page until interrupted; 1 after an error the user can act on."""
    try:
        serve(load_settings(), announce=lambda address: _say(f"Footnote is at {address}"))
    except RagError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
