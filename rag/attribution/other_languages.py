"""Whose words quotations are in other languages than English, by the words beside them.

Without a grammar of the language only what stands right beside a quotation counts: a verb of saying
with a subject of few words, before it ("Anna Smirnova erklärte: „…“"), behind it («…», dijo Carlos
Ruiz), or between its parts. The marks, and what languages say, are in ``language/quoting.toml``.
A pronoun is nobody, and so is whoever is not told plainly.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from rag.language.person_names import person_name, same_person
from rag.language.word_lists import words
from rag.schema import AttributedStatement

_LONGEST = 2000  # characters of a quotation
_MOST_WORDS = 9  # of a subject
_MOST_SIGNS = 24  # of a subject without spaces
_FEW_WORDS = 4  # of a description where no article shows that it is one
_LONGEST_NAME = 5  # words
_SHORTEST = 3  # words; what is shorter after "secondo il giornale" may be a title
_PARAGRAPH: Final = re.compile(r"\S(?:[^\n]*\S)?")
_QUOTATION: Final = re.compile(
    "|".join(
        rf"{opens}[^{opens}{closes}\n]{{2,{_LONGEST}}}[{closes}]"
        for opens, closes in ("«»", "「」", "『』", "“”", "””", '""')
    )
    + rf"|„[^„“”\n]{{2,{_LONGEST}}}[“”]"
)
_REVERSED: Final = re.compile(rf"»[^«»\n]{{2,{_LONGEST}}}«")  # as German books have them
_REVERSED_IN: Final = frozenset({"de", "da"})
# What closes looks like an apostrophe ("foto’s"), so no letter follows it, and no space is before.
_SINGLE: Final = re.compile(rf"‘[^‘\n]{{2,{_LONGEST}}}?(?<!\s)’(?!\w)")
_SINGLE_IN: Final = frozenset({"nl"})
_ENDS: Final = re.compile(r"[.!?…。！？\n][»“”\"」』]?\s*")
_SUBJECT_ENDS: Final = re.compile(r"[.;:—–«»“”„\"(!?…؛：。]|\s-\s")
_COMMA: Final = re.compile("[,،，]")
_PARTICLES: Final = words(
    "de del la las los van von der den ter ten bin ibn bint al el da dos do das di della dell’ "
    "dell' ’t 't"
)
_JOINED: Final = re.compile(r"(\b[A-Za-z]{1,4}[’'])(?=\w)")  # "l’homme", "dell’Interno"
_PAUSE: Final = re.compile(r"[—–]\s*")
_COMMA_PAUSE: Final = re.compile(r",\s+")
_GAP = 12  # words between two parts of what one says
_IN_SIGNS: Final = frozenset({"ja", "zh"})  # no spaces between words
_PRONOUNS_AR: Final = frozenset({"هو", "هي", "هم"})
_OTHER_CASES: Final = {
    # A name behind a noun is the noun's in another case ("адвокат Ивана Петрова"), unless it
    # ends as a man's name does in the first.
    "ru": re.compile(r"(?:[аеиоуыэюяь]|[оеё]й)$"),
    # A family name in "-ко" stays as it is for a woman, whose given name then tells the case.
    "uk": re.compile(r"(?:[аеиіїуюяь]|^\w+о|[иіїую]\s\w+о)$"),
}


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a language says beside a quotation whose words it is."""

    language: str
    verb: re.Pattern[str]
    of: frozenset[str]
    ends: re.Pattern[str] | None
    articles: frozenset[str]
    negations: frozenset[str]
    pronouns: frozenset[str]
    according: re.Pattern[str] | None
    around: bool


@cache
def _manners() -> dict[str, _Manner]:
    table = tomllib.loads(
        (resources.files("rag.language") / "quoting.toml").read_text(encoding="utf-8")
    )
    return {language: _manner(language, told) for language, told in table.items()}


