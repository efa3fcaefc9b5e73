"""The page's scripts: ES modules, served by one route under a version made of their content.

The addresses mirror the folders of the package, so that a relative import means the same file in
the browser, in an editor and for the type checker. There is no build step.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response

import rag

_PACKAGE: Final = Path(rag.__file__).parent
_SCRIPTS: Final = {
    file.relative_to(_PACKAGE).as_posix(): file.read_bytes()
    for file in sorted([*(_PACKAGE / "app/web").rglob("*.js"), _PACKAGE / "evaluation/report.js"])
}
VERSION: Final = hashlib.sha256(repr(_SCRIPTS).encode()).hexdigest()[:16]
"""A hash of all scripts: it changes whenever one of them does."""
_HEADERS: Final = {"cache-control": "public, max-age=31536000, immutable"}


def script_routes() -> APIRouter:
    """``GET /scripts/VERSION/PATH``, which browsers may keep for good."""
    router = APIRouter()

    @router.get(f"/scripts/{VERSION}/{{path:path}}")
    def script(path: str) -> Response:
        content = _SCRIPTS.get(path)
        if content is None:
            return Response(status_code=404)
        return Response(content, headers=_HEADERS, media_type="text/javascript")

    return router


def preloads() -> str:
    """What stands in the head of the page: all scripts, fetched at once; that for colours runs."""
    links = (f'<link rel="modulepreload" href="scripts/{VERSION}/{path}">' for path in _SCRIPTS)
    early = f'<script type="module" src="scripts/{VERSION}/app/web/shared/colours.js"></script>'
    return "".join((*links, early))


def on_load(name: str, *events: str) -> str:
    """The JavaScript with which a component of Gradio hands itself over to ``shared/gradio.js``.

    Gradio lets Python listen only to ``events`` whose names stand in it in quotes.
    """
    quoted = ", ".join(f'"{event}"' for event in events)
    return (
        f'import(new URL("scripts/{VERSION}/app/web/shared/gradio.js", document.baseURI).href)'
        f'.then(({{ register }}) => register("{name}", {{ element, props, trigger, watch }}, '
        f"[{quoted}]));"
    )
