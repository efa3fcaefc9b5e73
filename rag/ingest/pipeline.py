"""Files into a store: incremental, resumable, and with every file accounted for.

A file passes the stages in this order, and each hands a record to the next: it is discovered
(:mod:`rag.ingest.discover`), loaded from the disk, an archive or the web (:mod:`rag.ingest.load`),
read and cut by a process of its own (:mod:`rag.ingest.read`), made a document
(:mod:`rag.ingest.cut`) and published (:mod:`rag.ingest.publish`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import wait as wait_for
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from rag.errors import AddressRefused, ReadingError, SourceNotFound
from rag.ingest.archives.entries import is_archive
from rag.ingest.attached import attached_files
from rag.ingest.cut import cut
from rag.ingest.discover import Collection
from rag.ingest.known_sources import is_address, known_sources, lasts
from rag.ingest.load import Loader, without_name
from rag.ingest.progress import Reporter
from rag.ingest.publish import Publisher
from rag.ingest.read import Task, Workers
from rag.ingest.records import (
    CutOrder,
    FileReport,
    Ingestion,
    IngestionStopped,
    Input,
    Item,
    Progress,
    ReadFile,
    SourceFile,
    Upload,
)
from rag.settings import Settings, load_settings
from rag.store import Store, Writer

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
        if isinstance(each, Upload | Item):
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
    paused: Callable[[], bool] | None = None,
    workers: Workers | None = None,
) -> Ingestion:
    """Bring the index up to date with files, folders, archives, addresses and uploads.

    Files whose content is unchanged are not read again; if only what a sidecar says of them has
    changed, they are described anew. With ``sync``, documents whose files are gone from the given
    folders and archives are removed. A file that cannot be read is named in the result with the
    reason, keeps its earlier version in the index, and stops no other file.

    ``on_progress``, ``on_file`` and ``cancelled`` are called in this thread. ``cancelled`` is asked
    again and again with the name of an input, or of a member in it, whether it is not wanted any
    more; it is heeded until the document is being embedded. Once ``paused`` says so and a
    file has been begun and one taken in, if one is read, the others are reported as cancelled.
    With ``workers``, which stay open, their readings go on, and the next call with these workers
    takes them up. Without ``settings`` those of the environment count.

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
    reporter = Reporter(on_file=on_file, on_progress=on_progress)
    try:
        own = nullcontext(workers) if workers else Workers(settings)
        with index.writing() as writer, own as readers:
            is_cancelled = cancelled or (lambda _: False)
            run = _Run(index, writer, readers, settings, reporter, is_cancelled, inputs)
            run.is_paused = paused or run.is_paused
            run.take_in(inputs, sync=sync)
    except KeyboardInterrupt as error:
        raise IngestionStopped(reporter.result) from error
    return reporter.result


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
    """A file that waits for its turn, and its reading if that has been ordered."""

    file: SourceFile
    task: Task | None = None


