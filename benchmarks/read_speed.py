"""How fast files are read, beside LlamaIndex: ``python benchmarks/read_speed.py FOLDER``.

Both read every file below the folder that both can read, one after the other in this one process,
alternately and several times over; the medians count. Printed are seconds, characters, and how many
times as fast ours is. More characters are not better by themselves: ours leaves out running heads
and page numbers, and joins what a line end has cut.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import ReadingError
from rag.readers import is_supported, media_type_of, read

Reader = Callable[[Path], int]
"""Reads a file; the number of characters."""


def ours(path: Path) -> int:
    """Read a file as an ingestion does, but for the process of its own."""
    content = path.read_bytes()
    media_type = media_type_of(path.name, content)
    return len(read(content, name=path.name, media_type=media_type).text)


def llama_index(path: Path) -> int:
    """Read a file with LlamaIndex's defaults."""
    from llama_index.core import SimpleDirectoryReader

    documents = SimpleDirectoryReader(input_files=[path], raise_on_error=True).load_data()
    return sum(len(document.text) for document in documents)


def readable_by(reader: Reader, paths: Sequence[Path], name: str) -> list[Path]:
    """The files that a reader reads without an error; a first round that is not measured."""
    found = []
    for path in paths:
        try:
            reader(path)
        except ReadingError as error:
            print(f"{name} cannot read {path.name}: {error}")
        except Exception as error:
            print(f"{name} cannot read {path.name}: {type(error).__name__}")
        else:
            found.append(path)
    return found


def measured(reader: Reader, paths: Sequence[Path]) -> tuple[float, int]:
    """Seconds and characters of one round over all files."""
    began = time.perf_counter()
    characters = sum(reader(path) for path in paths)
    return time.perf_counter() - began, characters


def report(suffix: str, paths: Sequence[Path], rounds: int) -> None:
    """Measure the files of one suffix, and print a line."""
    times: dict[Reader, list[float]] = {ours: [], llama_index: []}
    characters: dict[Reader, int] = {}
    for _ in range(rounds):
        for reader, seconds in times.items():
            took, characters[reader] = measured(reader, paths)
            seconds.append(took)
    our_time, their_time = (statistics.median(times[reader]) for reader in (ours, llama_index))
    size = sum(path.stat().st_size for path in paths) / 1e6
    print(
        f"{suffix:8} {len(paths):5} files {size:8.2f} MB   ours {our_time:8.3f} s "
        f"{characters[ours]:10,} characters   LlamaIndex {their_time:8.3f} s "
        f"{characters[llama_index]:10,} characters   {their_time / our_time:6.2f} times as fast"
    )


def main() -> None:
    """Measure the files below a folder, by suffix and all together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    paths = [
        path
        for path in sorted(given.folder.rglob("*"))
        if path.is_file() and is_supported(path.name) and path.name != "metadata.csv"
    ]
    paths = readable_by(llama_index, readable_by(ours, paths, "Footnote"), "LlamaIndex")
    if not paths:
        sys.exit(f"no file in {given.folder} that both can read")
    by_suffix: dict[str, list[Path]] = {}
    for path in paths:
        by_suffix.setdefault(path.suffix.lower(), []).append(path)
    for suffix, files in sorted(by_suffix.items()):
        report(suffix, files, given.rounds)
    report("all", paths, given.rounds)


if __name__ == "__main__":
    main()
