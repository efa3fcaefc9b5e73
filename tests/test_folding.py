"""Names are found however their letters are typed, in a question and in a report."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Chatbot
from rag.ingest.pipeline import ingest
from rag.language.folding import canonical, fold
from rag.language.person_names import same_person
from rag.models.embedding import SentenceEmbedding
from rag.quotes.lookup import check_quotation
from rag.schema import Condition
from rag.settings import load_settings
from rag.store import Index

REPORTS = {
    "ankara.txt": (
        "Turnout was high in the east of the country.\n\n"
        "Kemal Kılıçdaroğlu said that the ballots of Ağrı had been counted twice. "
        "The electoral board rejected the complaint of the party."
    ),
    "bosphorus.txt": (
        "Ferries were crowded in the summer.\n\n"
        "Ekrem Imamoglu said that the new bridge would be paid for by tolls. "
        "The transport ministry had no comment on the costs."
    ),
    "warsaw.txt": (
        "The archive was opened in the spring.\n\n"
        + unicodedata.normalize("NFD", "Małgorzata Dąbrowska")
        + " said that the letters of her brother were lost in the flood. Nobody was blamed."
    ),
    "copenhagen.txt": "Speech\n\nThe quotas for cod and herring were cut by half.",
}


@pytest.fixture(scope="module")
def index(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("letters")
    reports = folder / "reports"
    reports.mkdir()
    for name, text in REPORTS.items():
        (reports / name).write_text(text, "utf-8")
    (reports / "metadata.csv").write_text(
        "file,title,publisher,speaker\ncopenhagen.txt,Fisheries,Ørsted Institut,Søren Bjørnsson\n",
        "utf-8",
    )
    settings = load_settings(index=folder / "index")
    opened = Index.open(settings, create=True)
    opened.embedding = embedding
    assert not ingest(opened, [reports], settings=settings).failed
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "source", "words"),
    [
        ("What did Kilicdaroglu say about the ballots?", "ankara.txt", "counted twice"),
        ("What did KILIÇDAROĞLU say about the ballots?", "ankara.txt", "counted twice"),
        ("What did İmamoğlu say about the bridge?", "bosphorus.txt", "paid for by tolls"),
        ("What did Ekrem İmamoğlu say about the bridge?", "bosphorus.txt", "paid for by tolls"),
        ("What did Malgorzata Dabrowska say about letters?", "warsaw.txt", "lost in the flood"),
        ("What did Bjornsson say about cod?", "copenhagen.txt", "cut by half"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_somebody_s_words_are_found_by_any_spelling_of_the_name(
    index: Index, question: str, source: str, words: str, form: str
) -> None:
    typed = unicodedata.normalize("NFC" if form == "NFC" else "NFD", question)
    *_, answer = Chatbot(index, load_settings()).ask(typed)
    assert not answer.abstained
    assert answer.citations[0].source == source
    assert any(words in each.quote for each in answer.citations)


@pytest.mark.parametrize("typed", ["Kilicdaroglu", "Kılıçdaroğlu", "agri", "AĞRI", "Ağrı"])
def test_words_are_found_by_any_spelling(index: Index, typed: str) -> None:
    found = [index.passages([each])[each][1] for each, _ in index.words(typed, count=3)]
    assert found == ["ankara.txt"]


def test_filters_take_any_spelling(index: Index) -> None:
    where = [Condition("publisher", "=", "orsted institut")]
    assert [each.source for each in index.documents(where)] == ["copenhagen.txt"]


def test_only_the_letters_of_the_source_are_word_for_word(index: Index) -> None:
    quotation = "Kemal {} said that the ballots of Ağrı had been counted twice"
    assert check_quotation(index, quotation.format("Kılıçdaroğlu")).status == "verbatim"
    near = check_quotation(index, quotation.format("Kilicdaroglu"))
    assert near.status == "near"
    assert [each.source for each in near.matches[0].differences] == ["Kılıçdaroğlu"]
    spoken = check_quotation(index, "cod and herring were cut by half", speaker="Bjornsson")
    assert spoken.status == "verbatim"


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Kılıçdaroğlu", "Kilicdaroglu"),
        ("İLHAM ƏLİYEV", "Ilham Aliyev"),
        ("Łukasz Wałęsa", "lukasz walesa"),
        ("Đorđe Ørsted", "Dorde Orsted"),
        ("Weiß", "WEISS"),
        ("Niccolò D’Angelo", "niccolo d'angelo"),
        ("ﬁnancial ﬂows", "financial flows"),
        ("Μιχάλης", "μιχαλησ"),
    ],
)
def test_letters_fold_to_what_is_typed_for_them(written: str, typed: str) -> None:
    assert fold(written) == fold(unicodedata.normalize("NFD", written)) == fold(typed)
    assert same_person(written, typed)


@given(st.text())
def test_folding_is_settled_and_blind_to_how_a_text_is_encoded(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)
    assert fold(canonical(canonical(text)[0])[0]) == fold(canonical(text)[0])
