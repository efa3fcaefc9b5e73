"""WebVTT captions: paragraphs, speakers, and what is refused."""

import pytest

from rag.errors import DamagedFile, EmptyDocument
from rag.readers import media_type_of, read
from rag.schema import Reading

CAPTIONS = """WEBVTT - Briefing

STYLE
::cue { color: white }

NOTE The words of this note are in no cue.

1
00:00:01.000 --> 00:00:04.000 align:start
<v Michael Kozak>The reports cover
<b>199 countries</b> &amp; territories.</v>

00:04.000 --> 00:06.500
<v Michael Kozak>If 3 < 4 --> fine.

a name
00:07.000 --> 00:09.000
<v.loud Question>Why does Congress ask for them?</v> <v Michael Kozak>By law.</v> (Laughter.)
"""

ROLLING = """WEBVTT
Kind: captions

00:00:00.000 --> 00:00:02.000 align:start position:0%
\x20
no<00:00:00.500><c> rights</c><00:00:01.000><c> were</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
no rights were
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
no rights were
restricted<00:00:03.000><c> there</c>
"""


def captions(text: str) -> Reading:
    content = text.encode()
    return read(content, name="a.vtt", media_type=media_type_of("a.vtt", content))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_voices_are_turns_and_a_word_without_a_voice_is_nobodys(line_end: str) -> None:
    found = captions(CAPTIONS.replace("\n", line_end))
    assert found.text.split("\n\n") == [
        "Michael Kozak: The reports cover 199 countries & territories. If 3 < 4 --> fine.",
        "Question: Why does Congress ask for them?",
        "Michael Kozak: By law.",
        "(Laughter.)",
    ]
    assert [(turn.speaker, found.text[turn.start : turn.end][:8]) for turn in found.turns] == [
        ("Michael Kozak", "The repo"),
        ("Question", "Why does"),
        ("Michael Kozak", "By law."),
    ]


def test_lines_that_roll_up_are_said_once() -> None:
    assert captions(ROLLING).text == "no rights were restricted there"
    repeated = "WEBVTT\n\n00:01.000 --> 00:02.000\nNo.\n\n00:03.000 --> 00:04.000\nNo.\n"
    assert captions(repeated).text == "No. No."


def test_what_is_no_captions_is_refused() -> None:
    with pytest.raises(DamagedFile, match="WEBVTT"):
        captions("1\n00:00:01,000 --> 00:00:04,000\nSubRip has commas.\n")
    with pytest.raises(EmptyDocument):
        captions("WEBVTT\n\nNOTE nothing is said\n")
