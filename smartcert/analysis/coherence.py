"""Is the standard sound? The JRC's audit of a composite indicator over one round or any other index.

Everything here takes a `Standard`: a table of what adds up, the groups in it, and the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.statistics import Gaps, alpha, components, correlation_ratio
from smartcert.analysis.vector import Scorer
from smartcert.analysis.what_if import Change, what_if
from smartcert.errors import UsageError

SEPARATES_LITTLE = 0.05
"""A standard deviation of the share below which an indicator hardly tells anybody apart: a twentieth of its points."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Standard:
    """``shares`` (a row per unit, a column per indicator, NaN in a gap), weights per column, groups on two levels."""

    shares: pd.DataFrame
    weights: pd.Series[float]
    items: Mapping[str, Sequence[str]]
    domains: Mapping[str, Sequence[str]]

    @property
    def totals(self) -> pd.Series[float]:
        """Return the weighted sum of the shares of every unit; a gap counts as nothing."""
        return self.shares.fillna(0.0).mul(self.weights, axis=1).sum(axis=1)

    def parts(self, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
        """Return the weighted mean share of every unit in each group."""
        made = {
            key: self.shares[list(names)].fillna(0.0).mul(self.weights[list(names)], axis=1).sum(axis=1)
            / self.weights[list(names)].sum()
            for key, names in groups.items()
        }
        return pd.DataFrame(made)


def of_round(arrays: RoundArrays, scorer: Scorer | None = None) -> Standard:
    """Return the standard of a round: shares of points reached, points possible as weights."""
    index = pd.Index(arrays.ids, name="applicant")
    shares = pd.DataFrame((scorer or Scorer(arrays)).shares(), index=index, columns=list(arrays.names))
    names = list(arrays.names)
    return Standard(
        shares=shares.mask(arrays.gaps > 0),
        weights=pd.Series(arrays.points, index=names),
        items={item.id: names[item.columns] for item in arrays.items},
        domains={domain.id: names[domain.columns] for domain in arrays.domains},
    )


def reliability(standard: Standard) -> pd.DataFrame:
    """Return Cronbach's alpha of every item, every domain and the whole, listwise and pairwise, and standardised.

    Where it is refused, ``reason`` says why and the figures are NaN.
    """
    groups = {**standard.items, **standard.domains, "": list(standard.shares.columns)}
    rows = []
    for key, names in groups.items():
        table, row = standard.shares[list(names)], {"group": key, "indicators": len(names), "reason": ""}
        for gaps in Gaps:
            try:
                row[gaps.value] = alpha(table, gaps)
            except UsageError as refused:
                row[gaps.value], row["reason"] = np.nan, str(refused)
        try:
            row["standardised"] = alpha(table.loc[:, table.std() > 0], Gaps.LISTWISE, standardise=True)
        except UsageError:
            row["standardised"] = np.nan  # constant columns were all that was there
        rows.append(row)
    return pd.DataFrame(rows).set_index("group")


def dimensions(standard: Standard) -> pd.DataFrame:
    """Return, per item and domain, how much its first component explains and how many components pass 1 (Kaiser).

    ``one_dimension`` tells whether there is just one such component. Where it is refused ``reason`` says why.
    """
    rows = []
    for key, names in {**standard.items, **standard.domains}.items():
        row: dict[str, object] = {"group": key, "indicators": len(names), "reason": ""}
        try:
            explained, loadings = components(standard.shares[list(names)])
        except UsageError as refused:
            rows.append(row | {"first": np.nan, "components": pd.NA, "one_dimension": pd.NA, "reason": str(refused)})
            continue
        over = int((explained["eigenvalue"] > 1).sum())
        rows.append(
            row
            | {
                "first": float(explained["share"].iloc[0]),
                "components": over,
                "one_dimension": over <= 1,
                "against": ", ".join(str(name) for name in loadings.index[loadings[1] < 0]),
            }
        )
    return pd.DataFrame(rows).set_index("group")


def importance(standard: Standard) -> pd.DataFrame:
    """Return, per indicator: nominal weight, effective weight, importance, its share, correlation with the total.

    The effective weight is the share of the total's variance that the indicator carries: its covariance with the total
    over the total's variance (they add up to 1, one may be negative). Importance is the correlation ratio. ``ratio`` is
    the share of all importance over the nominal weight: 1 where an indicator matters as much as its weight says.

    Raises:
        UsageError: fewer than ten units, or totals that do not vary.
    """
    totals = standard.totals
    if totals.std() == 0:
        raise UsageError("all totals are equal, so no indicator can matter")
    nominal = standard.weights / standard.weights.sum()
    points = standard.shares.fillna(0.0).mul(standard.weights, axis=1)
    effective = points.apply(lambda column: column.cov(totals)) / totals.var()
    ratios = {
        name: correlation_ratio(points[name].to_numpy(np.float64), np.asarray(totals, dtype=np.float64))
        for name in standard.shares.columns
    }
    weight = pd.Series(ratios)
    share = weight / weight.sum()
    return pd.DataFrame(
        {
            "nominal": nominal,
            "effective": effective,
            "importance": weight,
            "importance_share": share,
            "ratio": share / nominal,
            "correlation": standard.shares.corrwith(totals),
        }
    ).rename_axis("indicator")


def left_out(arrays: RoundArrays, scorer: Scorer | None = None) -> pd.DataFrame:
    """Return what leaving out each indicator would do: moved levels, gains, losses, mean shift of points and of place.

    The points of the indicator go to all others in proportion.
    """
    made = scorer or Scorer(arrays)
    rows = []
    for name in arrays.names:
        table = what_if(arrays, Change(weights={name: 0.0}), made).table
        rows.append(
            {
                "indicator": name,
                "levels_moved": int((table["level"] != table["level_if"]).sum()),
                "gains": int((table["flips"] == "gains").sum()),
                "loses": int((table["flips"] == "loses").sum()),
                "points": float(table["moved"].abs().mean()),
                "places": float((table["place_if"] - table["place"]).abs().mean()),
            }
        )
    return pd.DataFrame(rows).set_index("indicator")


def separation(standard: Standard) -> pd.DataFrame:
    """Return how far each indicator tells units apart.

    Columns: deviation (of the share), distinct (different shares), commonest (share of units with the commonest share),
    separates ("nobody" where all are equal, "little" below a deviation of 0.05, else "").
    """
    shares = standard.shares
    deviation = shares.std(ddof=0).fillna(0.0)
    commonest = shares.apply(lambda column: column.round(9).value_counts(normalize=True).max())
    label = np.where(shares.nunique() <= 1, "nobody", np.where(deviation < SEPARATES_LITTLE, "little", ""))
    return pd.DataFrame(
        {
            "deviation": deviation,
            "distinct": shares.round(9).nunique(),
            "commonest": commonest,
            "separates": label,
        }
    ).rename_axis("indicator")


def burden(standard: Standard, scores: pd.DataFrame, effort: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return how heavy each indicator is to document for applicants, beside how far it tells them apart.

    ``scores`` is `frames.scores`. Without an ``effort`` of one's own (hours, say) the burden is the share of applicants
    to whom a value made trouble: it is a gap, names no document, was corrected at the desk or on site, or is weakly
    evidenced (estimated, personal, unknown). Qualitative indicators, which the committee judges, are left out without
    an effort. ``heavy_for_little`` marks a burden above the median where the deviation is below the median.
    """
    own = scores[scores["gap"].notna()].copy()
    corrected = ((own["claimed"] != own["desk"]) | (own["desk"] != own["confirmed"])) & own["confirmed"].notna()
    weak = own["grade"].isin(["estimated", "personal", "unknown"])
    own["trouble"] = (own["gap"] != "") | (own["evidence"] == "") | corrected | weak
    quantitative = set(own.loc[own["claimed"].notna() & (own["evidence"] != ""), "indicator"])
    troubles = own[own["indicator"].isin(quantitative)].groupby("indicator", sort=False)["trouble"].mean()
    heavy = troubles if effort is None else pd.Series(effort, dtype=float)
    told = separation(standard)["deviation"]
    made = pd.DataFrame({"burden": heavy, "deviation": told.reindex(heavy.index), "points": standard.weights})
    made = made.dropna(subset=["burden"])
    made["heavy_for_little"] = (made["burden"] > made["burden"].median()) & (made["deviation"] < told.median())
    return made.rename_axis("indicator")
