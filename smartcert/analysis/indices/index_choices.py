"""What if an index was built otherwise? Comparison, removal of parts, uncertainty and sensitivity over its choices.

Uncertainty and sensitivity as in Saisana, Saltelli and Tarantola (2005): every run takes one alternative of each
choice, and the ranks of all runs stand beside the nominal ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_number, check_repetitions, check_whole_number
from smartcert.analysis.arrays import Floats
from smartcert.analysis.drawings import Bars, Drawing, Intervals, Moves
from smartcert.analysis.indices.aggregate import IndexAggregation
from smartcert.analysis.indices.index import Index, IndexMethod, parse_names, round_values
from smartcert.analysis.ranks import competition_ranks_of, correlate, mean_ranks, percentile_interval
from smartcert.analysis.results import Result, TableResult, build_result, describe_columns
from smartcert.analysis.sensitivity import MIN_BASE, SobolIndices, build_design, estimate_indices
from smartcert.analysis.sobol_sequence import build_sobol_points
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError, suggest
from smartcert.lazy_dataclass import dataclass

MOST_SETS = 100_000
"""How many sets of weights are drawn at most."""


@dataclass(frozen=True, kw_only=True)
class Between:
    """A number that varies evenly from ``low`` to ``high``, as a choice of an `IndexPlan`.

    >>> Between(low=0.5, high=1).low
    0.5
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Check both ends.

        Raises:
            UsageError: they are no numbers, or not in order.
        """
        check_number("low", self.low)
        check_number("high", self.high)
        if not self.low < self.high:
            raise UsageError(f"low is below high, not {self.low} and {self.high}")


@dataclass(frozen=True, kw_only=True)
class WeightNoise:
    """Weights that vary, each by itself and evenly, by up to plus or minus ``percent``, as a choice of an `IndexPlan`.

    ``names`` are the groups and indicators whose weights vary; without any all of them do. ``sets`` of them are drawn
    beforehand; a run takes one.

    >>> WeightNoise(percent=10, names="health").names
    ('health',)
    """

    percent: float = 25.0
    names: tuple[str, ...] = ()
    sets: int = 1000

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            UsageError: a percentage that is not above 0 to below 100, or fewer than two sets.
        """
        check_number("percent", self.percent)
        check_whole_number("sets", self.sets, 2, MOST_SETS)
        if not 0 < self.percent < 100:
            raise UsageError(f"weights vary by more than 0 to below 100 percent, not {self.percent}")
        object.__setattr__(self, "names", parse_names(self.names))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IndexComparison(Result):
    """Several indices of the same units beside each other; the first is what the others are compared with.

    ``table``: a row per unit with its rank in each. ``shifts``: a row per other index with its rank correlation
    (Spearman's) with the first, the mean and the largest shift of a rank, and how many units shift at all.

    >>> list(IndexComparison.__dataclass_fields__)  # `compare_indices` gives one
    ['table', 'values', 'shifts', 'kind']
    """

    table: pd.DataFrame
    values: pd.DataFrame
    shifts: pd.DataFrame
    kind: str = "index_comparison"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: from the rank in the first index to that in the second."""
        return Moves(before=str(self.table.columns[0]), after=str(self.table.columns[1]), ascending=True)


@check_arguments
def compare_indices(
    indices: Mapping[str, Index], *, of: str | None = None, digits: int | None = None
) -> IndexComparison:
    """Return several indices beside each other, or their group or indicator ``of``.

    >>> import pandas as pd, smartcert
    >>> data = pd.DataFrame({"a": [0.0, 1.0, 3.0], "b": [4.0, 2.0, 0.0]}, index=["x", "y", "z"])
    >>> structure = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"]})
    >>> own = smartcert.Index.from_tables(data, structure)
    >>> smartcert.compare_indices({"equal": own, "a more": own.change(weights={"a": 3})}).table["a more"].to_dict()
    {'x': 3.0, 'y': 2.0, 'z': 1.0}

    Raises:
        UsageError: fewer than two, or indices of other units.
    """
    if len(indices) < 2:
        raise UsageError("two or more indices by name are wanted")
    for name, index in indices.items():
        if not isinstance(index, Index):
            raise UsageError(f"'{name}' is no Index, but {type(index).__name__}")
    first = next(iter(indices.values()))
    units = first.data.index
    if any(not index.data.index.equals(units) for index in indices.values()):
        raise UsageError("indices of the same units, in the same order, are compared")
    values = {name: pd.Series(index.column(of), index=units) for name, index in indices.items()}
    ranks = pd.DataFrame({name: index.ranks(digits, of=of) for name, index in indices.items()}, index=units)
    nominal = ranks.iloc[:, 0].to_numpy(np.float64)
    rows = []
    for name in list(ranks.columns)[1:]:
        other = ranks[name].to_numpy(np.float64)
        shift = np.abs(other - nominal)
        known = shift[~np.isnan(shift)]
        mean, largest = (float(known.mean()), float(known.max())) if known.size else (np.nan, np.nan)
        rows.append((name, correlate_ranks(nominal, other), mean, largest, int((known > 0).sum())))
    columns = pd.Index(["index", "correlation", "mean_shift", "largest_shift", "shifted"])
    return IndexComparison(
        table=describe_columns(ranks, "index_comparison"),
        values=pd.DataFrame(values),
        shifts=describe_columns(pd.DataFrame(rows, columns=columns).set_index("index"), "index_shifts"),
    )


def correlate_ranks(first: Floats, second: Floats) -> float:
    """Return Spearman's rank correlation of two columns (N,) over units with both; NaN where `correlate` has none."""
    both = ~(np.isnan(first) | np.isnan(second))
    return correlate(mean_ranks(first[both]), mean_ranks(second[both]))


