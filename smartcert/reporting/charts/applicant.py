"""The charts of one applicant: scale of levels, points, standing among peers, waterfall, points left, totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.evaluation import LevelResult, NextLevel, PointsLeft, Quartiles, Scorecard, SectionScore
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import FieldValue, Words
from smartcert.reporting.charts.svg import (
    NARROW_WIDTH,
    SMALL,
    WIDTH,
    Axis,
    Canvas,
    Chart,
    find_certified_bound,
    format_name,
    join_sentences,
    require_evaluated,
)
from smartcert.reporting.formats import Amount, indicator_amount, total_amount
from smartcert.reporting.records import Record


def draw_scale_chart(record: Record, words: Words) -> Chart:
    """Return the scale of levels with the applicant's total on it, the bounds, and the distance to the next level.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, result = require_evaluated(record)
    gap = record.evaluation.next_level
    return Chart(
        svg=_draw_scale(card, result, gap, WIDTH, words),
        alt=_describe_scale(card, result, gap, words),
        title=words("chart.scale.title", points=total_amount(card, card.points), level=result.level),
        narrow=_draw_scale(card, result, gap, NARROW_WIDTH, words),
    )


def _draw_scale(card: Scorecard, result: LevelResult, gap: NextLevel | None, width: float, words: Words) -> str:
    canvas = Canvas(132, width)
    axis = Axis(low=Fraction(0), high=card.out_of, left=8, right=width - 8)
    _draw_levels(canvas, axis, result, words)
    own = axis.at(card.points)
    canvas.line([(own, 22), (own, 44)], "own", 2)
    canvas.marks([(own, 45)], "down", 11, "own")
    canvas.text_within(
        own, 12, words("chart.scale.own", points=total_amount(card, card.points), level=result.level), "own", bold=True
    )
    if gap is not None and gap.short > 0:
        bound = axis.at(gap.bound)
        canvas.line([(own, 34), (bound, 34)], "warn", 2)
        canvas.line([(bound, 28), (bound, 50)], "warn", 2)
        label = words("chart.scale.short", level=gap.level, points=total_amount(card, gap.short))
        if bound + 8 + typeface.measure_text(label, SMALL) <= width:
            canvas.text(bound + 8, 34, label, "left", "warn", SMALL)
        else:
            canvas.text(own - 8, 34, label, "right", "warn", SMALL)
    return canvas.svg()


def _draw_levels(canvas: Canvas, axis: Axis, result: LevelResult, words: Words) -> None:
    above = axis.high
    for bound in result.bounds:
        _draw_level(canvas, axis, (bound.points, above), bound.level, bound.certified, words)
        above = bound.points
    _draw_level(canvas, axis, (axis.low, above), len(result.bounds) + 1, False, words)
    certified = find_certified_bound(result)
    _label_bounds(canvas, axis, [certified.points, axis.low, axis.high, *(bound.points for bound in result.bounds)])
    start = axis.at(certified.points)
    canvas.line([(start, 102), (start, 108), (axis.right, 108), (axis.right, 102)], "good", 2)
    label = words("chart.scale.certified", points=certified.points)
    canvas.text_within((start + axis.right) / 2, 121, label, "good", SMALL)


def _draw_level(
    canvas: Canvas, axis: Axis, span: tuple[Fraction, Fraction], level: int, certified: bool, words: Words
) -> None:
    left, right = axis.at(span[0]), axis.at(span[1])
    canvas.bar(left, 52, right - left, 28, "possible" if certified else "panel", "muted")
    name = words("chart.level", level=level)
    short = name if typeface.measure_text(name, SMALL) < right - left - 4 else figures.format_number(level)
    canvas.text((left + right) / 2, 66, short, "center", "ink", SMALL, max_width=max(right - left, 0))


def _label_bounds(canvas: Canvas, axis: Axis, values: list[Fraction]) -> None:
    """Write the values under the scale, the first ones first.

    A value whose label would touch an earlier label is left out: the table of bounds beside the chart has them all.
    """
    spans: list[tuple[float, float]] = []
    for value in values:
        label = figures.format_number(value)
        half = typeface.measure_text(label, SMALL) / 2
        middle = min(max(axis.at(value), half), canvas.width - half)
        if all(middle + half + 6 < left or right + 6 < middle - half for left, right in spans):
            spans.append((middle - half, middle + half))
            canvas.text(middle, 92, label, "center", "muted", SMALL)


