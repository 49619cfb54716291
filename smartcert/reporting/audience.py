"""What may each audience see? Records are redacted before a page is built, so that no page can leak what they lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Literal

from smartcert.errors import UsageError, suggest
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ApplicantKind
from smartcert.model.application import InputFile
from smartcert.model.citation import Basis, Text
from smartcert.model.evaluation import Evaluation, Finding, IndicatorScore, Scorecard, SectionScore
from smartcert.model.firmness import Firmness, LevelShare
from smartcert.model.outcome import Outcome, OutcomeStage, VoteTally
from smartcert.reporting.progress import StepCount, count_outcomes, count_steps
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
from smartcert.representation import describe_briefly

_MOST_STRENGTHS = 3
"""How many items are named as strengths, which fit on a line; no rule asks for them."""
_COARSE_STEPS = 20
"""An applicant is shown simulated shares in steps of 5 percent; no rule asks for it."""
_APPLICATION_PREFIX = "application:"
_RULES_PREFIX = "rules/"
_PUBLIC_RULE_PREFIXES = ("certification.", "indicators.", "levels.", "size_type.")


def parse_audience(name: str) -> Audience:
    """Return the audience of this name; a UsageError where there is none."""
    if name not in {audience.value for audience in Audience}:
        raise UsageError(f"no audience '{name}'{suggest(name, Audience)}; there are: {', '.join(Audience)}")
    return Audience(name)


def redact(record: Record | PublicRecord, audience: Audience) -> Record | PublicRecord:
    """Return what ``audience`` may see of a record; the record itself, where it is for that audience.

    Raises:
        UsageError: the record is for an audience that sees less, or there is no public report because the applicant is
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
    card = evaluation.scorecard
    return replace(
        record,
        audience=Audience.APPLICANT,
        inputs=_without_application(record.inputs),
        evaluation=replace(
            evaluation,
            findings=_without_labels(evaluation.findings),
            scorecard=replace(card, domains=tuple(map(_without_marks, card.domains))) if card else None,
        ),
        outcome=_without_persons(record.outcome),
        firmness=_coarsen(record.firmness) if record.firmness else None,
    )


def _coarsen(firmness: Firmness) -> Firmness:
    """Round the shares to `_COARSE_STEPS` equal steps, by largest remainder: exact ones could betray marks.

    Of equal remainders that of the higher level is rounded up. A level without a part left is not named.
    """
    parts = {level_share.level: level_share.share * _COARSE_STEPS for level_share in firmness.levels}
    steps = {level: floor(part) for level, part in parts.items()}
    order = sorted(parts, key=lambda level: (steps[level] - parts[level], level))
    for level in order[: _COARSE_STEPS - sum(steps.values())]:
        steps[level] += 1
    levels = (LevelShare(level=level, share=Fraction(part, _COARSE_STEPS)) for level, part in steps.items() if part)
    return replace(firmness, levels=tuple(levels))


def _without_persons(outcome: Outcome) -> Outcome:
    """Leave out who voted how, who proposed, and what stands against a decision: these stay in the committee's room."""
    return replace(
        outcome,
        vote=VoteTally(result=outcome.vote.result),
        proposed=replace(outcome.proposed, by="", reason="") if outcome.proposed else None,
        decided=replace(outcome.decided, by="") if outcome.level is not None and outcome.decided else None,
        findings=(),
    )


def _without_application(inputs: Iterable[InputFile]) -> tuple[InputFile, ...]:
    """Leave out the hash of the application's rows: whoever knows all of them but the marks could try marks on it."""
    return tuple(read for read in inputs if not read.file.startswith(_APPLICATION_PREFIX))


