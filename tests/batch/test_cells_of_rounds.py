"""What cells that somebody added say of the applicants of a round, and which sections of ours they may leave out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smartcert.batch.added_cells import check_added_cells
from smartcert.batch.request import Notebooks, RunRequest, Task
from smartcert.batch.run import run
from smartcert.errors import ReportError
from smartcert.model.citation import Text
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.page import SECTION_MIME
from smartcert.reporting.records import Audience, to_json
from smartcert.reporting.round.press import PressSummary
from smartcert.reporting.round.summary import RoundSummary
from tests.batch.test_hostile_outputs import RECORD, TASK
from tests.support import sample_rounds
from tests.support.report_pages import executed_sections, report_of
from tests.support.small_example import package_notebook, small_example

v4: Any = nbformat.v4
NAMES = (
    ("바다군", "Bada-gun"),
    ("별시", "Byeol-si"),
    ("단비시", "Danbi-si"),
    ("가람구", "Garam-gu"),
    ("하늘시", "Haneul-si"),
)
_SAMPLE = sample_rounds.round_record()
ROUND = replace(
    _SAMPLE,
    evaluations=tuple(
        replace(evaluation, applicant=replace(evaluation.applicant, name=Text(ko=ko, en=en)))
        for evaluation, (ko, en) in zip(_SAMPLE.evaluations, NAMES, strict=True)
    ),
)
PRESS = build_press_record(ROUND)
SUMMARY_TASK = replace(TASK, applicant_id="", record_name="round.json", record=to_json(ROUND))
PRESS_TASK = replace(SUMMARY_TASK, audience=Audience.PUBLIC, record=to_json(PRESS))
CERTIFIED, BELOW = ROUND.evaluations[0].applicant.name, ROUND.evaluations[-1].applicant.name


def check_text(text: str, task: Task) -> None:
    check_added_cells(v4.new_notebook(cells=[v4.new_markdown_cell(text)]), task)


@pytest.mark.parametrize(
    "order",
    [
        ("head", "verdict", "points", "basis", "trace"),
        ("head", "points", "next_level", "verdict", "working", "trace"),
        ("head", "basis"),
        ("head", "verdict", "verdict"),
    ],
)
def test_sections_of_ours_may_be_left_out_or_stand_in_another_order(order: tuple[str, ...]) -> None:
    report = report_of(RECORD, "ko")
    notebook = executed_sections([getattr(report, name)() for name in (*order, "typeface")])
    check_added_cells(notebook, TASK)
    output = notebook.cells[2].outputs[0]
    output.data["text/html"] = output.data["text/html"].replace("</h2>", "</h2><p>1등급</p>")
    with pytest.raises(ReportError, match="is not the one that the record gives"):
        check_added_cells(notebook, TASK)


@pytest.mark.parametrize("task", [SUMMARY_TASK, PRESS_TASK], ids=["committee", "press"])
def test_a_section_of_a_summary_is_the_one_that_the_record_gives(task: Task) -> None:
    page = RoundSummary(ROUND, "ko") if task is SUMMARY_TASK else PressSummary(PRESS, "ko")
    notebook = executed_sections([page.head(), page.applicants(), page.overview(), page.typeface()])
    check_added_cells(notebook, task)
    output = notebook.cells[2].outputs[0]
    assert SECTION_MIME in output.data
    output.data["text/html"] = output.data["text/html"].replace("</h2>", "</h2><p>x</p>")
    with pytest.raises(ReportError, match="the section 'applicants' is not the one that the record gives"):
        check_added_cells(notebook, task)


@pytest.mark.parametrize(
    "text",
    [
        f"{BELOW.ko}는 1등급입니다.",
        f"{BELOW.ko}는 인증을 받았습니다.",
        f"{BELOW.ko}는 1,999점을 받았습니다.",
        f"{BELOW.en} meets the certification criteria.",
        f"|지자체|등급|\n|-|-|\n|{BELOW.ko}|1|",
        f"{CERTIFIED.ko}는 1등급으로 결정되었습니다.",
        f"{CERTIFIED.ko}는 불인증으로 결정되었습니다.",
    ],
)
def test_a_summary_says_of_no_applicant_what_its_record_does_not(text: str) -> None:
    with pytest.raises(ReportError, match="record"):
        check_text(text, SUMMARY_TASK)


@pytest.mark.parametrize(
    "text",
    [
        f"{BELOW.ko}는 4등급, 불인증으로 결정되었습니다.",
        f"{CERTIFIED.ko}는 인증을 받았고 {BELOW.ko}는 인증을 받지 못하였습니다.",
        "1등급 인증은 2년간 유효합니다.",
        "총점: 1,999점",
        "인증: 1곳",
        f"{BELOW.ko} 박물관은 유물 350점을 전시합니다.",
    ],
)
def test_what_is_true_of_an_applicant_or_of_none_may_stand_in_a_summary(text: str) -> None:
    check_text(text, SUMMARY_TASK)


def test_a_page_for_the_press_says_of_no_applicant_what_is_not_public() -> None:
    check_text(f"{CERTIFIED.ko}는 인증을 받았습니다.", PRESS_TASK)
    for text in (f"{CERTIFIED.ko}는 1등급입니다.", f"{CERTIFIED.ko}는 1,400점을 받았습니다."):
        with pytest.raises(ReportError, match="record"):
            check_text(text, PRESS_TASK)


@pytest.mark.notebook
def test_a_page_for_the_press_names_nobody_whom_its_record_does_not(tmp_path: Path) -> None:
    notebook = package_notebook("round_summary")
    notebook.cells[4:4] = [v4.new_markdown_cell("하늘시는 평가를 받았습니다.")]
    request = RunRequest(
        round=str(small_example(tmp_path / "example", ["haneul", "ara"])),
        output=tmp_path / "outputs",
        quiet=True,
        languages=("ko",),
    )
    result = run(request, replace(Notebooks.from_package(), summary=nbformat.writes(notebook)))
    (failure,) = result.failures
    assert (failure.id, failure.audience) == ("", Audience.PUBLIC)
    assert failure.reason == "the page names another applicant, which its record does not: 하늘시"
    assert not (tmp_path / "outputs" / "round_summary.press.ko.html").exists()
    assert "하늘시는 평가를 받았습니다." in (tmp_path / "outputs" / "round_summary.ko.html").read_text("utf-8")
    notebook.cells[4].source = "아라군은 인증을 받았습니다."
    assert not run(request, replace(Notebooks.from_package(), summary=nbformat.writes(notebook))).failures
