"""Files into the index: incremental, resumable, and with every file accounted for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from pathlib import Path

from rag.errors import AddressRefused, ReadingError, SourceNotFound
from rag.ingest.archives.entries import is_archive
from rag.ingest.discover import Collection
from rag.ingest.known_sources import Known, is_address, lasts
from rag.ingest.progress import Telling
from rag.ingest.publisher import Intake
from rag.ingest.records import FileReport, Ingestion, IngestionStopped, Input, Progress, Upload
from rag.ingest.source_file import Material
from rag.ingest.source_files import Materials, without_name
from rag.ingest.workers import Task, Workers
from rag.settings import Settings, load_settings
from rag.store import Store, Writer

__all__ = ["check_inputs", "ingest", "remove"]

# Read ahead while others are being embedded: enough to keep all processes busy.
_AHEAD_FILES = 16
_AHEAD_BYTES = 64_000_000
_POLL_SECONDS = 0.1
_IDLE_POLLS = 5
_POLLS_A_REPORT = 10


def check_inputs(inputs: Sequence[Input], settings: Settings) -> None:
    """See that all inputs are there and allowed, before anything is done.

    Raises:
        SourceNotFound: a file or folder does not exist.
        AddressRefused: an address, but the settings do not allow to fetch any.
    """
    for each in inputs:
        if isinstance(each, Upload):
            continue
        if is_address(each):
            if not settings.allow_urls:
                raise AddressRefused(
                    f"{each}: addresses are not fetched unless you allow it: set RAG_ALLOW_URLS=1, "
                    "or download the file and ingest that"
                )
        elif isinstance(each, str) and "://" in each:
            raise AddressRefused(f"{each}: only http and https addresses can be fetched")
        elif not Path(each).exists():
            raise SourceNotFound(f"{each} does not exist: check the path")


def ingest(
    index: Store,
    inputs: Sequence[Input],
    *,
    settings: Settings | None = None,
    sync: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_file: Callable[[FileReport], None] | None = None,
    cancelled: Callable[[str], bool] | None = None,
) -> Ingestion:
    """Bring the index up to date with files, folders, archives, addresses and uploads.

    Files whose content is unchanged are not read again; if only what a sidecar says of them has
    changed, they are described anew. With ``sync``, documents whose files are gone from the given
    folders and archives are removed. A file that cannot be read is named in the result with the
    reason, keeps its earlier version in the index, and stops no other file.

    ``on_progress``, ``on_file`` and ``cancelled`` are called in this thread. ``cancelled`` is asked
    again and again with the name of an input, or of a member in it, whether it is not wanted any
    more; it is heeded until the document is being embedded. Without ``settings`` those of the
    environment count.

    Raises:
        SourceNotFound: a path among ``inputs`` does not exist; nothing has been done then.
        AddressRefused: an address, but ``settings.allow_urls`` is off; nothing has been done then.
        LimitExceeded: more files than ``settings.max_files``; nothing has been done then.
        IndexBusy: another process is writing to the index.
        IndexProblem: the index cannot be written; what was published before stays.
        IngestionStopped: Ctrl-C; what was published before stays.
    """
    settings = settings or load_settings()
    check_inputs(inputs, settings)
    telling = Telling(on_file=on_file, on_progress=on_progress)
    try:
        with index.writing() as writer, Workers(settings) as workers:
            run = _Run(index, writer, workers, settings, telling, cancelled or (lambda _: False))
            run.take_in(inputs, sync=sync)
    except KeyboardInterrupt as error:
        raise IngestionStopped(telling.result) from error
    return telling.result


def remove(index: Store, names: Sequence[str]) -> list[str]:
    """Remove documents by source, by id, or by the folder or archive their sources begin with.

    Returns the sources that were removed.

    Raises:
        SourceNotFound: a name fits no document; nothing has been done then.
    """
    with index.writing() as writer:
        chosen: dict[str, None] = {}
        rows = index.sources().values()
        for name in names:
            folder = name.rstrip("/") + "/"
            fitting = [
                row.source
                for row in rows
                if name in (row.source, row.document_id) or row.source.startswith(folder)
            ]
            if not fitting:
                raise SourceNotFound(f"no document {name!r} in the index: see 'rag list'")
            chosen.update(dict.fromkeys(fitting))
        writer.remove(list(chosen))
    return list(chosen)


@dataclass(slots=True)
class _Job:
    """A material that is waiting for its turn, and its reading if that has been ordered."""

    material: Material
    document_id: str
    task: Task | None = None


class _Run:
    """One ingestion under way."""

    def __init__(
        self,
        index: Store,
        writer: Writer,
        workers: Workers,
        settings: Settings,
        telling: Telling,
        is_cancelled: Callable[[str], bool],
    ) -> None:
        self._writer = writer
        self._workers = workers
        self._settings = settings
        self._telling = telling
        self._is_cancelled = is_cancelled
        self._known = Known(index.sources())
        self._collection = Collection(self._known, max_files=settings.max_files)
        self._intake = Intake(
            index,
            writer,
            self._known,
            max_pages=settings.max_pages,
            telling=telling,
            is_cancelled=is_cancelled,
        )
        self._jobs: deque[_Job] = deque()

    def take_in(self, inputs: Sequence[Input], *, sync: bool) -> None:
        """Do all of it."""
        try:
            self._collect(inputs)
            self._settle_all()
            if sync:
                self._remove_missing(inputs)
        except KeyboardInterrupt:
            self._intake.tell_published()
            raise

    def _collect(self, inputs: Sequence[Input]) -> None:
        """Note what there is to do."""
        for each in inputs:
            if isinstance(each, Upload):
                self._collection.add_upload(each)
            elif is_address(each):
                self._collection.add_address(str(each))
            else:
                self._collection.add_path(Path(each))
        self._telling.expect(self._collection, self._known)

    def _settle_all(self) -> None:
        """Read, embed and publish what is new or changed."""
        materials = iter(
            Materials(
                self._collection,
                self._known,
                settings=self._settings,
                is_cancelled=self._is_cancelled,
            )
        )
        while self._look_ahead(materials):
            job = self._jobs.popleft()
            self._telling.progress(job.material.source, waiting=self._intake.waiting_passages)
            passages = self._settle(job)
            self._telling.settle(job.material, passages=passages)
        self._intake.publish()
        self._telling.progress("")

    def _look_ahead(self, materials: Iterator[Material]) -> bool:
        """Order readings, as far ahead as memory and processes allow; False at the end."""
        held = sum(len(job.material.content) for job in self._jobs)
        while len(self._jobs) < _AHEAD_FILES and (held < _AHEAD_BYTES or not self._jobs):
            material = next(materials, None)
            if material is None:
                break
            held += len(material.content)
            self._jobs.append(self._begin(material))
        return bool(self._jobs)

    def _begin(self, material: Material) -> _Job:
        if not material.is_readable:
            return _Job(material, "")
        job = _Job(material, material.document_id())
        # What comes twice is read once: the second waits for its turn to see what the first became.
        is_ordered = any(other.document_id == job.document_id for other in self._jobs)
        if not is_ordered and self._intake.is_to_be_read(material, job.document_id):
            job.task = self._order(material)
        return job

    def _order(self, material: Material) -> Task:
        self._telling.state(material, "reading")
        return self._workers.read(material.content, name=material.file_name)

    def _settle(self, job: _Job) -> int | None:
        """Do what is to be done with a material; the passages made, None if it was not read."""
        material = job.material
        if material.error is not None:
            self._intake.fail(material, material.error)
        elif material.cancelled or (not material.ends and self._is_cancelled(material.name)):
            self._cancel(job)
        elif material.unchanged:
            self._telling.state(material, "unchanged")
        elif not material.ends:
            return self._take(job)
        if material.ends and material.archive is not None:
            self._intake.end_archive(material, material.archive)
        return None

    def _take(self, job: _Job) -> int | None:
        if job.task is None:
            self._intake.publish_twin(job.document_id)
            if not self._intake.is_to_be_read(job.material, job.document_id):
                self._intake.take_known(job.material, job.document_id)
                return None
            job.task = self._order(job.material)
        try:
            self._wait(job.task, job)
            return self._intake.take_read(job.material, job.document_id, job.task.future.result())
        except CancelledError:
            self._intake.give_up(job.material)
        except ReadingError as error:
            self._intake.fail(job.material, without_name(error, job.material.file_name))
        return None

    def _cancel(self, job: _Job) -> None:
        if job.task is not None:
            job.task.cancel()
        self._intake.give_up(job.material)

    def _wait(self, task: Task, job: _Job) -> None:
        """Wait for a reading; embed meanwhile what there is, and drop what is not wanted."""
        polls = 0
        while not task.future.done():
            wait_for([task.future], timeout=_POLL_SECONDS)
            for other in (job, *self._jobs):
                if other.task is not None and self._is_cancelled(other.material.name):
                    other.task.cancel()
            polls += 1
            if polls % _POLLS_A_REPORT == 0:
                self._telling.progress(job.material.source, waiting=self._intake.waiting_passages)
            if polls == _IDLE_POLLS and self._intake.waiting_passages:
                self._intake.publish()

    def _remove_missing(self, inputs: Sequence[Input]) -> None:
        """Remove what came from the given folders and archives and is no longer there."""
        roots = [
            str(Path(each).resolve())
            for each in inputs
            if not isinstance(each, Upload) and not is_address(each)
            if Path(each).is_dir() or is_archive(str(each))
        ]
        spared = [*self._collection.unread, *self._intake.left_out]
        missing = [
            row.source
            for row in self._known.all()
            if row.source not in self._collection.taken
            and _is_below(row.origin, roots)
            and not _is_below(row.origin, spared)
            and (_is_below(row.origin, self._intake.whole_archives) or not lasts(row.origin))
        ]
        self._writer.remove(missing)
        self._telling.result.removed.extend(missing)


def _is_below(origin: str, roots: Sequence[str]) -> bool:
    return any(Path(origin).is_relative_to(root) for root in roots)
