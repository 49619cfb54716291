"""The committee review page."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.model.application import Missing, Value
from smartcert.model.evaluation import Finding, Outcome
from smartcert.reporting import basis
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import FieldValue, Words
from smartcert.reporting.charts.committee import Interval, draw_interval_chart
from smartcert.reporting.charts.round import Share, draw_shares_chart
from smartcert.reporting.committee_record import (
    AgreementRow,
    CommitteeRecord,
    DecisionRow,
    EvaluatorRow,
    SittingRow,
    WideRangeRow,
)
from smartcert.reporting.formats import round_half_up
from smartcert.reporting.page import (
    Block,
    ChartBlock,
    FindingsBlock,
    ListBlock,
    Page,
    PageSection,
    ParagraphBlock,
    TableBlock,
)

# --- How the review of a committee names applicants, indicators, levels and numbers.

_PAGE = "committee_review"


class ReviewWords:
    """The words of one review. Calling it gives a sentence of the page's own part of the catalogue."""

    def __init__(self, record: CommitteeRecord, words: Words) -> None:
        self.words = words
        self._record = record

    def __call__(self, key: str, /, **fields: FieldValue) -> str:
        """Return the sentence under ``committee_review.<key>``."""
        return self.words(f"{_PAGE}.{key}", **fields)

    def applicant(self, name: str) -> str:
        """Return an applicant's name."""
        return self.words.show(self._record.names[name], "text")

    def indicator(self, name: str) -> str:
        """Return an indicator's id and name."""
        known = self._record.indicators.get(name)
        return (
            f"{figures.sanitise_text(name)} {self.words.show(known, 'text')}" if known else figures.sanitise_text(name)
        )

    def level(self, level: int | None) -> str:
        """Return a level, or the word for none."""
        return self("none") if level is None else self("level_value", level=level)

    def number(self, value: Fraction | int | None, digits: int = 0) -> str:
        """Return a number with so many digits, or the sign for none."""
        return self.words("symbol.none") if value is None else figures.format_rounded(value, digits)

    def points(self, value: Fraction | None) -> str:
        """Return points as reports write them."""
        return self.words("symbol.none") if value is None else figures.format_number(value, 1)

    def signed(self, value: Fraction, digits: int) -> str:
        """Return a difference with its sign."""
        shown = figures.format_rounded(value, digits)
        return f"+{shown}" if value > 0 else shown

    def share(self, value: Fraction | None, digits: int = 1) -> str:
        """Return a share as a percentage, or the sign for none."""
        return self.words("symbol.none") if value is None else figures.format_percent(value, digits)

    def interval(self, low: Fraction | None, high: Fraction | None, digits: int) -> str:
        """Return an interval, or the sign for none."""
        if low is None or high is None:
            return self.words("symbol.none")
        return self(
            "interval_value", low=figures.format_rounded(low, digits), high=figures.format_rounded(high, digits)
        )

    def refused(self, reason: str) -> str:
        """Return the sentence that says why a figure is not given."""
        return self("refused", reason=self(f"reason.{reason}"))


# --- The chair's list, members and conflicts, votes and decisions, and the discussion, as parts of a page.

_TABLED_FINDINGS = (
    "level_",
    "challenge_carried",
    "challenge_rejected",
    "challenge_without_quorum",
    "decided_",
    "decision_open",
)
"""Findings that the tables of votes and decisions tell."""


