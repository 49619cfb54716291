"""An edition of indicators: its file as an `Edition`, checked to be consistent, and an `Edition` as its file.

The shapes are what the file holds; the checks add problems to the decoder, each at its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields, is_dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any, Literal, TypeVar

from smartcert.errors import suggest
from smartcert.io.formats.csv import format_exact
from smartcert.io.formats.text import quote
from smartcert.io.formats.yaml import INVALID, BareScalar, Decoder, NodePath, format_yaml
from smartcert.io.parameters.sources import decode_citations
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis, Citation, Source, Status, Text
from smartcert.model.formula import FormulaError, list_names, parse_formula
from smartcert.model.indicator import (
    POPULATION,
    About,
    Anchor,
    Band,
    BandScale,
    Base,
    ClassScale,
    Combine,
    Corner,
    CountsAt,
    CountScale,
    Direction,
    DividedByZero,
    Edition,
    Effect,
    Figure,
    FigureForm,
    Gate,
    Indicator,
    IndicatorKind,
    InputMissing,
    Limits,
    LinearScale,
    Marks,
    MarkScale,
    MissingPolicy,
    Per,
    PiecewiseScale,
    RankScale,
    Rounding,
    RoundingStep,
    Scale,
    Section,
    TableScale,
    TargetScale,
    TotalMethod,
    TotalRule,
    YesNoScale,
)
from smartcert.model.scheme import Threshold

T = TypeVar("T")

_UNLIMITED = Limits()
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_RESERVED = frozenset({"min", "max", POPULATION})
_QUALITATIVE_SCALES = (Marks, TableScale, PiecewiseScale)
_HIGHEST_DEGREE = 1000
"""The most that the weights of a geometric mean may add up to in whole numbers: the degree of the root."""
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class BandShape:
    """A band as the file writes it: ``at_least`` where more is better, ``at_most`` where less is."""

    points: Fraction
    at_least: Fraction | None = None
    at_most: Fraction | None = None

    @property
    def bound(self) -> Fraction:
        """The bound that is given; 0 where none is, which is a problem of its own."""
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


PlainScaleShape = (
    BandsShape | LinearScale | YesNoScale | CountScale | RankShape | Marks | PiecewiseScale | TargetScale | TableScale
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ByClassShape:
    """A scale for each class as the file writes it; ``otherwise`` is for those that are not named."""

    kind: Literal["by_class"]
    classes: Mapping[str, PlainScaleShape]
    otherwise: PlainScaleShape | None = None


ScaleShape = PlainScaleShape | ByClassShape


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorShape:
    """An indicator as the file writes it."""

    id: str
    name: Text
    definition: Text
    kind: IndicatorKind
    unit: Text
    direction: Direction
    scale: ScaleShape
    unit_one: str | None = None
    points: Fraction | None = None
    effect: Effect = Effect.POINTS
    counts_at: CountsAt | None = None
    inputs: tuple[Figure, ...] = ()
    measure: str | None = None
    divided_by_zero: DividedByZero | None = None
    per: Per | None = None
    marks: MarkScale | None = None
    absent: MissingPolicy
    not_applicable: MissingPolicy
    per_people: int | None = None
    limits: Limits = _UNLIMITED
    why: Text | None = None
    verify: Text | None = None
    source: Text | None = None
    period: Text | None = None
    documents: tuple[Text, ...] = ()
    anchors: Mapping[Fraction, Text] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    comment_for: tuple[Fraction, ...] = ()

    @property
    def full(self) -> Fraction:
        """The points that its scale runs to: those of the indicator, 1 for a prerequisite."""
        return Fraction(1) if self.effect is Effect.PREREQUISITE else self.points or Fraction(0)


@dataclass(kw_only=True, slots=True)
class EditionCheck:
    """What an edition has so far: the ids, the bases that formulas may name, the classes of its scheme where known."""

    seen: dict[str, NodePath] = field(default_factory=dict)
    bases: frozenset[str] = frozenset({POPULATION})
    classes: tuple[str, ...] | None = None


def check_indicator(decoder: Decoder, read: IndicatorShape, path: NodePath, known: EditionCheck) -> None:
    """Check one indicator: its id, points, inputs, limits and scale."""
    check_id(decoder, read.id, path, known.seen)
    _check_effect(decoder, read, path)
    if read.per_people is not None and read.per_people < 1:
        decoder.refuse((*path, "per_people"), str(read.per_people), "a whole number from 1 on, such as 10000")
    _check_per(decoder, read, path, known.bases)
    _check_limits(decoder, read.limits, (*path, "limits"))
    _check_inputs(decoder, read, path, known)
    scale = (*path, "scale")
    if isinstance(read.scale, ByClassShape):
        if not read.scale.classes:
            decoder.refuse((*scale, "classes"), "no class", "a scale for at least one class")
        for name, own in read.scale.classes.items():
            _check_class(decoder, name, (*scale, "classes", name), known.classes)
            check_scale(decoder, replace(read, scale=own), (*scale, "classes", name))
        if read.scale.otherwise is not None:
            check_scale(decoder, replace(read, scale=read.scale.otherwise), (*scale, "otherwise"))
    else:
        check_scale(decoder, read, scale)
    _check_marks_given(decoder, read, path)
    _check_anchors(decoder, read, (*path, "anchors"))
    _check_comments(decoder, read, (*path, "comment_for"))


def _check_class(decoder: Decoder, name: str, path: NodePath, classes: tuple[str, ...] | None) -> None:
    if not _ID.fullmatch(name):
        decoder.refuse(path, quote(name), "the id of a class, such as large")
    elif classes is not None and name not in classes:
        found = f"the class {quote(name)}, which the scheme does not have{suggest(name, classes)}"
        decoder.refuse(path, found, f"a class of the scheme: {', '.join(classes)}")


def check_scale(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    """Check one scale of an indicator, for all classes or for one, which stands at ``path``."""
    scale: Any = read.scale
    qualitative = read.kind is IndicatorKind.QUALITATIVE
    fits = isinstance(scale, _QUALITATIVE_SCALES) if qualitative else not isinstance(scale, Marks)
    if not fits:
        wanted = "marks if and only if it is qualitative" + (", or a table, or piecewise" if qualitative else "")
        decoder.refuse(path, f"{scale.kind} for a {read.kind} indicator", wanted)
    if isinstance(scale, (YesNoScale, Marks)):
        for name in ("per_people", "per"):
            if getattr(read, name) is not None:
                decoder.refuse(
                    (*path[: path.index("scale")], name), f"{name} with the scale {scale.kind}", "a scale of numbers"
                )
    _SCALE_CHECKS[type(scale)](decoder, read, path)


def _check_effect(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    if read.effect is Effect.PREREQUISITE:
        if read.points is not None and read.points != 0:
            decoder.refuse((*path, "points"), f"{read.points} points", "no points, as it is a prerequisite")
    elif read.points is None:
        decoder.refuse(path, "no 'points'", "the key 'points'")
    elif read.effect is Effect.DEDUCTION and read.points >= 0:
        decoder.refuse((*path, "points"), f"{read.points} points", "the most that it takes away, below 0, such as -5")
    elif read.effect is not Effect.DEDUCTION and read.points <= 0:
        decoder.refuse((*path, "points"), f"{read.points} points", "more than 0 points")
    if read.counts_at is not None and read.effect not in (Effect.BONUS, Effect.DEDUCTION):
        decoder.refuse((*path, "counts_at"), f"counts_at with {read.effect}", "it with a bonus or a deduction only")
    if read.effect is not Effect.POINTS:
        for name in ("absent", "not_applicable"):
            if getattr(read, name) is MissingPolicy.REDISTRIBUTE:
                decoder.refuse((*path, name), f"redistribute with {read.effect}", "refuse or zero")


def _check_per(decoder: Decoder, read: IndicatorShape, path: NodePath, bases: frozenset[str]) -> None:
    if read.per is None:
        return
    if read.per_people is not None:
        decoder.refuse((*path, "per"), "per beside per_people", "one of them")
    if read.per.base not in bases:
        decoder.refuse((*path, "per", "base"), quote(read.per.base) + suggest(read.per.base, bases), _list_bases(bases))
    if read.per.times <= 0:
        decoder.refuse((*path, "per", "times"), str(read.per.times), "a number above 0, such as 10000")


def _list_bases(bases: Iterable[str]) -> str:
    return f"one of: {', '.join(sorted(bases))} (others are declared under 'bases' of the edition)"


def _check_limits(decoder: Decoder, limits: Limits, path: NodePath) -> None:
    if limits.at_least is not None and limits.at_most is not None and limits.at_least > limits.at_most:
        decoder.refuse(path, "at_least above at_most", "at_least up to at_most")


def _check_inputs(decoder: Decoder, read: IndicatorShape, path: NodePath, known: EditionCheck) -> None:
    """Check the figures of a formula and the formula itself, which names each of them and bases of the edition."""
    own = {figure.id for figure in read.inputs}
    for number, figure in enumerate(read.inputs):
        place = (*path, "inputs", number)
        check_id(decoder, figure.id, place, known.seen)
        if not _NAME.fullmatch(figure.id) or figure.id in known.bases | _RESERVED:
            wanted = "a letter, then letters, digits or _, and no base, min or max: a formula names it"
            decoder.refuse((*place, "id"), quote(figure.id), wanted)
        _check_limits(decoder, figure.limits, (*place, "limits"))
    if read.inputs and read.kind is IndicatorKind.QUALITATIVE:
        decoder.refuse((*path, "inputs"), "inputs of a qualitative indicator", "inputs where figures are measured")
    if bool(read.inputs) is not bool(read.measure):
        found = "inputs without a measure" if read.inputs else "a measure without inputs"
        decoder.refuse(path, found, "both, or neither")
    if not read.inputs:
        if read.divided_by_zero is not None:
            decoder.refuse((*path, "divided_by_zero"), "divided_by_zero without inputs", "it with a measure only")
        return
    if read.limits != _UNLIMITED:
        decoder.refuse((*path, "limits"), "limits of a computed measure", "limits of its inputs")
    if read.measure:
        _check_formula(decoder, read.measure, (*path, "measure"), own, known)


_MARK_NAMES = frozenset({"mark", "marks"})
"""What an official may write for the combined mark: no formula has it, see ``parameters/README.md``."""


def _check_formula(decoder: Decoder, text: str, path: NodePath, own: set[str], known: EditionCheck) -> None:
    try:
        names = list_names(parse_formula(text))
    except FormulaError as error:
        decoder.refuse(path, str(error), "a formula of inputs and bases with + - * / ( ) min max, such as a / b * 100")
        return
    bases = known.bases
    for name in names:
        if name in own | bases:
            continue
        if name in _MARK_NAMES or name in known.seen:
            what = "a mark" if name in _MARK_NAMES else "an indicator, section or figure of its own"
            wanted = "inputs of its own and bases; a mark or another value stands in an indicator of its own"
            decoder.refuse(path, f"the name {quote(name)}, which is {what}", wanted)
        else:
            found = f"the unknown name {quote(name)}{suggest(name, own | bases)}"
            decoder.refuse(path, found, f"the inputs {', '.join(sorted(own))}, or {_list_bases(bases)}")
    for name in sorted(own - set(names)):
        decoder.refuse(path, f"no use of {quote(name)}", "every input in the formula")


def _check_marks_given(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    marks = read.marks
    if marks is None:
        return
    if read.kind is not IndicatorKind.QUALITATIVE:
        decoder.refuse((*path, "marks"), f"marks for a {read.kind} indicator", "them for qualitative indicators only")
    if marks.step <= 0 or marks.lowest >= marks.highest or (marks.highest - marks.lowest) % marks.step:
        found = f"from {marks.lowest} to {marks.highest} in steps of {marks.step}"
        decoder.refuse((*path, "marks"), found, "lowest below highest, and a number of steps between them")


def _check_anchors(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    if not read.anchors:
        return
    if read.kind is not IndicatorKind.QUALITATIVE:
        decoder.refuse(path, f"anchors for a {read.kind} indicator", "what marks mean, of qualitative indicators only")
    if len(decoder.tree.at(path)) != len(read.anchors):
        decoder.refuse(path, "a mark twice", "each mark once")
    _check_on_scale(decoder, read, read.anchors, path)


def _check_comments(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    if read.comment_for and read.kind is not IndicatorKind.QUALITATIVE:
        found = f"marks with a comment for a {read.kind} indicator"
        decoder.refuse(path, found, "them for qualitative indicators only")
    if len(set(read.comment_for)) != len(read.comment_for):
        decoder.refuse(path, "a mark twice", "each mark once")
    _check_on_scale(decoder, read, read.comment_for, path)


def _check_on_scale(decoder: Decoder, read: IndicatorShape, marks: Iterable[Fraction], path: NodePath) -> None:
    for mark in marks:
        if read.marks is not None and not read.marks.allows(mark):
            wanted = f"from {read.marks.lowest} to {read.marks.highest} in steps of {read.marks.step}"
            decoder.refuse(path, f"the mark {mark}", wanted)


def check_id(decoder: Decoder, name: str, path: NodePath, seen: dict[str, NodePath]) -> None:
    """Check an id: valid, and unique among sections and indicators."""
    if not _ID.fullmatch(name):
        decoder.refuse((*path, "id"), quote(name), "a letter, then letters, digits, _ or - (at most 40)")
    elif name in seen:
        line = decoder.tree.place((*seen[name], "id")).line
        decoder.refuse((*path, "id"), f"the id '{name}' again", f"each id once (first in line {line})")
    else:
        seen[name] = path


def _check_linear(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    if _check_not_target(decoder, read, path):
        return
    upwards = (read.direction is Direction.HIGHER) is (read.full > 0)  # a deduction takes more where it is worse
    rises = scale.zero_at < scale.full_at
    if scale.zero_at == scale.full_at or rises is not upwards:
        wanted = "zero_at below full_at" if upwards else "zero_at above full_at"
        decoder.refuse(path, f"zero_at {scale.zero_at} and full_at {scale.full_at}", f"{wanted} ({read.direction})")


def _check_not_target(decoder: Decoder, read: IndicatorShape, path: NodePath) -> bool:
    if read.direction is not Direction.TARGET:
        return False
    direction = (*path[: path.index("scale")], "direction")
    wanted = f"{Direction.HIGHER} or {Direction.LOWER} ({Direction.TARGET} goes with target, piecewise and table)"
    decoder.refuse(direction, f"{read.direction} with the scale {_kind(read)}", wanted)
    return True


def _kind(read: IndicatorShape) -> str:
    return str(read.scale.kind)


def _check_counted(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    _check_higher(decoder, read, path)
    if scale.points_each * read.full <= 0 or scale.cap <= 0:
        wanted = "both above 0" if read.full > 0 else "points_each below 0, as they are taken away, and cap above 0"
        decoder.refuse(path, f"points_each {scale.points_each} and cap {scale.cap}", wanted)
    elif scale.points_each * scale.cap != read.full:
        found = f"points_each x cap = {scale.points_each * scale.cap}"
        decoder.refuse(path, found, f"{read.full}, the points of the indicator")


def _check_higher(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    """Check that more is better, or worse where it takes points away."""
    wanted = Direction.HIGHER if read.full > 0 else Direction.LOWER
    if read.direction is not wanted:
        direction = (*path[: path.index("scale")], "direction")
        decoder.refuse(direction, f"{read.direction} with the scale {_kind(read)}", str(wanted))


def _check_bands(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    if _check_not_target(decoder, read, path):
        return
    rises = read.direction is Direction.LOWER
    _check_band_order(decoder, read, path, bound="at_most" if rises else "at_least")


def _check_rank(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    if _check_not_target(decoder, read, path):
        return
    _check_band_order(decoder, read, path, bound="at_most")
    for number, band in enumerate(scale.bands):
        fits = 0 < band.bound <= 100 if scale.by == "share" else band.bound > 0 and band.bound.denominator == 1
        if not fits:
            wanted = "a share in percent, above 0 up to 100" if scale.by == "share" else "a place: 1, 2, 3 ..."
            decoder.refuse((*path, "bands", number), str(band.bound), wanted)


def _check_band_order(decoder: Decoder, read: IndicatorShape, path: NodePath, *, bound: str) -> None:
    """Check bands, best first: monotonic bounds, falling points, all for the best band, the least for ``otherwise``."""
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
    if read.full < 0:
        _check_bands_lost(decoder, read, bands, path)
        return
    if bands[0].points != read.full:
        wanted = f"{read.full}, the points of the indicator"
        if read.effect is Effect.PREREQUISITE:
            wanted = "1: a prerequisite is met by all points of its scale, which are 1"
        decoder.refuse((*path, "bands", 0, "points"), f"{bands[0].points} points for the best band", wanted)
    if not 0 <= scale.otherwise < bands[-1].points:
        wanted = "from 0 on and below the last band"
        decoder.refuse((*path, "otherwise"), f"{scale.otherwise} points otherwise", wanted)


def _check_bands_lost(decoder: Decoder, read: IndicatorShape, bands: tuple[BandShape, ...], path: NodePath) -> None:
    """Check bands of a deduction: the best takes nothing, or little, away, and ``otherwise`` takes all."""
    scale: Any = read.scale
    if bands[0].points > 0:
        decoder.refuse((*path, "bands", 0, "points"), f"{bands[0].points} points", "0, or less, as it takes away")
    if scale.otherwise != read.full or scale.otherwise >= bands[-1].points:
        wanted = f"{read.full}, the points of the indicator, below the last band"
        decoder.refuse((*path, "otherwise"), f"{scale.otherwise} points otherwise", wanted)


def _check_marks(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    if read.full > 0:
        _check_higher(decoder, read, path)
    _check_linear(decoder, read, path)


def _check_piecewise(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    _check_corners(decoder, read, scale.corners, (*path, "corners"))


def _check_table(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    _check_corners(decoder, read, scale.rows, (*path, "rows"))


def _check_corners(decoder: Decoder, read: IndicatorShape, corners: tuple[Corner, ...], path: NodePath) -> None:
    """Check corners or rows: rising values, points within those of the indicator, all at one, in the direction."""
    if len(corners) < 2:
        decoder.refuse(path, f"{len(corners)} of them", "at least two")
        return
    for number, (low, high) in enumerate(pairwise(corners), start=1):
        if low.value >= high.value:
            decoder.refuse((*path, number, "value"), f"the value {high.value} after {low.value}", "rising values")
        falls, rises = low.points > high.points, low.points < high.points
        if (read.direction is Direction.HIGHER and falls) or (read.direction is Direction.LOWER and rises):
            found = f"{high.points} points after {low.points}"
            wanted = f"points in the direction ({read.direction}), or the direction {Direction.TARGET}"
            decoder.refuse((*path, number, "points"), found, wanted)
    low_end, high_end = min(read.full, Fraction(0)), max(read.full, Fraction(0))
    for number, corner in enumerate(corners):
        if not low_end <= corner.points <= high_end:
            decoder.refuse((*path, number, "points"), f"{corner.points} points", f"from {low_end} to {high_end}")
    if read.full not in [corner.points for corner in corners]:
        decoder.refuse(path, f"no value that gives {read.full}", "all points of the indicator at one of them")


def _check_target(decoder: Decoder, read: IndicatorShape, path: NodePath) -> None:
    scale: Any = read.scale
    if read.direction is not Direction.TARGET:
        direction = (*path[: path.index("scale")], "direction")
        decoder.refuse(direction, f"{read.direction} with target", str(Direction.TARGET))
    ends = [end for end in (scale.zero_below, scale.full_from) if end is not None]
    ends_above = [end for end in (scale.full_to, scale.zero_above) if end is not None]
    in_order = scale.full_from <= scale.full_to and all(
        low < high for low, high in (*pairwise(ends), *pairwise(ends_above))
    )
    if not in_order or len(ends) + len(ends_above) < 3:
        shown = [scale.zero_below, scale.full_from, scale.full_to, scale.zero_above]
        found = ", ".join("none" if end is None else str(end) for end in shown)
        wanted = "zero_below < full_from <= full_to < zero_above, with at least one of the two ends"
        decoder.refuse(path, found, wanted)


_SCALE_CHECKS: Mapping[type, Callable[[Decoder, IndicatorShape, NodePath], None]] = {
    BandsShape: _check_bands,
    LinearScale: _check_linear,
    YesNoScale: _check_higher,
    CountScale: _check_counted,
    RankShape: _check_rank,
    Marks: _check_marks,
    PiecewiseScale: _check_piecewise,
    TargetScale: _check_target,
    TableScale: _check_table,
}


_MOST_DIGITS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedShape:
    """The counts and points that a file states for the edition."""

    domains: int
    items: int
    indicators: int
    points: Fraction
    quantitative: Fraction
    qualitative: Fraction


def check_section(decoder: Decoder, section: Section, path: NodePath, seen: dict[str, NodePath]) -> None:
    """Check a section: items or indicators below it, points that are their sum, one indicator that always counts."""
    check_id(decoder, section.id, path, seen)
    if bool(section.sections) is bool(section.indicators):
        decoder.refuse(path, "both items and indicators, or neither", "either items or indicators")
        return
    combine = section.combine
    if combine is not None:
        _check_combine(decoder, section, combine, path)
    below = section.compute_possible()
    if below != section.points:
        wanted = (
            f"{below}, the sum of what is below" if combine is None else f"{below}, what is below as it is combined"
        )
        decoder.refuse((*path, "points"), f"{section.points} points for '{section.id}'", wanted)
    counted = [indicator for indicator in section.indicators if indicator.counted]
    if counted and all(_may_be_redistributed(indicator) for indicator in counted):
        found = f"redistribute for every indicator of '{section.id}'"
        decoder.refuse(path, found, "at least one that always keeps its points")


def _check_combine(decoder: Decoder, section: Section, combine: Combine, path: NodePath) -> None:
    counted = [*section.sections, *(indicator for indicator in section.indicators if indicator.counted)]
    if combine.best is not None and not 1 <= combine.best <= len(counted):
        decoder.refuse(
            (*path, "best"), str(combine.best), f"a whole number from 1 to {len(counted)}, as many as there are"
        )
    if combine.best is not None and any(_may_be_redistributed(indicator) for indicator in section.indicators):
        found = f"redistribute in '{section.id}', of which the best {combine.best} count"
        decoder.refuse(path, found, "refuse or zero: what is missing is not among the best")
    if combine.weight <= 0:
        decoder.refuse((*path, "weight"), str(combine.weight), "a number above 0")
    if combine.cap is not None and combine.cap <= max(combine.floor or Fraction(0), Fraction(0)):
        decoder.refuse((*path, "cap"), str(combine.cap), "a number above 0 and above the floor")
    if combine.floor is not None and combine.floor > 0:
        decoder.refuse((*path, "floor"), str(combine.floor), "0 or less, below which deductions do not go")


def _may_be_redistributed(indicator: Indicator) -> bool:
    return MissingPolicy.REDISTRIBUTE in (indicator.absent, indicator.not_applicable)


def count_stated(domains: tuple[Section, ...], points: Fraction | None = None) -> dict[str, Fraction]:
    """Return the counts and points of an edition by the fields of `StatedShape`.

    ``points`` are those of the edition where it is free to state any: where the total is a mean of shares.
    """
    indicators = [indicator for domain in domains for indicator in domain.walk()]
    by_kind = {
        kind: sum(
            (indicator.points for indicator in indicators if indicator.kind is kind and indicator.counted), Fraction(0)
        )
        for kind in IndicatorKind
    }
    weighted = sum((domain.weight * domain.points for domain in domains), Fraction(0))
    return {
        "domains": Fraction(len(domains)),
        "items": Fraction(sum(1 for domain in domains for _ in domain.items())),
        "indicators": Fraction(len(indicators)),
        "points": weighted if points is None else points,
        "quantitative": by_kind[IndicatorKind.QUANTITATIVE],
        "qualitative": by_kind[IndicatorKind.QUALITATIVE],
    }


def check_counts(decoder: Decoder, stated: StatedShape, domains: tuple[Section, ...], total: TotalRule | None) -> None:
    """Check the counts and points that the file states."""
    free = total is not None and total.method is not TotalMethod.SUM
    if stated.points <= 0:
        decoder.refuse(("stated", "points"), f"{stated.points} stated", "more than 0 points")
    for name, number in count_stated(domains, stated.points if free else None).items():
        if getattr(stated, name) != number:
            decoder.refuse(("stated", name), f"{getattr(stated, name)} stated", f"{number}, as the file holds")


def check_rounding(decoder: Decoder, rounding: tuple[Rounding, ...]) -> None:
    """Check that steps do not repeat, are in their order, and round to 0 to 6 digits."""
    order = list(RoundingStep)
    last = -1
    for number, item in enumerate(rounding):
        if order.index(item.at) <= last:
            wanted = f"each step once, in the order {', '.join(order)}"
            decoder.refuse(("rounding", number, "at"), f"'{item.at}' here", wanted)
        last = max(last, order.index(item.at))
        if not 0 <= item.digits <= _MOST_DIGITS:
            decoder.refuse(("rounding", number, "digits"), str(item.digits), f"a whole number from 0 to {_MOST_DIGITS}")


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionShape:
    """A domain, an item or a level between, as the file writes it."""

    id: str
    name: Text
    points: Fraction
    best: int | None = None
    cap: Fraction | None = None
    floor: Fraction | None = None
    weight: Fraction = Fraction(1)
    items: tuple[SectionShape, ...] | None = None
    indicators: tuple[IndicatorShape, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TotalShape:
    """How the total comes about, as the file writes it."""

    method: TotalMethod = TotalMethod.SUM
    bonus_cap: Fraction | None = None
    cap: Fraction | None = None
    floor: Fraction = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class GateShape:
    """A gate as the file writes it: what is needed in points, or in percent or a fraction of the points possible."""

    of: str
    points: Fraction | None = None
    percent: Fraction | None = None
    fraction: Fraction | None = None
    best_level: int | None = None
    fails: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionShape:
    """The file of an edition."""

    edition: str
    title: Text
    status: Status
    since: date
    scheme: str
    cite: tuple[str, ...]
    note: Text
    stated: StatedShape
    stated_cite: tuple[str, ...] | None = None
    rounding: tuple[Rounding, ...]
    bases: tuple[Base, ...] = ()
    total: TotalShape | None = None
    gates: tuple[GateShape, ...] = ()
    domains: tuple[SectionShape, ...]


def decode_edition(
    decoder: Decoder, name: str, known: Mapping[str, Source], classes: Mapping[str, tuple[str, ...]] | None = None
) -> Edition | None:
    """Return the edition of a file called ``name``, or None after adding its problems to the decoder.

    ``classes`` are the ids of the classes of each scheme, which scales per class may name; None where no scheme is
    known, and then any id of the right form is taken.
    """
    read: EditionShape = decoder.read(EditionShape)
    if read is INVALID:
        return None
    if read.edition != name:
        decoder.refuse(("edition",), quote(read.edition), f"the name of the file, '{name}'")
    cite = decode_citations(decoder, ("cite",), read.cite, known, read.status)
    stated = None
    if read.stated_cite is not None:
        sources = decode_citations(decoder, ("stated_cite",), read.stated_cite, known)
        stated = Basis(name=f"indicators.{name}.stated", since=read.since, status=Status.PUBLISHED, cite=sources)
    check_rounding(decoder, read.rounding)
    known_ids = EditionCheck(classes=(classes or {}).get(read.scheme))
    _check_bases(decoder, read.bases, known_ids)
    domains = tuple(
        _build_section(decoder, domain, ("domains", number), known_ids) for number, domain in enumerate(read.domains)
    )
    total = _build_total(read)
    if total is not None:
        _check_total(decoder, total, domains, read.rounding)
    check_counts(decoder, read.stated, domains, total)
    gates = tuple(_build_gate(decoder, gate, ("gates", number), domains) for number, gate in enumerate(read.gates))
    if decoder.problems:
        return None
    return Edition(
        id=read.edition,
        title=read.title,
        scheme=read.scheme,
        since=read.since,
        points=read.stated.points,
        domains=domains,
        rounding=read.rounding,
        basis=Basis(name=f"indicators.{name}", since=read.since, status=read.status, cite=cite, note=read.note),
        note=read.note,
        stated=stated,
        total_rule=total,
        gates=gates,
        bases=read.bases,
    )


def _check_bases(decoder: Decoder, bases: tuple[Base, ...], known: EditionCheck) -> None:
    for number, base in enumerate(bases):
        path = ("bases", number)
        check_id(decoder, base.id, path, known.seen)
        if not _NAME.fullmatch(base.id) or base.id in _RESERVED:
            wanted = f"a letter, then letters, digits or _, and none of {', '.join(sorted(_RESERVED))}"
            decoder.refuse((*path, "id"), quote(base.id), wanted)
    known.bases |= {base.id for base in bases}


def _build_total(read: EditionShape) -> TotalRule | None:
    if read.total is None:
        return None
    total = read.total
    return TotalRule(
        out_of=read.stated.points,
        method=total.method,
        bonus_cap=total.bonus_cap,
        cap=total.cap,
        floor=total.floor,
    )


def _check_total(
    decoder: Decoder, total: TotalRule, domains: tuple[Section, ...], rounding: tuple[Rounding, ...]
) -> None:
    if total.cap is not None and total.cap <= total.floor:
        decoder.refuse(("total", "cap"), str(total.cap), f"a number above the floor of {total.floor}")
    if total.bonus_cap is not None and total.bonus_cap <= 0:
        decoder.refuse(("total", "bonus_cap"), str(total.bonus_cap), "a number above 0")
    if total.method is TotalMethod.SUM:
        return
    if not any(domain.points > 0 for domain in domains):
        decoder.refuse(("total", "method"), f"{total.method} of domains without points", "a domain with points")
    if total.method is not TotalMethod.GEOMETRIC:
        return
    if not any(order.at is RoundingStep.TOTAL for order in rounding):
        found = "a geometric mean, which no fraction is, without a rounding of the total"
        decoder.refuse(("total", "method"), found, "a step 'at: total' with digits and mode under rounding")
    weights = [domain.weight for domain in domains]
    degree = sum(weights) * lcm(*(weight.denominator for weight in weights))
    if degree > _HIGHEST_DEGREE:
        found = f"weights that add up to {degree} in whole numbers"
        decoder.refuse(("total", "method"), found, f"weights of few digits: at most {_HIGHEST_DEGREE} in whole numbers")


def _build_gate(decoder: Decoder, read: GateShape, path: NodePath, domains: tuple[Section, ...]) -> Gate:
    known = {section.id for domain in domains for section in domain.walk_sections()}
    known |= {indicator.id for domain in domains for indicator in domain.walk()}
    if read.of not in known:
        found = f"the unknown id {quote(read.of)}{suggest(read.of, known)}"
        decoder.refuse((*path, "of"), found, "the id of an indicator, an item or a domain")
    needed = Threshold(points=read.points, percent=read.percent, fraction=read.fraction)
    if not needed.valid:
        decoder.refuse(path, "none or several of points, percent and fraction", "exactly one of them")
    for name, most in (("percent", 100), ("fraction", 1)):
        own = getattr(read, name)
        if own is not None and not 0 < own <= most:
            decoder.refuse((*path, name), str(own), f"above 0, at most {most}")
    if (read.best_level is None) is not (read.fails is True):
        decoder.refuse(path, "best_level and fails, or neither", "either best_level: 2, or fails: yes")
    if read.best_level is not None and read.best_level < 2:
        decoder.refuse(
            (*path, "best_level"), str(read.best_level), "a level from 2 on: at best this one if it is missed"
        )
    return Gate(of=read.of, needed=needed, best_level=read.best_level)


_PLAIN = Combine()


def _build_section(decoder: Decoder, read: SectionShape, path: NodePath, known: EditionCheck) -> Section:
    combine = Combine(best=read.best, cap=read.cap, floor=read.floor, weight=read.weight)
    section = Section(
        id=read.id,
        name=read.name,
        points=read.points,
        sections=tuple(
            _build_section(decoder, below, (*path, "items", number), known)
            for number, below in enumerate(read.items or ())
        ),
        indicators=tuple(
            _build_indicator(decoder, indicator, (*path, "indicators", number), known)
            for number, indicator in enumerate(read.indicators or ())
        ),
        combine=None if combine == _PLAIN else combine,
    )
    check_section(decoder, section, path, known.seen)
    return section


def _build_indicator(decoder: Decoder, read: IndicatorShape, path: NodePath, known: EditionCheck) -> Indicator:
    check_indicator(decoder, read, path, known)
    per: Per | None = read.per
    per_people = read.per_people
    if per is not None and per.base == POPULATION and per.times.denominator == 1:
        per_people = per.times.numerator
        per = None
    scale, class_scales, every_class = _build_scales(read.scale)
    return Indicator(
        id=read.id,
        name=read.name,
        definition=read.definition,
        kind=read.kind,
        points=read.points or Fraction(0),
        unit=read.unit,
        unit_one=read.unit_one,
        direction=read.direction,
        scale=scale,
        absent=read.absent,
        not_applicable=read.not_applicable,
        per_people=per_people,
        limits=read.limits,
        about=_build_about(read),
        figures=read.inputs,
        formula=read.measure or "",
        divided_by_zero=read.divided_by_zero or DividedByZero.ABSENT,
        per=per,
        effect=read.effect,
        counts_at=read.counts_at or CountsAt.TOTAL,
        mark_scale=read.marks,
        class_scales=class_scales,
        every_class=every_class,
    )


def _build_scales(read: ScaleShape) -> tuple[Scale, tuple[ClassScale, ...], bool]:
    """Return the scale for all or for those whose class is not named, those of classes, and if there is one for all."""
    if not isinstance(read, ByClassShape):
        return _build_scale(read), (), True
    classes = tuple(ClassScale(of=name, scale=_build_scale(scale)) for name, scale in read.classes.items())
    if read.otherwise is not None:
        return _build_scale(read.otherwise), classes, True
    return classes[0].scale if classes else YesNoScale(), classes, False


def _build_about(read: IndicatorShape) -> About | None:
    about = About(
        why=read.why,
        verify=read.verify,
        source=read.source,
        period=read.period,
        documents=read.documents,
        anchors=tuple(Anchor(mark=mark, meaning=meaning) for mark, meaning in sorted(read.anchors.items())),
        links=read.links,
        comment_for=tuple(sorted(read.comment_for)),
    )
    return None if about == About() else about


def _build_scale(read: object) -> Scale:
    if isinstance(read, (BandsShape, RankShape)):
        bands = tuple(Band(bound=band.bound, points=band.points) for band in read.bands)
        if isinstance(read, RankShape):
            return RankScale(by=read.by, bands=bands, otherwise=read.otherwise)
        return BandScale(bands=bands, otherwise=read.otherwise)
    return read  # type: ignore[return-value]  # the other shapes are scales


_HEAD = "# Written by smartcert rules import. Leave it as it is once a round refers to it; amend by a new edition.\n\n"


def format_edition(edition: Edition) -> str:
    """Return the file of an edition: reading it gives the same edition."""
    return _HEAD + format_yaml(build_edition_tree(edition))


def build_edition_tree(edition: Edition) -> dict[str, Any]:
    """Return an edition as the keys and values of its file."""
    total = edition.total_rule
    return {
        "edition": edition.id,
        "title": build_node(edition.title),
        "status": build_node(edition.basis.status),
        "since": build_node(edition.since),
        "scheme": BareScalar(edition.scheme),
        "cite": [format_citation(citation) for citation in edition.basis.cite],
        "note": build_node(edition.note),
        **({"stated_cite": [format_citation(cite) for cite in edition.stated.cite]} if edition.stated else {}),
        "stated": build_node(count_stated(edition.domains, edition.points)),
        "rounding": build_node(edition.rounding),
        **_build_keys(
            {
                "bases": edition.bases,
                "total": _build_fields(total, "method", "bonus_cap", "cap", "floor") if total else None,
                "gates": tuple(map(_build_gate_tree, edition.gates)),
            }
        ),
        "domains": [_build_section_tree(domain) for domain in edition.domains],
    }


def format_citation(citation: Citation) -> str:
    """Return a citation as a file writes it: ``notice-2021-223 8(4)``."""
    return f"{citation.source.id} {citation.article}" if citation.article else citation.source.id


_BARE_TEXTS = frozenset({"id", "of", "base", "by", "kind"})
"""Keys whose values are names of something: they are written without quotes."""


def build_node(value: Any) -> Any:
    """Return a value as a file writes it: of a dataclass its fields, as `_build_keys` does."""
    if isinstance(value, Enum):
        return BareScalar(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, Fraction):
        return BareScalar(format_exact(value))
    if isinstance(value, Mapping):
        return {name: build_node(part) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [build_node(part) for part in value]
    return _build_fields(value, *(part.name for part in fields(value))) if is_dataclass(value) else BareScalar(value)


def _build_fields(record: object, *names: str) -> dict[str, Any]:
    return _build_keys({name: getattr(record, name) for name in names})


def _build_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a node with their values, without those that say nothing."""
    return {
        name: BareScalar(value) if name in _BARE_TEXTS else build_node(value)
        for name, value in values.items()
        if value is not None and value not in ((), "")
    }


