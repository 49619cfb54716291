"""The sampling plan of the on-site inspection: reproducible from the seed, heavier for points and weak evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartcert.analysis.committee.inspection import list_inspected_figures, plan_inspections, select_corrected
from smartcert.analysis.committee.review import review_committee
from smartcert.errors import UsageError
from smartcert.model.application import EvidenceGrade, Missing
from tests.support.build import example, rules_of_2023

RULES = rules_of_2023()


def seeded(seed: str) -> set[tuple[str, str]]:
    opened = example()
    round_ = replace(opened.round, proceedings=replace(opened.round.proceedings, seed=seed))
    return {(one.applicant, one.indicator) for one in plan_inspections(round_, opened.evaluations, RULES).drawn}


def test_the_same_seed_draws_the_same_and_another_seed_another_sample() -> None:
    assert seeded("봄") == seeded("봄")
    assert seeded("봄") != seeded("가을")


def test_the_order_of_applications_and_rows_does_not_matter() -> None:
    opened = example()
    turned = tuple(
        replace(one, measurements=dict(reversed(one.measurements.items())))
        for one in reversed(opened.round.applications)
    )
    plan = plan_inspections(replace(opened.round, applications=turned), opened.evaluations, RULES)
    first = plan_inspections(opened.round, opened.evaluations, RULES)
    assert set(plan.drawn) == set(first.drawn)


def test_a_quarter_of_the_figures_of_each_applicant_is_drawn_rounded_up() -> None:
    opened = example()
    plan = plan_inspections(opened.round, opened.evaluations, RULES)
    for application in opened.round.applications:
        figures = sum(not isinstance(one.desk, Missing) for one in application.measurements.values())
        drawn = sum(one.applicant == application.id for one in plan.drawn)
        if drawn:
            assert drawn == -(-figures // 4)


def test_weak_evidence_and_many_points_are_drawn_more_often() -> None:
    opened = example()
    measurements = {(a.id, n): m for a in opened.round.applications for n, m in a.measurements.items()}
    drawn = [pair for seed in range(60) for pair in seeded(str(seed))]

    def share(weak: bool) -> float:
        of = [
            pair
            for pair, one in measurements.items()
            if pair[0] in {name for name, _ in drawn} and not isinstance(one.desk, Missing)
            if (one.grade in {EvidenceGrade.UNKNOWN, EvidenceGrade.PERSONAL}) is weak
        ]
        wanted = set(of)
        return sum(pair in wanted for pair in drawn) / len(of)

    assert share(weak=True) > 1.5 * share(weak=False)


def test_without_a_published_seed_nothing_is_drawn() -> None:
    with pytest.raises(UsageError, match="seed"):
        seeded("")


def test_what_was_not_inspected_is_said() -> None:
    rows = {one.applicant: one for one in review_committee(example()).inspections}
    haneul = rows["haneul"]
    assert haneul.figures == 32
    assert haneul.inspected == 20
    assert (haneul.claimed > haneul.confirmed, haneul.desk > haneul.confirmed) == (True, True)
    assert set(haneul.drawn_not_inspected) <= set(haneul.drawn)


def test_the_protocol_has_every_figure_and_says_what_was_not_inspected() -> None:
    opened = example()
    rows = {(one.applicant, one.indicator): one for one in list_inspected_figures(opened.round, opened.evaluations)}
    assert len(rows) == 15 * 32
    states = [one.verified for one in rows.values()]
    assert {True, False, None} == set(states)
    for one in rows.values():
        assert (one.on_site is None) is (one.verified is None)
        if one.verified:
            assert one.on_site == one.desk
    assert all(one.reason and one.inspector for one in select_corrected(rows.values()))
    assert {one.applicant for one in select_corrected(rows.values())} >= {"haneul", "onnuri"}
