"""Misspelt words of a question, and a few words that are searched for.

A word is taken for misspelt where no passage has it, the model's tokenizer does not know it whole,
and the collection has a word that differs by a letter or two.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from rag.answer.rank import passage_text
from rag.answer.records import Ranked
from rag.language.detection import language_of_short
from rag.language.folding import fold
from rag.schema import Evidence
from rag.store import Store, analyse, content_terms

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORTEST: Final = 5  # letters of a word that is corrected
_LONG: Final = 8  # letters of a word that may have two wrong
_SHARE: Final = 2 / 3  # of the words, that a passage must have


def corrected(question: str, index: Store, *, names: bool = True) -> str | None:
    """The question with its misspelt words as the collection spells them; None without any.

    Without ``names`` words in capitals stay as they are. In other languages than English a word has
    too many forms to tell.
    """
    if language_of_short(question) not in (None, "en"):
        return None
    corrections: dict[str, str] = {}
    for word in dict.fromkeys(_WORD.findall(question)):
        named = word[0].isupper() and question != question.upper()
        looked_up = len(word) >= _SHORTEST and (names or not named)
        if looked_up and (found := _as_spelt(word, index)):
            corrections[word] = found
    if not corrections:
        return None
    return _WORD.sub(lambda found: corrections.get(found[0], found[0]), question)


def _as_spelt(word: str, index: Store) -> str | None:
    """The collection's word that a word is misspelt from, written as it is mostly written there."""
    folded = fold(word)
    (term,) = analyse(folded)[:1] or [""]
    if not term or index.words(folded, count=1) or index.embedding.count_tokens([folded])[0] < 2:
        return None
    most = 2 if len(folded) >= _LONG else 1
    for near in index.terms_like(term):
        found = index.passages([each for each, _ in index.words(near, count=10)])
        spelt: Counter[str] = Counter(
            each
            for passage, _, metadata in found.values()
            for each in _WORD.findall(f"{metadata.title or ''} {passage.text}")
            if DamerauLevenshtein.distance(folded, fold(each), score_cutoff=most) <= most
        )
        if spelt:
            # A capital may only begin a sentence.
            return max(
                spelt,
                key=lambda each: (fuzz.ratio(folded, fold(each)), each.islower(), spelt[each]),
            )
    return None


def sentences_with(words: str, ranked: Ranked, *, most: int) -> list[Evidence]:
    """The sentence of each hit that has the most of some words, where the hit has enough of them.

    In the order of the hits; two thirds of the words are enough.
    """
    wanted = frozenset(content_terms(words))
    read = {
        (each.start, each.end, each.hit.passage.document_id): each
        for _, evidence in ranked.sides
        for each in evidence
    }
    found: list[Evidence] = []
    for hit in ranked.hits:
        passage = hit.passage
        there = wanted.intersection(analyse(f"{passage_text(hit).heading} {passage.text}"))
        if not wanted or len(there) < _SHARE * len(wanted):
            continue
        sentences = [
            read.get((start, end, passage.document_id)) or Evidence(hit, start, end, 0.0)
            for start, end in passage.sentences
        ]
        found += [max(sentences, key=lambda each: _having(wanted, each))] if sentences else []
    return found[:most]


def _having(wanted: frozenset[str], evidence: Evidence) -> tuple[int, float]:
    return len(wanted.intersection(analyse(evidence.text))), evidence.score