def _unless(value: T, usual: T) -> T | None:
    return None if value == usual else value


def _build_gate_tree(gate: Gate) -> dict[str, Any]:
    missed = {"best_level": gate.best_level, "fails": BareScalar("yes") if gate.best_level is None else None}
    return {
        **_build_fields(gate, "of"),
        **_build_fields(gate.needed, "points", "percent", "fraction"),
        **_build_keys(missed),
    }


def _build_section_tree(section: Section) -> dict[str, Any]:
    combine = section.combine or _PLAIN
    tree = {
        **_build_fields(section, "id", "name", "points"),
        **_build_fields(combine, "best", "cap", "floor"),
        **_build_keys({"weight": _unless(combine.weight, Fraction(1))}),
    }
    if section.sections:
        return {**tree, "items": [_build_section_tree(item) for item in section.sections]}
    return {**tree, "indicators": [_build_indicator_tree(indicator) for indicator in section.indicators]}


def _build_indicator_tree(indicator: Indicator) -> dict[str, Any]:
    return _build_keys(
        {
            **_build_fields(indicator, "id", "name", "definition", "kind"),
            "points": None if indicator.effect is Effect.PREREQUISITE else indicator.points,
            **_build_fields(indicator, "unit", "unit_one", "direction", "per_people"),
            "limits": _unless(indicator.limits, _UNLIMITED),
            "effect": _unless(indicator.effect, Effect.POINTS),
            "counts_at": None if indicator.effect is Effect.POINTS else _unless(indicator.counts_at, CountsAt.TOTAL),
            "inputs": tuple(map(_build_figure_tree, indicator.figures)),
            "measure": indicator.formula,
            "divided_by_zero": _unless(indicator.divided_by_zero, DividedByZero.ABSENT) if indicator.figures else None,
            "per": indicator.per,
            "marks": indicator.mark_scale,
            "scale": _build_scales_tree(indicator),
            **_build_fields(indicator, "absent", "not_applicable"),
            **(_build_about_tree(indicator.about) if indicator.about else {}),
        }
    )


