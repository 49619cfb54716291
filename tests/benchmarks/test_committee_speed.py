"""How long the whole analysis of a big committee takes. It prints its time; slowness never fails it.

Run by hand: ``pytest -m full -s tests/benchmarks/test_committee_speed.py``.
"""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from smartcert.analysis.committee.review import review_committee
from smartcert.model.application import Mark
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.records import to_json
from smartcert.services.rounds import OpenRound, open_round
from tests.support.big_round import COMMITTEE, big_candidates
from tests.support.build import example

APPLICANTS, WANTED = 243, 15.0


def big_round() -> OpenRound:
    """Return an invented round of 243 applicants, 9 evaluators and 21 qualitative indicators."""
    opened = example()
    entries = {one.id: one for one in opened.round.applications if one.id in {"haneul", "hanbit"}}
    applications = tuple(
        replace(entries["haneul"], id=one.application.id, marks=one.application.marks, inspections={})
        for one in big_candidates(APPLICANTS)
    )
    held = replace(
        opened.round.proceedings,
        interests=(),
        contractors=(),
        conflict_decisions=(),
        groups=(),
        assignments=(),
        votes=(),
        discussed=(),
        decisions=(),
    )
    round_ = replace(opened.round, applications=applications, committee=COMMITTEE, proceedings=held)
    return replace(opened, round=round_)


def round_of_hundred(parent: Path) -> OpenRound:
    """Return the same round with marks from 0 to 100 in steps of 1."""
    shutil.copytree(PROJECT_ROOT / "parameters", parent / "parameters")
    rules = parent / "parameters" / "rules"
    for file, before, after in (
        ("scoring.yaml", "{lowest: 1, highest: 5, step: 1}", "{lowest: 0, highest: 100, step: 1}"),
        ("indicators/illustrative-2023.yaml", "zero_at: 0, full_at: 5}", "zero_at: 0, full_at: 100}"),
    ):
        text = (rules / file).read_text("utf-8")
        assert before in text
        (rules / file).write_text(text.replace(before, after), "utf-8")
    opened, fives = open_round(str(parent / "parameters" / "rounds" / "example")), big_round()
    draw = random.Random(9)
    applications = tuple(
        replace(own, marks=tuple(_spread(mark, draw) for mark in own.marks)) for own in fives.round.applications
    )
    return replace(opened, round=replace(fives.round, applications=applications))


def _spread(mark: Mark, draw: random.Random) -> Mark:
    """Return a mark of 0 to 100 in place of one of 1 to 5."""
    return replace(mark, value=None if mark.value is None else mark.value * 20 - Fraction(draw.randint(0, 19)))


@pytest.mark.full
@pytest.mark.parametrize("highest", [5, 100])
def test_the_whole_analysis_of_243_applicants(tmp_path: Path, highest: int) -> None:
    opened = big_round() if highest == 5 else round_of_hundred(tmp_path)
    assert opened.rules.scoring.mark_scale.value.highest == highest
    assert sum(one.scorecard is not None for one in opened.evaluations) == APPLICANTS
    began, busy = time.perf_counter(), time.process_time()
    record = review_committee(opened)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    assert len(record.adjusted) == APPLICANTS
    round_size = f"{APPLICANTS} applicants, 9 evaluators, 21 indicators, marks to {highest}"
    told = f"{round_size}: {seconds:.1f} s, {busy:.1f} s of one processor"
    print(f"\n{told} (wanted: under {WANTED:.0f} s)")
    assert to_json(record)
