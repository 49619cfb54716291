"""JRC audit: correlation, PCA, alpha, outliers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.vectorised import Scorer
from smartcert.analysis.what_if import Change, what_if
from smartcert.errors import UsageError

# --- What the audits ask of a table of indicators: its moments, outliers, correlations, reliability, principal components.

SKEWNESS_LIMIT, KURTOSIS_LIMIT = 2.0, 3.5
"""A column is treated for outliers where it passes both (OECD/JRC Handbook on composite indicators, 2008)."""
NEGATIVE_BELOW, WEAK_BELOW, REDUNDANT_ABOVE = -0.4, 0.3, 0.9
"""Flags of correlations as COINr sets them: below, between the signs, and above."""


class GapHandling(StrEnum):
    """How a statistic over several columns treats gaps; results name it."""

    PAIRWISE = "pairwise"
    LISTWISE = "listwise"


def describe(table: pd.DataFrame) -> pd.DataFrame:
    """Return per column: available (share of units), number, mean, deviation, range, skewness, kurtosis, flag.

    Skewness and excess kurtosis are the sample ones of Fisher, as in the handbook (NaN with fewer than 3 and 4 values).
    ``outliers`` flags a column that passes both limits.
    """
    made = pd.DataFrame(
        {
            "available": table.notna().mean(),
            "number": table.notna().sum(),
            "mean": table.mean(),
            "deviation": table.std(),
            "lowest": table.min(),
            "highest": table.max(),
            "skewness": table.skew(),
            "kurtosis": table.kurt(),
        }
    )
    made["outliers"] = (made["skewness"].abs() > SKEWNESS_LIMIT) & (made["kurtosis"] > KURTOSIS_LIMIT)
    return made.rename_axis("indicator")


def treat_outliers(table: pd.DataFrame, most: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table with outliers drawn in, and a list of every value that was changed.

    Of a flagged column the farthest value on its long side is set to the next one, at most ``most`` times, until the
    column is flagged no more (winsorising). The list has the columns unit, indicator, before, after, flagged_still.
    """
    made, changed = table.astype(np.float64).copy(), []
    for name in table.columns:
        before = made[name].to_numpy(np.float64).copy()
        after = before.copy()
        for _ in range(most):
            if not _has_outliers(after):
                break
            sign = 1.0 if float(np.asarray(pd.Series(after).skew())) > 0 else -1.0
            farthest = np.nanmax(sign * after)
            others = sign * after < farthest
            after[sign * after == farthest] = sign * np.nanmax((sign * after)[others])
        made[name] = after
        still = _has_outliers(after)
        for at in np.flatnonzero((before != after) & ~np.isnan(before)):
            changed.append((table.index[int(at)], name, before[at], after[at], still))
    return made, pd.DataFrame(changed, columns=pd.Index(["unit", "indicator", "before", "after", "flagged_still"]))


def _has_outliers(values: Floats) -> bool:
    return bool(describe(pd.DataFrame({"values": values}))["outliers"].to_numpy()[0])