def _build_figure_tree(figure: Figure) -> dict[str, Any]:
    return _build_keys(
        {
            **_build_fields(figure, "id", "name", "unit", "unit_one", "definition"),
            "form": _unless(figure.form, FigureForm.NUMBER),
            "limits": _unless(figure.limits, _UNLIMITED),
            "absent": _unless(figure.absent, InputMissing.PASSES),
            "not_applicable": _unless(figure.not_applicable, InputMissing.PASSES),
        }
    )


def _build_about_tree(about: About) -> dict[str, Any]:
    return _build_keys(
        {
            **_build_fields(about, "why", "verify", "source", "period", "documents"),
            "anchors": {format_exact(anchor.mark): anchor.meaning for anchor in about.anchors} or None,
            **_build_fields(about, "links", "comment_for"),
        }
    )


def _build_scales_tree(indicator: Indicator) -> Mapping[str, Any]:
    own = _build_scale_tree(indicator.scale, indicator.direction)
    if not indicator.class_scales:
        return own
    classes = {scale.of: _build_scale_tree(scale.scale, indicator.direction) for scale in indicator.class_scales}
    otherwise = {"otherwise": own} if indicator.every_class else {}
    return {"kind": BareScalar("by_class"), "classes": classes, **otherwise}


_SCALE_KEYS: Mapping[type, tuple[str, ...]] = {
    LinearScale: ("zero_at", "full_at"),
    Marks: ("zero_at", "full_at"),
    CountScale: ("points_each", "cap"),
    YesNoScale: (),
    PiecewiseScale: ("corners",),
    TableScale: ("between", "rows"),
    TargetScale: ("zero_below", "full_from", "full_to", "zero_above"),
}


def _build_scale_tree(scale: Scale, direction: Direction) -> Mapping[str, Any]:
    if not isinstance(scale, (BandScale, RankScale)):
        return _build_fields(scale, "kind", *_SCALE_KEYS[type(scale)])
    bound = "at_least" if direction is Direction.HIGHER and isinstance(scale, BandScale) else "at_most"
    return {
        **_build_fields(scale, "kind", *(["by"] if isinstance(scale, RankScale) else [])),
        "bands": [build_node({bound: band.bound, "points": band.points}) for band in scale.bands],
        "otherwise": build_node(scale.otherwise),
    }
