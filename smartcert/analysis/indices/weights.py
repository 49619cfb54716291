"""Which weights could indicators have instead: from nothing, from the data, from experts; and what would each change?

Weights here are Series by the id of an indicator (or item or domain) that sum up to one. Times ``arrays.out_of`` they
are the points of a `Change`; as the ``weight`` of a structure they go into an `Index`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_numeric, check_weights, parse_choice
from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.drawings import Bars, Drawing
from smartcert.analysis.indices.coherence import IndicatorTable, principal_components
from smartcert.analysis.indices.index import Index
from smartcert.analysis.ranks import varies
from smartcert.analysis.results import Result, describe_columns, describe_series
from smartcert.analysis.scales import TOLERANCE
from smartcert.analysis.vectorised import Scorer, choose_scorer
from smartcert.analysis.what_if import Change, WhatIfResult, list_unnamed, what_if
from smartcert.argument_types import check_arguments
from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.lazy_dataclass import dataclass


@check_arguments
def equal_weights(table: IndicatorTable) -> pd.Series[float]:
    """Return the same weight for every indicator (J,).

    >>> table = pd.DataFrame({"a": [0.0, 0.5, 1.0, 0.2], "b": [0.5, 0.4, 0.6, 0.9], "c": [0.1, 0.4, 0.9, 0.3]})
    >>> equal_weights(IndicatorTable.from_shares(table)).round(2).to_dict()
    {'a': 0.33, 'b': 0.33, 'c': 0.33}

    Raises:
        UsageError: there is none.
    """
    number = table.shares.shape[1]
    if not number:
        raise UsageError("there is no indicator to weigh")
    return describe_series(pd.Series(1.0 / number, index=table.shares.columns), "equal_weights", "weight")


@check_arguments
def entropy_weights(table: IndicatorTable) -> pd.Series[float]:
    """Return weights (J,) by Shannon's entropy: what is spread unevenly over the units weighs more.

    The share of each unit in a column's sum is taken, 0 log 0 as 0, over the units that have a value in the column. A
    column of zeros, or with a single value, weighs nothing.

    >>> table = pd.DataFrame({"a": [0.0, 0.5, 1.0, 0.2], "b": [0.5, 0.4, 0.6, 0.9], "c": [0.1, 0.4, 0.9, 0.3]})
    >>> entropy_weights(IndicatorTable.from_shares(table)).round(2).to_dict()
    {'a': 0.62, 'b': 0.06, 'c': 0.32}

    Raises:
        UsageError: fewer than two units, shares below 0, which have no entropy, or nothing differs anywhere.
    """
    values = check_numeric(table.shares)
    if (values < 0).any(axis=None):
        raise UsageError("entropy weights need shares of 0 or more; bring them onto such a scale first")
    if len(values) < 2:
        raise UsageError("entropy weights need at least two units")
    sums, number = values.sum(), values.notna().sum()
    part = values.div(sums.where(sums > 0, 1.0)).fillna(0.0).to_numpy()
    logs = np.log(np.where(part > 0, part, 1.0))
    possible = np.log(np.maximum(number, 2))
    diversity = np.where((sums > 0) & (number > 1), 1.0 + (part * logs).sum(axis=0) / possible, 0.0)
    diversity = np.where(diversity < 1e-12, 0.0, diversity)
    if diversity.sum() <= 0:
        raise UsageError("no indicator differs between units, so entropy gives no weights")
    return describe_series(pd.Series(diversity / diversity.sum(), index=values.columns), "entropy_weights", "weight")


@check_arguments
def pca_weights(table: IndicatorTable) -> pd.Series[float]:
    """Return weights (J,) by principal components (Nicoletti, Scarpetta and Boylaud 2000).

    Components with an eigenvalue above 1 are used; each indicator weighs by the square of its loading on the component
    where that is largest, times the share of the variance that this component explains. From the units that have every
    value; columns that are constant among these weigh nothing.

    >>> table = pd.DataFrame({"a": [0.0, 0.5, 1.0, 0.2], "b": [0.5, 0.4, 0.6, 0.9], "c": [0.1, 0.4, 0.9, 0.3]})
    >>> pca_weights(IndicatorTable.from_shares(table)).round(2).to_dict()
    {'a': 0.5, 'b': 0.01, 'c': 0.49}

    Raises:
        UsageError: fewer than two indicators that vary, fewer than three units with every value, or indicators that
            have nothing in common.
    """
    explained, loadings = principal_components(table.shares)
    used = explained.index[explained["eigenvalue"] > 1 + TOLERANCE]
    if not len(used):
        raise UsageError("no principal component explains more than one indicator alone, so they give no weights")
    squares = loadings[used] ** 2
    nearest = squares.idxmax(axis=1)
    share = explained.loc[used, "eigenvalue"] / explained.loc[used, "eigenvalue"].sum()
    own = squares.max(axis=1) / nearest.map(squares.sum()) * nearest.map(share)
    return describe_series((own / own.sum()).reindex(table.shares.columns).fillna(0.0), "pca_weights", "weight")


@check_arguments
def critic_weights(table: IndicatorTable) -> pd.Series[float]:
    """Return weights (J,) by CRITIC: spread times conflict with the others (Diakoulaki, Mavrotas, Papayannakis 1995).

    Each column is first brought from 0 to 1 over its range. From the units that have every value. A column that does
    not vary weighs nothing.

    >>> table = pd.DataFrame({"a": [0.0, 0.5, 1.0, 0.2], "b": [0.5, 0.4, 0.6, 0.9], "c": [0.1, 0.4, 0.9, 0.3]})
    >>> critic_weights(IndicatorTable.from_shares(table)).round(2).to_dict()
    {'a': 0.27, 'b': 0.5, 'c': 0.23}

    Raises:
        UsageError: fewer than two units with every value, or no column varies or differs from the others.
    """
    complete = check_numeric(table.shares).dropna()
    if len(complete) < 2:
        raise UsageError("CRITIC needs at least two units with every value")
    used = [name for name in complete.columns if varies(complete[name].to_numpy(np.float64))]
    columns = complete[used].to_numpy(np.float64)
    if not used:
        raise UsageError("no indicator varies, so CRITIC gives no weights")
    scaled = (columns - columns.min(axis=0)) / (columns.max(axis=0) - columns.min(axis=0))
    conflict = (1 - np.atleast_2d(np.corrcoef(scaled, rowvar=False))).sum(axis=0) if len(used) > 1 else np.ones(1)
    weight = scaled.std(axis=0, ddof=1) * np.maximum(conflict, 0.0)
    if weight.sum() <= TOLERANCE:
        raise UsageError("all indicators say the same, so CRITIC gives no weights")
    own = pd.Series(weight / weight.sum(), index=used)
    return describe_series(own.reindex(table.shares.columns).fillna(0.0), "critic_weights", "weight")


@check_arguments
def budget_weights(table: pd.DataFrame) -> pd.Series[float]:
    """Return the mean weights of experts who each share out a budget of points: a row per expert, a column per part.

    Each expert counts alike, whatever the budget; a part that an expert gives nothing (or NaN) has 0.

    >>> import smartcert
    >>> experts = pd.DataFrame({"D1": [60, 2], "D2": [40, 8]}, index=["kim", "lee"])
    >>> smartcert.budget_weights(experts).round(3).to_dict()
    {'D1': 0.4, 'D2': 0.6}

    Raises:
        UsageError: no expert or part, points below 0, or an expert who gives none.
    """
    own = check_numeric(table).fillna(0.0)
    if own.empty:
        raise UsageError("a budget needs at least one expert and one part")
    if (own < 0).any(axis=None):
        raise UsageError("points of a budget are 0 or more")
    if without := own.index[own.sum(axis=1) <= 0].tolist():
        raise UsageError(f"'{without[0]}' gives no points at all")
    return describe_series(own.div(own.sum(axis=1), axis=0).mean(), "budget_weights", "weight")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OptimisedWeights(Result):
    """Weights of the parts of a group whose importances come as near as possible to those wanted.

    ``table``: a row per part with wanted and reached importance (shares of their sum) and weight (they sum up to 1).
    ``converged`` says whether every importance is within a thousandth of what is wanted; where a part cannot matter as
    much whatever its weight, it is not.

    >>> list(OptimisedWeights.__dataclass_fields__)  # `optimise_weights` gives one
    ['table', 'converged', 'kind']
    """

    table: pd.DataFrame
    converged: bool
    kind: str = "optimised_weights"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: wanted and reached importance, and the weight, of each part."""
        return Bars(columns=("wanted", "reached", "weight"), ordered=False)

    @property
    def weights(self) -> dict[str, float]:
        """Return the weights by part, as ``Index.change(weights=...)`` takes them."""
        return {str(name): float(weight) for name, weight in self.table["weight"].items()}


