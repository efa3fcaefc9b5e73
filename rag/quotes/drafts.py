"""The quotations in somebody's draft, each looked up.

A draft that writes ``“…”, Kozak said`` names a speaker. Whether the source gives the words to the
same person is said in a note beside the check and changes nothing of its result.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from rag.attribution import Attributions, attributions
from rag.errors import QueryError
from rag.language.finished_messages import in_readers_language
from rag.language.folding import fold
from rag.language.person_names import person_name, same_person
from rag.language.sentences import strip_span
from rag.language.translation import _
from rag.language.word_lists import listed
from rag.quotes.lookup import check_quotation
from rag.quotes.records import Match, Verification
from rag.schema import Document, Metadata
from rag.store import Store

Span = tuple[int, int]

# Opening marks, each with what closes it. Where a mark opens in one language and closes in another,
# the one before decides.
_PAIRS = {
    marks[0]: marks[1:]
    for marks in listed("“” „“”‟ ‟” «» »« ‘’ ‚‘’ ‹› ›‹ 「」 『』 《》 ＂＂ \"\" ''")
}
_AGAIN = frozenset("“«„")  # opens every paragraph of a long quotation
_APOSTROPHES = "’'‘"
_CLOSES = {
    closer: [mark for mark, closers in _PAIRS.items() if closer in closers]
    for closer in "".join(_PAIRS.values())
}
_MARK = re.compile(f"[{re.escape(''.join({*_PAIRS, *_CLOSES}))}]")
_LONGEST = 10_000  # characters between two marks
_BLOCK = re.compile(r"(?:^[ \t]{0,3}>.*(?:\n|\Z))+", re.MULTILINE)
_MARGIN = re.compile(r"^[ \t]{0,3}(?:>[ \t]?)+", re.MULTILINE)
_BREAK = re.compile(r"\n[ \t\r]*\n")
_MOST_PLACES = 20  # of words that stand in many, as many are asked whose they are
_CREDIT = re.compile(r"\n[ \t]*(?:—|–|--)[^\n]*+\s*\Z")


@dataclass(frozen=True, slots=True)
class CheckedQuotation:
    """A quotation, the characters ``[start, end)`` of the draft between its marks, and the check.

    A quotation that is too short to be looked up has the status ``not_found`` and a note.
    ``speaker`` is the one whom the draft names beside the quotation.
    """

    text: str
    start: int
    end: int
    verification: Verification
    speaker: str | None = None


def check_draft(
    index: Store,
    draft: str,
    *,
    source: str | None = None,
    speaker: str | None = None,
    most: int | None = None,
    seconds: float | None = None,
) -> tuple[CheckedQuotation, ...]:
    """Look up every quotation of a draft, in order; ``source`` and ``speaker`` hold for all.

    ``most`` is how many quotations it may have, ``seconds`` how much processor time they may take.

    Raises:
        SourceNotFound: there is no such source, or more than one.
        QueryError: it has too many quotations, or they take too long.
    """
    checked: list[CheckedQuotation] = []
    quotations = find_quotations(draft)
    if most is not None and len(quotations) > most:
        raise QueryError(
            f"the draft has {len(quotations):,} quotations, and {most:,} is the most: check it in "
            "parts, chapter by chapter"
        )
    around = attributions(Document("", "draft", draft, Metadata(), "text/plain"))
    attributed = cache(partial(_attributed, index))
    begun = time.thread_time()
    for start, end in quotations:
        if seconds is not None and time.thread_time() - begun > seconds:
            raise QueryError(
                f"within {seconds:g} seconds only {len(checked):,} of {len(quotations):,} "
                "quotations were looked up: check the draft in parts"
            )
        quotation = quoted_words(draft, (start, end))
        try:
            result = check_quotation(index, quotation, source=source, speaker=speaker)
        except QueryError as error:
            result = Verification(
                quotation,
                "not_found",
                note=_("not looked up: {reason}", reason=in_readers_language(error)),
            )
        said = around.of(max(0, start - 1), end + 1)  # with the marks
        named = said.speaker if said is not None and said.how == "quoted" else None
        if named is not None and (note := _other_speaker(attributed, result, named)):
            result = replace(result, note=". ".join(filter(None, (result.note, note))))
        checked.append(CheckedQuotation(quotation, start, end, result, named))
    return tuple(checked)


_Attributed = Callable[[str], tuple[Document, Attributions] | None]


def _attributed(index: Store, document_id: str) -> tuple[Document, Attributions] | None:
    document = index.document(document_id)
    return (document, attributions(document)) if document else None


def _other_speaker(attributed: _Attributed, result: Verification, named: str) -> str | None:
    """A note if no place gives the words to the one whom a draft names; else None."""
    matches = [*result.matches, *result.elsewhere][:_MOST_PLACES]
    if not matches or person_name(named).description:  # "the minister" is nobody by name
        return None
    told = [_names_at(attributed, match) for match in matches]
    if any(_is(named, name) for names in told for name in names):
        return None
    whose = " or ".join(dict.fromkeys(names[0] for names in told if names)) or "nobody by name"
    return f"the draft gives these words to {named}, the source gives them to {whose}"


def _names_at(attributed: _Attributed, match: Match) -> Sequence[str]:
    """Everybody to whom the document gives the words at a place, the speaker first."""
    citation = match.citation
    taken = attributed(citation.document_id)
    if taken is None:
        return ()
    document, found = taken[0], taken[1].all(citation.start, citation.end)
    names = [citation.speaker, *(each.speaker for each in found)]
    names += [document.metadata.author, document.metadata.publisher]
    return tuple(dict.fromkeys(name for name in names if name))


def _is(named: str, name: str) -> bool:
    mine, other = fold(named).split(), fold(name).split()
    return same_person(named, name) or all(word in other for word in mine)


def quoted_words(draft: str, span: Span) -> str:
    """The words of a quotation that :func:`find_quotations` found, without a block's margins."""
    return _MARGIN.sub("", draft[span[0] : span[1]])


