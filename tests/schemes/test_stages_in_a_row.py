"""Short lists one after another, with marks that come stage by stage, as worked in ``tests/cases/stages.yaml``."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from smartcert.errors import InputError
from smartcert.io.rounds.round import read_call
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reception.status import RoundStep, read_status
from smartcert.services.rounds import OpenRound, list_awaited_marks, open_round
from tests.support.scheme_rounds import write_round
from tests.support.worked_cases import case_file

STAGES = "WIJ"
CASES: list[dict[str, Any]] = case_file("stages")["cases"]

_INDICATOR = """\
  - id: {stage}
    name: {{ko: {stage}, en: {stage}}}
    points: {points}
    indicators:
      - {{id: {stage}1, name: {{ko: {stage}1, en: {stage}1}}, definition: {{ko: x, en: x}}, kind: qualitative,
         points: {points}, unit: {{ko: 점, en: points}}, direction: higher_is_better,
         marks: {{lowest: 0, highest: 100, step: 1}}, scale: {{kind: marks, zero_at: 0, full_at: 100}},
         absent: refuse, not_applicable: refuse}}
"""
_EDITION = """\
edition: posts
title: {ko: 채용 기준, en: Criteria of posts}
status: illustrative
since: 2020-01-01
scheme: posts
cite: [act]
note: {ko: 시험용, en: for tests}
stated: {domains: 3, items: 3, indicators: 3, points: 100, quantitative: 0, qualitative: 100}
rounding: []
domains:
"""
_SCHEME = """\
    stages: [{since: 2020-01-01, status: illustrative, cite: [act], value:
      [{id: written, name: {ko: 서면, en: the written stage}, sections: [W]},
       {id: first, name: {ko: 면접, en: the interview}, sections: [I], best: 3},
       {id: second, name: {ko: 2차 면접, en: the second interview}, sections: [J], best: 2}]}]
    ranking: [{since: 2020-01-01, status: illustrative, cite: [act], value:
      {selected: {ko: 선정, en: selected}, on_reserve: {ko: 예비, en: reserve},
       not_selected: {ko: 탈락, en: not selected}, ties: [J], then: shared, places: 1, reserve: 1}}]
    classes: [{since: 2020-01-01, status: illustrative, cite: [act], value:
      {by: none, classes: [{id: all, name: {ko: 전체, en: all}}]}}]
"""


def write_case(parent: Path, marks: dict[str, list[str]]) -> Path:
    """Write a round of one case below ``parent``, two evaluators and the marks that are there; return its folder."""
    folder = write_round(parent, "grant", {one: {"given": {}} for one in marks})
    parameters = folder.parents[1]
    head, _, _ = (parameters / "schemes" / "grant.yaml").read_text("utf-8").partition("    stages:")
    scheme = head.replace("scheme: grant", "scheme: posts")
    (parameters / "schemes" / "posts.yaml").write_text(scheme.replace("fewest: 2", "fewest: 1") + _SCHEME, "utf-8")
    edition = _EDITION + "".join(
        _INDICATOR.format(stage=stage, points=points) for stage, points in zip(STAGES, (40, 30, 30), strict=True)
    )
    (parameters / "rules" / "indicators" / "posts.yaml").write_text(edition, "utf-8")
    call = folder / "round.yaml"
    call.write_text(call.read_text("utf-8").replace(": grant", ": posts").replace("id: posts", "id: grant"), "utf-8")
    tables: dict[str, list[tuple[str, ...]]] = {
        "committee": [("evaluator", "name", "field", "chair"), ("E1", "가", "", "yes"), ("E2", "나", "", "no")],
        "measurements": [("applicant", "indicator", "claimed", "evidence_document", "evidence_page")],
        "marks": [("applicant", "indicator", "evaluator", "mark", "comment")],
    }
    for one, given in marks.items():
        for stage, mark in zip(STAGES, given, strict=False):
            tables["marks"] += [(one, f"{stage}1", evaluator, mark, "") for evaluator in ("E1", "E2")]
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def read_result(opened: OpenRound, applicant: str) -> str:
    evaluation = next(one for one in opened.evaluations if one.id == applicant)
    if evaluation.level is None or evaluation.scorecard is None:
        return " ".join(finding.code for finding in evaluation.findings if finding.refuses)
    assert evaluation.level.placing is not None
    return f"{evaluation.scorecard.points} {evaluation.level.placing.selection}"


def format_wanted(text: str) -> str:
    points, _, selection = text.partition(" ")
    return f"{Fraction(points)} {selection}" if selection else text


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_who_goes_on_is_as_worked_by_hand(tmp_path: Path, case: dict[str, Any]) -> None:
    folder = write_case(tmp_path, case["marks"])
    opened = open_round(str(folder))
    wanted = {one: format_wanted(text) for one, text in case["expect"].items()}
    assert {one: read_result(opened, one) for one in wanted} == wanted
    waiting = sum(text in ("marks_awaited", "short_list_open") for text in wanted.values())
    placings = [evaluation.level.placing for evaluation in opened.evaluations if evaluation.level]
    assert all(placing is not None and placing.open == waiting for placing in placings)  # a place may still move
    call = read_call(str(folder))
    today = call.round.window.closes_at.astimezone(KOREAN_TIME).date()
    status = read_status(
        call, "posts", tmp_path / "outputs", tmp_path / "register.sqlite", today, None, list_awaited_marks(str(folder))
    )
    steps = {one.step: one for one in status.steps}
    # nobody is asked for marks of those who do not go on; both evaluators are of those who do
    awaited = sum(text == "marks_awaited" for text in wanted.values())
    assert steps[RoundStep.MARKS].missing == ({"E1": awaited, "E2": awaited} if awaited else {})
    assert steps[RoundStep.MARKS].complete is not bool(awaited)
    assert steps[RoundStep.INSPECTIONS].complete  # there is no figure
    assert steps[RoundStep.CERTIFICATES].complete  # an award list has none


def test_a_stage_that_one_evaluator_marked_wants_the_others_too(tmp_path: Path) -> None:
    folder = write_case(tmp_path, {"a": ["90", "80"]})
    marks = folder / "marks.csv"
    marks.write_text(
        "".join(line for line in marks.read_text("utf-8").splitlines(True) if "I1,E2" not in line), "utf-8"
    )
    with pytest.raises(InputError, match=r"no row for I1/E2 of 'a'"):
        open_round(str(folder))
