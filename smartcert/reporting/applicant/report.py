"""The report of one applicant: a method per section, each of which returns a value that a notebook shows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from smartcert.model.evaluation import Stage
from smartcert.model.improvement import NextSteps
from smartcert.reporting import charts
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant import decision, earlier, experiment, improvements, tables, trace, verdict, working
from smartcert.reporting.applicant.links import list_footer_links, list_links
from smartcert.reporting.applicant.working_html import write_indicator
from smartcert.reporting.basis import collect_rules
from smartcert.reporting.catalogue import describe_partner, load_words
from smartcert.reporting.compact import compact_html
from smartcert.reporting.formats import total_amount
from smartcert.reporting.outcome import describe_changes, describe_outcome
from smartcert.reporting.page import Page, PageSection, digest_page
from smartcert.reporting.records import Audience, Record

WORD_PAGES = ("report", "charts", "committee")
"""The pages of the catalogue that a report has its words from."""


class ApplicantReport(Page):
    """The sections of the report on one record, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(
        self, record: Record, language: str, steps: NextSteps | None = None, links: Sequence[str] = ()
    ) -> None:
        """Take a record and what would improve its evaluation; without ``steps`` no values to reach are shown.

        ``links`` are the files beside the page that it links to, as relative paths.
        """
        super().__init__(load_words(language, *WORD_PAGES, scheme=record.round.scheme))
        self._record = record
        self._steps = steps or NextSteps()
        self._links = list_links(links, self.words)
        self._footer_links = list_footer_links(links, self.words)
        self._evaluation = record.evaluation

    def head(self) -> PageSection:
        """Return the page's header: the round, the applicant, and whether these are invented."""
        evaluation, words = self._evaluation, self.words
        name = evaluation.applicant.full_name
        other = "en" if words.language == "ko" else "ko"
        return self.add_header(
            "head.html.j2",
            title=words("head.title", applicant=name),
            evaluation=evaluation,
            round=self._record.round,
            changes=describe_changes(evaluation.applicant_changes, self._record.outcome.decided_on, words),
            other=None if name.ko == name.en else (other, figures.sanitise_text(name.of(other))),
            links=self._links,
            footer_links=self._footer_links,
        )

    def verdict(self) -> PageSection:
        """Return what counts in sentences, then the computed level: its scale, its bounds, the distances from them."""
        evaluation, outcome, words = self._evaluation, self._record.outcome, self.words
        title = words("verdict.title_with", outcome=describe_outcome(outcome, words))
        sentences = verdict.describe_verdict(evaluation, outcome, words)
        card, result = evaluation.scorecard, evaluation.level
        if card is None or result is None:
            return self.add_section(
                "verdict",
                "verdict_refused.html.j2",
                title=title,
                sentences=sentences,
                open=outcome.open,
                decisive=verdict.list_decisive_findings(evaluation),
            )
        return self.add_section(
            "verdict",
            "verdict.html.j2",
            title=title,
            sentences=sentences,
            decision=describe_outcome(outcome, words),
            validity=outcome.validity if self._record.round.shows_validity else None,
            criteria="" if outcome.open else verdict.describe_criteria(card, result, words),
            evaluation=evaluation,
            result=result,
            points=total_amount(card, card.points),
            out_of=card.out_of,
            share=verdict.format_total_share(card, result),
            chart=None if result.placing else charts.draw_scale_chart(self._record, words),
            bounds=verdict.build_bound_rows(result, self._record.firmness),
            distances=verdict.describe_distances(card, result, words),
            firmness=verdict.describe_firmness(self._record, words),
            declines=improvements.build_decline_rows(self._steps, card, words),
            in_indicators=verdict.describe_indicator_margin(evaluation, words),
            rounding=verdict.describe_rounding(card, result, words),
            illustrative=self._record.round.edition_basis.status.value == "illustrative",
            edition_note=self._record.round.edition_note,
        )

    def decision(self) -> PageSection | None:
        """Return how the level came to count, step by step, and what stands against a decision; None before any step.

        Before it is decided the steps say how far it came. Nothing is shown about what was not scored, but to a
        reviewer, where a vote or a decision about it is on record.
        """
        record, words = self._record, self.words
        if not decision.shows_decision(record):
            return None
        return self.add_section(
            "decision",
            "decision.html.j2",
            title=words("decision.title"),
            rows=decision.build_step_rows(record.evaluation, record.outcome, words),
            findings=record.outcome.findings,
            changed=record.outcome.decided_otherwise,
            reviewer=record.audience is Audience.REVIEWER,
        )

    def next_level(self) -> PageSection | None:
        """Return what is missing to the next level, and what would help; None where nothing was scored."""
        evaluation, words = self._evaluation, self.words
        card = evaluation.scorecard
        if card is None:
            return None
        gap, plan = evaluation.next_level, self._steps.plan
        missed = verdict.name_missed(evaluation.level) if evaluation.level is not None else "floor"
        return self.add_section(
            "next-level",
            "next_level.html.j2",
            title=words("next.title"),
            gap=gap,
            ranked=evaluation.level is not None and evaluation.level.placing is not None,
            groups=verdict.group_gains(card, words),
            out_of_reach=verdict.list_out_of_reach(card, words),
            improvements=improvements.build_improvement_rows(self._steps, card, words),
            plan=improvements.describe_plan(plan, card, words) if plan else "",
            steps=improvements.build_step_rows(plan, card, words) if plan else [],
            chart=charts.draw_gap_chart(self._record, words),
            short=total_amount(card, gap.short) if gap else None,
            site_loss=verdict.describe_site_loss(gap, card, words, missed) if gap else "",
            missed=missed,
            lost_rows=verdict.build_loss_rows(gap.lost_on_site, card, words) if gap else [],
            experiment=experiment.list_script_words(evaluation.level, words) if evaluation.level else "",
        )

    def eligibility(self) -> PageSection:
        """Return the facts of the application, what is open, and every requirement by stage: outcome, finding, rule.

        The requirements are folded where the application was scored, which says that none of them stopped it.
        """
        evaluation, words, findings = self._evaluation, self.words, self._evaluation.findings
        stages = [(stage, [finding for finding in findings if finding.stage is stage]) for stage in Stage]
        return self.add_section(
            "eligibility",
            "eligibility.html.j2",
            title=words("eligibility.title"),
            evaluation=evaluation,
            round=self._record.round,
            day=figures.format_day(self._record.round.governing_day, words.language),
            partners=", ".join(describe_partner(partner, words) for partner in evaluation.partners),
            unfolded=evaluation.scorecard is None,
            on_hold=self._record.outcome.open,
            open=verdict.build_open_rows(findings, words),
            stages=[(stage, of_stage) for stage, of_stage in stages if of_stage],
        )

    def points(self) -> PageSection:
        """Return points by domain, item and indicator, own against possible and the size type."""
        words, record = self.words, self._record
        title = words("points.title")
        card = self._evaluation.scorecard
        if card is None:
            return self.add_section("points", "sentence.html.j2", title=title, sentence=words("points.not_evaluated"))
        return self.add_section(
            "points",
            "points.html.j2",
            title=title,
            peers=record.peers,
            waterfall=charts.draw_waterfall_chart(record, words),
            standing=charts.draw_standing_chart(record, words),
            chart=charts.draw_points_chart(record, words),
            sections=tables.build_section_rows(card, record.peers, words),
            items=tables.build_indicator_rows(card, record.peers, words),
        )

    def working(self) -> PageSection | None:
        """Return the working of every indicator and of every sum; None where nothing was scored."""
        words, evaluation = self.words, self._evaluation
        card = evaluation.scorecard
        if card is None:
            return None
        return self.add_section(
            "working",
            "working.html.j2",
            title=words("working.title"),
            roundings=working.describe_roundings(card, words),
            domains=working.build_sections(card, tables.find_exclusion_reasons(evaluation.findings), words),
            total=working.describe_total(card, words),
            write_indicator=write_indicator,
        )

    def inspection(self) -> PageSection | None:
        """Return what was corrected at the desk and on site; None where nothing was scored."""
        words = self.words
        card = self._evaluation.scorecard
        if card is None:
            return None
        totals = [card.claimed, card.desk, card.points]
        changes = [None, *(tables.format_total_change(after - before, card) for before, after in pairwise(totals))]
        inspected, not_inspected = tables.list_inspected(card)
        return self.add_section(
            "inspection",
            "inspection.html.j2",
            title=words("inspection.title"),
            totals=[
                (name, total_amount(card, value), change)
                for name, value, change in zip(working.COLUMNS, totals, changes, strict=True)
            ],
            chart=charts.draw_totals_chart(self._record, words),
            corrections=tables.build_correction_rows(card, words),
            inspected=inspected,
            not_inspected=not_inspected,
        )

    def committee(self) -> PageSection | None:
        """Return the marks of the committee without names; None where nothing was scored."""
        words, evaluation = self.words, self._evaluation
        card = evaluation.scorecard
        if card is None:
            return None
        return self.add_section(
            "committee",
            "committee.html.j2",
            title=words("committee.title"),
            chart=charts.draw_marks_chart(self._record, words),
            rows=tables.build_marks_rows(card, evaluation.findings, words),
        )

    def earlier(self) -> PageSection | None:
        """Return the rounds and certificates of the same local government from before; None where none is known."""
        record, words = self._record, self.words
        if record.earlier is None:
            return None
        return self.add_section(
            "earlier",
            "earlier.html.j2",
            title=words("earlier.title"),
            day=record.round.governing_day,
            rounds=earlier.build_round_rows(record, words),
            certificates=earlier.build_certificate_rows(record.earlier, words),
        )

    def basis(self) -> PageSection:
        """Return what the verdict rests on: rules, editions, status, sources, and the hashes of the inputs."""
        words, record = self.words, self._record
        return self.add_basis(
            "basis.title",
            record,
            collect_rules(record.evaluation.rules, record.round),
            formats=(record.format, trace.FORMAT),
            fold=words("fold.basis"),
            about=tables.build_about_rows(record.evaluation.scorecard, words),
        )

    def trace(self) -> PageSection | None:
        """Return the calculation for machines, to be recomputed from the page alone; None where nothing was scored.

        Call it after the other sections: it includes a hash of each of those that no calculation leads to. With it
        comes the script that lets a reader try other values.
        """
        if self._evaluation.scorecard is None:
            return None
        seals = {
            name: digest_page(compact_html(section.html))
            for name, section in self.built_sections.items()
            if name in trace.SEALED_SECTIONS
        }
        html = trace.embed_trace(trace.build_trace(self._record, self.words.language, seals))
        data, metadata = experiment.attach_script()
        return PageSection(title=trace.FORMAT, html=html, data=data, metadata=metadata)
