"""The commands. People read the output in a terminal; with ``--json`` it is one JSON object."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from rag import __version__
from rag.errors import QueryError, RagError, SourceNotFound
from rag.settings import Settings, load_settings
from rag.terminal import (
    ERR,
    OUT,
    progress,
    show_answer,
    show_documents,
    show_hit,
    show_ingestion,
    show_kinds,
    show_summary,
    visible,
)

if TYPE_CHECKING:
    from rag.evaluation import GoldQuestion, Scores
    from rag.schema import Answer, Condition, Message

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Ask collections of reports; every answer is their exact sentences, with footnotes.",
)

IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index.", show_default="index/")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, nothing else.")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", help="Filter, such as country=Ethiopia or 'year>=2018'; repeatable."),
]


def main() -> None:
    """Run a command; an error the user can act on is one line and exit code 1."""
    try:
        app()
    except RagError as error:
        ERR.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        reason = f"{where}{error.strerror or error}"
        ERR.print(f"[red]error:[/red] {escape(reason)}", soft_wrap=True)
        sys.exit(1)


def _print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def _settings(index: Path | None) -> Settings:
    return load_settings(index=index)


def _conditions(where: list[str] | None) -> tuple[Condition, ...]:
    from rag.retrieval import parse_condition

    return tuple(parse_condition(each) for each in where or ())


def _version(wanted: bool) -> None:
    if wanted:
        OUT.print(f"footnote-rag {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Ask collections of reports; every answer is their exact sentences, with footnotes."""


# Ingestion.


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files or folders.")],
    index: IndexOption = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Remove documents whose files are gone from the folders.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the index up to date with files and folders; what is unchanged is skipped."""
    from rag.contract import ingestion_object
    from rag.ingestion import ingest as run
    from rag.storage import Index

    for path in paths:
        if "://" in path:
            raise SourceNotFound(f"{path} is an address: download it, then ingest the file")
        if not Path(path).exists():
            raise SourceNotFound(f"{path} does not exist: check the path")
    settings = _settings(index)
    began = time.perf_counter()
    opened = Index.open(settings, create=True)
    with progress() as on_progress:
        result = run(
            opened,
            [Path(path) for path in paths],
            sync=sync,
            max_bytes=settings.max_file_megabytes * 1_000_000,
            on_progress=on_progress,
        )
    documents, passages = opened.catalog.counts()
    seconds = time.perf_counter() - began
    if as_json:
        _print_json(
            ingestion_object(result, documents=documents, passages=passages, seconds=seconds)
        )
    else:
        show_ingestion(result)
        OUT.print(f"{documents} documents, {passages} passages in {settings.index}/")
    if result.failed:
        raise typer.Exit(3)


@app.command("list")
def list_documents(
    index: IndexOption = None, where: WhereOption = None, as_json: JsonOption = False
) -> None:
    """List the documents in the index."""
    from rag.contract import document_object
    from rag.storage import Index

    documents = Index.open(_settings(index)).documents(_conditions(where))
    if as_json:
        _print_json({"documents": [document_object(document) for document in documents]})
        return
    show_documents(documents)


@app.command()
def remove(
    names: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="Sources, folders of sources, or ids.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove documents from the index; the files themselves are not touched."""
    from rag.ingestion import remove as run
    from rag.storage import Index

    removed = run(Index.open(_settings(index)), names)
    if as_json:
        _print_json({"removed": removed})
    else:
        for source in removed:
            OUT.print(f"removed {escape(visible(source))}", soft_wrap=True)


@app.command()
def reindex(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Rebuild passages, vectors and lexical index from the catalog, with the present settings."""
    from rag.storage import Index

    opened = Index.open(_settings(index), rebuild=True)
    total, _ = opened.catalog.counts()
    with opened.writing() as writer, ERR.status("rebuilding") as status:
        for number, document in enumerate(writer.rebuild(), start=1):
            status.update(f"{number}/{total} {escape(visible(document.source))}")
    documents, passages = opened.catalog.counts()
    if as_json:
        _print_json({"documents": documents, "passages": passages})
    else:
        OUT.print(f"rebuilt: {documents} documents, {passages} passages")


# Questions.


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    index: IndexOption = None,
    count: Annotated[int, typer.Option("-k", min=1, max=100, help="Number of passages.")] = 10,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that bear on a query."""
    from rag.chatbot import open_chatbot
    from rag.contract import search_object

    hits = open_chatbot(_settings(index)).search(query, count=count, where=_conditions(where))
    if as_json:
        _print_json(search_object(query, hits))
        return
    for hit in hits:
        show_hit(hit)
    if not hits:
        OUT.print("nothing found")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question in plain language.")],
    index: IndexOption = None,
    history: Annotated[
        Path | None,
        typer.Option(help='JSON file with the conversation so far: [{"role", "content"}, …].'),
    ] = None,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with the exact sentences of the reports."""
    from rag.chatbot import open_chatbot
    from rag.contract import answer_object

    messages = _read_history(history) if history else ()
    chatbot = open_chatbot(_settings(index))
    *_, answer = chatbot.ask(question, history=messages, where=_conditions(where))
    if as_json:
        _print_json(answer_object(answer))
    else:
        show_answer(answer)


def _read_history(path: Path) -> tuple[Message, ...]:
    from rag.schema import Message

    expected = f'{path}: expected a list of {{"role": "user" or "assistant", "content": "…"}}'
    try:
        turns = json.loads(path.read_text("utf-8"))
        messages = tuple(Message(turn["role"], str(turn["content"])) for turn in turns)
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise QueryError(expected) from error
    if any(message.role not in ("user", "assistant") for message in messages):
        raise QueryError(expected)
    return messages


# Evaluation and the page.


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Gold questions.")],
    index: IndexOption = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write every answer there, one JSON object a line.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the answers against gold questions."""
    from rag.chatbot import open_chatbot
    from rag.contract import answer_object
    from rag.evaluation import evaluate as run
    from rag.evaluation import read_gold, summarise

    questions = read_gold(gold)
    chatbot = open_chatbot(_settings(index))
    lines: list[str] = []
    with ERR.status("asking") as status:

        def note(question: GoldQuestion, answer: Answer, _scores: Scores) -> None:
            lines.append(
                json.dumps({"id": question.id, **answer_object(answer)}, ensure_ascii=False)
            )
            status.update(f"{len(lines)}/{len(questions)} questions")

        scores = run(chatbot, questions, on_answer=note)
    if predictions:
        predictions.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    summary = summarise(scores)
    kinds = sorted({each.kind for each in scores if each.kind})
    by_kind = {kind: summarise([each for each in scores if each.kind == kind]) for kind in kinds}
    if as_json:
        _print_json({**summary, "by_kind": by_kind})
        return
    show_summary(summary)
    if by_kind:
        show_kinds(by_kind)


@app.command()
def serve(
    index: IndexOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
) -> None:
    """Serve the page."""
    from rag.ui.page import serve as run

    settings = load_settings(index=index, host=host, port=port)
    run(settings, announce=lambda address: OUT.print(f"Footnote is at {address}"))


if __name__ == "__main__":
    main()
