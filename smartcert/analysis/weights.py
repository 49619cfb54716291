"""Equal, entropy, PCA, AHP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.coherence import IndicatorTable, principal_components
from smartcert.analysis.vectorised import Scorer
from smartcert.analysis.what_if import Change, WhatIfResult, what_if
from smartcert.errors import InputError, Place, Problem, UsageError

# --- Other ways to weights, from the data or from nothing, and what each would do to levels.


def equal_weights(standard: IndicatorTable) -> pd.Series[float]:
    """Return the same weight for every indicator; weights here sum up to one."""
    number = standard.shares.shape[1]
    return pd.Series(1.0 / number, index=standard.shares.columns)


def entropy_weights(standard: IndicatorTable) -> pd.Series[float]:
    """Return weights by Shannon's entropy: what is spread unevenly over the units weighs more.

    The share of each unit in a column's sum is taken, 0 log 0 as 0. A column of nothing weighs nothing.

    Raises:
        UsageError: fewer than two units, or nothing differs anywhere.
    """
    values = standard.shares.fillna(0.0)
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


def pca_weights(standard: IndicatorTable) -> pd.Series[float]:
    """Return weights by principal components (Nicoletti, Scarpetta and Boylaud 2000).

    Components with an eigenvalue above 1 are kept; each indicator weighs by the square of its loading on the component
    where that is largest, times the share of the variance that this component explains. Constant columns weigh nothing.

    Raises:
        UsageError: fewer than two indicators that vary, or fewer than three units with every value.
    """
    explained, loadings = principal_components(standard.shares.fillna(0.0))
    kept = explained.index[explained["eigenvalue"] > 1]
    squares = loadings[kept] ** 2
    nearest = squares.idxmax(axis=1)
    share = explained.loc[kept, "eigenvalue"] / explained.loc[kept, "eigenvalue"].sum()
    own = squares.max(axis=1) / nearest.map(squares.sum()) * nearest.map(share)
    return (own / own.sum()).reindex(standard.shares.columns).fillna(0.0)


def named_weights(standard: IndicatorTable) -> dict[str, pd.Series[float]]:
    """Return the official weights and the three others by name."""
    return {
        "official": standard.weights / standard.weights.sum(),
        "equal": equal_weights(standard),
        "entropy": entropy_weights(standard),
        "principal": pca_weights(standard),
    }


def compare_weights(
    arrays: RoundArrays, sets: Mapping[str, pd.Series[float]], scorer: Scorer | None = None
) -> tuple[pd.DataFrame, dict[str, WhatIfResult]]:
    """Return what each set of weights would do: moved levels, gains, losses, mean shifts; and the whole results.

    A set may name indicators, items or domains (as experts do); what is below keeps its share.
    """
    made = scorer or Scorer(arrays)
    results = {}
    for name, weights in sets.items():
        points = {str(key): float(weight) * arrays.out_of for key, weight in (weights / weights.sum()).items()}
        results[name] = what_if(arrays, Change(weights=points), made)
    rows = {name: summarise_shift(result.table) for name, result in results.items()}
    return pd.DataFrame(rows).T.rename_axis("weights"), results


def summarise_shift(table: pd.DataFrame) -> dict[str, float]:
    """Return what a `Result.table` says in sum: levels_moved, gains, loses, points (mean), places (mean)."""
    return {
        "levels_moved": float((table["level"] != table["level_if"]).sum()),
        "gains": float((table["flips"] == "gains").sum()),
        "loses": float((table["flips"] == "loses").sum()),
        "points": float(table["moved"].abs().mean()),
        "places": float((table["place_if"] - table["place"]).abs().mean()),
    }


# --- Weights from experts by pairwise comparison (AHP, Saaty 1977), with who contradicts themselves and where.

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Mean consistency index of random matrices of order 1 to 15 (Saaty 1980)."""
ACCEPTED_RATIO = 0.10
"""The consistency ratio up to which Saaty accepts a matrix."""
COMPARISON_COLUMNS = ("expert", "left", "right", "ratio")


