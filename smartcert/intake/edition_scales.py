"""One indicator of an edition: what its file may say of scale, direction and limits, and what contradicts itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from smartcert.intake.scalars import quoted
from smartcert.intake.typed import Decoder
from smartcert.intake.yaml_text import Path
from smartcert.model.citation import Text
from smartcert.model.indicator import Counted, Direction, IndicatorKind, Limits, Linear, Marks, Policy, YesNo

_UNLIMITED = Limits()
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class BandShape:
    """A band as the file writes it: ``at_least`` where more is better, ``at_most`` where less is."""

    points: Fraction
    at_least: Fraction | None = None
    at_most: Fraction | None = None

    @property
    def bound(self) -> Fraction:
        """The bound that is given; 0 where none is, which is told as a problem."""
        bounds = [bound for bound in (self.at_least, self.at_most) if bound is not None]
        return bounds[0] if bounds else Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class BandsShape:
    """Bands as the file writes them."""

    kind: Literal["bands"]
    bands: tuple[BandShape, ...]
    otherwise: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class RankShape:
    """Bands of places as the file writes them."""

    kind: Literal["rank"]
    by: Literal["position", "share"]
    bands: tuple[BandShape, ...]
    otherwise: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorShape:
    """An indicator as the file writes it."""

    id: str
    name: Text
    definition: Text
    kind: IndicatorKind
    points: Fraction
    unit: Text
    direction: Direction
    scale: BandsShape | Linear | YesNo | Counted | RankShape | Marks
    absent: Policy
    not_applicable: Policy
    per_people: int | None = None
    limits: Limits = _UNLIMITED


def hold_indicator(decoder: Decoder, read: IndicatorShape, path: Path, seen: dict[str, Path]) -> None:
    """Tell the decoder what of one indicator contradicts itself; ``seen`` are the ids so far."""
    hold_id(decoder, read.id, path, seen)
    if read.points <= 0:
        decoder.refuse((*path, "points"), f"{read.points} points", "more than 0 points")
    if read.per_people is not None and read.per_people < 1:
        decoder.refuse((*path, "per_people"), str(read.per_people), "a whole number from 1 on, such as 10000")
    limits = read.limits
    if limits.at_least is not None and limits.at_most is not None and limits.at_least > limits.at_most:
        decoder.refuse((*path, "limits"), "at_least above at_most", "at_least up to at_most")
    scale = (*path, "scale")
    if (read.kind is IndicatorKind.QUALITATIVE) is not isinstance(read.scale, Marks):
        decoder.refuse(
            scale, f"{read.scale.kind} for a {read.kind} indicator", "marks if and only if it is qualitative"
        )
    if read.per_people is not None and isinstance(read.scale, (YesNo, Marks)):
        decoder.refuse((*path, "per_people"), f"per_people with {read.scale.kind}", "a scale of numbers")
    _HOLD[type(read.scale)](decoder, read, scale)


def hold_id(decoder: Decoder, name: str, path: Path, seen: dict[str, Path]) -> None:
    """Tell an id that is none, or that another section or indicator has already."""
    if not _ID.fullmatch(name):
        decoder.refuse((*path, "id"), quoted(name), "a letter, then letters, digits, _ or - (at most 40)")
    elif name in seen:
        line = decoder.tree.place((*seen[name], "id")).line
        decoder.refuse((*path, "id"), f"the id '{name}' again", f"each id once (first in line {line})")
    else:
        seen[name] = path


def _linear(decoder: Decoder, read: IndicatorShape, path: Path) -> None:
    scale: Any = read.scale
    rises = scale.zero_at < scale.full_at
    if scale.zero_at == scale.full_at or rises is not (read.direction is Direction.HIGHER):
        wanted = "zero_at below full_at" if read.direction is Direction.HIGHER else "zero_at above full_at"
        decoder.refuse(path, f"zero_at {scale.zero_at} and full_at {scale.full_at}", f"{wanted} ({read.direction})")


def _counted(decoder: Decoder, read: IndicatorShape, path: Path) -> None:
    scale: Any = read.scale
    _higher(decoder, read, path)
    if scale.points_each <= 0 or scale.cap <= 0:
        decoder.refuse(path, "points_each or cap not above 0", "both above 0")
    elif scale.points_each * scale.cap != read.points:
        found = f"points_each x cap = {scale.points_each * scale.cap}"
        decoder.refuse(path, found, f"{read.points}, the points of the indicator")


def _higher(decoder: Decoder, read: IndicatorShape, path: Path) -> None:
    if read.direction is not Direction.HIGHER:
        decoder.refuse((*path[:-1], "direction"), f"{read.direction} with {read.scale.kind}", str(Direction.HIGHER))


def _bands(decoder: Decoder, read: IndicatorShape, path: Path) -> None:
    rises = read.direction is Direction.LOWER
    _ladder(decoder, read, path, bound="at_most" if rises else "at_least")


def _rank(decoder: Decoder, read: IndicatorShape, path: Path) -> None:
    scale: Any = read.scale
    _ladder(decoder, read, path, bound="at_most")
    for number, band in enumerate(scale.bands):
        fits = 0 < band.bound <= 100 if scale.by == "share" else band.bound > 0 and band.bound.denominator == 1
        if not fits:
            wanted = "a share in percent, above 0 up to 100" if scale.by == "share" else "a place: 1, 2, 3 ..."
            decoder.refuse((*path, "bands", number), str(band.bound), wanted)


def _ladder(decoder: Decoder, read: IndicatorShape, path: Path, *, bound: str) -> None:
    """Bands best first: bounds in one direction, points falling, the best worth all points, ``otherwise`` the least."""
    scale: Any = read.scale
    bands: tuple[BandShape, ...] = scale.bands
    if not bands:
        decoder.refuse((*path, "bands"), "no band", "at least one")
        return
    for number, band in enumerate(bands):
        if getattr(band, bound) is None or None not in (band.at_least, band.at_most):
            wanted = f"'{bound}' and no other bound ({scale.kind}, {read.direction})"
            decoder.refuse((*path, "bands", number), "another bound, two, or none", wanted)
    for number, (better, worse) in enumerate(pairwise(bands), start=1):
        in_order = worse.bound > better.bound if bound == "at_most" else worse.bound < better.bound
        if not in_order or worse.points >= better.points:
            wanted = f"bounds that {'rise' if bound == 'at_most' else 'fall'} and points that fall, best first"
            decoder.refuse((*path, "bands", number), "a band out of order", wanted)
    if bands[0].points != read.points:
        wanted = f"{read.points}, the points of the indicator"
        decoder.refuse((*path, "bands", 0, "points"), f"{bands[0].points} points for the best band", wanted)
    if not 0 <= scale.otherwise < bands[-1].points:
        wanted = "from 0 on and below the last band"
        decoder.refuse((*path, "otherwise"), f"{scale.otherwise} points otherwise", wanted)


def _marks(decoder: Decoder, read: IndicatorShape, path: Path) -> None:
    scale: Any = read.scale
    _higher(decoder, read, path)
    if scale.zero_at >= scale.full_at:
        decoder.refuse(path, f"zero_at {scale.zero_at} and full_at {scale.full_at}", "zero_at below full_at")


_HOLD: Mapping[type, Callable[[Decoder, IndicatorShape, Path], None]] = {
    BandsShape: _bands,
    Linear: _linear,
    YesNo: _higher,
    Counted: _counted,
    RankShape: _rank,
    Marks: _marks,
}
