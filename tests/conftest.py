"""A run that must not pass by skipping: with ``NOTHING_SKIPPED=1`` every skipped test makes it fail, as in CI."""

from __future__ import annotations

import os
from typing import Any

import pytest


def _skipped(config: pytest.Config) -> list[Any]:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter and os.environ.get("NOTHING_SKIPPED") else []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run that passed into one that failed where something was skipped."""
    if not hasattr(session.config, "workerinput") and _skipped(session.config) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say why such a run failed; which tests were skipped, and for want of what, stands above."""
    if _skipped(config):
        terminalreporter.write_line("NOTHING_SKIPPED is set, and tests were skipped: this run has failed", red=True)
