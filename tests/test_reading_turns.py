"""Speaker turns."""

import io
import re
import textwrap
from pathlib import Path

import docx
import pdf_made
import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.readers import read
from rag.readers.transcripts import find_turns
from rag.schema import Heading, Reading

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEETING = (
    ("Ilse Brandt", "0:58", "Good morning. The commission has received the report on the camps."),
    ("Omar al-Sayed", "1:12", "We counted 41 detainees in two camps.\nNobody was let go in May."),
    ("Ilse Brandt", "1:40", "Who gave the order?"),
)

SHARED = Path(__file__).parents[2] / "shared" / "data"


def turns(text: str) -> list[tuple[str, str]]:
    return [(turn.speaker, text[turn.start : turn.end]) for turn in find_turns(text)]


def turns_in(found: Reading) -> list[tuple[str, str]]:
    return [(turn.speaker, found.text[turn.start : turn.end]) for turn in found.turns]


def said_in(found: Reading) -> list[tuple[str, list[str]]]:
    return [(speaker, words.split()) for speaker, words in turns_in(found)]


def test_a_turn_runs_on_until_the_next_label() -> None:
    text = (
        "Briefing\n\nMODERATOR: Good afternoon.\n\nThe event is on the record.\n\n"
        "AMBASSADOR KOZAK: Thank you.\n\nQUESTION: What about engagement?"
    )
    assert turns(text) == [
        ("MODERATOR", "Good afternoon.\n\nThe event is on the record."),
        ("AMBASSADOR KOZAK", "Thank you."),
        ("QUESTION", "What about engagement?"),
    ]


def test_a_turn_ends_at_a_heading() -> None:
    text = "Q: Why?\n\nA: Because.\n\nAnnex\n\nA list."
    start = text.index("Annex")
    found = find_turns(text, headings=[Heading(2, start, start + 5)])
    assert [(turn.speaker, text[turn.start : turn.end]) for turn in found] == [
        ("Q", "Why?"),
        ("A", "Because."),
    ]


@pytest.mark.parametrize(
    "label",
    [
        "MR. PALLADINO",
        "MS. McENANY",
        "SENATOR O’BRIEN",
        "QUESTION (via interpreter)",
        "THE PRESIDENT",
        "SPEAKER 2",
        "MR. DE LA CRUZ",
        "MINISTER ÖZGÜR-ŞAHİN",
    ],
)
def test_labels_of_many_kinds(label: str) -> None:
    text = f"{label}: I said so.\n\nMODERATOR: Thank you."
    assert turns(text) == [(label, "I said so."), ("MODERATOR", "Thank you.")]


@pytest.mark.parametrize(
    "text",
    [
        "WASHINGTON: The department criticised it.\n\nIt went on.",
        "Note: this is prose.\n\nNote: and this too.",
        "REQUIREMENT 1: It must work.\n\nREQUIREMENT 2: It must be fast.",
        "Requirement 1: It must work.\n\nRequirement 2: It must be fast.",
        "NOTE: One.\n\nWARNING: Two.\n\nNOTE: Three.",
        "FEMA: Preparing a Safe Room\n\nFEMA: Preparing a Safe Room",
        "MAX_LINES: The number of lines.\n\nMIN_LINES: The least number.",
        "CPU: one unit.\n\nGPU: another unit.\n\nRAM: memory.\n\nSSD: storage.",
        "He said: it is so.\n\nShe said: it is not.",
        "The Chair: Ann Holm\n\nThe Secretary: Bo Ruiz\n\nThe Members: five.",
        "Mr. Holm: the early years\n\nDr. Ruiz: the later years\n\nIt rained.",
    ],
)
def test_prose_has_no_turns(text: str) -> None:
    assert turns(text) == []


def test_minutes_have_titles_and_names_in_small_letters() -> None:
    text = (
        "The Chair: I open the meeting.\n\nMr. Okoro (Kenya): The roads are closed.\n\n"
        "They were open in May.\n\nDr. van der Berg: I propose a vote.\n\nThe Chair: So agreed."
    )
    assert turns(text) == [
        ("The Chair", "I open the meeting."),
        ("Mr. Okoro (Kenya)", "The roads are closed.\n\nThey were open in May."),
        ("Dr. van der Berg", "I propose a vote."),
        ("The Chair", "So agreed."),
    ]


