"""Scale, points, standing, waterfall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.citation import Text
from smartcert.model.evaluation import LevelResult, NextLevel, PointsLeft, Quartiles, Scorecard, SectionScore
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import FieldValue, Words
from smartcert.reporting.charts.svg import (
    SMALL,
    WIDTH,
    Axis,
    Canvas,
    Chart,
    certified_from,
    format_name,
    join_sentences,
    require_evaluated,
)
from smartcert.reporting.formats import Amount, indicator_amount, total_amount
from smartcert.reporting.records import Record

# --- Where an applicant stands on the scale of levels.


def draw_scale_chart(record: Record, words: Words) -> Chart:
    """Return the scale of levels with the applicant's place on it, the bounds, and how far the next one is.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, result = require_evaluated(record)
    sheet = Canvas(132)
    axis = Axis(low=Fraction(0), high=card.out_of, left=8, right=WIDTH - 8)
    _draw_levels(sheet, axis, result, words)
    own = axis.at(card.points)
    sheet.line([(own, 22), (own, 44)], "own", 2)
    sheet.marks([(own, 45)], "down", 11, "own")
    sheet.inside(
        own, 12, words("chart.scale.own", points=total_amount(card, card.points), level=result.level), "own", bold=True
    )
    gap = record.evaluation.next_level
    if gap is not None and gap.short > 0:
        _draw_distance(
            sheet,
            own,
            axis.at(gap.bound),
            words("chart.scale.short", level=gap.level, points=total_amount(card, gap.short)),
        )
    return Chart(
        svg=sheet.svg(),
        alt=_describe_scale(card, result, gap, words),
        title=words("chart.scale.title", points=total_amount(card, card.points), level=result.level),
    )


def _draw_levels(sheet: Canvas, axis: Axis, result: LevelResult, words: Words) -> None:
    above = axis.high
    for bound in result.bounds:
        _draw_level(sheet, axis, (bound.points, above), bound.level, bound.certified, words)
        above = bound.points
    _draw_level(sheet, axis, (axis.low, above), len(result.bounds) + 1, False, words)
    certified = certified_from(result)
    _label_bounds(sheet, axis, [certified.points, axis.low, axis.high, *(bound.points for bound in result.bounds)])
    start = axis.at(certified.points)
    sheet.line([(start, 102), (start, 108), (axis.right, 108), (axis.right, 102)], "good", 2)
    label = words("chart.scale.certified", points=certified.points)
    sheet.inside((start + axis.right) / 2, 121, label, "good", SMALL)


def _draw_level(
    sheet: Canvas, axis: Axis, span: tuple[Fraction, Fraction], level: int, certified: bool, words: Words
) -> None:
    left, right = axis.at(span[0]), axis.at(span[1])
    sheet.bar(left, 52, right - left, 28, "possible" if certified else "panel", "muted")
    name = words("chart.level", level=level)
    short = name if typeface.measure_text(name, SMALL) < right - left - 4 else figures.format_number(level)
    sheet.text((left + right) / 2, 66, short, "center", "ink", SMALL, room=max(right - left, 0))


def _label_bounds(sheet: Canvas, axis: Axis, values: list[Fraction]) -> None:
    """Write each value under the scale, the first ones first; one that would touch another is left out."""
    taken: list[tuple[float, float]] = []
    for value in values:
        label = figures.format_number(value)
        half = typeface.measure_text(label, SMALL) / 2
        middle = min(max(axis.at(value), half), WIDTH - half)
        if all(middle + half + 6 < left or right + 6 < middle - half for left, right in taken):
            taken.append((middle - half, middle + half))
            sheet.text(middle, 92, label, "center", "muted", SMALL)


def _draw_distance(sheet: Canvas, own: float, bound: float, label: str) -> None:
    sheet.line([(own, 34), (bound, 34)], "warn", 2)
    sheet.line([(bound, 28), (bound, 50)], "warn", 2)
    if bound + 8 + typeface.measure_text(label, SMALL) <= WIDTH:
        sheet.text(bound + 8, 34, label, "left", "warn", SMALL)
    else:
        sheet.text(own - 8, 34, label, "right", "warn", SMALL)


