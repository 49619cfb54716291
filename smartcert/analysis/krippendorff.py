"""Krippendorff's alpha with any number of evaluators, any gaps, in four metrics (Krippendorff 2011)."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.agreement import Agreement, Refused, Table

FEWEST_TARGETS = 5
_METHOD = "Krippendorff 2011; coincidences of all pairs of marks on a target, gaps left out"


class Metric(StrEnum):
    """How far two marks are apart."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def alpha(table: Table, metric: Metric) -> Agreement | Refused:
    """Return alpha over the targets with at least two marks, or why it is refused."""
    form = f"alpha ({metric})"
    pairable = table[(~np.isnan(table)).sum(axis=1) >= 2]
    targets, evaluators = pairable.shape
    if targets < FEWEST_TARGETS:
        return Refused(form=form, targets=targets, evaluators=evaluators, reason="too_few_targets")
    values = np.unique(pairable[~np.isnan(pairable)])
    if len(values) < 2:
        return Refused(form=form, targets=targets, evaluators=evaluators, reason="all_equal")
    counts = np.stack([(pairable == value).sum(axis=1) for value in values], axis=1).astype(float)
    marks = counts.sum(axis=1)
    coincidences = (counts.T / (marks - 1)) @ counts - np.diag((counts / (marks - 1)[:, None]).sum(axis=0))
    totals = coincidences.sum(axis=1)
    apart = _apart(values, totals, metric)
    observed = float((coincidences * apart).sum())
    expected = float((np.outer(totals, totals) * apart).sum() / (totals.sum() - 1))
    return Agreement(form=form, value=1 - observed / expected, targets=targets, evaluators=evaluators, method=_METHOD)


def _apart(values: NDArray[np.float64], totals: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    one, other = values[:, None], values[None, :]
    match metric:
        case Metric.NOMINAL:
            return np.asarray(one != other, dtype=float)
        case Metric.INTERVAL:
            return np.asarray((one - other) ** 2)
        case Metric.RATIO:
            whole = np.where(one + other == 0, 1, one + other)
            return np.asarray(((one - other) / whole) ** 2)
        case Metric.ORDINAL:
            upto = np.cumsum(totals) - totals / 2
            return np.asarray((upto[:, None] - upto[None, :]) ** 2)
