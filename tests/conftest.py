"""What holds for a whole run: it hears Ctrl-C; with ``NOTHING_SKIPPED=1``, as in CI, it does not pass by skipping."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest


def _skipped(config: pytest.Config) -> list[Any]:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter and os.environ.get("NOTHING_SKIPPED") else []


def pytest_configure() -> None:
    """Hear Ctrl-C: a shell makes what it starts in the background deaf to it, and whatever that starts in turn."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run that passed into one that failed where something was skipped."""
    if not hasattr(session.config, "workerinput") and _skipped(session.config) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say why such a run failed; which tests were skipped, and for want of what, stands above."""
    if _skipped(config):
        terminalreporter.write_line("NOTHING_SKIPPED is set, and tests were skipped: this run has failed", red=True)
