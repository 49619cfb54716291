"""Which value of each indicator is taken: as claimed, as accepted at the desk, as confirmed on site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from smartcert.evaluation.committee import combine, labels
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, Evaluator, Measurement, Missing, Value
from smartcert.model.evaluation import Facts, Finding, Outcome, Stage
from smartcert.model.indicator import Edition, Indicator, IndicatorKind, Policy, Step
from smartcert.model.scorecard import Combination
from smartcert.rules.rulebook import Rules
from smartcert.rules.scoring import ScoringRules


class Column(StrEnum):
    """The three columns of a scorecard. The confirmed one counts."""

    CLAIMED = "claimed"
    DESK = "desk"
    CONFIRMED = "confirmed"

    __hash__ = str.__hash__  # an enumeration's own is written in Python, and columns are looked up all the time


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An application that is scored: its values per column, and its combined marks (None: too few to judge)."""

    application: Application
    size_type: SizeType
    population: int | None
    values: Mapping[Column, Mapping[str, Value]]
    combinations: Mapping[str, Combination | None]


def candidate(
    application: Application,
    size_type: SizeType,
    population: int | None,
    committee: tuple[Evaluator, ...],
    rules: Rules,
) -> Candidate:
    """Return what is scored. A qualitative indicator that cannot be judged counts as absent in every column."""
    combinations = _combinations(application, committee, rules)
    marks = {name: made.combined if made else Missing.ABSENT for name, made in combinations.items()}
    columns = {column: dict[str, Value](marks) for column in Column}
    for indicator in rules.edition.indicators():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            taken = _taken(application, indicator.id, rules.scoring)
            for column in Column:
                columns[column][indicator.id] = taken[column]
    return Candidate(
        application=application,
        size_type=size_type,
        population=population,
        values=columns,
        combinations=combinations,
    )


def refusals(one: Candidate, rules: Rules) -> tuple[Finding, ...]:
    """Return why the candidate cannot be scored: values that the edition does not do without, too few marks."""
    found = []
    for indicator in rules.edition.indicators():
        if indicator.per_people and not one.population:
            found.append(_population_needed(indicator, rules.edition))
        if indicator.kind is IndicatorKind.QUALITATIVE:
            if one.combinations[indicator.id] is None:
                found.append(_too_few_marks(one, indicator, rules))
            continue
        value = one.values[Column.CONFIRMED][indicator.id]
        if isinstance(value, Missing) and policy_of(indicator, value) is Policy.REFUSE:
            found.append(_refused(indicator, value, rules.edition))
    return tuple(found)


def policy_of(indicator: Indicator, missing: Missing) -> Policy:
    """Return what the edition declares for a value that is absent or not applicable."""
    return indicator.absent if missing is Missing.ABSENT else indicator.not_applicable


def _taken(application: Application, name: str, rules: ScoringRules) -> dict[Column, Value]:
    measurement = application.measurements.get(name) or Measurement(
        indicator=name, claimed=Missing.ABSENT, desk=Missing.ABSENT
    )
    return {
        Column.CLAIMED: measurement.claimed,
        Column.DESK: measurement.desk,
        Column.CONFIRMED: _confirmed(application, measurement, rules),
    }


def _confirmed(application: Application, measurement: Measurement, rules: ScoringRules) -> Value:
    if not rules.confirmed_counts.value:
        return measurement.desk
    inspection = application.inspections.get(measurement.indicator)
    if inspection is None:
        return measurement.desk if rules.not_inspected_stands.value else Missing.ABSENT
    if inspection.verified:
        return measurement.desk
    return Missing.ABSENT if inspection.corrected is None else inspection.corrected


def _combinations(
    application: Application, committee: tuple[Evaluator, ...], rules: Rules
) -> dict[str, Combination | None]:
    label = labels(committee)
    excluded = frozenset(label[exclusion.evaluator] for exclusion in application.exclusions)
    marks: dict[str, dict[str, Fraction | None]] = {}
    for mark in application.marks:
        marks.setdefault(mark.indicator, {})[label[mark.evaluator]] = mark.value
    rounding = rules.edition.round_at(Step.MARK)
    rule = rules.scoring.combination.value
    return {
        indicator.id: combine(dict.fromkeys(label.values()) | marks.get(indicator.id, {}), excluded, rule, rounding)
        for indicator in rules.edition.indicators()
        if indicator.kind is IndicatorKind.QUALITATIVE
    }


def _too_few_marks(one: Candidate, indicator: Indicator, rules: Rules) -> Finding:
    excluded = {exclusion.evaluator for exclusion in one.application.exclusions}
    given = [
        mark
        for mark in one.application.marks
        if mark.indicator == indicator.id and mark.value is not None and mark.evaluator not in excluded
    ]
    rule = rules.scoring.combination
    return Finding(
        code="too_few_marks",
        stage=Stage.SCORING,
        outcome=Outcome.NOT_MET,
        basis=(rule.basis,),
        facts=Facts(
            words={"indicator": indicator.id},
            names={"indicator": indicator.name},
            numbers={"marks": Fraction(len(given)), "fewest": Fraction(rule.value.fewest)},
        ),
        refuses=True,
    )


def _population_needed(indicator: Indicator, edition: Edition) -> Finding:
    return Finding(
        code="population_needed",
        stage=Stage.SCORING,
        outcome=Outcome.OPEN,
        basis=(edition.basis,),
        facts=Facts(words={"indicator": indicator.id}, names={"indicator": indicator.name}),
        refuses=True,
    )


def _refused(indicator: Indicator, value: Missing, edition: Edition) -> Finding:
    return Finding(
        code=f"value_{value}_refused",
        stage=Stage.SCORING,
        outcome=Outcome.NOT_MET,
        basis=(edition.basis,),
        facts=Facts(words={"indicator": indicator.id}, names={"indicator": indicator.name}),
        refuses=True,
    )