def _describe_scale(card: Scorecard, result: LevelResult, gap: NextLevel | None, words: Words) -> str:
    fields: dict[str, FieldValue] = {
        "out_of": card.out_of,
        "points": total_amount(card, card.points),
        "level": result.level,
        "bounds": [words("chart.scale.bound", level=bound.level, points=bound.points) for bound in result.bounds],
        "certified": certified_from(result).points,
    }
    if gap is None or gap.short <= 0:
        return words("chart.scale.alt", **fields)
    return words("chart.scale.alt_short", next=gap.level, short=total_amount(card, gap.short), **fields)


# --- Points reached and possible, item by item, beside the peers.

_BARS, _BARS_END, _VALUES = 286.0, 600.0, 610.0


def draw_points_chart(record: Record, words: Words) -> Chart:
    """Return a bar of points against the points possible for every item, with the median and quartiles of the peers.

    Where the peers are too few to stay anonymous their figures are left out, and the chart says so.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    peers = record.peers
    shown = {} if peers is None or peers.suppressed else dict(peers.sections)
    items = card.items()
    sheet = Canvas(58 + 26 * len(card.domains) + 32 * len(items))
    axis = Axis(
        low=Fraction(0), high=max((item.out_of for item in items), default=Fraction(0)), left=_BARS, right=_BARS_END
    )
    _draw_points_key(sheet, words, bool(shown))
    if peers is not None and not shown:
        sheet.text(
            0, 42, words("chart.points.suppressed", suppress_below=peers.suppress_below), size=SMALL, colour="muted"
        )
    top = 58.0
    for domain in card.domains:
        sheet.text(0, top + 13, format_name(domain.name, words), bold=True, room=_BARS - 12)
        sheet.text(_VALUES, top + 13, _format_points(domain, words), bold=True)
        top += 26
        for item in _walk_items(domain):
            _draw_item(sheet, axis, top, item, shown.get(item.id), words)
            top += 32
    title = (
        words("chart.points.title_peers", size_type=f"size_type.{peers.size_type.value}", applicants=peers.applicants)
        if peers is not None and shown
        else words("chart.points.title")
    )
    sentences = [_describe_item(item, shown.get(item.id), words) for item in items]
    alt = join_sentences(words("chart.points.alt", count=len(items)), *sentences)
    return Chart(svg=sheet.svg(), alt=alt, title=title)


def _draw_points_key(sheet: Canvas, words: Words, peers: bool) -> None:
    """Draw one bar as an example, each part with its name."""
    sheet.bar(_BARS, 4, 220, 16, "possible", "muted")
    sheet.bar(_BARS, 4, 130, 16, "own")
    sheet.text(_BARS + 8, 12, words("chart.own"), colour="paper", size=SMALL, room=118)
    sheet.text(_BARS + 228, 12, words("chart.possible"), colour="muted", size=SMALL)
    sheet.text(_VALUES, 42, words("chart.points.values"), colour="muted", size=SMALL, room=WIDTH - _VALUES)
    if peers:
        sheet.bar(_BARS + 90, 23, 90, 5, "peer")
        sheet.tick(_BARS + 140, 2, 32, "peer")
        sheet.inside(_BARS + 140, 42, words("chart.points.key"), "peer", SMALL)


def _draw_item(
    sheet: Canvas, axis: Axis, top: float, item: SectionScore, quartiles: Quartiles | None, words: Words
) -> None:
    sheet.text(12, top + 12, format_name(item.name, words), room=_BARS - 24)
    sheet.bar(axis.left, top + 4, axis.at(item.out_of) - axis.left, 16, "possible", "muted")
    sheet.bar(axis.left, top + 4, axis.at(item.points) - axis.left, 16, "own")
    sheet.text(_VALUES, top + 12, _format_points(item, words))
    if quartiles is not None:
        low, middle, high = (axis.at(value) for value in (quartiles.lower, quartiles.median, quartiles.upper))
        sheet.bar(low, top + 23, high - low, 5, "peer")
        sheet.tick(middle, top + 2, top + 30, "peer")


def _describe_item(item: SectionScore, quartiles: Quartiles | None, words: Words) -> str:
    if quartiles is None:
        return words("chart.points.alt_item", name=item.name, points=item.points, out_of=item.out_of)
    return words(
        "chart.points.alt_item_median",
        name=item.name,
        points=item.points,
        out_of=item.out_of,
        median=figures.format_rounded(quartiles.median, 2),
    )


def _walk_items(section: SectionScore) -> Iterator[SectionScore]:
    if section.indicators:
        yield section
    for part in section.sections:
        yield from _walk_items(part)


def _format_points(part: SectionScore, words: Words) -> str:
    return words("chart.of", points=part.points, out_of=part.out_of)


# --- Where the total and the domains of one applicant lie among those of its size type.

_LEFT, _RIGHT, _STANDING_VALUES = 262.0, 548.0, 584.0
_ROW, _TOP = 36, 62
_TENTH = Fraction(1, 10)
_MOST_LABELS = 6
"""Up to so many lines of the grid each has its label, else every second one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _StandingRow:
    name: Text | None
    points: Amount
    out_of: Fraction
    peers: Quartiles


