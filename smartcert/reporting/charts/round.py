"""The charts of a round: steps, levels, totals of all applicants, shares by domain, and shares in general."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from smartcert.model.citation import Text
from smartcert.model.evaluation import Bound, Peers, SectionScore
from smartcert.model.outcome import Result
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.svg import (
    SIZE,
    SMALL,
    WIDTH,
    Axis,
    Canvas,
    Chart,
    find_certified_bound,
    format_name,
    join_sentences,
)
from smartcert.reporting.formats import Amount, total_amount
from smartcert.reporting.progress import StepCount, count_steps, size_key
from smartcert.reporting.records import RoundRecord

_FUNNEL_ROW = 32


def draw_funnel_chart(record: RoundRecord, words: Words) -> Chart:
    """Return a bar per step, from received to certified, with how many were lost at each."""
    return draw_steps_chart(count_steps(record.pairs), words)


def draw_steps_chart(counts: Sequence[StepCount], words: Words) -> Chart:
    """Return the chart of `draw_funnel_chart` from the counts of the steps, in their order."""
    canvas = Canvas(_FUNNEL_ROW * len(counts))
    axis = Axis(low=Fraction(0), high=Fraction(max(1, *(passed.count for passed in counts))), left=220, right=520)
    before = None
    for row, passed in enumerate(counts):
        step, count = passed.step, passed.count
        middle = _FUNNEL_ROW * row + _FUNNEL_ROW / 2
        canvas.text(0, middle, words(f"chart.funnel.{step}"), bold=step == "certified", max_width=axis.left - 12)
        end = axis.at(Fraction(count))
        canvas.bar(axis.left, middle - 9, end - axis.left, 18, "own" if step == "certified" else "possible", "muted")
        label = words("chart.funnel.count", count=count)
        canvas.text(end + 10, middle, label, bold=True)
        if before is not None and count < before:
            canvas.text(end + 62, middle, words("chart.funnel.fewer", count=before - count), colour="muted", size=SMALL)
        before = count
    sentences = [
        words("chart.funnel.alt_item", step=words(f"chart.funnel.{passed.step}"), count=passed.count)
        for passed in counts
    ]
    return Chart(svg=canvas.svg(), alt=join_sentences(*sentences), title=words("chart.funnel.title"))


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
    width = _PANELS_WIDTH / len(classes) - _PANEL_GAP
    lefts = {size: _PANELS_LEFT + number * (width + _PANEL_GAP) for number, size in enumerate(classes)}
    canvas = Canvas(_LEVELS_TOP + _LEVELS_ROW * len(levels) + 24)
    most = Fraction(max(counts.values()))
    for level in levels:
        canvas.text(0, _level_middle(level), words("chart.level", level=level), max_width=80)
    for size, left in lefts.items():
        axis = Axis(low=Fraction(0), high=most, left=left, right=left + width)
        canvas.text(left, 12, words(size_key(size)), bold=True, max_width=width)
        for level in levels:
            count, middle, end = counts[size, level], _level_middle(level), axis.at(Fraction(counts[size, level]))
            canvas.line([(left, middle - 10), (left, middle + 10)], "muted")
            if count:
                canvas.bar(left, middle - 8, end - left, 16, "own" if level in certified else "possible", "muted")
            canvas.text(end + 8, middle, figures.format_number(count))
    edge = _level_middle(find_certified_bound(result).level) + _LEVELS_ROW / 2
    canvas.line([(0, edge), (WIDTH, edge)], "good", 1.5, dashed=True)
    canvas.text(WIDTH, canvas.height - 10, words("chart.levels.certified"), "right", "good", SMALL)
    sentences = [
        words("chart.levels.alt_item", size_type=words(size_key(size)), level=level, count=counts[size, level])
        for size in classes
        for level in levels
    ]
    return Chart(svg=canvas.svg(), alt=join_sentences(*sentences), title=words("chart.levels.title"))


def _level_middle(level: int) -> float:
    return _LEVELS_TOP + _LEVELS_ROW * (level - 0.5)


_SHARES_ROW = 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One row: the share drawn to the right, and a second one drawn to the left, if any."""

    label: str
    right: Fraction
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
    most = max([share for row in rows for share in (row.right, row.left or Fraction(0))] + [Fraction(1, 20)])
    middle = (label_width + WIDTH) / 2 if heads else label_width
    axis = Axis(low=Fraction(0), high=most, left=middle, right=WIDTH - 64)
    top = 24.0 if heads else 4.0
    canvas = Canvas(top + _SHARES_ROW * len(rows) + 4)
    if heads:
        canvas.text(middle - 8, 9, heads[0], "right", "muted", SMALL)
        canvas.text(middle + 8, 9, heads[1], "left", "muted", SMALL)
    for number, row in enumerate(rows):
        y = top + _SHARES_ROW * number
        canvas.text(0, y + _SHARES_ROW / 2, row.label, max_width=label_width - 10)
        reach = axis.at(row.right) - middle
        canvas.bar(middle, y + 5, reach, _SHARES_ROW - 10, "own")
        canvas.text(middle + reach + 6, y + _SHARES_ROW / 2, figures.format_share(row.right), size=SMALL)
        if row.left is not None:
            reach = axis.at(row.left) - middle
            canvas.bar(middle - reach, y + 5, reach, _SHARES_ROW - 10, "peer")
            canvas.text(
                middle - reach - 6,
                y + _SHARES_ROW / 2,
                figures.format_share(row.left),
                "right",
                size=SMALL,
            )
    canvas.line([(middle, top), (middle, top + _SHARES_ROW * len(rows))], "muted")
    return Chart(svg=canvas.svg(), alt=alt, title=title)


