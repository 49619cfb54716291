"""Both engines give the same bytes for every report of the example round, its summaries, index and manifest.

In each run two applicants of different outcomes; the whole round in both languages behind the marker `full`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.batch.request import EngineName, RunRequest
from smartcert.batch.run import run
from tests.support.small_example import EXAMPLE, files

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(1800)]


def make(engine: EngineName, output: Path, languages: tuple[str, ...], applicants: tuple[str, ...]) -> dict[str, bytes]:
    request = RunRequest(
        round=str(EXAMPLE), output=output, jobs=2, quiet=True, languages=languages, engine=engine, applicants=applicants
    )
    assert run(request).failures == ()
    return files(output)


def check_the_same(folder: Path, languages: tuple[str, ...], applicants: tuple[str, ...], pages: int) -> None:
    warm, fresh = (make(engine, folder / engine, languages, applicants) for engine in EngineName)
    assert len([name for name in warm if name.endswith(".html")]) == pages
    assert warm.keys() == fresh.keys()
    assert [name for name in warm if warm[name] != fresh[name]] == []


def test_a_fresh_kernel_gives_the_same_bytes(tmp_path: Path) -> None:
    """Close to a bound, and not eligible."""
    check_the_same(tmp_path, ("ko",), ("haneul", "areum"), 2 * 2 + 1 + 4 + 1)


@pytest.mark.full
def test_a_fresh_kernel_gives_the_same_bytes_over_the_whole_round(tmp_path: Path) -> None:
    check_the_same(tmp_path, ("ko", "en"), (), (27 * 2 + 10 + 4) * 2 + 1)
