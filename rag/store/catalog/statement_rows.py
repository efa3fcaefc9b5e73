"""Writing the index of statements: a document's rows, and who is one person over all documents."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.attribution import all_statements
from rag.attribution.identity import Decision, Label, Mention, identify, kind_of
from rag.language.person_names import person_name
from rag.language.places import places
from rag.schema import AttributedStatement, Document, Speaker
from rag.store.catalog.columns import fold
from rag.store.catalog.dialect import Connection, Dialect, Row
from rag.store.terms import analyse


def put_statements(connection: Connection, document: Document, dialect: Dialect) -> None:
    """Let the index have the statements of a document, and no others of it."""
    connection.execute("DELETE FROM speakers WHERE document_id = ?", (document.id,))
    by_speaker: dict[str, list[AttributedStatement]] = defaultdict(list)
    for each in all_statements(document):
        by_speaker[each.speaker].append(each)
    known = {each.name: each for each in document.speakers}
    for name, own in by_speaker.items():
        columns = ("name", "full_name", "key", "role", "country")
        speaker = dialect.insert(
            connection,
            "speakers",
            {
                "document_id": document.id,
                **dict(zip(columns, _told(document, name, known.get(name), own), strict=True)),
                "statements": len(own),
                "written": sum(each.how == "author" for each in own),
            },
        )
        connection.executemany(
            "INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(speaker, *_columns(document, each)) for each in own],
        )
    connection.execute("INSERT INTO stale VALUES ('people') ON CONFLICT DO NOTHING")


def _told(
    document: Document,
    name: str,
    known: Speaker | None,
    own: Sequence[AttributedStatement],
) -> tuple[str, str, str, str | None, str | None]:
    """The name of a speaker, the full one, what searches for them look at, role and country.

    The country is the one that the role names; who speaks in person is of the document's.
    """
    full = known.full_name if known else name
    role = known.role if known else None
    in_person = any(each.how in ("turn", "metadata") for each in own)
    if role is None and any(each.how == "metadata" for each in own):
        role = document.metadata.extra.get("role")
    titles = person_name(name).titles
    if role is None and set(titles) - {"mr", "mrs", "ms", "miss", "dr"}:
        role = " ".join(title.capitalize() for title in titles)
    named = places(role or "")
    country = document.metadata.country if in_person else None
    parts = dict.fromkeys((*person_name(name).parts, *person_name(full).parts))
    key = f"{fold(name)} {' '.join(parts)}"
    return name, full, key, role, named[0].country if named else country


def _columns(document: Document, each: AttributedStatement) -> tuple[object, ...]:
    page = document.page_at(each.start)
    return (
        document.id,
        *(each.start, each.end, each.how, each.cue, each.depth),
        *((page.number, page.label, page.kind) if page else (None, None, "page")),
        f" {' '.join(analyse(document.text[each.start : each.end]))} ",
    )


def tell_people_apart(connection: Connection, dialect: Dialect) -> None:
    """Say anew who is one person."""
    rows = connection.execute(
        "SELECT s.*, d.source, d.title, d.date, d.country AS about FROM speakers s "
        "JOIN documents d ON d.id = s.document_id"
    ).fetchall()
    of_mention: dict[Mention, list[Row]] = defaultdict(list)
    for row in rows:
        of_mention[_mention(row)].append(row)
    decided = [
        Decision(Label.of(row["one"]), Label.of(row["other"]) if row["other"] else None)
        for row in connection.execute("SELECT one, other FROM decisions ORDER BY id").fetchall()
    ]
    connection.execute("DELETE FROM people")
    for group in identify(list(of_mention), decided):
        own = [row for mention in group for row in of_mention[mention]]
        person = _person(group, own)
        connection.execute(
            f"INSERT INTO people ({', '.join(person)}) VALUES ({', '.join('?' * len(person))})",  # noqa: S608 - our names
            list(person.values()),
        )
        connection.execute(
            f"UPDATE speakers SET person = ? WHERE {dialect.among('id', numbers=True)}",  # noqa: S608
            (person["id"], json.dumps([row["id"] for row in own])),
        )
    connection.execute("DELETE FROM stale")


def _mention(row: Row) -> Mention:
    date = row["date"] or ""
    year = int(date[:4]) if date[:4].isdigit() else None
    return Mention(row["full_name"], row["source"], row["role"], row["about"], year)


def _person(group: Sequence[Mention], rows: Sequence[Row]) -> Mapping[str, Any]:
    name = _called(rows)
    kind = kind_of(name)
    dates = sorted(row["date"] for row in rows if row["date"])
    first = min(group, key=lambda each: (each.source, each.name))
    identity = json.dumps([first.source, first.name, first.role])
    known = (part for row in rows for part in (row["name"], row["full_name"]))
    names = dict.fromkeys((name, *known))  # first the one to sort by
    role, country = (_commonest(row[column] for row in rows) for column in ("role", "country"))
    described_in = (rows[0]["title"] or rows[0]["source"]) if kind == "unnamed" else None
    return {
        "id": hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:16],
        "name": name,
        "kind": kind,
        "role": role,
        "country": country,
        "statements": sum(row["statements"] for row in rows),
        "written": sum(row["written"] for row in rows),
        "documents": len({row["document_id"] for row in rows}),
        "first": dates[0] if dates else None,
        "last": dates[-1] if dates else None,
        "described_in": described_in,
        "haystack": "\n".join(fold(each) or "" for each in (*names, role, country) if each),
    }


def _called(rows: Sequence[Row]) -> str:
    """The fullest of the names; of several as full, one not all in capitals, then the commonest."""
    weights: Counter[str] = Counter()
    for row in rows:
        weights[row["full_name"]] += row["statements"]
    return max(
        weights,
        key=lambda name: (
            min(len(person_name(name).parts), 3),
            not name.isupper(),
            weights[name],
            name,
        ),
    )


def _commonest(values: Iterator[str | None]) -> str | None:
    counted = Counter(each for each in values if each)
    return max(counted, key=lambda each: (counted[each], each)) if counted else None