_MOST_NAMED = 40
"""Up to so many applicants have a row with their name each; more of them become a stack of dots without names."""
_STRIP_ROW, _STRIP_TOP, _STRIP_HEAP = 22, 62, 120
_STRIP_LEFT, _STRIP_RIGHT = 214.0, 630.0
_STRIP_NAME, _STRIP_GAP, _STRIP_LEFT_MOST = 12, 12, 360.0
"""Where names begin, their distance from the dots, and how far the dots may give way to the longest name."""
_STRIP_FILLS = ((Result.CERTIFIED, "own"), (Result.OPEN, "possible"), (Result.NOT_CERTIFIED, "paper"))
"""How the dot of each result is filled: dark once it was decided to certify, light while the decision is pending."""


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
    named = len(totals) <= _MOST_NAMED
    left = _leave_names_whole([dot.name for dot in totals], words) if named else _STRIP_LEFT
    axis = Axis(low=low - margin, high=high + margin, left=left, right=_STRIP_RIGHT)
    groups = [(size, [dot for dot in totals if dot.size == size]) for size in (*record.round.class_ids, None)]
    groups = [(size, members) for size, members in groups if members]
    heights = [_STRIP_ROW * (len(members) + 1) if named else _STRIP_HEAP + _STRIP_ROW for _, members in groups]
    canvas = Canvas(_STRIP_TOP + sum(heights) + 8)
    _draw_bounds(canvas, axis, bounds, words)
    top: float = _STRIP_TOP
    for (size, members), height in zip(groups, heights, strict=True):
        canvas.text(0, top + 10, words(size_key(size)), bold=True)
        if named:
            _draw_named_totals(canvas, axis, top + _STRIP_ROW, members, words)
        else:
            _draw_heap(canvas, axis, top + height - 6, members)
        top += height
    return Chart(
        svg=canvas.svg(),
        alt=join_sentences(
            *(sentence for size, members in groups for sentence in _describe_totals(size, members, named, words)),
            words(
                "chart.strip.alt",
                bounds=[words("chart.strip.bound", level=bound.level, points=bound.points) for bound in bounds],
            ),
        ),
        title=words("chart.strip.title", count=len(totals)),
    )


def _leave_names_whole(names: Iterable[Text], words: Words) -> float:
    """Return where the dots begin so that no name is cut, at most `_STRIP_LEFT_MOST`."""
    longest = max(typeface.measure_text(format_name(name, words), SIZE) for name in names)
    return min(max(_STRIP_LEFT, _STRIP_NAME + ceil(longest) + _STRIP_GAP), _STRIP_LEFT_MOST)


def _list_totals(record: RoundRecord) -> list[_TotalDot]:
    dots = [
        _TotalDot(
            id=one.id,
            name=one.applicant.full_name,
            size=one.size_type,
            points=one.scorecard.points,
            shown=total_amount(one.scorecard, one.scorecard.points),
            result=outcome.result,
        )
        for one, outcome in record.pairs
        if one.scorecard is not None and one.level is not None
    ]
    return sorted(dots, key=lambda dot: (-dot.points, dot.id))


def _draw_bounds(canvas: Canvas, axis: Axis, bounds: Sequence[Bound], words: Words) -> None:
    for row, (result, fill) in enumerate(_STRIP_FILLS):
        canvas.dots([(6, 10 + 18 * row)], 9, fill, "own")
        canvas.text(18, 10 + 18 * row, words(f"chart.strip.{result.value}"), size=SMALL)
    worst = max((bound.level for bound in bounds if bound.certified), default=0)
    for row, bound in enumerate(bounds):
        x, colour = axis.at(bound.points), "good" if bound.level == worst else "muted"
        y = 10 + 18 * (row % 2)  # labels of neighbouring bounds are staggered, so that they do not touch
        canvas.line([(x, y + 10), (x, canvas.height - 4)], colour, 1.5, dashed=bound.level != worst)
        label = words("chart.strip.bound", level=bound.level, points=bound.points)
        canvas.text_within(x, y, label, colour, SMALL, bold=bound.level == worst)


