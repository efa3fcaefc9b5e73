"""Opening a long PDF beside a short one: ``python benchmarks/pdf_opening.py``.

A PDF of 500 pages and one of 5 are made and ingested; a real Chromium opens each in turn at its
middle page, in a new tab. Printed are the median seconds from the click until the page is drawn, of
both, and their ratio; how many pages and bytes were asked for; and the same for the last page.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from page_support import Served, chromium, make_chatbot, open_page, served
from panel_support import NEAR_ARE_DRAWN, document, link, page_of
from pdf_made import paged

Opened = dict[str, float]


def opened(site: Served, context: BrowserContext, source: str) -> Opened:
    """Open a PDF at its middle page, then go to its last."""
    of = document(site.chatbot, source)
    last = len(of.pages)
    place = page_of(of, (last + 1) // 2)
    page = open_page(context, site.address)
    found: list[tuple[str, float]] = []
    page.on(
        "requestfinished",
        lambda one: found.append((one.url, one.sizes()["responseBodySize"])),
    )
    began = time.perf_counter()
    page.evaluate("hash => { location.hash = hash }", link(of, place.start + 1, place.start + 9))
    page.wait_for_selector(f'.leaf[data-number="{place.number}"][data-drawn] img[src]')
    first = time.perf_counter() - began
    page.wait_for_function(NEAR_ARE_DRAWN)
    asked = [(url, size) for url, size in found if "/page/" in url or "/pages/" in url]
    began = time.perf_counter()
    page.locator("[data-sheet-number]").fill(str(last))
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.leaf[data-number="{last}"][data-drawn] img[src]')
    end = time.perf_counter() - began
    page.close()
    return {
        "s until the page is drawn": first,
        "requests for pages": len(asked),
        "KB for pages": sum(size for _, size in asked) / 1000,
        "s until the last is drawn": end,
    }


def main() -> None:
    """Open both in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    files = {
        "short.pdf": paged(5, sentences=24),
        "long.pdf": paged(given.pages, sentences=24),
    }
    times: dict[str, list[Opened]] = {source: [] for source in files}
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        served(*make_chatbot(Path(folder), files)) as site,
    ):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        opened(site, context, "short.pdf")  # the process that draws has started
        for _ in range(given.rounds):
            for source, rounds in times.items():
                rounds.append(opened(site, context, source))
    for key in times["short.pdf"][0]:
        short, long = (statistics.median(each[key] for each in times[source]) for source in files)
        print(f"{key:28} {short:8.2f} {long:8.2f}  ×{long / short:.2f}")


if __name__ == "__main__":
    main()
