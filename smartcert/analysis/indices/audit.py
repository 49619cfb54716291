"""The audit of a round's indicators, or of any index, as results: each has a table to work with and a figure.

What is audited is a standard (`IndicatorTable`): the shares of points that units reached, with weights and groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from smartcert.analysis import frames
from smartcert.analysis import what_if as changes
from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.drawings import Bars, Moves, PairMatrix, Points
from smartcert.analysis.indices import coherence
from smartcert.analysis.indices import weights as weight_sets
from smartcert.analysis.indices.coherence import IndicatorTable
from smartcert.analysis.indices.index import Index
from smartcert.analysis.indices.treat import Transform, Treatment, treat
from smartcert.analysis.ranks import correlate
from smartcert.analysis.results import TableResult, build_result
from smartcert.analysis.vectorised import Scorer, choose_scorer, from_round
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError, suggest
from smartcert.model.indicator import IndicatorKind
from smartcert.reporting.catalogue import parse_language
from smartcert.services.rounds import OpenRound

_LEVELS = ("item", "domain", "all")
"""What a statistic over several indicators can be taken of."""


@check_arguments
def standard(source: OpenRound | RoundArrays | Index) -> IndicatorTable:
    """Return what is audited: the indicators of a round or of an index, with their weights and groups.

    >>> import smartcert
    >>> smartcert.standard(smartcert.open_round("example")).shares.shape
    (15, 53)

    Raises:
        UsageError: nobody was scored.
    """
    if isinstance(source, Index):
        return source.indicator_table()
    return coherence.build_indicator_table(from_round(source) if isinstance(source, OpenRound) else source)


@check_arguments
def names(opened: OpenRound, language: str = "en") -> pd.Series[str]:
    """Return the names of a round's applicants, domains, items and indicators by their ids, as figures show them.

    >>> import smartcert
    >>> smartcert.names(smartcert.open_round("example"), "ko")["haneul"]
    '하늘시'

    Raises:
        UsageError: an unknown language.
    """
    code = parse_language(language)
    found = {evaluation.id: evaluation.applicant.full_name for evaluation in opened.verdicts}
    for domain in opened.rules.edition.domains:
        found |= {part.id: part.name for part in (domain, *domain.items())}
    found |= {indicator.id: indicator.name for indicator in opened.rules.edition.indicators()}
    return pd.Series({key: text.of(code) for key, text in found.items()}, dtype=object, name="name")


def _select_groups(table: pd.DataFrame, standard: IndicatorTable, by: str | None) -> pd.DataFrame:
    if by is None:
        return table
    if by not in _LEVELS:
        raise UsageError(f"no level '{by}'{suggest(by, _LEVELS)}; there are: {', '.join(_LEVELS)}")
    chosen = {"item": list(standard.items), "domain": list(standard.domains), "all": [""]}[by]
    return table.loc[[key for key in chosen if key in table.index]]


@check_arguments
def reliability(standard: IndicatorTable, by: str | None = None) -> TableResult:
    """Return Cronbach's alpha: do the indicators of a group measure the same thing?

    ``by`` is ``"item"``, ``"domain"`` or ``"all"`` (all indicators as one group, with an empty name); without it the
    table has all of them. Columns: indicators, alpha (from the units with every value), pairwise (each covariance from
    the units with both), standardised (of the correlations), reason, where there is no figure.

    >>> import smartcert
    >>> result = smartcert.reliability(smartcert.standard(smartcert.open_round("example")), by="domain")
    >>> result.table["alpha"].between(0, 1).all()
    np.True_

    Raises:
        UsageError: an unknown ``by``.
    """
    table = coherence.measure_reliability(standard).rename(columns={"listwise": "alpha"})
    table = table[["indicators", "alpha", "pairwise", "standardised", "reason"]]
    return build_result("reliability", _select_groups(table, standard, by), Bars(columns=("alpha",)))


@check_arguments
def dimensions(standard: IndicatorTable, by: str | None = None) -> TableResult:
    """Return the principal components of groups of indicators: does one dimension run through them?

    ``by`` as in `reliability`, without ``"all"``. Columns: indicators; first (share of the variance of the first
    component); components (eigenvalues above 1); one_dimension; against (indicators that load negatively on the first);
    reason.

    >>> import smartcert
    >>> result = smartcert.dimensions(smartcert.standard(smartcert.open_round("example")), by="domain")
    >>> result.table.index.tolist()
    ['D1', 'D2', 'D3']

    Raises:
        UsageError: an unknown ``by``.
    """
    table = coherence.count_dimensions(standard)
    order = ["indicators", "first", "components", "one_dimension", "against", "reason"]
    table = _select_groups(table.reindex(columns=order), standard, by)
    return build_result("dimensions", table, Bars(columns=("first",)))


@check_arguments
def importance(standard: IndicatorTable) -> TableResult:
    """Return how much each indicator matters beside how much it should: nominal and effective weight, importance.

    Columns as in `measure_importance`.

    >>> import smartcert
    >>> result = smartcert.importance(smartcert.standard(smartcert.open_round("example")))
    >>> result.table["nominal"].sum().round(9)
    np.float64(1.0)

    Raises:
        UsageError: fewer than ten units, or totals that do not vary.
    """
    drawing = Points(across="nominal", up="importance_share", diagonal=True)
    return build_result("importance", coherence.measure_importance(standard), drawing)


@check_arguments
def separation(standard: IndicatorTable) -> TableResult:
    """Return how far each indicator separates units; columns as in `measure_separation`.

    >>> import smartcert
    >>> result = smartcert.separation(smartcert.standard(smartcert.open_round("example")))
    >>> result.table["separates"].eq("nobody").sum()
    np.int64(4)
    """
    return build_result("separation", coherence.measure_separation(standard), Bars(columns=("deviation",)))


@check_arguments
def burden(opened: OpenRound, standard: IndicatorTable | None = None) -> TableResult:
    """Return how much trouble each indicator made to document, beside how far it separates applicants.

    Columns as in `measure_burden`.

    >>> import smartcert
    >>> smartcert.burden(smartcert.open_round("example")).table["burden"].between(0, 1).all()
    np.True_

    Raises:
        UsageError: nobody was scored, or the standard is not of this round.
    """
    own = standard or coherence.build_indicator_table(from_round(opened))
    ids = {indicator.id for indicator in opened.rules.edition.indicators()}
    if standard is not None and not ids.issuperset(standard.shares.columns):
        raise UsageError("standard: it has indicators that the round does not have")
    table = coherence.measure_burden(own, frames.scores(opened))
    return build_result("burden", table, Points(across="burden", up="deviation"))


@check_arguments
def correlations(standard: IndicatorTable, by: str = "item") -> TableResult:
    """Return the correlation of every pair of indicators, and what is notable about it.

    ``by`` says which indicators should belong together: those of an ``"item"`` or of a ``"domain"``. Columns: first,
    second, same_group, number (units with both values), correlation, flag; see `coherence.correlations`.

    >>> import smartcert
    >>> result = smartcert.correlations(smartcert.standard(smartcert.open_round("example")))
    >>> len(result.table) == 53 * 52 / 2
    True

    Raises:
        UsageError: an unknown ``by``.
    """
    groups = {"item": standard.items, "domain": standard.domains}
    if by not in groups:
        raise UsageError(f"no level '{by}'{suggest(by, groups)}; there are: {', '.join(groups)}")
    table = coherence.correlations(standard.shares, groups[by])
    return build_result("correlations", table, PairMatrix(first="first", second="second", value="correlation"))


@check_arguments
def moments(values: pd.DataFrame | RoundArrays) -> TableResult:
    """Return mean, deviation, skewness and kurtosis of every column, and whether it has outliers.

    Of a round the columns are its quantitative indicators in their units. Columns as in `coherence.describe`.

    >>> import smartcert
    >>> smartcert.moments(smartcert.arrays(smartcert.open_round("example"))).table.query("outliers").index[0]
    'N01'

    Raises:
        UsageError: nobody was scored.
    """
    table = coherence.describe(_values_of(values))
    return build_result("moments", table, Points(across="skewness", up="kurtosis"))


@check_arguments
def outliers(values: pd.DataFrame | RoundArrays, most: int = 5) -> TableResult:
    """Return the values that winsorising would draw in, at most so many of a column; see `treat`.

    ``flagged_still`` tells whether the column has outliers nevertheless.

    >>> import smartcert
    >>> smartcert.outliers(smartcert.arrays(smartcert.open_round("example"))).table.index.names
    FrozenList(['unit', 'indicator'])

    Raises:
        UsageError: nobody was scored.
    """
    result = treat(_values_of(values), Treatment(most=most, then=Transform.NONE))
    still = result.table["outliers"].reindex(result.changed["indicator"]).to_numpy(dtype=bool)
    table = result.changed.assign(flagged_still=still).set_index(["unit", "indicator"])
    return build_result("outliers", table, Moves(before="before", after="after"))


def _values_of(values: pd.DataFrame | RoundArrays) -> pd.DataFrame:
    """Return the quantitative values of a round, a row per applicant; a table as it is."""
    if isinstance(values, pd.DataFrame):
        return values
    if not values.ids:
        raise UsageError("no applicant was scored, so there are no values to look into")
    columns = [j for j in range(len(values.names)) if j not in values.qualitative]
    index = pd.Index(values.ids, name="applicant")
    return pd.DataFrame(values.values[:, columns], index=index, columns=[values.names[j] for j in columns])


@check_arguments
def gaps(arrays: RoundArrays) -> TableResult:
    """Return how much is missing, a row per quantitative indicator: available, absent, not_applicable (shares).

    >>> import smartcert
    >>> smartcert.gaps(smartcert.arrays(smartcert.open_round("example"))).table.sum(axis=1).round(9).unique().tolist()
    [1.0]

    Raises:
        UsageError: nobody was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so there are no values to look into")
    columns = [j for j in range(len(arrays.names)) if j not in arrays.qualitative]
    shares = {name: (arrays.gaps[:, columns] == code).mean(axis=0) for code, name in enumerate(_GAP_COLUMNS)}
    index = pd.Index([arrays.names[j] for j in columns], name="indicator")
    return build_result(
        "gaps", pd.DataFrame(shares, index=index), Bars(columns=("absent", "not_applicable"), without_zeros=True)
    )


