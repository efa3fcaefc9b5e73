"""The tables of words and countries are sound, and are read as they are meant."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib import resources

import pytest

from rag.language.countries import countries
from rag.language.places import countries_called, country_key
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
