"""Whether a sentence that a language model wrote stands in what it cites, or follows from it.

Rules look for its quotations, figures, dates and names in the passages it cites. Whether what it
says of them follows is told by a model of meaning, above a threshold; without it, or below, the
sentence is marked as not checked. Nothing is called supported because nothing was found against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from rag.answer.check.dates import date_spans, has_date
from rag.answer.check.figures import figures_in, has_figure
from rag.answer.check.names import has_name, names_in
from rag.answer.check.sources import (
    Similarity,
    Source,
    SourceSentence,
    closest,
    premise,
    sentences_of,
    text_of,
    words_of,
)
from rag.cite.answers import Support as Mark
from rag.errors import QueryError
from rag.language.folding import fold
from rag.quotes.drafts import find_quotations
from rag.quotes.normal_form import tokenise
from rag.quotes.places import find_places
from rag.quotes.quotation import read_quotation

Follows = Callable[[str, str], bool]
"""Whether a sentence (the second) follows from a text (the first), with few false alarms."""

NOTHING_TO_FIND = "it has no quotation, figure, date or name that could be looked for"

_LONGEST = 1000  # characters of a sentence that is checked
_ENOUGH_WORDS = 3  # of a sentence that is called a quotation
_TURNS_ROUND = re.compile(r"(?i)\b(?:not|no|never|nor|neither|without|hardly|barely)\b|n['’]t\b")
_BRACKETS = re.compile(r"\[([^\[\]\w]*\w{2}[^\[\]]*)\]")
_MARKED = re.compile(r"\s?\[\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Support:
    """The mark of a statement; ``fault`` says what was not found, or could not be looked for.

    ``sentences`` are those of the cited passages that come closest to it, in the order of the
    passages and of the text.
    """

    mark: Mark
    fault: str | None
    sentences: tuple[SourceSentence, ...]


def check_statement(
    text: str,
    cited: Sequence[Source],
    *,
    given: Sequence[Source] = (),
    follows: Follows | None = None,
    similarity: Similarity | None = None,
) -> Support:
    """Check one sentence, without its citation marks, against the passages that it cites.

    ``given`` are all passages that the model had: what is missing and stands in one of them is
    told with its title. ``similarity`` helps to choose the sentences that are shown.
    """
    if not cited:
        return Support("not_found", "a passage, for it cites none", ())
    if len(text) > _LONGEST:
        return Support("not_found", "its words: no sentence is so long", ())
    if same := _verbatim(text, cited):
        return Support("verbatim", None, (same,))
    near = tuple(closest(text, cited, similarity=similarity))
    if not near:
        return Support("not_found", "a sentence of the passage that could be compared", ())
    if missing := list(_missing(text, cited)):
        return Support("not_found", _told_missing(missing, cited, given), near)
    if follows is not None and follows(premise(cited, near), text):
        return Support("follows", None, near)
    telling = _telling(text)
    # One word may well be told in another: "Pay continued to go up" for wages that rose again.
    if len(telling) != 1 and not telling & _telling("\n".join(map(text_of, cited))):
        return Support("not_found", "any of its words", near)
    return Support("unchecked", None if _has_anything(text) else NOTHING_TO_FIND, near)


def best_source(
    text: str,
    given: Sequence[Source],
    check: Callable[[str, Sequence[Source]], Support] = check_statement,
) -> Support:
    """Check a sentence that cites nothing: the first passage that it stands in or follows from."""
    tried = [check(text, [source]) for source in given]
    found = (each for mark in ("verbatim", "follows") for each in tried if each.mark == mark)
    return next(found, None) or check(text, [])


def _verbatim(statement: str, sources: Sequence[Source]) -> SourceSentence | None:
    """The sentence of the sources that the statement is, word for word and whole; mostly None."""
    words = _bare(statement)
    if len(words) < _ENOUGH_WORDS:
        return None
    told = (each for source in sources for each in sentences_of(source))
    return next((each for each in told if _bare(each.text) == words), None)


def _bare(text: str) -> list[str]:
    """The words and signs of a sentence in their normal form, without the full stop."""
    words = [token.word for token in tokenise(text)]
    return words[:-1] if words[-1:] == ["."] else words


_Missing = tuple[str, Callable[[str], bool]]
"""Something that is not found: what it is, in words, and a test of whether a text has it."""


def _missing(text: str, cited: Sequence[Source]) -> Iterator[_Missing]:
    """What the sentence claims that neither the passages nor their metadata have."""
    words = "\n".join(map(text_of, cited))
    told = "\n".join((words, *(source.about for source in cited)))
    for start, end in find_quotations(text):
        if not _stands(text[start:end], words):
            yield f"the quotation “{text[start:end]}”", partial(_stands, text[start:end])
    bare = _without_quotations(text)
    looked_for: list[_Missing] = [
        *((f"the date {each.written}", partial(has_date, each)) for *_, each in date_spans(bare)),
        *((f"the figure {each.written}", partial(has_figure, each)) for each in figures_in(bare)),
        *((f"the name {each.written}", partial(has_name, each)) for each in names_in(bare)),
    ]
    yield from (each for each in looked_for if not each[1](told))


def _without_quotations(text: str) -> str:
    """The sentence with the words of quotations, which were looked up, blanked out."""
    for start, end in find_quotations(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _has_anything(text: str) -> bool:
    bare = _without_quotations(text)
    return bare != text or bool(date_spans(bare) or figures_in(bare) or names_in(bare))


def _telling(text: str) -> set[str]:
    """The first five letters of the longer words, which is the same for most forms of a word."""
    return {word[:5] for word in words_of(text) if len(word) > 3}


def _stands(quotation: str, text: str) -> bool:
    """Whether a quotation stands in a text word for word, in one sentence, with its "not".

    Words that somebody has put in brackets must be the text's too, and no "not". A single word, or
    two, may stand there in any case.
    """
    bare = _MARKED.sub("", text)
    try:
        read = read_quotation(quotation)
    except QueryError:
        wanted, found = _folded(quotation), _folded(bare)
        return any(found[at : at + len(wanted)] == wanted for at in range(len(found)))
    put_in = " ".join(_BRACKETS.findall(quotation))
    if not set(_folded(put_in)) <= set(_folded(bare)) or _TURNS_ROUND.search(put_in):
        return False
    return any(
        not any(_turned_round(other[a[1] : b[0]]) for a, b in pairwise(place.spans))
        for other in {text, bare}
        for place in find_places(read, other)
    )


def _folded(text: str) -> list[str]:
    return [fold(token.word) for token in tokenise(text) if token.kind == "word"]


def _turned_round(left_out: str) -> bool:
    """Whether what an ellipsis leaves out has a "not", or joins two sentences into one."""
    return bool(_TURNS_ROUND.search(left_out) or re.search(r"[.!?][\"'”’)]*\s", left_out))


def _told_missing(
    missing: Sequence[_Missing], cited: Sequence[Source], given: Sequence[Source]
) -> str:
    fault = ", ".join(" ".join(what.split()) for what in dict(missing))
    numbers = {source.number for source in cited}
    for source in given:
        told = f"{text_of(source)}\n{source.about}"
        if source.number not in numbers and all(has(told) for _, has in missing):
            return f"{fault} (but in “{source.title}”, which it does not cite)"
    return fault
