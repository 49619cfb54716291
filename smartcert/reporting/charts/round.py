"""The charts of a round: steps, levels, totals of all applicants, shares by domain, and shares in general."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil

from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text
from smartcert.model.evaluation import Bound, Peers, SectionScore
from smartcert.model.outcome import Result
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import Words
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
)
from smartcert.reporting.formats import Amount, total_amount
from smartcert.reporting.progress import StepCount, count_steps, size_key
from smartcert.reporting.records import RoundRecord

_FUNNEL_ROW, _FEWER_LEFT = 32, 62
"""The height of a row, and how far right of a bar stands how many fewer it counts than the one before."""


def draw_funnel_chart(record: RoundRecord, words: Words) -> Chart:
    """Return a bar per step, from received to certified, with how many were lost at each."""
    return draw_steps_chart(count_steps(record.pairs), words)


def draw_steps_chart(counts: Sequence[StepCount], words: Words) -> Chart:
    """Return the chart of `draw_funnel_chart` from the counts of the steps, in their order."""
    sentences = [
        words("chart.funnel.alt_item", step=words(f"chart.funnel.{passed.step}"), count=passed.count)
        for passed in counts
    ]
    return Chart(
        svg=_draw_steps(counts, words, narrow=False),
        alt=join_sentences(*sentences),
        title=words("chart.funnel.title"),
        narrow=_draw_steps(counts, words, narrow=True),
    )


def _draw_steps(counts: Sequence[StepCount], words: Words, *, narrow: bool) -> str:
    losses = [before.count - after.count for before, after in pairwise(counts) if after.count < before.count]
    room = max((typeface.measure_text(words("chart.funnel.fewer", count=loss), SMALL) for loss in losses), default=0.0)
    rows = Rows(left=220, right=min(520.0, WIDTH - _FEWER_LEFT - room), values=WIDTH, narrow=narrow)
    canvas = Canvas(_FUNNEL_ROW * len(counts), rows.width)
    axis = rows.build_axis(Fraction(0), Fraction(max(1, *(passed.count for passed in counts))))
    if narrow:
        axis = replace(axis, left=0, right=NARROW_WIDTH - 60)
    before, top = None, 0.0
    for passed in counts:
        step, count = passed.step, passed.count
        fewer = words("chart.funnel.fewer", count=before - count) if before is not None and count < before else ""
        top = rows.draw_names(canvas, top, _FUNNEL_ROW / 2, words(f"chart.funnel.{step}"), bold=step == "certified")
        middle, end = top + (11 if narrow else _FUNNEL_ROW / 2), axis.at(Fraction(count))
        canvas.bar(axis.left, middle - 9, end - axis.left, 18, "own" if step == "certified" else "possible", "muted")
        canvas.text(end + 10, middle, words("chart.funnel.count", count=count), bold=True)
        top += _FUNNEL_ROW
        if narrow and fewer:
            top = canvas.lines_of_text(0, top - 1, fewer, NARROW_WIDTH, "muted", SMALL) + 6
        elif fewer:
            canvas.text(end + _FEWER_LEFT, middle, fewer, colour="muted", size=SMALL)
        before = count
    canvas.height = top
    return canvas.svg()


_LEVELS_ROW, _LEVELS_TOP = 28, 30
_PANELS_LEFT, _PANELS_WIDTH, _PANEL_GAP = 90.0, 640.0, 70.0
"""The panels, one for each class, share the width beside the names of the levels; right of each is its last count."""


def draw_levels_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return bars of counts by computed level and size type, or None where nothing was evaluated.

    Applications without a size type have no panel: they ended before evaluation and have no level.
    """
    results = [
        (evaluation.size_type, evaluation.level) for evaluation in record.evaluations if evaluation.level is not None
    ]
    if not results:
        return None
    counts = Counter((size, result.level) for size, result in results)
    result = results[0][1]
    levels = range(1, len(result.bounds) + 2)
    certified = {bound.level for bound in result.bounds if bound.certified}
    classes = record.round.class_ids
    panels = [(words(size_key(size)), {level: counts[size, level] for level in levels}) for size in classes]
    edge = find_certified_bound(result).level
    sentences = [
        words("chart.levels.alt_item", size_type=words(size_key(size)), level=level, count=counts[size, level])
        for size in classes
        for level in levels
    ]
    return Chart(
        svg=_draw_panels(panels, certified, edge, words, narrow=False),
        alt=join_sentences(*sentences),
        title=words("chart.levels.title"),
        narrow=_draw_panels(panels, certified, edge, words, narrow=True),
    )


