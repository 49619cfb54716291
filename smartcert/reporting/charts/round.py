"""Funnel, levels, strip, tiles, totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.applicant import SizeType
from smartcert.model.certification import PublicHistory, PublicHolding, Region
from smartcert.model.citation import Text
from smartcert.model.evaluation import Bound, LevelResult, Peers, Scorecard, SectionScore
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words, name_region
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
from smartcert.reporting.formats import Amount, total_amount
from smartcert.reporting.progress import ProgressStep, count_steps, size_key
from smartcert.reporting.records import Record, RoundRecord

# --- How many applications were left at each step of a round.

_ROW = 32


def draw_funnel_chart(record: RoundRecord, words: Words) -> Chart:
    """Return a bar per step, from received to certified, with what was lost on the way."""
    return draw_steps_chart(count_steps(record.evaluations), words)


def draw_steps_chart(found: Mapping[ProgressStep, int], words: Words) -> Chart:
    """Return the same from counts alone."""
    sheet = Canvas(_ROW * len(found))
    axis = Axis(low=Fraction(0), high=Fraction(max(1, *found.values())), left=220, right=520)
    before = None
    for row, (step, count) in enumerate(found.items()):
        middle = _ROW * row + _ROW / 2
        sheet.text(0, middle, words(f"chart.funnel.{step}"), bold=step == "certified", room=axis.left - 12)
        end = axis.at(Fraction(count))
        sheet.bar(axis.left, middle - 9, end - axis.left, 18, "own" if step == "certified" else "possible", "muted")
        label = words("chart.funnel.count", count=count)
        sheet.text(end + 10, middle, label, bold=True)
        if before is not None and count < before:
            sheet.text(end + 62, middle, words("chart.funnel.fewer", count=before - count), colour="muted", size=SMALL)
        before = count
    sentences = [
        words("chart.funnel.alt_item", step=words(f"chart.funnel.{step}"), count=n) for step, n in found.items()
    ]
    return Chart(svg=sheet.svg(), alt=join_sentences(*sentences), title=words("chart.funnel.title"))


# --- How many applicants reached each level, one panel for each size type.

_LEVELS_ROW, _TOP = 28, 30
_PANEL_LEFTS = {SizeType.LARGE: 90.0, SizeType.SMALL_MEDIUM: 410.0}
_PANEL_WIDTH = 250.0


def draw_levels_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return bars of counts by level and size type, or None where nothing was evaluated."""
    results = [(one.size_type, one.level) for one in record.evaluations if one.level is not None]
    if not results:
        return None
    found = Counter((size, result.level) for size, result in results)
    last = results[0][1]
    levels = range(1, len(last.bounds) + 2)
    sheet = Canvas(_TOP + _LEVELS_ROW * len(levels) + 24)
    most = Fraction(max(found.values()))
    for level in levels:
        sheet.text(0, _level_middle(level), words("chart.level", level=level), room=80)
    for size, left in _PANEL_LEFTS.items():
        axis = Axis(low=Fraction(0), high=most, left=left, right=left + _PANEL_WIDTH)
        sheet.text(left, 12, words(size_key(size)), bold=True, room=_PANEL_WIDTH)
        for level in levels:
            _draw_count(sheet, axis, level, found[size, level], _is_certified(last, level))
    _draw_certified_line(sheet, certified_from(last).level, words)
    sentences = [
        words("chart.levels.alt_item", size_type=words(size_key(size)), level=level, count=found[size, level])
        for size in _PANEL_LEFTS
        for level in levels
    ]
    return Chart(svg=sheet.svg(), alt=join_sentences(*sentences), title=words("chart.levels.title"))


def _is_certified(result: LevelResult, level: int) -> bool:
    return any(bound.certified and bound.level == level for bound in result.bounds)


def _level_middle(level: int) -> float:
    return _TOP + _LEVELS_ROW * (level - 0.5)


