"""Numpy arrays of a round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smartcert.evaluation.marks import label_evaluators
from smartcert.evaluation.scoring import Candidate, Column, build_candidate
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, Evaluator, EvidenceGrade, Missing
from smartcert.model.indicator import Edition, Indicator, IndicatorKind
from smartcert.rules.parameters import CombinationMethod, CombinationRule, LevelFloor, LevelsRules, MarkScale
from smartcert.rules.rulebook import Rules

if TYPE_CHECKING:
    from smartcert.services.rounds import OpenRound


# --- The evaluated applicants of a round as arrays, ready to be scored many times over.

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

GAP_CODES: dict[Missing | None, int] = {None: 0, Missing.ABSENT: 1, Missing.NOT_APPLICABLE: 2}
"""How a gap is written in `RoundArrays.gaps`."""
SIZE_TYPES = tuple(SizeType)


@dataclass(frozen=True, kw_only=True)
class ItemColumns:
    """A section that holds indicators: which columns, and whether it stands directly as a domain."""

    id: str
    first: int
    last: int
    """One past its last column."""
    is_domain: bool

    @property
    def columns(self) -> slice:
        """Return its columns."""
        return slice(self.first, self.last)


@dataclass(frozen=True, kw_only=True)
class DomainColumns:
    """A domain with its items; its columns stand side by side."""

    id: str
    items: tuple[ItemColumns, ...]

    @property
    def columns(self) -> slice:
        """Return its columns."""
        return slice(self.items[0].first, self.items[-1].last)


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundArrays:
    """What scoring needs of a round. ``left_out`` are the applications without points, each with its stage."""

    ids: tuple[str, ...]
    sizes: Ints
    """(A,) the place in `SIZES`."""
    population: Floats
    """(A,) NaN where it is not known."""
    values: Floats
    """(A, J) the confirmed value; NaN in a gap and for qualitative indicators."""
    gaps: NDArray[np.int8]
    """(A, J) see `GAPS`; always 0 for qualitative indicators."""
    marks: Floats
    """(A, Q, E) the marks on the Q qualitative indicators."""
    grades: NDArray[np.object_]
    """(A, J) the `EvidenceGrade` of the value; see `grade_of`."""
    evaluators: tuple[str, ...]
    edition: Edition
    levels: LevelsRules
    combination: CombinationRule
    mark_scale: MarkScale
    left_out: tuple[tuple[str, str], ...] = ()

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Return the indicators in the order of the columns."""
        return tuple(self.edition.indicators())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the ids of the indicators in the order of the columns."""
        return tuple(indicator.id for indicator in self.indicators)

    @cached_property
    def points(self) -> Floats:
        """Return the points possible per indicator: the nominal weights."""
        return np.array([float(indicator.points) for indicator in self.indicators])

    @cached_property
    def out_of(self) -> float:
        """Return the points possible in all."""
        return float(self.edition.points)

    @cached_property
    def marked(self) -> dict[int, int]:
        """Return, per column of a qualitative indicator, its place in `marks`."""
        columns = [j for j, one in enumerate(self.indicators) if one.kind is IndicatorKind.QUALITATIVE]
        return {column: place for place, column in enumerate(columns)}

    @cached_property
    def domains(self) -> tuple[DomainColumns, ...]:
        """Return the domains with their items and columns."""
        return tuple(_iterate_domains(self.edition))

    @cached_property
    def items(self) -> tuple[ItemColumns, ...]:
        """Return all items in the order of the columns."""
        return tuple(item for domain in self.domains for item in domain.items)

    def only(self, at: int) -> RoundArrays:
        """Return the arrays of one applicant. Scales by rank then have nobody to compare it with."""
        one = slice(at, at + 1)
        return replace(
            self,
            ids=self.ids[one],
            sizes=self.sizes[one],
            population=self.population[one],
            values=self.values[one],
            gaps=self.gaps[one],
            marks=self.marks[one],
            grades=self.grades[one],
        )

    def column(self, name: str) -> int:
        """Return the column of an indicator.

        Raises:
            UsageError: there is no such indicator.
        """
        if name not in self.names:
            from smartcert.errors import UsageError, suggest

            raise UsageError(f"no indicator '{name}'{suggest(name, self.names)}")
        return self.names.index(name)


def from_round(opened: OpenRound) -> RoundArrays:
    """Return the arrays of all applicants of a round that were scored.

    Raises:
        InputError: the round cannot be evaluated.
        SmartcertError: scoring the arrays does not give exactly the totals and levels of the evaluation.
    """
    from smartcert.analysis.vectorised import check_exact  # it stands on these arrays

    scored = {one.id: one for one in opened.evaluations if one.scorecard is not None}
    candidates = []
    for application in opened.round.applications:
        verdict = scored.get(application.id)
        if verdict is not None and verdict.size_type is not None:
            residents = verdict.applicant.population.residents if verdict.applicant.population else None
            candidates.append(
                build_candidate(application, verdict.size_type, residents, opened.round.committee, opened.rules)
            )
    left_out = tuple((one.id, one.stage.value) for one in opened.evaluations if one.scorecard is None)
    arrays = from_candidates(candidates, opened.round.committee, opened.rules, left_out)
    check_exact(arrays, list(scored.values()))
    return arrays


def from_candidates(
    candidates: Sequence[Candidate],
    committee: tuple[Evaluator, ...],
    rules: Rules,
    left_out: tuple[tuple[str, str], ...] = (),
) -> RoundArrays:
    """Return the arrays of candidates, in the order of their ids."""
    ordered = sorted(candidates, key=lambda one: one.application.id)
    indicators = tuple(rules.edition.indicators())
    evaluators = tuple(label_evaluators(committee).values())
    return RoundArrays(
        ids=tuple(one.application.id for one in ordered),
        sizes=np.array([SIZE_TYPES.index(one.size_type) for one in ordered], dtype=np.int64),
        population=np.array([float(one.population) if one.population else np.nan for one in ordered]),
        values=np.array([[_confirmed_value(one, indicator) for indicator in indicators] for one in ordered]),
        gaps=np.array([[_gap_code(one, indicator) for indicator in indicators] for one in ordered], dtype=np.int8),
        marks=np.array([_mark_rows(one, indicators, evaluators) for one in ordered], dtype=np.float64),
        grades=np.array(
            [[resolve_grade(one.application, indicator.id) for indicator in indicators] for one in ordered],
            dtype=object,
        ),
        evaluators=evaluators,
        edition=rules.edition,
        levels=rules.levels,
        combination=rules.scoring.combination.value,
        mark_scale=rules.scoring.mark_scale.value,
        left_out=left_out,
    )


def resolve_grade(application: Application, indicator: str) -> EvidenceGrade:
    """Return how firm the evidence of a value is: as found on site, else as seen at the desk.

    Where nobody said, a value that was inspected counts as measured and another as unknown.
    """
    inspection = application.inspections.get(indicator)
    measurement = application.measurements.get(indicator)
    told = (inspection.grade if inspection else None) or (measurement.grade if measurement else None)
    return told or (EvidenceGrade.MEASURED if inspection else EvidenceGrade.UNKNOWN)


def _confirmed_value(one: Candidate, indicator: Indicator) -> float:
    value = one.values[Column.CONFIRMED][indicator.id]
    quantitative = indicator.kind is IndicatorKind.QUANTITATIVE
    return float(value) if quantitative and not isinstance(value, Missing) else np.nan


def _gap_code(one: Candidate, indicator: Indicator) -> int:
    value = one.values[Column.CONFIRMED][indicator.id]
    quantitative = indicator.kind is IndicatorKind.QUANTITATIVE
    return GAP_CODES[value] if quantitative and isinstance(value, Missing) else 0


def _mark_rows(one: Candidate, indicators: Sequence[Indicator], evaluators: Sequence[str]) -> list[list[float]]:
    rows = []
    for indicator in indicators:
        if indicator.kind is IndicatorKind.QUALITATIVE:
            made = one.combinations[indicator.id]
            uses = {use.evaluator: use.value for use in made.marks if not use.excluded} if made else {}
            given = [uses.get(evaluator) for evaluator in evaluators]
            rows.append([np.nan if mark is None else float(mark) for mark in given])
    return rows


def _iterate_domains(edition: Edition) -> Iterator[DomainColumns]:
    first = 0
    for domain in edition.domains:
        items = []
        for item in domain.items():
            last = first + len(item.indicators)
            items.append(ItemColumns(id=item.id, first=first, last=last, is_domain=item is domain))
            first = last
        if items:
            yield DomainColumns(id=domain.id, items=tuple(items))


# --- What can be set otherwise than the rules have it: the combination of marks, of domains, absent values, and bounds.


class Aggregation(StrEnum):
    """How the shares of the domains become the total. Only the first is what the edition means by adding points."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"
    HARMONIC = "harmonic"


