"""Answers of each kind as the chat shows them, and what of them is history."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from page_texts import HOSTILE, rendered, texts

from rag.app.text import arranged
from rag.app.web.chat.answer_markdown import answer_markdown
from rag.app.web.chat.plain_history import plain_text
from rag.app.web.shared.places import parse_token
from rag.cite.answers import Answer, Message, Statement
from rag.cite.citations import label
from rag.export.records import Place
from rag.schema import Citation, Condition, Hit, Metadata, Passage

CHAT_TAGS = {
    "html", "body", "p", "blockquote", "strong", "em", "a", "ul", "li", "div", "details",
    "summary", "h3", "h4", "bdi", "span", "button",
}  # fmt: skip


@st.composite
def cited(draw: st.DrawFn, number: int, quote: str) -> Citation:
    return Citation(
        number=number,
        document_id=draw(texts),
        passage_id=f"p{number}",
        source=draw(texts),
        title=draw(texts),
        publisher=draw(st.none() | texts),
        date=draw(st.none() | texts),
        page=draw(st.none() | st.just(3)),
        page_label=draw(st.none() | texts),
        section=draw(st.none() | texts),
        speaker=draw(st.none() | texts),
        start=10,
        end=20,
        quote=quote,
        reported=draw(st.booleans()),
    )


MARKS = ("verbatim", "follows", "unchecked")


@st.composite
def stated(draw: st.DrawFn, citation: Citation) -> Statement:
    side = draw(st.none() | st.sampled_from(["2017", HOSTILE[0]]))
    if draw(st.booleans()):
        return Statement(citation.quote, "quote", (citation.number,), "verbatim", side)
    found = draw(st.booleans())
    return Statement(
        draw(texts),
        "generated",
        draw(st.sampled_from([(), (citation.number,), (citation.number, 99)])),
        draw(st.sampled_from(MARKS)) if found else "not_found",
        side,
        None if found else draw(st.none() | texts),
    )


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    quotes = draw(st.lists(texts, min_size=1, max_size=3))
    citations = tuple(draw(cited(number, quote)) for number, quote in enumerate(quotes, 1))
    metadata = Metadata(title=draw(st.none() | texts), country=draw(st.none() | texts))
    passage = Passage("other", draw(texts), 0, 9, draw(texts), draw(st.none() | texts), draw(texts))
    return Answer(
        question=draw(texts),
        query=draw(texts),
        text=draw(texts),
        abstained=draw(st.booleans()),
        reason=draw(st.none() | texts),
        statements=tuple(draw(stated(one)) for one in citations),
        citations=citations,
        hits=(Hit(1, 1.0, passage, draw(texts), metadata, (passage,)),),
        confidence=draw(st.floats(0, 1)),
        final=draw(st.booleans()),
        kind=draw(st.sampled_from(["fact", "comparison", "count"])),
        notes=tuple(draw(st.lists(texts, max_size=2))),
        model=draw(st.none() | texts),
        invented=draw(st.integers(0, 2)),
    )


def in_order(answer: Answer) -> list[Statement]:
    order = arranged(answer.statements)
    return [*order.before, *(each for _, side in order.sides for each in side), *order.after]


_ALLOWED = {"a": {"href", "title"}, "button": {"class", "type"}, "span": {"class", "tabindex"}}
CLASSES = {
    "div": {
        *("searched", "searched alone", "note", "written", "sides", "side", "verbatim", "follows"),
        *("unchecked", "not-found", "filtered", "nearest", "footing", "judging", "basis", "cited"),
        *("said", "said best", "all-passages"),
    },
    "span": {"query", "support", "whose", "rest"},
    "button": {"plain again", "plain judge", "plain doubt", "plain unfiltered", "plain share"},
    "details": {"also", "why"},
}


@given(
    answers(),
    st.lists(st.builds(Condition, texts, st.just("="), texts), max_size=2),
    st.booleans(),
)
def test_an_answer_holds_no_markup_but_its_own(
    answer: Answer, where: list[Condition], alone: bool
) -> None:
    markdown = answer_markdown(answer, where=where, alone=alone)
    page = rendered(markdown)
    assert {tag.name for tag in page.find_all(True)} <= CHAT_TAGS
    for tag in page.find_all(True):
        allowed = _ALLOWED.get(tag.name, {"class"})
        assert set(tag.attrs) <= allowed
        assert " ".join(tag.get("class") or []) in CLASSES.get(tag.name, set()) | {""}
    offered = (
        "Edit and search again",
        "Ask without filters",
        "Right",
        "Not right",
        "Share by link",
    )
    for button in page.find_all("button"):
        assert button.get_text() in offered
    for link in page.find_all("a"):
        if str(link["href"]).startswith("#search"):
            assert re.fullmatch(r"#search&q=[\w.%~-]+", str(link["href"]), re.ASCII)
            continue
        assert re.fullmatch(r"#src=[\w.-]+", str(link["href"]), re.ASCII)
        place = parse_token(str(link["href"]).removeprefix("#src="))
        assert place is not None
    words = re.sub(r"\(#src=[\w.-]+", "", markdown)
    assert not re.search(r"\$\{|\{\{|https?://|www\.\S|@", words)


CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]")


@given(answers())
def test_quotations_are_shown_whole(answer: Answer) -> None:
    if answer.abstained and answer.final:
        return
    quotes = rendered(answer_markdown(answer)).find_all("blockquote")
    expected = [
        f"{one.text}[{one.citations[0]}]" for one in in_order(answer) if one.kind == "quote"
    ]
    shown = [quote.get_text() for quote in quotes]
    assert [len(CONTROL.sub("", one)) for one in shown] == [
        len(CONTROL.sub("", one)) for one in expected
    ]


@given(answers())
def test_an_answer_links_to_the_cited_characters(answer: Answer) -> None:
    if answer.abstained and answer.final:
        return
    links = rendered(answer_markdown(answer)).select(
        "blockquote a, :is(.verbatim, .follows, .unchecked, .not-found) a"
    )
    places = [parse_token(str(link["href"]).removeprefix("#src=")) for link in links]
    by_number = {one.number: one for one in answer.citations}
    numbers = [number for one in in_order(answer) for number in one.citations]
    assert places == [
        Place(by_number[number].document_id, 10, 20) for number in numbers if number in by_number
    ]


@given(answers(), st.booleans())
def test_history_is_what_was_said_and_by_whom(answer: Answer, alone: bool) -> None:
    if answer.abstained and answer.final:
        return
    where = [Condition("country", "=", "Ethiopia")]
    shown = Message("assistant", answer_markdown(answer, where=where, alone=alone))
    by_number = {one.number: one for one in answer.citations}
    kept = []
    for group in (arranged(answer.statements).before, *_sides(answer), ()):
        whose = after = None
        for one in group:
            cited = by_number[one.citations[0]] if one.kind == "quote" else None
            voice = cited and (cited.document_id, cited.speaker, cited.reported)
            if cited and voice != whose:
                rest = group[group.index(one) :]
                voices = [_voice(each, by_number) for each in rest]
                other = next((n for n, each in enumerate(voices) if each != voice), len(rest))
                run = rest[:other]
                sources = [by_number[each.citations[0]] for each in run]
                told = label(sources, among=answer.citations, after=after)
                kept.append(CONTROL.sub("", ",".join(filter(None, told))))
                after = sources[-1]
            whose = voice
            if one.support != "not_found":
                kept.append(CONTROL.sub("", one.text))
    assert CONTROL.sub("", plain_text(shown).content) == "".join(kept)


def _voice(statement: Statement, cited: dict[int, Citation]) -> tuple[object, ...] | None:
    if statement.kind != "quote":
        return None
    first = cited[statement.citations[0]]
    return first.document_id, first.speaker, first.reported


def _sides(answer: Answer) -> list[tuple[Statement, ...]]:
    order = arranged(answer.statements)
    return [*(statements for _, statements in order.sides), order.after]


def test_an_abstention_is_no_answer() -> None:
    passage = Passage("p", "d", 0, 5, "Words")
    answer = Answer(
        "Q?",
        "Q?",
        abstained=True,
        reason="No passage.",
        hits=(Hit(1, 1, passage, "s", Metadata(), (passage,)),),
    )
    shown = answer_markdown(answer, where=[Condition("country", "=", "Ethiopia")])
    assert shown.startswith("### The reports in this collection do not answer that.")
    assert "Not an answer, but close:" in shown
    assert "country: Ethiopia" in shown
    assert "Ask without filters" in shown
    assert "Confidence that these reports answer the question: low." in shown
    assert "absence of reporting is not evidence of absence" in shown
    assert not rendered(shown).find_all("blockquote")
    assert "Ask without filters" not in answer_markdown(answer)
    kept = plain_text(Message("assistant", shown)).content
    assert kept.startswith("The reports in this collection do not answer that.\nNo passage.")
    assert "Words" not in kept
    assert "Ethiopia" not in kept


def quote(number: int, words: str, **changes: object) -> Citation:
    made = Citation(
        number, "d", f"p{number}", "s.txt", "Impunity", "Turan", "2019-03-13", None, None, None,
        "Michael Kozak", 0, len(words), words,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def verbatim(citation: Citation, side: str | None = None) -> Statement:
    return Statement(citation.quote, "quote", (citation.number,), "verbatim", side)


def test_what_was_searched_for_is_shown_unless_it_is_the_question() -> None:
    same = answer_markdown(Answer("Why?", " Why? ", final=False))
    assert "Searched for" not in same
    page = rendered(answer_markdown(Answer("And <b>?", "What of *Kozak* & <b>?", final=False)))
    query = page.select_one(".searched .query")
    assert query is not None
    assert query.get_text() == "What of *Kozak* & <b>?"
    assert page.select_one(".searched button.again") is not None


def test_sides_stand_under_their_names_with_their_own_footnotes() -> None:
    said = [quote(number, f"Words {number}.") for number in range(1, 5)]
    statements = [verbatim(one, side) for one, side in zip(said, "ABA ", strict=True)]
    answer = Answer("Q", "Q", statements=(*statements[:3], verbatim(said[3])), citations=(*said,))
    page = rendered(answer_markdown(answer))
    shown = [
        (side.h4.get_text(), [one.get_text(strip=True) for one in side.find_all("blockquote")])
        for side in page.select(".sides > .side")
        if side.h4
    ]
    assert shown == [("A", ["Words 1.[1]", "Words 3.[3]"]), ("B", ["Words 2.[2]"])]
    after = [one for one in page.find_all("blockquote") if not one.find_parent(class_="sides")]
    assert [one.get_text(strip=True) for one in after] == ["Words 4.[4]"]


def test_cautions_stand_over_the_statements_in_words() -> None:
    said = quote(1, "Words.")
    answer = Answer(
        "Q", "Q", statements=(verbatim(said),), citations=(said,), notes=("the outline changed",)
    )
    shown = answer_markdown(answer)
    assert rendered(shown).select_one(".note").get_text(strip=True) == (  # type: ignore[union-attr]
        "Caution:The outline changed."
    )
    assert shown.index("Caution:") < shown.index("> Words.")
    abstained = replace(answer, abstained=True, statements=(), citations=())
    assert "The outline changed." in answer_markdown(abstained)


def test_reported_words_say_by_whom_they_are_reported() -> None:
    said = [quote(1, "He said no.", reported=True), quote(2, "No.")]
    answer = Answer("Q", "Q", statements=(*map(verbatim, said),), citations=(*said,))
    lines = plain_text(Message("assistant", answer_markdown(answer))).content.splitlines()
    assert lines == [
        "Michael Kozak (reported), 2019, as reported by Turan, Impunity, 13 March 2019",
        "He said no.",
        "Michael Kozak, Impunity, Turan, 13 March 2019",
        "No.",
    ]


GENERATED = Answer(
    "How many?",
    "How many?",
    statements=(
        Statement("There were 128.", "generated", (1,), "follows"),
        Statement("There were 170.", "generated", (1,), "not_found", None, "the figure 170"),
    ),
    citations=(quote(1, "There were 128 prisoners."),),
    confidence=0.9,
    model="ollama:llama3.1",
    invented=1,
)


def test_generated_sentences_say_what_was_found_of_them() -> None:
    shown = answer_markdown(GENERATED)
    page = rendered(shown)
    assert [one.get_text() for one in page.select(".follows .support")] == ["follows from [1]"]
    assert [one.get_text() for one in page.select(".not-found .support")] == [
        "not found: the figure 170"
    ]
    words = " ".join(page.get_text().split())
    assert "Written by ollama:llama3.1; every sentence was checked against the passages" in words
    assert "Of 2, 1 has something that was not found. 1 invented citation was dropped." in words
    assert plain_text(Message("assistant", shown)).content == "There were 128."
    growing = " ".join(
        rendered(answer_markdown(replace(GENERATED, final=False))).get_text().split()
    )
    assert "was checked" not in growing
    assert "Being written by ollama:llama3.1" in growing


def test_sentences_in_place_of_a_count_are_not_called_an_answer() -> None:
    said = quote(1, "Words.")
    answer = Answer(
        "How many?", "How many?", kind="count", confidence=0.9,
        statements=(verbatim(said),), citations=(said,), notes=("Counting is refused.",),
    )  # fmt: skip
    words = " ".join(rendered(answer_markdown(answer)).get_text().split())
    assert "Caution: Counting is refused." in words
    assert "they are no count" in words
    assert "answer the question" not in words


def test_near_passages_begin_with_their_sentences_and_name_their_section() -> None:
    passage = Passage("p", "d", 0, 5, "Report\n\nPrisons\n\nWords of it.", "Report > Prisons")
    hit = Hit(1, 1, passage, "s", Metadata(title="Report"), (passage,))
    shown = answer_markdown(Answer("Q?", "Q?", abstained=True, hits=(hit,)))
    assert "- [Report, Prisons](#src=d.0.5): Words of it.\n" in shown