def _draw_panels(
    panels: Sequence[tuple[str, Mapping[int, int]]], certified: Set[int], edge: int, words: Words, *, narrow: bool
) -> str:
    """Return a panel of counts by level for each class, beside each other or below each other, as an ``svg``."""
    most = Fraction(max(count for _, counts in panels for count in counts.values()))
    rows = len(panels[0][1])
    height = _LEVELS_TOP + _LEVELS_ROW * rows
    canvas = Canvas(height * (len(panels) if narrow else 1) + 24, NARROW_WIDTH if narrow else WIDTH)
    width = NARROW_WIDTH - _PANELS_LEFT - 34 if narrow else _PANELS_WIDTH / len(panels) - _PANEL_GAP
    for number, (name, counts) in enumerate(panels):
        top = height * number if narrow else 0
        left = _PANELS_LEFT + (0 if narrow else number * (width + _PANEL_GAP))
        canvas.text(left, top + 12, name, bold=True, max_width=width)
        for level, count in counts.items():
            middle = top + _level_middle(level)
            end = Axis(low=Fraction(0), high=most, left=left, right=left + width).at(Fraction(count))
            if narrow or not number:
                canvas.text(0, middle, words("chart.level", level=level), max_width=80)
            canvas.line([(left, middle - 10), (left, middle + 10)], "muted")
            if count:
                canvas.bar(left, middle - 8, end - left, 16, "own" if level in certified else "possible", "muted")
            canvas.text(end + 8, middle, figures.format_number(count))
        line = top + _level_middle(edge) + _LEVELS_ROW / 2
        if narrow or not number:
            canvas.line([(0, line), (canvas.width, line)], "good", 1.5, dashed=True)
    canvas.text(canvas.width, canvas.height - 10, words("chart.levels.certified"), "right", "good", SMALL)
    return canvas.svg()


def _level_middle(level: int) -> float:
    return _LEVELS_TOP + _LEVELS_ROW * (level - 0.5)


