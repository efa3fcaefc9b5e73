"""What counts as the same words, and what never does."""

from __future__ import annotations

import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rag.errors import QueryError
from rag.language.folding import canonical, canonical_character
from rag.quotes.alignment import align
from rag.quotes.fingerprint import Fingerprint, Needle
from rag.quotes.normal_form import joined, tokenise
from rag.quotes.places import contains_verbatim
from rag.quotes.quotation import read_quotation

SENTENCE = (
    "The Government—which was re-elected in 2018—didn’t pay $3.5 million (5 % of 1,000) to "
    "non-violent groups in the U.S. for co-operation with “El Niño” at -5 degrees."
)

SAME = [
    ("which was re-elected in 2018 - didn't pay", "typed marks and dashes"),
    ("which was re–elected in 2018 — didn’t", "another dash, spaced"),
    ("non-violent\n groups   in\u00a0the U.S.", "white space"),
    ("Government—which was re-elec-\nted in 2018", "a word broken at a line end"),
    ("Government—which was re-elec\u00ad\nted in 2018", "broken with a soft hyphen"),
    ("for co-\noperation with", "a compound broken at its hyphen"),
    ("“groups in the U.S.”", "marks around it"),
    ("groups in the U.S. for co-operation,", "a comma of the quoter"),
    ("Groups in the U.S.", "a capital at the start"),
    ("with 'El Niño' at", "single marks for double ones"),
    ("with “El Nin\u0303o” at", "a decomposed accent"),
    ("the Government—which"[4:], "from the middle"),
    ("[t]he Government—which was", "a bracketed first letter"),
    ("[G]roups in the U.S.", "a bracketed capital"),
    ("The Government […] didn’t pay $3.5 million", "an ellipsis in brackets"),
    ("The Government … didn’t pay ... for co-operation", "two ellipses"),
    ("didn’t pay $3.5 million (5 % of 1,000) to non-", "a word cut off openly"),
    ("The Government [of the day]—which was re-elected", "a remark in brackets"),
]

DIFFERENT = [
    ("The government—which was", "case inside"),
    ("which was elected in 2018", "a part of a compound left out"),
    ("elected in 2018", "half a compound at the start"),
    ("violent groups in the", "half a compound that says the opposite"),
    ("did pay $3.5 million", "a negation dropped"),
    ("didn’t pay $35 million", "a point dropped"),
    ("didn’t pay $3.6 million", "another figure"),
    ("didn’t pay $3", "half a number"),
    ("5 million (5", "the other half, and half a share"),
    ("(5 % of 1.000)", "a point for a comma"),
    ("in the us for co-operation", "no points"),
    ("in the US for co-operation", "no points, capitals"),
    ("for cooperation with", "a hyphen dropped"),
    ("with “El Nino” at", "an accent dropped"),
    ("5 degrees", "the sign cut off"),
    ("to non-violent group in", "singular for plural"),
    ("for co-operation with El Niño", "marks inside dropped"),
    ("didn’t pay $3.5 million … The Government—which", "parts out of order"),
    ("groups in the U.S.?", "another sign at the end"),
]


@pytest.mark.parametrize(("quote", "why"), SAME, ids=[why for _, why in SAME])
def test_harmless_differences(quote: str, why: str) -> None:
    assert contains_verbatim(quote, f"Before. {SENTENCE} After."), why


@pytest.mark.parametrize(("quote", "why"), DIFFERENT, ids=[why for _, why in DIFFERENT])
def test_differences_that_count(quote: str, why: str) -> None:
    assert contains_verbatim(quote, f"Before. {SENTENCE} After.") is None, why


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("中国 人民", "我是中国\n人民的朋友", "中国\n人民"),
        ("Прав человека", "Защита прав человека важна", "прав человека"),
        ("état de droit", "C’est l’état de droit.", "état de droit"),
        ("Kelm\t42\t45", "Kelm | 42 | 45 | 6", "Kelm | 42 | 45"),
        ("À Paris et ailleurs", "Il vit à Paris et ailleurs.", "à Paris et ailleurs"),
        ("the eﬃcient ﬁnances", "by the efficient finances of", "the efficient finances"),
        ("the efficient finances", "by the eﬃcient ﬁnances of", "the eﬃcient ﬁnances"),
        ("the government now", "that the govern-\nment now", "the govern-\nment now"),
        ("the long-term plan", "that the long-\nterm plan", "the long-\nterm plan"),
        ("सत्य मेव जयते", "कि सत्यमेव और सत्य मेव जयते है", "सत्य मेव जयते"),
        ("بحقوق الإنسان", "نؤمن بحقوق الإنسان دائما", "بحقوق الإنسان"),
        ("He left.”", "“He left.” And", "He left.”"),
    ],
)
def test_the_place_is_the_text_s_own(quote: str, text: str, found: str) -> None:
    span = contains_verbatim(quote, text)
    assert span is not None
    assert text[slice(*span)] == found


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("10² people", "102 people"),
        ("the end of 12 men", "the end of 12,000 men"),
        ("some 12 men", "some 12 000 men"),
        ("some 12", "some 12 000 men"),
        ("some 12", "some 12% of them"),
        ("the government", "the government’s plan"),
        ("everyday life", "every day life"),
        ('5" tall man here', "5' tall man here"),
        ("人民 中国", "中国人民"),
        ("half of it", "1/2 half of it-self"),
    ],
)
def test_parts_of_words_and_numbers_are_others(quote: str, text: str) -> None:
    assert contains_verbatim(quote, text) is None


