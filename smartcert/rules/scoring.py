"""How marks combine and which values count, as values. How a value becomes points stands in the edition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from smartcert.model.citation import Cited


class Method(StrEnum):
    """How the marks of several evaluators become one."""

    MEAN = "mean"
    MEDIAN = "median"
    TRIMMED_MEAN = "trimmed_mean"


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkScale:
    """The marks that an evaluator can give: from ``lowest`` to ``highest`` in steps of ``step``."""

    lowest: Fraction
    highest: Fraction
    step: Fraction

    def allow(self, mark: Fraction) -> bool:
        """Return whether ``mark`` stands on the scale; both ends do."""
        return self.lowest <= mark <= self.highest and (mark - self.lowest) % self.step == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CombinationRule:
    """``method``; a trimmed mean drops ``drop`` marks at each end if there are ``at_least`` marks, else ``otherwise``.

    Where fewer than ``fewest`` marks are left, the indicator cannot be judged.
    """

    method: Method
    at_least: int = 1
    drop: int = 0
    otherwise: Method = Method.MEAN
    fewest: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoringRules:
    """``suppress_below``: how many applicants of a size type there must be before their median is shown."""

    mark_scale: Cited[MarkScale]
    combination: Cited[CombinationRule]
    confirmed_counts: Cited[bool]
    not_inspected_stands: Cited[bool]
    suppress_below: Cited[int]
