"""What holds for a whole run: it hears Ctrl-C; with ``NOTHING_SKIPPED=1``, as in CI, it does not pass by skipping.

And the browser that tests of pages share, one for a file of tests.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings

import smartcert.reporting  # noqa: F401  # says which XML writer openpyxl takes, before a test imports openpyxl
from smartcert.imports import block_rfc3987, disable_pydantic_plugins
from tests.support import seeds
from tests.support.chromium import chromium
from tests.support.other_day import set_today
from tests.support.slow import read_slow
from tests.support.warm_servers import fork_warm_servers

for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
    os.environ.pop(name, None)
os.environ["LANG"] = "C.UTF-8"  # commands speak the language of whoever starts them, and most tests expect English
if "TODAY" in os.environ:
    set_today(os.environ["TODAY"])
block_rfc3987()  # else every process that tests spends seconds on it
disable_pydantic_plugins()  # as commands do: what runs before the first one has the same environment as what runs after
gc.set_threshold(50_000)  # 700 is usual; most of what tests create goes as soon as nobody names it

# a machine that is busy makes nothing wrong; the run that decides (`.ci/run`) takes the same examples each time, and
# every other run takes new ones: what they find is mended, and stops nobody who changed something else
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("patient"), derandomize=True)
settings.load_profile("repeatable" if os.environ.get("NOTHING_SKIPPED") else "patient")


@pytest.fixture(scope="session", autouse=True)
def _warm_servers() -> Iterator[None]:
    with fork_warm_servers():
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a Chromium; where there is none the test is skipped."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for the pages that a file of tests looks at."""
    return tmp_path_factory.mktemp("pages")


def _skipped(config: pytest.Config) -> list[Any]:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter and os.environ.get("NOTHING_SKIPPED") else []


def pytest_configure(config: pytest.Config) -> None:
    """Say whether long counts are asked for.

    And hear Ctrl-C: a shell makes what it starts in the background deaf to it, and whatever that starts in turn.
    """
    config.pluginmanager.register(Doctests())  # a hook of this file itself would not see those of smartcert/
    if "not full" not in config.option.markexpr:
        seeds.ASKED_FOR.add("full")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


LONG = {"browser", "notebook", "office", "validators", "slow"}


class Doctests:
    """Imports no file, and looks through none, for examples that it does not have."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Path) -> Iterator[None]:
        collectors: Any = yield
        if file_path.suffix != ".py" or ">>> " in file_path.read_text("utf-8"):
            return collectors
        return [collector for collector in collectors if not isinstance(collector, DoctestModule)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, and mark as slow what `tests/slow.txt` lists.

    So both processes of `.ci/run` have short files to share at the end.
    """
    first = {item.path for item in items if any(marker.name in LONG for marker in item.iter_markers())}
    items.sort(key=lambda item: item.path not in first)
    slow = read_slow()
    for item in items:
        if item.nodeid.partition("[")[0] in slow:
            item.add_marker("slow")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Exempt thousands of tests and what they imported from garbage collection: a pass over them takes a second."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run that passed into one that failed where something was skipped."""
    if not hasattr(session.config, "workerinput") and _skipped(session.config) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say why such a run failed; which tests were skipped, and for want of what, stands above."""
    if _skipped(config):
        terminalreporter.write_line("NOTHING_SKIPPED is set, and tests were skipped: this run has failed", red=True)
