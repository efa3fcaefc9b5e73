"""HTML: what is text, what is around it, and what the head says."""

import time

import pytest
from office_support import headings_of

from rag.errors import DamagedFile
from rag.readers import read
from rag.schema import Metadata, Reading


def reading(page: str | bytes) -> Reading:
    content = page.encode() if isinstance(page, str) else page
    return read(content, name="a.html", media_type="text/html")


def paragraphs(page: str | bytes) -> list[str]:
    return reading(page).text.split("\n\n")


def test_a_page_with_everything_around_it() -> None:
    found = reading(
        "<!doctype html><html lang='en-GB'><head><title>Report | Site</title>"
        "<style>p {}</style></head><body>"
        "<header><h1>Site</h1></header><nav><a href='/'>Home</a></nav>"
        "<main><article><header><h1>The report</h1><p>13 March</p></header>"
        "<p>First &mdash; with a <a href='x'>link</a>\n  and a line.</p>"
        "<h2>Prisons</h2><div>Bare text<p>in a div</p>after it</div>"
        "<ul><li>one</li><li>two <ul><li>three</li></ul></li></ul>"
        "<blockquote><p>Quoted.</p></blockquote>"
        "<table><tr><th>Year</th><th>Count</th></tr><tr><td>2018</td><td>12<sup>1</sup></td></tr>"
        "</table><p>One<br>line<br><br>Two</p><p hidden>Hidden</p><p style='display:none'>No</p>"
        "<!-- a comment --><aside>Related</aside></article></main>"
        "<script>document.write('no')</script><footer>Imprint</footer></body></html>"
    )
    assert found.text.split("\n\n") == [
        "The report",
        "13 March",
        "First — with a link and a line.",
        "Prisons",
        "Bare text",
        "in a div",
        "after it",
        "one",
        "two",
        "three",
        "Quoted.",
        "Year | Count",
        "2018 | [Year; Count] 121",
        "One line",
        "Two",
    ]
    assert headings_of(found) == [
        (1, "The report"),
        (2, "Prisons"),
    ]
    assert found.metadata == Metadata(title="Report | Site", language="en-GB")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ('{"@context": "https://schema.org", "@type": "NewsArticle"}', "news article"),
        ('{"@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle", "X"]}]}', "news article"),
        ('[{"@type": "ReportageNewsArticle"}]', "news article"),
        ('{"@type": "WebPage", "about": "NewsArticle"}', None),
        ('{"@type": {"NewsArticle": 1}}', None),
        ("{NewsArticle", None),
        ("5", None),
    ],
)
def test_a_page_may_say_that_it_is_a_news_article(statement: str, kind: str | None) -> None:
    head = f"<head><script type='application/ld+json'>{statement}</script></head>"
    assert reading(f"{head}<p>Text.</p>").metadata.extra.get("type") == kind


def test_the_head_is_metadata() -> None:
    found = reading(
        "<head><title>Page title</title><meta name='author' content='A. Raufoglu'>"
        "<meta property='og:site_name' content='Turan'>"
        "<meta property='article:published_time' content='2019-03-13T17:00:00+04:00'>"
        "<meta name='country' content='Azerbaijan'><meta name='based_on' content='The survey'>"
        "<meta name='viewport' content='width=device-width'></head><body><p>Text.</p></body>"
    )
    assert found.metadata == Metadata(
        title="Page title",
        publisher="Turan",
        date="2019-03-13",
        country="Azerbaijan",
        author="A. Raufoglu",
        extra={"based_on": "The survey"},
    )


def test_main_stands_for_the_page_only_with_most_of_its_text() -> None:
    page = "<body><main></main><div><p>All of the text of this page is here.</p></div></body>"
    assert paragraphs(page) == ["All of the text of this page is here."]


def test_a_page_that_is_one_form_is_read() -> None:
    page = "<body><form><input><p>The text.</p></form><form>Search <button>Go</button></form>"
    assert paragraphs(page) == ["The text."]


