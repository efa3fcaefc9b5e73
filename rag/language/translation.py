"""Words for a reader, in the reader's language.

A message stands in the code in English, as a whole sentence with named gaps, and passes through
:func:`_`, :func:`n_` or :func:`p_` where it is made. Whoever serves a reader says in which language
with :func:`reading`; where nobody does, as in a terminal, everything is English. A message without
a translation is English too.

The translations are GNU gettext catalogues, ``locale/LANGUAGE/LC_MESSAGES/footnote.po``. They are
read as they are, once, when a reader of that language comes first.
"""

from __future__ import annotations

import gettext
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rag.language.scripts import is_right_to_left

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

ENGLISH: Final = "en"
LANGUAGES: Final = {
    ENGLISH: "English",
    "ru": "Русский",
    "es": "Español",
    "fr": "Français",
    "ar": "العربية",
}
"""The languages that there are words in, each by its own name."""
LOCALES: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "footnote"
_CONTEXT: Final = "\x04"  # between a context and its message, as gettext has it
# What rules of plurals look at is the number up to here, and its last two digits beyond.
_TELLING: Final = 200

_reader: ContextVar[str] = ContextVar("language of the reader", default=ENGLISH)


# Who reads ----------------------------------------------------------------------------------------


def language() -> str:
    """The language of the present reader."""
    return _reader.get()


def direction(code: str) -> str:
    """``rtl`` or ``ltr``: how a page in this language runs."""
    return "rtl" if is_right_to_left(LANGUAGES[code]) else "ltr"


@contextmanager
def reading(code: str) -> Iterator[None]:
    """Let messages be in one of :data:`LANGUAGES` until the end of the block.

    It holds for this thread or task, and for those that are begun from it with its context.
    """
    before = _reader.set(code)
    try:
        yield
    finally:
        _reader.reset(before)


def preferred(wanted: str | None, accepted: str) -> str:
    """The language that was chosen, or else the best of those that a browser asks for.

    ``accepted`` is an ``Accept-Language`` header. English where none of them is known.
    """
    if wanted in LANGUAGES:
        return wanted
    asked: list[tuple[float, int, str]] = []
    for each in accepted.split(","):
        name, _, weight = each.partition(";")
        try:
            quality = float(weight.partition("=")[2] or 1)
        except ValueError:
            continue
        asked.append((-quality, len(asked), name.strip().partition("-")[0].lower()))
    known = (code for quality, _, code in sorted(asked) if code in LANGUAGES and quality)
    return next(known, ENGLISH)


# Messages -----------------------------------------------------------------------------------------


def _(message: str, /, **values: object) -> str:
    """A message in the reader's language, with ``{name}`` replaced by the value of that name.

    A whole number is written as the language writes numbers; a year or an id is given as text.
    """
    return _filled(translate(message), message, values)


def n_(one: str, many: str, number: int, /, **values: object) -> str:
    """A message about a number, which is the value ``count``: its form for one, or for more."""
    english = one if number == 1 else many
    return _filled(translate_number(one, many, number), english, {"count": number, **values})


def p_(context: str, message: str, /, **values: object) -> str:
    """A message that can mean several things: ``context`` tells translators which."""
    return _filled(translate(message, context), message, values)


def N_(message: str) -> str:  # noqa: N802 - its name in every program with gettext
    """Mark a message to be translated; it is translated later, by ``_(…)``."""
    return message


def translate(message: str, context: str | None = None) -> str:
    """The translation with its gaps; ``context`` is that of :func:`p_`."""
    if not message or language() == ENGLISH:
        return message
    known = translations(language())
    return known.gettext(message) if context is None else known.pgettext(context, message)


def translate_number(one: str, many: str, number: int) -> str:
    """The same for :func:`n_`."""
    return translations(language()).ngettext(one, many, number)


def written(value: object) -> object:
    """A whole number as the reader's language writes it; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if language() == ENGLISH:
        return f"{value:,}"
    from babel.numbers import format_decimal

    # The figures of pages and years are those of the documents.
    return format_decimal(value, locale=language(), numbering_system="latn")


def comma() -> str:
    """What stands between things that are listed, in the reader's language."""
    # L10n: such as between a title and a date
    return p_("between things that are listed", ", ")


def joined(parts: Iterable[str]) -> str:
    """Words one after the other, with the comma of the reader's language; empty ones left out."""
    return comma().join(part for part in parts if part)


def listing(words: Sequence[str]) -> str:
    """Words as a list with the reader's "and": ``Ethiopia, Iran and Mali``."""
    if len(words) < 2:
        return "".join(words)
    # L10n: the end of a list of names: {others} is one name or several
    return _("{others} and {last}", others=joined(words[:-1]), last=words[-1])


def date_words(year: int, month: int, day: int | None = None) -> str:
    """A day or a month in words: ``13 March 2019``, ``March 2019``."""
    from babel.dates import format_date, format_skeleton

    locale = "en_GB" if language() == ENGLISH else language()
    moment = date(year, month, day or 1)
    if day:
        return format_date(moment, "long", locale=locale)
    return format_skeleton("yMMMM", moment, locale=locale)


def _filled(translation: str, english: str, values: Mapping[str, object]) -> str:
    if not values:
        return translation
    shown = {name: written(value) for name, value in values.items()}
    try:
        return translation.format(**shown)
    except (KeyError, IndexError, ValueError):  # a translation with another gap
        return english.format(**shown)


# Catalogues ---------------------------------------------------------------------------------------


def file_of(code: str) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def catalogue(code: str) -> Catalog:
    """The catalogue of a language as it stands in its file."""
    from babel.messages.pofile import read_po

    with file_of(code).open("rb") as file:
        return read_po(file, locale=code, domain=DOMAIN)


def originals(message: Message) -> tuple[str, ...]:
    """A message of a catalogue in English: one text, or that for one and that for more."""
    return tuple([message.id] if isinstance(message.id, str) else message.id)


def forms_of(message: Message) -> tuple[str, ...]:
    """The translation of a message: one text, or one for each form; empty where there is none."""
    told = message.string
    return tuple([told or ""] if told is None or isinstance(told, str) else told)


@cache
def translations(code: str) -> gettext.NullTranslations:
    """The translations of a language; none for English."""
    if code == ENGLISH:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, catalogue(code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def script_messages(code: str) -> str:
    """The messages of the page's scripts in a language, as JSON; see ``shared/language.js``."""
    if code == ENGLISH:
        return "{}"
    messages: dict[str, tuple[str, ...]] = {}
    for each in catalogue(code):
        if not each.id or not any(file.endswith(".js") for file, _ in each.locations):
            continue
        name, forms = originals(each)[0], forms_of(each)
        if all(forms) and not each.fuzzy:
            messages[f"{each.context}{_CONTEXT}{name}" if each.context else name] = forms
    form_of = gettext.c2py(catalogue(code).plural_expr)
    chosen = [form_of(number) for number in range(_TELLING)]
    return json.dumps({"messages": messages, "forms": chosen}, ensure_ascii=False)
