"""The scored applicants of a round as NumPy arrays, and the rules that they can be scored under.

Shapes: A applicants, in the order of their ids; J indicators, in the order of the edition; Q of these are qualitative;
E evaluators, in the order of the committee; D draws; K domains. Points are those of the edition, shares run from 0
to 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arguments import freeze
from smartcert.errors import UsageError, suggest
from smartcert.evaluation.marks import evaluator_sort_key
from smartcert.evaluation.scoring import Candidate, Column
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, Evaluator, EvidenceGrade, Missing
from smartcert.model.indicator import Edition, Indicator, IndicatorKind, MarkScale
from smartcert.representation import describe_briefly
from smartcert.rules.parameters import CombinationMethod, CombinationRule, LevelFloor, LevelsRules
from smartcert.rules.rulebook import Rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

GAP_CODES: dict[Missing | None, int] = {None: 0, Missing.ABSENT: 1, Missing.NOT_APPLICABLE: 2}
"""How a missing value is coded in `RoundArrays.gaps`."""


@dataclass(frozen=True, kw_only=True)
class ItemColumns:
    """An item: the columns of its indicators. A domain that holds indicators is an item too."""

    id: str
    first: int
    last: int
    """One past its last column."""

    @property
    def columns(self) -> slice:
        """Return the columns as a slice of J."""
        return slice(self.first, self.last)


@dataclass(frozen=True, kw_only=True)
class DomainColumns:
    """A domain with its items, whose columns are adjacent."""

    id: str
    items: tuple[ItemColumns, ...]

    @property
    def columns(self) -> slice:
        """Return the columns as a slice of J."""
        return slice(self.items[0].first, self.items[-1].last)


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundArrays:
    """What scoring needs of a round. ``left_out`` are the ids of applications without points, each with its stage."""

    __repr__ = describe_briefly

    ids: tuple[str, ...]
    sizes: Ints
    """(A,) the place in ``classes``."""
    population: Floats
    """(A,) registered residents; NaN where not known."""
    values: Floats
    """(A, J) the confirmed value in the unit of the indicator; NaN where missing and for qualitative indicators."""
    gaps: NDArray[np.int8]
    """(A, J) see `GAPS`; always 0 for qualitative indicators."""
    marks: Floats
    """(A, Q, E) the marks on the qualitative indicators, in steps of the mark scale; NaN where there is none."""
    grades: NDArray[np.object_]
    """(A, J) the `EvidenceGrade` of the value; see `grade_of`."""
    evaluators: tuple[str, ...]
    edition: Edition
    levels: LevelsRules
    combination: CombinationRule
    mark_scale: MarkScale
    classes: tuple[str, ...]
    """The classes in which applicants are compared: of cities the size types."""
    left_out: tuple[tuple[str, str], ...] = ()
    unrounded: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    """The values, by applicant and indicator, that no float is written as."""
    bases: tuple[Mapping[str, Fraction], ...] = ()
    """Per applicant the bases that measures are divided by, by id; residents included. Empty: nobody has any."""

    def __post_init__(self) -> None:
        """Freeze the arrays: what is written into them would alter what is called official."""
        for array in (self.sizes, self.population, self.values, self.gaps, self.marks, self.grades):
            freeze(array)

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Return the indicators in the order of the columns."""
        return tuple(self.edition.indicators())

    @cached_property
    def indicators_by_class(self) -> tuple[tuple[Indicator, ...], ...]:
        """Return per class the indicators as they are for its applicants, each with one scale."""
        return tuple(tuple(self.edition.for_class(name).indicators()) for name in self.classes)

    def indicator_at(self, row: int, column: int) -> Indicator:
        """Return the indicator of a column as it is for one applicant."""
        return self.indicators_by_class[int(self.sizes[row])][column]

    def bases_at(self, row: int) -> Mapping[str, Fraction]:
        """Return the bases of one applicant, by id."""
        return self.bases[row] if self.bases else {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the ids of the indicators in the order of the columns."""
        return tuple(indicator.id for indicator in self.indicators)

    @cached_property
    def points(self) -> Floats:
        """Return the points that each scale runs to (J,): the nominal weights. See `counted`."""
        return freeze(np.array([float(indicator.full) for indicator in self.indicators]))

    @cached_property
    def counted(self) -> Bools:
        """Return whose points (J,) are among those possible; a bonus, a deduction and a prerequisite have no weight."""
        return freeze(np.array([indicator.counted for indicator in self.indicators], dtype=bool))

    @cached_property
    def weighed(self) -> tuple[str, ...]:
        """Return the ids of the indicators that have a weight: those that are `counted`."""
        return tuple(indicator.id for indicator in self.indicators if indicator.counted)

    @cached_property
    def counted_points(self) -> Fraction:
        """Return the points of all indicators that are counted; those of the edition, where it only adds points up."""
        return sum((indicator.points for indicator in self.indicators if indicator.counted), Fraction(0))

    @cached_property
    def is_plain_sum(self) -> bool:
        """Return whether the total is nothing but a sum, and only domains have floors."""
        edition = self.edition
        sections = (section for domain in edition.domains for section in domain.walk_sections())
        shaped = edition.total_rule or edition.list_gates() or any(section.combine for section in sections)
        return bool(self.counted.all()) and not shaped

    @cached_property
    def out_of(self) -> float:
        """Return the points possible in all."""
        return float(self.edition.points)

    @cached_property
    def qualitative(self) -> dict[int, int]:
        """Return the index in Q of each qualitative indicator, by its column in J."""
        columns = [j for j, indicator in enumerate(self.indicators) if indicator.kind is IndicatorKind.QUALITATIVE]
        return {column: question for question, column in enumerate(columns)}

    @cached_property
    def domains(self) -> tuple[DomainColumns, ...]:
        """Return the domains with their items and columns."""
        return tuple(_iterate_domains(self.edition))

    @cached_property
    def items(self) -> tuple[ItemColumns, ...]:
        """Return all items in the order of the columns."""
        return tuple(item for domain in self.domains for item in domain.items)

    def select(self, row: int) -> RoundArrays:
        """Return the arrays (1, ...) of one applicant. Scales by rank then have nobody to compare it with."""
        rows = slice(row, row + 1)
        return replace(
            self,
            ids=self.ids[rows],
            sizes=self.sizes[rows],
            population=self.population[rows],
            values=self.values[rows],
            gaps=self.gaps[rows],
            marks=self.marks[rows],
            grades=self.grades[rows],
            bases=self.bases[rows],
        )

    def value_at(self, row: int, column: int) -> Fraction:
        """Return a value exactly, as it was reported."""
        value = float(self.values[row, column])
        exact = self.unrounded.get((self.ids[row], self.names[column]))
        return exact if exact is not None and float(exact) == value else Fraction(repr(value))

    def scale_of(self, question: int) -> MarkScale:
        """Return the marks that can be given on one qualitative indicator."""
        column = next(column for column, number in self.qualitative.items() if number == question)
        return self.indicators[column].mark_scale or self.mark_scale

    def marks_at(self, row: int, question: int) -> dict[str, Fraction | None]:
        """Return the marks on one qualitative indicator exactly, by evaluator; None where there is none."""
        exact = self._exact_marks[question]
        given = self.marks[row, question].tolist()
        return {evaluator: exact.get(mark) for evaluator, mark in zip(self.evaluators, given, strict=True)}

    @cached_property
    def _exact_marks(self) -> tuple[dict[float, Fraction], ...]:
        """Return per qualitative indicator the marks that occur, exactly, by their floats."""
        exact = []
        for question in range(self.marks.shape[1]):
            scale, given = self.scale_of(question), np.unique(self.marks[:, question])
            exact.append({mark: _read_mark(mark, scale) for mark in given[~np.isnan(given)].tolist()})
        return tuple(exact)

    def column(self, name: str) -> int:
        """Return the column of an indicator; a UsageError where there is no such indicator."""
        if name not in self.names:
            raise UsageError(f"no indicator '{name}'{suggest(name, self.names)}")
        return self.names.index(name)


def _read_mark(mark: float, scale: MarkScale) -> Fraction:
    """Return a mark exactly: the step of its scale that it is the float of, else the decimal that it shows."""
    step = scale.lowest + round((Fraction(mark) - scale.lowest) / scale.step) * scale.step
    return step if float(step) == mark else Fraction(repr(mark))


def from_candidates(
    candidates: Sequence[Candidate],
    committee: tuple[Evaluator, ...],
    rules: Rules,
    left_out: tuple[tuple[str, str], ...] = (),
) -> RoundArrays:
    """Return the arrays of candidates, in the order of their ids; ``left_out`` is passed on.

    Without candidates, indicators or evaluators the arrays have that dimension 0.

    Raises:
        UsageError: the scheme ranks: who is selected follows from places, and not from the bounds that arrays have.
    """
    if rules.scheme.ranking is not None:
        raise UsageError("this scheme ranks its applicants; places, not bounds of levels, decide who is selected")
    rows = sorted(candidates, key=lambda candidate: candidate.application.id)
    indicators = tuple(rules.edition.indicators())
    evaluators = tuple(sorted((member.id for member in committee), key=evaluator_sort_key))
    questions = sum(indicator.kind is IndicatorKind.QUALITATIVE for indicator in indicators)
    table = (len(rows), len(indicators))
    return RoundArrays(
        ids=tuple(row.application.id for row in rows),
        classes=rules.class_ids,
        sizes=np.array([rules.class_ids.index(row.size_type) for row in rows], dtype=np.int64),
        population=np.array([float(row.population) if row.population else np.nan for row in rows]),
        values=np.array(
            [[_confirmed_value(row, indicator) for indicator in indicators] for row in rows], dtype=np.float64
        ).reshape(table),
        gaps=np.array([[_gap_code(row, indicator) for indicator in indicators] for row in rows], dtype=np.int8).reshape(
            table
        ),
        marks=np.array([_mark_rows(row, indicators, evaluators) for row in rows], dtype=np.float64).reshape(
            len(rows), questions, len(evaluators)
        ),
        grades=np.array(
            [[resolve_indicator_grade(row.application, indicator) for indicator in indicators] for row in rows],
            dtype=object,
        ).reshape(table),
        evaluators=evaluators,
        edition=rules.edition,
        levels=rules.levels,
        combination=rules.scoring.combination.value,
        mark_scale=rules.scoring.mark_scale.value,
        left_out=left_out,
        unrounded={
            (row.application.id, indicator.id): value
            for row in rows
            for indicator in indicators
            if indicator.kind is IndicatorKind.QUANTITATIVE
            and not isinstance(value := row.values[Column.CONFIRMED][indicator.id], Missing)
            and Fraction(repr(float(value))) != value
        },
        bases=tuple(row.bases for row in rows),
    )


def resolve_indicator_grade(application: Application, indicator: Indicator) -> EvidenceGrade:
    """Return how firm the evidence of an indicator is: of a formula, as its least firm figure."""
    grades = [resolve_grade(application, figure.id) for figure in indicator.figures]
    order = list(EvidenceGrade)
    return max(grades, key=order.index) if grades else resolve_grade(application, indicator.id)


def resolve_grade(application: Application, indicator: str) -> EvidenceGrade:
    """Return how firm the evidence of a value is: as found on site, else as seen at the desk.

    Where neither names a grade, a value that was inspected counts as measured and another as unknown.
    """
    inspection = application.inspections.get(indicator)
    measurement = application.measurements.get(indicator)
    grade = (inspection.grade if inspection else None) or (measurement.grade if measurement else None)
    return grade or (EvidenceGrade.MEASURED if inspection else EvidenceGrade.UNKNOWN)


def _confirmed_value(candidate: Candidate, indicator: Indicator) -> float:
    value = candidate.values[Column.CONFIRMED][indicator.id]
    quantitative = indicator.kind is IndicatorKind.QUANTITATIVE
    return float(value) if quantitative and not isinstance(value, Missing) else np.nan


def _gap_code(candidate: Candidate, indicator: Indicator) -> int:
    value = candidate.values[Column.CONFIRMED][indicator.id]
    quantitative = indicator.kind is IndicatorKind.QUANTITATIVE
    return GAP_CODES[value] if quantitative and isinstance(value, Missing) else 0


def _mark_rows(candidate: Candidate, indicators: Sequence[Indicator], evaluators: Sequence[str]) -> list[list[float]]:
    rows = []
    for indicator in indicators:
        if indicator.kind is IndicatorKind.QUALITATIVE:
            combination = candidate.combinations[indicator.id]
            uses = {use.evaluator: use.value for use in combination.marks if not use.excluded} if combination else {}
            given = [uses.get(evaluator) for evaluator in evaluators]
            rows.append([np.nan if mark is None else float(mark) for mark in given])
    return rows


def _iterate_domains(edition: Edition) -> Iterator[DomainColumns]:
    first = 0
    for domain in edition.domains:
        items = []
        for item in domain.items():
            last = first + len(item.indicators)
            items.append(ItemColumns(id=item.id, first=first, last=last))
            first = last
        if items:
            yield DomainColumns(id=domain.id, items=tuple(items))


class Aggregation(StrEnum):
    """How several values become one. Only the first is what an edition means by adding the points of its domains."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"
    HARMONIC = "harmonic"


class AbsentPolicy(StrEnum):
    """What a missing value does: as the edition declares it, no points, or its points redistributed over the item."""

    AS_DECLARED = "as_declared"
    ZERO = "zero"
    REDISTRIBUTE = "redistribute"


@dataclass(frozen=True, kw_only=True)
class ScoringSetting:
    """One set of rules to score under. ``bounds`` are percentages of all points by level, ``worst`` is below them."""

    __repr__ = describe_briefly

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
    """Return the rule with another method; what it orders for few marks and for trimming stays.

    A trimmed mean over a rule that drops nothing drops one mark at each end.
    """
    drop = max(rule.drop, 1) if method is CombinationMethod.TRIMMED_MEAN else rule.drop
    return replace(rule, method=method, drop=drop)