_OPTIMISING_ROUNDS = 400


@check_arguments
def optimise_weights(
    index: Index, wanted: Mapping[str, float] | None = None, group: str | None = None
) -> OptimisedWeights:
    """Return weights of the parts of a group, by default the index, that make each matter as ``wanted`` (all alike).

    The importance of a part is its correlation with the index (Becker et al. 2017, as COINr has it), negative counted
    as 0, over the sum of them. Weights are moved in proportion to what is wanted over what is reached, until every
    importance is within a thousandth or nothing comes nearer.

    >>> import smartcert
    >>> data = pd.DataFrame({"a": [0.0, 4.0, 2.0, 3.0], "b": [1.0, 0.0, 4.0, 3.0]}, index=list("wxyz"))
    >>> structure = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"], "weight": [1, 4, 1]})
    >>> result = smartcert.optimise_weights(smartcert.Index.from_tables(data, structure))
    >>> result.converged, result.table["reached"].round(2).tolist()
    (True, [0.5, 0.5])

    Raises:
        UsageError: no such group, wanted importances that do not name its parts, or an index that does not vary.
    """
    own = {part.name: part for part in index.root.groups()}.get(index.root.name if group is None else group)
    if own is None:
        raise UsageError(f"no group '{group}'{suggest(str(group), [part.name for part in index.root.groups()])}")
    names = [part.name for part in own.parts if part.name not in index.method.leave_out]
    aims = dict.fromkeys(names, 1.0) if wanted is None else dict(wanted)
    check_weights("wanted importances", aims)
    if set(aims) != set(names) or sum(aims.values()) <= 0:
        raise UsageError(f"wanted: an importance for each of {', '.join(names)} is wanted, not all of them 0")
    aim = np.array([aims[name] for name in names]) / sum(aims.values())
    weights, best = np.maximum(aim, 1e-6), (np.inf, aim, aim)
    for _ in range(_OPTIMISING_ROUNDS):
        reached = _measure_importances(index, names, weights)
        distance = float(np.abs(reached - aim).max())
        if distance < best[0]:
            best = (distance, weights, reached)
        if distance <= 1e-3:
            break
        step = np.clip((aim + 1e-3) / (reached + 1e-3), 0.5, 2.0) ** 0.7
        weights = np.maximum(weights * step, 1e-9)
        weights = weights / weights.sum()
    distance, weights, reached = best
    table = pd.DataFrame({"wanted": aim, "reached": reached, "weight": weights / weights.sum()}, index=names)
    described = describe_columns(table.rename_axis("part"), "optimised_weights")
    return OptimisedWeights(table=described, converged=distance <= 1e-3)


