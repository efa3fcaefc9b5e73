"""Converted networks, kept in a folder between runs of the program.

An entry is a folder that appears under its name complete, or not at all. Its name holds a hash of
all that the conversion depends on, so that nothing in it can be out of date. Everything in the
folder can be made again and may be removed at any time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from filelock import FileLock, Timeout

from rag.models.inference.options import Options
from rag.models.inference.runtime import Network, Precision, precisions, save, version

if TYPE_CHECKING:
    import openvino

__all__ = ["Conversion", "Kept", "NotConvertible", "kept"]

log = logging.getLogger(__name__)

_FORMAT = "1"
_XML, _BIN, _NOTES = "network.xml", "network.bin", "notes.json"
# Another process that converts the same network is waited for; longer than any conversion takes.
_BUSY_SECONDS = 600.0


# One network takes hundreds of megabytes: all that read the same one share it while any of them is
# there.
_open: WeakValueDictionary[tuple[Path, int], Network] = WeakValueDictionary()
_open_lock = threading.Lock()


class NotConvertible(Exception):
    """This network cannot be converted, or gives other results then; the message says why."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A network just converted, what is to be known about it (as JSON), and how to check it.

    ``check`` gets the network as it will run, and raises :class:`NotConvertible`.
    """

    model: openvino.Model
    check: Callable[[Network], None]
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A converted network that passed its check, and what is known about it."""

    network: Network
    notes: Mapping[str, Any]


def kept(
    name: str, parts: Mapping[str, str], *, convert: Callable[[], Conversion], options: Options
) -> Kept | None:
    """The network that ``convert`` makes, from the folder of ``options`` if it is there.

    ``name`` is shown to people; ``parts`` are the hashes of all that the network is made of. The
    first of the processor's precisions counts that passes the check. None if the network cannot be
    converted, which is told when it is found out, and then remembered. A folder that cannot be
    written is told too; the network is converted at every start then.
    """
    depends = {**parts, "format": _FORMAT, "openvino": version(), "precision": precisions()[0]}
    digest = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
    slug = "".join(each if each.isalnum() else "-" for each in name)[:40]
    entry = options.cache / f"{slug}-{digest[:24]}"
    if (notes := _notes(entry)) is not None:
        found = _opened(entry, notes, options)
        if found is not None or "refused" in notes:
            return found
    with _alone(entry) as writable:
        notes = _notes(entry)  # another process may have been at it
        if notes is not None:
            found = _opened(entry, notes, options)
            if found is not None or "refused" in notes:
                return found
        return _converted(name, entry if writable else None, convert, options)


@contextmanager
def _alone(entry: Path) -> Iterator[bool]:
    """Be the only process at work on an entry; whether it can be written."""
    lock = FileLock(entry.with_name(entry.name + ".lock"), timeout=_BUSY_SECONDS)
    try:
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        yield False
    except OSError as error:
        _tell_unwritable(entry.parent, error)
        yield False
    else:
        try:
            yield True
        finally:
            lock.release()


def _tell_unwritable(folder: Path, error: Exception) -> None:
    log.warning(
        "converted models cannot be kept in %s (%s), so they are converted at every start: set "
        "RAG_MODEL_CACHE to a folder that can be written",
        folder,
        getattr(error, "strerror", None) or error,
    )


def _notes(entry: Path) -> dict[str, Any] | None:
    """What is noted in a complete entry."""
    try:
        notes: dict[str, Any] = json.loads((entry / _NOTES).read_text("utf-8"))
        sizes = notes["sizes"]
        whole = all((entry / each).stat().st_size == size for each, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return notes if whole else None


def _opened(entry: Path, notes: Mapping[str, Any], options: Options) -> Kept | None:
    """The network of an entry; None if it was refused, or is damaged."""
    if "refused" in notes:
        return None
    try:
        with _open_lock:
            network = _open.get((entry, options.threads))
            if network is None:
                network = Network(
                    entry / _XML, precision=notes["precision"], threads=options.threads
                )
                _open[entry, options.threads] = network
        return Kept(network, notes["notes"])
    except (RuntimeError, KeyError):
        return None


def _converted(
    name: str, entry: Path | None, convert: Callable[[], Conversion], options: Options
) -> Kept | None:
    """Convert, check, and write the entry if there is to be one."""
    log.warning("preparing the %s for this machine; this takes a while, and is done once", name)
    try:
        conversion = convert()
        network = _checked(conversion, options)
    except NotConvertible as refused:
        log.warning("the %s runs with torch, which is slower: %s", name, refused)
        _write(entry, None, {"refused": str(refused), "sizes": {}})
        return None
    notes = {"precision": network.precision, "notes": dict(conversion.notes)}
    _write(entry, conversion.model, notes)
    return Kept(network, conversion.notes)


def _checked(conversion: Conversion, options: Options) -> Network:
    """The network in the fastest precision that passes the check."""
    problem = NotConvertible("the processor has no arithmetic for it")
    for precision in precisions():
        network = _network(conversion, precision, options)
        try:
            conversion.check(network)
        except NotConvertible as other:
            problem = other
        else:
            return network
    raise problem


def _network(conversion: Conversion, precision: Precision, options: Options) -> Network:
    return Network(conversion.model, precision=precision, threads=options.threads)


def _write(entry: Path | None, model: openvino.Model | None, notes: dict[str, Any]) -> None:
    """Write an entry beside its place, and move it there whole."""
    if entry is None:
        return
    try:
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=entry.parent))
        try:
            _fill(folder, model, notes)
            if entry.exists():  # damaged
                shutil.rmtree(entry)
            folder.rename(entry)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except (OSError, RuntimeError) as error:  # OpenVINO has no errors of its own
        _tell_unwritable(entry.parent, error)


def _fill(folder: Path, model: openvino.Model | None, notes: dict[str, Any]) -> None:
    """Write the files of an entry, and see that they are on the disk."""
    if model is not None:
        save(model, folder / _XML)
        notes = {**notes, "sizes": {each: (folder / each).stat().st_size for each in (_XML, _BIN)}}
    (folder / _NOTES).write_text(json.dumps(notes), "utf-8")
    for each in folder.iterdir():
        with each.open("rb") as file:
            os.fsync(file.fileno())
