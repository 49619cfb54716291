"""How are indicators brought onto one scale?"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from numbers import Real

import numpy as np

from smartcert.analysis.arguments import check_number, parse_choice
from smartcert.analysis.arrays import Floats
from smartcert.analysis.ranks import competition_ranks_of, mean_ranks, varies
from smartcert.argument_types import check_fields
from smartcert.errors import UsageError, suggest
from smartcert.lazy_dataclass import dataclass


class Normalisation(StrEnum):
    """How a column is brought onto the scale of the index; see `Scale`. Names as the package COINr has them."""

    ZSCORE = "zscore"
    MINMAX = "minmax"
    RANK = "rank"
    GOALPOSTS = "goalposts"
    DISTANCE = "distance"
    NONE = "none"
    SCALED = "scaled"
    ORDINAL = "ordinal"
    BORDA = "borda"
    PRANK = "prank"
    FRACMAX = "fracmax"
    DIST2TARG = "dist2targ"
    DIST2REF = "dist2ref"
    DIST2MAX = "dist2max"


_OWN_RANGE = (Normalisation.MINMAX, Normalisation.GOALPOSTS, Normalisation.SCALED)
"""Scales whose result can be set to run from ``bottom`` to ``top``."""
_SPREAD = (
    *(Normalisation.ZSCORE, Normalisation.MINMAX, Normalisation.DIST2MAX),
    *(Normalisation.DIST2REF, Normalisation.DIST2TARG),
)
"""Scales that take their unit from the spread of the column."""
_READS_LOW_HIGH = (Normalisation.GOALPOSTS, Normalisation.SCALED)
_READS_HIGH = (*_READS_LOW_HIGH, Normalisation.DISTANCE, Normalisation.DIST2TARG)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A scale and its parameters; whatever its ``method`` does not read is refused.

    - minmax: ``bottom`` at the worst value, ``top`` at the best that occurs;
    - zscore: standard deviations (of the sample) from the mean, times ``deviation``, plus ``mean``;
    - goalposts: ``bottom`` at ``low``, ``top`` at ``high`` (the other way round where less is better), clamped to both;
    - scaled: the same, not clamped;
    - rank: the share of others that are worse, ties half, 0 to 1; prank: ties as the worse of them;
    - ordinal: 1 for the worst, ties at the lower number; borda: the number of units that are worse;
    - distance: the value over the target ``high``, or the target over the value where less is better;
    - fracmax: the value over the largest, or the smallest over the value where less is better (values above 0);
    - dist2targ: 0 at the worst value, 1 at the target ``high``; dist2ref: the same with the value of the unit
      ``reference``; dist2max: the same with the best value. ``clamp`` cuts what lies beyond the target or reference;
    - none: the value itself, with the sign of its direction.

    >>> import smartcert
    >>> smartcert.Scale(method="zscore", mean=10, deviation=2).method
    <Normalisation.ZSCORE: 'zscore'>
    """

    method: Normalisation = Normalisation.MINMAX
    low: float = float("nan")
    high: float = float("nan")
    bottom: float = 0.0
    top: float = 1.0
    mean: float = 0.0
    deviation: float = 1.0
    reference: str | None = None
    clamp: bool = False

    def __post_init__(self) -> None:
        """Read the method given by value, and check that it has its parameters and no other.

        Raises:
            UsageError: an unknown method, a parameter that is missing, no number, out of order or not read.
        """
        method = parse_choice("normalisation", self.method, Normalisation)
        object.__setattr__(self, "method", method)
        check_fields(self, "reference", "clamp")
        for name in ("low", "high"):
            if not isinstance(getattr(self, name), Real) or isinstance(getattr(self, name), bool):
                raise UsageError(f"{method.value}: {name}: a number is wanted, not {getattr(self, name)!r}")
        for name in ("bottom", "top", "mean", "deviation"):
            check_number(name, getattr(self, name))
        self._check_read(method)
        if method in _READS_LOW_HIGH and not (
            np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high
        ):
            raise UsageError(
                f"{method.value}: goalposts are two finite numbers, low below high, not {self.low} and {self.high}"
            )
        if method in (Normalisation.DISTANCE, Normalisation.DIST2TARG) and not np.isfinite(self.high):
            raise UsageError(f"{method.value}: a target is a finite number, not {self.high}")
        if method is Normalisation.DISTANCE and self.high <= 0:
            raise UsageError(f"a target is a finite number above 0, not {self.high}")
        if not (self.bottom < self.top and self.deviation > 0):
            raise UsageError(
                f"bottom is below top and a deviation above 0, not {self.bottom}, {self.top} and {self.deviation}"
            )
        if method is Normalisation.DIST2REF and self.reference is None:
            raise UsageError("dist2ref: the reference is the name of a unit")

    def _check_read(self, method: Normalisation) -> None:
        read = {
            "low": method in _READS_LOW_HIGH or np.isnan(self.low),
            "high": method in _READS_HIGH or np.isnan(self.high),
            "bottom": method in _OWN_RANGE or self.bottom == 0,
            "top": method in _OWN_RANGE or self.top == 1,
            "mean": method is Normalisation.ZSCORE or self.mean == 0,
            "deviation": method is Normalisation.ZSCORE or self.deviation == 1,
            "reference": method is Normalisation.DIST2REF or self.reference is None,
            "clamp": method in (Normalisation.DIST2TARG, Normalisation.DIST2REF) or not self.clamp,
        }
        if unread := [name for name, good in read.items() if not good]:
            raise UsageError(f"{method.value} does not read {', '.join(unread)}")


