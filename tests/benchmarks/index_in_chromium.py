"""The index of many applicants in Chromium: its size, how long it takes to load, and how long each search takes.

python -m tests.benchmarks.index_in_chromium [--applicants 243] [--turns 5]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from smartcert.reporting.round.index import render_index
from tests.support import sample_rounds as rounds
from tests.support.chromium import chromium

_LOADED = "(() => { const one = performance.getEntriesByType('navigation')[0]; return one.domComplete; })()"
_SEARCH = """text => {
  const field = document.querySelector("input[type=search]"), began = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  document.body.offsetHeight; // with the layout that follows
  return performance.now() - began;
}"""
_SEARCHES = ("ㄱ", "가상", "a01", "a0123", "virtual", "")


def main() -> None:
    """Print the size of the page and the medians of the milliseconds on the clock."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applicants", type=int, default=243)
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    html = render_index(rounds.many(asked.applicants), pages=[])
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "index.html"
        file.write_text(html, "utf-8")
        for width in (1280, 390):
            loaded, searched = [], []
            for _ in range(asked.turns):
                page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
                page.goto(file.as_uri())
                loaded.append(page.evaluate(_LOADED))
                searched += [page.evaluate(_SEARCH, text) for text in _SEARCHES]
                page.context.close()
            print(
                f"{asked.applicants} applicants, {len(html.encode()) / 1000:.0f} kB, {width} px: loaded in "
                f"{statistics.median(loaded):.0f} ms, a search {statistics.median(searched):.1f} ms, "
                f"the slowest {max(searched):.1f} ms"
            )


if __name__ == "__main__":
    main()