def draw_standing_chart(record: Record, words: Words) -> Chart | None:
    """Return the own place in the distribution of the size type, or None where there are too few to stay anonymous.

    The distribution is told by its quartiles: its ends would be the points of single applicants. The axis is the share
    of the points possible; it does not begin at zero.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    peers = record.peers
    if peers is None or peers.total is None:
        return None
    parts = _standing_rows(card, peers.total, dict(peers.sections))
    sheet = Canvas(_TOP + _ROW * len(parts) + 4)
    axis = _standing_axis(parts)
    _draw_standing_key(sheet, words)
    _draw_grid(sheet, axis)
    for row, one in enumerate(parts):
        _draw_standing(sheet, axis, _TOP + _ROW * row, one, words)
    size = f"size_type.{peers.size_type.value}"
    return Chart(
        svg=sheet.svg(),
        alt=join_sentences(*(_describe_standing(one, words) for one in parts)),
        title=words("chart.standing.title", size_type=size, applicants=peers.applicants),
    )


def _standing_rows(card: Scorecard, among: Quartiles, shown: dict[str, Quartiles]) -> list[_StandingRow]:
    domains = [
        _StandingRow(
            name=domain.name, points=indicator_amount(card, domain.points), out_of=domain.out_of, peers=shown[domain.id]
        )
        for domain in card.domains
        if domain.id in shown and domain.out_of
    ]
    return [_StandingRow(name=None, points=total_amount(card, card.points), out_of=card.out_of, peers=among), *domains]


def _standing_axis(parts: list[_StandingRow]) -> Axis:
    """Return an axis from one full tenth to another that holds everything that is drawn."""
    shares = [value / one.out_of for one in parts for value in (one.points.value, one.peers.lower, one.peers.upper)]
    low, high = min(shares) // _TENTH, -(-max(shares) // _TENTH)
    return Axis(low=low * _TENTH, high=max(high, low + 1) * _TENTH, left=_LEFT, right=_RIGHT)


def _draw_standing_key(sheet: Canvas, words: Words) -> None:
    sheet.marks([(6, 10)], "down", 11, "own")
    sheet.text(18, 10, words("chart.own"), colour="own", size=SMALL)
    sheet.bar(_LEFT, 6, 60, 9, "peer")
    sheet.tick(_LEFT + 36, 0, 20, "peer")
    sheet.text(_LEFT + 70, 10, words("chart.points.key"), colour="peer", size=SMALL, room=WIDTH - _LEFT - 70)
    sheet.text(
        _STANDING_VALUES, 44, words("chart.standing.values"), colour="muted", size=SMALL, room=WIDTH - _STANDING_VALUES
    )


def _draw_grid(sheet: Canvas, axis: Axis) -> None:
    tenths = range(int(axis.low / _TENTH), int(axis.high / _TENTH) + 1)
    sheet.lines([((axis.at(n * _TENTH), 54), (axis.at(n * _TENTH), sheet.height)) for n in tenths], "rule")
    for n in tenths[:: 1 if len(tenths) <= _MOST_LABELS else 2]:
        sheet.text(axis.at(n * _TENTH), 44, figures.format_percent(n * _TENTH, 0), "center", "muted", SMALL)


def _draw_standing(sheet: Canvas, axis: Axis, top: float, one: _StandingRow, words: Words) -> None:
    middle = top + _ROW / 2
    sheet.text(0, middle, _row_name(one, words), bold=one.name is None, room=_LEFT - 16)
    low, median, high = (axis.at(value / one.out_of) for value in (one.peers.lower, one.peers.median, one.peers.upper))
    sheet.bar(low, middle + 2, high - low, 9, "peer")
    sheet.tick(median, middle - 3, middle + 16, "peer")
    sheet.marks([(axis.at(one.points.value / one.out_of), middle - 6)], "down", 11, "own")
    values = words("chart.standing.value", points=one.points, median=figures.format_rounded(one.peers.median, 2))
    sheet.text(_STANDING_VALUES, middle, values, bold=one.name is None, room=WIDTH - _STANDING_VALUES)


def _row_name(one: _StandingRow, words: Words) -> str:
    return words("chart.standing.total") if one.name is None else format_name(one.name, words)


def _describe_standing(one: _StandingRow, words: Words) -> str:
    lower, median, upper = (
        figures.format_rounded(value, 2) for value in (one.peers.lower, one.peers.median, one.peers.upper)
    )
    return words(
        "chart.standing.alt_item",
        name=_row_name(one, words),
        points=one.points,
        out_of=one.out_of,
        median=median,
        lower=lower,
        upper=upper,
    )


# --- From the points possible to the points reached: what each item left behind.

_WATERFALL_BARS, _WATERFALL_BARS_END = 286.0, 652.0
_WATERFALL_ROW, _BAR = 26, 16


@dataclass(frozen=True, kw_only=True, slots=True)
class _WaterfallStep:
    """One step down, or up where rounding added points."""

    label: str
    points: Fraction
    shown: Amount


def draw_waterfall_chart(record: Record, words: Words) -> Chart:
    """Return the way from the points possible down to those reached, one step per item in the order of the edition.

    The last step is what rounding took or added, where it did. Where little was left behind the axis does not begin at
    zero, and the two bars that would are cut visibly: the steps between them keep their proportions.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    items = card.items()
    steps = [_waterfall_step(item, card, words) for item in items]
    rounded = card.points - card.out_of + sum((_points_lost(item) for item in items), Fraction(0))
    if rounded:
        steps.append(
            _WaterfallStep(
                label=words("chart.waterfall.rounding"), points=rounded, shown=indicator_amount(card, rounded)
            )
        )
    sheet = Canvas(_WATERFALL_ROW * (len(steps) + 2) + 4)
    axis = Axis(low=_waterfall_start(card), high=card.out_of, left=_WATERFALL_BARS, right=_WATERFALL_BARS_END)
    _draw_end(sheet, axis, 0, words("chart.possible"), Amount(value=card.out_of, digits=0), "possible", words)
    height = card.out_of
    for row, step in enumerate(steps, 1):
        _draw_step(sheet, axis, row, height, step)
        height += step.points
    _draw_end(sheet, axis, len(steps) + 1, words("chart.own"), total_amount(card, card.points), "own", words)
    return Chart(
        svg=sheet.svg(),
        alt=_describe_waterfall(card, items, rounded, words),
        title=_waterfall_title(card, items, words),
    )


