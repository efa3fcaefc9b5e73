"""Whose words quotations are in other languages than English."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.attribution import attributions, find_statements
from rag.attribution.other_languages import read_quotations
from rag.ingest.pipeline import ingest
from rag.language.person_names import person_name, same_person
from rag.schema import Document, Metadata
from rag.settings import load_settings
from rag.store import Index, StatementFilter

TEXTS = {
    "ru": (
        "Переговоры о газе начались в понедельник. «Мы готовы подписать договор», — заявил министр "
        "энергетики Павел Орлов.\n\nГлава комитета Анна Смирнова сказала журналистам: «Уступок не "
        "будет». «Это ошибка, — добавил Орлов. — Мы её исправим». «Мы обжалуем решение», — сказал "
        "адвокат Ивана Петрова. Фильм «Земля» показали в пятницу. «Я устал», — сказал он.",
        ["Павел Орлов", "Глава комитета Анна Смирнова", "Павел Орлов", "адвокат Ивана Петрова"],
    ),
    "fr": (
        "« Nous avons perdu trois cents maisons », a déclaré le préfet Jean Moreau devant la "
        "presse. La ministre de l’Intérieur, Claire Dubois, a ajouté : « L’État paiera. »\n\n"
        "« Il faut, dit Moreau, attendre la pluie. » « Personne ne nous a prévenus », se plaint "
        "Marie Lefèvre, une habitante. Le journal « Le Courrier » a publié la liste. « Non », "
        "a-t-elle dit.",
        ["Jean Moreau", "Claire Dubois", "Jean Moreau", "Marie Lefèvre"],
    ),
    "de": (
        "„Wir senken die Löhne nicht“, sagte der Hafendirektor Klaus Brandt am Montag. Am Dienstag "
        "erklärte Petra Lang: „Der Streik ist rechtmäßig.“\n\n»Das Geld fehlt«, kritisierte Lang, "
        "»und die Zeit auch.« Der Film „Das Boot“ lief im Kino. „Wir legen Berufung ein“, sagte "
        "der Anwalt von Karl Holm. Brandt sagte nicht: „Ich gehe.“ „Ich gehe“, sagte er.",
        ["Klaus Brandt", "Petra Lang", "Petra Lang", "Petra Lang", "der Anwalt von Karl Holm"],
    ),
    "es": (
        "«No vamos a bajar los salarios», dijo el director del puerto, Carlos Ruiz. El 3 de mayo, "
        "la ministra Elena Torres afirmó: «La huelga es legal».\n\n«Nadie —explicó la jueza Ana "
        "Soto— leyó el informe». “Nadie habló con nosotros”, señaló Ruiz. El diario «La Voz» "
        "publicó la lista. «Vamos a recurrir», dijo el abogado de Juan Pérez.",
        ["Carlos Ruiz", "Elena Torres", "Ana Soto", "Carlos Ruiz", "el abogado de Juan Pérez"],
    ),
    "it": (
        "«Non abbasseremo i salari», ha detto il direttore del porto, Carlo Ruggeri. Martedì la "
        "ministra Elena D’Angelo ha dichiarato: «Lo sciopero è legittimo».\n\n«Nessuno – spiega "
        "la giudice Anna Sotti – ha letto la relazione». Secondo Ruggeri, «la nave era vuota». "
        'Il film «La terra» è stato proiettato venerdì. "Faremo ricorso", ha annunciato '
        "l'avvocato di Giovanni Peri. «È un errore», ha aggiunto. «Servono regole», commenta il "
        "sindaco di Torre Alta, Paolo De Santis, «e servono adesso». «Ce ne andremo», ammette "
        "Luca dell’Orto. Il sindaco non ha detto: «Me ne vado». «Io ero a casa», ha detto lei.",
        [
            "Carlo Ruggeri",
            "Elena D’Angelo",
            "Anna Sotti",
            "Carlo Ruggeri",
            "l'avvocato di Giovanni Peri",
            "Paolo De Santis",
            "Paolo De Santis",
            "Luca dell’Orto",
        ],
    ),
    "pt": (
        "«Não vamos baixar os salários», disse o diretor do porto, Carlos Ruivo. Na "
        'terça-feira, a ministra Elena Torres afirmou: “A greve é legal.”\n\n"Ninguém", '
        'explicou a juíza Ana Souto, "leu o relatório". “Vamos recorrer”, disse o advogado de '
        "João Pereira. O jornal «A Voz» publicou a lista. “A água subiu depressa”, contou Maria "
        "da Silva Lopes. “O governo tem de intervir”, dizem os autarcas. Para o procurador Aldo "
        "Neves, “os factos são graves”. “Isso é mentira”, rebateu o deputado José dos Santos "
        "durante a sessão. “Queremos justiça”, pede Ana, de 34 anos. “Nada foi feito”, disse a "
        "jornalistas. “Estava em casa”, disse ela.",
        [
            "Carlos Ruivo",
            "Elena Torres",
            "Ana Souto",
            "Ana Souto",
            "o advogado de João Pereira",
            "Maria da Silva Lopes",
            "os autarcas",
            "José dos Santos",
            "Ana",
        ],
    ),
    "nl": (
        "‘We verlagen de lonen niet’, zei havendirecteur Klaas Brandt maandag. Dinsdag "
        "verklaarde minister Petra de Wit: ‘De staking is legaal.’\n\n„Niemand”, legt rechter "
        "Anna Smit uit, „heeft het rapport gelezen.” “Niemand heeft met ons gepraat”, aldus "
        "Brandt. De film ‘Het land’ draaide vrijdag. „We gaan in beroep”, zei de advocaat van "
        "Jan Holm. ‘Foto’s zijn verboden’, zegt Maria van der Meer, ‘en video’s ook.’ Brandt "
        "zei niet: „Ik ga weg.” ‘Ik ben moe’, zei hij.",
        [
            "Klaas Brandt",
            "Petra de Wit",
            "Anna Smit",
            "Anna Smit",
            "Klaas Brandt",
            "de advocaat van Jan Holm",
            "Maria van der Meer",
            "Maria van der Meer",
        ],
    ),
    "uk": (
        "«Ми готові підписати договір», — заявив міністр енергетики Павло Ковальчук. Голова "
        "комітету Анна Смирнова сказала журналістам: «Поступок не буде».\n\n«Це помилка, — "
        "додав Ковальчук. — Ми її виправимо». «Ми оскаржимо рішення», — сказав адвокат Івана "
        "Петренка. «Це брехня, – сказав адвокат Олени Коваленко. – Ми це доведемо». Фільм "
        "«Земля» показали в п’ятницю. «Закон чіткий», — наголосила міністерка Олена Коваленко у "
        "парламенті. «Порт відкриють», — повідомив речник міністерства. «Суд усе вирішить», — "
        "каже прокурор В’ячеслав Дем’янюк. Ковальчук не казав: «Я піду». «Я втомився», — сказав "
        "він.",
        [
            "Павло Ковальчук",
            "Голова комітету Анна Смирнова",
            "Павло Ковальчук",
            "адвокат Івана Петренка",
            "адвокат Олени Коваленко",
            "Олена Коваленко",
            "речник міністерства",
            "В’ячеслав Дем’янюк",
        ],
    ),
    "ar": (
        "قال وزير النقل أحمد الحسن: «لن نخفض الأجور هذا العام». وأضافت الوزيرة ليلى حداد: "
        '"الإضراب قانوني تماما".\n\nونشرت صحيفة «الوطن» القائمة. «لم يتحدث معنا أحد»، قال الحسن.',
        ["وزير النقل أحمد الحسن", "الوزيرة ليلى حداد", "وزير النقل أحمد الحسن"],
    ),
    "tr": (
        "Ulaştırma Bakanı Ali Kaya, “Ücretleri düşürmeyeceğiz” dedi. Kaya, “Grev yasaldır” diye "
        "konuştu. “Deniz” filmi cuma günü gösterildi.",
        ["Ulaştırma Bakanı Ali Kaya", "Ulaştırma Bakanı Ali Kaya"],
    ),
    "ja": (
        "港湾局長の田中一郎氏は「賃金を下げるつもりはない」と述べた。山田花子大臣は「ストライキは合"
        "法だ」と語った。映画「大地」は金曜日に上映された。",
        ["港湾局長の田中一郎", "山田花子大臣"],
    ),
    "zh": (
        "港务局局长王伟说：“我们不会降低工资。”部长李娜表示：“罢工是合法的。”\n\n"
        "“没有人和我们谈过，”王伟说。电影“大地”周五上映。",
        ["港务局局长王伟", "部长李娜", "王伟"],
    ),
}


def document(text: str, language: str | None) -> Document:
    return Document("d0c", "news.txt", text, Metadata(language=language), "text/plain")


@pytest.mark.parametrize("language", TEXTS)
def test_quotations_have_the_speakers_beside_them(language: str) -> None:
    text, speakers = TEXTS[language]
    found = find_statements(document(text, language))
    assert found is not None
    assert [each.speaker for each in found] == speakers
    assert all(each.how == "quoted" and each.cue for each in found)


def test_a_text_whose_language_is_not_told_is_read_in_its_own() -> None:
    text, speakers = TEXTS["ru"]
    found = find_statements(document(text, None))
    assert found is not None
    assert [each.speaker for each in found] == speakers


def test_only_the_quotation_is_somebodys() -> None:
    text, _ = TEXTS["es"]
    found = attributions(document(text, "es"))
    said = text.index("No vamos")
    assert found.of(said, said + 20)
    other = text.index("El diario")
    assert found.of(other, other + 30) is None


@pytest.mark.parametrize(
    ("described", "name"),
    [
        ("el abogado de Juan Pérez", "Juan Pérez"),
        ("l’avocat de Moreau", "Moreau"),
        ("der Anwalt von Klaus Brandt", "Brandt"),
        ("o advogado de João Pereira", "João Pereira"),
        ("a advogada da Maria", "Maria"),
        ("de advocaat van Jan Holm", "Jan Holm"),
    ],
)
def test_who_is_described_by_anothers_name_is_not_that_other(described: str, name: str) -> None:
    assert person_name(described).description
    assert not same_person(described, name)


@pytest.mark.parametrize(
    "name",
    [
        *("de la Cruz", "Juan de la Cruz", "Le Pen", "le pen", "el Sisi"),
        *("de Villiers", "da Silva", "Jan de Boer", "van der Meer"),
    ],
)
def test_a_particle_is_no_article(name: str) -> None:
    assert not person_name(name).description


@given(st.sampled_from(sorted(TEXTS)), st.text(alphabet='«»„“”「」"—, :.\nAaЯя说は', max_size=60))
def test_odd_marks_give_nobody_words_that_are_not_there(language: str, odd: str) -> None:
    text = TEXTS[language][0] + "\n" + odd
    for each in read_quotations(text, 0, len(text), language=language):
        assert 0 <= each.start < each.end <= len(text)
        assert each.speaker.strip()


def test_the_index_lists_them(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for language, (text, _) in TEXTS.items():
        (folder / f"{language}.txt").write_text(f"{text}\n", "utf-8")
    settings = load_settings(index=tmp_path / "index")
    index = Index.open(settings, create=True)
    assert not ingest(index, [folder], settings=settings).failed

    def texts(speaker: str) -> list[str]:
        return [each.text for each in index.statements(StatementFilter(speaker=speaker)).statements]

    assert len(texts("Орлов")) == 2
    assert texts("Juan Pérez") == []  # only his lawyer speaks
    assert len(texts("Ruiz")) == 2
    assert len(texts("Lang")) == 3
    index.close()
