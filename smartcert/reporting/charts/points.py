"""Points reached and possible, item by item, beside the peers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from smartcert.model.peers import Quartiles
from smartcert.model.scorecard import SectionScore
from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart, evaluated, name_of, told
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Sheet
from smartcert.reporting.record import Record
from smartcert.reporting.words import Words

_BARS, _BARS_END, _VALUES = 286.0, 600.0, 610.0


def points_chart(record: Record, words: Words) -> Chart:
    """Return a bar of points against the points possible for every item, with the median and quartiles of the peers.

    Where the peers are too few to stay anonymous their figures are left out, and the chart says so.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = evaluated(record)
    peers = record.peers
    shown = {} if peers is None or peers.suppressed else dict(peers.sections)
    items = card.items()
    sheet = Sheet(58 + 26 * len(card.domains) + 32 * len(items))
    axis = Axis(
        low=Fraction(0), high=max((item.out_of for item in items), default=Fraction(0)), left=_BARS, right=_BARS_END
    )
    _points_key(sheet, words, bool(shown))
    if peers is not None and not shown:
        sheet.text(
            0, 42, words("chart.points.suppressed", suppress_below=peers.suppress_below), size=SMALL, colour="muted"
        )
    top = 58.0
    for domain in card.domains:
        sheet.text(0, top + 13, name_of(domain.name, words), bold=True, room=_BARS - 12)
        sheet.text(_VALUES, top + 13, _of(domain, words), bold=True)
        top += 26
        for item in _items(domain):
            _item_row(sheet, axis, top, item, shown.get(item.id), words)
            top += 32
    title = (
        words("chart.points.title_peers", size_type=f"size_type.{peers.size_type.value}", applicants=peers.applicants)
        if peers is not None and shown
        else words("chart.points.title")
    )
    sentences = [_item_told(item, shown.get(item.id), words) for item in items]
    alt = told(words("chart.points.alt", count=len(items)), *sentences)
    return Chart(svg=sheet.svg(), alt=alt, title=title)


def _points_key(sheet: Sheet, words: Words, peers: bool) -> None:
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


def _item_row(
    sheet: Sheet, axis: Axis, top: float, item: SectionScore, quartiles: Quartiles | None, words: Words
) -> None:
    sheet.text(12, top + 12, name_of(item.name, words), room=_BARS - 24)
    sheet.bar(axis.left, top + 4, axis.at(item.out_of) - axis.left, 16, "possible", "muted")
    sheet.bar(axis.left, top + 4, axis.at(item.points) - axis.left, 16, "own")
    sheet.text(_VALUES, top + 12, _of(item, words))
    if quartiles is not None:
        low, middle, high = (axis.at(value) for value in (quartiles.lower, quartiles.median, quartiles.upper))
        sheet.bar(low, top + 23, high - low, 5, "peer")
        sheet.tick(middle, top + 2, top + 30, "peer")


def _item_told(item: SectionScore, quartiles: Quartiles | None, words: Words) -> str:
    if quartiles is None:
        return words("chart.points.alt_item", name=item.name, points=item.points, out_of=item.out_of)
    return words(
        "chart.points.alt_item_median",
        name=item.name,
        points=item.points,
        out_of=item.out_of,
        median=figures.rounded(quartiles.median, 2),
    )


def _items(section: SectionScore) -> Iterator[SectionScore]:
    if section.indicators:
        yield section
    for part in section.sections:
        yield from _items(part)


def _of(part: SectionScore, words: Words) -> str:
    return words("chart.of", points=part.points, out_of=part.out_of)
