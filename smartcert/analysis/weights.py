"""Which weights could indicators have instead: from nothing, from the data, from experts; and what would each change?

Weights here are Series by the id of an indicator (or item or domain) that sum up to one. Times ``arrays.out_of`` they
are the points of a `Change`; as the ``weight`` of a structure they go into an `Index`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_weights, parse_choice
from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.coherence import IndicatorTable, principal_components
from smartcert.analysis.scales import TOLERANCE
from smartcert.analysis.vectorised import Scorer
from smartcert.analysis.what_if import Change, WhatIfResult, summarise_shift, what_if
from smartcert.errors import InputError, Place, Problem, UsageError


def equal_weights(table: IndicatorTable) -> pd.Series[float]:
    """Return the same weight for every indicator (J,).

    Raises:
        UsageError: there is none.
    """
    number = table.shares.shape[1]
    if not number:
        raise UsageError("there is no indicator to weigh")
    return pd.Series(1.0 / number, index=table.shares.columns)


def entropy_weights(table: IndicatorTable) -> pd.Series[float]:
    """Return weights (J,) by Shannon's entropy: what is spread unevenly over the units weighs more.

    The share of each unit in a column's sum is taken, 0 log 0 as 0. A column of zeros weighs nothing.

    Raises:
        UsageError: fewer than two units, shares below 0, which have no entropy, or nothing differs anywhere.
    """
    values = table.shares.fillna(0.0)
    if (values < 0).any(axis=None):
        raise UsageError("entropy weights need shares of 0 or more; bring them onto such a scale first")
    if len(values) < 2:
        raise UsageError("entropy weights need at least two units")
    sums = values.sum()
    part = values.div(sums.where(sums > 0, 1.0)).to_numpy()
    logs = np.log(np.where(part > 0, part, 1.0))
    diversity = np.where(sums > 0, 1.0 + (part * logs).sum(axis=0) / np.log(len(values)), 0.0)
    diversity = np.where(diversity < 1e-12, 0.0, diversity)
    if diversity.sum() <= 0:
        raise UsageError("no indicator differs between units, so entropy gives no weights")
    return pd.Series(diversity / diversity.sum(), index=values.columns)


def pca_weights(table: IndicatorTable) -> pd.Series[float]:
    """Return weights (J,) by principal components (Nicoletti, Scarpetta and Boylaud 2000).

    Components with an eigenvalue above 1 are used; each indicator weighs by the square of its loading on the component
    where that is largest, times the share of the variance that this component explains. Constant columns weigh nothing.

    Raises:
        UsageError: fewer than two indicators that vary, fewer than three units with every value, or indicators that
            have nothing in common.
    """
    explained, loadings = principal_components(table.shares.fillna(0.0))
    used = explained.index[explained["eigenvalue"] > 1 + TOLERANCE]
    if not len(used):
        raise UsageError("no principal component explains more than one indicator alone, so they give no weights")
    squares = loadings[used] ** 2
    nearest = squares.idxmax(axis=1)
    share = explained.loc[used, "eigenvalue"] / explained.loc[used, "eigenvalue"].sum()
    own = squares.max(axis=1) / nearest.map(squares.sum()) * nearest.map(share)
    return (own / own.sum()).reindex(table.shares.columns).fillna(0.0)


def named_weights(table: IndicatorTable) -> dict[str, pd.Series[float]]:
    """Return the official weights and the three others by name."""
    return {
        "official": table.weights / table.weights.sum(),
        "equal": equal_weights(table),
        "entropy": entropy_weights(table),
        "principal": pca_weights(table),
    }


def compare_weights(
    arrays: RoundArrays, sets: Mapping[str, pd.Series[float]], scorer: Scorer | None = None
) -> tuple[pd.DataFrame, dict[str, WhatIfResult]]:
    """Return what each set of weights would do, a row per set as in `summarise_shift`, and the complete results.

    A set may name indicators, items or domains (as experts do); what is below keeps its share.
    """
    shared = scorer or Scorer(arrays)
    results = {}
    for name, weights in sets.items():
        check_weights(f"weights '{name}'", weights.to_dict())
        if not weights.sum() > 0:
            raise UsageError(f"weights '{name}': all of them are 0")
        points = {str(key): float(weight) * arrays.out_of for key, weight in (weights / weights.sum()).items()}
        results[name] = what_if(arrays, Change(weights=points), shared)
    rows = {name: summarise_shift(result.table) for name, result in results.items()}
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
    return pool_experts(read_comparisons(table), pooling)


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
        """Return (largest eigenvalue - n) / (n - 1) over the same of random matrices; 0 for up to two things.

        Raises:
            UsageError: more than fifteen things are compared, for which no such index is published.
        """
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
    names = list(dict.fromkeys([*map(str, table["left"]), *map(str, table["right"])]))
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

    rows = zip(*(table[name].astype(str) for name in COMPARISON_COLUMNS), strict=True)
    for line, (expert, left, right, text) in enumerate(rows, start=2):
        ratio = _parse_ratio(text)
        known = judgements.setdefault(expert, {})
        if ratio is None:
            report(line, "ratio", f"'{text}'", "a number or fraction from 1/9 to 9")
        elif left == right:
            report(line, "right", f"'{right}' compared with itself", "two different things")
        elif (left, right) in known:
            report(line, "left", f"'{left}' and '{right}' a second time", "each pair once")
        else:
            known[left, right], known[right, left] = ratio, 1 / ratio
    return judgements, problems


def _parse_ratio(text: str) -> float | None:
    try:
        ratio = Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        return None
    near = Fraction(1, 100)  # 0.11 is as good as 1/9
    return float(ratio) if Fraction(1, 9) - near <= ratio <= 9 else None


def pool_experts(experts: tuple[PairwiseComparisons, ...], pooling: Pooling = Pooling.JUDGEMENTS) -> pd.Series[float]:
    """Return the weights of a group of experts, by eigenvectors.

    Raises:
        UsageError: there is no expert.
    """
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
