"""What does the page that reviews a committee show to one reader?"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.model.application import Missing, Value
from smartcert.model.committee import Sitting
from smartcert.model.evaluation import FindingOutcome
from smartcert.reporting.catalogue import FieldValue, Words
from smartcert.reporting.charts.committee import Interval, draw_interval_chart
from smartcert.reporting.charts.round import Share, draw_shares_chart
from smartcert.reporting.committee_record import (
    AgreementRow,
    CommitteeRecord,
    DecisionRow,
    EvaluatorRow,
    WideRangeRow,
)
from smartcert.reporting.formats import (
    format_number,
    format_percent,
    format_rounded,
    round_half_up,
    sanitise_text,
)
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


class CommitteeReview(Page):
    """The sections of the review of one committee for one reader, in one language.

    A section keeps its number when others are left out.
    """

    ships_style = True
    section_order: tuple[str, ...] = (
        *("attention", "law", "votes", "discussion", "agreement"),
        *("severity", "influence", "panel", "inspection", "basis"),
    )

    def __init__(self, record: CommitteeRecord, language: str) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "committee", scheme=record.round.scheme))
        self._record = record
        if record.reader:  # the first two are not for an evaluator
            self.section_order = self.section_order[2:]
        self._review_words = ReviewWords(record, self.words)

    @property
    def record(self) -> CommitteeRecord:
        """Return what the page shows."""
        return self._record

    def head(self) -> PageSection:
        """Return the page's header: the round, for whom the page is made, and how many judged how many."""
        title = self.words("committee_review.title", round=self._record.round.title)
        return self.add_header("committee_head.html.j2", title=title, record=self._record)

    def attention(self) -> PageSection | None:
        """Return the chair's list: where to look again, and why; None for a reader who is an evaluator."""
        if self._record.reader:
            return None
        return self._add_blocks("attention", build_attention(self._record, self._review_words))

    def law(self) -> PageSection | None:
        """Return members, conflicts and panels checked against the law; None for a reader who is an evaluator."""
        if self._record.reader:
            return None
        return self._add_blocks("law", build_law(self._record, self._review_words))

    def votes(self) -> PageSection:
        """Return the votes with who was present, and levels as computed, proposed and decided."""
        return self._add_blocks("votes", build_votes(self._record, self._review_words))

    def discussion(self) -> PageSection:
        """Return marks before and after the discussion, its effect, and minority opinions."""
        return self._add_blocks("discussion", build_discussion(self._record, self._review_words))

    def agreement(self) -> PageSection:
        """Return every measure of agreement, or why it is not computed."""
        return self._add_blocks("agreement", build_agreement(self._record, self._review_words))

    def severity(self) -> PageSection:
        """Return severity and habits of the evaluators, marks that stand out, and adjusted totals."""
        return self._add_blocks("severity", build_severity(self._record, self._review_words))

    def influence(self) -> PageSection:
        """Return whether one evaluator decides a level, who was trimmed, and whom other methods judge differently."""
        return self._add_blocks("influence", build_influence(self._record, self._review_words))

    def panel(self) -> PageSection:
        """Return how many evaluators it takes, and how planned committees would fare."""
        return self._add_blocks("panel", build_panel(self._record, self._review_words))

    def inspection(self) -> PageSection:
        """Return totals as claimed, desk and confirmed, what was not inspected, and what is drawn."""
        return self._add_blocks("inspection", build_inspection(self._record, self._review_words))

    def basis(self) -> PageSection:
        """Return what the review rests on: rules, status, sources, and the hashes of the inputs."""
        return self.add_basis("committee_review.basis.title", self._record, self._record.rules)

    def _add_blocks(self, name: str, blocks: list[Block]) -> PageSection:
        return self.add_section(
            name, "blocks.html.j2", title=self.words(f"committee_review.{name}.title"), blocks=blocks
        )


