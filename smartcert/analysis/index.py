"""Any composite index from a plain table and its hierarchy: build it, reproduce a published one, audit it.

The structure is a table with a row per indicator and per group above it:

=============  ======================================================================================================
name           the column of the data, or the name of a group
parent         the group above; empty for the index itself, of which there is one
weight         within its parent; 1 where empty
direction      1 more is better, -1 less is better; 1 where empty (indicators)
per            column of the data that the value is divided by (indicators)
transform      ``log`` for the natural logarithm, of goalposts too (indicators)
normal         one of `Normal`: ``zscore``, ``minmax``, ``rank`` ...; ``minmax`` where empty (indicators)
low, high      goalposts; the target of ``distance`` is ``high`` (indicators)
mean           ``arithmetic``, ``geometric`` or ``harmonic``; ``arithmetic`` where empty (groups)
available      share of the weight below that must be there for a group to have a value; 1 where empty (groups)
=============  ======================================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Floats
from smartcert.analysis.coherence import Standard
from smartcert.analysis.normalise import Mean, Normal, combined, normalised
from smartcert.analysis.structure import Group, Leaf, read_structure
from smartcert.errors import UsageError


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """A composite index: a value for every unit and every node of the hierarchy."""

    data: pd.DataFrame
    root: Group

    @classmethod
    def from_tables(cls, data: pd.DataFrame, structure: pd.DataFrame) -> Index:
        """Return the index of a table of indicators (a row per unit) and its structure.

        >>> data = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [30.0, 20.0, 10.0]}, index=["x", "y", "z"])
        >>> rows = [("i", ""), ("a", "i"), ("b", "i")]
        >>> made = Index.from_tables(data, pd.DataFrame(rows, columns=["name", "parent"]))
        >>> made.values["i"].tolist()
        [0.5, 0.5, 0.5]

        Raises:
            InputError: every problem of the structure, and every column of it that the data lack.
        """
        return cls(data=data, root=read_structure(structure, data.columns))

    @cached_property
    def normal(self) -> pd.DataFrame:
        """Return the indicators on the scale of the index."""
        return pd.DataFrame({leaf.name: self._leaf(leaf) for leaf in self.root.leaves()}, index=self.data.index)

    @cached_property
    def values(self) -> pd.DataFrame:
        """Return the values of all groups and, first, of the index itself; NaN where too little is available."""
        return self._values({})

    def ranks(self, digits: int | None = None) -> pd.Series[float]:
        """Return the ranks of the index, 1 is best, ties share the better one.

        With ``digits`` the value is first rounded half-up, as published indices are ranked by the figure they print.
        """
        own = self.values[self.root.name]
        shown = own if digits is None else np.floor(own * 10**digits + 0.5 + 1e-9) / 10**digits
        return shown.rank(method="min", ascending=False)

    def standard(self) -> Standard:
        """Return what the audits of ``smartcert.analysis.coherence`` take: normal values, weights, groups.

        Weights multiply down the hierarchy. Items are the groups that hold indicators, domains those right below the
        index that are not items.
        """
        weights = dict(self.root.weights(1.0))
        items = {one.name: [leaf.name for leaf in one.leaves()] for one in self.root.groups() if one.holds_leaves}
        domains = {
            one.name: [leaf.name for leaf in one.leaves()]
            for one in self.root.parts
            if isinstance(one, Group) and one.name not in items
        }
        return Standard(
            shares=self.normal, weights=pd.Series(weights)[self.normal.columns], items=items, domains=domains
        )

    def rank_intervals(self, percent: float = 25.0, draws: int = 1000, seed: int = 1) -> pd.DataFrame:
        """Return, per unit, its rank and the 5th and 95th percentile of its rank over other weights.

        Every weight of the hierarchy varies on its own by up to plus or minus ``percent``.

        Raises:
            UsageError: a percentage that is not from 0 to below 100, or fewer than one draw.
        """
        if not 0 <= percent < 100 or draws < 1:
            raise UsageError(f"weights vary by 0 to below 100 percent in at least one draw, not {percent} in {draws}")
        rng = np.random.default_rng(seed)
        names = [leaf.name for leaf in self.root.leaves()] + [one.name for one in self.root.groups()]
        ranks = []
        for _ in range(draws):
            factors = dict(zip(names, 1 + percent / 100 * rng.uniform(-1, 1, len(names)), strict=True))
            ranks.append(self._values(factors)[self.root.name].rank(method="min", ascending=False).to_numpy())
        low, high = np.nanpercentile(np.array(ranks), [5, 95], axis=0)
        return pd.DataFrame({"rank": self.ranks(), "low": low, "high": high}, index=self.data.index)

    def _values(self, factors: dict[str, float]) -> pd.DataFrame:
        found: dict[str, Floats] = {}
        self._group(self.root, factors, found)
        order = [self.root.name, *(one.name for one in self.root.groups() if one is not self.root)]
        return pd.DataFrame(found, index=self.data.index)[order]

    def _group(self, group: Group, factors: dict[str, float], found: dict[str, Floats]) -> Floats:
        columns = [
            self._group(part, factors, found) if isinstance(part, Group) else self.normal[part.name].to_numpy()
            for part in group.parts
        ]
        weights = np.array([part.weight * factors.get(part.name, 1.0) for part in group.parts])
        made = combined(np.stack(columns, axis=1), weights, group.mean, group.available)
        found[group.name] = made
        return made

    def _leaf(self, leaf: Leaf) -> Floats:
        values = self.data[leaf.name].to_numpy(dtype=np.float64)
        if leaf.per:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = values / self.data[leaf.per].to_numpy(dtype=np.float64)
            values = np.where(np.isfinite(values), values, np.nan)
        low, high = leaf.low, leaf.high
        if leaf.log:
            if (values[~np.isnan(values)] <= 0).any():
                raise UsageError(f"'{leaf.name}' has values of 0 or less, which have no logarithm")
            values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
        try:
            return normalised(values, leaf.normal, leaf.direction, low, high)
        except UsageError as error:
            raise UsageError(f"'{leaf.name}': {error}") from None


__all__ = ["Index", "Mean", "Normal"]