@check_arguments
def remove_elements(index: Index, names: Sequence[str] | None = None) -> TableResult:
    """Return what leaving out each part alone would do to the ranks, a row per part, most first.

    Without names every group and indicator below the index is left out in turn. Columns: mean_shift and largest_shift
    of a rank, correlation (Spearman's) with the nominal ranks. Where nothing of the index would be left, they are NaN.

    >>> import pandas as pd, smartcert
    >>> data = pd.DataFrame({"a": [0.0, 1.0, 3.0], "b": [4.0, 2.0, 0.0]}, index=["x", "y", "z"])
    >>> structure = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"], "weight": [1, 3, 1]})
    >>> smartcert.remove_elements(smartcert.Index.from_tables(data, structure)).table["largest_shift"].to_dict()
    {'a': 2.0, 'b': 0.0}

    Raises:
        UsageError: a name that is none.
    """
    known = [part.name for group in index.root.groups() for part in group.parts]
    chosen = known if names is None else list(names)
    nominal = np.asarray(index.ranks(), dtype=np.float64)
    rows: dict[str, tuple[float, float, float]] = {}
    for name in chosen:
        if name not in known:
            raise UsageError(f"no group or indicator '{name}'{suggest(name, known)}")
        rows[name] = (np.nan,) * 3
        try:
            left = index.change(leave_out=(*index.method.leave_out, name))
            other = np.asarray(left.ranks(), dtype=np.float64)
        except UsageError:
            continue
        shift = np.abs(other - nominal)
        if (~np.isnan(shift)).any():
            rows[name] = (float(np.nanmean(shift)), float(np.nanmax(shift)), correlate_ranks(nominal, other))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["mean_shift", "largest_shift", "correlation"])
    table = table.sort_values("mean_shift", ascending=False, kind="stable").rename_axis("part")
    return build_result("removal", table, Bars(columns=("mean_shift",)))


Alternatives = Sequence[object] | Between | WeightNoise


