"""Everybody whose name stands in a document: fuller forms of a name, and who bears a title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rag.language.name_patterns import NAME, NAMES, Late, trim_name
from rag.language.offices import offices
from rag.language.person_names import PersonName, person_name, same_person
from rag.language.places import countries_called
from rag.language.places import is_place as names_a_place
from rag.language.word_lists import words
from rag.language.words import TITLES, word_list
from rag.schema import Document

# Person nouns that many bear at once: "the official" is not the official who was named before.
_COMMON = word_list("shared_titles")
_SENTENCE_START = re.compile(r"(?:\A|\n|[.?!:;][”\"’)]?\s+|[“\"‘(]\s*)\Z")
# What stands before a colon at the start of a paragraph: a name, or what the paragraph is about.
_LABEL = re.compile(r"(?m)^[ \t]*(?P<name>[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}):\s*(?=[A-Z])")
_MANY_LABELS = 3
_ADDRESS = words("mr mrs ms miss sir madam")
_MOST_PARTS = 5
_NAME_AT_END = Late(rf"(?<![\w-])(?<!\bof )(?<!\bthe )(?P<name>{NAME})\Z")
_IN_PLACE = Late(
    r"\b(?:[Ii]n|[Aa]t|near|across|throughout|outside|into|(?:government|people|republic|state|territory|"
    r"north|south|east|west|border|city|parliament|capital|parts|rest|country|region|citizens|"
    r"population|town|village|district|province|president|minister|ambassador) of)"
    rf"\s+(?:the\s+)?(?P<name>{NAME})(?!['’]s)"
)
_WAY_TO = Late(
    r"\b(?:(?:left|leaving|leaves|headed|departed|sailed) for|"
    r"(?:travel|travell?ed|flew|drove|sailed|fled|moved|marched|trip|flight|journey|road|march) to|"
    r"(?:arrived|lived|living|lives|born|based|landed) in|"
    r"(?:flew|fled|travell?ed|came|march|flight|journey|marched) from)"
    rf"\s+(?P<name>{NAME})(?!['’]s)"
)


@dataclass(slots=True)
class _Form:
    """One way in which a name is written; ``first`` is where it first stands."""

    text: str
    written: str
    name: PersonName
    first: int
    inside: bool


class People:
    """The names of one document. Nothing is looked for before it is asked for."""

    def __init__(self, document: Document) -> None:
        self._text = document.text
        self._headings = [(heading.start, heading.end) for heading in document.headings]
        self._titles: dict[str, list[tuple[int, str]]] = {}
        self._abroad: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._common: dict[str, bool] = {}
        self._offices: dict[str, frozenset[str]] = {}
        self._departments: dict[str, list[tuple[int, str]]] = {}

    def resolve(self, name: str, place: int) -> str:
        """The fullest form of ``name`` that stands before ``place`` or there, without titles.

        Where two people could be meant it stays as it is, and so it does without a fuller form.
        """
        wanted = person_name(name)
        if wanted.description or not wanted.parts:
            return name
        # Of Chad, where the document speaks of it as a place, "Lake Chad" is no fuller form.
        if wanted.is_body or (countries_called(name) and name.casefold() in self._places):
            return name
        forms = [form for form in self._alike(name, wanted) if form.first <= place]
        full = _fullest(forms, wanted)
        if full is not None:
            return full.text
        return self._titled(name, wanted, forms)

    def _titled(self, name: str, wanted: PersonName, forms: Iterable[_Form]) -> str:
        """A name without a fuller form keeps its title, or takes one that it has elsewhere."""
        if wanted.titles or len(wanted.parts) > 1:
            return name if len(wanted.parts) == 1 else _without_titles(name)
        titled = [
            form
            for form in forms
            if form.name.parts == wanted.parts and set(form.name.titles) - _ADDRESS
        ]
        return titled[0].written if titled else name

    def bearer(self, title: str, place: int, since: int) -> str | None:
        """The one person who bears ``title`` ("the prime minister") before ``place``.

        If there are several, the one who is named after ``since``; None if that is not one.
        """
        words = title.lower().split()
        if abroad := self._of_country(words, place):
            return abroad
        if (
            len(words) < 2
            or words[0] not in {"the", "this", "its", "their"}
            or words[-1] not in TITLES - _COMMON
        ):
            return None
        bearers = [each for each in self._bearers(" ".join(words[1:])) if each[0] < place]
        for begin in (0, since):
            names = _distinct([name for at, name in bearers if at >= begin])
            if len(names) == 1:
                return self.resolve(names[0], place)
        return None

    def _of_country(self, words: list[str], place: int) -> str | None:
        """Who is called "President X of Armenia", for "Armenia's president"."""
        if len(words) < 2 or words[-1] not in TITLES:
            return None
        *rest, last = words if words[0] != "the" else words[1:]
        if len(rest) != 1:
            return None
        stem = re.sub(r"(?:['’]s|an|ian|ese|i)$", "", rest[0])
        if len(stem) < 4:
            return None
        if (last, stem) not in self._abroad:
            pattern = rf"\b(?i:{re.escape(last)}) (?P<name>{NAME}) of (?i:{re.escape(stem)})"
            self._abroad[last, stem] = [
                (found.start(), _without_titles(trim_name(found["name"])))
                for found in re.finditer(pattern, self._text)
            ]
        names = [name for at, name in self._abroad[last, stem] if at < place and name]
        distinct = _distinct(names)
        return self.resolve(distinct[0], place) if len(distinct) == 1 else None

    def offices(self, name: str) -> frozenset[str]:
        """What the person is by any form of the name that is not another's as well."""
        wanted = person_name(name)
        if wanted.description or wanted.is_body or not wanted.parts:
            return frozenset()
        if name not in self._offices:
            forms = {name, *(form.text for form in self._alike(name, wanted))}
            self._offices[name] = frozenset(
                office for form in forms for office in offices(self._text, form)
            )
        return self._offices[name]

    def is_place(self, name: str) -> bool:
        """Whether the document says "in" or "at" of the name, as of no person."""
        plain = name.casefold()
        if names_a_place(name) or plain in self._places:
            return True
        stems = (plain, plain[:-1]) if len(plain) > 4 else (plain,)
        return " " not in plain and any(
            stem + ending in self._by_part
            for stem in stems
            for ending in ("n", "an", "ian", "ese", "i", "ians", "ans")
            if stem + ending != plain
        )

    def is_person(self, name: str) -> bool:
        """Whether a name is more likely a person's than a body's or a place's."""
        known = person_name(name)
        if known.description or known.is_body or not known.parts or self.is_place(name):
            return False
        acronyms = [word for word in name.split() if word.isupper() and len(word.strip(".")) > 1]
        return not acronyms or (name.isupper() and len(known.parts) > 1)

    def is_common(self, word: str) -> bool:
        """Whether a word stands in small letters as well."""
        lower = word.lower()
        if lower not in self._common:
            pattern = rf"\b{re.escape(lower)}\b"
            self._common[lower] = re.search(pattern, self._text) is not None
        return self._common[lower]

    def is_named(self, word: str) -> bool:
        """Whether a word is in capitals inside sentences as well, and so no common word."""
        parts = person_name(word).parts
        forms = self._by_part.get(parts[0], ()) if len(parts) == 1 else ()
        return any(form.inside for form in forms)

    def is_run_in_heading(self, label: str) -> bool:
        """Whether what stands before a colon is what the words after it are about.

        Its words are common ones ("Pretrial Detention: …"), or most of them or the last where many
        paragraphs of the document begin so: "Corruption: …".
        """
        written = [word for word in label.split() if word[0].isupper()]
        common = [self.is_common(word) for word in written]
        if len(self._labels) < _MANY_LABELS:
            return len(written) > 1 and all(common)
        return common[-1:] == [True] or 3 * sum(common) >= 2 * len(common) > 0

    def is_spoken_of(self, name: str) -> bool:
        """Whether a name is a body's, or of somebody who is named inside a sentence as well."""
        known = person_name(name)
        described = trim_name(name) != name  # "The Latest"
        if known.is_body or described or not (name.isupper() or self.is_person(name)):
            return known.is_body
        return any(form.inside for form in self._alike(name, known))

    def full_department(self, text: str, place: int) -> str:
        """Of "the Department" the one that was named before: "State Department"."""
        words = text.split()
        if len(words) != 2 or words[0].lower() != "the" or not words[1][0].isupper():
            return text
        if words[1] not in self._departments:
            pattern = re.compile(rf"\b((?:[A-Z][\w.]+ +){{1,3}}{re.escape(words[1])})\b")
            self._departments[words[1]] = [
                (each.start(), trim_name(" ".join(each[1].split())))
                for each in pattern.finditer(self._text)
            ]
        known = {name for at, name in self._departments[words[1]] if at < place} - {words[1]}
        return known.pop() if len(known) == 1 else text

    def _alike(self, name: str, wanted: PersonName) -> list[_Form]:
        parts = {wanted.parts[0], wanted.parts[-1]}
        near = {id(form): form for part in parts for form in self._by_part.get(part, ())}
        return [
            form for form in near.values() if same_person(name, form.written) and self._stands(form)
        ]

    def _stands(self, form: _Form) -> bool:
        """Whether the first word is part of the name, and not only the first of a sentence."""
        if form.inside or len(form.name.parts) == 1:
            return True
        return not self.is_common(form.text.split()[0])

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(found["name"] for found in _LABEL.finditer(self._text))

    @cached_property
    def _places(self) -> frozenset[str]:
        """What the document puts after "in", "people of", and the like, in lower case."""
        return frozenset(
            trim_name(" ".join(found["name"].split())).casefold()
            for pattern in (_IN_PLACE, _WAY_TO)
            for found in pattern.compiled.finditer(self._text)
        )

    @cached_property
    def _by_part(self) -> dict[str, list[_Form]]:
        forms: dict[str, _Form] = {}
        for found in NAMES.compiled.finditer(self._text):
            written = found[0]
            known = forms.get(written)
            if known is None:
                form = self._form(found)
                if form is not None:
                    forms[written] = form
            elif not known.inside and not self._opens(found.start()):
                known.inside = True
        by_part: dict[str, list[_Form]] = {}
        for form in forms.values():
            for part in dict.fromkeys(form.name.parts):
                by_part.setdefault(part, []).append(form)
        return by_part

    def _form(self, found: re.Match[str]) -> _Form | None:
        written = trim_name(" ".join(found[0].split()))
        name = person_name(written) if written else None
        if name is None or name.description or len(name.parts) > _MOST_PARTS:
            return None
        if any(start <= found.start() < end for start, end in self._headings):
            return None
        if self._text[found.start() - 1 : found.start()] in {"“", '"', "‘"}:
            return None  # how somebody is called to: “Hey Kozak”
        inside = not self._opens(found.start()) or written != " ".join(found[0].split())
        return _Form(_without_titles(written), written, name, found.start(), inside)

    def _opens(self, offset: int) -> bool:
        return _SENTENCE_START.search(self._text, max(0, offset - 4), offset) is not None

    def _bearers(self, title: str) -> list[tuple[int, str]]:
        """Offsets and names of all who are called by a title."""
        if title not in self._titles:
            known = [*self._named_after(title), *self._named_before(title)]
            self._titles[title] = [
                (at, _without_titles(name)) for at, name in known if self.is_person(name)
            ]
        return self._titles[title]

    def _named_after(self, title: str) -> Iterator[tuple[int, str]]:
        """Such as "Prime Minister Abiy Ahmed", "the minister of health, Amir Aman"."""
        of = r"(?:\s+(?:of|for|to)\s+(?:the\s+)?[A-Z]\w+(?:\s+[A-Z]\w+)?)?"
        pattern = re.compile(rf"\b(?i:{_spaced(title)}){of},? +(?P<name>{NAME})")
        for found in pattern.finditer(self._text):
            if name := trim_name(found["name"]):
                yield found.start("name"), name

    def _named_before(self, title: str) -> Iterator[tuple[int, str]]:
        """Such as "Abiy Ahmed, the prime minister of Ethiopia"."""
        pattern = re.compile(
            r", +(?:(?:the|then|a|an|its|their) +)?(?:[\w’'-]+ +){0,3}"
            rf"(?i:{_spaced(title)})(?=[,.;]| (?:of|for|to|at|in)\b)"
        )
        for aside in pattern.finditer(self._text):
            begin, end = max(0, aside.start() - 60), aside.start()
            found = _NAME_AT_END.compiled.search(self._text, begin, end)
            if found and (name := trim_name(found["name"])):
                yield found.start("name"), name


