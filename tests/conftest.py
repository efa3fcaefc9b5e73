"""Real parts for all tests: the real model, and a real index of the sample corpus."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from postgres_support import new_collection, postgres
from pydantic import SecretStr

from rag.answer import Chatbot
from rag.ingest.pipeline import ingest
from rag.models.embedding import SentenceEmbedding
from rag.models.inference.model_cache import Options
from rag.models.registry import CROSS_ENCODER, EMBEDDING, MULTILINGUAL, PARSER
from rag.settings import Settings, load_settings
from rag.store import Index

# A shell that starts the tests in the background lets them, and all they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile("footnote", deadline=None)
hypothesis.settings.load_profile("footnote")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of slow tests come first, so that neither of two workers is alone at the end.

    A browser on a busy machine may miss a moment: what fails in one runs once more, and is told.
    """
    items.sort(key=lambda item: not _SLOW.search(item.path.name))
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))


_SLOW = re.compile("browser|first_use|faults|crash|cli|shared|api|evaluation|replies")

# Not the user's own folder; set before any test module copies the environment for its programs.
# Only the fetched models are taken from there.
FETCHED = [each.folder(Options.of().cache) for each in (CROSS_ENCODER, MULTILINGUAL, PARSER)]
MODELS = tempfile.TemporaryDirectory(prefix="footnote-models-")
os.environ["RAG_MODEL_CACHE"] = MODELS.name
for fetched in FETCHED:
    (Path(MODELS.name) / fetched.name).symlink_to(fetched, target_is_directory=True)

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Converted models of all tests, and of the programs that they start."""
    return Path(MODELS.name)


@pytest.fixture(scope="session")
def embedding() -> SentenceEmbedding:
    """The built-in model, loaded once."""
    return SentenceEmbedding(model_name=EMBEDDING.name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL."""
    with postgres() as server:
        yield server.uri


@pytest.fixture
def database(postgres_server: str) -> SecretStr:
    """The setting for a new collection in a PostgreSQL."""
    return new_collection(postgres_server)


@pytest.fixture(scope="session")
def sample_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample corpus with its PDF made."""
    folder = tmp_path_factory.mktemp("sample") / "corpus"
    shutil.copytree(ROOT / "corpus", folder, ignore=shutil.ignore_patterns("*.pdf"))
    script = ROOT / "scripts" / "make_sample_pdf.py"
    subprocess.run(
        [sys.executable, script, folder / "ethiopia-2019-security-of-the-person.pdf"], check=True
    )
    return folder


@pytest.fixture
def open_index(tmp_path: Path, embedding: SentenceEmbedding) -> Iterator[Callable[..., Index]]:
    """Open (and create) indexes below the test's folder; they share the loaded model."""
    opened: list[Index] = []

    def open_one(name: str = "index", **settings: object) -> Index:
        index = Index.open(load_settings(index=tmp_path / name, **settings), create=True)
        index.embedding = embedding
        opened.append(index)
        return index

    yield open_one
    for index in opened:
        index.close()


@pytest.fixture(scope="session")
def sample_settings(
    tmp_path_factory: pytest.TempPathFactory, sample_corpus: Path, embedding: SentenceEmbedding
) -> Settings:
    """Settings whose index holds the sample corpus."""
    settings = load_settings(index=tmp_path_factory.mktemp("sample-index") / "index")
    index = Index.open(settings, create=True)
    index.embedding = embedding
    result = ingest(index, [sample_corpus])
    assert not result.failed
    index.close()
    return settings


@pytest.fixture(scope="session")
def chatbot(sample_settings: Settings, embedding: SentenceEmbedding) -> Iterator[Chatbot]:
    """A chatbot over the sample corpus."""
    index = Index.open(sample_settings)
    index.embedding = embedding
    yield Chatbot(index, sample_settings)
    index.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser; the tests of a module skip where there is none."""
    from page_support import chromium  # which imports the page: only for those who look at it

    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Any, site: Any) -> Iterator[Any]:
    """A wide window on the ``site`` of the module, whose chatbot forgets what was asked before."""
    site.chatbot.pause = 0.0
    site.chatbot.fails = None
    site.chatbot.asked.clear()
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared evaluation material; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the shared evaluation data are not beside the repository")
    return SHARED
