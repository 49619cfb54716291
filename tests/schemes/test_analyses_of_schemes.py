"""Analyses and the committee review of schemes that are data alone: a right result or a clear refusal."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import smartcert
from smartcert.analysis.committee.review import review_committee
from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.services.rounds import OpenRound
from tests.support.scheme_rounds import DAY, load_cases, open_scheme, score_cases, write_round

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


@pytest.mark.parametrize("name", RANKED)
def test_the_places_of_a_table_are_those_of_the_ranking_after_its_rules_on_ties(tmp_path: Path, name: str) -> None:
    table = score_cases(tmp_path, name).table
    for applicant, case in load_cases(name).items():
        wanted, found = case["expect"], table.loc[applicant]
        if "place" in wanted:
            assert (found["place"], found["level"] == 1) == (int(wanted["place"]), wanted["selection"] == "selected")
        if "granted" in wanted:
            assert found["granted"] == float(wanted["granted"])
        assert bool(found["reason"]) is ("refused" in wanted)


def test_the_reason_of_a_table_names_the_requirement_that_points_do_not_show(tmp_path: Path) -> None:
    scored = score_cases(tmp_path, "leed")
    assert "(EAP)" in scored.table.loc["full-no-energy", "reason"]
    assert "Denied" in scored.table.loc["full-no-energy", "reason"]
    assert scored.describe_reason("full-no-energy", "ko").startswith("총점은 플래티넘에 해당하나")
    assert scored.table.loc["full", "reason"] == ""


def test_a_table_draws_its_lot_from_the_seed_that_is_given(tmp_path: Path) -> None:
    folder = write_round(tmp_path, "grant", {}).parents[1]
    scheme = folder / "schemes" / "grant.yaml"
    scheme.write_text(scheme.read_text("utf-8").replace("then: shared", "then: lot"), "utf-8")
    marks = pd.DataFrame(
        [{"applicant": one, "indicator": name, "E1": 80, "E2": 80} for one in "ab" for name in ("W1", "I1")]
    )
    known = pd.DataFrame({"applicant": ["a", "b"], "asked": [10, 10]})
    with pytest.raises(UsageError, match="no seed is given"):
        _ = smartcert.score("grant", None, marks, known, rules=folder / "rules", on=DAY).table
    table = smartcert.score("grant", None, marks, known, rules=folder / "rules", on=DAY, seed="published").table
    first = min("ab", key=lambda one: hashlib.sha256(f"published\n{one}".encode()).hexdigest())
    assert table["place"].to_dict() == {one: 1 if one == first else 2 for one in "ab"}


@pytest.mark.parametrize("name", BY_BOUNDS)
def test_what_has_no_weight_is_not_weighed(tmp_path: Path, name: str) -> None:
    opened = open_cases(tmp_path, name)
    arrays = smartcert.arrays(opened)
    counted = [one.id for one in opened.rules.edition.indicators() if one.counted]
    assert list(arrays.weighed) == counted
    assert sorted(smartcert.leave_one_out(arrays).table.index) == sorted(counted)
    assert smartcert.weights(arrays).table.loc["official", "levels_moved"] == 0


@pytest.mark.notebook
@pytest.mark.parametrize("page", ["methodology_audit", "weight_explorer"])
def test_the_pages_of_researchers_are_made_of_a_scheme_with_prerequisites(tmp_path: Path, page: str) -> None:
    folder = write_round(tmp_path, "leed", load_cases("leed"))
    target = tmp_path / "page.html"
    done = CliRunner().invoke(main, ["page", page, str(folder), "--language", "en", "--output", str(target)])
    assert done.exit_code == 0, done.output
    assert "WE1" in target.read_text("utf-8")
