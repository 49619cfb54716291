"""How a decided application becomes entries of the register, from its arrival to its certificate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from enum import StrEnum

from smartcert.certification.events import (
    Draft,
    Event,
    EventKind,
    Purpose,
    Refusal,
    RefusedError,
    build_refusal,
    describe_refusal,
)
from smartcert.certification.holders import select_scheme
from smartcert.certification.periods import compute_first_period, compute_next_period, to_korean_day
from smartcert.certification.state import RUNNING, Certificate, Holding, Law, Standing, bind_law
from smartcert.certification.store import Clock, Register, store_evaluation
from smartcert.certification.timeline import compute_standing, resolve_corrections
from smartcert.certification.transitions import NAME_SEPARATOR, get_role_rule, normalise_person
from smartcert.errors import UsageError
from smartcert.files import sha256_hex
from smartcert.io.formats.csv import format_exact
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Partner
from smartcert.model.citation import Basis, Text
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.model.outcome import LevelStep, OutcomeStage
from smartcert.paths import find_round_folder
from smartcert.reporting.catalogue import Words, describe_partner
from smartcert.reporting.records import Record, to_json
from smartcert.services.holders import get_entity_id
from smartcert.services.local_governments import list_predecessors
from smartcert.services.rounds import OpenRound, open_round

_NOON = time(12)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedPersons:
    """Who acted, as stated beside the round's record; what is empty is taken from the record.

    ``evaluated`` may name several, separated by ``;``. Who proposed and who decided stand in the round's decisions:
    stated otherwise, they contradict it.
    """

    applied: str = ""
    evaluated: str = ""
    proposed: str = ""
    decided: str = ""
    issued: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueRequest:
    """What is to be entered for an application: a new certificate or an extension, when it is issued, and why.

    ``reason`` is stored with the entries for which the round's record gives no reason of its own.
    """

    purpose: Purpose
    at: datetime
    reason: str
    persons: StatedPersons = StatedPersons()


def draft_entries(
    opened: OpenRound,
    applicant_id: str,
    request: IssueRequest,
    law: Law,
    *,
    now: datetime,
    valid_to: date | None = None,
) -> list[Draft]:
    """Return the entries of one decided application, up to its certificate or to the decision not to certify.

    Persons, days and reasons of the proposal and of the decision are those of the round's record; a day is taken as its
    noon. The application is of the moment at which it arrived, the evaluation of the day of the proposal, the
    certificate of ``request.at``. ``valid_to`` is the last day of the validity that is extended, where one is.

    Raises:
        UsageError: the round has no such applicant.
        RequestRefusedError: the scheme issues no certificates, the outcome is not decided, a person or a day
            contradicts the record or the order of the procedure, or there is no certificate to extend. All that is
            wrong is listed.
    """
    _check_award(opened)
    law = bind_law(law, opened.round.edition)
    record, application = opened.record(applicant_id), opened.application(applicant_id)
    evaluation, applicant, outcome = record.evaluation, record.evaluation.applicant, record.outcome
    rule = law(to_korean_day(request.at)).decides.basis
    proposed, decided = check_decided(record, rule)
    evaluators = _find_evaluators(opened, applicant_id, request.persons.evaluated)
    refusals = [
        *_check_persons(proposed, decided, request.persons, evaluators, law),
        *_check_days(application.arrived_at, proposed, decided, request.at, now, rule),
    ]
    if refusals:
        raise RequestRefusedError(refusals)
    digest = sha256_hex(to_json(record))
    edition = f"{record.round.edition}@{record.round.governing_day.isoformat()}"

    def draft(kind: EventKind, actor: str, moment: datetime, facts: Mapping[str, str], reason: str = "") -> Draft:
        rests_on_evaluation = kind is not EventKind.APPLIED
        return Draft(
            subject=applicant.code,
            kind=kind,
            actor=actor,
            role=get_role_rule(kind, law(to_korean_day(moment))).value,
            at=moment,
            reason=reason or request.reason,
            editions=(edition,) if rests_on_evaluation else (),
            evaluation=digest if rests_on_evaluation else "",
            facts={name: value for name, value in {**facts, "scheme": get_scheme(opened)}.items() if value},
        )

    certified_from = opened.rules.levels.certified_from.value
    reported = max(_to_moment(proposed.on, now), application.arrived_at)
    settled = max(_to_moment(decided.on, now), reported)
    evaluator, *others = evaluators
    names = {"name_ko": applicant.full_name.ko, "name_en": applicant.full_name.en}
    asked = {
        "round": record.round.id,
        "application": application.id,
        "purpose": request.purpose.value,
        **names,
        "entity": "" if record.round.invented else get_entity_id(applicant.code),
        "invented": "yes" if record.round.invented else "",
        "partners": "; ".join(map(_format_partner, evaluation.partners)),
        "edition": record.round.edition if record.round.scheme is not None else "",
    }
    computed = {
        "certified": "yes" if outcome.meets_criteria else "no",
        "level": str(outcome.computed),
        "points": str(evaluation.scorecard.points) if evaluation.scorecard else "",
        "others": NAME_SEPARATOR.join(others),
        "certified_from": str(certified_from),
    }
    report = {"grant": "yes" if proposed.level <= certified_from else "no", "level": str(proposed.level)}
    level = {"level": str(decided.level)}
    together = {f"partners_{name}": _describe_partners(evaluation.partners, name) for name in ("ko", "en")}
    decision = {**level, "otherwise": decided.reason if outcome.decided_otherwise else ""}
    drafts = [
        draft(EventKind.APPLIED, request.persons.applied or applicant.full_name.ko, application.arrived_at, asked),
        draft(EventKind.EVALUATED, evaluator, reported, computed),
        draft(EventKind.PROPOSED, proposed.by, reported, report, proposed.reason),
        draft(
            EventKind.DECIDED if outcome.certified else EventKind.DECLINED,
            decided.by,
            settled,
            decision,
            decided.reason,
        ),
    ]
    if not outcome.certified:
        return drafts
    issuer, moment = request.persons.issued or decided.by, max(request.at, settled)
    day = to_korean_day(moment)
    if request.purpose is Purpose.EXTENSION:
        if valid_to is None:
            terms = {"holding": f"holding.{Holding.NONE}"}
            raise RequestRefusedError(
                [build_refusal("nothing_to_extend", law(day).review_every_years.basis, terms=terms)]
            )
        first, last = compute_next_period(valid_to, to_korean_day(settled), law(day))
        validity = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
        return [*drafts, draft(EventKind.EXTENDED, issuer, moment, {**level, **validity, **together})]
    first, last = compute_first_period(day, law(day))
    size_type = evaluation.size_type or ""
    validity = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
    facts = {**names, "size_type": size_type, "edition": record.round.edition, **validity, **level, **together}
    placing = evaluation.level.placing if evaluation.level is not None else None
    if placing is not None and decided.level == outcome.computed:
        facts["place"] = str(placing.place)
    return [*drafts, draft(EventKind.ISSUED, issuer, moment, facts)]


def get_scheme(opened: OpenRound) -> str:
    """Return the scheme of a round as entries state it: empty for the certification of cities."""
    return opened.rules.edition.scheme if opened.facts.scheme is not None else ""


def _describe_partners(partners: Iterable[Partner], language: str) -> str:
    """Return who applied together as the certificate states it; empty where one applied alone."""
    words = Words(language)
    return ", ".join(describe_partner(partner, words) for partner in partners)


def _format_partner(partner: Partner) -> str:
    """Return one of those who applied together as an entry names it: role, code, name, and share if it is stated."""
    role = "lead" if partner.lead else "partner"
    share = f" {format_exact(partner.share)} %" if partner.share is not None else ""
    return f"{role} {partner.applicant.code} {partner.applicant.full_name.ko}{share}"


def is_invented_round(name: str) -> bool:
    """Return whether a name is that of an invented round; False where there is no such round.

    Raises:
        InputError: there is one, and its files have problems.
    """
    try:
        find_round_folder(name)
    except UsageError:
        return False
    return open_round(name).round.invented


def _check_award(opened: OpenRound) -> None:
    """Check that favourable decisions of the round go to the register.

    Raises:
        RequestRefusedError: its scheme issues no certificates.
    """
    rule = opened.rules.scheme.no_certificate
    if rule is not None:
        raise RequestRefusedError([build_refusal("award_list", rule.basis)])


def check_decided(record: Record, rule: Basis) -> tuple[LevelStep, LevelStep]:
    """Return the proposal and the decision of a decided outcome; ``rule`` is the one that says who decides.

    Raises:
        RequestRefusedError: the outcome is open, with what it waits for, or the application was excluded.
    """
    outcome = record.outcome
    if outcome.stage is OutcomeStage.DECIDED and outcome.proposed is not None and outcome.decided is not None:
        return outcome.proposed, outcome.decided
    names = {"application": outcome.application}
    if outcome.awaits is not None:
        raise RequestRefusedError(
            [build_refusal("outcome_open", rule, words=names, terms={"awaits": f"awaits.{outcome.awaits}"})]
        )
    raise RequestRefusedError(
        [build_refusal("outcome_excluded", rule, words=names, terms={"stage": f"stage.{outcome.stage}"})]
    )


class RequestRefusedError(UsageError):
    """The error of a request that the record of the round does not bear out. Nothing was entered."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(describe_refusals(self.refusals, Words("en", "register")))


