"""What is said to the program, told apart from what is asked of the reports.

Greetings, questions about the program and the collection, and what is said about the last answer
("shorter", "where does it say that?") are recognised by two things together: their likeness to the
utterances of ``utterances.toml``, which has questions to reports, too, and a linear function of the
sentence embedding that was fitted to those and to many more questions. A question to the reports
that is taken for small talk goes unanswered, so every word that none of the utterances has takes
more. With an embedding model for which nothing was fitted (``benchmarks/utterances.py --write``)
only what stands in ``utterances.toml`` is recognised.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final, Literal, cast

import numpy as np

from rag.answer.utterances_in_languages import knows, languages_with_phrases, wanted
from rag.cite.answers import Message, QuestionKind
from rag.language.detection import language_of_short
from rag.language.folding import fold
from rag.language.places import places
from rag.language.translation import ENGLISH, language
from rag.language.words import one_line
from rag.models.embedding import Embedding, Vectors
from rag.store import analyse, content_terms
from rag.store.folder.durable import replacing

_Kind = Literal["small-talk", "program", "collection", "last-answer", "report"]

# Chosen on benchmarks/questions/utterances.jsonl, and 5,600 questions.
_LEAST_COSINE: Final = 0.4  # to the nearest utterance
_SHARPNESS: Final = 24.0  # the greater, the less any but the nearest utterances count
_PER_WORD: Final = 0.03  # taken off for each word that no utterance has
_REMEMBERED: Final = 40  # messages

# Utterances that are embedded to see whether kept vectors are those of this model.
_PROBES: Final = 4
_ROUNDING: Final = 0.02  # of a component: bfloat16 in other batches

_WORD: Final = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_LATIN: Final = re.compile(r"[a-z]{2}")
_YEAR: Final = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody wants who asks nothing of the reports, such as ``collection``, ``latest``."""

    kind: QuestionKind
    wish: str


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The last question to the reports, the conversation before it, and what was said since.

    ``said`` is the text of all answers since, on one line.
    """

    question: str
    history: tuple[Message, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What was fitted for one embedding model.

    Cosines count as ``1 - scale * (1 - cosine)``, because those of some models lie close together;
    ``weights`` and ``bias`` are the linear function of the vectors.
    """

    scale: float
    weights: Vectors
    bias: float


class Conversation:
    """Recognises what is no question to the reports. Safe to share between threads.

    ``cache`` is the folder of converted models, which keeps the vectors of the utterances too;
    ``learned`` is what was fitted for the embedding model, by default what the program ships.
    """

    def __init__(
        self, embedding: Embedding, *, cache: Path, learned: Learned | None = None
    ) -> None:
        self._embedding = embedding
        self._cache = cache
        self._learned = learned or _learned().get(embedding.model_name)
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None

    def intent(self, said: str) -> Intent | None:
        """What is wanted, or None if it is a question to the reports.

        Raises:
            SettingsError: the embedding model cannot be loaded.
        """
        text = plain(said)
        known = _utterances()
        if text in known.exact:
            return known.exact[text]
        told = language_of_short(said)
        if told in languages_with_phrases():
            return _in_other_languages(said, told)
        if language() != ENGLISH:
            return _in_other_languages(said, told) or self._in_english(said, text)
        return self._in_english(said, text) or _in_other_languages(said, told)

    def _in_english(self, said: str, text: str) -> Intent | None:
        known, learned = _utterances(), self._learned
        # The utterances are English: of what has no Latin word they tell nothing.
        if learned is None or not _LATIN.search(text):
            return None
        vector = self._embedding.embed_queries([text])[0]
        cosines = 1 - learned.scale * (1 - self._of_utterances() @ vector)
        utterances, questions = np.split(cosines, [known.reports_from])
        best = int(utterances.argmax())
        score = _likeness(utterances) - _likeness(questions)
        score += float(vector @ learned.weights) + learned.bias
        if utterances[best] < _LEAST_COSINE or score < _PER_WORD * len(unknown_words(said)):
            return None
        return known.intents[best]

    def questions(self, history: Sequence[Message]) -> tuple[Message, ...]:
        """The last messages of a conversation without what was no question to the reports."""
        kept: list[Message] = []
        asked = True
        for message in history[-_REMEMBERED:]:
            if message.role == "user":
                intent = self.intent(message.content)
                asked = intent is None or intent.wish == "reason"
            if asked:
                kept.append(message)
        return tuple(kept)

    def last_answer(self, history: Sequence[Message]) -> LastAnswer | None:
        """What something said about the last answer is about; None if nothing was asked."""
        recent = history[-_REMEMBERED:]
        questions = self.questions(history)
        at = max(
            (
                at
                for at, each in enumerate(questions)
                if each.role == "user" and each.content.strip()
            ),
            default=-1,
        )
        if at < 0:
            return None
        question = questions[at]
        asked = max(number for number, each in enumerate(recent) if each is question)
        said = " ".join(each.content for each in recent[asked:] if each.role == "assistant")
        return LastAnswer(one_line(question.content), questions[:at], one_line(said))

    def warm_up(self) -> None:
        """Embed the utterances, so that the first question does not wait for them."""
        self._of_utterances()

    def _of_utterances(self) -> Vectors:
        with self._lock:
            if self._vectors is None:
                self._vectors = self._embedded()
            return self._vectors

    def _embedded(self) -> Vectors:
        """The vectors of the utterances: kept ones, if the model still gives the first of them."""
        texts = _utterances().texts
        named = "\n".join((self._embedding.model_name, *texts))
        file = self._cache / f"utterances-{hashlib.sha256(named.encode()).hexdigest()[:24]}.npy"
        first = self._embedding.embed_queries(texts[:_PROBES])
        with suppress(OSError, ValueError):
            kept: Vectors = np.load(file)
            if kept.shape == (len(texts), first.shape[1]) and np.allclose(
                kept[:_PROBES], first, atol=_ROUNDING
            ):
                return kept
        vectors = self._embedding.embed_queries(texts)
        with suppress(OSError):  # then they are embedded at the next start again
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(file) as new:
                np.save(new, vectors)
        return vectors


