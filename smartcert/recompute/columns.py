"""One value through its rule again: measure, scale, rounding, spread. Scales, rounding and marks are the core's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.evaluation.committee import combine
from smartcert.evaluation.rounding import round_to
from smartcert.evaluation.scales import Scaled, measure, scaled
from smartcert.model.application import Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Direction, Indicator, IndicatorKind, Limits, Policy, Rank, Rounding, Step
from smartcert.model.scorecard import Combination, Working
from smartcert.reporting.trace_form import TracedIndicator, TracedMarks, TracedSection
from smartcert.rules.scoring import CombinationRule, Method

COLUMNS = 3
_NONE, _WHOLE = Fraction(0), Fraction(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What holds for every indicator of a trace: rounding by step, the population, who did not judge."""

    rounding: Mapping[Step, Rounding]
    population: int | None
    excluded: frozenset[str]


def indicator_of(one: TracedIndicator) -> Indicator:
    """Return the indicator with its rule; its words are those of the page in both languages."""
    return Indicator(
        id=one.id,
        name=text(one.name),
        definition=text(one.definition),
        kind=IndicatorKind.QUALITATIVE if one.qualitative else IndicatorKind.QUANTITATIVE,
        points=one.points,
        unit=text(one.unit),
        direction=Direction.LOWER if one.lower else Direction.HIGHER,
        scale=one.scale,
        absent=one.absent,
        not_applicable=one.not_applicable,
        per_people=one.per_people,
        limits=one.limits or Limits(),
    )


def text(words: str) -> Text:
    """Return words of the page as a text in both languages."""
    return Text(ko=words, en=words)


def combined(one: TracedIndicator, given: Given) -> Combination | None:
    """Return how the marks became one; None for an indicator without marks.

    Raises:
        ValueError: there are no marks, or no such method.
    """
    if one.marks is None:
        return None
    if not one.marks.marks:
        mark = one.marks.combined
        if mark is None:
            raise ValueError(f"{one.id} has neither marks nor a combined mark")
        return Combination(method=Method(one.marks.method), marks=(), exact=mark, combined=mark)
    marks = {label: None if isinstance(mark, Missing) else mark for label, mark in one.marks.marks.items()}
    made = combine(marks, given.excluded, _rule(one.marks), given.rounding.get(Step.MARK))
    if made is None:
        raise ValueError(f"{one.id} has no mark that counts")
    return made


def _rule(marks: TracedMarks) -> CombinationRule:
    return CombinationRule(method=Method(marks.method), drop=marks.drop or 0)


def values(one: TracedIndicator, mark: Combination | None) -> tuple[Value, ...]:
    """Return the value of each column.

    Raises:
        ValueError: there are neither one nor three.
    """
    if mark is not None:
        return (mark.combined,) * COLUMNS
    return _three(one.values, one.id)


def _three(found: tuple[Value, ...], name: str) -> tuple[Value, ...]:
    if len(found) not in (1, COLUMNS):
        raise ValueError(f"{name} has {len(found)} values, not one or three")
    return found if len(found) == COLUMNS else found * COLUMNS


def spread_of(section: TracedSection, column: Mapping[str, Value]) -> tuple[frozenset[str], Fraction]:
    """Return which indicators of an item give their points away in a column, and by what the others' are multiplied."""
    giving = frozenset(one.id for one in section.indicators if _policy(one, column[one.id]) is Policy.REDISTRIBUTE)
    taking = sum((one.points for one in section.indicators if one.id not in giving), _NONE)
    return giving, section.points / taking if giving and taking else _WHOLE


def _policy(one: TracedIndicator, value: Value) -> Policy | None:
    if not isinstance(value, Missing):
        return None
    return one.absent if value is Missing.ABSENT else one.not_applicable


def working(one: TracedIndicator, value: Value, column: int, spread: Fraction, given: Given) -> Working:
    """Return how a value becomes points.

    Raises:
        ValueError: a place or the population is missing where the rule needs it.
    """
    if isinstance(value, Missing):
        return Working(value=value, measure=None, exact=_NONE, points=_NONE, policy=_policy(one, value))
    indicator = indicator_of(one)
    exact_measure = measure(value, indicator, given.population)
    measured = round_to(exact_measure, given.rounding.get(Step.MEASURE)) if one.per_people else exact_measure
    reached = _placed(one, column) if isinstance(one.scale, Rank) else scaled(indicator, measured)
    return Working(
        value=value,
        measure=measured,
        exact=reached.points,
        points=round_to(reached.points, given.rounding.get(Step.INDICATOR)) * spread,
        rank=reached.rank,
        of=reached.of,
        band=reached.band,
        population=given.population if one.per_people else None,
        measure_exact=exact_measure if exact_measure != measured else None,
        spread=spread if spread != _WHOLE else None,
    )


def _placed(one: TracedIndicator, column: int) -> Scaled:
    """Return the points of a place. The others' values are not in the trace, so the place itself is taken as given."""
    places = one.places if len(one.places) == COLUMNS else one.places * COLUMNS
    place = places[column] if column < len(places) else None
    if place is None or not isinstance(one.scale, Rank) or not 1 <= place[0] <= place[1]:
        raise ValueError(f"{one.id} has no place among the applicants")
    rank, of = place
    reached = Fraction(rank) if one.scale.by == "position" else Fraction(100 * rank, of)
    band = next((band for band in one.scale.bands if reached <= band.bound), None)
    points = one.scale.otherwise if band is None else band.points
    return Scaled(points=points, band=band.bound if band else None, rank=rank, of=of)
