"""A real report of 37 pages: nothing lost but the running heads, nothing cut at a page."""

import random
import re
import shutil
import subprocess
import time
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from office_support import headings_of

from rag.readers import read
from rag.readers.passages import section_path
from rag.schema import Document, Reading

ETHIOPIA = Path(__file__).parents[2] / "shared" / "data" / "reports" / "ethiopia-2019.pdf"
pytestmark = pytest.mark.skipif(
    not ETHIOPIA.is_file(), reason="the evaluation material is not beside the repository"
)


@cache
def reading() -> Reading:
    return read(ETHIOPIA.read_bytes(), name=ETHIOPIA.name, media_type="application/pdf")


def test_the_report_on_ethiopia() -> None:
    reading.cache_clear()
    begun = time.process_time()
    found = reading()
    assert time.process_time() - begun < 3
    assert len(found.pages) == 37
    assert (found.pages[0].start, found.pages[-1].end) == (0, len(found.text))
    assert all(one.end == next_.start for one, next_ in pairwise(found.pages))
    assert found.metadata.title == "ETHIOPIA 2019 HUMAN RIGHTS REPORT"
    assert found.metadata.date in {None, "2019"}  # never the day on which the file was made
    assert not re.search(r"ETHIOPIA\s+\d{1,2}\b", found.text)
    assert "Bureau of Democracy, Human Rights and Labor" not in found.text
    assert headings_of(found)[:5] == [
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


needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is not installed"
)

PLACES = [
    ("A coalition of ethnically based parties", 1, "EXECUTIVE SUMMARY"),
    ("Freedom from:", 2, "1"),
    ("There were numerous reports that the government", 2, "1 > a. Arbitrary Deprivation of Life"),
    ("There were no reports of disappearances", 3, "1 > b. Disappearance"),
    ("The constitution prohibits such practices", 4, "1 > c. Torture and Other Cruel"),
    ("Administration: In July 2018", 5, "1 > c. Torture > Prison and Detention"),
    ("prohibit arbitrary arrest and detention and", 6, "1 > d. Arbitrary Arrest"),
    ("require detainees to appear before the court", 7, "1 > d. Arbitrary Arrest > Arrest Proc"),
    ("provides for an independent judiciary", 9, "1 > e. Denial of Fair Public Trial"),
    ("have the right to a fair, public", 9, "1 > e. Denial > Trial Procedures"),
    ("Frew Bekele", 10, "1 > e. Denial > Political Prisoners"),
    ("routinely practiced self-censorship", 13, "2 > a. Freedom of Expression"),
    ("periodically restricted and disrupted access", 13, "2 > a. Freedom of Ex > Internet Free"),
    ("See the Department of State’s International", 16, "2 > c. Freedom of Religion"),
    ("As of July the country hosted 655,105", 18, "2 > f. Protection of Refugees"),
    ("Recent Elections: In 2015", 19, "3 > Elections and Political Participation"),
    ("The law criminalizes rape", 24, "6 > Women"),
    ("Birth Registration:", 25, "6 > Children"),
    ("The Jewish community numbered", 27, "6 > Anti-Semitism"),
    ("more than 80 ethnic groups", 29, "6 > National/Racial/Ethnic Minorities"),
    ("The constitution and law provide workers", 31, "7 > a. Freedom of Association and"),
    ("There is no national minimum wage", 36, "7 > e. Acceptable Conditions of Work"),
]


@pytest.mark.parametrize(("words", "page", "path"), PLACES)
def test_the_section_of_a_place(words: str, page: int, path: str) -> None:
    found = reading()
    document = Document("id", "a.pdf", found.text, found.metadata, "", found.pages, found.headings)
    at = found.text.index(words)
    place = document.page_at(at)
    assert place is not None
    assert place.number == page
    assert place.label == (str(page) if page > 1 else None)
    parts = (section_path(document, at) or "").split(" > ")
    if parts[0] == found.metadata.title:
        parts = parts[1:]
    wanted = [f"Section {each}." if each.isdigit() else each for each in path.split(" > ")]
    assert len(parts) == len(wanted)
    assert all(part.startswith(each) for part, each in zip(parts, wanted, strict=True)), parts


@needs_pdftotext
def test_two_hundred_sentences_are_on_their_pages() -> None:
    found = reading()
    pages = [_letters(found.text[page.start : page.end]) for page in found.pages]
    sentences = [
        (page.number, match[0])
        for page in found.pages
        for match in re.finditer(
            r"(?<=[.?!”]\s)[A-Z“][^.?!]{25,500}[.?!]”?(?=\s)", _as_poppler_reads(page.number)
        )
    ]
    assert len(sentences) > 400
    chosen = random.Random(2019).sample(sentences, 200)
    assert [each for each in chosen if _letters(each[1]) not in pages[each[0] - 1]] == []
    assert "ETHIOPIA" not in found.text[len("ETHIOPIA 2019") :]


def _as_poppler_reads(number: int) -> str:
    """The text of a page without its running head, which may come first or last, and its foot."""
    command = ["pdftotext", "-f", f"{number}", "-l", f"{number}", str(ETHIOPIA), "-"]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    feet = r"Country Reports on Human Rights Practices for 2019|United States Department .*Labor"
    return re.sub(rf"(?m)^(?:ETHIOPIA|{number}|{feet})$", "", shown)


def _letters(text: str) -> str:
    """All but white space and hyphens."""
    return re.sub(r"[\s\xad‐-]", "", text)


@needs_pdftotext
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
