"""Gather the page's messages into its catalogues, for translators.

``python scripts/messages.py`` (``make messages``) reads the messages out of the program and brings
``rag/language/locale/footnote.pot`` and the catalogue of each language up to date: new messages are
added without a translation, those that are gone are removed, and what is translated stays. Errors
are read out of the program without being marked (``error_messages.py``). With
``--check`` nothing is written, and exit code 1 says that they are out of date; with ``--left`` the
messages of each language are counted that have no translation yet.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from error_messages import TERMINAL, error_kinds, error_messages

from rag.language.finished_messages import CONTEXT
from rag.language.translation import (
    DOMAIN,
    ENGLISH,
    LANGUAGES,
    LOCALES,
    file_of,
    forms_of,
    originals,
)

ROOT = Path(__file__).parent.parent
TEMPLATE = LOCALES / f"{DOMAIN}.pot"
# What marks a message, and which of its arguments are the message; a context is marked by "c".
KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "n_": (1, 2),
    "p_": ((1, "c"), 2),
    "nodes_": None,
}
METHODS = {".py": "python", ".html": "jinja2.ext:babel_extract", ".js": "javascript"}
OPTIONS: dict[str, dict[str, Any]] = {
    ".js": {"parse_template_string": True},
    ".html": {"silent": "false"},
}
# Texts that are data: all of a file, or the field of each of its tables.
TOML = {"rag/answer/replies.toml": None, "rag/cite/styles.toml": "title"}
COMMENTS = ("L10n:",)
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)  # or else every run would be a change


def gathered() -> Catalog:
    """All messages of the program, in the order of its files."""
    catalog = Catalog(
        project="Footnote",
        domain=DOMAIN,
        creation_date=_CREATED,
        revision_date=_CREATED,
        copyright_holder="the authors of Footnote",
        msgid_bugs_address="see CONTRIBUTING.md",
        charset="utf-8",
    )
    catalog.header_comment = (
        "# Messages of Footnote's page; see “add a language” in CONTRIBUTING.md."
    )
    kinds = error_kinds(ROOT)
    for file in sorted((ROOT / "rag").rglob("*.*")):
        place = file.relative_to(ROOT).as_posix()
        if file.suffix == ".py" and not place.startswith(TERMINAL):
            for error in error_messages(file, kinds):
                catalog.add(error, locations=[(place, 0)], context=CONTEXT)
        for message, comments, context in _messages(file, place):
            catalog.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalog


def _messages(
    file: Path, place: str
) -> Iterator[tuple[str | tuple[str, ...], list[str], str | None]]:
    if place in TOML:
        told = tomllib.loads(file.read_text("utf-8"))
        yield from ((text, [], None) for text in _texts(told, TOML[place]))
    elif file.suffix in METHODS:
        with file.open("rb") as content:
            found = extract(
                METHODS[file.suffix],
                content,
                keywords=KEYWORDS,
                comment_tags=COMMENTS,
                options=OPTIONS.get(file.suffix),
                strip_comment_tags=True,
            )
            for _line, message, comments, context in found:
                yield message, comments, context


def _texts(table: Mapping[str, Any], field: str | None) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _texts(value, field)
        elif field in (None, name):
            yield value


def updated(code: str, template: Catalog) -> Catalog:
    """The catalogue of a language with the messages of the template."""
    file = file_of(code)
    if not file.exists():
        catalog = Catalog(locale=code, domain=DOMAIN, project="Footnote", charset="utf-8")
    else:
        with file.open("rb") as content:
            catalog = read_po(content, locale=code, domain=DOMAIN)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=True)
    catalog.creation_date = catalog.revision_date = _CREATED
    catalog.last_translator, catalog.language_team = "Footnote", LANGUAGES[code]
    catalog.project, catalog.version = "Footnote", "1"
    catalog.msgid_bugs_address = "see CONTRIBUTING.md"
    catalog.fuzzy = False
    catalog.obsolete.clear()
    return catalog


def text_of(catalog: Catalog) -> str:
    """A catalogue as it is written: by files, without the numbers of lines, which change often."""
    written = io.BytesIO()
    write_po(written, catalog, width=100, ignore_obsolete=True, include_lineno=False)
    # The version of what wrote it is no part of it.
    return re.sub(r'"Generated-By: .*\n', "", written.getvalue().decode("utf-8"))


def catalogues() -> Iterator[tuple[Path, str]]:
    """Each file, and what is to stand in it."""
    template = gathered()
    yield TEMPLATE, text_of(template)
    for code in LANGUAGES:
        if code != ENGLISH:
            yield file_of(code), text_of(updated(code, template))


def left(code: str) -> Iterable[str]:
    """The messages of a language that have no translation."""
    with file_of(code).open("rb") as content:
        for each in read_po(content, locale=code):
            if each.id and (each.fuzzy or not all(forms_of(each))):
                yield originals(each)[0]


def main() -> int:
    """Do what is asked; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; say what would change")
    parser.add_argument("--left", action="store_true", help="count what is not translated yet")
    asked = parser.parse_args()
    if asked.left:
        for code in LANGUAGES:
            if code != ENGLISH:
                print(f"{code}: {len(list(left(code)))} messages to be translated")
        return 0
    stale = [
        (file, text)
        for file, text in catalogues()
        if not file.exists() or file.read_text("utf-8") != text
    ]
    for file, text in stale:
        print(file.relative_to(ROOT))
        if not asked.check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    return int(asked.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
