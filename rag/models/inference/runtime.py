"""OpenVINO, which runs networks on the processor. The only module that knows of it.

On import OpenVINO would tell its makers that it was imported, and on a conversion what was
converted, if the package ``openvino_telemetry`` could be imported. Here it cannot: nothing leaves
the machine.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from rag import patience

if TYPE_CHECKING:
    import openvino
    from torch import Tensor, nn

Floats = npt.NDArray[np.float32]
Inputs = Mapping[str, npt.NDArray[Any]]
"""Arrays by the name of the input."""

Precision = Literal["bf16", "f32"]
_Hint = Literal["LATENCY", "THROUGHPUT"]


class NotConvertible(Exception):
    """This network cannot be converted, or gives other results then; the message says why."""


def version() -> str:
    """The version of OpenVINO, without importing it."""
    return metadata.version("openvino")


_first_use = threading.Lock()


def _core() -> openvino.Core:
    """OpenVINO's core: whoever has it may use OpenVINO from any thread.

    OpenVINO fills tables when they are first needed, in code that keeps the second thread to come
    along waiting with the interpreter's lock in its hand. The first thread may need that lock to go
    on; then neither ever moves again. So one thread alone goes through all of it beforehand.
    """
    with _first_use:
        return _opened_core()


@cache
def _opened_core() -> openvino.Core:
    # An entry of None makes the import of telemetry fail, for which OpenVINO is prepared.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    from openvino import Core

    core = Core()
    _rehearse(core)
    return core


def _rehearse(core: openvino.Core) -> None:
    """Run a network of one operation in every way that :class:`Network` runs one.

    This is what fills the tables: of element types, to numpy and from it.
    """
    from openvino import Model, opset13

    numbers = np.ones((1, 1), np.int64)
    given = opset13.parameter([-1, 1], np.int64, name="numbers")
    model = Model([opset13.convert(given, "f32")], [given], "rehearsal")
    compiled = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1})
    request = compiled.create_infer_request()
    request.infer({0: numbers}, share_inputs=True)
    _output(request)
    request.start_async({0: numbers})
    request.wait()
    _output(request)


def _output(request: openvino.InferRequest, number: int = 0) -> Floats:
    """An output of a request that is done, by its number."""
    patience.progress()
    return np.array(request.get_output_tensor(number).data, np.float32)


def precisions() -> tuple[Precision, ...]:
    """In what the processor multiplies matrices, fastest first."""
    capabilities = _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("bf16", "f32") if "BF16" in capabilities else ("f32",)


def convert(module: nn.Module, example: Sequence[tuple[str, Tensor]]) -> openvino.Model:
    """Trace a torch module over named example inputs; all their dimensions may vary later.

    Raises:
        NotConvertible: it cannot be converted.
    """
    _core()
    import torch
    from openvino import convert_model

    with torch.inference_mode(), warnings.catch_warnings(), _own_logging():
        # Of traces that may not hold for other shapes, which is what the check is for.
        warnings.simplefilter("ignore")
        try:
            model = convert_model(module.eval(), example_input=tuple(each for _, each in example))
        except Exception as error:  # of many kinds, by torch, transformers and OpenVINO
            raise NotConvertible(f"it cannot be converted ({type(error).__name__})") from error
    for port, (name, _) in zip(model.inputs, example, strict=True):
        port.get_tensor().set_names({name})
    return model


@contextmanager
def _own_logging() -> Iterator[None]:
    """A conversion that fails leaves the root logger with a level and filters of its own."""
    root = logging.getLogger()
    level, filters, handlers = root.level, root.filters[:], root.handlers[:]
    try:
        yield
    finally:
        root.setLevel(level)
        root.filters, root.handlers = filters, handlers


def save(model: openvino.Model, file: Path) -> None:
    """Write ``FILE.xml``, and beside it ``FILE.bin`` with the weights as they are."""
    _core()
    from openvino import save_model

    save_model(model, file, compress_to_fp16=False)


class Network:
    """A converted network on the processor. Safe to share between threads.

    It is compiled at first use: once to answer soonest, and once to get most done, which has
    several batches at work at a time.
    """

    def __init__(
        self, model: openvino.Model | Path, *, precision: Precision, threads: int = 0
    ) -> None:
        self.precision = precision
        self._threads = threads
        self._model = _core().read_model(model) if isinstance(model, Path) else model
        self._compiled: dict[_Hint, openvino.CompiledModel] = {}
        self._lock = threading.Lock()
        self._of_thread = threading.local()
        self._several: list[openvino.InferRequest] = []
        self._queue_lock = threading.Lock()

    def run(self, inputs: Inputs, *, output: int = 0) -> Floats:
        """The first output for one batch, or that of another number."""
        request = getattr(self._of_thread, "request", None)
        if request is None:
            request = self._of_thread.request = self._for("LATENCY").create_infer_request()
        request.infer(inputs, share_inputs=True)
        return _output(request, output)

    def run_all(self, inputs: Iterable[Inputs]) -> list[Floats]:
        """The first output for each of many batches, in their order.

        The next batches are asked for while earlier ones are at work.
        """
        found: list[Floats] = []
        at_work: deque[openvino.InferRequest] = deque()
        with self._queue_lock:
            free = self._requests()
            try:
                for batch in inputs:
                    if not free:
                        at_work[0].wait()
                        found.append(_output(at_work[0]))
                        free.append(at_work.popleft())
                    at_work.append(free.pop())
                    at_work[-1].start_async(batch)
                while at_work:
                    at_work[0].wait()
                    found.append(_output(at_work.popleft()))
            finally:  # when it is broken off, the next call must find nobody at work
                for request in at_work:
                    request.wait()
        return found

    def _requests(self) -> list[openvino.InferRequest]:
        """Requests that are at work at the same time: one more than that, so that none waits.

        They are waited for in their order, and call nobody back: a request of OpenVINO's own queue
        is handed out again while it is still calling back, and may then lose its next call.
        """
        if not self._several:
            compiled = self._for("THROUGHPUT")
            most = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
            self._several = [compiled.create_infer_request() for _ in range(most + 1)]
        return list(self._several)

    def _for(self, hint: _Hint) -> openvino.CompiledModel:
        with self._lock:
            if hint not in self._compiled:
                options: dict[str, Any] = {
                    "PERFORMANCE_HINT": hint,
                    "INFERENCE_PRECISION_HINT": self.precision,
                    # Threads tied to processors would wait for each other's in two programs.
                    "ENABLE_CPU_PINNING": False,
                }
                if self._threads:
                    options["INFERENCE_NUM_THREADS"] = self._threads
                self._compiled[hint] = _core().compile_model(self._model, "CPU", options)
            return self._compiled[hint]
