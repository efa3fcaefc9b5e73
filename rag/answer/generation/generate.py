"""Generates an answer from passages with a language model, and checks each sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from rag.answer.check.sources import Similarity, Source, SourceSentence
from rag.answer.check.support import Follows, Support, best_source, check_statement
from rag.answer.generation.language_models import LanguageModel
from rag.answer.generation.prompts import is_refusal, repeats_instructions, write
from rag.answer.generation.statements import Sentence, split_reply
from rag.cite.answers import Answer, Message, Statement
from rag.cite.citations import cite_characters
from rag.errors import NothingSupported
from rag.models.embedding import Vectors
from rag.schema import Citation, Document, Hit

MODEL_ABSTAINS = "the language model found no answer in the passages"

_LEFT_OUT = "(A sentence of the model was left out.)"
_LEFT_OUT_FAULT = "a sentence of the answer, for it repeats the instructions to the model"
_NOT_GIVEN = "the passage that it cites, for none of that number was given"


def generate(
    question: str,
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    *,
    draft: Answer,
    llm: LanguageModel,
    history: Sequence[Message] = (),
    follows: Follows | None = None,
    similarity: Similarity | None = None,
) -> Iterator[Answer]:
    """Grow ``draft`` by one checked sentence at a time, as the model writes them.

    ``documents`` holds the documents of ``hits`` by id. Every statement has kind ``generated`` and
    a mark (:data:`~rag.cite.answers.Support`); what is not found is told, and still shown.
    ``follows`` tells whether meaning follows; without it no statement is marked so. Citations are
    sentences of the passages that the model cited, taken from the documents' own characters. When
    the model says that the passages do not answer, the last snapshot is ``abstained`` and has no
    statements.

    Raises:
        ModelUnavailable: no server, a wrong key, no such model, or a server that fails.
        ModelStalled: no word came for longer than the settings allow.
        NothingSupported: of every sentence something is not found in what it cites.
    """
    known = [hit for hit in hits if hit.passage.document_id in documents]
    prompt = write(question, known, history=history, tokens=llm.context)
    draft = replace(draft, model=llm.name)
    written = _Written(draft, known[: prompt.passages], documents, follows, similarity)
    reply = llm.reply(prompt.instructions, prompt.request)
    for sentence in split_reply(reply.words(), cut_off=lambda: reply.cut_off):
        if not is_refusal(sentence.text) or sentence.cited:
            written.add(sentence)
            yield written.snapshot()
        elif not written.has_support:
            yield written.abstention()
            return
    if not written.has_support:
        raise NothingSupported(
            f"the language model {llm.name} wrote nothing that is found in the passages: ask again "
            "in other words, or take another model"
        )


class Closeness:
    """The cosine of a text to each of several others, for one answer; vectors are kept for it.

    ``embed`` gives rows of unit length.
    """

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._embed = embed
        self._kept: dict[str, Vectors] = {}

    def __call__(self, text: str, others: Sequence[str]) -> list[float]:
        """One number in [-1, 1] for each of ``others``."""
        texts = (text, *others)
        if missing := [each for each in dict.fromkeys(texts) if each not in self._kept]:
            self._kept.update(zip(missing, self._embed(missing), strict=True))
        rows = [self._kept[each] for each in others]
        return [float(each) for each in np.stack(rows) @ self._kept[text]] if rows else []


@dataclass(slots=True)
class _Written:
    """The statements and citations that have been written so far."""

    draft: Answer
    hits: Sequence[Hit]
    documents: Mapping[str, Document]
    follows: Follows | None
    similarity: Similarity | None
    statements: list[Statement] = field(default_factory=list)
    citations: dict[tuple[str, int, int], Citation] = field(default_factory=dict)
    invented: int = 0
    sources: list[Source] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sources = [
            _source(hit, self.documents[hit.passage.document_id], number)
            for number, hit in enumerate(self.hits, start=1)
        ]

    @property
    def has_support(self) -> bool:
        return any(each.support != "not_found" for each in self.statements)

    def add(self, sentence: Sentence) -> None:
        if repeats_instructions(sentence.text) and not self._is_told(sentence.text):
            left_out = Statement(_LEFT_OUT, "generated", (), "not_found", fault=_LEFT_OUT_FAULT)
            self.statements.append(left_out)
        else:
            self.statements.append(self._checked(sentence))

    def _is_told(self, text: str) -> bool:
        bare = " ".join(text.casefold().split()).strip(" .\"'")
        return any(bare in " ".join(source.text.casefold().split()) for source in self.sources)

    def _checked(self, sentence: Sentence) -> Statement:
        given = {source.number: source for source in self.sources}
        cited = [given[number] for number in sentence.cited if number in given]
        invented = len(sentence.cited) - len(cited)
        self.invented += invented
        support = self._support(_whole(sentence), cited)
        if invented and not cited and support.mark == "not_found":
            support = replace(support, fault=_NOT_GIVEN)
        return Statement(
            sentence.text,
            "generated",
            tuple(dict.fromkeys(self._cite(told) for told in support.sentences)),
            support.mark,
            fault=support.fault,
        )

    def _support(self, text: str, cited: Sequence[Source]) -> Support:
        check = partial(check_statement, follows=self.follows, similarity=self.similarity)
        if cited:
            return check(text, cited, given=self.sources)
        return best_source(text, self.sources, check)

    def _cite(self, told: SourceSentence) -> int:
        passage = self.hits[told.source.number - 1].passage
        start, end = passage.start + told.start, passage.start + told.end
        place = (passage.document_id, start, end)
        if place not in self.citations:
            self.citations[place] = cite_characters(
                self.documents[passage.document_id],
                start,
                end,
                number=len(self.citations) + 1,
                passage_id=passage.id,
                section=passage.section,
                speaker=passage.speaker,
            )
        return self.citations[place].number

    def snapshot(self) -> Answer:
        return replace(
            self.draft,
            statements=tuple(self.statements),
            citations=tuple(self.citations.values()),
            invented=self.invented,
            text="\n".join(map(_line, self.statements)),
        )

    def abstention(self) -> Answer:
        return replace(self.draft, abstained=True, reason=MODEL_ABSTAINS, invented=self.invented)


def _whole(sentence: Sentence) -> str:
    """The sentence to check: an item of a list together with the words that introduce the list."""
    if not sentence.lead:
        return sentence.text
    return f"{sentence.lead.rstrip(': ')} {sentence.text[:1].lower()}{sentence.text[1:]}"


def _line(statement: Statement) -> str:
    marks = "".join(f"[{number}]" for number in statement.citations)
    fault = f"(not found: {statement.fault})" if statement.support == "not_found" else ""
    return " ".join(part for part in (statement.text, marks, fault) if part)


def _source(hit: Hit, document: Document, number: int) -> Source:
    passage, metadata = hit.passage, document.metadata
    about = (
        document.title,
        passage.section,
        passage.speaker,
        metadata.speaker,
        metadata.author,
        metadata.publisher,
        metadata.country,
        metadata.date,
    )
    return Source(
        number=number,
        title=" ".join(document.title.split()),
        text=passage.text,
        sentences=tuple((a - passage.start, b - passage.start) for a, b in passage.sentences),
        about="\n".join(part for part in about if part),
    )
