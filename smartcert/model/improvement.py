"""What would earn more points: a better value of an indicator, and what follows from it alone or with others."""

from __future__ import annotations

from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import IndicatorScore


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A better value of one indicator and what follows from it.

    ``rank`` is stated in place of ``value`` where points follow from a rank. ``points`` are those of the indicator
    then, ``gain`` is how much higher the total is then, as rounded, and ``level`` the level computed then.
    """

    value: Fraction | None
    rank: int | None
    points: Fraction
    gain: Fraction
    level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Improvement:
    """What one indicator can still do for an evaluation.

    ``best`` is the nearest bound or corner of the scale, or limit of the value, that earns all points that can be
    earned. ``alone`` is the nearest value with which the next level is reached, everything else unchanged, to the
    step in which values of this scale are stated; None where no value of this indicator alone suffices.
    """

    score: IndicatorScore
    domain: str
    best: Target
    alone: Target | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImprovementPlan:
    """One of the smallest sets of indicators that together give the next level.

    Each step is an indicator with its target: all points of each but the last, and of that one no more than is needed.
    ``total`` and ``level`` are those with all steps together; the ``gain`` of a step is what it adds to those before.
    """

    steps: tuple[tuple[IndicatorScore, Target], ...]
    total: Fraction
    level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Decline:
    """The nearest other value of one indicator with which the level is lower, everything else unchanged.

    The ``gain`` of the target is what the total loses, below 0.
    """

    score: IndicatorScore
    target: Target


@dataclass(frozen=True, kw_only=True, slots=True)
class NextSteps:
    """What would improve an evaluation: the most rewarding indicators, and the smallest plan to the next level.

    ``declines`` are the single values that would lower its level.
    """

    improvements: tuple[Improvement, ...] = ()
    plan: ImprovementPlan | None = None
    declines: tuple[Decline, ...] = ()
