"""The state machine: explored from nothing to depth 8, held against a monitor that was written apart from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import cache
from itertools import product

import pytest

from smartcert.certification.events import Draft, Event, EventKind, Refusal, build_event, describe_refusal
from smartcert.certification.procedure import advance, find_refusals
from smartcert.certification.state import HolderState, find_holding
from smartcert.certification.transitions import CONTESTABLE, STEPS, apply_event
from smartcert.reporting.catalogue import Words
from smartcert.rules.parameters import Role
from tests.support.procedure_monitor import ForbiddenError, Monitor, watched
from tests.support.registering import DECIDER, EVALUATOR, HASH, OTHER_HASH, SUBJECT, K, clock, draft, extension, law

START = date(2023, 1, 2)
# the same day; past a period for explanation; past the day for asking for an extension (twice: past the lapse)
LEAPS = (0, 31, 660)
FAR = 400


@cache
def made(kind: EventKind, day: date, actor: str, evaluation: str, facts: tuple[tuple[str, str], ...]) -> Event:
    """An event as the register would make it, without the cost of its hash: nothing here looks at it."""
    one = draft(kind, day)
    values = {**one.facts, **dict(facts)}
    own = {field.name: getattr(one, field.name) for field in fields(one)}
    own |= {"actor": actor, "evaluation": evaluation, "facts": values}
    return Event(**own, seq=1, recorded_at=clock(), previous=HASH)


def candidates(day: date, state: HolderState) -> Iterator[Event]:
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


def variants(kind: EventKind, day: date, state: HolderState) -> list[dict[str, str]]:
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
    return build_event(one, seq, clock(), HASH)


def merged(state: HolderState, monitor: Monitor, last: Event, day: date) -> object:
    """All that anything can still depend on: days counted from now, and nothing of what has come to its end.

    Days of a certificate are told apart up to the point where all leaps lead to the same.
    """

    def ago(other: date | None) -> int | None:
        return None if other is None else max(-FAR, (other - day).days)

    under_way, latest, objection = state.application, state.certificate, state.objection
    open_ = latest is not None and not latest.ended
    against = objection.kind if objection else last.kind
    waits = objection is not None or last.kind in CONTESTABLE
    return (
        under_way
        and (under_way.stage, under_way.purpose, under_way.evaluators, under_way.certified, monitor.evaluators),
        monitor.decided if under_way else None,
        waits and against is K.DECLINED and state.declined is not None and state.declined.evaluators,
        latest and (latest.ended or (ago(latest.valid_to), ago(latest.restored_on))) if open_ else monitor.held,
        latest and ago(latest.valid_to) if not open_ else None,
        state.revocation_stage,
        (monitor.ground, monitor.notices, monitor.explained, monitor.groundless),
        max(-1, (monitor.until - day).days) if monitor.notices else 0,
        objection and objection.by,
        waits and last.actor,
        state.announced,
        state.suspension_stage,
        bool(state.complaints),
    )


def explore(depth: int) -> Counter[str]:
    """Walk every way of ``depth`` events; return how many states, allowed and refused events were met."""
    seen: Counter[str] = Counter()
    level: list[tuple[HolderState, Monitor, date, dict[int, Event]]] = [
        (HolderState(subject=SUBJECT), Monitor(), START, {})
    ]
    known: set[object] = set()
    for _ in range(depth):
        following = []
        for state, monitor, today, past in level:
            for leap in LEAPS:
                day = today + timedelta(days=leap)
                for event in candidates(day, state):
                    outcome = advance(state, event, law, past)
                    if isinstance(outcome, Refusal):
                        seen["refused"] += 1
                        continue
                    seen["allowed"] += 1
                    seen[event.kind.value] += 1
                    after_it = watched(monitor, event)
                    check_consistent(outcome, after_it, day)
                    key = merged(outcome, after_it, event, day)
                    if key not in known:
                        known.add(key)
                        following.append((outcome, after_it, day, {event.seq: event}))
        level = following
        seen["states"] += len(level)
    return seen


def check_consistent(state: HolderState, monitor: Monitor, day: date) -> None:
    """What the machine says and what the monitor saw must be the same."""
    stage = state.certificate_stage.value
    if stage != monitor.held:
        raise ForbiddenError(f"{stage} where {monitor.held} was seen")
    if (state.revocation_stage.value != "none") != (monitor.notices > 0):
        raise ForbiddenError("a revocation under way on one side only")
    if (state.suspension_stage.value != "none") != monitor.suspended:
        raise ForbiddenError("a suspension on one side only")
    standing = find_holding(state, day, law)
    if standing in {"valid", "review_due"} and monitor.suspended:
        raise ForbiddenError(f"{standing} while suspended")
    latest = state.certificate
    if standing in {"valid", "review_due"} and not (latest and not latest.ended and latest.valid_to >= day):
        raise ForbiddenError(f"{standing} without a period that covers {day}")


@pytest.mark.slow
def test_no_forbidden_state_is_reachable_in_four_events() -> None:
    seen = explore(4)
    assert seen["states"] > 500
    assert seen["refused"] > seen["allowed"] > seen["states"]


@pytest.mark.full
def test_no_forbidden_state_is_reachable_in_eight_events() -> None:
    seen = explore(8)
    assert {kind.value for kind in STEPS} <= seen.keys()
    print(dict(seen))  # noqa: T201 - the count is what is wanted of the long run


@pytest.mark.parametrize("kind", list(STEPS), ids=str)
def test_nothing_but_an_application_an_old_certificate_a_complaint_or_a_misuse_can_come_first(kind: EventKind) -> None:
    event = entry(draft(kind, START), 1)
    allowed = not isinstance(advance(HolderState(subject=SUBJECT), event, law, {}), Refusal)
    assert allowed is (kind in {K.APPLIED, K.TRANSCRIBED, K.COMPLAINT_RECEIVED, K.MARK_MISUSED})


@pytest.mark.parametrize(("kind", "role"), list(product(EventKind, Role)), ids=str)
def test_a_step_is_refused_to_whoever_it_does_not_belong_to(kind: EventKind, role: Role) -> None:
    event = entry(replace(draft(kind, START), role=role), 1)
    codes = [refusal.code for refusal in find_refusals(HolderState(subject=SUBJECT), event, law, {})]
    assert ("other_role" in codes) is (role is not draft(kind, START).role)


@pytest.mark.parametrize("kind", list(STEPS), ids=str)
def test_a_refusal_names_its_article_in_both_languages(kind: EventKind) -> None:
    wrong = next(role for role in Role if role is not draft(kind, START).role)
    refusal = next(
        iter(find_refusals(HolderState(subject=SUBJECT), entry(replace(draft(kind, START), role=wrong), 1), law, {}))
    )
    for language in ("ko", "en"):
        sentence = describe_refusal(refusal, Words(language, "register"))
        assert any(article in sentence for article in ("32", "33", "34(2)", "제34조", "2021-223")), sentence


def test_an_event_changes_nothing_of_the_state_before_it() -> None:
    before = HolderState(subject=SUBJECT)
    apply_event(before, entry(draft(K.APPLIED, START), 1), {})
    assert before == HolderState(subject=SUBJECT)
