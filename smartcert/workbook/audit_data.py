"""Steps 1 to 5 of the audit: the standard, its data, their gaps, how they hang together, and their scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from smartcert.analysis.coherence import burden, dimensions, reliability, separation
from smartcert.analysis.settings import AbsentPolicy
from smartcert.analysis.statistics import correlations, describe, treat
from smartcert.analysis.what_if import Change, what_if
from smartcert.reporting.blocks import Block, Items, Paragraph
from smartcert.workbook.explorer_views import EFFECT, effect_cells
from smartcert.workbook.research import percent, shown

if TYPE_CHECKING:
    from smartcert.workbook.audit import MethodologyAudit

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
            (words.show(domain.name, "text"), shown(domain.points, 0), str(items), str(len(indicators)), str(figures))
        )
    heads = [
        words("research.group"),
        words("research.out_of"),
        *(words(f"audit.framework.{name}") for name in ("items", "indicators", "quantitative")),
    ]
    status = words("audit.framework.status", status=f"status.{edition.basis.status.value}")
    note = Paragraph(text=words.show(edition.note, "text"), style="note warn")
    table = page._grid(words("audit.framework.table"), heads, rows)
    return [Paragraph(text=lead, style="lead"), Paragraph(text=status), note, *table]


def selection(page: MethodologyAudit) -> list[Block]:
    """Return indicators by how little they separate, with the trouble of documenting them."""
    words, told = page.words, separation(page.standard)
    heavy = burden(page.standard, page.scores)
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
            shown(ordered.at[name, "deviation"], 3),
            percent(ordered.at[name, "commonest"], 0),
            percent(heavy.at[name, "burden"], 0) if name in heavy.index else "—",
        )
        for name in ordered.index
    ]
    heads = [
        words("research.indicator"),
        *(words(f"audit.selection.{name}") for name in ("deviation", "commonest", "burden")),
    ]
    note = Paragraph(text=words("audit.selection.note"), style="quiet")
    return [Items(items=lines), *page._grid(words("audit.selection.table"), heads, rows), note]


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
        (page._indicator(arrays.names[j]), percent(float((arrays.gaps[:, j] == 0).mean()), 1)) for j in with_gaps
    ]
    rows = []
    for policy in (AbsentPolicy.ZERO, AbsentPolicy.REDISTRIBUTE):
        table = what_if(arrays, Change(absent=policy), page.scorer).table
        rows.append([words(f"research.absent.{policy}"), *effect_cells(table)])
    heads = [words("research.indicator"), words("audit.gaps.available")]
    policies = [words("audit.gaps.policy"), *page._heads(*EFFECT)]
    return [
        Paragraph(text=lead, style="lead"),
        *page._grid(words("audit.gaps.coverage"), heads, coverage, most=_MOST),
        *page._grid(words("audit.gaps.table"), policies, rows),
    ]


def multivariate(page: MethodologyAudit) -> list[Block]:
    """Return reliability and components of items and domains, and the flagged pairs."""
    words, standard = page.words, page.standard
    alphas, parts = reliability(standard), dimensions(standard)
    rows = []
    for name in alphas.index:
        one = parts.loc[name] if name in parts.index else None
        rows.append(
            (
                _group(page, str(name)),
                str(alphas.at[name, "indicators"]),
                shown(alphas.at[name, "listwise"], 2),
                shown(alphas.at[name, "pairwise"], 2),
                percent(one["first"], 0) if one is not None else "—",
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
            shown(row["correlation"], 2),
            words(f"audit.multivariate.{row['flag']}"),
        )
        for row in flagged.to_dict("records")
    ]
    pair_heads = [words(f"audit.multivariate.{name}") for name in ("first_of_pair", "second", "correlation", "flag")]
    return [
        *page._grid(words("audit.multivariate.table"), heads, rows),
        Paragraph(text=words("audit.multivariate.flags", **flags)),
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
    _, changed = treat(raw)
    shares = page.standard.shares
    ends = {name: ((shares[name] == 0).mean(), np.isclose(shares[name], 1).mean()) for name in arrays.names}
    ordered = sorted(ends, key=lambda name: -sum(ends[name]))[:_MOST]
    rows = [
        (
            page._indicator(name),
            percent(ends[name][0], 0),
            percent(ends[name][1], 0),
            shown(moments.at[name, "skewness"], 2) if name in moments.index else "—",
            shown(moments.at[name, "kurtosis"], 2) if name in moments.index else "—",
        )
        for name in ordered
    ]
    heads = [
        words("research.indicator"),
        *(words(f"audit.normalisation.{name}") for name in ("none", "full", "skewness", "kurtosis")),
    ]
    lead = words("audit.normalisation.lead", count=len(outlying), names=page._list(outlying))
    return [
        Paragraph(text=lead),
        Paragraph(text=words("audit.normalisation.changed", count=len(changed))),
        *page._grid(words("audit.normalisation.table"), heads, rows),
    ]


def _group(page: MethodologyAudit, name: str) -> str:
    if not name:
        return page.words("research.whole")
    edition = page.opened.rules.edition
    sections = {one.id: one.name for domain in edition.domains for one in (domain, *domain.items())}
    return f"{name} {page.words.show(sections[name], 'text')}"