def build_attention(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return the chair's list."""
    if not record.attention:
        return [
            ParagraphBlock(text=said("attention.empty"), style="lead"),
            ParagraphBlock(text=said("attention.intro")),
        ]
    rows = [
        (
            said.applicant(one.applicant),
            "; ".join(_describe_sign(sign, size, said) for sign, size in one.signs.items()),
        )
        for one in record.attention
    ]
    return [
        ParagraphBlock(text=said("attention.lead", count=len(record.attention), of=record.evaluated), style="lead"),
        TableBlock(caption=said("attention.caption"), heads=(said("applicant"), said("attention.signs")), rows=rows),
        ParagraphBlock(text=said("attention.intro"), style="quiet"),
        ParagraphBlock(text=said("points_only"), style="note"),
    ]


def _describe_sign(sign: str, size: Fraction, said: ReviewWords) -> str:
    if sign != "near_bound":
        return said(f"attention.{sign}", size=size)
    if size == 0:
        return said("attention.on_bound")
    return said("attention.above_bound" if size > 0 else "attention.below_bound", size=abs(size))


def build_law(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return what is held of members, conflicts and panels; plain requirements that are met are counted."""
    findings = [one for one in record.findings if not one.code.startswith(_TABLED_FINDINGS)]
    told = sorted((one for one in findings if one.outcome is not Outcome.MET), key=_outcome_order)
    met = sum(one.outcome is Outcome.MET for one in findings)
    blocks: list[Block] = [ParagraphBlock(text=said("law.intro"))]
    if told:
        heads = (said("law.outcome"), said("law.finding"), said("law.basis"))
        blocks.append(FindingsBlock(caption=said("law.caption"), heads=heads, findings=told))
    if met:
        blocks.append(ParagraphBlock(text=said("law.met", count=met)))
    return blocks if findings else [ParagraphBlock(text=said("law.empty"))]


def _outcome_order(finding: Finding) -> int:
    return [Outcome.NOT_MET, Outcome.OPEN, Outcome.NOTED, Outcome.MET].index(finding.outcome)


def build_votes(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return the table of votes and the table of decisions."""
    blocks: list[Block] = [ParagraphBlock(text=said("votes.intro"))]
    names = ("matter", "present", "needed", "said_yes", "yes_needed", "result")
    if record.sittings:
        heads = (said("applicant"), *(said(f"votes.{name}") for name in names))
        rows = [_sitting_cells(one, said) for one in record.sittings]
        numbers = frozenset({2, 3, 4, 5})
        blocks.append(TableBlock(caption=said("votes.caption"), heads=heads, rows=rows, numbers=numbers))
    else:
        blocks.append(ParagraphBlock(text=said("votes.no_votes")))
    if record.decisions:
        heads = (said("applicant"), *(said(f"votes.{name}") for name in ("computed", "proposed", "decided", "reason")))
        rows = [_decision_cells(one, said) for one in record.decisions]
        blocks.append(TableBlock(caption=said("votes.decisions_caption"), heads=heads, rows=rows))
    else:
        blocks.append(ParagraphBlock(text=said("votes.no_decisions")))
    return blocks


def _sitting_cells(one: SittingRow, said: ReviewWords) -> tuple[str, ...]:
    matter = said("votes.on_challenge", evaluator=one.about) if one.about else said("votes.on_level")
    result = {None: "no_quorum", True: "carried", False: "rejected"}[one.carried]
    return (
        said.applicant(one.applicant),
        matter,
        said("votes.present_value", present=one.present, members=one.members),
        said.number(one.present_needed),
        said.number(one.yes),
        said.number(one.yes_needed),
        said(f"votes.{result}"),
    )


def _decision_cells(one: DecisionRow, said: ReviewWords) -> tuple[str, ...]:
    reasons = [text for text in (one.proposal_reason, one.reason) if text]
    proposed = f"{said.level(one.proposed)} ({figures.sanitise_text(one.proposed_by)})"
    decided = said("votes.open")
    if one.decided is not None:
        decided = f"{said.level(one.decided)} ({figures.sanitise_text(one.decided_by)})"
    return (
        said.applicant(one.applicant),
        said.level(one.computed),
        proposed,
        decided,
        figures.sanitise_text(" / ".join(reasons)) or said.words("symbol.none"),
    )


def build_discussion(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return the effect of the discussion, each change, and minority opinions."""
    if not record.discussed:
        return [ParagraphBlock(text=said("discussion.empty"))]
    blocks: list[Block] = []
    if record.effects:
        blocks += _discussion_effects(record, said)
    names = ("before", "after", "by", "at", "reason")
    rows = [
        (
            said.applicant(one.applicant),
            said.indicator(one.indicator),
            one.evaluator,
            said.number(one.before),
            said.number(one.after),
            figures.sanitise_text(one.changed_by),
            said.words.show(one.at, "moment"),
            figures.sanitise_text(one.reason) or said.words("symbol.none"),
        )
        for one in record.discussed
    ]
    heads = (said("applicant"), said("indicator"), said("evaluator"), *(said(f"discussion.{name}") for name in names))
    blocks.append(
        TableBlock(caption=said("discussion.marks_caption"), heads=heads, rows=rows, numbers=frozenset({3, 4}))
    )
    return [*blocks, *_minority_opinions(record, said)]


def _discussion_effects(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    marks = {(one.applicant, one.indicator, one.evaluator) for one in record.discussed}
    levels = sum(one.level != one.level_before for one in record.effects)
    yield ParagraphBlock(text=said("discussion.lead", changes=len(marks), levels=levels), style="lead")
    rows = [
        (
            said.applicant(one.applicant),
            said.number(one.changes),
            f"{said.points(one.points_before)} ({said.level(one.level_before)})",
            f"{said.points(one.points)} ({said.level(one.level)})",
            said.signed(one.points - one.points_before, 1),
        )
        for one in record.effects
    ]
    names = ("changes", "before", "after", "change")
    heads = (said("applicant"), *(said(f"discussion.{name}") for name in names))
    yield TableBlock(caption=said("discussion.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4}))


def _minority_opinions(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    told = [
        said(
            "discussion.minority_item",
            evaluator=one.evaluator,
            indicator=one.indicator,
            applicant=record.names[one.applicant],
            opinion=one.minority_opinion,
        )
        for one in record.discussed
        if one.minority_opinion
    ]
    return [ParagraphBlock(text=said("discussion.minority")), ListBlock(items=told)] if told else []


# --- Agreement, severity and habits, as parts of a page.

_MEASURE_KEYS = {"Kendall's W": "w", "Kendall's W, ties not corrected": "w_plain", "Fleiss' kappa": "kappa"}
_ICC_CASES = {"1": "case_one", "2": "case_two", "3": "case_three"}
_AGREEMENT_TICKS = tuple(Fraction(part, 5) for part in range(6))


def build_agreement(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return the measures as a chart and as a table."""
    blocks: list[Block] = []
    by_form = {one.form: one for one in record.agreement}
    single, mean = by_form["ICC(2,1)"], by_form["ICC(2,k)"]
    if single.value is not None and mean.value is not None:
        lead = said("agreement.lead", single=single.value, mean=mean.value, evaluators=single.evaluators)
        blocks.append(ParagraphBlock(text=lead, style="lead"))
    blocks.append(ParagraphBlock(text=said("agreement.intro")))
    given = [one for one in record.agreement if one.value is not None]
    intervals = [
        Interval(label=_measure_name(one, said), value=one.value or Fraction(0), low=one.low, high=one.high, clear=True)
        for one in given
    ]
    alt = said("agreement.chart_alt", items=[f"{one.label} {said.number(one.value, 2)}" for one in intervals])
    chart = draw_interval_chart(
        intervals, _AGREEMENT_TICKS, title=said("agreement.chart_title"), alt=alt, label_room=270
    )
    blocks += [ChartBlock(chart=chart)] if chart else []
    names = ("form", "value", "interval", "targets", "evaluators", "method")
    rows = [_agreement_cells(one, said) for one in record.agreement]
    heads = [said(f"agreement.{name}") for name in names]
    return [
        *blocks,
        TableBlock(caption=said("agreement.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4})),
    ]


def _measure_name(one: AgreementRow, said: ReviewWords) -> str:
    if one.form.startswith("alpha"):
        return said(f"form.alpha_{one.form.removeprefix('alpha (').removesuffix(')')}")
    return said(f"form.{_MEASURE_KEYS[one.form]}") if one.form in _MEASURE_KEYS else one.form


def _agreement_cells(one: AgreementRow, said: ReviewWords) -> tuple[str, ...]:
    method = _describe_method(one, said) if not one.reason else said.refused(one.reason)
    return (
        _measure_name(one, said),
        said.number(one.value, 3),
        said.interval(one.low, one.high, 3),
        said.number(one.targets),
        said.number(one.evaluators),
        method,
    )


def _describe_method(one: AgreementRow, said: ReviewWords) -> str:
    if one.form.startswith("ICC"):
        return said("agreement.icc", case=f"committee_review.agreement.{_ICC_CASES[one.form[4]]}")
    if one.form.startswith("alpha"):
        return said("agreement.alpha")
    key = _MEASURE_KEYS[one.form].removesuffix("_plain")
    if one.chance is None:
        return said(f"agreement.{key}")
    chance = said("agreement.chance", chance=one.chance) if one.chance else said("agreement.chance_small")
    return f"{said(f'agreement.{key}')}; {chance}"


def build_severity(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return severity as a chart, habits as a table, marks that stand out, wide indicators and adjusted totals."""
    if record.severity_refused or record.residual_sd is None:
        return [
            ParagraphBlock(text=said.refused(record.severity_refused or "too_few_targets")),
            *_wide_ranges(record, said),
        ]
    return [
        ParagraphBlock(text=said("severity.intro", spread=round_half_up(record.residual_sd, 2))),
        *_severity_chart(record, said),
        _habits_table(record, said),
        ParagraphBlock(
            text=said("severity.explained", usual=round_half_up(record.usual_within or Fraction(0), 2)), style="quiet"
        ),
        *([ParagraphBlock(text=said.refused(record.drift_refused), style="quiet")] if record.drift_refused else []),
        ParagraphBlock(text=said("points_only"), style="note"),
        *_outlying_marks(record, said),
        *_wide_ranges(record, said),
        *_adjusted_totals(record, said),
    ]


def _severity_chart(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    rows = [
        Interval(
            label=one.evaluator, value=one.severity, low=one.low, high=one.high, clear=_excludes_zero(one.low, one.high)
        )
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
    chart = draw_interval_chart(
        rows,
        tuple(Fraction(half, 2) for half in range(-2, 3)),
        title=said("severity.chart_title"),
        alt=said("severity.chart_alt", items=alt),
        ends=(said("severity.severe"), said("severity.lenient")),
        label_room=60,
    )
    return [ChartBlock(chart=chart)] if chart else []


def _excludes_zero(low: Fraction | None, high: Fraction | None) -> bool:
    return low is not None and high is not None and (low > 0 or high < 0)


def _habits_table(record: CommitteeRecord, said: ReviewWords) -> TableBlock:
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
            ", ".join(_habit_signs(one, said)) or said.words("symbol.none"),
        )
        for one in record.rows
    ]
    heads = (said("evaluator"), *(said(f"severity.{name}") for name in names))
    return TableBlock(caption=said("severity.caption"), heads=heads, rows=rows, numbers=frozenset(range(1, 8)))


def _habit_signs(one: EvaluatorRow, said: ReviewWords) -> Iterable[str]:
    if _excludes_zero(one.low, one.high):
        yield said("severity.clear" if (one.severity or 0) < 0 else "severity.lenient_sign")
    if one.halo:
        yield said("severity.halo")
    if one.narrow:
        yield said("severity.narrow")
    if _excludes_zero(one.drift_low, one.drift_high):
        yield said("severity.drifts")


def _outlying_marks(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    if not record.stands_out:
        return [ParagraphBlock(text=said("severity.none_stand_out"))]
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
    return [TableBlock(caption=said("severity.stands_caption"), heads=heads, rows=rows, numbers=frozenset({3, 4}))]


def _wide_ranges(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    if not record.wide:
        return []
    heads = (
        said("applicant"),
        said("indicator"),
        said("severity.combined"),
        said("severity.range"),
        said("severity.count"),
    )
    rows = [_wide_range_cells(one, said) for one in record.wide]
    return [
        TableBlock(caption=said("severity.wide_caption"), heads=heads, rows=rows, numbers=frozenset({2, 3, 4})),
        ParagraphBlock(text=said("severity.wide_intro"), style="quiet"),
    ]


def _wide_range_cells(one: WideRangeRow, said: ReviewWords) -> tuple[str, ...]:
    return (
        said.applicant(one.applicant),
        said.indicator(one.indicator),
        said.number(one.combined, 2),
        said.interval(one.low, one.high, 0),
        said.number(one.count),
    )


def _adjusted_totals(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
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
        ParagraphBlock(text=said("severity.adjusted_intro", count=moved)),
        TableBlock(caption=said("severity.adjusted_caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3})),
    ]


# --- Influence of single evaluators, size of panels, and the on-site inspection, as parts of a page.

_COMBINATION_METHODS = ("trimmed_mean", "mean", "median")


def build_influence(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return whether one evaluator decides a level, how often each was trimmed, and what other methods would do."""
    return [*_decisive_evaluators(record, said), *_trimmed_shares(record, said), *_other_methods(record, said)]


def _decisive_evaluators(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    if not record.decides:
        return [ParagraphBlock(text=said("influence.nobody"), style="lead")]
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
        ParagraphBlock(text=lead, style="lead"),
        TableBlock(caption=said("influence.caption"), heads=heads, rows=rows),
    ]


def _trimmed_shares(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    rows = [
        Share(label=one.evaluator, left=one.trimmed_low or Fraction(0), right=one.trimmed_high or Fraction(0))
        for one in record.rows
    ]
    alt = [
        said("influence.trimmed_item", evaluator=one.label, low=one.left or Fraction(0), high=one.right) for one in rows
    ]
    lowest, highest = said("influence.lowest"), said("influence.highest")
    title = said("influence.trimmed_title")
    chart = draw_shares_chart(
        rows, title=title, alt=said("influence.trimmed_alt", items=alt), heads=(lowest, highest), label_room=60
    )
    cells = [
        (one.evaluator, said.number(one.judged), said.share(one.trimmed_low), said.share(one.trimmed_high))
        for one in record.rows
    ]
    heads = (said("evaluator"), said("influence.judged"), lowest, highest)
    numbers = frozenset({1, 2, 3})
    return [
        *([ChartBlock(chart=chart)] if chart else []),
        TableBlock(caption=said("influence.trimmed_caption"), heads=heads, rows=cells, numbers=numbers),
    ]


def _other_methods(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    if not record.methods:
        return [ParagraphBlock(text=said("influence.methods_none"))]
    heads = (said("applicant"), said("level"), *(said(f"influence.{method}") for method in _COMBINATION_METHODS))
    rows = [
        (
            said.applicant(one.applicant),
            said.level(one.level),
            *(said.level(one.levels.get(method)) for method in _COMBINATION_METHODS),
        )
        for one in record.methods
    ]
    return [TableBlock(caption=said("influence.methods_caption"), heads=heads, rows=rows)]


def build_panel(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
    """Return how many evaluators it takes, and the simulation of planned committees."""
    return [*_panel_sizes(record, said), *_panel_plans(record, said)]


def _panel_sizes(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    if record.panel_refused or record.panel_bound is None or record.panel_spread is None:
        return [ParagraphBlock(text=said.refused(record.panel_refused or "too_few_targets"))]
    intro = said(
        "panel.intro",
        spread=Fraction(figures.format_decimal(figures.round_half_up(record.panel_spread, 1))),
        level=record.panel_level,
        confidence=record.panel_confidence,
        bound=record.panel_bound,
    )
    rows = [(said.number(one.distance), said.number(one.evaluators)) for one in record.panel]
    return [
        ParagraphBlock(text=intro),
        TableBlock(
            caption=said("panel.caption"),
            heads=(said("panel.distance"), said("panel.needed")),
            rows=rows,
            numbers=frozenset({1}),
        ),
        ParagraphBlock(text=said("panel.method"), style="quiet"),
    ]


def _panel_plans(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    shares = [
        Share(label=said("panel.members_value", members=one.members), right=one.without_quorum) for one in record.plans
    ]
    alt = [said("panel.plans_item", members=one.members, share=one.without_quorum) for one in record.plans]
    chart = draw_shares_chart(shares, title=said("panel.plans_title"), alt=said("panel.plans_alt", items=alt))
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
        ParagraphBlock(text=intro),
        *([ChartBlock(chart=chart)] if chart else []),
        TableBlock(
            caption=said("panel.plans_caption"),
            heads=[said(f"panel.{name}") for name in names],
            rows=rows,
            numbers=frozenset({1, 2, 3, 4}),
        ),
    ]


def build_inspection(record: CommitteeRecord, said: ReviewWords) -> list[Block]:
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
        ParagraphBlock(text=intro),
        TableBlock(caption=said("inspection.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4, 5, 6})),
        *_corrected_figures(record, said),
    ]


def _corrected_figures(record: CommitteeRecord, said: ReviewWords) -> Iterable[Block]:
    if not record.corrected:
        return [ParagraphBlock(text=said("inspection.none_corrected"))]
    names = ("claimed", "desk", "on_site", "grade", "inspector", "reason")
    none = said.words("symbol.none")
    rows = [
        (
            said.applicant(one.applicant),
            said.indicator(one.indicator),
            *(_format_figure(value, said) for value in (one.claimed, one.desk, one.on_site)),
            said.words(f"evidence_grade.{one.grade}") if one.grade else none,
            figures.sanitise_text(one.inspector) or none,
            figures.sanitise_text(one.reason) or none,
        )
        for one in record.corrected
    ]
    heads = (said("applicant"), said("indicator"), *(said(f"inspection.{name}") for name in names))
    return [
        TableBlock(caption=said("inspection.corrected_caption"), heads=heads, rows=rows, numbers=frozenset({2, 3, 4})),
        ParagraphBlock(text=said("inspection.protocol"), style="quiet"),
    ]


def _format_figure(value: Value | None, said: ReviewWords) -> str:
    if value is None:
        return said.words("symbol.none")
    return said(f"inspection.{value}") if isinstance(value, Missing) else figures.format_number(value)


# --- The review of a committee: one method per section, each a value that shows itself in a notebook.


class CommitteeReview(Page):
    """The sections of the review of one committee for one reader, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: CommitteeRecord, language: str) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "committee"))
        self._record = record
        self._said = ReviewWords(record, self.words)

    def head(self) -> PageSection:
        """Return the page's header: the round, for whom the page is made, and how many judged how many."""
        title = self.words("committee_review.title", round=self._record.round.title)
        return self.add_header("committee_head.html.j2", title=title, record=self._record)

    def attention(self) -> PageSection | None:
        """Return the chair's list: where to look again, and why; None for a reader who is an evaluator."""
        if self._record.reader:
            return None
        return self._of("attention", build_attention(self._record, self._said))

    def law(self) -> PageSection | None:
        """Return members, conflicts and panels held against the law; None for a reader who is an evaluator."""
        if self._record.reader:
            return None
        return self._of("law", build_law(self._record, self._said))

    def votes(self) -> PageSection:
        """Return the votes with who was present, and levels as computed, proposed and decided."""
        return self._of("votes", build_votes(self._record, self._said))

    def discussion(self) -> PageSection:
        """Return marks before and after the discussion, its effect, and minority opinions."""
        return self._of("discussion", build_discussion(self._record, self._said))

    def agreement(self) -> PageSection:
        """Return every measure of agreement, or why it is not given."""
        return self._of("agreement", build_agreement(self._record, self._said))

    def severity(self) -> PageSection:
        """Return severity and habits of the evaluators, marks that stand out, and adjusted totals."""
        return self._of("severity", build_severity(self._record, self._said))

    def influence(self) -> PageSection:
        """Return whether one evaluator decides a level, who was trimmed, and whom other methods judge differently."""
        return self._of("influence", build_influence(self._record, self._said))

    def panel(self) -> PageSection:
        """Return how many evaluators it takes, and how planned committees would fare."""
        return self._of("panel", build_panel(self._record, self._said))

    def inspection(self) -> PageSection:
        """Return totals as claimed, desk and confirmed, what was not inspected, and what is drawn."""
        return self._of("inspection", build_inspection(self._record, self._said))

    def basis(self) -> PageSection:
        """Return what the review rests on: rules, status, sources, and the hashes of the inputs."""
        record, words = self._record, self.words
        return self.add_section(
            "basis",
            "basis.html.j2",
            title=words("committee_review.basis.title"),
            record=record,
            **basis.build_basis(record.rules, words),
            formats=(record.format,),
        )

    def _of(self, name: str, blocks: list[Block]) -> PageSection:
        return self.add_section(
            name, "blocks.html.j2", title=self.words(f"committee_review.{name}.title"), blocks=blocks
        )
