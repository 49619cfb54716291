"""Letters of result in a batch: written with the reports, hashed, checked, and written again only where they change."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.batch import make
from smartcert.batch.ledger import read_manifest
from smartcert.batch.plan import plan_reports
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from smartcert.batch.verify import Verdict, compare_with_manifest
from smartcert.services.letters import build_letters
from smartcert.services.rounds import OpenRound
from tests.support.small_example import files, small_example

pytestmark = pytest.mark.notebook

LETTERS = {f"applicants/{name}/letter.en.{kind}" for name in ("ara", "haneul") for kind in ("html", "hwpx")}
SENDER = """
sender:
  agency: {ko: 국토연구원, en: KRIHS}
"""


def test_letters_are_outputs_like_any_other_and_change_alone_with_their_sender(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_example(tmp_path / "round" / "example", ("ara", "haneul"))
    request = RunRequest(round=str(folder), output=tmp_path / "out", languages=("en",), quiet=True)
    run(request)
    listed = {output.file: output for output in read_manifest(tmp_path / "out").outputs}
    assert set(listed) >= LETTERS
    assert all("sender" in listed[name].parts for name in LETTERS)
    assert all(one.fresh for one in plan_reports(request))

    call = folder / "round.yaml"
    call.write_text(call.read_text("utf-8") + SENDER, "utf-8")
    stale = {(one.page, one.because) for one in plan_reports(request) if not one.fresh}
    assert stale == {(name, ("sender",)) for name in LETTERS if name.endswith("html")}
    before = files(tmp_path / "out")
    run(request)
    after = files(tmp_path / "out")
    assert {name for name in after if name.startswith("applicants/") and after[name] != before[name]} == LETTERS
    assert b"KRIHS" in after["applicants/haneul/letter.en.html"]

    altered = tmp_path / "out" / "applicants/haneul/letter.en.hwpx"
    altered.write_bytes(altered.read_bytes() + b" ")
    changed = [one.file for one in compare_with_manifest(tmp_path / "out") if one.verdict is not Verdict.UNCHANGED]
    assert changed == ["applicants/haneul/letter.en.hwpx"]

    def leak(opened: OpenRound, name: str, languages: tuple[str, ...]) -> dict[str, dict[str, bytes]]:
        other = {"ara": "haneul", "haneul": "ara"}[name]
        return build_letters(opened, other, languages)

    monkeypatch.setattr(make, "build_letters", leak)
    (failure,) = run(request).failures
    assert (failure.id, failure.audience.value) == ("haneul", "applicant")
    assert "names another applicant" in failure.reason
    assert not altered.exists()
