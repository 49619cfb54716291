"""Analyses and the committee review of schemes that are data alone: a right result or a clear refusal."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import smartcert
from smartcert.analysis.committee.review import review_committee
from smartcert.errors import UsageError
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.services.rounds import OpenRound
from tests.support.scheme_rounds import load_cases, open_scheme

RANKED, BY_BOUNDS = ("grant", "contest"), ("leed", "index")
NOT_GIVEN = {
    "en": "Not given: places decide in this round",
    "ko": "싣지 않음: 순위로 결정하는 공모",
}


def open_cases(parent: Path, name: str) -> OpenRound:
    return open_scheme(parent, name, load_cases(name))


@pytest.mark.parametrize("name", RANKED)
def test_a_review_of_a_ranking_says_nothing_of_levels_under_other_marks(tmp_path: Path, name: str) -> None:
    opened = open_cases(tmp_path, name)
    record = review_committee(opened)
    assert record.evaluated
    assert (record.decides, record.methods, record.adjusted, record.panel) == ((), (), (), ())
    assert record.panel_refused == "ranking"
    for language, sentence in NOT_GIVEN.items():
        review = CommitteeReview(record, language)
        for section in (review.influence, review.panel):
            assert sentence in section().html
        assert "another level" not in review.influence().html
    with pytest.raises(UsageError, match="this scheme ranks its applicants"):
        smartcert.influence(opened)


@pytest.mark.parametrize("name", BY_BOUNDS)
def test_levels_of_a_scheme_without_marks_or_with_few_are_drawn_and_reviewed(tmp_path: Path, name: str) -> None:
    opened = open_cases(tmp_path, name)
    table = smartcert.confidence(smartcert.arrays(opened), draws=16).table
    assert len(table) == sum(one.scorecard is not None for one in opened.evaluations)
    assert table["confidence"].between(0, 1).all()
    assert review_committee(opened).evaluated


def test_nobody_judges_where_all_are_figures() -> None:
    speed = {"id": "speed", "points": 80, "scale": {"kind": "linear", "zero_at": 0, "full_at": 50}}
    scored = smartcert.score({"indicators": [speed]}, pd.DataFrame({"speed": [40, 25]}, index=["fast", "slow"]))
    table = smartcert.confidence(smartcert.arrays(scored), draws=16).table
    assert table[["level", "place"]].to_numpy().tolist() == [[2, 1], [5, 2]]