def _spaced(phrase: str) -> str:
    return r"\s+".join(map(re.escape, phrase.split()))


def _fullest(forms: list[_Form], wanted: PersonName) -> _Form | None:
    """The longest of the forms, if all of them can be one person."""
    fuller = [
        form
        for form in forms
        if len(form.name.parts) > len(wanted.parts) and form.name.generation == wanted.generation
    ]
    if len(wanted.parts) == 1:
        last = [form for form in fuller if form.name.parts[-1] == wanted.parts[0]]
        # A name that comes first is a family name, or how people are called, only if a title says
        # so: "Prime Minister Abiy Ahmed"; "Trump Tower" is nobody.
        fuller = last or [form for form in fuller if form.name.titles and len(form.name.parts) <= 3]
    if not fuller or len(_distinct([form.text for form in fuller])) > 1:
        return None
    return max(fuller, key=lambda form: (len(form.name.parts), len(form.text), -form.first))


def _distinct(names: list[str]) -> list[str]:
    """One of each person."""
    kept: list[str] = []
    for name in sorted(set(names), key=lambda each: (-len(each.split()), each)):
        if not any(same_person(name, other) for other in kept):
            kept.append(name)
    return kept


def _without_titles(name: str) -> str:
    """``Secretary of State Mike Pompeo`` as ``Mike Pompeo``; a family name keeps its title."""
    known = person_name(name)
    words = name.split()
    for first in range(len(words) - 1, 0, -1):
        shorter = " ".join(words[first:])
        if known.titles and person_name(shorter).parts == known.parts:
            return shorter
    return name
