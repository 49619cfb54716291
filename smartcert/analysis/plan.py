"""What may vary from world to world, and within which declared ranges.

No figure here is a rule. Ranges are the researcher's assumptions; every result carries the plan that it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.settings import AbsentPolicy, Aggregation, with_method
from smartcert.errors import UsageError
from smartcert.model.application import EvidenceGrade
from smartcert.model.indicator import YesNo
from smartcert.rules.scoring import CombinationRule, Method


class Part(StrEnum):
    """The parts of a world."""

    WEIGHTS = "weights"
    EVALUATORS = "evaluators"
    ERRORS = "errors"
    RULES = "rules"


class Range(StrEnum):
    """How weights vary: a Dirichlet around the official ones, or each by up to plus or minus some percent."""

    DIRICHLET = "dirichlet"
    UNIFORM = "uniform"


class Per(StrEnum):
    """Whose weights vary; what is below keeps its share."""

    INDICATOR = "indicator"
    ITEM = "item"
    DOMAIN = "domain"


@dataclass(frozen=True, kw_only=True)
class WeightRange:
    """``amount`` is the concentration of a Dirichlet (more is narrower) or the percentage of a uniform range."""

    range: Range = Range.UNIFORM
    amount: float = 25.0
    per: Per = Per.INDICATOR

    def __post_init__(self) -> None:
        """Hold the amount within what its range can mean.

        Raises:
            UsageError: a concentration that is not above 0, or a percentage that is not from 0 to below 100.
        """
        if self.range is Range.DIRICHLET and not self.amount > 0:
            raise UsageError(f"the concentration of a Dirichlet is above 0, not {self.amount}")
        if self.range is Range.UNIFORM and not 0 <= self.amount < 100:
            raise UsageError(f"a uniform range of weights is 0 to below 100 percent, not {self.amount}")

    def groups(self, arrays: RoundArrays) -> list[slice]:
        """Return the columns whose weights vary together."""
        if self.per is Per.ITEM:
            return [item.columns for item in arrays.items]
        if self.per is Per.DOMAIN:
            return [domain.columns for domain in arrays.domains]
        return [slice(j, j + 1) for j in range(len(arrays.names))]


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """``relative``: standard deviation as a share of the value; ``turned``: chance that a yes is a no or a no a yes."""

    relative: float
    turned: float

    def __post_init__(self) -> None:
        """Hold both within what they can mean.

        Raises:
            UsageError: a negative deviation, or a chance outside 0 to 1.
        """
        if not (self.relative >= 0 and 0 <= self.turned <= 1):
            raise UsageError(f"no deviation: relative {self.relative} (0 or more), turned {self.turned} (0 to 1)")


ASSUMED_ERRORS: Mapping[EvidenceGrade, Deviation] = {
    EvidenceGrade.MEASURED: Deviation(relative=0.02, turned=0.005),
    EvidenceGrade.SURVEY: Deviation(relative=0.05, turned=0.01),
    EvidenceGrade.HIGHER_LEVEL: Deviation(relative=0.08, turned=0.02),
    EvidenceGrade.ESTIMATED: Deviation(relative=0.15, turned=0.04),
    EvidenceGrade.PERSONAL: Deviation(relative=0.25, turned=0.08),
    EvidenceGrade.UNKNOWN: Deviation(relative=0.20, turned=0.05),
}
"""Assumed for illustration, from nothing published. Replace them by what re-measurements have shown."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What varies. None or empty means that a part stays as it is. All alternatives of a rule are equally likely.

    ``errors`` are by the grade of the evidence, the one found on site before the one of the desk. Where nobody said
    one, a value that was inspected counts as measured, another as unknown.
    """

    seed: int = 1
    weights: WeightRange | None = field(default_factory=WeightRange)
    resample_evaluators: bool = True
    errors: Mapping[EvidenceGrade, Deviation] = field(default_factory=lambda: ASSUMED_ERRORS)
    methods: tuple[Method, ...] = ()
    aggregations: tuple[Aggregation, ...] = ()
    absents: tuple[AbsentPolicy, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the parts that vary."""
        varies = {
            Part.WEIGHTS: self.weights is not None,
            Part.EVALUATORS: self.resample_evaluators,
            Part.ERRORS: bool(self.errors),
            Part.RULES: max(map(len, (self.methods, self.aggregations, self.absents))) > 1,
        }
        return tuple(part for part, does in varies.items() if does)

    def combinations_of(self, own: CombinationRule) -> tuple[CombinationRule, ...]:
        """Return the alternatives for combining marks."""
        return tuple(with_method(own, method) for method in self.methods) or (own,)

    def spread(self, arrays: RoundArrays) -> dict[int, tuple[Floats, Floats | None]]:
        """Return, per column of a quantitative indicator, deviations per applicant and, for yes/no, chances of a turn.

        Raises:
            UsageError: no deviation is declared for a grade that occurs.
        """
        if not self.errors:
            return {}
        grades = arrays.grades
        missing = sorted({str(grade) for grade in grades.flat} - {str(grade) for grade in self.errors})
        if missing:
            raise UsageError(f"no measurement error is declared for evidence of grade {', '.join(missing)}")
        relative = np.vectorize(lambda grade: self.errors[grade].relative, otypes=[np.float64])(grades)
        turned = np.vectorize(lambda grade: self.errors[grade].turned, otypes=[np.float64])(grades)
        return {
            j: (relative[:, j], turned[:, j] if isinstance(one.scale, YesNo) else None)
            for j, one in enumerate(arrays.indicators)
            if j not in arrays.marked
        }
