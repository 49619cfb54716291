"""Both engines give the same bytes for every report of the example round, its summaries, index and manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.batch.request import EngineName, RunRequest
from smartcert.batch.run import run
from tests.support.small_example import EXAMPLE, files

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(1800)]


def made(engine: EngineName, output: Path, languages: tuple[str, ...]) -> dict[str, bytes]:
    result = run(RunRequest(round=str(EXAMPLE), output=output, jobs=2, quiet=True, languages=languages, engine=engine))
    assert result.failures == ()
    return files(output)


def hold_the_same(folder: Path, languages: tuple[str, ...]) -> None:
    warm, fresh = (made(engine, folder / engine, languages) for engine in EngineName)
    assert len([name for name in warm if name.endswith(".html")]) == (27 * 2 + 2) * len(languages) + 1
    assert warm.keys() == fresh.keys()
    assert [name for name in warm if warm[name] != fresh[name]] == []


def test_a_fresh_kernel_gives_the_same_bytes_over_the_whole_round(tmp_path: Path) -> None:
    hold_the_same(tmp_path, ("ko",))


@pytest.mark.full
def test_a_fresh_kernel_gives_the_same_bytes_in_both_languages(tmp_path: Path) -> None:
    hold_the_same(tmp_path, ("ko", "en"))