def _draw_count(sheet: Canvas, axis: Axis, level: int, count: int, certified: bool) -> None:
    end = axis.at(Fraction(count))
    sheet.line([(axis.left, _level_middle(level) - 10), (axis.left, _level_middle(level) + 10)], "muted")
    if count:
        sheet.bar(axis.left, _level_middle(level) - 8, end - axis.left, 16, "own" if certified else "possible", "muted")
    sheet.text(end + 8, _level_middle(level), figures.format_number(count))


def _draw_certified_line(sheet: Canvas, worst: int, words: Words) -> None:
    edge = _level_middle(worst) + _LEVELS_ROW / 2
    sheet.line([(0, edge), (720, edge)], "good", 1.5, dashed=True)
    sheet.text(720, sheet.height - 10, words("chart.levels.certified"), "right", "good", SMALL)


# --- Shares of one as bars, one under the other: one share to the right, or two back to back.

_SHARES_ROW = 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One row: the share to the right, and the one to the left if there are two."""

    label: str
    right: Fraction
    left: Fraction | None = None


def draw_shares_chart(
    rows: Sequence[Share], *, title: str, alt: str, heads: tuple[str, str] | None = None, label_room: float = 110.0
) -> Chart | None:
    """Return a bar per share, or None without rows. ``heads`` name the left and the right side where there are two."""
    if not rows:
        return None
    most = max([share for row in rows for share in (row.right, row.left or Fraction(0))] + [Fraction(1, 20)])
    middle = (label_room + WIDTH) / 2 if heads else label_room
    axis = Axis(low=Fraction(0), high=most, left=middle, right=WIDTH - 64)
    top = 24.0 if heads else 4.0
    sheet = Canvas(top + _SHARES_ROW * len(rows) + 4)
    if heads:
        sheet.text(middle - 8, 9, heads[0], "right", "muted", SMALL)
        sheet.text(middle + 8, 9, heads[1], "left", "muted", SMALL)
    for place, row in enumerate(rows):
        y = top + _SHARES_ROW * place
        sheet.text(0, y + _SHARES_ROW / 2, row.label, room=label_room - 10)
        reach = axis.at(row.right) - middle
        sheet.bar(middle, y + 5, reach, _SHARES_ROW - 10, "own")
        sheet.text(middle + reach + 6, y + _SHARES_ROW / 2, figures.format_percent(row.right, 1), size=SMALL)
        if row.left is not None:
            reach = axis.at(row.left) - middle
            sheet.bar(middle - reach, y + 5, reach, _SHARES_ROW - 10, "peer")
            sheet.text(
                middle - reach - 6, y + _SHARES_ROW / 2, figures.format_percent(row.left, 1), "right", size=SMALL
            )
    sheet.line([(middle, top), (middle, top + _SHARES_ROW * len(rows))], "muted")
    return Chart(svg=sheet.svg(), alt=alt, title=title)


# --- The total of every evaluated applicant against the bounds of the levels.

_MOST_NAMED = 40
"""Up to so many applicants each has a row with its name; more of them become a heap of dots without names."""
_STRIP_ROW, _STRIP_TOP, _HEAP = 22, 44, 120
_LEFT, _RIGHT = 214.0, 630.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _TotalDot:
    id: str
    name: Text
    size: SizeType | None
    points: Fraction
    shown: Amount
    certified: bool


def draw_totals_strip_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return a dot for every evaluated applicant by size type, or None where nothing was evaluated.

    A filled dot is a level that is certified. The axis does not begin at zero.
    """
    results = [one.level for one in record.evaluations if one.level is not None]
    totals = _list_totals(record)
    if not results or not totals:
        return None
    axis = _totals_axis(totals, results[0])
    named = len(totals) <= _MOST_NAMED
    groups = [(size, [one for one in totals if one.size is size]) for size in (*SizeType, None)]
    groups = [(size, ones) for size, ones in groups if ones]
    heights = [_STRIP_ROW * (len(ones) + 1) if named else _HEAP + _STRIP_ROW for _, ones in groups]
    sheet = Canvas(_STRIP_TOP + sum(heights) + 8)
    _draw_bounds(sheet, axis, results[0].bounds, words)
    top: float = _STRIP_TOP
    for (size, ones), height in zip(groups, heights, strict=True):
        sheet.text(0, top + 10, words(size_key(size)), bold=True)
        if named:
            _draw_named_totals(sheet, axis, top + _STRIP_ROW, ones, words)
        else:
            _draw_heap(sheet, axis, top + height - 6, ones)
        top += height
    return Chart(
        svg=sheet.svg(),
        alt=join_sentences(
            *(sentence for size, ones in groups for sentence in _describe_totals(size, ones, named, words)),
            words(
                "chart.strip.alt",
                bounds=[words("chart.strip.bound", level=one.level, points=one.points) for one in results[0].bounds],
            ),
        ),
        title=words("chart.strip.title", count=len(totals)),
    )


