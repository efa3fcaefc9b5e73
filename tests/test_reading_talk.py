"""SubRip captions, captions and chats under the name of a text, and what is none of these."""

from __future__ import annotations

import pytest

from rag.errors import DamagedFile
from rag.readers import media_type_of, read
from rag.schema import Reading

SUBRIP = """1
00:00:01,000 --> 00:00:03,500
Judge Orlova:
<i>Where were you on the</i>
night of the fire?

2
00:00:04,000 --> 00:00:06,000 X1:40 X2:600 Y1:20 Y2:50
Mr. de Vries: In the mill, with

3
00:00:06,100 --> 00:00:08,000
{\\an8}my two brothers.

4
01:00:09,000 --> 01:00:12,000
(People shout.)

1999 was a bad year.

5
01:00:13,000 --> 01:00:14,000
Judge Orlova: And then?
"""


def reading_of(text: str, name: str) -> Reading:
    content = text.encode()
    return read(content, name=name, media_type=media_type_of(name, content))


def turns(found: Reading) -> list[tuple[str, str]]:
    return [(turn.speaker, found.text[turn.start : turn.end]) for turn in found.turns]


def at(found: Reading, words: str) -> str | None:
    start = found.text.index(words)
    return next(page.label for page in found.pages if page.start <= start < page.end)


@pytest.mark.parametrize("name", ["trial.srt", "trial.txt"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_names_at_the_beginning_of_captions_are_speakers(name: str, line_end: str) -> None:
    found = reading_of("\ufeff" + SUBRIP.replace("\n", line_end), name)
    assert turns(found) == [
        ("Judge Orlova", "Where were you on the night of the fire?"),
        ("Mr. de Vries", "In the mill, with my two brothers."),
        ("Judge Orlova", "And then?"),
    ]
    assert "(People shout.) 1999 was a bad year." in found.text.split("\n\n")
    assert at(found, "my two brothers") == "00:00:06"
    assert at(found, "1999 was") == "01:00:09"
    assert found.pages[-1].end == len(found.text)


def test_a_colon_in_one_caption_makes_no_speaker() -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\nParis: the morning after\n"
    assert reading_of(cue, "a.srt").turns == ()


def test_what_is_no_subrip_is_refused() -> None:
    with pytest.raises(DamagedFile, match="SubRip"):
        reading_of("A report.\n\nIt has no captions.\n", "a.srt")


@pytest.mark.parametrize(
    ("stamps", "first"),
    [
        ("[12/03/2019, 10:15:32] |[12/03/2019, 10:16:01] |[13/03/2019, 08:00:00] ", "12/03/2019"),
        ("3/12/19, 10:15\u202fAM - |3/12/19, 10:16\u202fAM - |3/13/19, 8:00\u202fAM - ", "3/12/19"),
        ("12.03.19, 10:15 - |12.03.19, 10:16 - |13.03.19, 08:00 - ", "12.03.19"),
        ("[2019-03-12 10:15] |[2019-03-12 10:16] |[2019-03-13 08:00] ", "2019-03-12"),
    ],
)
def test_messages_of_a_chat_are_the_words_of_who_wrote_them(stamps: str, first: str) -> None:
    one, two, three = stamps.split("|")
    found = reading_of(
        f"\u200e{one}Messages are end-to-end encrypted.\n"
        f"{one}Ana Ruiz: The convoy left Tarn at six.\nIt had nine lorries.\n"
        f"{two}~ +351 912 345: \u200eWho saw it: you?\n\n{three}Ana Ruiz: The miller did.\n",
        "_chat.txt",
    )
    assert turns(found) == [
        ("Ana Ruiz", "The convoy left Tarn at six. It had nine lorries."),
        ("~ +351 912 345", "Who saw it: you?"),
        ("Ana Ruiz", "The miller did."),
    ]
    assert found.text.split("\n\n")[0] == "Messages are end-to-end encrypted."
    assert (at(found, "The convoy") or "").startswith(f"message of {first}")
    assert (at(found, "The miller") or "") == "message of " + three.strip("[] -").replace("] ", "")


@pytest.mark.parametrize(
    "text",
    [
        "[2019-03-12 10:15:00] ERROR: no disk\n[2019-03-12 10:15:01] INFO: retried\n",
        "12/03/2019, 10:15 - arrival at the camp.\n\nWe counted ninety tents.\n",
        "At 10:15 - Ana: said so.\n",
    ],
)
def test_what_is_no_chat_stays_a_text(text: str) -> None:
    found = reading_of(text, "notes.txt")
    assert found.pages == ()
    assert found.text.split() == text.split()


@pytest.mark.parametrize(
    "placeholder",
    [
        "<Media omitted>",
        "<Medien ausgeschlossen>",
        "\u200eimage omitted",
        "image omitted",
        "This message was deleted",
        "Данное сообщение удалено",
        "You deleted this message.",
        "PTT-20190503-WA0004.opus (file attached)",
        "\u200e<attached: 00000012-PHOTO-2019-05-03.jpg>",
    ],
)
def test_what_the_program_puts_in_the_place_of_a_message_is_nobodys(placeholder: str) -> None:
    text = (
        "[03/05/2019, 14:02:11] Ann Holm: Where are the trucks?\n"
        f"[03/05/2019, 14:03:00] Omar: {placeholder}\n"
        "[03/05/2019, 14:04:10] Omar: At the mill. <This message was edited>\n"
        "[03/05/2019, 14:05:10] Omar: Deleted? This message was deleted by whom?\n"
    )
    found = reading_of(text, "chat.txt")
    assert turns(found) == [
        ("Ann Holm", "Where are the trucks?"),
        ("Omar", "At the mill."),
        ("Omar", "Deleted? This message was deleted by whom?"),
    ]
    shown = placeholder.strip("\u200e")
    assert f"[Omar: {shown}]" in found.text.split("\n\n"), "who sent it is told"


def test_the_words_sent_with_a_picture_are_their_senders() -> None:
    text = (
        "03/05/2019, 14:02 - Ann Holm: IMG-20190503-WA0001.jpg (file attached)\nThe gate at noon.\n"
        "03/05/2019, 14:03 - Omar: Thanks.\n"
    )
    found = reading_of(text, "chat.txt")
    assert turns(found) == [("Ann Holm", "The gate at noon."), ("Omar", "Thanks.")]
