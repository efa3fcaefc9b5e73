"""The commands that ask an index."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import (
    IndexOption,
    JsonOption,
    WhereOption,
    app,
    conditions,
    open_settings,
    print_json,
)
from rag.errors import QueryError
from rag.terminal import OUT, show_answer, show_draft, show_hit, show_verification

if TYPE_CHECKING:
    from rag.schema import Message

__all__: list[str] = []


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

    hits = open_chatbot(open_settings(index)).search(query, count=count, where=conditions(where))
    if as_json:
        print_json(search_object(query, hits))
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
    chatbot = open_chatbot(open_settings(index))
    *_, answer = chatbot.ask(question, history=messages, where=conditions(where))
    if as_json:
        print_json(answer_object(answer))
    else:
        show_answer(answer, where=conditions(where))


@app.command()
def cite(
    quotation: Annotated[str | None, typer.Argument(help="The words to look for.")] = None,
    index: IndexOption = None,
    file: Annotated[
        str | None, typer.Option(help="Check every quotation in this text; - reads the input.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Where it is said to stand: a source's name, or its end.")
    ] = None,
    speaker: Annotated[str | None, typer.Option(help="Who is said to have said it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell whether a quotation stands in the sources, where, and if not, what differs."""
    from rag.contract import draft_object, verification_object
    from rag.storage import Index
    from rag.verification import check_draft, check_quotation

    if (quotation is None) == (file is None):
        raise typer.BadParameter("give either a quotation or --file")
    draft = None if file is None else _read_draft(file)
    opened = Index.open(open_settings(index))
    if draft is not None:
        checked = check_draft(opened, draft, source=source, speaker=speaker)
        print_json(draft_object(checked)) if as_json else show_draft(checked)
    elif quotation is not None:
        result = check_quotation(opened, quotation, source=source, speaker=speaker)
        print_json(verification_object(result)) if as_json else show_verification(result)


def _read_draft(name: str) -> str:
    """The draft as it is, so that offsets count in the file; other encodings are detected."""
    from rag.reading.decoding import check_is_text, decode

    content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    check_is_text(content, name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return decode(content, name)


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
