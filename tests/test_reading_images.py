"""Pictures of pages as files."""

from __future__ import annotations

import io
import shutil

import pytest
from PIL import Image, ImageDraw, ImageFont

from rag.errors import DamagedFile, EmptyDocument, LimitExceeded
from rag.readers import Limits, media_type_of, read
from rag.readers.images import _as_pdf
from rag.readers.pdf.file import opened

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="Tesseract is not installed"
)


def picture(kind: str, *texts: str) -> bytes:
    pages = []
    for text in texts:
        page = Image.new("RGB", (1200, 300), "white")
        font = ImageFont.load_default(48)
        ImageDraw.Draw(page).text((50, 100), text, fill="black", font=font)
        pages.append(page)
    target = io.BytesIO()
    more = {"save_all": True, "append_images": pages[1:]} if kind == "TIFF" else {}
    pages[0].save(target, kind, dpi=(150, 150), **more)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.tif", "TIFF"), ("a.tiff", "TIFF")]
)
def test_without_ocr_it_is_said_what_to_do(name: str, kind: str) -> None:
    content = picture(kind, "The dam was safe.")
    with pytest.raises(EmptyDocument, match="RAG_OCR=1"):
        read(content, name=name, media_type=media_type_of(name, content))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(DamagedFile, match=r"a\.png: not a picture"):
        media_type_of("a.png", b"GIF89a and more")


def test_each_picture_of_a_tiff_is_a_page_of_its_size() -> None:
    made = _as_pdf(picture("TIFF", "One.", "Two."), "a.tif", Limits())
    with opened(made, "a.pdf") as document:
        assert [document.get_page_size(at) for at in range(len(document))] == [(576, 144)] * 2
    with pytest.raises(LimitExceeded):
        _as_pdf(picture("TIFF", "One.", "Two."), "a.tif", Limits(pages=1))
    with pytest.raises(DamagedFile):
        _as_pdf(picture("PNG", "One.")[:400], "a.png", Limits())


@needs_tesseract
def test_a_picture_is_read_by_ocr() -> None:
    content = picture("TIFF", "The dam was safe.", "Nobody was warned.")
    found = read(content, name="a.tif", media_type="image/tiff", limits=Limits(ocr=True))
    assert found.text.split() == ["The", "dam", "was", "safe.", "Nobody", "was", "warned."]
    first, second = (found.text[page.start : page.end].strip() for page in found.pages)
    assert (first, second) == ("The dam was safe.", "Nobody was warned.")
    assert all(page.ocr for page in found.pages)
