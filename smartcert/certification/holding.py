"""What a state means on a day: valid, review due, expired and lapsed follow from the days and are not entered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from smartcert.certification import days
from smartcert.certification.events import Purpose
from smartcert.certification.state import VALID, Certificate, Holding, Standing, State, gaps
from smartcert.rules.certification import CertificationRules

Law = Callable[[date], CertificationRules]
"""The rules of certificates on a day."""

_DAY = timedelta(days=1)


def holding(state: State, day: date, law: Law) -> Holding:
    """Return what is held on ``day``.

    A certificate is valid on the last day of a period and expired on the next; on the last day for asking for its
    extension it is not yet due, on the next it is. It has lapsed on the day after the last on which an extension could
    still be asked for, unless one has been asked for.
    """
    latest = state.certificate
    if latest is None or not latest.ended:
        return _open(state, latest, day, law(day)) if latest else Holding.NONE
    return Holding(latest.ended)


def _open(state: State, latest: Certificate, day: date, rules: CertificationRules) -> Holding:
    if latest.covers(day):
        due = day > due_on(latest, rules)
        return Holding.REVIEW_DUE if due else Holding.VALID
    asked = state.application is not None and state.application.purpose is Purpose.EXTENSION
    return Holding.EXPIRED if asked or day <= lapses_after(latest, rules) else Holding.LAPSED


def due_on(certificate: Certificate, rules: CertificationRules) -> date:
    """Return the last day before the review counts as due: by which an extension is asked for, or the review's own."""
    latest = certificate.periods[-1]
    return min(days.ask_by(latest.valid_to, rules), days.review_on(latest.valid_from, rules) - _DAY)


def lapses_after(certificate: Certificate, rules: CertificationRules) -> date:
    """Return the last day on which an extension can be asked for; after a reinstatement counted from it."""
    restored = certificate.restored_on
    ended = max(certificate.valid_to, restored) if restored else certificate.valid_to
    return days.lapses_after(ended, rules)


def turns(state: State, law: Law) -> Iterator[date]:
    """Yield every first day on which the holding can differ from the day before, without an event."""
    latest = state.certificate
    if latest is None:
        return
    for period in latest.periods:
        yield period.valid_from
        yield period.valid_to + _DAY
    for since in {period.decided_on for period in latest.periods}:
        rules = law(since)
        yield due_on(latest, rules) + _DAY
        yield lapses_after(latest, rules) + _DAY


def standing_of(state: State, day: date, law: Law) -> Standing:
    """Return the whole answer for one holder on ``day``, from the state at its end."""
    held = holding(state, day, law)
    latest = state.certificate
    return Standing(
        subject=state.subject,
        day=day,
        holding=held,
        certificate=latest,
        certificates=state.certificates,
        application=state.application,
        revocation=state.revocation,
        objection=state.objection,
        gaps=gaps(state.certificates),
        mark_allowed=latest is not None and (held in VALID or not law(day).mark_while_valid.value),
    )
