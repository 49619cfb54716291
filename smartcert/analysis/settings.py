"""What can be set otherwise than the rules have it: the combination of marks, of domains, absent values, and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from smartcert.rules.levels import Floor, LevelsRules
from smartcert.rules.scoring import CombinationRule, Method


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
class Setting:
    """One set of rules to score under. ``bounds`` are percentages of all points by level."""

    combination: CombinationRule
    bounds: Mapping[int, float]
    worst: int
    certified_from: int
    floors: tuple[Floor, ...] = ()
    aggregation: Aggregation = Aggregation.ARITHMETIC
    absent: AbsentPolicy = AbsentPolicy.AS_DECLARED


def official(levels: LevelsRules, combination: CombinationRule) -> Setting:
    """Return the setting of the round's own rules."""
    return Setting(
        combination=combination,
        bounds={level: float(bound.value) for level, bound in sorted(levels.bounds.items())},
        worst=levels.worst.value,
        certified_from=levels.certified_from.value,
        floors=levels.floors.value,
    )


def with_method(rule: CombinationRule, method: Method) -> CombinationRule:
    """Return the rule with another method; what it says of few marks and of trimming stays.

    A trimmed mean over a rule that drops nothing drops one mark at each end.
    """
    drop = max(rule.drop, 1) if method is Method.TRIMMED_MEAN else rule.drop
    return replace(rule, method=method, drop=drop)