class ReviewWords:
    """The words of one review: calling it returns a sentence of the page's own part of the catalogue."""

    def __init__(self, record: CommitteeRecord, catalogue: Words) -> None:
        self.catalogue = catalogue
        self._record = record

    def __call__(self, key: str, /, **fields: FieldValue) -> str:
        """Return the sentence under ``committee_review.<key>``."""
        return self.catalogue(f"committee_review.{key}", **fields)

    @property
    def none(self) -> str:
        """The sign for a value that does not exist."""
        return self.catalogue("symbol.none")

    def applicant(self, name: str) -> str:
        """Return an applicant's name."""
        return self.catalogue.show(self._record.names[name], "text")

    def indicator(self, name: str) -> str:
        """Return an indicator's id and name."""
        known = self._record.indicators.get(name)
        own = sanitise_text(name)
        return f"{own} {self.catalogue.show(known, 'text')}" if known else own

    def level(self, level: int | None) -> str:
        """Return a level, or the word for none."""
        return self("none") if level is None else self("level_value", level=level)

    def number(self, value: Fraction | int | None, digits: int = 0) -> str:
        """Return a number with so many digits, or the sign for none."""
        return self.none if value is None else format_rounded(value, digits)

    def points(self, value: Fraction | None) -> str:
        """Return points as reports write them."""
        return self.none if value is None else format_number(value, 1)

    def signed(self, value: Fraction, digits: int) -> str:
        """Return a difference with its sign."""
        shown = format_rounded(value, digits)
        return f"+{shown}" if value > 0 else shown

    def share(self, value: Fraction | None, digits: int = 1) -> str:
        """Return a share as a percentage, or the sign for none."""
        return self.none if value is None else format_percent(value, digits)

    def interval(self, low: Fraction | None, high: Fraction | None, digits: int) -> str:
        """Return an interval, or the sign for none."""
        if low is None or high is None:
            return self.none
        return self("interval_value", low=format_rounded(low, digits), high=format_rounded(high, digits))

    def refused(self, reason: str) -> str:
        """Return the sentence that says why a figure is not given."""
        return self("refused", reason=self(f"reason.{reason}"))


_TABLED_FINDINGS = (
    "level_",
    "challenge_carried",
    "challenge_rejected",
    "challenge_without_quorum",
    "decided_",
    "decision_open",
)
"""The beginnings of the codes of findings that stand in the tables of votes and decisions."""


