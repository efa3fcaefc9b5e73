"""Citation lookup in real indexes: every place, what differs, and what is not there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from quotations import Drawn, draw

from rag.answer import Chatbot
from rag.errors import QueryError, SourceNotFound
from rag.ingest.pipeline import ingest
from rag.quotes.lookup import check_quotation
from rag.quotes.records import Verification
from rag.schema import Citation
from rag.settings import Settings
from rag.store import Store

OpenIndex = Callable[..., Store]

MEMO = """The minister's memo

Twelve people were killed in Gambela on 3 May 2018, and nobody was held to account. The minister
said that the police did not fire. She said it twice, in the morning and in the evening. “We are
free,” she said.

Later the commission found that the police had fired 112 rounds into the crowd in Gambela.
"""
REPLY = """A reply

The minister said that the police did not fire. The commission never answered her letters.
"""


@pytest.fixture
def index(open_index: OpenIndex, tmp_path: Path) -> Store:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "memo.txt").write_text(MEMO)
    (folder / "reply.txt").write_text(REPLY)
    opened = open_index()
    assert not ingest(opened, [folder]).failed
    return opened


def assert_exact(index: Store, citation: Citation) -> None:
    document = index.document(citation.document_id)
    assert document is not None
    assert document.text[citation.start : citation.end] == citation.quote


def differences(result: Verification) -> list[tuple[str, str]]:
    return [(each.yours, each.source) for each in result.matches[0].differences]


def test_every_place_is_listed(index: Store) -> None:
    result = check_quotation(index, "the police did not fire")
    assert result.status == "verbatim"
    assert result.total == 2
    assert [match.citation.source for match in result.matches] == ["memo.txt", "reply.txt"]
    assert [match.citation.number for match in result.matches] == [1, 2]
    for match in result.matches:
        assert match.similarity == 1.0
        assert not match.differences
        assert_exact(index, match.citation)
        assert match.citation.passage_id.startswith(match.citation.document_id)


@pytest.mark.parametrize(
    "quote",
    [
        "in the evening",
        "it twice",
        "12 people",
        "the crowd in Gambela.”",
        "She said it twice, in the morning and in the evening. ‘We are free,’ she said. Later the "
        "commission found that the police had fired 112 rounds",
    ],
)
def test_short_common_and_long_quotations(index: Store, quote: str) -> None:
    expected = "not_found" if quote == "12 people" else "verbatim"
    assert check_quotation(index, quote).status == expected


def test_parts_of_a_quotation_have_their_places(index: Store) -> None:
    result = check_quotation(index, "Twelve people were killed […] and nobody was held to account")
    (match,) = result.matches
    assert result.status == "verbatim"
    assert [part.quote for part in match.parts] == [
        "Twelve people were killed",
        "and nobody was held to account",
    ]
    assert match.citation.quote.startswith("Twelve people were killed in Gambela on")
    assert_exact(index, match.citation)
    across = check_quotation(index, "nobody was held to account … never answered her letters")
    assert across.status != "verbatim"


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("The minister said that the police did fire.", [("", "not")]),
        ("the police had fired 12 rounds into the crowd", [("12", "112")]),
        ("Twelve people were killed in Asosa on 3 May 2018", [("Asosa", "Gambela")]),
        ("She never said it twice, in the morning and in the evening", [("never", "")]),
        (
            "the police had fired rounds into the crowd in gambela",
            [("", "112"), ("gambela", "Gambela")],
        ),
        ("The minister … said that the police did not run", [("run", "fire")]),
        (
            "Twelve people were killed and nobody was held to account",
            [("", "in Gambela on 3 May 2018,")],
        ),
        (  # pasted with what stands between two pages
            "She said it twice, in the morning 44 Report of the Commission Annex II and in the "
            "evening.",
            [("44 Report of the Commission Annex II", "")],
        ),
    ],
)
def test_differences_are_named(index: Store, quote: str, expected: list[tuple[str, str]]) -> None:
    result = check_quotation(index, quote)
    assert result.status == "near"
    assert differences(result) == expected
    match = result.matches[0]
    assert 0.5 < match.similarity < 1
    document = index.document(match.citation.document_id)
    assert document is not None
    for each in match.differences:
        assert " ".join(document.text[each.start : each.end].split()) == each.source
        assert " ".join(quote[each.yours_start : each.yours_end].split()) == each.yours


@pytest.mark.parametrize(
    "quote",
    [
        "Police killed twelve people and the minister never wrote about Gambela again",
        "The commission said the minister had not been in the crowd that evening",
        "Nobody could have known what the harvest would bring to the northern valleys",
        "The minister said that nobody in the whole government of the republic had ever been told "
        "by anyone in the army that the police did not fire",
    ],
)
def test_shared_words_are_not_a_quotation(index: Store, quote: str) -> None:
    result = check_quotation(index, quote)
    assert result.status == "not_found"
    assert not result.matches
    for match in result.closest:
        assert match.similarity < 0.6
        assert_exact(index, match.citation)


def test_words_of_another_source_are_told(index: Store) -> None:
    quote = "The commission never answered her letters"
    result = check_quotation(index, quote, source="memo.txt")
    assert result.status == "not_found"
    assert not result.matches
    assert [match.citation.source for match in result.elsewhere] == ["reply.txt"]
    assert result.note == "stands in reply.txt, not in memo.txt"
    both = check_quotation(index, "the police did not fire", source="reply.txt")
    assert [match.citation.source for match in both.matches] == ["reply.txt"]
    assert [match.citation.source for match in both.elsewhere] == ["memo.txt"]
    with pytest.raises(SourceNotFound, match=r"rag list"):
        check_quotation(index, quote, source="letters.txt")


def test_what_changes_is_seen_at_once(index: Store, tmp_path: Path) -> None:
    quote = "the harbour was closed for a week"
    assert check_quotation(index, quote).status == "not_found"
    (tmp_path / "new.txt").write_text("They wrote that the harbour was closed for a week.")
    ingest(index, [tmp_path / "new.txt"])
    assert check_quotation(index, quote).status == "verbatim"


def test_one_word_is_too_short(index: Store) -> None:
    with pytest.raises(QueryError, match="too short"):
        check_quotation(index, "“police”")


def test_speakers_and_pages_are_those_of_the_words(chatbot: Chatbot) -> None:
    index = chatbot.index
    turns = [
        (document, turn)
        for information in index.documents()
        if (document := index.document(information.id)) is not None
        for turn in document.turns
        if turn.end - turn.start > 60
    ]
    document, turn = turns[len(turns) // 2]
    quote = " ".join(document.text[turn.start : turn.end].split()[:12])
    (match,) = check_quotation(index, quote, speaker=turn.speaker.split()[-1].lower()).matches
    assert match.citation.speaker == turn.speaker
    elsewhere = check_quotation(index, quote, speaker="Nobody At-All")
    assert elsewhere.status == "not_found"
    assert elsewhere.note is not None
    assert turn.speaker in elsewhere.note
    paged = next(
        document
        for information in index.documents()
        if (document := index.document(information.id)) is not None and len(document.pages) > 1
    )
    page = paged.pages[1]
    quote = " ".join(paged.text[page.start + 80 : page.start + 260].split()[1:-1])
    (match,) = check_quotation(index, quote).matches
    assert match.citation.page == page.number
    across = " ".join(paged.text[page.start - 80 : page.start + 80].split()[1:-1])
    (match,) = check_quotation(index, across).matches
    assert match.citation.page == 1


# Drawn quotations.


def texts_of(index: Store) -> dict[str, str]:
    documents = [index.document(information.id) for information in index.documents()]
    return {document.source: document.text for document in documents if document is not None}


def assert_told_right(index: Store, drawn: Drawn) -> bool:
    """Whether an altered quotation was found near, in its document, with its difference."""
    result = check_quotation(index, drawn.text)
    if drawn.kind == "verbatim":
        places = [
            (match.citation.source, drawn.start - 1 <= match.citation.start <= drawn.start + 1)
            for match in result.matches
        ]
        assert result.status == "verbatim", drawn
        assert (drawn.source, True) in places, drawn
        return True
    assert result.status != "verbatim", drawn
    return result.status == "near" and any(
        match.citation.source == drawn.source
        and drawn.yours in difference.yours
        and drawn.theirs in difference.source
        for match in result.matches
        for difference in match.differences
    )


def test_drawn_quotations_of_the_sample_corpus(chatbot: Chatbot) -> None:
    drawn = draw(texts_of(chatbot.index), seed=3, verbatim=60, altered=60, invented=30)
    right = [assert_told_right(chatbot.index, each) for each in drawn if each.kind != "invented"]
    assert sum(right) >= 118
    for each in drawn:
        if each.kind == "invented":
            assert check_quotation(chatbot.index, each.text).status != "verbatim", each


def test_lookup_needs_no_model(sample_settings: Settings) -> None:
    program = (
        "import sys; from pathlib import Path; from rag.store import Index; "
        "from rag.settings import load_settings; from rag.quotes.lookup import check_quotation; "
        f"index = Index.open(load_settings(index=Path({str(sample_settings.index)!r}))); "
        "check_quotation(index, 'nobody wrote that the sea was on fire'); "
        "print('torch' in sys.modules, 'sentence_transformers' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.strip() == "False False"