def _measure_importances(index: Index, names: list[str], weights: Floats) -> Floats:
    others = dict(index.method.weights or {})
    own = index.change(weights=others | dict(zip(names, map(float, weights), strict=True)))
    columns = own.values.join(own.normal)
    total = columns[own.root.name]
    if not varies(total.to_numpy(np.float64)):
        raise UsageError("the index does not vary, so nothing can matter to it")
    ratios = np.array(
        [columns[name].corr(total) if varies(columns[name].to_numpy(np.float64)) else 0.0 for name in names]
    )
    ratios = np.maximum(np.nan_to_num(ratios), 0.0)
    return np.asarray(ratios / ratios.sum()) if ratios.sum() > 0 else ratios


def named_weights(table: IndicatorTable) -> tuple[dict[str, pd.Series[float]], dict[str, str]]:
    """Return the official weights and the three others by name, and why there are none for those that are left out.

    Entropy and principal components give no weights where too few units have every value, or nothing varies.
    """
    chosen = {"official": table.weights / table.weights.sum(), "equal": equal_weights(table)}
    reasons = {}
    for name, compute in (("entropy", entropy_weights), ("principal", pca_weights)):
        try:
            chosen[name] = compute(table)
        except UsageError as error:
            reasons[name] = str(error)
    return chosen, reasons