class _Run:
    """One ingestion under way."""

    def __init__(
        self,
        index: Store,
        writer: Writer,
        workers: Workers,
        settings: Settings,
        reporter: Reporter,
        is_cancelled: Callable[[str], bool],
        inputs: Sequence[Input],
    ) -> None:
        self._writer = writer
        self._workers = workers
        self._settings = settings
        self._reporter = reporter
        self._is_cancelled = is_cancelled
        self.is_paused: Callable[[], bool] = lambda: False
        self._has_begun = self._has_taken = False
        self._known = known_sources(index, inputs)
        self._collection = Collection(
            self._known, max_files=settings.max_files, follow_links=settings.follow_links
        )
        self._loader = Loader(self._known, self._collection.taken, settings=settings)
        self._publisher = Publisher(
            index,
            writer,
            self._known,
            reporter=reporter,
            is_cancelled=is_cancelled,
            may_recognise=settings.ocr,
        )
        self._jobs: deque[_Job] = deque()

    def take_in(self, inputs: Sequence[Input], *, sync: bool) -> None:
        """Ingest ``inputs``; with ``sync`` remove what is gone from given folders and archives."""
        try:
            self._collection.add(inputs)
            found = self._collection
            self._reporter.expect(found.items, found.failed, found.warnings, self._known)
            files = self._files()
            while self._look_ahead(files):
                job = self._jobs.popleft()
                self._report_progress(job)
                self._reporter.settle(job.file, passages=self._settle(job))
            self._publisher.publish()
            self._describe_known()
            self._reporter.progress("")
            if sync:
                self._remove_missing(inputs)
        except KeyboardInterrupt:
            self._publisher.report_published()
            raise

    def _describe_known(self) -> None:
        """Apply sidecars that were given by themselves to what was ingested before."""
        told, at_hand = self._collection.told, {item.name for item in self._collection.items}
        for row in self._known.all() if told else ():
            if row.source in told and row.source not in at_hand:
                self._publisher.describe_known(row, told[row.source])
        for name, count in self._collection.uploaded_tables.items():
            self._reporter.sidecar(name, count)

    def _files(self) -> Iterator[SourceFile]:
        """The files of all items, each loaded when it is asked for."""
        for item in self._collection.items:
            if self._is_to_end() or self._is_cancelled(item.name):
                yield SourceFile(
                    item.name, item.source, item.origin, cancelled=True, share=item.size
                )
            else:
                yield from self._loader.files(item)

    def _look_ahead(self, files: Iterator[SourceFile]) -> bool:
        """Order readings, as far ahead as memory and processes allow; False at the end."""
        held = sum(len(job.file.content) for job in self._jobs)
        while len(self._jobs) < _AHEAD_FILES and (held < _AHEAD_BYTES or not self._jobs):
            file = next(files, None)
            if file is None:
                break
            held += len(file.content)
            self._jobs.append(self._begin(file))
        return bool(self._jobs)

    def _begin(self, file: SourceFile) -> _Job:
        # What comes twice is read once: the second waits for its turn to see what the first became.
        is_ordered = any(other.file.document_id == file.document_id for other in self._jobs)
        if not file.document_id or is_ordered or not self._publisher.is_to_be_read(file):
            return _Job(file)
        return _Job(file, None if self._is_to_end() else self._order(file))

    def _is_to_end(self) -> bool:
        """Whether no more is to be begun; something has been, or nothing would ever be done."""
        return self._has_begun and self.is_paused()

    def _order(self, file: SourceFile) -> Task:
        self._has_begun = True
        self._reporter.state(file, "reading")
        if left := self._workers.take_up(_key(file)):
            return left
        return self._workers.read(
            file.content,
            name=file.file_name,
            order=lambda: CutOrder(self._writer.cutting, file.document_id, file.given),
        )

    def _settle(self, job: _Job) -> int | None:
        """Take one file to its last stage; the number of its passages, None if it was not read."""
        file = job.file
        if file.error is not None:
            self._publisher.fail(file, file.error)
        elif not file.ends and self._has_taken and self.is_paused():
            self._leave(job)
        elif file.cancelled or (not file.ends and self._is_cancelled(file.name)):
            if job.task is not None:
                job.task.cancel()
            self._publisher.give_up(file)
        elif file.unchanged:
            self._reporter.state(file, "unchanged")
        elif not file.ends:
            return self._read(job)
        if file.ends and file.archive is not None:
            self._publisher.end_archive(file, file.archive)
        return None

    def _read(self, job: _Job) -> int | None:
        if job.task is None:
            self._publisher.publish_twin(job.file)
            if not self._publisher.is_to_be_read(job.file):
                self._publisher.take_known(job.file)
                return None
            if self._is_to_end():
                self._leave(job)
                return None
            job.task = self._order(job.file)
        try:
            if not self._wait(job.task, job):
                self._leave(job)
                return None
            read = job.task.future.result()
            entry = cut(job.file, read, writer=self._writer)
            self._publisher.take_read(job.file, entry)
            self._has_taken = True
            self._take_attached(job.file, read)
            return len(entry.passages)
        except CancelledError:
            self._publisher.give_up(job.file)
        except ReadingError as error:
            self._publisher.fail(job.file, without_name(error, job.file.file_name))
        return None

    def _take_attached(self, file: SourceFile, read: ReadFile) -> None:
        """Put what is attached to a file next in the line, each as a document of its own."""

        def take_out(number: int) -> bytes:
            return self._workers.take_out(
                file.content, name=file.file_name, media_type=read.media_type, number=number
            ).result()

        found = list(
            attached_files(
                file, read.reading.attachments, take_out=take_out, settings=self._settings
            )
        )
        self._collection.taken.update((each.source, each.origin) for each in found)
        if found:
            self._publisher.whole_archives.append(file.origin)
        self._jobs.extendleft(self._begin(each) for each in reversed(found))

    def _leave(self, job: _Job) -> None:
        """Begin no more with a file; its reading, if it is under way, is for the next ingestion."""
        if job.task is not None:
            self._workers.leave(_key(job.file), job.task)
        self._publisher.give_up(job.file)

    def _wait(self, task: Task, job: _Job) -> bool:
        """Wait for a reading; embed meanwhile what there is, and drop what is not wanted.

        False if the ingestion is paused before the reading is done.
        """
        polls = 0
        while not task.future.done():
            if self.is_paused():
                return False
            wait_for([task.future], timeout=_POLL_SECONDS)
            for other in (job, *self._jobs):
                if other.task is not None and self._is_cancelled(other.file.name):
                    other.task.cancel()
            polls += 1
            if polls % _POLLS_A_REPORT == 0:
                self._report_progress(job)
            if polls == _IDLE_POLLS and self._publisher.waiting_passages:
                self._publisher.publish()
        return True

    def _report_progress(self, job: _Job) -> None:
        self._reporter.progress(job.file.source, waiting=self._publisher.waiting_passages)

    def _remove_missing(self, inputs: Sequence[Input]) -> None:
        """Remove what came from the given folders and archives and is no longer there."""
        roots = [
            str(Path(each).resolve())
            for each in inputs
            if not isinstance(each, Upload | Item) and not is_address(each)
            if Path(each).is_dir() or is_archive(str(each))
        ]
        spared = [*self._collection.unread, *self._publisher.left_out]
        missing = [
            row.source
            for row in self._known.all()
            if row.source not in self._collection.taken
            and _is_below(row.origin, roots)
            and not _is_below(row.origin, spared)
            and (_is_below(row.origin, self._publisher.whole_archives) or not lasts(row.origin))
        ]
        self._writer.remove(missing)
        self._reporter.result.removed.extend(missing)


def _key(file: SourceFile) -> tuple[str, ...]:
    """What a reading depends on."""
    return file.document_id, file.file_name, str(file.given)


def _is_below(origin: str, roots: Sequence[str]) -> bool:
    return any(Path(origin).is_relative_to(root) for root in roots)
