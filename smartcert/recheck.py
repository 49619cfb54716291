"""Would it still stand: a certified applicant's newest data under the rules of its certificate and those of today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from smartcert.certification.chronicle import effective, standing
from smartcert.certification.events import Event, EventKind
from smartcert.certification.holding import Law, due_on
from smartcert.certification.state import VALID, Certificate, Standing
from smartcert.errors import SmartcertError
from smartcert.evaluation.evaluate import evaluate
from smartcert.model.citation import Text
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.record import Record, from_json
from smartcert.rounds import OpenRound
from smartcert.rules.rulebook import Rulebook, Rules

_OF_THE_REGISTER = "certification."


@dataclass(frozen=True, kw_only=True, slots=True)
class Fell:
    """An indicator whose share of points is smaller than it was for the certificate."""

    indicator: str
    name: Text
    before: Fraction
    now: Fraction
    out_of: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Under:
    """The newest data under one set of rules; without an evaluation ``why`` says why there is none."""

    edition: str
    day: date
    evaluation: Evaluation | None
    why: str = ""

    @property
    def stands(self) -> bool:
        """Whether a certificate would be given."""
        return self.evaluation is not None and self.evaluation.certified


@dataclass(frozen=True, kw_only=True, slots=True)
class Recheck:
    """One holder: its standing, the verdicts, and what fell.

    ``fell`` is None where the evaluation that the certificate rests on was not kept.
    """

    standing: Standing
    certificate: Certificate
    own: Under
    current: Under
    fell: tuple[Fell, ...] | None
    due: date

    @property
    def order(self) -> tuple[bool, bool, int, date, str]:
        """Sorts those to look at first: who would not stand, then most fallen indicators, then the nearest review."""
        return (self.own.stands, self.current.stands, -len(self.fell or ()), self.due, self.standing.subject)


Kept = Callable[[str], bytes | None]
"""The ``evaluation.json`` with a SHA-256, where it was kept."""


def rechecked(events: Sequence[Event], newest: OpenRound, law: Law, day: date, kept: Kept) -> tuple[Recheck, ...]:
    """Return all who hold a valid certificate on ``day`` and have data in the newest round, in the order to look at."""
    by_subject: dict[str, list[Event]] = {}
    for event in events:
        by_subject.setdefault(event.subject, []).append(event)
    latest = {one.applicant.code: one for one in newest.evaluations}
    cache: dict[tuple[date, str], Mapping[str, Evaluation] | str] = {}
    found = []
    for subject, own in by_subject.items():
        held = standing(own, day, law)
        if held.holding in VALID and held.certificate is not None and subject in latest:
            found.append(_one(held, held.certificate, own, newest, law, kept, cache))
    return tuple(sorted(found, key=lambda one: one.order))


def _one(
    held: Standing,
    certificate: Certificate,
    events: Sequence[Event],
    newest: OpenRound,
    law: Law,
    kept: Kept,
    cache: dict[tuple[date, str], Mapping[str, Evaluation] | str],
) -> Recheck:
    granted = _granted(events, held.day)
    edition, since = _edition(granted, certificate)
    own = _under(held.subject, newest, since, edition, cache)
    current = _under(held.subject, newest, held.day, _current_edition(newest.rulebook, held.day), cache)
    before = _before(granted, kept)
    fell = None if before is None or own.evaluation is None else tuple(_fallen(before, own.evaluation))
    due = due_on(certificate, law(held.day))
    return Recheck(standing=held, certificate=certificate, own=own, current=current, fell=fell, due=due)


def _granted(events: Sequence[Event], day: date) -> Event:
    """Return the entry that gave the latest period up to ``day``."""
    gave = {EventKind.ISSUED, EventKind.EXTENDED, EventKind.TRANSCRIBED}
    return [event for event in effective(events) if event.kind in gave and event.day <= day][-1]


def _edition(granted: Event, certificate: Certificate) -> tuple[str, date]:
    """Return the edition of indicators and the governing day that the certificate was given under."""
    for named in granted.editions:
        if not named.startswith(_OF_THE_REGISTER):
            edition, _, since = named.partition("@")
            return edition, date.fromisoformat(since)
    return certificate.edition, granted.day


def _current_edition(rulebook: Rulebook, day: date) -> str:
    held = [edition for edition in rulebook.editions.values() if edition.since <= day]
    return max(held, key=lambda edition: (edition.since, edition.id)).id if held else ""


def _under(
    subject: str,
    newest: OpenRound,
    day: date,
    edition: str,
    cache: dict[tuple[date, str], Mapping[str, Evaluation] | str],
) -> Under:
    key = (day, edition)
    if key not in cache:
        cache[key] = _evaluated(newest, day, edition)
    found = cache[key]
    if isinstance(found, str):
        return Under(edition=edition, day=day, evaluation=None, why=found)
    return Under(edition=edition, day=day, evaluation=found[subject])


def _evaluated(newest: OpenRound, day: date, edition: str) -> Mapping[str, Evaluation] | str:
    try:
        rules = newest.rulebook.on(day, edition)
    except SmartcertError as error:
        return str(error)
    missing = _without_values(newest, rules)
    if missing:
        return f"the newest data have no values for {', '.join(missing)} of edition {edition}"
    return {one.applicant.code: one for one in evaluate(newest.round, rules)}


def _without_values(newest: OpenRound, rules: Rules) -> list[str]:
    known = {one.id for one in newest.rules.edition.indicators()}
    return [one.id for one in rules.edition.indicators() if one.id not in known]


def _before(granted: Event, kept: Kept) -> Evaluation | None:
    data = kept(granted.evaluation) if granted.evaluation else None
    return from_json(Record, data).evaluation if data is not None else None


def _fallen(before: Evaluation, now: Evaluation) -> Iterable[Fell]:
    if before.scorecard is None or now.scorecard is None:
        return
    was = {one.indicator.id: one for one in before.scorecard.indicators()}
    for one in now.scorecard.indicators():
        old = was.get(one.indicator.id)
        if old is not None and old.out_of and one.out_of and one.points / one.out_of < old.points / old.out_of:
            yield Fell(
                indicator=one.indicator.id,
                name=one.indicator.name,
                before=old.points * one.out_of / old.out_of,
                now=one.points,
                out_of=one.out_of,
            )
