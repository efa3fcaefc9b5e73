"""The commands about who said what: statements, and the people who make them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rag.app.cli.common import (
    IndexOption,
    JsonOption,
    WhereOption,
    app,
    conditions,
    open_settings,
    print_json,
    write_whole,
)
from rag.app.cli.terminal import OUT, visible
from rag.errors import QueryError, SourceNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.store import ListedStatement, Person, StatementStore

_SHOWN = 50
_HOW = {"reported": "account", "quoted": "quoted", "author": "wrote"}

people_app = typer.Typer(help="Who speaks in the reports, and who is one person.")
app.add_typer(people_app, name="people")
AllOption = Annotated[bool, typer.Option("--all", help="All of them, not only the first 50.")]
PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="A name, or an id that 'rag people --json' tells.")
]


@app.command()
def statements(
    speaker: Annotated[
        str, typer.Option(help="Whose: a name, a description, or an id that 'rag people' tells.")
    ] = "",
    about: Annotated[
        str, typer.Option(help="Words that a statement must have, all of them, in any form.")
    ] = "",
    where: WhereOption = None,
    source: Annotated[str, typer.Option(help="Only those in this document.")] = "",
    index: IndexOption = None,
    table: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write all of them to a table.")
    ] = None,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """List who said what: the words of turns, quotations and speeches, and accounts of words."""
    from rag.app.json import statements_object
    from rag.app.statements import statements_wanted
    from rag.export.statements import write_csv
    from rag.store import open_store

    opened = open_store(open_settings(index))
    wanted = statements_wanted(
        opened, speaker=speaker, about=about, where=conditions(where), source=source
    )
    count = None if everything or table else _SHOWN
    found = opened.statements(wanted, count=count)
    if table is not None:
        write_whole(table, write_csv(found.statements))
    if as_json:
        print_json(statements_object(found))
        return
    called = opened.people_called(speaker) if speaker and not wanted.person else ()
    for each in () if table else found.statements:
        _show(each)
    left = found.total - len(found.statements)
    more = f", of which {len(found.statements)} are shown (--all shows all)" if left else ""
    OUT.print(f"{found.total} statements{more}")
    if len(called) > 1:
        listed = "; ".join(_called(each) for each in called)
        OUT.print(f"[yellow]note[/yellow] {len(called)} may be meant: {visible(listed)}")


def _show(each: ListedStatement) -> None:
    page = None if each.page is None else f"page {each.page}"
    how = _HOW.get(each.how)
    where = ", ".join(filter(None, (each.title, each.date, page)))
    role = f" ({each.role})" if each.role else ""
    said = f"[bold]{escape(each.speaker)}[/bold]{escape(role)}"
    OUT.print(f"{said}{f' [yellow]{how}[/yellow]' if how else ''}, {escape(where)}")
    OUT.print(escape(" ".join(each.text.split())) + "\n", soft_wrap=False)


def _called(person: Person) -> str:
    told = _told(person)
    return f"{person.name} ({told})" if told else person.name


def _told(person: Person) -> str:
    """The role and country of a person, or the document in which somebody is described."""
    role, country = person.role or "", person.country or ""
    parts = (role, "" if country in role else country)
    return person.described_in or ", ".join(filter(None, parts))


@people_app.callback(invoke_without_command=True)
def people(
    context: typer.Context,
    text: Annotated[str, typer.Option("--name", help="Only those with these words.")] = "",
    everybody: AllOption = False,
    decisions: Annotated[
        bool, typer.Option("--decisions", help="List what was decided by hand instead.")
    ] = False,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who speaks in the reports, how often, and when."""
    if context.invoked_subcommand:
        return
    from rag.app.json import person_object
    from rag.store import open_store

    opened = open_store(open_settings(index))
    if decisions:
        _show_decisions(opened, as_json=as_json)
        return
    found = opened.people(text, count=None if everybody else _SHOWN)
    if as_json:
        print_json({"people": [person_object(each) for each in found.people], "total": found.total})
        return
    _show_people(found.people)
    left = found.total - len(found.people)
    OUT.print(f"{found.total} people{f', of which {left} are not shown (--all)' if left else ''}")


