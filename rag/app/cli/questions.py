"""The commands that ask an index, and check quotations and exported answers against it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.app.cli.answer_text import print_answer
from rag.app.cli.common import (
    IndexOption,
    JsonOption,
    WhereOption,
    app,
    conditions,
    open_chatbot,
    open_settings,
    print_json,
    write_whole,
)
from rag.app.cli.terminal import (
    ERR,
    OUT,
    counted,
    show_all_hits,
    show_checked_export,
    show_draft,
    show_hit,
    show_verification,
)
from rag.errors import QueryError

if TYPE_CHECKING:
    from rag.cite.answers import Answer, Message
    from rag.store import Store

StyleOption = Annotated[
    str | None,
    typer.Option(help="Reference style: chicago, apa, mla, oscola or bluebook."),
]


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    index: IndexOption = None,
    count: Annotated[int, typer.Option("-k", min=1, max=100, help="Number of passages.")] = 10,
    where: WhereOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Count and list what has all the words, and nothing else.")
    ] = False,
    sort: Annotated[
        str, typer.Option(help="Of such a list: relevance, newest or oldest.")
    ] = "relevance",
    export: Annotated[
        Path | None, typer.Option(help="Write all of such a list to this file: .csv or .xlsx.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that bear on a query.

    With operators, or with --all, every passage that matches is found and counted: words (all of
    them), "exact phrases", AND, OR, NOT, parentheses, torture NEAR/5 police, prison*, and fields
    such as country:Ethiopia, year>=2018, speaker:Kozak, publisher, title, source and type:pdf.
    """
    from rag.store import has_operators

    if everything or export or has_operators(query):
        _search_all(query, index, count, where, sort=sort, export=export, as_json=as_json)
        return
    chatbot = open_chatbot(open_settings(index), to_search=True)
    from rag.app.json import search_object

    hits = chatbot.search(query, count=count, where=conditions(where))
    if as_json:
        print_json(search_object(query, hits))
        return
    for hit in hits:
        show_hit(hit)
    if not hits:
        OUT.print("nothing found")


