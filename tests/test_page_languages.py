"""The page in its readers' languages: catalogues, numbers, dates, and what the server sends."""

from __future__ import annotations

import gettext
import json
import re
import string
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st
from page_support import REPORTS, Served, make_chatbot, served

from rag.app.web.shared.reader_language import COOKIE
from rag.cite.citations import long_date
from rag.html import escape
from rag.language.translation import (
    ENGLISH,
    LANGUAGES,
    _,
    catalogue,
    direction,
    file_of,
    forms_of,
    language,
    listing,
    n_,
    originals,
    preferred,
    reading,
    script_messages,
    translations,
)
from rag.models.embedding import SentenceEmbedding

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
OTHERS = [code for code in LANGUAGES if code != ENGLISH]


# Catalogues ---------------------------------------------------------------------------------------


def test_the_catalogues_have_the_messages_of_the_program() -> None:
    import messages

    for file, text in messages.catalogues():
        assert file.read_text("utf-8") == text, f"{file} is out of date: make messages"


def gaps(text: str) -> set[str]:
    return {name for _text, name, *_ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_translated(code: str) -> None:
    missing = [each.id for each in catalogue(code) if each.id and not all(forms_of(each))]
    assert missing == []
    assert not any(each.fuzzy for each in catalogue(code))


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_gaps_of_its_message(code: str) -> None:
    for each in catalogue(code):
        wanted = set().union(*map(gaps, originals(each)))
        optional = {"count"} if isinstance(each.id, tuple) else set()  # "one document"
        for form in filter(None, forms_of(each) if each.id else ()):
            assert wanted - optional <= gaps(form) <= wanted, (each.id, form)


@pytest.mark.parametrize("code", OTHERS)
def test_a_message_about_numbers_has_all_forms(code: str) -> None:
    found = catalogue(code)
    counted = [each for each in found if isinstance(each.id, tuple)]
    assert counted
    assert {len(forms_of(each)) for each in counted} == {found.num_plurals}
    assert found.num_plurals == {"ru": 3, "es": 2, "fr": 2, "ar": 6}[code]


@pytest.mark.parametrize("code", OTHERS)
def test_no_translation_is_markup_or_has_other_white_space_around_it(code: str) -> None:
    for each in catalogue(code):
        for form in filter(None, forms_of(each) if each.id else ()):
            original = originals(each)[0]
            assert "<" not in form, form
            assert "&" not in form or "&" in original, form
            edges = (original[:1].isspace(), original[-1:].isspace())
            assert (form[:1].isspace(), form[-1:].isspace()) == edges, form


@pytest.mark.parametrize("code", OTHERS)
def test_the_forms_that_scripts_choose_are_those_of_gettext(code: str) -> None:
    told = json.loads(script_messages(code))
    form_of = gettext.c2py(catalogue(code).plural_expr)
    for number in [*range(1300), 10_002, 10_011, 123_421, 999_999]:
        at = number if number < 200 else 100 + number % 100
        assert told["forms"][at] == form_of(number), number
    assert told["messages"]["Your question"] == [translations(code).gettext("Your question")]


# Words --------------------------------------------------------------------------------------------


def test_what_nobody_reads_in_a_language_is_english() -> None:
    assert language() == ENGLISH
    assert _("Library") == "Library"
    assert n_("{count} document", "{count} documents", 1240) == "1,240 documents"


def test_a_message_without_a_translation_is_english() -> None:
    with reading("ru"):
        assert _("Nobody translates {name}.", name="that") == "Nobody translates that."
        assert n_("{count} thing", "{count} things", 21) == "21 things"


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    with reading("ru"):
        assert n_("{count} document", "{count} documents", 1) == "1 документ"
        assert (
            n_("{count} document", "{count} documents", 1002) == "1\N{NO-BREAK SPACE}002 документа"
        )
        assert long_date("2019-03-13") == "13 марта 2019\N{NARROW NO-BREAK SPACE}г."
    with reading("ar"):
        assert n_("{count} document", "{count} documents", 2) == "وثيقتان"
        assert long_date("2019-03") == "مارس 2019"
    with reading("es"):
        assert long_date("2019-03-13") == "13 de marzo de 2019"
    assert long_date("2019-03-13") == "13 March 2019"
    assert long_date("2019-02-31") == "2019-02-31"
    assert (long_date("2019"), long_date("last year")) == ("2019", "last year")


@given(st.integers(0, 10**12), st.sampled_from(list(LANGUAGES)))
def test_a_number_can_be_read_back(number: int, code: str) -> None:
    with reading(code):
        words = n_("{count} thing", "{count} things", number).split(" thing")[0]
    assert parse_decimal(words, locale=code, numbering_system="latn") == number


def test_names_are_listed() -> None:
    assert listing(["Iran"]) == "Iran"
    assert listing(["Ethiopia", "Iran", "Mali"]) == "Ethiopia, Iran and Mali"
    assert listing([]) == ""


def test_a_value_with_braces_is_no_gap() -> None:
    with reading("fr"):
        assert _("Nothing for {words}", words="{name}") == "Nothing for {name}"


def test_each_thread_has_its_reader() -> None:
    seen: dict[str, str] = {}
    both = threading.Barrier(2)

    def read(code: str) -> None:
        with reading(code):
            both.wait()
            seen[code] = _("Library")
            both.wait()

    threads = [threading.Thread(target=read, args=(code,)) for code in ("ru", "fr")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"ru": "Библиотека", "fr": "Bibliothèque"}
    assert language() == ENGLISH


@pytest.mark.parametrize(
    ("wanted", "accepted", "language_"),
    [
        ("ar", "ru", "ar"),
        ("xx", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, "de-DE,de;q=0.9,fr;q=0.5,en;q=0.7", "en"),
        (None, "de, es-MX;q=0.4", "es"),
        (None, "fr;q=0, uk", "en"),
        (None, "", "en"),
        (None, "*;q=nonsense,,;", "en"),
    ],
)
def test_the_language_is_what_was_chosen_or_what_the_browser_asks_for(
    wanted: str | None, accepted: str, language_: str
) -> None:
    assert preferred(wanted, accepted) == language_


@given(st.text(), st.text())
def test_whatever_a_browser_sends_there_is_a_language(wanted: str, accepted: str) -> None:
    assert preferred(wanted, accepted) in LANGUAGES


# What the server sends ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    made = make_chatbot(tmp_path_factory.mktemp("languages"), REPORTS, embedding=embedding)
    with served(*made) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, timeout=30) as made:
        yield made


