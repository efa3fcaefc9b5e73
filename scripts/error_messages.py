"""The messages of errors, read out of the program without being marked there.

Every text in ``SomeError(…)``, where ``SomeError`` is an error of the program, becomes a message
with a named gap for each value. So does a text inside ``later(…)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rag.language.finished_messages import later

# What no page shows: commands, what they alone call, and the start of the server.
TERMINAL: Final = (
    "rag/app/cli",
    "rag/app/api",
    "rag/app/web/server.py",
    "rag/evaluation/bounds.py",
    "rag/evaluation/comparison.py",
    "rag/evaluation/gold_import.py",
    "rag/models/download.py",
    "rag/store/maintenance",
    "rag/export/tables.py",
    "rag/export/reading.py",
    "rag/export/embedded_json.py",
    "rag/settings.py",
)
_TRANSLATED: Final = {"_", "n_", "p_"}  # a message that is in the reader's language already
# What a message is about is put before it, and taken away again, in several places.
_ABOUT: Final = re.compile(r"^\{\w+\}[:,] ")
_GAP: Final = re.compile(r"\{\w+\}")


def error_kinds(root: Path) -> frozenset[str]:
    """The names of the program's errors: the tree of ``rag/errors.py``, and what is derived."""
    bases: dict[str, set[str]] = {}
    for file in (root / "rag").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(map(_name, node.bases))
    kinds = {"RagError", "Refused"}
    while more := {name for name, own in bases.items() if own & kinds} - kinds:
        kinds |= more
    return frozenset(kinds)


def error_messages(file: Path, kinds: frozenset[str]) -> Iterator[str]:
    """The messages of a file, in their order, without what they are about."""
    for _line, message in texts(file, kinds):
        if message is not None:
            bare = _ABOUT.sub("", message)
            if re.search(r"[^\W\d_]{2}", _GAP.sub("", bare)):
                yield bare


def texts(file: Path, kinds: frozenset[str]) -> Iterator[tuple[int, str | None]]:
    """Each error that is made and each text that is marked: its line, and its message.

    The message is None where it is made elsewhere.
    """
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) == later.__name__:
            (text,) = node.args
            # What is no f-string may have gaps of its own, which are filled elsewhere.
            own = str(text.value) if isinstance(text, ast.Constant) else None
            yield node.lineno, own or _message(text)
        elif isinstance(node, ast.Call) and _name(node.func) in kinds and node.args:
            words = node.args[-1]
            if not (isinstance(words, ast.Call) and _name(words.func) in _TRANSLATED):
                yield node.lineno, _message(words)


def _message(words: ast.expr) -> str | None:
    """A text with a named gap for each value; None for what is no text."""
    if isinstance(words, ast.Constant) and isinstance(words.value, str):
        return _braced(words.value)
    if not isinstance(words, ast.JoinedStr):
        return None
    message = ""
    gaps: dict[str, str] = {}  # the expression of each gap
    for part in words.values:
        if isinstance(part, ast.Constant):
            message += _braced(str(part.value))
            continue
        value = part.value if isinstance(part, ast.FormattedValue) else part
        expression, name = ast.dump(value), _name(value).strip("_").lower() or "value"
        while gaps.setdefault(name, expression) != expression:
            name += "_"
        message += f"{{{name}}}"
    return message


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _name(node: ast.expr) -> str:
    """What an expression would be called: its variable, its attribute, or what it is made of."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case ast.Subscript(value=inner) | ast.BinOp(left=inner) | ast.Starred(value=inner):
            return _name(inner)
        case ast.BoolOp(values=[inner, *_]):
            return _name(inner)
        case ast.Call(func=func, args=args):
            return (_name(args[0]) if args else "") or _name(func)
    return ""