def _waterfall_start(card: Scorecard) -> Fraction:
    """Return where the axis begins: so that what was left behind takes two thirds of it, or at zero."""
    lost = card.out_of - card.points
    return max(card.points - lost / 2, Fraction(0)) if lost else Fraction(0)


def _points_lost(item: SectionScore) -> Fraction:
    return item.out_of - item.points


def _waterfall_step(item: SectionScore, card: Scorecard, words: Words) -> _WaterfallStep:
    return _WaterfallStep(
        label=format_name(item.name, words),
        points=-_points_lost(item),
        shown=indicator_amount(card, -_points_lost(item)),
    )


def _draw_end(sheet: Canvas, axis: Axis, row: int, label: str, points: Amount, fill: str, words: Words) -> None:
    top = _WATERFALL_ROW * row + 2
    sheet.text(0, top + _BAR / 2, label, bold=True, room=_WATERFALL_BARS - 12)
    sheet.bar(axis.left, top, axis.at(points.value) - axis.left, _BAR, fill, "muted" if fill == "possible" else "")
    if axis.low:
        sheet.line([(axis.left + 18, top + _BAR + 3), (axis.left + 28, top - 3)], "paper", 6)
    sheet.text(axis.at(points.value) + 8, top + _BAR / 2, words("chart.number", points=points), bold=True)


def _draw_step(sheet: Canvas, axis: Axis, row: int, before: Fraction, step: _WaterfallStep) -> None:
    top = _WATERFALL_ROW * row + 2
    start, end = axis.at(before), axis.at(before + step.points)
    left, right = min(start, end), max(start, end)
    sheet.line([(start, top - _WATERFALL_ROW + _BAR), (start, top + _BAR)], "muted")
    sheet.text(12, top + _BAR / 2, step.label, room=_WATERFALL_BARS - 24)
    sheet.bar(left, top, right - left, _BAR, "warn" if step.points < 0 else "good")
    sheet.text(right + 8, top + _BAR / 2, _format_change(step.shown), size=SMALL)
    sheet.line([(end, top), (end, top + _WATERFALL_ROW)], "muted")


