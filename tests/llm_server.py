"""A real server on this machine that speaks as language model servers do, and replays a script.

It speaks the protocol of Ollama (``/api/chat``, a line of JSON for each piece) and that of OpenAI
(``/v1/chat/completions``, server-sent events).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "small"


@dataclass(frozen=True)
class Script:
    """What the server does with the next requests.

    ``text`` is sent in pieces of ``size`` characters, ``pause`` seconds apart. ``die`` and
    ``stall`` say after how many pieces it closes the connection, or falls silent; a server that
    stalls ``politely`` keeps the connection alive meanwhile, without a word. ``thinks`` is what the
    model says to itself first. ``raw`` replaces the whole body; ``reason`` is why the reply ends.
    """

    text: str = ""
    size: int = 5
    status: int = 200
    pause: float = 0.0
    die: int | None = None
    stall: int | None = None
    politely: bool = False
    thinks: str = ""
    raw: bytes | None = None
    reason: str | None = "stop"


@dataclass
class LlmServer:
    """The server; ``requests`` are those that came, as dictionaries, with path and headers."""

    script: Script = field(default_factory=Script)
    key: str | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    heard: int = 0  # pieces that were sent before the client went away, or the end

    def __post_init__(self) -> None:
        self.stopped = threading.Event()
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def say(self, text: str, **options: Any) -> None:
        self.script = Script(text, **options)

    def close(self) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a client that went away."""


def _handler(server: LlmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            request = json.loads(self.rfile.read(length) or b"{}")
            request |= {"path": self.path, "headers": dict(self.headers)}
            server.requests.append(request)
            with suppress(BrokenPipeError, ConnectionResetError):  # the client may go away
                self._answer(request, server.script)

        def _answer(self, request: dict[str, Any], script: Script) -> None:
            given = self.headers.get("Authorization", "")
            if server.key is not None and given != f"Bearer {server.key}":
                self._fail(401, f"Incorrect API key provided: {given}")
            elif script.status != 200:
                self._fail(script.status, "the server has its reasons")
            elif request.get("model") != MODEL:
                self._fail(404, f"model {request.get('model')!r} not found")
            elif self.path == "/api/chat":
                self._stream(script, "application/x-ndjson", _ollama(script))
            elif self.path == "/v1/chat/completions":
                self._stream(script, "text/event-stream", _openai(script))
            else:
                self._fail(404, "no such path")

        def _fail(self, status: int, message: str) -> None:
            body = json.dumps({"error": {"message": message}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, script: Script, media_type: str, pieces: Iterator[bytes]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if script.raw is not None:
                self._chunk(script.raw)
                self._chunk(b"")
                return
            for number, piece in enumerate(pieces):
                if number == script.die:
                    self.close_connection = True
                    return
                if number == script.stall:
                    self._stall(script)
                    return
                self._chunk(piece)
                server.heard = number + 1
                time.sleep(script.pause)
            self._chunk(b"")

        def _stall(self, script: Script) -> None:
            self.close_connection = True
            for _ in range(600):
                if server.stopped.wait(0.1):
                    return
                if script.politely:
                    self._chunk(_silence(self.path))

        def _chunk(self, body: bytes) -> None:
            self.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
            self.wfile.flush()

    return Handler


def _pieces(script: Script) -> list[str]:
    return [script.text[at : at + script.size] for at in range(0, len(script.text), script.size)]


def _ollama(script: Script) -> Iterator[bytes]:
    for thought in [script.thinks] if script.thinks else []:
        yield _line({"message": {"role": "assistant", "content": "", "thinking": thought}})
    for piece in _pieces(script):
        yield _line({"message": {"role": "assistant", "content": piece}})
    if script.reason:
        end = {"message": {"role": "assistant", "content": ""}, "done_reason": script.reason}
        yield _line(end | {"done": True, "eval_count": 1, "prompt_eval_count": 1})


def _line(part: dict[str, Any]) -> bytes:
    return (
        json.dumps(
            {"model": MODEL, "created_at": "2020-01-01T00:00:00Z", "done": False} | part
        ).encode()
        + b"\n"
    )


def _openai(script: Script) -> Iterator[bytes]:
    if script.thinks:
        yield _event({"role": "assistant", "reasoning_content": script.thinks}, None)
    for piece in _pieces(script):
        yield _event({"role": "assistant", "content": piece}, None)
    if script.reason:
        yield _event({}, script.reason)
        yield b"data: [DONE]\n\n"


def _event(delta: dict[str, Any], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
    return b"data: " + json.dumps(event | {"choices": [choice]}).encode() + b"\n\n"


def _silence(path: str) -> bytes:
    if path == "/api/chat":
        return _line({"message": {"role": "assistant", "content": ""}})
    return b": still there\n\n"