def _list_totals(record: RoundRecord) -> list[_TotalDot]:
    found = [
        _TotalDot(
            id=one.id,
            name=one.applicant.name,
            size=one.size_type,
            points=one.scorecard.points,
            shown=total_amount(one.scorecard, one.scorecard.points),
            certified=one.certified,
        )
        for one in record.evaluations
        if one.scorecard is not None and one.level is not None
    ]
    return sorted(found, key=lambda one: (-one.points, one.id))


def _totals_axis(totals: Sequence[_TotalDot], result: LevelResult) -> Axis:
    values = [*(one.points for one in totals), *(bound.points for bound in result.bounds)]
    low, high = min(values), max(values)
    room = (high - low) / 16
    return Axis(low=low - room, high=high + room, left=_LEFT, right=_RIGHT)


def _draw_bounds(sheet: Canvas, axis: Axis, bounds: Sequence[Bound], words: Words) -> None:
    sheet.dots([(6, 10)], 9, "own")
    sheet.text(18, 10, words("chart.strip.certified"), size=SMALL)
    sheet.dots([(6, 28)], 9, "paper", "own")
    sheet.text(18, 28, words("chart.strip.not_certified"), size=SMALL)
    worst = max((bound.level for bound in bounds if bound.certified), default=0)
    for row, bound in enumerate(bounds):
        x, colour = axis.at(bound.points), "good" if bound.level == worst else "muted"
        y = 10 + 18 * (row % 2)  # neighbours take turns, so that they do not touch
        sheet.line([(x, y + 10), (x, sheet.height - 4)], colour, 1.5, dashed=bound.level != worst)
        label = words("chart.strip.bound", level=bound.level, points=bound.points)
        sheet.inside(x, y, label, colour, SMALL, bold=bound.level == worst)


def _draw_named_totals(sheet: Canvas, axis: Axis, top: float, ones: Sequence[_TotalDot], words: Words) -> None:
    for row, one in enumerate(ones):
        y = top + _STRIP_ROW * row + 10
        sheet.line([(_LEFT, y), (_RIGHT, y)], "rule", 0.75)
        sheet.text(12, y, format_name(one.name, words), room=_LEFT - 24)
        sheet.text(WIDTH, y, words("chart.amount", points=one.shown), "right", bold=one.certified)
    for certified in (True, False):
        places = [
            (axis.at(one.points), top + _STRIP_ROW * n + 10) for n, one in enumerate(ones) if one.certified is certified
        ]
        if places:
            sheet.dots(places, 10, "own" if certified else "paper", "own")


def _draw_heap(sheet: Canvas, axis: Axis, floor: float, ones: Sequence[_TotalDot]) -> None:
    """Heap up the dots over their place, as large as the highest heap allows."""
    size = 9.0
    while size > 1 and max(Counter(_heap_column(axis, one, size) for one in ones).values()) * size > _HEAP - 12:
        size *= 0.9
    heaps: Counter[int] = Counter()
    places: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for one in ones:
        column = _heap_column(axis, one, size)
        heaps[column] += 1
        places[one.certified].append((_LEFT + (column + 0.5) * size, floor - (heaps[column] - 0.5) * size))
    sheet.line([(_LEFT, floor), (_RIGHT, floor)], "muted")
    for certified, dots in places.items():
        if dots:
            sheet.dots(dots, size * 0.9, "own" if certified else "paper", "own")


