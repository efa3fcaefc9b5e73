"""Files that are attached to a file (e-mail, PDF portfolio) as documents of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.errors import LimitExceeded, ReadingError
from rag.ingest.archives.entries import Budget
from rag.ingest.archives.unpack import free_name
from rag.ingest.load import without_name
from rag.ingest.records import SourceFile
from rag.ingest.snapshot import id_of, too_large
from rag.readers import Limits
from rag.settings import Settings


def attached_files(
    file: SourceFile,
    names: Sequence[str],
    *,
    take_out: Callable[[int], bytes],
    settings: Settings,
) -> Iterator[SourceFile]:
    """The files that a reading of ``file`` names as attached, under ``file/name``.

    The limits of archives hold for all that is attached to one file, also to its attachments. What
    is beyond them, or cannot be taken out, has an error.
    """
    limits = Limits.of(settings)
    budget = file.budget or Budget(limits, packed=len(file.content))
    taken: set[str] = set()
    for number, given in enumerate(names):
        name = free_name(given, is_taken=taken.__contains__)
        taken.add(name)
        content, error = b"", None
        try:
            if file.depth >= limits.depth:
                raise LimitExceeded(
                    f"attached to what is attached, more than {limits.depth} deep: save it as a "
                    "file, or raise RAG_MAX_ARCHIVE_DEPTH"
                )
            budget.count_entry()
            content = take_out(number)
            if len(content) > settings.max_file_megabytes * 1_000_000:
                raise too_large(settings.max_file_megabytes * 1_000_000)
            budget.count_bytes(len(content))
        except ReadingError as raised:
            content, error = b"", without_name(raised, file.file_name)
        yield SourceFile(
            f"{file.name}/{name}",
            f"{file.source}/{name}",
            f"{file.origin}/{name}",
            content,
            name,
            document_id=id_of(content) if error is None else "",
            error=error,
            keep=True,
            archive=file.archive,
            depth=file.depth + 1,
            budget=budget,
        )
