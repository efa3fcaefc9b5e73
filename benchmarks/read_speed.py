"""How fast files are read, beside LlamaIndex: ``python benchmarks/read_speed.py FOLDER``.

All read every file below the folder that all can read, one after the other in this one process,
alternately and several times over; the medians of the seconds that the processor worked count, so
that other work of the machine makes no difference. Printed are seconds, characters, and how many
times as fast ours is; for PDFs pages a second too, and the same of pdfplumber where it is
installed. More characters are not better by themselves: ours leaves out running heads and page
numbers, and joins what a line end has cut.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pypdfium2 as pdfium

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


def pdfplumber(path: Path) -> int:
    """Read the text of a PDF with pdfplumber, and look for its tables, as ours does."""
    count = 0
    with import_module("pdfplumber").open(path) as document:
        for page in document.pages:
            count += len(page.extract_text())
            page.find_tables()
    return count


def pages_of(paths: Sequence[Path]) -> int:
    """How many pages PDFs have together."""
    count = 0
    for path in paths:
        with pdfium.PdfDocument(path) as document:
            count += len(document)
    return count


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
    began = time.process_time()
    characters = sum(reader(path) for path in paths)
    return time.process_time() - began, characters


def report(suffix: str, paths: Sequence[Path], rounds: int) -> None:
    """Measure the files of one suffix, and print a line for each reader."""
    is_pdf = suffix == ".pdf"
    readers = {"ours": ours, "LlamaIndex": llama_index}
    if is_pdf and find_spec("pdfplumber"):
        readers["pdfplumber"] = pdfplumber
    times: dict[str, list[float]] = {name: [] for name in readers}
    characters: dict[str, int] = {}
    for _ in range(rounds):
        for name, reader in readers.items():
            took, characters[name] = measured(reader, paths)
            times[name].append(took)
    size = sum(path.stat().st_size for path in paths) / 1e6
    pages = pages_of(paths) if is_pdf else 0
    print(f"{suffix}: {len(paths)} files, {size:.2f} MB" + f", {pages} pages" * is_pdf)
    ours_took = statistics.median(times["ours"])
    for name, seconds in times.items():
        took = statistics.median(seconds)
        print(
            f"  {name:12} {took:8.3f} s {characters[name]:12,} characters"
            f"  {took / ours_took:6.2f} times as long as ours"
            + f"  {pages / took:7.1f} pages a second"
            * is_pdf
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
    if any(path.suffix.lower() == ".pdf" for path in paths) and not find_spec("pypdf"):
        sys.exit(
            "LlamaIndex takes a PDF for text without its reader: install llama-index-readers-file"
        )
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
