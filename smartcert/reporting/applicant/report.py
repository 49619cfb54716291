"""The report of one applicant: one method per section, each a value that shows itself in a notebook."""

from __future__ import annotations

from fractions import Fraction

from smartcert.model.evaluation import Stage
from smartcert.reporting import charts
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant import basis, tables, trace, verdict, working
from smartcert.reporting.applicant import verdict as next_steps
from smartcert.reporting.applicant.verdict import open_rows
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import part, total
from smartcert.reporting.page import Page, Section, seal
from smartcert.reporting.records import Record


class ApplicantReport(Page):
    """The sections of the report on one record, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: Record, language: str) -> None:
        super().__init__(Words(language, "report", "charts"))
        self._record = record
        self._evaluation = record.evaluation

    def head(self) -> Section:
        """Return the page's header: the round, the applicant, and whether these are invented."""
        evaluation, words = self._evaluation, self.words
        name = evaluation.applicant.name
        other = "en" if words.language == "ko" else "ko"
        return self._header(
            "head.html.j2",
            title=words("head.title", applicant=name),
            evaluation=evaluation,
            round=self._record.round,
            other=None if name.ko == name.en else (other, figures.plain(name.of(other))),
            day=figures.day(self._record.round.governing_day, words.language),
        )

    def verdict(self) -> Section:
        """Return the verdict: one sentence, the scale with its bounds, and how firm it is."""
        evaluation, words = self._evaluation, self.words
        title = words("verdict.title")
        card, result = evaluation.scorecard, evaluation.level
        if card is None or result is None:
            return self._section(
                "verdict",
                "verdict_refused.html.j2",
                title=title,
                sentence=verdict.sentence(evaluation, words),
                open=verdict.is_open(evaluation),
                decisive=verdict.decisive(evaluation),
            )
        return self._section(
            "verdict",
            "verdict.html.j2",
            title=title,
            sentence=verdict.sentence(evaluation, words),
            evaluation=evaluation,
            result=result,
            points=total(card, card.points),
            out_of=card.out_of,
            share=figures.percent(card.points / card.out_of),
            chart=charts.scale_chart(self._record, words),
            bounds=verdict.bound_rows(result),
            firmness=verdict.firmness(card, result, words),
            in_indicators=verdict.in_indicators(evaluation, words),
            rounding=verdict.rounding(card, result, words),
            illustrative=self._record.round.edition_basis.status.value == "illustrative",
            edition_note=self._record.round.edition_note,
        )

    def next_level(self) -> Section | None:
        """Return what to do next: what separates it from the next level, and what would move it; None if not scored."""
        evaluation, words = self._evaluation, self.words
        card = evaluation.scorecard
        if card is None:
            return None
        gap = evaluation.next_level
        lost = sum((one.points for one in gap.lost_on_site), Fraction(0)) if gap else Fraction(0)
        return self._section(
            "next-level",
            "next_level.html.j2",
            title=words("next.title"),
            gap=gap,
            groups=next_steps.groups(card, words),
            sets=next_steps.sets(gap, card, words) if gap else [],
            chart=charts.gap_chart(self._record, words),
            short=total(card, gap.short) if gap else None,
            lost=part(card, lost),
            lost_rows=next_steps.rows_of(gap.lost_on_site, card, words) if gap else [],
        )

    def eligibility(self) -> Section:
        """Return every requirement by stage: outcome, what was found, what it rests on."""
        held = self._evaluation.findings
        stages = [(stage, [one for one in held if one.stage is stage]) for stage in Stage]
        return self._section(
            "eligibility",
            "eligibility.html.j2",
            title=self.words("eligibility.title"),
            open=open_rows(held, self.words),
            stages=[(stage, findings) for stage, findings in stages if findings],
        )

    def points(self) -> Section:
        """Return points by domain, item and indicator, own against possible and the size type."""
        words, record = self.words, self._record
        title = words("points.title")
        card = self._evaluation.scorecard
        if card is None:
            return self._section("points", "sentence.html.j2", title=title, sentence=words("points.not_evaluated"))
        return self._section(
            "points",
            "points.html.j2",
            title=title,
            peers=record.peers,
            waterfall=charts.waterfall_chart(record, words),
            standing=charts.standing_chart(record, words),
            chart=charts.points_chart(record, words),
            sections=tables.section_rows(card, record.peers, words),
            items=tables.indicator_rows(card, record.peers, words),
        )

    def working(self) -> Section | None:
        """Return the working of every indicator and of every sum; None where nothing was scored."""
        words, evaluation = self.words, self._evaluation
        card = evaluation.scorecard
        if card is None:
            return None
        return self._section(
            "working",
            "working.html.j2",
            title=words("working.title"),
            roundings=working.roundings(card, words),
            domains=working.sections(card, tables.reasons_of_exclusion(evaluation.findings), words),
            total=working.total_sum(card, words),
        )

    def inspection(self) -> Section | None:
        """Return what was corrected at the desk and on site; None where nothing was scored."""
        words = self.words
        card = self._evaluation.scorecard
        if card is None:
            return None
        totals = [card.claimed, card.desk, card.points]
        inspected, not_inspected = tables.inspected(card)
        return self._section(
            "inspection",
            "inspection.html.j2",
            title=words("inspection.title"),
            totals=[
                (name, total(card, value), tables.signed_total(value - before, card) if at else None)
                for at, (name, value, before) in enumerate(
                    zip(working.COLUMNS, totals, [totals[0], *totals], strict=False)
                )
            ],
            chart=charts.totals_chart(self._record, words),
            corrections=tables.correction_rows(card, words),
            inspected=inspected,
            not_inspected=not_inspected,
        )

    def committee(self) -> Section | None:
        """Return the marks of the committee without names; None where nothing was scored."""
        words, evaluation = self.words, self._evaluation
        card = evaluation.scorecard
        if card is None:
            return None
        return self._section(
            "committee",
            "committee.html.j2",
            title=words("committee.title"),
            chart=charts.marks_chart(self._record, words),
            rows=tables.marks_rows(card, evaluation.findings, words),
        )

    def basis(self) -> Section:
        """Return what the verdict rests on: rules, editions, status, sources, and the hashes of the inputs."""
        words, record = self.words, self._record
        rules = basis.used(record)
        return self._section(
            "basis",
            "basis.html.j2",
            title=words("basis.title"),
            record=record,
            formats=(record.format, trace.FORMAT),
            **basis.shown(rules, words),
        )

    def trace(self) -> Section | None:
        """Return the calculation for machines, to be recomputed from the page alone; None where nothing was scored.

        Call it after the other sections: it seals what stands in those that no calculation leads to.
        """
        if self._evaluation.scorecard is None:
            return None
        seals = {name: seal(made.html) for name, made in self._made.items() if name in trace.SEALED}
        html = trace.embedded(trace.trace(self._record, self.words.language, seals))
        return Section(title=trace.FORMAT, html=html)