def build_attention(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return the chair's list."""
    if not record.attention:
        return [
            ParagraphBlock(text=words("attention.empty"), style="lead"),
            ParagraphBlock(text=words("attention.intro")),
        ]
    rows = [
        (
            words.applicant(row.applicant),
            "; ".join(_describe_sign(sign, size, words) for sign, size in row.signs),
        )
        for row in record.attention
    ]
    return [
        ParagraphBlock(text=words("attention.lead", count=len(record.attention), of=record.evaluated), style="lead"),
        TableBlock(caption=words("attention.caption"), heads=(words("applicant"), words("attention.signs")), rows=rows),
        ParagraphBlock(text=words("attention.intro"), style="quiet"),
        ParagraphBlock(text=words("points_only"), style="note"),
    ]


def _describe_sign(sign: str, size: Fraction, words: ReviewWords) -> str:
    if sign != "near_bound":
        return words(f"attention.{sign}", size=size)
    if size == 0:
        return words("attention.on_bound")
    return words("attention.above_bound" if size > 0 else "attention.below_bound", size=abs(size))


def build_law(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return the findings on members, conflicts and panels, the worst first; those that are met are only counted."""
    findings = [finding for finding in record.findings if not finding.code.startswith(_TABLED_FINDINGS)]
    if not findings:
        return [ParagraphBlock(text=words("law.empty"))]
    worst_first = (FindingOutcome.NOT_MET, FindingOutcome.OPEN, FindingOutcome.NOTED)
    listed = [finding for outcome in worst_first for finding in findings if finding.outcome is outcome]
    blocks: list[Block] = [ParagraphBlock(text=words("law.intro"))]
    if listed:
        heads = (words("law.outcome"), words("law.finding"), words("law.basis"))
        blocks.append(FindingsBlock(caption=words("law.caption"), heads=heads, findings=listed))
    if len(listed) < len(findings):
        blocks.append(ParagraphBlock(text=words("law.met", count=len(findings) - len(listed))))
    return blocks


def build_votes(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return the table of votes and the table of decisions."""
    blocks: list[Block] = [ParagraphBlock(text=words("votes.intro"))]
    names = ("matter", "present", "needed", "said_yes", "yes_needed", "result")
    if record.sittings:
        heads = (words("applicant"), *(words(f"votes.{name}") for name in names))
        rows = [_sitting_cells(row, words) for row in record.sittings]
        numbers = frozenset({2, 3, 4, 5})
        blocks.append(TableBlock(caption=words("votes.caption"), heads=heads, rows=rows, numbers=numbers))
    else:
        blocks.append(ParagraphBlock(text=words("votes.no_votes")))
    if record.decisions:
        heads = (
            words("applicant"),
            *(words(f"votes.{name}") for name in ("computed", "proposed", "decided", "reason")),
        )
        rows = [_decision_cells(row, words) for row in record.decisions]
        blocks.append(TableBlock(caption=words("votes.decisions_caption"), heads=heads, rows=rows))
    else:
        blocks.append(ParagraphBlock(text=words("votes.no_decisions")))
    return blocks


def _sitting_cells(row: Sitting, words: ReviewWords) -> tuple[str, ...]:
    matter = words("votes.on_challenge", evaluator=row.about) if row.about else words("votes.on_level")
    result = {None: "no_quorum", True: "carried", False: "rejected"}[row.carried]
    return (
        words.applicant(row.applicant),
        matter,
        words("votes.present_value", present=row.present, members=row.members),
        words.number(row.present_needed),
        words.number(row.yes),
        words.number(row.yes_needed),
        words(f"votes.{result}"),
    )


def _decision_cells(row: DecisionRow, words: ReviewWords) -> tuple[str, ...]:
    reasons = [text for text in (row.proposal_reason, row.reason) if text]
    proposed = f"{words.level(row.proposed)} ({sanitise_text(row.proposed_by)})"
    decided = words("votes.open")
    if row.decided is not None:
        decided = f"{words.level(row.decided)} ({sanitise_text(row.decided_by)})"
        if not row.effective:
            decided = words("votes.without_effect", decision=decided)
    return (
        words.applicant(row.applicant),
        words.level(row.computed),
        proposed,
        decided,
        sanitise_text(" / ".join(reasons)) or words.none,
    )


def build_discussion(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return the effect of the discussion, each change, and minority opinions."""
    if not record.discussed:
        return [ParagraphBlock(text=words("discussion.empty"))]
    blocks: list[Block] = []
    if record.round.ranks:
        blocks.append(ParagraphBlock(text=words.refused("ranking"), style="quiet"))
    elif record.effects:
        blocks += _discussion_effects(record, words)
    names = ("before", "after", "by", "at", "reason")
    rows = [
        (
            words.applicant(row.applicant),
            words.indicator(row.indicator),
            row.evaluator,
            words.number(row.before),
            words.number(row.after),
            sanitise_text(row.changed_by),
            words.catalogue.show(row.at, "moment"),
            sanitise_text(row.reason) or words.none,
        )
        for row in record.discussed
    ]
    heads = (
        words("applicant"),
        words("indicator"),
        words("evaluator"),
        *(words(f"discussion.{name}") for name in names),
    )
    blocks.append(
        TableBlock(caption=words("discussion.marks_caption"), heads=heads, rows=rows, numbers=frozenset({3, 4}))
    )
    return [*blocks, *_minority_opinions(record, words)]


def _discussion_effects(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    marks = {(row.applicant, row.indicator, row.evaluator) for row in record.discussed}
    levels = sum(row.level != row.level_before for row in record.effects)
    yield ParagraphBlock(text=words("discussion.lead", changes=len(marks), levels=levels), style="lead")
    rows = [
        (
            words.applicant(row.applicant),
            words.number(row.changes),
            f"{words.points(row.points_before)} ({words.level(row.level_before)})",
            f"{words.points(row.points)} ({words.level(row.level)})",
            words.signed(row.points - row.points_before, 1),
        )
        for row in record.effects
    ]
    names = ("changes", "before", "after", "change")
    heads = (words("applicant"), *(words(f"discussion.{name}") for name in names))
    yield TableBlock(caption=words("discussion.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4}))


def _minority_opinions(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    opinions = [
        words(
            "discussion.minority_item",
            evaluator=row.evaluator,
            indicator=row.indicator,
            applicant=record.names[row.applicant],
            opinion=row.minority_opinion,
        )
        for row in record.discussed
        if row.minority_opinion
    ]
    return [ParagraphBlock(text=words("discussion.minority")), ListBlock(items=opinions)] if opinions else []


_MEASURE_KEYS = {"Kendall's W": "w", "Kendall's W, ties not corrected": "w_plain", "Fleiss' kappa": "kappa"}
_ICC_CASES = {"1": "case_one", "2": "case_two", "3": "case_three"}
_AGREEMENT_TICKS = tuple(Fraction(part, 5) for part in range(6))


def build_agreement(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return the measures as a chart and as a table."""
    blocks: list[Block] = []
    by_form = {row.form: row for row in record.agreement}
    single, mean = by_form["ICC(2,1)"], by_form["ICC(2,k)"]
    if single.value is not None and mean.value is not None:
        lead = words("agreement.lead", single=single.value, mean=mean.value, evaluators=single.evaluators)
        blocks.append(ParagraphBlock(text=lead, style="lead"))
    blocks.append(ParagraphBlock(text=words("agreement.intro")))
    intervals = [
        Interval(label=_measure_name(row, words), value=row.value, low=row.low, high=row.high, clear=True)
        for row in record.agreement
        if row.value is not None
    ]
    items = [f"{interval.label} {words.number(interval.value, 2)}" for interval in intervals]
    alt = words("agreement.chart_alt", items=items)
    chart = draw_interval_chart(
        intervals, _AGREEMENT_TICKS, title=words("agreement.chart_title"), alt=alt, label_width=270
    )
    blocks += [ChartBlock(chart=chart)] if chart else []
    names = ("form", "value", "interval", "targets", "evaluators", "method")
    rows = [_agreement_cells(row, words) for row in record.agreement]
    heads = [words(f"agreement.{name}") for name in names]
    return [
        *blocks,
        TableBlock(caption=words("agreement.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4})),
    ]


def _measure_name(row: AgreementRow, words: ReviewWords) -> str:
    if row.form.startswith("alpha"):
        return words(f"form.alpha_{row.form.removeprefix('alpha (').removesuffix(')')}")
    return words(f"form.{_MEASURE_KEYS[row.form]}") if row.form in _MEASURE_KEYS else row.form


def _agreement_cells(row: AgreementRow, words: ReviewWords) -> tuple[str, ...]:
    method = _describe_method(row, words) if not row.reason else words.refused(row.reason)
    return (
        _measure_name(row, words),
        words.number(row.value, 3),
        words.interval(row.low, row.high, 3),
        words.number(row.targets),
        words.number(row.evaluators),
        method,
    )


def _describe_method(row: AgreementRow, words: ReviewWords) -> str:
    if row.form.startswith("ICC"):
        return words("agreement.icc", case=f"committee_review.agreement.{_ICC_CASES[row.form[4]]}")
    if row.form.startswith("alpha"):
        return words("agreement.alpha")
    key = _MEASURE_KEYS[row.form].removesuffix("_plain")
    if row.chance is None:
        return words(f"agreement.{key}")
    chance = words("agreement.chance", chance=row.chance) if row.chance else words("agreement.chance_small")
    return f"{words(f'agreement.{key}')}; {chance}"


def build_severity(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return severity as a chart, habits as a table, marks that stand out, wide indicators and adjusted totals."""
    if record.severity_refused or record.residual_sd is None:
        return [
            ParagraphBlock(text=words.refused(record.severity_refused or "too_few_targets")),
            *_wide_ranges(record, words),
        ]
    return [
        ParagraphBlock(text=words("severity.intro", spread=round_half_up(record.residual_sd, 2))),
        *_severity_chart(record, words),
        _habits_table(record, words),
        ParagraphBlock(
            text=words("severity.explained")
            if record.usual_within is None
            else words("severity.explained", usual=round_half_up(record.usual_within, 2)),
            style="quiet",
        ),
        *([ParagraphBlock(text=words.refused(record.drift_refused), style="quiet")] if record.drift_refused else []),
        ParagraphBlock(text=words("points_only"), style="note"),
        *_outlying_marks(record, words),
        *_wide_ranges(record, words),
        *_adjusted_totals(record, words),
    ]


def _severity_chart(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    intervals = [
        Interval(
            label=row.evaluator, value=row.severity, low=row.low, high=row.high, clear=_excludes_zero(row.low, row.high)
        )
        for row in record.rows
        if row.severity is not None
    ]
    alt = [
        words(
            "severity.alt_item",
            evaluator=interval.label,
            value=words.number(interval.value, 2),
            low=words.number(interval.low, 2),
            high=words.number(interval.high, 2),
        )
        for interval in intervals
    ]
    chart = draw_interval_chart(
        intervals,
        tuple(Fraction(half, 2) for half in range(-2, 3)),
        title=words("severity.chart_title"),
        alt=words("severity.chart_alt", items=alt),
        ends=(words("severity.severe"), words("severity.lenient")),
        label_width=60,
    )
    return [ChartBlock(chart=chart)] if chart else []


def _excludes_zero(low: Fraction | None, high: Fraction | None) -> bool:
    return low is not None and high is not None and (low > 0 or high < 0)


def _habits_table(record: CommitteeRecord, words: ReviewWords) -> TableBlock:
    names = ("marks", "value", "interval", "within", "commonest", "used", "drift", "signs")
    rows = [
        (
            row.evaluator,
            words.number(row.marks),
            words.number(row.severity, 2),
            words.interval(row.low, row.high, 2),
            words.number(row.within, 2),
            words.share(row.commonest, 0),
            words.number(row.used),
            words.number(row.drift, 3),
            ", ".join(_habit_signs(row, words)) or words.none,
        )
        for row in record.rows
    ]
    heads = (words("evaluator"), *(words(f"severity.{name}") for name in names))
    return TableBlock(caption=words("severity.caption"), heads=heads, rows=rows, numbers=frozenset(range(1, 8)))


def _habit_signs(row: EvaluatorRow, words: ReviewWords) -> Iterable[str]:
    if _excludes_zero(row.low, row.high):
        yield words("severity.clear" if (row.severity or 0) < 0 else "severity.lenient_sign")
    if row.halo:
        yield words("severity.halo")
    if row.narrow:
        yield words("severity.narrow")
    if _excludes_zero(row.drift_low, row.drift_high):
        yield words("severity.drifts")


def _outlying_marks(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    if not record.stands_out:
        return [ParagraphBlock(text=words("severity.none_stand_out"))]
    rows = [
        (
            words.applicant(row.applicant),
            words.indicator(row.indicator),
            row.evaluator,
            words.number(row.mark),
            words.signed(row.deviation, 1),
        )
        for row in record.stands_out
    ]
    heads = (words("applicant"), words("indicator"), words("evaluator"), words("mark"), words("severity.deviation"))
    return [TableBlock(caption=words("severity.stands_caption"), heads=heads, rows=rows, numbers=frozenset({3, 4}))]


def _wide_ranges(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    if not record.wide:
        return []
    heads = (
        words("applicant"),
        words("indicator"),
        words("severity.combined"),
        words("severity.range"),
        words("severity.count"),
    )
    rows = [_wide_range_cells(row, words) for row in record.wide]
    return [
        TableBlock(caption=words("severity.wide_caption"), heads=heads, rows=rows, numbers=frozenset({2, 3, 4})),
        ParagraphBlock(text=words("severity.wide_intro"), style="quiet"),
    ]


def _wide_range_cells(row: WideRangeRow, words: ReviewWords) -> tuple[str, ...]:
    return (
        words.applicant(row.applicant),
        words.indicator(row.indicator),
        words.number(row.combined, 2),
        words.interval(row.low, row.high, 0),
        words.number(row.count),
    )


def _adjusted_totals(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    if not record.adjusted:
        return []
    rows = [
        (
            words.applicant(row.applicant),
            f"{words.points(row.points)} ({words.level(row.level)})",
            f"{words.points(row.adjusted)} ({words.level(row.adjusted_level)})",
            words.signed(row.adjusted - row.points, 1),
        )
        for row in record.adjusted
    ]
    heads = (words("applicant"), words("severity.official"), words("severity.adjusted"), words("discussion.change"))
    moved = sum(row.level != row.adjusted_level for row in record.adjusted)
    return [
        ParagraphBlock(text=words("severity.adjusted_intro", count=moved)),
        TableBlock(caption=words("severity.adjusted_caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3})),
    ]


_COMBINATION_METHODS = ("trimmed_mean", "mean", "median")


def build_influence(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return whether one evaluator decides a level, how often each was trimmed, and what other methods would do."""
    return [*_decisive_evaluators(record, words), *_trimmed_shares(record, words), *_other_methods(record, words)]


def _decisive_evaluators(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    if record.round.ranks:
        return [ParagraphBlock(text=words.refused("ranking"), style="lead")]
    if not record.decides:
        return [ParagraphBlock(text=words("influence.nobody"), style="lead")]
    cases: dict[tuple[str, int, int | None], list[str]] = {}
    for row in record.decides:
        cases.setdefault((row.applicant, row.level, row.without), []).append(row.evaluator)
    applicants = len({row.applicant for row in record.decides})
    rows = [
        (
            words.applicant(name),
            ", ".join(evaluators),
            words.level(level),
            words("influence.too_few") if without is None else words.level(without),
        )
        for (name, level, without), evaluators in cases.items()
    ]
    heads = (words("applicant"), words("evaluator"), words("level"), words("influence.without"))
    lead = words("influence.somebody", cases=len(record.decides), applicants=applicants)
    return [
        ParagraphBlock(text=lead, style="lead"),
        TableBlock(caption=words("influence.caption"), heads=heads, rows=rows),
    ]


def _trimmed_shares(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    shares = [Share(label=row.evaluator, left=row.trimmed_low, right=row.trimmed_high) for row in record.rows]
    alt = [
        words("influence.trimmed_item", evaluator=share.label)
        if share.left is None or share.right is None
        else words("influence.trimmed_item", evaluator=share.label, low=share.left, high=share.right)
        for share in shares
    ]
    lowest, highest = words("influence.lowest"), words("influence.highest")
    title = words("influence.trimmed_title")
    chart = draw_shares_chart(
        shares, title=title, alt=words("influence.trimmed_alt", items=alt), heads=(lowest, highest), label_width=60
    )
    rows = [
        (row.evaluator, words.number(row.judged), words.share(row.trimmed_low), words.share(row.trimmed_high))
        for row in record.rows
    ]
    heads = (words("evaluator"), words("influence.judged"), lowest, highest)
    numbers = frozenset({1, 2, 3})
    return [
        *([ChartBlock(chart=chart)] if chart else []),
        TableBlock(caption=words("influence.trimmed_caption"), heads=heads, rows=rows, numbers=numbers),
    ]


def _other_methods(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    if record.round.ranks:
        return []
    if not record.methods:
        return [ParagraphBlock(text=words("influence.methods_none"))]
    heads = (words("applicant"), words("level"), *(words(f"influence.{method}") for method in _COMBINATION_METHODS))
    rows = [
        (
            words.applicant(row.applicant),
            words.level(row.level),
            *(words.level(row.levels.get(method)) for method in _COMBINATION_METHODS),
        )
        for row in record.methods
    ]
    return [TableBlock(caption=words("influence.methods_caption"), heads=heads, rows=rows)]


def build_panel(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return how many evaluators it takes, and the simulation of planned committees."""
    return [*_panel_sizes(record, words), *_panel_plans(record, words)]


def _panel_sizes(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    if record.panel_refused or record.panel_bound is None or record.panel_spread is None:
        return [ParagraphBlock(text=words.refused(record.panel_refused or "too_few_targets"))]
    intro = words(
        "panel.intro",
        spread=round_half_up(record.panel_spread, 1),
        level=record.panel_level,
        confidence=record.panel_confidence,
        bound=record.panel_bound,
    )
    rows = [(words.number(row.distance), words.number(row.evaluators)) for row in record.panel]
    return [
        ParagraphBlock(text=intro),
        TableBlock(
            caption=words("panel.caption"),
            heads=(words("panel.distance"), words("panel.needed")),
            rows=rows,
            numbers=frozenset({1}),
        ),
        ParagraphBlock(text=words("panel.method"), style="quiet"),
    ]


def _panel_plans(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    shares = [
        Share(label=words("panel.members_value", members=row.members), right=row.without_quorum) for row in record.plans
    ]
    alt = [words("panel.plans_item", members=row.members, share=row.without_quorum) for row in record.plans]
    chart = draw_shares_chart(shares, title=words("panel.plans_title"), alt=words("panel.plans_alt", items=alt))
    names = ("members", "without_quorum", "not_trimmed", "not_judged", "every_quorum")
    rows = [
        (
            words("panel.members_value", members=row.members),
            *(words.share(share) for share in (row.without_quorum, row.not_trimmed, row.not_judged, row.every_quorum)),
        )
        for row in record.plans
    ]
    intro = words(
        "panel.plans_intro",
        conflicts=record.plan_conflicts,
        absences=record.plan_absences,
        runs=record.plan_runs,
    )
    return [
        ParagraphBlock(text=intro),
        *([ChartBlock(chart=chart)] if chart else []),
        TableBlock(
            caption=words("panel.plans_caption"),
            heads=[words(f"panel.{name}") for name in names],
            rows=rows,
            numbers=frozenset({1, 2, 3, 4}),
        ),
    ]


def build_inspection(record: CommitteeRecord, words: ReviewWords) -> list[Block]:
    """Return totals side by side, what was not inspected, and the figures drawn."""
    intro = (
        words("inspection.intro", share=record.inspection_share, seed=record.seed)
        if record.seed
        else words("inspection.no_seed")
    )
    names = ("claimed", "desk", "confirmed", "inspected", "not_inspected", "weak", "drawn", "drawn_left")
    none = words.none
    rows = [
        (
            words.applicant(row.applicant),
            words.points(row.claimed),
            words.points(row.desk),
            words.points(row.confirmed),
            words("inspection.inspected_value", inspected=row.inspected, figures=row.figures),
            words.number(row.figures - row.inspected),
            words.number(row.weak),
            ", ".join(row.drawn) or none,
            ", ".join(row.drawn_not_inspected) or none,
        )
        for row in record.inspections
    ]
    heads = (words("applicant"), *(words(f"inspection.{name}") for name in names))
    return [
        ParagraphBlock(text=intro),
        TableBlock(caption=words("inspection.caption"), heads=heads, rows=rows, numbers=frozenset({1, 2, 3, 4, 5, 6})),
        *_corrected_figures(record, words),
    ]


def _corrected_figures(record: CommitteeRecord, words: ReviewWords) -> Iterable[Block]:
    if not record.corrected:
        return [ParagraphBlock(text=words("inspection.none_corrected"))]
    names = ("claimed", "desk", "on_site", "grade", "inspector", "reason")
    none = words.none
    rows = [
        (
            words.applicant(row.applicant),
            words.indicator(row.indicator),
            *(_format_figure(value, words) for value in (row.claimed, row.desk, row.on_site)),
            words.catalogue(f"evidence_grade.{row.grade}") if row.grade else none,
            sanitise_text(row.inspector) or none,
            sanitise_text(row.reason) or none,
        )
        for row in record.corrected
    ]
    heads = (words("applicant"), words("indicator"), *(words(f"inspection.{name}") for name in names))
    return [
        TableBlock(caption=words("inspection.corrected_caption"), heads=heads, rows=rows, numbers=frozenset({2, 3, 4})),
        ParagraphBlock(text=words("inspection.protocol"), style="quiet"),
    ]


def _format_figure(value: Value | None, words: ReviewWords) -> str:
    if value is None:
        return words.none
    return words(f"inspection.{value}") if isinstance(value, Missing) else format_number(value)
