"""A question and its passages to an answer in sentences of a language model, each one checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.citing import cite_characters
from rag.errors import NothingSupported
from rag.generation.models import LanguageModel
from rag.generation.prompts import Prompt, is_refusal, repeats_instructions, write
from rag.generation.statements import Sentence, split_reply
from rag.schema import Answer, Citation, Document, Hit, Message, Statement
from rag.verification.support import (
    Similarity,
    Source,
    Support,
    Told,
    best_source,
    check_statement,
)

__all__ = ["MODEL_ABSTAINS", "generate"]

MODEL_ABSTAINS = "the language model found no answer in the passages"

_LEFT_OUT = "(A sentence of the model was left out.)"
_LEFT_OUT_FAULT = "it repeats the instructions to the model"
_NOT_GIVEN = "it cites a passage that was not given"
_NOT_CITED = "it cites no passage, and none of them supports it"
_BEFORE = 2000  # characters of the document before a passage that its pronouns may refer to
_OPENING = 800


def generate(
    question: str,
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    *,
    draft: Answer,
    llm: LanguageModel,
    history: Sequence[Message] = (),
    similarity: Similarity | None = None,
) -> Iterator[Answer]:
    """Grow ``draft`` by one checked sentence at a time, as the model writes them.

    ``documents`` holds the documents of ``hits`` by id. Every statement has kind ``generated``;
    one that is not supported says why, and is still shown. Citations are sentences of the passages
    that the model cited, taken from the documents' own characters. When the model says that the
    passages do not answer, the last snapshot is ``abstained`` and has no statements.

    Raises:
        ModelUnavailable: no server, a wrong key, no such model, or a server that fails.
        ModelStalled: no word came for longer than the settings allow.
        NothingSupported: the reply has no sentence that the passages bear out.
    """
    known = [hit for hit in hits if hit.passage.document_id in documents]
    prompt = write(question, known, history=history, tokens=llm.context)
    draft = replace(draft, model=llm.name)
    written = _Written(draft, known[: prompt.passages], documents, similarity)
    for snapshot in _grown(written, llm, prompt):
        yield snapshot
        if snapshot.abstained:
            return
    if not any(each.support == "supported" for each in written.statements):
        raise NothingSupported(
            f"the language model {llm.name} wrote nothing that the passages bear out: ask again "
            "in other words, or take another model"
        )


def _grown(written: _Written, llm: LanguageModel, prompt: Prompt) -> Iterator[Answer]:
    reply = llm.reply(prompt.instructions, prompt.request)
    ended = (reply.cut_off for _ in range(1))
    for sentence in split_reply(reply.words(), cut_off=ended):
        if is_refusal(sentence.text) and not sentence.cited:
            if not written.has_support:
                yield written.abstention()
                return
            continue
        written.add(sentence)
        yield written.snapshot()


@dataclass(slots=True)
class _Written:
    """What has been written so far."""

    draft: Answer
    hits: Sequence[Hit]
    documents: Mapping[str, Document]
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
        return any(each.support == "supported" for each in self.statements)

    def add(self, sentence: Sentence) -> None:
        if repeats_instructions(sentence.text) and not self._is_told(sentence.text):
            statement = Statement(_LEFT_OUT, "generated", (), "unsupported", fault=_LEFT_OUT_FAULT)
        else:
            statement = self._checked(sentence)
        self.statements.append(statement)

    def _is_told(self, text: str) -> bool:
        bare = " ".join(text.casefold().split()).strip(" .\"'")
        return any(bare in " ".join(source.text.casefold().split()) for source in self.sources)

    def _checked(self, sentence: Sentence) -> Statement:
        given = {source.number: source for source in self.sources}
        cited = [given[number] for number in sentence.cited if number in given]
        invented = len(sentence.cited) - len(cited)
        self.invented += invented
        support = self._support(sentence, cited)
        if not cited and not support.supported:
            support = replace(support, fault=_NOT_GIVEN if invented else _NOT_CITED, sentences=())
        return Statement(
            sentence.text,
            "generated",
            tuple(dict.fromkeys(self._cite(told) for told in support.sentences)),
            "supported" if support.supported else "unsupported",
            fault=support.fault,
        )

    def _support(self, sentence: Sentence, cited: Sequence[Source]) -> Support:
        """The check of a sentence; an item of a list may need the words that began the list."""
        support = self._support_of(sentence.text, cited)
        if support.supported or not sentence.lead:
            return support
        text = f"{sentence.lead.rstrip(': ')} {sentence.text[:1].lower()}{sentence.text[1:]}"
        whole = self._support_of(text, cited)
        return whole if whole.supported else support

    def _support_of(self, text: str, cited: Sequence[Source]) -> Support:
        if cited:
            return check_statement(text, cited, given=self.sources, similarity=self.similarity)
        return best_source(text, self.sources, similarity=self.similarity)

    def _cite(self, told: Told) -> int:
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


def _line(statement: Statement) -> str:
    marks = "".join(f"[{number}]" for number in statement.citations)
    fault = f"(not supported: {statement.fault})" if statement.fault else ""
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
        before=document.text[: min(_OPENING, passage.start)]
        + "\n"
        + document.text[max(passage.start - _BEFORE, 0) : passage.start],
        speaker=passage.speaker,
    )