_SHARES_ROW = 26
_NO_SHARE = "—"


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One row: the share drawn to the right, and in a chart with two sides the one drawn to the left.

    A share that does not exist is None: it has a dash, as in a table, and no bar.
    """

    label: str
    right: Fraction | None
    left: Fraction | None = None


def draw_shares_chart(
    rows: Sequence[Share], *, title: str, alt: str, heads: tuple[str, str] | None = None, label_width: float = 110.0
) -> Chart | None:
    """Return a bar per share, or None without rows. ``heads`` name the left and the right side where there are two.

    The axis ends at the largest share, but not below one twentieth: small shares must not look large.
    ``label_width`` is the width of the labels in points.
    """
    if not rows:
        return None
    return Chart(
        svg=_draw_shares(rows, heads, label_width, narrow=False),
        alt=alt,
        title=title,
        narrow=_draw_shares(rows, heads, label_width, narrow=True),
    )


def _draw_shares(rows: Sequence[Share], heads: tuple[str, str] | None, label_width: float, *, narrow: bool) -> str:
    most = max([share for row in rows for share in (row.right, row.left) if share is not None] + [Fraction(1, 20)])
    width, start = (NARROW_WIDTH, 0.0) if narrow else (WIDTH, label_width)
    middle = (start + width) / 2 if heads else start
    axis = Axis(low=Fraction(0), high=most, left=middle, right=width - 64)
    layout = Rows(left=label_width, right=axis.right, values=WIDTH, narrow=narrow)
    canvas, top = Canvas(0, width), 4.0
    if heads:
        canvas.text(middle - 8, 9, heads[0], "right", "muted", SMALL)
        canvas.text(middle + 8, 9, heads[1], "left", "muted", SMALL)
        top = 24.0
    for row in rows:
        top = layout.draw_names(canvas, top, _SHARES_ROW / 2, row.label)
        if heads:
            reach = 0.0 if row.left is None else axis.at(row.left) - middle
            canvas.bar(middle - reach, top + 5, reach, _SHARES_ROW - 10, "peer")
            canvas.text(middle - reach - 6, top + _SHARES_ROW / 2, _format_share(row.left), "right", size=SMALL)
        reach = 0.0 if row.right is None else axis.at(row.right) - middle
        canvas.bar(middle, top + 5, reach, _SHARES_ROW - 10, "own")
        canvas.text(middle + reach + 6, top + _SHARES_ROW / 2, _format_share(row.right), size=SMALL)
        canvas.line([(middle, top), (middle, top + _SHARES_ROW)], "muted")
        top += _SHARES_ROW
    canvas.height = top + 4
    return canvas.svg()


def _format_share(share: Fraction | None) -> str:
    return _NO_SHARE if share is None else figures.format_share(share)


_MOST_NAMED = 40
"""Up to so many applicants have a row with their name each; more of them become a stack of dots without names."""
_STRIP_ROW, _STRIP_TOP, _STRIP_HEAP = 22, 62, 120
_STRIP_LEFT, _STRIP_RIGHT = 214.0, 630.0
_STRIP_NAME, _STRIP_GAP, _STRIP_LEFT_MOST = 12, 12, 360.0
"""Where names begin, their distance from the dots, and how far the dots may give way to the longest name."""
_STRIP_RESULTS = (Result.CERTIFIED, Result.OPEN, Result.NOT_CERTIFIED)


@dataclass(frozen=True, kw_only=True, slots=True)
class _TotalDot:
    id: str
    name: Text
    size: str | None
    points: Fraction
    shown: Amount
    result: Result


def draw_totals_strip_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return a dot for every evaluated applicant by size type, or None where nothing was evaluated.

    The total is computed; how a dot is filled says what was decided. The axis does not begin at zero. Applications
    without points have no dot: they ended before scoring, and the table of refused applications has them.
    """
    totals = _list_totals(record)
    if not totals:
        return None
    bounds = next(evaluation.level.bounds for evaluation in record.evaluations if evaluation.level is not None)
    values = [*(dot.points for dot in totals), *(bound.points for bound in bounds)]
    low, high = min(values), max(values)
    margin = (high - low) / 16
    span = (low - margin, high + margin)
    named = len(totals) <= _MOST_NAMED
    groups = [(size, [dot for dot in totals if dot.size == size]) for size in (*record.round.class_ids, None)]
    groups = [(size, members) for size, members in groups if members]
    return Chart(
        svg=_draw_strip(groups, span, bounds, words, named=named, narrow=False),
        narrow=_draw_strip(groups, span, bounds, words, named=named, narrow=True),
        alt=join_sentences(
            *(sentence for size, members in groups for sentence in _describe_totals(size, members, named, words)),
            words(
                "chart.strip.alt",
                bounds=[words("chart.strip.bound", level=bound.level, points=bound.points) for bound in bounds],
            ),
        ),
        title=words("chart.strip.title", count=len(totals)),
    )