class AbsentPolicy(StrEnum):
    """What a gap does: as the edition declares it, no points, or its points spread over the item."""

    AS_DECLARED = "as_declared"
    ZERO = "zero"
    REDISTRIBUTE = "redistribute"


@dataclass(frozen=True, kw_only=True)
class ScoringSetting:
    """One set of rules to score under. ``bounds`` are percentages of all points by level."""

    combination: CombinationRule
    bounds: Mapping[int, float]
    worst: int
    certified_from: int
    floors: tuple[LevelFloor, ...] = ()
    aggregation: Aggregation = Aggregation.ARITHMETIC
    absent: AbsentPolicy = AbsentPolicy.AS_DECLARED


def build_official_setting(levels: LevelsRules, combination: CombinationRule) -> ScoringSetting:
    """Return the setting of the round's own rules."""
    return ScoringSetting(
        combination=combination,
        bounds={level: float(bound.value) for level, bound in sorted(levels.bounds.items())},
        worst=levels.worst.value,
        certified_from=levels.certified_from.value,
        floors=levels.floors.value,
    )


def with_method(rule: CombinationRule, method: CombinationMethod) -> CombinationRule:
    """Return the rule with another method; what it says of few marks and of trimming stays.

    A trimmed mean over a rule that drops nothing drops one mark at each end.
    """
    drop = max(rule.drop, 1) if method is CombinationMethod.TRIMMED_MEAN else rule.drop
    return replace(rule, method=method, drop=drop)
