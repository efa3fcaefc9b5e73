"""Sentences copied out of a real PDF, line breaks and hyphens included, lead to their page."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.ingest.pipeline import ingest
from rag.language.sentences import split_sentences
from rag.quotes.lookup import check_quotation
from rag.quotes.records import Match
from rag.store import Index

OpenIndex = Callable[..., Index]

REPORT = Path("reports") / "ethiopia-2019.pdf"


def copied_sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Page and sentence, as `pdftotext` gives them, line ends kept."""
    process = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True)
    for number, page in enumerate(process.stdout.split("\f"), start=1):
        for paragraph in re.split(r"\n\s*\n", page):
            lines = paragraph.strip()
            for start, end in split_sentences(lines.replace("\n", " ")):
                sentence = lines[start:end]
                complete = sentence[:1].isupper() and sentence[-1:] in ".”"
                if complete and 6 <= len(sentence.split()) <= 60:
                    yield number, sentence


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_copied_sentences_lead_to_their_page(
    open_index: OpenIndex, shared: Path, tmp_path: Path
) -> None:
    shutil.copy(shared / REPORT, tmp_path)
    index = open_index()
    assert not ingest(index, [tmp_path / REPORT.name]).failed
    sentences = sorted(set(copied_sentences(shared / REPORT)))
    missed: list[str] = []
    hyphens = 0
    for page, sentence in random.Random(5).sample(sentences, 200):
        result = check_quotation(index, sentence)
        pages = {match.citation.page for match in result.matches}
        if result.status == "near" and _only_hyphens(result.matches[0]):
            hyphens += 1
        elif result.status != "verbatim" or page not in pages:
            told = [each for match in result.matches[:1] for each in match.differences]
            missed.append(f"{result.status} p. {page}, {pages}: {sentence!r} {told}")
        assert page in pages or missed, sentence
    assert not missed, "\n".join(missed)
    # pdftotext joins words that are broken at a line end, and compounds as well.
    assert hyphens <= 6


def _only_hyphens(match: Match) -> bool:
    return all(
        each.yours.replace("-", "") == each.source.replace("-", "") for each in match.differences
    )
