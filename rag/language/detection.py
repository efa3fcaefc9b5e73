"""In which language a text is, if it is long and plain enough to tell."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["language_of"]

# A table or a list of names has letters, but is in no language; the detector is unsure of those.
_FEWEST_LETTERS, _LEAST_PROBABLE = 200, 0.95
_SAMPLE = 3000


def language_of(text: str) -> str | None:
    """The language as an ISO 639 code (``en``), or None if the text is short, mixed or unclear."""
    middle = max(0, (len(text) - _SAMPLE) // 2)
    samples = {text[:_SAMPLE], text[middle : middle + _SAMPLE]}
    found = {_language(sample) for sample in samples}
    return found.pop() if len(found) == 1 else None


def _language(sample: str) -> str | None:
    if sum(sign.isalpha() for sign in sample) < _FEWEST_LETTERS:
        return None
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= _LEAST_PROBABLE else None


@cache
def _identifier() -> LanguageIdentifier:
    """The detector with its model (5 MB on disk); loaded when the first text is looked at."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