@pytest.mark.parametrize("quote", ["", " … ", "Democracy", "“Democracy.”", "a […] b … c", "?!"])
def test_too_little_to_look_for(quote: str) -> None:
    with pytest.raises(QueryError):
        contains_verbatim(quote, "Democracy is a word.")


def test_gaps_are_bounded() -> None:
    near, far = "He said that we are free. ", "And then nothing happened. "
    quote = "He said that … the end of it"
    assert contains_verbatim(quote, near + far * 10 + "This is the end of it.")
    assert contains_verbatim(quote, near + far * 1000 + "This is the end of it.") is None


# Properties.

LETTERS = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc ABC xyz 012 .,:;!?'\"“”‘’-–—… \n\u00a0\u00ad\u200bﬁéñ²中の[]()$%/"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
PLAIN = (
    *("the", "of", "police", "government", "killed", "12", "1,500", "3.5", "not", "people", "was"),
    *("Ethiopia", "Niño", "women’s", "U.S", "non-violent", "and", "said", "efficient", "2018"),
)
WORDS = st.lists(
    st.sampled_from([*PLAIN, "officers,", "officials;", "(rights)"]), min_size=6, max_size=25
)
PLAIN_WORDS = st.lists(st.sampled_from(PLAIN), min_size=6, max_size=25)


def test_every_character_folds_to_what_stays() -> None:
    for code in (*range(0xD800), *range(0xE000, sys.maxunicode + 1)):
        folded = canonical_character(chr(code))
        assert "".join(map(canonical_character, folded)) == folded, hex(code)


@given(LETTERS)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = joined(tokenise(text))
    assert joined(tokenise(once)) == once


@given(LETTERS)
def test_offsets_lead_back(text: str) -> None:
    folded, offsets = canonical(text)
    assert len(offsets) == len(folded) + 1
    assert list(offsets) == sorted(offsets)
    tokens = tokenise(text)
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        # One sign, such as №, may be several tokens.
        alone = sum(other.start < token.end and token.start < other.end for other in tokens) == 1
        if alone and token.kind == "word":
            assert joined(tokenise(text[token.start : token.end])) == token.word


@given(LETTERS, LETTERS, LETTERS)
def test_the_fingerprint_of_a_part_is_part_of_the_fingerprint(a: str, b: str, c: str) -> None:
    text = f"{a} {b} {c}"
    needle = Needle.of(f" {b} ")
    if len(needle):
        assert needle.stands_in(Fingerprint.of(text))
        assert needle.spans(text)


@given(WORDS, st.data())
def test_harmless_changes_keep_it_verbatim(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    spaces = st.sampled_from([" ", "\n", "\u00a0", "  ", " \u200b"])
    quote = "".join(word + data.draw(spaces) for word in words)
    quote = quote.replace("’", data.draw(st.sampled_from("'’`ʼ‘")))
    quote = quote.replace("-", data.draw(st.sampled_from(["-", "‐", "–", " - ", "- "])))
    quote = quote.replace("ffi", data.draw(st.sampled_from(["ffi", "ﬃ", "f\u00adfi"])))
    marks = data.draw(st.sampled_from(["“”", '""', "«»", "  "]))
    span = contains_verbatim(marks[0] + quote.strip() + marks[1], f"So {text} it was.")
    assert span is not None
    start, end = span
    assert f"So {text} it was."[start:end].rstrip(",;") == text.rstrip(",;")


@given(PLAIN_WORDS, st.data())
def test_one_changed_word_is_never_verbatim(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    word, changed = words[at], list(words)
    changes = {
        "dropped": [],
        "put in": [word, "never"],
        "another": ["otherwise"],
        "plural": [word + "s"],
        "figure": [word[:-1] + str((int(word[-1]) + 1) % 10)] if word[-1].isdigit() else ["0"],
        "case": [word.swapcase()] if at and word.upper() != word.lower() else ["X"],
        "accent": [word.replace("o", "ó").replace("e", "è")] if {"o", "e"} & {*word} else ["é"],
    }
    changed[at : at + 1] = data.draw(st.sampled_from(list(changes.values())))
    # Where words repeat, or the first or last one is dropped, the rest may be the words of another
    # place, but for the case of the first letter.
    places = range(len(words) - len(changed) + 1)
    rests = [words[first : first + len(changed)] for first in places]
    assume(not any(rest[1:] == changed[1:] and _same_first(rest, changed) for rest in rests))
    assert contains_verbatim(" ".join(changed), f"So {' '.join(words)} it was.") is None


@given(PLAIN_WORDS, PLAIN_WORDS, st.data())
def test_what_has_no_differences_is_verbatim(
    words: list[str], others: list[str], data: st.DataObject
) -> None:
    text = f"So {' '.join(others)} {' '.join(words)} it was."
    first = data.draw(st.integers(0, len(words) - 3))
    quote = " ".join(words[first:])
    if data.draw(st.booleans()):
        quote = quote.replace(data.draw(st.sampled_from(words)), "otherwise", 1)
    alignment = align(read_quotation(quote), tokenise(text), text)
    if alignment is not None:
        same = not alignment.differences
        assert same == (contains_verbatim(quote, text) is not None)
        assert (alignment.similarity == 1) == same
        for each in alignment.differences:
            assert quote[each.yours_start : each.yours_end] == each.yours
            assert text[each.start : each.end] == each.source


def _same_first(words: list[str], others: list[str]) -> bool:
    first, other = words[0], others[0]
    return first[1:] == other[1:] and first[0].lower() == other[0].lower()
