"""The page in Arabic, in a real browser: chosen, remembered, from right to left, and no English.

The catalogue is a stand-in in which every message is translated, into itself with other letters. So
whatever is left in Latin letters was not given to be translated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from page_support import REPORTS, Served, findings, make_chatbot, open_page, served

from rag.language import translation
from rag.language.translation import LANGUAGES, catalogue
from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

QUESTION = "How many prisoners did the central prison of Tarsk hold?"
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
# What is called by its own name everywhere, and keys and signs that are typed.
NAMES = (
    "Footnote|Markdown|JSON|CSV|XLSX|CSL|BibTeX|RIS|Word|Excel|PDF|APA|MLA|OSCOLA|Bluebook|Chicago|"
    "Prisons in Tarsk|The harbour of Velmora|prisons.txt|harbour.txt|Prison Watch|Iran"
)
# What is not the page's own: sentences, titles and names of documents, questions, what is typed.
NOT_OURS = (
    "blockquote, mark, bdi, code, kbd, script, style, noscript, .query, .example, .suggestion, "
    ".document, .words, .yours, .in-source, [data-try], option[lang], [data-select-language], "
    "[data-testid=user], .gold-quote, .plots svg, .asked, .finder-hits, textarea, .tiles dt, "
    ".evaluation table, .many-table tbody th, .side-by-side"
)
WORDS = """([notOurs, names]) => {
  const how = { visibilityProperty: true, opacityProperty: true };
  const shown = (element) => element.checkVisibility(how);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent.closest(notOurs) || !shown(parent)) continue;
    found.push(node.nodeValue);
  }
  const attributes = ["aria-label", "placeholder", "title", "alt"];
  for (const element of document.querySelectorAll(attributes.map((each) => `[${each}]`))) {
    if (element.closest(notOurs) || !shown(element)) continue;
    for (const name of attributes) found.push(element.getAttribute(name) ?? "");
  }
  const named = new RegExp("\\\\b(" + names + ")\\\\b", "g");
  const bare = (text) => text.replace(/“[^”]*”|`[^`]*`/g, "").replace(named, "");
  return [...new Set(found.filter((text) => /[A-Za-z]{2}/.test(bare(text))))];
}"""


def disguised(text: str) -> str:
    """The message in other letters; gaps and what is code stay."""
    kept = re.split(r"(\{\w+\}|`[^`]*`|“rag [^”]*”|RAG_\w+(?:=\w+)?)", text)
    letter = {
        each: LETTERS[at % len(LETTERS)] for at, each in enumerate("abcdefghijklmnopqrstuvwxyz")
    }
    table = str.maketrans({**letter, **{each.upper(): other for each, other in letter.items()}})
    return "".join(piece if at % 2 else piece.translate(table) for at, piece in enumerate(kept))


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The program with a whole catalogue for Arabic."""
    locales: Path = tmp_path_factory.mktemp("locale")
    made = Catalog(locale="ar", domain=translation.DOMAIN)
    for each in catalogue("ar"):
        if not each.id:
            continue
        one = each.id if isinstance(each.id, str) else each.id[1]
        forms = disguised(one) if isinstance(each.id, str) else (disguised(one),) * 6
        made.add(each.id, forms, each.locations, context=each.context)
    file = locales / "ar" / "LC_MESSAGES" / "footnote.po"
    file.parent.mkdir(parents=True)
    with file.open("wb") as written:
        write_po(written, made)
    caches = (translation.catalogue, translation.translations, translation.script_messages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "LOCALES", locales)
        for each_cache in caches:
            each_cache.cache_clear()
        yield
    for each_cache in caches:
        each_cache.cache_clear()


@pytest.fixture(scope="module")
def site(
    stand_in: None,  # noqa: ARG001 - it is there meanwhile
    tmp_path_factory: pytest.TempPathFactory,
    embedding: SentenceEmbedding,
) -> Iterator[Served]:
    made = make_chatbot(
        tmp_path_factory.mktemp("arabic"),
        REPORTS,
        metadata=[
            {
                "file": "prisons.txt",
                "title": "Prisons in Tarsk",
                "publisher": "Prison Watch",
                "date": "2019-03-13",
                "country": "Iran",
            }
        ],
        embedding=embedding,
    )
    with served(*made) as running:
        yield running


def english(page: Any) -> list[str]:
    """The words on the page that are in Latin letters and its own."""
    found: list[str] = page.evaluate(WORDS, [NOT_OURS, NAMES])
    return found


def choose_arabic(page: Any) -> None:
    with page.expect_navigation():
        page.locator("select[data-language]").select_option("ar")
    page.wait_for_selector(".library[data-ready]", state="attached")
    page.wait_for_selector(".talks[data-ready]", state="attached")
    page.wait_for_selector("#question textarea[aria-label]", state="attached")


def overflowing(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def ask(page: Any, question: str) -> None:
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    page.wait_for_selector("#chat .judging")
    page.wait_for_timeout(400)


def test_arabic_is_chosen_and_remembered(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
        "en",
        "ltr",
    ]
    names = page.locator("select[data-language] option").all_inner_texts()
    assert names == list(LANGUAGES.values())
    page.locator("#question textarea").fill("half a question")
    choose_arabic(page)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
        "ar",
        "rtl",
    ]
    assert page.locator("#to-library").inner_text() == disguised("Library")
    assert page.locator("#question textarea").input_value() == "half a question"
    page.reload()
    page.wait_for_selector(".library[data-ready]", state="attached")
    assert page.locator("#to-library").inner_text() == disguised("Library")
    with page.expect_navigation():
        page.locator("select[data-language]").select_option("en")
    page.wait_for_selector(".library[data-ready]", state="attached")
    assert page.locator("#to-library").inner_text() == "Library"


def test_the_layout_is_mirrored(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    choose_arabic(page)
    left = {
        name: page.locator(name).bounding_box()["x"]
        for name in ("#collection", "#middle", "#source", ".masthead h1", "#to-evaluation")
    }
    assert left["#collection"] > left["#middle"] > left["#source"]
    assert left[".masthead h1"] > left["#to-evaluation"]
    page.locator("#to-chat").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#to-search").get_attribute("aria-selected") == "true"


def each_place(page: Any) -> Iterator[str]:
    """Every part of the page, one after the other, with something on it."""
    yield "first visit"
    ask(page, QUESTION)
    for summary in page.locator("#chat summary").all():
        summary.click()
    yield "answer"
    page.locator("#chat a[href^='#src=']").first.click()
    page.wait_for_selector(".panel[data-shown]")
    yield "source"
    page.locator(".find-bar, [data-find]").last.click()
    yield "find"
    page.keyboard.press("Escape")
    page.locator("[data-close=source]").click()
    page.locator("#chat button.judge").click()
    page.wait_for_selector(".gold-sheet[open]")
    yield "gold question"
    page.locator(".gold-sheet button[type=submit]").click()
    page.wait_for_selector(".talk-notice p")
    yield "notice"
    ask(page, "hello")
    yield "reply"
    page.locator("[data-talk=export]").click()
    yield "export"
    page.keyboard.press("Escape")
    page.locator("[data-many=open]").click()
    page.locator(".many [name=questions]").fill(QUESTION)
    page.locator(".many [type=submit]").click()
    page.wait_for_selector(".many-quote")
    yield "many"
    page.locator("[data-many=close]").click()
    page.locator("#to-search").click()
    page.locator(".finder [name=q]").fill("prison OR harbour")
    page.locator(".finder-go").click()
    page.wait_for_selector(".finder-hits li")
    page.locator(".finder-help summary").click()
    yield "search"
    page.locator("#to-people").click()
    page.wait_for_selector(".people:not([aria-busy])")
    yield "people"
    page.locator("#to-lookup").click()
    page.locator(".lookup [name=text]").fill("The central prison of Tarsk held 1,420 prisoners")
    page.locator(".lookup [type=submit]").click()
    page.wait_for_selector(".lookup[data-done]")
    yield "lookup"
    page.locator("#to-library").click()
    page.wait_for_selector(".documents tbody tr")
    page.locator("[data-choose]").first.check()
    yield "library"
    page.locator("[data-do=edit]").first.click()
    yield "edit"
    page.keyboard.press("Escape")
    page.locator("td [data-do=remove]").first.click()
    yield "remove"
    page.keyboard.press("Escape")
    page.locator("#to-evaluation").click()
    page.wait_for_selector(".collected:not([hidden])")
    yield "evaluation"
    page.locator("[data-gold=run]").click()
    page.wait_for_selector(".evaluation-tab[data-shown]")
    yield "report"
    page.locator(".masthead [data-settings]").click()
    yield "settings"
    page.keyboard.press("Escape")
    page.locator(".masthead [data-shortcuts]").click()
    yield "shortcuts"


def test_no_word_of_the_page_is_english(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    choose_arabic(page)
    left = {place: found for place in each_place(page) if (found := english(page))}
    assert left == {}, "\n".join(f"{place}: {found}" for place, found in left.items())


def test_nothing_is_wider_than_the_screen(site: Served, context: Any, browser: Any) -> None:
    page = open_page(context, site.address)
    choose_arabic(page)
    assert {place: overflowing(page) for place in each_place(page) if overflowing(page) > 0} == {}
    phone = browser.new_context(viewport={"width": 390, "height": 844}, locale="ar")
    try:
        small = open_page(phone, site.address)
        assert small.evaluate("document.documentElement.dir") == "rtl"  # as the browser asks for
        assert english(small) == []
        for tab in ("chat", "search", "people", "lookup", "library", "evaluation"):
            small.locator(f"#to-{tab}").click()
            assert overflowing(small) <= 0, tab
        small.locator("#to-chat").click()
        small.locator("[data-open=collection]").click()
        small.wait_for_selector("#collection.open")
        small.wait_for_timeout(300)
        box = small.locator("#collection").bounding_box()
        assert box["x"] + box["width"] == pytest.approx(390, abs=1)
        assert overflowing(small) <= 0
        small.locator("#collection [data-settings]").click()
        assert small.locator(".settings [name=language]").input_value() == "ar"
    finally:
        phone.close()


def test_a_quotation_keeps_its_direction(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    choose_arabic(page)
    ask(page, QUESTION)
    quotation = page.locator("#chat blockquote").first
    assert "The central prison of Tarsk held 1,240 prisoners" in quotation.inner_text()
    direction: Callable[[str], Any] = lambda selector: page.evaluate(  # noqa: E731
        "s => getComputedStyle(document.querySelector(s)).direction", selector
    )
    assert direction("#chat blockquote p") == "ltr"
    page.locator("#chat a[href^='#src=']").first.click()
    page.wait_for_selector(".panel[data-shown]")
    assert direction(".document p") == "ltr"
    assert direction(".panel") == "rtl"


def test_arabic_passes_the_rules_of_axe(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    choose_arabic(page)
    assert findings(page) == []
    ask(page, QUESTION)
    assert findings(page) == []