def _draw_strip(
    groups: Sequence[tuple[str | None, Sequence[_TotalDot]]],
    span: tuple[Fraction, Fraction],
    bounds: Sequence[Bound],
    words: Words,
    *,
    named: bool,
    narrow: bool,
) -> str:
    names = [dot.name for _, members in groups for dot in members]
    left = _leave_names_whole(names, words) if named else _STRIP_LEFT
    rows = Rows(left=left, right=_STRIP_RIGHT, values=WIDTH, narrow=narrow)
    axis = rows.build_axis(*span)
    canvas = Canvas(0, rows.width)
    _draw_results_key(canvas, words)
    top, start = _draw_bound_labels(canvas, axis, bounds, words, 60.0 if narrow else 0.0)
    top = max(top, _STRIP_TOP)
    ticks = list(bounds) if named and narrow else []  # between the names; elsewhere a line goes through all rows
    if not ticks:
        heights = [_STRIP_ROW * (len(members) + 1) if named else _STRIP_HEAP + _STRIP_ROW for _, members in groups]
        canvas.height = top + sum(heights) + 8
        _draw_bound_lines(canvas, axis, bounds, start)
    for size, members in groups:
        canvas.text(0, top + 10, words(size_key(size)), bold=True)
        top += _STRIP_ROW
        if named:
            top = _draw_named_totals(canvas, axis, top, members, words, rows, ticks)
        else:
            top += _STRIP_HEAP
            _draw_heap(canvas, axis, top - 6, members)
    canvas.height = top + 8
    return canvas.svg()


def _leave_names_whole(names: Iterable[Text], words: Words) -> float:
    """Return where the dots begin so that no name is cut, at most `_STRIP_LEFT_MOST`."""
    longest = max(typeface.measure_text(format_name(name, words), SIZE) for name in names)
    return min(max(_STRIP_LEFT, _STRIP_NAME + ceil(longest) + _STRIP_GAP), _STRIP_LEFT_MOST)


def _list_totals(record: RoundRecord) -> list[_TotalDot]:
    dots = [
        _TotalDot(
            id=evaluation.id,
            name=evaluation.applicant.full_name,
            size=evaluation.size_type,
            points=evaluation.scorecard.points,
            shown=total_amount(evaluation.scorecard, evaluation.scorecard.points),
            result=outcome.result,
        )
        for evaluation, outcome in record.pairs
        if evaluation.scorecard is not None and evaluation.level is not None
    ]
    return sorted(dots, key=lambda dot: (-dot.points, dot.id))


def _draw_results_key(canvas: Canvas, words: Words) -> None:
    for row, result in enumerate(_STRIP_RESULTS):
        _draw_result_dots(canvas, result, [(6, 10 + 18 * row)], 9)
        canvas.text(18, 10 + 18 * row, words(f"chart.strip.{result.value}"), size=SMALL)


def _draw_result_dots(canvas: Canvas, result: Result, points: Sequence[tuple[float, float]], size: float) -> None:
    """Draw a dot that is full where it was decided to certify, a ring where not to, and a ring around a dot if pending.

    They differ in shape: two fills that differ in lightness only are the same on a poor copy.
    """
    canvas.dots(points, size, "own" if result is Result.CERTIFIED else "paper", "own")
    if result is Result.OPEN:
        canvas.dots(points, size / 3, "own")


def _draw_bound_labels(
    canvas: Canvas, axis: Axis, bounds: Sequence[Bound], words: Words, top: float
) -> tuple[float, Mapping[int, float]]:
    """Draw the label of each bound in the first row in which it touches no other.

    Returns:
        Where the rows end, and where the line of each level's bound begins.
    """
    ends: list[float] = []
    start: dict[int, float] = {}
    worst = _find_worst(bounds)
    for bound in sorted(bounds, key=lambda bound: bound.points):
        label, bold = words("chart.strip.bound", level=bound.level, points=bound.points), bound.level == worst
        half = typeface.measure_text(label, SMALL, typeface.BOLD if bold else typeface.REGULAR) / 2
        middle = min(max(axis.at(bound.points), half), canvas.width - half)
        row = next((row for row, end in enumerate(ends) if end + 8 < middle - half), len(ends))
        ends[row : row + 1] = [middle + half]
        y = top + 10 + 18 * row
        canvas.text(middle, y, label, "center", "good" if bold else "muted", SMALL, bold)
        start[bound.level] = y + 10
    return top + 18 * len(ends) + 8, start


