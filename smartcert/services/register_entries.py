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
    Target,
    build_refusal,
    describe_refusal,
)
from smartcert.certification.periods import compute_first_period, compute_next_period, to_korean_day
from smartcert.certification.procedure import STEPS_OF_APPLICATION
from smartcert.certification.state import RUNNING, Certificate, Holding, Law, bind_law
from smartcert.certification.store import Clock, Register, store_evaluation
from smartcert.certification.timeline import resolve_corrections
from smartcert.certification.transitions import NAME_SEPARATOR, get_role_rule
from smartcert.characters import normalise_person
from smartcert.errors import UsageError
from smartcert.files import sha256_hex
from smartcert.io.formats.csv import format_exact
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Partner
from smartcert.model.citation import Basis, Text
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.model.outcome import LevelStep, Outcome, OutcomeStage, Result
from smartcert.paths import find_round_folder
from smartcert.reporting.catalogue import Words, describe_partner
from smartcert.reporting.records import Record, to_json
from smartcert.services.holders import codes_of, get_entity_id
from smartcert.services.holdings import (
    NamedCertificate,
    RelatedEntries,
    Relation,
    choose_certificate_to_extend,
    find_related,
    is_same_service,
)
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

    ``reason`` is stored with the entries for which the round's record gives no reason of its own. ``certificate`` names
    the one to extend, needed only where several may be; of a new one its service. ``validity`` are the first and the
    last day as they were decided, where they are not those of the rules, and ``otherwise`` says why.
    """

    purpose: Purpose
    at: datetime
    reason: str
    persons: StatedPersons = StatedPersons()
    certificate: NamedCertificate = NamedCertificate()
    validity: tuple[date, date] | None = None
    otherwise: str = ""


def draft_entries(
    opened: OpenRound,
    applicant_id: str,
    request: IssueRequest,
    law: Law,
    *,
    now: datetime,
    extended: RelatedEntries | None = None,
) -> list[Draft]:
    """Return the entries of one decided application, up to its certificate or to the decision not to certify.

    Persons, days and reasons of the proposal and of the decision are those of the round's record; a day is taken as its
    noon. The application is of the moment at which it arrived, the evaluation of the day of the proposal, the
    certificate of ``request.at``. ``extended`` are the entries with the certificate that is extended, where one is:
    the new ones join them, also where they are of whom the applicant came after.

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
    before = extended.standing.certificate if extended is not None else None
    subject = extended.subject if extended is not None and extended.relation is not Relation.OWN else applicant.code
    holder = "" if subject in codes_of(applicant.code) else applicant.code
    target = extended.target if extended is not None else Target(get_scheme(opened), request.certificate.service)
    edition = f"{record.round.edition}@{record.round.governing_day.isoformat()}"

    def draft(kind: EventKind, actor: str, moment: datetime, facts: Mapping[str, str], reason: str = "") -> Draft:
        rests_on_evaluation = kind is not EventKind.APPLIED
        return Draft(
            subject=subject,
            kind=kind,
            actor=actor,
            role=get_role_rule(kind, law(to_korean_day(moment))).value,
            at=moment,
            reason=reason or request.reason,
            editions=(edition,) if rests_on_evaluation else (),
            evaluation=digest if rests_on_evaluation else "",
            facts={name: value for name, value in {**facts, **target._asdict()}.items() if value},
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
        "holder": holder,
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
        if before is None:
            terms = {"holding": f"holding.{Holding.NONE}"}
            raise RequestRefusedError(
                [build_refusal("nothing_to_extend", law(day).review_every_years.basis, terms=terms)]
            )
        days = request.validity or compute_next_period(before.valid_to, to_korean_day(settled), law(day))
        validity = _format_validity(days, request)
        stated = {**names, "size_type": evaluation.size_type or "", "edition": record.round.edition}
        changed = _select_changed(before, stated)
        facts = {**level, **validity, **changed, "holder": holder, **together}
        return [*drafts, draft(EventKind.EXTENDED, issuer, moment, facts)]
    size_type = evaluation.size_type or ""
    validity = _format_validity(request.validity or compute_first_period(day, law(day)), request)
    facts = {**names, "size_type": size_type, "edition": record.round.edition, **validity, **level, **together}
    placing = evaluation.level.placing if evaluation.level is not None else None
    if placing is not None and decided.level == outcome.computed:
        facts["place"] = str(placing.place)
    return [*drafts, draft(EventKind.ISSUED, issuer, moment, facts)]


def _format_validity(days: tuple[date, date], request: IssueRequest) -> dict[str, str]:
    first, last = days
    return {"valid_from": first.isoformat(), "valid_to": last.isoformat(), "otherwise": request.otherwise}


def _select_changed(before: Certificate, stated: Mapping[str, str]) -> dict[str, str]:
    """Return what an extension states of its holder beside the days: what is not as in the period before it."""
    earlier = {
        "name_ko": before.name.ko,
        "name_en": before.name.en,
        "size_type": before.size_type,
        "edition": before.edition,
    }
    return {name: value for name, value in stated.items() if value != earlier[name]}


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
    """What a register says already about one application: the number or the last entry, and each decision."""

    entry: int
    number: str = ""
    last: EventKind = EventKind.APPLIED
    decisions: tuple[Event, ...] = ()


def find_entered(events: Sequence[Event], round_id: str, application: str) -> EnteredApplication | None:
    """Return what the entries of one holder say about an application of a round, or None where they say nothing."""
    entered: EnteredApplication | None = None
    for event in resolve_corrections(events):
        if event.kind is EventKind.APPLIED:
            if entered is not None:
                break
            if (event.text("round"), event.text("application")) == (round_id, application):
                entered = EnteredApplication(entry=event.seq)
        elif entered is not None and event.kind in STEPS_OF_APPLICATION:
            number = event.text("number") or entered.number
            decision = (event,) if event.kind in (EventKind.DECIDED, EventKind.DECLINED) else ()
            entered = EnteredApplication(
                entry=event.seq, number=number, last=event.kind, decisions=(*entered.decisions, *decision)
            )
    return entered


def find_extended(
    events: Sequence[Event], opened: OpenRound, applicant_id: str, request: IssueRequest, law: Law
) -> RelatedEntries | None:
    """Return the entries with the certificate that an applicant of a round may have extended; None if there are none.

    ``events`` are all entries of a register.

    Raises:
        RefusedError: as `choose_certificate_to_extend`.
    """
    code = opened.record(applicant_id).evaluation.applicant.code
    related = _find_of_round(events, opened, code, request, law)
    rule = law(to_korean_day(request.at), opened.round.edition).rules_on_changes.basis
    together = [partner.applicant.code for partner in opened.application(applicant_id).partners]
    return choose_certificate_to_extend(related, request.certificate, together, rule)


def spell_service(
    events: Sequence[Event], opened: OpenRound, code: str, request: IssueRequest, law: Law
) -> IssueRequest:
    """Return a request with the name of the service as the holder's entries about it have it, where there are any."""
    for entries in _find_of_round(events, opened, code, request, law):
        if entries.relation is Relation.OWN and is_same_service(entries.target.service, request.certificate.service):
            return replace(request, certificate=replace(request.certificate, service=entries.target.service))
    return request


def _find_of_round(
    events: Sequence[Event], opened: OpenRound, code: str, request: IssueRequest, law: Law
) -> tuple[RelatedEntries, ...]:
    """Return what is related to an applicant under the scheme of the round, on the day of the issue."""
    found = find_related(events, code, to_korean_day(request.at), law)
    return tuple(entries for entries in found if entries.scheme == get_scheme(opened))


def _check_only_certificate(related: Iterable[RelatedEntries], rule: Basis) -> Refusal | None:
    """Return why a new certificate is not issued unless it is asked for by name; None if there is no reason.

    There is a certificate, of the applicant itself or its in another way, that runs or can still be extended.
    """
    for entries in related:
        certificate = entries.standing.certificate
        if certificate is None or entries.standing.holding not in RUNNING | {Holding.EXPIRED}:
            continue
        words = {"number": certificate.number or entries.subject}
        if entries.relation is Relation.OWN and (entries.is_theirs or entries.awaits_ruling):
            return build_refusal("extension_or_new", words=words)
        if entries.is_unsettled:
            return build_refusal("certified_before_merger", rule, words=words)
        if entries.is_theirs:
            code = "shared_or_new" if entries.relation is Relation.JOINT else "extension_or_new"
            return build_refusal(code, words=words)
    return None


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
    name: whether a new certificate or an extension was applied for is not in the round's files. So is who shares a
    certificate, or came about by a merger or division of somebody whose certificate could be extended, unless a ruling
    has passed it on to another.

    Raises:
        RequestRefusedError: the scheme of the round issues no certificates.
        RegisterDamagedError: the register was changed from outside, or its disk is full.
        UsageError: an evaluation cannot be stored beside the register.
    """
    _check_award(opened)
    events: tuple[Event, ...] = ()
    for record in opened.records():
        events += register.events(after=events[-1].seq if events else 0)
        yield _issue_one(register, opened, record, request, law, clock, events)


def _issue_one(
    register: Register,
    opened: OpenRound,
    record: Record,
    request: IssueRequest,
    law: Law,
    clock: Clock,
    events: Sequence[Event],
) -> IssueResult:
    applicant, application = record.evaluation.applicant, record.outcome.application
    result = IssueResult(application=application, name=applicant.full_name, status=IssueStatus.NOT_ENTERED)
    related = _find_of_round(events, opened, applicant.code, request, law)
    entered = next(
        (found for entries in related if (found := find_entered(entries.entries, record.round.id, application))), None
    )
    if entered is not None and (entered.number or entered.last in _ENDS_OF_APPLICATION):
        rule = law(to_korean_day(request.at), opened.round.edition).decides.basis
        otherwise = _check_same_decision(entered, record.outcome, rule)
        if otherwise is not None:
            return replace(result, status=IssueStatus.REFUSED, refusals=(otherwise,))
        return replace(
            result, status=IssueStatus.ALREADY, entry=entered.entry, number=entered.number, event=entered.last
        )
    try:
        check_decided(record, law(to_korean_day(request.at), opened.round.edition).decides.basis)
    except RequestRefusedError as error:
        return replace(result, refusals=error.refusals)
    if record.outcome.certified:
        rule = law(to_korean_day(request.at), opened.round.edition).rules_on_changes.basis
        refusal = _check_only_certificate(related, rule)
        if refusal is not None:
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


def _check_same_decision(entered: EnteredApplication, outcome: Outcome, rule: Basis) -> Refusal | None:
    """Return how the register's last decision on an application differs from that of the round; None if it does not.

    Of several decisions in the register, as after an objection, that of the round may be any.
    """
    if not entered.decisions:
        return None
    last, decided = entered.decisions[-1], outcome.decided
    if decided is None or outcome.result is Result.OPEN:
        words = {"entry": str(last.seq), "application": outcome.application}
        return build_refusal("entered_undecided", rule, words=words)
    level = str(decided.level)
    of_round = (EventKind.DECIDED if outcome.certified else EventKind.DECLINED, level, decided.on)
    if of_round in [(event.kind, event.text("level") or level, event.day) for event in entered.decisions]:
        return None
    words = {"entry": str(last.seq), "level": last.text("level") or level, "decided": level}
    terms = {"event": f"event.{last.kind}", "of_round": f"event.{of_round[0]}"}
    return build_refusal("entered_otherwise", rule, words=words, terms=terms, days={"day": last.day, "on": decided.on})


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
