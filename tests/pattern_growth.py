"""Finds patterns whose time grows faster than what they are given.

From the parts of a pattern texts are made that it nearly matches: what comes before a repetition,
many times what is repeated, and an end that does not fit. A pattern is linear if twice the text
takes twice the time.
"""

from __future__ import annotations

import ast
import gc
import importlib
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import rag

Pattern = re.Pattern[Any]

_CATEGORIES = {
    code.CATEGORY_DIGIT: "7",
    code.CATEGORY_SPACE: " ",
    code.CATEGORY_WORD: "a",
    code.CATEGORY_NOT_DIGIT: "a",
    code.CATEGORY_NOT_SPACE: "a",
    code.CATEGORY_NOT_WORD: " ",
}
_REPEATS = (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT)
_FEW = 60  # a repetition that is bounded by so many cannot grow
_ENDS = ("\x00", "!\nx")
_SMALL, _LARGE = 1_500, 6_000  # characters
_STEEP = 9  # times as long for four times the text: between linear (4) and quadratic (16)
_QUICK = 0.008  # seconds for the large text, below which nobody is harmed
_MOST_ATTACKS = 60
_LONG = 0.3  # seconds after which there is nothing left to measure


class TookTooLong(Exception):
    """A pattern did not come to an end."""


@dataclass(frozen=True)
class Used:
    """A pattern, and the ways in which it is applied (``search`` is also ``sub``, ``split``…)."""

    pattern: re.Pattern[Any]
    how: frozenset[str]


def patterns_of(rooms: tuple[str, ...]) -> dict[str, Used]:
    """Every pattern that the modules of these rooms hold or write out, by the place of it."""
    root = Path(rag.__file__).parent
    sources = {path: path.read_text("utf-8") for path in sorted(root.rglob("*.py"))}
    everything = "\n".join(sources.values())
    found: dict[str, Used] = {}
    for path, source in sources.items():
        name = ".".join(("rag", *path.relative_to(root).with_suffix("").parts))
        name = name.removesuffix(".__init__")
        if not f"{name}.".startswith(tuple(f"rag.{room}." for room in rooms)):
            continue
        if path.name == "__main__.py" or not re.search(r"\bre\b", source):
            continue
        for attribute, held in vars(importlib.import_module(name)).items():
            if patterns := list(_inside(held)):
                how = _applied(attribute, source if attribute.startswith("_") else everything)
                for at, pattern in enumerate(patterns):
                    found[f"{name}.{attribute}[{at}]"] = Used(pattern, how)
        found.update(_written_out(name, source))
    return found


def _applied(attribute: str, source: str) -> frozenset[str]:
    """How a pattern of this name is applied; by ``search`` where that is not to be seen."""
    verbs = re.findall(rf"\b{re.escape(attribute)}\.(\w+)\(", source)
    others = re.findall(rf"\b{re.escape(attribute)}\b(?!\.(?:\w+)\(|: | =|\")", source)
    how = {each if each in ("match", "fullmatch") else "search" for each in verbs}
    return frozenset(how if how and not others else {*how, "search"})


def _inside(held: object, depth: int = 0) -> Iterator[Pattern]:
    if isinstance(held, re.Pattern):
        yield held
    elif depth < 4 and isinstance(held, dict):
        for each in (*held.keys(), *held.values()):
            yield from _inside(each, depth + 1)
    elif depth < 4 and isinstance(held, list | tuple | set | frozenset):
        for each in held:
            yield from _inside(each, depth + 1)
    elif depth < 4 and hasattr(held, "__dataclass_fields__") and not isinstance(held, type):
        for field in held.__dataclass_fields__:
            yield from _inside(getattr(held, field), depth + 1)