def _find_worst(bounds: Sequence[Bound]) -> int:
    """Return the worst certified level, 0 where none is."""
    return max((bound.level for bound in bounds if bound.certified), default=0)


def _draw_bound_lines(canvas: Canvas, axis: Axis, bounds: Sequence[Bound], start: Mapping[int, float]) -> None:
    worst = _find_worst(bounds)
    for bound in bounds:
        x, colour = axis.at(bound.points), "good" if bound.level == worst else "muted"
        ends = [(x, start[bound.level]), (x, canvas.height - 4)]
        canvas.line(ends, colour, 1.5, dashed=bound.level != worst)


def _draw_named_totals(
    canvas: Canvas,
    axis: Axis,
    top: float,
    members: Sequence[_TotalDot],
    words: Words,
    rows: Rows,
    ticks: Sequence[Bound],
) -> float:
    """Draw a row for each applicant, with a tick at each of some bounds; return where they end."""
    worst = _find_worst(ticks)
    places: dict[Result, list[tuple[float, float]]] = {}
    for dot in members:
        value, bold = words("chart.amount", points=dot.shown), dot.result is Result.CERTIFIED
        y = top + 10
        if rows.narrow:
            y = rows.draw_names(canvas, top, 10, format_name(dot.name, words), value, indent=_STRIP_NAME) + 6
        else:
            rows.draw_names(canvas, top, 10, format_name(dot.name, words), indent=_STRIP_NAME)
            canvas.text(WIDTH, y, value, "right", bold=bold)
        canvas.line([(axis.left, y), (axis.right, y)], "rule", 0.75)
        for bound in ticks:
            x = axis.at(bound.points)
            canvas.line([(x, y - 6), (x, y + 6)], "good" if bound.level == worst else "muted", 1.5)
        places.setdefault(dot.result, []).append((axis.at(dot.points), y))
        top = y + (14 if rows.narrow else _STRIP_ROW - 10)
    for result in _STRIP_RESULTS:
        _draw_result_dots(canvas, result, places.get(result, []), 10)
    return top


def _draw_heap(canvas: Canvas, axis: Axis, floor: float, members: Sequence[_TotalDot]) -> None:
    """Stack the dots over their points, as large as the highest stack allows."""
    size = 9.0
    while (
        size > 1 and max(Counter(_heap_column(axis, dot, size) for dot in members).values()) * size > _STRIP_HEAP - 12
    ):
        size *= 0.9
    heaps: Counter[int] = Counter()
    points: dict[Result, list[tuple[float, float]]] = {result: [] for result in _STRIP_RESULTS}
    for dot in members:
        column = _heap_column(axis, dot, size)
        heaps[column] += 1
        points[dot.result].append((axis.left + (column + 0.5) * size, floor - (heaps[column] - 0.5) * size))
    canvas.line([(axis.left, floor), (axis.right, floor)], "muted")
    for result in _STRIP_RESULTS:
        _draw_result_dots(canvas, result, points[result], size * 0.9)


def _heap_column(axis: Axis, dot: _TotalDot, size: float) -> int:
    return int((axis.at(dot.points) - axis.left) / size)


def _describe_totals(size: str | None, members: Sequence[_TotalDot], named: bool, words: Words) -> list[str]:
    if named:
        return [
            words(
                "chart.strip.alt_item",
                name=dot.name,
                points=dot.shown,
                result=words(f"chart.strip.{dot.result.value}"),
            )
            for dot in members
        ]
    return [
        words(
            "chart.strip.alt_many",
            size_type=words(size_key(size)),
            count=len(members),
            lowest=members[-1].shown,
            highest=members[0].shown,
        )
    ]


_DOMAINS_HEADING, _DOMAINS_ROW = 26, 28
_QUARTER_SHARES = tuple(Fraction(quarter, 4) for quarter in range(5))
_DOMAINS_LEFT, _DOMAINS_RIGHT = 224.0, 560.0


