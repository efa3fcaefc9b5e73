"""The query language of a search for all hits: words, phrases, operators and fields.

``prison* AND "political prisoners" NOT country:Armenia`` is parsed here into a tree, which a store
carries out. Words next to one another must all be there; word endings do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from rag.errors import QueryError
from rag.language.translation import _
from rag.schema import Condition

_Operator = Literal["=", "!=", "<", "<=", ">", ">="]
_MOST_TOKENS: Final = 200
_DEEPEST: Final = 20
_FARTHEST: Final = 100
_DISTANCE: Final = 5
_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<paren>[()])
    |(?P<near>NEAR(?:/(?P<distance>\d{1,4}))?(?=[\s(]|$))
    |(?P<word_operator>AND|OR|NOT)(?=[\s()]|$)
    |(?P<field>[^\W\d]\w*)(?P<operator>>=|<=|!=|[:=<>])(?!//)
        (?:["“](?P<value_quoted>[^"“”]*)["”]|(?P<value>[^\s()"“”]+))
    |["“](?P<phrase>[^"“”]*)["”]
    |(?P<word>[^\s()"“”]+)
    |(?P<stray>["“”])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or words that follow one another; with ``prefix`` the beginning of a word."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """Two words or phrases with at most ``distance`` words between them, in either order."""

    left: Words
    right: Words
    distance: int


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the document, or on who speaks."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Not:
    """What does not meet ``part``."""

    part: Expression


@dataclass(frozen=True, slots=True)
class All:
    """What meets every part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """What meets at least one part."""

    parts: tuple[Expression, ...]


Expression = Words | Near | Where | Not | All | Either


def has_operators(text: str) -> bool:
    """Whether a text uses the query language, and is not only words."""
    return any(
        found.lastgroup != "word" or found["word"].endswith("*") for found in _TOKEN.finditer(text)
    )


def parse(text: str) -> Expression:
    """The tree of a query.

    Raises:
        QueryError: it is empty or not well formed; the message says where.
    """
    tokens = list(_TOKEN.finditer(text.strip()))
    if not tokens:
        raise QueryError(_("the query is empty: type words, or a phrase in quotation marks"))
    if len(tokens) > _MOST_TOKENS:
        raise QueryError(_("the query has more than {most} parts; shorten it", most=_MOST_TOKENS))
    parser = _Parser(tokens)
    tree = parser.either()
    if parser.here is not None:
        raise QueryError(_("there is a closing parenthesis too many; remove it, or open another"))
    return tree


def holds(
    part: Expression,
    terms: Sequence[str],
    *,
    analyse: Callable[[str], list[str]],
    meets: Callable[[Condition], bool],
) -> bool:
    """Whether a passage with these terms, in order, matches: for stores without an index of words.

    ``analyse`` gives the terms of a text, and ``meets`` says whether the passage meets a condition.
    """

    def every(one: Expression) -> bool:
        return holds(one, terms, analyse=analyse, meets=meets)

    def places(words: Words) -> list[tuple[int, int]]:
        wanted = analyse(words.text)
        ends = ((at, at + len(wanted)) for at in range(len(terms) - len(wanted) + 1))
        return [each for each in ends if list(terms[each[0] : each[1]]) == wanted]

    match part:
        case Words(text, prefix):
            begun = prefix and any(each.startswith(text.casefold()) for each in terms)
            return begun or bool(places(part))
        case Near(left, right, distance):
            found = ((one, other) for one in places(left) for other in places(right))
            return any(-1 < max(a[0] - b[1], b[0] - a[1]) <= distance for a, b in found)
        case Where(condition):
            return meets(condition)
        case Not(inner):
            return not every(inner)
        case All(parts):
            return all(map(every, parts))
        case Either(parts):
            return any(map(every, parts))


def parse_within(query: str, where: Sequence[Condition]) -> Expression:
    """The tree of a query that is confined to what meets every condition.

    Raises:
        QueryError: the query is not well formed.
    """
    tree = parse(query)
    return All((tree, *map(Where, where))) if where else tree


class _Parser:
    """Recursive descent over the tokens: OR binds least, then AND, NOT and NEAR."""

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def here(self) -> re.Match[str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _takes(self, group: str, text: str | None = None) -> re.Match[str] | None:
        token = self.here
        if token is None or token[group] is None or text not in (None, token[group]):
            return None
        self._at += 1
        return token

    def either(self) -> Expression:
        parts = [self._all()]
        while self._takes("word_operator", "OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Expression:
        parts = list(self._parts())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _parts(self) -> Iterator[Expression]:
        yield self._not()
        while (token := self.here) is not None:
            if token["paren"] == ")" or token["word_operator"] == "OR":
                return
            self._takes("word_operator", "AND")
            yield self._not()

    def _not(self) -> Expression:
        if not self._takes("word_operator", "NOT"):
            return self._near()
        self._deeper()
        part = Not(self._not())
        self._depth -= 1
        return part

    def _near(self) -> Expression:
        left = self._atom()
        while token := self._takes("near"):
            right = self._atom()
            both = (left, right)
            words = [each for each in both if isinstance(each, Words) and not each.prefix]
            if len(words) < len(both):
                raise QueryError(
                    _("NEAR stands between two words or phrases, as in torture NEAR/5 police")
                )
            left = Near(words[0], words[1], min(int(token["distance"] or _DISTANCE), _FARTHEST))
        return left

    def _atom(self) -> Expression:
        token = self.here
        if token is None:
            raise QueryError(
                _("the query ends where a word is missing; add one, or remove the operator")
            )
        self._at += 1
        if token["paren"] == "(":
            self._deeper()
            inside = self.either()
            self._depth -= 1
            if not self._takes("paren", ")"):
                raise QueryError(_("a parenthesis is not closed; add )"))
            return inside
        if token["field"]:
            return Where(_condition(token))
        if token["phrase"] is not None:
            return Words(token["phrase"])
        if token["stray"]:
            raise QueryError(_("a quotation mark is not closed; add {mark}", mark='"'))
        if token["word"] is None:
            raise QueryError(
                _(
                    "a word is missing before {sign}; add one, or remove it",
                    sign=token[0].strip(),
                )
            )
        word = token["word"]
        return Words(word.rstrip("*"), prefix=True) if word.endswith("*") else Words(word)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError(
                _("the query is nested more than {most} deep; simplify it", most=_DEEPEST)
            )


def _condition(token: re.Match[str]) -> Condition:
    operator = cast(_Operator, "=" if token["operator"] == ":" else token["operator"])
    value = token["value_quoted"] if token["value"] is None else token["value"]
    return Condition(token["field"].lower(), operator, value)
