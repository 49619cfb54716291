"""Which certificates would no longer be given: the holders' newest data under the rules of then and of today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from smartcert.certification.events import Event, EventKind
from smartcert.certification.state import VALID, Certificate, Law, Standing, compute_review_due_day
from smartcert.certification.timeline import resolve_corrections
from smartcert.errors import SmartcertError
from smartcert.evaluation.evaluate import evaluate
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.records import Record, from_json
from smartcert.services.holders import codes_of
from smartcert.services.holdings import list_own
from smartcert.services.rounds import OpenRound

_GRANTS = frozenset({EventKind.ISSUED, EventKind.EXTENDED, EventKind.TRANSCRIBED})
_CERTIFICATION_RULES = "certification."

EvaluationLookup = Callable[[str], bytes | None]
"""Returns the ``evaluation.json`` with a SHA-256, or None where it was not stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LostPoints:
    """An indicator whose share of points is smaller than it was for the certificate.

    ``before`` is scaled to today's ``out_of``.
    """

    indicator: str
    name: Text
    before: Fraction
    now: Fraction
    out_of: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class RecheckVerdict:
    """The newest data under one set of rules; ``reason`` says why there is no evaluation."""

    edition: str
    day: date
    evaluation: Evaluation | None
    reason: str = ""

    @property
    def stands(self) -> bool:
        """Whether a certificate would be given."""
        return self.evaluation is not None and self.evaluation.meets_criteria


@dataclass(frozen=True, kw_only=True, slots=True)
class Recheck:
    """One holder: its standing, the verdicts under its own and the current rules, and the points lost.

    ``lost`` is None where the evaluation that the certificate rests on was not stored.
    """

    standing: Standing
    certificate: Certificate
    own: RecheckVerdict
    current: RecheckVerdict
    lost: tuple[LostPoints, ...] | None
    due: date
    service_known: bool = True
    """Whether the newest data are of what is certified: a holder may have applied for another of its services."""


def recheck_certificates(
    events: Sequence[Event], newest: OpenRound, law: Law, day: date, find_stored: EvaluationLookup
) -> list[Recheck]:
    """Return all who hold a valid certificate on ``day`` and have data in the newest round.

    Those to look at first come first: who would not get a certificate, then who lost points in most indicators, then
    whose review is due first.
    """
    newest_codes = {codes_of(evaluation.applicant.code): evaluation.applicant.code for evaluation in newest.verdicts}
    editions = [
        edition
        for edition in newest.rulebook.editions.values()
        if edition.since <= day and edition.scheme == newest.rules.edition.scheme
    ]
    current_edition = max(editions, key=lambda edition: (edition.since, edition.id)).id if editions else ""
    verdicts = _Verdicts(newest)
    rechecks = []
    for holder in list_own(events, day, law):
        own_events, standing, certificate = holder.entries, holder.standing, holder.standing.certificate
        subject = newest_codes.get(codes_of(holder.passed_on_to or holder.subject), "")
        if standing.holding not in VALID or certificate is None or not subject:
            continue
        granted_by = newest.rulebook.editions.get(certificate.edition)
        if granted_by is not None and granted_by.scheme != newest.rules.edition.scheme:
            continue
        granted = [
            event for event in resolve_corrections(own_events) if event.kind in _GRANTS and event.day <= standing.day
        ][-1]
        due = compute_review_due_day(certificate, law(standing.day, certificate.edition))
        if not _is_of_newest(own_events, newest) and not law(day, certificate.edition).new_certificate_replaces.value:
            unknown = RecheckVerdict(edition=certificate.edition, day=day, evaluation=None)
            rechecks.append(
                Recheck(
                    standing=standing,
                    certificate=certificate,
                    own=unknown,
                    current=unknown,
                    lost=None,
                    due=due,
                    service_known=False,
                )
            )
            continue
        edition, since = _find_granted_rules(granted, certificate)
        own = verdicts.find(subject, since, edition)
        stored = find_stored(granted.evaluation) if granted.evaluation else None
        lost = None
        if stored is not None and own.evaluation is not None:
            lost = tuple(_compare_points(from_json(Record, stored).evaluation, own.evaluation))
        recheck = Recheck(
            standing=standing,
            certificate=certificate,
            own=own,
            current=verdicts.find(subject, standing.day, current_edition),
            lost=lost,
            due=due,
        )
        rechecks.append(recheck)
    rechecks.sort(key=_urgency)
    return rechecks


def _is_of_newest(events: Sequence[Event], newest: OpenRound) -> bool:
    """Return whether the entries have an application of the newest round."""
    counted = resolve_corrections(events)
    return any(event.kind is EventKind.APPLIED and event.text("round") == newest.round.id for event in counted)


def _urgency(recheck: Recheck) -> tuple[bool, bool, int, date, str]:
    losses = len(recheck.lost or ())
    return (recheck.own.stands, recheck.current.stands, -losses, recheck.due, recheck.standing.subject)


def _find_granted_rules(granted: Event, certificate: Certificate) -> tuple[str, date]:
    """Return the edition of indicators and the governing day that the certificate was given under."""
    for named in granted.editions:
        if not named.startswith(_CERTIFICATION_RULES):
            edition, _, since = named.partition("@")
            return edition, date.fromisoformat(since)
    return certificate.edition, granted.day


class _Verdicts:
    """The newest round under other rules, evaluated once for each day and edition."""

    def __init__(self, newest: OpenRound) -> None:
        self._newest = newest
        self._cache: dict[tuple[date, str], Mapping[str, Evaluation] | str] = {}

    def find(self, subject: str, day: date, edition: str) -> RecheckVerdict:
        if (day, edition) not in self._cache:
            self._cache[day, edition] = self._evaluate(day, edition)
        evaluations = self._cache[day, edition]
        if isinstance(evaluations, str):
            return RecheckVerdict(edition=edition, day=day, evaluation=None, reason=evaluations)
        return RecheckVerdict(edition=edition, day=day, evaluation=evaluations[subject])

    def _evaluate(self, day: date, edition: str) -> Mapping[str, Evaluation] | str:
        """Return the evaluations by code, or the reason why there are none."""
        try:
            rules = self._newest.rulebook.on(day, edition)
        except SmartcertError as error:
            return str(error)
        known = {indicator.id for indicator in self._newest.rules.edition.indicators()}
        missing = [indicator.id for indicator in rules.edition.indicators() if indicator.id not in known]
        if missing:
            return f"the newest data have no values for {', '.join(missing)} of edition {edition}"
        return {
            evaluation.applicant.code: evaluation for evaluation in evaluate(self._newest.round, rules, outlook=False)
        }


def _compare_points(before: Evaluation, now: Evaluation) -> Iterable[LostPoints]:
    """Yield the indicators with a smaller share of points than before; an equal share is not lost."""
    if before.scorecard is None or now.scorecard is None:
        return
    earlier = {score.indicator.id: score for score in before.scorecard.indicators()}
    for score in now.scorecard.indicators():
        old = earlier.get(score.indicator.id)
        if old is not None and old.out_of and score.out_of and score.points / score.out_of < old.points / old.out_of:
            yield LostPoints(
                indicator=score.indicator.id,
                name=score.indicator.name,
                before=old.points * score.out_of / old.out_of,
                now=score.points,
                out_of=score.out_of,
            )
