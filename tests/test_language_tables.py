"""The tables of words and countries are sound, and are read as they are meant."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib import resources

import pytest

from rag.language.countries import countries, foreign_countries, names_in
from rag.language.places import countries_called, country_key, places
from rag.language.saying import VERBS

TABLES = resources.files("rag.language")


def test_no_row_and_no_word_stands_twice() -> None:
    for table in ("countries.tsv", "verbs_of_saying.tsv"):
        lines = (TABLES / table).read_text("utf-8").splitlines()
        first = Counter(line.split("\t")[0] for line in lines if not line.startswith("#"))
        assert max(first.values()) == 1, table
    for name, words in tomllib.loads((TABLES / "words.toml").read_text("utf-8")).items():
        assert words.split() == sorted(set(words.split())), name


def test_verbs_have_all_their_forms() -> None:
    for verb in VERBS:
        assert all((verb.verb, verb.present, verb.past, verb.participle)), verb
        assert not any(word[:1].isupper() for word in verb.said | verb.view), verb


@pytest.mark.parametrize(
    ("word", "country"),
    [
        ("Ethiopian", "Ethiopia"),
        ("Danes", "Denmark"),
        ("Türkiye", "Turkey"),
        ("DRC", "Democratic Republic of the Congo"),
        ("Dominicans", "Dominican Republic"),
        ("Filipinos", "Philippines"),
    ],
)
def test_a_country_is_known_by_its_names_and_demonyms(word: str, country: str) -> None:
    assert country in countries_called(word)


def test_all_names_of_a_country_have_one_key() -> None:
    for country in countries().values():
        assert {country_key(each) for each in country.also} <= {country_key(country.name)}


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Что говорится о пытках в Азербайджане?", {"Азербайджане": "Azerbaijan"}),
        (
            "Сколько человек задержали в России и на Украине?",
            {"России": "Russia", "Украине": "Ukraine"},
        ),
        ("Скільки політв'язнів утримують у Росії?", {"Росії": "Russia"}),
        (
            "كم شخصا اعتقل بالعراق ولسوريا والأردن؟",
            {"بالعراق": "Iraq", "ولسوريا": "Syria", "والأردن": "Jordan"},
        ),
        ("چند زندانی در جمهوری آذربایجان هست؟", {"جمهوری آذربایجان": "Azerbaijan"}),
        ("İşkence Azerbaycan'da var mı?", {"Azerbaycan": "Azerbaijan"}),
        ("¿Cuántos presos hay en Arabia Saudí?", {"Arabia Saudí": "Saudi Arabia"}),
        (
            "阿塞拜疆和印度尼西亚有多少政治犯？",
            {"阿塞拜疆": "Azerbaijan", "印度尼西亚": "Indonesia"},
        ),
        ("アゼルバイジャンには何人の政治囚がいますか？", {"アゼルバイジャン": "Azerbaijan"}),
        (
            "Wie viele Häftlinge gab es in Nigeria und in der Türkei?",
            {"Nigeria": "Nigeria", "Türkei": "Turkey"},
        ),
        ("Почему мэр закрыл рынок и кубок не отдали?", {}),
        ("Who was freed in Türkiye?", {"Türkiye": "Turkey"}),
    ],
)
def test_countries_are_named_in_the_language_of_a_question(
    question: str, named: dict[str, str]
) -> None:
    found = {question[each.start : each.end]: each.country for each in places(question)}
    assert found == named


@pytest.mark.parametrize("language", ["ar", "az", "de", "es", "fa", "fr", "ru", "tr", "uk", "zh"])
def test_every_country_is_found_by_its_name_in_a_language(language: str) -> None:
    names = names_in(language)
    assert len(names) > 190
    missed = [
        name
        for name, country in names.items()
        if country not in [found for *_, found in foreign_countries(name, language)]
    ]
    assert len(missed) <= 3, missed


def test_a_country_in_another_language_is_the_same_country() -> None:
    for name in ("Азербайджан", "Azərbaycan", "Aserbaidschan", "أذربيجان", "阿塞拜疆"):
        assert country_key(name) == "azerbaijan"
    assert country_key("Kosovo & Metohija") == "kosovo metohija"
    assert country_key("Wakanda") == "wakanda"
