"""Cut a document into passages: the runs of text that are indexed and retrieved.

Pure functions of the text and its structure. A passage never crosses a heading or a change of
speaker, and never ends inside a sentence, unless that sentence alone is longer than a passage may
be. Every character of the document that is not white space belongs to exactly one passage.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from textwrap import shorten

import numpy as np

from rag.language.sentences import split_sentences, strip_span
from rag.schema import Carried, Document, Heading, Passage, Table, passage_id

CountTokens = Callable[[Sequence[str]], Sequence[int]]
"""Lengths of texts in tokens of the embedding model."""

Span = tuple[int, int]
_start: Callable[[Heading | Table | Carried], int] = attrgetter("start")


_SECTION_JOINT = " > "

# A tokenizer may take a run of text without spaces for one unknown token, however long it is.
_MOST_CHARACTERS_A_TOKEN = 12
_LONGEST_WORD = 100
_MOST_MARKS = 8  # on one letter

# Column names beyond so many characters would leave the embedder too little room for the rows.
_LONGEST_COLUMNS = 200

# A heading stands above every passage of its section.
_LONGEST_NAME = 300

_LONGEST_ROW = 600

# Nobody nests headings deeper by hand.
_MOST_ABOVE = 12

# Above the cost of one passage at the limit (0.51): a paragraph that fits is never cut.
_CUT_INSIDE = 0.6


@dataclass(frozen=True, slots=True)
class PassageSize:
    """How long passages are, in tokens: ``target`` is aimed at, ``limit`` is never passed.

    The limit lets nearly all paragraphs stay whole, and leaves room, in the 256 tokens that the
    default model reads, for the title and section that are embedded with the passage.
    """

    target: int = 140

    @property
    def limit(self) -> int:
        """The most tokens a passage may have."""
        return self.target * 12 // 7


@dataclass(frozen=True, slots=True)
class Cutting:
    """How a store has documents cut, told to another process.

    ``target`` is that of :class:`PassageSize`; ``tokenizer`` is the ``tokenizer.json`` of the
    embedding model, or None where only the program itself can count tokens.
    """

    target: int
    tokenizer: str | None = None


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    tokens: int
    opens_paragraph: bool
    is_heading: bool = False


def passage_context(document: Document, passage: Passage) -> str:
    """Title and section of a passage, and below them the column names of its table, if any.

    The embedder and the lexical index read this with the passage's text. What stands in the passage
    itself is not repeated.
    """
    names = (passage.section or "").split(_SECTION_JOINT)
    above = [name for name in names if name and name not in passage.text]
    tables = document.tables
    first = max(0, bisect_right(tables, passage.start, key=_start) - 1)
    columns = next(
        (
            document.text[table.heading_start : table.heading_end]
            for table in tables[first : bisect_left(tables, passage.end, key=_start)]
            if passage.start < table.end and table.heading_end <= passage.start
        ),
        "",
    )
    context = " — ".join((document.title, *above))
    return f"{context}\n{shorten(columns, _LONGEST_COLUMNS)}" if columns else context


def cut_passages(
    document: Document, *, count_tokens: CountTokens, size: PassageSize | None = None
) -> list[Passage]:
    """Cut ``document`` into passages, in the order of the text.

    Inside a section and speaker turn the cut minimises the sum over passages of
    ``((tokens - target) / target)²``, plus 0.6 for every cut inside a paragraph, over all ways of
    cutting at sentence ends with no passage above ``size.limit`` tokens.
    """
    size = size or PassageSize()
    passages: list[Passage] = []
    headings = {heading.start: heading.end for heading in document.headings}
    paths = _paths(document.headings)
    for block in _blocks(document):
        sentences = _measure(document, block, headings, count_tokens, size)
        for first, last in _best_cut(sentences, size):
            own = sentences[first:last]
            above = bisect_right(document.headings, own[-1].end - 1, key=_start)
            section = _section_name(document, paths[above - 1]) if above else None
            passages.append(_passage(document, own, section))
    return passages


def _blocks(document: Document) -> Iterator[Span]:
    """Runs of text without a heading (but at their start) or change of speaker inside."""
    text = document.text
    cuts = {0, len(text)}
    previous_end = -1
    for heading in document.headings:
        if text[max(previous_end, 0) : heading.start].strip() or previous_end < 0:
            cuts.add(heading.start)
        previous_end = heading.end
    for turn in document.turns:
        # The label ("AMBASSADOR KOZAK:") opens the paragraph in which the turn begins.
        cuts.update((text.rfind("\n", 0, turn.start) + 1, turn.end))
    cuts.update(edge for aside in document.asides for edge in (aside.start, aside.end))
    ordered = sorted(cuts)
    begin = 0
    for end in ordered[1:]:
        # Headings alone are no block: they belong to what follows, if anything does.
        if text[begin:end].strip() and (end == len(text) or _has_body(document, begin, end)):
            yield begin, end
            begin = end


def _has_body(document: Document, start: int, end: int) -> bool:
    """Whether anything but headings stands in ``[start, end)``."""
    headings = document.headings
    for at in range(
        bisect_left(headings, start, key=_start), bisect_left(headings, end, key=_start)
    ):
        if document.text[start : headings[at].start].strip():
            return True
        start = headings[at].end
    return bool(document.text[start:end].strip())


def _measure(
    document: Document,
    block: Span,
    headings: Mapping[int, int],
    count_tokens: CountTokens,
    size: PassageSize,
) -> list[_Sentence]:
    """The sentences of a block with their lengths; over-long ones in pieces.

    ``headings`` has the end of every heading by its start.
    """
    offset, end = block
    text = document.text
    language = (document.metadata.language or "en")[:2].lower()
    spans = [
        (offset + start, offset + stop)
        for start, stop in split_sentences(text[offset:end], language=language)
    ]
    spans = list(_with_whole_rows(document, spans))
    lengths = count_tokens([text[start:stop] for start, stop in spans])
    sentences: list[_Sentence] = []
    heading_end = -1
    for (start, stop), counted in zip(spans, lengths, strict=True):
        tokens = max(counted, (stop - start) // _MOST_CHARACTERS_A_TOKEN)
        heading_end = headings.get(start, heading_end)
        opens = "\n" in text[max(offset, start - 2) : start] or start == spans[0][0]
        pieces = max(1, -(-tokens // size.limit))
        for number, (a, b) in enumerate(_pieces(text, start, stop, pieces)):
            sentences.append(
                _Sentence(a, b, tokens // pieces, opens and number == 0, start < heading_end)
            )
    return sentences


def _with_whole_rows(document: Document, spans: Sequence[Span]) -> Iterator[Span]:
    """Sentences, but those that end in a row of a table go on to the last cell that has names.

    "St. Kelm. Hospital [2018] 41" is one: a figure stands with the name of its row.
    """
    carried = document.carried
    last: Span | None = None
    for span in spans:
        if last is not None:
            at = bisect_left(carried, last[1], key=_start)
            goes_on = at < len(carried) and carried[at].start - last[0] <= _LONGEST_ROW
            if goes_on and "\n" not in document.text[last[1] : carried[at].start]:
                last = last[0], span[1]
                continue
            yield last
        last = span
    if last is not None:
        yield last


def _pieces(text: str, start: int, end: int, count: int) -> Iterator[Span]:
    """Cut a sentence that is longer than a passage into ``count`` parts, between words if any."""
    for remaining in range(count, 1, -1):
        middle = start + (end - start) // remaining
        space = text.rfind(" ", max(start + 1, middle - _LONGEST_WORD), middle + 1)
        cut = space if space > start else middle
        while cut < min(end, middle + _MOST_MARKS) and unicodedata.category(text[cut]).startswith(
            "M"
        ):
            cut += 1  # an accent or vowel sign stays with its letter
        yield strip_span(text, start, cut)
        start = cut
    yield strip_span(text, start, end)


def _best_cut(sentences: Sequence[_Sentence], size: PassageSize) -> list[Span]:
    """Index ranges of the passages, by dynamic programming over the cuts before each sentence."""
    count = len(sentences)
    # What is no token counts as one, so that a passage has a bounded number of sentences.
    tokens = np.cumsum([0, *(max(1, each.tokens) for each in sentences)])
    inside = np.array([0.0 if each.opens_paragraph else _CUT_INSIDE for each in sentences])
    inside[:1] = 0
    cost = np.zeros(count + 1)
    came_from = [0] * (count + 1)
    for last in range(1, count + 1):
        longest = int(np.searchsorted(tokens, tokens[last] - size.limit))
        earliest = min(longest, last - 1)
        deviation = (tokens[last] - tokens[earliest:last] - size.target) / size.target
        totals = cost[earliest:last] + deviation**2 + inside[earliest:last]
        # Of equals the shortest passage.
        first = last - 1 - int(np.argmin(totals[::-1]))
        # A heading must not end a passage: it belongs to what follows.
        stranded = 1.0 if sentences[last - 1].is_heading and last < count else 0.0
        cost[last], came_from[last] = totals[first - earliest] + stranded, first
    ranges: list[Span] = []
    while count:
        ranges.append((came_from[count], count))
        count = came_from[count]
    return ranges[::-1]


def _passage(document: Document, sentences: Sequence[_Sentence], section: str | None) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    turn = document.turn_at(end - 1)
    said_from = turn.start if turn else start
    first_page, last_page = document.page_at(start), document.page_at(end - 1)
    return Passage(
        id=passage_id(document.id, start, end),
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        section=section,
        speaker=turn.speaker if turn else document.metadata.speaker,
        page_start=first_page.number if first_page else None,
        page_end=last_page.number if last_page else None,
        sentences=tuple(
            (max(sentence.start, said_from), sentence.end)
            for sentence in sentences
            if not sentence.is_heading
            and sentence.end > said_from
            and not document.is_aside(sentence.start)
        ),
    )


def section_path(document: Document, offset: int) -> str | None:
    """Headings above ``offset``, outermost first; one that the title contains is left out."""
    above = document.headings[: bisect_right(document.headings, offset, key=_start)]
    return _section_name(document, _paths(above)[-1]) if above else None


def _paths(headings: Sequence[Heading]) -> list[list[Heading]]:
    """For each heading those that it stands below, outermost first, and itself."""
    paths: list[list[Heading]] = []
    for heading in headings:
        before = paths[-1] if paths else []
        above = [each for each in before if each.level < heading.level]
        paths.append([*above[-_MOST_ABOVE:], heading])
    return paths


def _section_name(document: Document, path: Sequence[Heading]) -> str | None:
    ends = ((each.start, min(each.end, each.start + _LONGEST_NAME)) for each in path)
    names = [" ".join(document.text[start:end].split()) for start, end in ends]
    title = (document.metadata.title or "").casefold()
    return _SECTION_JOINT.join(name for name in names if name.casefold() not in title) or None
