"""A real Chromium for the tests of pages: one for all tests of a file, and axe-core to hold pages against.

The browser is the system's; no browser is fetched. axe-core comes with the package axe-playwright-python, of which only
that file is used.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import files
from pathlib import Path
from typing import Any

import pytest

from tests.support.patience import PATIENCE

_AXE = "axe.min.js"
COLOUR_RULES = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours: all that another colour scheme can change."""
_RUN = """([rules, without]) => axe.run(document, {
  resultTypes: ["violations", "incomplete"],
  ...(rules.length ? {runOnly: rules} : {rules: Object.fromEntries(
    [["target-size", {enabled: true}], ...without.map(rule => [rule, {enabled: false}])]
  )}),
}).then(found => [...found.violations, ...found.incomplete].flatMap(rule => rule.nodes.map(
  node => `${rule.id}: ${node.target}: ${[...node.any, ...node.all, ...node.none].map(one => one.message).join(" ")}`
)))"""


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser; tests are skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as play:
        milliseconds = 1000 * PATIENCE
        sync_api.expect.set_options(timeout=milliseconds)
        browser = play.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"], timeout=milliseconds
        )
        for name in ("new_context", "new_page"):
            setattr(browser, name, _have_patience(getattr(browser, name), milliseconds))
        yield browser
        browser.close()


def _have_patience(build: Callable[..., Any], milliseconds: int) -> Callable[..., Any]:
    """Return what builds a context or a page that waits so long for what is asked of it, on a busy machine too."""

    def build_patient(**options: Any) -> Any:
        built = build(**options)
        built.set_default_timeout(milliseconds)
        return built

    return build_patient


@cache
def axe() -> str:
    """Return the source of axe-core."""
    found = next(file for file in files("axe-playwright-python") or [] if file.name == _AXE)
    return Path(str(found.locate())).read_text("utf-8")


def complaints(page: Any, *rules: str, without: Sequence[str] = ()) -> list[str]:
    """Return what axe finds wrong on a page, or cannot decide, by these rules.

    Without any: by all of its rules but those ``without``, best practices and target sizes included.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe())
    found: list[str] = page.evaluate(_RUN, [rules, without])
    return found
