"""A real report of 37 pages: nothing lost but the running heads, nothing cut at a page."""

import re
import shutil
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from rag.reading import read
from rag.schema import Reading

ETHIOPIA = Path(__file__).parents[2] / "shared" / "data" / "reports" / "ethiopia-2019.pdf"
pytestmark = pytest.mark.skipif(
    not ETHIOPIA.is_file(), reason="the evaluation material is not beside the repository"
)


def reading() -> Reading:
    return read(ETHIOPIA.read_bytes(), name=ETHIOPIA.name, media_type="application/pdf")


def test_the_report_on_ethiopia() -> None:
    begun = time.perf_counter()
    found = reading()
    assert time.perf_counter() - begun < 3
    assert len(found.pages) == 37
    assert (found.pages[0].start, found.pages[-1].end) == (0, len(found.text))
    assert all(one.end == next_.start for one, next_ in pairwise(found.pages))
    assert found.metadata.title == "ETHIOPIA 2019 HUMAN RIGHTS REPORT"
    assert found.metadata.date is None
    assert not re.search(r"ETHIOPIA\s+\d{1,2}\b", found.text)
    assert "Bureau of Democracy, Human Rights and Labor" not in found.text
    headings = [(each.level, found.text[each.start : each.end]) for each in found.headings]
    assert headings[:5] == [
        (1, "ETHIOPIA 2019 HUMAN RIGHTS REPORT"),
        (2, "EXECUTIVE SUMMARY"),
        (2, "Section 1. Respect for the Integrity of the Person, Including Freedom from:"),
        (
            3,
            "a. Arbitrary Deprivation of Life and Other Unlawful or Politically Motivated Killings",
        ),
        (3, "b. Disappearance"),
    ]
    assert len(found.headings) == 46
    assert "The Amhara regional president at the time of the incident" in found.text
    assert "superstition-based" in found.text
    for paragraph in found.text.split("\n\n"):
        assert not re.match(r"[a-z]{2}", paragraph)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_no_word_of_the_report_on_ethiopia_is_lost() -> None:
    found = reading()
    feet = (
        "Country Reports on Human Rights Practices for 2019 United States Department of State "
        "Bureau of Democracy Human Rights and Labor"
    )
    heads = Counter(feet.split())
    for page in found.pages:
        command = ["pdftotext", "-f", f"{page.number}", "-l", f"{page.number}", "-layout"]
        shown = subprocess.run(
            [*command, ETHIOPIA, "-"], capture_output=True, check=True, text=True
        )
        theirs = Counter(re.findall(r"\w+", shown.stdout))
        ours = Counter(re.findall(r"\w+", found.text[page.start : page.end]))
        furniture = (
            heads + Counter(["ETHIOPIA", str(page.number)]) if page.number > 1 else Counter()
        )
        assert theirs - ours == furniture, page.number
        assert ours - theirs == Counter(), page.number
