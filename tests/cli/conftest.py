"""What the tests of commands share: a command that runs in a folder with parameters of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from tests.support.build import PARAMETERS

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a command in a folder of its own; it returns what was printed."""
    shutil.copytree(PARAMETERS, tmp_path / "parameters")
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, arguments, catch_exceptions=False, env={"LC_ALL": "C.UTF-8"})
        assert done.exit_code == code, (arguments, done.output)
        return done.output

    return invoke
