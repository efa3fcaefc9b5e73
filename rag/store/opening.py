"""Opening the store that the settings name: a folder, or a collection in a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.errors import SettingsError
from rag.models.embedding import Embedding, open_embedding
from rag.models.inference.model_cache import Options
from rag.settings import Settings
from rag.store.folder.index import Index

if TYPE_CHECKING:
    from rag.store.postgres.store import PostgresStore


def open_store(
    settings: Settings,
    *,
    create: bool = False,
    rebuild: bool = False,
    embedding: Embedding | None = None,
) -> Index | PostgresStore:
    """Open the database of ``settings.store``, or else the folder of ``settings.index``.

    With ``create`` one that is missing is made. With ``rebuild`` the recorded settings are not
    checked, because the caller is about to build everything anew. ``embedding`` is the model that
    the settings name, where it is open already.

    Raises:
        IndexMissing: there is none, and it was not to be created.
        IndexMismatch: it was built with other settings than these.
        IndexProblem: it is damaged, or cannot be reached.
        SettingsError: the address of the database is none, or its driver is not installed.
    """
    url = settings.store.get_secret_value()
    if not url:
        return Index.open(settings, create=create, rebuild=rebuild, embedding=embedding)
    try:
        from rag.store.postgres.store import PostgresStore
    except ImportError as error:
        raise SettingsError(
            "a store in PostgreSQL needs psycopg and pgvector: pip install -c constraints.txt "
            "'.[postgres]'"
        ) from error
    return PostgresStore.open(
        url,
        embedding=embedding or open_embedding(settings.embedding_model, Options.of(settings)),
        passage_tokens=settings.passage_tokens,
        create=create,
        rebuild=rebuild,
    )
