"""Steps 6 and 8 of the audit: weights as written and as they work, and the way back from results to the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcert.analysis.coherence import importance, left_out
from smartcert.analysis.flips import Lever, smallest_changes
from smartcert.analysis.settings import Aggregation
from smartcert.analysis.weights import effect, named_weights
from smartcert.analysis.what_if import Change, what_if
from smartcert.reporting.blocks import Block, Paragraph
from smartcert.workbook.explorer_views import EFFECT, effect_cells
from smartcert.workbook.research import percent, shown

if TYPE_CHECKING:
    from smartcert.workbook.audit import MethodologyAudit

_MOST = 15
_NEAREST = 6


def weighting(page: MethodologyAudit) -> list[Block]:
    """Return nominal weight, effective weight and importance, and what other weights and means would do."""
    words = page.words
    made = importance(page.standard)
    ordered = made.reindex((made["ratio"] - 1).abs().sort_values(ascending=False).index)
    rows = [
        (
            page._indicator(name),
            percent(ordered.at[name, "nominal"]),
            percent(ordered.at[name, "effective"]),
            shown(ordered.at[name, "importance"], 2),
            shown(ordered.at[name, "ratio"], 2),
        )
        for name in ordered.index
    ]
    heads = [
        words("research.indicator"),
        *(words(f"audit.weighting.{name}") for name in ("nominal", "effective", "importance", "ratio")),
    ]
    _, results = effect(page.arrays, named_weights(page.standard), page.scorer)
    sets = [[words(f"research.weights_set.{name}"), *effect_cells(one.table)] for name, one in results.items()]
    means = []
    for aggregation in (Aggregation.GEOMETRIC, Aggregation.HARMONIC):
        table = what_if(page.arrays, Change(aggregation=aggregation), page.scorer).table
        means.append([words(f"research.aggregation.{aggregation}"), *effect_cells(table)])
    return [
        *page._grid(words("audit.weighting.table"), heads, rows, most=_MOST),
        Paragraph(text=words("audit.weighting.note"), style="quiet"),
        *page._grid(words("audit.weighting.sets"), page._heads("weights", *EFFECT), sets),
        *page._grid(words("audit.weighting.means"), page._heads("rule", *EFFECT), means),
    ]


def back(page: MethodologyAudit) -> list[Block]:
    """Return the smallest moves for the applicants nearest to the bound, and what leaving indicators out would do."""
    words, setting = page.words, page.scorer.setting
    bound = setting.bounds[setting.certified_from] * page.arrays.out_of / 100
    totals = dict(zip(page.arrays.ids, page.scorer.nominal().totals[0], strict=True))
    nearest = sorted(totals, key=lambda name: abs(float(totals[name]) - bound))[:_NEAREST]
    rows = []
    for applicant in nearest:
        found = smallest_changes(page.arrays, applicant, page.scorer).groupby("lever", sort=False).head(1)
        for row in found.to_dict("records"):
            digits = 4 if row["lever"] == Lever.WEIGHT else 2
            name = "—" if row["lever"] == Lever.BOUND else str(row["name"])
            after = "—" if row["lever"] == Lever.EVALUATOR else shown(row["after"], digits)
            before = "—" if row["lever"] == Lever.EVALUATOR else shown(row["before"], digits)
            size = "—" if row["lever"] == Lever.EVALUATOR else shown(row["size"], digits)
            lever = words(f"research.lever.{row['lever']}")
            rows.append((page._applicant(applicant), lever, name, before, after, size))
    gone = left_out(page.arrays, page.scorer).sort_values(["levels_moved", "points"], ascending=False).head(_MOST)
    leaving = [
        (
            page._indicator(name),
            *(shown(gone.at[name, key], 0) for key in ("levels_moved", "gains", "loses")),
            *(shown(gone.at[name, key]) for key in ("points", "places")),
        )
        for name in gone.index
    ]
    heads = [words("research.applicant"), *page._heads("lever", "name", "before", "after", "size")]
    return [
        *page._grid(words("audit.back.nearest"), heads, rows, frozenset({3, 4, 5})),
        *page._grid(words("audit.back.left_out"), [words("research.indicator"), *page._heads(*EFFECT)], leaving),
    ]
