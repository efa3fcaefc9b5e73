"""Adding files: received job by job, and taken into the index by one thread."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from rag import patience
from rag.app.library.jobs import Job, JobStatus
from rag.app.library.staging import Incoming, Staging, clean_name
from rag.app.library.write_lock import WriteLock
from rag.app.listeners import tell_received
from rag.errors import AddressRefused, IndexBusy, LimitExceeded, RagError, SourceNotFound
from rag.ingest.known_sources import is_address
from rag.ingest.pipeline import check_inputs, ingest
from rag.ingest.read import Workers
from rag.ingest.records import FileReport, Input, Progress
from rag.ingest.snapshot import too_large
from rag.language.finished_messages import later
from rag.language.translation import N_, _, n_
from rag.settings import Settings
from rag.store import Store

_REMEMBERED_JOBS = 20
_UNFINISHED_JOBS = 20
_TRY_AGAIN_SECONDS = 2.0
_SILENCE_SECONDS = 60.0
_MOST_LEFT = 2  # jobs whose files are read on while others have their turn
TURN_SECONDS = 15.0
"""For how long a job goes on while others wait, the first time."""
_THERE = ("added", "updated", "unchanged", "duplicate")
_FAILED = N_("something went wrong while it was read; see what the program has logged")

log = logging.getLogger(__name__)


class Adding:
    """The jobs of one process. Everything may be called from any thread.

    Jobs are taken in one at a time, in turn: while others wait, one that is not done within
    ``turn_seconds`` goes behind them, and has twice as long when it comes on again. The file that
    it reads is read on meanwhile, for the first two of such jobs, and begun again for others. So a
    file that takes minutes to read holds up nobody for as long as that.
    """

    def __init__(
        self,
        index: Store,
        settings: Settings,
        lock: WriteLock,
        *,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self._index = index
        self._settings = settings
        self._lock = lock
        self._turn_seconds = turn_seconds
        self._most_bytes = settings.max_file_megabytes * 1_000_000
        self._staging = Staging(settings.index)
        self._jobs: dict[str, Job] = {}
        self._left: dict[str, Workers] = {}
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None
        self._closing = False

    def jobs(self) -> tuple[JobStatus, ...]:
        """The jobs that are remembered, the latest first."""
        with self._changed:
            return tuple(job.status() for job in reversed(self._jobs.values()))

    def job(self, job_id: str) -> JobStatus:
        """One of them.

        Raises:
            SourceNotFound: there is no such job, or it is forgotten.
        """
        with self._changed:
            return self._job(job_id).status()

    # Receiving.

    def announce_address(self, address: str) -> JobStatus:
        """Open a job for an address, which is fetched when it is its turn.

        Raises:
            AddressRefused: no address of the web, or the settings do not allow to fetch any.
            LimitExceeded: too many jobs at once.
            IndexProblem: the job cannot be kept.
        """
        if not is_address(address):
            raise AddressRefused(f"{address[:200]!r} is no http or https address")
        check_inputs([address], self._settings)
        with self._changed:
            return self._open([(address, 0)], is_address=True).status()

    def announce(self, files: Sequence[tuple[str, int]]) -> JobStatus:
        """Open a job for files, given by name and size; their bytes are to follow.

        It is taken up as soon as every file has been received, has failed, or is cancelled.

        Raises:
            LimitExceeded: too many files, or too many jobs at once.
            UnsupportedFormat: a file without a name.
            IndexProblem: the bytes cannot be kept.
        """
        if not files or len(files) > self._settings.max_files:
            raise LimitExceeded(
                n_(
                    "{count} file cannot be added at once: choose between 1 and {most}, or set "
                    "RAG_MAX_FILES",
                    "{count} files cannot be added at once: choose between 1 and {most}, or set "
                    "RAG_MAX_FILES",
                    len(files),
                    most=self._settings.max_files,
                )
            )
        named = [(clean_name(name), max(0, size)) for name, size in files]
        with self._changed:
            job = self._open(named)
            for number, (_name, size) in enumerate(named):
                if size > self._most_bytes:
                    job.set(number, "failed", str(too_large(self._most_bytes)))
            return job.status()

    def _open(self, named: Sequence[tuple[str, int]], *, is_address: bool = False) -> Job:
        if sum(job.state != "done" for job in self._jobs.values()) >= _UNFINISHED_JOBS:
            raise LimitExceeded(_("too much is being added already: wait, or cancel some of it"))
        job_id = secrets.token_hex(8)
        job = Job(job_id, self._staging.folder(job_id), named, is_address=is_address)
        self._jobs[job_id] = job
        ended = [each.id for each in self._jobs.values() if each.state == "done"]
        for old in ended[: max(0, len(ended) - _REMEMBERED_JOBS)]:
            del self._jobs[old]
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="footnote-library", daemon=True)
            self._worker.start()
        self._changed.notify_all()
        return job

    @contextmanager
    def receiving(self, job_id: str, number: int) -> Iterator[Incoming]:
        """Receive the bytes of an announced file; it counts as received at the end of the block.

        An error inside the block fails this file, not the others, and is raised again.

        Raises:
            SourceNotFound: there is no such file, or it is not expected (any more).
            LimitExceeded: it is too large.
        """
        with self._changed:
            job = self._job(job_id)
            file = job.file(number)
            if file is None or file.state != "expected":
                raise SourceNotFound(_("this file is not expected (any more): add it again"))
            job.set(number, "receiving")
        incoming = Incoming(job.path(number), most_bytes=self._most_bytes)
        try:
            yield incoming
            incoming.close(keep=True)
        except BaseException as error:
            incoming.close(keep=False)
            reason = str(error) if isinstance(error, RagError) else N_("the upload broke off")
            self._settle(job, number, failure=reason)
            raise
        self._settle(job, number, failure=None)
        tell_received()

    def is_expected(self, job_id: str, number: int) -> bool:
        """Whether the bytes that are arriving for a file are still wanted."""
        with self._changed:
            job = self._jobs.get(job_id)
            file = job.file(number) if job else None
            return file is not None and file.state == "receiving"

    def _settle(self, job: Job, number: int, *, failure: str | None) -> None:
        with self._changed:
            job.set(number, "failed" if failure else "waiting", failure)
            self._changed.notify_all()

    # Looking after jobs.

    def cancel(self, job_id: str, number: int | None = None) -> None:
        """Cancel one file of a job, or the whole job. What is already in the index stays there.

        Raises:
            SourceNotFound: there is no such job.
        """
        with self._changed:
            self._job(job_id).cancel(number)
            self._changed.notify_all()

    def forget(self, job_id: str) -> None:
        """Take a job that has ended off the list.

        Raises:
            SourceNotFound: there is no such job.
        """
        with self._changed:
            if self._job(job_id).state == "done":
                del self._jobs[job_id]

    def _job(self, job_id: str) -> Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise SourceNotFound(_("this upload is not known (any more): add the files again"))
        return job

    def close(self) -> None:
        """Stop adding, after the document that is being embedded; remove what was received."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._worker is not None:
            self._worker.join(timeout=20)
        self._staging.close()

    # The thread that takes jobs into the index.

    def _work(self) -> None:
        while (job := self._next()) is not None:
            message = None
            try:
                patience.within(
                    self._settings.patience_seconds,
                    partial(self._run, job),
                    what=later("what is being added"),
                    long=True,
                )
            except RagError as error:
                message = str(error)
            except Exception:
                log.exception("a job of the library failed")
                message = _FAILED
            with self._changed:
                if job.has_more and message is None and not self._closing:
                    job.end_turn()
                    continue
                job.end(message)
            shutil.rmtree(job.folder, ignore_errors=True)
        for workers in self._left.values():
            workers.close()

    def _next(self) -> Job | None:
        """Wait for a job that is complete, and take the one that had the fewest turns.

        None once the library is being closed.
        """
        with self._changed:
            while not self._closing:
                incomplete = [job for job in self._jobs.values() if job.state == "receiving"]
                for job in incomplete:
                    if job.silent_seconds() > _SILENCE_SECONDS:
                        job.give_up_on_missing()
                if ready := self._ready():
                    job = min(ready, key=lambda each: each.turns)
                    job.state = "waiting"
                    return job
                self._changed.wait(timeout=1.0 if incomplete else None)
        return None

    def _ready(self) -> list[Job]:
        """The jobs that could be taken up now, in the order in which they were opened."""
        return [
            job
            for job in self._jobs.values()
            if job.state == "waiting" or (job.state == "receiving" and job.all_received())
        ]

    def _run(self, job: Job) -> None:
        """Ingest a job for a turn, in as many rounds as it is asked to make room for others."""
        turn = _Turn(self._turn_seconds * 2**job.turns)
        workers = self._left.pop(job.id, None) or Workers(self._settings)
        try:
            self._take_in(job, workers, turn)
            if turn.is_over and job.has_more and len(self._left) < _MOST_LEFT:
                self._left[job.id] = workers
        finally:
            if job.id not in self._left:
                workers.close()

    def _take_in(self, job: Job, workers: Workers, turn: _Turn) -> None:
        while not self._closing and not turn.is_over:
            try:
                with self._lock.long():
                    with self._changed:
                        inputs = job.begin_round()
                        job.state, job.message = "running", None
                    if inputs:
                        self._ingest(job, inputs, workers, turn)
            except IndexBusy:
                with self._changed:
                    job.state = "blocked"
                    job.message = N_("another program is writing to this index; waiting for it")
                    self._changed.wait(timeout=_TRY_AGAIN_SECONDS)
            else:
                if not job.has_more:
                    return

    def _ingest(self, job: Job, inputs: Sequence[Input], workers: Workers, turn: _Turn) -> None:
        def is_cancelled(name: str) -> bool:
            with self._changed:
                return self._closing or job.is_cancelled(name)

        def is_paused() -> bool:
            with self._changed:
                turn.end_if(lambda: bool(self._ready()))
                return turn.is_over or self._lock.is_wanted

        def progressed(progress: Progress) -> None:
            with self._changed:
                job.progress = progress

        def reported(report: FileReport) -> None:
            found = self._index.source(report.source) if report.state in _THERE else None
            document = self._index.information(found.document_id) if found else None
            with self._changed:
                job.note(report, document)

        ingest(
            self._index,
            inputs,
            settings=self._settings,
            on_progress=progressed,
            on_file=reported,
            cancelled=is_cancelled,
            paused=is_paused,
            workers=workers,
        )


class _Turn:
    """How long a job may go on while others wait."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.is_over = False

    def end_if(self, others_wait: Callable[[], bool]) -> None:
        """Be over from now on if the time is, and others wait."""
        self.is_over = self.is_over or (time.monotonic() > self._end and others_wait())