def test_a_parliamentary_record_has_places_and_times_beside_names() -> None:
    text = (
        "Mr SPEAKER: Order.\n\nMs HOLM (Lund East) (14:32): Who sold them?\n\n"
        "Mr AL-HASSAN (Minister for Water): The board did.\n\nMs HOLM: When was that?"
    )
    assert [speaker for speaker, _ in turns(text)] == [
        "Mr SPEAKER",
        "Ms HOLM (Lund East)",
        "Mr AL-HASSAN (Minister for Water)",
        "Ms HOLM",
    ]


def test_people_of_an_interview_are_called_by_their_family_names_later() -> None:
    markdown = (
        b"**Ilse Brandt:** Why was it closed?\n\n**Maria de la Cruz:** It was unsafe.\n\n"
        b"**Brandt:** And the cost?\n\n**De la Cruz:** Two million.\n"
    )
    found = turns_in(read(markdown, name="a.md", media_type="text/markdown"))
    assert [speaker for speaker, _ in found] == [
        "Ilse Brandt",
        "Maria de la Cruz",
        "Brandt",
        "De la Cruz",
    ]


def test_names_alone_make_a_conversation_when_they_alternate() -> None:
    text = "KOZAK: We do reports.\n\nPALLADINO: Next question.\n\nKOZAK: Thank you."
    assert [speaker for speaker, _ in turns(text)] == ["KOZAK", "PALLADINO", "KOZAK"]


def test_a_label_without_words_is_no_turn() -> None:
    assert turns("MODERATOR:\n\nAMBASSADOR KOZAK: Yes.") == [("AMBASSADOR KOZAK", "Yes.")]


def test_a_label_may_stand_above_its_words() -> None:
    assert turns("MODERATOR:\n\nGood morning.\n\nQUESTION:\n\nWhy?") == [
        ("MODERATOR", "Good morning."),
        ("QUESTION", "Why?"),
    ]


def test_bold_labels_in_markdown_and_html() -> None:
    markdown = (
        b"**Ambassador Kozak:** One.\n\n**Ms. Ortagus**: Two.\n\n**Ambassador Kozak:** Three.\n"
    )
    page = (
        b"<p><b>Ambassador Kozak:</b> One.</p><p><strong>Ms. Ortagus</strong>: Two.</p>"
        b"<p><b>Ambassador Kozak:</b> Three.</p>"
    )
    expected = [
        ("Ambassador Kozak", "One."),
        ("Ms. Ortagus", "Two."),
        ("Ambassador Kozak", "Three."),
    ]
    assert turns_in(read(markdown, name="a.md", media_type="text/markdown")) == expected
    assert turns_in(read(page, name="a.html", media_type="text/html")) == expected


def test_lines_of_a_transcript_are_turns_without_blank_lines() -> None:
    content = b"QUESTION: Did he say so?\nMR. PALLADINO: He did.\nQUESTION: When?\n"
    found = read(content, name="a.txt", media_type="text/plain")
    assert turns_in(found) == [
        ("QUESTION", "Did he say so?"),
        ("MR. PALLADINO", "He did."),
        ("QUESTION", "When?"),
    ]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation material is not there")
def test_the_briefing_of_ambassador_kozak() -> None:
    path = SHARED / "transcripts" / "kozak-foreign-press-center-2019-03-13.txt"
    found = read(path.read_bytes(), name=path.name, media_type="text/plain")
    (moderator, first), (speaker, second) = turns_in(found)
    assert (moderator, speaker) == ("MODERATOR", "AMBASSADOR KOZAK")
    assert first.startswith("Good afternoon, ladies")
    assert first.endswith("over to Ambassador Kozak.")
    assert second.startswith("Well, thank you very much")
    assert second.count("\n\n") == 1


