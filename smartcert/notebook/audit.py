"""Methodology audit."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from smartcert.analysis import frames
from smartcert.analysis.arrays import SIZE_TYPES, AbsentPolicy, Aggregation, Floats
from smartcert.analysis.coherence import (
    IndicatorTable,
    build_indicator_table,
    correlations,
    count_dimensions,
    describe,
    leave_one_out,
    measure_burden,
    measure_importance,
    measure_reliability,
    measure_separation,
    treat_outliers,
)
from smartcert.analysis.monte_carlo import Plan, WeightRange
from smartcert.analysis.sensitivity import sensitivity
from smartcert.analysis.thresholds import Lever, smallest_changes
from smartcert.analysis.uncertainty import Confidence, confidence
from smartcert.analysis.weights import compare_weights, named_weights
from smartcert.analysis.what_if import Change, bunching, what_if
from smartcert.model.applicant import SizeType
from smartcert.model.indicator import IndicatorKind
from smartcert.notebook.comparison import build_bunching_blocks
from smartcert.notebook.explorer import EFFECT_COLUMNS, format_effect
from smartcert.notebook.page import ResearchPage, format_number, format_percent
from smartcert.reporting.charts.round import Share, draw_shares_chart
from smartcert.reporting.page import Block, ChartBlock, ListBlock, PageSection, ParagraphBlock
from smartcert.services.rounds import OpenRound

# --- Steps 1 to 5 of the audit: the standard, its data, their gaps, how they hang together, and their scales.

_MOST = 15


def framework(page: MethodologyAudit) -> list[Block]:
    """Return domains with their items and indicators, and how firmly the edition stands."""
    words, edition, arrays = page.words, page.opened.rules.edition, page.arrays
    lead = words(
        "audit.framework.lead",
        domains=len(arrays.domains),
        items=len(arrays.items),
        indicators=len(arrays.names),
        points=edition.points,
    )
    rows = []
    for domain in edition.domains:
        indicators = list(domain.walk())
        figures = sum(one.kind == "quantitative" for one in indicators)
        items = len(list(domain.items()))
        rows.append(
            (
                words.show(domain.name, "text"),
                format_number(domain.points, 0),
                str(items),
                str(len(indicators)),
                str(figures),
            )
        )
    heads = [
        words("research.group"),
        words("research.out_of"),
        *(words(f"audit.framework.{name}") for name in ("items", "indicators", "quantitative")),
    ]
    status = words("audit.framework.status", status=f"status.{edition.basis.status.value}")
    note = ParagraphBlock(text=words.show(edition.note, "text"), style="note warn")
    table = page._grid(words("audit.framework.table"), heads, rows)
    return [ParagraphBlock(text=lead, style="lead"), ParagraphBlock(text=status), note, *table]


def selection(page: MethodologyAudit) -> list[Block]:
    """Return indicators by how little they separate, with the trouble of documenting them."""
    words, told = page.words, measure_separation(page.standard)
    heavy = measure_burden(page.standard, page.scores)
    found = {
        "nobody": list(told.index[told["separates"] == "nobody"]),
        "little": list(told.index[told["separates"] == "little"]),
        "heavy": list(heavy.index[heavy["heavy_for_little"]]),
    }
    lines = [
        words(f"audit.selection.{kind}", count=len(names), names=page._list(map(str, names)))
        for kind, names in found.items()
    ]
    ordered = told.sort_values("deviation").head(_MOST)
    rows = [
        (
            page._indicator(name),
            format_number(ordered.at[name, "deviation"], 3),
            format_percent(ordered.at[name, "commonest"], 0),
            format_percent(heavy.at[name, "burden"], 0) if name in heavy.index else "—",
        )
        for name in ordered.index
    ]
    heads = [
        words("research.indicator"),
        *(words(f"audit.selection.{name}") for name in ("deviation", "commonest", "burden")),
    ]
    note = ParagraphBlock(text=words("audit.selection.note"), style="quiet")
    return [ListBlock(items=lines), *page._grid(words("audit.selection.table"), heads, rows), note]


def gaps(page: MethodologyAudit) -> list[Block]:
    """Return how much is missing and where, and what each policy would do."""
    words, arrays = page.words, page.arrays
    quantitative = [j for j in range(len(arrays.names)) if j not in arrays.marked]
    values = arrays.gaps[:, quantitative]
    lead = words(
        "audit.gaps.lead",
        absent=int((values == 1).sum()),
        not_applicable=int((values == 2).sum()),
        values=int(values.size),
    )
    with_gaps = [j for j in quantitative if arrays.gaps[:, j].any()]
    with_gaps.sort(key=lambda j: -int((arrays.gaps[:, j] > 0).sum()))
    coverage = [
        (page._indicator(arrays.names[j]), format_percent(float((arrays.gaps[:, j] == 0).mean()), 1)) for j in with_gaps
    ]
    rows = []
    for policy in (AbsentPolicy.ZERO, AbsentPolicy.REDISTRIBUTE):
        table = what_if(arrays, Change(absent=policy), page.scorer).table
        rows.append([words(f"research.absent.{policy}"), *format_effect(table)])
    heads = [words("research.indicator"), words("audit.gaps.available")]
    policies = [words("audit.gaps.policy"), *page._heads(*EFFECT_COLUMNS)]
    return [
        ParagraphBlock(text=lead, style="lead"),
        *page._grid(words("audit.gaps.coverage"), heads, coverage, most=_MOST),
        *page._grid(words("audit.gaps.table"), policies, rows),
    ]


def multivariate(page: MethodologyAudit) -> list[Block]:
    """Return reliability and components of items and domains, and the flagged pairs."""
    words, standard = page.words, page.standard
    alphas, parts = measure_reliability(standard), count_dimensions(standard)
    rows = []
    for name in alphas.index:
        one = parts.loc[name] if name in parts.index else None
        rows.append(
            (
                _group(page, str(name)),
                str(alphas.at[name, "indicators"]),
                format_number(alphas.at[name, "listwise"], 2),
                format_number(alphas.at[name, "pairwise"], 2),
                format_percent(one["first"], 0) if one is not None else "—",
                "—" if one is None or one["reason"] else str(one["components"]),
            )
        )
    heads = [
        words("research.group"),
        words("audit.framework.indicators"),
        *(words(f"audit.multivariate.{name}") for name in ("alpha", "pairwise", "first", "components")),
    ]
    pairs = correlations(standard.shares, standard.items)
    counts = pairs["flag"].value_counts()
    flags = {name: int(counts.get(name, 0)) for name in ("negative", "redundant", "weak", "constant")}
    flagged = pairs[pairs["flag"].isin(["negative", "redundant"])]
    flagged = flagged.reindex(flagged["correlation"].abs().sort_values(ascending=False).index)
    told = [
        (
            page._indicator(row["first"]),
            page._indicator(row["second"]),
            format_number(row["correlation"], 2),
            words(f"audit.multivariate.{row['flag']}"),
        )
        for row in flagged.to_dict("records")
    ]
    pair_heads = [words(f"audit.multivariate.{name}") for name in ("first_of_pair", "second", "correlation", "flag")]
    return [
        *page._grid(words("audit.multivariate.table"), heads, rows),
        ParagraphBlock(text=words("audit.multivariate.flags", **flags)),
        *page._grid(words("audit.multivariate.pairs"), pair_heads, told, frozenset({2}), most=_MOST),
    ]


def normalisation(page: MethodologyAudit) -> list[Block]:
    """Return columns with outliers, how many values treating them would change, and scales used at their ends."""
    words, arrays = page.words, page.arrays
    own = [name for j, name in enumerate(arrays.names) if j not in arrays.marked]
    raw = page.standard.shares[own].copy()
    raw.loc[:, :] = arrays.values[:, [arrays.column(name) for name in own]]
    moments = describe(raw)
    outlying = [str(name) for name in moments.index[moments["outliers"]]]
    _, changed = treat_outliers(raw)
    shares = page.standard.shares
    ends = {name: ((shares[name] == 0).mean(), np.isclose(shares[name], 1).mean()) for name in arrays.names}
    ordered = sorted(ends, key=lambda name: -sum(ends[name]))[:_MOST]
    rows = [
        (
            page._indicator(name),
            format_percent(ends[name][0], 0),
            format_percent(ends[name][1], 0),
            format_number(moments.at[name, "skewness"], 2) if name in moments.index else "—",
            format_number(moments.at[name, "kurtosis"], 2) if name in moments.index else "—",
        )
        for name in ordered
    ]
    heads = [
        words("research.indicator"),
        *(words(f"audit.normalisation.{name}") for name in ("none", "full", "skewness", "kurtosis")),
    ]
    lead = words("audit.normalisation.lead", count=len(outlying), names=page._list(outlying))
    return [
        ParagraphBlock(text=lead),
        ParagraphBlock(text=words("audit.normalisation.changed", count=len(changed))),
        *page._grid(words("audit.normalisation.table"), heads, rows),
    ]


def _group(page: MethodologyAudit, name: str) -> str:
    if not name:
        return page.words("research.whole")
    edition = page.opened.rules.edition
    sections = {one.id: one.name for domain in edition.domains for one in (domain, *domain.items())}
    return f"{name} {page.words.show(sections[name], 'text')}"


# --- Steps 7, 9 and 10 of the audit: how sure results are, what else they go with, and how they are shown.

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
            format_percent(ordered.at[name, "confidence"]),
            format_percent(ordered.at[name, "certified"]),
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
        ParagraphBlock(text=lead, style="lead"),
        ParagraphBlock(text=words("audit.uncertainty.plan", percent=Fraction(str(page.percent)))),
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
    told = [
        words("audit.uncertainty.chart_item", name=row.label, share=format_percent(float(row.right), 1)) for row in rows
    ]
    alt = words("audit.uncertainty.chart_alt", items=told)
    chart = draw_shares_chart(rows, title=words("audit.uncertainty.chart"), alt=alt, label_room=200.0)
    return [ChartBlock(chart=chart)] if chart else []


def _indices(page: MethodologyAudit) -> list[Block]:
    words = page.words
    found = sensitivity(page.arrays, page.plan, seed=page.plan.seed)
    rows = []
    for name, row in zip(found.table.index, found.table.to_dict("records"), strict=True):
        cells = [words(f"research.part.{name}")]
        for kind in ("first", "total"):
            cells += [format_number(row[kind], 2), _interval(row[f"{kind}_low"], row[f"{kind}_high"], 2)]
        rows.append(cells)
    interval = words("audit.uncertainty.interval")
    heads = [
        words("research.head.rule"),
        words("audit.uncertainty.first"),
        interval,
        words("audit.uncertainty.total"),
        interval,
    ]
    note = ParagraphBlock(text=words("audit.uncertainty.runs", runs=found.runs), style="quiet")
    return [*page._grid(words("audit.uncertainty.sobol"), heads, rows), note]


def links(page: MethodologyAudit) -> list[Block]:
    """Return correlations of totals with population and size type, and of the two kinds of indicators."""
    words, arrays = page.words, page.arrays
    totals = page.scorer.nominal().totals[0]
    known = arrays.population > 0
    large = (arrays.sizes == SIZE_TYPES.index(SizeType.LARGE)).astype(np.float64)
    kinds = {kind: [j for j, one in enumerate(arrays.indicators) if one.kind is kind] for kind in IndicatorKind}
    points = page.standard.shares.fillna(0.0).to_numpy(np.float64) * arrays.points
    parts = {kind: points[:, columns].sum(axis=1) for kind, columns in kinds.items()}
    figures = {
        "population": (np.log(arrays.population[known]), totals[known]),
        "large": (large, totals),
        "quantitative": (parts[IndicatorKind.QUANTITATIVE], parts[IndicatorKind.QUALITATIVE]),
    }
    rows = [
        (words(f"audit.links.{name}"), format_number(_correlation(x, y), 2), str(x.size))
        for name, (x, y) in figures.items()
    ]
    heads = [words(f"audit.links.{name}") for name in ("figure", "correlation", "number")]
    note = ParagraphBlock(text=words("audit.links.note"), style="quiet")
    return [*page._grid(words("audit.links.table"), heads, rows), note]


def pictures(page: MethodologyAudit) -> list[Block]:
    """Return how results are shown, and how many totals lie about each bound."""
    found = bunching({page.opened.round.id: page.arrays}, _WIDTH)
    return [ParagraphBlock(text=page.words("audit.pictures.lead")), *build_bunching_blocks(page, found, _WIDTH)]


def _interval(low: object, high: object, digits: int) -> str:
    return f"[{format_number(low, digits)}; {format_number(high, digits)}]"


def _correlation(x: Floats, y: Floats) -> float:
    if x.size < 3 or x.std() == 0 or y.std() == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


# --- Steps 6 and 8 of the audit: weights as written and as they work, and the way back from results to the data.

_AUDIT_WEIGHTS_MOST = 15
_NEAREST = 6


def weighting(page: MethodologyAudit) -> list[Block]:
    """Return nominal weight, effective weight and importance, and what other weights and means would do."""
    words = page.words
    made = measure_importance(page.standard)
    ordered = made.reindex((made["ratio"] - 1).abs().sort_values(ascending=False).index)
    rows = [
        (
            page._indicator(name),
            format_percent(ordered.at[name, "nominal"]),
            format_percent(ordered.at[name, "effective"]),
            format_number(ordered.at[name, "importance"], 2),
            format_number(ordered.at[name, "ratio"], 2),
        )
        for name in ordered.index
    ]
    heads = [
        words("research.indicator"),
        *(words(f"audit.weighting.{name}") for name in ("nominal", "effective", "importance", "ratio")),
    ]
    _, results = compare_weights(page.arrays, named_weights(page.standard), page.scorer)
    sets = [[words(f"research.weights_set.{name}"), *format_effect(one.table)] for name, one in results.items()]
    means = []
    for aggregation in (Aggregation.GEOMETRIC, Aggregation.HARMONIC):
        table = what_if(page.arrays, Change(aggregation=aggregation), page.scorer).table
        means.append([words(f"research.aggregation.{aggregation}"), *format_effect(table)])
    return [
        *page._grid(words("audit.weighting.table"), heads, rows, most=_AUDIT_WEIGHTS_MOST),
        ParagraphBlock(text=words("audit.weighting.note"), style="quiet"),
        *page._grid(words("audit.weighting.sets"), page._heads("weights", *EFFECT_COLUMNS), sets),
        *page._grid(words("audit.weighting.means"), page._heads("rule", *EFFECT_COLUMNS), means),
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
            after = "—" if row["lever"] == Lever.EVALUATOR else format_number(row["after"], digits)
            before = "—" if row["lever"] == Lever.EVALUATOR else format_number(row["before"], digits)
            size = "—" if row["lever"] == Lever.EVALUATOR else format_number(row["size"], digits)
            lever = words(f"research.lever.{row['lever']}")
            rows.append((page._applicant(applicant), lever, name, before, after, size))
    gone = (
        leave_one_out(page.arrays, page.scorer)
        .sort_values(["levels_moved", "points"], ascending=False)
        .head(_AUDIT_WEIGHTS_MOST)
    )
    leaving = [
        (
            page._indicator(name),
            *(format_number(gone.at[name, key], 0) for key in ("levels_moved", "gains", "loses")),
            *(format_number(gone.at[name, key]) for key in ("points", "places")),
        )
        for name in gone.index
    ]
    heads = [words("research.applicant"), *page._heads("lever", "name", "before", "after", "size")]
    return [
        *page._grid(words("audit.back.nearest"), heads, rows, frozenset({3, 4, 5})),
        *page._grid(
            words("audit.back.left_out"), [words("research.indicator"), *page._heads(*EFFECT_COLUMNS)], leaving
        ),
    ]


# --- The audit of the method: the ten steps of the JRC and OECD handbook as a checklist with this round's figures.

STEPS = (
    *("framework", "selection", "gaps", "multivariate", "normalisation"),
    *("weighting", "uncertainty", "back", "links", "pictures"),
)
"""The steps of the handbook (OECD and JRC 2008) in their order; each is a method of the page."""


class MethodologyAudit(ResearchPage):
    """The ten steps of the audit in one language. Where a figure cannot be given, the page says why."""

    def __init__(self, opened: OpenRound, language: str, draws: int, seed: int, percent: float) -> None:
        super().__init__(opened, language)
        self.draws = draws
        self.percent = percent
        self.plan = Plan(seed=seed, weights=WeightRange(amount=percent))

    @cached_property
    def standard(self) -> IndicatorTable:
        """Return what is audited."""
        return build_indicator_table(self.arrays, self.scorer)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Return a row per scored applicant and indicator."""
        return frames.scores(self.opened)

    @cached_property
    def confidence(self) -> Confidence:
        """Return how sure every level is."""
        return confidence(self.arrays, self.plan, self.draws)

    def head(self) -> PageSection:
        """Return the page's header, with draws and seed."""
        words = self.words
        facts = [(words("research.draws"), f"{self.draws:,}"), (words("research.seed"), str(self.plan.seed))]
        return self._head_of("audit.title", facts)

    def framework(self) -> PageSection:
        """Return step 1: what the standard is made of, and what it rests on."""
        return self._step("framework", framework(self))

    def selection(self) -> PageSection:
        """Return step 2: indicators that separate nobody, and those that are heavy to document for little."""
        return self._step("selection", self._or_reason(lambda: selection(self)))

    def gaps(self) -> PageSection:
        """Return step 3: what is missing, and what other policies for it would do."""
        return self._step("gaps", self._or_reason(lambda: gaps(self)))

    def multivariate(self) -> PageSection:
        """Return step 4: reliability, components and correlations."""
        return self._step("multivariate", self._or_reason(lambda: multivariate(self)))

    def normalisation(self) -> PageSection:
        """Return step 5: outliers, and scales that are used at their ends."""
        return self._step("normalisation", self._or_reason(lambda: normalisation(self)))

    def weighting(self) -> PageSection:
        """Return step 6: nominal and effective weights, other weights, other means."""
        return self._step("weighting", self._or_reason(lambda: weighting(self)))

    def uncertainty(self) -> PageSection:
        """Return step 7: how sure every level is, and what moves levels most."""
        return self._step("uncertainty", self._or_reason(lambda: uncertainty(self)))

    def back(self) -> PageSection:
        """Return step 8: the smallest moves that turn a verdict round, and leaving indicators out."""
        return self._step("back", self._or_reason(lambda: back(self)))

    def links(self) -> PageSection:
        """Return step 9: totals against what else is known of the applicants."""
        return self._step("links", self._or_reason(lambda: links(self)))

    def pictures(self) -> PageSection:
        """Return step 10: how results are shown, and how totals lie about the bounds."""
        return self._step("pictures", self._or_reason(lambda: pictures(self)))

    def _step(self, name: str, blocks: list[Block]) -> PageSection:
        return self._of(name, self.words(f"audit.{name}.title"), blocks)
