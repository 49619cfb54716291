"""Intraclass correlation in the six forms of Shrout and Fleiss (1979), with their confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass

from smartcert.analysis.agreement import Agreement, Refused, Table, complete, refusal
from smartcert.analysis.distributions import f_quantile

FEWEST_TARGETS = 5
"""With fewer targets the interval is as wide as the scale; no figure is given."""

_METHOD = "Shrout and Fleiss 1979; mean squares of the two-way analysis of variance over rows without a gap"


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanSquares:
    """Mean squares between targets, within targets, between evaluators, and of the residual."""

    targets: int
    evaluators: int
    between: float
    within: float
    judges: float
    error: float


def mean_squares(table: Table) -> MeanSquares:
    """Return the mean squares of a table without gaps."""
    n, k = table.shape
    grand = table.mean()
    between = k * float(((table.mean(axis=1) - grand) ** 2).sum())
    judges = n * float(((table.mean(axis=0) - grand) ** 2).sum())
    within = float(((table - table.mean(axis=1, keepdims=True)) ** 2).sum())
    return MeanSquares(
        targets=n,
        evaluators=k,
        between=between / (n - 1),
        within=within / (n * (k - 1)),
        judges=judges / (k - 1),
        error=max(within - judges, 0.0) / ((n - 1) * (k - 1)),
    )


def icc(table: Table, confidence: float = 0.95) -> tuple[Agreement | Refused, ...]:
    """Return ICC(1,1), (2,1), (3,1), (1,k), (2,k), (3,k) over the rows without a gap, or why each is refused."""
    whole = complete(table)
    forms = [f"ICC({case},{size})" for size in ("1", "k") for case in (1, 2, 3)]
    refused = [refusal(form, whole, FEWEST_TARGETS) for form in forms]
    if refused[0] is not None:
        return tuple(one for one in refused if one is not None)
    squares = mean_squares(whole)
    singles = (_one_way(squares, confidence), _two_way_random(squares, confidence), _two_way_mixed(squares, confidence))
    k = squares.evaluators
    figures = [*singles, *(tuple(_of_mean(value, k) for value in single) for single in singles)]
    return tuple(
        Agreement(
            form=form,
            value=value,
            low=low,
            high=high,
            confidence=confidence,
            targets=squares.targets,
            evaluators=k,
            method=_METHOD,
        )
        for form, (value, low, high) in zip(forms, figures, strict=True)
    )


_Figure = tuple[float, ...]


def _of_mean(single: float, k: int) -> float:
    """Return the reliability of a mean of ``k`` from that of one (Spearman-Brown); the forms (., k) are exactly it."""
    return k * single / (1 + (k - 1) * single)


def _one_way(ms: MeanSquares, confidence: float) -> _Figure:
    n, k = ms.targets, ms.evaluators
    return _ratio(ms.between, ms.within, k, (n - 1, n * (k - 1)), confidence)


def _two_way_mixed(ms: MeanSquares, confidence: float) -> _Figure:
    n, k = ms.targets, ms.evaluators
    return _ratio(ms.between, ms.error, k, (n - 1, (n - 1) * (k - 1)), confidence)


def _ratio(between: float, other: float, k: int, degrees: tuple[int, int], confidence: float) -> _Figure:
    if between == other == 0:
        return 0.0, 0.0, 0.0  # targets do not differ at all: nothing of what is seen is theirs
    value = (between - other) / (between + (k - 1) * other)
    if other == 0:
        return value, value, value
    tail, ratio = 1 - (1 - confidence) / 2, between / other
    lowest = ratio / f_quantile(tail, *degrees)
    highest = ratio * f_quantile(tail, degrees[1], degrees[0])
    return value, (lowest - 1) / (lowest + k - 1), (highest - 1) / (highest + k - 1)


def _two_way_random(ms: MeanSquares, confidence: float) -> _Figure:
    n, k, error = ms.targets, ms.evaluators, ms.error
    value = (ms.between - error) / (ms.between + (k - 1) * error + k * (ms.judges - error) / n)
    if error == 0:
        return value, value, value
    ratio, tail = ms.judges / error, 1 - (1 - confidence) / 2
    spread = n * (1 + (k - 1) * value) - k * value
    degrees = (k - 1) * (n - 1) * (k * value * ratio + spread) ** 2
    degrees /= (n - 1) * k**2 * value**2 * ratio**2 + spread**2
    upper, lower = f_quantile(tail, n - 1, degrees), f_quantile(tail, degrees, n - 1)
    rest = k * ms.judges + (k * n - k - n) * error
    low = n * (ms.between - upper * error) / (upper * rest + n * ms.between)
    high = n * (lower * ms.between - error) / (rest + n * lower * ms.between)
    return value, float(low), float(high)