def words_of(page: str) -> str:
    """All words of the components that Gradio is told of."""
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", page, re.DOTALL)
    assert found
    config = json.loads(found[1])
    return json.dumps([each["props"] for each in config["components"]], ensure_ascii=False)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_comes_in_the_language_that_was_chosen(client: httpx.Client, code: str) -> None:
    response = client.get("/", headers={"cookie": f"{COOKIE}={code}", "accept-language": "en"})
    assert f'<html\n\tlang="{code}" dir="{direction(code)}"' in response.text
    assert response.headers["content-language"] == code
    assert "cookie" in response.headers["vary"]
    with reading(code):
        assert _("Ask the reports a question …") in words_of(response.text)
        assert str(escape(_("Library"))) in words_of(response.text)


def test_the_page_comes_as_the_browser_asks_for_it(client: httpx.Client) -> None:
    page = client.get("/", headers={"accept-language": "fr-CA,fr;q=0.9"}).text
    assert "Bibliothèque" in words_of(page)
    assert "Bibliothèque" not in words_of(client.get("/").text)


def test_all_languages_have_the_same_components(client: httpx.Client) -> None:
    def skeleton(code: str) -> list[tuple[int, str]]:
        page = client.get("/", headers={"cookie": f"{COOKIE}={code}"}).text
        found = re.search(r"window\.gradio_config = (\{.*?\});</script>", page, re.DOTALL)
        assert found
        return [(each["id"], each["type"]) for each in json.loads(found[1])["components"]]

    assert skeleton("ar") == skeleton("en")


def test_the_page_is_compressed_as_the_browser_can_read_it(client: httpx.Client) -> None:
    assert (
        client.get("/", headers={"accept-encoding": "gzip"}).text
        == client.get("/", headers={"accept-encoding": "identity"}).text
    )


def test_answers_of_routes_are_in_the_language_of_the_page(client: httpx.Client) -> None:
    told = client.get("/search/hits", params={"q": "prison"}, headers={"cookie": f"{COOKIE}=ru"})
    assert "1 документ" in told.text
    assert "1 document" in client.get("/search/hits", params={"q": "prison"}).text


def test_the_endpoints_of_other_programs_stay_english(client: httpx.Client) -> None:
    info = client.get("/gradio_api/info", headers={"accept-language": "ru"}).json()
    assert "/ask" in info["named_endpoints"]


def test_catalogues_are_where_translators_look_for_them() -> None:
    for code in OTHERS:
        assert file_of(code).relative_to(ROOT).as_posix() == (
            f"rag/language/locale/{code}/LC_MESSAGES/footnote.po"
        )
