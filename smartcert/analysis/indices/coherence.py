"""Do the indicators of a round, or of any index, belong together and separate the units? The audit of the JRC.

Shapes: N units (applicants), J indicators. The steps and limits are those of the OECD/JRC Handbook on constructing
composite indicators (2008) and of the package COINr where the handbook names none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import combinations

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_confidence, check_numeric, check_weights, parse_choice
from smartcert.analysis.arrays import Bools, Floats, RoundArrays
from smartcert.analysis.distributions import correlation_chance, f_quantile
from smartcert.analysis.indices.treat import KURTOSIS_LIMIT, SKEWNESS_LIMIT
from smartcert.analysis.ranks import correlate, varies
from smartcert.analysis.scales import TOLERANCE
from smartcert.analysis.vectorised import Scorer, choose_scorer
from smartcert.analysis.what_if import Change, what_if
from smartcert.argument_types import check_arguments, check_fields
from smartcert.errors import UsageError, suggest
from smartcert.lazy_dataclass import dataclass
from smartcert.model.indicator import Section
from smartcert.representation import describe_briefly

NEGATIVE_BELOW, WEAK_BELOW, REDUNDANT_ABOVE = -0.4, 0.3, 0.9
"""Limits of flagged correlations, as COINr sets them."""


class GapHandling(StrEnum):
    """How a statistic over several columns treats gaps; results name it."""

    PAIRWISE = "pairwise"
    LISTWISE = "listwise"


def _select_complete(values: Floats) -> Floats:
    complete: Floats = values[~np.isnan(values).any(axis=1)]
    return complete


def _find_varying(values: Floats) -> Bools:
    """Return which columns (J,) of an array (N, J) vary."""
    return np.fromiter(map(varies, values.T), dtype=bool, count=values.shape[1])


def _list_columns(table: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> dict[str, Floats]:
    """Return the columns (N, J) of each group of a table that was checked."""
    place = {name: j for j, name in enumerate(table.columns)}
    values = table.to_numpy(np.float64)
    return {key: np.ascontiguousarray(values[:, [place[name] for name in names]]) for key, names in groups.items()}


def describe(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per column of a table (N, J) with its moments and whether it has outliers.

    Columns: available (share of units), number, mean, deviation, lowest, highest, skewness, kurtosis, outliers.
    Deviation, skewness and excess kurtosis are those of the sample, corrected for bias (NaN with fewer than 2, 3 and 4
    values, and the latter two where a column does not vary). ``outliers`` flags a column at or above both limits.
    """
    table = check_numeric(table)
    vary = _find_varying(table.to_numpy(np.float64))
    moments = pd.DataFrame(
        {
            "available": table.notna().mean(),
            "number": table.notna().sum(),
            "mean": table.mean(),
            "deviation": table.std(),
            "lowest": table.min(),
            "highest": table.max(),
            "skewness": table.skew().where(vary),
            "kurtosis": table.kurt().where(vary),
        }
    )
    moments["outliers"] = (moments["skewness"].abs() >= SKEWNESS_LIMIT) & (moments["kurtosis"] >= KURTOSIS_LIMIT)
    return moments.rename_axis("indicator")