def _written_out(name: str, source: str) -> Iterator[tuple[str, Used]]:
    """Literals in calls such as ``re.sub(r"…", …)``; what a function puts together is not seen."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("re"), attr=verb),
                args=[ast.Constant(str() | bytes() as text), *_],
            ) if verb not in ("compile", "escape"):
                flags = re.NOFLAG
                for each in ast.walk(node):
                    if isinstance(each, ast.Attribute) and isinstance(
                        flag := getattr(re, each.attr, None), re.RegexFlag
                    ):
                        flags |= flag
                how = verb if verb in ("match", "fullmatch") else "search"
                yield f"{name}:{node.lineno}", Used(re.compile(text, flags), frozenset({how}))


def steepest(used: Used) -> tuple[float, str] | None:
    """How much longer four times the text takes, and the text; None if the pattern is linear."""
    worst: tuple[float, str] | None = None
    attacks = sorted(_attacks(used.pattern))
    for before, pump, after in attacks[:: max(1, len(attacks) // _MOST_ATTACKS)]:
        large = _seconds(used, before + pump * (_LARGE // len(pump)) + after)
        if large < _QUICK:
            continue
        again = min(large, _seconds(used, before + pump * (_LARGE // len(pump)) + after))
        small = _seconds(used, before + pump * (_SMALL // len(pump)) + after)
        ratio = again / max(small, 1e-6) if again < _LONG else float("inf")
        if again >= _QUICK and ratio > _STEEP and (worst is None or ratio > worst[0]):
            worst = ratio, f"{before!r} + {pump!r} * n + {after!r}"
            if ratio == float("inf"):
                break
    return worst


def slowest(used: Used, *, longest: int) -> tuple[float, str]:
    """The seconds of the worst text of ``longest`` characters without runs of white space."""
    worst = 0.0, ""
    attacks = sorted(_attacks(used.pattern))
    for before, pump, after in attacks[:: max(1, len(attacks) // _MOST_ATTACKS)]:
        text = " ".join(f"{before}{pump * (longest // len(pump))}{after}".split())[:longest]
        taken = _seconds(used, text)
        if taken > worst[0]:
            taken = min(taken, *(_seconds(used, text) for _ in range(2)))  # others work, too
        worst = max(worst, (taken, f"{before!r} + {pump!r} * n + {after!r}"))
    return worst


def _seconds(used: Used, text: str) -> float:
    """Processor time of the search for all matches in ``text``, at most about ``_LONG``."""
    pattern = used.pattern
    given = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    previous = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _LONG)
    gc.disable()  # it would go through all that other tests have left
    begun = time.thread_time()
    try:
        if "search" in used.how:
            pattern.sub(lambda found: found[0], given)
        if "match" in used.how:
            pattern.match(given)
        if "fullmatch" in used.how:
            pattern.fullmatch(given)
    except TookTooLong:
        return _LONG
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)
    return time.thread_time() - begun


def _stop(*_: object) -> None:
    raise TookTooLong


def _attacks(pattern: Pattern) -> set[tuple[str, str, str]]:
    """Beginnings, what to repeat, and ends, made from the parts of the pattern."""
    text = pattern.pattern
    tree = parser.parse(text, pattern.flags)
    made: set[tuple[str, str, str]] = set()
    for before, body in _repeated(list(tree), ""):
        pumps = {each for each in _examples(body) if each}
        for pump in pumps:
            made |= {(before, pump, end) for end in _ENDS}
            made |= {("", before + pump, end) for end in _ENDS}
    # Every beginning of a match, again and again: each may look for its end in all that follows.
    whole = _example(list(tree))
    made |= {("", whole[:cut], "\x00") for cut in range(1, min(len(whole), 12) + 1)}
    return made


def _repeated(nodes: list[Any], before: str) -> Iterator[tuple[str, list[Any]]]:
    """What is repeated without a bound, each with what may come before it."""
    for kind, given in nodes:
        if kind in _REPEATS:
            _, most, body = given
            if most is code.MAXREPEAT or most > _FEW:
                yield before, list(body)
            yield from _repeated(list(body), before)
        elif kind is code.BRANCH:
            for each in given[1]:
                yield from _repeated(list(each), before)
        elif kind is code.SUBPATTERN:
            yield from _repeated(list(given[3]), before)
        elif kind is code.ATOMIC_GROUP:
            yield from _repeated(list(given), before)
        elif kind in (code.ASSERT, code.ASSERT_NOT):
            yield from _repeated(list(given[1]), before)
        before += _example([(kind, given)])


def _examples(nodes: list[Any]) -> list[str]:
    """Some texts that match."""
    made = [""]
    for kind, given in nodes:
        options: list[str]
        if kind is code.BRANCH:
            options = [each for branch in given[1][:12] for each in _examples(list(branch))[:4]]
        elif kind is code.SUBPATTERN:
            options = _examples(list(given[3]))
        elif kind is code.ATOMIC_GROUP:
            options = _examples(list(given))
        elif kind in _REPEATS:
            least, _, body = given
            inner = _examples(list(body))[:4]
            options = [each * max(least, 1) for each in inner] + ([""] if least == 0 else [])
        elif kind is code.IN:
            options = _members(given)
        else:
            options = [_example([(kind, given)])]
        made = [old + new for old in made for new in options or [""]][:24]
    return made


def _example(nodes: list[Any]) -> str:
    """A text that matches, or nearly."""
    made = ""
    for kind, given in nodes:
        if kind is code.LITERAL:
            made += chr(given)
        elif kind is code.NOT_LITERAL:
            made += "a" if given != ord("a") else "b"
        elif kind is code.ANY:
            made += "a"
        elif kind is code.IN:
            made += next(iter(_members(given)), "")
        elif kind is code.BRANCH:
            made += _example(list(given[1][0]))
        elif kind is code.SUBPATTERN:
            made += _example(list(given[3]))
        elif kind is code.ATOMIC_GROUP:
            made += _example(list(given))
        elif kind in _REPEATS:
            least, most, body = given
            made += _example(list(body)) * (max(least, 1) if most is code.MAXREPEAT else least)
    return made


def _members(given: list[Any]) -> list[str]:
    if given[0][0] is code.NEGATE:
        barred = re.compile("[" + "".join(map(_spelt, given[1:])) + "]")
        return [each for each in ' aA-<.7"\n' if not barred.match(each)]
    found: list[str] = []
    for kind, member in given:
        if kind is code.LITERAL:
            found.append(chr(member))
        elif kind is code.RANGE:
            found.append(chr(member[0]))
        elif kind is code.CATEGORY:
            found.append(_CATEGORIES[member])
            if member in (code.CATEGORY_SPACE, code.CATEGORY_NOT_WORD):
                found.append("\n")
    return list(dict.fromkeys(found))[:8]


_SPELT = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_NOT_WORD: r"\W",
}


def _spelt(member: tuple[Any, Any]) -> str:
    kind, value = member
    if kind is code.LITERAL:
        return re.escape(chr(value))
    if kind is code.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return _SPELT[value]
