"""The language model of the settings, through LlamaIndex; the only module that knows of servers.

Nothing is contacted until a question is asked, and nothing is asked twice: a failure is told.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag.answer.generation.prompts import REPLY_TOKENS
from rag.answer.generation.streaming import Piece, watched
from rag.errors import GenerationError, ModelStalled, ModelUnavailable, SettingsError
from rag.language.finished_messages import later
from rag.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatResponse
    from llama_index.core.llms import LLM

_LOCAL = "http://127.0.0.1:11434"
_NEEDED = {"ollama": "llama_index.llms.ollama", "openai": "llama_index.llms.openai_like"}
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A model on a server. ``name`` is what is shown of it; ``context`` counts in tokens."""

    name: str
    kind: Literal["ollama", "openai"]
    model: str
    url: str
    seconds: int
    context: int
    key: SecretStr | None = field(default=None, repr=False)

    def reply(self, instructions: str, request: str) -> Reply:
        """Ask the model; the server is contacted when the words are first asked for."""
        return Reply(self, instructions, request)

    @property
    def server(self) -> str:
        """The server's address, for messages: without a user's name and password in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


@dataclass(slots=True)
class Reply:
    """The reply to one request. ``cut_off`` is set when it was broken off for its length."""

    model: LanguageModel
    instructions: str
    request: str
    cut_off: bool = False

    def words(self) -> Generator[str, None, None]:
        """The words as they come.

        Raises:
            ModelUnavailable: no server, a wrong key, no such model, or a server that fails.
            ModelStalled: no word came for longer than the settings allow.
        """
        try:
            yield from watched(self._pieces, seconds=self.model.seconds, name=self.model.name)
        except GenerationError:
            raise
        except Exception as error:
            raise _explained(error, self.model) from error

    def _pieces(self) -> Iterator[Piece]:
        ended = False
        for response in _stream(self.model, self.instructions, self.request):
            reason = _reason(response)
            ended = ended or reason is not None
            self.cut_off = self.cut_off or reason == "length"
            # A model that thinks is at work, although no word of the answer comes.
            thinks = bool(response.additional_kwargs.get("thinking_delta"))
            yield Piece(response.delta or "", alive=thinks)
        if not ended:
            raise _broken_off(self.model)


def open_language_model(settings: Settings) -> LanguageModel | None:
    """The language model that ``settings`` name; None if they name none. Contacts nothing.

    Raises:
        SettingsError: the name or the address is wrong, or the libraries are not installed.
    """
    if not settings.llm.strip():
        return None
    kind, _, model = settings.llm.strip().partition(":")
    if kind not in ("ollama", "openai") or not model.strip():
        raise SettingsError(
            f"setting 'llm': {settings.llm!r} names no model: set RAG_LLM to ollama:NAME or "
            "openai:NAME"
        )
    if not _installed(_NEEDED[kind]):
        raise SettingsError(
            f"setting 'llm': {settings.llm!r} needs libraries that are not installed: "
            "pip install '.[llm]'"
        )
    return LanguageModel(
        name=settings.llm.strip(),
        kind="ollama" if kind == "ollama" else "openai",
        model=model.strip(),
        url=_address(settings, kind),
        seconds=settings.llm_seconds,
        context=settings.llm_context,
        key=settings.llm_key,
    )


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):
        return False


def _address(settings: Settings, kind: str) -> str:
    url = settings.llm_url.strip().rstrip("/") or (_LOCAL if kind == "ollama" else "")
    if not url:
        raise SettingsError(
            "setting 'llm_url': openai:NAME needs the address of its server: set RAG_LLM_URL, "
            "as in https://example.org/v1"
        )
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname
        _ = parts.port
    except ValueError:
        usable = None
    if not usable:
        raise SettingsError(
            "setting 'llm_url': this is no http(s) address: set RAG_LLM_URL to one, as in "
            "http://127.0.0.1:11434"
        )
    # The clients add the rest of the path; a bare host is meant to be the usual place.
    return f"{url}/v1" if kind == "openai" and not parts.path else url


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _stream(model: LanguageModel, instructions: str, request: str) -> Iterator[ChatResponse]:
    # Slow to import: only when there is something to ask.
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    asked = ((MessageRole.SYSTEM, instructions), (MessageRole.USER, request))
    llm = _ollama(model) if model.kind == "ollama" else _openai(model)
    yield from llm.stream_chat([ChatMessage(role=role, content=text) for role, text in asked])


def _ollama(model: LanguageModel) -> LLM:
    from llama_index.llms.ollama import Ollama
    from ollama import Client

    # A key for another of Ollama's servers may stand in the environment; it is not for this one.
    key = model.key.get_secret_value() if model.key else "none"
    client = Client(
        host=model.url,
        timeout=model.seconds,
        headers={"Authorization": f"Bearer {key}"},
        trust_env=not _is_this_machine(model.url),
    )
    llm: LLM = Ollama(
        model=model.model,
        base_url=model.url,
        client=client,
        temperature=0.0,
        context_window=model.context,
        request_timeout=model.seconds,
        additional_kwargs={"num_predict": REPLY_TOKENS},
    )
    return llm


def _openai(model: LanguageModel) -> LLM:
    from llama_index.llms.openai_like import OpenAILike
    from openai import DefaultHttpxClient, Timeout

    llm: LLM = OpenAILike(
        model=model.model,
        api_base=model.url,
        # The client insists on a key, and would take one out of the environment.
        api_key=model.key.get_secret_value() if model.key else "none",
        is_chat_model=True,
        context_window=model.context,
        max_tokens=REPLY_TOKENS,
        temperature=0.0,
        max_retries=0,
        timeout=model.seconds,
        reuse_client=False,
        http_client=DefaultHttpxClient(
            timeout=Timeout(model.seconds, connect=min(model.seconds, _CONNECT_SECONDS)),
            trust_env=not _is_this_machine(model.url),
        ),
    )
    return llm


def _reason(response: ChatResponse) -> str | None:
    """The finish reason of the reply; None if this is not its last piece."""
    raw: Any = response.raw
    if isinstance(raw, dict):  # Ollama
        return str(raw.get("done_reason") or "stop") if raw.get("done") else None
    choices = getattr(raw, "choices", None) or []
    reason = getattr(choices[0], "finish_reason", None) if choices else None
    return str(reason) if reason else None


_FROM_STATUS = {
    401: later("refused the key: set RAG_LLM_KEY to a key of that server"),
    403: later("refused the key: set RAG_LLM_KEY to a key that may use this model"),
    404: later("does not know the model '{model}': {get}, or set RAG_LLM to one that it has"),
    413: later("found the request too long: set RAG_LLM_CONTEXT lower, or RAG_HITS"),
    400: later("did not accept the request: set RAG_LLM_CONTEXT to what the model can read"),
    429: later("is busy, or the key has no credit left: try again later"),
}


def _explained(error: Exception, model: LanguageModel) -> GenerationError:
    """The error in our own words, because those of a server might contain the key."""
    ollama = model.kind == "ollama"
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= 400:
        name = re.sub(r"[^\w.:/@+-]", "?", model.model)[:80]
        get = later(f"run 'ollama pull {name}'") if ollama else later("check its name")
        failed = later(f"failed (HTTP {status}): try again, and look at its log")
        text = _FROM_STATUS.get(status, failed)
        return ModelUnavailable(f"the server at {model.server} {text.format(model=name, get=get)}")
    kinds = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
    if kinds & {"ConnectError", "ConnectTimeout", "ConnectionRefusedError", "gaierror"} or (
        type(error) is ConnectionError
    ):
        start = later("start it with 'ollama serve'") if ollama else later("start it")
        return ModelUnavailable(
            f"no language model server answers at {model.server}: {start}, or correct RAG_LLM_URL"
        )
    if kinds & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return ModelStalled(
            f"the language model {model.name} sent no word for {model.seconds} seconds: try again, "
            "take a smaller model, or set RAG_LLM_SECONDS higher"
        )
    if kinds & {"RemoteProtocolError", "ReadError", "IncompleteRead", "ConnectionResetError"}:
        return _broken_off(model)
    return ModelUnavailable(
        f"the server at {model.server} sent what is no reply of a language model: check "
        f"RAG_LLM_URL and whether RAG_LLM should begin with {'openai:' if ollama else 'ollama:'}"
    )


def _broken_off(model: LanguageModel) -> ModelUnavailable:
    return ModelUnavailable(
        f"the server at {model.server} broke off in the middle of its reply: try again, and look "
        "at the server's own log"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