@dataclass(frozen=True, kw_only=True, eq=False)
class IndexPlan:
    """Which choices of an index vary, and how: alternatives by the name of a choice of `IndexMethod`.

    The alternatives of a choice are a list of its values, all equally likely, a `Between` for a number, or a
    `WeightNoise` for ``weights``. ``digits`` rounds values before they are ranked.

    >>> import pandas as pd, smartcert
    >>> data = pd.DataFrame({"a": [1.0, 2.0, 4.0, 3.0], "b": [4.0, 3.0, 1.0, 2.5]}, index=list("wxyz"))
    >>> structure = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"]})
    >>> plan = smartcert.IndexPlan(
    ...     index=smartcert.Index.from_tables(data, structure),
    ...     choices={"scale": ["minmax", "rank"], "weights": smartcert.WeightNoise(percent=25)},
    ... )
    >>> plan.run(200).table.loc["w", "nominal"]
    np.float64(2.0)
    """

    index: Index
    choices: Mapping[str, Alternatives]
    digits: int | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        """Check every alternative by itself against the index.

        Raises:
            UsageError: no choice, an unknown one, one without two alternatives, or an alternative that does not fit.
        """
        if not isinstance(self.index, Index):
            raise UsageError(f"an Index is wanted, not {type(self.index).__name__}")
        check_whole_number("seed", self.seed, 0)
        choices: object = self.choices
        if not isinstance(choices, Mapping) or not choices:
            raise UsageError("choices: alternatives by the name of a choice are wanted")
        known = [field.name for field in fields(IndexMethod)]
        for name, alternatives in self.choices.items():
            if name not in known:
                raise UsageError(f"no choice '{name}'{suggest(str(name), known)}; there are: {', '.join(known)}")
            self._check_alternatives(name, alternatives)
        if "power" in self.choices and not self._reads_power():
            raise UsageError("power: only a power mean reads it; let mean be one, or vary")
        round_values(np.zeros(1), self.digits)

    def _check_alternatives(self, name: str, alternatives: object) -> None:
        if isinstance(alternatives, WeightNoise):
            if name != "weights":
                raise UsageError(f"{name}: a WeightNoise is for weights")
            known = self._weighted
            for own in alternatives.names:
                if own not in known:
                    raise UsageError(f"weights: no '{own}'{suggest(own, list(known))}")
        elif isinstance(alternatives, Between):
            for end in (alternatives.low, alternatives.high):
                self.index.change(**{name: end})
        elif isinstance(alternatives, str | Mapping) or not isinstance(alternatives, Sequence) or len(alternatives) < 2:
            raise UsageError(f"{name}: a list of two or more alternatives is wanted, not {alternatives!r}")
        else:
            for value in alternatives:
                self.index.change(**{name: value})

    def _reads_power(self) -> bool:
        """Return whether a group has a power mean, in any alternative of ``mean``."""
        means: Any = self.choices.get("mean", (self.index.method.mean,))
        methods = [replace(self.index.method, mean=mean) for mean in means]
        return any(mean is IndexAggregation.POWER for method in methods for mean in self.index.list_means(method))

    @cached_property
    def _weighted(self) -> dict[str, float]:
        own = self.index.method.weights or {}
        return {
            part.name: float(own.get(part.name, part.weight))
            for group in self.index.root.groups()
            for part in group.parts
        }

    @cached_property
    def _noisy(self) -> list[dict[str, float]]:
        noise = self.choices["weights"]
        if not isinstance(noise, WeightNoise):
            raise AssertionError("only asked for where weights vary by noise")
        names = noise.names or tuple(self._weighted)
        rng = np.random.default_rng(self.seed)
        factors = 1 + noise.percent / 100 * rng.uniform(-1, 1, (noise.sets, len(names)))
        return [
            self._weighted
            | {name: self._weighted[name] * float(factor) for name, factor in zip(names, row, strict=True)}
            for row in factors
        ]

    def _method_at(self, point: Floats) -> IndexMethod:
        """Return the choices at a point of the unit cube (C,)."""
        chosen: dict[str, Any] = {}
        for (name, alternatives), at in zip(self.choices.items(), point, strict=True):
            if isinstance(alternatives, Between):
                chosen[name] = alternatives.low + float(at) * (alternatives.high - alternatives.low)
            else:
                own = self._noisy if isinstance(alternatives, WeightNoise) else alternatives
                chosen[name] = own[min(int(at * len(own)), len(own) - 1)]
        return replace(self.index.method, **chosen)

    def rank_at(self, points: Floats) -> Floats:
        """Return the ranks (D runs, N units) at points of the unit cube (D, C), a column per choice.

        Raises:
            UsageError: a run that is not possible, as a geometric mean of numbers below 0; names its choices.
        """
        runs: dict[str, Floats] = {}
        ranks = np.empty((len(points), len(self.index.data)))
        for row, point in enumerate(points):
            method = self._method_at(point)
            key = repr(method)
            if key not in runs:
                try:
                    values = self.index.compute(method)
                except UsageError as error:
                    named = ", ".join(f"{name} {getattr(method, name)}" for name in self.choices if name != "weights")
                    raise UsageError(f"a run is not possible ({named}): {error}") from None
                runs[key] = competition_ranks_of(round_values(values, self.digits))
            ranks[row] = runs[key]
        return ranks

    @check_arguments
    def run(self, runs: int = 1000) -> IndexUncertainty:
        """Return the ranks of all units over runs of a Sobol sequence of choices.

        Raises:
            UsageError: no number of runs, or a run that is not possible.
        """
        check_repetitions("runs", runs, 2, len(self.index.data))
        points = build_sobol_points(1 << (runs - 1).bit_length(), len(self.choices), self.seed)[:runs]
        return IndexUncertainty(plan=self, nominal=self.index.ranks(self.digits), ranks=self.rank_at(points))

    @check_arguments
    def sensitivity(self, base: int = 256) -> SobolIndices:
        """Return Sobol indices of the mean absolute shift of a rank, a row per choice, from base x (choices + 2) runs.

        The mean is over the units that have a rank in the run and nominally.

        Raises:
            UsageError: no such base (a power of two), ranks that never shift, or a run that is not possible or leaves
                nobody with a rank.
        """
        check_repetitions("base", base, MIN_BASE, (len(self.choices) + 2) * len(self.index.data))
        design = build_design(list(self.choices), base, self.seed)
        nominal = self.index.ranks(self.digits).to_numpy(np.float64)
        known = ~np.isnan(nominal)
        if not known.any():
            raise UsageError("no unit has a value, so there is no rank that could shift")
        shifts = np.abs(self.rank_at(design.points) - nominal)[:, known]
        if np.isnan(shifts).all(axis=1).any():
            raise UsageError("a run leaves no unit with a rank that could be compared")
        return estimate_indices(design, np.nanmean(shifts, axis=1), self.seed)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IndexUncertainty(Result):
    """The ranks (D runs, N units) of a plan, beside the ``nominal`` ones.

    >>> list(IndexUncertainty.__dataclass_fields__)  # `IndexPlan.run` gives one
    ['plan', 'nominal', 'ranks', 'kind']
    """

    plan: IndexPlan
    nominal: pd.Series[float]
    ranks: Floats
    kind: str = "index_uncertainty"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: the median rank with its interval."""
        return Intervals(value="median", low="low", high="high", ascending=True)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per unit: nominal rank, mean, median, low and high (5th and 95th percentile) over the runs."""
        low, high = percentile_interval(self.ranks)
        known = ~np.isnan(self.ranks).all(axis=0)
        mean, median = (np.full(self.ranks.shape[1], np.nan) for _ in range(2))
        mean[known], median[known] = (
            np.nanmean(self.ranks[:, known], axis=0),
            np.nanmedian(self.ranks[:, known], axis=0),
        )
        columns = {"nominal": self.nominal, "mean": mean, "median": median, "low": low, "high": high}
        return describe_columns(pd.DataFrame(columns, index=self.nominal.index), self.kind)
