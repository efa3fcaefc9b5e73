"""The site of the documentation: ``make docs``.

The sources are the Markdown files as they lie in the repository, with README as the first page, so
every link works there as well as on the site. Nothing is loaded from elsewhere: the theme uses the
fonts of the reader's system.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import flowchart  # noqa: E402 - scripts/
import reference  # noqa: E402

from rag import __version__  # noqa: E402

project = "Footnote"
release = __version__
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md"]
# Not searched: everything else.
exclude_patterns = [each.name for each in ROOT.iterdir() if each.is_dir() and each.name != "docs"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "Footnote"
html_copy_source = False
html_show_copyright = False

CONTENTS = {
    "Use it": "questions page people collections references language-model evaluation privacy",
    "Serve it": "serving access newsroom",
    "Look it up": "commands settings python api",
    "Judge it": "quality speed ablation cross-encoder claim-check",
}
"""The groups of pages in ``docs/``; those in none of them are for people who change the program."""
FIRST_PAGE = '<!doctype html><meta http-equiv="refresh" content="0; url=README.html">\n'

LOADED_FROM_ELSEWHERE = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//"""
    r"""|<link\b[^>]*\brel=["']?(?:stylesheet|preload|preconnect|icon)[^>]*\bhref=["']?(?:https?:)?//"""
    r"""|@import\s+(?:url\()?["']?(?:https?:)?//|url\(["']?(?:https?:)?//"""
)


def contents() -> str:
    """The table of contents, as MyST has it."""
    groups = {
        title: [f"docs/{name}" for name in names.split()] for title, names in CONTENTS.items()
    }
    listed = {name for names in groups.values() for name in names}
    others = {f"docs/{path.stem}" for path in (ROOT / "docs").glob("*.md")} - listed
    groups["Change it"] = ["CONTRIBUTING", *sorted(others), "CHANGELOG"]
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n" + "\n".join(names) + "\n```\n"
        for title, names in groups.items()
    )


def prepare(_app: object, name: str, source: list[str]) -> None:
    """Before a page is parsed: its generated parts, its drawings, and on the first the contents."""
    source[0] = flowchart.with_drawings(reference.with_generated(source[0]))
    if name == root_doc:
        source[0] += contents()


def finish(app: Any, failure: Exception | None) -> None:  # noqa: ANN401 - Sphinx is not always there
    """After the site is written: its first page, and a check that it needs no other host."""
    if failure is not None:
        return
    site = Path(app.outdir)
    (site / "index.html").write_text(FIRST_PAGE, "utf-8")
    for file in sorted(site.rglob("*")):
        if file.suffix not in (".html", ".css"):
            continue
        if found := LOADED_FROM_ELSEWHERE.search(file.read_text("utf-8")):
            raise RuntimeError(f"{file} would load something from elsewhere: {found[0]}")


def setup(app: Any) -> None:  # noqa: ANN401
    """Take part in the building of the site."""
    app.connect("source-read", prepare)
    app.connect("build-finished", finish)
