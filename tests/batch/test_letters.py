"""Letters of result in a batch: written with the reports, hashed, checked, and written again only where they change."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from smartcert.batch.checks import NameLeakCheck
from smartcert.batch.ledger import read_manifest
from smartcert.batch.plan import plan_reports
from smartcert.batch.render import render_task_letter
from smartcert.batch.request import Notebooks, RenderedReport, RunRequest, Task
from smartcert.batch.run import run
from smartcert.batch.verify import Verdict, compare_with_manifest
from smartcert.errors import ReportError
from smartcert.reporting.audience import redact
from smartcert.reporting.records import Audience, Failure, to_json
from smartcert.services import letters
from smartcert.services.letter_settings import collect_settings
from smartcert.services.letters import build_letters
from smartcert.services.rounds import OpenRound, open_round
from tests.support.small_example import files, small_example, with_first_cell

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

    monkeypatch.setattr(letters, "build_letters", leak)
    (failure,) = run(request).failures
    assert (failure.id, failure.audience.value) == ("haneul", "applicant")
    assert "names another applicant" in failure.reason
    assert not altered.exists()


def test_a_letter_that_a_report_brings_is_the_one_that_the_run_would_write_itself() -> None:
    opened = open_round("example")
    others = with_first_cell("print(1)").applicant
    for evaluation in opened.evaluations[::3]:
        full = opened.record(evaluation.id)
        expected = build_letters(opened, evaluation.id, ("ko", "en"))
        for audience, language in product((Audience.REVIEWER, Audience.APPLICANT), ("ko", "en")):
            task = Task(
                applicant_id=evaluation.id,
                language=language,
                notebook=Notebooks.from_package().applicant,
                record_name="evaluation.json",
                record=to_json(redact(full, audience)),
                parameters={},
                audience=audience,
                letter=collect_settings(opened),
            )
            assert render_task_letter(task) == expected[language]
            with pytest.raises(ReportError, match="code of its own"):
                render_task_letter(replace(task, notebook=others))


def test_letters_come_with_their_reports_and_not_with_those_that_fail_or_run_other_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_example(tmp_path / "round" / "example", ("ara", "haneul"))
    built: list[str] = []

    def build(opened: OpenRound, name: str, languages: tuple[str, ...]) -> dict[str, dict[str, bytes]]:
        built.append(name)
        return build_letters(opened, name, languages)

    monkeypatch.setattr(letters, "build_letters", build)
    request = RunRequest(round=str(folder), output=tmp_path / "ours", languages=("en",), quiet=True)
    assert not run(request).failures
    assert not built
    ours = {name: content for name, content in files(tmp_path / "ours").items() if name in LETTERS}
    assert set(ours) == LETTERS

    other = with_first_cell("assert applicant_id != 'ara'")
    (failure,) = run(replace(request, output=tmp_path / "other"), other).failures
    assert (failure.id, built) == ("ara", ["ara", "haneul"])
    assert {name: content for name, content in files(tmp_path / "other").items() if name in LETTERS} == ours

    monkeypatch.setattr(NameLeakCheck, "check", refuse_page_of_ara)
    built.clear()
    run(replace(request, output=tmp_path / "refused"))
    assert built == ["ara"]
    assert {name: content for name, content in files(tmp_path / "refused").items() if name in LETTERS} == ours


def refuse_page_of_ara(_check: object, result: RenderedReport | Failure) -> RenderedReport | Failure:
    if isinstance(result, RenderedReport) and result.applicant_id == "ara" and result.notebook:
        return Failure(id="ara", language=result.language, reason="it is refused", audience=result.audience)
    return result
