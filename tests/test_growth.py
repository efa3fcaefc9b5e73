"""Reading a file, and finding whose words are in it, takes as much longer as the file is longer."""

from __future__ import annotations

import random
import time

import pytest

from rag.attribution import with_statements
from rag.readers import media_type_of, read
from rag.schema import Document

STEEP = 9  # times as long for four times the text: between linear (4) and quadratic (16)
SHORT = 2.0  # seconds that are not worth comparing: others use the processors, too

chance = random.Random(0)
PIECES = {
    "half-quotations.txt": ["’s said, (1. "],
    "nothing-but-marks.txt": ["“ ", "” ", '" '],
    "gaps.csv": ["x ", "\n"],
    "words-and-gaps.csv": ["a, ", "\n\n", "b\n"],
}


def seconds(name: str, text: str) -> float:
    """Processor time of reading and attributing."""
    content = text.encode()
    began = time.process_time()
    reading = read(content, name=name, media_type=media_type_of(name, content))
    with_statements(
        Document(
            id="x",
            source=name,
            media_type="",
            text=reading.text,
            metadata=reading.metadata,
            pages=reading.pages,
            turns=reading.turns,
        )
    )
    return time.process_time() - began


@pytest.mark.parametrize("name", PIECES)
def test_four_times_the_text_takes_not_nine_times_as_long(name: str) -> None:
    text = "".join(chance.choice(PIECES[name]) for _ in range(100_000 // len(PIECES[name][0])))
    short = min(seconds(name, text[: len(text) // 4]) for _ in range(2))  # the first one loads much
    long = seconds(name, text)
    assert long < SHORT or long < STEEP * short
