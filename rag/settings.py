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

__all__ = ["Settings", "load_settings"]


class Settings(BaseSettings):
    """What can be set, with its default. Frozen; build one with :func:`load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix="RAG_", toml_file="rag.toml", frozen=True, extra="forbid"
    )

    index: Path = Field(Path("index"), description="folder of the index")
    embedding_model: str = Field(
        "all-MiniLM-L6-v2",
        description="a sentence-transformers model: the built-in one, a folder, or a cached name",
    )
    passage_tokens: int = Field(
        140, ge=32, le=512, description="length that a passage aims at, in tokens of the model"
    )
    hits: int = Field(10, ge=1, le=100, description="passages retrieved for an answer")
    cross_encoder: str = Field(
        "ms-marco-MiniLM-L-12-v2",
        description="reads questions with passages: the published model, or a folder that has it",
    )
    engine: Literal["openvino", "torch"] = Field(
        "openvino", description="what runs the models on the processor; a GPU is torch's anyway"
    )
    threads: int = Field(0, ge=0, description="threads that run the models; 0: as many as can")
    model_cache: Path | None = Field(
        None, description="folder of converted models; if not set, in the user's cache folder"
    )
    statements: int = Field(6, ge=1, le=20, description="most sentences in an extractive answer")
    caution: Literal["careful", "balanced", "bold"] = Field(
        "balanced", description="how sure the program must be to answer: careful, balanced or bold"
    )
    abstain_below: float | None = Field(
        None, ge=0, le=1, description="confidence under which it abstains, in place of caution"
    )
    max_file_megabytes: int = Field(100, ge=1, description="larger files are refused")
    max_pages: int = Field(5000, ge=1, description="files with more pages or slides are refused")
    max_files: int = Field(100_000, ge=1, description="most files in one ingestion")
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
        description="tells whether a sentence of the language model follows: none, or a "
        "cross-encoder with a label 'entailment'",
    )
    follows_above: float = Field(
        0.95, ge=0, le=1, description="how sure it must be that a sentence follows"
    )
    llm: str = Field(
        "",
        description="language model that writes answers: ollama:NAME or openai:NAME; none if empty",
    )
    llm_url: str = Field("", description="address of its server; for ollama this machine's own")
    llm_key: SecretStr | None = Field(None, description="key for its server; never shown or logged")
    llm_seconds: int = Field(
        60, ge=1, le=3600, description="longest wait for its first word, and between words"
    )
    llm_context: int = Field(
        8192, ge=1024, le=1_000_000, description="most tokens that are sent to it and come back"
    )
    editing: Literal["local", "always", "never"] = Field(
        "local", description="who may change the library on the page: only this machine, all, none"
    )
    patience_seconds: int = Field(
        900, ge=1, description="longest that a command or a request may take, or stand still"
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