def normalise(
    values: Floats, method: Normalisation, direction: int = 1, low: float = np.nan, high: float = np.nan
) -> Floats:
    """Return values (N units,) on one scale, more is better; NaN stays NaN. See `Scale` for the methods.

    Goalposts and targets are ignored by a method that has none. Methods as in the OECD/JRC Handbook on composite
    indicators (2008, step 5).

    Raises:
        UsageError: an unknown method or direction, goalposts that are missing or not ascending, a target that is
            missing or not above 0, values that have no distance to it, an infinite value, or a column that does not
            vary where its spread is the scale.
    """
    method = parse_choice("normalisation", method, Normalisation)
    low, high = low if method in _READS_LOW_HIGH else np.nan, high if method in _READS_HIGH else np.nan
    return rescale_column(values, Scale(method=method, low=low, high=high), direction)


def rescale_column(values: Floats, scale: Scale, direction: int = 1, units: Sequence[object] = ()) -> Floats:
    """Return values (N units,) on a scale, more is better; NaN stays NaN. ``units`` name them, for a reference."""
    if direction not in (1, -1):
        raise UsageError(f"direction: 1 or -1 is wanted, not {direction!r}")
    if np.isinf(values).any():
        raise UsageError("a column holds an infinite number")
    if scale.method in _SPREAD and not varies(values):
        raise UsageError(f"a column that does not vary has no {scale.method.value} scale")
    match scale.method:
        case Normalisation.GOALPOSTS | Normalisation.SCALED:
            return _scale_between(values, direction, scale)
        case Normalisation.DISTANCE:
            return _compare_with_target(values, direction, scale.high)
        case Normalisation.FRACMAX:
            return _compare_with_largest(values, direction)
        case Normalisation.RANK | Normalisation.ORDINAL | Normalisation.BORDA | Normalisation.PRANK:
            return _rank_on_scale(values * direction, scale.method)
        case Normalisation.NONE:
            return values * direction
        case Normalisation.ZSCORE:
            signed = values * direction
            own = (signed - np.nanmean(signed)) / np.nanstd(signed, ddof=1)
            return np.asarray(own * scale.deviation + scale.mean)
        case _:
            return _scale_from_worst(values * direction, scale, direction, units)


def _scale_between(values: Floats, direction: int, scale: Scale) -> Floats:
    scaled = (values - scale.low) / (scale.high - scale.low)
    if scale.method is Normalisation.GOALPOSTS:
        scaled = np.clip(scaled, 0.0, 1.0)
    own = scaled if direction > 0 else 1.0 - scaled
    return np.asarray(own * (scale.top - scale.bottom) + scale.bottom)


def _scale_from_worst(signed: Floats, scale: Scale, direction: int, units: Sequence[object]) -> Floats:
    """Return the share of the way from the worst value to the best one, a target or a reference."""
    worst, best = np.nanmin(signed), np.nanmax(signed)
    match scale.method:
        case Normalisation.DIST2TARG:
            best = np.float64(scale.high * direction)
        case Normalisation.DIST2REF:
            if scale.reference not in units:
                raise UsageError(
                    f"no unit '{scale.reference}' to refer to{suggest(str(scale.reference), map(str, units))}"
                )
            best = signed[list(units).index(scale.reference)]
    if not (best > worst and varies(np.array([worst, best]))):
        raise UsageError(f"{scale.method.value}: the target or reference must be better than the worst value")
    share = (signed - worst) / (best - worst)
    if scale.clamp:
        share = np.minimum(share, 1.0)
    return np.asarray(share * (scale.top - scale.bottom) + scale.bottom)


def _compare_with_target(values: Floats, direction: int, target: float) -> Floats:
    if direction < 0 and (values <= 0).any():
        raise UsageError("a distance to a target of which less is better needs values above 0")
    return values / target if direction > 0 else target / values


def _compare_with_largest(values: Floats, direction: int) -> Floats:
    known = values[~np.isnan(values)]
    if not known.size:
        return values
    if (known <= 0).any() if direction < 0 else known.max() <= 0:
        raise UsageError("fracmax needs values above 0")
    return np.asarray(values / known.max() if direction > 0 else known.min() / values)


def _rank_on_scale(signed: Floats, method: Normalisation) -> Floats:
    if method is Normalisation.RANK:
        return _share_outranked(signed)
    worse = competition_ranks_of(-signed) - 1
    number = int((~np.isnan(signed)).sum())
    if method is Normalisation.PRANK and number == 1:
        raise UsageError("one value alone has no rank among others")
    if method is Normalisation.PRANK:
        return np.asarray(worse / max(number - 1, 1))
    return worse if method is Normalisation.BORDA else worse + 1


def _share_outranked(signed: Floats) -> Floats:
    present = ~np.isnan(signed)
    known = signed[present]
    shares = np.full(signed.shape, np.nan)
    if known.size == 1:
        raise UsageError("one value alone has no rank among others")
    shares[present] = (mean_ranks(known) - 1) / max(known.size - 1, 1)
    return shares
