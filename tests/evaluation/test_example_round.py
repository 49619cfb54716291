"""The verdicts of the example round, as the table beside its data tells them."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest

from smartcert.evaluation.evaluate import evaluate
from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation, FindingOutcome
from tests.support.build import PARAMETERS, example

TABLE = (PARAMETERS / "rounds" / "example" / "README.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if re.match(r"\| [a-z]+ \| \S*[시도군구]", line)
]
STAGES = {
    "not eligible": "eligibility",
    "not received": "receipt",
    "incomplete": "documents",
    "not judged": "scoring",
}


def verdict(name: str) -> Evaluation:
    return example().record(name).evaluation


def codes(name: str) -> dict[str, FindingOutcome]:
    return {finding.code: finding.outcome for finding in verdict(name).findings}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_verdict_is_the_one_of_the_table(row: list[str]) -> None:
    name, hangul, size, points, level, _ = row
    evaluation = verdict(name)
    assert evaluation.applicant.name.ko == hangul
    assert (evaluation.size_type or "") == size.replace("/", "_")
    if level in STAGES:
        assert (evaluation.stage, evaluation.scorecard, evaluation.level) == (STAGES[level], None, None)
        return
    assert evaluation.scorecard is not None
    assert evaluation.level is not None
    assert evaluation.scorecard.points == Fraction(points.replace(",", ""))
    assert (evaluation.level.level, evaluation.meets_criteria) == (int(level), int(level) <= 3)


def test_the_table_tells_every_applicant_and_there_are_enough_of_both_size_types() -> None:
    assert sorted(row[0] for row in ROWS) == [evaluation.id for evaluation in example().evaluations]
    scored = [evaluation.size_type for evaluation in example().evaluations if evaluation.scorecard]
    assert scored.count(SizeType.LARGE) >= 5
    assert scored.count(SizeType.SMALL_MEDIUM) >= 5
    assert {e.level.level for e in example().evaluations if e.level} == {1, 2, 3, 4, 5}


def test_the_way_to_the_next_level_is_added_where_it_is_shown_and_nothing_else_changes() -> None:
    opened = example()
    evaluations = evaluate(opened.round, opened.rules)
    assert opened.evaluations == evaluations == tuple(record.evaluation for record in opened.records())
    assert opened.verdicts == tuple(replace(each, next_level=None, margin=None) for each in evaluations)
    assert [each.margin for each in opened.round_record().evaluations] == [each.margin for each in evaluations]
    assert sum(each.margin is not None and each.next_level is not None for each in evaluations) >= 5


def test_two_figures_corrected_on_site_cost_haneul_its_level_by_six_points() -> None:
    evaluation = verdict("haneul")
    missing, card = evaluation.next_level, evaluation.scorecard
    assert missing is not None
    assert card is not None
    assert (missing.level, missing.short, missing.carried) == (3, 6, True)
    assert {one.indicator for one in missing.lost_on_site} == {"N26", "N29"}
    assert card.desk >= 1400 > card.points


def test_a_level_flips_on_rounding() -> None:
    card = verdict("mireu").scorecard
    assert card is not None
    assert (card.exact, card.points) == (Fraction("1399.95"), 1400)


@pytest.mark.parametrize(
    ("name", "code", "outcome"),
    [
        ("pureun", "kind_may_not_apply", "not_met"),
        ("pureun", "right_applicant_members", "not_met"),
        ("solbit", "kind_may_not_apply", "not_met"),
        ("solbit", "right_applicant_parent", "not_met"),
        ("mulgyeol", "joint_application", "not_met"),
        ("noeul", "received_late", "not_met"),
        ("nuri", "received_in_time", "met"),
        ("hanbit", "received_in_time", "met"),
        ("dallae", "channel_reason_missing", "not_met"),
        ("sandeul", "posted_in_time_arrived_late", "not_met"),
        ("chorong", "channel_reason_given", "met"),
        ("iseul", "supplement_answered", "met"),
        ("baram", "supplement_no_answer", "not_met"),
        ("gureum", "supplement_unreachable", "not_met"),
        ("areum", "supplement_pending", "open"),
        ("jandi", "misrepresentation", "not_met"),
        ("dodam", "value_absent_refused", "not_met"),
        ("daon", "too_few_marks", "not_met"),
        ("yeoul", "evaluator_excluded", "noted"),
        ("yeoul", "corrected_at_desk", "noted"),
        ("onnuri", "corrected_on_site", "noted"),
    ],
)
def test_each_outcome_of_the_rules_is_there(name: str, code: str, outcome: str) -> None:
    assert codes(name)[code] == outcome


def test_late_by_one_minute_says_one_minute() -> None:
    late = next(finding for finding in verdict("noeul").findings if finding.code == "received_late")
    assert late.facts.numbers["minutes"] == 1


def test_the_general_district_is_told_its_right_applicant() -> None:
    noted = next(finding for finding in verdict("solbit").findings if finding.code == "right_applicant_parent")
    assert noted.facts.names["right"].ko == "가람시"


def test_absent_zero_and_not_applicable_stay_apart_to_the_scorecard() -> None:
    card = verdict("saebyeok").scorecard
    assert card is not None
    confirmed = {score.indicator.id: score.confirmed for score in card.indicators()}
    assert (confirmed["N04"].value, confirmed["N04"].policy) == ("absent", "zero")
    assert (confirmed["N09"].value, confirmed["N09"].policy) == (0, None)
    assert (confirmed["N07"].value, confirmed["N07"].policy) == ("not_applicable", "redistribute")
    assert (confirmed["N21"].value, confirmed["N21"].policy) == ("not_applicable", "zero")


def test_an_excluded_evaluator_judges_nothing() -> None:
    card = verdict("yeoul").scorecard
    assert card is not None
    uses = [use for score in card.indicators() if score.combination for use in score.combination.marks]
    assert {use.evaluator for use in uses if use.excluded} == {"E3"}
    assert all(use.value is None for use in uses if use.excluded)


def test_the_order_of_applications_evaluators_and_rows_does_not_matter() -> None:
    round_ = example().round
    turned = replace(
        round_,
        applications=tuple(
            replace(
                one,
                marks=one.marks[::-1],
                exclusions=one.exclusions[::-1],
                measurements=dict(reversed(one.measurements.items())),
            )
            for one in reversed(round_.applications)
        ),
    )
    assert evaluate(turned, example().rules) == example().evaluations


def test_peer_figures_name_nobody_and_come_from_the_own_size_type() -> None:
    record = example().record("haneul")
    assert record.peers is not None
    assert (record.peers.size_type, record.peers.applicants, record.peers.suppressed) == ("small_medium", 8, False)
    assert record.peers.total is not None
    assert record.peers.total.median == Fraction(
        "1414.85"
    )  # between 1,408.5 and 1,421.2, the fourth and fifth of eight
