"""Kendall's W over rankings, with and without ties, and Fleiss' kappa over categories (Fleiss 1971)."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.agreement import Agreement, Refused, Table, complete, refusal
from smartcert.analysis.distributions import chi_square_above, normal_quantile

FEWEST_TARGETS = 5


def kendall_w(table: Table, *, ties: bool = True) -> Agreement | Refused:
    """Return Kendall's W: evaluators (columns) rank targets (rows). ``ties`` corrects for equal places.

    ``chance`` is the chi-square probability of as much concordance by chance.
    """
    form = "Kendall's W" if ties else "Kendall's W, ties not corrected"
    whole = complete(table)
    refused = refusal(form, whole, FEWEST_TARGETS)
    if refused is not None:
        return refused
    n, m = whole.shape
    ranks = np.stack([places(column) for column in whole.T], axis=1)
    sums = ranks.sum(axis=1)
    spread = float(((sums - sums.mean()) ** 2).sum())
    correction = float(sum(_tied(column) for column in whole.T)) if ties else 0.0
    value = 12 * spread / (m**2 * (n**3 - n) - m * correction)
    chance = chi_square_above(m * (n - 1) * value, n - 1)
    return Agreement(
        form=form,
        value=value,
        targets=n,
        evaluators=m,
        method=f"Kendall and Babington Smith 1939; chi-square of {n - 1} degrees",
        chance=chance,
    )


def places(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places from 1 on in ascending order; equal values share the mean of their places."""
    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse])


def _tied(column: NDArray[np.float64]) -> float:
    counts = np.unique(column, return_counts=True)[1]
    return float((counts**3 - counts).sum())


def categories(table: Table) -> NDArray[np.float64]:
    """Return how often each category was given to each target, for the targets without a gap."""
    whole = complete(table)
    values = np.unique(whole)
    if not len(values):
        return np.zeros((0, 0))
    return np.stack([(whole == value).sum(axis=1) for value in values], axis=1).astype(float)


def fleiss_kappa(counts: NDArray[np.float64], confidence: float = 0.95) -> Agreement | Refused:
    """Return kappa from the counts of categories (columns) per target (rows), each target with as many marks.

    The interval is that of the hypothesis of no agreement (Fleiss, Nee and Landis 1979) laid around the value.

    Raises:
        ValueError: targets have different numbers of marks.
    """
    form, targets = "Fleiss' kappa", counts.shape[0]
    marks = counts.sum(axis=1)
    if len(np.unique(marks)) > 1:
        raise ValueError("every target needs as many marks as the others")
    k = int(marks[0]) if targets else 0
    shares = counts.sum(axis=0) / counts.sum() if targets else np.zeros(0)
    chance = float((shares**2).sum())
    reason = "too_few_targets" if targets < FEWEST_TARGETS else "too_few_evaluators" if k < 2 else ""
    reason = reason or ("all_equal" if chance == 1 else "")
    if reason:
        return Refused(form=form, targets=targets, evaluators=k, reason=reason)
    observed = float(((counts**2).sum(axis=1) - k).mean() / (k * (k - 1)))
    value = (observed - chance) / (1 - chance)
    other = shares * (1 - shares)
    inner = float(other.sum()) ** 2 - float((other * (1 - 2 * shares)).sum())
    error = sqrt(2 * inner) / (float(other.sum()) * sqrt(targets * k * (k - 1)))
    reach = normal_quantile(1 - (1 - confidence) / 2) * error
    return Agreement(
        form=form,
        value=value,
        low=value - reach,
        high=value + reach,
        confidence=confidence,
        targets=targets,
        evaluators=k,
        method="Fleiss 1971; standard error of no agreement (Fleiss, Nee and Landis 1979)",
    )
