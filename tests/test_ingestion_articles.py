"""Articles in JSON become documents with their metadata."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from rag.ingest.pipeline import ingest
from rag.settings import load_settings
from rag.store import Index

OpenIndex = Callable[..., Index]
SETTINGS = load_settings()

ARTICLES = [
    {
        "headline": "Flood in Ost",
        "body": "The river left its bed.\n\nNine <houses> & a mill were lost.",
        "authors": [{"name": "Ida Lorn"}, "Bo Orr"],
        "published_at": "2019-05-03T10:00:00Z",
        "source": {"name": "The Ost Gazette"},
        "url": "https://x.example/flood",
        "views": 12,
    },
    {"title": "Strike in Varn", "content_html": "<p>The mine was <b>closed</b>.</p>"},
]


def check(index: Index, name: str) -> None:
    first, second = sorted(index.documents(), key=lambda each: each.source)
    assert [first.source, second.source] == [f"{name}/0001.html", f"{name}/0002.html"]
    assert first.metadata.title == "Flood in Ost"
    assert first.metadata.author == "Ida Lorn; Bo Orr"
    assert first.metadata.date == "2019-05-03"
    assert first.metadata.publisher == "The Ost Gazette"
    assert first.metadata.extra["url"] == "https://x.example/flood"
    document = index.document(first.id)
    assert document is not None
    assert document.text.split("\n\n")[1:] == [
        "The river left its bed.",
        "Nine <houses> & a mill were lost.",
    ]
    document = index.document(second.id)
    assert document is not None
    assert document.text.endswith("The mine was closed.")


def test_a_list_of_articles(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    (tmp_path / "a.json").write_text(json.dumps({"total": 2, "articles": ARTICLES}))
    assert ingest(index, [tmp_path / "a.json"], settings=SETTINGS).failed == []
    check(index, "a.json")
    again = ingest(index, [tmp_path / "a.json"], settings=SETTINGS)
    assert (len(again.unchanged), again.added) == (2, [])


def test_lines_of_json_of_which_one_is_broken(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    lines = [*map(json.dumps, ARTICLES), '{"title": "cut', '{"title": "Only a title"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    result = ingest(index, [tmp_path / "a.jsonl"], settings=SETTINGS)
    check(index, "a.jsonl")
    assert [each.source for each in result.failed] == ["a.jsonl/0003.html", "a.jsonl/0004.html"]
    assert "has no text" in result.failed[1].error


def test_json_without_articles_is_named(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    (tmp_path / "a.json").write_text('{"indent": 2}')
    (tmp_path / "b.json").write_text("not json")
    result = ingest(index, [tmp_path], settings=SETTINGS)
    assert {each.source for each in result.failed} >= {"b.json"}
    assert any("has no text" in each.error for each in result.failed)
    assert result.added == []