def _in_other_languages(said: str, told: str | None) -> Intent | None:
    """What is wanted in another language than English, which it seems to be said in.

    Only of the collection something may be asked for one country: "сколько отчётов о Грузии?"
    """
    among = _other_languages(told)
    found = wanted(said, among)
    if found is None and among and (named := places(said)):
        for place in reversed(named):
            said = said[: place.start] + said[place.end :]
        found = wanted(said, among)
        found = found if found and found[0] == "collection" else None
    return Intent(cast("QuestionKind", found[0]), found[1]) if found else None


def _other_languages(told: str | None) -> frozenset[str]:
    """The languages in which something may be said: the one that it seems to be in, the page's.

    Of a few words the language is not plain, and any may be meant; English is not among them.
    """
    reader = language()
    if told == ENGLISH and reader == ENGLISH:
        return frozenset()
    among = {each for each in (told, reader) if each not in (None, ENGLISH)}
    return frozenset(each for each in among if each) or languages_with_phrases()


def _likeness(cosines: Vectors) -> float:
    """The greatest of the cosines, and a little more where others come near it."""
    return float(np.logaddexp.reduce(_SHARPNESS * cosines.astype(np.float64)) / _SHARPNESS)


def unknown_words(said: str) -> list[str]:
    """The words that none of the utterances has, without years and countries."""
    text = _masked(said)
    unknown = set(content_terms(text)) - _utterances().terms
    words = [word for word in _WORD.findall(text) if not unknown.isdisjoint(analyse(word))]
    others = _other_languages(language_of_short(said))
    return [word for word in words if not knows(word, others)]


def words_for(kind: str, wish: str) -> str:
    """What the program says of itself, from ``replies.toml``."""
    return _replies()[kind][wish]


@dataclass(frozen=True, slots=True)
class _Utterances:
    """The utterances as they are compared; those from ``reports_from`` on are questions."""

    texts: tuple[str, ...]
    intents: tuple[Intent, ...]
    reports_from: int
    exact: Mapping[str, Intent]
    terms: frozenset[str]


@cache
def _utterances() -> _Utterances:
    groups: dict[_Kind, dict[str, str]] = _toml("utterances.toml")
    questions = [plain(each) for each in _listed(groups.pop("report")["question"])]
    said = [
        (plain(each), Intent(kind, wish))
        for kind, wishes in groups.items()
        if kind != "report"
        for wish, listed in wishes.items()
        for each in _listed(listed)
    ]
    texts = [text for text, _ in said]
    return _Utterances(
        texts=(*texts, *questions),
        intents=tuple(intent for _, intent in said),
        reports_from=len(texts),
        exact=dict(said),
        terms=frozenset(term for text in texts for term in content_terms(text)),
    )


def known_texts() -> tuple[Sequence[str], Sequence[str]]:
    """The utterances as they are compared, and the questions to reports beside them."""
    known = _utterances()
    return known.texts[: known.reports_from], known.texts[known.reports_from :]


@cache
def _learned() -> Mapping[str, Learned]:
    """By the name of the embedding model."""
    text = (resources.files("rag.answer") / "utterance_weights.json").read_text("utf-8")
    return {
        model: Learned(each["scale"], np.array(each["weights"]), each["bias"])
        for model, each in json.loads(text).items()
    }


@cache
def _replies() -> dict[str, dict[str, str]]:
    return _toml("replies.toml")


def _toml(name: str) -> dict:  # type: ignore[type-arg]
    return tomllib.loads((resources.files("rag.answer") / name).read_text("utf-8"))


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(";") if each.strip()]


def plain(said: str) -> str:
    """An utterance as it is compared: any year and any country alike, without a mark at its end."""
    return fold(_masked(said)).strip(" ?!.,")


def _masked(said: str) -> str:
    text = _YEAR.sub("2018", one_line(said))
    for place in reversed(places(text)):
        if not place.adjective:
            text = f"{text[: place.start]}Ethiopia{text[place.end :]}"
    return text
