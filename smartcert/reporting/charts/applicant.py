"""The charts of one applicant: scale of levels, points, standing among peers, waterfall, points left, totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Bound, LevelResult, NextLevel, PointsLeft, Quartiles, Scorecard, SectionScore
from smartcert.model.indicator import TotalMethod
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import FieldValue, Words
from smartcert.reporting.charts.svg import (
    NARROW_WIDTH,
    SIZE,
    SMALL,
    WIDTH,
    Axis,
    Canvas,
    Chart,
    Rows,
    find_certified_bound,
    format_name,
    join_sentences,
    require_evaluated,
)
from smartcert.reporting.formats import Amount, indicator_amount, total_amount
from smartcert.reporting.records import Record


def draw_scale_chart(record: Record, words: Words) -> Chart:
    """Return the scale of levels with the applicant's total, the bounds, and the distance to the next level."""
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
    _draw_levels(canvas, axis, result, words)
    return canvas.svg()


def _draw_levels(canvas: Canvas, axis: Axis, result: LevelResult, words: Words) -> None:
    below, level, meets = axis.low, len(result.bounds) + 1, False
    for bound in reversed(result.bounds):
        _draw_level(canvas, axis, (below, bound.points), level, meets, words)
        below, level, meets = bound.points, bound.level, bound.certified
    _draw_level(canvas, axis, (below, axis.high), level, meets, words)
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
    """Write the values under the scale.

    A value whose label would touch that of an earlier value is left out: the table of bounds beside the chart has them
    all.
    """
    spans: list[tuple[float, float]] = []
    labels: list[tuple[float, str]] = []
    for value in values:
        label = figures.format_number(value)
        half = typeface.measure_text(label, SMALL) / 2
        middle = min(max(axis.at(value), half), canvas.width - half)
        if all(middle + half + 6 < left or right + 6 < middle - half for left, right in spans):
            spans.append((middle - half, middle + half))
            labels.append((middle, label))
    for middle, label in sorted(labels):
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
    """
    card, _ = require_evaluated(record)
    peers = record.peers
    quartiles_by_id = {} if peers is None or peers.suppressed else dict(peers.sections)
    items = card.items()
    title = (
        words("chart.points.title_peers", size_type=f"size_type.{peers.size_type}", applicants=peers.applicants)
        if peers is not None and quartiles_by_id
        else words("chart.points.title")
    )
    sentences = [
        _describe_item(section, quartiles_by_id.get(section.id) if section.indicators else None, words)
        for domain in card.domains
        for section in domain.walk_sections()
        if section is domain or section.indicators
    ]
    alt = join_sentences(words("chart.points.alt", count=len(items)), *sentences)
    return Chart(
        svg=_draw_points(record, card, quartiles_by_id, words, narrow=False),
        alt=alt,
        title=title,
        narrow=_draw_points(record, card, quartiles_by_id, words, narrow=True),
    )


def _draw_points(
    record: Record, card: Scorecard, quartiles_by_id: Mapping[str, Quartiles], words: Words, *, narrow: bool
) -> str:
    rows = Rows(left=_POINTS_LEFT, right=_POINTS_RIGHT, values=_POINTS_VALUES, narrow=narrow)
    canvas = Canvas(0, rows.width)
    axis = rows.build_axis(Fraction(0), max((item.out_of for item in card.items()), default=Fraction(0)))
    top = _draw_points_key(canvas, words, bool(quartiles_by_id), rows)
    if record.peers is not None and not quartiles_by_id:
        hidden = words("chart.points.suppressed", suppress_below=record.peers.suppress_below)
        first, room = (
            (80.0, rows.width) if narrow else (42.0, _POINTS_VALUES - 12)
        )  # clear of the heading of the values
        top = max(top, canvas.lines_of_text(0, first, hidden, room, "muted", SMALL) + 8)
    medians: list[tuple[float, float, float]] = []
    for domain in card.domains:
        name = format_name(domain.name, words)
        below = rows.draw_names(canvas, top, 13, name, _format_points(domain, words), bold=True)
        top = max(top + 26, below + 4)
        for item in (section for section in domain.walk_sections() if section.indicators):
            quartiles = quartiles_by_id.get(item.id)
            top = _draw_item(canvas, axis, top, item, quartiles, words, rows)
            if quartiles is not None:
                medians.append((axis.at(quartiles.median), top - 30, top - 2))
    canvas.ticks(medians, "peer")
    canvas.height = top
    return canvas.svg()


def _draw_points_key(canvas: Canvas, words: Words, peers: bool, rows: Rows) -> float:
    """Draw a bar as an example, with the name of each of its parts; return where rows begin."""
    left = 0 if rows.narrow else _POINTS_LEFT
    canvas.bar(left, 4, 220, 16, "possible", "muted")
    canvas.bar(left, 4, 130, 16, "own")
    canvas.text(left + 8, 12, words("chart.own"), colour="paper", size=SMALL, max_width=118)
    canvas.text(left + 228, 12, words("chart.possible"), colour="muted", size=SMALL)
    values, bottom = words("chart.points.values"), 70.0 if rows.narrow else 58.0
    if peers:
        canvas.bar(left + 90, 23, 90, 5, "peer")
        canvas.ticks([(left + 140, 2, 32)], "peer")
        if rows.narrow:
            room = NARROW_WIDTH - typeface.measure_text(values, SMALL) - 12
            bottom = max(bottom, canvas.lines_of_text(0, 42, words("chart.points.key"), room, "peer", SMALL) + 8)
        else:
            canvas.text_within(left + 140, 42, words("chart.points.key"), "peer", SMALL)
    if rows.narrow:
        canvas.text(NARROW_WIDTH, 58, values, "right", "muted", SMALL)
    else:
        canvas.text(_POINTS_VALUES, 42, values, colour="muted", size=SMALL, max_width=WIDTH - _POINTS_VALUES)
    return bottom


def _draw_item(
    canvas: Canvas, axis: Axis, top: float, item: SectionScore, quartiles: Quartiles | None, words: Words, rows: Rows
) -> float:
    """Draw the points of an item; return where its row ends."""
    top = rows.draw_names(canvas, top, 12, format_name(item.name, words), _format_points(item, words), indent=12)
    canvas.bar(axis.left, top + 4, axis.at(item.out_of) - axis.left, 16, "possible", "muted", ground=False)
    canvas.bar(axis.left, top + 4, axis.at(item.points) - axis.left, 16, "own", ground=False)
    if quartiles is not None:
        low = axis.at(quartiles.lower)
        canvas.bar(low, top + 23, axis.at(quartiles.upper) - low, 5, "peer", ground=False)
    return top + 32


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
_STANDING_ROW = 36
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
    size = f"size_type.{peers.size_type}"
    return Chart(
        svg=_draw_standing(rows, words, narrow=False),
        narrow=_draw_standing(rows, words, narrow=True),
        alt=join_sentences(*(_describe_standing(row, words) for row in rows)),
        title=words("chart.standing.title", size_type=size, applicants=peers.applicants),
    )


def _draw_standing(standing: list[_StandingRow], words: Words, *, narrow: bool) -> str:
    rows = Rows(left=_STANDING_LEFT, right=_STANDING_RIGHT, values=_STANDING_VALUES, narrow=narrow)
    canvas, axis = Canvas(0, rows.width), rows.build_axis(*_find_standing_span(standing))
    grid = _draw_standing_key(canvas, words, rows) + 16
    tenths = range(int(axis.low / _TENTH), int(axis.high / _TENTH) + 1)
    most = _MOST_LABELS if not narrow else _MOST_LABELS - 1
    for n in tenths[:: 1 if len(tenths) <= most else 2]:
        canvas.text_within(axis.at(n * _TENTH), grid, figures.format_percent(n * _TENTH, 0), "muted", SMALL)
    if not narrow:
        values = words("chart.standing.values")
        canvas.text(_STANDING_VALUES, grid, values, colour="muted", size=SMALL, max_width=WIDTH - _STANDING_VALUES)
    lines = [axis.at(n * _TENTH) for n in tenths]
    top = grid + 18
    if not narrow:
        bottom = top + _STANDING_ROW * len(standing) + 4
        canvas.lines([((x, grid + 10), (x, bottom)) for x in lines], "rule")
    medians: list[tuple[float, float, float]] = []
    own: list[tuple[float, float]] = []
    for number, row in enumerate(standing):
        values = words("chart.standing.value", points=row.points, median=figures.format_rounded(row.peers.median, 2))
        top = rows.draw_names(canvas, top, _STANDING_ROW / 2, row.label, values, bold=number == 0)
        if narrow:
            canvas.lines([((x, top), (x, top + _STANDING_ROW)) for x in lines], "rule")
        middle = top + _STANDING_ROW / 2
        quartiles = (row.peers.lower, row.peers.median, row.peers.upper)
        low, median, high = (axis.at(value / row.out_of) for value in quartiles)
        canvas.bar(low, middle + 2, high - low, 9, "peer", ground=False)
        medians.append((median, middle - 3, middle + 16))
        own.append((axis.at(row.points.value / row.out_of), middle - 6))
        top += _STANDING_ROW
    canvas.ticks(medians, "peer")
    canvas.marks(own, "down", 11, "own")
    canvas.height = top + 4
    return canvas.svg()


def _find_standing_span(rows: list[_StandingRow]) -> tuple[Fraction, Fraction]:
    """Return the multiples of one tenth that enclose every value drawn, at least one tenth apart."""
    shares = [value / row.out_of for row in rows for value in (row.points.value, row.peers.lower, row.peers.upper)]
    low, high = min(shares) // _TENTH, -(-max(shares) // _TENTH)
    return low * _TENTH, max(high, low + 1) * _TENTH


def _draw_standing_key(canvas: Canvas, words: Words, rows: Rows) -> float:
    """Draw what is drawn as what; return where it ends."""
    canvas.marks([(6, 10)], "down", 11, "own")
    canvas.text(18, 10, words("chart.own"), colour="own", size=SMALL)
    if rows.narrow:
        canvas.text(NARROW_WIDTH, 10, words("chart.standing.values"), "right", "muted", SMALL)
    left, top = (0.0, 20.0) if rows.narrow else (_STANDING_LEFT, 0.0)
    canvas.bar(left, top + 6, 60, 9, "peer")
    canvas.ticks([(left + 36, top, top + 20)], "peer")
    room = rows.width - left - 70
    end = canvas.lines_of_text(left + 70, top + 10, words("chart.points.key"), room, "peer", SMALL)
    return end + 4 if rows.narrow else 28.0


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
    """One step down (points below zero) or up, with what is written beside it and the sentence that says it."""

    label: str
    points: Fraction
    shown: Amount
    text: str
    item: SectionScore | None = None


def draw_waterfall_chart(record: Record, words: Words) -> Chart:
    """Return the way from the points possible down to those reached, a step per item in the order of the edition.

    A step has what the item's points count in the total, by the weights of the edition. What bonus points, deductions
    and limits of the edition changed is a step, and so is the rounding of domains and total, where they changed
    anything. Where few points were lost the axis does not begin at zero and its two full bars are cut visibly, so that
    the steps between them stay readable and proportional.
    """
    card, _ = require_evaluated(record)
    steps = _list_waterfall_steps(card, words)
    first = words("chart.waterfall.alt", out_of=card.out_of, points=total_amount(card, card.points))
    return Chart(
        svg=_draw_waterfall(card, steps, words, narrow=False),
        alt=join_sentences(first, *(step.text for step in steps)),
        title=_waterfall_title(card, steps, words),
        narrow=_draw_waterfall(card, steps, words, narrow=True),
    )


def _list_waterfall_steps(card: Scorecard, words: Words) -> list[_WaterfallStep]:
    parts = [part for domain in card.domains for part in _walk_weighted(domain, _find_factor(card, domain))]
    items = [(section, factor * (section.points - section.out_of)) for section, factor in parts if section.indicators]
    rounded = card.points - card.exact
    rounded += sum((factor * (part.points - part.exact) for part, factor in parts if not part.indicators), Fraction(0))
    others = card.points - card.out_of - rounded - sum((change for _, change in items), Fraction(0))
    steps = [
        _build_step(card, format_name(item.name, words), change, words, item=item, added="above", taken="item")
        for item, change in items
    ]
    geometric = card.total_rule is not None and card.total_rule.method is TotalMethod.GEOMETRIC
    for key, change in (("rules", others), ("rounding", rounded)):
        if change:
            label = words(
                "chart.waterfall.rules_geometric" if geometric and key == "rules" else f"chart.waterfall.{key}"
            )
            steps.append(_build_step(card, label, change, words, added=f"{key}_added", taken=f"{key}_taken"))
    return steps


def _walk_weighted(section: SectionScore, factor: Fraction) -> Iterator[tuple[SectionScore, Fraction]]:
    """Yield a section and all below it, each with how many points of the total one of its points is."""
    yield section, factor
    for part in section.sections:
        yield from _walk_weighted(part, factor * part.weight)


def _find_factor(card: Scorecard, domain: SectionScore) -> Fraction:
    """Return how many points of the total one point of a domain is; of a geometric mean as if it were arithmetic."""
    weight, rule = domain.weight, card.total_rule
    if rule is None or rule.method is TotalMethod.SUM or not domain.out_of:
        return weight
    every = sum((other.weight for other in card.domains if other.out_of), Fraction(0))
    return rule.out_of * weight / every / domain.out_of


def _build_step(
    card: Scorecard,
    label: str,
    change: Fraction,
    words: Words,
    *,
    added: str,
    taken: str,
    item: SectionScore | None = None,
) -> _WaterfallStep:
    """Return a step; ``added`` and ``taken`` are the sentences that say a change above zero, and any other."""
    size = indicator_amount(card, abs(change))
    fields: dict[str, FieldValue] = {"points": size} if item is None else {"points": size, "name": item.name}
    text = words(f"chart.waterfall.alt_{added if change > 0 else taken}", **fields)
    return _WaterfallStep(label=label, points=change, shown=indicator_amount(card, change), text=text, item=item)


def _draw_waterfall(card: Scorecard, steps: list[_WaterfallStep], words: Words, *, narrow: bool) -> str:
    heights = list(accumulate((step.points for step in steps), initial=card.out_of))
    low, high = min(heights), max(heights)
    start = max(low - (high - low) / 2, Fraction(0)) if low < high else Fraction(0)  # steps take two thirds of the axis
    rows = Rows(left=_WATERFALL_LEFT, right=_WATERFALL_RIGHT, values=WIDTH, narrow=narrow)
    canvas, axis = Canvas(0, rows.width), rows.build_axis(start, high)
    own, all_points = total_amount(card, card.points), Amount(value=card.out_of, digits=0)
    top = _draw_end(canvas, axis, 2, words("chart.possible"), all_points, "possible", words, rows)
    for before, step in zip(heights, steps, strict=False):
        top = _draw_step(canvas, axis, top, before, step, rows)
    top = _draw_end(canvas, axis, top, words("chart.own"), own, "own", words, rows)
    canvas.height = top + 2
    return canvas.svg()


def _draw_end(
    canvas: Canvas, axis: Axis, top: float, label: str, points: Amount, fill: str, words: Words, rows: Rows
) -> float:
    """Draw all points, or those reached; return where the row ends."""
    value, edge = words("chart.number", points=points), "muted" if fill == "possible" else ""
    top = rows.draw_names(canvas, top, _WATERFALL_BAR / 2, label, value if rows.narrow else "", bold=True)
    canvas.bar(axis.left, top, axis.at(points.value) - axis.left, _WATERFALL_BAR, fill, edge)
    if axis.low:
        canvas.line([(axis.left + 18, top + _WATERFALL_BAR + 3), (axis.left + 28, top - 3)], "paper", 6)
    if not rows.narrow:
        canvas.text(axis.at(points.value) + 8, top + _WATERFALL_BAR / 2, value, bold=True)
    return top + _WATERFALL_ROW


def _draw_step(canvas: Canvas, axis: Axis, top: float, before: Fraction, step: _WaterfallStep, rows: Rows) -> float:
    """Draw a step; return where its row ends. Lines lead from bar to bar where no name is between them."""
    start, end = axis.at(before), axis.at(before + step.points)
    left, right = min(start, end), max(start, end)
    value = _format_change(step.shown)
    if not rows.narrow:
        canvas.line([(start, top - _WATERFALL_ROW + _WATERFALL_BAR), (start, top + _WATERFALL_BAR)], "muted")
    top = rows.draw_names(canvas, top, _WATERFALL_BAR / 2, step.label, value if rows.narrow else "", indent=12)
    canvas.bar(left, top, right - left, _WATERFALL_BAR, "warn" if step.points < 0 else "good")
    if not rows.narrow:
        canvas.text(right + 8, top + _WATERFALL_BAR / 2, value, size=SMALL)
    canvas.line([(end, top), (end, top + (_WATERFALL_BAR if rows.narrow else _WATERFALL_ROW))], "muted")
    return top + _WATERFALL_ROW


def _format_change(points: Amount) -> str:
    """Return a change with its sign, after the sign ≈ if it has one."""
    text = figures.format_number(points.value, points.digits)
    if points.value <= 0:
        return text
    return f"≈+{text[1:]}" if text.startswith("≈") else f"+{text}"


def _waterfall_title(card: Scorecard, steps: Sequence[_WaterfallStep], words: Words) -> str:
    items = [step for step in steps if step.item is not None]
    most = min(items, key=lambda step: step.points, default=None)
    totals: dict[str, FieldValue] = {"out_of": card.out_of, "points": total_amount(card, card.points)}
    if most is None or most.item is None or most.points >= 0:
        return words("chart.waterfall.title_full", **totals)
    # by weights an item takes more or less from the total than the points that it did not score
    weighted = any(step.item is not None and step.points != step.item.points - step.item.out_of for step in items)
    title = "chart.waterfall.title_weighted" if weighted else "chart.waterfall.title"
    if len(items) == 1 or sum(step.points == most.points for step in items) > 1:
        return words(title, **totals)
    return words(title, **totals, name=most.item.name, most=indicator_amount(card, -most.points))


_GAP_LEFT, _GAP_RIGHT, _GAP_VALUES = 312.0, 590.0, 602.0


def draw_gap_chart(record: Record, words: Words) -> Chart | None:
    """Return the indicators with most points left, or None where there is no better level or nothing left.

    Indicators without points left have no bar: nothing can be gained there. A diamond marks the smallest set that would
    reach the next level.
    """
    gap = record.evaluation.next_level
    if gap is None or not gap.most_left:
        return None
    card, _ = require_evaluated(record)
    scored = {score.id: score.confirmed.points for score in card.indicators()}
    left_most = gap.most_left
    sentences = [
        words("chart.gap.alt_item", name=left.name, points=left.points, out_of=left.out_of) for left in left_most
    ]
    return Chart(
        svg=_draw_gaps(gap, scored, words, narrow=False),
        alt=join_sentences(*sentences),
        title=words("chart.gap.title", count=len(left_most)),
        narrow=_draw_gaps(gap, scored, words, narrow=True),
    )


def _draw_gaps(gap: NextLevel, scored: Mapping[str, Fraction], words: Words, *, narrow: bool) -> str:
    rows = Rows(left=_GAP_LEFT, right=_GAP_RIGHT, values=_GAP_VALUES, narrow=narrow)
    canvas = Canvas(0, rows.width)
    axis = rows.build_axis(Fraction(0), max(left.out_of for left in gap.most_left))
    top = _draw_gap_key(canvas, gap, words, rows)
    in_set = {left.indicator for left in gap.smallest_set}
    for left in gap.most_left:
        top = _draw_gap(canvas, axis, top, left, scored[left.indicator], left.indicator in in_set, words, rows)
    canvas.height = top
    return canvas.svg()


def _draw_gap_key(canvas: Canvas, gap: NextLevel, words: Words, rows: Rows) -> float:
    """Draw a bar as an example, with the name of each of its parts; return where rows begin."""
    left = 0 if rows.narrow else _GAP_LEFT
    canvas.bar(left, 4, 110, 16, "possible", "muted")
    canvas.bar(left + 110, 4, 110, 16, "warn")
    canvas.text(left + 8, 12, words("chart.own"), size=SMALL, max_width=98)
    canvas.text(left + 118, 12, words("chart.gap.left"), colour="paper", size=SMALL, max_width=98)
    values, bottom = words("chart.gap.values"), 48.0 if rows.narrow else 58.0
    if rows.narrow:
        canvas.text(NARROW_WIDTH, 34, values, "right", "muted", SMALL)
    if gap.smallest_set:
        top = 54.0 if rows.narrow else 38.0
        canvas.marks([(6, top)], "diamond", 7, "own")
        end = canvas.lines_of_text(18, top, words("chart.gap.set", level=gap.level), rows.width - 18, "own", SMALL)
        bottom = end + 10 if rows.narrow else bottom
    if not rows.narrow:
        canvas.text(_GAP_VALUES, 38, values, colour="muted", size=SMALL, max_width=WIDTH - _GAP_VALUES)
    return bottom


def _draw_gap(
    canvas: Canvas,
    axis: Axis,
    top: float,
    left: PointsLeft,
    scored: Fraction,
    in_set: bool,
    words: Words,
    rows: Rows,
) -> float:
    """Draw the points that an indicator scored and has left, of those available; return where its row ends."""
    if in_set:
        canvas.marks([(6, top + (9 if rows.narrow else 12))], "diamond", 7, "own")
    value = words("chart.of", points=left.points, out_of=left.out_of)
    top = rows.draw_names(canvas, top, 12, format_name(left.name, words), value, indent=18)
    reached, end = axis.at(scored), axis.at(left.out_of)
    if scored + left.points < left.out_of:
        canvas.bar(reached, top + 4, end - reached, 16, edge="muted", ground=False)
        end = reached
    canvas.bar(axis.left, top + 4, end - axis.left, 16, "possible", "muted", ground=False)
    canvas.bar(reached, top + 4, axis.at(scored + left.points) - reached, 16, "warn", ground=False)
    return top + 28


def draw_totals_chart(record: Record, words: Words) -> Chart:
    """Return the total as claimed, after the desk review and as confirmed on site, against the bound of certification.

    The axis does not begin at zero, so the totals are dots, not bars.
    """
    card, result = require_evaluated(record)
    bound = find_certified_bound(result)
    totals = {"claimed": card.claimed, "desk": card.desk, "confirmed": card.points}
    low, high = min(*totals.values(), bound.points), max(*totals.values(), bound.points)
    margin = max((high - low) / 8, card.out_of / 100)
    fields = {name: total_amount(card, points) for name, points in totals.items()}
    return Chart(
        svg=_draw_totals(card, totals, bound, (low - margin, high + margin), words, narrow=False),
        narrow=_draw_totals(card, totals, bound, (low - margin, high + margin), words, narrow=True),
        alt=words("chart.totals.alt", level=bound.level, bound=bound.points, **fields),
        title=words("chart.totals.title", **fields),
    )


def _draw_totals(
    card: Scorecard,
    totals: Mapping[str, Fraction],
    bound: Bound,
    span: tuple[Fraction, Fraction],
    words: Words,
    *,
    narrow: bool,
) -> str:
    rows = Rows(left=170, right=600, values=WIDTH, narrow=narrow)
    canvas, axis = Canvas(168 if narrow else 158, rows.width), rows.build_axis(*span)
    edge = axis.at(bound.points)
    canvas.line([(edge, 24), (edge, canvas.height - 8)], "good", 1.5, dashed=True)
    label = words("chart.totals.bound", level=bound.level, points=bound.points)
    canvas.text_within(edge, 12, label, "good", SMALL)
    places = [(axis.at(points), (54 if narrow else 44) + 46 * row) for row, points in enumerate(totals.values())]
    for (x, y), (next_x, next_y) in pairwise(places):
        canvas.line([(x, y + 6), (next_x, next_y - 6)], "muted", 1.5)
    for row, ((x, y), (name, points)) in enumerate(zip(places, totals.items(), strict=True)):
        counts = name == "confirmed"
        if row:
            change = points - list(totals.values())[row - 1]
            _draw_change(canvas, (places[row - 1][0], x), y, _describe_change(total_amount(card, change), words), rows)
        canvas.dots([(x, y)], 11, "own" if counts else "paper", "own")
        value, weight = words("chart.amount", points=total_amount(card, points)), typeface.BOLD
        if narrow:
            _draw_grounded(canvas, 0, y - 18, words(f"chart.totals.{name}"), bold=counts)
            fits = x + 12 + typeface.measure_text(value, SIZE, weight) <= NARROW_WIDTH
            left = x + 12 if fits else x - 12 - typeface.measure_text(value, SIZE, weight)
            _draw_grounded(canvas, left, y, value, bold=counts)
        else:
            rows.draw_names(canvas, y, 0, words(f"chart.totals.{name}"), bold=counts)
            _draw_grounded(canvas, x + 12, y, value, bold=counts)
    return canvas.svg()


def _draw_grounded(canvas: Canvas, x: float, y: float, text: str, *, bold: bool) -> None:
    canvas.text(x, y, text, bold=bold, ground="paper")


def _draw_change(canvas: Canvas, ends: tuple[float, float], y: float, change: str, rows: Rows) -> None:
    """Write the change beside the way from one total to the next, which is at the height ``y``."""
    if rows.narrow:
        canvas.text(NARROW_WIDTH, y - 18, change, "right", "muted", SMALL)
    else:
        canvas.text(max(ends) + 12, y - 23, change, colour="muted", size=SMALL, ground="paper")


def _describe_change(points: Amount, words: Words) -> str:
    if not points.value:
        return words("chart.same")
    size = Amount(value=abs(points.value), digits=points.digits)
    return words("chart.more" if points.value > 0 else "chart.less", points=size)
