"""A reverse proxy as one would stand in front of the page, and several collections, served."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from page_support import make_chatbot, running
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from rag.app.access.gate import open_gate
from rag.app.web.site import build_site
from rag.settings import Settings, load_settings

_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "date"}
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


@dataclass
class Proxy:
    """Passes on what is below ``prefix``, and remembers what else it was asked for.

    With ``strips`` it takes the prefix off. It sets ``headers`` in place of any that it was sent.
    """

    behind: str
    prefix: str = ""
    strips: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def application(self) -> Starlette:
        client = httpx.AsyncClient(base_url=self.behind, timeout=60)

        async def handle(request: Request) -> Response:
            path = request.url.path
            if not path.startswith(self.prefix + "/"):
                self.strays.append(path)
                return PlainTextResponse("not behind this proxy", 404)
            passed = path.removeprefix(self.prefix) if self.strips else path
            query = f"?{request.url.query}" if request.url.query else ""
            address = request.client.host if request.client else ""
            told = {"x-forwarded-for": address, "x-forwarded-host": request.headers["host"]}
            kept = {k: v for k, v in request.headers.items() if k not in ("host", *told)}
            sent = client.build_request(
                request.method,
                passed + query,
                headers={**kept, **told, "x-forwarded-proto": "http", **self.headers},
                content=await request.body(),
            )
            answer = await client.send(sent, stream=True)
            if answer.status_code >= 400:
                self.failures.append(f"{answer.status_code} {path}")
            response = StreamingResponse(_body(answer), answer.status_code)
            response.raw_headers = [
                (name.lower(), value)
                for name, value in answer.headers.raw
                if name.lower().decode() not in _OF_THE_CONNECTION
            ]
            return response

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with client:
                yield

        everything = Route("/{path:path}", handle, methods=_METHODS)
        return Starlette(routes=[everything], lifespan=lifespan)


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()


@contextmanager
def behind_proxy(proxy: Proxy) -> Iterator[str]:
    """The address of a proxy that runs until the end of the block, with its prefix."""
    with running(proxy.application()) as address:
        yield f"{address}{proxy.prefix}/"


def write_collections(path: Path, collections: Mapping[str, Mapping[str, object]]) -> Path:
    """A file with these collections; their folders are those of :func:`make_indexes`."""
    lines: list[str] = []
    for name, rest in collections.items():
        lines += ["[[collection]]", f'name = "{name}"', f'index = "{name}/index"']
        lines += [f"{key} = {_toml(value)}" for key, value in rest.items()]
    path.write_text("\n".join(lines), "utf-8")
    return path


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"'


def make_indexes(folder: Path, collections: Mapping[str, Mapping[str, str]]) -> None:
    """An index of some files for each name, in ``folder/NAME/index``."""
    for name, files in collections.items():
        (folder / name).mkdir()
        chatbot, _ = make_chatbot(folder / name, files)
        chatbot.index.close()


@contextmanager
def site(**given: object) -> Iterator[tuple[str, Settings]]:
    """All collections of the settings, served: the address without a slash, and the settings."""
    settings = load_settings(abstain_below=0, **given)
    with running(build_site(open_gate(settings))) as address:
        yield address, settings
