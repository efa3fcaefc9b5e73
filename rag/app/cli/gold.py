"""The commands about gold questions: are they sound, and where to get some."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from rag.app.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.app.cli.terminal import ERR, OUT, visible

__all__: list[str] = []


class Format(StrEnum):
    """The formats of question sets that can be imported."""

    BEIR = "beir"
    SQUAD = "squad"
    CSV = "csv"


gold_app = typer.Typer(no_args_is_help=True, help="Check gold questions, or import some.")
app.add_typer(gold_app, name="gold")


@gold_app.command()
def check(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Gold questions.")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check gold questions against the documents of an index; exits with 3 if any has faults."""
    from rag.evaluation.gold import gold_text
    from rag.evaluation.gold_check import check_gold
    from rag.store import Index

    opened = Index.open(open_settings(index, long=True))
    ids = {each.source: each.document_id for each in opened.sources().values()}
    count, faults = check_gold(
        gold_text(gold),
        document=lambda source: opened.document(ids[source]) if source in ids else None,
        documents=opened.documents,
    )
    if as_json:
        print_json({"questions": count, "faults": [asdict(each) for each in faults]})
    else:
        for each in faults:
            where = f"{gold.name}:{each.line}" + (f" ({each.id})" if each.id else "")
            ERR.print(f"{escape(visible(where))}: {escape(visible(each.words))}", soft_wrap=True)
        lines = len({each.line for each in faults})
        OUT.print(f"{count} questions, {f'{lines} lines with faults' if faults else 'all sound'}")
    if faults:
        raise typer.Exit(3)


@gold_app.command(name="import")
def import_(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="The question set; for beir a folder.")
    ],
    kind: Annotated[Format, typer.Option("--format", help="What it is.")],
    out: Annotated[Path, typer.Option(help="Folder for gold.jsonl and corpus/.")] = Path("gold"),
    split: Annotated[str, typer.Option(help="Of beir: which judgements.")] = "test",
    as_json: JsonOption = False,
) -> None:
    """Make gold questions of a BEIR or SQuAD set or a CSV file, and files of the texts in it."""
    open_settings(None, long=True)
    from rag.evaluation.gold_import import import_gold, write_imported

    imported = import_gold(path, kind=kind.value, split=split)
    gold, corpus = write_imported(imported, out)
    if as_json:
        told = {"gold": str(gold), "corpus": str(corpus) if corpus else None}
        print_json({"questions": len(imported.questions), "texts": len(imported.texts), **told})
        return
    OUT.print(f"{len(imported.questions)} questions in {escape(str(gold))}", soft_wrap=True)
    if corpus:
        OUT.print(f"{len(imported.texts)} texts in {escape(str(corpus))}", soft_wrap=True)
        OUT.print(f"next: rag ingest {escape(str(corpus))} --index INDEX", soft_wrap=True)
    OUT.print(f"then: rag gold check {escape(str(gold))} --index INDEX", soft_wrap=True)
