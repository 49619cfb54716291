"""How many digits points are shown with: as many as the rounding that was ordered last before them."""

from __future__ import annotations

from fractions import Fraction

from smartcert.model.indicator import Step
from smartcert.model.scorecard import Scorecard
from smartcert.reporting.figures import Amount

_ORDER = tuple(Step)


def digits_at(card: Scorecard, step: Step) -> int:
    """Return the digits after the point that numbers have at ``step``; 0 where nothing was rounded before."""
    done = _ORDER[: _ORDER.index(step) + 1]
    ordered = [card.round_at(one) for one in reversed(done) if one not in (Step.MEASURE, Step.MARK)]
    return next((rounding.digits for rounding in ordered if rounding is not None), 0)


def total(card: Scorecard, value: Fraction) -> Amount:
    """Return an amount with the digits of the total."""
    return Amount(value=value, digits=digits_at(card, Step.TOTAL))


def part(card: Scorecard, value: Fraction) -> Amount:
    """Return an amount with the digits of an indicator, as sums before the total have them."""
    return Amount(value=value, digits=digits_at(card, Step.INDICATOR))