def _show_people(listed: Sequence[Person]) -> None:
    heads = ("name", "who", "statements", "documents", "first", "last")
    table = Table(*heads, box=None)
    for column in table.columns[2:]:
        column.no_wrap = True
    for each in listed:
        told = _told(each) or "–"
        counts = (str(each.statements), str(each.documents), each.first or "–", each.last or "–")
        table.add_row(visible(each.name), visible(told), *counts)
    OUT.print(table)


def _show_decisions(opened: StatementStore, *, as_json: bool) -> None:
    from dataclasses import asdict

    made = opened.made_by_hand()
    if as_json:
        print_json({"decisions": [asdict(each) for each in made]})
        return
    for each in made:
        told = f"{each.one} is {each.other}" if each.other else f"{each.one} is somebody else"
        OUT.print(f"{each.id}  {visible(told)}  [dim]{each.made}[/dim]")
    OUT.print(f"{len(made)} decisions; 'rag people undo NUMBER' takes one back")


@people_app.command()
def show(person: PersonArgument, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show one person, with the names that the reports have for them."""
    from rag.app.json import person_object
    from rag.store import open_store

    opened = open_store(open_settings(index))
    one = _one(opened, person)
    forms = opened.forms_of(one.id)
    if as_json:
        print_json(person_object(one, forms))
        return
    _show_people([one])
    for form in forms:
        OUT.print(
            f"  {visible(form.name)}: {form.statements} statements in {form.documents} documents"
        )


@people_app.command()
def merge(
    person: PersonArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person.")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that two are one person; this holds for reports to come, too."""
    from rag.store import open_store

    opened = open_store(open_settings(index, long=True))
    one, two = _one(opened, person), _one(opened, other)
    with opened.writing() as writer:
        writer.merge_people(one.id, two.id)
    _tell_last(opened, f"{_called(one)} and {_called(two)} are one person now", as_json=as_json)


@people_app.command()
def split(
    person: PersonArgument,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="One of the names that 'rag people show' lists.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that one of a person's names is somebody else's."""
    from rag.store import open_store

    opened = open_store(open_settings(index, long=True))
    one = _one(opened, person)
    with opened.writing() as writer:
        writer.split_person(one.id, name)
    _tell_last(opened, f"{name} is somebody else than {_called(one)} now", as_json=as_json)


@people_app.command()
def undo(
    number: Annotated[
        int | None,
        typer.Argument(metavar="NUMBER", help="As 'rag people --decisions' lists; else the last."),
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back a merge or a split that was made by hand."""
    from rag.store import open_store

    opened = open_store(open_settings(index, long=True))
    made = opened.made_by_hand()
    if number is None and not made:
        raise QueryError("nothing was decided by hand: there is nothing to undo")
    chosen = made[-1].id if number is None else number
    with opened.writing() as writer:
        writer.undo_decision(chosen)
    _tell_last(opened, f"decision {chosen} is taken back", as_json=as_json)


def _tell_last(opened: StatementStore, words: str, *, as_json: bool) -> None:
    if as_json:
        _show_decisions(opened, as_json=True)
    else:
        OUT.print(visible(words))


def _one(opened: StatementStore, name: str) -> Person:
    """The one person who is meant by a name or an id.

    Raises:
        SourceNotFound: nobody is called so.
        QueryError: several are.
    """
    by_id = opened.person(name)
    if by_id is not None:
        return by_id
    called = opened.people_called(name)
    exactly = [each for each in called if each.name == name]
    if len(called) == 1 or len(exactly) == 1:
        return (exactly or list(called))[0]
    if not called:
        raise SourceNotFound(f"nobody is called {name!r}: see 'rag people --all'")
    listed = "; ".join(f"{each.id} {_called(each)}" for each in called)
    raise QueryError(f"{len(called)} are called {name!r}, give the id of one: {listed}")