def correlations(table: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return every pair of columns: first, second, same_group, number, correlation, chance, and a flag.

    Pearson's, from the ``number`` of units that have both values, NaN from fewer than three; ``chance`` is the
    two-sided probability of one at least as far from 0, were there none. Flags: "negative" (below -0.4) anywhere;
    "redundant" (above 0.9) anywhere; "weak" (from -0.4 to below 0.3) within a group only, where indicators should
    belong together; "constant" where one does not vary among these units, or they are fewer than three.
    """
    group = {name: key for key, names in groups.items() for name in names}
    table = check_numeric(table)
    constant = [not varies(column) for column in table.to_numpy(np.float64).T]
    matrix = table.corr(min_periods=3).mask(np.logical_or.outer(constant, constant))
    present = table.notna().to_numpy(np.int64)
    number, ratios, names = present.T @ present, matrix.to_numpy(np.float64), [str(name) for name in table.columns]
    rows = []
    for i, j in combinations(range(len(names)), 2):
        same = group.get(names[i]) is not None and group.get(names[i]) == group.get(names[j])
        value = float(ratios[i, j])
        chance = correlation_chance(value, int(number[i, j]))
        rows.append((names[i], names[j], same, int(number[i, j]), value, chance, _flag_correlation(value, same)))
    columns = ["first", "second", "same_group", "number", "correlation", "chance", "flag"]
    return pd.DataFrame(rows, columns=pd.Index(columns))


def _flag_correlation(value: float, same: bool) -> str:
    if np.isnan(value):
        return "constant"
    if value < NEGATIVE_BELOW:
        return "negative"
    if value > REDUNDANT_ABOVE:
        return "redundant"
    return "weak" if same and value < WEAK_BELOW else ""


def cronbach_alpha(table: pd.DataFrame, gaps: GapHandling = GapHandling.LISTWISE, standardise: bool = False) -> float:
    """Return Cronbach's alpha of the columns of a table (N, J): 1 where they all measure one thing (Cronbach 1951).

    With ``standardise`` it is that of the correlations instead of the covariances. Listwise takes the units that have
    every value; pairwise takes each covariance from the units that have both.

    Raises:
        UsageError: fewer than two columns, fewer than three units (of a pair) to take a covariance from, or a sum of
            the columns that does not vary.
    """
    chosen = parse_choice("handling of gaps", gaps, GapHandling)
    return _compute_alpha(check_numeric(table).to_numpy(np.float64), chosen, standardise)


def _compute_alpha(values: Floats, gaps: GapHandling, standardise: bool = False) -> float:
    """Return `cronbach_alpha` of the values (N, J) of a table that was checked."""
    if values.shape[1] < 2:
        raise UsageError("Cronbach's alpha needs at least two indicators")
    if gaps is GapHandling.LISTWISE:
        values = _select_complete(values)
    present = (~np.isnan(values)).astype(np.int64)
    fewest = int((present.T @ present).min())
    if fewest < 3:
        raise UsageError(f"Cronbach's alpha ({gaps.value}) needs at least three units, there are {fewest}")
    chosen = pd.DataFrame(values)
    covariance = (chosen.corr() if standardise else chosen.cov()).to_numpy()
    number, total = covariance.shape[0], float(covariance.sum())
    if not any(map(varies, values.T)):
        raise UsageError("Cronbach's alpha needs indicators that vary: none does")
    if not total > TOLERANCE * max(float(np.trace(covariance)), 1e-300):
        raise UsageError("Cronbach's alpha needs indicators that vary together: their sum is the same for every unit")
    return float(number / (number - 1) * (1 - np.trace(covariance) / total))


@check_arguments
def alpha_interval(table: pd.DataFrame, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return Cronbach's alpha of a table (N, J) and both ends of its interval, over units with every value.

    The interval is Feldt's (1965), by the F distribution with N - 1 and (N - 1)(J - 1) degrees of freedom.

    >>> table = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "b": [2.0, 1, 4, 3, 5], "c": [1.0, 3, 2, 4, 5]})
    >>> [round(value, 3) for value in alpha_interval(table)]
    [0.892, 0.454, 0.988]

    Raises:
        UsageError: as `cronbach_alpha`, or a confidence that is not between 0 and 1.
    """
    check_confidence(confidence)
    alpha, units = cronbach_alpha(table), int(check_numeric(table).dropna().shape[0])
    degrees = (units - 1, (units - 1) * (table.shape[1] - 1))
    tail = (1 - confidence) / 2
    low, high = (1 - (1 - alpha) * f_quantile(end, *degrees) for end in (1 - tail, tail))
    return alpha, low, high


def principal_components(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the principal components of the correlation matrix of a table (N, J), and the loadings of each column.

    From the units that have every value. The first table has eigenvalue, share and cumulated share of the variance per
    component, the second a row per column and a column per component. The sign of a component is chosen so that its
    loadings sum up to 0 or more. Constant columns are left out of both.

    Raises:
        UsageError: fewer than two columns that vary, or fewer than three units with every value.
    """
    table = check_numeric(table)
    values, loadings, varying = _find_components(table.to_numpy(np.float64))
    names = pd.Index(range(1, values.size + 1), name="component")
    share = values / values.sum()
    explained = pd.DataFrame({"eigenvalue": values, "share": share, "cumulated": share.cumsum()}, index=names)
    columns = table.columns[varying].rename("indicator")
    return explained, pd.DataFrame(loadings, index=columns, columns=names)


def _find_components(values: Floats) -> tuple[Floats, Floats, Bools]:
    """Return eigenvalues (K,) and loadings (K, K) of `principal_components`, and which columns (J,) they are of."""
    complete = _select_complete(values)
    varying = _find_varying(complete) if len(complete) >= 3 else np.zeros(values.shape[1], dtype=bool)
    if varying.sum() < 2:
        raise UsageError("principal components need two indicators that vary over three units with every value")
    values, vectors = np.linalg.eigh(np.corrcoef(complete[:, varying], rowvar=False))
    order = np.argsort(values)[::-1]
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    vectors = vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    return values, vectors * np.sqrt(values), varying


def correlation_ratio(x: Floats, y: Floats) -> float:
    """Return the share of the variance of ``y`` (N,) that the curve of ``y`` over ``x`` (N,) explains, from 0 to 1.

    Also called the main effect or importance (Paruolo, Saisana and Saltelli 2013). The curve is a local straight line
    with a Gaussian kernel of Silverman's width; over few distinct values of ``x`` it is the mean at each.

    Raises:
        UsageError: fewer than ten units with both values.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if x.size < 10:
        raise UsageError(f"a correlation ratio needs at least ten units, there are {x.size}")
    if not (varies(x) and varies(y)):
        return 0.0
    distinct, group = np.unique(x, return_inverse=True)
    if distinct.size <= max(2, x.size // 10):
        curve = (np.bincount(group, y) / np.bincount(group))[group]
    else:
        curve = _fit_local_line(x, y)
    return float(np.clip(curve.var() / y.var(), 0.0, 1.0))


def _fit_local_line(x: Floats, y: Floats) -> Floats:
    width = 1.06 * x.std() * x.size**-0.2
    distance = x[None, :] - x[:, None]
    weight = np.exp(-0.5 * (distance / width) ** 2)
    s0, s1, s2 = (np.sum(weight * distance**power, axis=1) for power in (0, 1, 2))
    t0, t1 = (np.sum(weight * distance**power * y[None, :], axis=1) for power in (0, 1))
    below = s0 * s2 - s1**2
    flat = below <= 1e-12 * s0 * s2
    line: Floats = np.where(flat, t0 / s0, (s2 * t0 - s1 * t1) / np.where(flat, 1.0, below))
    return line


LOW_DEVIATION = 0.05
"""A standard deviation of the share below which an indicator hardly separates units: a twentieth of its points."""


class TotalsSource(StrEnum):
    """Whose totals an audit looks at."""

    ROUND = "round"
    """The official totals of a round: points that count, with gaps, spreading and rounding as ordered."""
    INDEX = "index"
    """The values of a composite index, with its own means."""
    SHARES = "shares"
    """The weighted sums of a table of shares; a unit that lacks a value has no total."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IndicatorTable:
    """What is audited: ``shares`` (N, J; NaN where missing), ``weights`` (J,), groups of indicators on two levels.

    >>> import smartcert
    >>> table = pd.DataFrame({"a": [0.5, 1.0], "b": [0.0, 1.0]}, index=["x", "y"])
    >>> smartcert.IndicatorTable.from_shares(table, {"a": 3.0}).totals.to_dict()
    {'x': 1.5, 'y': 4.0}
    """

    __repr__ = describe_briefly

    shares: pd.DataFrame
    weights: pd.Series[float]
    items: Mapping[str, Sequence[str]]
    domains: Mapping[str, Sequence[str]]
    totals: pd.Series[float]
    """The totals (N,) as they count: with rounding, gaps and means as the round or the index has them; NaN: none."""
    group_values: pd.DataFrame
    """The values (N, items and domains) of the groups as they count: shares of their points, or values of the index."""
    totals_of: TotalsSource
    """Whose totals they are."""
    points: pd.DataFrame | None = None
    """What each indicator adds to the total (N, J); None where totals are no sums, as of a geometric index."""

    def __post_init__(self) -> None:
        """Read the source that is given by value, and check that all parts are of the same units and indicators.

        Raises:
            UsageError: they are not; says which.
        """
        check_fields(self, "shares", "weights", "totals", "group_values")
        object.__setattr__(self, "totals_of", parse_choice("source of totals", self.totals_of, TotalsSource))
        names = list(self.shares.columns)
        if list(self.weights.index) != names:
            raise UsageError("weights: one for each indicator is wanted, in the order of the shares")
        for name in (name for part in (self.items, self.domains) for group in part.values() for name in group):
            if name not in names:
                raise UsageError(f"groups: no indicator '{name}'{suggest(name, names)}")
        for what, own in (("totals", self.totals), ("group_values", self.group_values)):
            if not own.index.equals(self.shares.index):
                raise UsageError(f"{what}: they are of the units of the shares, in their order")

    @classmethod
    @check_arguments
    def from_shares(
        cls,
        shares: pd.DataFrame,
        weights: Mapping[str, float] | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
    ) -> IndicatorTable:
        """Return what is audited of a table of shares (N, J) alone: totals are weighted sums of the shares.

        Weights are 1 by default; ``groups`` are items by name. A unit that lacks a value has no total, and a group that
        lacks one no value.

        >>> IndicatorTable.from_shares(pd.DataFrame({"a": [0.5, 1.0], "b": [0.0, 1.0]})).totals.tolist()
        [0.5, 2.0]

        Raises:
            UsageError: the table, a weight or a group is none; says which.
        """
        own = check_numeric(shares)
        names = [str(name) for name in own.columns]
        check_weights("weights", weights or {})
        grouped = [name for part in (groups or {}).values() for name in part]
        if len(set(grouped)) < len(grouped):
            raise UsageError("groups: an indicator stands in one group, once")
        if weights and names and not any(weights.get(name, 1.0) for name in names):
            raise UsageError("weights: at least one above 0 is wanted")
        for what, known in (("weights", weights), ("groups", grouped)):
            for name in known or ():
                if name not in names:
                    raise UsageError(f"{what}: no indicator '{name}'{suggest(name, names)}")
        weight = pd.Series({name: float((weights or {}).get(name, 1.0)) for name in names}, dtype=float)
        items = {key: list(part) for key, part in (groups or {"all": names}).items()}
        points = own.mul(weight, axis=1)
        return cls(
            shares=own,
            weights=weight,
            items=items,
            domains={},
            totals=points.sum(axis=1, skipna=False).rename("total"),
            group_values=pd.DataFrame(
                {key: points[part].sum(axis=1, skipna=False) / weight[part].sum() for key, part in items.items()}
            ),
            totals_of=TotalsSource.SHARES,
            points=points,
        )


def build_indicator_table(arrays: RoundArrays, scorer: Scorer | None = None) -> IndicatorTable:
    """Return the shares of points reached, unrounded, and the points possible; a UsageError if nobody was scored."""
    if not arrays.ids:
        raise UsageError("no applicant was scored, so there are no indicators to look into")
    own = choose_scorer(arrays, scorer)
    index, names = pd.Index(arrays.ids, name="applicant"), list(arrays.names)
    shares = pd.DataFrame(own.shares(), index=index, columns=names)
    out_of = {section.id: section.points for domain in arrays.edition.domains for section in _walk_sections(domain)}
    items = {item.id: names[item.columns] for item in arrays.items if out_of[item.id]}
    domains = {domain.id: names[domain.columns] for domain in arrays.domains if out_of[domain.id]}
    groups = [*items, *domains]  # those of prerequisites alone have no share
    counted, sums = own.exact.count_points(own.setting), own.exact.score(own.setting)
    return IndicatorTable(
        shares=shares.mask(arrays.gaps > 0),
        weights=pd.Series(arrays.points, index=names),
        items=items,
        domains=domains,
        totals=pd.Series(own.official.totals[0], index=index, name="total"),
        points=pd.DataFrame(
            [[np.nan if row is None else float(row[name]) for name in names] for row in counted],
            index=index,
            columns=names,
        ),
        group_values=pd.DataFrame(
            [[np.nan if row is None else float(row.sections[name] / out_of[name]) for name in groups] for row in sums],
            index=index,
            columns=groups,
        ).loc[:, lambda frame: ~frame.columns.duplicated()],
        totals_of=TotalsSource.ROUND,
    )


def _walk_sections(section: Section) -> Iterator[Section]:
    yield section
    for part in section.sections:
        yield from _walk_sections(part)


def measure_reliability(table: IndicatorTable) -> pd.DataFrame:
    """Return Cronbach's alpha of every item, every domain and all indicators (""): listwise, pairwise, standardised.

    Where it cannot be computed, ``reason`` says why and the figures are NaN.
    """
    shares = check_numeric(table.shares)
    groups = {**table.items, **table.domains, "": list(shares.columns)}
    rows = []
    for key, own in _list_columns(shares, groups).items():
        row: dict[str, object] = {"group": key, "indicators": own.shape[1], "reason": ""}
        for gaps in GapHandling:
            try:
                row[gaps.value] = _compute_alpha(own, gaps)
            except UsageError as refused:
                row[gaps.value], row["reason"] = np.nan, str(refused)
        try:
            complete = _select_complete(own)
            varying = complete[:, _find_varying(complete)]
            row["standardised"] = _compute_alpha(varying, GapHandling.LISTWISE, standardise=True)
        except UsageError:
            row["standardised"] = np.nan  # no two columns vary
        rows.append(row)
    return pd.DataFrame(rows).set_index("group")


def count_dimensions(table: IndicatorTable) -> pd.DataFrame:
    """Return, per item and domain, the share of variance of the first component and the number of components above 1.

    Counted are eigenvalues above 1 (Kaiser 1960); ``one_dimension`` tells whether there is at most one, ``against``
    names the indicators that load negatively on the first. Where it cannot be computed ``reason`` says why.
    """
    rows = []
    groups = {**table.items, **table.domains}
    for key, own in _list_columns(check_numeric(table.shares), groups).items():
        row: dict[str, object] = {"group": key, "indicators": own.shape[1], "reason": ""}
        try:
            values, loadings, varying = _find_components(own)
        except UsageError as refused:
            rows.append(row | {"first": np.nan, "components": pd.NA, "one_dimension": pd.NA, "reason": str(refused)})
            continue
        above_one = int((values > 1 + TOLERANCE).sum())
        against = np.array(groups[key])[varying][loadings[:, 0] < 0]
        rows.append(
            row
            | {
                "first": float(values[0] / values.sum()),
                "components": above_one,
                "one_dimension": above_one <= 1,
                "against": ", ".join(against.tolist()),
            }
        )
    return pd.DataFrame(rows).set_index("group")


def measure_importance(table: IndicatorTable) -> pd.DataFrame:
    """Return, per indicator: nominal and effective weight, importance, importance_share, ratio, correlation.

    The effective weight is the share of the total's variance that the indicator carries: the covariance of its points
    with the total over the total's variance. They add up to 1 but for the rounding of totals, and one may be negative.
    Of totals that are no sums (a geometric mean) there is none, and it is NaN. Importance is the correlation ratio.
    ``ratio`` is the share of all importance over the nominal weight: 1 where an indicator matters as much as its
    weight says. The correlation is Pearson's with the total, NaN where an indicator does not vary.

    Raises:
        UsageError: fewer than ten units, or totals that do not vary.
    """
    totals = table.totals
    if not varies(np.asarray(totals, dtype=np.float64)):
        raise UsageError("all totals are equal, so no indicator can matter")
    nominal = table.weights / table.weights.sum()
    effective = pd.Series(np.nan, index=table.shares.columns)
    if table.points is not None:
        effective = table.points.apply(lambda column: column.cov(totals)) / totals.var()
    own = table.shares if table.points is None else table.points
    values = np.asarray(totals, dtype=np.float64)
    ratios = {
        str(name): correlation_ratio(np.asarray(own[name], dtype=np.float64), values) for name in table.shares.columns
    }
    linear = {
        str(name): correlate(column, values)
        for name, column in zip(table.shares, table.shares.to_numpy().T, strict=True)
    }
    weight = pd.Series(ratios)
    share = weight / weight.sum() if weight.sum() > 0 else weight * np.nan
    return pd.DataFrame(
        {
            "nominal": nominal,
            "effective": effective,
            "importance": weight,
            "importance_share": share,
            "ratio": share / nominal,
            "correlation": pd.Series(linear),
        }
    ).rename_axis("indicator")


def leave_one_out(arrays: RoundArrays, scorer: Scorer | None = None) -> pd.DataFrame:
    """Return what leaving out each indicator would do, a row each with the columns of `WhatIfResult.summarise`.

    The points of the indicator go to all others in proportion. One that has no weight, as a bonus, has no row.
    """
    shared = choose_scorer(arrays, scorer)
    rows = {name: what_if(arrays, Change(weights={name: 0.0}), shared).summarise() for name in arrays.weighed}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator")


def measure_separation(table: IndicatorTable) -> pd.DataFrame:
    """Return how far each indicator separates units.

    Columns: deviation (of the share), distinct (different shares), commonest (share of units with the commonest share),
    separates ("nobody" where all are equal, "little" below a deviation of 0.05, else ""). Of a table that is no shares
    but on a larger scale, as 1 to 100, 0.05 is of the largest absolute value in it.
    """
    shares = table.shares
    unit = max(1.0, float(np.nan_to_num(shares.abs().to_numpy(np.float64)).max(initial=0.0)))
    deviation = shares.std(ddof=0).fillna(0.0)
    rounded = shares.round(9)
    commonest = pd.Series(map(_share_commonest, rounded.to_numpy(np.float64).T), index=shares.columns, dtype=float)
    vary = _find_varying(shares.to_numpy(np.float64))
    little = deviation < (LOW_DEVIATION - TOLERANCE) * unit
    label = np.where(~vary, "nobody", np.where(little, "little", ""))
    return pd.DataFrame(
        {
            "deviation": deviation,
            "distinct": rounded.nunique(),
            "commonest": commonest,
            "separates": label,
        }
    ).rename_axis("indicator")


def _share_commonest(column: Floats) -> float:
    """Return the share of the known values of a column (N,) that the commonest has; NaN where none is known."""
    _, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    return float(counts.max() / counts.sum()) if counts.size else float("nan")


def measure_burden(
    table: IndicatorTable, scores: pd.DataFrame, effort: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Return how heavy each indicator is to document for applicants, beside how far it separates them.

    ``scores`` is `frames.scores`. Without an ``effort`` by indicator (hours, say) the burden is the share of applicants
    to whom a value made trouble: it is missing, names no document, was corrected at the desk or on site, or is weakly
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
    deviation = measure_separation(table)["deviation"]
    burden = pd.DataFrame({"burden": heavy, "deviation": deviation.reindex(heavy.index), "points": table.weights})
    burden = burden.dropna(subset=["burden"])
    above, below = burden["burden"] > burden["burden"].median(), burden["deviation"] < deviation.median()
    return burden.assign(heavy_for_little=above & below).rename_axis("indicator")