def _manner(language: str, told: dict[str, str | bool]) -> _Manner:
    def listed(name: str) -> list[str]:
        found = str(told.get(name) or "").split()
        return sorted((each.replace("_", r"\s+") for each in found), key=len, reverse=True)

    verbs = "|".join(listed("says"))
    helps = "|".join(listed("helps"))
    if language in _IN_SIGNS:
        verb = rf"(?:{verbs})"
    else:
        verb = rf"(?<!\w)(?:(?:{helps or '(?!)'})\s*)*(?:{verbs})(?!\w)"
    ends = "|".join(
        each if each.endswith(("’", "'")) else rf"{each}(?![\w’'ʼ])" for each in listed("ends")
    )
    according = "|".join(listed("according"))
    return _Manner(
        language,
        re.compile(verb),
        frozenset(listed("of")),
        re.compile(rf"(?<!\S)(?:{ends})", re.IGNORECASE) if ends else None,
        frozenset(listed("article")),
        frozenset(listed("not")),
        frozenset(listed("pronouns")),
        re.compile(rf"\s*(?:{according})\s", re.IGNORECASE) if according else None,
        bool(told.get("after")),
    )


def read_quotations(
    text: str, start: int, end: int, *, language: str
) -> Iterator[AttributedStatement]:
    """The quotations in ``text[start:end]`` with their speakers, where these are told plainly."""
    manner = _manners().get(language)
    if manner is None:
        return
    known: list[str] = []
    for paragraph in _PARAGRAPH.finditer(text, start, end):
        quotations = sorted(_spans(text, *paragraph.span(), language))
        said_by: tuple[str, str] | None = None
        for number, (first, last) in enumerate(quotations):
            before = quotations[number - 1][1] if number else paragraph.start()
            after = quotations[number + 1][0] if number + 1 < len(quotations) else paragraph.end()
            gap = text[before:first]
            goes_on = said_by if number and _goes_on(manner, gap) else None
            said_by = _told(manner, gap, text[first + 1 : last - 1], text[last:after]) or goes_on
            if said_by is not None:
                known.append(_in_full(said_by[0], known))
                yield AttributedStatement(first, last, known[-1], "quoted", cue=said_by[1])


def _goes_on(manner: _Manner, gap: str) -> bool:
    """Whether only a tag stands between two quotations: "…», dijo Ruiz, «…"."""
    closes = gap.rstrip().endswith((",", "،", "—", "–")) and not re.search(r"[.!?…]\s", gap)
    return closes and len(gap.split()) <= _GAP and _behind(manner, gap) is not None


def _spans(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, int]]:
    guillemet = re.search("[«»]", text[start:end])
    reverses = language in _REVERSED_IN and guillemet is not None and guillemet[0] == "»"
    marks = [_REVERSED] * reverses + [_QUOTATION] + [_SINGLE] * (language in _SINGLE_IN)
    taken: list[tuple[int, int]] = []
    for mark in marks:
        for found in mark.finditer(text, start, end):
            if not any(a < found.end() and found.start() < b for a, b in taken):
                taken.append(found.span())
    yield from taken


def _told(manner: _Manner, before: str, inside: str, after: str) -> tuple[str, str] | None:
    """The speaker of a quotation and the words that say so, from the text beside and inside it."""
    leading = before[max((each.end() for each in _ENDS.finditer(before)), default=0) :]
    if manner.around:
        return _around(manner, leading, after)
    return (
        _behind(manner, after)
        or _within(manner, inside)
        or _in_front(manner, leading)
        or (_according(manner, leading) if len(inside.split()) >= _SHORTEST else None)
    )


