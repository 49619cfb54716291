"""The audit of the method: the ten steps of the OECD and JRC handbook as a checklist with a round's figures."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property, wraps

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import AbsentPolicy, Aggregation, RoundArrays
from smartcert.analysis.indices import audit
from smartcert.analysis.indices.coherence import (
    IndicatorTable,
    build_indicator_table,
    count_dimensions,
    describe,
    measure_reliability,
)
from smartcert.analysis.indices.treat import Transform, Treatment, treat
from smartcert.analysis.monte_carlo import Plan, WeightRange, check_draws
from smartcert.analysis.results import TableResult
from smartcert.analysis.sensitivity import SobolIndices, sensitivity
from smartcert.analysis.thresholds import Lever, smallest_changes
from smartcert.analysis.uncertainty import Confidence, confidence
from smartcert.analysis.what_if import Change, what_if
from smartcert.notebook.page import (
    EFFECT_COLUMNS,
    ResearchPage,
    format_effect,
    format_number,
    format_percent,
    format_sums,
)
from smartcert.reporting.charts.round import Share, draw_shares_chart
from smartcert.reporting.page import Block, ChartBlock, ListBlock, PageSection, ParagraphBlock
from smartcert.services.rounds import OpenRound

STEPS = (
    *("framework", "selection", "gaps", "multivariate", "normalisation"),
    *("weighting", "uncertainty", "back", "links", "pictures"),
)
"""The steps of the handbook (OECD and JRC 2008) in their order; each is a method of the page."""
_MOST_ROWS = 15
"""How many rows of the long tables are shown: those that say most."""
_SURE_FROM = 0.95
"""The confidence from which on a level counts as sure in the text; no rule of the certification."""
_BUNCHING_WIDTH = 20.0
"""Points on each side of a bound within which totals are counted."""
_MOST_DRAWN = 40
_NEAREST = 6


def _step(build: Callable[..., list[Block]]) -> Callable[..., PageSection]:
    """Turn a method that returns the blocks of a step into one that returns its section.

    Where a figure cannot be given, the section says why.
    """

    @wraps(build)
    def section(page: MethodologyAudit, *results: object) -> PageSection:
        name = build.__name__
        blocks = page.blocks_or_reason(lambda: build(page, *results))
        return page.add_blocks(name, page.words(f"audit.{name}.title"), blocks)

    return section


class MethodologyAudit(ResearchPage):
    """The ten steps of the audit in one language; a step keeps its number when others are left out."""

    section_order = STEPS

    def __init__(
        self,
        opened: OpenRound,
        language: str,
        draws: int,
        seed: int,
        percent: float,
        arrays: RoundArrays | None = None,
    ) -> None:
        super().__init__(opened, language, arrays)
        check_draws("draws", draws, 1, self.arrays)
        self.draws = draws
        self.percent = percent
        self.plan = Plan(seed=seed, weights=WeightRange(amount=percent))

    @cached_property
    def standard(self) -> IndicatorTable:
        """Return what is audited."""
        return build_indicator_table(self.arrays, self.scorer)

    def head(self) -> PageSection:
        """Return the page's header, with draws and seed."""
        words = self.words
        facts = [(words("research.draws"), f"{self.draws:,}"), (words("research.seed"), str(self.plan.seed))]
        return self.add_head("audit.title", facts)

    @_step
    def framework(self) -> list[Block]:
        """Return step 1: domains with their items and indicators, and how firmly the edition stands."""
        words, edition, arrays = self.words, self.opened.rules.edition, self.arrays
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
            quantitative = sum(indicator.kind == "quantitative" for indicator in indicators)
            items = len(list(domain.items()))
            rows.append(
                (
                    words.show(domain.name, "text"),
                    format_number(domain.points, 0),
                    str(items),
                    str(len(indicators)),
                    str(quantitative),
                )
            )
        heads = [
            words("research.group"),
            words("research.out_of"),
            *(words(f"audit.framework.{name}") for name in ("items", "indicators", "quantitative")),
        ]
        status = words("audit.framework.status", status=f"status.{edition.basis.status.value}")
        note = ParagraphBlock(text=words.show(edition.note, "text"), style="note warn")
        table = self.build_table(words("audit.framework.table"), heads, rows)
        return [ParagraphBlock(text=lead, style="lead"), ParagraphBlock(text=status), note, *table]

    @_step
    def selection(self, separating: TableResult | None = None, documenting: TableResult | None = None) -> list[Block]:
        """Return step 2: indicators by how little they separate, with the burden of documenting them.

        These are the results of `audit.separation` and `audit.burden`. Here and in the other steps, what a notebook has
        already is not computed again.
        """
        words, separation = self.words, (separating or audit.separation(self.standard)).table
        burden = (documenting or audit.burden(self.opened, self.standard)).table
        kinds = {
            "nobody": list(separation.index[separation["separates"] == "nobody"]),
            "little": list(separation.index[separation["separates"] == "little"]),
            "heavy": list(burden.index[burden["heavy_for_little"]]),
        }
        lines = [
            words(f"audit.selection.{kind}", count=len(names), names=self.list_names(map(str, names)))
            for kind, names in kinds.items()
        ]
        ordered = separation.sort_values("deviation").head(_MOST_ROWS)
        rows = [
            (
                self.name_indicator(name),
                format_number(ordered.at[name, "deviation"], 3),
                format_percent(ordered.at[name, "commonest"], 0),
                format_percent(burden.at[name, "burden"], 0) if name in burden.index else "—",
            )
            for name in ordered.index
        ]
        heads = [
            words("research.indicator"),
            *(words(f"audit.selection.{name}") for name in ("deviation", "commonest", "burden")),
        ]
        note = ParagraphBlock(text=words("audit.selection.note"), style="quiet")
        return [ListBlock(items=lines), *self.build_table(words("audit.selection.table"), heads, rows), note]

    @_step
    def gaps(self) -> list[Block]:
        """Return step 3: how much is missing and where, and what each policy for absent values would do."""
        words, arrays = self.words, self.arrays
        quantitative = [j for j in range(len(arrays.names)) if j not in arrays.qualitative]
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
            (self.name_indicator(arrays.names[j]), format_percent(float((arrays.gaps[:, j] == 0).mean()), 1))
            for j in with_gaps
        ]
        rows = []
        for policy in (AbsentPolicy.ZERO, AbsentPolicy.REDISTRIBUTE):
            changed = what_if(arrays, Change(absent=policy), self.scorer)
            rows.append([words(f"research.absent.{policy}"), *format_effect(changed)])
        heads = [words("research.indicator"), words("audit.gaps.available")]
        policies = [words("audit.gaps.policy"), *self.list_headings(*EFFECT_COLUMNS)]
        return [
            ParagraphBlock(text=lead, style="lead"),
            *self.build_table(words("audit.gaps.coverage"), heads, coverage, most=_MOST_ROWS),
            *self.build_table(words("audit.gaps.table"), policies, rows),
        ]

    @_step
    def multivariate(self, correlated: TableResult | None = None) -> list[Block]:
        """Return step 4: reliability and principal components of items and domains, and the flagged correlations.

        The latter are of the result of `audit.correlations`.
        """
        words, standard = self.words, self.standard
        alphas, parts = measure_reliability(standard), count_dimensions(standard)
        rows = []
        for name in alphas.index:
            row = parts.loc[name] if name in parts.index else None
            rows.append(
                (
                    self._name_section(str(name)),
                    str(alphas.at[name, "indicators"]),
                    format_number(alphas.at[name, "listwise"], 2),
                    format_number(alphas.at[name, "pairwise"], 2),
                    format_percent(row["first"], 0) if row is not None else "—",
                    "—" if row is None or row["reason"] else str(row["components"]),
                )
            )
        heads = [
            words("research.group"),
            words("audit.framework.indicators"),
            *(words(f"audit.multivariate.{name}") for name in ("alpha", "pairwise", "first", "components")),
        ]
        pairs = (correlated or audit.correlations(standard)).table
        counts = pairs["flag"].value_counts()
        flags = {name: int(counts.get(name, 0)) for name in ("negative", "redundant", "weak", "constant")}
        flagged = pairs[pairs["flag"].isin(["negative", "redundant"])]
        flagged = flagged.reindex(flagged["correlation"].abs().sort_values(ascending=False).index)
        pair_rows = [
            (
                self.name_indicator(row["first"]),
                self.name_indicator(row["second"]),
                format_number(row["correlation"], 3),
                words(f"audit.multivariate.{row['flag']}"),
            )
            for row in flagged.to_dict("records")
        ]
        pair_heads = [
            words(f"audit.multivariate.{name}") for name in ("first_of_pair", "second", "correlation", "flag")
        ]
        return [
            *self.build_table(words("audit.multivariate.table"), heads, rows),
            ParagraphBlock(text=words("audit.multivariate.flags", **flags)),
            *self.build_table(
                words("audit.multivariate.pairs"), pair_heads, pair_rows, frozenset({2}), most=_MOST_ROWS
            ),
        ]

    def _name_section(self, name: str) -> str:
        """Return id and name of a domain or item, or the words for the complete set of indicators (an empty id)."""
        if not name:
            return self.words("research.whole")
        edition = self.opened.rules.edition
        sections = {part.id: part.name for domain in edition.domains for part in (domain, *domain.items())}
        return f"{name} {self.words.show(sections[name], 'text')}"

    @_step
    def normalisation(self) -> list[Block]:
        """Return step 5: outliers, how many values their treatment changes, and scales used at their ends."""
        words, arrays = self.words, self.arrays
        measured = [name for j, name in enumerate(arrays.names) if j not in arrays.qualitative]
        raw = self.standard.shares[measured].copy()
        raw.loc[:, :] = arrays.values[:, [arrays.column(name) for name in measured]]
        moments = describe(raw)
        outlying = [str(name) for name in moments.index[moments["outliers"]]]
        changed = treat(raw, Treatment(then=Transform.NONE)).changed
        shares = self.standard.shares
        ends = {name: ((shares[name] == 0).mean(), np.isclose(shares[name], 1).mean()) for name in arrays.names}
        ordered = sorted(ends, key=lambda name: -sum(ends[name]))[:_MOST_ROWS]
        rows = [
            (
                self.name_indicator(name),
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
        lead = words("audit.normalisation.lead", count=len(outlying), names=self.list_names(outlying))
        return [
            ParagraphBlock(text=lead),
            ParagraphBlock(text=words("audit.normalisation.changed", count=len(changed))),
            *self.build_table(words("audit.normalisation.table"), heads, rows),
        ]

    @_step
    def weighting(self, mattering: TableResult | None = None, weighted: TableResult | None = None) -> list[Block]:
        """Return step 6: nominal and effective weight and importance, and what other weights and means would do.

        These are the results of `audit.importance` and of `audit.weights` without sets of one's own.
        """
        words = self.words
        importance = (mattering or audit.importance(self.standard)).table
        ordered = importance.reindex((importance["ratio"] - 1).abs().sort_values(ascending=False).index)
        rows = [
            (
                self.name_indicator(name),
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
        effects = (weighted or audit.weights(self.arrays, scorer=self.scorer)).table
        sets = [[words(f"research.weights_set.{name}"), *format_sums(effects.loc[name])] for name in effects.index]
        means = []
        for aggregation in (Aggregation.GEOMETRIC, Aggregation.HARMONIC):
            changed = what_if(self.arrays, Change(aggregation=aggregation), self.scorer)
            means.append([words(f"research.aggregation.{aggregation}"), *format_effect(changed)])
        return [
            *self.build_table(words("audit.weighting.table"), heads, rows, most=_MOST_ROWS),
            ParagraphBlock(text=words("audit.weighting.note"), style="quiet"),
            *self.build_table(words("audit.weighting.sets"), self.list_headings("weights", *EFFECT_COLUMNS), sets),
            *self.build_table(words("audit.weighting.means"), self.list_headings("rule", *EFFECT_COLUMNS), means),
        ]

    @_step
    def uncertainty(self, sure: Confidence | None = None, indices: SobolIndices | None = None) -> list[Block]:
        """Return step 7: the confidence in every level with intervals, and the Sobol indices of what varies.

        Both are those of the page's plan; where a notebook has them already, they are not computed again.
        """
        words = self.words
        table = (sure or confidence(self.arrays, self.plan, self.draws)).table
        ordered = table.sort_values(["certified", "points"], ascending=False)
        lead = words(
            "audit.uncertainty.lead",
            draws=self.draws,
            sure=int((table["confidence"] >= _SURE_FROM).sum()),
            count=len(table),
        )
        rows = [
            (
                self.name_applicant(name),
                self.format_level(ordered.at[name, "level"]),
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
            ParagraphBlock(text=words("audit.uncertainty.plan", percent=Fraction(str(self.percent)))),
            *self._chart_chances(table),
            *self.build_table(words("audit.uncertainty.table"), heads, rows),
            *self.blocks_or_reason(lambda: self._build_sobol_table(indices)),
        ]

    def _chart_chances(self, table: pd.DataFrame) -> list[Block]:
        """Return the chances of certification as bars.

        Of many applicants only those whose chance is nearest to one half are drawn: a bar that is full or empty says
        little, and all of them stand in the table below.
        """
        words = self.words
        least_sure = (table["certified"] - 0.5).abs().sort_values(kind="stable").index[:_MOST_DRAWN]
        chances = table.loc[least_sure, "certified"].sort_values(ascending=False, kind="stable")
        shares = [
            (self.name_applicant(name), Fraction(round(float(value) * 10_000), 10_000))
            for name, value in zip(chances.index, chances, strict=True)
        ]
        rows = [Share(label=name, right=share) for name, share in shares]
        sentences = [
            words("audit.uncertainty.chart_item", name=name, share=format_percent(float(share), 1))
            for name, share in shares
        ]
        alt = words("audit.uncertainty.chart_alt", items=sentences)
        chart = draw_shares_chart(rows, title=words("audit.uncertainty.chart"), alt=alt, label_width=200.0)
        return [ChartBlock(chart=chart)] if chart else []

    def _build_sobol_table(self, indices: SobolIndices | None) -> list[Block]:
        words = self.words
        result = indices or sensitivity(self.arrays, self.plan, seed=self.plan.seed)
        rows = []
        for name, row in zip(result.table.index, result.table.to_dict("records"), strict=True):
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
        note = ParagraphBlock(text=words("audit.uncertainty.runs", runs=result.runs), style="quiet")
        return [*self.build_table(words("audit.uncertainty.sobol"), heads, rows), note]

    @_step
    def back(self, left_out: TableResult | None = None) -> list[Block]:
        """Return step 8: the smallest moves that change the nearest verdicts, and what leaving indicators out does.

        ``left_out`` is the result of `audit.leave_one_out` where a notebook has it already.
        """
        words, setting = self.words, self.scorer.setting
        bound = setting.bounds[setting.certified_from] * self.arrays.out_of / 100
        totals = dict(zip(self.arrays.ids, self.scorer.official.totals[0], strict=True))
        nearest = sorted(totals, key=lambda name: abs(float(totals[name]) - bound))[:_NEAREST]
        rows = []
        for applicant in nearest:
            smallest = smallest_changes(self.arrays, applicant, self.scorer).groupby("lever", sort=False).head(1)
            for row in smallest.to_dict("records"):
                lever, digits = row["lever"], 4 if row["lever"] == Lever.WEIGHT else 2
                cells = (
                    "—" if lever == Lever.EVALUATOR else format_number(row[key], digits)
                    for key in ("before", "after", "size")
                )
                name = "—" if lever == Lever.BOUND else str(row["name"])
                rows.append((self.name_applicant(applicant), words(f"research.lever.{lever}"), name, *cells))
        dropped = (
            (left_out or audit.leave_one_out(self.arrays, self.scorer))
            .table.sort_values(["levels_moved", "points"], ascending=False)
            .head(_MOST_ROWS)
        )
        dropped_rows = [
            (
                self.name_indicator(name),
                *(format_number(dropped.at[name, key], 0) for key in ("levels_moved", "gains", "loses")),
                *(format_number(dropped.at[name, key]) for key in ("points", "places")),
            )
            for name in dropped.index
        ]
        heads = [words("research.applicant"), *self.list_headings("lever", "name", "before", "after", "size")]
        return [
            *self.build_table(words("audit.back.nearest"), heads, rows, frozenset({3, 4, 5})),
            *self.build_table(
                words("audit.back.left_out"),
                [words("research.indicator"), *self.list_headings(*EFFECT_COLUMNS)],
                dropped_rows,
            ),
        ]

    @_step
    def links(self, linked: TableResult | None = None) -> list[Block]:
        """Return step 9: correlations of totals with population and size type, and of the two kinds of indicators.

        These are the result of `audit.links`.
        """
        words, table = self.words, (linked or audit.links(self.arrays, self.scorer)).table
        rows = [
            (words(f"audit.links.{name}"), format_number(row["correlation"], 2), str(int(row["number"])))
            for name, (_, row) in zip(("population", "large", "quantitative"), table.iterrows(), strict=True)
        ]
        heads = [words(f"audit.links.{name}") for name in ("figure", "correlation", "number")]
        note = ParagraphBlock(text=words("audit.links.note"), style="quiet")
        return [*self.build_table(words("audit.links.table"), heads, rows), note]

    @_step
    def pictures(self) -> list[Block]:
        """Return step 10: how results are shown, and how many totals lie about each bound."""
        return [ParagraphBlock(text=self.words("audit.pictures.lead")), *self.build_bunching_blocks(_BUNCHING_WIDTH)]


def _interval(low: object, high: object, digits: int) -> str:
    return f"[{format_number(low, digits)}; {format_number(high, digits)}]"