def _heap_column(axis: Axis, one: _TotalDot, size: float) -> int:
    return int((axis.at(one.points) - _LEFT) / size)


def _describe_totals(size: SizeType | None, ones: Sequence[_TotalDot], named: bool, words: Words) -> list[str]:
    if named:
        return [words("chart.strip.alt_item", name=one.name, points=one.shown) for one in ones]
    return [
        words(
            "chart.strip.alt_many",
            size_type=words(size_key(size)),
            count=len(ones),
            lowest=ones[-1].shown,
            highest=ones[0].shown,
        )
    ]


# --- The regions as tiles, laid roughly as they lie on a map: no outline of the land and no map service is needed.

_TILE_CELLS: Mapping[str, tuple[int, int]] = {
    "28": (0, 0), "11": (1, 0), "41": (2, 0), "51": (3, 0),
    "44": (0, 1), "36": (1, 1), "43": (2, 1), "47": (3, 1),
    "45": (0, 2), "30": (1, 2), "27": (2, 2), "31": (3, 2),
    "46": (0, 3), "29": (1, 3), "48": (2, 3), "26": (3, 3),
    "50": (0, 4),
}  # fmt: skip
"""Column and row by the first two digits of the code; a code that was given anew has the place of the old one."""
_RENEWED_CODES: Mapping[str, str] = {"42": "51", "52": "45"}
_TILE_COLUMNS = 4
_TILE_GAP = 8.0
_TILE_WIDTH = (WIDTH - _TILE_GAP * (_TILE_COLUMNS - 1)) / _TILE_COLUMNS
_TILE_HEIGHT = 84.0


def draw_tiles_chart(history: PublicHistory, words: Words) -> Chart:
    """Return a tile per region: residents covered as its level, counts as text, a dot for the region's government.

    A region whose code has no place on the grid follows below, so that none is left out.
    """
    places = _assign_cells(history.regions)
    last = max(row for _, row in places.values())
    sheet = Canvas((_TILE_HEIGHT + _TILE_GAP) * (last + 1))
    for region in history.regions:
        column, row = places[region.government.code]
        _draw_tile(sheet, column * (_TILE_WIDTH + _TILE_GAP), row * (_TILE_HEIGHT + _TILE_GAP), region, words)
    _draw_tiles_key(sheet, words)
    return Chart(
        svg=sheet.svg(),
        alt=words("history.map.alt", items=[_describe_region(region, words) for region in history.regions]),
        title=words("history.map.chart", day=history.day),
    )


