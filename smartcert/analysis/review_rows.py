"""The results of this room as rows of the record: labels for evaluators, four digits for statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import isnan

from smartcert.analysis import leaks
from smartcert.analysis.adjusted import Adjusted
from smartcert.analysis.agreement import Agreement, Refused
from smartcert.analysis.influence import Decides, Differs, trimmed
from smartcert.analysis.marks_table import MarksTable
from smartcert.analysis.patterns import Drift, drift, habits
from smartcert.analysis.rescoring import marks_of
from smartcert.analysis.severity import Severity
from smartcert.evaluation.committee import labels
from smartcert.model.application import Round
from smartcert.model.scorecard import Scorecard
from smartcert.reporting import committee_rows as record
from smartcert.rules.rulebook import Rules

MOST_ROWS = 20
"""So many marks that stand out, and so many wide indicators, are listed."""


def digits(value: float | None) -> Fraction | None:
    """Return a statistic with four digits, or None where there is none."""
    return None if value is None or isnan(value) else Fraction(f"{value:.4f}")


def figure(one: Agreement | Refused) -> record.Figure:
    """Return a measure of agreement, or its refusal, as a row."""
    if isinstance(one, Refused):
        return record.Figure(form=one.form, targets=one.targets, evaluators=one.evaluators, reason=one.reason)
    return record.Figure(
        form=one.form,
        targets=one.targets,
        evaluators=one.evaluators,
        value=digits(one.value),
        low=digits(one.low),
        high=digits(one.high),
        chance=digits(one.chance),
        method=one.method,
    )


def drifts(table: MarksTable, fitted: Severity | None, round_: Round) -> tuple[Drift | Refused, ...]:
    """Return the drift of each evaluator, as far as the turns are recorded."""
    label = labels(round_.committee)
    turns = {
        (one.applicant, label[one.evaluator]): one.turn
        for one in round_.proceedings.assignments
        if one.turn is not None
    }
    return drift(table, fitted.residuals, turns) if fitted else ()


def drift_reason(found: Iterable[Drift | Refused]) -> str:
    """Return why no drift at all can be told, or nothing."""
    ones = tuple(found)
    refused = [one.reason for one in ones if isinstance(one, Refused)]
    return refused[0] if refused and len(refused) == len(ones) else ""


def evaluator_rows(
    table: MarksTable,
    fitted: Severity | None,
    drifted: Iterable[Drift | Refused],
    cards: Mapping[str, Scorecard],
    round_: Round,
) -> tuple[record.EvaluatorRow, ...]:
    """Return one row per evaluator who gave marks."""
    parts = {one.evaluator: one for one in fitted.parts} if fitted else {}
    moved = {one.evaluator: one for one in drifted if isinstance(one, Drift)}
    cut = {one.evaluator: one for one in trimmed(cards)}
    label = labels(round_.committee)
    seen = set(table.applicants)
    loads = [label[one.evaluator] for one in round_.proceedings.assignments if one.applicant in seen]
    found = []
    for habit in habits(table):
        name = habit.evaluator
        part, away = parts.get(name), moved.get(name)
        found.append(
            record.EvaluatorRow(
                evaluator=name,
                marks=habit.marks,
                severity=digits(part.value) if part else None,
                low=digits(part.low) if part else None,
                high=digits(part.high) if part else None,
                within=digits(habit.within),
                commonest=digits(habit.commonest),
                used=habit.used,
                halo=habit.halo,
                narrow=habit.narrow,
                drift=digits(away.slope) if away else None,
                drift_low=digits(away.low) if away else None,
                drift_high=digits(away.high) if away else None,
                trimmed_low=_share(cut[name].lowest, habit.marks),
                trimmed_high=_share(cut[name].highest, habit.marks),
                judged=loads.count(name),
            )
        )
    return tuple(found)


def _share(count: Fraction, of: int) -> Fraction | None:
    return digits(float(count) / of)


def usual_within(table: MarksTable) -> Fraction | None:
    """Return the median of how far an evaluator's marks of one applicant spread."""
    return next((digits(one.usual) for one in habits(table)), None)


def stands_out(table: MarksTable, fitted: Severity | None, reader: str) -> tuple[record.MarkRow, ...]:
    """Return the marks that stand out, widest first; an evaluator is shown the own ones only."""
    count = len(table.indicators)
    found = []
    for target, column, deviation in fitted.stands_out() if fitted else ():
        evaluator = table.evaluators[column]
        if not reader or evaluator == reader:
            row, indicator = divmod(target, count)
            found.append(
                record.MarkRow(
                    applicant=table.applicants[row],
                    indicator=table.indicators[indicator],
                    evaluator=evaluator,
                    mark=Fraction(str(table.marks[row, indicator, column])),
                    deviation=Fraction(f"{deviation:.4f}"),
                )
            )
    return tuple(found[:MOST_ROWS])


def wide(cards: Mapping[str, Scorecard], rules: Rules) -> tuple[record.WideRow, ...]:
    """Return the indicators whose marks lie furthest apart, of those whose range gives nobody's mark away.

    Neither the choice nor the order rests on anything that is not shown.
    """
    rule, scale = rules.scoring.combination.value, rules.scoring.mark_scale.value
    found = []
    for name, card in cards.items():
        for indicator, given in marks_of(card).items():
            what = leaks.shown(given, rule, scale)
            if what.combined is not None and what.low is not None and what.high is not None:
                found.append(
                    record.WideRow(
                        applicant=name,
                        indicator=indicator,
                        combined=what.combined,
                        count=what.count,
                        low=what.low,
                        high=what.high,
                    )
                )
    return tuple(sorted(found, key=lambda one: (one.low - one.high, one.applicant, one.indicator))[:MOST_ROWS])


def decides_rows(found: Iterable[Decides]) -> tuple[record.DecidesRow, ...]:
    """Return the cases in which one evaluator decides. Points are left out: two totals would give a mark away."""
    return tuple(
        record.DecidesRow(applicant=one.applicant, evaluator=one.evaluator, level=one.level, without=one.without)
        for one in found
    )


def method_rows(found: Iterable[Differs]) -> tuple[record.MethodRow, ...]:
    """Return whom another method would judge differently; levels only, for the same reason."""
    return tuple(
        record.MethodRow(
            applicant=one.applicant,
            level=one.level,
            levels={method.value: level for method, level in one.levels.items()},
        )
        for one in found
    )


def adjusted_rows(found: Iterable[Adjusted]) -> tuple[record.AdjustedRow, ...]:
    """Return official and adjusted totals."""
    return tuple(
        record.AdjustedRow(
            applicant=one.applicant,
            points=one.points,
            level=one.level,
            adjusted=one.adjusted,
            adjusted_level=one.adjusted_level,
        )
        for one in found
    )