def _format_change(points: Amount) -> str:
    """Return a change with its sign, the sign ≈ before it."""
    text = figures.format_number(points.value, points.digits)
    if points.value <= 0:
        return text
    return f"≈+{text[1:]}" if text.startswith("≈") else f"+{text}"


def _waterfall_title(card: Scorecard, items: tuple[SectionScore, ...], words: Words) -> str:
    most = max(items, key=_points_lost, default=None)
    if most is None or not _points_lost(most):
        return words("chart.waterfall.title_full", out_of=card.out_of, points=total_amount(card, card.points))
    return words(
        "chart.waterfall.title",
        out_of=card.out_of,
        points=total_amount(card, card.points),
        name=most.name,
        most=indicator_amount(card, _points_lost(most)),
    )


def _describe_waterfall(card: Scorecard, items: tuple[SectionScore, ...], rounded: Fraction, words: Words) -> str:
    sentences = [
        words("chart.waterfall.alt_item", name=item.name, points=indicator_amount(card, _points_lost(item)))
        for item in items
    ]
    if rounded:
        key = "chart.waterfall.alt_added" if rounded > 0 else "chart.waterfall.alt_taken"
        sentences.append(words(key, points=indicator_amount(card, abs(rounded))))
    first = words("chart.waterfall.alt", out_of=card.out_of, points=total_amount(card, card.points))
    return join_sentences(first, *sentences)


# --- Where the most points are left.

_GAP_BARS, _GAP_BARS_END, _GAP_VALUES = 312.0, 590.0, 602.0


def draw_gap_chart(record: Record, words: Words) -> Chart | None:
    """Return the indicators with most points left, or None where there is no better level to reach or nothing left.

    A diamond marks those of the smallest set that would reach the next level.
    """
    gap = record.evaluation.next_level
    if gap is None or not gap.most_left:
        return None
    shown = gap.most_left
    sheet = Canvas(58 + 28 * len(shown))
    axis = Axis(low=Fraction(0), high=max(left.out_of for left in shown), left=_GAP_BARS, right=_GAP_BARS_END)
    _draw_gap_key(sheet, gap, words)
    in_set = {left.indicator for left in gap.smallest_set}
    for row, left in enumerate(shown):
        _draw_gap(sheet, axis, 58 + 28 * row, left, left.indicator in in_set, words)
    sentences = [words("chart.gap.alt_item", name=left.name, points=left.points, out_of=left.out_of) for left in shown]
    return Chart(svg=sheet.svg(), alt=join_sentences(*sentences), title=words("chart.gap.title", count=len(shown)))


def _draw_gap_key(sheet: Canvas, gap: NextLevel, words: Words) -> None:
    sheet.bar(_GAP_BARS, 4, 110, 16, "possible", "muted")
    sheet.bar(_GAP_BARS + 110, 4, 110, 16, "warn")
    sheet.text(_GAP_BARS + 8, 12, words("chart.own"), size=SMALL, room=98)
    sheet.text(_GAP_BARS + 118, 12, words("chart.gap.left"), colour="paper", size=SMALL, room=98)
    sheet.text(_GAP_VALUES, 38, words("chart.gap.values"), colour="muted", size=SMALL, room=WIDTH - _GAP_VALUES)
    if gap.smallest_set:
        sheet.marks([(6, 38)], "diamond", 7, "own")
        sheet.text(18, 38, words("chart.gap.set", level=gap.level), colour="own", size=SMALL)


def _draw_gap(sheet: Canvas, axis: Axis, top: float, left: PointsLeft, in_set: bool, words: Words) -> None:
    if in_set:
        sheet.marks([(6, top + 12)], "diamond", 7, "own")
    sheet.text(18, top + 12, format_name(left.name, words), room=_GAP_BARS - 30)
    reached = axis.at(left.out_of - left.points)
    sheet.bar(axis.left, top + 4, axis.at(left.out_of) - axis.left, 16, "possible", "muted")
    sheet.bar(reached, top + 4, axis.at(left.out_of) - reached, 16, "warn")
    sheet.text(_GAP_VALUES, top + 12, words("chart.of", points=left.points, out_of=left.out_of))