class PriorityMethod(StrEnum):
    """How weights are taken from a matrix."""

    EIGENVECTOR = "eigenvector"
    GEOMETRIC_MEAN = "geometric_mean"


class Pooling(StrEnum):
    """How experts become a group: their judgements are averaged first, or the weights of each; both geometrically."""

    JUDGEMENTS = "judgements"
    WEIGHTS = "weights"


@dataclass(frozen=True, kw_only=True, eq=False)
class PairwiseComparisons:
    """One expert's reciprocal matrix: how many times more important the row is than the column."""

    expert: str
    names: tuple[str, ...]
    matrix: Floats

    def weights(self, derivation: PriorityMethod = PriorityMethod.EIGENVECTOR) -> pd.Series[float]:
        """Return the weights, which sum up to one."""
        by_rows = derivation is PriorityMethod.GEOMETRIC_MEAN
        made = np.exp(np.log(self.matrix).mean(axis=1)) if by_rows else self._principal[1]
        return pd.Series(made / made.sum(), index=pd.Index(self.names))

    @property
    def largest_eigenvalue(self) -> float:
        """Return the largest eigenvalue: the number of things compared where all is consistent, else more."""
        return self._principal[0]

    @property
    def consistency_index(self) -> float:
        """Return (largest eigenvalue - n) / (n - 1); 0 for up to two things."""
        number = len(self.names)
        return (self._principal[0] - number) / (number - 1) if number > 2 else 0.0

    @property
    def consistency_ratio(self) -> float:
        """Return the consistency index over that of random matrices of the same order.

        Raises:
            UsageError: more than fifteen things are compared, for which no such index is published.
        """
        number = len(self.names)
        if number > len(RANDOM_INDEX):
            raise UsageError(f"no random index is published for {number} things; compare at most {len(RANDOM_INDEX)}")
        return max(self.consistency_index, 0.0) / RANDOM_INDEX[number - 1] if number > 2 else 0.0

    def contradictions(self, most: int = 5) -> pd.DataFrame:
        """Return the judgements that fit the others least: left, right, ratio, implied, off, triad, times.

        ``implied`` is the ratio that the weights of all judgements together give, ``off`` by how many times the
        judgement is away from it. ``triad`` is a third thing by way of which the expert says something else of the
        pair, and ``times`` how far the two ways are apart.
        """
        weights = self.weights().to_numpy()
        rows = []
        for i, j in combinations(range(len(self.names)), 2):
            said, implied = self.matrix[i, j], weights[i] / weights[j]
            ways = {
                k: said / (self.matrix[i, k] * self.matrix[k, j]) for k in range(len(self.names)) if k not in (i, j)
            }
            worst = max(ways, key=lambda k: abs(np.log(ways[k])), default=None)
            off = float(np.exp(abs(np.log(said / implied))))
            times = 1.0 if worst is None else float(np.exp(abs(np.log(ways[worst]))))
            third = "" if worst is None else self.names[worst]
            rows.append((self.names[i], self.names[j], float(said), float(implied), off, third, times))
        columns = pd.Index(["left", "right", "ratio", "implied", "off", "triad", "times"])
        return pd.DataFrame(rows, columns=columns).sort_values("off", ascending=False).head(most).reset_index(drop=True)

    @cached_property
    def _principal(self) -> tuple[float, Floats]:
        values, vectors = np.linalg.eig(self.matrix)
        at = int(np.argmax(values.real))
        return float(values[at].real), np.abs(vectors[:, at].real)


