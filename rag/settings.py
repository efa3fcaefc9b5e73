"""All settings in one place; the only module that reads the environment.

Order of precedence: arguments given in code or on the command line, ``RAG_*`` environment
variables, ``rag.toml`` in the working directory, the defaults below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import SettingsError

Caution = Literal["careful", "balanced", "bold"]
"""How sure the program must be to answer."""


class Settings(BaseSettings):
    """What can be set, with its default. Frozen; build one with :func:`load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix="RAG_", toml_file="rag.toml", frozen=True, extra="forbid"
    )

    index: Path = Field(Path("index"), description="folder of the index")
    store: SecretStr = Field(
        SecretStr(""),
        description="where documents are kept: a folder (see index) if empty, or a database, as "
        "postgresql://USER@HOST/DATABASE#COLLECTION",
    )
    embedding_model: str = Field(
        "all-MiniLM-L6-v2",
        description="a sentence-transformers model: the built-in one, multilingual (see "
        "'rag models'), a folder, or a cached name",
    )
    passage_tokens: int = Field(
        140, ge=32, le=512, description="length that passages aim at, in tokens of the model"
    )
    hits: int = Field(10, ge=1, le=100, description="passages retrieved for an answer")
    cross_encoder: str = Field(
        "ms-marco-MiniLM-L-12-v2",
        description="the cross-encoder, which reads passages together with the question: the model "
        "that scripts/fetch_models.py puts into the cache folder, or another folder that has it",
    )
    engine: Literal["openvino", "torch"] = Field(
        "openvino",
        description="what runs the models on the processor; torch starts later, and is always what "
        "a graphics processor uses",
    )
    threads: int = Field(
        0, ge=0, description="threads that run the models; 0 for as many as the processor has"
    )
    model_cache: Path | None = Field(
        None,
        description="folder of the cross-encoder and of converted models; if not set, "
        "'footnote-rag' in the user's cache folder",
    )
    statements: int = Field(6, ge=1, le=20, description="most sentences in an answer")
    caution: Caution = Field("balanced", description="how sure the program must be to answer")
    abstain_below: float | None = Field(
        None, ge=0, le=1, description="confidence under which it abstains, in place of the caution"
    )
    max_file_megabytes: int = Field(100, ge=1, description="larger files are refused")
    max_pages: int = Field(5000, ge=1, description="files with more pages or slides are refused")
    max_files: int = Field(100_000, ge=1, description="most files in one ingestion")
    follow_links: bool = Field(
        False, description="follow links that lead out of an ingested folder"
    )
    max_archive_files: int = Field(10_000, ge=1, description="most files in one archive")
    max_archive_megabytes: int = Field(
        2000, ge=1, description="most that an archive, or a compressed format, may expand to"
    )
    max_archive_ratio: int = Field(
        200, ge=2, description="most times that an archive may be larger when expanded"
    )
    max_archive_depth: int = Field(3, ge=1, description="archives inside archives, at most")
    read_seconds: int = Field(300, ge=1, description="longest that reading one file may take")
    read_megabytes: int = Field(2000, ge=256, description="memory that reading one file may take")
    ocr: bool = Field(False, description="read pages without text with Tesseract, if installed")
    allow_urls: bool = Field(False, description="let 'rag ingest' fetch http(s) addresses")
    url_seconds: int = Field(60, ge=1, description="longest that fetching one address may take")
    entailment: str = Field(
        "none",
        description="the model that tells whether a sentence of the language model follows: none, "
        "or a sentence-transformers cross-encoder with a label 'entailment', by folder or cached "
        "name",
    )
    follows_above: float = Field(0.95, ge=0, le=1, description="how sure that model must be")
    llm: str = Field(
        "",
        description="language model that writes the answers: ollama:NAME or openai:NAME; none if "
        "empty",
    )
    llm_url: str = Field(
        "", description="address of the language model's server; for ollama this machine by default"
    )
    llm_key: SecretStr | None = Field(
        None, description="key for the language model's server; never shown or logged"
    )
    llm_seconds: int = Field(
        60,
        ge=1,
        le=3600,
        description="longest wait for the language model's first word, and between words",
    )
    llm_context: int = Field(
        8192,
        ge=1024,
        le=1_000_000,
        description="most tokens that are sent to the language model and come back",
    )
    editing: Literal["local", "always", "never"] = Field(
        "local",
        description="who may change the library on the page: people at this machine, all, nobody",
    )
    patience_seconds: int = Field(
        900,
        ge=1,
        description="longest that a question, a search, a lookup or a request may take, and that a "
        "long command such as ingest may make no progress; then it ends in an error that says "
        "where, and nothing is lost",
    )
    api_keys: Path | None = Field(
        None,
        description="file of the keys with which other programs call the API, which 'rag keys add' "
        "writes; if not set, programs on this machine need none, and others are refused",
    )
    auth: Literal["none", "proxy", "oidc"] = Field(
        "none",
        description="how people log in: not at all, at a proxy in front that says who they are, or "
        "with OpenID Connect",
    )
    collections: Path | None = Field(
        None,
        description="a file collections.toml: several collections, and who may read and change "
        "each; if not set, the one of the setting index",
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[\w.~-]+)*/?$",
        description="path at which a proxy serves the page, such as /reports; empty for the top",
    )
    hosts: str = Field(
        "",
        description="names by which proxies ask for the page, beside those of this machine, with "
        "commas between",
    )
    trusted_proxies: str = Field(
        "",
        description="addresses or networks of the proxies that are believed on who somebody is, "
        "with commas between; on the address of a browser this machine's are believed if none is "
        "named",
    )
    proxy_user_header: str = Field(
        "X-Forwarded-User", min_length=1, description="header in which a trusted proxy names users"
    )
    proxy_email_header: str = Field(
        "X-Forwarded-Email",
        min_length=1,
        description="header in which it gives their address of mail",
    )
    proxy_groups_header: str = Field(
        "X-Forwarded-Groups",
        min_length=1,
        description="header in which it names their groups, with commas between",
    )
    oidc_issuer: str = Field(
        "", description="address of the OpenID Connect server, as it calls itself"
    )
    oidc_client_id: str = Field("", description="name of this program at that server")
    oidc_client_secret: SecretStr | None = Field(
        None, description="the secret that belongs to that name; never shown or logged"
    )
    oidc_redirect: str = Field(
        "",
        description="where that server sends people back: the address of the page, and "
        "/auth/callback",
    )
    oidc_scopes: str = Field(
        "openid email profile", description="what that server is asked to tell, with spaces between"
    )
    oidc_groups: str = Field("groups", description="claim in which that server names groups")
    oidc_algorithms: str = Field(
        "RS256",
        pattern=r"^(RS|PS|ES)\d{3}( (RS|PS|ES)\d{3})*$",
        description="how that server may sign, with spaces between",
    )
    session_secret: SecretStr | None = Field(
        None,
        description="what sessions are signed with, 32 characters or more; without it everybody "
        "has to log in again after a restart",
    )
    session_hours: int = Field(
        12, ge=1, le=720, description="after how many hours people have to log in again"
    )
    audit: Path | None = Field(
        None,
        description="a file to which it is appended who asked, searched, opened, exported or "
        "changed what on the page, and when; none if not set",
    )
    audit_questions: bool = Field(
        False, description="append the words of questions and searches to that file as well"
    )
    asks_per_minute: int = Field(
        0, ge=0, description="most questions of one user, or one address, in a minute; 0 for any"
    )
    uploads_per_minute: int = Field(
        0, ge=0, description="most files that one user, or one address, adds in a minute; 0 for any"
    )
    drain_seconds: int = Field(
        0,
        ge=0,
        le=3600,
        description="after SIGTERM the server says for so long that it is not ready, and works on, "
        "so that a balancer sends nobody any more; then it ends",
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="port of the metrics for Prometheus; 0 for none"
    )
    metrics_host: str = Field("127.0.0.1", description="address that the metrics listen on")
    log_format: Literal["text", "json"] = Field(
        "text",
        description="how 'rag serve' logs: text for people, or json, an object a line with each "
        "request",
    )
    host: str = Field("127.0.0.1", description="address that the page listens on")
    port: int = Field(7860, ge=0, le=65535, description="port of the page; 0 takes a free one")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then ``RAG_*``, then ``rag.toml``; nothing else."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**given: object) -> Settings:
    """Build the settings; arguments that are None count as not given.

    Raises:
        SettingsError: a value is out of range, of the wrong type, or has an unknown name.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"setting {name!r}: {first['msg'].lower()}; "
            f"correct RAG_{name.upper()}, rag.toml or the command's option"
        ) from error
    except ValueError as error:  # rag.toml itself cannot be parsed
        raise SettingsError(f"rag.toml cannot be read: {error}") from error