def _describe_scale(card: Scorecard, result: LevelResult, gap: NextLevel | None, words: Words) -> str:
    fields: dict[str, FieldValue] = {
        "out_of": card.out_of,
        "points": total_amount(card, card.points),
        "level": result.level,
        "bounds": [words("chart.scale.bound", level=bound.level, points=bound.points) for bound in result.bounds],
        "certified": find_certified_bound(result).points,
    }
    if gap is None or gap.short <= 0:
        return words("chart.scale.alt", **fields)
    return words("chart.scale.alt_short", next=gap.level, short=total_amount(card, gap.short), **fields)


_POINTS_LEFT, _POINTS_RIGHT, _POINTS_VALUES = 286.0, 600.0, 610.0


def draw_points_chart(record: Record, words: Words) -> Chart:
    """Return a bar of points against the points possible for every item, with the median and quartiles of the peers.

    Where the peers are too few to stay anonymous their figures are left out, and the chart says so.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    peers = record.peers
    quartiles_by_id = {} if peers is None or peers.suppressed else dict(peers.sections)
    items = card.items()
    canvas = Canvas(58 + 26 * len(card.domains) + 32 * len(items))
    axis = Axis(
        low=Fraction(0),
        high=max((item.out_of for item in items), default=Fraction(0)),
        left=_POINTS_LEFT,
        right=_POINTS_RIGHT,
    )
    _draw_points_key(canvas, words, bool(quartiles_by_id))
    if peers is not None and not quartiles_by_id:
        canvas.text(
            0, 42, words("chart.points.suppressed", suppress_below=peers.suppress_below), size=SMALL, colour="muted"
        )
    top = 58.0
    for domain in card.domains:
        canvas.text(0, top + 13, format_name(domain.name, words), bold=True, max_width=_POINTS_LEFT - 12)
        canvas.text(_POINTS_VALUES, top + 13, _format_points(domain, words), bold=True)
        top += 26
        for item in (section for section in domain.walk_sections() if section.indicators):
            _draw_item(canvas, axis, top, item, quartiles_by_id.get(item.id), words)
            top += 32
    title = (
        words("chart.points.title_peers", size_type=f"size_type.{peers.size_type}", applicants=peers.applicants)
        if peers is not None and quartiles_by_id
        else words("chart.points.title")
    )
    sentences = [_describe_item(item, quartiles_by_id.get(item.id), words) for item in items]
    alt = join_sentences(words("chart.points.alt", count=len(items)), *sentences)
    return Chart(svg=canvas.svg(), alt=alt, title=title)


def _draw_points_key(canvas: Canvas, words: Words, peers: bool) -> None:
    """Draw a bar as an example, with the name of each of its parts."""
    canvas.bar(_POINTS_LEFT, 4, 220, 16, "possible", "muted")
    canvas.bar(_POINTS_LEFT, 4, 130, 16, "own")
    canvas.text(_POINTS_LEFT + 8, 12, words("chart.own"), colour="paper", size=SMALL, max_width=118)
    canvas.text(_POINTS_LEFT + 228, 12, words("chart.possible"), colour="muted", size=SMALL)
    canvas.text(
        _POINTS_VALUES, 42, words("chart.points.values"), colour="muted", size=SMALL, max_width=WIDTH - _POINTS_VALUES
    )
    if peers:
        canvas.bar(_POINTS_LEFT + 90, 23, 90, 5, "peer")
        canvas.tick(_POINTS_LEFT + 140, 2, 32, "peer")
        canvas.text_within(_POINTS_LEFT + 140, 42, words("chart.points.key"), "peer", SMALL)


def _draw_item(
    canvas: Canvas, axis: Axis, top: float, item: SectionScore, quartiles: Quartiles | None, words: Words
) -> None:
    canvas.text(12, top + 12, format_name(item.name, words), max_width=_POINTS_LEFT - 24)
    canvas.bar(axis.left, top + 4, axis.at(item.out_of) - axis.left, 16, "possible", "muted")
    canvas.bar(axis.left, top + 4, axis.at(item.points) - axis.left, 16, "own")
    canvas.text(_POINTS_VALUES, top + 12, _format_points(item, words))
    if quartiles is not None:
        low, middle, high = (axis.at(value) for value in (quartiles.lower, quartiles.median, quartiles.upper))
        canvas.bar(low, top + 23, high - low, 5, "peer")
        canvas.tick(middle, top + 2, top + 30, "peer")


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


def _format_points(part: SectionScore, words: Words) -> str:
    return words("chart.of", points=part.points, out_of=part.out_of)


_STANDING_LEFT, _STANDING_RIGHT, _STANDING_VALUES = 262.0, 548.0, 584.0
_STANDING_ROW, _STANDING_TOP = 36, 62
_TENTH = Fraction(1, 10)
_MOST_LABELS = 6
"""Up to so many lines of the grid have a label each; of more lines every second has one, as labels would touch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _StandingRow:
    label: str
    points: Amount
    out_of: Fraction
    peers: Quartiles


