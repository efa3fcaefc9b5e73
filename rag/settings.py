"""All settings in one place; the only module that reads the environment.

Order of precedence: arguments given in code or on the command line, ``RAG_*`` environment
variables, ``rag.toml`` in the working directory, the defaults below.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
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
    statements: int = Field(6, ge=1, le=20, description="most sentences in an extractive answer")
    abstain_below: float = Field(
        0.45, ge=0, le=1, description="confidence under which the program abstains"
    )
    max_file_megabytes: int = Field(100, ge=1, description="larger files are refused")
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
