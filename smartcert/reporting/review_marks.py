"""Agreement, severity and habits, as parts of a page."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.reporting.blocks import Block, Drawing, Grid, Paragraph
from smartcert.reporting.charts.intervals import Interval, interval_chart
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.committee_rows import EvaluatorRow, Figure, WideRow
from smartcert.reporting.figures import half_up
from smartcert.reporting.review_words import Said

_FORMS = {"Kendall's W": "w", "Kendall's W, ties not corrected": "w_plain", "Fleiss' kappa": "kappa"}
_CASES = {"1": "case_one", "2": "case_two", "3": "case_three"}
_TENTHS = tuple(Fraction(part, 5) for part in range(6))


def agreement(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return the measures as a chart and as a table."""
    blocks: list[Block] = []
    by_form = {one.form: one for one in record.agreement}
    single, mean = by_form["ICC(2,1)"], by_form["ICC(2,k)"]
    if single.value is not None and mean.value is not None:
        lead = said("agreement.lead", single=single.value, mean=mean.value, evaluators=single.evaluators)
        blocks.append(Paragraph(text=lead, style="lead"))
    blocks.append(Paragraph(text=said("agreement.intro")))
    given = [one for one in record.agreement if one.value is not None]
    intervals = [
        Interval(label=_form(one, said), value=one.value or Fraction(0), low=one.low, high=one.high, clear=True)
        for one in given
    ]
    alt = said("agreement.chart_alt", items=[f"{one.label} {said.number(one.value, 2)}" for one in intervals])
    chart = interval_chart(intervals, _TENTHS, title=said("agreement.chart_title"), alt=alt, label_room=270)
    blocks += [Drawing(chart=chart)] if chart else []
    names = ("form", "value", "interval", "targets", "evaluators", "method")
    rows = [_figure(one, said) for one in record.agreement]
    heads = [said(f"agreement.{name}") for name in names]
    return [
        *blocks,
        Grid(caption=said("agreement.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4})),
    ]


def _form(one: Figure, said: Said) -> str:
    if one.form.startswith("alpha"):
        return said(f"form.alpha_{one.form.removeprefix('alpha (').removesuffix(')')}")
    return said(f"form.{_FORMS[one.form]}") if one.form in _FORMS else one.form


def _figure(one: Figure, said: Said) -> tuple[str, ...]:
    method = _method(one, said) if not one.reason else said.refused(one.reason)
    return (
        _form(one, said),
        said.number(one.value, 3),
        said.interval(one.low, one.high, 3),
        said.number(one.targets),
        said.number(one.evaluators),
        method,
    )


def _method(one: Figure, said: Said) -> str:
    if one.form.startswith("ICC"):
        return said("agreement.icc", case=f"committee_review.agreement.{_CASES[one.form[4]]}")
    if one.form.startswith("alpha"):
        return said("agreement.alpha")
    key = _FORMS[one.form].removesuffix("_plain")
    if one.chance is None:
        return said(f"agreement.{key}")
    chance = said("agreement.chance", chance=one.chance) if one.chance else said("agreement.chance_small")
    return f"{said(f'agreement.{key}')}; {chance}"


def severity(record: CommitteeRecord, said: Said) -> list[Block]:
    """Return severity as a chart, habits as a table, marks that stand out, wide indicators and adjusted totals."""
    if record.severity_refused or record.residual_sd is None:
        return [Paragraph(text=said.refused(record.severity_refused or "too_few_targets")), *_wide(record, said)]
    return [
        Paragraph(text=said("severity.intro", spread=half_up(record.residual_sd, 2))),
        *_severity_chart(record, said),
        _habits(record, said),
        Paragraph(text=said("severity.explained", usual=half_up(record.usual_within or Fraction(0), 2)), style="quiet"),
        *([Paragraph(text=said.refused(record.drift_refused), style="quiet")] if record.drift_refused else []),
        Paragraph(text=said("points_only"), style="note"),
        *_stands_out(record, said),
        *_wide(record, said),
        *_adjusted(record, said),
    ]


def _severity_chart(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    rows = [
        Interval(label=one.evaluator, value=one.severity, low=one.low, high=one.high, clear=_clear(one.low, one.high))
        for one in record.rows
        if one.severity is not None
    ]
    alt = [
        said(
            "severity.alt_item",
            evaluator=one.label,
            value=said.number(one.value, 2),
            low=said.number(one.low, 2),
            high=said.number(one.high, 2),
        )
        for one in rows
    ]
    chart = interval_chart(
        rows,
        tuple(Fraction(half, 2) for half in range(-2, 3)),
        title=said("severity.chart_title"),
        alt=said("severity.chart_alt", items=alt),
        ends=(said("severity.severe"), said("severity.lenient")),
        label_room=60,
    )
    return [Drawing(chart=chart)] if chart else []


def _clear(low: Fraction | None, high: Fraction | None) -> bool:
    return low is not None and high is not None and (low > 0 or high < 0)


def _habits(record: CommitteeRecord, said: Said) -> Grid:
    names = ("marks", "value", "interval", "within", "commonest", "used", "drift", "signs")
    rows = [
        (
            one.evaluator,
            said.number(one.marks),
            said.number(one.severity, 2),
            said.interval(one.low, one.high, 2),
            said.number(one.within, 2),
            said.share(one.commonest, 0),
            said.number(one.used),
            said.number(one.drift, 3),
            ", ".join(_signs(one, said)) or said.words("symbol.none"),
        )
        for one in record.rows
    ]
    heads = (said("evaluator"), *(said(f"severity.{name}") for name in names))
    return Grid(caption=said("severity.caption"), heads=heads, rows=rows, numbers=frozenset(range(1, 8)))


def _signs(one: EvaluatorRow, said: Said) -> Iterable[str]:
    if _clear(one.low, one.high):
        yield said("severity.clear" if (one.severity or 0) < 0 else "severity.lenient_sign")
    if one.halo:
        yield said("severity.halo")
    if one.narrow:
        yield said("severity.narrow")
    if _clear(one.drift_low, one.drift_high):
        yield said("severity.drifts")


def _stands_out(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    if not record.stands_out:
        return [Paragraph(text=said("severity.none_stand_out"))]
    rows = [
        (
            said.applicant(one.applicant),
            said.indicator(one.indicator),
            one.evaluator,
            said.number(one.mark),
            said.signed(one.deviation, 1),
        )
        for one in record.stands_out
    ]
    heads = (said("applicant"), said("indicator"), said("evaluator"), said("mark"), said("severity.deviation"))
    return [Grid(caption=said("severity.stands_caption"), heads=heads, rows=rows, numbers=frozenset({3, 4}))]


def _wide(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    if not record.wide:
        return []
    heads = (
        said("applicant"),
        said("indicator"),
        said("severity.combined"),
        said("severity.range"),
        said("severity.count"),
    )
    rows = [_wide_row(one, said) for one in record.wide]
    return [
        Grid(caption=said("severity.wide_caption"), heads=heads, rows=rows, numbers=frozenset({2, 3, 4})),
        Paragraph(text=said("severity.wide_intro"), style="quiet"),
    ]


def _wide_row(one: WideRow, said: Said) -> tuple[str, ...]:
    return (
        said.applicant(one.applicant),
        said.indicator(one.indicator),
        said.number(one.combined, 2),
        said.interval(one.low, one.high, 0),
        said.number(one.count),
    )


def _adjusted(record: CommitteeRecord, said: Said) -> Iterable[Block]:
    if not record.adjusted:
        return []
    rows = [
        (
            said.applicant(one.applicant),
            f"{said.points(one.points)} ({said.level(one.level)})",
            f"{said.points(one.adjusted)} ({said.level(one.adjusted_level)})",
            said.signed(one.adjusted - one.points, 1),
        )
        for one in record.adjusted
    ]
    heads = (said("applicant"), said("severity.official"), said("severity.adjusted"), said("discussion.change"))
    moved = sum(one.level != one.adjusted_level for one in record.adjusted)
    return [
        Paragraph(text=said("severity.adjusted_intro", count=moved)),
        Grid(caption=said("severity.adjusted_caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3})),
    ]