def test_tables_for_layout_are_read_as_blocks() -> None:
    page = "<table><tr><td><h2>Left</h2><p>One.</p><p>Two.</p></td><td>Right</td></tr></table>"
    assert paragraphs(page) == ["Left", "One.", "Two.", "Right"]


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8", "iso-8859-2"])
def test_the_declared_encoding_is_used(encoding: str) -> None:
    text = {"windows-1251": "Права", "utf-8": "Права “людини”", "iso-8859-2": "Člověk ž"}[encoding]
    page = f"<head><meta charset='{encoding}'></head><p>{text}</p>".encode(encoding)
    assert paragraphs(page) == [text]


def test_markup_in_text_is_not_text() -> None:
    assert paragraphs("<p>a&lt;b&gt;c&#0; soft&shy;hyphen no&nbsp;break</p>") == [
        "a<b>c\ufffd softhyphen no\u00a0break"
    ]


def test_a_cell_over_several_rows_or_columns_is_in_each_of_them() -> None:
    found = paragraphs(
        "<table><tr><th colspan=3>Payments</th></tr>"
        "<tr><th rowspan=2>To</th><th colspan=2>2016</th></tr><tr><th>May</th><th>June</th></tr>"
        "<tr><td rowspan=2>Orla Ltd</td><td>40</td><td>50</td></tr>"
        "<tr><td colspan=2>none</td></tr></table>"
    )
    assert found == [
        "Payments",
        "To | 2016 | 2016",
        "To | May | June",
        "Orla Ltd | [To; 2016, May] 40 | [June] 50",
        "Orla Ltd | [To; 2016, May] none | [June] none",
    ]


def asides(found: Reading) -> list[str]:
    return [
        text for each in found.asides for text in found.text[each.start : each.end].split("\n\n")
    ]


def test_what_stands_around_an_article_is_kept_as_asides() -> None:
    found = reading(
        "<html><head><title>Flood in Ost</title></head><body class='has-comments'>"
        "<div class='cookieBar'><p>We and our 40 partners use cookies.</p></div>"
        "<ul id=menu-main><li><a href=/a>News</a></li><li><a href=/b>Sport</a></li></ul>"
        "<div class='page related-wrapper'><h1>Flood in Ost</h1>"
        "<p>The river Asta left its bed on Monday, and nine houses in Ost were lost.</p>"
        "<p>The mayor, <a href=/m>Ida Lorn</a>, said that help had come late.</p>"
        "<p><b>Read also:</b> <a href=/d>Dam of Ost sold to a friend of the mayor</a></p>"
        "<h2>Damage</h2><p>The bridge was carried away.</p></div>"
        "<h3>You may also like</h3><div><p><a href=/c>Mayor Lorn is accused of fraud</a></p></div>"
        "<section><h2>3 comments</h2><p>Ninety houses were lost!</p></section>"
        "<div class='comment-list'><p>It was the dam.</p></div></body></html>"
    )
    assert asides(found) == [
        "We and our 40 partners use cookies.",
        "News",
        "Sport",
        "Read also: Dam of Ost sold to a friend of the mayor",
        "You may also like",
        "Mayor Lorn is accused of fraud",
        "3 comments",
        "Ninety houses were lost!",
        "It was the dam.",
    ]
    assert headings_of(found) == [(1, "Flood in Ost"), (2, "Damage")]


def test_a_report_about_comments_and_cookies_is_a_report() -> None:
    found = reading(
        "<h1>Data of children</h1><h2>Comments</h2><p>The ministry sent comments.</p>"
        "<h2>Cookies</h2><p>Schools set cookies in the browsers of <a href=/a>pupils</a>.</p>"
    )
    assert asides(found) == []


def test_a_page_that_is_nested_without_end_is_refused_at_once() -> None:
    began = time.process_time()
    with pytest.raises(DamagedFile, match="elements lie inside one another more than 400 times"):
        reading("<table><tr><td>a" * 10_000)
    assert time.process_time() - began < 20  # seconds; it took hours
    assert "deep" in reading("<div>" * 300 + "deep").text


def test_many_tables_in_one_another_are_read_in_time() -> None:
    nested = "<table><tr><td>1</td><td>" * 30 + "<p>Inside.</p>" + "</td></tr></table>" * 30
    began = time.process_time()
    assert reading(nested * 60).text.count("Inside.") == 60
    assert time.process_time() - began < 20