def draw_domains_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return median and quartiles of each domain's share by size type, or None where nothing was evaluated.

    A size type without evaluated applicants is left out; one with too few to stay anonymous has a line that says so.
    A domain without points to score, as one of prerequisites alone, has no share.
    """
    domains = [domain for domain in record.domains if domain.out_of]
    evaluated = [peers for peers in record.peers if peers.applicants]
    if not domains or not evaluated:
        return None
    sentences = [_describe_domain(domain, peers, words) for domain in domains for peers in evaluated]
    return Chart(
        svg=_draw_domains(domains, evaluated, words, narrow=False),
        alt=join_sentences(*sentences),
        title=words("chart.domains.title"),
        narrow=_draw_domains(domains, evaluated, words, narrow=True),
    )


def _draw_domains(domains: Sequence[SectionScore], evaluated: Sequence[Peers], words: Words, *, narrow: bool) -> str:
    rows = Rows(left=_DOMAINS_LEFT, right=_DOMAINS_RIGHT, values=_DOMAINS_RIGHT + 16, narrow=narrow)
    canvas, axis = Canvas(0, rows.width), rows.build_axis(Fraction(0), Fraction(1))
    top = canvas.lines_of_text(0, 10, words("chart.domains.key"), rows.width, "muted", SMALL) + 14
    for share in _QUARTER_SHARES:
        canvas.text_within(axis.at(share), top, figures.format_percent(share, 0), "muted", SMALL)
    top += 9
    for domain in domains:
        top = max(
            canvas.lines_of_text(0, top + 14, format_name(domain.name, words), rows.width, bold=True) + 4,
            top + _DOMAINS_HEADING,
        )
        for peers in evaluated:
            top = _draw_domain(canvas, axis, top, domain, peers, words, rows)
    canvas.height = top + 8
    return canvas.svg()


def _draw_domain(
    canvas: Canvas, axis: Axis, top: float, domain: SectionScore, peers: Peers, words: Words, rows: Rows
) -> float:
    """Draw the quartiles of one class in one domain; return where its row ends."""
    label = words("chart.domains.size_type", size_type=f"size_type.{peers.size_type}", applicants=peers.applicants)
    shares = _find_shares(domain, peers)
    if not shares:
        hidden = words("chart.domains.suppressed", suppress_below=peers.suppress_below)
        below = rows.draw_names(canvas, top, 12, label, indent=12)
        if rows.narrow:
            return canvas.lines_of_text(12, below + 6, hidden, NARROW_WIDTH - 12, "muted", SMALL) + 6
        canvas.text(_DOMAINS_LEFT + 8, top + 12, hidden, colour="muted", size=SMALL)
        return top + _DOMAINS_ROW
    lower, median, upper = shares
    below = rows.draw_names(canvas, top, 12, label, words("chart.domains.median", share=median), indent=12)
    for share in _QUARTER_SHARES:
        canvas.line([(axis.at(share), below), (axis.at(share), below + _DOMAINS_ROW)], "rule")
    canvas.bar(axis.at(lower), below + 6, axis.at(upper) - axis.at(lower), 12, "own")
    canvas.ticks([(axis.at(median), below, below + 24)], "ink")
    return below + _DOMAINS_ROW


def _find_shares(domain: SectionScore, peers: Peers) -> list[Fraction]:
    """Return lower quartile, median and upper quartile as shares of the points; nothing where they are suppressed."""
    quartiles = peers.sections.get(domain.id)
    if quartiles is None:
        return []
    return [value / domain.out_of for value in (quartiles.lower, quartiles.median, quartiles.upper)]


def _describe_domain(domain: SectionScore, peers: Peers, words: Words) -> str:
    size, shares = f"size_type.{peers.size_type}", _find_shares(domain, peers)
    if not shares:
        return words(
            "chart.domains.alt_suppressed", domain=domain.name, size_type=size, suppress_below=peers.suppress_below
        )
    lower, median, upper = shares
    return words("chart.domains.alt_item", domain=domain.name, size_type=size, median=median, lower=lower, upper=upper)
