"""Influence of single evaluators, size of panels, and the on-site inspection, as parts of a page."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.model.application import Missing, Value
from smartcert.reporting import figures
from smartcert.reporting.blocks import Block, Drawing, Grid, Paragraph
from smartcert.reporting.charts.shares import Share, shares_chart
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.review_words import Said

_METHODS = ("trimmed_mean", "mean", "median")


def influence(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return whether one evaluator decides a level, how often each was trimmed, and what other methods would do."""
    return [*_decides(record, said), *_trimmed(record, said), *_methods(record, said)]


def _decides(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    if not record.decides:
        return [Paragraph(text=said("influence.nobody"), style="lead")]
    cases: dict[tuple[str, int, int | None], list[str]] = {}
    for one in record.decides:
        cases.setdefault((one.applicant, one.level, one.without), []).append(one.evaluator)
    applicants = len({one.applicant for one in record.decides})
    rows = [
        (
            said.applicant(name),
            ", ".join(evaluators),
            said.level(level),
            said("influence.too_few") if without is None else said.level(without),
        )
        for (name, level, without), evaluators in cases.items()
    ]
    heads = (said("applicant"), said("evaluator"), said("level"), said("influence.without"))
    lead = said("influence.somebody", cases=len(record.decides), applicants=applicants)
    return [
        Paragraph(text=lead, style="lead"),
        Grid(caption=said("influence.caption"), heads=heads, rows=rows),
    ]


def _trimmed(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    rows = [
        Share(label=one.evaluator, left=one.trimmed_low or Fraction(0), right=one.trimmed_high or Fraction(0))
        for one in record.rows
    ]
    alt = [
        said("influence.trimmed_item", evaluator=one.label, low=one.left or Fraction(0), high=one.right) for one in rows
    ]
    lowest, highest = said("influence.lowest"), said("influence.highest")
    title = said("influence.trimmed_title")
    chart = shares_chart(
        rows, title=title, alt=said("influence.trimmed_alt", items=alt), heads=(lowest, highest), label_room=60
    )
    cells = [
        (one.evaluator, said.number(one.judged), said.share(one.trimmed_low), said.share(one.trimmed_high))
        for one in record.rows
    ]
    heads = (said("evaluator"), said("influence.judged"), lowest, highest)
    numbers = frozenset({1, 2, 3})
    return [
        *([Drawing(chart=chart)] if chart else []),
        Grid(caption=said("influence.trimmed_caption"), heads=heads, rows=cells, numbers=numbers),
    ]


def _methods(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    if not record.methods:
        return [Paragraph(text=said("influence.methods_none"))]
    heads = (said("applicant"), said("level"), *(said(f"influence.{method}") for method in _METHODS))
    rows = [
        (
            said.applicant(one.applicant),
            said.level(one.level),
            *(said.level(one.levels.get(method)) for method in _METHODS),
        )
        for one in record.methods
    ]
    return [Grid(caption=said("influence.methods_caption"), heads=heads, rows=rows)]


def panel(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return how many evaluators it takes, and the simulation of planned committees."""
    return [*_sizes(record, said), *_plans(record, said)]


def _sizes(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    if record.panel_refused or record.panel_bound is None or record.panel_spread is None:
        return [Paragraph(text=said.refused(record.panel_refused or "too_few_targets"))]
    intro = said(
        "panel.intro",
        spread=Fraction(figures.decimal(figures.half_up(record.panel_spread, 1))),
        level=record.panel_level,
        confidence=record.panel_confidence,
        bound=record.panel_bound,
    )
    rows = [(said.number(one.distance), said.number(one.evaluators)) for one in record.panel]
    return [
        Paragraph(text=intro),
        Grid(
            caption=said("panel.caption"),
            heads=(said("panel.distance"), said("panel.needed")),
            rows=rows,
            numbers=frozenset({1}),
        ),
        Paragraph(text=said("panel.method"), style="quiet"),
    ]


def _plans(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    shares = [
        Share(label=said("panel.members_value", members=one.members), right=one.without_quorum) for one in record.plans
    ]
    alt = [said("panel.plans_item", members=one.members, share=one.without_quorum) for one in record.plans]
    chart = shares_chart(shares, title=said("panel.plans_title"), alt=said("panel.plans_alt", items=alt))
    names = ("members", "without_quorum", "not_trimmed", "not_judged", "every_quorum")
    rows = [
        (
            said("panel.members_value", members=one.members),
            *(said.share(share) for share in (one.without_quorum, one.not_trimmed, one.not_judged, one.every_quorum)),
        )
        for one in record.plans
    ]
    intro = said(
        "panel.plans_intro",
        conflicts=record.plan_conflicts,
        absences=record.plan_absences,
        runs=record.plan_runs,
    )
    return [
        Paragraph(text=intro),
        *([Drawing(chart=chart)] if chart else []),
        Grid(
            caption=said("panel.plans_caption"),
            heads=[said(f"panel.{name}") for name in names],
            rows=rows,
            numbers=frozenset({1, 2, 3, 4}),
        ),
    ]


def inspection(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return totals side by side, what was not inspected, and the figures drawn."""
    intro = (
        said("inspection.intro", share=record.inspection_share, seed=record.seed)
        if record.seed
        else said("inspection.no_seed")
    )
    names = ("claimed", "desk", "confirmed", "inspected", "not_inspected", "weak", "drawn", "drawn_left")
    none = said.words("symbol.none")
    rows = [
        (
            said.applicant(one.applicant),
            said.points(one.claimed),
            said.points(one.desk),
            said.points(one.confirmed),
            said("inspection.inspected_value", inspected=one.inspected, figures=one.figures),
            said.number(one.figures - one.inspected),
            said.number(one.weak),
            ", ".join(one.drawn) or none,
            ", ".join(one.drawn_not_inspected) or none,
        )
        for one in record.inspections
    ]
    heads = (said("applicant"), *(said(f"inspection.{name}") for name in names))
    return [
        Paragraph(text=intro),
        Grid(caption=said("inspection.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4, 5, 6})),
        *_corrected(record, said),
    ]


def _corrected(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    if not record.corrected:
        return [Paragraph(text=said("inspection.none_corrected"))]
    names = ("claimed", "desk", "on_site", "grade", "inspector", "reason")
    none = said.words("symbol.none")
    rows = [
        (
            said.applicant(one.applicant),
            said.indicator(one.indicator),
            *(_value(value, said) for value in (one.claimed, one.desk, one.on_site)),
            said.words(f"evidence_grade.{one.grade}") if one.grade else none,
            figures.plain(one.inspector) or none,
            figures.plain(one.reason) or none,
        )
        for one in record.corrected
    ]
    heads = (said("applicant"), said("indicator"), *(said(f"inspection.{name}") for name in names))
    return [
        Grid(caption=said("inspection.corrected_caption"), heads=heads, rows=rows, numbers=frozenset({2, 3, 4})),
        Paragraph(text=said("inspection.protocol"), style="quiet"),
    ]


def _value(value: Value | None, said: Said) -> str:
    if value is None:
        return said.words("symbol.none")
    return said(f"inspection.{value}") if isinstance(value, Missing) else figures.number(value)
