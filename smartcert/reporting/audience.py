"""What each reader may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from smartcert.errors import UsageError, suggest
from smartcert.model.application import InputFile
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation, Finding, IndicatorScore, LevelResult, Scorecard, SectionScore
from smartcert.reporting.progress import ProgressStep, count_steps
from smartcert.reporting.records import (
    Audience,
    JsonRecord,
    PublicApplicant,
    PublicDomain,
    PublicRecord,
    Record,
    RoundFacts,
    RoundRecord,
)

# --- What each audience may see: the leaner record is made before the notebook, so nothing of the fuller can leak.

_MOST_STRENGTHS = 3
"""How many items are named as strengths: a line's worth, no rule."""
_APPLICATION_PREFIX = "application:"
_PUBLIC_RULE_PREFIXES = ("certification.", "indicators.", "levels.", "size_type.")


def parse_audience(name: str) -> Audience:
    """Return the audience of this name.

    Raises:
        UsageError: there is none.
    """
    for known in Audience:
        if name == known.value:
            return known
    raise UsageError(f"no audience '{name}'{suggest(name, Audience)}; there are: {', '.join(Audience)}")


def redact(record: Record | PublicRecord, audience: Audience) -> Record | PublicRecord:
    """Return what ``parse_audience`` may see of a record. The record itself, where it is for that audience.

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
    return _redact_for_applicant(record) if audience is Audience.APPLICANT else _redact_for_public(record)


def _redact_for_applicant(record: Record) -> Record:
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


def _without_application(inputs: Iterable[InputFile]) -> tuple[InputFile, ...]:
    """Leave out the hash of the application's rows: whoever knows all of them but the marks could try marks on it."""
    return tuple(one for one in inputs if not one.file.startswith(_APPLICATION_PREFIX))


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
    return replace(card, domains=tuple(_section_without_marks(domain) for domain in card.domains))


def _section_without_marks(section: SectionScore) -> SectionScore:
    return replace(
        section,
        sections=tuple(_section_without_marks(part) for part in section.sections),
        indicators=tuple(_indicator_without_marks(one) for one in section.indicators),
    )


def _indicator_without_marks(one: IndicatorScore) -> IndicatorScore:
    combination = one.combination
    if combination is None:
        return one
    return replace(one, combination=replace(combination, marks=(), exact=combination.combined))


def _redact_for_public(record: Record) -> PublicRecord:
    evaluation = record.evaluation
    card, result = _certified_result(evaluation)
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
        domains=tuple(PublicDomain(name=one.name, percent=_points_percent(one)) for one in card.domains),
        strengths=tuple(item.name for item in _find_strengths(card)),
        rules=tuple(rule for rule in evaluation.rules if rule.name.startswith(_PUBLIC_RULE_PREFIXES)),
        inputs=_without_application(record.inputs),
        package=record.package,
    )


def _certified_result(evaluation: Evaluation) -> tuple[Scorecard, LevelResult]:
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None or not result.certified:
        raise UsageError(f"'{evaluation.id}' is not certified: there are public reports of certified applicants only")
    return card, result


def _points_percent(section: SectionScore) -> int:
    return section.points * 100 // section.out_of if section.out_of else 0


def _find_strengths(card: Scorecard) -> tuple[SectionScore, ...]:
    """Return the items with the largest shares, those equal to the last one left out if they are too many.

    They stand in the order of the edition, so that their places are not told.
    """
    items = [item for item in card.items() if item.out_of]
    shares = sorted((_points_share(item) for item in items), reverse=True)
    least = shares[min(_MOST_STRENGTHS, len(shares)) - 1] if shares else Fraction(0)
    best = [item for item in items if _points_share(item) > least]
    equal = [item for item in items if _points_share(item) == least]
    chosen = [*best, *equal] if len(best) + len(equal) <= _MOST_STRENGTHS else best or equal
    return tuple(item for item in items if item in chosen)


def _points_share(item: SectionScore) -> Fraction:
    return item.points / item.out_of


# --- The round as everybody may see it: how many came how far, and who is to be certified. Made before the notebook.

_RULES_PREFIX = "rules/"


@dataclass(frozen=True, kw_only=True, slots=True)
class PressResult:
    """One applicant that is to be certified; ``code`` is that of the registry."""

    id: str
    code: str
    applicant: PublicApplicant
    level: int
    domains: tuple[PublicDomain, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PressRecord(JsonRecord):
    """The counts of a round and its public results, best level first, then by name."""

    round: RoundFacts
    counts: Mapping[ProgressStep, int]
    certified: tuple[PressResult, ...]
    rules: tuple[Basis, ...]
    inputs: tuple[InputFile, ...]
    package: str
    format: Literal["smartcert-press/1"] = "smartcert-press/1"


def build_press_record(record: RoundRecord) -> PressRecord:
    """Return what is public of a round; the counts are those of the full record."""
    public = [(one.applicant.code, _redact_evaluation(one, record)) for one in record.evaluations if one.certified]
    rules = {rule.name: rule for _, one in public for rule in one.rules}
    return PressRecord(
        round=record.round,
        counts=count_steps(record.evaluations),
        certified=tuple(sorted((_press_result(code, one) for code, one in public), key=_press_sort_key)),
        rules=tuple(rules[name] for name in sorted(rules)),
        inputs=tuple(one for one in record.inputs if one.file.startswith(_RULES_PREFIX)),
        package=record.package,
    )


def _redact_evaluation(evaluation: Evaluation, record: RoundRecord) -> PublicRecord:
    full = Record(round=record.round, evaluation=evaluation, peers=None, inputs=(), package=record.package)
    made = redact(full, Audience.PUBLIC)
    assert isinstance(made, PublicRecord)  # noqa: S101  # for the type checker: what lean makes for the public
    return made


def _press_result(code: str, record: PublicRecord) -> PressResult:
    return PressResult(id=record.id, code=code, applicant=record.applicant, level=record.level, domains=record.domains)


def _press_sort_key(result: PressResult) -> tuple[int, str, str]:
    return result.level, result.applicant.name.ko, result.id
