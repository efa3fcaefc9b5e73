"""How models run: with which library, on how many threads, and where converted ones are cached."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal

import platformdirs

from rag.settings import Settings, load_settings

__all__ = ["Options", "has_gpu"]

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
