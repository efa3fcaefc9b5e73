"""Interviews whose questions are bold, and whose answers have no name beside them."""

from __future__ import annotations

import io
from itertools import chain

import docx
import pytest

from rag.readers import read
from rag.schema import Reading

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ASKED = (
    ("Who closed the ferry?", ["The council closed it in March.", "I voted against that."]),
    ("What did it cost?", ["Nobody has told me. I asked twice."]),
    ("You have the letters.", ["Three of them."]),
    ("Will it open again?", ["Not this year."]),
)
TITLE = "“I asked twice”"
LEAD = ["Ana Ruiz, the mayor of Orla, explains why the ferry stopped.", "By Karl Holm"]
NOTE = "This interview was held in May."
ANSWERS = ["\n\n".join(answer) for _, answer in ASKED]


def markdown(title: str, lead: list[str]) -> Reading:
    asked = chain.from_iterable((f"**{question}**", *answer) for question, answer in ASKED)
    text = "\n\n".join([f"# {title}", *lead, *asked, NOTE])
    return read(text.encode(), name="a.md", media_type="text/markdown")


def web_page(title: str, lead: list[str]) -> Reading:
    asked = chain.from_iterable(
        (f"<strong>{question}</strong>", *answer) for question, answer in ASKED
    )
    body = "".join(f"<p>{each}</p>" for each in (*lead, *asked, NOTE))
    page = f"<html><body><article><h1>{title}</h1>{body}</article></body></html>"
    return read(page.encode(), name="a.html", media_type="text/html")


def one_paragraph_each(title: str, lead: list[str]) -> Reading:
    body = "".join(f"<p>{each}</p>" for each in lead)
    for question, (first, *others) in ASKED:
        body += f"<p><b>{question}</b><br>{first}</p>" + "".join(
            f"<p>{each}</p>" for each in others
        )
    page = f"<html><body><article><h1>{title}</h1>{body}<p>{NOTE}</p></article></body></html>"
    return read(page.encode(), name="a.html", media_type="text/html")


def word_file(title: str, lead: list[str]) -> Reading:
    document = docx.Document()
    document.add_heading(title, 0)
    for each in lead:
        document.add_paragraph(each)
    for question, answer in ASKED:
        document.add_paragraph().add_run(question).bold = True
        for each in answer:
            document.add_paragraph(each)
    document.add_paragraph(NOTE)
    content = io.BytesIO()
    document.save(content)
    return read(content.getvalue(), name="a.docx", media_type=DOCX)


def said(found: Reading, speaker: str) -> list[str]:
    return [found.text[each.start : each.end] for each in found.turns if each.speaker == speaker]


@pytest.mark.parametrize("made", [markdown, web_page, one_paragraph_each, word_file])
def test_what_is_bold_is_asked_and_what_follows_answered(made: type) -> None:
    found = made(TITLE, LEAD)
    assert said(found, "Ana Ruiz") == ANSWERS
    assert said(found, "Karl Holm") == [question for question, _ in ASKED]


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        (
            "Interview with Ana Ruiz",
            ["The ferry stopped in March.", "Karl Holm and Eva Lund saw it."],
        ),
        ("The ferry", ["The mayor left the town. We spoke to Ana Ruiz about the ferry."]),
        ("The ferry", ["By Karl Holm", "Karl Holm talked to Ana Ruiz of the council."]),
        ("Q&A: Ana Ruiz", ["The ferry stopped in March."]),
    ],
)
def test_the_title_or_the_lead_names_who_is_interviewed(title: str, lead: list[str]) -> None:
    found = markdown(title, lead)
    assert said(found, "Ana Ruiz") == ANSWERS
    assert len(found.turns) == 2 * len(ASKED)


@pytest.mark.parametrize(
    "lead",
    [
        ["The ferry of Orla stopped in March."],
        ["Ana Ruiz, the mayor of Orla, met Bo Lund, the head of the council."],
        ["Ana Ruiz spoke to Bo Lund about the ferry."],
    ],
)
def test_where_it_is_not_plain_who_answers_nobody_does(lead: list[str]) -> None:
    assert markdown("The ferry", lead).turns == ()


def test_answers_to_frequent_questions_are_not_those_of_whom_the_page_names() -> None:
    questions = ["Who may use the ferry?", "What does it cost?", "When does it sail?"]
    body = "\n\n".join(f"**{each}**\n\nThis is told at the pier." for each in questions)
    text = f"# The ferry\n\nIt was opened by Ana Ruiz, the mayor of Orla.\n\n{body}\n"
    assert read(text.encode(), name="a.md", media_type="text/markdown").turns == ()