_GAP_COLUMNS = ("available", "absent", "not_applicable")
"""In the order of `GAP_CODES`."""


@check_arguments
def weights(
    arrays: RoundArrays, sets: Mapping[str, pd.Series[float]] | None = None, scorer: Scorer | None = None
) -> TableResult:
    """Return what other weights would do, a row per set of weights.

    Without ``sets`` these are the official ones, equal ones, those by entropy and those by principal components, of the
    indicators that are weighed: no bonus, deduction or prerequisite. A set may name indicators, items or domains, so
    that every indicator has a weight. Columns: levels_moved, gains, loses, points, places, as
    `WhatIfResult.summarise`; where the data give no weights of a set, its row has no figures, and one more column,
    reason, says why.

    >>> import smartcert
    >>> smartcert.weights(smartcert.arrays(smartcert.open_round("example"))).table.index.tolist()
    ['official', 'equal', 'entropy', 'principal']

    Raises:
        UsageError: nobody was scored.
    """
    chosen, reasons = dict(sets or {}), dict[str, str]()
    if sets is None:
        table = coherence.build_indicator_table(arrays, scorer)
        weighed = [*arrays.weighed]
        own = replace(table, shares=table.shares[weighed], weights=table.weights[weighed], items={}, domains={})
        chosen, reasons = weight_sets.named_weights(own)
    compared, _ = weight_sets.compare_weights(arrays, chosen, scorer)
    if reasons:
        compared = compared.reindex(pd.Index([*chosen, *reasons], name=compared.index.name))
        compared["reason"] = [reasons.get(str(name), "") for name in compared.index]
    return build_result("weights", compared, Bars(columns=("levels_moved",), ordered=False))