def _behind(manner: _Manner, after: str) -> tuple[str, str] | None:
    """Of ``…», dijo Carlos Ruiz.`` and ``…，”王伟说。`` the speaker."""
    tag = re.match(r"[\s,،，]*(?:[—–-]\s*)?", after)
    rest = after[tag.end() if tag else 0 :]
    verb = manner.verb.match(rest)
    if verb is not None:
        subject = _subject_behind(manner, rest[verb.end() :])
        announces = rest[verb.end() + len(subject) :].lstrip()[:1] in {":", "："}
        return None if announces else _named(manner, subject, verb[0])
    if manner.language == "zh" and (verb := manner.verb.search(rest[:_MOST_SIGNS])):
        announces = rest[verb.end() :].lstrip()[:1] not in {"", "。", "，", "\n"}
        return None if announces else _named(manner, rest[: verb.start()], verb[0])
    return None


def _within(manner: _Manner, inside: str) -> tuple[str, str] | None:
    """Of ``«Это ошибка, — добавил Орлов. — Мы её исправим»`` the speaker."""
    pauses = [*_PAUSE.finditer(inside)]
    if manner.language == "fr":
        pauses += _COMMA_PAUSE.finditer(inside)
    for pause in pauses:
        verb = manner.verb.match(inside, pause.end())
        if verb is None:
            continue
        subject = _subject_behind(manner, inside[verb.end() :])
        if inside[verb.end() + len(subject) :].lstrip().startswith((",", ".", "—", "–")):
            return _named(manner, subject, verb[0])
    return None


def _in_front(manner: _Manner, leading: str) -> tuple[str, str] | None:
    """Of ``La ministre Claire Dubois a ajouté : « …`` and ``قال الوزير: «…`` the speaker."""
    verbs = list(manner.verb.finditer(leading))
    if not verbs or not leading.rstrip().endswith((":", "：", "，")):
        return None
    verb = verbs[-1]
    front, behind = leading[: verb.start()].strip(), leading[verb.end() :].rstrip(" :：，\u00a0")
    if manner.negations & {*_words(front.lower())[-2:], *_words(behind.lower())[:1]}:
        return None
    starts = manner.ends.match(front) if manner.ends else None
    if not front or (starts and behind.strip()):  # "Am Montag sagte Petra Lang: „…"
        return _named(manner, _subject_behind(manner, behind), verb[0])
    if starts and "," not in front and front[starts.end() :].strip()[:1].isupper():
        return None  # "В Москве Орлов заявил": no name ends where another begins
    return _named(manner, front, verb[0], behind=False)


def _according(manner: _Manner, leading: str) -> tuple[str, str] | None:
    """Of ``Secondo il sindaco Marco Neri, «…`` the speaker."""
    found = manner.according.match(leading) if manner.according else None
    if found is None or not leading.rstrip().endswith(","):
        return None
    return _named(manner, leading[found.end() :].strip(), found[0].strip())


def _around(manner: _Manner, leading: str, after: str) -> tuple[str, str] | None:
    """Of ``田中氏は「…」と述べた`` and ``Erdoğan, “…” dedi`` the speaker."""
    rest = re.sub(r"^[\s,]*(?:と|などと)?", "", after)
    verb = manner.verb.match(rest)
    if verb is None:
        return None
    subject = leading.rstrip(" ,:")
    if manner.language == "ja":
        topic = re.search(r"(?:氏|さん)?[はが]、?$", subject)
        if topic is None:
            return None
        subject = subject[: topic.start()]
    return _named(manner, subject, verb[0], behind=False)


def _subject_behind(manner: _Manner, text: str) -> str:
    """The subject that follows a verb, with a name that is set off: "el director, Carlos Ruiz"."""
    subject = _SUBJECT_ENDS.split(text, maxsplit=1)[0]
    ended = manner.ends.search(subject) if manner.ends else None
    if ended is not None:
        subject = subject[: ended.start()]
    comma = _COMMA.search(subject)
    if comma is None:
        return subject
    aside = _COMMA.split(subject[comma.end() :], maxsplit=1)[0]
    return subject[: comma.end() + len(aside)] if _is_name(aside) else subject[: comma.start()]


