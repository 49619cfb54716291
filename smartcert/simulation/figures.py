"""What an invented applicant would claim and how it would be marked, given how able it is (0 to 1)."""

from __future__ import annotations

import random
from fractions import Fraction

from smartcert.model.application import EvidenceGrade, Missing, Value
from smartcert.model.indicator import Bands, Counted, Direction, Indicator, Linear, Marks, Policy, Rank, YesNo
from smartcert.rules.scoring import MarkScale

_ABSENT_SHARE = 0.02
_NOT_APPLICABLE_SHARE = 0.05
_GRADES = ((EvidenceGrade.MEASURED, 70), (EvidenceGrade.SURVEY, 15), (EvidenceGrade.ESTIMATED, 15))
_MOST_UNLIMITED = 100


def claim(indicator: Indicator, ability: float, residents: int, rng: random.Random) -> Value:
    """Return a claimed value that the indicator's limits allow; now and then one that is missing in either meaning.

    A value is missing only where the edition does without it.
    """
    if indicator.absent is not Policy.REFUSE and rng.random() < _ABSENT_SHARE:
        return Missing.ABSENT
    if indicator.not_applicable is not Policy.REFUSE and rng.random() < _NOT_APPLICABLE_SHARE:
        return Missing.NOT_APPLICABLE
    share = min(1.0, max(0.0, rng.gauss(ability, 0.18)))
    if isinstance(indicator.scale, YesNo):
        return Fraction(rng.random() < 0.25 + 0.7 * share)
    measure = _measure(indicator, share)
    if indicator.per_people:
        measure = measure * residents / indicator.per_people
    whole = isinstance(indicator.scale, Counted) or indicator.per_people is not None
    return held(indicator, Fraction(round(measure)) if whole else Fraction(round(measure * 10), 10))


def corrected(indicator: Indicator, value: Fraction) -> Fraction:
    """Return what is left of an overstated value: a tenth worse, one less where it is counted, no instead of yes."""
    if isinstance(indicator.scale, YesNo):
        return Fraction(0)
    if isinstance(indicator.scale, Counted):
        return max(value - 1, Fraction(0))
    factor = Fraction(9, 10) if indicator.direction is Direction.HIGHER else Fraction(11, 10)
    return held(indicator, Fraction(round(value * factor * 10), 10))


def mark(scale: MarkScale, ability: float, leniency: float, rng: random.Random) -> Fraction | None:
    """Return an evaluator's mark, None now and then: it lies on the scale, near ability plus leniency."""
    if rng.random() < 0.01:
        return None
    share = min(1.0, max(0.0, rng.gauss(0.25 + 0.7 * ability + leniency, 0.15)))
    steps = round(share * float((scale.highest - scale.lowest) / scale.step))
    return scale.lowest + steps * scale.step


def grade(rng: random.Random) -> EvidenceGrade:
    """Return how firm the evidence of one value is."""
    return rng.choices([one for one, _ in _GRADES], [share for _, share in _GRADES])[0]


def held(indicator: Indicator, value: Fraction) -> Fraction:
    """Return ``value``, moved to the nearest limit of the indicator where it lies beyond."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _measure(indicator: Indicator, share: float) -> float:
    worst, best = _ends(indicator)
    return worst + share * 1.1 * (best - worst)


def _ends(indicator: Indicator) -> tuple[float, float]:
    """Return a measure that earns nothing or little, and one that earns all or most."""
    match indicator.scale:
        case Bands(bands=bands):
            last, first = float(bands[-1].bound), float(bands[0].bound)
            return last + 0.5 * (last - first) / max(len(bands) - 1, 1), first
        case Linear(zero_at=zero_at, full_at=full_at) | Marks(zero_at=zero_at, full_at=full_at):
            return float(zero_at), float(full_at)
        case Counted(cap=cap):
            return 0.0, float(cap)
        case Rank() | YesNo():
            low = float(indicator.limits.at_least or 0)
            high = float(indicator.limits.at_most or _MOST_UNLIMITED)
            if indicator.per_people:
                high = low + (high - low) / 100
            middle = low + (high - low) / 2
            return (low, middle) if indicator.direction is Direction.HIGHER else (middle, low)
