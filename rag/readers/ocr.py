"""Text in pictures of pages, recognised by Tesseract (Apache-2.0) where it is installed."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import log
from statistics import mean, median

from rag.language.finished_messages import later
from rag.readers.blocks import split_where
from rag.readers.limits import child_environment
from rag.readers.ocr_language import Layout, installed_in, languages_to_read, layout_in
from rag.readers.pdf.file import Picture
from rag.readers.pdf.lines import Run

_SCANNED = "no text: scanned?"
_MISSING = "no text, and Tesseract is missing"
_INSTALL = "install it, as with 'apt-get install tesseract-ocr' or 'brew install tesseract'"

_SECONDS = 120  # for one page
_MOST_WORKERS = 4

# Below such a mean confidence, of 100, a page may lie on its side, and a line is no text.
_UNSURE, _NO_TEXT = 60, 30
_FEWEST_WORDS = 3

# The heights of letters in units of the font size, and a gap between runs.
_TALL, _LOW, _DESCENT = 0.69, 0.46, 0.21
_GAP = 1.5

# Sizes that differ by less are the same, as heights in a picture are never quite equal.
_STEP = 1.3
_DESCENDERS = re.compile(r"[gjpqyQ,;()\[\]{}|/]")
_ASCENDERS = re.compile(r"[A-Zbdfhijklt0-9À-Ý!?]")


@dataclass(frozen=True, slots=True)
class _Word:
    """A recognised word, in points from the lower left; ``line`` tells the lines apart."""

    text: str
    line: tuple[str, ...]
    left: float
    right: float
    bottom: float
    top: float
    confidence: float


def is_installed() -> bool:
    """Whether the command ``tesseract`` can be found."""
    return shutil.which("tesseract") is not None


def no_text(*, may_recognise: bool) -> str:
    """What to say of pages that show something and have no text."""
    if not may_recognise:
        return _SCANNED
    if not is_installed():
        return f"{_MISSING}: {_INSTALL}"
    return "no text, and OCR found none: look at the picture"


def what_to_do(*, may_recognise: bool) -> str:
    """What to do about a file that has pictures of text only."""
    if not may_recognise:
        return later("Set RAG_OCR=1 to read it with Tesseract, or run OCR on it first")
    if not is_installed():
        return later(f"Tesseract, which would read it, is missing: {_INSTALL}")
    return later("OCR found none either; scan it again with more contrast and upright")


def waits_for_ocr(warnings: Iterable[str]) -> bool:
    """Whether a reading with these warnings has pages that OCR has not been tried on."""
    return any(_SCANNED in each or _MISSING in each for each in warnings)


def read_pictures(
    numbers: Sequence[int], picture_of: Callable[[int, int], Picture]
) -> dict[int, tuple[Run, ...]]:
    """The runs of text on each page of ``numbers``; none where nothing could be recognised.

    ``picture_of`` makes the picture of a page, turned clockwise by a number of degrees. Pages are
    read side by side. Sizes of type are comparable over all of them.
    """
    program = shutil.which("tesseract") or "tesseract"
    command = [program, "stdin", "stdout"]
    installed = installed_in(_run([program, "--list-langs"], b"").decode("utf-8", "replace"))
    samples = (_Page(number, picture_of, command) for number in _samples(numbers))
    languages = languages_to_read(installed, samples)
    words_on = partial(_words_on, picture_of=picture_of, command=command, languages=languages)
    with ThreadPoolExecutor(min(_MOST_WORKERS, os.cpu_count() or 1)) as workers:
        found = dict(zip(numbers, workers.map(words_on, numbers), strict=True))
    pages = {number: list(_runs(words)) for number, words in found.items()}
    usual = _usual_size(run for runs in pages.values() for run in runs)
    return {
        number: tuple(replace(run, size=_stepped(run.size, usual)) for run in runs)
        for number, runs in pages.items()
    }


def _samples(numbers: Sequence[int]) -> list[int]:
    """Pages by which to tell the language: a cover tells less than what lies in the middle."""
    middle = numbers[len(numbers) // 2 : len(numbers) // 2 + 1]
    return list(dict.fromkeys((*middle, *numbers[:1], *numbers[-1:])))


@dataclass(frozen=True, slots=True)
class _Page:
    """A page by which the language of a document is told."""

    number: int
    picture_of: Callable[[int, int], Picture]
    command: list[str]

    def layout(self) -> Layout:
        return _layout(self.picture_of(self.number, 0), self.command)

    def text(self, languages: str, turn: int) -> str:
        words = _words(self.picture_of(self.number, turn), self.command, languages)
        return " ".join(word.text for word in words)


def _layout(picture: Picture, command: list[str]) -> Layout:
    return layout_in(_run([*command, "--psm", "0"], picture.content).decode("utf-8", "replace"))


def _words_on(
    number: int, *, picture_of: Callable[[int, int], Picture], command: list[str], languages: str
) -> list[_Word]:
    picture = picture_of(number, 0)
    words = _words(picture, command, languages)
    if len(words) >= _FEWEST_WORDS and _confidence(words) >= _UNSURE:
        return words
    turn = _layout(picture, command).turn
    if not turn:
        return words
    turned = _words(picture_of(number, turn), command, languages)
    return max(words, turned, key=lambda each: _confidence(each) * len(each))


def _words(picture: Picture, command: list[str], languages: str) -> list[_Word]:
    resolution = f"{72 * picture.pixels_per_point:.0f}"
    options = ["-l", languages, "--psm", "3", "--dpi", resolution, "tsv"]
    table = _run([*command, *options], picture.content).decode("utf-8", "replace")
    rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [word for row in rows if (word := _word(row, picture)) is not None]


def _word(row: dict[str, str], picture: Picture) -> _Word | None:
    try:
        left, top, width, height = (int(row[key]) for key in ("left", "top", "width", "height"))
        confidence = float(row["conf"])
    except (KeyError, TypeError, ValueError):
        return None
    text = (row.get("text") or "").strip()
    if not text or confidence < 0 or row.get("level") != "5":
        return None
    scale = picture.pixels_per_point
    return _Word(
        text,
        tuple(row[key] for key in ("block_num", "par_num", "line_num")),
        left / scale,
        (left + width) / scale,
        (picture.height - top - height) / scale,
        (picture.height - top) / scale,
        confidence,
    )


def _confidence(words: Sequence[_Word]) -> float:
    return mean(word.confidence for word in words) if words else 0.0


def _run(command: list[str], given: bytes) -> bytes:
    """What the command prints; nothing when it fails or takes too long."""
    # One thread for each page: Tesseract's own threads are slower than pages side by side.
    environment = child_environment(OMP_THREAD_LIMIT="1")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the picture is made here
            command,
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def _runs(words: Sequence[_Word]) -> Iterator[Run]:
    lines: dict[tuple[str, ...], list[_Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    for line in lines.values():
        if _confidence(line) < _NO_TEXT:
            continue
        size = median(_size(word) for word in line)
        baseline = median(_baseline(word, size) for word in line)
        for part in split_where(line, partial(_is_apart, _GAP * size)):
            text = " ".join(word.text for word in part)
            left, right = min(word.left for word in part), max(word.right for word in part)
            yield Run(text, left, right, baseline, size, bold=False)


def _size(word: _Word) -> float:
    height = word.top - word.bottom
    share = _TALL if _ASCENDERS.search(word.text) else _LOW
    return height / (share + (_DESCENT if _DESCENDERS.search(word.text) else 0))


def _baseline(word: _Word, size: float) -> float:
    return word.bottom + (_DESCENT * size if _DESCENDERS.search(word.text) else 0)


def _is_apart(gap: float, part: Sequence[_Word], word: _Word) -> bool:
    return word.left - part[-1].right > gap


def _usual_size(runs: Iterable[Run]) -> float:
    sizes = sorted((run.size, len(run.text)) for run in runs)
    half = sum(length for _, length in sizes) / 2
    for size, length in sizes:
        half -= length
        if half <= 0:
            return round(size * 2) / 2 or size
    return 1.0


def _stepped(size: float, usual: float) -> float:
    return round(usual * _STEP ** round(log(max(size, 0.1) / usual, _STEP)), 1)
