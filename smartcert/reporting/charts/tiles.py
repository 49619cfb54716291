"""The regions as tiles, laid roughly as they lie on a map: no outline of the land and no map service is needed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcert.model.history import History, Holding, Region
from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Sheet
from smartcert.reporting.history_words import region_name
from smartcert.reporting.words import Words

_PLACES: Mapping[str, tuple[int, int]] = {
    "28": (0, 0), "11": (1, 0), "41": (2, 0), "51": (3, 0),
    "44": (0, 1), "36": (1, 1), "43": (2, 1), "47": (3, 1),
    "45": (0, 2), "30": (1, 2), "27": (2, 2), "31": (3, 2),
    "46": (0, 3), "29": (1, 3), "48": (2, 3), "26": (3, 3),
    "50": (0, 4),
}  # fmt: skip
"""Column and row by the first two digits of the code; a code that was given anew has the place of the old one."""
_RENEWED: Mapping[str, str] = {"42": "51", "52": "45"}
_COLUMNS = 4
_GAP = 8.0
_WIDE = (WIDTH - _GAP * (_COLUMNS - 1)) / _COLUMNS
_HIGH = 84.0


def tiles_chart(history: History, words: Words) -> Chart:
    """Return a tile per region: residents covered as its level, counts as text, a dot for the region's government.

    A region whose code has no place on the grid follows below, so that none is left out.
    """
    places = _placed(history.regions)
    last = max(row for _, row in places.values())
    sheet = Sheet((_HIGH + _GAP) * (last + 1))
    for region in history.regions:
        column, row = places[region.government.code]
        _tile(sheet, column * (_WIDE + _GAP), row * (_HIGH + _GAP), region, words)
    _key(sheet, words)
    return Chart(
        svg=sheet.svg(),
        alt=words("history.map.alt", items=[_told(region, words) for region in history.regions]),
        title=words("history.map.chart", day=history.day),
    )


def _placed(regions: tuple[Region, ...]) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    for region in regions:
        prefix = region.government.code[:2]
        place = _PLACES.get(_RENEWED.get(prefix, prefix))
        if place is None or place in places.values():
            more = sum(row > _PLACES["50"][1] for _, row in places.values())
            place = (more % _COLUMNS, _PLACES["50"][1] + 1 + more // _COLUMNS)
        places[region.government.code] = place
    return places


def _tile(sheet: Sheet, left: float, top: float, region: Region, words: Words) -> None:
    coverage = region.coverage
    share = coverage.residents / coverage.all_residents if coverage.all_residents else 0.0
    sheet.bar(left, top, _WIDE, _HIGH, "panel", "rule")
    if share:
        high = max(3.0, (_HIGH - 2) * share)
        sheet.bar(left + 1, top + _HIGH - 1 - high, _WIDE - 2, high, "possible")
    sheet.text(left + 10, top + 18, region_name(region.government, words), bold=True, room=_WIDE - 44)
    if region.itself is not None:
        fill = "own" if region.itself is Holding.CERTIFIED else "paper"
        sheet.dots([(left + _WIDE - 18, top + 18)], 11, fill, "own")
    sheet.text(left + 10, top + 43, _members(region, words), size=SMALL, room=_WIDE - 16)
    residents = words("history.map.residents", share=figures.percent(_exact(region), 0))
    sheet.text(left + 10, top + 64, residents, size=SMALL, room=_WIDE - 16)


def _exact(region: Region) -> Fraction:
    coverage = region.coverage
    return Fraction(coverage.residents, coverage.all_residents) if coverage.all_residents else Fraction(0)


def _members(region: Region, words: Words) -> str:
    if not region.coverage.all:
        return words("history.map.no_members")
    return words("history.map.members", certified=region.coverage.certified, all=region.coverage.all)


def _key(sheet: Sheet, words: Words) -> None:
    """Put the key into the corner that the sea leaves free."""
    left, top = _WIDE + _GAP + 14, (_HIGH + _GAP) * _PLACES["50"][1] + 14
    sheet.dots([(left + 8, top)], 11, "own", "own")
    sheet.text(left + 24, top, words("history.map.key_certified"), size=SMALL)
    sheet.dots([(left + 8, top + 26)], 11, "paper", "own")
    sheet.text(left + 24, top + 26, words("history.map.key_expired"), size=SMALL)
    sheet.bar(left, top + 44, 16, 16, "panel", "rule")
    sheet.bar(left + 1, top + 52, 14, 7, "possible")
    sheet.text(left + 24, top + 52, words("history.map.key_share"), size=SMALL)


def _told(region: Region, words: Words) -> str:
    itself = "none" if region.itself is None else "certified" if region.itself is Holding.CERTIFIED else "expired"
    return words(
        f"history.map.alt_{itself}",
        name=region_name(region.government, words),
        members=_members(region, words),
        share=figures.percent(_exact(region), 0),
    )
