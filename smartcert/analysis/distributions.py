"""What are quantiles and tails of the distributions that statistics are compared with?

SciPy would add 100 MB to every installation for these few functions; the tests compare them with it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

_TINY, _CONVERGED = 1e-300, 1e-15
_MAX_STEPS = 500


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return NormalDist().inv_cdf(probability)


def f_quantile(probability: float, first: float, second: float) -> float:
    """Return the quantile of the F distribution with two degrees of freedom, whole numbers or not.

    >>> round(f_quantile(0.95, 5, 15), 2), round(f_quantile(0.975, 5, 18), 2)
    (2.9, 3.38)
    """
    return _invert_cdf(lambda value: f_cdf(value, first, second), probability)


def f_cdf(value: float, first: float, second: float) -> float:
    """Return the probability of at most ``value`` under the F distribution."""
    if value <= 0:
        return 0.0
    return incomplete_beta(first * value / (first * value + second), first / 2, second / 2)


def t_quantile(probability: float, degrees: float) -> float:
    """Return the quantile of Student's t distribution.

    >>> round(t_quantile(0.975, 10), 3)
    2.228
    """
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees)
    return sqrt(f_quantile(2 * probability - 1, 1, degrees)) if probability > 0.5 else 0.0


def chi_square_tail(value: float, degrees: int) -> float:
    """Return the probability of more than ``value`` under chi-square, as the limit of F with very many degrees.

    >>> round(chi_square_tail(18.307, 10), 3)
    0.05
    """
    return 1 - f_cdf(value / degrees, degrees, 1e7)


def incomplete_beta(at: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function: the share of the beta distribution up to ``at``."""
    if at <= 0:
        return 0.0
    if at >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(at) + b * log1p(-at))
    if at < (a + 1) / (a + b + 2):
        return front * _continued_fraction(at, a, b) / a
    return 1 - front * _continued_fraction(1 - at, b, a) / b


def _continued_fraction(at: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function by the method of Lentz."""
    c, d = 1.0, 1 / _avoid_zero(1 - (a + b) * at / (a + 1))
    fraction = d
    for step in range(1, _MAX_STEPS):
        twice = 2 * step
        even = step * (b - step) * at / ((a + twice - 1) * (a + twice))
        odd = -(a + step) * (a + b + step) * at / ((a + twice) * (a + twice + 1))
        change = 1.0
        for part in (even, odd):
            d = 1 / _avoid_zero(1 + part * d)
            c = _avoid_zero(1 + part / c)
            change = d * c
            fraction *= change
        if abs(change - 1) < _CONVERGED:
            break
    return fraction


def _avoid_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _invert_cdf(cdf: Callable[[float], float], probability: float) -> float:
    low, high = 0.0, 1.0
    while cdf(high) < probability:
        low, high = high, high * 2
        if high == inf:
            return inf
    while low < (middle := (low + high) / 2) < high:  # until no float lies between them
        low, high = (middle, high) if cdf(middle) < probability else (low, middle)
    return middle


def correlation_chance(correlation: float, number: int) -> float:
    """Return the two-sided probability of a correlation at least as far from 0, were there none, over so many pairs.

    By Student's t with two degrees of freedom less than pairs; NaN for fewer than three pairs or no correlation.

    >>> round(correlation_chance(0.5, 20), 4)
    0.0248
    """
    if number < 3 or not abs(correlation) <= 1 + 1e-9:
        return float("nan")
    square = min(correlation * correlation, 1.0)
    return incomplete_beta(1 - square, (number - 2) / 2, 0.5) if square < 1 else 0.0
