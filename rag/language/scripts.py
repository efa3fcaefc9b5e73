"""The scripts that languages are written in: their direction, and their names."""

from __future__ import annotations

import unicodedata
from collections import Counter


def is_right_to_left(text: str) -> bool:
    """Whether more letters are of scripts that run from right to left than of others."""
    kinds = Counter(unicodedata.bidirectional(letter) for letter in text if letter.isalpha())
    return kinds["R"] + kinds["AL"] > kinds["L"]


def script_names(language: str, *, script: str = "") -> frozenset[str]:
    """English names of a script: that of an ISO 15924 code, else the usual one of a language.

    CLDR and Unicode do not name all alike: Bengali is "Bangla" too, Korean "Korean" and "Hangul".

    >>> sorted(script_names("az", script="Cyrl")), sorted(script_names("az"))
    (['Cyrillic'], ['Latin'])
    """
    from babel import Locale, UnknownLocaleError  # loads tables that only OCR needs here
    from babel.core import get_global

    scripts = Locale("en").scripts
    if script in scripts:
        return frozenset(scripts[script].split())
    try:
        own = Locale(language).languages.get(language, "")
    except (UnknownLocaleError, ValueError):
        return frozenset()
    likely = str(get_global("likely_subtags").get(language, "")).split("_")
    code = next((part for part in likely if part in scripts), "")
    unicode = {unicodedata.name(sign, "").partition(" ")[0].title() for sign in own}
    han = {"Han"} if code.startswith("Han") else set()
    return frozenset(unicode | han | set(scripts.get(code, "").split()))
