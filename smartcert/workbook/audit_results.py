"""Steps 7, 9 and 10 of the audit: how sure results are, what else they go with, and how they are shown."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from smartcert.analysis.arrays import SIZES, Floats
from smartcert.analysis.compare import bunching
from smartcert.analysis.sensitivity import sensitivity
from smartcert.model.applicant import SizeType
from smartcert.model.indicator import IndicatorKind
from smartcert.reporting.blocks import Block, Drawing, Paragraph
from smartcert.reporting.charts.shares import Share, shares_chart
from smartcert.workbook.bunching import bunching_blocks
from smartcert.workbook.research import percent, shown

if TYPE_CHECKING:
    from smartcert.workbook.audit import MethodologyAudit

_SURE = 0.95
_WIDTH = 20.0
_MOST_DRAWN = 40


def uncertainty(page: MethodologyAudit) -> list[Block]:
    """Return the confidence in every level with intervals, and the Sobol indices of what varies."""
    words, table = page.words, page.confidence.table
    ordered = table.sort_values(["certified", "points"], ascending=False)
    lead = words(
        "audit.uncertainty.lead",
        draws=page.draws,
        sure=int((table["confidence"] >= _SURE).sum()),
        count=len(table),
    )
    rows = [
        (
            page._applicant(name),
            page._level(ordered.at[name, "level"]),
            percent(ordered.at[name, "confidence"]),
            percent(ordered.at[name, "certified"]),
            _interval(ordered.at[name, "points_low"], ordered.at[name, "points_high"], 1),
            _interval(ordered.at[name, "place_low"], ordered.at[name, "place_high"], 0),
        )
        for name in ordered.index
    ]
    heads = [
        words("research.applicant"),
        words("research.head.level"),
        *(words(f"audit.uncertainty.{name}") for name in ("confidence", "certified", "points", "places")),
    ]
    return [
        Paragraph(text=lead, style="lead"),
        Paragraph(text=words("audit.uncertainty.plan", percent=Fraction(str(page.percent)))),
        *_drawn(page),
        *page._grid(words("audit.uncertainty.table"), heads, rows),
        *page._or_reason(lambda: _indices(page)),
    ]


def _drawn(page: MethodologyAudit) -> list[Block]:
    """Return the chances of certification as bars, those that are neither sure nor impossible first where many."""
    words, table = page.words, page.confidence.table
    open_first = (table["certified"] - 0.5).abs().sort_values(kind="stable").index[:_MOST_DRAWN]
    chances = table.loc[open_first, "certified"].sort_values(ascending=False, kind="stable")
    rows = [
        Share(label=page._applicant(name), right=Fraction(round(float(value) * 10_000), 10_000))
        for name, value in zip(chances.index, chances, strict=True)
    ]
    told = [words("audit.uncertainty.chart_item", name=row.label, share=percent(float(row.right), 1)) for row in rows]
    alt = words("audit.uncertainty.chart_alt", items=told)
    chart = shares_chart(rows, title=words("audit.uncertainty.chart"), alt=alt, label_room=200.0)
    return [Drawing(chart=chart)] if chart else []


def _indices(page: MethodologyAudit) -> list[Block]:
    words = page.words
    found = sensitivity(page.arrays, page.plan, seed=page.plan.seed)
    rows = []
    for name, row in zip(found.table.index, found.table.to_dict("records"), strict=True):
        cells = [words(f"research.part.{name}")]
        for kind in ("first", "total"):
            cells += [shown(row[kind], 2), _interval(row[f"{kind}_low"], row[f"{kind}_high"], 2)]
        rows.append(cells)
    interval = words("audit.uncertainty.interval")
    heads = [
        words("research.head.rule"),
        words("audit.uncertainty.first"),
        interval,
        words("audit.uncertainty.total"),
        interval,
    ]
    note = Paragraph(text=words("audit.uncertainty.runs", runs=found.runs), style="quiet")
    return [*page._grid(words("audit.uncertainty.sobol"), heads, rows), note]


def links(page: MethodologyAudit) -> list[Block]:
    """Return correlations of totals with population and size type, and of the two kinds of indicators."""
    words, arrays = page.words, page.arrays
    totals = page.scorer.nominal().totals[0]
    known = arrays.population > 0
    large = (arrays.sizes == SIZES.index(SizeType.LARGE)).astype(np.float64)
    kinds = {kind: [j for j, one in enumerate(arrays.indicators) if one.kind is kind] for kind in IndicatorKind}
    points = page.standard.shares.fillna(0.0).to_numpy(np.float64) * arrays.points
    parts = {kind: points[:, columns].sum(axis=1) for kind, columns in kinds.items()}
    figures = {
        "population": (np.log(arrays.population[known]), totals[known]),
        "large": (large, totals),
        "quantitative": (parts[IndicatorKind.QUANTITATIVE], parts[IndicatorKind.QUALITATIVE]),
    }
    rows = [
        (words(f"audit.links.{name}"), shown(_correlation(x, y), 2), str(x.size)) for name, (x, y) in figures.items()
    ]
    heads = [words(f"audit.links.{name}") for name in ("figure", "correlation", "number")]
    note = Paragraph(text=words("audit.links.note"), style="quiet")
    return [*page._grid(words("audit.links.table"), heads, rows), note]


def pictures(page: MethodologyAudit) -> list[Block]:
    """Return how results are shown, and how many totals lie about each bound."""
    found = bunching({page.opened.round.id: page.arrays}, _WIDTH)
    return [Paragraph(text=page.words("audit.pictures.lead")), *bunching_blocks(page, found, _WIDTH)]


def _interval(low: object, high: object, digits: int) -> str:
    return f"[{shown(low, digits)}; {shown(high, digits)}]"


def _correlation(x: Floats, y: Floats) -> float:
    if x.size < 3 or x.std() == 0 or y.std() == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
