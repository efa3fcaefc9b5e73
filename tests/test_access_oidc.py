"""Log-in with OpenID Connect, at a real server on this machine."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from page_support import running
from proxy_support import make_indexes, write_collections
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rag.app.access.gate import open_gate
from rag.app.access.identity import Identity
from rag.app.access.sessions import COOKIE, Sessions
from rag.app.web.site import build_site
from rag.errors import SettingsError
from rag.settings import load_settings

provider = pytest.importorskip("oidc_provider_mock", reason="needs oidc-provider-mock")
pytestmark = pytest.mark.filterwarnings("ignore")

SECRET = "one long sentence that nobody but this test knows"
PAGES = {
    "quays": {"title": "Quays", "readers": ["night desk"], "editors": ["lou@desk.example"]},
    "locks": {"title": "Locks", "readers": ["*"]},
}
FILES = {
    "quays": {"quay.txt": "The north quay was rebuilt in 2009."},
    "locks": {"lock.txt": "The lock at Brenn has two gates."},
}
USERS = {
    "u-1": {
        "email": "lou@desk.example",
        "email_verified": True,
        "name": "Lou Ferrand",
        "groups": ["day desk"],
    },
    "u-2": {"email": "lou@desk.example", "email_verified": False, "groups": "night desk"},
    "u-3": {"email": "lou@desk.example", "groups": []},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("harbour")
    make_indexes(made, FILES)
    write_collections(made / "collections.toml", PAGES)
    return made


@contextmanager
def people(**given: object) -> Iterator[str]:
    """A server that these people log in at."""
    users = [provider.User(sub=sub, claims=claims) for sub, claims in USERS.items()]
    with provider.run_server_in_thread(user_claims=users, **given) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with people() as address:
        yield address


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def page(folder: Path, issuer: str, **given: object) -> Iterator[str]:
    port = free_port()
    settings = load_settings(
        **{
            "collections": folder / "collections.toml",
            "auth": "oidc",
            "oidc_issuer": issuer,
            "oidc_client_id": "footnote",
            "oidc_client_secret": "of the client",
            "oidc_redirect": f"http://127.0.0.1:{port}/auth/callback",
            "session_secret": SECRET,
            "abstain_below": 0,
            **given,
        }
    )
    with running(build_site(open_gate(settings)), port=port) as address:
        yield address


@pytest.fixture(scope="module")
def address(folder: Path, issuer: str) -> Iterator[str]:
    with page(folder, issuer) as at:
        yield at


def begun(client: httpx.Client, path: str) -> str:
    """Where the browser is sent to when it opens a page without a session."""
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 302
    answer = client.get(answer.headers["location"])
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def sent_back(where: str, user: str) -> str:
    """Where the other server sends the browser once somebody has logged in there."""
    answer = httpx.post(where, data={"sub": user}, timeout=30)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def log_in(client: httpx.Client, user: str, path: str = "/") -> httpx.Response:
    return client.get(sent_back(begun(client, path), user))


def changed(address: str, **values: str) -> str:
    """An address with other values in its query."""
    parts = urlsplit(address)
    query = {name: found[0] for name, found in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode({**query, **values})).geturl()


@pytest.mark.parametrize(
    ("user", "collection", "may_change"),
    [("u-1", "quays", True), ("u-2", "quays", False), ("u-3", "locks", False)],
)
def test_somebody_logs_in_reads_and_logs_out(
    address: str, user: str, collection: str, may_change: bool
) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/c/quays/library/about").status_code == 401
        answer = log_in(client, user, f"/c/{collection}/?x=1")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/c/{collection}/?x=1"
        about = client.get(f"/c/{collection}/library/about").json()
        assert (about["read_only"] is None) is may_change
        if user == "u-1":
            assert '"user": "Lou Ferrand"' in client.get(f"/c/{collection}/").text
        if collection == "locks":
            assert client.get("/c/quays/library/about").status_code == 404
        kept = client.cookies[COOKIE]
        left = client.post("/auth/log-out")
        assert left.status_code == 303
        assert "logged out" in client.get(left.headers["location"]).text
        again = client.get(f"/c/{collection}/library/about", headers={"cookie": f"{COOKIE}={kept}"})
        assert again.status_code == 401


def test_a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        where = begun(client, "/")
        query = parse_qs(urlsplit(where).query)
        assert query["code_challenge_method"] == ["S256"]
        assert query["response_type"] == ["code"]
        assert len(query["nonce"][0]) >= 20
        assert len(query["state"][0]) >= 20
        answer = client.get(sent_back(where, "u-1"))
        cookie = next(each for each in answer.headers.get_list("set-cookie") if COOKIE in each)
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Max-Age=43200" in cookie
        content = client.cookies[COOKIE].partition(".")[0]
        read = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
        # What is longer is compressed; neither has a token of the other server in it.
        assert b"u-1" in read
        assert b"token" not in read
        assert b"day desk" not in read


def test_over_https_the_cookie_is_for_https_only(folder: Path, issuer: str) -> None:
    given = {"oidc_redirect": "https://reports.example/auth/callback"}
    with (
        page(folder, issuer, **given) as at,
        httpx.Client(base_url=at, timeout=30, headers={"host": "reports.example"}) as client,
    ):
        answer = client.get("/auth/log-in")
        assert answer.status_code == 302
        assert "Secure" in answer.headers["set-cookie"]


def test_a_log_in_leads_nowhere_else(address: str) -> None:
    for path in ("//evil.example/", "https://evil.example/", "/\\evil.example", "evil"):
        with httpx.Client(base_url=address, timeout=30) as client:
            where = client.get("/auth/log-in", params={"next": path}).headers["location"]
            answer = client.get(sent_back(where, "u-1"))
            assert answer.status_code == 303
            assert answer.headers["location"] == "/"


def refused(client: httpx.Client, back: str) -> None:
    answer = client.get(back)
    assert answer.status_code == 403, answer.text
    assert "did not succeed" in answer.text
    assert COOKIE not in client.cookies
    assert client.get("/c/locks/library/about").status_code == 401


def test_another_state_is_refused(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        back = sent_back(begun(client, "/"), "u-1")
        refused(client, changed(back, state="another"))


def test_a_log_in_that_another_browser_began_is_refused(address: str) -> None:
    with (
        httpx.Client(base_url=address, timeout=30) as attacker,
        httpx.Client(base_url=address, timeout=30) as victim,
    ):
        back = sent_back(begun(attacker, "/"), "u-1")
        refused(victim, back)
        begun(victim, "/")
        refused(victim, back)


def test_another_nonce_is_refused(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        where = changed(begun(client, "/"), nonce="another-nonce-of-some-length")
        refused(client, sent_back(where, "u-1"))


def test_a_code_counts_once(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        back = sent_back(begun(client, "/"), "u-1")
        kept = dict(client.cookies)
        assert client.get(back).status_code == 303
        client.cookies.clear()
        for name, value in kept.items():
            client.cookies.set(name, value, path="/auth/")
        refused(client, back)


def test_a_token_that_has_expired_is_refused(folder: Path) -> None:
    with (
        people(access_token_max_age=timedelta(seconds=-600)) as issuer,
        page(folder, issuer) as at,
        httpx.Client(base_url=at, timeout=30) as client,
    ):
        refused(client, sent_back(begun(client, "/"), "u-1"))


@contextmanager
def pretender(behind: str, *, says: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """A server whose answers are those of another; ``says`` is what it calls itself.

    The list has the forms in which tokens were asked for.
    """
    forms: list[str] = []

    async def metadata(request: Request) -> Response:
        found = httpx.get(f"{behind}/.well-known/openid-configuration").json()
        own = str(request.base_url).rstrip("/")
        return JSONResponse({**found, "issuer": says or own, "token_endpoint": f"{own}/token"})

    async def token(request: Request) -> Response:
        form = (await request.body()).decode()
        forms.append(form)
        kept = {k: v for k, v in request.headers.items() if k in ("authorization", "content-type")}
        answer = httpx.post(f"{behind}/oauth2/token", content=form, headers=kept)
        return Response(answer.content, answer.status_code, media_type="application/json")

    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", metadata),
            Route("/token", token, methods=["POST"]),
        ]
    )
    with running(app) as address:
        yield address, forms


def test_a_token_of_another_issuer_is_refused(folder: Path, issuer: str) -> None:
    with (
        pretender(issuer) as (other, forms),
        page(folder, other) as at,
        httpx.Client(base_url=at, timeout=30) as client,
    ):
        refused(client, sent_back(begun(client, "/"), "u-1"))
        (form,) = forms
        assert len(parse_qs(form)["code_verifier"][0]) >= 43


def test_a_server_that_says_it_is_another_is_refused(folder: Path, issuer: str) -> None:
    with (
        pretender(issuer, says="https://login.example") as (other, _),
        page(folder, other) as at,
        httpx.Client(base_url=at, timeout=30) as client,
    ):
        assert client.get("/auth/log-in").status_code == 403


def test_only_allowed_signatures_count(folder: Path, issuer: str) -> None:
    with (
        page(folder, issuer, oidc_algorithms="ES256") as at,
        httpx.Client(base_url=at, timeout=30) as client,
    ):
        refused(client, sent_back(begun(client, "/"), "u-1"))
    for algorithms in ("none", "HS256", ""):
        with pytest.raises(SettingsError, match="oidc_algorithms"):
            load_settings(oidc_algorithms=algorithms)


def test_a_server_that_is_away_is_told(folder: Path) -> None:
    with (
        page(folder, f"http://127.0.0.1:{free_port()}") as at,
        httpx.Client(base_url=at, timeout=30) as client,
    ):
        answer = client.get("/auth/log-in")
        assert answer.status_code == 502
        assert "does not answer" in answer.text


def test_a_changed_cookie_is_nobody(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        log_in(client, "u-1")
        good = client.cookies[COOKIE]
        assert client.get("/c/quays/library/about").status_code == 200
        client.cookies.clear()
        forged = Sessions("x" * 40, seconds=60, purpose="session").begin(Identity("u-1"))
        for bad in (good[:-1] + ("A" if good[-1] != "A" else "B"), "x" + good, forged, "..", ""):
            answer = client.get("/c/quays/library/about", headers={"cookie": f"{COOKIE}={bad}"})
            assert answer.status_code == 401


def test_a_session_outlives_a_restart_if_a_secret_is_set(folder: Path, issuer: str) -> None:
    with page(folder, issuer) as at, httpx.Client(base_url=at, timeout=30) as client:
        log_in(client, "u-1")
        cookie = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    with page(folder, issuer) as at:
        assert httpx.get(f"{at}/c/quays/library/about", headers=cookie).status_code == 200
    with page(folder, issuer, session_secret=None) as at:
        assert httpx.get(f"{at}/c/quays/library/about", headers=cookie).status_code == 401


def test_a_session_ends() -> None:
    sessions = Sessions(SECRET, seconds=1, purpose="session")
    cookie = sessions.begin(Identity("u-1", groups=frozenset({"a"})))
    assert sessions.identity(cookie, "192.0.2.1") == Identity(
        "u-1", groups=frozenset({"a"}), address="192.0.2.1"
    )
    assert Sessions(SECRET, seconds=1, purpose="log-in").read(cookie) is None
    time.sleep(2.1)
    assert sessions.identity(cookie, None) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"oidc_issuer": ""}, "RAG_OIDC_ISSUER"),
        ({"oidc_issuer": "http://login.example"}, "https"),
        ({"oidc_redirect": "http://reports.example/auth/callback"}, "https"),
        ({"oidc_redirect": "https://reports.example/callback"}, "/auth/callback"),
        ({"session_secret": "short"}, "32 characters"),
    ],
)
def test_settings_that_cannot_be_safe_are_refused(given: dict[str, str], told: str) -> None:
    usual = {
        "oidc_issuer": "https://login.example",
        "oidc_client_id": "footnote",
        "oidc_redirect": "https://reports.example/auth/callback",
    }
    with pytest.raises(SettingsError, match=told):
        open_gate(load_settings(**{"auth": "oidc", **usual, **given}))
