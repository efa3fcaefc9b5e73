"""How models run on this machine, and the folder in which converted networks are cached.

An entry is a folder that appears under its name complete, or not at all. Its name holds a hash of
all that the conversion depends on, so that nothing in it can be out of date. Everything in the
folder can be made again and may be removed at any time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakValueDictionary

import platformdirs
from filelock import FileLock, Timeout

from rag.models.inference.runtime import Network, NotConvertible, precisions, save, version
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    import openvino

log = logging.getLogger(__name__)

_FORMAT = "1"
_XML, _BIN, _NOTES = "network.xml", "network.bin", "notes.json"
# Another process that converts the same network is waited for; longer than any conversion takes.
_BUSY_SECONDS = 600.0

# One network takes hundreds of megabytes: all users of an entry share it while any is there.
_open: WeakValueDictionary[tuple[Path, int], Network] = WeakValueDictionary()
_open_lock = threading.Lock()

# Files that a driver of NVIDIA, of AMD, or of Windows below Linux makes.
_DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say about running models. ``threads`` is 0 for as many as there are."""

    cache: Path
    engine: Literal["openvino", "torch"] = "openvino"
    threads: int = 0

    @classmethod
    def of(cls, settings: Settings | None = None) -> Options:
        """The options of ``settings``, or else of the environment and ``rag.toml``.

        Raises:
            SettingsError: these are wrong.
        """
        known = settings or load_settings()
        folder = known.model_cache or platformdirs.user_cache_path("footnote-rag", False)
        return cls(folder.expanduser(), known.engine, known.threads)

    @property
    def uses_openvino(self) -> bool:
        """Whether models are to be converted, and there is OpenVINO for this machine."""
        return self.engine == "openvino" and importlib.util.find_spec("openvino") is not None


@cache
def has_gpu() -> bool:
    """Whether torch can compute on a graphics processor.

    Torch takes seconds to import, so it is asked only where there are signs of one.
    """
    try:
        if metadata.version("torch").endswith("+cpu"):
            return False
    except metadata.PackageNotFoundError:
        return False
    is_apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    has_driver = any(Path(each).exists() for each in _DEVICES) or shutil.which("nvidia-smi")
    if not (is_apple or has_driver):
        return False
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()


@dataclass(frozen=True, slots=True)
class Conversion:
    """A network just converted, what is to be known about it (as JSON), and how to check it.

    ``check`` gets the network as it will run, and raises :class:`NotConvertible`.
    """

    model: openvino.Model
    check: Callable[[Network], None]
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CachedNetwork:
    """A converted network that passed its check, and what is known about it."""

    network: Network
    notes: Mapping[str, Any]


class _NoEntry(Exception):
    """The entry is not there, or damaged."""


def cached_network(
    name: str, parts: Mapping[str, str], *, convert: Callable[[], Conversion], options: Options
) -> CachedNetwork | None:
    """The network that ``convert`` makes, from the folder of ``options`` if it is there.

    ``name`` is shown to people; ``parts`` are the hashes of all that the network is made of. The
    first of the processor's precisions is used that passes the check. None if the network cannot be
    converted, which is logged when it is found out, and then remembered. A folder that cannot be
    written is logged too; the network is converted at every start then.
    """
    depends = {**parts, "format": _FORMAT, "openvino": version(), "precision": precisions()[0]}
    digest = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
    slug = "".join(each if each.isalnum() else "-" for each in name)[:40]
    entry = options.cache / f"{slug}-{digest[:24]}"
    try:
        return _read(entry, options)
    except _NoEntry:
        with _locked(entry) as is_writable:
            try:
                return _read(entry, options)  # another process has converted it meanwhile
            except _NoEntry:
                return _converted(name, entry if is_writable else None, convert, options)


@contextmanager
def _locked(entry: Path) -> Iterator[bool]:
    """Be the only process at work on an entry; whether it can be written."""
    lock = FileLock(entry.with_name(entry.name + ".lock"), timeout=_BUSY_SECONDS)
    is_writable = True
    try:
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        is_writable = False
    except OSError as error:
        _log_unwritable(entry.parent, error)
        is_writable = False
    try:
        yield is_writable
    finally:
        lock.release()


def _log_unwritable(folder: Path, error: Exception) -> None:
    log.warning(
        "converted models cannot be kept in %s (%s), so they are converted at every start: set "
        "RAG_MODEL_CACHE to a folder that can be written",
        folder,
        getattr(error, "strerror", None) or error,
    )


def _read(entry: Path, options: Options) -> CachedNetwork | None:
    """The network of an entry; None if the entry says that it cannot be converted.

    Raises:
        _NoEntry: there is no complete entry.
    """
    try:
        notes = json.loads((entry / _NOTES).read_text("utf-8"))
        if "refused" in notes:
            return None
        if any((entry / each).stat().st_size != size for each, size in notes["sizes"].items()):
            raise _NoEntry
        key = (entry, options.threads)
        with _open_lock:
            network = _open.get(key)
            if network is None:
                network = Network(
                    entry / _XML, precision=notes["precision"], threads=options.threads
                )
                _open[key] = network
        return CachedNetwork(network, notes["notes"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise _NoEntry from error


def _converted(
    name: str, entry: Path | None, convert: Callable[[], Conversion], options: Options
) -> CachedNetwork | None:
    """Convert, check, and write the entry if there is to be one."""
    log.warning("preparing the %s for this machine; this takes a while, and is done once", name)
    try:
        conversion = convert()
        network = _checked(conversion, options)
    except NotConvertible as refused:
        log.warning("the %s runs with torch, which is slower: %s", name, refused)
        _write(entry, None, {"refused": str(refused)})
        return None
    notes = {"precision": network.precision, "notes": dict(conversion.notes)}
    _write(entry, conversion.model, notes)
    return CachedNetwork(network, conversion.notes)


def _checked(conversion: Conversion, options: Options) -> Network:
    """The network in the fastest precision that passes the check."""
    problem = NotConvertible("the processor has no arithmetic for it")
    for precision in precisions():
        network = Network(conversion.model, precision=precision, threads=options.threads)
        try:
            conversion.check(network)
        except NotConvertible as other:
            problem = other
        else:
            return network
    raise problem


def _write(entry: Path | None, model: openvino.Model | None, notes: dict[str, Any]) -> None:
    """Write an entry beside its place, and move it there whole."""
    if entry is None:
        return
    try:
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=entry.parent))
        try:
            if model is not None:
                save(model, folder / _XML)
                notes["sizes"] = {each: (folder / each).stat().st_size for each in (_XML, _BIN)}
            (folder / _NOTES).write_text(json.dumps(notes), "utf-8")
            for each in folder.iterdir():
                with each.open("rb") as file:
                    os.fsync(file.fileno())
            if entry.exists():  # damaged
                shutil.rmtree(entry)
            folder.rename(entry)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except (OSError, RuntimeError) as error:  # OpenVINO has no errors of its own
        _log_unwritable(entry.parent, error)
