"""What each audience may see: the leaner record is made before the notebook, so nothing of the fuller can leak.

An applicant sees its own report without single marks: the combined mark of each indicator stays, who gave which mark
and how many there were does not. Everybody sees, of the certified only, level, domains and strengths.

What follows from a combined mark by arithmetic stays known: where it is the highest mark there is, every mark that
counted was. Nothing but hiding the points would change that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from smartcert.errors import UsageError, suggestion
from smartcert.model.application import Input
from smartcert.model.evaluation import Evaluation, Finding
from smartcert.model.level import LevelResult
from smartcert.model.scorecard import IndicatorScore, Scorecard, SectionScore
from smartcert.reporting.record import Audience, PublicApplicant, PublicDomain, PublicRecord, Record

_STRENGTHS = 3
"""How many items are named as strengths: a line's worth, no rule."""
_APPLICATION = "application:"
_PUBLIC_RULES = ("certification.", "indicators.", "levels.", "size_type.")


def audience(name: str) -> Audience:
    """Return the audience of this name.

    Raises:
        UsageError: there is none.
    """
    for known in Audience:
        if name == known.value:
            return known
    raise UsageError(f"no audience '{name}'{suggestion(name, Audience)}; there are: {', '.join(Audience)}")


def lean(record: Record | PublicRecord, audience: Audience) -> Record | PublicRecord:
    """Return what ``audience`` may see of a record. The record itself, where it is for that audience.

    Raises:
        UsageError: the record is for a leaner audience already, or there is no public report because the applicant is
            not certified.
    """
    own = Audience.PUBLIC if isinstance(record, PublicRecord) else record.audience
    if own is audience:
        return record
    order = list(Audience)
    if isinstance(record, PublicRecord) or order.index(audience) < order.index(own):
        raise UsageError(
            f"the record is for the audience '{own}'; a report for '{audience}' would show more than it has"
        )
    return _applicants(record) if audience is Audience.APPLICANT else _public(record)


def _applicants(record: Record) -> Record:
    evaluation = record.evaluation
    return replace(
        record,
        audience=Audience.APPLICANT,
        inputs=_without_application(record.inputs),
        evaluation=replace(
            evaluation,
            findings=_without_labels(evaluation.findings),
            scorecard=_without_marks(evaluation.scorecard) if evaluation.scorecard else None,
        ),
    )


def _without_application(inputs: Iterable[Input]) -> tuple[Input, ...]:
    """Leave out the hash of the application's rows: whoever knows all of them but the marks could try marks on it."""
    return tuple(one for one in inputs if not one.file.startswith(_APPLICATION))


def _without_labels(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Take the label off excluded evaluators, and tell each reason once: neither who nor how many."""
    told: list[Finding] = []
    for finding in findings:
        if finding.code == "evaluator_excluded":
            words = {name: word for name, word in finding.facts.words.items() if name != "evaluator"}
            finding = replace(finding, facts=replace(finding.facts, words=words))
            if finding in told:
                continue
        told.append(finding)
    return tuple(told)


def _without_marks(card: Scorecard) -> Scorecard:
    return replace(card, domains=tuple(_section(domain) for domain in card.domains))


def _section(section: SectionScore) -> SectionScore:
    return replace(
        section,
        sections=tuple(_section(part) for part in section.sections),
        indicators=tuple(_indicator(one) for one in section.indicators),
    )


def _indicator(one: IndicatorScore) -> IndicatorScore:
    combination = one.combination
    if combination is None:
        return one
    return replace(one, combination=replace(combination, marks=(), exact=combination.combined))


def _public(record: Record) -> PublicRecord:
    evaluation = record.evaluation
    card, result = _certified(evaluation)
    applicant = evaluation.applicant
    return PublicRecord(
        round=record.round,
        id=evaluation.id,
        applicant=PublicApplicant(
            name=applicant.name,
            kind=applicant.kind,
            size_type=evaluation.size_type,
            invented=applicant.invented,
        ),
        level=result.level,
        domains=tuple(PublicDomain(name=one.name, percent=_percent(one)) for one in card.domains),
        strengths=tuple(item.name for item in _strengths(card)),
        rules=tuple(rule for rule in evaluation.rules if rule.name.startswith(_PUBLIC_RULES)),
        inputs=_without_application(record.inputs),
        package=record.package,
    )


def _certified(evaluation: Evaluation) -> tuple[Scorecard, LevelResult]:
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None or not result.certified:
        raise UsageError(f"'{evaluation.id}' is not certified: there are public reports of certified applicants only")
    return card, result


def _percent(section: SectionScore) -> int:
    return section.points * 100 // section.out_of if section.out_of else 0


def _strengths(card: Scorecard) -> tuple[SectionScore, ...]:
    """Return the items with the largest shares, those equal to the last one left out if they are too many.

    They stand in the order of the edition, so that their places are not told.
    """
    items = [item for item in card.items() if item.out_of]
    shares = sorted((_share(item) for item in items), reverse=True)
    least = shares[min(_STRENGTHS, len(shares)) - 1] if shares else Fraction(0)
    best = [item for item in items if _share(item) > least]
    equal = [item for item in items if _share(item) == least]
    chosen = [*best, *equal] if len(best) + len(equal) <= _STRENGTHS else best or equal
    return tuple(item for item in items if item in chosen)


def _share(item: SectionScore) -> Fraction:
    return item.points / item.out_of