def _assign_cells(regions: tuple[Region, ...]) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    for region in regions:
        prefix = region.government.code[:2]
        place = _TILE_CELLS.get(_RENEWED_CODES.get(prefix, prefix))
        if place is None or place in places.values():
            more = sum(row > _TILE_CELLS["50"][1] for _, row in places.values())
            place = (more % _TILE_COLUMNS, _TILE_CELLS["50"][1] + 1 + more // _TILE_COLUMNS)
        places[region.government.code] = place
    return places


def _draw_tile(sheet: Canvas, left: float, top: float, region: Region, words: Words) -> None:
    coverage = region.coverage
    share = coverage.residents / coverage.all_residents if coverage.all_residents else 0.0
    sheet.bar(left, top, _TILE_WIDTH, _TILE_HEIGHT, "panel", "rule")
    if share:
        high = max(3.0, (_TILE_HEIGHT - 2) * share)
        sheet.bar(left + 1, top + _TILE_HEIGHT - 1 - high, _TILE_WIDTH - 2, high, "possible")
    sheet.text(left + 10, top + 18, name_region(region.government, words), bold=True, room=_TILE_WIDTH - 44)
    if region.itself is not None:
        fill = "own" if region.itself is PublicHolding.CERTIFIED else "paper"
        sheet.dots([(left + _TILE_WIDTH - 18, top + 18)], 11, fill, "own")
    sheet.text(left + 10, top + 43, _describe_members(region, words), size=SMALL, room=_TILE_WIDTH - 16)
    residents = words("history.map.residents", share=figures.format_percent(_resident_share(region), 0))
    sheet.text(left + 10, top + 64, residents, size=SMALL, room=_TILE_WIDTH - 16)


def _resident_share(region: Region) -> Fraction:
    coverage = region.coverage
    return Fraction(coverage.residents, coverage.all_residents) if coverage.all_residents else Fraction(0)


def _describe_members(region: Region, words: Words) -> str:
    if not region.coverage.all:
        return words("history.map.no_members")
    return words("history.map.members", certified=region.coverage.certified, all=region.coverage.all)


def _draw_tiles_key(sheet: Canvas, words: Words) -> None:
    """Put the key into the corner that the sea leaves free."""
    left, top = _TILE_WIDTH + _TILE_GAP + 14, (_TILE_HEIGHT + _TILE_GAP) * _TILE_CELLS["50"][1] + 14
    sheet.dots([(left + 8, top)], 11, "own", "own")
    sheet.text(left + 24, top, words("history.map.key_certified"), size=SMALL)
    sheet.dots([(left + 8, top + 26)], 11, "paper", "own")
    sheet.text(left + 24, top + 26, words("history.map.key_expired"), size=SMALL)
    sheet.bar(left, top + 44, 16, 16, "panel", "rule")
    sheet.bar(left + 1, top + 52, 14, 7, "possible")
    sheet.text(left + 24, top + 52, words("history.map.key_share"), size=SMALL)


def _describe_region(region: Region, words: Words) -> str:
    itself = "none" if region.itself is None else "certified" if region.itself is PublicHolding.CERTIFIED else "expired"
    return words(
        f"history.map.alt_{itself}",
        name=name_region(region.government, words),
        members=_describe_members(region, words),
        share=figures.format_percent(_resident_share(region), 0),
    )


# --- From the total as claimed to the total that counts.


def draw_totals_chart(record: Record, words: Words) -> Chart:
    """Return the total as claimed, after the desk review and as confirmed on site, against the bound of certification.

    The axis does not begin at zero, so the totals are dots, not bars.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, result = require_evaluated(record)
    bound = certified_from(result)
    totals = {"claimed": card.claimed, "desk": card.desk, "confirmed": card.points}
    low, high = min(*totals.values(), bound.points), max(*totals.values(), bound.points)
    room = max((high - low) / 8, card.out_of / 100)
    axis = Axis(low=low - room, high=high + room, left=170, right=600)
    sheet = Canvas(158)
    edge = axis.at(bound.points)
    sheet.line([(edge, 24), (edge, 150)], "good", 1.5, dashed=True)
    label = words("chart.totals.bound", level=bound.level, points=bound.points)
    sheet.inside(edge, 12, label, "good", SMALL)
    _draw_totals(sheet, axis, card, totals, words)
    fields = {name: total_amount(card, points) for name, points in totals.items()}
    return Chart(
        svg=sheet.svg(),
        alt=words("chart.totals.alt", level=bound.level, bound=bound.points, **fields),
        title=words("chart.totals.title", **fields),
    )


def _draw_totals(sheet: Canvas, axis: Axis, card: Scorecard, totals: Mapping[str, Fraction], words: Words) -> None:
    before: tuple[float, float, Fraction] | None = None
    for row, points in enumerate(totals.values()):
        x, y = axis.at(points), 44 + 46 * row
        if before is not None:
            sheet.line([(before[0], before[1] + 6), (x, y - 6)], "muted", 1.5)
            change = _describe_change(total_amount(card, points - before[2]), words)
            sheet.text(max(before[0], x) + 12, y - 23, change, colour="muted", size=SMALL, ground="paper")
        before = (x, y, points)
    for row, (name, points) in enumerate(totals.items()):
        x, y, counts = axis.at(points), 44 + 46 * row, name == "confirmed"
        sheet.dots([(x, y)], 11, "own" if counts else "paper", "own")
        sheet.text(0, y, words(f"chart.totals.{name}"), bold=counts, room=axis.left)
        sheet.text(x + 12, y, words("chart.amount", points=total_amount(card, points)), bold=counts, ground="paper")


def _describe_change(points: Amount, words: Words) -> str:
    if not points.value:
        return words("chart.same")
    size = Amount(value=abs(points.value), digits=points.digits)
    return words("chart.more" if points.value > 0 else "chart.less", points=size)


# --- How the shares of the domains are spread over the applicants of each size type.

_HEADING, _DOMAINS_ROW, _DOMAINS_TOP = 26, 28, 40
_QUARTER_SHARES = tuple(Fraction(quarter, 4) for quarter in range(5))
_DOMAINS_LEFT, _DOMAINS_RIGHT = 180.0, 560.0


def draw_domains_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return median and quartiles of each domain's share by size type, or None where nothing was evaluated.

    A size type with too few applicants to stay anonymous has a line that says so.
    """
    domains = record.domains
    peers = [one for one in record.peers if one.applicants]
    if not domains or not peers:
        return None
    sheet = Canvas(_DOMAINS_TOP + len(domains) * (_HEADING + _DOMAINS_ROW * len(peers)) + 8)
    axis = Axis(low=Fraction(0), high=Fraction(1), left=_DOMAINS_LEFT, right=_DOMAINS_RIGHT)
    sheet.text(0, 10, words("chart.domains.key"), colour="muted", size=SMALL)
    for share in _QUARTER_SHARES:
        sheet.text(axis.at(share), 31, figures.format_percent(share, 0), "center", "muted", SMALL)
    sentences: list[str] = []
    top = float(_DOMAINS_TOP)
    for domain in domains:
        sheet.text(0, top + 14, format_name(domain.name, words), bold=True, room=700)
        top += _HEADING
        for one in peers:
            sentences.append(_draw_domain(sheet, axis, top, domain, one, words))
            top += _DOMAINS_ROW
    return Chart(svg=sheet.svg(), alt=join_sentences(*sentences), title=words("chart.domains.title"))


def _draw_domain(sheet: Canvas, axis: Axis, top: float, domain: SectionScore, peers: Peers, words: Words) -> str:
    size = f"size_type.{peers.size_type.value}"
    middle = top + 12
    label = words("chart.domains.size_type", size_type=size, applicants=peers.applicants)
    sheet.text(12, middle, label, room=_DOMAINS_LEFT - 20)
    for share in _QUARTER_SHARES:
        sheet.line([(axis.at(share), top), (axis.at(share), top + _DOMAINS_ROW)], "rule")
    quartiles = peers.sections.get(domain.id)
    if quartiles is None:
        hidden = words("chart.domains.suppressed", suppress_below=peers.suppress_below)
        sheet.text(_DOMAINS_LEFT + 8, middle, hidden, colour="muted", size=SMALL)
        return words(
            "chart.domains.alt_suppressed", domain=domain.name, size_type=size, suppress_below=peers.suppress_below
        )
    shares = [value / domain.out_of for value in (quartiles.lower, quartiles.median, quartiles.upper)]
    lower, median, upper = shares
    sheet.bar(axis.at(lower), middle - 6, axis.at(upper) - axis.at(lower), 12, "own")
    sheet.tick(axis.at(median), middle - 12, middle + 12, "ink")
    sheet.text(_DOMAINS_RIGHT + 16, middle, words("chart.domains.median", share=median))
    return words("chart.domains.alt_item", domain=domain.name, size_type=size, median=median, lower=lower, upper=upper)