@pytest.mark.parametrize(
    "form",
    [
        "{name}   {at}\n{words}\n\n",
        "{name}   {at}\n\n{words}\n\n",
        "[{name}] {at}\n{words}\n\n",
        "[{at}] {name}: {words}\n\n",
        "[{at}] {name}: {words}\n",
        "{name} ({at}): {words}\n\n",
        "{at}\t From  {name} : {words}\n",
        "{at} From {name} to Everyone:\n\t{words}\n",
    ],
)
def test_times_beside_names_are_places_and_no_text(form: str) -> None:
    text = "".join(form.format(name=name, at=at, words=words) for name, at, words in MEETING)
    found = read(text.encode(), name="meeting.txt", media_type="text/plain")
    assert said_in(found) == [(name, words.split()) for name, _, words in MEETING]
    places = [(page.label, found.text[page.start : page.end].strip()) for page in found.pages]
    assert [label for label, _ in places] == ["at 0:58", "at 1:12", "at 1:40"]
    assert all(
        words.startswith(name) for (_, words), (name, *_) in zip(places, MEETING, strict=True)
    )


def test_names_and_times_above_turns_in_a_word_file() -> None:
    document = docx.Document()
    document.add_heading("Hearing of 3 May", 0)
    for name, at, words in MEETING:
        line = document.add_paragraph()
        line.add_run(name).bold = True
        line.add_run(f"   {at}").add_break()
        line.add_run(words)
    content = io.BytesIO()
    document.save(content)
    found = read(content.getvalue(), name="hearing.docx", media_type=DOCX)
    assert said_in(found) == [(name, words.split()) for name, _, words in MEETING]
    assert [page.label for page in found.pages] == ["at 0:58", "at 1:12", "at 1:40"]
    assert found.text.startswith("Hearing of 3 May")


@pytest.mark.parametrize(
    "text",
    [
        "Registration 8:30\n\nOpening Session 9:00\n\nCoffee 10:30\n\nCoffee 15:30\n\n",
        "Ann Holm 3:15 won.\n\nBob Lund 3:02 lost.\n\nAnn Holm 2:59 won again.\n\n",
        "Monday 10:30 we met.\n\nTuesday 11:00 we left.\n\nWednesday 12:00 it was over.\n\n",
    ],
)
def test_programmes_results_and_diaries_are_no_transcripts(text: str) -> None:
    found = read(text.encode(), name="x.txt", media_type="text/plain")
    assert not found.turns
    assert all(time in found.text for time in re.findall(r"\d+:\d\d", text))


def in_pdf(form: str, *, gap: int) -> Reading:
    """The meeting six times over, printed on pages; with ``gap`` points between turns."""
    said = [(name, f"{3 + at}:05", words) for at, (name, _, words) in enumerate(MEETING * 12)]

    def draw(canvas: Canvas) -> None:
        y = pdf_made.TOP
        for name, at, words in said:
            if y < pdf_made.BOTTOM + 80:
                canvas.showPage()
                y = pdf_made.TOP
            for line in form.format(name=name, at=at, words=words).splitlines():
                for part in textwrap.wrap(line, 70):
                    canvas.drawString(pdf_made.LEFT, y, part)
                    y -= 14
            y -= gap

    return pdf_made.reading(pdf_made.made(draw))


@pytest.mark.parametrize(
    ("form", "gap"),
    [
        ("{name}   {at}\n{words}", 12),
        ("[{name}] {at}\n{words}", 12),
        ("[{at}] {name}: {words}", 0),
        ("{at} From {name} to Everyone:\n{words}", 12),
    ],
)
def test_a_transcript_printed_to_pdf_has_turns_and_pages(form: str, gap: int) -> None:
    found = in_pdf(form, gap=gap)
    expected = [(name, words.split()) for name, _, words in MEETING * 12]
    assert said_in(found) == expected
    assert len(found.pages) > 1
    assert {page.kind for page in found.pages} == {"page"}
    second = found.turns[
        next(at for at, turn in enumerate(found.turns) if turn.start >= found.pages[1].start)
    ]
    begins = found.text[found.pages[1].start : second.start]
    assert begins.startswith(second.speaker), "the page begins before the name"
    assert "(3:05): Good morning." in found.text, "the time stands behind the name"
