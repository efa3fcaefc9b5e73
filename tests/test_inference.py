"""Converted networks: kept, checked, made again when damaged, and never a reason to fail."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rag.answer import Chatbot
from rag.models.inference.model_cache import CachedNetwork, Conversion, Options, cached_network
from rag.models.inference.runtime import Inputs, Network, NotConvertible, convert
from rag.store import Index

NUMBERS = {"numbers": np.arange(6, dtype=np.float32).reshape(3, 2)}


class Doubling(nn.Module):
    """As small as a network can be."""

    def forward(self, numbers: Tensor) -> Tensor:
        return 2 * numbers


class Workshop:
    """Converts, and counts how often."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.times = 0
        self._refuse = refuse

    def __call__(self) -> Conversion:
        self.times += 1
        model = convert(Doubling(), [("numbers", torch.ones(1, 2))])
        return Conversion(model, self._check, {"what": "doubling"})

    def _check(self, network: Network) -> None:
        if self._refuse:
            raise NotConvertible("it gives other values")
        assert network.run(NUMBERS).tolist() == (2 * NUMBERS["numbers"]).tolist()


def make(workshop: Workshop, folder: Path, *, part: str = "1") -> CachedNetwork | None:
    return cached_network(
        "doubling network", {"part": part}, convert=workshop, options=Options(folder)
    )


def test_it_is_converted_once_and_then_taken_from_the_folder(tmp_path: Path) -> None:
    workshop = Workshop()
    for _ in range(3):
        found = make(workshop, tmp_path / "models")
        assert found is not None
        assert found.notes == {"what": "doubling"}
        assert np.array_equal(found.network.run(NUMBERS), 2 * NUMBERS["numbers"])
    assert workshop.times == 1
    assert make(workshop, tmp_path / "models", part="2") is not None
    assert workshop.times == 2


def test_who_opens_it_shares_it_with_those_who_have_it(tmp_path: Path) -> None:
    make(Workshop(), tmp_path)
    first, second = make(Workshop(), tmp_path), make(Workshop(), tmp_path)
    assert first is not None
    assert second is not None
    assert first.network is second.network


def test_many_batches_come_back_in_their_order(tmp_path: Path) -> None:
    found = make(Workshop(), tmp_path)
    assert found is not None
    batches = [np.full((1 + number % 3, 2), number, np.float32) for number in range(40)]
    outputs = found.network.run_all({"numbers": batch} for batch in batches)
    assert all(np.array_equal(o, 2 * b) for o, b in zip(outputs, batches, strict=True))
    assert found.network.run_all([]) == []


def test_batches_that_are_broken_off_leave_nobody_at_work(tmp_path: Path) -> None:
    found = make(Workshop(), tmp_path)
    assert found is not None

    def broken_off() -> Iterator[Inputs]:
        yield from [NUMBERS] * 5
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found.network.run_all(broken_off())
    assert [each.tolist() for each in found.network.run_all([NUMBERS] * 9)] == [
        (2 * NUMBERS["numbers"]).tolist()
    ] * 9


def entry_in(folder: Path) -> Path:
    (entry,) = (each for each in folder.iterdir() if each.is_dir())
    return entry


@pytest.mark.parametrize("damage", ["cut off", "gone", "no notes", "nonsense"])
def test_a_damaged_entry_is_made_anew(tmp_path: Path, damage: str) -> None:
    workshop = Workshop()
    make(workshop, tmp_path)
    network = entry_in(tmp_path) / "network.xml"
    notes = entry_in(tmp_path) / "notes.json"
    if damage == "cut off":
        network.write_bytes(network.read_bytes()[:-20])
    elif damage == "gone":
        network.unlink()
    elif damage == "no notes":
        notes.write_text("[]")
    else:  # of the right length
        network.write_bytes(b"x" * network.stat().st_size)
    for _ in range(2):
        found = make(workshop, tmp_path)
        assert found is not None
        assert np.array_equal(found.network.run(NUMBERS), 2 * NUMBERS["numbers"])
    assert workshop.times == 2


def test_what_fails_its_check_is_refused_once_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workshop = Workshop(refuse=True)
    assert make(workshop, tmp_path) is None
    assert "runs with torch" in caplog.text
    assert "it gives other values" in caplog.text
    caplog.clear()
    assert make(workshop, tmp_path) is None
    assert not caplog.records
    assert workshop.times == 1


def test_a_folder_that_cannot_be_written_is_named_and_no_obstacle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    found = make(Workshop(), tmp_path / "file" / "models")
    assert found is not None
    assert np.array_equal(found.network.run(NUMBERS), 2 * NUMBERS["numbers"])
    told = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    (unwritable,) = (each for each in told if "RAG_MODEL_CACHE" in each)
    assert str(tmp_path / "file" / "models") in unwritable


def test_nothing_is_left_of_a_conversion_that_breaks_off(tmp_path: Path) -> None:
    def broken() -> Conversion:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_network("network", {}, convert=broken, options=Options(tmp_path))
    assert [each.suffix for each in tmp_path.iterdir()] == [".lock"]
    assert make(Workshop(), tmp_path) is not None


LISTENING = """
import sys
def listen(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__",):
        print("asked the network:", event, arguments)
sys.addaudithook(listen)
from rag.models.inference.runtime import precisions
print("precisions:", precisions())
import openvino.tools.ovc
print("telemetry:", sys.modules.get("openvino_telemetry"))
"""


def test_openvino_tells_nobody() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LISTENING], capture_output=True, text=True, check=True
    )
    assert "asked the network" not in run.stdout
    assert "telemetry: None" in run.stdout


STARTED = """
import json, sys
from rag.app.cli import main
sys.argv = ["rag", *json.loads(sys.argv[1])]
try:
    main()
finally:
    print("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def imported_by(*words: str) -> set[str]:
    """The packages that a command has imported by its end."""
    run = subprocess.run(
        [sys.executable, "-c", STARTED, json.dumps(words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


SLOW = {"torch", "transformers", "sentence_transformers", "llama_index", "gradio", "sklearn"}


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_needs_no_torch(chatbot: Chatbot, command: str) -> None:
    chatbot.warm_up()  # both models are converted now
    assert isinstance(chatbot.index, Index)
    folder = str(chatbot.index.folder)
    packages = imported_by(command, "Who was detained?", "--index", folder, "--json")
    assert "openvino" in packages
    assert not packages & SLOW


def test_help_needs_no_library_of_models_or_of_storage() -> None:
    assert not imported_by("--help") & {*SLOW, "chromadb", "openvino", "tantivy", "numpy"}
