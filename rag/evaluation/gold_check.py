"""Checks gold questions against the documents of an index; each fault is reported with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rag.errors import RagError
from rag.evaluation.gold import GoldEvidence, GoldQuestion, parsed_lines
from rag.language.person_names import same_person
from rag.schema import Condition, Document, DocumentInfo


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on a line, counted from 1; ``id`` is that of its question, if it has one."""

    line: int
    id: str | None
    words: str


def check_gold(
    text: str,
    *,
    document: Callable[[str], Document | None],
    documents: Callable[[Sequence[Condition]], Sequence[DocumentInfo]],
) -> tuple[int, list[Fault]]:
    """How many questions a gold file has, and every fault, in the order of the lines.

    ``text`` is what is in the file. ``document`` gives the document of a source, ``documents``
    those that meet conditions.
    """
    faults: list[Fault] = []
    questions: list[tuple[int, GoldQuestion]] = []
    for number, read in parsed_lines(text):
        if isinstance(read, GoldQuestion):
            questions.append((number, read))
        else:
            faults += (Fault(number, None, words) for words in read)
    once = cache(document)
    faults += _duplicates(questions)
    for number, question in questions:
        told = (*_alone(question), *_filters(question, documents), *_evidence(question, once))
        faults += (Fault(number, question.id, words) for words in told)
    return len(questions), sorted(faults, key=lambda each: each.line)


def _duplicates(questions: Iterable[tuple[int, GoldQuestion]]) -> Iterator[Fault]:
    ids: dict[str, int] = {}
    asked: dict[str, int] = {}
    for number, each in questions:
        if each.id in ids:
            yield Fault(number, each.id, f"the id is used in line {ids[each.id]} already")
        ids.setdefault(each.id, number)
        same = same_question(each)
        if same in asked:
            yield Fault(number, each.id, f"the same question is in line {asked[same]}")
        asked.setdefault(same, number)


def same_question(question: GoldQuestion) -> str:
    """A key that two questions share if and only if they ask the same: words, history, filters."""
    words = " ".join(question.question.casefold().split())
    return repr((words, question.history, sorted(question.where.items())))


def _alone(question: GoldQuestion) -> Iterator[str]:
    """Faults that can be found without looking at the documents."""
    if not question.question.strip():
        yield "the question is empty"
    if not question.answerable and question.evidence:
        yield "it has evidence, but is not answerable"
    if not question.answerable and (question.answers or question.speaker or question.refuse):
        yield "it is not answerable, but expects something of an answer"
    if any(not each.strip() for each in question.answers):
        yield "an answer is empty"
    if any(turn.role not in ("user", "assistant") for turn in question.history):
        yield "a turn of the history is neither of user nor of assistant"
    repeated = [item for item, count in Counter(question.evidence).items() if count > 1]
    if repeated:
        yield f"evidence in {repeated[0].source} is given twice"


def _filters(
    question: GoldQuestion, documents: Callable[[Sequence[Condition]], Sequence[DocumentInfo]]
) -> Iterator[str]:
    if not question.where:
        return
    try:
        found = {each.source for each in documents(question.conditions)}
    except RagError as error:
        yield f"its filters cannot be understood: {error}"
        return
    if question.answerable and not found:
        yield "no document meets its filters"
    outside = [each.source for each in question.evidence if each.source not in found]
    if found and outside:
        yield f"its filters leave out {outside[0]}, where its evidence is"


def _evidence(question: GoldQuestion, document: Callable[[str], Document | None]) -> Iterator[str]:
    sources: dict[str, Document] = {}
    for item in question.evidence:
        found = document(item.source)
        if found is None:
            yield f"{item.source} is not in the index"
            continue
        sources[item.source] = found
        yield from _item(item, found)
    speaker = question.speaker
    if speaker and sources and not any(_plausible(speaker, each) for each in sources.values()):
        yield f"the speaker {speaker} is named nowhere in {', '.join(list(sources)[:3])}"


def _item(item: GoldEvidence, document: Document) -> Iterator[str]:
    """What is wrong with an evidence item, the first fault only."""
    source, page, characters = item.source, item.page, f"{item.start}–{item.end}"
    span = item.span(document.text)
    if item.quote is not None and not item.quote.strip():
        yield f"a quote from {source} is empty"
    elif (item.start is None) != (item.end is None):
        yield f"of start and end in {source} one is missing"
    elif item.quote is None and item.start is None:
        if page is not None and all(each.number != page for each in document.pages):
            yield f"{source} has no page {page}"
    elif span is None:
        yield f"in {source} " + (
            f"this does not stand: “{_short(item.quote)}”"
            if item.quote
            else f"there are no characters {characters}, it has {len(document.text)}"
        )
    elif item.quote and item.start is not None and (item.start, item.end) != span:
        yield f"in {source} start and end mean other words than the quote"
    elif page is not None and not document.pages:
        yield f"{source} has no pages, but page {page} is given"
    elif page is not None:
        on = [each.number for each in document.pages if each.start < span[1] and span[0] < each.end]
        if page not in on:
            yield f"in {source} this is on page {on[0] if on else '–'}, not {page}"


def _plausible(speaker: str, document: Document) -> bool:
    """Whether somebody of that name is in the document or its metadata, if only by surname."""
    known = {turn.speaker for turn in document.turns}
    known |= {document.metadata.speaker or "", document.metadata.author or ""} - {""}
    if any(same_person(each, speaker) for each in known):
        return True
    words = [word for word in speaker.replace(".", " ").split() if len(word) > 1]
    return bool(words) and (speaker in document.text or words[-1] in document.text)


def _short(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