def draw_standing_chart(record: Record, words: Words) -> Chart | None:
    """Return total and domains against the quartiles of the size type, or None if too few applied to be anonymous.

    Minimum and maximum are left out: they would be the points of single applicants. The axis is the share of the points
    possible; it does not begin at zero.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    peers = record.peers
    if peers is None or peers.total is None:
        return None
    rows = [
        _StandingRow(
            label=words("chart.standing.total"),
            points=total_amount(card, card.points),
            out_of=card.out_of,
            peers=peers.total,
        ),
        *(
            _StandingRow(
                label=format_name(domain.name, words),
                points=indicator_amount(card, domain.points),
                out_of=domain.out_of,
                peers=peers.sections[domain.id],
            )
            for domain in card.domains
            if domain.id in peers.sections and domain.out_of  # without points possible a domain has no share of them
        ),
    ]
    canvas = Canvas(_STANDING_TOP + _STANDING_ROW * len(rows) + 4)
    axis = _standing_axis(rows)
    _draw_standing_key(canvas, words)
    tenths = range(int(axis.low / _TENTH), int(axis.high / _TENTH) + 1)
    canvas.lines([((axis.at(n * _TENTH), 54), (axis.at(n * _TENTH), canvas.height)) for n in tenths], "rule")
    for n in tenths[:: 1 if len(tenths) <= _MOST_LABELS else 2]:
        canvas.text(axis.at(n * _TENTH), 44, figures.format_percent(n * _TENTH, 0), "center", "muted", SMALL)
    for number, row in enumerate(rows):
        middle, is_total = _STANDING_TOP + _STANDING_ROW * (number + 0.5), number == 0
        canvas.text(0, middle, row.label, bold=is_total, max_width=_STANDING_LEFT - 16)
        quartiles = (row.peers.lower, row.peers.median, row.peers.upper)
        low, median, high = (axis.at(value / row.out_of) for value in quartiles)
        canvas.bar(low, middle + 2, high - low, 9, "peer")
        canvas.tick(median, middle - 3, middle + 16, "peer")
        canvas.marks([(axis.at(row.points.value / row.out_of), middle - 6)], "down", 11, "own")
        values = words("chart.standing.value", points=row.points, median=figures.format_rounded(row.peers.median, 2))
        canvas.text(_STANDING_VALUES, middle, values, bold=is_total, max_width=WIDTH - _STANDING_VALUES)
    size = f"size_type.{peers.size_type}"
    return Chart(
        svg=canvas.svg(),
        alt=join_sentences(*(_describe_standing(row, words) for row in rows)),
        title=words("chart.standing.title", size_type=size, applicants=peers.applicants),
    )


def _standing_axis(rows: list[_StandingRow]) -> Axis:
    """Return the axis between the multiples of one tenth that enclose every value drawn, at least one tenth long."""
    shares = [value / row.out_of for row in rows for value in (row.points.value, row.peers.lower, row.peers.upper)]
    low, high = min(shares) // _TENTH, -(-max(shares) // _TENTH)
    return Axis(low=low * _TENTH, high=max(high, low + 1) * _TENTH, left=_STANDING_LEFT, right=_STANDING_RIGHT)


def _draw_standing_key(canvas: Canvas, words: Words) -> None:
    canvas.marks([(6, 10)], "down", 11, "own")
    canvas.text(18, 10, words("chart.own"), colour="own", size=SMALL)
    canvas.bar(_STANDING_LEFT, 6, 60, 9, "peer")
    canvas.tick(_STANDING_LEFT + 36, 0, 20, "peer")
    canvas.text(
        _STANDING_LEFT + 70,
        10,
        words("chart.points.key"),
        colour="peer",
        size=SMALL,
        max_width=WIDTH - _STANDING_LEFT - 70,
    )
    canvas.text(
        _STANDING_VALUES,
        44,
        words("chart.standing.values"),
        colour="muted",
        size=SMALL,
        max_width=WIDTH - _STANDING_VALUES,
    )


def _describe_standing(row: _StandingRow, words: Words) -> str:
    return words(
        "chart.standing.alt_item",
        name=row.label,
        points=row.points,
        out_of=row.out_of,
        median=figures.format_rounded(row.peers.median, 2),
        lower=figures.format_rounded(row.peers.lower, 2),
        upper=figures.format_rounded(row.peers.upper, 2),
    )


_WATERFALL_LEFT, _WATERFALL_RIGHT = 286.0, 652.0
_WATERFALL_ROW, _WATERFALL_BAR = 26, 16


@dataclass(frozen=True, kw_only=True, slots=True)
class _WaterfallStep:
    """One step down (points below zero), or up where rounding added points."""

    label: str
    points: Fraction
    shown: Amount


def draw_waterfall_chart(record: Record, words: Words) -> Chart:
    """Return the way from the points possible down to those reached, a step per item in the order of the edition.

    Rounding of the total is the last step, where it changed anything. Where few points were lost the axis does not
    begin at zero and its two full bars are cut visibly, so that the steps between them stay readable and proportional.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    items = card.items()
    steps = [
        _WaterfallStep(
            label=format_name(item.name, words),
            points=-_points_lost(item),
            shown=indicator_amount(card, -_points_lost(item)),
        )
        for item in items
    ]
    rounded = card.points - card.out_of + sum((_points_lost(item) for item in items), Fraction(0))
    if rounded:
        steps.append(
            _WaterfallStep(
                label=words("chart.waterfall.rounding"), points=rounded, shown=indicator_amount(card, rounded)
            )
        )
    canvas = Canvas(_WATERFALL_ROW * (len(steps) + 2) + 4)
    lost = card.out_of - card.points
    start = max(card.points - lost / 2, Fraction(0)) if lost else Fraction(0)  # the loss takes two thirds of the axis
    axis = Axis(low=start, high=card.out_of, left=_WATERFALL_LEFT, right=_WATERFALL_RIGHT)
    _draw_end(canvas, axis, 0, words("chart.possible"), Amount(value=card.out_of, digits=0), "possible", words)
    height = card.out_of
    for row, step in enumerate(steps, 1):
        _draw_step(canvas, axis, row, height, step)
        height += step.points
    _draw_end(canvas, axis, len(steps) + 1, words("chart.own"), total_amount(card, card.points), "own", words)
    return Chart(
        svg=canvas.svg(),
        alt=_describe_waterfall(card, items, rounded, words),
        title=_waterfall_title(card, items, words),
    )


