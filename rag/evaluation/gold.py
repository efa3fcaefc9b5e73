"""Gold questions: questions whose evidence is known, one JSON object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.cite.answers import Message
from rag.errors import GoldError
from rag.schema import Condition

# What some readers take for the end of a line, though JSON does not; and halves of surrogate pairs,
# which have no encoding.
_NOT_IN_A_LINE = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


class GoldTurn(BaseModel):
    """One message of the conversation before a gold question."""

    model_config = ConfigDict(frozen=True)

    role: str
    content: str


class GoldEvidence(BaseModel):
    """Where an answer stands: in a source, perhaps on a page, perhaps in certain words.

    The words are given as ``quote``, or, where they may not be copied, as the characters
    ``[start, end)`` of the document's text. Both together tell which of several places with the
    same words is meant.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    page: int | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None

    def span(self, text: str) -> tuple[int, int] | None:
        """The characters of ``text``, the document's, that are meant; None if none are found."""
        known = self.start is not None and self.end is not None
        span = (self.start or 0, self.end or 0)
        there = known and 0 <= span[0] < span[1] <= len(text)
        if not self.quote:
            return span if there else None
        if there and text[slice(*span)].split() == self.quote.split():
            return span
        return locate(text, self.quote)


class GoldQuestion(BaseModel):
    """A question with its known evidence; ``kind`` is free text for tables by kind.

    ``speaker`` is whose words the answer must give. With ``refuse`` the question asks to count by
    reading: the right answer gives the passages and says that it does not count.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    question: str
    answerable: bool
    kind: str | None = None
    history: tuple[GoldTurn, ...] = ()
    where: dict[str, str | int | list[str | int]] = {}
    answers: tuple[str, ...] = ()
    evidence: tuple[GoldEvidence, ...] = ()
    speaker: str | None = None
    refuse: bool = False

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation before the question."""
        return tuple(
            Message("user" if turn.role == "user" else "assistant", turn.content)
            for turn in self.history
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The filters that are on; a list of values means any of them."""
        wanted = [(f, v if isinstance(v, list) else [v]) for f, v in self.where.items()]
        return tuple(Condition(field, "=", str(v)) for field, values in wanted for v in values)


def read_gold(path: Path) -> list[GoldQuestion]:
    """The questions of a JSON Lines file.

    Raises:
        GoldError: the file is missing or empty, a line is not a gold question, or an id is used
            twice; the message names the line.
    """
    return parse_gold(gold_text(path), name=str(path))


def gold_text(path: Path) -> str:
    """The text of a gold file, without a byte order mark.

    Raises:
        GoldError: the file is missing, or its bytes are no text.
    """
    if not path.is_file():
        raise GoldError(f"{path} does not exist: name a file with one gold question a line")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GoldError(
            f"{path} is not UTF-8 ({error.reason} at byte {error.start}): is it a gold file?"
        ) from error


def parse_gold(text: str, *, name: str) -> list[GoldQuestion]:
    """Parse one gold question a line; error messages call the text ``name``.

    Raises:
        GoldError: as :func:`read_gold`.
    """
    questions: dict[str, GoldQuestion] = {}
    for number, question in parsed_lines(text):
        if not isinstance(question, GoldQuestion):
            raise GoldError(f"{name}, line {number}: {question[0]}")
        if question.id in questions:
            raise GoldError(f"{name}, line {number}: the id {question.id!r} is used twice")
        questions[question.id] = question
    if not questions:
        raise GoldError(f"{name} has no questions in it")
    return list(questions.values())


def parsed_lines(text: str) -> Iterator[tuple[int, GoldQuestion | list[str]]]:
    """The number of each line that is not blank, with its question or a list of its faults."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, GoldQuestion.model_validate_json(line)
        except ValidationError as error:
            yield (
                number,
                [
                    ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"])))
                    for each in error.errors(include_url=False, include_input=False)
                ],
            )


def gold_line(question: GoldQuestion) -> str:
    """The question as a line of a gold file, without the line's end."""
    fields = question.model_dump(exclude_defaults=True)
    line = json.dumps(fields, ensure_ascii=False)
    return _NOT_IN_A_LINE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def locate(text: str, quote: str) -> tuple[int, int] | None:
    """Offsets of ``quote`` in ``text``, where only white space may differ; None if not there."""
    words = quote.split()
    if not words:
        return None
    found = re.search(r"\s+".join(re.escape(word) for word in words), text)
    return found.span() if found else None