def describe_refusals(refusals: Iterable[Refusal], words: Words) -> str:
    """Return refusals as sentences with their articles."""
    return " ".join(describe_refusal(refusal, words) for refusal in refusals)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnteredApplication:
    """What a register says already about one application: the certificate's number, or the last entry."""

    entry: int
    number: str = ""
    last: EventKind = EventKind.APPLIED


def find_entered(events: Sequence[Event], round_id: str, application: str) -> EnteredApplication | None:
    """Return what the entries of one holder say about an application of a round, or None where they say nothing."""
    entered: EnteredApplication | None = None
    for event in resolve_corrections(events):
        if event.kind is EventKind.APPLIED:
            if entered is not None:
                break
            if (event.text("round"), event.text("application")) == (round_id, application):
                entered = EnteredApplication(entry=event.seq)
        elif entered is not None and event.kind in _STEPS_OF_APPLICATION:
            number = event.text("number") or entered.number
            entered = EnteredApplication(entry=event.seq, number=number, last=event.kind)
    return entered


_STEPS_OF_APPLICATION = frozenset(
    {
        *(EventKind.EVALUATED, EventKind.PROPOSED, EventKind.DECIDED, EventKind.DECLINED, EventKind.WITHDRAWN),
        *(EventKind.ISSUED, EventKind.EXTENDED),
    }
)