def correlations(table: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return every pair of columns: first, second, same_group, number, correlation, and a flag.

    Pearson's, from the units that have both values. Flags: "negative" (below -0.4) anywhere; "redundant" (above 0.9)
    anywhere; "weak" (between -0.4 and 0.3) within a group only, where things should belong together; "constant" where
    one does not vary among these units.
    """
    group = {name: key for key, names in groups.items() for name in names}
    matrix = table.corr()
    there = table.notna().to_numpy(np.int64)
    number, ratios, names = there.T @ there, matrix.to_numpy(np.float64), [str(name) for name in table.columns]
    rows = []
    for i, j in combinations(range(len(names)), 2):
        same = group.get(names[i]) is not None and group.get(names[i]) == group.get(names[j])
        value = float(ratios[i, j])
        rows.append((names[i], names[j], same, int(number[i, j]), value, _flag_correlation(value, same)))
    return pd.DataFrame(rows, columns=pd.Index(["first", "second", "same_group", "number", "correlation", "flag"]))


def _flag_correlation(value: float, same: bool) -> str:
    if np.isnan(value):
        return "constant"
    if value < NEGATIVE_BELOW:
        return "negative"
    if value > REDUNDANT_ABOVE:
        return "redundant"
    return "weak" if same and value < WEAK_BELOW else ""


def cronbach_alpha(table: pd.DataFrame, gaps: GapHandling = GapHandling.LISTWISE, standardise: bool = False) -> float:
    """Return Cronbach's alpha of the columns.

    Listwise takes the units that have every value; pairwise takes each covariance from the units that have both.

    Raises:
        UsageError: fewer than two columns, or fewer than three units (of a pair) to take a covariance from.
    """
    if table.shape[1] < 2:
        raise UsageError("Cronbach's alpha needs at least two indicators")
    chosen = table.dropna() if gaps is GapHandling.LISTWISE else table
    there = chosen.notna().astype(int)
    fewest = int((there.T @ there).to_numpy().min())
    if fewest < 3:
        raise UsageError(f"Cronbach's alpha ({gaps.value}) needs at least three units, there are {fewest}")
    covariance = (chosen.corr() if standardise else chosen.cov()).to_numpy()
    number = covariance.shape[0]
    return float(number / (number - 1) * (1 - np.trace(covariance) / covariance.sum()))


def principal_components(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the principal components of the correlation matrix, and the loadings of each column on them.

    From the units that have every value. The first table has eigenvalue, share and cumulated share of the variance per
    component. Every component points to where most of its loadings are positive. Constant columns are left out of both.

    Raises:
        UsageError: fewer than two columns that vary, or fewer than three units with every value.
    """
    whole = table.dropna()
    varying = whole.loc[:, whole.std() > 0] if len(whole) >= 3 else whole.iloc[:, :0]
    if varying.shape[1] < 2:
        raise UsageError("principal components need two indicators that vary over three units with every value")
    values, vectors = np.linalg.eigh(np.corrcoef(varying.to_numpy(), rowvar=False))
    order = np.argsort(values)[::-1]
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    vectors = vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    names = pd.Index(range(1, values.size + 1), name="component")
    share = values / values.sum()
    explained = pd.DataFrame({"eigenvalue": values, "share": share, "cumulated": share.cumsum()}, index=names)
    loadings = pd.DataFrame(vectors * np.sqrt(values), index=varying.columns.rename("indicator"), columns=names)
    return explained, loadings


def correlation_ratio(x: Floats, y: Floats) -> float:
    """Return the share of the variance of ``y`` that the curve of ``y`` over ``x`` explains, from 0 to 1.

    Also called the main effect or importance (Paruolo, Saisana and Saltelli 2013). The curve is a local straight line
    with a Gaussian kernel of Silverman's width; over few distinct values of ``x`` it is the mean at each.

    Raises:
        UsageError: fewer than ten units with both values.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if x.size < 10:
        raise UsageError(f"a correlation ratio needs at least ten units, there are {x.size}")
    if x.std() == 0 or y.std() == 0:
        return 0.0
    distinct, place = np.unique(x, return_inverse=True)
    if distinct.size <= max(2, x.size // 10):
        curve = (np.bincount(place, y) / np.bincount(place))[place]
    else:
        curve = _fit_local_line(x, y)
    return float(np.clip(curve.var() / y.var(), 0.0, 1.0))


def _fit_local_line(x: Floats, y: Floats) -> Floats:
    width = 1.06 * x.std() * x.size**-0.2
    away = x[None, :] - x[:, None]
    weight = np.exp(-0.5 * (away / width) ** 2)
    s0, s1, s2 = (np.sum(weight * away**power, axis=1) for power in (0, 1, 2))
    t0, t1 = (np.sum(weight * away**power * y[None, :], axis=1) for power in (0, 1))
    below = s0 * s2 - s1**2
    flat = below <= 1e-12 * s0 * s2
    line: Floats = np.where(flat, t0 / s0, (s2 * t0 - s1 * t1) / np.where(flat, 1.0, below))
    return line


# --- Is the standard sound? The JRC's audit of a composite indicator over one round or any other index.

LOW_DEVIATION = 0.05
"""A standard deviation of the share below which an indicator hardly tells anybody apart: a twentieth of its points."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IndicatorTable:
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


def build_indicator_table(arrays: RoundArrays, scorer: Scorer | None = None) -> IndicatorTable:
    """Return the standard of a round: shares of points reached, points possible as weights."""
    index = pd.Index(arrays.ids, name="applicant")
    shares = pd.DataFrame((scorer or Scorer(arrays)).shares(), index=index, columns=list(arrays.names))
    names = list(arrays.names)
    return IndicatorTable(
        shares=shares.mask(arrays.gaps > 0),
        weights=pd.Series(arrays.points, index=names),
        items={item.id: names[item.columns] for item in arrays.items},
        domains={domain.id: names[domain.columns] for domain in arrays.domains},
    )


def measure_reliability(standard: IndicatorTable) -> pd.DataFrame:
    """Return Cronbach's alpha of every item, every domain and the whole, listwise and pairwise, and standardised.

    Where it is refused, ``reason`` says why and the figures are NaN.
    """
    groups = {**standard.items, **standard.domains, "": list(standard.shares.columns)}
    rows = []
    for key, names in groups.items():
        table, row = standard.shares[list(names)], {"group": key, "indicators": len(names), "reason": ""}
        for gaps in GapHandling:
            try:
                row[gaps.value] = cronbach_alpha(table, gaps)
            except UsageError as refused:
                row[gaps.value], row["reason"] = np.nan, str(refused)
        try:
            row["standardised"] = cronbach_alpha(table.loc[:, table.std() > 0], GapHandling.LISTWISE, standardise=True)
        except UsageError:
            row["standardised"] = np.nan  # constant columns were all that was there
        rows.append(row)
    return pd.DataFrame(rows).set_index("group")


def count_dimensions(standard: IndicatorTable) -> pd.DataFrame:
    """Return, per item and domain, how much its first component explains and how many components pass 1 (Kaiser).

    ``one_dimension`` tells whether there is just one such component. Where it is refused ``reason`` says why.
    """
    rows = []
    for key, names in {**standard.items, **standard.domains}.items():
        row: dict[str, object] = {"group": key, "indicators": len(names), "reason": ""}
        try:
            explained, loadings = principal_components(standard.shares[list(names)])
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


def measure_importance(standard: IndicatorTable) -> pd.DataFrame:
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


def leave_one_out(arrays: RoundArrays, scorer: Scorer | None = None) -> pd.DataFrame:
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


def measure_separation(standard: IndicatorTable) -> pd.DataFrame:
    """Return how far each indicator tells units apart.

    Columns: deviation (of the share), distinct (different shares), commonest (share of units with the commonest share),
    separates ("nobody" where all are equal, "little" below a deviation of 0.05, else "").
    """
    shares = standard.shares
    deviation = shares.std(ddof=0).fillna(0.0)
    commonest = shares.apply(lambda column: column.round(9).value_counts(normalize=True).max())
    label = np.where(shares.nunique() <= 1, "nobody", np.where(deviation < LOW_DEVIATION, "little", ""))
    return pd.DataFrame(
        {
            "deviation": deviation,
            "distinct": shares.round(9).nunique(),
            "commonest": commonest,
            "separates": label,
        }
    ).rename_axis("indicator")


def measure_burden(
    standard: IndicatorTable, scores: pd.DataFrame, effort: Mapping[str, float] | None = None
) -> pd.DataFrame:
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
    told = measure_separation(standard)["deviation"]
    made = pd.DataFrame({"burden": heavy, "deviation": told.reindex(heavy.index), "points": standard.weights})
    made = made.dropna(subset=["burden"])
    made["heavy_for_little"] = (made["burden"] > made["burden"].median()) & (made["deviation"] < told.median())
    return made.rename_axis("indicator")