@check_arguments
def alternatives(arrays: RoundArrays, scorer: Scorer | None = None) -> TableResult:
    """Return what each other rule would do alone, a row per rule and value: marks, domains, absent values.

    Columns as in `weights`.

    >>> import smartcert
    >>> result = smartcert.alternatives(smartcert.arrays(smartcert.open_round("example")))
    >>> result.table.index.get_level_values("rule").unique().tolist()
    ['method', 'aggregation', 'absent']

    Raises:
        UsageError: nobody was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so no rule can move anybody")
    shared = choose_scorer(arrays, scorer)
    own = shared.setting
    official = {"method": own.combination.method, "aggregation": own.aggregation, "absent": own.absent}
    rows = {}
    for field, value in official.items():
        for other in type(value):
            if other != value:
                changed = changes.what_if(arrays, changes.Change(**{field: other}), shared)  # type: ignore[arg-type]  # by field
                rows[field, str(other)] = changed.summarise()
    index = pd.MultiIndex.from_tuples(list(rows), names=["rule", "value"])
    return build_result(
        "alternatives", pd.DataFrame(list(rows.values()), index=index), Bars(columns=("levels_moved",), ordered=False)
    )


@check_arguments
def leave_one_out(arrays: RoundArrays, scorer: Scorer | None = None) -> TableResult:
    """Return what leaving out each indicator would do, a row per indicator; columns as in `weights`.

    >>> import smartcert
    >>> len(smartcert.leave_one_out(smartcert.arrays(smartcert.open_round("example"))).table)
    53

    Raises:
        UsageError: nobody was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so no indicator can move anybody")
    table = coherence.leave_one_out(arrays, scorer).sort_values(["levels_moved", "points"], ascending=False)
    return build_result("leave_one_out", table, Bars(columns=("levels_moved", "gains", "loses"), ordered=False))


