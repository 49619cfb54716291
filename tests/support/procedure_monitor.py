"""A second reading of the procedure, written apart from the machine: what must have happened before what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from smartcert.certification.events import Event
from smartcert.rules.parameters import Role
from tests.support.registering import K


@dataclass(frozen=True)
class Monitor:
    """What really happened on the way to a state, told by the kinds of the events alone."""

    evaluators: frozenset[str] = frozenset()
    decided: bool = False
    purpose: str = ""
    held: str = "none"
    ground: str = ""
    silent_periods: int = 0
    notices: int = 0
    until: date = date.min
    explained: bool = False
    groundless: bool = False
    suspended: bool = False
    undone: bool = False
    """Whether a revocation of the certificate was undone."""


class ForbiddenError(AssertionError):
    pass


def watched(before: Monitor, event: Event) -> Monitor:  # noqa: C901 - one rule after the other, as a person reads them
    """The monitor after an event that the machine allowed; what must never happen raises."""

    def must(so: bool, what: str) -> None:
        if not so:
            raise ForbiddenError(f"{what}: {event.kind} after {before}")

    kind = event.kind
    if kind is K.APPLIED:
        return replace(before, purpose=event.facts["purpose"], evaluators=frozenset(), decided=False)
    if kind is K.EVALUATED:
        return replace(before, evaluators=before.evaluators | {event.actor}, decided=False)
    if kind in {K.DECIDED, K.DECLINED}:
        must(bool(before.evaluators), "decided without an evaluation")
        must(event.actor not in before.evaluators, "decided by an evaluator")
        must(event.role is Role.MINISTER, "decided by another than the Minister")
        return replace(before, decided=kind is K.DECIDED)
    if kind in {K.ISSUED, K.EXTENDED}:
        must(before.decided, "a certificate without a decision")
        must((kind is K.ISSUED) == (before.purpose == "new"), "another thing than what was asked for")
        must(before.notices == 0, "a certificate while a revocation is under way")
        must(kind is K.ISSUED or before.held == "held", "an extension of nothing")
        extended = kind is K.EXTENDED
        return Monitor(held="held", suspended=before.suspended and extended, undone=before.undone and extended)
    if kind is K.TRANSCRIBED:
        must(before.notices == 0, "an entry from outside while a revocation is under way")
        return replace(before, held="held", suspended=False, undone=False)
    if kind is K.FIRST_NOTICE:
        must(before.held == "held" and before.notices == 0, "a notice about nothing, or a second first one")
        return replace(before, ground=event.facts["ground"], notices=1, until=event.date("until"))
    if kind is K.SECOND_NOTICE:
        must(before.notices == 1 and event.day > before.until and not before.explained, "a second notice too early")
        return replace(before, notices=2, until=event.date("until"))
    if kind is K.EXPLANATION_RECEIVED:
        must(before.notices > 0 and event.day <= before.until, "an explanation out of its period")
        return replace(before, explained=True)
    if kind is K.EXPLANATION_REJECTED:
        must(before.explained, "the rejection of nothing")
        return replace(before, groundless=True)
    if kind in {K.EXPLANATION_ACCEPTED, K.REVOCATION_DROPPED}:
        must(kind is K.EXPLANATION_ACCEPTED or before.ground != "improper", "discretion where there is none")
        return over(before)
    if kind is K.REVOKED:
        silent = before.notices == 2 and not before.explained and event.day > before.until
        must(before.held == "held", "a revocation of nothing")
        must(silent or before.groundless, "a revocation without its procedure")
        must(before.ground == "improper" or bool(event.facts.get("discretion")), "discretion untold")
        return replace(over(before), held="revoked")
    if kind is K.CHANGE_STANDS:
        must(before.held == "held", "a ruling on nothing")
        return before
    if kind in {K.LAPSED, K.CHANGE_ENDS}:
        must(before.held == "held" and before.notices == 0, "a lapse of nothing, or during a revocation")
        return replace(before, held="lapsed")
    if kind is K.REINSTATED:
        must(before.held in {"revoked", "lapsed"}, "a reinstatement of what was not ended")
        return replace(before, held="held", undone=before.undone or before.held == "revoked")
    if kind is K.REVOCATION_RESUMED:
        must(before.held == "held" and before.undone, "the return of a revocation that was not undone")
        return replace(over(before), held="revoked")
    if kind is K.SURRENDERED:
        must(before.held == "held" and before.notices == 0, "a surrender of nothing, or during a revocation")
        return replace(before, held="surrendered")
    if kind in {K.SUSPENDED, K.SUSPENSION_LIFTED}:
        must(before.held == "held", "the suspension of nothing")
        must(before.suspended is (kind is K.SUSPENSION_LIFTED), "a second suspension, or the end of none")
        return replace(before, suspended=kind is K.SUSPENDED)
    if kind in {K.NOTIFIED, K.PUBLISHED}:
        must(before.held == "revoked", "the announcement of no revocation")
    return before


def over(before: Monitor) -> Monitor:
    return replace(before, notices=0, explained=False, groundless=False, ground="", until=date.min)
