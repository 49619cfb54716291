"""The record of a trace: what the calculation gives, with nothing of what only the sealed sections show."""

from __future__ import annotations

from datetime import UTC, date, datetime

from smartcert.evaluation.next_level import margin, next_level
from smartcert.model.applicant import Applicant, Kind
from smartcert.model.application import Window
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation, Facts, Finding, Outcome, Stage
from smartcert.model.peers import Peers, Quartiles
from smartcert.recompute.calculation import level_of, scorecard_of
from smartcert.recompute.columns import text
from smartcert.reporting.record import Record, RoundFacts
from smartcert.reporting.trace_form import Three, Trace, TracedPeers


def record_of(trace: Trace) -> Record:
    """Return the record that a trace leads to, as far as the computed sections show it.

    Raises:
        ValueError, ZeroDivisionError: the trace cannot be calculated.
    """
    card = scorecard_of(trace)
    result = level_of(trace, card)
    evaluation = Evaluation(
        round="",
        id=trace.id,
        applicant=Applicant(code="", name=text(trace.applicant), kind=Kind.CITY),
        stage=Stage.EVALUATED,
        findings=tuple(_excluded(label, term) for label, term in trace.excluded.items() if term),
        size_type=trace.size_type,
        scorecard=card,
        level=result,
        next_level=next_level(card, result),
        margin=margin(card, result),
    )
    return Record(
        round=_round(trace),
        evaluation=evaluation,
        peers=_peers(trace.peers, trace) if trace.peers else None,
        inputs=(),
        package=trace.package,
        audience=trace.audience,
    )


def _excluded(label: str, term: str) -> Finding:
    facts = Facts(words={"evaluator": label}, terms={"exclusion": term})
    return Finding(code="evaluator_excluded", stage=Stage.SCORING, outcome=Outcome.NOTED, basis=(), facts=facts)


def _round(trace: Trace) -> RoundFacts:
    basis = Basis(name=f"indicators.{trace.edition}", since=date.min, status=trace.edition_status, cite=())
    never = datetime.min.replace(tzinfo=UTC)
    return RoundFacts(
        id="",
        title=text(""),
        invented=False,
        governing_day=date.min,
        window=Window(opens_at=never, closes_at=never, basis=basis),
        registry_as_of="",
        registry_source="",
        edition=trace.edition,
        edition_title=text(""),
        edition_basis=basis,
        edition_note=text(trace.edition_note),
    )


def _peers(peers: TracedPeers, trace: Trace) -> Peers:
    if trace.size_type is None:
        raise ValueError("there are figures of a size type, and no size type")
    return Peers(
        size_type=trace.size_type,
        applicants=peers.applicants,
        suppress_below=peers.suppress_below,
        total=_quartiles(peers.total) if peers.total else None,
        sections={name: _quartiles(one) for name, one in peers.sections.items()},
        indicators={name: _quartiles(one) for name, one in peers.indicators.items()},
    )


def _quartiles(three: Three) -> Quartiles:
    lower, median, upper = three
    return Quartiles(lower=lower, median=median, upper=upper)
