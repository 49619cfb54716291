"""Where the total and the domains of one applicant lie among those of its size type."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.citation import Text
from smartcert.model.peers import Quartiles
from smartcert.model.scorecard import Scorecard
from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart, evaluated, name_of, told
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Sheet
from smartcert.reporting.digits import part, total
from smartcert.reporting.figures import Amount
from smartcert.reporting.record import Record
from smartcert.reporting.words import Words

_LEFT, _RIGHT, _VALUES = 262.0, 548.0, 584.0
_ROW, _TOP = 36, 62
_TENTH = Fraction(1, 10)
_FEW = 6
"""Up to so many lines of the grid each has its label, else every second one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    name: Text | None
    points: Amount
    out_of: Fraction
    peers: Quartiles


def standing_chart(record: Record, words: Words) -> Chart | None:
    """Return the own place in the distribution of the size type, or None where there are too few to stay anonymous.

    The distribution is told by its quartiles: its ends would be the points of single applicants. The axis is the share
    of the points possible; it does not begin at zero.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = evaluated(record)
    peers = record.peers
    if peers is None or peers.total is None:
        return None
    parts = _parts(card, peers.total, dict(peers.sections))
    sheet = Sheet(_TOP + _ROW * len(parts) + 4)
    axis = _axis(parts)
    _key(sheet, words)
    _grid(sheet, axis)
    for row, one in enumerate(parts):
        _row(sheet, axis, _TOP + _ROW * row, one, words)
    size = f"size_type.{peers.size_type.value}"
    return Chart(
        svg=sheet.svg(),
        alt=told(*(_told(one, words) for one in parts)),
        title=words("chart.standing.title", size_type=size, applicants=peers.applicants),
    )


def _parts(card: Scorecard, among: Quartiles, shown: dict[str, Quartiles]) -> list[_Part]:
    domains = [
        _Part(name=domain.name, points=part(card, domain.points), out_of=domain.out_of, peers=shown[domain.id])
        for domain in card.domains
        if domain.id in shown and domain.out_of
    ]
    return [_Part(name=None, points=total(card, card.points), out_of=card.out_of, peers=among), *domains]


def _axis(parts: list[_Part]) -> Axis:
    """Return an axis from one full tenth to another that holds everything that is drawn."""
    shares = [value / one.out_of for one in parts for value in (one.points.value, one.peers.lower, one.peers.upper)]
    low, high = min(shares) // _TENTH, -(-max(shares) // _TENTH)
    return Axis(low=low * _TENTH, high=max(high, low + 1) * _TENTH, left=_LEFT, right=_RIGHT)


def _key(sheet: Sheet, words: Words) -> None:
    sheet.marks([(6, 10)], "down", 11, "own")
    sheet.text(18, 10, words("chart.own"), colour="own", size=SMALL)
    sheet.bar(_LEFT, 6, 60, 9, "peer")
    sheet.tick(_LEFT + 36, 0, 20, "peer")
    sheet.text(_LEFT + 70, 10, words("chart.points.key"), colour="peer", size=SMALL, room=WIDTH - _LEFT - 70)
    sheet.text(_VALUES, 44, words("chart.standing.values"), colour="muted", size=SMALL, room=WIDTH - _VALUES)


def _grid(sheet: Sheet, axis: Axis) -> None:
    tenths = range(int(axis.low / _TENTH), int(axis.high / _TENTH) + 1)
    sheet.lines([((axis.at(n * _TENTH), 54), (axis.at(n * _TENTH), sheet.height)) for n in tenths], "rule")
    for n in tenths[:: 1 if len(tenths) <= _FEW else 2]:
        sheet.text(axis.at(n * _TENTH), 44, figures.percent(n * _TENTH, 0), "center", "muted", SMALL)


def _row(sheet: Sheet, axis: Axis, top: float, one: _Part, words: Words) -> None:
    middle = top + _ROW / 2
    sheet.text(0, middle, _name(one, words), bold=one.name is None, room=_LEFT - 16)
    low, median, high = (axis.at(value / one.out_of) for value in (one.peers.lower, one.peers.median, one.peers.upper))
    sheet.bar(low, middle + 2, high - low, 9, "peer")
    sheet.tick(median, middle - 3, middle + 16, "peer")
    sheet.marks([(axis.at(one.points.value / one.out_of), middle - 6)], "down", 11, "own")
    values = words("chart.standing.value", points=one.points, median=figures.rounded(one.peers.median, 2))
    sheet.text(_VALUES, middle, values, bold=one.name is None, room=WIDTH - _VALUES)


def _name(one: _Part, words: Words) -> str:
    return words("chart.standing.total") if one.name is None else name_of(one.name, words)


def _told(one: _Part, words: Words) -> str:
    lower, median, upper = (figures.rounded(value, 2) for value in (one.peers.lower, one.peers.median, one.peers.upper))
    return words(
        "chart.standing.alt_item",
        name=_name(one, words),
        points=one.points,
        out_of=one.out_of,
        median=median,
        lower=lower,
        upper=upper,
    )
