"""The commands that ask an index."""

from __future__ import annotations

import json
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
from rag.terminal import OUT, show_answer, show_hit

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