def compare_weights(
    arrays: RoundArrays, sets: Mapping[str, pd.Series[float]], scorer: Scorer | None = None
) -> tuple[pd.DataFrame, dict[str, WhatIfResult]]:
    """Return what each set of weights would do, a row per set as in `WhatIfResult.summarise`, and the complete results.

    A set may name indicators, items or domains (as experts do); what is below keeps its share.

    Raises:
        UsageError: a set that is not complete, or has a weight that is none.
    """
    shared = choose_scorer(arrays, scorer)
    results = {}
    for name, weights in sets.items():
        if weights.index.has_duplicates:
            raise UsageError(
                f"weights '{name}': each id once, not '{weights.index[weights.index.duplicated()][0]}' again"
            )
        check_weights(f"weights '{name}'", weights.to_dict())
        if not weights.sum() > 0:
            raise UsageError(f"weights '{name}': all of them are 0")
        if missing := list_unnamed(arrays, weights.index):
            raise UsageError(f"weights '{name}': they sum up to one, but {', '.join(missing)} have none")
        points = {str(key): float(weight) * arrays.out_of for key, weight in (weights / weights.sum()).items()}
        results[name] = what_if(arrays, Change(weights=points), shared)
    rows = {name: result.summarise() for name, result in results.items()}
    return pd.DataFrame(rows).T.rename_axis("weights"), results