def find_certificate_to_extend(events: Sequence[Event], day: date, law: Law) -> Standing | None:
    """Return what is held on ``day`` where an extension could be meant instead of a new certificate, else None."""
    standing = compute_standing(events, day, law)
    return standing if standing.holding in RUNNING | {Holding.EXPIRED} else None


class IssueStatus(StrEnum):
    """What became of one application when all of a round were to be entered."""

    ISSUED = "issued"
    DECLINED = "declined"
    ALREADY = "already"
    NOT_ENTERED = "not_entered"
    """Its outcome is open, or it was excluded from evaluation: there is nothing to enter."""
    REFUSED = "refused"
    """It is decided and could not be entered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueResult:
    """One application of a round: what was entered, what stood there already, or why nothing was entered."""

    application: str
    name: Text
    status: IssueStatus
    entry: int = 0
    number: str = ""
    event: EventKind | None = None
    refusals: tuple[Refusal, ...] = ()


def issue_all(
    register: Register, opened: OpenRound, request: IssueRequest, law: Law, clock: Clock
) -> Iterator[IssueResult]:
    """Enter every decided application of a round, each in a transaction of its own, and yield what became of each.

    What was entered stays when a later one fails. Somebody whose certificate could be extended is left to be entered by
    name: whether a new certificate or an extension was applied for is not in the round's files. So is who came about by
    a merger or division of somebody whose certificate is in force.

    Raises:
        RequestRefusedError: the scheme of the round issues no certificates.
        RegisterDamagedError: the register was changed from outside, or its disk is full.
        UsageError: an evaluation cannot be stored beside the register.
    """
    _check_award(opened)
    for record in opened.records():
        yield _issue_one(register, opened, record, request, law, clock)


def _issue_one(
    register: Register, opened: OpenRound, record: Record, request: IssueRequest, law: Law, clock: Clock
) -> IssueResult:
    applicant, application = record.evaluation.applicant, record.outcome.application
    result = IssueResult(application=application, name=applicant.full_name, status=IssueStatus.NOT_ENTERED)
    events = select_scheme(register.events(applicant.code), get_scheme(opened))
    entered = find_entered(events, record.round.id, application)
    if entered is not None and (entered.number or entered.last in _ENDS_OF_APPLICATION):
        return replace(
            result, status=IssueStatus.ALREADY, entry=entered.entry, number=entered.number, event=entered.last
        )
    try:
        check_decided(record, law(to_korean_day(request.at), opened.round.edition).decides.basis)
    except RequestRefusedError as error:
        return replace(result, refusals=error.refusals)
    running = find_certificate_to_extend(events, to_korean_day(request.at), law)
    if running is not None and running.certificate is not None and record.outcome.certified:
        refusal = build_refusal("extension_or_new", words={"number": running.certificate.number})
        return replace(result, status=IssueStatus.REFUSED, refusals=(refusal,))
    if record.outcome.certified:
        before = _find_certificate_before(register, applicant.code, get_scheme(opened), request, law)
        if before is not None:
            basis = law(to_korean_day(request.at), opened.round.edition).rules_on_changes.basis
            refusal = build_refusal("certified_before_merger", basis, words={"number": before.number})
            return replace(result, status=IssueStatus.REFUSED, refusals=(refusal,))
    try:
        drafts = draft_entries(opened, application, request, law, now=clock())
        store_evaluation(register.path, to_json(record))
        last = register.append_all(drafts, law, clock)[-1]
    except RequestRefusedError as error:
        return replace(result, status=IssueStatus.REFUSED, refusals=error.refusals)
    except RefusedError as error:
        return replace(result, status=IssueStatus.REFUSED, refusals=(error.refusal,))
    status = IssueStatus.ISSUED if last.kind is EventKind.ISSUED else IssueStatus.DECLINED
    return replace(result, status=status, entry=last.seq, number=last.text("number"), event=last.kind)


def _find_certificate_before(
    register: Register, code: str, scheme: str, request: IssueRequest, law: Law
) -> Certificate | None:
    """Return a certificate in force of what was merged or divided into a local government, or None."""
    day = to_korean_day(request.at)
    for before, _ in list_predecessors(code, day):
        standing = compute_standing(select_scheme(register.events(before), scheme), day, law)
        if standing.holding in RUNNING and standing.certificate is not None:
            return standing.certificate
    return None


_ENDS_OF_APPLICATION = frozenset({EventKind.ISSUED, EventKind.EXTENDED, EventKind.DECLINED, EventKind.WITHDRAWN})


def _find_evaluators(opened: OpenRound, applicant_id: str, stated: str) -> tuple[str, ...]:
    """Return who evaluated: those who are stated first, then the committee's members who marked the application.

    Raises:
        RequestRefusedError: nobody is stated, and the round has no marks of a member.
    """
    marked = {mark.evaluator for mark in opened.application(applicant_id).marks}
    members = [member.name or member.id for member in opened.round.committee if member.id in marked]
    named = [name.strip() for name in stated.split(NAME_SEPARATOR) if name.strip()]
    evaluators: dict[str, str] = {}
    for name in (*named, *members):
        evaluators.setdefault(normalise_person(name), name)
    if not evaluators:
        raise RequestRefusedError([build_refusal("no_evaluator", words={"application": applicant_id})])
    return tuple(evaluators.values())


def _check_persons(
    proposed: LevelStep, decided: LevelStep, persons: StatedPersons, evaluators: Sequence[str], law: Law
) -> Iterator[Refusal]:
    for kind, stated, recorded in (
        (EventKind.PROPOSED, persons.proposed, proposed.by),
        (EventKind.DECIDED, persons.decided, decided.by),
    ):
        if stated and normalise_person(stated) != normalise_person(recorded):
            words = {"stated": stated, "recorded": recorded}
            yield build_refusal(
                "recorded_otherwise", law(decided.on).decides.basis, words=words, terms={"event": f"event.{kind}"}
            )
    rule = law(decided.on).decider_did_not_evaluate
    if rule.value and normalise_person(decided.by) in map(normalise_person, evaluators):
        yield build_refusal("decided_by_evaluator", rule.basis, words={"actor": decided.by})


def _check_days(
    arrived_at: datetime, proposed: LevelStep, decided: LevelStep, at: datetime, now: datetime, rule: Basis
) -> Iterator[Refusal]:
    """Yield what is wrong with the order of the days; two steps on one day are in order, and today may be stated."""
    steps = (
        (EventKind.APPLIED, to_korean_day(arrived_at)),
        (EventKind.PROPOSED, proposed.on),
        (EventKind.DECIDED, decided.on),
        (EventKind.ISSUED, to_korean_day(at)),
    )
    for place, (kind, day) in enumerate(steps):
        for earlier, earlier_day in steps[:place]:
            if day < earlier_day:
                terms = {"event": f"event.{kind}", "earlier": f"event.{earlier}"}
                yield build_refusal("day_before", rule, terms=terms, days={"day": day, "earlier_day": earlier_day})
        if day > to_korean_day(now):
            yield build_refusal("not_happened_yet", days={"day": day})


def _to_moment(day: date, now: datetime) -> datetime:
    """Return the noon of a day of which no hour is recorded, or ``now`` where it is that day and before its noon."""
    return min(datetime.combine(day, _NOON, KOREAN_TIME), now)
