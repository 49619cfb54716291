"""From an evaluation of a round to the entries of the register: application, evaluation, proposal, decision, issue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from smartcert.certification import days
from smartcert.certification.events import Draft, EventKind, Purpose, digest
from smartcert.certification.holding import Law
from smartcert.certification.steps import whose
from smartcert.errors import UsageError
from smartcert.model.application import Application
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.record import Record, to_json
from smartcert.rounds import OpenRound


@dataclass(frozen=True, kw_only=True, slots=True)
class Persons:
    """Who acted: for the applicant, in the evaluation (several, parted by ``;``), and at each step after it."""

    applied: str
    evaluated: str
    proposed: str
    decided: str
    issued: str


def course(
    opened: OpenRound,
    applicant_id: str,
    purpose: Purpose,
    persons: Persons,
    at: datetime,
    reason: str,
    law: Law,
    valid_to: date | None = None,
) -> tuple[Draft, ...]:
    """Return the entries of one application of a round, up to its certificate or to the decision not to certify.

    The application was made when it arrived; all else happens at ``at``. ``valid_to`` is the end of the validity that
    is extended, where one is.

    Raises:
        UsageError: the round has no such applicant.
    """
    record = opened.record(applicant_id)
    application = next(one for one in opened.round.applications if one.id == applicant_id)
    return tuple(_Course(record, application, purpose, persons, at, reason, law, valid_to).drafts())


class _Course:
    def __init__(
        self,
        record: Record,
        application: Application,
        purpose: Purpose,
        persons: Persons,
        at: datetime,
        reason: str,
        law: Law,
        valid_to: date | None,
    ) -> None:
        self.record, self.application, self.purpose, self.persons = record, application, purpose, persons
        self.at, self.reason, self.law, self.valid_to = at, reason, law, valid_to
        self.hash = digest(to_json(record))

    @property
    def evaluation(self) -> Evaluation:
        return self.record.evaluation

    def drafts(self) -> Iterator[Draft]:
        persons, evaluation = self.persons, self.evaluation
        first, *others = (one.strip() for one in persons.evaluated.split(";"))
        yes = "yes" if evaluation.certified else "no"
        level = {"level": str(evaluation.level.level)} if evaluation.level else {}
        points = {"points": str(evaluation.scorecard.points)} if evaluation.scorecard else {}
        along = {"others": ";".join(others)} if others else {}
        yield self._applied()
        yield self._draft(EventKind.EVALUATED, first, {"certified": yes, **level, **points, **along})
        yield self._draft(EventKind.PROPOSED, persons.proposed, {"grant": yes, **level})
        if not evaluation.certified:
            yield self._draft(EventKind.DECLINED, persons.decided, {})
            return
        yield self._draft(EventKind.DECIDED, persons.decided, level)
        yield self._draft(*self._granted(level))

    def _applied(self) -> Draft:
        name = self.evaluation.applicant.name
        facts = {
            "round": self.record.round.id,
            "application": self.application.id,
            "purpose": self.purpose.value,
            "name_ko": name.ko,
            "name_en": name.en,
        }
        arrived = min(self.application.arrived_at, self.at)
        return self._draft(EventKind.APPLIED, self.persons.applied, facts, arrived)

    def _granted(self, level: dict[str, str]) -> tuple[EventKind, str, dict[str, str]]:
        day = days.korean_day(self.at)
        rules = self.law(day)
        if self.purpose is Purpose.EXTENSION:
            if self.valid_to is None:
                raise UsageError("there is no certificate to extend")
            first, last = days.next_period(self.valid_to, day, rules)
            validity = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
            return EventKind.EXTENDED, self.persons.issued, {**level, **validity}
        first, last = days.first_period(day, rules)
        size, name = self.evaluation.size_type, self.evaluation.applicant.name
        facts = {
            "name_ko": name.ko,
            "name_en": name.en,
            "size_type": size.value if size else "",
            "edition": self.record.round.edition,
            "valid_from": first.isoformat(),
            "valid_to": last.isoformat(),
        }
        return EventKind.ISSUED, self.persons.issued, {**facts, **level}

    def _draft(self, kind: EventKind, actor: str, facts: dict[str, str], at: datetime | None = None) -> Draft:
        moment = at or self.at
        edition = f"{self.record.round.edition}@{self.record.round.governing_day.isoformat()}"
        return Draft(
            subject=self.evaluation.applicant.code,
            kind=kind,
            actor=actor,
            role=whose(kind, self.law(days.korean_day(moment))).value,
            at=moment,
            reason=self.reason,
            editions=() if kind is EventKind.APPLIED else (edition,),
            evaluation="" if kind is EventKind.APPLIED else self.hash,
            facts={name: value for name, value in facts.items() if value},
        )
