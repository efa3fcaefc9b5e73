"""The commands that keep an index sound."""

from __future__ import annotations

from rich.markup import escape

from rag.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.terminal import ERR, OUT, visible

__all__: list[str] = []


@app.command()
def reindex(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Rebuild passages, vectors and lexical index from the catalog, with the present settings."""
    from rag.storage import Index

    opened = Index.open(open_settings(index), rebuild=True)
    total, _ = opened.catalog.counts()
    with opened.writing() as writer, ERR.status("rebuilding") as status:
        for number, document in enumerate(writer.rebuild(), start=1):
            status.update(f"{number}/{total} {escape(visible(document.source))}")
    documents, passages = opened.catalog.counts()
    if as_json:
        print_json({"documents": documents, "passages": passages})
    else:
        OUT.print(f"rebuilt: {documents} documents, {passages} passages")
