"""Workbooks as LibreOffice saves them: with one profile in each process of tests, as it takes seconds to make one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.patience import PATIENCE

OFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


@cache
def _build_profile() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="smartcert-office-")


def save_in_libreoffice(files: Sequence[Path], kind: str, folder: Path) -> None:
    """Write each of these workbooks into a folder in another format, named as `soffice --convert-to` names it."""
    profile = f"-env:UserInstallation={Path(_build_profile().name).as_uri()}"
    command = [str(OFFICE), "--headless", profile, "--convert-to", kind, "--outdir", str(folder), *map(str, files)]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, len(list(folder.iterdir()))) == (0, len(files)), done.stderr
