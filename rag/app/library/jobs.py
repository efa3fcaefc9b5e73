"""A job: the files that were added in one go, and what has become of each."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from rag.ingest.records import FileReport, FileState, Input, Progress, Upload
from rag.language.translation import N_
from rag.readers.metadata.sidecar import SIDECAR
from rag.schema import DocumentInfo

State = Literal["expected", "receiving", "waiting", "unpacked"] | FileState
"""Announced, arriving, arrived; from then on what ingestion says. ``unpacked`` ends an archive,
whose members are files of their own.
"""
JobState = Literal["receiving", "waiting", "blocked", "running", "done"]
"""``blocked``: another process is writing to the index, and it is tried again and again."""

ENDED: frozenset[State] = frozenset(
    ("unpacked", "added", "updated", "unchanged", "duplicate", "failed", "cancelled")
)
_MEMBERS_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file of a job. ``number`` identifies it there; ``size`` is in bytes.

    ``source`` is the name of the document it became, ``document`` the document. ``message`` is the
    reason of a failure, a warning, or the document that has the same content.
    """

    number: int
    name: str
    source: str
    state: State
    size: int = 0
    message: str | None = None
    document: DocumentInfo | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job at one moment. ``share`` of the work that is done is in [0, 1].

    ``remaining_seconds`` is None as long as it cannot be told. ``message`` says why a job waits or
    has ended early.
    """

    id: str
    state: JobState
    files: tuple[FileStatus, ...]
    share: float
    passages: int
    remaining_seconds: float | None
    message: str | None

    @property
    def counts(self) -> dict[State, int]:
        """How many files are in which state."""
        return dict(Counter(file.state for file in self.files))


class Job:
    """A job and its bookkeeping. Not safe to share: :class:`Adding` guards it with its lock.

    ``progress`` is how far ingestion is in this round; ``has_more`` says that the round was broken
    off in favour of others, so that another one has to follow. With ``is_address`` the name of
    the one file is an address: its bytes are fetched by ingestion and never received.
    """

    def __init__(
        self,
        job_id: str,
        folder: Path,
        files: Sequence[tuple[str, int]],
        *,
        is_address: bool = False,
    ) -> None:
        self.id = job_id
        self._is_address = is_address
        self.folder = folder
        self.state: JobState = "receiving"
        self.message: str | None = None
        self._touched = time.monotonic()
        self._numbers: dict[str, int] = {}
        self._files: list[FileStatus] = []
        for name, size in files:
            free = name if is_address else self._free_name(name)
            self._append(free, size, "waiting" if is_address else "expected")
        self._announced = len(files)
        self._cancelled: set[str] = set()
        self._all_cancelled = False
        self.has_more = False
        self.turns = 0
        self._opened: set[int] = set()
        self.progress: Progress | None = None
        self._passages = 0
        self._round = 0

    def _append(self, name: str, size: int, state: State) -> int:
        number = self._numbers[name] = len(self._files)
        self._files.append(FileStatus(number, name, name, state, size))
        return number

    def _free_name(self, name: str) -> str:
        """The name, numbered if another file of this job has it."""
        path, free = PurePosixPath(name), name
        for count in itertools.count(2):
            if free not in self._numbers:
                break
            free = str(path.with_name(f"{path.stem} ({count}){path.suffix}"))
        return free

    # Receiving.

    def path(self, number: int) -> Path:
        """Where the bytes of a file are kept; its name has no part in it."""
        return self.folder / f"{number}"

    def file(self, number: int) -> FileStatus | None:
        """The file of this number, if there is one."""
        return self._files[number] if 0 <= number < len(self._files) else None

    def set(self, number: int, state: State, message: str | None = None) -> None:
        """Note what has become of a file; one that has ended stays as it is."""
        if not self._files[number].ended:
            self._files[number] = replace(self._files[number], state=state, message=message)
        self._touched = time.monotonic()

    def all_received(self) -> bool:
        """Whether no file is still to come."""
        return not any(file.state in ("expected", "receiving") for file in self._files)

    def silent_seconds(self) -> float:
        """For how long nothing has come in, although something is still to come."""
        if any(file.state == "receiving" for file in self._files):
            return 0.0
        return time.monotonic() - self._touched

    def give_up_on_missing(self) -> None:
        """Fail the files whose sender has gone away."""
        for file in self._files:
            if file.state == "expected":
                self.set(file.number, "failed", N_("it never arrived: add it again"))

    # Ingestion, in one round, or in several if others had to write in between.

    def begin_round(self) -> list[Input]:
        """What is to be ingested now."""
        numbers = [
            file.number
            for file in self._files[: self._announced]
            if not file.ended and not self.is_cancelled(file.name)
        ]
        if numbers:  # what has come of a sidecar in an earlier round counts for the rest, too
            tables = {f.number for f in self._files if PurePosixPath(f.name).name == SIDECAR}
            numbers = sorted({*numbers, *(n for n in tables if self.path(n).exists())})
        self.has_more = False
        self._passages += self.progress.passages if self.progress else 0
        self.progress = None
        self._round = sum(self._files[number].size for number in numbers)
        if self._is_address:
            return [self._files[number].name for number in numbers]
        return [Upload(self._files[number].name, self.path(number)) for number in numbers]

    def note(self, report: FileReport, document: DocumentInfo | None) -> None:
        """Take over what ingestion says of a file, or of a member of an archive."""
        name = report.name or report.source
        number = self._numbers.get(name)
        if number is None:
            if len(self._files) >= self._announced + _MEMBERS_KEPT:
                return
            number = self._append(name, 0, "waiting")
            self._opened.add(self._top(name))
            self.set(self._top(name), "reading")
        state = self._state(number, name, report.state)
        before = self._files[number]
        if state == "unchanged" and before.state in ("added", "updated"):
            return  # it was this job that added it
        self._files[number] = replace(
            before, source=report.source, state=state, message=report.message, document=document
        )

    def _state(self, number: int, name: str, reported: FileState) -> State:
        """What a report comes to: what was broken off in favour of others is not at its end."""
        if reported == "cancelled" and not self.is_cancelled(name):
            self.has_more = True
            return "waiting"
        if number not in self._opened or reported in ("failed", "cancelled"):
            return reported
        members = (file for file in self._files if file.name.startswith(f"{name}/"))
        return "unpacked" if all(file.ended for file in members) else "reading"

    def _top(self, name: str) -> int:
        """The file that was announced: this one, or the archive that it is in."""
        names = (name, *map(str, PurePosixPath(name).parents))
        found = (self._numbers[each] for each in names if each in self._numbers)
        return next((number for number in found if number < self._announced), 0)

    def end_turn(self) -> None:
        """Others come first now."""
        self.turns += 1
        self.state = "waiting"
        self.message = N_("it takes long to read: others’ files come first, then it goes on")

    # Cancelling.

    def cancel(self, number: int | None) -> None:
        """Cancel one file, or all; those that have ended stay as they are."""
        self._all_cancelled |= number is None
        for file in self._files:
            if number not in (None, file.number) or file.ended:
                continue
            self._cancelled.add(file.name)
            # What is being read or embedded, ingestion ends itself.
            if file.state not in ("reading", "embedding"):
                self.set(file.number, "cancelled")

    def is_cancelled(self, name: str) -> bool:
        """Whether a file, or the archive it is in, is not wanted any more."""
        if self._all_cancelled or name in self._cancelled:
            return True
        above = PurePosixPath(name).parents if self._cancelled else ()
        return any(str(parent) in self._cancelled for parent in above)

    # The end.

    def end(self, message: str | None = None) -> None:
        """Nothing more will happen; files that have not ended have failed for this reason."""
        for file in self._files:
            if self.is_cancelled(file.name):
                self.set(file.number, "cancelled")
            elif file.number in self._opened and not message:
                self.set(file.number, "unpacked")
            else:
                self.set(file.number, "failed", message or N_("there was nothing in it to read"))
        self.state, self.message = "done", message

    def status(self) -> JobStatus:
        """The job as it is now."""
        running = self.progress if self.state == "running" else None
        return JobStatus(
            id=self.id,
            state=self.state,
            files=tuple(self._files),
            share=self._share(),
            passages=self._passages + (self.progress.passages if self.progress else 0),
            remaining_seconds=running.remaining_seconds if running else None,
            message=self.message,
        )

    def _share(self) -> float:
        files = self._files[: self._announced]
        total = sum(file.size for file in files)
        if self.state == "done":
            return 1.0
        if not total:
            return 0.0
        done = sum(file.size for file in files if file.ended)
        if self.state == "running" and self.progress:
            done = total - self._round + self.progress.size
        return min(1.0, max(0.0, done / total))
