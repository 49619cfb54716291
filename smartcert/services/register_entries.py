"""How the evaluation of a round becomes entries of the register, from the application to the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from smartcert.certification.events import Draft, EventKind, Purpose
from smartcert.certification.periods import compute_first_period, compute_next_period, to_korean_day
from smartcert.certification.state import Law
from smartcert.certification.transitions import get_role_rule
from smartcert.errors import UsageError
from smartcert.files import sha256_hex
from smartcert.reporting.records import to_json
from smartcert.services.rounds import OpenRound


@dataclass(frozen=True, kw_only=True, slots=True)
class Persons:
    """Who acted: for the applicant, in the evaluation (several, separated by ``;``), and at each step after it."""

    applied: str
    evaluated: str
    proposed: str
    decided: str
    issued: str


def draft_entries(
    opened: OpenRound,
    applicant_id: str,
    purpose: Purpose,
    persons: Persons,
    at: datetime,
    reason: str,
    law: Law,
    valid_to: date | None = None,
) -> list[Draft]:
    """Return the entries of one application of a round, up to its certificate or to the decision not to certify.

    The application was made when it arrived, or at ``at`` if that is earlier; all else happens at ``at``. ``valid_to``
    is the last day of the validity that is extended, where one is.

    Raises:
        UsageError: the round has no such applicant, or there is no certificate to extend.
    """
    record, application = opened.record(applicant_id), opened.application(applicant_id)
    evaluation, applicant = record.evaluation, record.evaluation.applicant
    digest = sha256_hex(to_json(record))
    edition = f"{record.round.edition}@{record.round.governing_day.isoformat()}"

    def draft(kind: EventKind, actor: str, facts: Mapping[str, str], moment: datetime = at) -> Draft:
        rests_on_evaluation = kind is not EventKind.APPLIED
        return Draft(
            subject=applicant.code,
            kind=kind,
            actor=actor,
            role=get_role_rule(kind, law(to_korean_day(moment))).value,
            at=moment,
            reason=reason,
            editions=(edition,) if rests_on_evaluation else (),
            evaluation=digest if rests_on_evaluation else "",
            facts={name: value for name, value in facts.items() if value},
        )

    evaluator, *others = (name.strip() for name in persons.evaluated.split(";"))
    certified = "yes" if evaluation.certified else "no"
    level = {"level": str(evaluation.level.level) if evaluation.level else ""}
    points = {"points": str(evaluation.scorecard.points) if evaluation.scorecard else ""}
    names = {"name_ko": applicant.name.ko, "name_en": applicant.name.en}
    asked = {"round": record.round.id, "application": application.id, "purpose": purpose.value, **names}
    judged = {"certified": certified, **level, **points, "others": ";".join(others)}
    drafts = [
        draft(EventKind.APPLIED, persons.applied, asked, min(application.arrived_at, at)),
        draft(EventKind.EVALUATED, evaluator, judged),
        draft(EventKind.PROPOSED, persons.proposed, {"grant": certified, **level}),
    ]
    if not evaluation.certified:
        return [*drafts, draft(EventKind.DECLINED, persons.decided, {})]
    drafts.append(draft(EventKind.DECIDED, persons.decided, level))
    day = to_korean_day(at)
    if purpose is Purpose.EXTENSION:
        if valid_to is None:
            raise UsageError("there is no certificate to extend")
        first, last = compute_next_period(valid_to, day, law(day))
        validity = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
        return [*drafts, draft(EventKind.EXTENDED, persons.issued, {**level, **validity})]
    first, last = compute_first_period(day, law(day))
    size_type = evaluation.size_type.value if evaluation.size_type else ""
    validity = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
    facts = {**names, "size_type": size_type, "edition": record.round.edition, **validity, **level}
    return [*drafts, draft(EventKind.ISSUED, persons.issued, facts)]
