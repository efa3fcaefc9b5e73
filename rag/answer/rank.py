"""Passages in their final order, and their sentences with the probability that each answers.

The cross-encoder reads the first few passages together with the question, once, and gives every
sentence, where it stands in its passage, log-odds of being the answer. In languages that it does
not read the multilingual embedding model does, where that is the index's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np

from rag.answer.check.dates import date_spans
from rag.answer.findings import with_findings_as_written
from rag.answer.multilingual import read_multilingual
from rag.answer.records import Parts, Query, Ranked, Retrieved, numbered
from rag.answer.summary import summarise
from rag.language.detection import language_code, language_of_short
from rag.language.person_names import same_person
from rag.models.cross_encoder.model import CrossEncoder, PassageText
from rag.models.inference.runtime import Floats
from rag.models.registry import CROSS_ENCODER, judges
from rag.schema import Evidence, Hit
from rag.store import Store, analyse

# Passages that are read. More of them find little more that answers, and more that seems to.
_READ = 4
# Where somebody's words or findings are asked for, many of the passages found are about them or by
# others.
_READ_FOR_SPEAKER = 8
# What the score of the search, which is about 0.5 to 1, weighs beside log-odds in the order of
# hits: a passage that bears on a question need have no sentence that answers it.
_RETRIEVAL = 10.0
# What the log-odds of a sentence lose at most because its document is not the one that is named.
_NAMED = 2.0

# A question that is printed is no answer, unless questions are asked for. The sentence after it
# answers, if it shares so many words with the one asked.
_QUESTION = re.compile(r"[?？؟][\"”’'»)\]]*\s*$")
_ABOUT_QUESTIONS = re.compile(r"\b(?:ask(?:s|ed|ing)?|questions?|wonder(?:s|ed)?)\b", re.IGNORECASE)
_ECHO, _NO_ANSWER = 0.6, -30.0

_Read = list[tuple[Hit, Floats]]
"""Hits, each with the log-odds of its sentences being the answer."""

# A row of a spreadsheet, as a paragraph: names and values.
_NAMED_VALUES: Final = re.compile(r"^[^;:\n]{1,80}: [^;\n]+(?:; [^;:\n]{1,80}: [^;\n]+)+$", re.M)

# Names of a column in brackets, with a letter or a year in them, before a figure.
_NAMED_FIGURE: Final = re.compile(
    r"\[((?=[^\[\]]*(?:[^\W\d_]|(?:19|20)\d\d))[^\[\]]{1,200})\](?= [^\w\s]{0,3}\s?\(?[\d–—-])"
)


class Ranker:
    """Reads passages. Safe to share between threads.

    A summary quotes at most ``most`` sentences.
    """

    def __init__(
        self, index: Store, cross_encoder: CrossEncoder, parts: Parts, *, most: int
    ) -> None:
        self._index = index
        self._cross_encoder = cross_encoder
        self._parts = parts
        self._most = most

    def rank(self, retrieved: Retrieved) -> Ranked:
        """Read the first hits of each side; order the hits, where they are of no side.

        For a summary the sentences that stand for the document are taken instead, unread.

        Raises:
            SettingsError: the cross-encoder cannot be loaded.
        """
        query, hits, documents = retrieved.query, retrieved.hits, retrieved.documents
        reading = with_dates_as_written(query.reading, [hit.passage.text for hit in hits])
        if query.finder:
            reading = with_findings_as_written(reading, hits)
        query = replace(query, reading=reading)
        if unread := self._unread(retrieved):
            nothing = tuple((side, ()) for side, _ in retrieved.sides)
            return Ranked(query, hits, nothing, documents, unread)
        if query.kind == "summary":
            evidence = (
                summarise(self._index, documents[0], most=self._most) if len(documents) == 1 else ()
            )
            return Ranked(query, hits, ((None, tuple(evidence)),), documents)
        read = [(side, self._read(query, found)) for side, found in retrieved.sides]
        if self._parts.rerank and not query.sides:
            first = read[0][1]
            order = sorted(first, key=lambda each: -_any(each[1]) - _RETRIEVAL * each[0].score)
            ids = {hit.passage.id for hit, _ in first}
            others = (hit for hit in hits if hit.passage.id not in ids)
            hits = numbered([*(hit for hit, _ in order), *others])
        return Ranked(
            query, hits, tuple((side, _sentences(each, retrieved.named)) for side, each in read)
        )

    def _read(self, query: Query, hits: Sequence[Hit]) -> _Read:
        """Read the question with each of the first hits in a language that is read."""
        most = _READ_FOR_SPEAKER if query.speaker or query.finder else _READ
        first = list(islice((each for each in hits if self._judges(_language(each))), most))
        if not first:
            return []
        read = self._log_odds(query, first, hits)
        asked = query.reading
        read = of_days_asked(asked, [_texts(hit) for hit in first], read)
        if _ABOUT_QUESTIONS.search(asked):
            return list(zip(first, read, strict=True))
        return [
            (hit, without_questions(asked, _texts(hit), log_odds))
            for hit, log_odds in zip(first, read, strict=True)
        ]

    def _log_odds(self, query: Query, first: Sequence[Hit], hits: Sequence[Hit]) -> list[Floats]:
        """Those of the sentences of the first hits, by the model that reads question and hit."""
        english = CROSS_ENCODER.reads(query.language)
        ours = [each for each in first if english and CROSS_ENCODER.reads(_language(each))]
        others = [each for each in first if each not in ours]
        texts = [passage_text(each, written_by=query.speaker) for each in ours]
        read = self._cross_encoder.read(query.reading, texts) if ours else []
        read += read_multilingual(self._index, query, others, hits) if others else []
        by_id = {hit.passage.id: odds for hit, odds in zip([*ours, *others], read, strict=True)}
        return [by_id[each.passage.id] for each in first]

    def _judges(self, language: str | None) -> bool:
        return judges(self._index.embedding.model_name, language)

    def _unread(self, retrieved: Retrieved) -> str | None:
        """The language for which there is nothing to read: of the question, or of what was found.

        A passage whose language is not plain is read.
        """
        query = retrieved.query
        if not self._judges(query.language):
            return query.language
        if query.kind == "summary":
            (document, *others) = retrieved.documents or (None,)
            given = document.metadata.language if document and not others else None
            code = language_code(given) if given else None
            return None if self._judges(code) else code
        languages = [_language(each) for each in retrieved.hits]
        return None if not languages or any(map(self._judges, languages)) else languages[0]


def with_dates_as_written(question: str, texts: Sequence[str]) -> str:
    """The question with the days that it names written as in the first text that has them.

    "4 April 2016" and 2016-04-04 are one day to people, and to models that compare words two.
    """
    written: dict[tuple[int, int, int], str] = {}
    for text in texts:
        for start, end, day in _days(text):
            written.setdefault(day, text[start:end])
    for start, end, day in sorted(_days(question), reverse=True):
        question = f"{question[:start]}{written.get(day, question[start:end])}{question[end:]}"
    return question


def of_days_asked(
    asked: str, passages: Sequence[Sequence[str]], read: list[Floats]
) -> list[Floats]:
    """The log-odds of the sentences of passages when the question names a day.

    A sentence that is only of other days is no answer, if any is of the day that was asked for:
    rows of a table differ in little else.
    """
    days = {day for *_, day in _days(asked)}
    of_days = [[{day for *_, day in _days(text)} for text in texts] for texts in passages]
    if not days or not any(days & found for each in of_days for found in each):
        return read
    others = [np.array([bool(found) and not days & found for found in each]) for each in of_days]
    return [
        np.where(other, np.minimum(log_odds, _NO_ANSWER), log_odds)
        for log_odds, other in zip(read, others, strict=True)
    ]


def _days(text: str) -> list[tuple[int, int, tuple[int, int, int]]]:
    """The days of a text that it names with their year, with the characters of each."""
    return [
        (start, end, (date.year, date.month, date.day))
        for start, end, date in date_spans(text)
        if date.day is not None and date.year is not None
    ]


def without_questions(asked: str, sentences: Sequence[str], log_odds: Floats) -> Floats:
    """The log-odds of the sentences of a passage when questions among them are no answers.

    In an interview or a list of questions the one that was asked is likest to itself; what it was
    given goes to the first sentence after it that is none.
    """
    questions = [_QUESTION.search(text) is not None for text in sentences]
    if not any(questions):
        return log_odds
    terms = frozenset(analyse(asked))
    found = log_odds.copy()
    for at, text in enumerate(sentences):
        if not questions[at]:
            continue
        own = frozenset(analyse(text))
        after = next((n for n in range(at + 1, len(sentences)) if not questions[n]), None)
        if after is not None and len(own & terms) >= _ECHO * max(1, min(len(own), len(terms))):
            found[after] = max(found[after], log_odds[at])
        found[at] = min(log_odds[at], _NO_ANSWER)
    return found


def _texts(hit: Hit) -> list[str]:
    return [hit.passage.words(*each) for each in hit.passage.sentences]


def _language(hit: Hit) -> str | None:
    return language_of_short(hit.passage.text)


def _any(log_odds: Floats) -> float:
    """Log-odds of any sentence of a passage answering."""
    return float(np.logaddexp.reduce(log_odds)) if len(log_odds) else -math.inf


def _sentences(read: _Read, named: Mapping[str, float]) -> tuple[Evidence, ...]:
    """All sentences that were read, best first.

    They lose log-odds where others of the documents are rather named by the question.
    """
    most = max((named.get(hit.passage.document_id, 0.0) for hit, _ in read), default=0.0)
    found: list[Evidence] = []
    for hit, log_odds in read:
        lost = _NAMED * (most - named.get(hit.passage.document_id, 0.0))
        probabilities = 1 / (1 + np.exp(-np.clip(log_odds.astype(np.float64) - lost, -30, 30)))
        found += [
            Evidence(hit, start, end, float(probability))
            for (start, end), probability in zip(hit.passage.sentences, probabilities, strict=True)
        ]
    return tuple(sorted(found, key=lambda each: -each.score))


def read_names(text: str) -> str:
    """``text``, in which names of columns before values stand as the models read them best.

    That is ``Deaths, 2018: 41`` and not ``[Deaths, 2018] 41``, and ``Place Aster, Dead 31`` and not
    ``Place: Aster; Dead: 31``. The text is as long as before. The log-odds of rows that answer rise
    by about 2.5 and 1.3, those of others by 0.5 and 0.1.
    """
    return _NAMED_VALUES.sub(_without_signs, _NAMED_FIGURE.sub(r" \1:", text))


def _without_signs(row: re.Match[str]) -> str:
    return row[0].replace(": ", "  ").replace("; ", ", ")


def passage_text(hit: Hit, *, written_by: str | None = None) -> PassageText:
    """What is read of a hit: title, section and speaker, then its text.

    Where nobody speaks, the author stands for the speaker if it is ``written_by`` whom is asked.
    """
    passage = hit.passage
    author = hit.metadata.author
    if not passage.speaker and written_by and author and same_person(written_by, author):
        passage = replace(passage, speaker=author)
    section = f"{passage.section}. " if passage.section else ""
    speaker = f"{passage.speaker}: " if passage.speaker else ""
    return PassageText(
        f"{hit.title}. {section}{speaker}",
        read_names(passage.text),
        tuple((start - passage.start, end - passage.start) for start, end in passage.sentences),
    )