def _points_lost(item: SectionScore) -> Fraction:
    return item.out_of - item.points


def _draw_end(canvas: Canvas, axis: Axis, row: int, label: str, points: Amount, fill: str, words: Words) -> None:
    top = _WATERFALL_ROW * row + 2
    canvas.text(0, top + _WATERFALL_BAR / 2, label, bold=True, max_width=_WATERFALL_LEFT - 12)
    canvas.bar(
        axis.left, top, axis.at(points.value) - axis.left, _WATERFALL_BAR, fill, "muted" if fill == "possible" else ""
    )
    if axis.low:
        canvas.line([(axis.left + 18, top + _WATERFALL_BAR + 3), (axis.left + 28, top - 3)], "paper", 6)
    canvas.text(axis.at(points.value) + 8, top + _WATERFALL_BAR / 2, words("chart.number", points=points), bold=True)


def _draw_step(canvas: Canvas, axis: Axis, row: int, before: Fraction, step: _WaterfallStep) -> None:
    top = _WATERFALL_ROW * row + 2
    start, end = axis.at(before), axis.at(before + step.points)
    left, right = min(start, end), max(start, end)
    canvas.line([(start, top - _WATERFALL_ROW + _WATERFALL_BAR), (start, top + _WATERFALL_BAR)], "muted")
    canvas.text(12, top + _WATERFALL_BAR / 2, step.label, max_width=_WATERFALL_LEFT - 24)
    canvas.bar(left, top, right - left, _WATERFALL_BAR, "warn" if step.points < 0 else "good")
    canvas.text(right + 8, top + _WATERFALL_BAR / 2, _format_change(step.shown), size=SMALL)
    canvas.line([(end, top), (end, top + _WATERFALL_ROW)], "muted")


def _format_change(points: Amount) -> str:
    """Return a change with its sign, after the sign ≈ if it has one."""
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


_GAP_LEFT, _GAP_RIGHT, _GAP_VALUES = 312.0, 590.0, 602.0


def draw_gap_chart(record: Record, words: Words) -> Chart | None:
    """Return the indicators with most points left, or None where there is no better level or nothing left.

    Indicators without points left have no bar: nothing can be gained there. A diamond marks the smallest set that would
    reach the next level.
    """
    gap = record.evaluation.next_level
    if gap is None or not gap.most_left:
        return None
    left_most = gap.most_left
    canvas = Canvas(58 + 28 * len(left_most))
    axis = Axis(low=Fraction(0), high=max(left.out_of for left in left_most), left=_GAP_LEFT, right=_GAP_RIGHT)
    _draw_gap_key(canvas, gap, words)
    in_set = {left.indicator for left in gap.smallest_set}
    for row, left in enumerate(left_most):
        _draw_gap(canvas, axis, 58 + 28 * row, left, left.indicator in in_set, words)
    sentences = [
        words("chart.gap.alt_item", name=left.name, points=left.points, out_of=left.out_of) for left in left_most
    ]
    return Chart(svg=canvas.svg(), alt=join_sentences(*sentences), title=words("chart.gap.title", count=len(left_most)))


