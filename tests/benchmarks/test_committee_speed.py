"""How long the whole analysis of a big committee takes. It prints its time; slowness never fails it.

Run by hand: ``pytest -m full -s tests/benchmarks/test_committee_speed.py``.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from smartcert.analysis.committee.review import review_committee
from smartcert.reporting.records import to_json
from smartcert.services.rounds import OpenRound
from tests.support.big_round import COMMITTEE, big_candidates
from tests.support.build import example

APPLICANTS, WANTED = 243, 10.0


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


@pytest.mark.full
def test_the_whole_analysis_of_243_applicants() -> None:
    opened = big_round()
    assert sum(one.scorecard is not None for one in opened.evaluations) == APPLICANTS
    began, busy = time.perf_counter(), time.process_time()
    record = review_committee(opened)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    assert len(record.adjusted) == APPLICANTS
    told = f"{APPLICANTS} applicants, 9 evaluators, 21 indicators: {seconds:.1f} s, {busy:.1f} s of one processor"
    print(f"\n{told} (wanted: under {WANTED:.0f} s)")
    assert to_json(record)
