"""The words of other languages than English, in a form that their endings do not change.

Stems are those of Snowball, as Tantivy has them; scripts without spaces are cut into pairs of
characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from rag.language.detection import language_of_short
from rag.language.folding import SPACELESS, composed, fold

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

# Other languages than English that Tantivy has Snowball's stemmers for.
_SNOWBALL = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# A run of a script without spaces; or a word, with the signs that are written above and below it.
_WORD = re.compile(
    rf"(?P<run>[{SPACELESS}]+)|(?:(?![{SPACELESS}])"
    r"(?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff]))+"
)


@cache
def _stemmer(language: str) -> TextAnalyzer | None:
    # Processes that read files import this module, and few of them have a word to stem.
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    name = _SNOWBALL.get(language)
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    return builder.filter(Filter.stemmer(name)).build() if name else None


def foreign_terms(text: str, language: str | None = None) -> list[str]:
    """The terms of a text in another language than English; none where that is not plain.

    ``language`` is that of the text, where it is known.
    """
    language = language or language_of_short(text)
    if language is None or language == "en":
        return []
    runs: list[str] = []
    words: list[str] = []
    for found in _WORD.finditer(lowered(text, language)):
        (runs if found["run"] else words).append(found[0])
    pairs = [run[at : at + 2] for run in map(fold, runs) for at in range(max(1, len(run) - 1))]
    plain = list(map(fold, words))
    others = (
        stem for word, stem in zip(plain, stems(words, language), strict=True) if stem != word
    )
    return [*pairs, *plain, *others]


def lowered(text: str, language: str) -> str:
    """The text in lower case as its language writes it, accents composed."""
    dotless = {ord("I"): "ı", ord("İ"): "i"} if language in ("az", "tr") else {}
    return composed(text).translate(dotless).lower()


def stems(words: Sequence[str], language: str) -> list[str]:
    """The stem of each word, folded; the word itself, folded, in a language without a stemmer.

    ``words`` are in lower case and not folded: endings are told by their accents.
    """
    stemmer = _stemmer(language)
    found = list(map(fold, stemmer.analyze(" ".join(words)))) if stemmer else []
    return found if len(found) == len(words) else list(map(fold, words))
