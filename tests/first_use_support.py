"""Programs whose threads use something for the first time, all at once; what hangs tells where."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["ASK", "FIRST_RUN", "failures", "save_network"]

ROOT = Path(__file__).parent.parent
_AT_ONCE = 2  # as many as there are processors in most places

_LIMITED = """
import faulthandler, sys
# Ends the process with the stacks of all threads, whoever has the interpreter's lock.
faulthandler.dump_traceback_later(float(sys.argv[1]), exit=True)
# Threads take turns as often as they can, so that any two steps may come between any others.
sys.setswitchinterval(1e-6)
"""

# The argument: a network's file. A request for an input that it has not got fails before anything
# is converted, so that all threads have their requests ready and stand right before their first.
FIRST_RUN = f"""{_LIMITED}
import threading
from contextlib import suppress
from pathlib import Path
import numpy as np
from rag.models.inference.runtime import Network

network = Network(Path(sys.argv[2]), precision="f32", threads=1)
batch = {{"numbers": np.ones((2, 2), np.int64)}}
all_ready = threading.Barrier(4)
done = []

def first(number):
    with suppress(RuntimeError):
        network.run({{"nothing": batch["numbers"]}})
    all_ready.wait()
    outputs = network.run_all([batch] * 3) if number == 3 else [network.run(batch)]
    assert all((each == 1).all() for each in outputs)
    done.append(number)

threads = [threading.Thread(target=first, args=(number,)) for number in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(len(done), "threads are done")
"""

# The arguments: a question and an index.
ASK = f"""{_LIMITED}
from rag.app.cli import main

sys.argv = ["rag", "ask", sys.argv[2], "--index", sys.argv[3], "--json"]
main()
"""


def save_network(file: Path) -> Path:
    """Write a network with one operation: whole numbers in, the same as floats out."""
    program = """
import sys
import numpy as np
from openvino import Model, opset13, save_model

given = opset13.parameter([-1, 2], np.int64, name="numbers")
model = Model([opset13.convert(given, "f32")], [given], "numbers")
model.inputs[0].get_tensor().set_names({"numbers"})
save_model(model, sys.argv[1])
"""
    subprocess.run([sys.executable, "-c", program, str(file)], check=True)
    return file


def failures(
    program: str, arguments: Sequence[object], *, processes: int, seconds: float, says: str
) -> list[str]:
    """What those of the processes have printed that hung, failed, or did not print ``says``.

    A process that has not ended after ``seconds`` ends itself, with the stacks of all its threads.
    """

    def one(_number: int) -> str | None:
        done = subprocess.run(
            [sys.executable, "-c", program, str(seconds), *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * seconds,
        )
        if done.returncode == 0 and says in done.stdout:
            return None
        return f"exit code {done.returncode}\n{done.stdout}{done.stderr}"

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [each for each in threads.map(one, range(processes)) if each is not None]
