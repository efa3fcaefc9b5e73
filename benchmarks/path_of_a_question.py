"""Which way a question takes through the program, and how often its data changes its form.

    python benchmarks/path_of_a_question.py INDEX [QUESTION]…

Runs ``rag ask`` in this process and watches every call of our functions. A module counts where one
of its functions ran; what runs while a module is imported, which only defines things, does not.
Prints the modules in the order in which the question reaches them, with the number of functions
that ran; the record that each stage of the answering hands to the next; and every type of record
that the stages made. Ends with 1 if there are more than this program aims at.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import threading
from collections.abc import Iterable
from dataclasses import is_dataclass
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Final

from rag.app.cli import main as run_command

QUESTION: Final = "What did Kozak say about engagement?"
MOST_MODULES: Final = 40
MOST_RECORDS: Final = 5
PACKAGE: Final = Path(__file__).resolve().parent.parent / "rag"
CHATBOT: Final = str(PACKAGE / "answer" / "chatbot.py")


class Watch:
    """Sees every call in every thread, while it is in use as a context.

    ``functions`` are those that ran, by module; ``handed`` the types of records that came back to
    the chatbot from a stage, ``made`` all types of records that were made.
    """

    def __init__(self) -> None:
        self.functions: dict[str, set[str]] = {}
        self.handed: dict[str, None] = {}
        self.made: dict[str, None] = {}
        self._importing = threading.local()

    def __enter__(self) -> Watch:
        threading.setprofile(self._see)
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _see(self, frame: FrameType, event: str, value: object) -> None:
        code = frame.f_code
        ours = code.co_filename.startswith(str(PACKAGE))
        if ours and code.co_name == "<module>":
            step = {"call": 1, "return": -1}.get(event, 0)
            self._importing.depth = getattr(self._importing, "depth", 0) + step
        if getattr(self._importing, "depth", 0):
            return
        if event == "call" and ours and code.co_flags & CO_OPTIMIZED:  # the body of no class
            module = Path(code.co_filename).relative_to(PACKAGE).as_posix()
            self.functions.setdefault(module, set()).add(code.co_qualname)
        elif event == "call" and code.co_name == "__init__" and code.co_filename == "<string>":
            self.made.update(_record(frame.f_locals["self"]))
        elif event == "return" and ours and _is_stage(frame):
            self.handed.update(_record(value))


def _is_stage(frame: FrameType) -> bool:
    """Whether a function of another module of the answering returns to the chatbot."""
    caller, file = frame.f_back, frame.f_code.co_filename
    from_chatbot = caller is not None and caller.f_code.co_filename == CHATBOT
    return from_chatbot and file != CHATBOT and Path(file).is_relative_to(PACKAGE / "answer")


def _record(value: object) -> dict[str, None]:
    """The name of a value's type, if that is one of the records."""
    kind = type(value)
    records = ("rag.answer.records", "rag.cite.answers", "rag.schema")
    ours = is_dataclass(kind) and kind.__module__ in records
    return {kind.__name__: None} if ours else {}


def watched(question: str, index: Path) -> Watch:
    """What ``rag ask`` did for a question."""
    before = sys.argv
    sys.argv = ["rag", "ask", question, "--index", str(index)]
    try:
        shown = contextlib.redirect_stdout(io.StringIO())
        with Watch() as watch, contextlib.suppress(SystemExit), shown:
            run_command()
    finally:
        sys.argv = before
    return watch


def report(question: str, watch: Watch) -> Iterable[str]:
    """What was seen, in lines."""
    yield question
    for module, functions in watch.functions.items():
        yield f"  {module} ({len(functions)})"
    count = sum(map(len, watch.functions.values()))
    yield f"{len(watch.functions)} modules (aim: {MOST_MODULES}), {count} functions"
    yield f"{len(watch.handed)} records from stage to stage (aim: {MOST_RECORDS}): " + " → ".join(
        watch.handed
    )
    yield f"{len(watch.made)} types of records in all: {', '.join(watch.made)}"


def main() -> None:
    """Watch the questions, each in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("question", nargs="*", default=[QUESTION])
    given = parser.parse_args()
    sound = True
    for question in given.question:
        watch = watched(question, given.index)
        print("\n".join(report(question, watch)), flush=True)
        sound &= len(watch.functions) <= MOST_MODULES and len(watch.handed) <= MOST_RECORDS
    sys.exit(not sound)


if __name__ == "__main__":
    main()