COMPARISON_COLUMNS = ("expert", "left", "right", "ratio")
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Mean consistency index of random matrices of order 1 to 15 (Saaty 1980)."""
ACCEPTED_RATIO = 0.10
"""The consistency ratio up to which Saaty accepts a matrix, itself included."""


class Pooling(StrEnum):
    """How experts become a group: their judgements are averaged first, or the weights of each; both geometrically."""

    JUDGEMENTS = "judgements"
    WEIGHTS = "weights"


@check_arguments
def ahp_weights(table: pd.DataFrame, pooling: Pooling = Pooling.JUDGEMENTS) -> pd.Series[float]:
    """Return the weights of a group of experts from a table of pairwise comparisons (AHP, Saaty 1977).

    The columns are those of `read_comparisons`. `describe_consistency` tells which experts contradict themselves.

    >>> import smartcert
    >>> rows = [("kim", "D1", "D2", "3"), ("kim", "D1", "D3", "3"), ("kim", "D2", "D3", "1")]
    >>> weights = smartcert.ahp_weights(pd.DataFrame(rows, columns=["expert", "left", "right", "ratio"]))
    >>> weights.round(3).to_dict()
    {'D1': 0.6, 'D2': 0.2, 'D3': 0.2}
    >>> arrays = smartcert.arrays(smartcert.open_round("example"))
    >>> points = (weights * arrays.out_of).to_dict()
    >>> smartcert.what_if(arrays, smartcert.Change(weights=points)).weights[arrays.domains[0].columns].sum().round(6)
    np.float64(1200.0)

    Raises:
        InputError: every problem of the table, as in `read_comparisons`.
        UsageError: the table is empty.
    """
    return describe_series(pool_experts(read_comparisons(table), pooling), "ahp_weights", "weight")


@dataclass(frozen=True, kw_only=True, eq=False)
class PairwiseComparisons:
    """One expert's reciprocal matrix (n, n): how many times more important the row is than the column."""

    expert: str
    names: tuple[str, ...]
    matrix: Floats

    def weights(self) -> pd.Series[float]:
        """Return the principal eigenvector (n,), which sums up to one."""
        vector = self._principal[1]
        return pd.Series(vector / vector.sum(), index=pd.Index(self.names))

    @property
    def largest_eigenvalue(self) -> float:
        """Return the largest eigenvalue: n where all comparisons are consistent, else more."""
        return self._principal[0]

    @property
    def consistency_ratio(self) -> float:
        """Return (largest eigenvalue - n) / (n - 1) over that of random matrices, known up to n = 15; 0 up to 2."""
        number = len(self.names)
        if number > len(RANDOM_INDEX):
            raise UsageError(f"no random index is published for {number} things; compare at most {len(RANDOM_INDEX)}")
        index = (self.largest_eigenvalue - number) / (number - 1) if number > 2 else 0.0
        return max(index, 0.0) / RANDOM_INDEX[number - 1] if number > 2 else 0.0

    def contradictions(self, most: int = 5) -> pd.DataFrame:
        """Return the ``most`` judgements that fit the others least: left, right, ratio, implied, off, triad, times.

        ``implied`` is the ratio that the weights of all judgements together give, ``off`` by how many times the
        judgement is away from it. ``triad`` is the third thing by way of which the expert contradicts the pair most,
        and ``times`` how far the two ways are apart.
        """
        weights = self.weights().to_numpy()
        rows = []
        for i, j in combinations(range(len(self.names)), 2):
            ratio, implied = self.matrix[i, j], weights[i] / weights[j]
            ways = {
                k: ratio / (self.matrix[i, k] * self.matrix[k, j]) for k in range(len(self.names)) if k not in (i, j)
            }
            worst = max(ways, key=lambda k: abs(np.log(ways[k])), default=None)
            off = float(np.exp(abs(np.log(ratio / implied))))
            times = 1.0 if worst is None else float(np.exp(abs(np.log(ways[worst]))))
            third = "" if worst is None else self.names[worst]
            rows.append((self.names[i], self.names[j], float(ratio), float(implied), off, third, times))
        columns = pd.Index(["left", "right", "ratio", "implied", "off", "triad", "times"])
        return pd.DataFrame(rows, columns=columns).sort_values("off", ascending=False).head(most).reset_index(drop=True)

    @cached_property
    def _principal(self) -> tuple[float, Floats]:
        values, vectors = np.linalg.eig(self.matrix)
        largest = int(np.argmax(values.real))
        return float(values[largest].real), np.abs(vectors[:, largest].real)


def read_comparisons(table: pd.DataFrame, file: str = "comparisons") -> tuple[PairwiseComparisons, ...]:
    """Return the matrices of all experts in the order in which they first appear.

    Columns: expert; left, right (what is compared); ratio, how many times more important left is, from 1/9 to 9, as a
    number or a fraction ("1/5"). A pair may be given either way round, but once by each expert.

    Raises:
        InputError: columns are missing; a ratio is none or not within 1/9 to 9; a pair is compared twice, with itself,
            or not at all by an expert. Everything at once, with its line (the heading is line 1).
    """
    missing = [name for name in COMPARISON_COLUMNS if name not in table.columns]
    if missing:
        place = Place(file=file, line=1)
        raise InputError([Problem(place=place, found=f"no column {name}", wanted="the column") for name in missing])
    names = list(dict.fromkeys(map(_read_text, [*table["left"].tolist(), *table["right"].tolist()])))
    judgements, problems = _read_judgements(table, file)
    if not problems:
        for expert, known in judgements.items():
            lacking = [f"{left} and {right}" for left, right in combinations(names, 2) if (left, right) not in known]
            if lacking:
                place = Place(file=file, field="expert")
                found = f"'{expert}' does not compare {', '.join(lacking)}"
                problems.append(Problem(place=place, found=found, wanted="every pair"))
    if problems:
        raise InputError(problems)
    return tuple(
        PairwiseComparisons(
            expert=expert,
            names=tuple(names),
            matrix=np.array([[known.get((left, right), 1.0) for right in names] for left in names]),
        )
        for expert, known in judgements.items()
    )