def read_comparisons(table: pd.DataFrame, file: str = "comparisons") -> tuple[PairwiseComparisons, ...]:
    """Return the matrices of all experts in the order in which they first appear.

    Ratios may be written as numbers or as fractions ("1/5"). A pair may be given either way round, but once.

    Raises:
        InputError: columns are missing; a ratio is none or not within 1/9 to 9; a pair is compared twice, with itself,
            or not at all by an expert. Everything at once, with its line (the heading is line 1).
    """
    missing = [name for name in COMPARISON_COLUMNS if name not in table.columns]
    if missing:
        place = Place(file=file, line=1)
        raise InputError([Problem(place=place, found=f"no column {name}", wanted="the column") for name in missing])
    names = list(dict.fromkeys([*map(str, table["left"]), *map(str, table["right"])]))
    said, problems = _read_judgements(table, file)
    for expert, known in said.items():
        gone = [(left, right) for left, right in combinations(names, 2) if (left, right) not in known]
        if gone and not problems:
            told = ", ".join(f"{left} and {right}" for left, right in gone)
            problems = [_problem(file, None, "expert", f"'{expert}' does not compare {told}", "every pair")]
    if problems:
        raise InputError(problems)
    return tuple(
        PairwiseComparisons(
            expert=expert,
            names=tuple(names),
            matrix=np.array([[known.get((left, right), 1.0) for right in names] for left in names]),
        )
        for expert, known in said.items()
    )


def _read_judgements(table: pd.DataFrame, file: str) -> tuple[dict[str, dict[tuple[str, str], float]], list[Problem]]:
    """Return what each expert says of each pair, both ways round, and what is wrong with the rows."""
    problems: list[Problem] = []
    said: dict[str, dict[tuple[str, str], float]] = {}
    rows = zip(*(table[name].astype(str) for name in COMPARISON_COLUMNS), strict=True)
    for line, (expert, left, right, text) in enumerate(rows, start=2):
        ratio = _parse_ratio(text)
        known = said.setdefault(expert, {})
        if ratio is None:
            problems.append(_problem(file, line, "ratio", f"'{text}'", "a number or fraction from 1/9 to 9"))
        elif left == right:
            problems.append(_problem(file, line, "right", f"'{right}' compared with itself", "two different things"))
        elif (left, right) in known:
            problems.append(_problem(file, line, "left", f"'{left}' and '{right}' a second time", "each pair once"))
        else:
            known[left, right], known[right, left] = ratio, 1 / ratio
    return said, problems


def pool_experts(experts: tuple[PairwiseComparisons, ...], pooling: Pooling = Pooling.JUDGEMENTS) -> pd.Series[float]:
    """Return the weights of a group of experts, by eigenvectors.

    Raises:
        UsageError: there is no expert.
    """
    if not experts:
        raise UsageError("a group needs at least one expert")
    if pooling is Pooling.JUDGEMENTS:
        pooled = np.exp(np.mean([np.log(one.matrix) for one in experts], axis=0))
        return PairwiseComparisons(expert="", names=experts[0].names, matrix=pooled).weights()
    made = np.exp(np.mean([np.log(one.weights().to_numpy()) for one in experts], axis=0))
    return pd.Series(made / made.sum(), index=pd.Index(experts[0].names))


def describe_consistency(experts: tuple[PairwiseComparisons, ...]) -> pd.DataFrame:
    """Return a row per expert: consistency_ratio, accepted, and where the expert contradicts itself most."""
    rows = []
    for one in experts:
        worst = one.contradictions(1).to_dict("records")
        where = " : ".join((worst[0]["left"], worst[0]["right"])) if worst else ""
        ratio, off = one.consistency_ratio, float(worst[0]["off"]) if worst else 1.0
        rows.append(
            {"expert": one.expert, "ratio": ratio, "accepted": ratio <= ACCEPTED_RATIO, "where": where, "off": off}
        )
    return pd.DataFrame(rows).set_index("expert")


def _parse_ratio(text: str) -> float | None:
    try:
        made = Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        return None
    near = Fraction(1, 100)  # 0.11 is as good as 1/9
    return float(made) if Fraction(1, 9) - near <= made <= 9 else None


def _problem(file: str, line: int | None, field: str, found: str, wanted: str) -> Problem:
    return Problem(place=Place(file=file, line=line, field=field), found=found, wanted=wanted)
