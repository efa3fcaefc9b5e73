"""Who may do what: every route of the running program, as everybody who may ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from page_support import make_chatbot, running, served
from proxy_support import make_indexes, site, write_collections
from pydantic import SecretStr
from starlette.routing import BaseRoute, Mount

from rag.answer import open_chatbot
from rag.app.access.collections import read_collections
from rag.app.access.gate import open_gate
from rag.app.access.identity import Identity, is_meant
from rag.app.access.needs import needed
from rag.app.library.library import Library
from rag.app.web.page import build_app
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.site import build_site
from rag.errors import SettingsError
from rag.ingest.pipeline import ingest
from rag.models.embedding import SentenceEmbedding
from rag.settings import load_settings
from rag.store import open_store

FILES = {
    "ferries": {"ferry.txt": "The ferry to Orlo sank in a storm in 2016. Nine people drowned."},
    "mines": {"mine.txt": "The mine of Halt was closed in 2011, after a gas explosion."},
}
PAGES = {
    "ferries": {
        "title": "Ferries of the coast",
        "readers": ["coast", "mai@desk.example"],
        "editors": ["user:ed"],
        "administrators": ["group:chiefs"],
    },
    "mines": {"title": "Mines", "readers": ["inland"]},
}
CHANGES = {
    *("/library/jobs", "/library/upload", "/library/cancel", "/library/forget"),
    *("/library/edit", "/library/remove", "/people/merge", "/people/split", "/people/undo"),
}
"""What is posted to these changes the library; nothing else does."""


def headers(user: str, *groups: str, email: str = "") -> dict[str, str]:
    """What a proxy tells of somebody."""
    told = {"x-forwarded-user": user, "x-forwarded-groups": ",".join(groups)}
    return {**told, **({"x-forwarded-email": email} if email else {})}


NOBODY: dict[str, str] = {}
ELSEWHERE = headers("otto", "inland")
READER = headers("rita", "coast")
EDITOR = headers("ed")
CHIEF = headers("cleo", "chiefs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("coast")
    make_indexes(made, FILES)
    write_collections(made / "collections.toml", PAGES)
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    given = {"auth": "proxy", "trusted_proxies": "127.0.0.1", "editing": "always"}
    with site(collections=folder / "collections.toml", **given) as (running_at, _):
        yield running_at


def walked(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """The method and the path of every route, those of applications inside too."""
    for context in iter_route_contexts(routes):
        route = context.original_route
        if isinstance(route, Mount):
            yield from walked(list(route.routes))
        else:
            for method in getattr(context, "methods", None) or getattr(route, "methods", ()) or ():
                yield method, str(context.path)


@pytest.fixture(scope="module")
def routes(folder: Path) -> list[tuple[str, str]]:
    settings = load_settings(index=folder / "ferries" / "index")
    chatbot = open_chatbot(settings)
    library = Library(chatbot.index, settings)
    app = build_app(chatbot, library, settings=settings, queue=FairQueue())
    found = sorted(set(walked(app.routes)))
    library.close()
    return found


def status(
    client: httpx.Client, method: str, path: str, who: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    """The status of a request, and the object that it is answered with if it is refused."""
    with client.stream(method, f"/c/ferries{path}", headers=who) as answer:
        is_json = answer.headers.get("content-type", "") == "application/json"
        if answer.status_code < 400 or not is_json or method == "HEAD":
            return answer.status_code, {}
        answer.read()
        found = answer.json()
        return answer.status_code, found if isinstance(found, dict) else {}


def test_no_route_is_open_to_who_may_not_have_it(
    address: str, routes: list[tuple[str, str]]
) -> None:
    assert len(routes) > 80
    assert {path for method, path in routes if method == "POST"} >= CHANGES
    with httpx.Client(base_url=address, timeout=30) as client:
        for method, route in routes:
            path = re.sub(r"\{[^}]+\}", "x", route)
            need = needed(method, path)
            anonymous, _ = status(client, method, path, NOBODY)
            assert anonymous == 401, (method, path)
            elsewhere, told = status(client, method, path, ELSEWHERE)
            assert elsewhere == 404, (method, path)
            assert "ferries" not in str(told).casefold()
            for who in (READER, EDITOR):
                got, told = status(client, method, path, who)
                may = need.is_listed and (who is EDITOR or method != "POST" or path not in CHANGES)
                if not may:
                    assert got == (403 if need.is_listed else 404), (method, path, got)
                    if method != "HEAD":
                        assert told["error"]
                else:
                    assert got != 401, (method, path)
                    assert "not change it" not in str(told), (method, path)
            chief, told = status(client, method, path, CHIEF)
            assert chief != 401, (method, path)


def test_every_route_of_our_own_is_in_the_table(routes: list[tuple[str, str]]) -> None:
    # Those of Gradio that the page has no use for are left out, and thereby closed.
    gradio = ("/gradio_api", "/login", "/logout", "/monitoring", "/openapi.json", "/pwa_icon/")
    for method, route in routes:
        if not route.startswith(gradio):
            assert needed(method, re.sub(r"\{[^}]+\}", "x", route)).is_listed, (method, route)


@pytest.mark.parametrize(
    ("who", "change", "expected"),
    [
        (NOBODY, False, 401),
        (ELSEWHERE, False, 404),
        (ELSEWHERE, True, 404),
        (READER, False, 200),
        (headers("mai", email="Mai@desk.example"), False, 200),
        (headers("mai@desk.example"), False, 404),
        (headers("chiefs"), False, 404),
        (headers("coast", "ed"), False, 404),
        (READER, True, 403),
        (EDITOR, True, 400),
        (CHIEF, True, 400),
    ],
)
def test_a_role_comes_from_the_lists(
    address: str, who: dict[str, str], change: bool, expected: int
) -> None:
    with httpx.Client(base_url=f"{address}/c/ferries", timeout=30) as client:
        if change:
            body = {"document": "none", "changes": {"sauce": "x"}}
            given = {**who, "x-footnote": "library"}
            answer = client.post("/library/edit", json=body, headers=given)
        else:
            answer = client.get("/library/documents", headers=who)
    assert answer.status_code == expected, answer.text


def test_a_collection_that_one_may_not_read_is_as_one_that_is_not_there(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        for path in ("", "/", "/library/documents", "/source/x.0.1", "/nothing"):
            hidden = client.get(f"/c/ferries{path}", headers=ELSEWHERE)
            missing = client.get(f"/c/fairies{path}", headers=ELSEWHERE)
            assert hidden.status_code == missing.status_code == 404
            assert hidden.content == missing.content
            assert set(hidden.headers) == set(missing.headers)
        page = client.get("/c/mines/", headers=ELSEWHERE).text
        assert "Ferries" not in page
        assert '"collections": [["mines", "Mines"]]' in page
        assert client.get("/", headers=ELSEWHERE).headers["location"] == "/c/mines/"
        assert client.get("/", headers=READER).headers["location"] == "/c/ferries/"
        nowhere = client.get("/", headers=headers("nina"))
        assert nowhere.status_code == 403
        assert "none of the collections" in nowhere.text


def test_each_collection_has_its_own_documents_and_jobs(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        ferries = client.get("/c/ferries/library/documents", headers=READER).json()
        mines = client.get("/c/mines/library/documents", headers=ELSEWHERE).json()
        assert [each["source"] for each in ferries["documents"]] == ["ferry.txt"]
        assert [each["source"] for each in mines["documents"]] == ["mine.txt"]
        token = ferries["documents"][0]["token"]
        assert client.get(f"/c/ferries/source/{token}", headers=READER).status_code == 200
        assert client.get(f"/c/mines/source/{token}", headers=ELSEWHERE).status_code == 404
        given = {**EDITOR, "x-footnote": "library"}
        body = {"files": [{"name": "a.txt", "size": 3}]}
        job = client.post("/c/ferries/library/jobs", json=body, headers=given).json()["job"]
        assert job in client.get("/c/ferries/library/jobs", headers=READER).text
        assert job not in client.get("/c/mines/library/jobs", headers=ELSEWHERE).text


@pytest.mark.parametrize("trusted", ["192.0.2.1", "10.0.0.0/8, 2001:db8::/32"])
def test_what_anybody_says_of_themselves_does_not_count(folder: Path, trusted: str) -> None:
    given = {"auth": "proxy", "trusted_proxies": trusted}
    with (
        site(collections=folder / "collections.toml", **given) as (at, _),
        httpx.Client(base_url=at, timeout=30) as client,
    ):
        for who in (CHIEF, {**CHIEF, "x-forwarded-for": "10.0.0.1"}):
            answer = client.get("/c/ferries/library/about", headers=who)
            assert answer.status_code == 401
            assert "log in" in answer.json()["error"]


def test_names_of_headers_can_be_set(folder: Path) -> None:
    given = {
        "auth": "proxy",
        "trusted_proxies": "127.0.0.0/8",
        "proxy_user_header": "X-Auth-Request-User",
        "proxy_groups_header": "X-Auth-Request-Groups",
    }
    with (
        site(collections=folder / "collections.toml", **given) as (at, _),
        httpx.Client(base_url=at, timeout=30) as client,
    ):
        who = {"x-auth-request-user": "rita", "x-auth-request-groups": "sea, coast"}
        assert client.get("/c/ferries/library/about", headers=who).status_code == 200
        assert client.get("/c/ferries/library/about", headers=READER).status_code == 401


@pytest.mark.parametrize(
    ("editing", "told"),
    [("always", None), ("local", "not change it"), ("never", "RAG_EDITING=never")],
)
def test_one_collection_behind_a_log_in(tmp_path: Path, editing: str, told: str | None) -> None:
    chatbot, settings = make_chatbot(
        tmp_path,
        FILES["mines"],
        auth="proxy",
        trusted_proxies="127.0.0.1",
        editing=editing,
    )
    with served(chatbot, settings) as one, httpx.Client(base_url=one.address) as client:
        assert client.get("/").status_code == 401
        answer = client.get("/library/about", headers=headers("otto"))
        if told is None:
            assert answer.json()["read_only"] is None
        else:
            assert told in answer.json()["read_only"]
        page = client.get("/", headers=headers("otto <b>")).text
        assert '"user": "otto \\u003cb>"' in page


def test_without_log_in_a_visitor_from_elsewhere_reads_what_is_for_everybody(
    tmp_path: Path,
) -> None:
    make_indexes(tmp_path, FILES)
    pages = {"ferries": PAGES["ferries"], "mines": {"title": "Mines", "readers": ["*"]}}
    path = write_collections(tmp_path / "collections.toml", pages)
    with site(collections=path) as (at, _), httpx.Client(base_url=at, timeout=30) as client:
        here = client.get("/c/ferries/library/about")
        assert here.json()["read_only"] is None
        away = {"x-forwarded-for": "203.0.113.9"}
        assert client.get("/c/ferries/library/about", headers=away).status_code == 404
        open_to_all = client.get("/c/mines/library/about", headers=away)
        assert "only from the machine" in open_to_all.json()["read_only"]


def test_no_collection_is_the_one_of_the_settings(
    tmp_path: Path, database: SecretStr, embedding: SentenceEmbedding
) -> None:
    """A folder and a database side by side, though ``RAG_STORE`` names another one."""
    make_indexes(tmp_path, FILES)
    url = f"{database.get_secret_value()}_mines"
    for each in (url, database):
        store = open_store(load_settings(store=each), create=True, embedding=embedding)
        if each == url:
            files = list((tmp_path / "mines").glob("**/mine.txt"))
            ingest(store, files[:1], settings=load_settings())
        store.close()
    path = write_collections(tmp_path / "c.toml", {"ferries": {"title": "F", "readers": ["*"]}})
    mines = f'[[collection]]\nname = "mines"\ntitle = "M"\nindex = "{url}"\nreaders = ["*"]\n'
    path.write_text(f"{path.read_text('utf-8')}\n{mines}", "utf-8")
    with site(collections=path, store=database) as (at, _), httpx.Client(base_url=at) as client:
        for name in FILES:
            listed = client.get(f"/c/{name}/api/v1/documents", timeout=60).json()
            found = {each["source"].rpartition("/")[2] for each in listed["documents"]}
            assert found == set(FILES[name])
    twice = mines.replace('name = "mines"', 'name = "again"')
    path.write_text(f"{mines}\n{twice}", "utf-8")
    with pytest.raises(SettingsError, match="two collections"):
        read_collections(path)


def test_a_key_of_a_program_counts_no_more_than_its_role(folder: Path) -> None:
    class Holder:
        name, role = "newsroom-bot", "reader"

    pages = {"mines": {"title": "Mines", "administrators": ["user:key:newsroom-bot"]}}
    path = write_collections(folder / "keys.toml", pages)
    settings = load_settings(
        collections=path, auth="proxy", trusted_proxies="192.0.2.1", abstain_below=0
    )
    gate = open_gate(settings, keys=lambda given: Holder() if "authorization" in given else None)
    with running(build_site(gate)) as at, httpx.Client(base_url=at, timeout=30) as client:
        key = {"authorization": "Bearer secret", "x-footnote": "library"}
        assert client.get("/c/mines/library/documents").status_code == 401
        assert client.get("/c/mines/library/documents", headers=key).status_code == 200
        body = {"documents": ["x"]}
        assert client.post("/c/mines/library/remove", json=body, headers=key).status_code == 403


@pytest.mark.parametrize(
    ("entry", "identity", "expected"),
    [
        ("*", Identity("ann"), True),
        ("*", Identity(), False),
        ("ann", Identity("ann"), False),
        ("user:ann", Identity("ann"), True),
        ("desk", Identity("ann", groups=frozenset({"desk"})), True),
        ("group:a@b.example", Identity("ann", groups=frozenset({"a@b.example"})), True),
        ("a@b.example", Identity("ann", groups=frozenset({"a@b.example"})), False),
        ("a@b.example", Identity("ann", email="A@B.example"), True),
        ("a@b.example", Identity("a@b.example"), False),
        ("user:", Identity(), False),
    ],
)
def test_an_entry_means_a_user_or_a_group(entry: str, identity: Identity, expected: bool) -> None:
    assert is_meant(entry, identity) is expected


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "collection"),
        ("[[collection]]\nname = 'A b'\ntitle = 'x'\nindex = 'x'", "name"),
        ("[[collection]]\nname = 'a'\ntitle = 'x'\nindex = 'x'\nreader = []", "reader"),
        ("[[collection]]\nname = 'a'\ntitle = 'x'\nindex = 'x'\n" * 2, "two collections"),
        ("[[collection", "cannot be read"),
    ],
)
def test_a_wrong_file_of_collections_is_an_error_that_names_it(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "collections.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(SettingsError, match=told) as caught:
        read_collections(path)
    assert str(path) in str(caught.value)


def test_a_proxy_has_to_be_named() -> None:
    with pytest.raises(SettingsError, match="RAG_TRUSTED_PROXIES"):
        open_gate(load_settings(auth="proxy"))
    with pytest.raises(SettingsError, match="trusted_proxies"):
        open_gate(load_settings(trusted_proxies="proxy.example"))
