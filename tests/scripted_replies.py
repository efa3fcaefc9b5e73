"""Sentences as language models write them, with the passages they cite: true ones and false ones.

``replies/replies.jsonl`` has one a line; the false ones say what kind of fault is in them. A
passage is a document (of the sample corpus, or of ``replies/passages.json``) and words by which its
paragraph is found. ``written`` tells the sentences that the checks were built on (``before``) from
those written when the checks were done, which found what was then mended (``blind``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rag.answer.check.sources import Source
from rag.language.sentences import split_sentences
from rag.readers import media_type_of, read

CORPUS = Path(__file__).parent.parent / "corpus"
FOLDER = Path(__file__).parent / "replies"


@dataclass(frozen=True)
class Reply:
    """A sentence, the passages that it cites, and what is wrong with it, if anything is."""

    text: str
    passages: tuple[tuple[str, str], ...]
    fault: str | None
    written: str

    @property
    def sources(self) -> list[Source]:
        return [source(*place, number) for number, place in enumerate(self.passages, start=1)]


@cache
def replies() -> tuple[Reply, ...]:
    lines = (FOLDER / "replies.jsonl").read_text("utf-8").splitlines()
    return tuple(map(_reply, map(json.loads, lines)))


def _reply(line: dict[str, Any]) -> Reply:
    passages = tuple((document, words) for document, words in line["passages"])
    return Reply(line["text"], passages, line.get("fault"), line["written"])


@cache
def made_up() -> dict[str, str]:
    passages: dict[str, str] = json.loads((FOLDER / "passages.json").read_text("utf-8"))
    return passages


@cache
def _document(name: str) -> tuple[str, str]:
    """Title and text of a document."""
    if name in made_up():
        return name.capitalize(), made_up()[name]
    (path,) = CORPUS.glob(f"{name}*")
    content = path.read_bytes()
    reading = read(content, name=path.name, media_type=media_type_of(path.name, content))
    return f"{reading.metadata.title}\n{reading.metadata.date}", reading.text


@cache
def source(document: str, words: str, number: int = 1) -> Source:
    """The paragraph of a document that has these words, as a passage."""
    about, text = _document(document)
    at = text.index(words)
    start = text.rfind("\n\n", 0, at) + 2 if "\n\n" in text[:at] else 0
    end = text.find("\n\n", at)
    paragraph = text[start : end if end >= 0 else len(text)]
    return Source(
        number,
        about.partition("\n")[0],
        paragraph,
        tuple(split_sentences(paragraph)),
        about,
    )
