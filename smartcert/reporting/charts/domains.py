"""How the shares of the domains are spread over the applicants of each size type."""

from __future__ import annotations

from fractions import Fraction

from smartcert.model.peers import Peers
from smartcert.model.scorecard import SectionScore
from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart, name_of, told
from smartcert.reporting.charts.sheet import SMALL, Axis, Sheet
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.words import Words

_HEADING, _ROW, _TOP = 26, 28, 40
_GRID = tuple(Fraction(quarter, 4) for quarter in range(5))
_LEFT, _RIGHT = 180.0, 560.0


def domains_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return median and quartiles of each domain's share by size type, or None where nothing was evaluated.

    A size type with too few applicants to stay anonymous has a line that says so.
    """
    domains = record.domains
    peers = [one for one in record.peers if one.applicants]
    if not domains or not peers:
        return None
    sheet = Sheet(_TOP + len(domains) * (_HEADING + _ROW * len(peers)) + 8)
    axis = Axis(low=Fraction(0), high=Fraction(1), left=_LEFT, right=_RIGHT)
    sheet.text(0, 10, words("chart.domains.key"), colour="muted", size=SMALL)
    for share in _GRID:
        sheet.text(axis.at(share), 31, figures.percent(share, 0), "center", "muted", SMALL)
    sentences: list[str] = []
    top = float(_TOP)
    for domain in domains:
        sheet.text(0, top + 14, name_of(domain.name, words), bold=True, room=700)
        top += _HEADING
        for one in peers:
            sentences.append(_row(sheet, axis, top, domain, one, words))
            top += _ROW
    return Chart(svg=sheet.svg(), alt=told(*sentences), title=words("chart.domains.title"))


def _row(sheet: Sheet, axis: Axis, top: float, domain: SectionScore, peers: Peers, words: Words) -> str:
    size = f"size_type.{peers.size_type.value}"
    middle = top + 12
    label = words("chart.domains.size_type", size_type=size, applicants=peers.applicants)
    sheet.text(12, middle, label, room=_LEFT - 20)
    for share in _GRID:
        sheet.line([(axis.at(share), top), (axis.at(share), top + _ROW)], "rule")
    quartiles = peers.sections.get(domain.id)
    if quartiles is None:
        hidden = words("chart.domains.suppressed", suppress_below=peers.suppress_below)
        sheet.text(_LEFT + 8, middle, hidden, colour="muted", size=SMALL)
        return words(
            "chart.domains.alt_suppressed", domain=domain.name, size_type=size, suppress_below=peers.suppress_below
        )
    shares = [value / domain.out_of for value in (quartiles.lower, quartiles.median, quartiles.upper)]
    lower, median, upper = shares
    sheet.bar(axis.at(lower), middle - 6, axis.at(upper) - axis.at(lower), 12, "own")
    sheet.tick(axis.at(median), middle - 12, middle + 12, "ink")
    sheet.text(_RIGHT + 16, middle, words("chart.domains.median", share=median))
    return words("chart.domains.alt_item", domain=domain.name, size_type=size, median=median, lower=lower, upper=upper)
