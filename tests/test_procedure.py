"""The state machine: explored from nothing to depth 8, held against a monitor that was written apart from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cache
from itertools import product

import pytest

from smartcert.certification.effects import applied
from smartcert.certification.events import Draft, Event, EventKind, event_of
from smartcert.certification.holding import holding
from smartcert.certification.procedure import after, refusals
from smartcert.certification.refusal import Refusal, told
from smartcert.certification.state import State
from smartcert.certification.steps import CONTESTABLE, STEPS
from smartcert.reporting.words import Words
from smartcert.rules.certification import Role
from tests.registering import DECIDER, EVALUATOR, HASH, OTHER_HASH, SUBJECT, K, clock, draft, extension, law

START = date(2023, 1, 2)
# the same day; past a period for explanation; past the day for asking for an extension. Twice the last is past the lapse
LEAPS = (0, 31, 660)


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


class ForbiddenError(AssertionError):
    pass


def watched(before: Monitor, event: Event) -> Monitor:
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
        return Monitor(held="held")
    if kind is K.TRANSCRIBED:
        must(before.notices == 0, "an entry from outside while a revocation is under way")
        return replace(before, held="held")
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
    if kind is K.LAPSED:
        must(before.held == "held" and before.notices == 0, "a lapse of nothing, or during a revocation")
        return replace(before, held="lapsed")
    if kind is K.REINSTATED:
        must(before.held in {"revoked", "lapsed"}, "a reinstatement of what was not ended")
        return replace(before, held="held")
    if kind in {K.NOTIFIED, K.PUBLISHED}:
        must(before.held == "revoked", "the announcement of no revocation")
    return before


def over(before: Monitor) -> Monitor:
    return replace(before, notices=0, explained=False, groundless=False, ground="", until=date.min)


@cache
def made(kind: EventKind, day: date, actor: str, evaluation: str, facts: tuple[tuple[str, str], ...]) -> Event:
    """An event as the register would make it, without the cost of its hash: nothing here looks at it."""
    one = draft(kind, day)
    values = {**one.facts, **dict(facts)}
    own = {field.name: getattr(one, field.name) for field in fields(one)}
    own |= {"actor": actor, "evaluation": evaluation, "facts": values}
    return Event(**own, seq=1, recorded_at=clock(), previous=HASH)


def candidates(day: date, state: State) -> Iterator[Event]:
    """Every kind of event, by the right role, with the facts that matter in each of their values."""
    for kind in STEPS:
        rests = draft_rests(kind)
        for actor in (EVALUATOR, DECIDER) if kind in {K.EVALUATED, K.DECIDED, K.DECLINED} else (DECIDER,):
            for facts in variants(kind, day, state):
                yield made(kind, day, actor, rests, tuple(sorted(facts.items())))
        if kind in {K.DECIDED, K.ISSUED}:
            yield made(kind, day, DECIDER, OTHER_HASH, ())


@cache
def draft_rests(kind: EventKind) -> str:
    return draft(kind, START).evaluation


def variants(kind: EventKind, day: date, state: State) -> list[dict[str, str]]:
    match kind:
        case K.APPLIED:
            return [{"purpose": "new"}, {"purpose": "extension"}]
        case K.EVALUATED:
            return [{}, {"certified": "no", "level": "4"}]
        case K.FIRST_NOTICE:
            return [{"ground": "improper"}, {"ground": "below_criteria"}]
        case K.REVOKED:
            return [{}, {"discretion": ""}]
        case K.OBJECTION_FILED:
            return [{"against": "1"}]
        case K.OBJECTION_DECIDED:
            return [{"upheld": "yes"}, {"upheld": "no"}]
        case K.EXTENDED if state.certificate:
            return [extension(state.certificate.valid_to, day), {}]
    return [{}]


def entry(one: Draft, seq: int) -> Event:
    return event_of(one, seq, clock(), HASH)


def merged(state: State, day: date) -> object:
    """The state as far as anything can still depend on it: days counted from now, certificates that ended left out."""

    def ago(other: date | None) -> int | None:
        return None if other is None else max(-1200, min(1200, (other - day).days))

    under_way, latest, objection = state.application, state.certificate, state.objection
    return (
        under_way and (under_way.stage, under_way.purpose, under_way.evaluators, under_way.certified),
        state.declined is not None and state.declined.evaluators,
        latest and (ago(latest.periods[-1].valid_from), ago(latest.valid_to), latest.ended, ago(latest.restored_on)),
        state.revocation_stage,
        state.revocation and state.revocation.stage != "none" and (state.revocation.ground, state.revocation.notices),
        objection and (objection.kind is K.DECLINED, objection.by),
        state.announced,
    )


def explore(depth: int) -> Counter[str]:
    """Walk every way of ``depth`` events; return how many states, allowed and refused events were met."""
    seen: Counter[str] = Counter()
    level: list[tuple[State, Monitor, date, dict[int, Event]]] = [(State(subject=SUBJECT), Monitor(), START, {})]
    known: set[object] = set()
    for _ in range(depth):
        following = []
        for state, monitor, today, past in level:
            for leap in LEAPS:
                day = today + timedelta(days=leap)
                for event in candidates(day, state):
                    outcome = after(state, event, law, past)
                    if isinstance(outcome, Refusal):
                        seen["refused"] += 1
                        continue
                    seen["allowed"] += 1
                    seen[event.kind.value] += 1
                    after_it = watched(monitor, event)
                    hold_consistent(outcome, after_it, day)
                    contested = event.kind in CONTESTABLE and (event.kind is K.DECLINED, event.actor)
                    key = (merged(outcome, day), since(after_it, day), contested)
                    if key not in known:
                        known.add(key)
                        following.append((outcome, after_it, day, {event.seq: event}))
        level = following
        seen["states"] += len(level)
    return seen


def since(monitor: Monitor, day: date) -> object:
    return replace(monitor, until=date.min), max(-1, (monitor.until - day).days) if monitor.notices else 0


def hold_consistent(state: State, monitor: Monitor, day: date) -> None:
    """What the machine says and what the monitor saw must be the same."""
    stage = state.certificate_stage.value
    if stage != monitor.held:
        raise ForbiddenError(f"{stage} where {monitor.held} was seen")
    if (state.revocation_stage.value != "none") != (monitor.notices > 0):
        raise ForbiddenError("a revocation under way on one side only")
    held = holding(state, day, law)
    latest = state.certificate
    if held in {"valid", "review_due"} and not (latest and not latest.ended and latest.valid_to >= day):
        raise ForbiddenError(f"{held} without a period that covers {day}")


def test_no_forbidden_state_is_reachable_in_three_events() -> None:
    seen = explore(3)
    assert seen["states"] > 50
    assert seen["refused"] > seen["allowed"] > seen["states"]


@pytest.mark.full
def test_no_forbidden_state_is_reachable_in_eight_events() -> None:
    seen = explore(8)
    assert {kind.value for kind in STEPS} <= seen.keys()
    print(dict(seen))  # noqa: T201 - the count is what is wanted of the long run


@pytest.mark.parametrize("kind", list(STEPS), ids=str)
def test_nothing_but_an_application_and_an_old_certificate_can_come_first(kind: EventKind) -> None:
    event = entry(draft(kind, START), 1)
    allowed = not isinstance(after(State(subject=SUBJECT), event, law, {}), Refusal)
    assert allowed is (kind in {K.APPLIED, K.TRANSCRIBED})


@pytest.mark.parametrize(("kind", "role"), list(product(EventKind, Role)), ids=str)
def test_a_step_is_refused_to_whoever_it_does_not_belong_to(kind: EventKind, role: Role) -> None:
    event = entry(replace(draft(kind, START), role=role), 1)
    codes = [refusal.code for refusal in refusals(State(subject=SUBJECT), event, law, {})]
    assert ("other_role" in codes) is (role is not draft(kind, START).role)


@pytest.mark.parametrize("kind", list(STEPS), ids=str)
def test_a_refusal_names_its_article_in_both_languages(kind: EventKind) -> None:
    wrong = next(role for role in Role if role is not draft(kind, START).role)
    refusal = next(iter(refusals(State(subject=SUBJECT), entry(replace(draft(kind, START), role=wrong), 1), law, {})))
    for language in ("ko", "en"):
        sentence = told(refusal, Words(language, "register"))
        assert "32" in sentence or "33" in sentence or "2021-223" in sentence, sentence


def test_an_event_changes_nothing_of_the_state_before_it() -> None:
    before = State(subject=SUBJECT)
    applied(before, entry(draft(K.APPLIED, START), 1), {})
    assert before == State(subject=SUBJECT)