def _read_judgements(table: pd.DataFrame, file: str) -> tuple[dict[str, dict[tuple[str, str], float]], list[Problem]]:
    """Return the ratio of each pair, both ways round, by expert, and what is wrong with the rows."""
    problems: list[Problem] = []
    judgements: dict[str, dict[tuple[str, str], float]] = {}

    def report(line: int, field: str, found: str, wanted: str) -> None:
        problems.append(Problem(place=Place(file=file, line=line, field=field), found=found, wanted=wanted))

    rows = zip(*(map(_read_text, table[name].tolist()) for name in COMPARISON_COLUMNS), strict=True)
    for line, (expert, left, right, text) in enumerate(rows, start=2):
        ratio = _parse_ratio(text)
        known = judgements.setdefault(expert, {})
        if nameless := [name for name, own in zip(COMPARISON_COLUMNS, (expert, left, right), strict=False) if not own]:
            report(line, nameless[0], "nothing", "a name")
        elif ratio is None:
            report(line, "ratio", f"'{text}'", "a number or fraction from 1/9 to 9")
        elif left == right:
            report(line, "right", f"'{right}' compared with itself", "two different things")
        elif (left, right) in known:
            report(line, "left", f"'{left}' and '{right}' a second time", "each pair once")
        else:
            known[left, right], known[right, left] = ratio, 1 / ratio
    return judgements, problems


def _read_text(value: Any) -> str:
    return "" if pd.isna(value) else str(value).strip()


def _parse_ratio(text: str) -> float | None:
    try:
        ratio = Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        return None
    near = Fraction(1, 100)  # 0.11 is as good as 1/9
    return float(ratio) if Fraction(1, 9) - near <= ratio <= 9 else None


def pool_experts(experts: tuple[PairwiseComparisons, ...], pooling: Pooling = Pooling.JUDGEMENTS) -> pd.Series[float]:
    """Return the weights of a group of experts, by eigenvectors; a UsageError where there is no expert."""
    if not experts:
        raise UsageError("a group needs at least one expert")
    if parse_choice("pooling", pooling, Pooling) is Pooling.JUDGEMENTS:
        pooled = np.exp(np.mean([np.log(expert.matrix) for expert in experts], axis=0))
        return PairwiseComparisons(expert="", names=experts[0].names, matrix=pooled).weights()
    means = np.exp(np.mean([np.log(expert.weights().to_numpy()) for expert in experts], axis=0))
    return pd.Series(means / means.sum(), index=pd.Index(experts[0].names))


def describe_consistency(experts: tuple[PairwiseComparisons, ...]) -> pd.DataFrame:
    """Return a row per expert: ratio (of consistency), accepted, and the pair where the expert contradicts itself most.

    ``where`` is that pair, ``off`` by how many times it is away from what the other judgements imply.
    """
    rows = []
    for expert in experts:
        worst = expert.contradictions(1).to_dict("records")
        rows.append(
            {
                "expert": expert.expert,
                "ratio": expert.consistency_ratio,
                "accepted": expert.consistency_ratio <= ACCEPTED_RATIO,
                "where": f"{worst[0]['left']} : {worst[0]['right']}" if worst else "",
                "off": float(worst[0]["off"]) if worst else 1.0,
            }
        )
    return pd.DataFrame(rows).set_index("expert")