def _draw_gap_key(canvas: Canvas, gap: NextLevel, words: Words) -> None:
    canvas.bar(_GAP_LEFT, 4, 110, 16, "possible", "muted")
    canvas.bar(_GAP_LEFT + 110, 4, 110, 16, "warn")
    canvas.text(_GAP_LEFT + 8, 12, words("chart.own"), size=SMALL, max_width=98)
    canvas.text(_GAP_LEFT + 118, 12, words("chart.gap.left"), colour="paper", size=SMALL, max_width=98)
    canvas.text(_GAP_VALUES, 38, words("chart.gap.values"), colour="muted", size=SMALL, max_width=WIDTH - _GAP_VALUES)
    if gap.smallest_set:
        canvas.marks([(6, 38)], "diamond", 7, "own")
        canvas.text(18, 38, words("chart.gap.set", level=gap.level), colour="own", size=SMALL)


def _draw_gap(canvas: Canvas, axis: Axis, top: float, left: PointsLeft, in_set: bool, words: Words) -> None:
    if in_set:
        canvas.marks([(6, top + 12)], "diamond", 7, "own")
    canvas.text(18, top + 12, format_name(left.name, words), max_width=_GAP_LEFT - 30)
    reached = axis.at(left.out_of - left.points)
    canvas.bar(axis.left, top + 4, axis.at(left.out_of) - axis.left, 16, "possible", "muted")
    canvas.bar(reached, top + 4, axis.at(left.out_of) - reached, 16, "warn")
    canvas.text(_GAP_VALUES, top + 12, words("chart.of", points=left.points, out_of=left.out_of))


def draw_totals_chart(record: Record, words: Words) -> Chart:
    """Return the total as claimed, after the desk review and as confirmed on site, against the bound of certification.

    The axis does not begin at zero, so the totals are dots, not bars.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, result = require_evaluated(record)
    bound = find_certified_bound(result)
    totals = {"claimed": card.claimed, "desk": card.desk, "confirmed": card.points}
    low, high = min(*totals.values(), bound.points), max(*totals.values(), bound.points)
    margin = max((high - low) / 8, card.out_of / 100)
    axis = Axis(low=low - margin, high=high + margin, left=170, right=600)
    canvas = Canvas(158)
    edge = axis.at(bound.points)
    canvas.line([(edge, 24), (edge, 150)], "good", 1.5, dashed=True)
    label = words("chart.totals.bound", level=bound.level, points=bound.points)
    canvas.text_within(edge, 12, label, "good", SMALL)
    _draw_totals(canvas, axis, card, totals, words)
    fields = {name: total_amount(card, points) for name, points in totals.items()}
    return Chart(
        svg=canvas.svg(),
        alt=words("chart.totals.alt", level=bound.level, bound=bound.points, **fields),
        title=words("chart.totals.title", **fields),
    )


def _draw_totals(canvas: Canvas, axis: Axis, card: Scorecard, totals: Mapping[str, Fraction], words: Words) -> None:
    previous: tuple[float, float, Fraction] | None = None
    for row, points in enumerate(totals.values()):
        x, y = axis.at(points), 44 + 46 * row
        if previous is not None:
            canvas.line([(previous[0], previous[1] + 6), (x, y - 6)], "muted", 1.5)
            change = _describe_change(total_amount(card, points - previous[2]), words)
            canvas.text(max(previous[0], x) + 12, y - 23, change, colour="muted", size=SMALL, ground="paper")
        previous = (x, y, points)
    for row, (name, points) in enumerate(totals.items()):
        x, y, counts = axis.at(points), 44 + 46 * row, name == "confirmed"
        canvas.dots([(x, y)], 11, "own" if counts else "paper", "own")
        canvas.text(0, y, words(f"chart.totals.{name}"), bold=counts, max_width=axis.left)
        canvas.text(x + 12, y, words("chart.amount", points=total_amount(card, points)), bold=counts, ground="paper")


def _describe_change(points: Amount, words: Words) -> str:
    if not points.value:
        return words("chart.same")
    size = Amount(value=abs(points.value), digits=points.digits)
    return words("chart.more" if points.value > 0 else "chart.less", points=size)
