"""From ``rag serve`` to a page that can be used: ``python benchmarks/page_start.py DIR [DIR…]``.

Each ``DIR`` is a checkout of the program (``git worktree add DIR COMMIT``). Each ingests ``corpus``
of its own into an index of its own, is started in turn, and is visited by a fresh Chromium.
Printed are medians over the rounds, and from the second checkout on how many times that of the
first they are: seconds from the start of the process until it answers, and until the box for the
question takes words in the browser; of that visit the bytes and the requests, by themselves and
from a second visit, whose cache is full; and the memory of the process and those that it started.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
BOX = "#question textarea[aria-label]:not([disabled])"
UNITS = {
    "served": "s until the server answers",
    "usable": "s until the box takes words",
    "visit": "s of that in the browser",
    "bytes": "MB fetched",
    "requests": "requests",
    "again": "s in the browser, second visit",
    "bytes again": "MB fetched, second visit",
    "memory": "MB of memory",
}


def rag(checkout: Path, *command: str) -> dict[str, Any]:
    """How a command of a checkout is started."""
    return {
        "args": [sys.executable, "-m", "rag.app.cli", *command],
        "env": {**os.environ, "PYTHONPATH": str(checkout)},
        "cwd": checkout,
    }


def visit(context: BrowserContext, address: str) -> tuple[float, float, int]:
    """Seconds until the box takes words, the megabytes fetched, and the requests made."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    sent: list[str] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.on("Network.requestWillBeSent", lambda event: sent.append(event["request"]["url"]))
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(BOX, timeout=120_000)
    page.fill(BOX, "Who?")
    seconds = time.perf_counter() - began
    page.wait_for_timeout(3000)  # what comes later belongs to the visit, too
    fetched = [one for one in sent if one.startswith("http")]
    page.close()
    return seconds, sum(sizes) / 1e6, len(fetched)


def memory(process: int) -> float:
    """Megabytes of a process and those that it started; what they share counts once. Linux only."""
    proc = Path(f"/proc/{process}")
    rollup = (proc / "smaps_rollup").read_text()
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    started = [one for each in proc.glob("task/*/children") for one in each.read_text().split()]
    return own / 1000 + sum(memory(int(one)) for one in started)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def measure(checkout: Path, index: Path, browser: Browser) -> dict[str, float]:
    """Start the server of a checkout, visit it twice, and stop it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    began = time.perf_counter()
    process = subprocess.Popen(
        **rag(checkout, "serve", "--index", str(index), "--port", str(port)),
        stdout=subprocess.DEVNULL,
    )
    try:
        while not answers(address):
            if process.poll() is not None:
                raise SystemExit(f"{checkout}: rag serve ended with {process.returncode}")
            time.sleep(0.02)
        served = time.perf_counter() - began
        context = browser.new_context()
        seconds, megabytes, requests = visit(context, address)
        again, megabytes_again, _ = visit(context, address)
        context.close()
        found: dict[str, Any] = {
            "served": served,
            "usable": served + seconds,
            "visit": seconds,
            "bytes": megabytes,
            "requests": requests,
            "again": again,
            "bytes again": megabytes_again,
            "memory": memory(process.pid),
        }
        return found
    finally:
        process.terminate()
        process.wait(30)


def answers(address: str) -> bool:
    """Whether the page is served."""
    try:
        with urllib.request.urlopen(address, timeout=30) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def main() -> None:
    """Measure each checkout in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    checkouts = [one.resolve() for one in given.checkouts]
    found: dict[Path, list[dict[str, float]]] = {one: [] for one in checkouts}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        indices = {one: Path(folder) / str(at) for at, one in enumerate(checkouts)}
        for checkout, index in indices.items():
            corpus = [str(checkout / "corpus"), "--index", str(index)]
            subprocess.run(**rag(checkout, "ingest", *corpus), check=True, capture_output=True)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for _ in range(given.rounds):
            for checkout in checkouts:
                found[checkout].append(measure(checkout, indices[checkout], browser))
        browser.close()
    medians = {
        checkout: {key: statistics.median(each[key] for each in rounds) for key in UNITS}
        for checkout, rounds in found.items()
    }
    first = medians[checkouts[0]]
    print(f"{'':34}" + "".join(f"{one.name[-18:]:>20}" for one in checkouts))
    for key, words in UNITS.items():
        cells = [f"{medians[one][key]:.2f}" for one in checkouts]
        ratios = ["", *(f" (×{medians[one][key] / first[key]:.2f})" for one in checkouts[1:])]
        print(f"{words:34}" + "".join(f"{a + b:>20}" for a, b in zip(cells, ratios, strict=True)))


if __name__ == "__main__":
    main()
