"""Decodes text: by byte order mark, as UTF-8, as declared, or by detection.

Where the file does not say in which code page it is, the languages decide: each code page is tried,
and the one wins whose text is most probably in a language that was written in it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from charset_normalizer import from_bytes

from rag.errors import DamagedFile
from rag.language.detection import probable_languages

# The longer marks first: the one of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Below this many bytes beyond ASCII nothing tells Chinese, Japanese and Korean from Latin letters.
_TOO_FEW_TO_DETECT = 24
_MULTIBYTE = ("big5", "cp932", "cp949", "cp950", "euc", "gb", "hz", "iso2022", "johab", "shift")

# Code pages, and the languages that are written in them; the first are the most frequent.
_CODE_PAGES = {
    "windows-1252": "en fr de es pt it nl sv da no nn fi is ca gl eu ga af id ms sw tl",
    "windows-1251": "ru uk bg be sr mk",
    "windows-1250": "pl cs sk hu sl hr bs sr sh ro sq",
    "windows-1254": "tr az ku",
    "windows-1256": "ar fa ur ps",
    "windows-1253": "el",
    "windows-1255": "he yi",
    "windows-1257": "lt lv et",
    "koi8-r": "ru",
    "iso-8859-2": "pl cs sk hu sl hr bs ro",
    "macintosh": "en fr de es pt it",
    "cp850": "en fr de es pt it nl sv da no",
    "cp852": "pl cs sk hu sl hr bs ro",
    "cp866": "ru uk bg be",
}
_SIGNS = frozenset("‘’“”„–—…«»•§°€£\xa0¿¡")
_BETWEEN_WORDS = re.compile(r"[\s,.;:!?()\"“”„«»]+")
_WRONG = 3.0  # what it costs if all signs or words of a text are impossible
_WESTERN = 0.3  # in English text a name or two with accents are mostly Western
_SAMPLE_WORDS = 300

# Text may hold a stray control character or two, a program or a picture holds many.
_MOST_CONTROLS = 0.02

_HARMLESS_CONTROLS = b"\t\n\v\f\r\x1a\x1b"
_CONTROLS = bytes(code for code in range(32) if code not in _HARMLESS_CONTROLS) + b"\x7f"

# How much of a large file is given to the detector, which is slow.
_SAMPLE = 200_000


def check_is_text(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when ``content`` is binary or in no known encoding."""
    if not _marked_encoding(content) and not _unmarked_utf16(content):
        sample = content[:_SAMPLE]
        controls = len(sample) - len(sample.translate(None, _CONTROLS))
        if sample.count(0) > 2 or controls > _MOST_CONTROLS * len(sample):
            raise DamagedFile(
                f"{name}: this is not text but a binary file; give it its right suffix"
            )
    decode(content, name)


def decode(content: bytes, name: str, *, declared: str | None = None) -> str:
    r"""The characters of ``content``: by its byte order mark, as UTF-8, as declared, or detected.

    Line ends become ``\n``; the byte order mark is not part of the result.

    Raises:
        DamagedFile: no encoding fits.
    """
    text = _decoded(content, declared)
    if text is None:
        raise DamagedFile(f"{name}: the encoding is not known; save the file as UTF-8")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes, declared: str | None) -> str | None:
    marked = _marked_encoding(content) or _unmarked_utf16(content)
    for encoding in (marked, "utf-8", declared):
        text = _strictly(content, encoding)
        if text is not None:
            return text
    if (text := _nearly_utf8(content)) is not None:
        return text
    return _strictly(content, _guessed(content)) or _strictly(content, "windows-1252")


def note_of_guess(content: bytes, *, declared: str | None = None) -> tuple[str, ...]:
    """A warning if the letters of a text rest on a guess of its code page; none otherwise."""
    if _marked_encoding(content) or _unmarked_utf16(content) or _nearly_utf8(content) is not None:
        return ()
    text = None if _strictly(content, declared) else _strictly(content, guess := _guessed(content))
    if text is None or not any(sign > "\x7f" and sign.isalpha() for sign in text):
        return ()
    return (
        f"the file does not say in which code page it is; {guess} is a guess: if letters are "
        "wrong, save it as UTF-8",
    )


def _guessed(content: bytes) -> str:
    """The code page of text that is not in Unicode."""
    sample = content[:_SAMPLE]
    if len(content) > _SAMPLE:
        sample = sample.rpartition(b"\n")[0] or sample  # a letter of several bytes stays whole
    western = _strictly(sample, "windows-1252")
    if western is not None and all(sign < "\x80" or sign in _SIGNS for sign in western):
        return "windows-1252"
    pages = dict(_CODE_PAGES)
    if sum(byte > 127 for byte in sample) >= _TOO_FEW_TO_DETECT:
        best = from_bytes(sample).best()
        if best is not None and best.encoding.startswith(_MULTIBYTE):
            pages[best.encoding] = "zh ja ko"
    scores = {
        page: _score(text, languages.split(), is_western=page == "windows-1252")
        for page, languages in pages.items()
        if (text := _strictly(sample, page)) is not None
    }
    return max(scores, key=scores.__getitem__, default="windows-1252")


def _score(text: str, languages: Sequence[str], *, is_western: bool) -> float:
    """How probable ``text`` is as what a code page for ``languages`` makes of the bytes."""
    words = [word for word in _BETWEEN_WORDS.split(text) if not word.isascii()][:_SAMPLE_WORDS]
    signs = [sign for word in words for sign in word if sign > "\x7f" and sign not in _SIGNS]
    if not signs:
        return 0.0
    whole, special = probable_languages(text[:_SAMPLE_WORDS]), probable_languages(" ".join(words))
    is_english = next(iter(whole), "") == "en"
    probable = sum(special.get(each, 0.0) for each in languages)
    probable += _WESTERN if is_english and is_western else 0.0
    if not is_english:
        probable += sum(whole.get(each, 0.0) for each in languages)
    odd_signs = sum(not sign.isalpha() for sign in signs) / len(signs)
    odd_words = sum(map(_is_odd, words)) / len(words)
    return probable - _WRONG * (odd_signs + odd_words)


def _is_odd(word: str) -> bool:
    """Whether a word mixes scripts, has a capital after a small letter, or accents only."""
    letters = [letter for letter in word if letter.isalpha()]
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
    if scripts == {"LATIN"} and len(letters) > 2 and min(letters) > "\x7f":
        return True
    east_asian = scripts & {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
    is_mixed = len(scripts) > 1 and not east_asian
    goes_up = any(before.islower() and after.isupper() for before, after in pairwise(letters))
    return is_mixed or goes_up or "HALFWIDTH" in scripts


def _strictly(content: bytes, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _nearly_utf8(content: bytes) -> str | None:
    """UTF-8 with a few stray bytes, which become ``\ufffd``; as windows-1252 all would be wrong."""
    text = content.decode("utf-8", "replace")
    stray = text.count("\ufffd")
    whole = sum(sign > "\x7f" for sign in text) - stray
    return text if 10 * stray <= whole else None


def _marked_encoding(content: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)


def _unmarked_utf16(content: bytes) -> str | None:
    """UTF-16 without its mark shows in Western text: every second byte is zero."""
    sample = content[:2000]
    if len(sample) < 8 or len(content) % 2:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    most, few = 0.8 * (len(sample) // 2), 0.05 * (len(sample) // 2)
    if odd >= most and even <= few:
        return "utf-16-le"
    if even >= most and odd <= few:
        return "utf-16-be"
    return None