def _without_labels(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Take the label off excluded evaluators, and name each reason once: neither who nor how many were excluded."""
    redacted: list[Finding] = []
    for finding in findings:
        if finding.code == "evaluator_excluded":
            words = {name: word for name, word in finding.facts.words.items() if name != "evaluator"}
            finding = replace(finding, facts=replace(finding.facts, words=words))
            if finding in redacted:
                continue
        redacted.append(finding)
    return tuple(redacted)


def _without_marks(section: SectionScore) -> SectionScore:
    return replace(
        section,
        sections=tuple(_without_marks(part) for part in section.sections),
        indicators=tuple(_indicator_without_marks(indicator) for indicator in section.indicators),
    )


def _indicator_without_marks(indicator: IndicatorScore) -> IndicatorScore:
    combination = indicator.combination
    if combination is None:
        return indicator
    return replace(indicator, combination=replace(combination, marks=(), exact=combination.combined))


def _redact_for_public(record: Record) -> PublicRecord:
    evaluation = record.evaluation
    applicant, card, outcome = evaluation.applicant, evaluation.scorecard, record.outcome
    if card is None or outcome.level is None or outcome.decided is None or not outcome.certified:
        raise UsageError(
            f"'{evaluation.id}' was not certified: there are public reports only of those whom a decision certified"
        )
    validity = outcome.validity if record.round.shows_validity else None
    own = [
        rule
        for rule in evaluation.rules
        if validity or outcome.validity is None or rule.name != outcome.validity.basis.name
    ]
    return PublicRecord(
        round=record.round,
        id=evaluation.id,
        applicant=PublicApplicant(
            name=applicant.full_name,
            kind=applicant.kind,
            size_type=evaluation.size_type,
            invented=applicant.invented,
        ),
        level=outcome.level,
        decided_on=outcome.decided.on,
        valid_years=outcome.validity.years if outcome.validity else None,
        domains=tuple(
            PublicDomain(name=domain.name, percent=domain.points * 100 // domain.out_of)
            for domain in card.domains
            if domain.out_of
        ),
        strengths=tuple(item.name for item in _find_strengths(card)),
        rules=_select_public_rules([*own, *([validity.basis] if validity else [])]),
        inputs=_without_application(record.inputs),
        package=record.package,
        later=record.later,
        applicant_changes=evaluation.applicant_changes,
    )


def _select_public_rules(rules: Iterable[Basis]) -> tuple[Basis, ...]:
    """Return the rules that a public page rests on, each once, by name."""
    named = {rule.name: rule for rule in rules if rule.name.startswith(_PUBLIC_RULE_PREFIXES)}
    return tuple(named[name] for name in sorted(named))


def _find_strengths(card: Scorecard) -> tuple[SectionScore, ...]:
    """Return the items with the largest shares of their points, at most `_MOST_STRENGTHS`.

    Items equal to the last one are left out if they are too many. All stand in the order of the edition, which does
    not give away which share is larger.
    """
    shares = {item.id: item.points / item.out_of for item in card.items() if item.out_of}
    largest = sorted(shares.values(), reverse=True)[:_MOST_STRENGTHS]
    best = [name for name, share in shares.items() if share > largest[-1]]
    equal = [name for name, share in shares.items() if share == largest[-1]]
    chosen = [*best, *equal] if len(best) + len(equal) <= _MOST_STRENGTHS else best or equal
    return tuple(item for item in card.items() if item.id in chosen)


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicPlacing:
    """The place of a selected applicant in a ranking, and what it is granted of a budget, if there is one."""

    place: int
    granted: Fraction | None = None
    currency: Text | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PressResult:
    """One certified applicant with the level decided; ``code`` is that of the registry."""

    id: str
    code: str
    applicant: PublicApplicant
    level: int
    valid_years: int | None
    """For how many years the certificate is valid from the day of its issue; None where the scheme does not say so."""
    domains: tuple[PublicDomain, ...]
    placing: PublicPlacing | None = None
    """None where places do not decide."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PressReserve:
    """One applicant that is decided to be on the reserve list: its number there, and its place in the ranking."""

    code: str
    name: Text
    kind: ApplicantKind
    size_type: str | None
    invented: bool
    level: int
    number: int
    place: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PressRecord(JsonRecord):
    """The counts of a round, its certified applicants, and who is still open.

    Certified are in the order of levels, highest first, then of places in a ranking, then by name.
    """

    __repr__ = describe_briefly

    round: RoundFacts
    counts: tuple[StepCount, ...]
    """How many applications passed each step, in the order of the steps."""
    certified: tuple[PressResult, ...]
    pending: tuple[Text, ...]
    """The names of those who are evaluated and not decided, by their Korean name: nothing else is public about them.

    Empty before the first decision: a list of all who were evaluated would say who was not.
    """
    on_hold: tuple[Text, ...]
    """The names of those whose evaluation is on hold, likewise."""
    rules: tuple[Basis, ...]
    inputs: tuple[InputFile, ...]
    package: str
    on_reserve: tuple[PressReserve, ...] = ()
    """The reserve list in its order, as far as it is decided."""
    format: Literal["smartcert-press/2"] = "smartcert-press/2"


def build_press_record(record: RoundRecord) -> PressRecord:
    """Return what is public of a round; the counts are those of the full record."""
    public = [
        (evaluation, _redact_evaluation(evaluation, outcome, record))
        for evaluation, outcome in record.pairs
        if outcome.certified
    ]
    certified = [
        PressResult(
            id=redacted.id,
            code=evaluation.applicant.code,
            applicant=redacted.applicant,
            level=redacted.level,
            valid_years=redacted.valid_years,
            domains=redacted.domains,
            placing=_redact_placing(evaluation, redacted.level),
        )
        for evaluation, redacted in public
    ]
    rules = {rule.name: rule for _, redacted in public for rule in redacted.rules}
    return PressRecord(
        round=record.round,
        counts=count_steps(record.pairs),
        pending=_list_open(record, evaluated=True),
        on_hold=_list_open(record, evaluated=False),
        certified=tuple(sorted(certified, key=_order_in_press)),
        rules=tuple(rules[name] for name in sorted(rules)),
        inputs=tuple(read for read in record.inputs if read.file.startswith(_RULES_PREFIX)),
        package=record.package,
        on_reserve=_list_reserve(record),
    )


def _list_reserve(record: RoundRecord) -> tuple[PressReserve, ...]:
    """Return who is decided to be on the reserve list, as it was computed; who was decided otherwise is not on it."""
    listed = []
    for evaluation, outcome in record.pairs:
        result, decided = evaluation.level, outcome.decided
        placing = result.placing if result is not None else None
        if result is None or placing is None or placing.reserve is None:
            continue
        if outcome.stage is OutcomeStage.DECIDED and decided is not None and decided.level == result.level:
            applicant = evaluation.applicant
            listed.append(
                PressReserve(
                    code=applicant.code,
                    name=applicant.full_name,
                    kind=applicant.kind,
                    size_type=evaluation.size_type,
                    invented=applicant.invented,
                    level=result.level,
                    number=placing.reserve,
                    place=placing.place,
                )
            )
    return tuple(sorted(listed, key=lambda reserve: (reserve.number, reserve.place, reserve.code)))


def _list_open(record: RoundRecord, *, evaluated: bool) -> tuple[Text, ...]:
    """Return the names of those whose outcome is open, by their Korean name; none before the first decision."""
    if count_outcomes(record.outcomes).decided == 0:
        return ()
    names = (
        evaluation.applicant.full_name
        for evaluation, outcome in record.pairs
        if outcome.open and outcome.evaluated is evaluated
    )
    return tuple(sorted(names, key=lambda name: name.ko))


def _redact_placing(evaluation: Evaluation, level: int) -> PublicPlacing | None:
    """Return the place of a certified applicant; an amount only if the level decided is the one that was computed."""
    result = evaluation.level
    if result is None or result.placing is None:
        return None
    placing = result.placing
    granted = placing.granted if level == result.level else None
    return PublicPlacing(place=placing.place, granted=granted, currency=placing.currency)


def _order_in_press(result: PressResult) -> tuple[int, int, str, str]:
    return (result.level, result.placing.place if result.placing else 0, result.applicant.name.ko, result.id)


def _redact_evaluation(evaluation: Evaluation, outcome: Outcome, record: RoundRecord) -> PublicRecord:
    return _redact_for_public(
        Record(
            round=record.round, evaluation=evaluation, outcome=outcome, peers=None, inputs=(), package=record.package
        )
    )
