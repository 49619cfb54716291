"""Conflicts of interest: what evaluators declared, and with whom applicants work (Notice 2021-223 Art. 5(1))."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, Round
from smartcert.model.committee import (
    WORK,
    ConflictDecision,
    Contractor,
    Interest,
    InterestKind,
    Tie,
)
from smartcert.rules.committee import CommitteeRules

_UNHEARD = re.compile(r"주식회사|\((?:주|재|사|유)\)|㈜|재단법인|사단법인|[\s\-'’.,·()]+")
_HALL = re.compile(r"(?<=[시도군구])청$")
_OWN = {
    InterestKind.PARTY: Tie.PARTY,
    InterestKind.KINSHIP: Tie.KINSHIP,
    InterestKind.AGENCY: Tie.OWN_AGENCY,
    InterestKind.EMPLOYER: Tie.EMPLOYED_BY_APPLICANT,
} | dict.fromkeys(WORK, Tie.OWN_WORK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """One tie between an evaluator and an applicant.

    A declared one counts at once. One that was found is a question to the operating body; ``answer`` is what it said.
    ``counts`` tells whether the evaluator is kept from the case, for whatever reason.
    """

    evaluator: str
    applicant: str
    tie: Tie
    ground: int | None
    declared: bool
    interest: Interest
    counts: bool
    contractor: Contractor | None = None
    looked_back_to: date | None = None
    answer: ConflictDecision | None = None


def looks_back_to(day: date, years: int) -> date:
    """Return the first day of the look-back: the same day ``years`` before; 28 February where there is no 29th.

    >>> looks_back_to(date(2023, 11, 6), 3), looks_back_to(date(2024, 2, 29), 3)
    (datetime.date(2020, 11, 6), datetime.date(2021, 2, 28))
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def judged_on(round_: Round) -> date:
    """Return the day from which the look-back counts: that of the round, else the day after the window closed."""
    return round_.proceedings.judged_on or round_.window.closes_at.date() + timedelta(days=1)


def conflicts(round_: Round, rules: CommitteeRules) -> tuple[Conflict, ...]:
    """Return every conflict that was declared or that matches, by applicant, evaluator and row.

    An employment counts under ground 5 if its last day is not before `looks_back_to`: the day itself counts, the day
    before does not. The order of rows does not matter.
    """
    day = judged_on(round_)
    back = looks_back_to(day, rules.look_back_years.value)
    answers = {(one.evaluator, one.applicant): one for one in round_.proceedings.conflict_decisions}
    found = []
    for application in round_.applications:
        contractors = tuple(one for one in round_.proceedings.contractors if one.applicant == application.id)
        excluded = {one.evaluator for one in application.exclusions}
        for interest in round_.proceedings.interests:
            ties = _ties(interest, application, contractors, day, back)
            for tie, contractor in ties:
                found.append(
                    Conflict(
                        evaluator=interest.evaluator,
                        applicant=application.id,
                        tie=tie,
                        ground=rules.ground_of.value.get(tie),
                        declared=interest.applicant == application.id,
                        interest=interest,
                        contractor=contractor,
                        counts=interest.evaluator in excluded,
                        looked_back_to=back if tie is Tie.EMPLOYERS_WORK else None,
                        answer=answers.get((interest.evaluator, application.id)),
                    )
                )
    return tuple(sorted(found, key=lambda one: (one.applicant, one.evaluator, one.interest.line, one.tie)))


def _ties(
    interest: Interest, application: Application, contractors: tuple[Contractor, ...], day: date, back: date
) -> list[tuple[Tie, Contractor | None]]:
    if interest.applicant == application.id:
        own = _OWN[interest.kind]
        tie = Tie.EMPLOYERS_WORK if interest.kind is InterestKind.EMPLOYER else own
        return [(tie, next((one for one in contractors if same(one.body, interest.body)), None))]
    ties: list[tuple[Tie, Contractor | None]] = []
    if _is(interest, application.applicant) and _still(interest, day, back):
        ties.append((_OWN[interest.kind], None))
    ties += [
        (tie, one) for one in contractors if same(one.body, interest.body) for tie in _through(interest, one, day, back)
    ]
    return ties


def _still(interest: Interest, day: date, back: date) -> bool:
    return interest.kind is not InterestKind.EMPLOYER or _employed(interest, back, day)


def _through(interest: Interest, contractor: Contractor, day: date, back: date) -> Iterator[Tie]:
    """Yield the ties through a body that works, or is agent, for the applicant."""
    if interest.kind is InterestKind.EMPLOYER:
        if contractor.role is InterestKind.AGENCY and _employed(interest, day, day):
            yield Tie.EMPLOYERS_AGENCY
        if contractor.role in WORK and _employed(interest, back, day):
            yield Tie.EMPLOYERS_WORK
    elif interest.kind in WORK and (interest.subcontract or contractor.subcontract):
        yield Tie.OWN_WORK


def _employed(interest: Interest, first: date, last: date) -> bool:
    """Whether an employment and the days from ``first`` to ``last`` have a day in common."""
    begun = interest.began is None or interest.began <= last
    return begun and (interest.ended is None or interest.ended >= first)


def same(one: str, other: str) -> bool:
    """Return whether two names of bodies are the same but for spacing, signs and the form of the company.

    >>> same("(주)가온 정보", "가온정보 주식회사"), same("가온정보", "가온정보통신")
    (True, False)
    """
    return heard(one) == heard(other) != ""


def heard(name: str) -> str:
    """Return a name as it is compared."""
    return _UNHEARD.sub("", unicodedata.normalize("NFC", name)).casefold()


def _is(interest: Interest, applicant: Applicant) -> bool:
    if interest.code:
        return interest.code == applicant.code
    names = {applicant.name.ko, applicant.name.en, f"{applicant.parent_name} {applicant.name.ko}"}
    body = _HALL.sub("", heard(interest.body))
    return body in {heard(name) for name in names}