def _named(
    manner: _Manner, subject: str, cue: str, *, behind: bool = True
) -> tuple[str, str] | None:
    """The name of a subject, or else its words; None for a pronoun, or if it is no plain one.

    ``behind`` the verb a noun that is no name has its article.
    """
    parts = [" ".join(each.split()).strip(" —–-\u00a0") for each in _COMMA.split(subject)]
    parts = [each for each in parts if each]
    if not parts or len(parts[-1].split()) > _MOST_WORDS:
        return None
    if manner.language in _IN_SIGNS:
        plain = len(parts) == 1 and re.fullmatch(r"\w{2,24}", parts[0])
        return (parts[0], cue) if plain else None
    if manner.language == "ar":
        return (parts[0], cue) if len(parts) == 1 and parts[0] not in _PRONOUNS_AR else None
    called = parts[-1]
    aside = _words(called)[0].lower() in manner.articles and not _is_name(called)
    if len(parts) == 2 and aside and _is_name(parts[0]):
        called = parts[0]  # "Claire Dubois, la ministre de l’Intérieur,"
    elif len(parts) > 1 and not (aside or _is_name(called)):
        return None
    return (name, cue) if (name := _proper(manner, called, behind=behind)) else None


def _words(phrase: str) -> list[str]:
    return _JOINED.sub(r"\1 ", phrase).split()


def _is_name(phrase: str) -> bool:
    """Whether it is nothing but a name: capitals, and particles between them."""
    found = _words(phrase)
    return bool(found) and _last_name(found) == (0, len(found))


def _last_name(found: Sequence[str]) -> tuple[int, int] | None:
    """Where the last run of words with capitals stands, particles between them included."""
    last = next((at for at in range(len(found) - 1, -1, -1) if found[at][0].isupper()), None)
    if last is None:
        return None
    first = last
    for at in range(last - 1, -1, -1):
        if found[at][0].isupper():
            first = at
        elif found[at] not in _PARTICLES:
            break
    return first, last + 1


def _proper(manner: _Manner, called: str, *, behind: bool) -> str | None:
    """Of "el ministro Carlos Ruiz" the name; of "el ministro de Defensa" all of it."""
    found = _words(called)
    has_article = found[0].lower() in manner.articles
    described = called if has_article or (not manner.articles and len(found) <= _FEW_WORDS) else ""
    run = _last_name(found[int(has_article) :])
    if run is None:
        whole = has_article or (len(found) > 1 and not manner.pronouns.intersection(found))
        return described if whole and (has_article or manner.pronouns) else None
    first, last = (each + int(has_article) for each in run)
    name, before = found[first:last], found[first - 1] if first > has_article else ""
    # In "José dos Santos" it is the name's own, in "el Jefe de Ruiz" and "Anwalt von Holm" not.
    own = manner.language != "de" and (before or (behind and not has_article))
    if manner.of & {each.lower() for each in (before, *(() if own else name))}:
        # "el abogado de Juan Ruiz", who is not called Ruiz
        return described if person_name(described).description else None
    if last < len(found) or len(name) > _LONGEST_NAME:
        return None
    cases = _OTHER_CASES.get(manner.language)
    if cases is not None and before and cases.search(" ".join(name)):
        return described or None
    if manner.language == "de" and len(name) > 2:  # every noun has a capital
        name = name[-2:]
    return re.sub(r"(?<=[’'])\s", "", " ".join(name))


def _in_full(name: str, known: list[str]) -> str:
    """The fullest name that was used before for one who can only be this one.

    A single name that is the first of a longer one may be another's given name.
    """
    parts = person_name(name).parts
    full = {
        each
        for each, fuller in ((each, person_name(each).parts) for each in known)
        if same_person(name, each)
        and len(fuller) > len(parts)
        and not (len(parts) == 1 and parts[0] == fuller[0])
    }
    return full.pop() if len(full) == 1 else name