def _search_all(
    query: str,
    index: Path | None,
    count: int,
    where: list[str] | None,
    *,
    sort: str,
    export: Path | None,
    as_json: bool,
) -> None:
    from rag.answer.all_hits import SORTS, all_hits
    from rag.app.json import all_hits_object
    from rag.app.tables import hits_table
    from rag.export.tables import table_format_of
    from rag.store import open_store

    if sort not in SORTS:
        raise typer.BadParameter(f"--sort is one of {', '.join(SORTS)}")
    format_ = table_format_of(export) if export else None
    opened = open_store(open_settings(index))
    found = all_hits(opened, query, where=conditions(where), sort=sort)
    if export and format_:
        write_whole(export, hits_table(opened, found, format_=format_))
    if as_json:
        print_json(all_hits_object(query, found, count=count))
    elif not export:
        show_all_hits(found, count=count)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="A question in plain language.")] = None,
    index: IndexOption = None,
    history: Annotated[
        Path | None,
        typer.Option(help='JSON file with the conversation so far: [{"role", "content"}, …].'),
    ] = None,
    where: WhereOption = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the answer to this file, too: .md, .docx, .html or .json."),
    ] = None,
    style: StyleOption = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Ask every question of this file: a CSV file, or one question a line."),
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(help="With --file: write the answers here, .xlsx or .csv.")
    ] = None,
    each: Annotated[
        str | None,
        typer.Option(help="With --file: ask of each country, document, publisher or year."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with the exact sentences of the reports; with --file, many questions."""
    if (question is None) == (file is None):
        raise typer.BadParameter("give either a question or --file")
    if file is not None:
        if history or export or style or as_json:
            raise typer.BadParameter("--file goes with --xlsx, --each and --where only")
        _ask_many(file, xlsx, index, where, each=each)
        return
    if xlsx or each or question is None:
        raise typer.BadParameter("--xlsx and --each go with --file")
    chatbot = open_chatbot(open_settings(index))
    messages = _read_history(history) if history else ()
    if export is None and style is not None:
        raise typer.BadParameter("--style is for --export: name a file")
    chosen = _style_of_export(export, style) if export else ""
    *_, answer = chatbot.ask(question, history=messages, where=conditions(where))
    if export is not None:
        _write_export(chatbot.index, answer, export, style=chosen)
    if as_json:
        from rag.app.json import answer_object

        print_json(answer_object(answer))
    else:
        print_answer(answer, console=OUT, where=conditions(where))


def _ask_many(
    file: Path,
    table: Path | None,
    index: Path | None,
    where: list[str] | None,
    *,
    each: str | None,
) -> None:
    from rag.app.many import EACH, answer_each, answers_table, questions_in, scopes
    from rag.export.tables import table_format_of

    if table is None:
        raise typer.BadParameter("name the table for the answers: --xlsx answers.xlsx")
    if each is not None and each not in EACH:
        raise typer.BadParameter(f"--each is one of {', '.join(EACH)}")
    format_ = table_format_of(table)
    questions = questions_in(file)
    settings = open_settings(index, long=True)
    chatbot = open_chatbot(settings)
    asked_of = scopes(chatbot, each, where=conditions(where))
    answers = answer_each(chatbot, questions, asked_of)
    answered = list(counted(answers, of=len(questions) * len(asked_of), noun="answers"))
    address = f"http://{settings.host}:{settings.port}/" if settings.port else ""
    write_whole(table, answers_table(answered, format_=format_, address=address))
    failed = [one for one in answered if one.error]
    found = sum(one.answer is not None and not one.answer.abstained for one in answered)
    ERR.print(f"{found} of {len(answered)} answered, {len(failed)} failed")
    for one in failed[:10]:
        ERR.print(escape(f"  {one.question}: {one.error}"))
    if failed:
        raise typer.Exit(3)


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
    style: StyleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell whether a quotation stands in the sources, where, and if not, what differs."""
    from rag.app.json import draft_object, referring, verification_object
    from rag.quotes.drafts import check_draft
    from rag.quotes.lookup import check_quotation
    from rag.store import open_store

    if (quotation is None) == (file is None):
        raise typer.BadParameter("give either a quotation or --file")
    draft = None if file is None else _read_draft(file)
    opened = open_store(open_settings(index, long=file is not None))
    refer = referring(opened, style) if style else None
    if draft is not None:
        checked = check_draft(opened, draft, source=source, speaker=speaker)
        if as_json:
            print_json(draft_object(checked, refer=refer))
        else:
            show_draft(checked, refer=refer)
    elif quotation is not None:
        result = check_quotation(opened, quotation, source=source, speaker=speaker)
        if as_json:
            print_json(verification_object(result, refer=refer))
        else:
            show_verification(result, refer=refer)


@app.command()
def verify(
    export: Annotated[
        Path, typer.Argument(metavar="EXPORT", help="A file that 'rag ask --export' has written.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every quotation of an exported file against the index again."""
    from rag.app.json import checked_export_object
    from rag.export.check import check_export
    from rag.export.formats import format_of
    from rag.export.reading import read_export
    from rag.store import open_store

    format_ = format_of(export)
    read = read_export(export.read_bytes(), format=format_, name=str(export))
    checked = check_export(open_store(open_settings(index)), read)
    if as_json:
        print_json(checked_export_object(checked))
    else:
        show_checked_export(checked)
    if not checked.holds:
        raise typer.Exit(3)


def _style_of_export(path: Path, style: str | None) -> str:
    """Check both before the question is asked, so that no answer is lost to a mistyped name."""
    from rag.cite.styles import DEFAULT_STYLE, style_named
    from rag.export.formats import format_of

    format_of(path)
    return style_named(style or DEFAULT_STYLE).name


def _write_export(index: Store, answer: Answer, path: Path, *, style: str) -> None:
    """Write an answer to a file, whole or not at all."""
    from rag.export.build import build_export, turn_of
    from rag.export.formats import format_of, write_export

    made = build_export(index, [turn_of(answer)], style=style)
    write_whole(path, write_export(made, format=format_of(path)))


def _read_draft(name: str) -> str:
    """The draft as it is, so that offsets count in the file; other encodings are detected."""
    from rag.readers.decoding import check_is_text, decode

    content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    check_is_text(content, name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return decode(content, name)


def _read_history(path: Path) -> tuple[Message, ...]:
    from pydantic import TypeAdapter, ValidationError

    from rag.cite.answers import Message

    try:
        return TypeAdapter(tuple[Message, ...]).validate_json(path.read_bytes())
    except OSError as error:
        raise QueryError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        raise QueryError(
            f'{path}: expected a list of {{"role": "user" or "assistant", "content": "…"}}'
        ) from error
