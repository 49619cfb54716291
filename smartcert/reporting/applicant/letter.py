"""The letter of result (결과 통지서) of one applicant: what was decided, why, what would help, how to object.

It says what was decided and never what was only computed: an application that is still open gets a note of where it
stands, without points. Nothing of law is invented: what rests on a rule cites it, what is a setting of the round and is
not set is a blank to be filled in by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from smartcert.model.applicant import ApplicantChangeKind
from smartcert.model.citation import Basis, Status
from smartcert.model.evaluation import Evaluation, Finding, Scorecard
from smartcert.model.improvement import Improvement, Target
from smartcert.model.indicator import IndicatorKind, RoundingStep
from smartcert.model.outcome import Outcome, Result
from smartcert.model.sender import LetterRules, Sender
from smartcert.reporting.applicant.verdict import (
    describe_awaited,
    describe_criteria,
    describe_due,
    list_decisive_findings,
    name_missed,
)
from smartcert.reporting.catalogue import FieldValue, Words, describe_partner, format_value, load_words
from smartcert.reporting.documents.blocks import Block, Document, Span, write_paragraph
from smartcert.reporting.documents.letter import (
    WORDS,
    Letter,
    build_contact,
    build_letter,
    build_setting,
    format_letter_day,
    name_head,
)
from smartcert.reporting.formats import Amount, format_number, round_half_up, total_amount
from smartcert.reporting.outcome import describe_changes
from smartcert.reporting.records import Record

PAGE = "result_letter"
MOST_LISTED = 3
"""How many reasons and how many next steps a letter names, so that it stays on one sheet."""

_Line = Sequence[str | Span]


def build_result_letter(
    record: Record, sender: Sender, rules: LetterRules, improvements: Sequence[Improvement], language: str
) -> Document:
    """Return the letter as a document of one sheet; ``improvements`` are the most rewarding ones, best first."""
    words = load_words(language, WORDS, "report", PAGE, scheme=record.round.scheme)
    body = _Body(record, sender, rules, tuple(improvements)[:MOST_LISTED], words)
    outcome = record.outcome
    invented = record.round.invented or record.round.edition_basis.status is Status.ILLUSTRATIVE
    letter = Letter(
        addressee=_name_addressee(record, words),
        subject=words(f"result_letter.subject.{outcome.result.value}", round=record.round.title),
        body=tuple(body.build()),
        day=None,
        enclosures=() if outcome.open else (words("result_letter.enclosure"),),
        specimen=invented,
        cited=_list_cited(record, rules),
    )
    return build_letter(letter, sender, words, compact=True)


def _name_addressee(record: Record, words: Words) -> str:
    """Return the head of the applicant as it was on the day of the decision; empty where it did not exist any more."""
    applicant, decided_on = record.evaluation.applicant, record.outcome.decided_on
    if record.evaluation.partners or decided_on is None:
        return name_head(applicant, words)
    for change in record.evaluation.applicant_changes:
        if change.since <= decided_on:
            if change.kind is ApplicantChangeKind.ENDED:
                return ""
            applicant = change.after[0]
    return name_head(applicant, words)


def _list_cited(record: Record, rules: LetterRules) -> tuple[Basis, ...]:
    return (
        record.round.window.basis,
        record.round.edition_basis,
        *(basis for finding in record.evaluation.findings for basis in finding.basis),
        *(rules.objections.basis, rules.objection_period.basis, rules.issues.basis, rules.extension_months.basis),
        *(rules.mark, rules.improper, rules.not_certified),
    )


class _Body:
    """The numbered paragraphs of one letter."""

    def __init__(
        self,
        record: Record,
        sender: Sender,
        rules: LetterRules,
        improvements: tuple[Improvement, ...],
        words: Words,
    ) -> None:
        self._evaluation: Evaluation = record.evaluation
        self._outcome: Outcome = record.outcome
        self._round = record.round
        self._sender, self._rules, self._improvements, self._words = sender, rules, improvements, words
        scheme = record.round.scheme
        self._is_city = scheme is None or scheme.worded_as_city

    def build(self) -> Iterator[Block]:
        """Yield the paragraphs, numbered, with what stands below each."""
        parts = [part for part in self._list_parts() if part[0]]
        for number, (head, lines) in enumerate(parts, start=1):
            yield write_paragraph(f"{number}. ", *head)
            for sign, line in zip(self._words("result_letter.signs").split(), lines, strict=False):
                yield write_paragraph(f"{sign} ", *line, indent=1)

    def _list_parts(self) -> Iterator[tuple[_Line, Sequence[_Line]]]:
        words = self._words
        yield [words("result_letter.related", basis=self._list_related())], ()
        partners = [describe_partner(partner, words) for partner in self._evaluation.partners]
        yield [words("result_letter.partners", partners=partners)] if partners else [], ()
        changes = describe_changes(self._evaluation.applicant_changes, self._outcome.decided_on, words)
        yield [" ".join(changes)] if changes else [], ()
        yield [self._introduce()], self._state_result()
        yield self._explain()
        yield self._advise()
        after = self._say_what_follows()
        yield [after] if after else [], ()
        if not self._outcome.open:
            yield self._explain_objections(), ()
        yield [words("result_letter.contact"), " ", *build_contact(self._sender, words)], ()

    def _list_related(self) -> list[str]:
        scored = self._evaluation.scorecard is not None
        bases = [self._round.window.basis, *([self._round.edition_basis] if scored else [])]
        cites = [self._words.citation(cite) for basis in bases for cite in basis.cite]
        return [self._words.show(self._round.title, "text"), *dict.fromkeys(cites)]

    def _introduce(self) -> str:
        arrived = next(
            (
                finding.facts.moments["arrived"]
                for finding in self._evaluation.findings
                if "arrived" in finding.facts.moments
            ),
            None,
        )
        fields: dict[str, FieldValue] = {"round": self._round.title}
        if arrived is not None:
            fields["arrived"] = format_letter_day(arrived.date(), self._words.language)
        return self._words(f"result_letter.intro.{'open' if self._outcome.open else 'result'}", **fields)

    # --- what was decided

    def _state_result(self) -> list[_Line]:
        words, evaluation, outcome = self._words, self._evaluation, self._outcome
        if outcome.open:
            if outcome.evaluated:
                return [[describe_awaited(outcome, words)], [words("result_letter.no_date")]]
            lead = words(f"verdict.on_hold.{evaluation.stage.value}", applicant=evaluation.applicant.full_name)
            return [[lead], [describe_due(list_decisive_findings(evaluation), words)]]
        card, result = evaluation.scorecard, evaluation.level
        if card is None or result is None:
            lead = words(f"verdict.refused.{evaluation.stage.value}", applicant=evaluation.applicant.full_name)
            return [[Span(text=lead, bold=True)], [words("result_letter.no_points")]]
        lines: list[_Line] = [[Span(text=self._describe_decision(), bold=True)]]
        points = words("unit.points_of", points=total_amount(card, card.points), out_of=card.out_of)
        size = f"size_type.{evaluation.size_type}" if evaluation.size_type else ""
        facts = [words("result_letter.total", points=points), *([words.term(size)] if size else [])]
        if outcome.decided_otherwise:
            facts.append(words("result_letter.computed", level=result.level))
        lines.append([", ".join(facts)])
        lines.append([words("result_letter.domains", domains=self._list_domains(card))])
        if outcome.validity is not None:
            lines.append([words("verdict.validity", years=outcome.validity.years)])
        return lines

    def _describe_decision(self) -> str:
        decided = self._outcome.decided
        assert decided is not None  # noqa: S101  # for the type checker: what was scored and is not open is decided
        certified = "certified" if self._outcome.certified else "not_certified"
        return self._words(f"verdict.decided.{certified}", on=decided.on, level=decided.level)

    def _list_domains(self, card: Scorecard) -> list[str]:
        return [
            self._words(
                "result_letter.domain",
                name=domain.name,
                points=_round(domain.points, card),
                out_of=domain.out_of,
            )
            for domain in card.domains
        ]

    # --- why

    def _explain(self) -> tuple[_Line, Sequence[_Line]]:
        words = self._words
        if self._outcome.open and self._outcome.evaluated:
            return [], ()
        if self._evaluation.scorecard is None:
            reasons = self._list_refusals()
            return [words("result_letter.reasons_refused")], [[reason] for reason in reasons]
        return [words("result_letter.reasons")], [[reason] for reason in list(self._list_reasons())[:MOST_LISTED]]

    def _list_refusals(self) -> list[str]:
        """Return why it was refused, each reason once, however many indicators or documents it is about."""
        by_code: dict[str, list[Finding]] = {}
        for finding in list_decisive_findings(self._evaluation):
            by_code.setdefault(finding.code, []).append(finding)
        return [self._describe_refusal(findings) for findings in by_code.values()][:MOST_LISTED]

    def _describe_refusal(self, findings: Sequence[Finding]) -> str:
        sentence = self._words.finding(findings[0])
        if len(findings) > 1:
            sentence += " " + self._words("result_letter.same_reason", count=len(findings) - 1)
        cites = [self._words.citation(cite) for basis in findings[0].basis[:1] for cite in basis.cite]
        return f"{sentence} ({', '.join(cites)})" if cites else sentence

    def _list_reasons(self) -> Iterator[str]:
        """Yield the reasons of a result that was scored, the strongest first."""
        words, evaluation, outcome = self._words, self._evaluation, self._outcome
        card, result = evaluation.scorecard, evaluation.level
        if card is None or result is None:
            return
        if outcome.decided_otherwise:
            reason = outcome.decided.reason if outcome.decided else ""
            decided = words("verdict.decision_reason", reason=reason) if reason else ""
            yield decided or words("verdict.decision_without_reason")
        else:
            yield describe_criteria(card, result, words)
        losses = [loss for loss in evaluation.next_level.lost_on_site if loss.own] if evaluation.next_level else []
        if losses:
            names = [words.show(loss.name, "text") for loss in losses[:MOST_LISTED]]
            lost = _round(sum((loss.points for loss in losses), Fraction(0)), card)
            yield words("result_letter.lost", count=len(losses), points=lost, names=names)
        domains = [domain for domain in card.domains if domain.out_of]
        shares = [domain.points / domain.out_of for domain in domains]
        lacks = [domain.out_of - domain.points for domain in domains]
        if outcome.certified and shares.count(max(shares)) == 1 < len(shares):
            best = domains[shares.index(max(shares))]
            yield words("result_letter.strongest", name=best.name, share=max(shares))
        for lack, share, domain in sorted(zip(lacks, shares, domains, strict=True), key=lambda row: -row[0]):
            if (left := _round(lack, card)).value > 0:
                key = "most_left" if lacks.count(lack) == 1 < len(lacks) and lack == max(lacks) else "next_left"
                yield words(f"result_letter.{key}", name=domain.name, left=left, share=share)

    # --- what would help

    def _advise(self) -> tuple[_Line, Sequence[_Line]]:
        words, evaluation = self._words, self._evaluation
        if self._outcome.open and self._outcome.evaluated:
            return [], ()
        card, gap = evaluation.scorecard, evaluation.next_level
        if card is None:
            needed = dict.fromkeys(self._describe_need(finding) for finding in list_decisive_findings(evaluation))
            return [words("result_letter.needed")], [[sentence] for sentence in list(needed)[:MOST_LISTED] if sentence]
        if not self._improvements:
            return [words("next.nothing_left")], ()
        alone = [step for step in self._improvements if step.alone is not None]
        steps = [[self._describe_step(step, card)] for step in alone or self._improvements]
        if gap is None or evaluation.level is None or evaluation.level.placing is not None:
            return [words("result_letter.steps")], steps
        fields: dict[str, FieldValue] = {"level": gap.level, "bound": gap.bound}
        if gap.short <= 0:
            limited = words(f"next.only_{name_missed(evaluation.level)}", **fields)
            return [limited, " ", words(f"result_letter.steps{'_limited' if alone else ''}")], steps
        short = total_amount(card, gap.short)
        if alone:
            return [words("result_letter.steps_alone", short=short, **fields)], steps
        if not gap.smallest_set:
            return [words("result_letter.steps_beyond", short=short, **fields)], steps
        return [words("result_letter.steps_together", short=short, count=len(gap.smallest_set), **fields)], steps

    def _describe_need(self, finding: Finding) -> str:
        """Return what would have been needed; empty where the catalogue has no sentence for the finding."""
        key = f"needed.{finding.code}"
        if key not in self._words:
            return ""
        known: dict[str, FieldValue] = {**finding.facts.numbers, **finding.facts.moments}
        sentence = " ".join(self._words.list_variants(key))
        wanted = {name: known[name] for name in known if f"{{{name}:" in sentence}
        return self._words(key, **wanted)

    def _describe_step(self, step: Improvement, card: Scorecard) -> str:
        words, score = self._words, step.score
        now = format_value(score.confirmed.value, score.indicator, words)
        if score.indicator.kind is IndicatorKind.QUALITATIVE and score.confirmed.measure is not None:
            now = words("next.now_mark", mark=_format_mark(score.confirmed.measure))
        fields: dict[str, FieldValue] = {
            "name": score.indicator.name,
            "now": now,
            "best": self._describe_target(step.best, step),
            "most": total_amount(card, step.best.gain),
        }
        if step.alone is not None:
            fields["value"] = self._describe_target(step.alone, step)
            fields["gain"] = total_amount(card, step.alone.gain)
            return words("result_letter.step_alone", level=step.alone.level, **fields)
        return words("result_letter.step", **fields)

    def _describe_target(self, target: Target, step: Improvement) -> str:
        words, indicator = self._words, step.score.indicator
        if target.value is None:
            return words("result_letter.rank", rank=target.rank or 1)
        if indicator.kind is IndicatorKind.QUALITATIVE:
            return words("next.now_mark", mark=_format_mark(target.value))
        return format_value(target.value, indicator, words)

    # --- what follows, and what can be done against it

    def _say_what_follows(self) -> str:
        words, rules, outcome = self._words, self._rules, self._outcome
        if outcome.open:
            return words("result_letter.follows.open")
        if not self._is_city:
            return words("result_letter.follows.other")
        if outcome.result is Result.EXCLUDED:
            return words("result_letter.follows.excluded")
        if not outcome.certified:
            return words("result_letter.follows.not_certified", basis=self._cite(rules.not_certified)[:1])
        return words(
            "result_letter.follows.certified",
            role=f"role.{rules.issues.value}",
            issues=self._cite(rules.issues.basis),
            mark=self._cite(rules.mark),
            months=rules.extension_months.value,
            extension=self._cite_with_status(rules.extension_months.basis),
            improper=self._cite(rules.improper),
        )

    def _explain_objections(self) -> list[str | Span]:
        """Return where to object and until when, with the rules; that no period is known, where none is."""
        words, rules, sender = self._words, self._rules, self._sender
        line: list[str | Span] = [
            words("result_letter.object_before", role=f"role.{rules.objections.value}"),
            build_setting(sender, "agency", words),
            words("result_letter.object_after", basis=self._cite(rules.objections.basis)),
        ]
        period = rules.objection_period
        if period.value or sender.objections is not None:
            line += [" ", build_setting(sender, "objections", words)]
        else:
            status = f"status.{period.basis.status.value}"
            line += [" ", words("result_letter.no_period", basis=self._cite(period.basis), status=status)]
        return [*line, " ", build_setting(sender, "remedies", words)]

    def _cite(self, basis: Basis) -> list[str]:
        return [self._words.citation(cite) for cite in basis.cite]

    def _cite_with_status(self, basis: Basis) -> list[str]:
        """Return the citations of a rule, and that it is only read from them or invented where it is."""
        firm = basis.status in (Status.LAW, Status.PUBLISHED)
        return [*self._cite(basis), *([] if firm else [self._words.term(f"status.{basis.status.value}")])]


def _round(points: Fraction, card: Scorecard) -> Amount:
    """Return points with the digits of a rounded total, else with two at most; nothing is decided by them."""
    digits = total_amount(card, points).digits
    return Amount(value=round_half_up(points, digits if card.rounding_at(RoundingStep.TOTAL) else 2), digits=digits)


def _format_mark(mark: Fraction) -> str:
    """Return a combined mark with at most two digits."""
    return format_number(round_half_up(mark, 2))
