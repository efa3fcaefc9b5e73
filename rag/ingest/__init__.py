"""Files, folders, archives, uploads and addresses into the index.

Files are read in processes of their own, which may crash, hang or grow without harm; what comes of
them is embedded in batches, and every document is published whole. An ingestion that is stopped at
any moment, even by a power cut, is finished by the next one.
"""

from rag.ingest.archives.entries import is_archive
from rag.ingest.pipeline import check_inputs, ingest, remove
from rag.ingest.records import (
    Failure,
    FileReport,
    FileState,
    Ingestion,
    IngestionStopped,
    Input,
    Progress,
    Upload,
)

__all__ = [
    "Failure",
    "FileReport",
    "FileState",
    "Ingestion",
    "IngestionStopped",
    "Input",
    "Progress",
    "Upload",
    "check_inputs",
    "ingest",
    "is_archive",
    "remove",
]
