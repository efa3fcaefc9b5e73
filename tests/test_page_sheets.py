"""Pages of PDFs as the panel shows them: pictures, boxes, and what is said without them."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pypdfium2 as pdfium
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from page_support import served
from page_texts import texts
from panel_support import (
    HARBOUR,
    INQUIRY,
    document,
    inquiry,
    over_pages,
    page_of,
    panel_chatbot,
    sentence_on,
)
from pdf_made import boxes_of
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from rag.answer import Chatbot
from rag.app.web.shared.places import token
from rag.app.web.source.document_text import MOST_HEADINGS
from rag.app.web.source.find import places_of
from rag.app.web.source.routes import MOST_PLACES
from rag.app.web.source.view import pages_html, sheet_html, source_html
from rag.errors import DamagedFile
from rag.export.records import Place
from rag.ingest.pipeline import ingest, remove
from rag.ingest.read import Workers
from rag.language.folding import fold
from rag.models.embedding import SentenceEmbedding
from rag.readers.codec import decode_page_sizes, decode_page_view
from rag.readers.pdf.covered import COVERED
from rag.readers.pdf.file import page_picture
from rag.readers.pdf_view import Box, PageView, TextLine, page_sizes, page_view
from rag.schema import Document, Heading, Metadata, Page
from rag.settings import load_settings
from rag.store import Index


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[tuple[Chatbot, httpx.Client, Path]]:
    folder = tmp_path_factory.mktemp("sheets")
    chatbot, settings = panel_chatbot(folder, embedding)
    with (
        served(chatbot, settings) as running,
        httpx.Client(base_url=running.address, timeout=60) as client,
    ):
        yield chatbot, client, folder / "reports"


def parsed(response: httpx.Response) -> Tag:
    assert response.status_code == 200, response.text
    return BeautifulSoup(response.text, "lxml")


def boxes(of: Tag) -> list[Box]:
    found = []
    for each in of.select(".box"):
        numbers = re.findall(r"([\d.]+)%", str(each["style"]))
        left, top, width, height = (float(number) / 100 for number in numbers)
        found.append(Box(left, top, left + width, top + height))
    return found


def assert_same(found: list[Box], expected: tuple[Box, ...]) -> None:
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        for side in ("left", "top", "right", "bottom"):
            assert getattr(one, side) == pytest.approx(getattr(other, side), abs=3e-5)


def test_all_pages_are_laid_out_before_any_is_drawn(
    site: tuple[Chatbot, httpx.Client, Path],
) -> None:
    chatbot, client, _ = site
    of = document(chatbot, INQUIRY)
    shown = parsed(client.get(f"/pages/{token(of.id, *sentence_on(of, 8))}"))
    (sheets,) = shown.select(".sheets")
    assert (sheets["data-first"], sheets["data-last"]) == ("8", "12")
    leaves = shown.select(".leaf")
    assert [each["data-number"] for each in leaves] == [str(number) for number in range(1, 13)]
    assert leaves[7]["data-label"] == "3"
    assert {each["style"] for each in leaves} == {"aspect-ratio: 595.00 / 842.00"}
    assert [int(str(each["data-start"])) for each in leaves] == [page.start for page in of.pages]


def test_the_words_of_a_page_lie_where_they_are_printed(
    site: tuple[Chatbot, httpx.Client, Path],
) -> None:
    chatbot, client, _ = site
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    shown = parsed(client.get(f"/page/{token(of.id, start, end)}"))
    lines = shown.select(".words span")
    words = "".join("".join(line.get_text() for line in lines).split())
    assert "".join(of.text[start:end].split()) in words
    (first, *_) = boxes(shown)
    tops = [float(re.findall(r"top:([\d.]+)%", str(line["style"]))[0]) / 100 for line in lines]
    beside = [
        line for line, top in zip(lines, tops, strict=True) if top == pytest.approx(first.top)
    ]
    words = " ".join(line.get_text() for line in beside)
    assert " ".join(of.text[start:end].split()[:3]) in " ".join(words.split())


def test_what_is_covered_cannot_be_copied() -> None:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(595, 842))
    canvas.drawString(72, 700, "The payment was approved by Sergeant Halloran in October.")
    canvas.rect(215, 695, 105, 16, fill=1)
    canvas.save()
    words = " ".join(line.text for line in page_view(made.getvalue(), page=1, text="").lines)
    assert COVERED in words
    assert "The payment was approved" in words
    assert "Halloran" not in words
    assert "Halloran" in pdfium.PdfDocument(made.getvalue())[0].get_textpage().get_text_range()


@pytest.mark.parametrize("turn", range(4))
def test_text_in_any_direction_is_where_it_is_seen(turn: int) -> None:
    document = pdfium.PdfDocument(inquiry())
    document[7].set_rotation(90 * turn)
    saved = io.BytesIO()
    document.save(saved)
    level = page_view(inquiry(), page=8, text="").lines
    turned = page_view(saved.getvalue(), page=8, text="").lines
    assert [line.text for line in turned] == [line.text for line in level]
    assert {line.turn for line in turned} == {turn}
    for one, other in zip(level, turned, strict=True):
        x, y = one.box.left, one.box.top
        for _ in range(turn):
            x, y = 1 - y, x
        corners = {
            (a, b)
            for a in (other.box.left, other.box.right)
            for b in (other.box.top, other.box.bottom)
        }
        assert min(abs(x - a) + abs(y - b) for a, b in corners) < 1e-4


def test_sizes_are_those_of_the_pages() -> None:
    assert page_sizes(inquiry()) == [(595.0, 842.0)] * 12
    assert decode_page_sizes(b"[[595, 842]]") == [(595.0, 842.0)]
    for answer in (b"{}", b"[[1]]", b"[[NaN, 1]]", b"[[1, Infinity]]", b"[[-1, 1]]", b'[["a", 1]]'):
        with pytest.raises(ValueError, match=r".+"):
            decode_page_sizes(answer)


def test_a_page_has_its_marks_and_its_picture(site: tuple[Chatbot, httpx.Client, Path]) -> None:
    chatbot, client, _ = site
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    shown = parsed(client.get(f"/page/{token(of.id, start, end)}"))
    before = of.text[page_of(of, 8).start : start]
    assert_same(boxes(shown), boxes_of(inquiry(), page=8, text=of.text[start:end], before=before))
    image = shown.find("img")
    assert isinstance(image, Tag)
    assert str(image["alt"]).endswith(of.text[start:end])
    drawn = client.get(f"/{image['data-picture']}&width=900")
    assert drawn.headers["content-type"] == "image/png"
    assert drawn.content == page_picture(inquiry(), page=8, width_pixels=1200)
    assert "immutable" in drawn.headers["cache-control"]
    assert "private" in drawn.headers["cache-control"]
    again = client.get(
        f"/{image['data-picture']}&width=900", headers={"if-none-match": drawn.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_quotation_over_two_pages_is_marked_on_both(
    site: tuple[Chatbot, httpx.Client, Path],
) -> None:
    chatbot, client, _ = site
    of = document(chatbot, INQUIRY)
    start, end, number = over_pages(of)
    place, cut = token(of.id, start, end), page_of(of, number + 1).start
    first = client.get(f"/page/{place}")
    assert_same(
        boxes(parsed(first)),
        boxes_of(
            inquiry(),
            page=number,
            text=of.text[start:cut],
            before=of.text[page_of(of, number).start : start],
        ),
    )
    second = client.get(f"/page/{place}?number={number + 1}")
    assert_same(boxes(parsed(second)), boxes_of(inquiry(), page=number + 1, text=of.text[cut:end]))
    third = client.get(f"/page/{place}?number=1")
    assert boxes(parsed(third)) == []
    assert "sheet-note" not in third.text


def test_words_are_found_as_they_are_typed(site: tuple[Chatbot, httpx.Client, Path]) -> None:
    chatbot, client, _ = site
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    given = of.text[start:end].upper().replace(" ", "  ")
    answer = client.get(f"/find/{token(of.id, 0, 0)}", params={"words": given}).json()
    assert answer == {
        "places": [{"token": token(of.id, start, end), "start": start, "end": end, "page": 8}],
        "more": False,
    }
    many = client.get(f"/find/{token(of.id, 0, 0)}", params={"words": "e"}).json()
    assert len(many["places"]) == MOST_PLACES
    assert many["more"] is True
    none = client.get(f"/find/{token(of.id, 0, 0)}", params={"words": "no such words"}).json()
    assert none == {"places": [], "more": False}
    assert client.get(f"/find/{token('f' * 32, 0, 0)}", params={"words": "e"}).status_code == 404


@settings(max_examples=100, deadline=None)
@given(texts, st.integers(0, 400), st.integers(1, 40))
def test_what_stands_there_is_found_there(text: str, at: int, length: int) -> None:
    words = " ".join(text[at : at + length].split())
    found = list(places_of(text, words))
    for start, end in found:
        assert fold(" ".join(text[start:end].split())) == " ".join(fold(words).split())


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("In Co\u0301rdoba, CÓRDOBA", "cordoba", ["Co\u0301rdoba", "CÓRDOBA"]),
        ("“He  said\nso” and Straße", '"he said so"', ["“He  said\nso”"]),
        ("“He said so” and Straße", "STRASSE", ["Straße"]),
        ("one\n\ntwo", "one two", []),
        ("a 😀 prison", "prison", ["prison"]),
    ],
)
def test_letters_and_spaces_may_differ(text: str, words: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in places_of(text, words)] == expected


def test_the_original_is_given_to_be_saved(site: tuple[Chatbot, httpx.Client, Path]) -> None:
    chatbot, client, reports = site
    for source in (INQUIRY, HARBOUR):
        answer = client.get(f"/original/{token(document(chatbot, source).id, 0, 0)}")
        assert answer.content == (reports / source).read_bytes()
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{source}"
    assert client.get(f"/original/{token('f' * 32, 0, 0)}").status_code == 404


def test_what_has_no_such_page_is_not_found(site: tuple[Chatbot, httpx.Client, Path]) -> None:
    chatbot, client, _ = site
    of, other = document(chatbot, INQUIRY), document(chatbot, HARBOUR)
    for path in (
        f"/page/{token(of.id, 0, 9)}?number=13",
        f"/page/{token(of.id, 0, 0)}.png?number=13",
        f"/page/{token(of.id, 0, 10**9)}",
        f"/page/{token(other.id, 0, 9)}",
        f"/page/{token(other.id, 0, 0)}.png",
        "/page/0000.0.9",
        "/page/..%2f..%2fetc%2fpasswd.0.0.png",
        "/page/nothing.png",
    ):
        response = client.get(path)
        assert response.status_code == 404, path
        assert "no such page" in response.text.casefold() or "Not Found" in response.text
    assert client.get(f"/page/{token(of.id, 0, 0)}.png?number=0").status_code == 422
    assert client.get(f"/page/{token(of.id, 0, 0)}.png?width=999999").status_code == 422


def test_pictures_are_bounded(site: tuple[Chatbot, httpx.Client, Path]) -> None:
    chatbot, client, _ = site
    of = document(chatbot, INQUIRY)
    drawn = client.get(f"/page/{token(of.id, 0, 0)}.png?number=1&width=20000")
    assert Image.open(io.BytesIO(drawn.content)).width == 2600


def test_without_the_file_the_panel_says_so(tmp_path: Path, embedding: SentenceEmbedding) -> None:
    chatbot, settings = panel_chatbot(tmp_path, embedding)
    of = document(chatbot, INQUIRY)
    place = token(of.id, *sentence_on(of, 8))
    file = tmp_path / "reports" / INQUIRY
    with (
        served(chatbot, settings) as running,
        httpx.Client(base_url=running.address, timeout=60) as client,
    ):
        file.write_bytes(b"%PDF-1.4 another one")
        changed = client.get(f"/page/{place}")
        assert changed.status_code == 410
        assert "has changed since" in changed.text
        file.unlink()
        missing = client.get(f"/page/{place}.png")
        assert missing.status_code == 410
        assert client.get(f"/pages/{place}").status_code == 410
        assert client.get(f"/original/{place}").status_code == 410
        assert "is not where it was" in missing.text
        assert "<mark>In case" in client.get(f"/source/{place}").text


def test_a_link_still_leads_there_after_everything_was_built_anew(
    tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    chatbot, settings = panel_chatbot(tmp_path, embedding)
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    places = [token(of.id, start, end), token(document(chatbot, HARBOUR).id, 30, 60)]
    with (
        served(chatbot, settings) as running,
        httpx.Client(base_url=running.address, timeout=60) as client,
    ):
        before = [client.get(f"/source/{place}").text for place in places]
        assert f"<mark>{of.text[start:end]}</mark>" in before[0]
        other = Index.open(settings, rebuild=True)
        other.embedding = embedding
        with other.writing() as writer:
            assert len(list(writer.rebuild())) == 3
        other.close()
        assert [client.get(f"/source/{place}").text for place in places] == before
        remove(chatbot.index, [one.id for one in chatbot.documents()])
        assert client.get(f"/source/{places[0]}").status_code == 404
        assert not ingest(chatbot.index, [tmp_path / "reports"], settings=settings).failed
        assert [client.get(f"/source/{place}").text for place in places] == before
        assert client.get(f"/page/{places[0]}").status_code == 200


def test_recognised_text_is_not_marked_but_explained() -> None:
    of = Document(
        id="0" * 20,
        source="scan.pdf",
        text="Nobody was charged.",
        metadata=Metadata(),
        media_type="application/pdf",
        pages=(Page(1, None, 0, 19, ocr=True),),
    )
    shown = sheet_html(of, Place(of.id, 0, 19), PageView(600, 800, ()), number=1)
    assert "recognised in its picture" in shown
    lost = replace(of, pages=(replace(of.pages[0], ocr=False),))
    shown = sheet_html(lost, Place(of.id, 0, 19), PageView(600, 800, ()), number=1)
    assert "cannot be marked on this picture" in shown


def test_a_damaged_file_costs_no_more_than_its_pictures() -> None:
    with Workers(load_settings(), most=1) as workers:
        with pytest.raises(DamagedFile):
            workers.draw(b"%PDF-1.4 nothing", page=1, width=800).result()
        with pytest.raises(DamagedFile):
            workers.mark(inquiry(), page=99, text="x", before="").result()
        assert workers.draw(inquiry(), page=1, width=800).result().startswith(b"\x89PNG")


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="no priorities here")
def test_pages_that_somebody_waits_for_do_not_give_way_and_files_that_are_read_do() -> None:
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    with Workers(load_settings(), most=1) as readers:
        readers.warm_up().result()
        (reader,) = readers.process_ids()
        readers.read(b"Nobody was charged.", name="a.txt").future.result()
        assert os.getpriority(os.PRIO_PROCESS, reader) == min(19, usual + 10)
    with Workers(load_settings(), most=1, waited_for=True) as pages:
        pages.draw(inquiry(), page=1, width=800).result()
        (drawing,) = pages.process_ids()
        assert drawing != reader
        assert os.getpriority(os.PRIO_PROCESS, drawing) == usual


@pytest.mark.parametrize(
    "answer",
    [
        b"{}",
        b"[]",
        b'{"width": 0, "height": 1, "boxes": []}',
        b'{"width": NaN, "height": 1, "boxes": []}',
        b'{"width": 9, "height": 9, "boxes": [{"left": 0, "top": 0, "right": 2, "bottom": 1}]}',
        b'{"width": 9, "height": 9, "boxes": [{"left": "\\"><script>"}]}',
        b'{"width": 9, "height": 9, "boxes": [], "lines": [{"text": "a", "turn": 4, "box":'
        b' {"left": 0, "top": 0, "right": 1, "bottom": 1}}]}',
    ],
)
def test_what_a_process_answers_is_looked_at(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_page_view(answer)


# The outline ----------------------------------------------------------------------------------


def test_the_outline_lists_the_headings_and_marks_the_section(
    site: tuple[Chatbot, httpx.Client, Path],
) -> None:
    chatbot, client, _ = site
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    page = BeautifulSoup(client.get(f"/source/{token(of.id, start, end)}").text, "lxml")
    entries = page.select(".outline button")
    names = [of.text[heading.start : heading.end] for heading in of.headings]
    shown = [entry.find("bdi") for entry in entries]
    assert [each.get_text() for each in shown if each] == names
    (present,) = page.select(".outline [aria-current]")
    above = [heading for heading in of.headings if heading.start <= start]
    assert int(str(present["data-heading"])) == above[-1].start
    for entry, heading in zip(entries, of.headings, strict=True):
        found = of.page_at(heading.start)
        assert found is not None
        assert int(str(entry["data-number"])) == found.number


def test_another_part_of_a_long_document_has_a_way_back() -> None:
    text = "\n\n".join(f"Paragraph {number} says so and so." for number in range(6_000))
    of = Document("0" * 20, "long.txt", text, Metadata(), "text/plain")
    place = Place(of.id, 10, 20)
    assert "data-back" not in (source_html(of, place) or "")
    far = source_html(of, place, around=len(text) // 2) or ""
    assert "data-back" in far
    assert "<mark>" not in far
    assert "Paragraph 3000 " in far
    assert source_html(of, place, around=-5) is not None
    assert source_html(of, place, around=10**12) is not None


def test_an_endless_outline_says_what_it_leaves_out() -> None:
    count = MOST_HEADINGS + 3
    text = "ab\n\n" * count
    headings = tuple(Heading(1, 4 * number, 4 * number + 2) for number in range(count))
    of = Document("0" * 20, "x.txt", text, Metadata(), "text/plain", headings=headings)
    shown = BeautifulSoup(source_html(of, Place(of.id, 0, 0)) or "", "lxml")
    assert len(shown.select(".outline button")) == MOST_HEADINGS
    assert "3 more headings are not listed" in shown.get_text()


@settings(max_examples=50, deadline=None)
@given(texts, texts, texts)
def test_hostile_words_stay_words(heading: str, label: str, words: str) -> None:
    text = f"{heading or 'x'}\n\n{words or 'y'}"
    cut = len(heading or "x")
    of = Document(
        "0" * 20,
        "a.pdf",
        text,
        Metadata(title=label),
        "application/pdf",
        pages=(Page(1, label, 0, len(text)),),
        headings=(Heading(1, 0, cut),),
    )
    place = Place(of.id, 0, len(text))
    panel = source_html(of, place, pictured=True) or ""
    line = TextLine(words, Box(0.1, 0.1, 0.2, 0.2), 0)
    sheet = sheet_html(of, place, PageView(600, 800, (line.box,), (line,)), number=1)
    pages = pages_html(of, place, [(600, 800)])
    for shown in (panel, sheet, pages):
        page = BeautifulSoup(shown, "lxml")
        assert not page.select("script, iframe, form, style, h1")
        assert all(str(each["href"]).startswith("original/") for each in page.select("a"))
        assert all(image.get("src") is None for image in page.select("img"))
        assert not any(name.startswith("on") for tag in page.find_all() for name in tag.attrs)
    image = BeautifulSoup(sheet, "lxml").find("img")
    assert isinstance(image, Tag)
    assert str(image["alt"]).endswith(" ".join(text.split()))