@check_arguments
def margins(arrays: RoundArrays, scorer: Scorer | None = None) -> TableResult:
    """Return how near each applicant is to the bound of certification, the nearest first.

    Columns: points, bound (in points), distance (points - bound; 0 and above is certified by points).

    >>> import smartcert
    >>> smartcert.margins(smartcert.arrays(smartcert.open_round("example"))).table.loc["haneul", "distance"]
    np.float64(-6.0)

    Raises:
        UsageError: nobody was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so nobody is near a bound")
    shared = choose_scorer(arrays, scorer)
    setting = shared.setting
    bound = next(float(own.points) for own in shared.exact.bounds(setting) if own.level == setting.certified_from)
    table = pd.DataFrame({"points": shared.official.totals[0]}, index=pd.Index(arrays.ids, name="applicant"))
    table = table.assign(bound=bound, distance=table["points"] - bound)
    table = table.loc[table["distance"].abs().sort_values(kind="stable").index]
    return build_result("margins", table, Bars(columns=("distance",), ordered=False))


@check_arguments
def bunching(arrays: RoundArrays, width: float = 20.0) -> TableResult:
    """Return how many totals lie within ``width`` points of each bound, by size type; see `what_if.bunching`.

    >>> import smartcert
    >>> smartcert.bunching(smartcert.arrays(smartcert.open_round("example")), width=20).table["below"].sum() > 0
    np.True_

    Raises:
        UsageError: the width is not above 0, or nobody was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so nobody is near a bound")
    table = changes.bunching({"": arrays}, width).drop(columns="round").set_index(["size_type", "level"])
    return build_result("bunching", table, Bars(columns=("below", "above"), ordered=False))


@check_arguments
def links(arrays: RoundArrays, scorer: Scorer | None = None) -> TableResult:
    """Return how totals go with what is known of the applicants, and quantitative points with qualitative ones.

    Rows: population (its logarithm), large (the first class, of cities the size type large, against the others),
    quantitative (its points against the qualitative ones). Columns: correlation (Pearson's; NaN with fewer than three
    applicants, or where one does not vary), number (of applicants).

    >>> import smartcert
    >>> smartcert.links(smartcert.arrays(smartcert.open_round("example"))).table.index.tolist()
    ['population', 'large', 'quantitative']

    Raises:
        UsageError: nobody was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so there is nothing to compare with")
    shared = choose_scorer(arrays, scorer)
    totals, known = shared.official.totals[0], arrays.population > 0
    points = coherence.build_indicator_table(arrays, shared).shares.fillna(0.0).to_numpy(np.float64) * arrays.points
    parts = {
        kind: points[:, [j for j, own in enumerate(arrays.indicators) if own.kind is kind]].sum(axis=1)
        for kind in IndicatorKind
    }
    pairs: dict[str, tuple[Floats, Floats]] = {
        "population": (np.log(arrays.population[known]), totals[known]),
        arrays.classes[0]: ((arrays.sizes == 0).astype(np.float64), totals),
        "quantitative": (parts[IndicatorKind.QUANTITATIVE], parts[IndicatorKind.QUALITATIVE]),
    }
    rows = {name: {"correlation": correlate(x, y), "number": x.size} for name, (x, y) in pairs.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("figure")
    return build_result("links", table, Bars(columns=("correlation",), ordered=False))