def find_quotations(draft: str) -> list[Span]:
    """The quotations of a draft, in order, without their marks; the outermost ones only.

    They stand between quotation marks of any kind, or are block quotes as in Markdown and e-mail.
    Quotation marks hold within a paragraph; one that opens each paragraph of a longer quotation
    and closes only the last makes a quotation of each. A mark that nothing closes is none.
    """
    spans: list[Span] = []
    position = 0
    for block in _BLOCK.finditer(draft):
        spans.extend(_marked(draft, position, block.start()))
        spans.extend(_quoted_block(draft, block.start(), block.end()))
        position = block.end()
    spans.extend(_marked(draft, position, len(draft)))
    return spans


def _quoted_block(draft: str, start: int, end: int) -> Iterator[Span]:
    """A block quote without its margin and the line that says whose words they are."""
    if credit := _CREDIT.search(_MARGIN.sub(lambda margin: " " * len(margin[0]), draft[start:end])):
        end = start + credit.start()
    margin = _MARGIN.match(draft, start)
    start = margin.end() if margin else start
    yield from _stripped(draft, start, end)


def _stripped(draft: str, start: int, end: int) -> Iterator[Span]:
    """The span without white space around it, if anything else is in it."""
    start, end = strip_span(draft, start, end)
    if start < end:
        yield start, end


def _marked(draft: str, start: int, end: int) -> Iterator[Span]:
    """The quotations between marks in ``draft[start:end]``, paragraph by paragraph."""
    while start < end:
        following = _BREAK.search(draft, start, end)
        stop = following.start() if following else end
        goes_on = following is not None and draft[following.end() : following.end() + 1] in _AGAIN
        yield from _marked_in_paragraph(draft, start, stop, goes_on=goes_on)
        start = following.end() if following else end


def _marked_in_paragraph(draft: str, start: int, stop: int, *, goes_on: bool) -> Iterator[Span]:
    closings = _closings(draft, start, stop)
    end = start
    for found in _MARK.finditer(draft, start, stop):
        at = found.start()
        if at >= end and _opens(draft, at, start):
            close = closings.get(at)
            if close is None and goes_on and draft[at] in _AGAIN:
                close = stop
            if close is not None:
                yield from _stripped(draft, at + 1, close)
                end = close + 1


def _opens(draft: str, at: int, start: int) -> bool:
    """Whether a quotation may begin here: a mark that opens, with no letter before it."""
    if draft[at] not in _PAIRS:
        return False
    before = draft[at - 1] if at > start else " "
    after = draft[at + 1 : at + 2]
    if draft[at] in "»›":  # opens in German books; mostly it closes
        return not before.isalnum() and after.isalnum()
    if draft[at] in _APOSTROPHES + '"':
        return not before.isalnum() and not after.isspace()
    return True


def _closings(draft: str, start: int, stop: int) -> dict[int, int]:
    """Where the quotations end that the marks in ``draft[start:stop]`` open, in one pass."""
    closings: dict[int, int] = {}
    opened: dict[str, list[int]] = {mark: [] for mark in _PAIRS}
    for found in _MARK.finditer(draft, start, stop):
        place, sign = found.start(), found[0]
        if not _is_apostrophe(draft, place):
            for mark in _CLOSES.get(sign, ()):
                # A mark that is its own end does not nest.
                first = 0 if mark == sign else max(0, len(opened[mark]) - 1)
                closed = opened[mark][first:]
                del opened[mark][first:]
                closings.update((at, place) for at in closed if place - at < _LONGEST)
        if sign in opened:
            opened[sign].append(place)
    return closings


def _is_apostrophe(draft: str, at: int) -> bool:
    beside = draft[at - 1 : at] + draft[at + 1 : at + 2]
    return draft[at] in _APOSTROPHES and len(beside) == 2 and beside.isalnum()