def _draw_named_totals(canvas: Canvas, axis: Axis, top: float, members: Sequence[_TotalDot], words: Words) -> None:
    for row, dot in enumerate(members):
        y = top + _STRIP_ROW * row + 10
        canvas.line([(axis.left, y), (_STRIP_RIGHT, y)], "rule", 0.75)
        canvas.text(_STRIP_NAME, y, format_name(dot.name, words), max_width=axis.left - _STRIP_NAME - _STRIP_GAP)
        canvas.text(WIDTH, y, words("chart.amount", points=dot.shown), "right", bold=dot.result is Result.CERTIFIED)
    for result, fill in _STRIP_FILLS:
        points = [
            (axis.at(dot.points), top + _STRIP_ROW * n + 10) for n, dot in enumerate(members) if dot.result is result
        ]
        canvas.dots(points, 10, fill, "own")


def _draw_heap(canvas: Canvas, axis: Axis, floor: float, members: Sequence[_TotalDot]) -> None:
    """Stack the dots over their points, as large as the highest stack allows."""
    size = 9.0
    while (
        size > 1 and max(Counter(_heap_column(axis, dot, size) for dot in members).values()) * size > _STRIP_HEAP - 12
    ):
        size *= 0.9
    heaps: Counter[int] = Counter()
    points: dict[Result, list[tuple[float, float]]] = {result: [] for result, _ in _STRIP_FILLS}
    for dot in members:
        column = _heap_column(axis, dot, size)
        heaps[column] += 1
        points[dot.result].append((_STRIP_LEFT + (column + 0.5) * size, floor - (heaps[column] - 0.5) * size))
    canvas.line([(_STRIP_LEFT, floor), (_STRIP_RIGHT, floor)], "muted")
    for result, fill in _STRIP_FILLS:
        canvas.dots(points[result], size * 0.9, fill, "own")


def _heap_column(axis: Axis, dot: _TotalDot, size: float) -> int:
    return int((axis.at(dot.points) - _STRIP_LEFT) / size)


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


_DOMAINS_HEADING, _DOMAINS_ROW, _DOMAINS_TOP = 26, 28, 40
_QUARTER_SHARES = tuple(Fraction(quarter, 4) for quarter in range(5))
_DOMAINS_LEFT, _DOMAINS_RIGHT = 224.0, 560.0


def draw_domains_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return median and quartiles of each domain's share by size type, or None where nothing was evaluated.

    A size type without evaluated applicants is left out; one with too few to stay anonymous has a line that says so.
    """
    domains = record.domains
    evaluated = [peers for peers in record.peers if peers.applicants]
    if not domains or not evaluated:
        return None
    canvas = Canvas(_DOMAINS_TOP + len(domains) * (_DOMAINS_HEADING + _DOMAINS_ROW * len(evaluated)) + 8)
    axis = Axis(low=Fraction(0), high=Fraction(1), left=_DOMAINS_LEFT, right=_DOMAINS_RIGHT)
    canvas.text(0, 10, words("chart.domains.key"), colour="muted", size=SMALL)
    for share in _QUARTER_SHARES:
        canvas.text(axis.at(share), 31, figures.format_percent(share, 0), "center", "muted", SMALL)
    sentences: list[str] = []
    top = float(_DOMAINS_TOP)
    for domain in domains:
        canvas.text(0, top + 14, format_name(domain.name, words), bold=True, max_width=700)
        top += _DOMAINS_HEADING
        for peers in evaluated:
            sentences.append(_draw_domain(canvas, axis, top, domain, peers, words))
            top += _DOMAINS_ROW
    return Chart(svg=canvas.svg(), alt=join_sentences(*sentences), title=words("chart.domains.title"))


def _draw_domain(canvas: Canvas, axis: Axis, top: float, domain: SectionScore, peers: Peers, words: Words) -> str:
    size = f"size_type.{peers.size_type}"
    middle = top + 12
    label = words("chart.domains.size_type", size_type=size, applicants=peers.applicants)
    canvas.text(12, middle, label, max_width=_DOMAINS_LEFT - 20)
    for share in _QUARTER_SHARES:
        canvas.line([(axis.at(share), top), (axis.at(share), top + _DOMAINS_ROW)], "rule")
    quartiles = peers.sections.get(domain.id)
    if quartiles is None:
        hidden = words("chart.domains.suppressed", suppress_below=peers.suppress_below)
        canvas.text(_DOMAINS_LEFT + 8, middle, hidden, colour="muted", size=SMALL)
        return words(
            "chart.domains.alt_suppressed", domain=domain.name, size_type=size, suppress_below=peers.suppress_below
        )
    shares = [value / domain.out_of for value in (quartiles.lower, quartiles.median, quartiles.upper)]
    lower, median, upper = shares
    canvas.bar(axis.at(lower), middle - 6, axis.at(upper) - axis.at(lower), 12, "own")
    canvas.tick(axis.at(median), middle - 12, middle + 12, "ink")
    canvas.text(_DOMAINS_RIGHT + 16, middle, words("chart.domains.median", share=median))
    return words("chart.domains.alt_item", domain=domain.name, size_type=size, median=median, lower=lower, upper=upper)
